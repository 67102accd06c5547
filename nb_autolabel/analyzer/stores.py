"""Where the bytes of an analyzer come from: a folder, a zip file, an address.

A store answers with bytes and names, never with objects. Keys are relative, ``/``-separated paths
inside the store; a key that would lead out of it is refused.
"""

from __future__ import annotations

import itertools
import os
import stat
import threading
import time
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Hashable
from pathlib import Path
from typing import Any

from ..errors import AnalyzerNotFoundError, DamagedDataError, UnknownFormatError
from .local_file import absolute, altered_after, open_regular, stamp_of

#: Seconds before a silent server is given up.
REMOTE_TIMEOUT = 30.0
#: A member of a zip file larger than this ...
ZIP_BYTES = 2**28
#: ... may not unpack to more than this many times its packed size.
ZIP_RATIO = 200
#: JSON, and a dictionary stored as JSON text inside an array, may not be larger than this.
MAX_JSON = 2**24
#: A folder with more files than this is not listed.
MAX_NAMES = 2_000_000
#: A path inside a store may not have more parts ...
MAX_DEPTH = 64
#: ... or more characters than this.
MAX_KEY = 4096


class Store(ABC):
    """Bytes by key.

    Attributes
    ----------
    name : str
        The path or address, for messages.
    """

    name: str
    #: Seconds for which a store is taken to be what it was when it was last looked at.
    recheck_after = 0.0

    def read(self, key: str, limit: int | None = None) -> bytes | None:
        """Return the bytes of a file, or None if there is no such file.

        Raises
        ------
        DamagedDataError
            If it is larger than `limit` (nothing of it is read then, where the store tells sizes),
            or cannot be read.
        """
        if limit is not None:
            self._within(self._size(key), key, limit)
        data = self._read(key)
        if limit is not None and data is not None:
            self._within(len(data), key, limit)
        return data

    def _within(self, size: int | None, key: str, limit: int) -> None:
        if size is not None and size > limit:
            raise DamagedDataError(f"{self.where(key)} has {size} bytes, more than the {limit} it may have.")

    def _size(self, key: str) -> int | None:
        """Return a file's size where that costs nothing."""
        return self.size(key)

    @abstractmethod
    def _read(self, key: str) -> bytes | None:
        """Return the bytes of a file, however large."""

    @abstractmethod
    def names(self, key: str = "") -> list[str]:
        """Return the sorted names directly below a folder; empty if there is none."""

    @abstractmethod
    def size(self, key: str) -> int | None:
        """Return a file's size in bytes, or None if there is no such file."""

    def local_path(self, key: str) -> Path | None:
        """Return the path of a file on this machine, so that rows of it can be read."""
        del key
        return None

    def stamp(self, key: str) -> Hashable:
        """Return what changes when a file (or, for "", the store) is replaced; None if that costs a request."""
        del key
        return None

    def altered(self, key: str) -> bool:
        """Return True if files were added to or removed from a folder since the store was opened."""
        del key
        return False

    def where(self, key: str) -> str:
        """Return the full path of a key, for messages."""
        return f"{self.name}/{key}" if key else self.name


def is_inside(key: str) -> bool:
    """Return True if a key names something in the store and does not lead out of it."""
    return not ("\\" in key or "\0" in key or any(part in ("", ".", "..") for part in key.split("/")))


def checked(key: str) -> str:
    """Return the key, refusing one that would lead out of the store.

    Raises
    ------
    DamagedDataError
    """
    if not is_inside(key):
        raise DamagedDataError(f"the name {key!r} would lead out of the analyzer; it is not followed.")
    return key


class FolderStore(Store):
    """A folder on this machine; its path is absolute, so that changing the working directory changes nothing."""

    def __init__(self, root: Path) -> None:
        self.root = absolute(root)
        self.name = str(self.root)
        self._opened_at = time.time_ns()

    def _regular(self, key: str) -> Path | None:
        path = self.root / checked(key)
        try:
            # A pipe or a device would make reading hang or never end.
            return path if stat.S_ISREG(path.stat().st_mode) else None
        except (OSError, ValueError):  # ValueError: a name that no file can have
            return None

    def _read(self, key: str) -> bytes | None:
        path = self._regular(key)
        try:
            file = None if path is None else open_regular(path)
            if file is None:
                return None
            with file:
                return file.read(os.fstat(file.fileno()).st_size)
        except OSError as error:
            raise DamagedDataError(f"{self.where(key)} cannot be read: {error}.") from error

    def names(self, key: str = "") -> list[str]:
        """Names below a folder; macOS litter (``._x``) left out.

        Raises
        ------
        DamagedDataError
            If there are more than MAX_NAMES.
        """
        path = self.root / checked(key) if key else self.root
        try:
            with os.scandir(path) as entries:
                found = [e.name for e in itertools.islice(entries, MAX_NAMES + 1) if _is_name(e.name)]
        except (OSError, ValueError):
            return []
        if len(found) > MAX_NAMES:
            raise DamagedDataError(
                f"{self.where(key)} holds more than {MAX_NAMES} files; they are not listed."
            )
        return sorted(found)

    def size(self, key: str) -> int | None:
        """Return a file's size; see :meth:`Store.size`."""
        path = self._regular(key)
        try:
            return None if path is None else path.stat().st_size
        except OSError:  # removed in between
            return None

    def local_path(self, key: str) -> Path | None:
        """Return the file's path; see :meth:`Store.local_path`."""
        return self._regular(key)

    def stamp(self, key: str) -> Hashable:
        """Return the identity of the folder, or of a file and its state; see :meth:`Store.stamp`."""
        return stamp_of(self.root / checked(key) if key else self.root)

    def altered(self, key: str) -> bool:
        """Return True if files came or went; see :meth:`Store.altered`."""
        return altered_after(self.root / checked(key), self._opened_at)


