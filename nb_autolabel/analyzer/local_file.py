"""The state of files on this machine, to detect that other programs changed them.

They are read with ordinary reads. A memory map of a file that another program shortens would end the
process (SIGBUS) where a read says that the file is too short.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Hashable
from pathlib import Path

from ..errors import AnalyzerNotFoundError


def absolute(path: Path) -> Path:
    """Return the path from the root of the file system; links are kept.

    Raises
    ------
    AnalyzerNotFoundError
        If the path is relative and the working directory does not exist any more.
    """
    try:
        return path.absolute()
    except OSError as error:
        raise AnalyzerNotFoundError(
            f"{path} is a relative path, and the working directory does not exist any more ({error}). "
            "Give the whole path."
        ) from error


def refuse_empty(text: str) -> None:
    """Refuse an empty path: a variable that was not set must not mean the working directory.

    Raises
    ------
    AnalyzerNotFoundError
    """
    if not text:
        raise AnalyzerNotFoundError("an empty path names nothing. The working directory is called '.'.")


def stamp_of(path: Path) -> Hashable:
    """Return what changes when a folder or file is replaced, or a file is written to.

    Returns
    -------
    tuple or str
        (device, number) of a folder: what is added to it changes nothing. (number, bytes, time of the
        last change in ns) of a file. ``"missing"`` if there is neither.
    """
    try:
        found = path.stat()
    except (OSError, ValueError):
        return "missing"
    if stat.S_ISDIR(found.st_mode):
        return found.st_dev, found.st_ino
    return found.st_ino, found.st_size, found.st_mtime_ns


def state_in(stamp: Hashable) -> Hashable:
    """Return size and time of a file's stamp: some network file systems make its number up each time."""
    return stamp[-2:] if isinstance(stamp, tuple) else stamp


def altered_after(folder: Path, moment: int) -> bool:
    """Return True if files were added to or removed from a folder after a moment (ns since 1970).

    A folder whose time lies in the future says nothing: then a clock is wrong.
    """
    try:
        found = folder.stat()
    except (OSError, ValueError):
        return True
    # Windows keeps the time of creation in st_ctime.
    changed = found.st_mtime_ns if os.name == "nt" else found.st_ctime_ns
    return moment < changed <= time.time_ns()
