"""The pieces of data of an extension, each read when it is asked for."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..errors import DamagedDataError, UnsafeDataError
from .rows import Rows


class Entry:
    """One named piece of an extension's data, read when asked for.

    Parameters
    ----------
    kind : {"array", "frame", "dict", "opaque"}
        "opaque": stored as Python objects, never decoded.
    read : callable
        ``read(rows)`` for arrays (rows: slice, int array or None), ``read(None)`` otherwise.
    shape : callable
        Returns the shape without reading the data; () for frames and dicts.
    where : str
        For messages.
    damaged : bool
        True for an opaque entry that should be readable and is not.
    """

    def __init__(
        self,
        kind: Literal["array", "frame", "dict", "opaque"],
        read: Callable[[Rows], Any],
        *,
        shape: Callable[[], tuple[int, ...]] = tuple,
        dtype: np.dtype[Any] | None = None,
        where: str = "",
        damaged: bool = False,
    ) -> None:
        self.kind = kind
        self.damaged = damaged
        self.read = read
        self.where = where
        self.dtype = dtype
        self._shape = shape

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an array, without reading it."""
        return self._shape()

    @property
    def nbytes(self) -> int:
        """Size of an array in bytes, without reading it; 0 for other kinds."""
        return math.prod(self.shape) * self.dtype.itemsize if self.dtype is not None else 0

    @classmethod
    def opaque(cls, where: str, why: str) -> Entry:
        """Make an entry for data that are not decoded, because that would run code."""

        def refuse(rows: Rows) -> Any:
            del rows
            raise UnsafeDataError(f"{where} is not read: {why}")

        return cls("opaque", refuse, where=where)

    @classmethod
    def of(cls, value: Any, where: str = "") -> Entry:
        """Make an entry for data that are in memory already; what is read is a copy of them."""
        if isinstance(value, np.ndarray) and not value.dtype.hasobject:
            return cls(
                "array",
                lambda rows: np.array(value if rows is None else value[rows]),
                shape=lambda: value.shape,
                dtype=value.dtype,
                where=where,
            )
        if isinstance(value, dict | list):
            return cls("dict", lambda rows: copy.deepcopy(value), where=where)
        return cls.opaque(where, f"it is a {type(value).__name__} object.")


def broken(where: str, error: DamagedDataError) -> Entry:
    """Make an entry for damaged data, which raises its error when it is read."""

    def fail(rows: Rows) -> Any:
        del rows
        raise error

    return Entry("opaque", fail, where=where, damaged=True)


class Kept:
    """What a function returns, read once for each version of the source.

    Parameters
    ----------
    read : callable
    version : callable
        Returns the version of the source; see :attr:`Source.version`.
    """

    def __init__(self, read: Callable[[], Any], version: Callable[[], Hashable] = lambda: 0) -> None:
        self._read, self._version = read, version
        self._value: tuple[Hashable, Any] | None = None

    def __call__(self) -> Any:
        """Return the value; whoever changes it changes a copy."""
        version = self._version()
        kept = self._value
        if kept is None or kept[0] != version:
            kept = self._value = (version, self._read())
        return kept[1]


@dataclass(frozen=True)
class StoredExtension:
    """An extension as stored: parameters and entries that are read when asked for."""

    name: str
    params: dict[str, Any]
    info: dict[str, Any]
    run_info: dict[str, Any]
    entries: dict[str, Entry]
