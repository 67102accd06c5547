"""Log-odds and probabilities, and contributions to either."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def logistic(margin: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Turn log-odds into a probability."""
    chance: npt.NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(margin, -700.0, 700.0)))
    return chance


def shared_out(contributions: npt.NDArray[np.float64], start: float) -> tuple[npt.NDArray[np.float64], float]:
    """Turn contributions to log-odds into contributions that sum to the change in probability.

    The change is shared out along the straight way from the start to the row (integrated gradients,
    Sundararajan et al. 2017; for a sum behind one curve it is this proportion).

    Parameters
    ----------
    contributions : ndarray, shape (n, n_features)
        To the log-odds.
    start : float
        Log-odds where they start.

    Returns
    -------
    contributions : ndarray, shape (n, n_features)
    start : float
        Probability where they start; with the contributions it sums to the row's probability.
    """
    change = contributions.sum(axis=1)
    first = float(logistic(np.array([start]))[0])
    moved = logistic(start + change) - first
    slope: npt.NDArray[np.float64] = np.where(
        np.abs(change) > 1e-12, moved / np.where(change == 0, 1.0, change), first * (1 - first)
    )
    moved_by: npt.NDArray[np.float64] = contributions * slope[:, None]
    return moved_by, first
