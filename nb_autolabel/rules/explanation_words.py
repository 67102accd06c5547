"""What is said of a unit's label: the rule that decided, and what each criterion says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..metrics.formatting import limits_in_words, value_in_words
from ..metrics.registry import metric
from .judgement import State
from .missing import effect_of_missing, section_in_words
from .rule import Condition, RuleSet
from .trace import Trace

if TYPE_CHECKING:
    import pandas as pd


def deciding_in_words(trace: Trace, at: int) -> str:
    """Say which rule gave the unit's label."""
    decided = trace.deciding_rule(at)
    if decided is not None:
        return f"by the rule: {in_words(trace.rule_set.rules[decided].when)}"
    return f"because it {_passed(trace.rule_set)}"


def name_of(rule_set: RuleSet, k: int) -> str:
    """Return what a criterion is called in a sentence: its metric, with the section where it has criteria in several."""
    criterion = rule_set.criteria[k]
    alone = sum(other.metric == criterion.metric for other in rule_set.criteria) == 1
    return criterion.metric if alone else criterion.key


def _passed(rule_set: RuleSet) -> str:
    """Say what a unit passes that no rule gives a label."""
    sections = [
        name
        for name in rule_set.sections
        if name and any(c.active for c in rule_set.criteria if c.section == name)
    ]
    words = [section_in_words(name) for name in sections]
    if words:
        return f"passes every {' and '.join(filter(None, (', '.join(words[:-1]), words[-1])))} test"
    kinds = {rule.when.kind for rule in rule_set.rules if not rule.when.asks_for_missing}
    return "passes at least one criterion" if kinds == {"all"} else "passes every criterion"


def in_words(condition: Condition) -> str:
    """Say a condition in words."""
    if condition.kind in ("any", "all", "missing"):
        group = f" of '{condition.group}'" if condition.group else ""
        if condition.kind == "missing":
            return f"no criterion{group} has a value"
        return f"{'a criterion' if condition.kind == 'any' else 'every criterion'}{group} fails"
    joint = " and " if condition.kind == "and" else ", or "
    return joint.join(in_words(part) for part in condition.parts)


def _distance(name: str, distance: float) -> str:
    """Say how far a value lies beyond a limit: a distance between shares is in percentage points."""
    said = value_in_words(name, distance)
    return f"{said.removesuffix('%')}percentage points" if metric(name).unit == "%" else said


def criteria_in_words(trace: Trace, at: int, table: pd.DataFrame) -> list[str]:
    """Say which criteria failed by how much, which had no value and which are off."""
    failing, missing, off, unusable, absent = [], [], [], [], []
    for k, criterion in enumerate(trace.rule_set.criteria):
        state = trace.states[k, at]
        name = criterion.key
        if state == State.FAIL:
            value, margin = trace.values[k, at], trace.margins[k, at]
            wanted = limits_in_words(criterion.metric, criterion.min, criterion.max)
            mark = "" if table["reason"].iloc[k] else " (not a reason)"
            beyond_limit = "below" if criterion.min is not None and value < criterion.min else "above"
            failing.append(
                f"{name} is {value_in_words(criterion.metric, value)}, wanted {wanted}: "
                f"{_distance(criterion.metric, abs(margin))} {beyond_limit} the limit{mark}."
            )
        elif state == State.NAN:
            missing.append(f"{name} has no value, which {effect_of_missing(trace.rule_set, k).said}.")
        elif criterion.key in trace.unusable:
            unusable.append(name)
        elif criterion.key in trace.missing:
            absent.append(name)
        elif state == State.INACTIVE:
            off.append(name)
    lines = [*failing, *missing]
    if off:
        lines.append(f"Off: {', '.join(off)}.")
    if unusable:
        lines.append(f"Off: {', '.join(unusable)}; {trace.table.arbitrary}.")
    if absent:
        lines.append(f"Not in the table: {', '.join(absent)}.")
    return lines or ["Every criterion passes."]
