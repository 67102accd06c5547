"""Reading the chunks that one request needs: each once, together where they lie at an address."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from .store import Store

#: Chunks that are looked up and asked for at once.
BATCH = 256


@dataclass(frozen=True)
class ChunkRequest:
    """A chunk that is wanted.

    Attributes
    ----------
    key : str
        Key of its file in the store.
    limit : int
        The most bytes the file may have.
    decode : callable
        Returns the chunk for the bytes of its file, or for None if there is no such file.
    """

    key: str
    limit: int
    decode: Callable[[bytes | None], npt.NDArray[Any]]


def read_chunks(
    store: Store, requests: Iterable[ChunkRequest], *, cached: bool = False
) -> Generator[npt.NDArray[Any], None, None]:
    """Yield chunks of a store in the order in which they are asked for; close the iterator after use.

    Parameters
    ----------
    store : Store
    requests : iterable of ChunkRequest
    cached : bool, default: False
        Take chunks out of the store's cache, and keep there what is decoded. A chunk whose file has another state
        than when it was decoded is read again.

    Yields
    ------
    ndarray
        Not to be changed.
    """
    read = _read_cached if cached else _read
    remaining = iter(requests)
    while batch := list(itertools.islice(remaining, BATCH)):
        yield from read(store, batch)


def _read(store: Store, requests: Sequence[ChunkRequest]) -> Generator[npt.NDArray[Any], None, None]:
    with closing(store.read_each([(r.key, r.limit) for r in requests])) as answers:
        for request in requests:
            yield request.decode(next(answers))


def _read_cached(store: Store, requests: Sequence[ChunkRequest]) -> Generator[npt.NDArray[Any], None, None]:
    cache = store.chunk_cache
    stamps = [store.stamp(request.key) for request in requests]
    kept = [cache.get(request.key, stamp) for request, stamp in zip(requests, stamps, strict=True)]
    missing = [(r.key, r.limit) for r, chunk in zip(requests, kept, strict=True) if chunk is None]
    with closing(store.read_each(missing)) as answers:
        for request, stamp, chunk in zip(requests, stamps, kept, strict=True):
            if chunk is not None:
                yield chunk
                continue
            data = next(answers)
            decoded = request.decode(data)
            # A file that was written to meanwhile may have been read half before, half after.
            if data is not None and store.stamp(request.key) == stamp:
                cache.put(request.key, stamp, decoded)
            yield decoded
