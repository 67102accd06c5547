"""UnitRefine: two classifiers in a row, noise against neural, then single against multi unit.

Jain et al., UnitRefine (https://github.com/anoushkajain/UnitRefine). The cascade is that of
``unitrefine_label_units`` in SpikeInterface 0.105; here the classifiers add probabilities to the
table of metrics, and labels are rules over them, so that every decision can be traced and its
thresholds moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..labels import canonical
from ..metrics.table import MetricTable
from ..rules.apply import warn_if_nothing_decides
from ..rules.trace import Trace
from .cascade import Cascade, some_unknown, warn_of, with_probabilities
from .cascade_rules import unitrefine_rules
from .inputs import Corrections, Inputs
from .label_probability import conditional_probability, label_probability
from .undecided import OPTIONS, Undecided, Unfamiliar, checked_options

if TYPE_CHECKING:
    import pandas as pd


def unitrefine_label_units(
    sorting_analyzer: Any,
    noise_neural_classifier: Any = None,
    sua_mua_classifier: Any = None,
    *,
    thresholds: Any = None,
    revision: str | None = None,
    corrections: Corrections = "apply",
    by_hand: Mapping[Any, str] | None = None,
    accept: Mapping[str, Any] | None = None,
    noise_share: float | None = None,
    unfamiliar: Unfamiliar = "unsure",
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
    accept : dict, optional
        Accept the largest set of labels whose mean expected error is within a budget; the others are "unsure":
        ``{"error": 0.05, "question": "good or not"}``; questions are "good or not", "noise or not" and "label". "safe":
        standard deviations of safety, 1 if not given. "audit": ids of those units of `by_hand` that were drawn at random;
        they make it fit this recording. An expectation, no guarantee; for the bundled pair, adapted or not.
    noise_share : float, optional
        About how much of the recording is noise; the noise classifier is shifted so that its mean says so.
    unfamiliar : {"unsure", "keep"}, default: "unsure"
        What a unit is called that is not noise by the bundled pair and whose waveform is unlike those of all neural units
        it learnt from.

    Returns
    -------
    DataFrame
        Index unit ids. ``label``: noise, mua, sua, "unjudged" for a unit without spikes or without any metric that a
        classifier needs, or "unsure" (see `thresholds`, `accept`, `unfamiliar`). ``probability``: that the unit is what
        the label says (joint, see :func:`label_probability`; NaN where unsure or unjudged). SpikeInterface's column of
        this name is conditional on the unit not being noise; it is ``conditional_probability`` of
        :func:`unitrefine_probabilities`. With `accept` also ``expected_error`` of each label that it judges.

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
    table = MetricTable.of(sorting_analyzer)
    audit = [] if not isinstance(accept, Mapping) else list(accept.get("audit") or ())
    options = checked_options(cascade, accept=accept, noise_share=noise_share, unfamiliar=unfamiliar)
    inputs = cascade.inputs(table, corrections)
    probabilities = cascade.probabilities(inputs, table)
    rules = unitrefine_rules(thresholds, tuple(probabilities), some_unknown(probabilities))
    known = Undecided.of(cascade, inputs, table)
    full = with_probabilities(table, probabilities)
    shift = known.shift(full, options)
    trace = rules.apply(known.metrics(full, options))
    if by_hand:
        given = {trace.position(unit): str(label) for unit, label in by_hand.items()}
        trace = trace.rule_set.apply(trace.table, by_hand=given)
    drawn = {trace.position(unit): trace.by_hand.get(trace.position(unit)) for unit in audit}
    own = {at: str(canonical(label)) for at, label in drawn.items() if label is not None}
    trace = trace.holding(known.held(trace, options, own, shift))
    warn_of(inputs)
    warn_if_nothing_decides(trace)
    frame = labels_with_probabilities(trace)
    if options["accept"]:
        frame["expected_error"] = known.cut(trace, options, own, shift).errors
    return frame


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
    """Return the decision on every unit, and what was found about the classifiers' inputs; options as they start.

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
    trace = rules.apply(with_probabilities(table, probabilities))
    known = Undecided.of(cascade, inputs, table)
    return trace.holding(known.held(trace, OPTIONS, {})), inputs


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
