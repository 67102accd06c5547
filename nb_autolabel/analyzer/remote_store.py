"""An address as a store: of an http server, of a bucket."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import quote

from ..errors import (
    AnalyzerNotFoundError,
    AutolabelError,
    ConnectionLostError,
    DamagedDataError,
    UnknownFormatError,
)
from .address import HTTP, address_of, longest_first, texts_in, without_secrets
from .fetching import LOOK_EVERY
from .reading_display import ReadingDisplay
from .remote_files import RefusedError, RemoteFiles, TooLargeError, is_answered, is_lost
from .remote_opening import files_at
from .store import Listed, Store, checked, is_name
from .traffic import Traffic

T = TypeVar("T")

#: Seconds before a silent server is given up.
REMOTE_TIMEOUT = 30.0
#: More files than this are not fetched from an address at once.
CONCURRENT_REQUESTS = 8


class RemoteStore(Store):
    """An http server's address, or a bucket's (s3, gs, az); see :mod:`.address` for which are opened.

    It can be pickled, to be opened by another process: what is pickled is the address and the options,
    passwords and all, for without them it could not be opened there.
    """

    #: Looking costs requests, so it is done at most this often.
    recheck_after = 5.0

    def __init__(self, url: str, storage_options: dict[str, Any] | None = None) -> None:
        address = address_of(url)
        if address is None:
            raise UnknownFormatError(f"{without_secrets(url)} is a path, not an address.")
        self._address = address
        self._options = storage_options
        self.name = address.shown()
        self._connected: tuple[int, RemoteFiles] | None = None
        self._in_use = False
        self._watch()
        self._files()

    def _watch(self) -> None:
        self._traffic = Traffic()
        self._display = ReadingDisplay(self._traffic, lambda: self._files().ask_total())

    def __getstate__(self) -> dict[str, Any]:
        kept = {key: value for key, value in self.__dict__.items() if key not in ("_traffic", "_display")}
        return {**kept, "_connected": None, "_in_use": False}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._watch()

    @property
    def traffic(self) -> Traffic:
        """Counts the bytes that were fetched."""
        return self._traffic

    @property
    def denied(self) -> str:
        """See :attr:`Store.denied`."""
        return self._files().denied

    @property
    def has_options(self) -> bool:
        """True if it was opened with storage options, which may hold passwords."""
        return bool(self._options)

    def where(self, key: str) -> str:
        """Return the address of a key, for messages."""
        return self._address.shown(key)

    def _files(self) -> RemoteFiles:
        # Connections, locks and what is shown cannot be shared with a process that was forked.
        if self._connected is None or self._connected[0] != os.getpid():
            self._in_use = False
            if self._connected is not None:
                self._watch()
            self._connected = os.getpid(), self._connect()
        return self._connected[1]

    def _connect(self) -> RemoteFiles:
        try:
            return files_at(self._address, self._options, REMOTE_TIMEOUT, self._traffic, self._display)
        except AutolabelError:
            raise
        except Exception as error:  # each file system has its own kinds
            reason = self._reason(error)
        raise UnknownFormatError(f"cannot open the address {self.name}: {reason}")

    def _reason(self, error: Exception) -> str:
        """Return what an error says, without what opens the address."""
        if isinstance(error, TimeoutError):
            return "no answer in time (timeout)"
        secrets = longest_first([*self._address.secrets, *texts_in(self._options)])
        return without_secrets(str(error)[:1000], secrets) or type(error).__name__

    def read(self, key: str, limit: int | None = None) -> bytes | None:
        """Return the bytes of a file; see :meth:`Store.read`. No more than the limit is fetched.

        Raises
        ------
        ConnectionLostError
            If the server fails or does not answer in time. Nothing is kept of it: asking again asks the server again.
        AnalyzerNotFoundError
            If it refuses.
        DamagedDataError
            If the file is larger than the limit.
        """
        checked(key)
        try:
            with self._display.waiting():
                data = self._files().get(key, limit)
            self._in_use = True
            return data
        except AutolabelError:
            raise
        except TooLargeError as error:
            failure: AutolabelError = DamagedDataError(
                f"{self.where(key)} has {error} bytes, more than the {limit} it may have."
                if limit is not None
                else f"{self.where(key)} unpacks to {error} bytes; refused."
            )
        except Exception as error:  # each file system has its own kinds
            failure = self._failure(error, self.where(key), "fetched")
        # Raised here, so that nothing is attached to it: the cause may say what opens the address.
        raise failure

    def _failure(self, error: Exception, where: str, done: str) -> AutolabelError:
        reason = str(error) if isinstance(error, RefusedError) else self._reason(error)
        said = f"{where} cannot be {done}: {reason.rstrip('.')}."
        if is_lost(error):
            again = "Try it again when the server answers."
            return ConnectionLostError(f"{said} {again}", answered=is_answered(error))
        return AnalyzerNotFoundError(said)

    def read_each(self, wanted: Sequence[tuple[str, int | None]]) -> Generator[bytes | None, None, None]:
        """Yield the bytes of several files; see :meth:`Store.read_each`.

        At most CONCURRENT_REQUESTS are fetched at once, or have been fetched and wait to be taken. The threads
        that wait for the answers end with the iterator.
        """
        self._files()
        first = 0
        if wanted and not self._in_use:
            # The first request of a process opens the session; several at once would open several.
            yield self.read(*wanted[0])
            first = 1
        if len(wanted) - first < 2:
            yield from super().read_each(wanted[first:])
            return
        waiting: deque[Future[bytes | None]] = deque()
        with ThreadPoolExecutor(CONCURRENT_REQUESTS, "nb_autolabel-fetch") as pool:
            try:
                for key, limit in wanted[first:]:
                    if len(waiting) == CONCURRENT_REQUESTS:
                        yield self._taken(waiting.popleft())
                    waiting.append(pool.submit(self.read, key, limit))
                while waiting:
                    yield self._taken(waiting.popleft())
            finally:
                for request in waiting:
                    request.cancel()

    def _read(self, key: str) -> bytes | None:
        return self.read(key)

    def _taken(self, request: Future[bytes | None]) -> bytes | None:
        """Wait for what another thread fetches, and show here how far it is."""
        with self._display.waiting():
            while not wait([request], LOOK_EVERY).done:
                self._display.tick()
        return request.result()

    def names(self, key: str = "") -> list[str]:
        """Names below an address, as far as the server lists them.

        Raises
        ------
        ConnectionLostError
            If the server fails or does not answer in time.
        """
        if key:
            checked(key)
        # Most http servers list nothing; consolidated metadata make up for it.
        found = self._told(lambda: self._files().listed(key), key, "listed") or []
        return sorted({entry.name for entry in found if is_name(entry.name)})

    def size(self, key: str) -> int | None:
        """Return a file's size where the server tells it.

        Raises
        ------
        ConnectionLostError
            If the server fails or does not answer in time.
        """
        checked(key)
        return self._told(lambda: self._files().size(key), key, "looked at")

    def _told(self, ask: Callable[[], T], key: str, done: str) -> T | None:
        """Return what the server tells; None where it refuses to."""
        try:
            with self._display.waiting():
                return ask()
        except AutolabelError:
            raise
        except Exception as error:
            if not is_lost(error):
                return None
            failure = self._failure(error, self.where(key), done)
        raise failure

    def listed(self, at_most: int) -> list[Listed]:
        """Return what lies directly below the address; see :meth:`Store.listed`.

        Raises
        ------
        AnalyzerNotFoundError, ConnectionLostError
        """
        try:
            with self._display.waiting():
                found = self._files().listed("")
            return [entry for entry in found if is_name(entry.name)][: at_most + 1]
        except AutolabelError:
            raise
        except FileNotFoundError:
            failure: AutolabelError = AnalyzerNotFoundError(f"there is nothing at {self.name}.")
        except Exception as error:
            failure = self._failure(error, self.name, "listed")
        raise failure

    def below(self, name: str) -> RemoteStore:
        """Return the store in a folder below; see :meth:`Store.below`. It has connections and traffic in common."""
        inner = RemoteStore.__new__(RemoteStore)
        part = quote(name, safe="") if self._address.protocol in HTTP else name
        address = replace(self._address, location=f"{self._address.location}/{part}")
        files = self._files().below(name)
        inner.__dict__.update(
            {key: value for key, value in self.__dict__.items() if key != "chunk_cache"},
            _address=address,
            name=address.shown(),
            _connected=(os.getpid(), files),
        )
        return inner
