"""The trace: what every criterion said of every unit. Labels, counts and reasons are read off it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import UnknownUnitError
from ..metrics.table import MetricTable
from ..unit_ids import UnitIndex
from .combinations import combinations
from .conditions import Conditions
from .judgement import FEW, Judgement, Mask, State, judge, judge_together
from .rule import Rule, RuleSet, criteria_of

if TYPE_CHECKING:
    import pandas as pd


#: Label of units that are left undecided.
UNDECIDED = "unsure"


class Trace:
    """Result of applying a rule set to a table of metrics.

    Parameters
    ----------
    rule_set : RuleSet
    table : MetricTable
    judgements : list of Judgement or None
        One a criterion; None if it is inactive.
    by_hand : dict of int to str, optional
        Labels given by hand, by position of the unit. They win over the rules.
    held : dict of int to str, optional
        Units that the rules label and that are left undecided all the same, by position, with the reason: they are
        "unsure" unless labeled by hand.

    Attributes
    ----------
    codes : ndarray of int8, shape (n_units,)
        Index into `names`; labels by hand and units left undecided included.
    rule_codes : ndarray of int8, shape (n_units,)
        The same as the rules alone have it.
    names : tuple of str
        Labels of the rule set, then those that were given by hand only.
    """

    def __init__(
        self,
        rule_set: RuleSet,
        table: MetricTable,
        judgements: list[Judgement | None],
        by_hand: Mapping[int, str] | None = None,
        held: Mapping[int, str] | None = None,
    ) -> None:
        self.rule_set = rule_set
        self.table = table
        self.by_hand = dict(by_hand or {})
        self.held = {at: reason for at, reason in (held or {}).items() if at not in self.by_hand}
        self._judgements = judgements
        self._conditions = Conditions(rule_set, judgements, len(table))
        self.rule_codes = self._conditions.codes()
        fixed = {**dict.fromkeys(self.held, UNDECIDED), **self.by_hand}
        self.names = (*rule_set.labels, *_further(fixed.values(), rule_set.labels))
        self.codes = self.rule_codes
        if fixed:
            self.codes = self.rule_codes.copy()
            for at, label in fixed.items():
                self.codes[at] = self.names.index(label)

    @classmethod
    def of(
        cls,
        rule_set: RuleSet,
        metrics: Any,
        missing: Literal["raise", "inactive"] = "raise",
        by_hand: Mapping[int, str] | None = None,
    ) -> Trace:
        """Apply a rule set; see :meth:`RuleSet.apply`."""
        table = MetricTable.of(metrics)
        judged = [
            c
            for c in rule_set.criteria
            if c.active
            and not table.unusable(c.metric)
            and (missing == "raise" or table.find(c.metric) is not None)
        ]
        # With few units, the overhead of numpy calls dominates: compare all criteria at once.
        together = len(table) < FEW and len(judged) > 5
        found = (
            judge_together(judged, table) if together else [judge(c, table.values(c.metric)) for c in judged]
        )
        if table.absent:
            found = [
                Judgement(each.failed, each.missing, table.where_absent(c.metric))
                for c, each in zip(judged, found, strict=True)
            ]
        by_key = dict(zip((c.key for c in judged), found, strict=True))
        return cls(rule_set, table, [by_key.get(c.key) for c in rule_set.criteria], by_hand)

    def holding(self, held: Mapping[int, str]) -> Trace:
        """Return the same with some units left undecided; see `held`."""
        return Trace(self.rule_set, self.table, self._judgements, self.by_hand, held)

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Keys of the criteria whose metric is not in the table or cannot be judged; their state is inactive."""
        return tuple(c.key for c in self.rule_set.criteria if self.table.find(c.metric) is None)

    @cached_property
    def unusable(self) -> dict[str, str]:
        """Why a metric that is in the table cannot be judged, by key of the criterion; see :meth:`MetricTable.unusable`."""
        said = {c.key: self.table.unusable(c.metric) for c in self.rule_set.criteria}
        return {key: reason for key, reason in said.items() if reason}

    @cached_property
    def states(self) -> npt.NDArray[np.int8]:
        """What every criterion says of every unit: values of :class:`State`, (n_criteria, n_units)."""
        states = np.full((len(self._judgements), len(self.table)), State.INACTIVE, dtype=np.int8)
        for row, found in zip(states, self._judgements, strict=True):
            if found is not None:
                row[:] = found.failed
                if found.missing is not None:
                    row[found.missing] = State.NAN
                if found.absent is not None:
                    row[found.absent] = State.INACTIVE
        return states

    # ------------------------------------------------------------------ labels

    def deciding_rule(self, at: int) -> int | None:
        """Return the position of the rule that gave a unit its label; None if none did.

        Parameters
        ----------
        at : int
            Position of the unit.
        """
        label, decided = self.rule_set.default, None
        for number, rule in enumerate(self.rule_set.rules):
            held = self._conditions.holds(rule.when)
            if held is not None and held[at] and label in rule.among:
                label, decided = rule.label, number
        return decided

    def where(self, rule: Rule) -> Mask:
        """Return where the condition of a rule holds, whatever label the units have, shape (n_units,)."""
        held = self._conditions.holds(rule.when)
        return np.zeros(len(self.table), dtype=bool) if held is None else held

    @property
    def labels(self) -> pd.Series[str]:
        """Label of each unit, indexed by unit id, named "label"."""
        return self.label_frame("label")["label"]

    def label_frame(self, column_name: str) -> pd.DataFrame:
        """Return the labels as a table with one column, indexed by unit id."""
        import pandas as pd

        names = np.array(self.names, dtype=object)[self.codes]
        # Give dtype and copy explicitly: otherwise pandas inspects or copies every label.
        return pd.DataFrame(
            names[:, np.newaxis], index=self.table.unit_ids, columns=[column_name], dtype=object, copy=False
        )

    def counts(self) -> dict[str, int]:
        """Count the units per label, every possible label included, in the order of `names`."""
        numbers = np.bincount(self.codes, minlength=len(self.names))
        return {label: int(n) for label, n in zip(self.names, numbers, strict=True)}

    @cached_property
    def manual(self) -> Mask:
        """Which units were labeled by hand, shape (n_units,)."""
        mask = np.zeros(len(self.table), dtype=bool)
        mask[list(self.by_hand)] = True
        return mask

    @cached_property
    def fixed(self) -> Mask:
        """Which units have a label that no limit changes: given by hand, or left undecided; shape (n_units,)."""
        return np.isin(np.arange(len(self.table)), [*self.by_hand, *self.held])

    # ------------------------------------------------------------------ values and margins

    @cached_property
    def values(self) -> npt.NDArray[np.float64]:
        """Metric values as compared (absolute where the criterion says so), (n_criteria, n_units)."""
        values = np.full(self.states.shape, np.nan)
        for row, criterion in zip(values, self.rule_set.criteria, strict=True):
            if self.table.find(criterion.metric) is not None:
                stored = self.table.values(criterion.metric)
                row[:] = np.abs(stored) if criterion.abs else stored
        return values

    @cached_property
    def margins(self) -> npt.NDArray[np.float64]:
        """Distance to the nearest limit in the metric's stored unit, negative when failing.

        Shape (n_criteria, n_units); NaN where the value is missing or the criterion inactive.
        """
        margins = np.full(self.states.shape, np.nan)
        for row, value, criterion in zip(margins, self.values, self.rule_set.criteria, strict=True):
            if criterion.active:
                below = np.inf if criterion.min is None else _distance(criterion.min, value)
                above = np.inf if criterion.max is None else _distance(value, criterion.max)
                np.fmin(below, above, out=row, where=~np.isnan(value))
        return margins

    # ------------------------------------------------------------------ reasons

    def reasons(self, label: str) -> pd.DataFrame:
        """Which criteria gave units this label.

        A criterion is a reason where it counted as failed in a part of the rule's condition that
        held. So every unit that a rule labeled has at least one reason, and a value that the rule
        ignores (a NaN under "ignore") is none. A unit labeled by hand or left undecided has no reason.

        Parameters
        ----------
        label : str
            One of `names`.

        Returns
        -------
        pandas.DataFrame of bool
            Rows: units with that label. Columns: keys of the criteria the label's rules refer to,
            inactive ones left out, but for those whose metric is not there where a rule asks for that. No columns
            for the default label, which needs no reason.
        """
        import pandas as pd

        having, columns = self._reasons(label)
        return pd.DataFrame(columns, index=self.table.unit_ids[having], dtype=bool)

    def _reasons(self, label: str) -> tuple[Mask, dict[str, Mask]]:
        """Return which units have a label, and which of these each criterion gave it; see :meth:`reasons`."""
        having = self.codes == (self.names.index(label) if label in self.names else -1)
        columns: dict[str, Mask] = {}
        for rule in self.rule_set.rules:
            if rule.label == label:
                blamed: dict[int, Mask] = {}
                self._conditions.blame(rule.when, having & ~self.fixed, blamed)
                for at in criteria_of(self.rule_set, rule.when):
                    if at in blamed:
                        key = self.rule_set.keys[at]
                        columns[key] = columns.get(key, False) | blamed[at][having]
        return having, columns

    @cached_property
    def reason_keys(self) -> list[tuple[str, ...]]:
        """Keys of the criteria that are a reason for each unit's label, in the order of the units."""
        found: list[tuple[str, ...]] = [()] * len(self.table)
        for label in self.names:
            having, columns = self._reasons(label)
            if not (columns and having.any()):
                continue
            keys = np.array(list(columns), dtype=object)
            kinds, which = combinations(np.array(list(columns.values())))  # many units share few
            named = [tuple(keys[kind]) for kind in kinds]
            for at, kind in zip(np.flatnonzero(having).tolist(), which.tolist(), strict=True):
                found[at] = named[kind]
        return found

    def codes_if(self, at: int, judgement: Judgement) -> npt.NDArray[np.int8]:
        """Return the labels if one criterion had found something else; shape (n_units,).

        Parameters
        ----------
        at : int
            Position of the criterion.
        judgement : Judgement
        """
        known = self._judgements[at]
        if known is not None and judgement.absent is None:
            judgement = Judgement(judgement.failed, judgement.missing, known.absent)
        judged = [*self._judgements[:at], judgement, *self._judgements[at + 1 :]]
        return Trace(self.rule_set, self.table, judged, self.by_hand, self.held).codes

    def judgement(self, at: int) -> Judgement | None:
        """Return what a criterion found; None if it is inactive."""
        return self._judgements[at]

    def position(self, unit_id: Any) -> int:
        """Return where a unit stands in the table; 98 finds "98" where only one unit is called so.

        Raises
        ------
        UnknownUnitError
        LabelsError
            If the table has units twice.
        """
        at = self._units.get(unit_id)
        if at is None:
            raise UnknownUnitError(f"there is no unit {unit_id!r}.{self._units.suggestion(unit_id)}")
        return at

    @cached_property
    def _units(self) -> UnitIndex:
        return UnitIndex(self.table.unit_ids, "these metrics")

    def explain(self, unit_id: Any) -> pd.DataFrame:
        """Everything the method looked at for one unit.

        Parameters
        ----------
        unit_id : int or str

        Returns
        -------
        pandas.DataFrame
            One row a criterion (index: key): metric, value, min, max, margin, state, reason (True if
            it is a reason for the unit's label).

        Raises
        ------
        UnknownUnitError
        """
        import pandas as pd

        at = self.position(unit_id)
        reasons = self.reasons(self.names[self.codes[at]]).loc[self.table.unit_ids[at]]
        criteria = self.rule_set.criteria
        return pd.DataFrame(
            {
                "metric": [c.metric for c in criteria],
                "value": self.values[:, at],
                "min": [c.min for c in criteria],
                "max": [c.max for c in criteria],
                "margin": self.margins[:, at],
                "state": [State(s).name.lower() for s in self.states[:, at]],
                "reason": [bool(reasons.get(c.key, False)) for c in criteria],
            },
            index=pd.Index(self.rule_set.keys, name="criterion"),
        )


def _further(labels: Iterable[str], known: tuple[str, ...]) -> list[str]:
    return sorted(set(labels) - set(known))


def _distance(low: Any, high: Any) -> npt.NDArray[np.float64]:
    """How far `high` is above `low`; 0 where both are the same infinity, infinite where it overflows."""
    with np.errstate(invalid="ignore", over="ignore"):
        distance = np.subtract(high, low, dtype=np.float64)
    return np.where(np.equal(high, low), 0.0, distance)
