"""Files of a bucket (s3, gs, az), fetched by fsspec's file systems."""

from __future__ import annotations

from typing import Any

from .remote_files import TooLargeError


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
