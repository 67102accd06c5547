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

from ..errors import ModelError, RuleError, suggestion
from ..metrics.table import MetricTable
from ..rules.criterion import Criterion
from ..rules.dialects import usual_nan
from ..rules.rule import Rule, RuleSet, any_fails
from ..rules.trace import Trace
from .inputs import Corrections, Inputs, check_inputs
from .model import NOISE, SUA, UnitClassifier
from .store import load_unit_classifier

if TYPE_CHECKING:
    import pandas as pd

NOISE_COLUMN, SUA_COLUMN = "noise_probability", "sua_probability"
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

    def probabilities(self, inputs: dict[str, Inputs]) -> dict[str, Any]:
        """Return the probability of each classifier for every unit, by column."""
        return {
            column: classifier.probability(inputs[column].rows, self.positive(column))
            for column, classifier in self.classifiers.items()
        }


def unitrefine_rules(
    thresholds: Any = None, columns: tuple[str, ...] = (NOISE_COLUMN, SUA_COLUMN)
) -> RuleSet:
    """Rule set over the probabilities: noise, else single unit or multi-unit; in between, unsure.

    Noise where ``noise_probability`` is above its limit; else mua where ``sua_probability`` is below
    its limit; else sua. Units whose probability lies between these limits and those of the section
    "unsure" are unsure.

    Parameters
    ----------
    thresholds : dict, optional
        In sections "noise", "sua", "unsure". None: 0.5 each, nothing unsure.
    columns : tuple of str
        Probabilities that are there.

    Raises
    ------
    RuleError
    """
    data = {} if thresholds is None else thresholds
    if not isinstance(data, Mapping):
        raise RuleError(f"thresholds of UnitRefine are a dictionary of sections, not {type(data).__name__}.")
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
            if not isinstance(limits, Mapping) or not set(limits) <= {"min", "max"}:
                raise RuleError(
                    f"limits of '{section}/{name}' are a dictionary with 'min' and 'max': {limits!r}."
                )
            group = f"unsure {name}" if section == "unsure" else section
            criteria.append(
                Criterion(
                    name,
                    limits.get("min"),
                    limits.get("max"),
                    nan=usual_nan(section, name),
                    section=section,
                    group=group,
                )
            )
    best = "sua" if SUA_COLUMN in columns else "neural"
    rules = []
    if NOISE_COLUMN in columns:
        rules += [Rule("noise", any_fails("noise"), (best,))]
        rules += [Rule("unsure", any_fails(f"unsure {NOISE_COLUMN}"), (best,))]
    if SUA_COLUMN in columns:
        rules += [Rule("mua", any_fails("sua"), ("sua",))]
        rules += [Rule("unsure", any_fails(f"unsure {SUA_COLUMN}"), ("sua",))]
    return RuleSet("unitrefine", tuple(criteria), tuple(rules), best)


def with_probabilities(table: MetricTable, probabilities: Mapping[str, Any]) -> MetricTable:
    """Return a table with the probabilities as further columns."""
    kept = table.frame.drop(columns=[name for name in probabilities if name in table.frame])
    return MetricTable(kept.assign(**probabilities))


def label_probability(trace: Trace) -> Any:
    """Return the probability of the label that each unit was given, shape (n_units,); NaN for "unsure"."""
    labels = trace.labels.to_numpy()
    values = {c.metric: trace.values[at] for at, c in enumerate(trace.rule_set.criteria)}
    found = np.full(len(labels), np.nan)
    for label, column, turned in (
        ("noise", NOISE_COLUMN, False),
        ("neural", NOISE_COLUMN, True),
        ("sua", SUA_COLUMN, False),
        ("mua", SUA_COLUMN, True),
    ):
        if column in values:
            here = labels == label
            found[here] = (1.0 - values[column] if turned else values[column])[here]
    return found


def unitrefine_label_units(
    sorting_analyzer: Any,
    noise_neural_classifier: Any = None,
    sua_mua_classifier: Any = None,
    *,
    thresholds: Any = None,
    revision: str | None = None,
    corrections: Corrections = "apply",
) -> pd.DataFrame:
    """Label units by trained classifiers: noise, multi-unit (mua) or single unit (sua).

    Parameters
    ----------
    sorting_analyzer : Analyzer, spikeinterface.SortingAnalyzer, path or DataFrame of metrics
    noise_neural_classifier, sua_mua_classifier : optional
        Each a repository of the Hugging Face Hub ("user/name"), a folder, a ``.skops`` file, a fitted
        scikit-learn classifier, or "bundled:noise" / "bundled:sua". Neither: the bundled pair. If only
        one is given, the other step is left out.
    thresholds : dict, optional
        Where the probabilities decide; see :func:`unitrefine_rules`.
    revision : str, optional
        Branch, tag or commit of repositories.
    corrections : {"apply", "leave"}, default: "apply"
        See :func:`check_inputs`.

    Returns
    -------
    DataFrame
        Index unit ids; columns ``label`` and ``probability`` (of that label; NaN where unsure).

    Raises
    ------
    ModelNotFoundError, ModelError, UnsafeDataError, MissingMetricError, NoMetricsError, RuleError

    Warns
    -----
    InputWarning
        If metrics are missing, were corrected, or look unlike those of the training.
    """
    cascade = Cascade(noise_neural_classifier, sua_mua_classifier, revision)
    trace, inputs = unitrefine_trace(MetricTable.of(sorting_analyzer), cascade, thresholds, corrections)
    warn_of(inputs)
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
    thresholds : dict, optional
        See :func:`unitrefine_rules`.
    corrections : {"apply", "leave"}, default: "apply"
    """
    cascade = cascade or Cascade()
    inputs = cascade.inputs(table, corrections)
    probabilities = cascade.probabilities(inputs)
    rules = unitrefine_rules(thresholds, tuple(probabilities))
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
        Index unit ids; ``noise_probability`` and ``sua_probability`` (for all units, noise or not),
        ``n_missing`` and ``n_outside`` (metrics that the unit lacks, or that lie outside the training
        data) and ``inputs``, the same in words.

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
    frame = pd.DataFrame(cascade.probabilities(inputs), index=table.unit_ids)
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
