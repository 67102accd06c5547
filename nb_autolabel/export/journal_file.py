"""The file behind a journal: appended to under a lock, whole or not at all, and on the disk when that is said."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from ..errors import LabelsError
from .regular_file import FLAGS, LARGEST, lock, make_folder, open_regular, pread, refusal, sync_folder

#: Seconds to wait for another program that writes.
PATIENCE = 10.0
#: Bytes before the end that are compared to recognise the file.
_TAIL = 64


class Mark(NamedTuple):
    """How far a file was read: another program that shortens, replaces or rewrites it is noticed by this."""

    size: int
    tail: bytes
    file: tuple[int, int]


class JournalFile:
    """A regular file with one name, at this path and nowhere else.

    Parameters
    ----------
    path : Path
        Absolute. A link, a pipe, a device, a folder or a file with further names is refused when it is used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mark: Mark | None = None
        self._known_to = 0

    # ------------------------------------------------------------------ reading

    def read(self) -> bytes | None:
        """Return all bytes; None if there is no file.

        Raises
        ------
        LabelsError
            If it is no regular file, is larger than :data:`LARGEST`, or cannot be read.
        """
        try:
            handle = open_regular(self.path, os.O_RDONLY)
            if handle is None:
                return None
            try:
                # Wait for a writer that is rolling back a batch, but not for one that hangs.
                lock(handle, exclusive=False, patience=1.0)
                return self._all(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise self._wrong("cannot be read", error) from error

    def _wrong(self, what: str, error: OSError) -> LabelsError:
        return LabelsError(
            f"the labels by hand {what}: {self.path}: {error.strerror or error}. Choose another file: journal=..."
        )

    def _all(self, handle: int) -> bytes:
        parts = []
        at = 0
        while at <= LARGEST:
            part = pread(handle, 2**20, at)
            if not part:
                break
            parts.append(part)
            at += len(part)
        else:
            raise LabelsError(refusal(self.path, f"grows beyond {LARGEST // 2**20} MB while it is read"))
        data = b"".join(parts)
        found = os.fstat(handle)
        self.mark = Mark(len(data), data[-_TAIL:], (found.st_dev, found.st_ino))
        self._known_to = len(data)
        return data

    def is_intact(self) -> bool:
        """Return False if another program has deleted, shortened, replaced or rewritten the file since it was read.

        Raises
        ------
        LabelsError
            If something else lies there now.
        """
        if self.mark is None:
            return True
        try:
            handle = open_regular(self.path, os.O_RDONLY)
            if handle is None:
                return False
            try:
                return self._intact(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise self._wrong("cannot be read", error) from error

    def has_grown(self) -> bool:
        """Whether there is more than was read or written here; True where that cannot be told."""
        try:
            return self.path.lstat().st_size != self._known_to
        except OSError:
            return self.mark is not None

    def _intact(self, handle: int) -> bool:
        if self.mark is None:
            return True
        found = os.fstat(handle)
        tail = pread(handle, len(self.mark.tail), self.mark.size - len(self.mark.tail))
        return (found.st_dev, found.st_ino) == self.mark.file and tail == self.mark.tail

    # ------------------------------------------------------------------ writing

    def append(self, lines: bytes, lost: Callable[[bytes], bytes]) -> bool:
        """Append whole lines and make sure that they are on the disk; on any failure the file is as it was.

        Parameters
        ----------
        lines : bytes
            Each ends with a line break.
        lost : callable
            Called with the file's bytes where another program has deleted, shortened or rewritten it since it was
            read; returns the lines to write before these.

        Returns
        -------
        bool
            True if the file had been changed so.

        Raises
        ------
        LabelsError
            If they could not be written.
        """
        try:
            with self._for_writing() as (handle, created):
                changed = not self._intact(handle)
                if changed:
                    lines = lost(self._all(handle)) + lines
                size = os.fstat(handle).st_size
                if size and pread(handle, 1, size - 1) != b"\n":
                    lines = b"\n" + lines
                if size + len(lines) > LARGEST:
                    raise OSError(errno.EFBIG, f"it would grow beyond {LARGEST // 2**20} MB")
                self._write(handle, size, lines)
                if created:
                    sync_folder(self.path.parent)
                found = os.fstat(handle)
                if created or size == self._known_to:
                    self._known_to = size + len(lines)
                self.mark = Mark(size + len(lines), lines[-_TAIL:], (found.st_dev, found.st_ino))
                return changed
        except OSError as error:
            raise self._wrong("could not be written", error) from error

    @contextlib.contextmanager
    def _for_writing(self) -> Iterator[tuple[int, bool]]:
        """Give the file, locked, and whether it was made just now; made in vain, it is removed again."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() <= until:
            handle, created = open_regular(self.path, os.O_RDWR | os.O_APPEND), False
            if handle is None:
                make_folder(self.path.parent)
                flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | FLAGS
                try:
                    handle, created = os.open(self.path, flags, 0o666), True
                except FileExistsError:
                    continue  # another notebook has created it meanwhile
            try:
                if not lock(handle, exclusive=True, patience=until - time.monotonic()):
                    raise OSError(errno.EAGAIN, f"another program has locked it for {PATIENCE:g} s")
                if not self._is_here(handle):
                    continue  # deleted or replaced while waiting for the lock
                try:
                    yield handle, created
                except BaseException:
                    if created and self._is_here(handle) and not os.fstat(handle).st_size:
                        self.path.unlink()
                    raise
                return
            finally:
                os.close(handle)
        raise OSError(errno.EAGAIN, f"another program replaces it all the time, for {PATIENCE:g} s")

    def _is_here(self, handle: int) -> bool:
        try:
            return os.path.samestat(os.lstat(self.path), os.fstat(handle))
        except FileNotFoundError:
            return False

    def _write(self, handle: int, size: int, lines: bytes) -> None:
        written = 0
        try:
            while written < len(lines):
                # A single write call where possible, so that lines of several writers are not interleaved.
                count = os.write(handle, lines[written:])
                if not count:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                written += count
            os.fsync(handle)
        except BaseException:
            with contextlib.suppress(OSError):
                if os.fstat(handle).st_size == size + written:
                    os.ftruncate(handle, size)
                    os.fsync(handle)
            raise

    # ------------------------------------------------------------------ what cannot be read

    def keep_aside(self, rest: bytes) -> Path | None:
        """Copy what cannot be read beside the journal, once.

        Returns
        -------
        Path or None
            The copy; None if an earlier one has the same bytes.

        Raises
        ------
        LabelsError
            If it cannot be written.
        """
        stem = f"{self.path.name}.unreadable-"
        try:
            for earlier in self.path.parent.iterdir():
                with contextlib.suppress(LabelsError):
                    if earlier.name.startswith(stem) and JournalFile(earlier).read() == rest:
                        return None
            now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
            copy = JournalFile(self.path.with_name(f"{stem}{now}"))
            with copy._for_writing() as (handle, _):
                copy._write(handle, 0, rest)
        except OSError as error:
            raise self._wrong("cannot be copied aside", error) from error
        return copy.path
