"""One array of a zarr store of format 3, read chunk by chunk, or shard by shard."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, SourceChangedError
from .codecs import shortened
from .zarr3_codecs import Pipeline
from .zarr3_types import dtype3_of, fill_value3_of
from .zarr_array import UNBACKED_BYTES, ZarrArray
from .zarr_metadata import sizes_of


class ZarrArray3(ZarrArray):
    """A lazily read array; see :class:`ZarrArray`.

    A chunk that is not there stands for the fill value where the array itself is there still: writers of format 3
    leave out chunks that hold nothing else.
    """

    described_in = "zarr.json"

    def _parse(self, meta: Any) -> None:
        if meta["zarr_format"] != 3:
            raise DamagedDataError(f"zarr_format {shortened(meta['zarr_format'])} is not 3.")
        held = dtype3_of(meta["data_type"])
        self._is_text = held.hasobject
        # The length of the texts is known when they are read.
        self.dtype = np.dtype("U1") if self._is_text else held
        grid = meta["chunk_grid"]
        if grid["name"] != "regular":
            raise DamagedDataError(f"chunk_grid {shortened(grid['name'])} is not regular.")
        self.shape = sizes_of(meta["shape"], 0)
        self.chunks = sizes_of(grid["configuration"]["chunk_shape"], 1)
        if len(self.shape) != len(self.chunks):
            raise DamagedDataError(f"shape {self.shape} and chunks {self.chunks} do not fit each other.")
        for sizes in (self.shape, self.chunks):
            if math.prod(n for n in sizes if n) * self.dtype.itemsize >= 2**62:
                raise DamagedDataError(f"shape {sizes} is larger than any array can be; refused.")
        if meta.get("storage_transformers"):
            raise DamagedDataError("it has storage transformers, which are not known.")
        encoding = meta["chunk_key_encoding"]
        self._prefix = {"default": "c", "v2": ""}[encoding["name"]]
        usual = "/" if self._prefix else "."
        self.separator = (encoding.get("configuration") or {}).get("separator", usual)
        if self.separator not in (".", "/"):
            raise DamagedDataError(f"separator {shortened(self.separator)} is neither . nor /.")
        self.order = "C"
        self._filters, self._compressor = None, {"id": "format 3"}
        self._pipeline = Pipeline.of(meta["codecs"], self.chunks, self._is_text)
        self.fill_value = fill_value3_of(meta["fill_value"], self.held_dtype)

    @property
    def held_dtype(self) -> np.dtype[Any]:
        """Type of the values while chunks are put together; texts of any length are objects until then."""
        return np.dtype(object) if self._is_text else self.dtype

    def _key(self, place: tuple[int, ...]) -> str:
        parts = [self._prefix] if self._prefix else []
        parts += map(str, place)
        return f"{self.path}/{self.separator.join(parts) if parts else '0'}"

    @property
    def _most_bytes(self) -> int:
        # A text has any length; a chunk of them is small, or much is stored for it.
        return max(self._chunk_bytes, UNBACKED_BYTES) if self._is_text else self._chunk_bytes

    def _unpacked(self, data: bytes, limit: int) -> npt.NDArray[Any]:
        return self._pipeline.decode(data, self.chunks, self.held_dtype, limit, self.fill_value)

    def _check_missing(self, key: str) -> None:
        super()._check_missing(key)
        if self._prefix and self.store.altered(f"{self.path}/{self._prefix}"):
            raise SourceChangedError(
                f"array {self.where} has changed since the analyzer was opened: chunk {self.store.where(key)} is "
                "missing. Open it again with nbl.load(...)."
            )
