"""Undoing the codecs of format 3: a fixed list, each step bounded by the size the result must have."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, UnsafeDataError
from .codecs import MAX_FILTERS, shortened, unpack
from .zarr_metadata import sizes_of

#: Codecs that turn bytes into bytes.
PACKING = ("blosc", "gzip", "zstd", "crc32c")
#: A chunk in a shard that is not stored.
_NOT_STORED = 2**64 - 1
#: Inner chunks of a shard at most.
MAX_INNER = 1_000_000
#: Checksums of more bytes than this are not checked where no compiled code for them is installed.
SLOW_CHECKSUM = 2**16


@dataclass
class Pipeline:
    """The codecs of an array, or of the chunks in its shards.

    Attributes
    ----------
    transposes : list of tuple of int
        Orders of the axes, in the order in which they were applied.
    texts : bool
        Whether values are texts, each stored with its length.
    little : bool
        Byte order of numbers.
    shard : Shard or None
        How the chunk is divided into chunks of its own.
    packing : list of str
        Codecs of bytes, in the order in which they were applied.
    """

    transposes: list[tuple[int, ...]] = field(default_factory=list)
    texts: bool = False
    little: bool = True
    shard: Shard | None = None
    packing: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, codecs: Any, shape: tuple[int, ...], texts: bool, inner: bool = False) -> Pipeline:
        """Read a list of codecs.

        Parameters
        ----------
        codecs : Any
            As stored.
        shape : tuple of int
            Of a chunk.
        texts : bool
            Whether the values are texts of any length.
        inner : bool, default: False
            Whether these are the codecs of chunks in a shard; shards in shards are refused.

        Raises
        ------
        DamagedDataError, UnsafeDataError
        """
        if not isinstance(codecs, list) or not 0 < len(codecs) <= MAX_FILTERS:
            raise DamagedDataError(f"its codecs are not a list of at most {MAX_FILTERS}.")
        made, to_bytes = cls(), False
        for codec in codecs:
            name = codec.get("name") if isinstance(codec, dict) else codec
            options = codec.get("configuration") or {} if isinstance(codec, dict) else {}
            if not isinstance(name, str) or not isinstance(options, dict):
                raise DamagedDataError(f"codec {shortened(codec)} has no name.")
            if name == "transpose" and not to_bytes:
                made.transposes.append(_order(options.get("order"), len(shape)))
            elif name == "bytes" and not to_bytes and not texts:
                made.little, to_bytes = _is_little(options.get("endian", "little")), True
            elif name == "vlen-utf8" and not to_bytes and texts:
                made.texts = to_bytes = True
            elif name == "sharding_indexed" and not to_bytes and not inner:
                made.shard, to_bytes = Shard.of(options, made.stored_shape(shape), texts), True
            elif name in PACKING and to_bytes:
                made.packing.append(name)
            else:
                known = ", ".join(("transpose", "bytes", "vlen-utf8", "sharding_indexed", *PACKING))
                raise UnsafeDataError(
                    f"codec {shortened(name)} is not one of {known}, or stands where it cannot; it stays bytes."
                )
        if not to_bytes:
            raise DamagedDataError("its codecs do not say how values become bytes.")
        return made

    def stored_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of a chunk as its values are stored."""
        for order in self.transposes:
            shape = tuple(shape[axis] for axis in order)
        return shape

    def decode(
        self, data: bytes, shape: tuple[int, ...], dtype: np.dtype[Any], limit: int, fill: Any
    ) -> npt.NDArray[Any]:
        """Return the values of a chunk.

        Parameters
        ----------
        data : bytes
        shape : tuple of int
        dtype : dtype
        limit : int
            The most bytes of the values.
        fill : object
            What inner chunks stand for that are not stored.

        Raises
        ------
        DamagedDataError
        """
        # A packed chunk may be a little larger than its values: checksums, and what cannot be packed.
        room = 2 * limit + 2**16
        for name in reversed(self.packing):
            data = _without_checksum(data) if name == "crc32c" else unpack({"id": name}, data, room)
        stored = self.stored_shape(shape)
        if self.shard is not None:
            values = self.shard.decode(data, stored, dtype, limit, fill)
        elif self.texts:
            values = _texts(data, math.prod(stored)).reshape(stored)
        else:
            expected = math.prod(stored) * dtype.itemsize
            if len(data) != expected:
                raise DamagedDataError(f"it has {len(data)} bytes, expected {expected}")
            values = np.frombuffer(data, dtype.newbyteorder("<" if self.little else ">")).reshape(stored)
        for order in reversed(self.transposes):
            values = values.transpose(np.argsort(order))
        return values.astype(dtype, copy=False)


