"""Intervals of shares."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

#: Of the normal distribution, for 95 %.
NORMAL_95 = 1.959963984540054


def score_interval(share: Any, n: Any) -> tuple[Any, Any]:
    """Return the ends of the 95 % score interval of shares of `n` (Wilson); see :func:`wilson`."""
    squared = NORMAL_95**2 / n
    middle = (share + squared / 2) / (1 + squared)
    half = NORMAL_95 * np.sqrt(share * (1 - share) / n + squared / n / 4) / (1 + squared)
    return middle - half, middle + half


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
    with np.errstate(divide="ignore", invalid="ignore"):
        least, most = score_interval(k / n, n)
    # Rounding may leave the ends a little inside the shares 0 and 1, which they reach.
    low = np.where(k == 0, 0.0, least)
    high = np.where(k == n, 1.0, most)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)
