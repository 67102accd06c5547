"""Unpacking chunks: a fixed list of codecs, each bounded by the size the chunk must have.

A codec named in a file is looked up in the list below and nowhere else, so no plug-in is loaded
and no pickle is decoded because a file says so. Before a byte is unpacked, the unpacked size is
checked, so a small hostile chunk cannot fill the memory.
"""

from __future__ import annotations

import bz2
import lzma
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
#: Filters that keep the number of values; the names of numcodecs.
FILTERS = frozenset({"delta", "shuffle", "fixedscaleoffset", "bitround", "quantize", "astype"})

_BLOSC_HEADER = struct.Struct("<BBBBIII")
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


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
            f"codec {name!r} is not one of {', '.join(sorted(_COMPRESSORS))}; it is not decoded."
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


def undo_filters(configs: list[dict[str, Any]] | None, data: Any) -> Any:
    """Undo the filters of a chunk, last one first; see :func:`check_codecs` for which are known."""
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
    return data


def check_codecs(filters: Any, compressor: Any) -> None:
    """Refuse any codec that is not on the list, in any position.

    Raises
    ------
    UnsafeDataError
        For a codec that builds objects or is not known.
    """
    for config in [*(filters or []), *([compressor] if compressor else [])]:
        name = config.get("id") if isinstance(config, dict) else config
        if name in OBJECT_CODECS:
            raise UnsafeDataError(f"it is stored as Python objects (codec {name!r}); it stays bytes.")
        if name not in FILTERS and name not in _COMPRESSORS:
            known = ", ".join(sorted([*FILTERS, *_COMPRESSORS]))
            raise UnsafeDataError(f"codec {name!r} is not one of {known}; it stays bytes.")
    for config in filters or []:
        if config.get("id") not in FILTERS:
            raise UnsafeDataError(f"codec {config.get('id')!r} is used as a filter; it stays bytes.")
        for option in ("dtype", "astype", "encode_dtype", "decode_dtype"):
            # A filter may turn numbers into numbers only, never into objects or long texts.
            if config.get(option) is not None and np.dtype(config[option]).kind not in "biufc":
                raise UnsafeDataError(f"a filter makes values of type {config[option]!r}; it stays bytes.")
    if compressor is not None and not isinstance(compressor, dict):
        raise DamagedDataError(f"its compressor is {compressor!r}.")


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
    size = _zstd_size(data)
    if size is None:
        raise DamagedDataError("its zstd frame does not say how large it is")
    _within(size, limit)
    from numcodecs import zstd

    result: bytes = zstd.decompress(data)
    return result


def _zstd_size(data: bytes) -> int | None:
    """Content size in a zstd frame header (RFC 8878, 3.1.1.1), or None."""
    if data[:4] != _ZSTD_MAGIC or len(data) < 6:
        raise DamagedDataError("it is not a zstd frame")
    descriptor = data[4]
    flag, single, dictionary = descriptor >> 6, (descriptor >> 5) & 1, (0, 1, 2, 4)[descriptor & 3]
    width = (1 if single else 0, 2, 4, 8)[flag]
    if width == 0:
        return None
    start = 5 + (0 if single else 1) + dictionary
    size = int.from_bytes(data[start : start + width], "little")
    return size + 256 if width == 2 else size


def _within(size: int, limit: int) -> None:
    if size > limit:
        raise DamagedDataError(f"it claims to unpack to {size} bytes, more than the {limit} it may have")


def _zlib(data: bytes, limit: int) -> bytes:
    return zlib.decompressobj(wbits=47).decompress(data, limit + 1)


def _bz2(data: bytes, limit: int) -> bytes:
    return bz2.BZ2Decompressor().decompress(data, limit + 1)


def _lzma(data: bytes, limit: int) -> bytes:
    return lzma.LZMADecompressor(memlimit=2**28).decompress(data, limit + 1)


_COMPRESSORS: dict[str, Callable[[bytes, int], bytes]] = {
    "blosc": _blosc,
    "lz4": _lz4,
    "zstd": _zstd,
    "zlib": _zlib,
    "gzip": _zlib,
    "bz2": _bz2,
    "lzma": _lzma,
}