class ZipStore(Store):
    """A zip file; its store may lie at the root or in the one folder at the root."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._lock = threading.Lock()
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise UnknownFormatError(f"{path} is not a zip file that can be read: {error}.") from error
        infos = {i.filename: i for i in self._zip.infolist() if is_inside(i.filename)}
        tops = {name.split("/", 1)[0] for name in infos if not name.startswith("__MACOSX/")}
        prefix = ""
        if len(tops) == 1 and not any("/" not in name for name in infos):
            prefix = next(iter(tops)) + "/"
        self._infos = {n[len(prefix) :]: i for n, i in infos.items() if n.startswith(prefix)}
        self._children: dict[str, set[str]] = {}
        for name in self._infos:
            parts = name.split("/")
            for depth in range(len(parts)):
                self._children.setdefault("/".join(parts[:depth]), set()).add(parts[depth])

    def _read(self, key: str) -> bytes | None:
        info = self._infos.get(checked(key))
        if info is None:
            return None
        if info.file_size > max(ZIP_BYTES, ZIP_RATIO * info.compress_size):
            raise DamagedDataError(
                f"{self.where(key)} claims to unpack from {info.compress_size} to {info.file_size} bytes; refused."
            )
        try:
            with self._lock, self._zip.open(info) as member:
                return member.read(info.file_size)
        except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError) as error:
            raise DamagedDataError(f"{self.where(key)} cannot be unpacked: {error}.") from error
        except Exception as error:  # zlib.error, lzma.LZMAError: raised by the decompressors
            raise DamagedDataError(f"{self.where(key)} cannot be unpacked: {error}.") from error

    def names(self, key: str = "") -> list[str]:
        """Names below a folder; see :meth:`Store.names`."""
        return sorted(n for n in self._children.get(key, ()) if _is_name(n))

    def stamp(self, key: str) -> Hashable:
        """Return the state of the zip file, whatever the member; see :meth:`Store.stamp`."""
        del key
        return stamp_of(Path(self.name))

    def size(self, key: str) -> int | None:
        """Return a member's unpacked size; see :meth:`Store.size`."""
        info = self._infos.get(checked(key))
        return None if info is None else info.file_size


class RemoteStore(Store):
    """An http(s), s3 or other address that fsspec knows."""

    #: Looking costs requests, so it is done at most this often.
    recheck_after = 5.0

    def __init__(self, url: str, storage_options: dict[str, Any] | None = None) -> None:
        import fsspec

        options = dict(storage_options or {})
        if url.startswith(("http://", "https://")) and "client_kwargs" not in options:
            import aiohttp

            options["client_kwargs"] = {"timeout": aiohttp.ClientTimeout(total=REMOTE_TIMEOUT)}
        try:
            self._fs, self._root = fsspec.core.url_to_fs(url, **options)
        except (ImportError, ValueError) as error:
            raise UnknownFormatError(f"cannot open the address {url}: {error}") from error
        self._root = self._root.rstrip("/")
        self.name = url.rstrip("/")

    def _read(self, key: str) -> bytes | None:
        # None where the server says there is nothing.
        try:
            data: bytes = self._fs.cat_file(f"{self._root}/{checked(key)}")
        except FileNotFoundError:
            return None
        except PermissionError:
            # S3 answers "forbidden" for a missing key where listing is not allowed.
            return None
        except Exception as error:
            reason = str(error) or type(error).__name__
            raise AnalyzerNotFoundError(f"{self.where(key)} cannot be fetched: {reason}.") from error
        return data

    def names(self, key: str = "") -> list[str]:
        """Names below an address, as far as the server lists them."""
        try:
            found = self._fs.ls(f"{self._root}/{checked(key)}" if key else self._root, detail=False)
        except Exception:
            # Most http servers list nothing; consolidated metadata make up for it.
            return []
        return sorted({n for f in found if _is_name(n := str(f).rstrip("/").rsplit("/", 1)[-1])})

    def _size(self, key: str) -> int | None:
        # It would cost a request.
        del key
        return None

    def size(self, key: str) -> int | None:
        """Return a file's size where the server tells it."""
        try:
            size = self._fs.size(f"{self._root}/{checked(key)}")
        except Exception:
            return None
        return None if size is None else int(size)


def _is_name(name: str) -> bool:
    """Return False for what cannot be a part of an analyzer, and for macOS litter (``._x``)."""
    return is_inside(name) and not name.startswith("._")


def open_store(source: str | os.PathLike[str], storage_options: dict[str, Any] | None = None) -> Store:
    """Return the store for a path or an address.

    Raises
    ------
    AnalyzerNotFoundError
        If nothing is there.
    UnknownFormatError
        If it is a file that is not a zip.
    """
    text = os.fspath(source)
    if "://" in text and not text.startswith("file://"):
        return RemoteStore(text, storage_options)
    path = absolute(Path(text.removeprefix("file://")).expanduser())
    if path.is_dir():
        return FolderStore(path)
    if not path.exists():
        raise AnalyzerNotFoundError(
            f"there is nothing at {path}. Give a .zarr folder, a binary folder or a .zarr.zip."
        )
    if not path.is_file() or not zipfile.is_zipfile(path):
        raise UnknownFormatError(
            f"{path} is neither a folder nor a zip file. Give a .zarr folder, a binary folder or a .zarr.zip."
        )
    return ZipStore(path)
