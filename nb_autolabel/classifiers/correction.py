"""Correcting a classifier's log-odds with a few labels of one recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .by_missing import Grown
from .laplace import pull_of
from .log_odds import logistic
from .similarity import PRIOR, Curves, Prior, Seen

#: Most labels that are used; of more, a random sample of this size. With so many, train a new classifier instead.
MOST_LABELS = 1000


@dataclass(frozen=True)
class Correction:
    """What is added to the log-odds: ``intercept + curves @ weights``, and something in each leaf.

    Attributes
    ----------
    intercept : float
    weights : ndarray, shape (2 * n_features,)
    leaves : ndarray, shape (n_nodes,)
        Zero for nodes in which no labeled unit ended.
    """

    intercept: float
    weights: npt.NDArray[np.float64]
    leaves: npt.NDArray[np.float64]

    @classmethod
    def fit(cls, seen: Seen, target: npt.NDArray[np.bool_], n_nodes: int, prior: Prior = PRIOR) -> Correction:
        """Find the most probable correction, given labels; no label changes nothing.

        All parts are normal around zero before the labels: logistic regression with a penalty, in as many
        dimensions as there are metrics and leaves.

        Parameters
        ----------
        seen : Seen
            The labeled units.
        target : ndarray of bool, shape (n,)
        n_nodes : int
            Of the classifier's trees.
        prior : Prior
        """
        if len(seen) > MOST_LABELS:
            drawn = np.sort(np.random.default_rng(0).permutation(len(seen))[:MOST_LABELS])
            seen, target = seen.part(drawn), target[drawn]
        pull = pull_of(seen.similarity(prior), seen.log_odds, target)
        leaves = np.zeros(n_nodes)
        each = prior.leaf * pull / max(1, seen.leaves.shape[1])
        np.add.at(leaves, seen.leaves, np.broadcast_to(each[:, None], seen.leaves.shape))
        return cls(prior.intercept * float(pull.sum()), prior.weight * (pull @ seen.curves), leaves)

    def __call__(self, seen: Seen) -> npt.NDArray[np.float64]:
        """Return corrected log-odds; shape (n,)."""
        along, below = seen.curves @ self.weights, self.leaves[seen.leaves].sum(axis=1)
        corrected: npt.NDArray[np.float64] = seen.log_odds + self.intercept + along + below
        return corrected

    def applied(self, trees: Grown, curves: Curves) -> Adapted:
        """Return the classifier that gives corrected log-odds."""
        return Adapted(trees.changed(self.intercept, self.leaves), curves, self.weights)


def corrections(
    seen: Sequence[Seen], truth: npt.NDArray[np.intp], trees: Sequence[Grown], prior: Prior = PRIOR
) -> tuple[Correction, Correction]:
    """Fit the corrections of a pair to labels.

    Parameters
    ----------
    seen : sequence of two Seen
        The labeled units, as the two classifiers see them.
    truth : ndarray of int, shape (n,)
        0 noise, 1 mua, 2 good.
    trees : sequence of two Trees or TreesByMissing
    prior : Prior
    """
    neural = np.flatnonzero(truth > 0)
    return (
        Correction.fit(seen[0], truth == 0, len(trees[0].value), prior),
        Correction.fit(seen[1].part(neural), truth[neural] == 2, len(trees[1].value), prior),
    )


@dataclass(frozen=True)
class Adapted:
    """Trees whose leaves were corrected, and a curve for each metric.

    Used like :class:`Trees`.
    """

    trees: Grown
    curves: Curves
    weights: npt.NDArray[np.float64]

    def __repr__(self) -> str:
        return f"Adapted({self.trees!r})"

    def margin(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the log-odds of the second class; rows of shape (n, n_features)."""
        return self.trees.margin(rows) + self.curves(rows) @ self.weights

    def probability(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the probability of the second class."""
        return logistic(self.margin(rows))

    def contributions(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return each metric's part of the log-odds; see :meth:`Trees.contributions`."""
        lines, parabolas = np.split(self.curves(rows) * self.weights, 2, axis=1)
        return self.trees.contributions(rows) + lines + parabolas

    @property
    def mean_margin(self) -> float:
        """Log-odds where contributions start."""
        return self.trees.mean_margin
