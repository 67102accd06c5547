"""A small linear correction of a classifier's log-odds, learnt from a few labels of one recording."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .trees import Trees, logistic

#: Strength of the prior on each part: few labels move the intercept first, single metrics last.
PRIOR_INTERCEPT, PRIOR_SLOPE, PRIOR_METRIC = 0.5, 5.0, 8.0


@dataclass(frozen=True)
class Ranks:
    """Where values stand in the training data, metric by metric.

    Attributes
    ----------
    sorted : tuple of ndarray
        Ascending training values of each metric.
    """

    sorted: tuple[npt.NDArray[np.float64], ...]

    @classmethod
    def of(cls, rows: npt.NDArray[np.float64]) -> Ranks:
        """Remember the training rows; shape (n, n_features)."""
        return cls(tuple(np.sort(column[np.isfinite(column)]) for column in rows.T))

    def __call__(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return ranks from -1.73 to 1.73 (unit variance in the training data), 0 where missing."""
        out = np.zeros(rows.shape)
        for at, known in enumerate(self.sorted):
            values = rows[:, at]
            place = (np.searchsorted(known, values, "left") + np.searchsorted(known, values, "right")) / 2
            rank = place / max(1, len(known)) - 0.5
            out[:, at] = np.where(np.isnan(values), 0.0, rank * np.sqrt(12.0))
        return out


@dataclass(frozen=True)
class Correction:
    """``slope * log-odds + intercept + ranks @ weights``.

    Attributes
    ----------
    slope, intercept : float
    weights : ndarray, shape (n_features,)
    """

    slope: float
    intercept: float
    weights: npt.NDArray[np.float64]

    @classmethod
    def fit(
        cls,
        margin: npt.NDArray[np.float64],
        ranks: npt.NDArray[np.float64],
        target: npt.NDArray[np.bool_],
    ) -> Correction:
        """Fit by penalized maximum likelihood; without labels it changes nothing.

        Parameters
        ----------
        margin : ndarray, shape (n,)
            Log-odds of the classifier for the labeled units.
        ranks : ndarray, shape (n, n_features)
        target : ndarray of bool, shape (n,)
        """
        from scipy.optimize import minimize

        width = ranks.shape[1]
        if len(margin) == 0:
            return cls(1.0, 0.0, np.zeros(width))

        def loss(p: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
            slope, intercept, weights = np.exp(p[0]), p[1], p[2:]
            u = slope * margin + intercept + ranks @ weights
            wrong = logistic(u) - target
            value = float(np.logaddexp(0, u).sum() - (u * target).sum())
            value += 0.5 * (
                PRIOR_SLOPE * p[0] ** 2 + PRIOR_INTERCEPT * intercept**2 + PRIOR_METRIC * (weights @ weights)
            )
            slopes = np.concatenate(
                [
                    [
                        (wrong * margin).sum() * slope + PRIOR_SLOPE * p[0],
                        wrong.sum() + PRIOR_INTERCEPT * intercept,
                    ],
                    ranks.T @ wrong + PRIOR_METRIC * weights,
                ]
            )
            return value, slopes

        found = minimize(loss, np.zeros(2 + width), jac=True, method="L-BFGS-B").x
        return cls(float(np.exp(found[0])), float(found[1]), found[2:])

    def __call__(
        self, margin: npt.NDArray[np.float64], ranks: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Return corrected log-odds."""
        return self.slope * margin + self.intercept + ranks @ self.weights


@dataclass(frozen=True)
class Adapted:
    """Two ways to adapt to a recording, averaged: trees grown again, and the old ones corrected.

    Used like :class:`Trees`.
    """

    again: Trees
    base: Trees
    correction: Correction
    ranks: Ranks

    def margin(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the log-odds of the second class; rows of shape (n, n_features)."""
        corrected = self.correction(self.base.margin(rows), self.ranks(rows))
        return (self.again.margin(rows) + corrected) / 2

    def probability(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the probability of the second class."""
        return logistic(self.margin(rows))

    def contributions(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return each metric's part of the log-odds; see :meth:`Trees.contributions`."""
        corrected = self.correction.slope * self.base.contributions(rows)
        corrected += self.ranks(rows) * self.correction.weights
        return (self.again.contributions(rows) + corrected) / 2

    @property
    def mean_margin(self) -> float:
        """Log-odds where contributions start."""
        corrected = self.correction.slope * self.base.mean_margin + self.correction.intercept
        return (self.again.mean_margin + corrected) / 2
