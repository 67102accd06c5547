"""Intervals of shares."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

#: Of the normal distribution, for 95 %.
NORMAL_95 = 1.959963984540054


def wilson(counts: Any, totals: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the 95 % intervals of shares.

    Parameters
    ----------
    counts, totals : array-like of int, of one shape
        Units with a label, and units in all.

    Returns
    -------
    low, high : ndarray of float64
        Of the shape given; NaN where there is no unit.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference. JASA 22:209-212.
    """
    k, n = np.asarray(counts, dtype=np.float64), np.asarray(totals, dtype=np.float64)
    square = NORMAL_95**2
    with np.errstate(divide="ignore", invalid="ignore"):
        share = k / n
        middle = (share + square / (2 * n)) / (1 + square / n)
        half = NORMAL_95 * np.sqrt(share * (1 - share) / n + square / (4 * n**2)) / (1 + square / n)
    # Rounding may leave the ends a little inside the shares 0 and 1, which they reach.
    low = np.where(k == 0, 0.0, middle - half)
    high = np.where(k == n, 1.0, middle + half)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)
