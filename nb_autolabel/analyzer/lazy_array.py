"""Arrays of a live analyzer that are not in memory: memory maps, zarr arrays and the like, read row by row."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import SourceChangedError
from .chunk_cache import ChunkCache
from .rows import Rows, positions

#: Rows with a gap smaller than this between them are read together, including the gap ...
GAP_BYTES = 2**16
#: ... in blocks of about this many bytes.
BLOCK_BYTES = 2**23
#: Rows of chunks are kept if one takes no more than this share of the cache.
_KEPT_SHARE = 4

_numbers = itertools.count()


class LazyArray:
    """An array-like object whose rows are read when they are asked for, and no others.

    Parameters
    ----------
    value : object
        With ``shape``, ``dtype`` and slicing along the first axis, as arrays of numpy, zarr and h5py have them.
    where : str
        For messages.
    cache : ChunkCache
        Keeps rows of chunks, so that a chunk is decoded once for several requests.
    stamp : callable
        Returns the state of the files behind the array; None if that is not known, and nothing is kept.
    """

    def __init__(self, value: Any, where: str, cache: ChunkCache, stamp: Callable[[], Hashable]) -> None:
        self._value, self._where = value, where
        self._cache, self._stamp = cache, stamp
        self._number = next(_numbers)

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return tuple(self._value.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Its type."""
        dtype: np.dtype[Any] = np.dtype(self._value.dtype)
        return dtype

    def read(self, rows: Rows = None) -> npt.NDArray[Any]:
        """Read the array, or some of its rows.

        Parameters
        ----------
        rows : slice or int array, optional
            Positions along the first axis, in the order wanted, counted as numpy counts them. None reads all.

        Returns
        -------
        ndarray
            The caller's own.

        Raises
        ------
        SourceChangedError
            If it is a memory map of a file that has become shorter.
        IndexError
            For a row that does not exist.
        """
        check_map(self._value, self._where)
        if rows is None or not self.shape:
            return np.array(self._value[...] if rows is None else self._value[rows])
        if isinstance(self._value, np.ndarray):
            return np.array(self._value[rows])
        asked = range(*rows.indices(self.shape[0])) if isinstance(rows, slice) else rows
        wanted = positions(asked, self.shape[0])
        out = np.empty((len(wanted), *self.shape[1:]), self.dtype)
        if not out.size:
            return out
        height = self._kept_height()
        stamp = self._stamp() if height else None
        order = np.argsort(wanted, kind="stable")
        if height and stamp is not None:
            groups = np.split(order, np.flatnonzero(np.diff(wanted[order] // height)) + 1)
            for chosen in groups:
                block = int(wanted[chosen[0]]) // height
                out[chosen] = self._kept_rows(block, height, stamp)[wanted[chosen] - block * height]
            return out
        for chosen in self._near(wanted, order):
            low, high = int(wanted[chosen[0]]), int(wanted[chosen[-1]]) + 1
            out[chosen] = np.asarray(self._value[low:high])[wanted[chosen] - low]
        return out

    def _row_bytes(self) -> int:
        return max(1, math.prod(self.shape[1:]) * self.dtype.itemsize)

    def _kept_height(self) -> int:
        """Return the number of rows in a chunk, or 0 if there are no chunks or they are too large to be kept."""
        chunks = getattr(self._value, "chunks", None)
        height = chunks[0] if isinstance(chunks, tuple) and chunks else 0
        if type(height) is not int or height < 1:
            return 0
        height = min(height, self.shape[0])
        return height if self._cache.fits(_KEPT_SHARE * height * self._row_bytes()) else 0

    def _kept_rows(self, block: int, height: int, stamp: Hashable) -> npt.NDArray[Any]:
        """Return the rows of one row of chunks."""
        key = f"{self._number}/{block}"
        found = self._cache.get(key, stamp)
        if found is None:
            found = np.array(self._value[block * height : min((block + 1) * height, self.shape[0])])
            if self._stamp() == stamp:
                self._cache.put(key, stamp, found)
        return found

    def _near(self, wanted: npt.NDArray[np.intp], order: npt.NDArray[np.intp]) -> list[npt.NDArray[np.intp]]:
        """Group the wanted rows into those that are read in one go."""
        ascending = wanted[order]
        chunks = getattr(self._value, "chunks", None)
        height = chunks[0] if isinstance(chunks, tuple) and chunks and type(chunks[0]) is int else 1
        gap = max(1, height, GAP_BYTES // self._row_bytes())
        rows = max(height, BLOCK_BYTES // self._row_bytes() // height * height)
        # A block ends where a row of chunks ends, so that no chunk is decoded for two blocks.
        cuts = (np.diff(ascending) > gap) | (np.diff(ascending // rows) > 0)
        return np.split(order, np.flatnonzero(cuts) + 1)


def map_under(array: Any) -> np.memmap[Any, Any] | None:
    """Return the memory map that an array looks into, if any."""
    found = None
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap) and getattr(array, "filename", None):
            found = array  # the last one covers what the others show
        array = array.base
    return found


def check_map(array: Any, where: str) -> None:
    """Refuse to touch a memory map whose file has become shorter: that would end the process.

    Raises
    ------
    SourceChangedError
    """
    mapped = map_under(array)
    if mapped is None or mapped.filename is None:
        return
    try:
        size = Path(mapped.filename).stat().st_size
    except OSError:
        return  # removed or renamed: the map keeps what it shows
    if size < mapped.offset + mapped.nbytes:
        raise SourceChangedError(
            f"{where} cannot be read: {mapped.filename} has become shorter since it was loaded. Load it again."
        )
