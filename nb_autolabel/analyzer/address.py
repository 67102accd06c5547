"""Addresses: which are opened, and what of them may be shown.

Only protocols on a fixed list are opened. A plug-in that is installed for another protocol is not even
loaded: some protocols read what a file names (``reference://``), others lead from one to the next
(``simplecache::https://``).

A user name, a password or a signature in an address opens it, and stands in no message, ``repr``,
code, page or log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from ..errors import UnknownFormatError

#: What is shown in place of a user name, a password or a query.
HIDDEN = "***"
#: Protocols that lead to http servers.
HTTP = ("http", "https")
#: Other protocols, the package that speaks them, and its class.
BUCKETS = {
    "s3": ("s3fs", "S3FileSystem"),
    "s3a": ("s3fs", "S3FileSystem"),
    "gs": ("gcsfs", "GCSFileSystem"),
    "gcs": ("gcsfs", "GCSFileSystem"),
    "az": ("adlfs", "AzureBlobFileSystem"),
    "abfs": ("adlfs", "AzureBlobFileSystem"),
    "abfss": ("adlfs", "AzureBlobFileSystem"),
}
PROTOCOLS = (*HTTP, *BUCKETS, "file")
_ACCEPTED = ", ".join(f"{name}://" for name in PROTOCOLS)

# One letter before the colon is a drive of Windows.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+)://")
_CHAIN = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.\-]*::)+")
_IN_TEXT = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+:/{1,2})([^\s'\"<>]+)")
#: Secrets that are shorter are not looked for in texts of other programs.
_SHORTEST = 3


@dataclass(frozen=True)
class Address:
    """An address that may be opened.

    Attributes
    ----------
    protocol : str
        In lower case, one of PROTOCOLS.
    location : str
        The address without user name, password and query; names of files are appended to it.
    userinfo : str
        What stands before ``@``, as written.
    query : str
        What stands after ``?``, as written.
    """

    protocol: str
    location: str
    userinfo: str = field(default="", repr=False)
    query: str = field(default="", repr=False)

    @property
    def is_whole(self) -> bool:
        """True if it holds no user name, password or query that must be hidden."""
        return not self.userinfo and not self.query

    def shown(self, key: str = "") -> str:
        """Return the address, or that of a file below it, as messages show it."""
        place = f"{self.location}/{key}" if key else self.location
        if self.userinfo:
            place = place.replace("://", f"://{HIDDEN}@", 1)
        return f"{place}?{HIDDEN}" if self.query else place

    @property
    def secrets(self) -> list[str]:
        """Texts that must not be shown: parts of the user name, password and query, longest first."""
        parts = [self.userinfo, *self.userinfo.split(":", 1), self.query]
        parts += [p for pair in self.query.split("&") for p in pair.split("=", 1)[1:]]
        return longest_first([*parts, *map(unquote, parts)])


def address_of(text: str) -> Address | None:
    """Parse a text as an address; None if it is a path.

    Raises
    ------
    UnknownFormatError
        If it is an address that is not opened.
    """
    found = _SCHEME.match(text.strip())
    if found is None:
        if _CHAIN.match(text) and "://" in text:
            raise UnknownFormatError(f"cannot open the address: it chains protocols (::). {_way_out()}")
        return None
    protocol = found.group(1).lower()
    if protocol == "file":
        return None
    text = text.strip()
    if protocol not in PROTOCOLS:
        raise UnknownFormatError(
            f"cannot open the address {without_secrets(text)}: its protocol is not known. {_way_out()} "
            f"If it is a path, write ./{protocol}:/..."
        )
    rest = text[found.end() :]
    if "::" in re.sub(r"^(?:[^/?#]*@)?\[[^\]]*\]", "", rest):
        raise UnknownFormatError(
            f"cannot open the address {protocol}://{HIDDEN}: it holds '::', which would chain protocols. "
            f"{_way_out()}"
        )
    if any(ord(c) < 32 or ord(c) == 127 for c in rest):
        raise UnknownFormatError(f"cannot open the address {protocol}://{HIDDEN}: it holds a line break.")
    address = _http(protocol, rest) if protocol in HTTP else _bucket(protocol, rest)
    if HIDDEN in (address.userinfo, address.query):
        raise UnknownFormatError(
            f"cannot open {address.shown()}: this is the address as it is shown. Put the user name, password "
            f"or signature in the place of {HIDDEN}."
        )
    return address


def _http(protocol: str, rest: str) -> Address:
    try:
        parts = urlsplit(f"{protocol}://{rest}")
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise UnknownFormatError(
            f"cannot open the address {protocol}://{HIDDEN}: it names no host, or a port that is none. In user "
            "names and passwords, write / as %2F, # as %23, ? as %3F and @ as %40."
        )
    if parts.fragment or rest.endswith("#"):
        raise UnknownFormatError(
            f"cannot open the address {protocol}://{HIDDEN}: what follows # never reaches a server. "
            "Write %23 where it is part of a name."
        )
    userinfo, _, host = parts.netloc.rpartition("@")
    return Address(protocol, f"{protocol}://{host}{parts.path.rstrip('/')}", userinfo, parts.query)


def _bucket(protocol: str, rest: str) -> Address:
    name, slash, path = rest.partition("/")
    userinfo, at, host = name.rpartition("@")
    # In addresses of Azure, the container stands before the @.
    if at and (":" in userinfo or not protocol.startswith(("az", "abfs"))):
        raise UnknownFormatError(
            f"cannot open the address {protocol}://{HIDDEN}@{without_secrets(host)}: keys and passwords do not "
            'stand in it. Give them as storage_options={"key": ..., "secret": ...}.'
        )
    if "?" in rest:
        raise UnknownFormatError(
            f"cannot open the address {protocol}://{without_secrets(rest.partition('?')[0])}?{HIDDEN}: it has a "
            'query. Give a signature as storage_options, like {"sas_token": ...}.'
        )
    return Address(protocol, f"{protocol}://{name}{slash}{path}".rstrip("/"))


def _way_out() -> str:
    return f"Accepted are {_ACCEPTED} and paths; download others first."


def without_secrets(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text without user names, passwords and queries of addresses in it, and without `secrets`."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return _IN_TEXT.sub(_shortened, text)


def _shortened(found: re.Match[str]) -> str:
    scheme, rest = found.groups()
    name, slash, path = rest.partition("/")
    userinfo, at, host = name.rpartition("@")
    is_container = scheme.lower().startswith(("az", "abfs")) and ":" not in userinfo
    shown = name if is_container or not at else f"{HIDDEN}@{host}"
    whole = f"{shown}{slash}{path}"
    place, mark, _ = whole.partition("?")
    return f"{scheme}{place}?{HIDDEN}" if mark else f"{scheme}{place}"


def is_shortened(location: str) -> bool:
    """Return True if a shown location is an address whose secrets were replaced."""
    return bool(_SCHEME.match(location)) and (f"://{HIDDEN}@" in location or location.endswith(f"?{HIDDEN}"))


def texts_in(value: Any) -> list[str]:
    """Return every text in nested options, which may be a password."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, bytes):
        return [value.decode("utf-8", "replace")]
    if isinstance(value, dict):
        return [text for part in value.values() for text in texts_in(part)]
    if isinstance(value, list | tuple | set):
        return [text for part in value for text in texts_in(part)]
    return []


def longest_first(secrets: Iterable[str]) -> list[str]:
    """Return secrets in the order to look for them, without those that are too short to be told apart."""
    return sorted({s for s in secrets if len(s) >= _SHORTEST}, key=lambda s: (-len(s), s))
