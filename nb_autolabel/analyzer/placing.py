"""Writing a folder beside its place and putting it there when it is whole, so that nothing is half-written or lost."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

from ..errors import AlreadyExistsError


@contextlib.contextmanager
def beside(target: Path, overwrite: bool) -> Iterator[Path]:
    """Give a path to write to; what is there at the end takes the target's place, an error leaves the target alone.

    Parameters
    ----------
    target : Path
    overwrite : bool
        Whether something that lies at the target may be replaced.

    Yields
    ------
    Path
        A hidden name in the same folder; nothing lies there yet.

    Raises
    ------
    AlreadyExistsError
    """
    if os.path.lexists(target) and not overwrite:
        raise AlreadyExistsError(
            f"{target} exists. Choose another folder, or pass overwrite=True to replace it."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial-{uuid.uuid4().hex[:8]}")
    try:
        yield partial
        _put_in_place(partial, target, overwrite)
    finally:
        _remove(partial)


def _put_in_place(partial: Path, target: Path, overwrite: bool) -> None:
    if not os.path.lexists(target):
        partial.rename(target)
        return
    if not overwrite:
        raise AlreadyExistsError(f"{target} appeared while saving. Choose another folder.")
    if _exchange(partial, target):
        return  # the old one is now at `partial`, which the caller removes
    old = target.with_name(f".{target.name}.old-{uuid.uuid4().hex[:8]}")
    target.rename(old)
    try:
        partial.rename(target)
    except OSError:
        old.rename(target)
        raise
    _remove(old)


def _remove(path: Path) -> None:
    """Remove a folder, a file or a link (not what it leads to); what cannot be removed stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two names in one step where the system can (Linux), so that neither is ever missing."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        swap = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    at_fdcwd, exchange = -100, 2
    done: int = swap(at_fdcwd, os.fsencode(one), at_fdcwd, os.fsencode(other), exchange)
    return done == 0