@dataclass
class Shard:
    """A file that holds many chunks, with an index of where they lie.

    Attributes
    ----------
    shape : tuple of int
        Of an inner chunk.
    grid : tuple of int
        How many there are along each axis.
    codecs, index : Pipeline
        Of the inner chunks, and of the index.
    at_end : bool
        Where the index stands.
    """

    shape: tuple[int, ...]
    grid: tuple[int, ...]
    codecs: Pipeline
    index: Pipeline
    at_end: bool

    @classmethod
    def of(cls, options: dict[str, Any], outer: tuple[int, ...], texts: bool) -> Shard:
        """Read the configuration of a shard.

        Raises
        ------
        DamagedDataError, UnsafeDataError
        """
        shape = sizes_of(options.get("chunk_shape"), 1)
        if len(shape) != len(outer) or any(o % s for o, s in zip(outer, shape, strict=True)):
            raise DamagedDataError(f"chunks of {shape} do not fill a shard of {outer}.")
        grid = tuple(o // s for o, s in zip(outer, shape, strict=True))
        if math.prod(grid) > MAX_INNER:
            raise DamagedDataError(f"a shard of {math.prod(grid)} chunks; at most {MAX_INNER} are read.")
        place = options.get("index_location", "end")
        if place not in ("start", "end"):
            raise DamagedDataError(f"index_location {shortened(place)} is neither start nor end.")
        codecs = Pipeline.of(options.get("codecs"), shape, texts, inner=True)
        index = Pipeline.of(options.get("index_codecs"), (*grid, 2), False, inner=True)
        if any(name != "crc32c" for name in index.packing):
            raise DamagedDataError("the index of a shard is packed, so that nobody knows where it begins.")
        return cls(shape, grid, codecs, index, place == "end")

    def decode(
        self, data: bytes, outer: tuple[int, ...], dtype: np.dtype[Any], limit: int, fill: Any
    ) -> npt.NDArray[Any]:
        """Return the values of a shard; see :meth:`Pipeline.decode`."""
        size = math.prod(self.grid) * 16 + 4 * len(self.index.packing)
        if len(data) < size:
            raise DamagedDataError(f"it has {len(data)} bytes, less than its index of {size}")
        raw = data[-size:] if self.at_end else data[:size]
        index = self.index.decode(raw, (*self.grid, 2), np.dtype("u8"), size, 0)
        out = np.full(outer, fill, dtype=dtype)
        part = math.prod(self.shape) * max(8, dtype.itemsize)
        for place in np.ndindex(self.grid):
            start, length = (int(value) for value in index[place])
            if start == length == _NOT_STORED:
                continue
            if start + length > len(data):
                raise DamagedDataError(f"the chunk at {place} of the shard lies beyond its end")
            window = tuple(slice(p * s, (p + 1) * s) for p, s in zip(place, self.shape, strict=True))
            out[window] = self.codecs.decode(
                data[start : start + length], self.shape, dtype, min(limit, part), fill
            )
        return out


def _order(order: Any, axes: int) -> tuple[int, ...]:
    if not isinstance(order, list) or sorted(map(str, order)) != sorted(map(str, range(axes))):
        raise DamagedDataError(f"transpose has the order {shortened(order)} of {axes} axes.")
    return tuple(int(axis) for axis in order)


def _is_little(endian: Any) -> bool:
    if endian not in ("little", "big"):
        raise DamagedDataError(f"endian {shortened(endian)} is neither little nor big.")
    return bool(endian == "little")


def _texts(data: bytes, count: int) -> npt.NDArray[Any]:
    """Return texts that are each stored behind their length in bytes."""
    found = int.from_bytes(data[:4], "little")
    if len(data) < 4 or found != count or len(data) < 4 + 4 * count:
        raise DamagedDataError(f"it has {found} texts, expected {count}")
    values = np.empty(count, dtype=object)
    at = 4
    for n in range(count):
        length = int.from_bytes(data[at : at + 4], "little")
        if at + 4 + length > len(data):
            raise DamagedDataError("a text reaches beyond its end")
        try:
            values[n] = data[at + 4 : at + 4 + length].decode("utf-8")
        except UnicodeDecodeError as error:
            raise DamagedDataError(f"a text is not UTF-8 ({error.reason})") from error
        at += 4 + length
    return values


def _without_checksum(data: bytes) -> bytes:
    """Return bytes without their CRC32C at the end, which is checked."""
    if len(data) < 4:
        raise DamagedDataError("it has no checksum")
    content, stored = data[:-4], int.from_bytes(data[-4:], "little")
    computed = _crc32c(content)
    if computed is not None and computed != stored:
        raise DamagedDataError("its checksum is wrong")
    return content


def _crc32c(data: bytes) -> int | None:
    """Return the CRC32C of bytes; None if they are many and there is no compiled code for it."""
    try:
        import google_crc32c
    except ImportError:
        return _slow_crc32c(data) if len(data) <= SLOW_CHECKSUM else None
    return int(google_crc32c.value(data))


def _slow_crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF
