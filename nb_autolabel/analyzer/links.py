"""Opening files and folders below a root, refusing symbolic links that lead out of it.

Links that stay inside are followed, as are those in the path of the root itself. What is opened is what was
looked at: the way from the root is gone step by step, each from the folder that was opened before, and
never through a link; where one lies, the way to its target is gone from the root again. So a link that is
put there between the look and the reading is not followed either.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from ..errors import DamagedDataError, LinkedOutsideError, MissingDataError

T = TypeVar("T")

#: More links than this on one way run in a circle.
MAX_LINKS = 40

_STEPWISE = {os.open, os.stat} <= os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = getattr(os, "O_DIRECTORY", 0)
# Where the system can, a folder is passed that may not be listed.
_PASSED = getattr(os, "O_PATH", os.O_RDONLY) | _FOLDER
# Without it, opening a pipe would block until a writer comes.
_FILE = os.O_RDONLY | _NOFOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class _LinkError(Exception):
    """A part of the way is a link; its number."""


def open_inside(root: Path, key: str) -> BinaryIO | None:
    """Open a file below a root for reading; None if there is none, or it is a pipe or a device.

    Parameters
    ----------
    root : Path
    key : str
        Path from the root, with ``/``; without ``..``.

    Raises
    ------
    LinkedOutsideError
        If a link leads out of the root.
    MissingDataError
        If a link leads to nothing or in a circle.
    OSError
        If it is there and may not be read.
    """
    return _found(root, key, _opened)


def state_inside(root: Path, key: str) -> os.stat_result | None:
    """Return the state of a file below a root; see :func:`open_inside`."""
    return _found(root, key, _state)


def names_inside(root: Path, key: str) -> Iterator[str]:
    """Give the names below a folder below a root, in no order; none if it is no folder. See :func:`open_inside`."""
    descriptor: Any = _found(root, key, _folder) if key else _root(root)
    if descriptor is None:
        return
    try:
        with os.scandir(descriptor) as entries:
            for entry in entries:
                yield entry.name
    finally:
        if isinstance(descriptor, int):
            os.close(descriptor)


#: What is done in a folder (its descriptor, or None on systems without) with a name or path in it.
_Act = Callable[[int | None, str], T | None]


def _opened(folder: int | None, name: str) -> BinaryIO | None:
    if _state(folder, name) is None:
        return None
    descriptor = os.open(name, _FILE, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return os.fdopen(descriptor, "rb")


def _state(folder: int | None, name: str) -> os.stat_result | None:
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISLNK(found.st_mode):
        raise _LinkError
    return found if stat.S_ISREG(found.st_mode) else None


def _folder(folder: int | None, name: str) -> int | str | None:
    if folder is None:
        return name
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISLNK(found.st_mode):
        raise _LinkError
    return (
        os.open(name, os.O_RDONLY | _FOLDER | _NOFOLLOW, dir_fd=folder)
        if stat.S_ISDIR(found.st_mode)
        else None
    )


def _root(root: Path) -> int | str:
    # The root itself may be a link.
    return os.open(root, os.O_RDONLY | _FOLDER) if _STEPWISE else str(root)


def _found(root: Path, key: str, act: _Act[T]) -> T | None:
    parts = key.split("/")
    for _ in range(MAX_LINKS):
        try:
            return _walked(root, parts, act) if _STEPWISE else _resolved(root, parts, act)
        except _LinkError as link:
            after = int(link.args[0]) + 1 if link.args else len(parts)
            parts = _target(root, parts[:after], parts[after:])
        except (FileNotFoundError, NotADirectoryError, UnicodeEncodeError):
            return None
    raise MissingDataError(f"{root / key} is a link that runs in a circle.")


class Way:
    """Reads files one after the other; folders on the way to one are kept open for the next, until it is closed.

    Parameters
    ----------
    root : Path
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        #: The folders that are open, the root first, and the parts of the way to the last.
        self._open: list[int] = []
        self._parts: list[str] = []

    def __enter__(self) -> Way:
        return self

    def __exit__(self, *error: object) -> None:
        self._back_to(-1)

    def _back_to(self, depth: int) -> None:
        while len(self._open) > depth + 1:
            os.close(self._open.pop())
        del self._parts[max(0, depth) :]

    def read(self, key: str, check: Callable[[int], None]) -> bytes | None:
        """Return the bytes of a file below the root; see :func:`open_inside`.

        Parameters
        ----------
        key : str
        check : callable
            Refuses a size, which is that of the opened file.
        """
        try:
            descriptor = self._opened(key) if _STEPWISE else -1
        except OSError:
            descriptor = -1
        if descriptor < 0:
            file = open_inside(self._root, key)
            if file is None:
                return None
            with file:
                return _bytes_of(file.fileno(), check)
        try:
            return _bytes_of(descriptor, check)
        finally:
            os.close(descriptor)

    def _opened(self, key: str) -> int:
        """Open a file to which no link leads, going on from the folder in which the last one lies."""
        *folders, name = key.split("/")
        if not self._open:
            self._open.append(os.open(self._root, _PASSED))
        same = 0
        while same < len(self._parts) and same < len(folders) and self._parts[same] == folders[same]:
            same += 1
        self._back_to(same)
        for part in folders[same:]:
            # A link is refused here, and looked at where a link may be followed.
            at = os.open(part, _PASSED | _NOFOLLOW, dir_fd=self._open[-1])
            self._open.append(at)
            self._parts.append(part)
        return os.open(name, _FILE, dir_fd=self._open[-1])


