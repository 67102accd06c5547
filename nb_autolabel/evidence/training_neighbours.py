"""Units that curators have judged and that resemble a unit: those of the bundled training data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..classifiers.adaptation import bundled_training_data
from ..classifiers.inputs import check_inputs
from ..classifiers.store import bundled
from ..errors import MissingMetricError
from ..labels import CLASS_NAMES

#: Metrics that both must have at least.
FEWEST = 5
#: Nearest units that are named.
NEAREST = 10


@dataclass(frozen=True, eq=False)
class TrainingNeighbours:
    """The curated units nearest to one unit.

    Attributes
    ----------
    labels : list of str
        What curators said of them, nearest first.
    recordings : list of str
    distances : list of float
        Root of the mean squared difference of ranks (0 to 1) over the metrics that both have.
    usual : float
        Share of the curated units that are at least as far from their own nearest curated unit of another recording; small
        where a unit resembles none.
    metrics : int
        Metrics that were compared.
    """

    labels: list[str]
    recordings: list[str]
    distances: list[float]
    usual: float
    metrics: int


@dataclass(frozen=True, eq=False)
class _Curated:
    ranks: npt.NDArray[np.float32]
    truth: npt.NDArray[np.intp]
    recordings: npt.NDArray[Any]
    sorted: tuple[npt.NDArray[np.float64], ...]
    nearest: npt.NDArray[np.float32]

    def ranked(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        found = np.full(rows.shape, np.nan, np.float32)
        for at, known in enumerate(self.sorted):
            if len(known):
                place = np.searchsorted(known, rows[:, at], "left") + np.searchsorted(
                    known, rows[:, at], "right"
                )
                found[:, at] = place / (2 * len(known))
        found[np.isnan(rows)] = np.nan
        return found


def _distances(
    one: npt.NDArray[np.float32], others: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.intp]]:
    """Return distances and numbers of compared metrics; infinite where too few are known of both."""
    apart = (others - one) ** 2
    known = np.isfinite(apart)
    counts = known.sum(axis=1)
    sums = np.where(known, apart, 0).sum(axis=1)
    enough = counts >= FEWEST
    found = np.full(len(others), np.inf, np.float32)
    found[enough] = np.sqrt(sums[enough] / counts[enough])
    return found, counts


@cache
def _curated() -> _Curated:
    data = bundled_training_data()
    columns = tuple(np.sort(column[np.isfinite(column)]) for column in data.rows.T)
    unranked = _Curated(
        np.zeros((0, 0), np.float32), data.truth, data.recordings, columns, np.zeros(0, np.float32)
    )
    ranks = unranked.ranked(data.rows)
    # How far curated units are from the nearest of another recording, at some of them: what is usual.
    some = np.linspace(0, len(ranks) - 1, 300).astype(np.intp)
    nearest = []
    for at in some.tolist():
        found, _ = _distances(ranks[at], ranks)
        found[data.recordings == data.recordings[at]] = np.inf
        nearest.append(found.min())
    return _Curated(ranks, data.truth, data.recordings, columns, np.sort(np.array(nearest, np.float32)))


def inputs_of(analyzer: Any) -> npt.NDArray[np.float64]:
    """Return the metrics of an analyzer's units as the bundled classifiers take them, shape (n_units, n_features).

    Raises
    ------
    MissingMetricError, NoMetricsError
    """
    return check_inputs(analyzer, bundled("noise")).rows


def training_neighbours(row: npt.NDArray[np.float64], nearest: int = NEAREST) -> TrainingNeighbours:
    """Find the curated units whose metrics resemble those of a unit most.

    Parameters
    ----------
    row : ndarray, shape (n_features,)
        Of :func:`inputs_of`; NaN where missing.
    nearest : int
        How many.

    Raises
    ------
    MissingMetricError
        If fewer than five metrics can be compared.
    """
    known = _curated()
    distances, counts = _distances(known.ranked(row[np.newaxis])[0], known.ranks)
    order = np.argsort(distances, kind="stable")[:nearest]
    order = order[np.isfinite(distances[order])]
    if not len(order):
        raise MissingMetricError(f"fewer than {FEWEST} of the metrics that curated units have are known.")
    first = distances[order[0]]
    usual = 1 - np.searchsorted(known.nearest, first, "left") / len(known.nearest)
    return TrainingNeighbours(
        [CLASS_NAMES[known.truth[at]] for at in order.tolist()],
        [str(known.recordings[at]) for at in order.tolist()],
        [float(distances[at]) for at in order.tolist()],
        float(usual),
        int(np.median(counts[order])),
    )
