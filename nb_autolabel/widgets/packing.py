"""Putting the numbers of a page into few bytes, so that they come back as they were, as far as anything shows.

``frontend/src/core/packed.js`` puts them back.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

#: A row of numbers in a page: how it is stored, where it begins, its bytes, and (of "i1") its scale.
Row = list[Any]
#: Templates of more units than this are stored coarsely.
MANY_UNITS = 5_000
#: Of templates stored coarsely at most so many values are stored, 8 MB in the page: every sample, or every second, third ...
MOST_VALUES = 6_000_000


class Rows:
    """Rows of float64 numbers of one length.

    Parameters
    ----------
    values : bytes
        float64, shape (n_rows, length).
    length : int
    exact : iterable of int
        Rows that come back bit by bit, such as values that are compared with limits. Others come back as float32 where
        their values are all different: nobody asks for one of them by its last digits.
    """

    def __init__(self, values: bytes, length: int, exact: Iterable[int] = ()) -> None:
        self.values = np.frombuffer(values, dtype="<f8").reshape(-1, length) if length else np.zeros((0, 0))
        self.length = length
        self.exact = frozenset(exact)


class Curves:
    """Rows of float32 numbers that are only drawn: each is stored in steps of a 127th of its largest value.

    Parameters
    ----------
    values : bytes
        float32, shape (n_rows, length).
    length : int
    """

    def __init__(self, values: bytes, length: int) -> None:
        self.values = np.frombuffer(values, dtype="<f4").reshape(-1, length)


def thinning(units: int, samples: int) -> int:
    """Return 1 if every sample of the templates is stored, 2 for every second, ...

    Parameters
    ----------
    units, samples : int
    """
    return 1 if units <= MANY_UNITS else max(1, math.ceil(units * samples / MOST_VALUES))


class Packer:
    """Collects binary data beside plain JSON, to be compressed together."""

    def __init__(self) -> None:
        self.blob = bytearray()
        self._rows: dict[bytes, Row] = {}

    def pack(self, value: Any) -> Any:
        """Return plain data in which bytes are replaced by where they lie in the blob."""
        if isinstance(value, bytes | memoryview):
            return {"$at": self._put(bytes(value))}
        if isinstance(value, Rows):
            rows = [self._row(row, at in value.exact) for at, row in enumerate(value.values)]
            return {"$rows": [value.length, rows]}
        if isinstance(value, Curves):
            return {"$curves": self._curves(value.values)}
        if isinstance(value, dict):
            # A key of the data's own that begins like ours gets one more sign, which the page takes off again.
            return {f"${k}" if str(k).startswith("$") else str(k): self.pack(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.pack(v) for v in value]
        if isinstance(value, np.generic):
            value = value.item()
        # JSON knows no such numbers; what is missing is null.
        return None if isinstance(value, float) and not math.isfinite(value) else value

    def _put(self, data: bytes) -> list[int]:
        start = len(self.blob)
        self.blob += data
        # Arrays of doubles are read in place, so each begins at a multiple of eight.
        self.blob += bytes(-len(self.blob) % 8)
        return [start, len(data)]

    def _row(self, row: npt.NDArray[np.float64], exact: bool) -> Row:
        """Store a row; one that was stored already, as the values of a criterion are those of its metric, only once."""
        key = row.tobytes()
        if key not in self._rows:
            with np.errstate(over="ignore", invalid="ignore"):
                short = row.astype("<f4")
            same = bool(np.array_equal(short.astype(np.float64), row, equal_nan=True))
            if same or not (exact or _repeats(row)):
                self._rows[key] = ["f4", *self._put(by_place(short))]
            else:
                self._rows[key] = ["f8", *self._put(by_place(row))]
        return self._rows[key]

    def _curves(self, curves: npt.NDArray[np.float32]) -> list[Any]:
        sizes = np.abs(np.where(np.isfinite(curves), curves, 0)).max(axis=1, initial=0) / 127
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = np.rint(curves / np.where(sizes > 0, sizes, 1)[:, np.newaxis])
        # -128 stands for a value that is missing.
        small = np.where(np.isfinite(steps), steps, -128).astype(np.int8)
        return [curves.shape[1], self._put(by_place(sizes.astype("<f4"))), self._put(small.tobytes())]


def _repeats(row: npt.NDArray[np.float64]) -> bool:
    """Whether a row holds few different values, or whole numbers: somebody may ask for one of them exactly."""
    known = row[np.isfinite(row)]
    return bool(
        2 * len(np.unique(known)) < len(known) or (len(known) and (known == np.rint(known)).mean() > 0.5)
    )


def by_place(values: npt.NDArray[Any]) -> bytes:
    """Return the bytes of numbers with the first byte of all before the second of all: so they compress better.

    Parameters
    ----------
    values : ndarray, shape (n,)
    """
    size = values.dtype.itemsize
    return np.ascontiguousarray(np.ascontiguousarray(values).view("u1").reshape(-1, size).T).tobytes()
