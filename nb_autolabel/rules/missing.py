"""Where values are missing, and what that decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from .combinations import combinations
from .judgement import Judgement, State
from .rule import Condition, RuleSet
from .trace import Trace

if TYPE_CHECKING:
    import pandas as pd


class Effect(NamedTuple):
    """What a missing value of a criterion does to a unit.

    Attributes
    ----------
    counts : {"failed", "passed", "ignored"}
        Under "ignore" that depends on how the criteria are combined: where any failure decides, a value
        that is ignored does not decide; where all must fail, it does not stand in the way, which is to
        count as failed.
    why : str
        The reason where it is not the policy's own word; else "".
    """

    counts: Literal["failed", "passed", "ignored"]
    why: str = ""

    @property
    def said(self) -> str:
        """As the rest of "a missing value ..."."""
        words = "is ignored" if self.counts == "ignored" else f"counts as {self.counts}"
        return words + self.why

    @property
    def past(self) -> str:
        """As the rest of "missing values ..." in a report of what was done."""
        return {"failed": "counted as failing", "passed": "counted as passing", "ignored": "were ignored"}[
            self.counts
        ]


def effect_of_missing(rule_set: RuleSet, k: int) -> Effect:
    """Say what a missing value of a criterion counts as. All words on missing values come from here.

    Parameters
    ----------
    rule_set : RuleSet
    k : int
        Position of the criterion.
    """
    criterion = rule_set.criteria[k]
    if criterion.nan == "fail":
        return Effect("failed")
    if criterion.nan == "pass":
        return Effect("passed")
    kinds = {kind for rule in rule_set.rules for kind in _kinds(rule.when, criterion.group)}
    if "all" in kinds:
        group = f" of '{criterion.group}'" if criterion.group else ""
        return Effect(
            "failed", f", because all criteria{group} must fail and a missing value does not prevent it"
        )
    labels = [rule.label for rule in rule_set.rules if "any" in _kinds(rule.when, criterion.group)]
    return Effect("ignored", f": it makes no unit {' or '.join(dict.fromkeys(labels))}" if labels else "")


def _kinds(condition: Condition, group: str) -> set[str]:
    """How the criteria of a group are combined in a condition."""
    found = {condition.kind} if condition.kind in ("any", "all") and condition.group == group else set()
    return found.union(*(_kinds(part, group) for part in condition.parts))


#: What sections of criteria are called in a sentence, where that is not their name.
_SECTION_WORDS = {"mua": "multi-unit"}


def section_in_words(section: str) -> str:
    """Return what a section of criteria is called in a sentence."""
    return _SECTION_WORDS.get(section, section)


def without_metric(trace: Trace) -> tuple[str, ...]:
    """Return the keys of the criteria that have a limit and cannot be judged of any unit: their metric is not there.

    Parameters
    ----------
    trace : Trace
    """
    return tuple(key for key in trace.missing if trace.rule_set[key].active)


def without_metric_in_words(trace: Trace, *, named_already: bool = False) -> list[str]:
    """Say which criteria cannot be judged of any unit, and what that means for the labels; one sentence a section.

    Parameters
    ----------
    trace : Trace
    named_already : bool, default: False
        The metrics are named beside these sentences: only what becomes of units is said, of the sections of which no
        criterion can be judged.

    Returns
    -------
    list of str
        Empty if every criterion that has a limit can be judged.
    """
    rules = trace.rule_set
    said = []
    for section in rules.sections:
        limited = [c for c in rules.criteria if c.section == section and c.active]
        gone = [c for c in limited if c.key in trace.missing]
        if not gone or (named_already and len(gone) < len(limited)):
            continue
        usable = [c for c in gone if c.key not in trace.unusable]
        cannot = "have no metric" if len(usable) == len(gone) else "cannot be judged"
        words = " ".join(filter(None, (section_in_words(section), "criteria")))
        means = f": they decide nothing ({', '.join(c.metric for c in gone)})."
        if len(gone) == len(limited):
            means = f": {_of_units(rules, {c.group for c in gone})}."
        said.append(f"{len(gone)} of {len(limited)} {words} {cannot}{means}")
    return said


def _of_units(rules: RuleSet, groups: set[str]) -> str:
    """Say what becomes of units where no criterion of some groups can be judged."""
    for rule in rules.rules:
        if rule.when.asks_for_missing and set(rule.when.groups()) & groups:
            names = [label for label in rules.labels if label in rule.among]
            return f"these units are {rule.label}, not {' or '.join(names)}"
    given = [r.label for r in rules.rules if not r.when.asks_for_missing and set(r.when.groups()) & groups]
    return f"no unit becomes {' or '.join(dict.fromkeys(given))} by them" if given else "they decide nothing"


def criteria_missing(trace: Trace) -> list[str]:
    """Return for each unit the keys of the criteria that could not be judged of it, joined by "; ".

    Their metric is not in the table or in arbitrary units, or the unit lacks the value. Criteria without a limit are not
    asked for.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    list of str, length n_units
    """
    criteria = trace.rule_set.criteria
    limited = [k for k, c in enumerate(criteria) if c.active]
    gone = [
        np.ones(len(trace.table), dtype=bool)
        if trace.judgement(k) is None
        else (trace.states[k] == State.NAN) | (trace.states[k] == State.INACTIVE)
        for k in limited
    ]
    if not limited:
        return [""] * len(trace.table)
    keys = np.array([criteria[k].key for k in limited], dtype=object)
    kinds, which = combinations(np.array(gone))
    texts = np.array(["; ".join(keys[kind]) for kind in kinds], dtype=object)
    found: list[str] = texts[which].tolist()
    return found


def never_decides(rule_set: RuleSet, k: int) -> str:
    """Say it where a criterion cannot decide anything, because another has decided before it can fail; else "".

    The larger of both peaks is never smaller than the peak before the trough. So an upper limit on
    ``peak_before_to_trough_ratio`` has no effect if ``main_peak_to_trough_ratio``, which is enough by
    itself, has one that is not higher: Bombcell's defaults are 3 and 0.8.

    Parameters
    ----------
    rule_set : RuleSet
    k : int
        Position of the criterion.
    """
    criterion = rule_set.criteria[k]
    if criterion.metric != "peak_before_to_trough_ratio" or criterion.group != "ratio":
        return ""
    for other in rule_set.criteria:
        enough = other.metric == "main_peak_to_trough_ratio" and other.group == "main peak"
        if not enough or other.max is None or criterion.max is None or criterion.min is not None:
            continue
        if other.max <= criterion.max:
            return f"decides nothing: beyond {criterion.max:g} {other.metric} is above {other.max:g}, which is enough"
    return ""


def missing_table(trace: Trace) -> pd.DataFrame:
    """Return every criterion with what is missing, and the labels that depend on it.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    pandas.DataFrame
        Index: criterion. ``state``: "active", "off" (no limit is on), "not in the table", or
        "arbitrary units" (a limit in µV cannot judge them);
        ``missing``: units without a value; ``nan``: the policy ("fail", "pass", "ignore");
        ``counts_as``: what that comes to, "failed", "passed" or "ignored" (see
        :func:`effect_of_missing`); ``decided``: units that would have another label if these missing values passed
        (or, where they pass, if they failed).
    """
    import pandas as pd

    rows = []
    for k, criterion in enumerate(trace.rule_set.criteria):
        absent = criterion.key in trace.missing
        active = trace.judgement(k) is not None
        gaps = np.isnan(trace.values[k])
        if absent:
            state = "arbitrary units" if criterion.key in trace.unusable else "not in the table"
        else:
            state = "active" if active else "off"
        rows.append(
            {
                "criterion": criterion.key,
                "metric": criterion.metric,
                "state": state,
                "missing": len(gaps) if absent else int(gaps.sum()),
                "nan": criterion.nan,
                "counts_as": effect_of_missing(trace.rule_set, k).counts,
                "decided": _decided(trace, k) if active and gaps.any() else 0,
            }
        )
    columns = ["criterion", "metric", "state", "missing", "nan", "counts_as", "decided"]
    return pd.DataFrame(rows, columns=columns).set_index("criterion")


def shown_missing_values(trace: Trace) -> pd.DataFrame:
    """Return :func:`missing_table` as a DataFrame that shows itself as people read it, raw numbers in ``.table``.

    Parameters
    ----------
    trace : Trace
    """
    from .missing_values import MissingValues

    return MissingValues.of(trace)


def _decided(trace: Trace, k: int) -> int:
    found = trace.judgement(k)
    assert found is not None  # noqa: S101 (only active criteria are asked)
    failed = found.failed
    if trace.rule_set.criteria[k].nan == "pass":
        failed = failed | (trace.states[k] == State.NAN)
    return int((trace.codes_if(k, Judgement(failed, found.absent)) != trace.codes).sum())
