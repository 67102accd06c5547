"""One array of a zarr store of format 3, read chunk by chunk, or shard by shard."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, UnsafeDataError
from .codecs import shortened
from .zarr3_codecs import Pipeline
from .zarr3_types import dtype3_of, fill_value3_of, is_text, named, text_fill
from .zarr_array import ZarrArray
from .zarr_metadata import sizes_of

#: What the description of an array must say, and what it may say.
_REQUIRED = (
    "zarr_format", "node_type", "shape", "data_type", "chunk_grid", "chunk_key_encoding", "fill_value", "codecs",
)  # fmt: skip
_OPTIONAL = ("attributes", "dimension_names", "storage_transformers")
#: Beginning of the keys of chunks, by encoding, and the separator where none is named.
_ENCODINGS = {"default": ("c", "/"), "v2": ("", ".")}


def check_understood(node: dict[str, Any], known: tuple[str, ...]) -> None:
    """Refuse a description that says more than is known, unless it says that this may be left out.

    Raises
    ------
    UnsafeDataError
    """
    for key, value in node.items():
        optional = isinstance(value, dict) and value.get("must_understand") is False
        if key not in known and not optional:
            raise UnsafeDataError(f"it has {shortened(key)}, which is not one of {', '.join(known)}.")


class ZarrArray3(ZarrArray):
    """A lazily read array; see :class:`ZarrArray`.

    A chunk that is not there stands for the fill value where the array itself is there still, as in format 2 where
    zarr 3 wrote it: writers of format 3 leave out chunks that hold nothing else.
    """

    described_in = "zarr.json"

    def _parse(self, meta: Any) -> None:
        lacking = [key for key in _REQUIRED if key not in meta]
        if lacking:
            raise DamagedDataError(f"its zarr.json has no {', '.join(lacking)}.")
        check_understood(meta, _REQUIRED + _OPTIONAL)
        if meta.get("storage_transformers"):
            raise UnsafeDataError(
                f"it has the storage_transformers {shortened(meta['storage_transformers'])}, expected none."
            )
        self.any_length = is_text(meta["data_type"])
        self.dtype = np.dtype("U1") if self.any_length else dtype3_of(meta["data_type"])
        grid, options = named(meta["chunk_grid"], "chunk_grid")
        if grid != "regular":
            raise UnsafeDataError(f"chunk_grid {shortened(grid)} is not regular.")
        self.shape, self.chunks = sizes_of(meta["shape"], 0), sizes_of(options.get("chunk_shape"), 1)
        if len(self.shape) != len(self.chunks):
            raise DamagedDataError(f"shape {self.shape} and chunks {self.chunks} do not fit each other.")
        for sizes in (self.shape, self.chunks):
            if math.prod(n for n in sizes if n) * self.dtype.itemsize >= 2**62:
                raise DamagedDataError(f"shape {sizes} is larger than any array can be; refused.")
        encoding, options = named(meta["chunk_key_encoding"], "chunk_key_encoding")
        if encoding not in _ENCODINGS:
            raise UnsafeDataError(
                f"chunk_key_encoding {shortened(encoding)} is not one of {', '.join(_ENCODINGS)}."
            )
        self._prefix, usual = _ENCODINGS[encoding]
        self.separator = options.get("separator", usual)
        if self.separator not in (".", "/"):
            raise DamagedDataError(f"separator {shortened(self.separator)} is neither . nor /.")
        held = None if self.any_length else self.dtype
        self._pipeline = Pipeline(meta["codecs"], self.chunks, held)
        self.fill_value = (
            text_fill(meta["fill_value"]) if held is None else fill_value3_of(meta["fill_value"], held)
        )

    def _key(self, place: tuple[int, ...]) -> str:
        parts = [self._prefix] if self._prefix else []
        parts += map(str, place)
        return f"{self.path}/{self.separator.join(parts) if parts else '0'}"

    @property
    def _most_stored(self) -> int:
        return self._pipeline.most_stored

    def _filled(self) -> npt.NDArray[Any]:
        # The type of texts of any length is as wide as the longest.
        return np.array(self.fill_value) if self.any_length else super()._filled()

    def _unpacked(self, data: bytes) -> npt.NDArray[Any]:
        return self._pipeline.decode(data, self.fill_value)
