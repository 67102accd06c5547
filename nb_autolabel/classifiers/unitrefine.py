"""UnitRefine: two classifiers in a row, noise against neural, then single against multi unit.

Jain et al., UnitRefine (https://github.com/anoushkajain/UnitRefine). The cascade is that of
``unitrefine_label_units`` in SpikeInterface 0.105; here the classifiers add probabilities to the
table of metrics, and labels are rules over them, so that every decision can be traced and its
thresholds moved.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError, RuleError, suggestion
from ..labels import canonical
from ..metrics.table import MetricTable
from ..rules.dialects import read_criterion, read_thresholds, usual_nan
from ..rules.labeling import warn_if_nothing_decides
from ..rules.rule import Rule, RuleSet, any_fails, no_value
from ..rules.trace import Trace
from .inputs import Corrections, Inputs, check_inputs
from .model import NOISE, SUA, UnitClassifier
from .store import load_unit_classifier

if TYPE_CHECKING:
    import pandas as pd

NOISE_COLUMN, SUA_COLUMN = "noise_probability", "sua_probability"
#: Name of the method, by which its traces are known.
NAME = "unitrefine"
#: Where the classifiers decide, and no "unsure".
DEFAULTS: dict[str, dict[str, dict[str, float | None]]] = {
    "noise": {NOISE_COLUMN: {"min": None, "max": 0.5}},
    "sua": {SUA_COLUMN: {"min": 0.5, "max": None}},
    "unsure": {
        NOISE_COLUMN: {"min": None, "max": None},
        SUA_COLUMN: {"min": None, "max": None},
    },
}


class InputWarning(UserWarning):
    """The metrics given to a classifier differ from what it was trained on, or were corrected."""


class Cascade:
    """The one or two classifiers of a run.

    Parameters
    ----------
    noise_neural_classifier, sua_mua_classifier : optional
        As in :func:`unitrefine_label_units`.
    revision : str, optional
    """

    def __init__(
        self, noise_neural_classifier: Any = None, sua_mua_classifier: Any = None, revision: str | None = None
    ) -> None:
        if noise_neural_classifier is None and sua_mua_classifier is None:
            noise_neural_classifier, sua_mua_classifier = "bundled:noise", "bundled:sua"
        self.classifiers: dict[str, UnitClassifier] = {}
        for column, given, names in (
            (NOISE_COLUMN, noise_neural_classifier, NOISE),
            (SUA_COLUMN, sua_mua_classifier, SUA),
        ):
            if given is not None:
                classifier = load_unit_classifier(given, revision)
                classifier.positive(names)
                self.classifiers[column] = classifier

    def positive(self, column: str) -> int:
        """Return which class of a classifier is the one whose probability is given."""
        return self.classifiers[column].positive(NOISE if column == NOISE_COLUMN else SUA)

    def inputs(self, table: MetricTable, corrections: Corrections = "apply") -> dict[str, Inputs]:
        """Check the inputs of each classifier."""
        return {
            column: check_inputs(table, classifier, corrections)
            for column, classifier in self.classifiers.items()
        }

    def probabilities(self, inputs: dict[str, Inputs], table: MetricTable) -> dict[str, Any]:
        """Return the probability of each classifier for every unit, by column.

        NaN for a unit of which nothing is known: no spikes, or none of the classifier's metrics. A
        classifier would answer all the same, with what is usual in its training data.
        """
        found = {}
        silent = without_spikes(table)
        for column, classifier in self.classifiers.items():
            rows = inputs[column].rows
            chance = classifier.probability(rows, self.positive(column))
            unknown = silent | ~np.isfinite(rows).any(axis=1)
            found[column] = np.where(unknown, np.nan, chance) if unknown.any() else chance
        return found


def without_spikes(table: MetricTable) -> npt.NDArray[np.bool_]:
    """Tell which units have no spike, as far as the table says; shape (n_units,)."""
    found = np.zeros(len(table), dtype=bool)
    for name in ("num_spikes", "firing_rate"):
        if table.find(name) is not None:
            found |= np.asarray(table.values(name), dtype=np.float64) == 0
    return found


def unitrefine_rules(
    thresholds: Any = None, columns: tuple[str, ...] = (NOISE_COLUMN, SUA_COLUMN), gaps: bool = False
) -> RuleSet:
    """Rule set over the probabilities: noise, else single unit or multi-unit; in between, unsure.

    Noise where ``noise_probability`` is above its limit; else mua where ``sua_probability`` is below
    its limit; else sua. Units whose probability lies between these limits and those of the section
    "unsure" are unsure.

    Parameters
    ----------
    thresholds : dict or path of a JSON file, optional
        In sections "noise", "sua", "unsure", each with limits "min" and "max" (or "greater" and "less") of its
        probabilities. None: 0.5 each, nothing unsure. A section that is not named keeps its default; of a
        section that is named, what is left out is off.
    columns : tuple of str
        Probabilities that are there.
    gaps : bool, default: False
        Whether some units lack a probability; then those are "unjudged" where it would decide.

    Raises
    ------
    RuleError
    """
    data: Mapping[str, Any] = {} if thresholds is None else read_thresholds(thresholds)
    for section, entries in data.items():
        if section not in DEFAULTS or not isinstance(entries, Mapping):
            raise RuleError(
                f"unknown section {section!r}.{suggestion(section, DEFAULTS)} Sections: {', '.join(DEFAULTS)}."
            )
        for name in entries:
            if name not in DEFAULTS[section]:
                raise RuleError(
                    f"section '{section}' has no {name!r}. It has: {', '.join(DEFAULTS[section])}."
                )
    criteria = []
    for section, entries in DEFAULTS.items():
        for name, usual in entries.items():
            if name not in columns:
                continue
            limits = data[section].get(name, {}) if section in data else usual
            if not isinstance(limits, Mapping) or not {"abs", "nan"}.isdisjoint(limits):
                raise RuleError(
                    f"limits of '{section}/{name}' are a dictionary with 'min' and 'max': {limits!r}."
                )
            group = f"unsure {name}" if section == "unsure" else section
            criteria.append(
                read_criterion(name, limits, section=section, group=group, nan=usual_nan(section, name))
            )
    best = "sua" if SUA_COLUMN in columns else "neural"
    return RuleSet(NAME, tuple(criteria), _rules(columns, best, gaps), best)


def _rules(columns: tuple[str, ...], best: str, gaps: bool) -> tuple[Rule, ...]:
    rules = []
    if NOISE_COLUMN in columns:
        rules += [Rule("noise", any_fails("noise"), (best,))]
        rules += [Rule("unsure", any_fails(f"unsure {NOISE_COLUMN}"), (best,))]
    if SUA_COLUMN in columns:
        rules += [Rule("mua", any_fails("sua"), ("sua",))]
        rules += [Rule("unsure", any_fails(f"unsure {SUA_COLUMN}"), ("sua",))]
    if gaps and NOISE_COLUMN in columns:
        rules += [Rule("unjudged", no_value("noise"), ("noise", "unsure", "mua", best))]
    if gaps and SUA_COLUMN in columns:
        rules += [Rule("unjudged", no_value("sua"), ("mua", "unsure", "sua"))]
    return tuple(rules)


def some_unknown(probabilities: Mapping[str, Any]) -> bool:
    """Tell whether any unit lacks a probability."""
    return any(bool(np.isnan(column).any()) for column in probabilities.values())


def with_probabilities(table: MetricTable, probabilities: Mapping[str, Any]) -> MetricTable:
    """Return a table with the probabilities as further columns."""
    kept = table.frame.drop(columns=[name for name in probabilities if name in table.frame])
    return MetricTable(kept.assign(**probabilities))


def label_probability(trace: Trace) -> npt.NDArray[np.float64]:
    """Return the probability that each unit is what its label says, shape (n_units,).

    Of noise: p(noise); of mua: (1 - p(noise)) (1 - p(sua)); of sua: (1 - p(noise)) p(sua); of neural:
    1 - p(noise). It is that of the label that is shown, wherever the limits are: a unit that another
    limit or a person calls noise gets its p(noise), large or small. With the second classifier alone,
    whose units are taken to be neural, p(noise) is 0.

    NaN where the classifiers say nothing of the label: "unsure" and "unjudged", labels by hand that are
    none of their classes (non-somatic, a user's own), and units or methods without probabilities.

    Parameters
    ----------
    trace : Trace
        Of UnitRefine; any other gives NaN.
    """
    chances = _chances(trace)
    if not chances:
        return np.full(len(trace.table), np.nan)
    noise = chances.get(NOISE_COLUMN, np.zeros(len(trace.table)))
    of = {"noise": noise, "neural": 1.0 - noise} if NOISE_COLUMN in chances else {}
    if SUA_COLUMN in chances:
        sua = chances[SUA_COLUMN]
        of |= {"sua": (1.0 - noise) * sua, "mua": (1.0 - noise) * (1.0 - sua)}
        of["good"] = of["sua"]
    return _of_labels(trace, of)


def conditional_probability(trace: Trace) -> npt.NDArray[np.float64]:
    """Return what SpikeInterface calls the probability of a label, shape (n_units,); NaN for "unsure".

    For sua and mua it is conditional on the unit not being noise: p(sua), 1 - p(sua). A unit that may
    well be noise can have a high one, so it does not say how sure a label is; :func:`label_probability` does.
    """
    chances = _chances(trace)
    of = {}
    for name, column, turned in (
        ("noise", NOISE_COLUMN, False),
        ("neural", NOISE_COLUMN, True),
        ("sua", SUA_COLUMN, False),
        ("good", SUA_COLUMN, False),
        ("mua", SUA_COLUMN, True),
    ):
        if column in chances:
            of[name] = 1.0 - chances[column] if turned else chances[column]
    return _of_labels(trace, of)


def _chances(trace: Trace) -> dict[str, npt.NDArray[np.float64]]:
    """Probabilities of a method of UnitRefine by column; empty for any other method."""
    if trace.rule_set.name != NAME:
        return {}
    columns = [c.metric for c in trace.rule_set.criteria]
    return {name: trace.values[columns.index(name)] for name in (NOISE_COLUMN, SUA_COLUMN) if name in columns}


def _of_labels(trace: Trace, of: Mapping[str, npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    """Take for every unit the value of its label, in whatever spelling it was given; else NaN."""
    found = np.full(len(trace.table), np.nan)
    for code, label in enumerate(trace.names):
        values = of.get(canonical(label) or "")
        if values is not None:
            here = trace.codes == code
            found[here] = values[here]
    return found


def unitrefine_label_units(
    sorting_analyzer: Any,
    noise_neural_classifier: Any = None,
    sua_mua_classifier: Any = None,
    *,
    thresholds: Any = None,
    revision: str | None = None,
    corrections: Corrections = "apply",
    by_hand: Mapping[Any, str] | None = None,
) -> pd.DataFrame:
    """Label units by trained classifiers: noise, multi-unit (mua) or single unit (sua).

    Parameters
    ----------
    sorting_analyzer : Analyzer, spikeinterface.SortingAnalyzer, path or DataFrame of metrics
    noise_neural_classifier, sua_mua_classifier : optional
        Each a repository of the Hugging Face Hub ("user/name"), a folder, a ``.skops`` file, a fitted
        scikit-learn classifier, or "bundled:noise" / "bundled:sua". Neither: the bundled pair. If only
        one is given, the other step is left out.
    thresholds : dict or path of a JSON file, optional
        Where the probabilities decide; see :func:`unitrefine_rules`.
    revision : str, optional
        Branch, tag or commit of repositories.
    corrections : {"apply", "leave"}, default: "apply"
        See :func:`check_inputs`.
    by_hand : dict, optional
        Labels given by hand, by unit id. They win, and ``probability`` is that of the label by hand.

    Returns
    -------
    DataFrame
        Index unit ids. ``label``: noise, mua, sua, or "unjudged" for a unit without spikes or without any
        metric that a classifier needs. ``probability``: that the unit is what the label says (joint, see
        :func:`label_probability`; NaN where unsure or unjudged). SpikeInterface's column of this name is
        conditional on the unit not being noise; it is ``conditional_probability`` of
        :func:`unitrefine_probabilities`.

    Raises
    ------
    ModelNotFoundError, ModelError, UnsafeDataError, MissingMetricError, NoMetricsError, RuleError
    UnknownUnitError
        If a unit labeled by hand is not there.

    Warns
    -----
    InputWarning
        If metrics are missing, were corrected, or look unlike those of the training.
    UserWarning
        If no limit is left that could decide.
    """
    cascade = Cascade(noise_neural_classifier, sua_mua_classifier, revision)
    trace, inputs = unitrefine_trace(MetricTable.of(sorting_analyzer), cascade, thresholds, corrections)
    if by_hand:
        given = {trace.position(unit): str(label) for unit, label in by_hand.items()}
        trace = trace.rule_set.apply(trace.table, by_hand=given)
    warn_of(inputs)
    warn_if_nothing_decides(trace)
    return labels_with_probabilities(trace)


def labels_with_probabilities(trace: Trace) -> pd.DataFrame:
    """Return the columns of :func:`unitrefine_label_units` for a trace."""
    frame = trace.label_frame("label")
    frame["probability"] = label_probability(trace)
    return frame


def unitrefine_trace(
    table: MetricTable,
    cascade: Cascade | None = None,
    thresholds: Any = None,
    corrections: Corrections = "apply",
) -> tuple[Trace, dict[str, Inputs]]:
    """Return the decision on every unit, and what was found about the classifiers' inputs.

    Parameters
    ----------
    table : MetricTable
    cascade : Cascade, optional
        None: the bundled pair.
    thresholds : dict or path of a JSON file, optional
        See :func:`unitrefine_rules`.
    corrections : {"apply", "leave"}, default: "apply"
    """
    cascade = cascade or Cascade()
    inputs = cascade.inputs(table, corrections)
    probabilities = cascade.probabilities(inputs, table)
    rules = unitrefine_rules(thresholds, tuple(probabilities), some_unknown(probabilities))
    return rules.apply(with_probabilities(table, probabilities)), inputs


def unitrefine_probabilities(
    sorting_analyzer: Any,
    noise_neural_classifier: Any = None,
    sua_mua_classifier: Any = None,
    *,
    revision: str | None = None,
    corrections: Corrections = "apply",
) -> pd.DataFrame:
    """Return the probabilities behind :func:`unitrefine_label_units`, and what was found about the inputs.

    Parameters
    ----------
    sorting_analyzer, noise_neural_classifier, sua_mua_classifier, revision, corrections
        As in :func:`unitrefine_label_units`.

    Returns
    -------
    DataFrame
        Index unit ids. ``noise_probability``: of the unit being noise. ``sua_probability``: of being a
        single unit **if it is not noise** (conditional; given for all units). So the three classes have
        noise_probability, (1 - noise_probability) * sua_probability for a single unit, and
        (1 - noise_probability) * (1 - sua_probability) for a multi-unit. NaN for a unit without spikes or
        without any metric that the classifier needs. ``conditional_probability``: what SpikeInterface
        calls ``probability``, that of the label at limits of 0.5 (see
        :func:`conditional_probability`). ``n_missing`` and ``n_outside``: metrics that the
        unit lacks, or that lie outside the training data; ``inputs``, the same in words.

    Raises
    ------
    ModelNotFoundError, ModelError, UnsafeDataError, MissingMetricError, NoMetricsError

    Warns
    -----
    InputWarning
    """
    import pandas as pd

    cascade = Cascade(noise_neural_classifier, sua_mua_classifier, revision)
    table = MetricTable.of(sorting_analyzer)
    inputs = cascade.inputs(table, corrections)
    warn_of(inputs)
    chances = cascade.probabilities(inputs, table)
    rules = unitrefine_rules(None, tuple(chances), some_unknown(chances))
    frame = pd.DataFrame(chances, index=table.unit_ids)
    frame["conditional_probability"] = conditional_probability(
        rules.apply(with_probabilities(table, chances))
    )
    frame["n_missing"] = np.max([np.isnan(i.rows).sum(axis=1) for i in inputs.values()], axis=0)
    frame["n_outside"] = np.max([i.outside.sum(axis=1) for i in inputs.values()], axis=0)
    frame["inputs"] = next(iter(inputs.values())).per_unit
    return frame


def warn_of(inputs: Mapping[str, Inputs]) -> None:
    """Say what was found about the inputs, once."""
    texts = list(dict.fromkeys(i.text for i in inputs.values() if i.text))
    if texts:
        warnings.warn(" ".join(texts), InputWarning, stacklevel=3)


def explain_probabilities(cascade: Cascade, inputs: Mapping[str, Inputs], column: str) -> Any:
    """Return each metric's contribution to a probability; see :meth:`UnitClassifier.contributions`.

    Raises
    ------
    ModelError
        If the run has no such probability.
    """
    if column not in cascade.classifiers:
        raise ModelError(f"there is no {column} here: that classifier was left out.")
    return cascade.classifiers[column].contributions(inputs[column].rows, cascade.positive(column))
