"""What one run takes from the cache and adds to it: recordings one by one, or many in one file."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from .cache import Cache
from .reading import Reading
from .together import FEWEST, Together

#: Readings wait for so many seconds at the most before they are kept; a run that is killed loses no more than that.
SECONDS = 0.5


class Keeper:
    """The cache as one run uses it.

    Without templates, the readings of a short run are kept in one file at its end; a longer run also keeps them one by one
    as it goes on, so that a run that is killed loses half a second of reading at the most.

    Parameters
    ----------
    cache : Cache
    paths, prints : sequence of str
        The recordings of the run, and their fingerprints.
    templates : bool
        Whether templates are needed; then each recording has a file of its own.
    together : Together, optional
        What is kept of many without templates, if it was read already.
    """

    def __init__(
        self,
        cache: Cache,
        paths: Sequence[str],
        prints: Sequence[str],
        templates: bool,
        together: Together | None = None,
    ) -> None:
        self._cache, self._paths, self._prints, self._templates = cache, paths, prints, templates
        self._together = None if templates else together or Together(cache.folder)
        self._waiting: dict[int, Reading] = {}
        self._alone: dict[int, Reading] = {}
        self._said: dict[str, None] = {}
        self._last = time.monotonic()
        self._lock = threading.Lock()

    def get(self, at: int) -> Reading | None:
        """Return what was kept of a recording, by its position; None if nothing was or it has changed."""
        path, fingerprint = self._paths[at], self._prints[at]
        found = None if self._together is None else self._together.get(path, fingerprint)
        if found is None:
            found = self._cache.get(path, fingerprint, self._templates)
            if found is not None:
                self._alone[at] = found
        return found

    def put(self, at: int, reading: Reading) -> None:
        """Keep a reading, at once or within half a second; safe to call from threads."""
        with self._lock:
            self._waiting[at] = reading
            now = time.monotonic()
            few = self._together is None or len(self._paths) < FEWEST
            due = few or now - self._last > SECONDS
            several = self._take() if due else {}
        self._one_by_one(several)

    def flush(self) -> None:
        """Keep what waits one by one: the run was stopped."""
        with self._lock:
            several = self._take()
        self._one_by_one(several)

    def finish(self) -> str:
        """Keep what waits; return why readings could not be kept, or ""."""
        several = self._take()
        if self._together is not None:
            every = {**self._alone, **several}
            taken = self._together.add(
                [(self._paths[at], self._prints[at], reading) for at, reading in sorted(every.items())]
            ) if every else set()  # fmt: skip
            several = {at: reading for at, reading in several.items() if self._paths[at] not in taken}
        self._one_by_one(several)
        return next(iter(self._said), "")

    def _take(self) -> dict[int, Reading]:
        several, self._waiting = self._waiting, {}
        self._last = time.monotonic()
        return several

    def _one_by_one(self, several: dict[int, Reading]) -> None:
        for at, reading in several.items():
            why = self._cache.put(self._paths[at], self._prints[at], reading)
            self._said.update({why: None} if why else {})
            if self._together is not None:
                self._alone[at] = reading
