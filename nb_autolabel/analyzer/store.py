"""What a place with the files of an analyzer offers: their bytes and names, never objects.

Keys are relative, ``/``-separated paths inside the store; a key that would lead out of it is refused.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from ..errors import DamagedDataError, MissingDataError
from .chunk_cache import ChunkCache
from .traffic import Traffic

#: JSON, and a dictionary stored as JSON text inside an array, may not be larger than this.
MAX_JSON = 2**24
#: A folder with more files than this is not listed.
MAX_NAMES = 2_000_000
#: A path inside a store may not have more parts ...
MAX_DEPTH = 64
#: ... or more characters than this.
MAX_KEY = 4096


@dataclass(frozen=True)
class Listed:
    """A name in a folder.

    Attributes
    ----------
    name : str
    is_folder : bool
        False for a link.
    """

    name: str
    is_folder: bool


class Store(ABC):
    """Bytes by key.

    Attributes
    ----------
    name : str
        The path or address, for messages.
    """

    name: str
    #: Seconds for which a store is taken to be what it was when it was last looked at.
    recheck_after = 0.0

    @property
    def has_options(self) -> bool:
        """True if it was opened with options for its address, which may hold passwords."""
        return False

    @property
    def traffic(self) -> Traffic | None:
        """Counts the bytes that were fetched from an address; None for what lies on this machine."""
        return None

    @property
    def denied(self) -> str:
        """Why nothing could be read, where access was refused whatever was asked for; else empty."""
        return ""

    @cached_property
    def chunk_cache(self) -> ChunkCache:
        """Chunks of this store that were decoded last."""
        return ChunkCache()

    def read(self, key: str, limit: int | None = None) -> bytes | None:
        """Return the bytes of a file, or None if there is no such file.

        Raises
        ------
        DamagedDataError
            If it is larger than `limit` (nothing of it is read then, where the store tells sizes),
            or cannot be read.
        """
        if limit is not None:
            self._within(self._size(key), key, limit)
        data = self._read(key)
        if limit is not None and data is not None:
            self._within(len(data), key, limit)
        return data

    def read_each(self, wanted: Sequence[tuple[str, int | None]]) -> Generator[bytes | None, None, None]:
        """Yield the bytes of several files in their order, or None for one that is not there.

        Close it after use.

        Parameters
        ----------
        wanted : sequence of (key, limit)
            As for :meth:`read`.

        Raises
        ------
        DamagedDataError
            As :meth:`read`, for the first file in this order that cannot be read.
        """
        for key, limit in wanted:
            yield self.read(key, limit)

    def _within(self, size: int | None, key: str, limit: int) -> None:
        if size is not None and size > limit:
            raise DamagedDataError(f"{self.where(key)} has {size} bytes, more than the {limit} it may have.")

    def _size(self, key: str) -> int | None:
        """Return a file's size where that costs nothing."""
        return self.size(key)

    @abstractmethod
    def _read(self, key: str) -> bytes | None:
        """Return the bytes of a file, however large."""

    @abstractmethod
    def names(self, key: str = "") -> list[str]:
        """Return the sorted names directly below a folder; empty if there is none."""

    def listed(self, at_most: int) -> list[Listed]:
        """Return what lies directly in the store's root, in no order; of more than `at_most`, one more than that.

        Raises
        ------
        AutolabelError
            If it cannot be listed; :meth:`names` is empty then.
        """
        return [Listed(name, False) for name in self.names()[: at_most + 1]]

    def below(self, name: str) -> Store:
        """Return the store in a folder below the root.

        Raises
        ------
        MissingDataError
            If stores of this kind have none.
        """
        raise MissingDataError(f"{self.where(name)} is no store of its own.")

    @abstractmethod
    def size(self, key: str) -> int | None:
        """Return a file's size in bytes, or None if there is no such file."""

    def local_path(self, key: str) -> Path | None:
        """Return the path of a file on this machine, so that rows of it can be read."""
        del key
        return None

    def open(self, key: str) -> BinaryIO | None:
        """Open a file on this machine for reading; None if there is none, or it lies elsewhere."""
        del key
        return None

    def stamp(self, key: str) -> Hashable:
        """Return what changes when a file (or, for "", the store) is replaced; None if that costs a request."""
        del key
        return None

    def altered(self, key: str) -> bool:
        """Return True if files were added to or removed from a folder since the store was opened."""
        del key
        return False

    def where(self, key: str) -> str:
        """Return the full path of a key, for messages."""
        return f"{self.name}/{key}" if key else self.name


#: Parts of a path that name nothing below it.
_NOWHERE = frozenset(("", ".", ".."))


def is_inside(key: str) -> bool:
    """Return True if a key names something in the store and does not lead out of it."""
    return not ("\\" in key or "\0" in key) and _NOWHERE.isdisjoint(key.split("/"))


def checked(key: str) -> str:
    """Return the key, refusing one that would lead out of the store.

    Raises
    ------
    DamagedDataError
    """
    if not is_inside(key):
        raise DamagedDataError(f"the name {key!r} would lead out of the analyzer; it is not followed.")
    return key


def is_name(name: str) -> bool:
    """Return False for what cannot be a part of an analyzer, and for macOS litter (``._x``)."""
    return is_inside(name) and not name.startswith("._")
