"""Kinds of files and folders, recognised by content, so that a write replaces only a file of its own kind.

A raw data file does not become a table because somebody gave its name, and a folder with other
people's files does not become an analyzer. An empty file or folder holds nothing and may be replaced.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import OVERWRITE, AlreadyExistsError, ForeignTargetError
from .layout import analyzer_around


@dataclass(frozen=True)
class Kind:
    """A kind of file or folder.

    Attributes
    ----------
    name : str
        For messages, with its article: "a CSV table".
    foreign : callable
        ``foreign(path)`` returns what speaks against the kind ("it holds thesis.txt"), or "". For
        files the path is a regular file with content, for folders a folder.
    folder : bool
        Whether it is a folder.
    part : bool
        Whether it is a part of an analyzer; nothing else is written among these.
    """

    name: str
    foreign: Callable[[Path], str]
    folder: bool = False
    part: bool = False


def refuse_foreign(target: Path, kind: Kind, overwrite: bool, how: str = "exists") -> None:
    """Refuse a target at which something lies that may not be replaced, or that is a part of a saved analyzer.

    Parameters
    ----------
    target : Path
        Absolute.
    kind : Kind
        What is to be written.
    overwrite : bool
        Whether what is of the same kind may be replaced.
    how : str, default: "exists"
        For the message.

    Raises
    ------
    AlreadyExistsError
        If it is of the same kind, and `overwrite` is False.
    ForeignTargetError
        If it is a link, of another kind, or a folder that may not go, overwrite or not; or if it lies among the
        parts of an analyzer.
    """
    around = None if kind.part else analyzer_around(target)
    if around is not None:
        raise ForeignTargetError(
            f"{target} is left alone, asked to overwrite or not: it is a part of the analyzer {around}, or would be taken "
            f"for one. Choose another {'folder' if kind.folder else 'place'}."
        )
    if not os.path.lexists(target):
        return
    why = why_foreign(target, kind)
    place = "folder" if kind.folder else "name"
    if why and overwrite:
        raise ForeignTargetError(
            f"{target} {how} and is left alone, asked to overwrite or not: {why} Only {kind.name} may be replaced here. "
            f"Choose another {place}."
        )
    if why:
        raise ForeignTargetError(
            f"{target} {how}: {why} ", OVERWRITE, f" would not replace it either. Choose another {place}."
        )
    if not overwrite:
        raise AlreadyExistsError(
            f"{target} {how}. Choose another {place}, or pass ", OVERWRITE, " to replace it."
        )


def why_foreign(target: Path, kind: Kind) -> str:
    """Return a sentence that says why what lies at the target may not be replaced, or "" if it may."""
    try:
        found = target.lstat()
        if stat.S_ISLNK(found.st_mode):
            return f"it is a link to {target.readlink()}. Give the place itself, or remove the link."
        if kind.folder:
            if not stat.S_ISDIR(found.st_mode):
                return "it is a file."
            if not os.access(target, os.W_OK):
                return "it is write-protected."
            return protected(target) or kind.foreign(target)
        if stat.S_ISDIR(found.st_mode):
            return "it is a folder."
        if not stat.S_ISREG(found.st_mode):
            return "it is a device or a pipe."
        return kind.foreign(target) if found.st_size else ""
    except OSError as error:
        return f"it cannot be looked at ({error.strerror or error})."


def protected(folder: Path) -> str:
    """Say why a folder is one that nothing replaces: the working directory, home, a disk, what holds them."""
    here = folder.stat()
    held = [("the working directory", Path.cwd), ("your home folder", Path.home)]
    for name, find in held:
        try:
            inner = find().resolve()
        except (OSError, RuntimeError):
            continue
        if _is_same(here, inner):
            return f"it is {name}."
        if any(_is_same(here, parent) for parent in inner.parents):
            return f"{name} lies in it."
    if folder.parent == folder or os.path.ismount(folder):
        return "a whole disk begins there."
    return ""


def _is_same(one: os.stat_result, other: Path) -> bool:
    try:
        return os.path.samestat(one, other.stat())
    except OSError:
        return False


def holds(outer: Path, inner: Path) -> bool:
    """Return True if a folder is another path, or one of the folders on the way to it, whatever it is called there.

    Links, ``..`` and letters of another case are seen through, as far as the system does so.
    """
    try:
        found = outer.stat()
    except (OSError, ValueError):
        return False
    try:
        inner = inner.resolve()
    except (OSError, RuntimeError):  # links in a circle
        return False
    return any(_is_same(found, path) for path in (inner, *inner.parents))
