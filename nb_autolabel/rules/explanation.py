"""Why a unit has its label, and the smallest change that would give it another."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from ..metrics.formatting import beyond, rounded, value_in_words
from ..metrics.registry import metric
from ..metrics.shown_table import on_screen
from ..metrics.table import MetricTable
from ..unit_ids import as_list
from .criterion import Criterion
from .explanation_words import criteria_in_words, deciding_in_words, name_of
from .judgement import Judgement, State
from .rule import RuleSet
from .shown_tables import explanation_html
from .trace import Trace

if TYPE_CHECKING:
    import pandas as pd

#: Most criteria that are changed together.
TOGETHER = 3


@dataclass(frozen=True)
class Step:
    """One limit moved, or, for a missing value, the criterion told to let it pass.

    Attributes
    ----------
    key : str
        Criterion.
    change : dict
        Arguments of :meth:`RuleSet.with_criterion`: ``min``, ``max`` or ``nan``.
    distance : float
        Share of all units whose value lies between the unit's and the limit; 1 for a missing value.
    text : str
    """

    key: str
    change: dict[str, Any]
    distance: float
    text: str


@dataclass(frozen=True)
class Change:
    """The smallest change of the method that gives a unit another label.

    Attributes
    ----------
    label : str
    steps : tuple of Step
        Empty if more than three criteria would have to change.
    others : int
        How many other units would get another label by it.
    """

    label: str
    steps: tuple[Step, ...]
    others: int = 0

    @property
    def text(self) -> str:
        """The change in words."""
        if not self.steps:
            return f"would become {self.label} only if more than {TOGETHER} criteria were changed"
        many = {0: "no other unit would change", 1: "1 other unit would change too"}.get(
            self.others, f"{self.others} other units would change too"
        )
        steps = " and ".join(step.text for step in self.steps)
        return f"would become {self.label} if {steps}; {many}"

    def apply(self, rule_set: RuleSet) -> RuleSet:
        """Return the rule set with the change made."""
        for step in self.steps:
            rule_set = rule_set.with_criterion(step.key, **step.change)
        return rule_set


@dataclass(frozen=True)
class Explanation:
    """Everything that decided about one unit; shows itself as text, and as a table in a notebook.

    Attributes
    ----------
    unit_id : int or str
    label : str
    rule : str
        The rule that decided, in words.
    table : pandas.DataFrame
        One row a criterion; see :meth:`Trace.explain`.
    changes : tuple of Change
        One for each other label of the method, easiest first.
    by_hand : str
        Who gave the label, if a person did; else "".
    """

    unit_id: Any
    label: str
    rule: str
    table: pd.DataFrame
    changes: tuple[Change, ...]
    by_hand: str = ""
    sentences: tuple[str, ...] = field(default=(), repr=False)

    @property
    def text(self) -> str:
        """The explanation in words."""
        decided = self.by_hand or self.rule
        lines = [f"unit {self.unit_id}: {self.label}, {decided}", *(f"  {s}" for s in self.sentences)]
        lines += [f"  W{change.text[1:]}." for change in self.changes]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return on_screen(self.text, ".text")

    def _repr_html_(self) -> str:
        return explanation_html(self)


def explain(trace: Trace, unit_id: Any, by_hand: str = "") -> Explanation:
    """Explain the label of one unit.

    Parameters
    ----------
    trace : Trace
    unit_id : int or str
    by_hand : str, optional
        Who gave the label and when, where a person did.

    Returns
    -------
    Explanation

    Raises
    ------
    UnknownUnitError
    """
    at = trace.position(unit_id)
    label = trace.names[trace.codes[at]]
    table = trace.explain(unit_id)
    said = by_hand
    if at in trace.held:
        said = f"{trace.held[at]}; the rules alone say {trace.names[trace.rule_codes[at]]}"
    if at in trace.by_hand:
        said = (by_hand or "by hand") + f"; the rules alone say {trace.names[trace.rule_codes[at]]}"
    changes = () if trace.fixed[at] else tuple(smallest_changes(trace, at))
    return Explanation(
        as_list(trace.table.unit_ids[at : at + 1])[0],
        label,
        deciding_in_words(trace, at),
        table,
        changes,
        said,
        tuple(criteria_in_words(trace, at, table)),
    )


def smallest_changes(trace: Trace, at: int) -> list[Change]:
    """Return the smallest change for every label that a unit does not have.

    Fewest criteria first, then least distance: the share of units between the value and the limit,
    which compares metrics of different units and scales.

    Parameters
    ----------
    trace : Trace
    at : int
        Position of the unit.

    Returns
    -------
    list of Change
        Empty for a unit that is unjudged for want of values: no limit gives it one.
    """
    rules = trace.rule_set
    decided = trace.deciding_rule(at)
    if decided is not None and rules.rules[decided].when.asks_for_missing:
        return []
    options = {k: step for k in range(len(rules.criteria)) if (step := _step(trace, k, at)) is not None}
    sets = [c for size in range(1, TOGETHER + 1) for c in combinations(options, size)]
    codes = _labels_if(trace, at, sets)
    found = []
    for label in rules.labels:
        code = rules.labels.index(label)
        if code == trace.rule_codes[at] or label in only_for_want_of_values(rules):
            continue
        best = min(
            (
                (len(chosen), sum(options[k].distance for k in chosen), chosen)
                for chosen, got in zip(sets, codes.tolist(), strict=True)
                if got == code
            ),
            default=None,
        )
        if best is None:
            found.append(Change(label, ()))
            continue
        change = Change(label, tuple(options[k] for k in best[2]))
        after = change.apply(rules).apply(trace.table, missing="inactive", by_hand=trace.by_hand)
        after = after.holding(trace.held)
        moved = int((after.codes != trace.codes).sum()) - int(after.codes[at] != trace.codes[at])
        found.append(Change(label, change.steps, moved))
    return sorted(found, key=lambda c: (not c.steps, len(c.steps), sum(s.distance for s in c.steps)))


def only_for_want_of_values(rules: RuleSet) -> set[str]:
    """Return the labels that depend on missing values alone; no limit can give them or take them away."""
    given = {rule.label for rule in rules.rules}
    return given - {rule.label for rule in rules.rules if not rule.when.asks_for_missing}


def _labels_if(trace: Trace, at: int, sets: list[tuple[int, ...]]) -> Any:
    """Labels the unit would have if some criteria said the opposite of it, one set after the other."""
    import pandas as pd

    judged: list[Judgement | None] = []
    for k in range(len(trace.rule_set.criteria)):
        if trace.judgement(k) is None or trace.states[k, at] == State.INACTIVE:
            judged.append(None)
            continue
        flipped = np.array([k in chosen for chosen in sets], dtype=bool)
        state = trace.states[k, at]
        failed = np.full(len(sets), state == State.FAIL)
        missing = np.full(len(sets), state == State.NAN) & ~flipped
        judged.append(Judgement(failed ^ (flipped & (state != State.NAN)), missing))
    variants = MetricTable(pd.DataFrame(index=range(len(sets))))
    return Trace(trace.rule_set, variants, judged).codes


def _step(trace: Trace, k: int, at: int) -> Step | None:
    """Return how a criterion could be made to say the opposite of a unit; None if it is off."""
    criterion, state = trace.rule_set.criteria[k], trace.states[k, at]
    if state == State.INACTIVE:
        return None
    key, name = criterion.key, criterion.metric
    if state == State.NAN:
        if criterion.nan == "pass":
            return None
        return Step(key, {"nan": "pass"}, 1.0, f"a missing {name_of(trace.rule_set, k)} passed")
    value = float(trace.values[k, at])
    if not np.isfinite(value):
        return None  # no finite limit reaches the value
    if state == State.FAIL:
        if (
            criterion.min is not None
            and criterion.max is not None
            and value < criterion.min
            and value > criterion.max
        ):
            return None  # min is above max, so moving one limit is not enough
        bound = "min" if criterion.min is not None and value < criterion.min else "max"
        limit = rounded(name, value, up=bound == "max")
        return _moved(trace, k, bound, limit, value)
    steps = []
    for bound in ("min", "max"):
        if getattr(criterion, bound) is None:
            continue
        up = bound == "min"
        limit = beyond(name, value, up=up)
        other = getattr(criterion, "max" if up else "min")
        if other is None or (limit <= other if up else limit >= other):
            steps.append(_moved(trace, k, bound, limit, value))
    return min(steps, key=lambda s: s.distance, default=None)


def _moved(trace: Trace, k: int, bound: str, limit: float, value: float) -> Step:
    criterion: Criterion = trace.rule_set.criteria[k]
    old = float(getattr(criterion, bound))
    values = trace.values[k]
    low, high = min(old, value), max(old, value)
    between = int(((values >= low) & (values <= high)).sum()) / max(1, len(values))
    now = value_in_words(criterion.metric, old).removesuffix(metric(criterion.metric).unit).rstrip()
    text = (
        f"the {'lower' if bound == 'min' else 'upper'} limit of {name_of(trace.rule_set, k)} "
        f"were {value_in_words(criterion.metric, limit)} (now {now})"
    )
    return Step(criterion.key, {bound: limit}, between, text)
