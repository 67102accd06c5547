"""An address as a store: of an http server, of a bucket."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from ..errors import AnalyzerNotFoundError, AutolabelError, DamagedDataError, UnknownFormatError
from .address import address_of, longest_first, texts_in, without_secrets
from .remote_files import RefusedError, RemoteFiles, TooLargeError
from .remote_opening import files_at
from .store import Store, checked, is_name

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
        self._files()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_connected": None, "_in_use": False}

    @property
    def has_options(self) -> bool:
        """True if it was opened with storage options, which may hold passwords."""
        return bool(self._options)

    def where(self, key: str) -> str:
        """Return the address of a key, for messages."""
        return self._address.shown(key)

    def _files(self) -> RemoteFiles:
        # Connections cannot be shared with a process that was forked.
        if self._connected is None or self._connected[0] != os.getpid():
            self._in_use = False
            self._connected = os.getpid(), self._connect()
        return self._connected[1]

    def _connect(self) -> RemoteFiles:
        try:
            return files_at(self._address, self._options, REMOTE_TIMEOUT)
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
        """Return the bytes of a file; see :meth:`Store.read`. No more than the limit is fetched."""
        checked(key)
        try:
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
        except RefusedError as error:
            failure = AnalyzerNotFoundError(f"{self.where(key)} cannot be fetched: {error}.")
        except Exception as error:  # each file system has its own kinds
            failure = AnalyzerNotFoundError(f"{self.where(key)} cannot be fetched: {self._reason(error)}.")
        # Raised here, so that nothing is attached to it: the cause may say what opens the address.
        raise failure

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
                        yield waiting.popleft().result()
                    waiting.append(pool.submit(self.read, key, limit))
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for request in waiting:
                    request.cancel()

    def _read(self, key: str) -> bytes | None:
        return self.read(key)

    def names(self, key: str = "") -> list[str]:
        """Names below an address, as far as the server lists them."""
        if key:
            checked(key)
        try:
            return sorted({n for n in self._files().names(key) if is_name(n)})
        except Exception:
            # Most http servers list nothing; consolidated metadata make up for it.
            return []

    def size(self, key: str) -> int | None:
        """Return a file's size where the server tells it."""
        checked(key)
        try:
            return self._files().size(key)
        except Exception:
            return None
