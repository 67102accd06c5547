"""Undoing the codecs of format 3: a fixed list, each step bounded by the size the result must have."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, UnsafeDataError
from .codecs import FILTERS, MAX_FILTERS, check_codecs, shortened, undo_filters, unpack
from .text_chunks import MAX_TEXT_CHUNK, MAX_TEXTS
from .zarr3_bytes import texts, without_checksum
from .zarr3_shard import Shard
from .zarr3_types import named

#: Codecs that turn bytes into bytes, by the name of the codec that undoes them; those of numcodecs are the ones that
#: format 2 has too.
PACKING = {
    "blosc": "blosc", "gzip": "gzip", "zstd": "zstd", "crc32c": "crc32c", "numcodecs.blosc": "blosc",
    "numcodecs.bz2": "bz2", "numcodecs.gzip": "gzip", "numcodecs.lz4": "lz4", "numcodecs.lzma": "lzma",
    "numcodecs.zlib": "zlib", "numcodecs.zstd": "zstd", "numcodecs.shuffle": "shuffle",
}  # fmt: skip
#: Codecs that turn an array into another one, and those that turn an array into bytes.
RESHAPING = ("transpose", *(f"numcodecs.{name}" for name in sorted(FILTERS) if name != "shuffle"))
TO_BYTES = ("bytes", "vlen-utf8", "sharding_indexed")


class Pipeline:
    """The codecs of the chunks of an array, or of the chunks in its shards.

    Parameters
    ----------
    codecs : object
        As stored.
    shape : tuple of int
        Of a chunk.
    dtype : dtype or None
        Of its values; None for texts of any length.
    inner : bool, default: False
        Whether these are the codecs of chunks in a shard; shards in shards are refused.

    Raises
    ------
    DamagedDataError
        If the codecs do not fit each other or the array.
    UnsafeDataError
        For a codec that is not on the list.
    """

    def __init__(
        self, codecs: Any, shape: tuple[int, ...], dtype: np.dtype[Any] | None, inner: bool = False
    ) -> None:
        if not isinstance(codecs, list) or not 0 < len(codecs) <= MAX_FILTERS:
            raise DamagedDataError(f"its codecs {shortened(codecs)} are no list of 1 to {MAX_FILTERS}.")
        self.shape, self.dtype = shape, dtype
        self.packing: list[dict[str, Any]] = []
        self.shard: Shard | None = None
        self._steps: list[_Transpose | _Filter] = []
        self._stored_shape, self._stored_dtype = shape, dtype
        self._little = True
        to_bytes = ""
        for codec in codecs:
            name, options = named(codec, "codec")
            if name in PACKING:
                if not to_bytes:
                    raise DamagedDataError(f"codec {name!r} packs bytes, but no codec before it makes any.")
                self.packing.append(_packing(PACKING[name], options))
            elif name not in RESHAPING and name not in TO_BYTES:
                listed = ", ".join((*RESHAPING, *TO_BYTES, *PACKING))
                raise UnsafeDataError(f"codec {shortened(name)} is not one of {listed}; it stays bytes.")
            elif to_bytes:
                raise DamagedDataError(
                    f"codec {name!r} works on an array, but {to_bytes!r} made bytes of it."
                )
            elif name in RESHAPING:
                self._reshape(name, options)
            else:
                to_bytes = name
                self._to_bytes(name, options, inner)
        if not to_bytes:
            raise DamagedDataError(f"its codecs {shortened(codecs)} do not say how values become bytes.")

    def _reshape(self, name: str, options: dict[str, Any]) -> None:
        shape, dtype = self._stored_shape, self._stored_dtype
        step: _Transpose | _Filter
        if name == "transpose":
            step = _Transpose(options.get("order"), len(shape))
            self._stored_shape = tuple(shape[axis] for axis in step.order)
        else:
            if dtype is None or dtype.kind not in "biufc":
                raise DamagedDataError(f"codec {name!r} works on numbers, not on {dtype or 'texts'}.")
            step = _Filter(name, options, shape, dtype)
            self._stored_dtype = step.stored_dtype
        self._steps.append(step)

    def _to_bytes(self, name: str, options: dict[str, Any], inner: bool) -> None:
        dtype = self._stored_dtype
        if name == "bytes":
            endian = options.get("endian", "little")
            if dtype is None:
                raise DamagedDataError("codec 'bytes' is for values of a fixed length, not for texts of any.")
            if endian not in ("little", "big"):
                raise DamagedDataError(f"endian {shortened(endian)} is neither little nor big.")
            self._little = endian == "little"
        elif name == "vlen-utf8":
            if dtype is not None:
                raise DamagedDataError(f"codec 'vlen-utf8' is for texts of any length, not for {dtype}.")
        elif inner:
            raise DamagedDataError("a shard in a shard is not read.")
        else:
            self.shard = Shard(options, self._stored_shape, dtype, Pipeline)

    @property
    def nbytes(self) -> int:
        """Bytes of a chunk's values before they are packed; the most there may be, for texts of any length."""
        dtype = self._stored_dtype
        if self.shard is not None:
            return self.shard.most_stored
        return MAX_TEXT_CHUNK if dtype is None else math.prod(self._stored_shape) * dtype.itemsize

    @property
    def most_stored(self) -> int:
        """The most bytes that a chunk may have as it is stored: what cannot be packed grows a little."""
        return self._bounds()[-1]

    def _bounds(self) -> list[int]:
        """Return the most bytes there may be before each of the packing codecs, and after all."""
        bounds = [self.nbytes]
        for codec in self.packing:
            grown = {"crc32c": 4, "shuffle": 0}.get(codec["id"], bounds[-1] // 4 + 2**10)
            bounds.append(bounds[-1] + grown)
        return bounds

    def decode(self, data: bytes, fill: Any, most: int = MAX_TEXTS) -> npt.NDArray[Any]:
        """Return the values of a chunk.

        Parameters
        ----------
        data : bytes
        fill : object
            What the chunks in a shard stand for that are not stored; None if they must be.
        most : int
            Bytes that texts may take.

        Raises
        ------
        DamagedDataError
            If the bytes are no such chunk.
        """
        for codec, limit in zip(reversed(self.packing), reversed(self._bounds()[:-1]), strict=True):
            data = _unpacked(codec, data, limit)
        if self.shard is not None:
            values = self.shard.decode(data, fill, most)
        elif self._stored_dtype is None:
            if len(data) > MAX_TEXT_CHUNK:
                raise DamagedDataError(f"its texts have {len(data)} bytes, more than {MAX_TEXT_CHUNK}")
            values = texts(data, math.prod(self._stored_shape), most).reshape(self._stored_shape)
        else:
            if len(data) != self.nbytes:
                raise DamagedDataError(f"it has {len(data)} bytes, expected {self.nbytes}")
            stored = self._stored_dtype.newbyteorder("<" if self._little else ">")
            values = np.frombuffer(data, stored).reshape(self._stored_shape)
        if self._stored_dtype is not None:
            values = values.astype(self._stored_dtype, copy=False)
        for step in reversed(self._steps):
            values = step.undo(values)
        return values


class _Transpose:
    """Another order of the axes."""

    def __init__(self, order: Any, axes: int) -> None:
        whole = isinstance(order, list) and all(type(axis) is int for axis in order)
        if not whole or sorted(order) != list(range(axes)):
            raise DamagedDataError(f"transpose has the order {shortened(order)}, expected 0 to {axes - 1}.")
        self.order = tuple(order)

    def undo(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return values.transpose(np.argsort(self.order).tolist())


class _Filter:
    """A filter of numcodecs, as in format 2."""

    def __init__(
        self, name: str, options: dict[str, Any], shape: tuple[int, ...], dtype: np.dtype[Any]
    ) -> None:
        self._config = {**options, "id": name.removeprefix("numcodecs.")}
        check_codecs([self._config], None)
        self._shape, self._dtype = shape, dtype
        stored = options.get("encode_dtype") or options.get("astype") or options.get("dtype")
        self.stored_dtype = np.dtype(stored) if stored else dtype

    def undo(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        limit = math.prod(self._shape) * 16
        undone = undo_filters([self._config], np.ascontiguousarray(values).reshape(-1), limit)
        raw = np.frombuffer(np.ascontiguousarray(undone), "u1")
        expected = math.prod(self._shape) * self._dtype.itemsize
        if raw.nbytes != expected:
            raise DamagedDataError(
                f"filter {self._config['id']} makes {raw.nbytes} bytes, expected {expected}"
            )
        return raw.view(self._dtype).reshape(self._shape)


def _packing(name: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration that undoes a codec of bytes; what only matters for packing is left out."""
    if name != "shuffle":
        return {"id": name}
    config = {"id": name, **{key: value for key, value in options.items() if key != "id"}}
    check_codecs([config], None)
    return config


def _unpacked(codec: dict[str, Any], data: bytes, limit: int) -> bytes:
    if codec["id"] == "crc32c":
        return without_checksum(data)
    if codec["id"] == "shuffle":
        return bytes(undo_filters([codec], data, limit))
    return unpack(codec, data, limit)
