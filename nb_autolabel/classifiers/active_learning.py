"""Which unit to label next, so that the labels help most with all the others."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from .by_missing import Grown
from .correction import Correction, corrections
from .laplace import remaining
from .log_odds import logistic
from .scoring import three
from .similarity import PRIOR, Curves, Prior, Seen

#: Most unlabeled units that are candidates for the next label; of more, a random sample is taken ...
POOL = 600
#: ... and most labeled units that are used.
KNOWN = 300
#: Units whose log-odds are within about the square root of this count as uncertain between two labels.
NEAR = 1.0


class Guess:
    """What a pair says of the units of one recording, corrected by their labels so far.

    Parameters
    ----------
    trees : sequence of two Trees or TreesByMissing
        Noise against neural; single against multi unit.
    curves : Curves
    rows : ndarray, shape (n_units, n_features)
    prior : Prior
    """

    def __init__(
        self,
        trees: Sequence[Grown],
        curves: Curves,
        rows: npt.NDArray[np.float64],
        prior: Prior = PRIOR,
    ) -> None:
        self._trees = trees
        self._prior = prior
        self._seen = [Seen.by(each, curves, rows) for each in trees]
        everyone = np.arange(len(rows))
        self._similarity = [s.similarity(prior) if len(rows) <= POOL else None for s in self._seen]
        self.learn(everyone[:0], everyone[:0])

    def learn(self, places: npt.NDArray[np.intp], truth: npt.NDArray[np.intp]) -> None:
        """Take the labels that are there now, instead of those from before.

        Parameters
        ----------
        places : ndarray of int, shape (n,)
            Positions of the labeled units.
        truth : ndarray of int, shape (n,)
            0 noise, 1 mua, 2 good; -1 for a label that says nothing of these.
        """
        self._done = places
        self._places, self._truth = places[truth >= 0], truth[truth >= 0]

    def corrections(self) -> tuple[Correction, Correction]:
        """Return what the labels change, as :func:`nb_autolabel.adapt` does."""
        return corrections([s.part(self._places) for s in self._seen], self._truth, self._trees, self._prior)

    def chances(self) -> npt.NDArray[np.float64]:
        """Return the probabilities of noise, mua and good for every unit; shape (n_units, 3)."""
        fixed = self.corrections()
        return three(*(logistic(c(s)) for c, s in zip(fixed, self._seen, strict=True)))

    def next(self, later: Collection[int] = ()) -> int:
        """Return the position of the unit whose label would make the others' labels surest; -1 if all are labeled.

        For every candidate: by how much its label would shrink the variance of the log-odds of all units,
        where those near the border between two labels count most. Always the least sure would be the units on
        which curators differ, and the far ends of the metrics.

        Parameters
        ----------
        later : collection of int
            Positions of units that are asked for after all others.

        References
        ----------
        MacKay (1992), Information-based objective functions for active data selection. Neural Computation 4.
        Bickford Smith et al. (2023), Prediction-oriented Bayesian active learning. AISTATS.
        """
        ranked = self.ranked(later)
        return int(ranked[0]) if len(ranked) else -1

    def ranked(self, later: Collection[int] = ()) -> npt.NDArray[np.intp]:
        """Return the positions of all unlabeled units, that of :meth:`next` first.

        The others follow by what their label alone would tell, given the labels that are there now. Those that are no
        candidates (see :data:`POOL`) come last, in random order.
        """
        others = np.setdiff1d(np.arange(len(self._seen[0])), self._done)
        if len(others) == 0:
            return others
        places, truth = self._places, self._truth
        rest = others[:0]
        if len(self._seen[0]) > POOL:
            random = np.random.default_rng(len(self._done))
            drawn = random.permutation(others)
            first = ~np.isin(drawn, list(later))
            drawn = np.concatenate([drawn[first], drawn[~first]])
            others, rest = np.sort(drawn[:POOL]), drawn[POOL:]
            kept = random.permutation(len(places))[:KNOWN]
            places, truth = places[kept], truth[kept]
        gain = self._gain(places, truth, others)
        gain -= (gain.max() + 1) * np.isin(others, list(later))
        return np.concatenate([others[np.argsort(-gain, kind="stable")], rest])

    def _gain(
        self, places: npt.NDArray[np.intp], truth: npt.NDArray[np.intp], others: npt.NDArray[np.intp]
    ) -> npt.NDArray[np.float64]:
        """Return what a label of each of the others would tell; shape (len(others),)."""
        here = np.concatenate([places, others])
        labeled, neural = np.arange(len(places)), np.flatnonzero(truth > 0)
        noise, unsure = self._after(0, here, labeled, truth == 0)
        sua, unsure_sua = self._after(1, here, neural, truth[neural] == 2)
        chance = logistic(noise / np.sqrt(1 + np.pi / 8 * np.diag(unsure)))
        counts = (np.arange(len(here)) >= len(places)).astype(np.float64)
        gain = shrinkage(noise, unsure, counts)
        gain += (1 - chance) * shrinkage(sua, unsure_sua, (1 - chance) * counts)
        return gain[len(places) :]

    def _after(
        self,
        which: int,
        here: npt.NDArray[np.intp],
        labeled: npt.NDArray[np.intp],
        target: npt.NDArray[np.bool_],
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        seen, known = self._seen[which], self._similarity[which]
        similarity = seen.part(here).similarity(self._prior) if known is None else known[np.ix_(here, here)]
        return remaining(similarity, seen.log_odds[here], labeled, target)


def shrinkage(
    log_odds: npt.NDArray[np.float64],
    covariance: npt.NDArray[np.float64],
    counts: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Return by how much a label of each unit would shrink the variance of all log-odds.

    Parameters
    ----------
    log_odds : ndarray, shape (n,)
    covariance : ndarray, shape (n, n)
    counts : ndarray, shape (n,)
        How much each unit matters, besides how near it is to the border.

    Returns
    -------
    ndarray, shape (n,)
    """
    variance = np.diag(covariance)
    chance = logistic(log_odds)
    blurred = variance + 1 / np.maximum(chance * (1 - chance), 1e-3)
    width = variance + NEAR
    near = np.exp(-0.5 * log_odds**2 / width) / np.sqrt(width) * counts
    gain: npt.NDArray[np.float64] = (covariance**2 @ near) / blurred
    return gain
