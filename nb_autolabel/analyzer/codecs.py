"""Unpacking chunks: a fixed list of codecs, each bounded by the size the chunk must have.

A codec named in a file is looked up in the list below and nowhere else, so no plug-in is loaded
and no pickle is decoded because a file says so. Before a byte is unpacked, the unpacked size is
checked, so a small hostile chunk cannot fill the memory.
"""

from __future__ import annotations

import bz2
import lzma
import math
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import DamagedDataError, UnsafeDataError

#: Codecs that would build Python objects from bytes.
OBJECT_CODECS = frozenset(
    {"pickle", "msgpack", "msgpack2", "json", "json2", "vlen-utf8", "vlen-bytes", "vlen-array"}
)
#: Filters that keep the number of values, and their options; the names of numcodecs.
FILTERS: dict[str, frozenset[str]] = {
    "delta": frozenset({"dtype", "astype"}),
    "shuffle": frozenset({"elementsize"}),
    "fixedscaleoffset": frozenset({"offset", "scale", "dtype", "astype"}),
    "bitround": frozenset({"keepbits"}),
    "quantize": frozenset({"digits", "dtype", "astype"}),
    "astype": frozenset({"encode_dtype", "decode_dtype"}),
}
#: More filters than this on one array are refused.
MAX_FILTERS = 16

_BLOSC_HEADER = struct.Struct("<BBBBIII")
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
#: A zstd frame that says so itself unpacks to no more than its blocks can hold.
_ZSTD_BLOCK = 2**17


def unpack(config: dict[str, Any] | None, data: bytes, limit: int) -> bytes:
    """Undo the compressor of a chunk.

    Parameters
    ----------
    config : dict or None
        The ``compressor`` entry of a ``.zarray``.
    data : bytes
    limit : int
        The most bytes the result may have.

    Raises
    ------
    DamagedDataError
        If the bytes are not what the codec writes, or unpack to more than `limit`.
    UnsafeDataError
        If the codec is not on the list.
    """
    if config is None:
        return data
    name = config.get("id") if isinstance(config, dict) else config
    if not isinstance(name, str) or name not in _COMPRESSORS:
        raise UnsafeDataError(
            f"codec {shortened(name)} is not one of {', '.join(sorted(_COMPRESSORS))}; it is not decoded."
        )
    try:
        result = _COMPRESSORS[name](data, limit)
    except DamagedDataError:
        raise
    except Exception as error:  # each codec raises its own kind
        raise DamagedDataError(f"{name} cannot decode it ({error})") from error
    if len(result) > limit:
        raise DamagedDataError(f"it unpacks to {len(result)} bytes, more than the {limit} it may have")
    return result


def undo_filters(configs: list[dict[str, Any]] | None, data: Any, limit: int) -> Any:
    """Undo the filters of a chunk, last one first; see :func:`check_codecs` for which are known.

    Raises
    ------
    DamagedDataError
        If one cannot be undone, or makes more than `limit` bytes.
    """
    if not configs:
        return data
    import numcodecs

    classes = {
        "delta": numcodecs.Delta,
        "shuffle": numcodecs.Shuffle,
        "fixedscaleoffset": numcodecs.FixedScaleOffset,
        "bitround": numcodecs.BitRound,
        "quantize": numcodecs.Quantize,
        "astype": numcodecs.AsType,
    }
    for config in reversed(configs):
        options = {k: v for k, v in config.items() if k != "id"}
        try:
            data = classes[config["id"]](**options).decode(data)
        except Exception as error:  # each codec raises its own kind
            raise DamagedDataError(f"filter {config['id']} cannot be undone ({error})") from error
        # Each filter may widen the values, so the bound is checked after every one.
        _within(memoryview(data).nbytes, limit)
    return data


def check_codecs(filters: Any, compressor: Any) -> None:
    """Refuse any codec that is not on the list, in any position.

    Raises
    ------
    UnsafeDataError
        For a codec that builds objects or is not known.
    """
    if filters is not None and (not isinstance(filters, list) or len(filters) > MAX_FILTERS):
        raise DamagedDataError(f"its filters are not a list of at most {MAX_FILTERS} codecs.")
    for config in [*(filters or []), *([compressor] if compressor else [])]:
        name = config.get("id") if isinstance(config, dict) else config
        known = isinstance(name, str)
        if known and name in OBJECT_CODECS:
            raise UnsafeDataError(f"it is stored as Python objects (codec {name!r}); it stays bytes.")
        if not known or (name not in FILTERS and name not in _COMPRESSORS):
            listed = ", ".join(sorted([*FILTERS, *_COMPRESSORS]))
            raise UnsafeDataError(f"codec {shortened(name)} is not one of {listed}; it stays bytes.")
    for config in filters or []:
        if not isinstance(config, dict):
            raise DamagedDataError(f"filter {config!r} has no options.")
        if config["id"] not in FILTERS:
            raise UnsafeDataError(f"codec {config['id']!r} is used as a filter; it stays bytes.")
        _check_options(config)
    if compressor is not None and not isinstance(compressor, dict):
        raise DamagedDataError(f"its compressor is {shortened(compressor)}.")


