"""Logistic regression under a Gaussian process that starts from the log-odds of a classifier.

scikit-learn's ``GaussianProcessClassifier`` starts from zero everywhere; otherwise this is the same.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .log_odds import logistic

#: Newton's method stops when the objective grows by less than this.
TOLERANCE = 1e-9
STEPS, HALVINGS = 50, 20


def pull_of(
    kernel: npt.NDArray[np.float64], start: npt.NDArray[np.float64], target: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Find how strongly each label pulls at the log-odds, at the most probable of them.

    Parameters
    ----------
    kernel : ndarray, shape (n, n)
        Prior covariance of the change of the log-odds.
    start : ndarray, shape (n,)
        Log-odds without labels.
    target : ndarray of bool, shape (n,)

    Returns
    -------
    ndarray, shape (n,)
        ``kernel(new, labeled) @ pull`` is added to the log-odds of new units.

    References
    ----------
    Rasmussen & Williams (2006), Gaussian processes for machine learning, algorithm 3.1.
    """
    sign = np.where(target, 1.0, -1.0)

    def objective(pull: npt.NDArray[np.float64], change: npt.NDArray[np.float64]) -> float:
        return float(-np.logaddexp(0.0, -sign * (start + change)).sum() - 0.5 * pull @ change)

    pull, change = np.zeros(len(start)), np.zeros(len(start))
    best = objective(pull, change)
    for _ in range(STEPS):
        root, inner = curvature(kernel, start + change)
        wanted = root**2 * change + (target - logistic(start + change))
        step = wanted - root * np.linalg.solve(inner, root * (kernel @ wanted)) - pull
        for _ in range(HALVINGS):
            tried = pull + step
            moved = kernel @ tried
            value = objective(tried, moved)
            if value >= best:
                break
            step /= 2
        if value < best:
            break
        pull, change, grown, best = tried, moved, value - best, value
        if grown <= TOLERANCE:
            break
    return pull


def remaining(
    kernel: npt.NDArray[np.float64],
    start: npt.NDArray[np.float64],
    labeled: npt.NDArray[np.intp],
    target: npt.NDArray[np.bool_],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the log-odds of all units after some labels, and how unsure they still are.

    Parameters
    ----------
    kernel : ndarray, shape (n, n)
    start : ndarray, shape (n,)
    labeled : ndarray of int, shape (n_labels,)
        Positions of the labeled units.
    target : ndarray of bool, shape (n_labels,)

    Returns
    -------
    log_odds : ndarray, shape (n,)
    covariance : ndarray, shape (n, n)
        By Laplace's approximation.
    """
    inner = kernel[np.ix_(labeled, labeled)]
    log_odds = start + kernel[:, labeled] @ pull_of(inner, start[labeled], target)
    root, curved = curvature(inner, log_odds[labeled])
    known = root[:, None] * kernel[labeled]
    return log_odds, kernel - known.T @ np.linalg.solve(curved, known)


def curvature(
    kernel: npt.NDArray[np.float64], log_odds: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the standard deviations of labels, and ``1 + deviation kernel deviation``."""
    chance = logistic(log_odds)
    root: npt.NDArray[np.float64] = np.sqrt(np.maximum(chance * (1 - chance), 1e-12))
    return root, np.eye(len(root)) + root[:, None] * kernel * root
