"""Checking what a ``.zarray`` declares: sizes, types and fill values."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import numpy as np

from ..errors import DamagedDataError, UnsafeDataError
from .codecs import shortened

#: No array has more dimensions.
MAX_DIMENSIONS = 32
#: More fields than this in one value are refused.
MAX_FIELDS = 1000
#: No value of an array is larger than this (a text, a structure).
MAX_ITEM_BYTES = 2**20


def sizes_of(values: Any, least: int) -> tuple[int, ...]:
    """Return the shape of an array or of its chunks.

    Parameters
    ----------
    values : object
        As stored.
    least : int
        The least that each size may be.

    Raises
    ------
    DamagedDataError
        If it is no list of sizes.
    """
    if not isinstance(values, list) or len(values) > MAX_DIMENSIONS:
        raise DamagedDataError(f"{shortened(values)} is no list of at most {MAX_DIMENSIONS} sizes.")
    for value in values:
        if type(value) is not int or value < least or value > 2**48:
            raise DamagedDataError(f"{shortened(value)} is not a size.")
    return tuple(values)


#: A type as format 2 writes it: byte order, kind, bytes, unit of time.
_TYPESTR = re.compile(r"[<>|=]?[?A-Za-z]\d*(\[\w+\])?", re.ASCII)


def dtype_of(spec: Any) -> np.dtype[Any]:
    """Return the type of an array's values.

    Raises
    ------
    DamagedDataError, TypeError, ValueError
        If it is no type.
    UnsafeDataError
        If the values are Python objects.
    """
    if not isinstance(spec, list) and not (isinstance(spec, str) and _TYPESTR.fullmatch(spec)):
        raise DamagedDataError(f"dtype {shortened(spec)} is not a type.")
    if isinstance(spec, list):
        if not 0 < len(spec) <= MAX_FIELDS:
            raise DamagedDataError(f"dtype {shortened(spec)} has {len(spec)} fields.")
        spec = [tuple(tuple(p) if isinstance(p, list) else p for p in field) for field in spec]
    dtype: np.dtype[Any] = np.dtype(spec)
    if dtype.hasobject:
        raise UnsafeDataError("it holds Python objects; it stays bytes.")
    if not 0 < dtype.itemsize <= MAX_ITEM_BYTES:
        raise DamagedDataError(f"dtype {shortened(spec)} has values of {dtype.itemsize} bytes.")
    return dtype


def fill_value_of(value: Any, dtype: np.dtype[Any]) -> Any:
    """Return the value that chunks stand for which are not stored; None if there is none.

    Raises
    ------
    DamagedDataError, TypeError, ValueError, OverflowError
        If it is no value of the type.
    """
    if value is None:
        return None
    if dtype.kind in "VS" and isinstance(value, str):
        try:
            raw = base64.b64decode(value, validate=True)
        except binascii.Error:
            return np.zeros((), dtype)[()]
        return np.frombuffer(raw, dtype)[0] if len(raw) == dtype.itemsize else np.zeros((), dtype)[()]
    if dtype.kind in "VU" and value in (0, ""):
        return np.zeros((), dtype)[()]
    if isinstance(value, str) and dtype.kind in "fc":
        value = float(value)
    if not isinstance(value, int | float | str | list):
        raise DamagedDataError(f"fill_value {shortened(value)} is not a value of its dtype.")
    return np.array(value, dtype=dtype).reshape(())[()]
