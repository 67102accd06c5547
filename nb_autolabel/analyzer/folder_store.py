"""A folder on this machine as a store."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Generator, Hashable, Sequence
from pathlib import Path
from typing import BinaryIO

from ..errors import DamagedDataError
from .links import Way, names_inside, open_inside, state_inside
from .local_file import absolute, altered_after, stamp_of
from .store import MAX_NAMES, Listed, Store, checked, is_name


class FolderStore(Store):
    """A folder on this machine; its path is absolute, so that changing the working directory changes nothing."""

    def __init__(self, root: Path) -> None:
        self.root = absolute(root)
        self.name = str(self.root)
        self._opened_at = time.time_ns()

    def open(self, key: str) -> BinaryIO | None:
        """Open a file for reading; see :meth:`Store.open`.

        Raises
        ------
        DamagedDataError
            If a link leads out of the folder, or the file may not be read.
        """
        try:
            return open_inside(self.root, checked(key))
        except OSError as error:
            raise DamagedDataError(f"{self.where(key)} cannot be read: {error}.") from error

    def _read(self, key: str) -> bytes | None:
        return self.read(key)

    def read(self, key: str, limit: int | None = None) -> bytes | None:
        """Return the bytes of a file; see :meth:`Store.read`. Its size is that of the opened file."""
        with Way(self.root) as way:
            return self._read_on(way, key, limit)

    def read_each(self, wanted: Sequence[tuple[str, int | None]]) -> Generator[bytes | None, None, None]:
        """Yield the bytes of several files; see :meth:`Store.read_each`."""
        with Way(self.root) as way:
            for key, limit in wanted:
                yield self._read_on(way, key, limit)

    def _read_on(self, way: Way, key: str, limit: int | None) -> bytes | None:
        try:
            return way.read(
                checked(key), lambda size: None if limit is None else self._within(size, key, limit)
            )
        except OSError as error:
            raise DamagedDataError(f"{self.where(key)} cannot be read: {error}.") from error

    def names(self, key: str = "") -> list[str]:
        """Names below a folder; macOS litter (``._x``) left out.

        Raises
        ------
        DamagedDataError
            If there are more than MAX_NAMES, or a link leads out of the folder.
        """
        try:
            entries = names_inside(self.root, checked(key) if key else "")
            found = [n for n in itertools.islice(entries, MAX_NAMES + 1) if is_name(n)]
        except OSError:
            return []
        if len(found) > MAX_NAMES:
            raise DamagedDataError(
                f"{self.where(key)} holds more than {MAX_NAMES} files; they are not listed."
            )
        return sorted(found)

    def listed(self, at_most: int) -> list[Listed]:
        """Return what lies directly in the folder; see :meth:`Store.listed`. Links count as files."""
        try:
            with os.scandir(self.root) as entries:
                return [
                    Listed(entry.name, entry.is_dir(follow_symlinks=False))
                    for entry in itertools.islice(entries, at_most + 1)
                ]
        except OSError as error:
            raise DamagedDataError(f"{self.name} cannot be listed: {error.strerror or error}.") from error

    def below(self, name: str) -> FolderStore:
        """Return the store in a folder below; see :meth:`Store.below`."""
        return FolderStore(self.root / name)

    def size(self, key: str) -> int | None:
        """Return a file's size; see :meth:`Store.size`."""
        try:
            state = state_inside(self.root, checked(key))
        except OSError:
            return None
        return None if state is None else state.st_size

    def local_path(self, key: str) -> Path | None:
        """Return the file's path; see :meth:`Store.local_path`. To read it, use :meth:`open`."""
        return None if self.size(key) is None else self.root / key

    def stamp(self, key: str) -> Hashable:
        """Return the identity of the folder, or of a file and its state; see :meth:`Store.stamp`."""
        return stamp_of(self.root / checked(key) if key else self.root)

    def altered(self, key: str) -> bool:
        """Return True if files came or went; see :meth:`Store.altered`."""
        return altered_after(self.root / checked(key), self._opened_at)
