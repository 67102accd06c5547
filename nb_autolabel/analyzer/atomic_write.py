"""Atomic writing: into a temporary place beside the target, then renamed, so that nothing is half-written or lost."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import os
import shutil
import stat
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import AutolabelError, WriteError
from .kinds import Kind, refuse_foreign

#: Flags of Linux' renameat2: fail where something lies, and swap two names.
_NEW_ONLY, _SWAP = 1, 2


def target_path(path: Any) -> Path:
    """Return the absolute path of something to write; a link at its end is not followed.

    Parameters
    ----------
    path : str, bytes or os.PathLike
        ``~`` is the home folder.

    Raises
    ------
    WriteError
        If it cannot be a path, or names nothing (an empty text).
    """
    try:
        text = os.fsdecode(path)
        os.fsencode(text)
    except TypeError:
        raise WriteError(f"a path is expected, not {type(path).__name__} {path!r}.") from None
    except ValueError:
        raise WriteError(f"{path!r} cannot be a path: it holds characters that no name may have.") from None
    if "\0" in text or not text:
        raise WriteError(f"{text!r} cannot be a path. Name a file or folder.")
    try:
        found = Path(text).expanduser()
        if found.parts and found.parts[-1] == "..":
            found = found.resolve()
        elif ".." in found.parts:
            found = found.parent.resolve() / found.name
        return found.absolute()
    except (OSError, RuntimeError) as error:  # an unknown home folder, a working directory that is gone
        raise WriteError(f"{text!r} cannot be a path: {error}.") from error


def is_folder(path: Path) -> bool:
    """Whether a folder, or a link to one, lies there; False for names that the system does not take."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def named_errors(target: Path) -> Iterator[None]:
    """Turn what the system says while a target is written into a WriteError that names the target."""
    try:
        yield
    except AutolabelError:
        raise
    except OSError as error:
        why = error.strerror or str(error) or type(error).__name__
        made = WriteError(
            f"{target} could not be written: {why}. Nothing was changed. Choose another place, or make room."
        )
        made.errno, made.filename = error.errno, str(target)
        raise made from error


@contextlib.contextmanager
def beside(target: Path, overwrite: bool, kind: Kind) -> Iterator[Path]:
    """Give a temporary path to write to; at the end it replaces the target, after an error the target is unchanged.

    What is replaced keeps its mode and, where the system allows it, its owner.

    Parameters
    ----------
    target : Path
        From :func:`target_path`.
    overwrite : bool
        Whether something of the same kind that lies at the target may be replaced.
    kind : Kind
        What is written.

    Yields
    ------
    Path
        A hidden name in the same folder; nothing lies there yet.

    Raises
    ------
    AlreadyExistsError
        If something lies at the target and may not be replaced.
    ForeignTargetError
        If what lies there is of another kind, overwrite or not.
    WriteError
        If the system refuses; folders made on the way are taken away again.
    """
    refuse_foreign(target, kind, overwrite)
    # A short name of its own: the target's name may already have the greatest possible length.
    partial = target.with_name(f".{target.name[:50]}.partial-{uuid.uuid4().hex[:8]}")
    made: list[Path] = []
    with named_errors(target):
        try:
            _make_parents(target, made)
            yield partial
            refuse_foreign(target, kind, overwrite, "appeared while saving")
            _put_in_place(partial, target, overwrite, kind)
            made.clear()
        finally:
            _remove(partial)
            for folder in reversed(made):
                with contextlib.suppress(OSError):  # others may use it by now
                    folder.rmdir()


def _make_parents(target: Path, made: list[Path]) -> None:
    """Make missing parent folders, and note each for removal after an error."""
    if target.parent.is_dir():
        return
    for folder in reversed(target.parents):
        if not folder.exists():
            try:
                folder.mkdir()  # a link that leads nowhere is said to exist
            except FileExistsError:
                if not folder.is_dir():
                    raise
                continue  # another writer was faster
            made.append(folder)
    if not target.parent.is_dir():
        target.parent.mkdir()  # says what is wrong with it


def _put_in_place(partial: Path, target: Path, overwrite: bool, kind: Kind) -> None:
    if not os.path.lexists(target) and _rename_to_new(partial, target):
        return
    refuse_foreign(target, kind, overwrite, "appeared while saving")  # another writer was faster
    _keep_mode(target, partial)
    if _exchange(partial, target):
        return  # the old one is now at `partial`, which the caller removes
    if not partial.is_dir():
        partial.replace(target)  # one step for files everywhere
        return
    old = target.with_name(f".{target.name[:50]}.old-{uuid.uuid4().hex[:8]}")
    target.rename(old)
    try:
        partial.rename(target)
    except OSError:
        old.rename(target)
        raise
    _remove(old)


def _keep_mode(old: Path, new: Path) -> None:
    before = old.lstat()
    new.chmod(stat.S_IMODE(before.st_mode))
    if hasattr(os, "chown"):
        now = new.lstat()
        if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
            with contextlib.suppress(OSError):  # only some may give files to others
                os.chown(new, before.st_uid, before.st_gid)
                new.chmod(stat.S_IMODE(before.st_mode))


def _remove(path: Path) -> None:
    """Remove a folder, a file or a link (not what it leads to); what cannot be removed stays."""
    with contextlib.suppress(OSError):
        if not os.path.lexists(path):
            return
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
            if path.is_dir():  # folders in it are write-protected
                for folder, _, _ in os.walk(path):
                    Path(folder).chmod(0o700)
                shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _rename_to_new(partial: Path, target: Path) -> bool:
    """Rename unless something exists at the target (checked atomically on Linux only); return False if so."""
    failed = _renameat2(partial, target, _NEW_ONLY)
    if failed and failed != errno.EEXIST:
        partial.rename(target)
    return failed != errno.EEXIST


def _exchange(one: Path, other: Path) -> bool:
    """Swap two names in one step where the system can (Linux), so that neither is ever missing."""
    return _renameat2(one, other, _SWAP) == 0


@functools.cache
def _system_rename() -> Any:
    """Return the system's function; None where it has none."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return None


def _renameat2(one: Path, other: Path, flag: int) -> int:
    """Return 0, or the number of the error."""
    rename = _system_rename()
    if rename is None:
        return errno.ENOSYS
    at_fdcwd = -100
    done: int = rename(at_fdcwd, os.fsencode(one), at_fdcwd, os.fsencode(other), flag)
    return ctypes.get_errno() if done else 0
