"""How many bytes were fetched from an address, for whoever waits for them."""

from __future__ import annotations

import threading

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


class Traffic:
    """Counts what is fetched from one address; threads may add to it at the same time.

    Attributes
    ----------
    bytes_read : int
        Bytes of files as they came, packed or not.
    total : int or None
        Bytes of all files there; None where that is not known.
    """

    def __init__(self) -> None:
        self.bytes_read = 0
        self.total: int | None = None
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        """Count bytes that came."""
        with self._lock:
            self.bytes_read += count

    def __str__(self) -> str:
        return of_total(self.bytes_read, self.total)


def of_total(count: int, total: int | None) -> str:
    """Say how much was read: ``3.1 MB of 2.4 GB``, or ``3.1 MB`` where the total is not known."""
    return in_units(count) if total is None or total < count else f"{in_units(count)} of {in_units(total)}"


def in_units(count: int) -> str:
    """Return a number of bytes in the unit that people read, with two or three digits."""
    size, unit = float(count), 0
    while size >= 999.5 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    digits = 1 if unit and size < 99.95 else 0
    return f"{size:.{digits}f} {_UNITS[unit]}"
