"""Writing files whole or not at all, over files of their own kind only."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..analyzer.atomic_write import beside, target_path
from ..analyzer.kinds import Kind, refuse_foreign
from ..errors import AutolabelError, WriteError

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

#: Threads that wait for the disk, and files that are open at a time.
_WAITING, _OPEN = 8, 32


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


def write_apart(
    files: Sequence[tuple[Path, str | bytes, Kind]], overwrite: bool
) -> list[AutolabelError | OSError | None]:
    """Write files that do not belong together, each as :func:`write_file` does; one that fails is no matter for the others.

    While files are written, threads wait for the disk to have those before; a file is put in its place when it is there.

    Parameters
    ----------
    files : sequence of (Path, str or bytes, Kind)
        Absolute path, content (text as UTF-8), kind.
    overwrite : bool
        Whether files of the same kind may be replaced.

    Returns
    -------
    list of Exception or None
        Why each was not written; None for one that was.
    """
    from concurrent.futures import ThreadPoolExecutor

    problems: list[AutolabelError | OSError | None] = []
    with ThreadPoolExecutor(_WAITING, "nb_autolabel-write") as pool:
        while len(problems) < len(files):
            problems += _write_some(files[len(problems) :][:_OPEN], overwrite, pool)
    return problems


def _write_some(
    files: Sequence[tuple[Path, str | bytes, Kind]], overwrite: bool, pool: ThreadPoolExecutor
) -> list[AutolabelError | OSError | None]:
    """Write files; the first of them only, if no more may be open at a time."""
    problems: dict[int, AutolabelError | OSError] = {}
    begun: list[tuple[int, contextlib.ExitStack, Callable[[], None]]] = []
    # What is not put in its place is taken away, also where all of it is stopped.
    with contextlib.ExitStack() as every:
        for at, (target, content, kind) in enumerate(files):
            try:
                data = _encoded(target, content) if isinstance(content, str) else content
                with contextlib.ExitStack() as one:
                    opened = one.enter_context(one.enter_context(beside(target, overwrite, kind)).open("xb"))
                    opened.write(data)
                    opened.flush()
                    kept = one.pop_all()
                every.push(kept)
                begun.append((at, kept, _on_disk(opened.fileno(), pool)))
            except (AutolabelError, OSError) as error:
                if begun and getattr(error, "errno", None) in (errno.EMFILE, errno.ENFILE):
                    files = files[:at]
                    break
                problems[at] = error
        for at, kept, wait in begun:
            try:
                with kept:
                    wait()
            except (AutolabelError, OSError) as error:
                problems[at] = error
    return [problems.get(at) for at in range(len(files))]


def _on_disk(file: int, pool: ThreadPoolExecutor) -> Callable[[], None]:
    """Begin to put a file on the disk; return what waits until it is there."""
    try:
        return pool.submit(os.fsync, file).result
    except RuntimeError:  # the system starts no more threads
        return lambda: os.fsync(file)


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
