"""Units unlike anything that the bundled classifiers learnt from."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from .adaptation import TrainingData, bundled_training_data
from .boosting import GROUPS
from .expected_error import stored
from .similarity import Curves

#: Metrics that say what a waveform looks like. Those of sizes and rates differ between recordings anyway.
SHAPE = GROUPS["template metrics"]
#: The neighbour whose distance counts, and the share of the training units that lie further from other recordings' units.
NEIGHBOUR, LEVEL = 5, 0.01
#: With fewer of the metrics nothing is said.
FEWEST = 6
#: Why such a unit is left undecided.
REASON = "its waveform is unlike those of all neural units that the classifier learnt from"


class Familiar:
    """Knows the neural units of a training set, by the ranks of their waveform metrics.

    Parameters
    ----------
    data : TrainingData
    limit : float, optional
        Distance above which a unit is unlike all of them; not given, it is measured: a share :data:`LEVEL` of the units
        lies further from the :data:`NEIGHBOUR`-th nearest unit of the other recordings.
    """

    def __init__(self, data: TrainingData, limit: float | None = None) -> None:
        self.columns = [data.features.index(name) for name in SHAPE if name in data.features]
        neural = data.part(data.truth > 0)
        rows = neural.rows[:, self.columns]
        self._curves = Curves.of(rows)
        self._ranks = self._ranked(rows)
        self.limit = self._measured(neural.recordings) if limit is None else limit

    def _ranked(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        lines: npt.NDArray[np.float64] = self._curves(rows)[:, : rows.shape[1]] / np.sqrt(3)
        lines[np.isnan(rows)] = np.nan
        return lines

    def _measured(self, recordings: npt.NDArray[np.str_]) -> float:
        apart = _distances(self._ranks, self._ranks)
        apart[recordings[:, None] == recordings[None]] = np.inf
        return float(np.quantile(_nearest(apart), 1 - LEVEL))

    def distances(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return how far units are from the :data:`NEIGHBOUR`-th nearest neural training unit; shape (n,).

        Root mean square difference of the ranks (from -1 to 1) of the metrics that both have; NaN for a unit with fewer
        than :data:`FEWEST` of them.

        Parameters
        ----------
        rows : ndarray, shape (n, n_features)
            All features of the training data, NaN where missing.
        """
        ranks = self._ranked(rows[:, self.columns])
        found = np.full(len(ranks), np.nan)
        told = np.flatnonzero(np.isfinite(ranks).sum(axis=1) >= FEWEST)
        for part in np.array_split(told, max(1, len(told) // 2000 + 1)):
            if len(part):
                found[part] = _nearest(_distances(ranks[part], self._ranks))
        return found

    def unfamiliar(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Tell which units are further than the limit; shape (n,)."""
        with np.errstate(invalid="ignore"):
            return self.distances(rows) > self.limit


@cache
def bundled_familiar() -> Familiar:
    """Return what is familiar to the bundled pair."""
    return Familiar(bundled_training_data(), stored()["unfamiliar"]["limit"])


def _distances(some: npt.NDArray[np.float64], others: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Root mean square difference over the metrics that both have, shape (n, m); infinite where they share too few."""
    here, there = np.isfinite(some).astype(float), np.isfinite(others).astype(float)
    a, b = np.nan_to_num(some), np.nan_to_num(others)
    squares = (a**2) @ there.T - 2 * a @ b.T + here @ (b**2).T
    shared = here @ there.T
    found: npt.NDArray[np.float64] = np.sqrt(np.maximum(squares, 0) / np.maximum(shared, 1))
    found[shared < FEWEST] = np.inf
    return found


def _nearest(distances: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    at = min(NEIGHBOUR, distances.shape[1]) - 1
    found: npt.NDArray[np.float64] = np.partition(distances, at, axis=1)[:, at]
    return found
