"""Decoded chunks of a store, kept so that units which are read one after the other decode a chunk once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

import numpy.typing as npt

from .process_lock import ProcessLock

#: Decoded chunks of one store take at most so many bytes.
CACHE_BYTES = 2**26
#: What a kept chunk costs besides its values: its key, its place in the dictionary, the array object.
_OVERHEAD = 500


class ChunkCache:
    """The decoded chunks that were used last, up to a number of bytes; for any number of threads.

    Nothing kept is pickled: a copy in another process starts empty.

    Parameters
    ----------
    most : int, default: CACHE_BYTES
        Bytes that the kept chunks may have together.
    """

    def __init__(self, most: int = CACHE_BYTES) -> None:
        self.most = most
        self._lock = ProcessLock()
        self._chunks: OrderedDict[str, tuple[Hashable, npt.NDArray[Any]]] = OrderedDict()
        self._nbytes = 0

    def __reduce__(self) -> tuple[type[ChunkCache], tuple[int]]:
        return ChunkCache, (self.most,)

    @property
    def nbytes(self) -> int:
        """Bytes that the kept chunks have together."""
        return self._nbytes

    def fits(self, nbytes: int) -> bool:
        """Return True if that many bytes can be kept at once."""
        return nbytes + _OVERHEAD <= self.most

    def get(self, key: str, stamp: Hashable) -> npt.NDArray[Any] | None:
        """Return a kept chunk, or None.

        Parameters
        ----------
        key : str
            Key of its file in the store.
        stamp : hashable
            State of the file now. A chunk that was decoded from another state of the file is dropped.

        Returns
        -------
        ndarray or None
            Read-only.
        """
        with self._lock:
            kept = self._chunks.get(key)
            if kept is None:
                return None
            if kept[0] != stamp:
                self._drop(key)
                return None
            self._chunks.move_to_end(key)
            return kept[1]

    def put(self, key: str, stamp: Hashable, chunk: npt.NDArray[Any]) -> None:
        """Keep a chunk; those that were not used for longest make room for it.

        Parameters
        ----------
        key, stamp
            As for :meth:`get`.
        chunk : ndarray
            Made read-only.
        """
        chunk.flags.writeable = False
        with self._lock:
            self._drop(key)
            if not self.fits(chunk.nbytes):
                return
            while self._nbytes + chunk.nbytes + _OVERHEAD > self.most:
                self._drop(next(iter(self._chunks)))
            self._chunks[key] = stamp, chunk
            self._nbytes += chunk.nbytes + _OVERHEAD

    def _drop(self, key: str) -> None:
        kept = self._chunks.pop(key, None)
        if kept is not None:
            self._nbytes -= kept[1].nbytes + _OVERHEAD

    def clear(self) -> None:
        """Drop all chunks."""
        with self._lock:
            self._chunks.clear()
            self._nbytes = 0
