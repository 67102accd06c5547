"""Learning from labels by hand of some recordings for all, scored on recordings that were left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ..classifiers.adaptation import adapt, own_labels
from ..classifiers.fitting import fit_thresholds
from ..classifiers.scoring import macro_f1
from ..classifiers.unitrefine import unitrefine_label_units
from ..errors import LabelsError, RuleError
from ..labels import CLASS_NAMES, CLASSES
from ..metrics.table import MetricTable
from ..rules.methods import bombcell_rules

if TYPE_CHECKING:
    import pandas as pd

    from .cohort import Cohort

How = Literal["adapt", "fit_thresholds"]


def left_out_scores(cohort: Cohort, labels: Any, how: How) -> pd.DataFrame:
    """Return what learning gains in each labeled recording when its own labels are left out; see :meth:`Cohort.left_out`."""
    import pandas as pd

    if how not in ("adapt", "fit_thresholds"):
        raise RuleError(f"how={how!r} is not known. Use 'adapt' or 'fit_thresholds'.")
    table = MetricTable.of(cohort.analyzer)
    places, truth = own_labels(table, labels)
    of = cohort.recording_of[places]
    recordings = np.unique(of)
    if len(recordings) < 2:
        raise LabelsError(
            f"labels are of {len(recordings)} recordings; at least two are needed to leave one out. Label units of another."
        )
    learn: Callable[[Any], npt.NDArray[np.intp]]
    learn = _adapted(table) if how == "adapt" else _fitted(table)
    before = learn(None)[places]
    ids = table.unit_ids[places]
    names = np.array(CLASS_NAMES, dtype=object)[truth]
    after = np.full(len(places), -1, dtype=np.intp)
    for out in recordings:
        others = of != out
        known = pd.Series(names[others], index=ids[others], dtype=object)
        after[~others] = learn(known)[places[~others]]
    rows = {}
    for name, here in [*((cohort.names[at], of == at) for at in recordings), ("all", of >= 0)]:
        right = truth[here]
        rows[name] = (
            int(here.sum()),
            float((before[here] == right).mean()),
            float((after[here] == right).mean()),
            float(macro_f1(right, before[here])),
            float(macro_f1(right, after[here])),
        )
    columns = ["labels", "accuracy_before", "accuracy_after", "macro_f1_before", "macro_f1_after"]
    return pd.DataFrame(list(rows.values()), index=pd.Index(list(rows), name="recording"), columns=columns)


def _adapted(table: MetricTable) -> Callable[[Any], npt.NDArray[np.intp]]:
    def learn(known: Any) -> npt.NDArray[np.intp]:
        pair: tuple[Any, Any] = (None, None)
        if known is not None:
            made = adapt(table, known)
            pair = (made.noise, made.sua)
        return _classes(unitrefine_label_units(table, *pair)["label"])

    return learn


def _fitted(table: MetricTable) -> Callable[[Any], npt.NDArray[np.intp]]:
    def learn(known: Any) -> npt.NDArray[np.intp]:
        # Noise and mua are fitted; whether a unit is somatic is another question.
        thresholds = None if known is None else fit_thresholds(table, known).thresholds
        rules = bombcell_rules(thresholds, label_non_somatic=False)
        return _classes(rules.apply(table, missing="inactive").labels)

    return learn


def _classes(labels: pd.Series[Any]) -> npt.NDArray[np.intp]:
    return np.array([CLASSES.get(str(label), -1) for label in labels], dtype=np.intp)
