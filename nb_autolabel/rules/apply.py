"""The labeling functions of the how-to."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal

from ..errors import MissingMetricError, RuleError, listing
from ..metrics.registry import metric
from ..metrics.table import MetricTable
from .criterion import NanPolicy
from .methods import MissingCriteria, bombcell_rules, threshold_rules
from .missing import without_metric
from .rule import RuleSet
from .trace import Trace

if TYPE_CHECKING:
    import pandas as pd

#: A criterion counts as mostly missing if this share of the units lacks its value ...
MOSTLY = 0.5
#: ... and there are at least this many units.
FEW = 3


def threshold_metrics_label_units(
    metrics: Any,
    thresholds: Any,
    pass_label: str = "good",  # noqa: S107 (a label, not a password)
    fail_label: str = "noise",
    operator: Literal["and", "or"] = "and",
    nan_policy: NanPolicy = "fail",
    column_name: str = "label",
) -> pd.DataFrame:
    """Label units by holding their metrics against thresholds.

    Parameters
    ----------
    metrics : Analyzer, spikeinterface.SortingAnalyzer or pandas.DataFrame
        The units; a DataFrame has unit ids as index and metrics as columns.
    thresholds : dict or path of a JSON file
        ``{"snr": {"min": 5}, "firing_rate": {"min": 0.1, "max": 200}}``; limits are inclusive, in
        the stored units; "greater"/"less" are accepted for "min"/"max"; "abs" compares the
        absolute value (the default for ``amplitude_median``); None switches a limit off.
    pass_label, fail_label : str
        Labels given.
    operator : {"and", "or"}, default: "and"
        Whether all criteria must hold, or at least one. With no active criterion everything passes.
    nan_policy : {"fail", "pass", "ignore"}, default: "fail"
        What a missing value counts as. "ignore" leaves the unit as the other criteria have it.
    column_name : str, default: "label"
        Column of the result.

    Returns
    -------
    pandas.DataFrame
        Index: unit ids; one column of labels.

    Raises
    ------
    MissingMetricError
        If a metric is not there; names the nearest one.
    RuleError
        If the thresholds cannot be understood.

    Warns
    -----
    UserWarning
        If no limit is on.

    Notes
    -----
    Labels equal those of ``threshold_metrics_label_units`` of SpikeInterface 0.105.3, except that
    ``amplitude_median`` is compared as a magnitude and metrics are also found under the names
    that other versions use.
    """
    rule_set = threshold_rules(thresholds, pass_label, fail_label, operator, nan_policy)
    table = MetricTable.of(metrics)
    for criterion in rule_set.criteria:
        if not table.unusable(criterion.metric):
            table.require(criterion.metric)
    trace = apply_with_warning(rule_set, table)
    warn_if_nothing_decides(trace)
    return _result(trace, column_name)


def bombcell_label_units(
    sorting_analyzer: Any = None,
    thresholds: Any = None,
    label_non_somatic: bool | None = True,
    split_non_somatic_good_mua: bool | None = False,
    external_metrics: Any = None,
    implementation: Literal["new"] = "new",
    *,
    preset: str = "default",
    column_name: str = "label",
    missing_criteria: MissingCriteria = "ignore",
    split_non_somatic: bool | None = None,
) -> pd.DataFrame:
    """Label units as noise, mua, good and non-somatic, following Bombcell.

    Parameters
    ----------
    sorting_analyzer : Analyzer, spikeinterface.SortingAnalyzer or pandas.DataFrame
        The units with their metrics.
    thresholds : dict, path of a JSON file, or None
        In sections "noise", "mua" and "non-somatic" (see :func:`bombcell_get_default_thresholds`);
        None takes those of `preset`.
    label_non_somatic : bool, default: True
        False skips the non-somatic step. None is the default, as in SpikeInterface.
    split_non_somatic_good_mua : bool, default: False
        True gives ``non_soma_good`` and ``non_soma_mua`` instead of ``non_soma``. None is the default.
    external_metrics : pandas.DataFrame or list of them, optional
        Metrics to use instead of the analyzer's.
    implementation : {"new"}, default: "new"
        Accepted because the how-to passes it.
    preset : str, default: "default"
        A threshold table by name, see :func:`presets`.
    column_name : str, default: "label"
        Column of the result.
    missing_criteria : {"ignore", "unjudged"}, default: "ignore"
        "ignore" leaves criteria without a metric out, as SpikeInterface does; "unjudged" calls units so that a rule
        could not tell apart, as labelers do. See :func:`bombcell_rules`.
    split_non_somatic : bool, optional
        SpikeInterface's name of `split_non_somatic_good_mua` since 0.105; by keyword only.

    Returns
    -------
    pandas.DataFrame
        Index: unit ids; one column of labels.

    Raises
    ------
    NoMetricsError, RuleError

    Warns
    -----
    UserWarning
        Once, naming all metrics that are not there: their criteria are left out. If no limit is on. If
        ``sliding_rp_violation`` is missing for most units and that counts as failed.

    References
    ----------
    Fabre et al., Bombcell, https://github.com/Julie-Fabre/bombcell
    """
    if implementation != "new":
        raise RuleError(f"implementation={implementation!r} is not known. Leave it out, or use 'new'.")
    source = sorting_analyzer if external_metrics is None else external_metrics
    rule_set = bombcell_rules(
        thresholds,
        label_non_somatic=True if label_non_somatic is None else label_non_somatic,
        split_non_somatic_good_mua=_split(split_non_somatic, split_non_somatic_good_mua),
        preset=preset,
        missing_criteria=missing_criteria,
    )
    trace = apply_with_warning(rule_set, source)
    warn_if_nothing_decides(trace)
    warn_of_missing_values(trace)
    return _result(trace, column_name)


def _split(newer: bool | None, older: bool | None) -> bool:
    """Return whether non-somatic units are split, from SpikeInterface's two names of the argument.

    Raises
    ------
    RuleError
        If one says yes and the other no.
    """
    if newer is None or newer == older:
        return False if older is None else older
    if older:
        raise RuleError(
            f"split_non_somatic={newer!r} and split_non_somatic_good_mua={older!r} are two names of one argument and "
            "differ. Give one of them."
        )
    return newer


def apply_with_warning(rule_set: RuleSet, metrics: Any, stacklevel: int = 2) -> Trace:
    """Apply a rule set, leaving out criteria whose metric is missing, with one warning for all.

    Parameters
    ----------
    rule_set : RuleSet
    metrics : Analyzer, pandas.DataFrame or MetricTable
    stacklevel : int
        As in :func:`warnings.warn`.

    Raises
    ------
    MissingMetricError
        If no criterion can be judged.
    """
    trace = rule_set.apply(metrics, missing="inactive")
    warn_of_what_is_left_out(trace, stacklevel + 1)
    return trace


def warn_of_what_is_left_out(trace: Trace, stacklevel: int = 2) -> None:
    """Warn of criteria that cannot be judged, once for all.

    Parameters
    ----------
    trace : Trace
    stacklevel : int
        As in :func:`warnings.warn`.

    Raises
    ------
    MissingMetricError
        If no criterion can be judged.
    """
    for text in left_out_in_words(trace, " To compute them: nbl.compute_metrics(analyzer)."):
        warnings.warn(text, UserWarning, stacklevel=stacklevel + 1)


def left_out_in_words(trace: Trace, way_out: str = "") -> list[str]:
    """Name the criteria that cannot be judged: those whose voltages are in arbitrary units, and those without a metric.

    Parameters
    ----------
    trace : Trace
    way_out : str
        What is added where metrics are missing.

    Returns
    -------
    list of str
        At most one sentence of each kind.

    Raises
    ------
    MissingMetricError
        If no criterion can be judged.
    """
    refuse_nothing_to_judge(trace)
    active = [c for c in trace.rule_set.criteria if c.active]
    missing = [key for key in without_metric(trace) if key not in trace.unusable]
    said = off_in_words(trace)
    if missing:
        said.append(
            f"{len(missing)} of {len(active)} criteria are left out because their metrics are not "
            f"there: {listing(missing)}.{way_out}"
        )
    return said


def refuse_nothing_to_judge(trace: Trace) -> None:
    """Refuse labels of which no criterion can be judged.

    Raises
    ------
    MissingMetricError
    """
    rule_set, missing = trace.rule_set, without_metric(trace)
    if not missing or len(missing) < sum(c.active for c in rule_set.criteria):
        return
    unusable = [key for key in missing if key in trace.unusable]
    if unusable:
        raise MissingMetricError(
            f"no criterion of '{rule_set.name}' can be judged: {trace.unusable[unusable[0]]}."
        )
    raise MissingMetricError(
        f"none of the {len(missing)} metrics of '{rule_set.name}' is there: {listing(missing)}. "
        f"There are: {listing(sorted(trace.table.names))}."
    )


def off_in_words(trace: Trace) -> list[str]:
    """Say which criteria are off because voltages are in arbitrary units, and why they are.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    list of str
        One sentence, or none.
    """
    off = [key for key in without_metric(trace) if key in trace.unusable]
    if not off:
        return []
    return [f"{listing(off)} {'is' if len(off) == 1 else 'are'} off: {trace.table.arbitrary}."]


def warn_if_nothing_decides(trace: Trace, stacklevel: int = 2) -> None:
    """Warn if no criterion is active, so that all units get the default label without any evidence.

    Parameters
    ----------
    trace : Trace
    stacklevel : int
        As in :func:`warnings.warn`.
    """
    text = nothing_decides(trace)
    if text:
        warnings.warn(text, UserWarning, stacklevel=stacklevel + 1)


def nothing_decides(trace: Trace) -> str:
    """Return a sentence if no criterion is left that could decide; else nothing."""
    if not len(trace.table) or any(trace.judgement(k) for k in range(len(trace.rule_set.criteria))):
        return ""
    return (
        f"no criterion is left: every limit is off or its metric is not there, so all {len(trace.table)} units "
        f"are called '{trace.rule_set.default}' without any evidence. Set a limit."
    )


def warn_of_missing_values(trace: Trace, stacklevel: int = 2) -> None:
    """Warn if most units fail a criterion only because its value is missing and its own definition counts that as failed.

    Parameters
    ----------
    trace : Trace
    stacklevel : int
        As in :func:`warnings.warn`.
    """
    for text in mostly_missing(trace):
        warnings.warn(text, UserWarning, stacklevel=stacklevel + 1)


def mostly_missing(trace: Trace) -> list[str]:
    """Return a sentence for each mostly missing criterion whose definition counts a missing value as failed."""
    texts: list[str] = []
    if len(trace.table) < FEW:
        return texts
    for k, criterion in enumerate(trace.rule_set.criteria):
        found = trace.judgement(k)
        if found is None or found.missing is None or criterion.nan != "fail":
            continue
        share = float(found.missing.mean())
        if metric(criterion.metric).nan_is_failure and share > MOSTLY:
            labels = [r.label for r in trace.rule_set.rules if criterion.group in set(r.when.groups())]
            texts.append(
                f"{criterion.metric} is missing for {round(100 * share)} % of the units, which counts as failed: "
                f"they become {' or '.join(dict.fromkeys(labels))} whatever else they are. Few spikes are enough for "
                "it to be missing; another policy ('nan': 'ignore') or another preset lets the other criteria decide."
            )
    return texts


def _result(trace: Trace, column_name: str) -> pd.DataFrame:
    if not isinstance(column_name, str) or not column_name:
        raise RuleError(f"column_name is a non-empty string, not {column_name!r}.")
    return trace.label_frame(column_name)
