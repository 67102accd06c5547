"""Files at an address: of an http server, of a bucket.

They are fetched by fsspec's file systems. Nothing here names an address in an error; the store does,
without what opens it.
"""

from __future__ import annotations

import importlib
from typing import Any, Protocol

from ..errors import MissingDependencyError, UnknownFormatError, listing
from .address import BUCKETS, HTTP, PROTOCOLS, Address

#: Options that would lead to another protocol, or to another way of calling.
_LEADING_ELSEWHERE = frozenset(
    [
        "protocol",
        "target_protocol",
        "remote_protocol",
        "target_options",
        "remote_options",
        "fo",
        "fs",
        "asynchronous",
        "loop",
    ]
)


class RefusedError(Exception):
    """Why a file is not fetched; a text that holds nothing secret."""


class TooLargeError(Exception):
    """A file is larger than it may be: its bytes as far as they are known."""


class RemoteFiles(Protocol):
    """Files below an address."""

    def get(self, key: str, limit: int | None) -> bytes | None:
        """Return the bytes of a file, or None if there is none; no more than `limit` are fetched."""

    def names(self, key: str) -> list[str]:
        """Return the names below a folder, as far as they are listed."""

    def size(self, key: str) -> int | None:
        """Return the bytes of a file if that is told."""


def files_at(address: Address, storage_options: dict[str, Any] | None, timeout: float) -> RemoteFiles:
    """Return the files below an address, whose server is given up after so many seconds.

    Raises
    ------
    UnknownFormatError
        For options that are not taken.
    MissingDependencyError
        If the package for the protocol is not installed.
    """
    options = checked_options(address.protocol, storage_options)
    if address.protocol in HTTP:
        from .http_files import HttpFiles

        return HttpFiles(address, options, timeout)
    package, name = BUCKETS[address.protocol]
    try:
        # A fixed name: what an installed plug-in offers for the protocol is not looked up.
        kind = getattr(importlib.import_module(package), name)
    except ImportError as error:
        raise MissingDependencyError(
            f"cannot open the address {address.shown()}: {address.protocol}:// needs the package {package}. "
            f"Install it: pip install {package}"
        ) from error
    filesystem = kind(**kind._get_kwargs_from_urls(address.location), **options)
    return BucketFiles(filesystem, str(kind._strip_protocol(address.location)), timeout)


def checked_options(protocol: str, storage_options: Any) -> dict[str, Any]:
    """Return storage options as the protocol's file system takes them.

    Options below the protocol's own name (``{"s3": {...}}``) are taken as they are there.

    Raises
    ------
    UnknownFormatError
        If they are no dictionary, or lead to another protocol.
    """
    if storage_options is None:
        return {}
    if not isinstance(storage_options, dict) or not all(isinstance(name, str) for name in storage_options):
        raise UnknownFormatError(
            f"storage_options is a {type(storage_options).__name__}, expected a dictionary by names of options."
        )
    from fsspec.registry import known_implementations

    options = dict(storage_options)
    own = options.pop(protocol, {})
    options.update(own if isinstance(own, dict) else {protocol: own})
    elsewhere = sorted(set(options) & (_LEADING_ELSEWHERE | set(known_implementations) | set(PROTOCOLS)))
    if elsewhere:
        raise UnknownFormatError(
            f"storage_options holds {listing(map(repr, elsewhere))}, which would lead to another protocol or way "
            f"of calling. Give options of {protocol}:// only, and the whole address to load."
        )
    return options


class BucketFiles:
    """Files of a bucket, as an fsspec file system fetches them; names of files are taken as they are.

    Parameters
    ----------
    filesystem : fsspec.AbstractFileSystem
    root : str
        Bucket and path.
    timeout : float
        Seconds for each call.
    """

    def __init__(self, filesystem: Any, root: str, timeout: float) -> None:
        self._filesystem, self._timeout = filesystem, timeout
        self._root = root.rstrip("/")

    def _call(self, method: str, key: str, **options: Any) -> Any:
        place = f"{self._root}/{key}" if key else self._root
        if getattr(self._filesystem, "async_impl", False):
            from fsspec.asyn import sync

            asynchronous = getattr(self._filesystem, f"_{method}")
            return sync(self._filesystem.loop, asynchronous, place, timeout=self._timeout, **options)
        return getattr(self._filesystem, method)(place, **options)

    def get(self, key: str, limit: int | None) -> bytes | None:
        """Return the bytes of a file; see :meth:`RemoteFiles.get`."""
        try:
            data = self._first(key, limit)
        except (FileNotFoundError, PermissionError):
            # S3 answers "forbidden" for a missing key where listing is not allowed.
            return None
        if limit is not None and len(data) > limit:
            raise TooLargeError(f"more than {limit}")
        return data

    def _first(self, key: str, limit: int | None) -> bytes:
        if limit is None:
            return bytes(self._call("cat_file", key))
        try:
            return bytes(self._call("cat_file", key, start=0, end=limit + 1))
        except (FileNotFoundError, PermissionError):
            raise
        except Exception:
            # Of an empty file, S3 has no range of bytes.
            if self.size(key) == 0:
                return b""
            raise

    def names(self, key: str) -> list[str]:
        """Return the names below a folder; see :meth:`RemoteFiles.names`."""
        found = self._call("ls", key, detail=False)
        return [str(name).rstrip("/").rsplit("/", 1)[-1] for name in found]

    def size(self, key: str) -> int | None:
        """Return the bytes of a file; see :meth:`RemoteFiles.size`."""
        size = self._call("info", key).get("size")
        return None if size is None else int(size)
