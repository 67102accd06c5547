"""Converting arrays of Python objects to arrays that every format can store: text with blanks, numbers with NaN."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def without_objects(values: Any) -> npt.NDArray[Any] | None:
    """Return values as an array without Python objects, if that loses nothing.

    Parameters
    ----------
    values : array-like
        Text in which a missing value is None, NaN or pandas' NA becomes text with blanks there; whole
        numbers stay so, and with missing values become float64 with NaN.

    Returns
    -------
    ndarray or None
        None for values of several kinds, or of any other kind.
    """
    array = np.asarray(values)
    if not array.dtype.hasobject:
        return array
    if array.dtype.names is not None:
        return None
    flat = array.ravel().tolist()
    there = [value for value in flat if not is_missing(value)]
    if all(isinstance(value, str) for value in there):
        texts = ["" if is_missing(value) else str(value) for value in flat]
        return np.array(texts, dtype=str).reshape(array.shape)
    if all(isinstance(value, bool | np.bool_) for value in there):
        return array.astype(bool) if len(there) == len(flat) else None
    whole = all(isinstance(value, int | np.integer) and not isinstance(value, bool) for value in there)
    if whole and len(there) == len(flat):
        try:
            return array.astype(np.int64)
        except OverflowError:
            return None
    if all(isinstance(v, float | int | np.number) and not isinstance(v, bool | complex) for v in there):
        numbers = [float("nan") if is_missing(value) else float(value) for value in flat]
        return np.array(numbers, dtype=np.float64).reshape(array.shape)
    return None


def as_text(values: Any) -> npt.NDArray[Any]:
    """Return values as an array without Python objects; values of several kinds become text, missing ones blanks."""
    plain = without_objects(values)
    if plain is not None:
        return plain
    array = np.asarray(values)
    texts = ["" if is_missing(value) else str(value) for value in array.ravel().tolist()]
    return np.array(texts, dtype=str).reshape(array.shape)


def is_missing(value: Any) -> bool:
    """Whether a value stands for none: None, NaN, pandas' NA and NaT."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float | np.floating) and bool(np.isnan(value))
