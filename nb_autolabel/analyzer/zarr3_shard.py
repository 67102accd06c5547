"""A shard of format 3: one file that holds many chunks, and an index of where they lie."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError
from .codecs import shortened
from .text_chunks import check_texts
from .zarr_metadata import sizes_of

#: A chunk in a shard that is not stored.
_NOT_STORED = np.uint64(2**64 - 1)
#: Chunks of a shard at most.
MAX_INNER = 2**20
#: A packed chunk may have so many bytes more than its values.
_OVERHEAD = 128


class Codecs(Protocol):
    """The codecs of the chunks, or of the index."""

    packing: list[dict[str, Any]]

    @property
    def nbytes(self) -> int:
        """Bytes of a chunk before it is packed."""

    def decode(self, data: bytes, fill: Any, most: int) -> npt.NDArray[Any]:
        """Return the values of a chunk."""


class Shard:
    """How a shard is divided into chunks.

    Parameters
    ----------
    options : dict
        The configuration of ``sharding_indexed``.
    outer : tuple of int
        Shape of the shard.
    dtype : dtype or None
        Of the values; None for texts of any length.
    codecs : callable
        Returns the codecs for a list of them, the shape of a chunk, a type, and True: see :class:`Pipeline`.

    Raises
    ------
    DamagedDataError, UnsafeDataError
    """

    def __init__(
        self,
        options: dict[str, Any],
        outer: tuple[int, ...],
        dtype: np.dtype[Any] | None,
        codecs: Callable[[Any, tuple[int, ...], np.dtype[Any] | None, bool], Codecs],
    ) -> None:
        self._outer, self._dtype = outer, dtype
        self._shape = sizes_of(options.get("chunk_shape"), 1)
        if len(self._shape) != len(outer) or any(o % s for o, s in zip(outer, self._shape, strict=True)):
            raise DamagedDataError(f"chunks of {self._shape} do not fill a shard of {outer}.")
        self._grid = tuple(o // s for o, s in zip(outer, self._shape, strict=True))
        if math.prod(self._grid) > MAX_INNER:
            raise DamagedDataError(
                f"a shard of {math.prod(self._grid)} chunks; at most {MAX_INNER} are read."
            )
        place = options.get("index_location", "end")
        if place not in ("start", "end"):
            raise DamagedDataError(f"index_location {shortened(place)} is neither start nor end.")
        self._at_end = place == "end"
        self._codecs = codecs(options.get("codecs"), self._shape, dtype, True)
        self._index = codecs(options.get("index_codecs"), (*self._grid, 2), np.dtype("u8"), True)
        if any(codec["id"] != "crc32c" for codec in self._index.packing):
            raise DamagedDataError("the index of a shard is packed, so that it has no size of its own.")
        self._index_size = self._index.nbytes + 4 * len(self._index.packing)

    @property
    def most_stored(self) -> int:
        """The most bytes that a shard may have."""
        count = math.prod(self._grid)
        # Texts of a whole shard are as many as those of one chunk may be.
        values = self._codecs.nbytes * (1 if self._dtype is None else count)
        return self._index_size + 2 * values + _OVERHEAD * count + 2**16

    def decode(self, data: bytes, fill: Any, most: int) -> npt.NDArray[Any]:
        """Return the values of a shard.

        Parameters
        ----------
        data : bytes
        fill : object
            What chunks stand for that are not stored; None if they must be.
        most : int
            Bytes that texts may take.

        Raises
        ------
        DamagedDataError
        """
        starts, lengths, stored = self._places(data)
        if fill is None and not stored.all():
            raise DamagedDataError("a chunk of the shard is missing, and the array has no fill_value")
        dtype = self._dtype
        found: list[npt.NDArray[Any]] = []
        out = None if dtype is None else np.empty(self._outer, dtype)
        if out is not None and not stored.all():
            out[...] = fill
        for at in np.flatnonzero(stored).tolist():
            piece = data[int(starts[at]) : int(starts[at]) + int(lengths[at])]
            values = self._codecs.decode(piece, fill, most)
            if out is None:
                found.append(values)
                most -= values.nbytes
            else:
                out[self._window(at)] = values
        if out is not None:
            return out
        return self._texts(found, np.flatnonzero(stored).tolist(), fill, most)

    def _texts(
        self, found: list[npt.NDArray[Any]], places: list[int], fill: Any, most: int
    ) -> npt.NDArray[Any]:
        longest = max([len(fill or ""), 1, *(values.dtype.itemsize // 4 for values in found)])
        check_texts(math.prod(self._outer), longest, most + sum(values.nbytes for values in found))
        out = np.full(self._outer, fill or "", dtype=f"U{longest}")
        for at, values in zip(places, found, strict=True):
            out[self._window(at)] = values
        return out

    def _window(self, at: int) -> tuple[slice, ...]:
        place = np.unravel_index(at, self._grid) if self._grid else ()
        return tuple(slice(int(p) * s, (int(p) + 1) * s) for p, s in zip(place, self._shape, strict=True))

    def _places(
        self, data: bytes
    ) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
        """Return where each chunk begins and how long it is, and which are stored.

        Raises
        ------
        DamagedDataError
            If a chunk lies outside of the shard, or where the index or another chunk lies.
        """
        size, total = self._index_size, len(data)
        if total < size:
            raise DamagedDataError(f"it has {total} bytes, fewer than the {size} of its index")
        raw = data[total - size :] if self._at_end else data[:size]
        index = self._index.decode(raw, None, 0).reshape(-1, 2)
        starts, lengths = index[:, 0], index[:, 1]
        stored = ~((starts == _NOT_STORED) & (lengths == _NOT_STORED))
        first, last = (0, total - size) if self._at_end else (size, total)
        begin, length = starts[stored], lengths[stored]
        # Compared before they are added: the sum of two such numbers may be too large for one.
        outside = (begin > last) | (length > last) | (begin < first)
        if not outside.any():
            outside = begin + length > last
        if outside.any():
            at = int(np.flatnonzero(outside)[0])
            raise DamagedDataError(
                f"a chunk of the shard lies at {int(begin[at])} with {int(length[at])} bytes, "
                f"expected between {first} and {last}"
            )
        order = np.argsort(begin, kind="stable")
        if (begin[order][1:] < (begin + length)[order][:-1]).any():
            raise DamagedDataError("chunks of the shard overlap")
        return starts, lengths, stored
