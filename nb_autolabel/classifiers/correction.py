"""A small linear correction of a classifier's log-odds, learnt from a few labels of one recording."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .trees import Trees, logistic

#: Strengths of the prior on the logarithm of the slope, the intercept and the weight of each metric.
PRIORS = tuple(
    (5.0, intercept, metric) for intercept in (0.5, 5.0) for metric in (5.0, 10.0, 20.0, 40.0, 100.0, 400.0)
)


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
        """Fit to labels, averaged over strengths of the prior by their evidence; no label changes nothing.

        A recording whose labels agree with the classifier supports the strong priors, so its units are
        left alone; one whose curators decide otherwise supports the weak ones.

        Parameters
        ----------
        margin : ndarray, shape (n,)
            Log-odds of the classifier for the labeled units.
        ranks : ndarray, shape (n, n_features)
        target : ndarray of bool, shape (n,)

        References
        ----------
        MacKay (1992), The evidence framework applied to classification networks. Neural Computation 4.
        """
        if len(margin) == 0:
            return cls(1.0, 0.0, np.zeros(ranks.shape[1]))
        fits = [_fit(margin, ranks, target, strength) for strength in PRIORS]
        evidence = np.array([found[1] for found in fits])
        shares = np.exp(evidence - evidence.max())
        mean = np.average([found[0] for found in fits], axis=0, weights=shares)
        return cls(float(np.exp(mean[0])), float(mean[1]), mean[2:])

    def __call__(
        self, margin: npt.NDArray[np.float64], ranks: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Return corrected log-odds."""
        return self.slope * margin + self.intercept + ranks @ self.weights


def _fit(
    margin: npt.NDArray[np.float64],
    ranks: npt.NDArray[np.float64],
    target: npt.NDArray[np.bool_],
    strength: tuple[float, float, float],
) -> tuple[npt.NDArray[np.float64], float]:
    """Return the most probable (log slope, intercept, weights) and Laplace's logarithm of the evidence."""
    from scipy.optimize import minimize

    prior = np.concatenate([strength[:2], np.full(ranks.shape[1], strength[2])])
    design = np.column_stack([margin, np.ones(len(margin)), ranks])

    def loss(p: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        scaled = np.concatenate([[np.exp(p[0])], p[1:]])
        u = design @ scaled
        slopes = design.T @ (logistic(u) - target)
        slopes[0] *= scaled[0]
        value = float(np.logaddexp(0, u).sum() - (u * target).sum() + 0.5 * (prior * p * p).sum())
        return value, slopes + prior * p

    found = minimize(loss, np.zeros(len(prior)), jac=True, method="L-BFGS-B")
    scaled = np.concatenate([[np.exp(found.x[0])], found.x[1:]])
    chance = logistic(design @ scaled)
    design[:, 0] *= scaled[0]
    curved = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(prior)
    evidence = -found.fun + 0.5 * (np.log(prior).sum() - np.linalg.slogdet(curved)[1])
    return found.x, float(evidence)


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
