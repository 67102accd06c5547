"""What files at an address offer, and the two ways in which one of them is not taken.

Nothing here or in the file systems names an address in an error; the store does, without what opens it.
"""

from __future__ import annotations

from typing import Protocol


class RefusedError(Exception):
    """Why a file is not fetched; a text that holds nothing secret."""


class TooLargeError(Exception):
    """A file is larger than it may be: its bytes as far as they are known."""


class RemoteFiles(Protocol):
    """Files below an address."""

    def get(self, key: str, limit: int | None) -> bytes | None:
        """Return the bytes of a file, or None if there is none; no more than `limit` are fetched."""

    def names(self, key: str) -> list[str]:
        """Return the names below a folder, as far as they are listed."""

    def size(self, key: str) -> int | None:
        """Return the bytes of a file if that is told."""
