"""Which rows of an array are asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

#: Positions along the first axis, counted as numpy counts them; None stands for all.
Rows = slice | npt.NDArray[np.intp] | None


def positions(rows: range | npt.NDArray[Any], count: int) -> npt.NDArray[np.intp]:
    """Return rows as positions from the start; negative rows and masks mean what they mean to numpy."""
    if isinstance(rows, range):
        return np.arange(rows.start, rows.stop, rows.step)
    wanted = np.asarray(rows)
    if wanted.dtype == bool and wanted.shape == (count,):
        return np.flatnonzero(wanted)
    wanted = wanted.astype(np.intp)
    if wanted.size and (wanted.min() < -count or wanted.max() >= count):
        raise IndexError(f"rows {wanted.min()} to {wanted.max()} are asked for, but there are {count} rows.")
    return np.where(wanted < 0, wanted + count, wanted)
