"""Files that are regular files with one name: no links, pipes, devices or folders are opened instead."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import LabelsError

try:
    import fcntl
except ImportError:  # Windows: lines stay whole, as each is one write at the end of the file
    fcntl = None  # type: ignore[assignment]

#: Most bytes that are read; a journal of 100,000 labels is smaller.
LARGEST = 64 * 2**20
FLAGS = sum(
    getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY")
)
#: What a file may be instead, and how that is said.
_OTHERS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISREG, ""),
    (stat.S_ISLNK, "is a link, and links are not followed: name the file that it points to"),
    (stat.S_ISDIR, "is a folder"),
    (stat.S_ISFIFO, "is a pipe"),
    (stat.S_ISSOCK, "is a socket"),
)


def journal_path(path: Any) -> Path:
    """Return a path as absolute, so that it stays where it is; one for a file, whatever leads to its folder.

    Raises
    ------
    LabelsError
        If it is no path.
    """
    try:
        text = os.fspath(path)
        if not text or "\0" in text:
            raise ValueError("a name without text, or with a NUL in it")
        os.fsencode(text)  # half of a surrogate pair is no character of a name
        given = Path(text).expanduser()
        return given.parent.resolve() / given.name if given.name else given.resolve()
    except (TypeError, ValueError, RuntimeError, OSError) as error:
        raise LabelsError(
            f"journal={path!r} is no path of a file: {error}. Name one, like journal='my_labels.jsonl'."
        ) from error


def open_regular(path: Path, flags: int) -> int | None:
    """Open what is at a path; None if nothing is there.

    Parameters
    ----------
    path : Path
    flags : int
        Of :func:`os.open`; nothing is waited for, and a link is not followed.

    Raises
    ------
    LabelsError
        If it is no regular file, has further names, or is larger than :data:`LARGEST`.
    OSError
    """
    try:
        check_regular(path, os.lstat(path))  # before opening, because opening a device can have side effects
        handle = os.open(path, flags | FLAGS)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise LabelsError(refusal(path, "is no regular file any more")) from error
        raise
    try:
        check_regular(path, os.fstat(handle))
    except BaseException:
        os.close(handle)
        raise
    return handle


def check_regular(path: Path, found: os.stat_result) -> None:
    """Refuse anything but a regular file with one name, of a size that a journal can have.

    Raises
    ------
    LabelsError
    """
    words = next((words for test, words in _OTHERS if test(found.st_mode)), "is a device")
    if not words and found.st_nlink > 1:
        words = f"has {found.st_nlink} names (hard links), and labels would be written under each: name a copy of it"
    if not words and found.st_size > LARGEST:
        words = f"has {found.st_size / 2**20:.0f} MB, and a journal has at most {LARGEST // 2**20}"
    if words:
        raise LabelsError(refusal(path, words))


def refusal(path: Path, words: str) -> str:
    """Say what is wrong with a file, and the way out."""
    return f"{path} {words}. Labels are kept in a regular file of their own: journal='my_labels.jsonl'."


def pread(handle: int, count: int, at: int) -> bytes:
    """Read from a place in the file; where a program shortened it meanwhile, fewer bytes."""
    if at < 0:
        return b""
    if hasattr(os, "pread"):
        return os.pread(handle, count, at)
    os.lseek(handle, at, os.SEEK_SET)
    return os.read(handle, count)


def lock(handle: int, *, exclusive: bool, patience: float) -> bool:
    """Lock a file against other notebooks; True where the file system knows no locks."""
    if fcntl is None:
        return True
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            return True
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES, errno.EINTR):
                return True
            if time.monotonic() >= until:
                return False
            time.sleep(0.005)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are not there, and make sure that they are on the disk."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        sync_folder(each.parent)


def sync_folder(folder: Path) -> None:
    """Make sure that the names in a folder are on the disk, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