def _bytes_of(descriptor: int, check: Callable[[int], None]) -> bytes | None:
    """Return the bytes of an open file; None if it is no regular one."""
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode):
        return None
    check(state.st_size)
    data = os.read(descriptor, state.st_size)
    while len(data) < state.st_size and (more := os.read(descriptor, state.st_size - len(data))):
        data += more
    return data


def _walked(root: Path, parts: Sequence[str], act: _Act[T]) -> T | None:
    """Go from the root to a part, and act on it in its folder.

    Raises
    ------
    _LinkError
        With the number of the part that is a link.
    """
    with contextlib.ExitStack() as folders:
        at = os.open(root, _PASSED)
        folders.callback(os.close, at)
        if not parts:  # a link led to the root
            return act(at, os.curdir)
        for number, part in enumerate(parts):
            try:
                if number == len(parts) - 1:
                    return act(at, part)
                if stat.S_ISLNK(os.stat(part, dir_fd=at, follow_symlinks=False).st_mode):
                    raise _LinkError
                at = os.open(part, _PASSED | _NOFOLLOW, dir_fd=at)
            except _LinkError:
                raise _LinkError(number) from None
            except OSError:
                # It may have become a link since the look.
                if _is_link(at, part):
                    raise _LinkError(number) from None
                raise
            folders.callback(os.close, at)
    return None


def _is_link(folder: int, name: str) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except (OSError, ValueError):
        return False


def _target(root: Path, link: Sequence[str], rest: Sequence[str]) -> list[str]:
    """Return the way from the root to what a link leads to, and on.

    Raises
    ------
    LinkedOutsideError
        If that lies outside.
    MissingDataError
        If nothing is there.
    """
    inside = os.path.realpath(root)
    shown = root.joinpath(*link)
    target = os.path.realpath(os.path.join(inside, *link))  # noqa: PTH118
    within = os.path.normcase(target) == os.path.normcase(inside) or os.path.normcase(target).startswith(
        os.path.join(os.path.normcase(inside), "")  # noqa: PTH118
    )
    if not within:
        raise LinkedOutsideError(
            f"{shown} is a link that leads out of the analyzer; it is not followed. "
            "Put what it leads to in its place, or link the whole analyzer."
        )
    if not os.path.lexists(target):
        raise MissingDataError(f"{shown} is a link that leads to nothing.")
    return [*Path(os.path.relpath(target, inside)).parts, *rest]


def _resolved(root: Path, parts: Sequence[str], act: _Act[T]) -> T | None:
    """Do the same by paths, on systems without descriptors of folders: look, act, and look again."""
    inside = os.path.realpath(root)
    named = os.path.join(inside, *parts)  # noqa: PTH118
    way = _target(root, parts, ()) if os.path.lexists(named) else parts
    real = os.path.join(inside, *way)  # noqa: PTH118
    before = os.stat(real)  # noqa: PTH116
    made = act(None, real)
    file: Any = made
    if not hasattr(file, "fileno"):
        return made
    if os.path.samestat(before, os.fstat(file.fileno())) and os.path.realpath(real) == real:
        return made
    file.close()
    raise DamagedDataError(f"{root.joinpath(*parts)} was replaced while it was opened; it is not read.")