def _check_options(config: dict[str, Any]) -> None:
    """Refuse options of a filter that are not a number or a type of numbers."""
    name = config["id"]
    for option, value in config.items():
        if option == "id" or (value is None and option == "astype"):
            continue
        if option not in FILTERS[name]:
            raise DamagedDataError(f"filter {name} has the option {shortened(option)}, which is not known.")
        if option in ("dtype", "astype", "encode_dtype", "decode_dtype"):
            # Filters may convert numbers to numbers only: objects would need unpickling, long texts would need much memory.
            if not isinstance(value, str) or np.dtype(value).kind not in "biufc":
                raise UnsafeDataError(f"a filter makes values of type {shortened(value)}; it stays bytes.")
        elif option in ("offset", "scale"):
            # A list of numbers here would multiply the values.
            if type(value) not in (int, float) or not math.isfinite(value):
                raise DamagedDataError(
                    f"filter {name} has the {option} {shortened(value)}, expected a number."
                )
        elif type(value) is not int or not (option != "digits") <= value <= 1024:
            raise DamagedDataError(f"filter {name} has the {option} {shortened(value)}, expected a number.")


def shortened(value: Any) -> str:
    """Return the text of a value from a file, shortened for a message."""
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:97]}..."


def _blosc(data: bytes, limit: int) -> bytes:
    if len(data) < _BLOSC_HEADER.size:
        raise DamagedDataError(f"it is cut off after {len(data)} bytes")
    *_, nbytes, _, cbytes = _BLOSC_HEADER.unpack_from(data)
    # Blosc is told no length and would read past a chunk that is cut off.
    if cbytes != len(data):
        raise DamagedDataError(f"it has {len(data)} bytes where its header says {cbytes}")
    _within(nbytes, limit)
    from numcodecs import blosc

    result: bytes = blosc.decompress(data)
    return result


def _lz4(data: bytes, limit: int) -> bytes:
    _within(struct.unpack_from("<I", data)[0], limit)
    from numcodecs import lz4

    result: bytes = lz4.decompress(data)
    return result


def _zstd(data: bytes, limit: int) -> bytes:
    _within(_zstd_size(data), limit)
    from numcodecs import zstd

    result: bytes = zstd.decompress(data)
    return result


def _zstd_size(data: bytes) -> int:
    """Return the bytes that the one zstd frame in the data unpacks to, as it says (RFC 8878, 3.1.1).

    Raises
    ------
    DamagedDataError
        If there is more than one frame (the size of a later one would count nowhere), or the frame
        does not say how large it is, is cut off, or says more than its blocks can hold.
    """
    if data[:4] != _ZSTD_MAGIC or len(data) < 6:
        raise DamagedDataError("it is not a zstd frame")
    descriptor = data[4]
    flag, single, dictionary = descriptor >> 6, (descriptor >> 5) & 1, (0, 1, 2, 4)[descriptor & 3]
    width = (1 if single else 0, 2, 4, 8)[flag]
    if width == 0:
        raise DamagedDataError("its zstd frame does not say how large it is")
    start = 5 + (0 if single else 1) + dictionary
    size = int.from_bytes(data[start : start + width], "little") + (256 if width == 2 else 0)
    at, blocks, last = start + width, 0, False
    while not last:
        header = data[at : at + 3]
        if len(header) < 3:
            raise DamagedDataError("its zstd frame is cut off")
        number = int.from_bytes(header, "little")
        last, kind, length = bool(number & 1), (number >> 1) & 3, number >> 3
        at += 3 + (1 if kind == 1 else length)
        blocks += 1
    at += 4 if descriptor & 4 else 0
    if at != len(data):
        raise DamagedDataError(f"its zstd frame ends after {at} bytes, but there are {len(data)}")
    if size > blocks * _ZSTD_BLOCK:
        raise DamagedDataError(f"its zstd frame claims {size} bytes in {blocks} blocks")
    return size


def _within(size: int, limit: int) -> None:
    if size > limit:
        raise DamagedDataError(f"it claims to unpack to {size} bytes, more than the {limit} it may have")


def _zlib(data: bytes, limit: int) -> bytes:
    return zlib.decompressobj(wbits=47).decompress(data, limit + 1)


def _bz2(data: bytes, limit: int) -> bytes:
    return bz2.BZ2Decompressor().decompress(data, limit + 1)


def _lzma(data: bytes, limit: int) -> bytes:
    return lzma.LZMADecompressor(memlimit=2**27).decompress(data, limit + 1)


_COMPRESSORS: dict[str, Callable[[bytes, int], bytes]] = {
    "blosc": _blosc,
    "lz4": _lz4,
    "zstd": _zstd,
    "zlib": _zlib,
    "gzip": _zlib,
    "bz2": _bz2,
    "lzma": _lzma,
}
