"""Where the bytes of an analyzer come from: a folder, a zip file, an address.

A store answers with bytes and names, never with objects. Keys are relative, ``/``-separated paths
inside the store; a key that would lead out of it is refused.
"""

from __future__ import annotations

import itertools
import os
import re
import time
import zipfile
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Generator, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import (
    AnalyzerNotFoundError,
    AutolabelError,
    DamagedDataError,
    LinkedOutsideError,
    UnknownFormatError,
)
from .address import address_of, longest_first, texts_in, without_secrets
from .chunk_cache import ChunkCache
from .links import names_inside, open_inside, state_inside
from .local_file import absolute, altered_after, stamp_of
from .remote_files import RefusedError, RemoteFiles, TooLargeError, files_at
from .zip_archive import ZipArchive, children, is_link

#: Seconds before a silent server is given up.
REMOTE_TIMEOUT = 30.0
#: More files than this are not fetched from an address at once.
CONCURRENT_REQUESTS = 8
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

    @cached_property
    def chunk_cache(self) -> ChunkCache:
        """Chunks of this store that were decoded last."""
        return ChunkCache()

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

    def read_each(self, wanted: Sequence[tuple[str, int | None]]) -> Generator[bytes | None, None, None]:
        """Yield the bytes of several files in their order, or None for one that is not there.

        Close it after use.

        Parameters
        ----------
        wanted : sequence of (key, limit)
            As for :meth:`read`.

        Raises
        ------
        DamagedDataError
            As :meth:`read`, for the first file in this order that cannot be read.
        """
        for key, limit in wanted:
            yield self.read(key, limit)

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

    def open(self, key: str) -> BinaryIO | None:
        """Open a file on this machine for reading; None if there is none, or it lies elsewhere."""
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

    def open(self, key: str) -> BinaryIO | None:
        """Open a file for reading; see :meth:`Store.open`.

        Raises
        ------
        DamagedDataError
            If a link leads out of the folder, or the file may not be read.
        """
        try:
            return open_inside(self.root, checked(key))
        except OSError as error:
            raise DamagedDataError(f"{self.where(key)} cannot be read: {error}.") from error

    def _read(self, key: str) -> bytes | None:
        file = self.open(key)
        if file is None:
            return None
        try:
            with file:
                return file.read(os.fstat(file.fileno()).st_size)
        except OSError as error:
            raise DamagedDataError(f"{self.where(key)} cannot be read: {error}.") from error

    def names(self, key: str = "") -> list[str]:
        """Names below a folder; macOS litter (``._x``) left out.

        Raises
        ------
        DamagedDataError
            If there are more than MAX_NAMES, or a link leads out of the folder.
        """
        try:
            entries = names_inside(self.root, checked(key) if key else "")
            found = [n for n in itertools.islice(entries, MAX_NAMES + 1) if _is_name(n)]
        except OSError:
            return []
        if len(found) > MAX_NAMES:
            raise DamagedDataError(
                f"{self.where(key)} holds more than {MAX_NAMES} files; they are not listed."
            )
        return sorted(found)

    def size(self, key: str) -> int | None:
        """Return a file's size; see :meth:`Store.size`."""
        try:
            state = state_inside(self.root, checked(key))
        except OSError:
            return None
        return None if state is None else state.st_size

    def local_path(self, key: str) -> Path | None:
        """Return the file's path; see :meth:`Store.local_path`. To read it, use :meth:`open`."""
        return None if self.size(key) is None else self.root / key

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
        self._archive = ZipArchive(path)
        self._infos  # noqa: B018 (a file that is no zip is told now)

    def __getstate__(self) -> dict[str, Any]:
        return {"name": self.name, "_archive": self._archive}

    @cached_property
    def _infos(self) -> dict[str, zipfile.ZipInfo]:
        infos = {n: i for n, i in self._archive.members().items() if is_inside(n)}
        tops = {name.split("/", 1)[0] for name in infos if not name.startswith("__MACOSX/")}
        prefix = ""
        if len(tops) == 1 and not any("/" not in name for name in infos):
            prefix = next(iter(tops)) + "/"
        return {n[len(prefix) :]: i for n, i in infos.items() if n.startswith(prefix)}

    @cached_property
    def _names(self) -> list[str]:
        return sorted(self._infos)

    @cached_property
    def _links(self) -> frozenset[str]:
        return frozenset(name for name, info in self._infos.items() if is_link(info))

    def _refuse_links(self, key: str) -> None:
        parts = key.split("/") if self._links else []
        for depth in range(1, len(parts) + 1):
            if (link := "/".join(parts[:depth])) in self._links:
                raise LinkedOutsideError(
                    f"{self.where(link)} is a link in the archive, which is not followed. Zip the files themselves."
                )

    def _read(self, key: str) -> bytes | None:
        self._refuse_links(checked(key))
        info = self._infos.get(key)
        if info is None:
            return None
        if info.file_size > max(ZIP_BYTES, ZIP_RATIO * info.compress_size):
            raise DamagedDataError(
                f"{self.where(key)} claims to unpack from {info.compress_size} to {info.file_size} bytes; refused."
            )
        return self._archive.unpacked(info, self.where(key))

    def names(self, key: str = "") -> list[str]:
        """Names below a folder; see :meth:`Store.names`."""
        self._refuse_links(key)
        return [n for n in children(self._names, key) if _is_name(n)]

    def stamp(self, key: str) -> Hashable:
        """Return the state of the zip file, whatever the member; see :meth:`Store.stamp`."""
        del key
        return stamp_of(Path(self.name))

    def size(self, key: str) -> int | None:
        """Return a member's unpacked size; see :meth:`Store.size`."""
        info = self._infos.get(checked(key))
        return None if info is None else info.file_size


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
            return sorted({n for n in self._files().names(key) if _is_name(n)})
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
        If it is a file that is not a zip, or an address of a protocol that is not opened.
    """
    text = os.fsdecode(source)
    if address_of(text) is not None:
        return RemoteStore(text, storage_options)
    try:
        path = absolute(
            Path(re.sub(r"^\s*file://(localhost(?=/))?", "", text, flags=re.IGNORECASE)).expanduser()
        )
        if path.is_dir():
            return FolderStore(path)
        there = path.exists()
    except (OSError, RuntimeError) as error:  # a name that is too long, nobody's home
        raise AnalyzerNotFoundError(
            f"nothing can be opened at {without_secrets(text)[:200]!r}: {error.args[-1]}."
        ) from error
    if not there:
        slashes = re.match(r"\s*[A-Za-z][A-Za-z0-9+.\-]+:/[^/]", text)
        hint = " An address is given as text, with two slashes." if slashes else ""
        raise AnalyzerNotFoundError(
            f"there is nothing at {without_secrets(str(path))}.{hint} Give a .zarr folder, a binary folder or a .zarr.zip."
        )
    if not path.is_file() or not zipfile.is_zipfile(path):
        raise UnknownFormatError(
            f"{path} is neither a folder nor a zip file. Give a .zarr folder, a binary folder or a .zarr.zip."
        )
    return ZipStore(path)
