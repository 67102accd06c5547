"""Writing files whole or not at all, over files of their own kind only."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..analyzer.atomic_write import beside, target_path
from ..analyzer.kinds import Kind, refuse_foreign
from ..errors import WriteError


def target_file(path: Any, overwrite: bool, kind: Kind) -> Path:
    """Return the absolute path of a file to write, before the work that fills it.

    Parameters
    ----------
    path : path
    overwrite : bool
        Whether a file of the same kind may be replaced.
    kind : Kind
        What will be written.

    Raises
    ------
    AlreadyExistsError
        If something lies there and `overwrite` is False.
    ForeignTargetError
        If it is not of the same kind, overwrite or not.
    WriteError
        If it cannot be a path.
    """
    target = target_path(path)
    refuse_foreign(target, kind, overwrite)
    return target


def write_file(target: Path, content: str | bytes, kind: Kind, overwrite: bool) -> None:
    """Write text (UTF-8) or bytes beside a file, then put it in the file's place; see :func:`write_files`."""
    write_files([(target, content, kind)], overwrite)


def write_files(files: Iterable[tuple[Path, str | bytes, Kind]], overwrite: bool) -> None:
    """Write several files that belong together: none is put in its place before all are on the disk.

    Parameters
    ----------
    files : iterable of (Path, str or bytes, Kind)
        Absolute path, content (text as UTF-8), kind.
    overwrite : bool
        Whether files of the same kind may be replaced.

    Raises
    ------
    AlreadyExistsError, ForeignTargetError, WriteError
    """
    with contextlib.ExitStack() as all_whole:
        for target, content, kind in files:
            data = _encoded(target, content) if isinstance(content, str) else content
            put_bytes(all_whole.enter_context(beside(target, overwrite, kind)), data)


def _encoded(target: Path, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        wrong = error.object[error.start : error.end]
        raise WriteError(
            f"{target} could not be written: {wrong!r} is no character that text can hold."
        ) from None


def put_bytes(file: Path, content: bytes) -> None:
    """Write a new file and make sure that it is on the disk."""
    with file.open("xb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
