"""What an adapted pair would say of each of its own labelled units, had that unit not been labelled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .by_missing import Grown
from .correction import MOST_LABELS, corrections
from .laplace import curvature, pull_of
from .log_odds import logistic
from .similarity import PRIOR, Prior, Seen


def left_out_log_odds(
    kernel: npt.NDArray[np.float64], start: npt.NDArray[np.float64], target: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Return the log-odds of each labelled unit without its own label; shape (n,).

    The label's part is divided out of Laplace's approximation, so that nothing is fitted again.

    Parameters
    ----------
    kernel : ndarray, shape (n, n)
        Prior covariance of the change of the log-odds.
    start : ndarray, shape (n,)
        Log-odds without labels.
    target : ndarray of bool, shape (n,)

    References
    ----------
    Vehtari et al. (2016), Bayesian leave-one-out cross-validation approximations for Gaussian latent variable models.
    Journal of Machine Learning Research 17, section 3.3.
    """
    if not len(start):
        return start.copy()
    log_odds = start + kernel @ pull_of(kernel, start, target)
    chance = logistic(log_odds)
    root, inner = curvature(kernel, log_odds)
    variance = np.diag(kernel) - np.einsum(
        "ij,ij->j", root[:, None] * kernel, np.linalg.solve(inner, root[:, None] * kernel)
    )
    without = 1 / np.maximum(1 / np.maximum(variance, 1e-12) - root**2, 1e-12)
    found: npt.NDArray[np.float64] = log_odds - without * (target - chance)
    return found


def left_out_pair(
    seen: Sequence[Seen], truth: npt.NDArray[np.intp], trees: Sequence[Grown], prior: Prior = PRIOR
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the probabilities of noise, and of a single unit if not noise, of each labelled unit without its label.

    Parameters
    ----------
    seen : sequence of two Seen
        The labelled units, as the two classifiers see them.
    truth : ndarray of int, shape (n,)
        0 noise, 1 mua, 2 good.
    trees : sequence of two Trees or TreesByMissing
    prior : Prior

    Returns
    -------
    noise, sua : ndarray, shape (n,)
    """
    fixed = corrections(seen, truth, trees, prior)
    noise, sua = (correction(each) for correction, each in zip(fixed, seen, strict=True))
    neural = np.flatnonzero(truth > 0)
    everyone = np.arange(len(truth))
    for found, each, places, target in (
        (noise, seen[0], everyone, truth == 0),
        # Noise units say nothing of the second step: what it says of them is without their label already.
        (sua, seen[1], neural, truth[neural] == 2),
    ):
        if len(places) > MOST_LABELS:
            continue  # of so many, one label moves nothing that can be seen
        part = each.part(places)
        found[places] = left_out_log_odds(part.similarity(prior), part.log_odds, target)
    return logistic(noise), logistic(sua)
