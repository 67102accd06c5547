"""Files of a bucket (s3, gs, az), fetched by fsspec's file systems."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from .bucket_access import BucketAccess, DeniedError
from .reading_display import ReadingDisplay
from .remote_files import RefusedError, TooLargeError, has_bad_credentials, is_lost
from .store import Listed
from .traffic import Traffic

#: Of a store with more files than this, it is not found out how large it is.
MAX_COUNTED = 20_000


class BucketFiles:
    """Files of a bucket, as an fsspec file system fetches them; names of files are taken as they are.

    Parameters
    ----------
    filesystem : fsspec.AbstractFileSystem
    root : str
        Bucket and path.
    timeout : float
        Seconds for each call.
    traffic : Traffic, optional
    display : ReadingDisplay, optional
    anonymous, how
        See :class:`BucketAccess`.
    """

    def __init__(
        self,
        filesystem: Any,
        root: str,
        timeout: float,
        traffic: Traffic | None = None,
        display: ReadingDisplay | None = None,
        anonymous: Callable[[], Any] | None = None,
        how: str = "storage_options",
    ) -> None:
        self._access = BucketAccess(filesystem, timeout, anonymous, how, display)
        self._root = root.rstrip("/")
        self._traffic = traffic or Traffic()

    @property
    def denied(self) -> str:
        """See :attr:`RemoteFiles.denied`."""
        return self._access.denied

    def _call(self, method: str, key: str, **options: Any) -> Any:
        return self._access.call(method, f"{self._root}/{key}" if key else self._root, **options)

    def get(self, key: str, limit: int | None) -> bytes | None:
        """Return the bytes of a file; see :meth:`RemoteFiles.get`.

        Raises
        ------
        RefusedError, TooLargeError
        """
        try:
            data = self._first(key, limit)
        except DeniedError as error:
            raise RefusedError(str(error)) from None
        except (FileNotFoundError, PermissionError) as error:
            if has_bad_credentials(error):
                raise RefusedError("the credentials are not valid, or not any more") from None
            # S3 answers "forbidden" for a missing key where listing is not allowed.
            return None
        self._traffic.add(len(data))
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
        except Exception as error:
            # Of an empty file, S3 has no range of bytes.
            if not is_lost(error) and self.size(key) == 0:
                return b""
            raise

    def listed(self, key: str) -> list[Listed]:
        """Return what lies directly below a folder; see :meth:`RemoteFiles.listed`.

        Raises
        ------
        RefusedError
        """
        try:
            found = self._call("ls", key, detail=True)
        except PermissionError:
            raise RefusedError(self._access.reason) from None
        here = (f"{self._root}/{key}" if key else self._root).rstrip("/")
        listed = []
        for entry in found:
            about = entry if isinstance(entry, dict) else {"name": entry}
            place = str(about["name"]).rstrip("/")
            if place != here:  # a bucket can hold an empty file with the name of the folder
                listed.append(Listed(place.rsplit("/", 1)[-1], about.get("type") == "directory"))
        return listed

    def size(self, key: str) -> int | None:
        """Return the bytes of a file; see :meth:`RemoteFiles.size`."""
        about = self._call("info", key)
        size = about.get("size")
        return None if size is None or about.get("type") == "directory" else int(size)

    def below(self, name: str) -> BucketFiles:
        """Return the files below a folder; see :meth:`RemoteFiles.below`."""
        inner = BucketFiles.__new__(BucketFiles)
        inner.__dict__.update(self.__dict__, _root=f"{self._root}/{name}")
        return inner

    def ask_total(self) -> Future[None] | None:
        """Ask how many bytes all files have, of S3; see :meth:`RemoteFiles.ask_total`."""
        filesystem = self._access.filesystem
        pages = getattr(filesystem, "_iterdir", None)
        if pages is None or not getattr(filesystem, "async_impl", False):
            return None
        bucket, _, folder = self._root.partition("/")

        async def count() -> None:
            found = size = 0
            with contextlib.suppress(Exception):  # a bucket that may not be listed, and all kinds of failures
                async for entry in pages(bucket, max_items=MAX_COUNTED, delimiter="", prefix=f"{folder}/"):
                    found, size = found + 1, size + int(entry.get("size") or 0)
                if folder and found < MAX_COUNTED:
                    self._traffic.total = size

        return asyncio.run_coroutine_threadsafe(count(), filesystem.loop)
