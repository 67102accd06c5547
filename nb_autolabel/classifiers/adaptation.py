"""Adapt the bundled classifiers to a recording with a few labels of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt

from ..errors import LabelsError, ModelError, listing
from ..labels import CLASS_NAMES, CLASSES, PAIR_CLASSES
from ..labels_by_unit import given_labels, matched_labels
from ..metrics.table import MetricTable
from ..unit_ids import as_list
from .boosting import (
    GROUPS,
    GROWN_WITHOUT,
    NOISE_SIGNS,
    SETTINGS,
    SUA_SIGNS,
    Growth,
    columns_of,
    grow_trees,
    training_statistics,
)
from .by_missing import Grown, TreesByMissing, Without, renumbered
from .correction import Adapted, corrections
from .inputs import check_inputs
from .model import Adaptation, UnitClassifier, as_single
from .similarity import PRIOR, Curves, Prior, Seen
from .store import bundled
from .trees import Trees

_DATA = Path(__file__).parent / "bundled" / "training.npz"


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

    def __repr__(self) -> str:
        recordings = len(set(self.recordings.tolist()))
        return (
            f"TrainingData({len(self.truth)} units of {recordings} recordings, {len(self.features)} metrics)"
        )

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


def fit_pair(data: TrainingData, settings: Sequence[Growth] = SETTINGS) -> tuple[Trees, Trees]:
    """Fit noise against neural on all units, single against multi unit on those that are not noise.

    Parameters
    ----------
    data : TrainingData
    settings : sequence of Growth
        The log-odds of one forest each are averaged. Constraints are :data:`NOISE_SIGNS` and
        :data:`SUA_SIGNS`.

    Returns
    -------
    tuple of Trees
    """
    neural = data.part(data.truth > 0)
    return (
        Trees.mean([grow_trees(data.rows, data.truth == 0, data.features, g, NOISE_SIGNS) for g in settings]),
        Trees.mean(
            [grow_trees(neural.rows, neural.truth == 2, data.features, g, SUA_SIGNS) for g in settings]
        ),
    )


def fit_pair_by_missing(
    data: TrainingData, settings: Sequence[Growth] = SETTINGS
) -> tuple[TreesByMissing, TreesByMissing]:
    """Fit the pair, and a pair for units that lack each group of metrics in :data:`GROWN_WITHOUT`.

    Parameters
    ----------
    data : TrainingData
        With all metrics of these groups.
    settings : sequence of Growth
        See :func:`fit_pair`.

    Returns
    -------
    tuple of TreesByMissing
    """
    whole, others = fit_pair(data, settings), {}
    for group in GROWN_WITHOUT:
        features = tuple(name for name in data.features if name not in GROUPS[group])
        left = columns_of(features, data.features)
        part = replace(data, rows=data.rows[:, left], features=features)
        others[group] = [renumbered(trees, left) for trees in fit_pair(part, settings)]
    noise, sua = (
        TreesByMissing(
            trees,
            tuple(
                Without.of(columns_of(GROUPS[group], data.features), pair[at])
                for group, pair in others.items()
            ),
        )
        for at, trees in enumerate(whole)
    )
    return noise, sua


def adapt(
    metrics: Any,
    labels: Any,
    *,
    base: TrainingData | None = None,
    settings: Sequence[Growth] | None = None,
) -> ClassifierPair:
    """Make the bundled pair fit a recording with labels of one's own.

    Its trees keep their questions; what their leaves answer, and a curve over each metric, are corrected as
    far as the labels ask for it. Fifty labels of the units a :class:`LabelingSession` asks for made it right
    on 2.2 more of a hundred units that were never asked for, on average over seven recordings
    (``benchmarks/adapting.py``); five gained two to six, two lost two. Fifty units drawn at random gained 1.3.

    Parameters
    ----------
    metrics : Analyzer, DataFrame or MetricTable
    labels : Series, DataFrame with a column ``label``, or dict
        Label by unit id; units without one are left out. "noise", "mua", and "good" or "sua"; the
        non-somatic ones of Bombcell count as what they are besides. Of more than 1,000, so many are drawn:
        that many are worth a classifier of their own (:func:`nb_autolabel.train_unit_classifier`).
    base : TrainingData, optional
        Instead of the bundled units.
    settings : sequence of Growth, optional
        How trees are grown on `base`; as the bundled ones, if not given.

    Returns
    -------
    ClassifierPair

    Raises
    ------
    LabelsError
        If a label or unit is unknown, or nothing is labeled.
    ModelError
        If there are settings and no base.
    MissingMetricError, NoMetricsError
    """
    if settings and base is None:
        raise ModelError(
            "settings are for trees that are grown on `base`; the bundled ones are grown already. "
            "Give base=..., or leave settings out."
        )
    own_base = base is not None
    pair: Sequence[Grown] = fit_pair(base, settings or SETTINGS) if base else bundled_pair()
    # What missing metrics cost was measured for the bundled pair only.
    costs = (
        {} if base else {key: bundled("noise").info[key] for key in ("groups", "singles", "grown without")}
    )
    base = base or bundled_training_data()
    table = MetricTable.of(metrics)
    like = replace(
        bundled("noise"),
        features=base.features,
        info={"statistics": bundled("noise").statistics, **costs},
    )
    rows = as_single(check_inputs(table, like).rows)
    places, truth = own_labels(table, labels)
    own = TrainingData(rows[places], base.features, truth, np.full(len(places), "own"))
    noise, sua = adapted(pair, Curves.of(base.rows), own)
    used = {as_list(table.unit_ids)[at]: CLASS_NAMES[kind] for at, kind in zip(places, truth, strict=True)}
    return _pair(noise, sua, base, own, costs, Adaptation(table, used, own_base))


def bundled_pair() -> tuple[Grown, Grown]:
    """Return the trees of the bundled classifiers: noise against neural, single against multi unit."""
    noise, sua = (cast("Grown", bundled(which).trees) for which in PAIR_CLASSES)
    return noise, sua


def adapted(
    pair: Sequence[Grown], curves: Curves, own: TrainingData, prior: Prior = PRIOR
) -> tuple[Adapted, Adapted]:
    """Adapt a pair to a recording.

    Parameters
    ----------
    pair : sequence of two Trees or TreesByMissing
        Noise against neural; single against multi unit.
    curves : Curves
        Of the data that the pair was trained on.
    own : TrainingData
        Labeled units of the recording.
    prior : Prior
        How far it may move.

    Returns
    -------
    noise, sua : Adapted
    """
    seen = [Seen.by(trees, curves, own.rows) for trees in pair]
    noise, sua = (
        correction.applied(trees, curves)
        for correction, trees in zip(corrections(seen, own.truth, pair, prior), pair, strict=True)
    )
    return noise, sua


def _pair(
    noise: Adapted,
    sua: Adapted,
    base: TrainingData,
    own: TrainingData,
    costs: dict[str, Any],
    adaptation: Adaptation,
) -> ClassifierPair:
    rows, truth = np.concatenate([base.rows, own.rows]), np.concatenate([base.truth, own.truth])
    made = []
    for which, trees, chosen in zip(PAIR_CLASSES, (noise, sua), (truth >= 0, truth > 0), strict=True):
        old = bundled(which)
        info = {"statistics": training_statistics(rows[chosen], base.features), **costs}
        if costs:
            info |= {key: old.info[key] for key in ("units", "data")}
        source = f"{'bundled' if costs else 'own trees'}, adapted by {len(own.truth)} labels"
        made.append(
            replace(
                old,
                source=source,
                features=base.features,
                trees=trees,
                info=info,
                origin="bundled" if costs else "own trees",
                address="",
                adaptation=adaptation,
                adapted_part=which,
            )
        )
    return ClassifierPair(*made)


def own_labels(
    table: MetricTable, labels: Any, others: Literal["raise", "mark"] = "raise"
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the positions of the labeled units and their classes (0 noise, 1 mua, 2 good).

    Parameters
    ----------
    table : MetricTable
    labels : Series, DataFrame with a column ``label``, or dict
        In any spelling; units without a label are left out.
    others : {"raise", "mark"}, default: "raise"
        What to do with labels that are none of these classes; marked ones have class -1.

    Raises
    ------
    LabelsError
        If a unit or label is unknown, a unit is named twice, or nothing is labeled.
    """
    if given_labels(labels)[0] is None:
        raise LabelsError("labels are a Series or a dictionary by unit id, or a frame with a column 'label'.")
    places, truth = [], []
    for at, label in matched_labels(labels, table.unit_ids, "these metrics").items():
        if label is None:
            continue
        if label not in CLASSES and others == "raise":
            unit = table.unit_ids[at]
            raise LabelsError(f"unit {unit!r} has the label {label!r}. Known are: {listing(CLASSES)}.")
        places.append(at)
        truth.append(CLASSES.get(label, -1))
    if not places:
        raise LabelsError("no unit has a label yet.")
    return np.array(places, dtype=np.intp), np.array(truth, dtype=np.intp)
