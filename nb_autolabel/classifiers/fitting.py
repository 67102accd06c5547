"""Fit Bombcell's thresholds to labels by hand; a limit changes only if that also helps on held-out units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import LabelsError
from ..metrics.registry import metric
from ..metrics.table import MetricTable
from ..rules.methods import bombcell_rules
from ..rules.rule import RuleSet
from .adaptation import own_labels
from .limit_search import LimitSearch
from .scoring import macro_f1

if TYPE_CHECKING:
    import pandas as pd

#: With fewer labels, the limits are not changed.
FEWEST = 100
#: The limits are not changed unless macro-F1 on held-out units rises by more: a smaller gain may be chance.
HONEST_GAIN = 0.01
_ASKED = (
    "The labels are of units that a session asked for, which are no random sample, so neither are the held-out "
    "units: on all units the gain is another."
)


@dataclass(frozen=True)
class FittedThresholds:
    """Thresholds fitted to labels, and what they are worth.

    Attributes
    ----------
    thresholds : dict
        For :func:`nb_autolabel.bombcell_label_units` or ``labeler.thresholds``. Those of the start where
        `kept` says why.
    changes : DataFrame
        One row a changed limit: section, metric, bound, before, after (in `unit`), gain in macro-F1 on the
        units it was fitted to. Empty where the start is kept.
    before, after : dict of str to float
        Accuracy and macro-F1 of the start and of the fit, on units held out from fitting.
    folds : str
        How units were held out.
    units : int
        Labeled units.
    kept : str
        Why the start is kept; "" where limits were changed.
    asked : bool
        Whether the labels are of units that a session asked for.
    """

    thresholds: dict[str, Any]
    changes: pd.DataFrame
    before: dict[str, float]
    after: dict[str, float]
    folds: str
    units: int
    kept: str = ""
    asked: bool = False

    def __repr__(self) -> str:
        return self.text if self.changes.empty else f"{self.text}\n{self.changes.to_string(index=False)}"

    @property
    def text(self) -> str:
        """The result in a sentence."""
        many = len(self.changes)
        done = (
            f"No limit was changed: {self.kept}" if self.kept else f"{many} limit{'s' * (many != 1)} changed"
        )
        measured = (
            f"On held-out units ({self.folds}) fitting takes macro-F1 from {self.before['macro_f1']:.3f} to "
            f"{self.after['macro_f1']:.3f}, accuracy from {self.before['accuracy']:.3f} to "
            f"{self.after['accuracy']:.3f} ({self.units} labels)."
        )
        return f"{done}. {measured}" + (f" {_ASKED}" if self.asked else "")

    def apply(self, labeler: Any) -> None:
        """Set the thresholds of a labeler; one step for its undo. Nothing, where the start is kept."""
        if self.kept:
            return
        shown = {(c.section, c.metric) for c in labeler.rule_set.criteria}
        now = labeler.thresholds
        for section, entries in self.thresholds.items():
            for name, limits in entries.items():
                if (section, name) in shown:
                    now[section][name] = limits
        labeler.thresholds = now


def fit_thresholds(
    metrics: Any,
    labels: Any,
    *,
    start: Any = None,
    preset: str = "default",
    recordings: Sequence[Any] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    seed: int = 0,
    fewest: int = FEWEST,
    asked: bool = False,
) -> FittedThresholds:
    """Find Bombcell thresholds for noise and mua that agree best with labels by hand.

    One limit after the other is moved to where macro-F1 over noise, mua and good is highest, the most
    useful first; a change that gains little is not made. The non-somatic thresholds stay.

    The start is given back, and why, if fitting gains nothing (or next to it) on units held out from it, or there are fewer
    than `fewest` labels. Of fits to 20, 50 or 80 labels of a recording one in six was worse on its other units
    than the start, by up to 0.16 macro-F1; of fits to 100 and more one in eighteen (``scripts/fit_preset.py``).

    Parameters
    ----------
    metrics : Analyzer, DataFrame or MetricTable
    labels : Series, DataFrame with a column ``label``, or dict
        Label by unit id: "noise", "mua", and "good" or "sua"; units without one are left out.
    start : dict, optional
        Thresholds to start from. None: those of `preset`.
    preset : str, default: "default"
    recordings : sequence, optional
        Recording of each unit of the table; agreement is then judged on recordings left out. Default: those of a
        :class:`nb_autolabel.Cohort`.
    bounds : dict of str to (float, float), optional
        Range in which the limits of a metric may move, in stored units. None: the range of its values.
    seed : int, default: 0
        For the parts that are held out when there is one recording.
    fewest : int, default: 100
        Labels below which the start is kept.
    asked : bool, default: False
        Whether the labels are of units that a :class:`LabelingSession` asked for. Those are no random
        sample, so what is measured on them is biased; it is said in ``text``.

    Returns
    -------
    FittedThresholds

    Raises
    ------
    LabelsError
        If fewer than 10 units have a label, or all the same one.
    RuleError, NoMetricsError
    """
    if recordings is None:
        recordings = None if hasattr(metrics, "loc") else getattr(metrics, "recording_of", None)
    table = MetricTable.of(metrics)
    places, truth = own_labels(table, labels)
    if len(truth) < 10 or len(set(truth.tolist())) < 2:
        raise LabelsError(
            f"{len(truth)} units have labels, of {len(set(truth.tolist()))} kinds; at least 10 of two kinds are needed."
        )
    rules = bombcell_rules(start, preset=preset)
    search = LimitSearch(rules, table, places, bounds or {})
    everything = np.ones(len(truth), dtype=bool)
    limits, steps = search.run(truth, everything)
    groups = None if recordings is None else np.asarray(recordings, dtype=object)[places]
    held, folds = _folds(truth, groups, seed)
    decided = np.stack([search.decide(search.start), np.zeros(len(truth), dtype=np.intp)])
    for out in held:
        fitted, _ = search.run(truth, ~out)
        decided[1, out] = search.decide(fitted)[out]
    before, after = (_agreement(truth, d) for d in decided)
    criteria = tuple(
        replace(c, min=low, max=high) for c, (low, high) in zip(rules.criteria, limits, strict=True)
    )
    fitted_rules = replace(rules, criteria=criteria)
    kept = _reason_to_keep(before, after, len(truth), fewest, changed=limits != search.start)
    if kept:
        fitted_rules, steps = rules, {}
    return FittedThresholds(
        fitted_rules.thresholds(),
        _changes(rules, fitted_rules, steps),
        before,
        after,
        folds,
        len(truth),
        kept,
        asked,
    )


def _reason_to_keep(
    before: dict[str, float], after: dict[str, float], units: int, fewest: int, changed: bool
) -> str:
    """Return why the starting limits should be kept; "" if the fitted ones are better."""
    if units < fewest:
        return f"{units} labels are fewer than {fewest}, and limits fitted to so few may be worse on other units than before"
    if not changed:
        return "no other limit agrees better with the labels, so it is not worth changing a limit"
    gain = after["macro_f1"] - before["macro_f1"]
    if gain <= HONEST_GAIN:
        much = f"only {gain:.3f} macro-F1" if gain > 0 else "nothing"
        return f"fitting gains {much} on units held out from it, so it is not worth changing a limit"
    return ""


def _changes(old: RuleSet, new: RuleSet, gains: dict[tuple[int, int], float]) -> pd.DataFrame:
    import pandas as pd

    rows = [
        {
            "section": a.section,
            "metric": a.metric,
            "bound": bound,
            "before": _shown(a.metric, getattr(a, bound)),
            "after": _shown(a.metric, getattr(b, bound)),
            "unit": metric(a.metric).unit,
            "gain": round(gains.get((at, number), 0.0), 4),
        }
        for at, (a, b) in enumerate(zip(old.criteria, new.criteria, strict=True))
        for number, bound in enumerate(("min", "max"))
        if getattr(a, bound) != getattr(b, bound)
    ]
    columns = ["section", "metric", "bound", "before", "after", "unit", "gain"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values("gain", ascending=False, ignore_index=True)


def _shown(name: str, value: float) -> float:
    return float(f"{value * metric(name).factor:.4g}")


def _agreement(truth: npt.NDArray[np.intp], decided: npt.NDArray[np.intp]) -> dict[str, float]:
    return {
        "accuracy": float((truth == decided).mean()),
        "macro_f1": float(macro_f1(truth, decided)),
    }


def _folds(
    truth: npt.NDArray[np.intp], groups: npt.NDArray[Any] | None, seed: int
) -> tuple[list[npt.NDArray[np.bool_]], str]:
    if groups is not None and len(set(groups.tolist())) > 1:
        names = sorted(set(groups.tolist()), key=str)
        return [groups == name for name in names], f"{len(names)} recordings, each left out in turn"
    # Stratified: every fold gets its share of each class.
    random = np.random.default_rng(seed)
    part = np.zeros(len(truth), dtype=int)
    for label in np.unique(truth):
        here = random.permutation(np.flatnonzero(truth == label))
        part[here] = np.arange(len(here)) % 5
    return [part == at for at in range(5)], "five parts, each left out in turn"
