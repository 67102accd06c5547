"""Reading the members of a zip file from any thread and process, with bounds that are checked before unpacking.

Each process has its own handle of the file. After a fork, two processes would share one position in it,
and each would read where the other one has gone to.
"""

from __future__ import annotations

import io
import os
import stat
import threading
import zipfile
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..errors import AnalyzerNotFoundError, DamagedDataError, SourceChangedError, UnknownFormatError

#: The directory of a zip file may not be larger than this, in bytes ...
MAX_DIRECTORY = 2**25
#: ... or list more files than this.
MAX_MEMBERS = 100_000
#: Members with longer paths, or paths of more parts, are no part of an analyzer.
MAX_PATH, MAX_PARTS = 4096, 64
#: Each entry of the directory begins with these bytes.
_ENTRY = b"PK\x01\x02"
_LOCAL_HEADER = 30


class _File(io.FileIO):
    """A file whose directory is not read if it is too large: while `bounded`, zipfile asks for it in one read."""

    bounded = True

    def read(self, size: int | None = -1, /) -> Any:
        # FileIO.read allocates the whole size before it reads.
        rest = max(0, os.fstat(self.fileno()).st_size - self.tell())
        size = rest if size is None or size < 0 else min(size, rest)
        if not self.bounded:
            return super().read(size)
        if size > MAX_DIRECTORY:
            raise UnknownFormatError(
                f"its directory has {size} bytes, more than the {MAX_DIRECTORY} it may have"
            )
        data = super().read(size)
        if data and data.count(_ENTRY) > MAX_MEMBERS:
            raise UnknownFormatError(f"it lists more than {MAX_MEMBERS} files")
        return data

    def __del__(self) -> None:
        self.close()


@dataclass(frozen=True)
class _State:
    """What a file on the disk was when it was opened: bytes, time of the last change, device and number."""

    size: int
    changed: int
    device: int | None
    number: int | None

    @classmethod
    def of(cls, found: os.stat_result) -> _State:
        return cls(found.st_size, found.st_mtime_ns, found.st_dev, found.st_ino)

    def elsewhere(self) -> _State:
        """Return what another process may compare: numbers of files and devices differ between machines."""
        return _State(self.size, self.changed, None, None)

    def fits(self, other: _State) -> bool:
        mine = self if other.number is not None else self.elsewhere()
        return mine == (other if self.number is not None else other.elsewhere())


class _Handle:
    """The zip file as one process has it open."""

    def __init__(self, path: str) -> None:
        self.process = os.getpid()
        self.lock = threading.Lock()
        try:
            self.file = _File(path, "rb")
            self.state = _State.of(os.fstat(self.file.fileno()))
            self.zip = zipfile.ZipFile(self.file)
        except FileNotFoundError as error:
            raise AnalyzerNotFoundError(f"{path} is not there any more.") from error
        except Exception as error:  # zipfile reads its directory with parsers that have their own kinds
            raise UnknownFormatError(f"{path} is not a zip file that can be read: {error}.") from error
        self.file.bounded = False


class ZipArchive:
    """The members of a zip file.

    It can be pickled and copied; what is pickled is the path, and the file is opened again where it is
    read. A file that has been replaced since is an error.

    Parameters
    ----------
    path : Path

    Raises
    ------
    UnknownFormatError
        If it is no zip file, or lists more than MAX_MEMBERS files.
    """

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        handle = _Handle(self._path)
        self._handle: _Handle | None = handle
        self._opened = handle.state
        self._overlapping: frozenset[str] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {"_path": self._path, "_opened": self._opened.elsewhere()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._handle = None
        self._overlapping = None

    def _current(self) -> _Handle:
        """Return this process' handle of the file, if it is still what was opened.

        Raises
        ------
        SourceChangedError, AnalyzerNotFoundError
        """
        handle = self._handle
        if handle is None or handle.process != os.getpid():
            # Several threads may open the file at once; each handle works.
            handle = self._handle = _Handle(self._path)
        try:
            there = _State.of(os.stat(self._path))  # noqa: PTH116 (the path is text here)
        except OSError as error:
            raise SourceChangedError(
                f"{self._path} is not there any more ({error.strerror}). Open it again where it is now."
            ) from error
        if not (there.fits(self._opened) and there.fits(handle.state)):
            raise SourceChangedError(
                f"{self._path} has changed since it was opened. Open it again with nbl.load(...)."
            )
        return handle

    def members(self) -> dict[str, zipfile.ZipInfo]:
        """Return the members by name; of several with the same name the last one counts."""
        return {
            info.filename: info
            for info in self._current().zip.infolist()
            if len(info.filename) <= MAX_PATH and info.filename.count("/") < MAX_PARTS
        }

    def unpacked(self, info: zipfile.ZipInfo, where: str) -> bytes:
        """Return the bytes of a member; messages call it `where`.

        Raises
        ------
        DamagedDataError
            If it cannot be unpacked; says why.
        """
        handle = self._current()
        self._check(handle, info, where)
        try:
            with handle.lock, handle.zip.open(info) as member:
                return member.read(info.file_size)
        except Exception as error:  # zlib.error, lzma.LZMAError and others: raised by the decompressors
            self._current()  # says so if the file has been replaced
            raise DamagedDataError(
                f"{where} cannot be unpacked: {str(error) or type(error).__name__}."
            ) from error

    def _check(self, handle: _Handle, info: zipfile.ZipInfo, where: str) -> None:
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            raise DamagedDataError(f"{where} is not a file in the archive; it is not read.")
        if info.header_offset + _LOCAL_HEADER + info.compress_size > handle.state.size:
            raise DamagedDataError(
                f"{where} claims {info.compress_size} bytes, more than the archive has; refused."
            )
        if self._overlapping is None:
            self._overlapping = _overlapping(handle.zip.infolist())
        if info.filename in self._overlapping:
            raise DamagedDataError(
                f"{where} claims bytes of the archive in which another file lies; refused."
            )


def is_link(info: zipfile.ZipInfo) -> bool:
    """Return True for a member that is a symbolic link; its content is where it leads to."""
    return stat.S_ISLNK(info.external_attr >> 16)


def _overlapping(infos: Iterable[zipfile.ZipInfo]) -> frozenset[str]:
    """Return the names of members in whose bytes another one begins (as in a bomb of one kernel)."""
    ordered = sorted(infos, key=lambda info: info.header_offset)
    return frozenset(
        info.filename
        for info, following in pairwise(ordered)
        # At the least: names may be written longer, and more may follow them.
        if info.header_offset + _LOCAL_HEADER + len(info.filename) + info.compress_size
        > following.header_offset
    )


def children(names: Sequence[str], folder: str) -> list[str]:
    """Return what lies directly below a folder, of sorted paths; "" is the root.

    Each folder is passed over in one step, however much lies below it, and nothing is kept, so that deep
    paths cost no more than they are long.
    """
    start = f"{folder}/" if folder else ""
    found, at = set(), bisect_left(names, start)
    while at < len(names) and names[at].startswith(start):
        child, slash, _ = names[at][len(start) :].partition("/")
        found.add(child)
        # "0" is the character after "/": the first name that does not lie in the folder.
        at = bisect_left(names, f"{start}{child}0", at) if slash else at + 1
    return sorted(found)
