"""Making the bundled classifiers fit a recording, with a few labels of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import LabelsError, listing
from ..metrics.table import MetricTable
from .correction import Adapted, Correction, Ranks
from .growing import SETTINGS, Growth, grow_trees, training_statistics
from .inputs import check_inputs
from .model import UnitClassifier
from .scoring import three
from .store import bundled
from .trees import Trees, logistic

#: How many times a unit's own label counts against one of the bundled training data.
OWN_WEIGHT = 5
_DATA = Path(__file__).parent / "bundled" / "training.npz"
_NAMES = {"noise": 0, "mua": 1, "good": 2, "sua": 2, "non_soma": 2, "non_soma_good": 2, "non_soma_mua": 1}


@dataclass(frozen=True)
class TrainingData:
    """Labeled units to train on.

    Attributes
    ----------
    rows : ndarray of float64, shape (n, n_features)
        NaN where missing.
    features : tuple of str
    truth : ndarray of int, shape (n,)
        0 noise, 1 mua, 2 good.
    recordings : ndarray of str, shape (n,)
    """

    rows: npt.NDArray[np.float64]
    features: tuple[str, ...]
    truth: npt.NDArray[np.intp]
    recordings: npt.NDArray[Any]

    def part(self, chosen: npt.NDArray[np.bool_]) -> TrainingData:
        """Return some of the units."""
        return TrainingData(self.rows[chosen], self.features, self.truth[chosen], self.recordings[chosen])


@dataclass(frozen=True)
class ClassifierPair:
    """Noise against neural, and single against multi unit, to be used one after the other.

    Give both to :func:`nb_autolabel.unitrefine_label_units` or :class:`nb_autolabel.UnitRefineLabeler`:
    ``UnitRefineLabeler(analyzer, pair.noise, pair.sua)``.

    Attributes
    ----------
    noise, sua : UnitClassifier
    """

    noise: UnitClassifier
    sua: UnitClassifier


@cache
def bundled_training_data() -> TrainingData:
    """Return the labeled units the bundled classifiers were trained on (UnitRefine, Jain et al., MIT licence)."""
    with np.load(_DATA, allow_pickle=False) as stored:
        return TrainingData(
            stored["rows"].astype(np.float64),
            tuple(stored["features"].tolist()),
            stored["truth"].astype(np.intp),
            stored["recordings"],
        )


def fit_pair(
    data: TrainingData,
    settings: Sequence[Growth] = SETTINGS,
    weights: npt.NDArray[np.int_] | None = None,
) -> tuple[Trees, Trees]:
    """Fit noise against neural on all units, single against multi unit on those that are not noise.

    Parameters
    ----------
    data : TrainingData
    settings : sequence of Growth
        The log-odds of one forest each are averaged.
    weights : ndarray of int, shape (n,), optional
        How many times each unit counts.

    Returns
    -------
    tuple of Trees
    """
    neural = data.truth > 0
    inner = None if weights is None else weights[neural]
    return (
        Trees.mean([grow_trees(data.rows, data.truth == 0, data.features, g, weights) for g in settings]),
        Trees.mean(
            [
                grow_trees(data.rows[neural], data.truth[neural] == 2, data.features, g, inner)
                for g in settings
            ]
        ),
    )


def adapt(
    metrics: Any,
    labels: Any,
    *,
    base: TrainingData | None = None,
    settings: Sequence[Growth] = SETTINGS,
    weight: int = OWN_WEIGHT,
) -> ClassifierPair:
    """Make the bundled pair fit a recording with labels of one's own.

    Half is trees grown again on the bundled units and the own ones, which count more; half is the
    bundled trees with a small linear correction of their log-odds. Fifty labels made it right on about
    two more of a hundred other units of the same recording, on average over seven recordings
    (``benchmarks/adapting.py``: 0.018); with one curator it gained five, with some nothing.

    Parameters
    ----------
    metrics : Analyzer, DataFrame or MetricTable
    labels : Series, DataFrame with a column ``label``, or dict
        Label by unit id; units without one are left out. "noise", "mua", and "good" or "sua"; the
        non-somatic ones of Bombcell count as what they are besides.
    base : TrainingData, optional
        Instead of the bundled units.
    settings : sequence of Growth
    weight : int, default: 5
        How many times an own label counts.

    Returns
    -------
    ClassifierPair

    Raises
    ------
    LabelsError
        If a label or unit is unknown, or nothing is labeled.
    MissingMetricError, NoMetricsError
    """
    base = base or bundled_training_data()
    table = MetricTable.of(metrics)
    like = replace(bundled("noise"), features=base.features)
    rows = check_inputs(table, like).rows
    places, truth = own_labels(table, labels)
    own = TrainingData(rows[places], base.features, truth, np.full(len(places), "own"))
    kept = None if base is not bundled_training_data() else (bundled("noise").trees, bundled("sua").trees)
    noise, sua, data = adapted(base, own, settings, weight, kept)
    return _pair(noise, sua, data, f"bundled, adapted by {len(places)} labels")


def adapted(
    base: TrainingData,
    own: TrainingData,
    settings: Sequence[Growth] = SETTINGS,
    weight: int = OWN_WEIGHT,
    trees: Any = None,
) -> tuple[Adapted, Adapted, TrainingData]:
    """Adapt a pair to a recording.

    Parameters
    ----------
    base, own : TrainingData
        Of other recordings; of this one.
    settings : sequence of Growth
    weight : int
        How many times an own label counts.
    trees : tuple of Trees, optional
        The pair fitted on `base`, if it is known.

    Returns
    -------
    noise, sua : Adapted
    data : TrainingData
        Both together.
    """
    old = trees or fit_pair(base, settings)
    data = TrainingData(
        np.concatenate([base.rows, own.rows]),
        base.features,
        np.concatenate([base.truth, own.truth]),
        np.concatenate([base.recordings, own.recordings]),
    )
    weights = np.concatenate([np.ones(len(base.truth), dtype=int), np.full(len(own.truth), weight)])
    again = fit_pair(data, settings, weights)
    ranks = Ranks.of(base.rows)
    corrections = corrections_of([t.margin(own.rows) for t in old], ranks(own.rows), own.truth)
    noise, sua = (Adapted(new, was, c, ranks) for new, was, c in zip(again, old, corrections, strict=True))
    return noise, sua, data


def corrections_of(
    margins: Sequence[npt.NDArray[np.float64]], ranks: npt.NDArray[np.float64], truth: npt.NDArray[np.intp]
) -> tuple[Correction, Correction]:
    """Fit the corrections of a pair to labels; quick enough to be done after each one.

    Parameters
    ----------
    margins : sequence of two ndarrays, shape (n,)
        Log-odds of the pair for the labeled units.
    ranks : ndarray, shape (n, n_features)
    truth : ndarray of int, shape (n,)
    """
    neural = truth > 0
    return (
        Correction.fit(margins[0], ranks, truth == 0),
        Correction.fit(margins[1][neural], ranks[neural], truth[neural] == 2),
    )


class Guess:
    """What a pair says of the units of one recording, corrected by their labels so far.

    Parameters
    ----------
    trees : sequence of two Trees
    ranks : Ranks
    rows : ndarray, shape (n_units, n_features)
    """

    def __init__(self, trees: Sequence[Any], ranks: Ranks, rows: npt.NDArray[np.float64]) -> None:
        self._margins = [t.margin(rows) for t in trees]
        self._ranks = ranks(rows)

    def chances(self, places: npt.NDArray[np.intp], truth: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        """Return the probabilities of noise, mua and good for every unit, given some labels; shape (n_units, 3).

        Parameters
        ----------
        places : ndarray of int, shape (n,)
            Positions of the labeled units.
        truth : ndarray of int, shape (n,)
        """
        fixed = corrections_of([m[places] for m in self._margins], self._ranks[places], truth)
        return three(*(logistic(c(m, self._ranks)) for c, m in zip(fixed, self._margins, strict=True)))


def next_to_label(probabilities: npt.NDArray[np.float64], done: npt.NDArray[np.bool_], seed: int = 0) -> int:
    """Return the position of a unit whose label would tell much, drawn by how much; -1 if all are done.

    Always the least sure would be the units on which curators differ. So units are drawn with weights
    that grow with the square of their doubt.

    Parameters
    ----------
    probabilities : ndarray, shape (n_units, 3)
        Of noise, mua and good, as they are known now.
    done : ndarray of bool, shape (n_units,)
    seed : int

    References
    ----------
    Efraimidis & Spirakis (2006), Weighted random sampling with a reservoir.
    """
    if done.all():
        return -1
    weight = np.maximum(informativeness(probabilities), 1e-3) ** 2
    # The logarithm of u ** (1 / weight), which small weights would round to zero.
    key = np.log(np.random.default_rng(seed).random(len(done))) / weight
    return int(np.argmax(np.where(done, -np.inf, key)))


def _pair(noise: Adapted, sua: Adapted, data: TrainingData, source: str) -> ClassifierPair:
    everyone = np.ones(len(data.truth), dtype=bool)
    made = []
    for which, trees, chosen in (("noise", noise, everyone), ("sua", sua, data.truth > 0)):
        old = bundled(which)
        info = {
            "statistics": training_statistics(data.rows[chosen], data.features),
            "groups": old.info["groups"],
        }
        made.append(replace(old, source=source, features=data.features, trees=trees, info=info))
    return ClassifierPair(*made)


def own_labels(table: MetricTable, labels: Any) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the positions of the labeled units and their classes (0 noise, 1 mua, 2 good).

    Raises
    ------
    LabelsError
        If a unit or label is unknown, or nothing is labeled.
    """
    import pandas as pd

    if isinstance(labels, pd.DataFrame):
        labels = labels["label"]
    items = dict(labels.items()) if hasattr(labels, "items") else None
    if items is None:
        raise LabelsError("labels are a Series or a dictionary by unit id, or a frame with a column 'label'.")
    places, truth = [], []
    position = {unit: at for at, unit in enumerate(table.unit_ids.tolist())}
    for unit, label in items.items():
        if label is None or label == "" or (isinstance(label, float) and np.isnan(label)):
            continue
        if unit not in position:
            raise LabelsError(
                f"there is no unit {unit!r}. There are {len(position)}: {listing(position, 12)}."
            )
        if label not in _NAMES:
            raise LabelsError(f"unit {unit!r} has the label {label!r}. Known are: {listing(_NAMES)}.")
        places.append(position[unit])
        truth.append(_NAMES[label])
    if not places:
        raise LabelsError("no unit has a label yet.")
    return np.array(places, dtype=np.intp), np.array(truth, dtype=np.intp)


def informativeness(probabilities: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return how much a label of each unit would tell: the entropy of its three probabilities, in bits.

    Parameters
    ----------
    probabilities : ndarray, shape (n_units, 3)

    Returns
    -------
    ndarray, shape (n_units,)

    References
    ----------
    Settles (2009), Active learning literature survey: uncertainty sampling.
    """
    p = np.clip(probabilities, 1e-12, 1.0)
    entropy: npt.NDArray[np.float64] = -(p * np.log2(p)).sum(axis=1)
    return entropy
