"""Detecting that the files behind an open analyzer were replaced, removed or computed again.

Without this check, rows of a new file would be read as the data of units they do not belong to. After each
read the store is compared with what was opened:

1. The stamps of a few files are compared: number and device of the folder; number, size and time of
   the file that is written anew whenever anything is stored (``.zmetadata``), and of the unit ids.
   That takes microseconds. If they are equal, the store is unchanged.
2. If they differ, the content is compared that says whose data these are: unit ids, sampling
   frequency, segments, settings, the recording's channels, the sizes of the arrays of spikes; and size
   and time of the files of spikes, which are never written to but by a new sorting. If it differs,
   :class:`SourceChangedError` is raised. If not, something was added, or the same analyzer was put back.
3. Of what is read, the description must be what it was too: an extension that was computed again
   since has other parameters, or another number of samples. What was not touched stays readable.

What an analyzer has read already (metrics, spikes) it keeps. In a store whose stamps cost requests (an
address) the content is compared every few seconds, and always when a read fails.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

from ..errors import (
    DamagedDataError,
    LinkedOutsideError,
    MissingDataError,
    SourceChangedError,
    UnknownFormatError,
)
from .local_file import state_in
from .process_lock import ProcessLock
from .store import Store

T = TypeVar("T")


class Recognition:
    """Recognises what was opened in a store.

    Parameters
    ----------
    store : Store
    watched : sequence of str
        Keys whose stamps tell at once that nothing has happened.
    spikes : sequence of str
        Keys of files of spikes.
    content : callable
        Can be pickled. Reads anew, and returns, what says whose data the store holds.
    same : callable
        ``same(opened, now, part)`` returns True if a part of the store ("" for the whole) is described
        in `now` as it was in `opened`; both are what `content` returned.
    opened : object
        What `content` would have returned when the store was opened.
    """

    def __init__(
        self,
        store: Store,
        watched: Sequence[str],
        spikes: Sequence[str],
        content: Callable[[], Any],
        same: Callable[[Any, Any, str], bool],
        opened: Any,
    ) -> None:
        self._store = store
        self._watched, self._spikes = ("", *watched), tuple(spikes)
        self._content, self._same, self._opened = content, same, opened
        self._stamps = self._current()
        self._spike_stamps = self._of_spikes()
        #: Stamps that were found to be of the same analyzer, and its content then.
        self._accepted: tuple[tuple[Hashable, ...], Any] = (self._stamps, opened)
        self._looked = time.monotonic()
        self._lock = ProcessLock()
        #: How often something of the store was found written again, and the store still recognised.
        self.changes = 0

    def __getstate__(self) -> dict[str, Any]:
        # The time on the clock of this process says nothing in another one.
        return {key: value for key, value in self.__dict__.items() if key != "_looked"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _looked=float("-inf"))

    def _one_at_a_time(self) -> threading.RLock:
        return self._lock.current()

    def _current(self) -> tuple[Hashable, ...]:
        return tuple(self._store.stamp(key) for key in self._watched)

    def _of_spikes(self) -> tuple[Hashable, ...]:
        return tuple(state_in(self._store.stamp(key)) for key in self._spikes)

    def reading(self, part: str, read: Callable[[], T]) -> T:
        """Return what `read` returns if the store is still what was opened.

        Parameters
        ----------
        part : str
            What of the store is read, for `same`.
        read : callable

        Raises
        ------
        SourceChangedError
            If it is not, whatever `read` says.
        """
        before = self.changes
        try:
            value = read()
        except DamagedDataError as error:
            if not isinstance(error, SourceChangedError | LinkedOutsideError):
                self.check(part, error)
            raise
        self.check(part)
        # Something was written, and the store is still recognised: what was kept of it is forgotten, and read again.
        return value if self.changes == before else read()

    def check(self, part: str = "", failed: Exception | None = None) -> None:
        """Raise an error if the store, or a part of it, is not what was opened.

        Parameters
        ----------
        part : str
            For `same`.
        failed : Exception, optional
            Why reading failed; then the content is compared in any case.

        Raises
        ------
        SourceChangedError
        """
        with self._one_at_a_time():
            now = self._current()
            known = None not in now
            if failed is None and known and now == self._stamps:
                return
            if failed is None and not known and time.monotonic() - self._looked < self._store.recheck_after:
                return
            if failed is not None or not known or now != self._accepted[0]:
                content, before = self._anew(), self._accepted
                if now != before[0] or not self._same(before[1], content, "extensions"):
                    self._rewritten()
                self._accepted = (now, content)
                self._looked = time.monotonic()
            content = self._accepted[1]
        if part and not self._same(self._opened, content, part):
            raise self._changed(f"'{part}' has been written again") from failed

    def _rewritten(self) -> None:
        """Forget what was decoded before something was written."""
        self.changes += 1
        self._store.chunk_cache.clear()

    def _anew(self) -> Any:
        try:
            content = self._content()
        except (DamagedDataError, UnknownFormatError) as error:
            gone = isinstance(error, MissingDataError)
            raise self._changed("it is not there any more" if gone else "it cannot be read") from error
        if not self._same(self._opened, content, ""):
            raise self._changed("another sorting lies there, or other channels")
        if self._of_spikes() != self._spike_stamps:
            raise self._changed("its spikes have been written again")
        return content

    def _changed(self, what: str) -> SourceChangedError:
        return SourceChangedError(
            f"{self._store.name} has changed since it was opened: {what}. Open it again with nbl.load(...)."
        )
