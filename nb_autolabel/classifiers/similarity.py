"""Similarity of units as a classifier sees them: how far the label of one unit informs about another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .by_missing import Grown


@dataclass(frozen=True)
class Prior:
    """Prior variances: how far labels may move the log-odds.

    Attributes
    ----------
    intercept : float
        Of what is added to all units.
    weight : float
        Of the weight of each metric's line and parabola.
    leaf : float
        Of what all leaves that a unit falls into add together.
    """

    intercept: float
    weight: float
    leaf: float


#: Half or twice of these adapts about as well (``benchmarks/adapting.py --prior``).
PRIOR = Prior(intercept=0.3, weight=0.03, leaf=2.0)


@dataclass(frozen=True)
class Curves:
    """A line and a parabola over each metric's rank in the training data.

    Attributes
    ----------
    sorted : tuple of ndarray
        Ascending training values of each metric.
    """

    sorted: tuple[npt.NDArray[np.float64], ...]

    @classmethod
    def of(cls, rows: npt.NDArray[np.float64]) -> Curves:
        """Remember the training rows; shape (n, n_features)."""
        return cls(tuple(np.sort(column[np.isfinite(column)]) for column in rows.T))

    def __call__(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return first all lines, then all parabolas; shape (n, 2 * n_features).

        Legendre polynomials: of a metric whose training values all differ, each has mean 0 and variance 1
        there. 0 where a metric is missing, or was in all of the training data.
        """
        rank = np.full(rows.shape, np.nan)
        for at, known in enumerate(self.sorted):
            place = np.searchsorted(known, rows[:, at], "left") + np.searchsorted(known, rows[:, at], "right")
            if len(known):
                rank[:, at] = place / len(known) - 1
        rank[np.isnan(rows)] = np.nan
        both = np.concatenate([np.sqrt(3) * rank, np.sqrt(5) * (1.5 * rank**2 - 0.5)], axis=1)
        shown: npt.NDArray[np.float64] = np.nan_to_num(both)
        return shown


@dataclass(frozen=True)
class Seen:
    """What a classifier sees of units: all that a correction depends on.

    Attributes
    ----------
    log_odds : ndarray, shape (n,)
    curves : ndarray, shape (n, 2 * n_features)
        See :class:`Curves`.
    leaves : ndarray of int, shape (n, n_trees)
        Node in which each unit ends, tree by tree.
    """

    log_odds: npt.NDArray[np.float64]
    curves: npt.NDArray[np.float64]
    leaves: npt.NDArray[np.intp]

    @classmethod
    def by(cls, trees: Grown, curves: Curves, rows: npt.NDArray[np.float64]) -> Seen:
        """Look at units; rows of shape (n, n_features), NaN where missing."""
        return cls(trees.margin(rows), curves(rows), trees.leaves(rows))

    def __len__(self) -> int:
        return len(self.log_odds)

    def part(self, places: npt.NDArray[np.intp]) -> Seen:
        """Return some of the units."""
        return Seen(self.log_odds[places], self.curves[places], self.leaves[places])

    def similarity(self, prior: Prior = PRIOR) -> npt.NDArray[np.float64]:
        """Return how alike units are: the prior covariance of the change of their log-odds; shape (n, n).

        Units are alike if their metrics have like ranks, and if they end in the same leaves.
        """
        used = np.zeros(self.leaves.max(initial=0) + 1, dtype=bool)
        used[self.leaves] = True
        there = np.zeros((len(self), used.sum()), dtype=np.float32)
        np.put_along_axis(there, (np.cumsum(used) - 1)[self.leaves], 1.0, axis=1)
        shared = (there @ there.T).astype(np.float64) / max(1, self.leaves.shape[1])
        along = self.curves @ self.curves.T
        alike: npt.NDArray[np.float64] = prior.intercept + prior.weight * along + prior.leaf * shared
        return alike
