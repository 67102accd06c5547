"""Access to a bucket: with the credentials that are found, or else anonymously."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from .fetching import run
from .reading_display import ReadingDisplay
from .remote_files import has_bad_credentials, is_denied, lacks_credentials

#: Storage options that say who asks; where one is given, nobody else does.
IDENTITY = {
    "s3": frozenset(["anon", "key", "secret", "token", "username", "password", "profile", "session"]),
    "gs": frozenset(["token"]),
    "az": frozenset(
        [
            "anon",
            "account_key",
            "connection_string",
            "credential",
            "sas_token",
            "client_id",
            "client_secret",
            "tenant_id",
        ]
    ),
}
#: How credentials are given.
HOW = {
    "s3": 'storage_options={"key": ..., "secret": ...} or {"profile": ...}',
    "gs": 'storage_options={"token": "key.json"}',
    "az": 'storage_options={"account_name": ..., "account_key": ...} or {..., "sas_token": ...}',
}
#: The option that asks for nobody's access.
ANONYMOUS: dict[str, dict[str, Any]] = {"s3": {"anon": True}, "gs": {"token": "anon"}, "az": {"anon": True}}
_FAMILY = {"s3a": "s3", "gcs": "gs", "abfs": "az", "abfss": "az"}


def family(protocol: str) -> str:
    """Return the name of the store that a protocol speaks with: s3, gs or az."""
    return _FAMILY.get(protocol, protocol)


def says_who(protocol: str, options: dict[str, Any]) -> bool:
    """Return True if storage options say with whose access a bucket is read."""
    client = options.get("client_kwargs")
    inside = isinstance(client, dict) and any(name.startswith("aws_") for name in client)
    return inside or bool(set(options) & IDENTITY[family(protocol)])


class DeniedError(PermissionError):
    """Access is refused in every way that was tried; a text that holds nothing secret."""


class BucketAccess:
    """Calls a file system; where access is refused, another one that asks anonymously.

    The first that is let in is used from then on.

    Parameters
    ----------
    filesystem : fsspec.AbstractFileSystem
    timeout : float
        Seconds for each call.
    anonymous : callable, optional
        Makes the file system that asks anonymously. Without it, access is asked for in one way only.
    how : str
        How credentials are given, for messages.
    display : ReadingDisplay, optional
        Brought up to date while an answer is waited for.
    """

    def __init__(
        self,
        filesystem: Any,
        timeout: float,
        anonymous: Callable[[], Any] | None = None,
        how: str = "storage_options",
        display: ReadingDisplay | None = None,
    ) -> None:
        self._filesystem, self._timeout, self._how, self._display = filesystem, timeout, how, display
        self._anonymous = anonymous
        self._other: Any = None
        self._lock = threading.Lock()
        #: The file system that is let in, once that is known.
        self._settled: Any = None if anonymous is not None else filesystem
        self._has_credentials = True
        self._was_read = self._was_denied = False

    @property
    def filesystem(self) -> Any:
        """The file system that is let in, as far as that is known."""
        return self._settled or self._other or self._filesystem

    @property
    def denied(self) -> str:
        """See :attr:`RemoteFiles.denied`."""
        return self.reason if self._was_denied and not self._was_read else ""

    @property
    def reason(self) -> str:
        """What was tried where access was refused, and how credentials are given."""
        if self._anonymous is not None and self._has_credentials:
            tried = "access was refused, both with the credentials that were found and anonymously (or nothing is there)"
        elif self._anonymous is not None:
            tried = "no credentials were found, and anonymous access was refused too (or nothing is there)"
        elif self._has_credentials:
            tried = "access was refused with what storage_options say (or nothing is there)"
        else:
            tried = "no credentials were found, and storage_options do not ask for anonymous access"
        return f"{tried}. Pass credentials that may read it: {self._how}"

    def call(self, method: str, place: str, **options: Any) -> Any:
        """Return what a method of the file system returns.

        Raises
        ------
        DeniedError
            If there are no credentials that can be used, and anonymous access is refused or not asked for.
        PermissionError
            If this is refused; what is not there may be refused too.
        """
        if self._settled is not None:
            return self._call(self._settled, method, place, **options)
        try:
            return self._call(self._filesystem, method, place, **options)
        except Exception as error:
            if not is_denied(error) or self._settled is self._filesystem:
                raise
        return self._call(self._anonymously(), method, place, **options)

    def _call(self, filesystem: Any, method: str, place: str, **options: Any) -> Any:
        reads = method == "cat_file"
        try:
            answer = run(filesystem, method, self._timeout, self._display, place, **options)
        except FileNotFoundError:
            # Who may not read is not told that something is not there.
            if reads:
                self._settled = filesystem
            self._was_denied = self._was_denied and method != "ls"
            raise
        except Exception as error:
            if not is_denied(error):
                raise
            self._was_denied = self._was_denied or reads
            self._has_credentials = self._has_credentials and not lacks_credentials(error)
            last = filesystem is self._other or self._anonymous is None
            if last and has_bad_credentials(error):
                raise DeniedError(self.reason) from None
            raise
        if reads:
            self._was_read, self._settled = True, filesystem
        return answer

    def _anonymously(self) -> Any:
        with self._lock:
            if self._other is None and self._anonymous is not None:
                self._other = self._anonymous()
            return self._other
