"""Rows of a chunked array: which chunks hold them, and taking them out of these."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from .chunk_reading import ChunkRequest, read_chunks
from .rows import Rows, positions
from .store import Store
from .text_chunks import as_wide_as_longest


class ChunkedArray(Protocol):
    """An array that is stored in chunks, each a file of a store."""

    store: Store
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype[Any]
    any_length: bool

    @property
    def where(self) -> str:
        """Where it lies, for messages."""

    def places(self) -> list[range]:
        """Return the positions of the chunks along each axis."""

    def chunk_request(self, place: tuple[int, ...]) -> ChunkRequest:
        """Return the request for a chunk."""

    def check_size(self, n_rows: int, n_chunks: int) -> None:
        """Refuse to read what is declared but cannot be there."""


class RowSelection:
    """Rows of an array and the chunks that hold them.

    Parameters
    ----------
    array : ChunkedArray
    rows : slice or int array, optional
        Positions along the first axis, as numpy counts them. None stands for all.

    Raises
    ------
    DamagedDataError
        If the array declares far more than is stored.
    IndexError
        For a row that does not exist.
    """

    def __init__(self, array: ChunkedArray, rows: Rows = None) -> None:
        self._array = array
        self._wanted: npt.NDArray[np.intp] | None = None
        self._count = 1
        self._blocks: Sequence[int] = [0]
        self._others: list[range] = []
        if not array.shape:
            return
        n_rows = array.shape[0]
        asked = range(*rows.indices(n_rows)) if isinstance(rows, slice) else rows
        array.check_size(n_rows if asked is None else len(asked), 0)
        self._wanted = None if asked is None else positions(asked, n_rows)
        first, *self._others = array.places()
        blocks = first if self._wanted is None else np.unique(self._wanted // array.chunks[0]).tolist()
        self._count = n_rows if self._wanted is None else len(self._wanted)
        array.check_size(self._count, len(blocks) * math.prod(map(len, self._others)))
        self._blocks = blocks if self._count and all(array.shape[1:]) else []

    def places(self) -> Iterator[tuple[int, ...]]:
        """Positions of the chunks along each axis, in the order in which :meth:`filled` takes them."""
        if not self._array.shape:
            return iter([()])
        return itertools.product(self._blocks, *self._others)

    def requests(self) -> Iterator[ChunkRequest]:
        """Return the requests for these chunks."""
        return map(self._array.chunk_request, self.places())

    def filled(self, chunks: Iterator[npt.NDArray[Any]]) -> npt.NDArray[Any]:
        """Return the rows, taken out of their chunks, which come in the order of `requests`."""
        array = self._array
        if not array.shape:
            return next(chunks).reshape(()).copy()
        dtype = array.dtype
        if array.any_length:
            count = len(self._blocks) * math.prod(map(len, self._others))
            size = self._count * math.prod(array.shape[1:])
            taken, dtype = as_wide_as_longest(chunks, count, size, array.where)
            chunks = iter(taken)
        out = np.empty((self._count, *array.shape[1:]), dtype=dtype)
        chosen: dict[int, tuple[Any, Any]] = {}
        for block, *place in self.places():
            if block not in chosen:
                chosen = {block: self._inside(block)}
            target, inside = chosen[block]
            window = tuple(
                slice(i * c, min((i + 1) * c, n))
                for i, c, n in zip(place, array.chunks[1:], array.shape[1:], strict=True)
            )
            crop = tuple(slice(0, w.stop - w.start) for w in window)
            out[(target, *window)] = next(chunks)[(slice(None), *crop)][inside]
        return out

    def _inside(self, block: int) -> tuple[Any, Any]:
        """Return which of the wanted rows lie in a row of chunks, and where in these they lie."""
        height, wanted = self._array.chunks[0], self._wanted
        if wanted is None:
            stop = min((block + 1) * height, self._array.shape[0])
            return slice(block * height, stop), slice(0, stop - block * height)
        target = np.flatnonzero(wanted // height == block)
        return target, wanted[target] - block * height


def read_together(arrays: Sequence[ChunkedArray]) -> list[npt.NDArray[Any]]:
    """Read several arrays of one store whole; at an address, their chunks are fetched at the same time.

    Raises
    ------
    DamagedDataError, MissingDataError, SourceChangedError
        For the first array that cannot be read.
    """
    if not arrays:
        return []
    if all(_in_one_chunk(array) for array in arrays):
        return _read_short(arrays)
    selections = [RowSelection(array) for array in arrays]
    requests = itertools.chain.from_iterable(selection.requests() for selection in selections)
    with closing(read_chunks(arrays[0].store, requests)) as chunks:
        return [selection.filled(chunks) for selection in selections]


def _in_one_chunk(array: ChunkedArray) -> bool:
    return not array.any_length and len(array.shape) == 1 and 0 < array.shape[0] <= array.chunks[0]


def _read_short(arrays: Sequence[ChunkedArray]) -> list[npt.NDArray[Any]]:
    """Read arrays of one chunk each, as the columns of a table are, without looking for the chunks of rows."""
    for array in arrays:
        array.check_size(array.shape[0], 1)
    with closing(read_chunks(arrays[0].store, [array.chunk_request((0,)) for array in arrays])) as chunks:
        return [
            np.array(chunk[: array.shape[0]], dtype=array.dtype)
            for array, chunk in zip(arrays, chunks, strict=False)
        ]
