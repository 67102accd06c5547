"""What files at an address offer, and the ways in which one of them is not taken.

Nothing here or in the file systems names an address in an error; the store does, without what opens it.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from .store import Listed


class RefusedError(Exception):
    """Why a file is not fetched; a text that holds nothing secret.

    Parameters
    ----------
    reason : str
    lost : bool, default: False
        True if the server failed, so that the same request may be answered later.
    """

    def __init__(self, reason: str, lost: bool = False) -> None:
        super().__init__(reason)
        self.lost = lost


class TooLargeError(Exception):
    """A file is larger than it may be: its bytes as far as they are known."""


class RemoteFiles(Protocol):
    """Files below an address."""

    @property
    def denied(self) -> str:
        """Why nothing could be read, where access was refused whatever was asked for; else empty."""

    def get(self, key: str, limit: int | None) -> bytes | None:
        """Return the bytes of a file, or None if there is none; no more than `limit` are fetched."""

    def listed(self, key: str) -> list[Listed]:
        """Return what lies directly below a folder, as far as it is listed."""

    def size(self, key: str) -> int | None:
        """Return the bytes of a file if that is told."""

    def below(self, name: str) -> RemoteFiles:
        """Return the files below a folder, fetched by the same connections."""

    def ask_total(self) -> Future[None] | None:
        """Ask in the background, where that can be had, how many bytes all files have; the traffic is told.

        Returns
        -------
        Future or None
            Is done when the answer has come; None if nothing is asked.
        """


def is_lost(error: BaseException) -> bool:
    """Return True if an error means that the connection, or the server, failed: asking again later may help.

    Each file system has its own kinds of errors. None is imported for this: they are told by their names.
    """
    if isinstance(error, RefusedError):
        return error.lost
    if isinstance(error, TimeoutError | ConnectionError):
        return True
    if isinstance(error, FileNotFoundError | PermissionError):
        return False
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & _LOST) or _status(error) >= 500


def is_answered(error: BaseException) -> bool:
    """Return True if an error is the server's answer."""
    return isinstance(error, RefusedError) or _status(error) >= 400


#: Errors of aiohttp, botocore and azure without an answer, or with a part of one.
_LOST = frozenset(
    [
        "ClientConnectionError",
        "ClientPayloadError",
        "HTTPClientError",
        "IncompleteRead",
        "ServiceRequestError",
        "ServiceResponseError",
    ]
)


def _status(error: BaseException) -> int:
    """Return the status of the http answer that an error stands for; 0 if it tells none."""
    told: object = None
    for one in (error, error.__cause__):
        answer = getattr(one, "response", None)
        if isinstance(answer, dict):  # botocore
            told = told or answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
        for name in ("status", "status_code", "code"):
            told = told or getattr(one, name, None)
    return int(told) if isinstance(told, int) or (isinstance(told, str) and told.isdecimal()) else 0


#: Errors of the packages for buckets that mean: no credentials, or none that can be used.
_NO_CREDENTIALS = frozenset(
    [
        "NoCredentialsError",
        "PartialCredentialsError",
        "CredentialRetrievalError",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
        "SSOTokenLoadError",
        "DefaultCredentialsError",
        "RefreshError",
        "TransportError",
        "ClientAuthenticationError",
        "CredentialUnavailableError",
    ]
)
#: What S3 says of credentials that are none, or of another time.
_BAD_CREDENTIALS = frozenset(
    [
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidToken",
        "TokenRefreshRequired",
        "RequestTimeTooSkewed",
        "AuthorizationHeaderMalformed",
        "InvalidClientTokenId",
    ]
)


def lacks_credentials(error: BaseException) -> bool:
    """Return True if no credentials were found for a request."""
    return bool({kind.__name__ for kind in type(error).__mro__} & _NO_CREDENTIALS)


def has_bad_credentials(error: BaseException) -> bool:
    """Return True if the credentials of a request are invalid or have expired, whatever it asked for."""
    for one in (error, error.__cause__):
        answer = getattr(one, "response", None)
        if isinstance(answer, dict) and answer.get("Error", {}).get("Code") in _BAD_CREDENTIALS:
            return True
    return lacks_credentials(error) or _status(error) == 401


def is_denied(error: BaseException) -> bool:
    """Return True if access was refused."""
    return isinstance(error, PermissionError) or has_bad_credentials(error) or _status(error) in (401, 403)
