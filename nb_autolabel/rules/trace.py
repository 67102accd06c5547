"""The trace: what every criterion said of every unit. Labels, counts and reasons are read off it."""

from __future__ import annotations

from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import UnknownUnitError, suggestion
from ..metrics.table import MetricTable
from .criterion import Criterion
from .rule import Condition, RuleSet, criteria_of

if TYPE_CHECKING:
    import pandas as pd

Mask = npt.NDArray[np.bool_]


class State(IntEnum):
    """What one criterion says of one unit."""

    PASS = 0
    FAIL = 1
    NAN = 2
    INACTIVE = 3


class Trace:
    """Result of applying a rule set to a table of metrics.

    Attributes
    ----------
    rule_set : RuleSet
    table : MetricTable
    missing : tuple of str
        Keys of criteria whose metric is not in the table; their state is inactive.
    states : ndarray of int8, shape (n_criteria, n_units)
        Values of :class:`State`.
    codes : ndarray of int8, shape (n_units,)
        Index into ``rule_set.labels``.
    """

    def __init__(
        self, rule_set: RuleSet, table: MetricTable, states: npt.NDArray[np.int8], missing: tuple[str, ...]
    ) -> None:
        self.rule_set = rule_set
        self.table = table
        self.states = states
        self.missing = missing
        self.codes = self._label()

    @classmethod
    def of(cls, rule_set: RuleSet, metrics: Any, missing: Literal["raise", "inactive"] = "raise") -> Trace:
        """Apply a rule set; see :meth:`RuleSet.apply`."""
        table = MetricTable.of(metrics)
        states = np.empty((len(rule_set.criteria), len(table)), dtype=np.int8)
        absent = []
        for row, criterion in zip(states, rule_set.criteria, strict=True):
            if not criterion.active:
                row[:] = State.INACTIVE
                if table.find(criterion.metric) is None:
                    absent.append(criterion.key)
            elif missing == "inactive" and table.find(criterion.metric) is None:
                row[:] = State.INACTIVE
                absent.append(criterion.key)
            else:
                _judge(criterion, table.values(criterion.metric), row)
        return cls(rule_set, table, states, tuple(absent))

    # ------------------------------------------------------------------ labels

    def _label(self) -> npt.NDArray[np.int8]:
        labels = self.rule_set.labels
        codes = np.full(len(self.table), labels.index(self.rule_set.default), dtype=np.int8)
        for rule in self.rule_set.rules:
            held = self._holds(rule.when)
            if held is None:
                continue
            eligible = np.zeros(len(codes), dtype=bool)
            for label in rule.among:
                if label in labels:
                    eligible |= codes == labels.index(label)
            np.copyto(codes, labels.index(rule.label), where=held & eligible)
        return codes

    def _failing(self, at: int, kind: str) -> Mask:
        """Where a criterion counts as failed; "ignore" depends on how its group is combined."""
        state = self.states[at]
        failed: Mask = state == State.FAIL
        policy = self.rule_set.criteria[at].nan
        if policy == "fail" or (policy == "ignore" and kind == "all"):
            failed |= state == State.NAN
        return failed

    def _active(self, group: str) -> list[int]:
        return [
            i
            for i, c in enumerate(self.rule_set.criteria)
            if c.group == group and c.active and c.key not in self.missing
        ]

    def _holds(self, condition: Condition) -> Mask | None:
        """Where a condition holds; None if it cannot hold because nothing in it is active."""
        if condition.kind in ("any", "all"):
            masks = [self._failing(i, condition.kind) for i in self._active(condition.group)]
        else:
            parts = [self._holds(part) for part in condition.parts]
            if condition.kind == "and" and any(part is None for part in parts):
                return None
            masks = [part for part in parts if part is not None]
        if not masks:
            return None
        join = np.logical_or if condition.kind in ("any", "or") else np.logical_and
        result = masks[0]
        for mask in masks[1:]:
            join(result, mask, out=result)
        return result

    @property
    def labels(self) -> pd.Series[str]:
        """Label of each unit, indexed by unit id, named "label"."""
        import pandas as pd

        names = np.array(self.rule_set.labels, dtype=object)
        return pd.Series(names[self.codes], index=self.table.unit_ids, name="label", dtype=object)

    def counts(self) -> dict[str, int]:
        """Count the units per label, every possible label included, in the order of the rule set."""
        numbers = np.bincount(self.codes, minlength=len(self.rule_set.labels))
        return {label: int(n) for label, n in zip(self.rule_set.labels, numbers, strict=True)}

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
        ignores (a NaN under "ignore") is none.

        Parameters
        ----------
        label : str
            One of ``rule_set.labels``.

        Returns
        -------
        pandas.DataFrame of bool
            Rows: units with that label. Columns: keys of the criteria the label's rules refer to,
            inactive ones left out. No columns for the default label, which needs no reason.
        """
        import pandas as pd

        having = self.codes == self.rule_set.labels.index(label) if label in self.rule_set.labels else None
        if having is None:
            having = np.zeros(len(self.table), dtype=bool)
        columns: dict[str, Mask] = {}
        for rule in self.rule_set.rules:
            if rule.label == label:
                blamed: dict[int, Mask] = {}
                self._blame(rule.when, having, blamed)
                for at in criteria_of(self.rule_set, rule.when):
                    if at in blamed:
                        key = self.rule_set.keys[at]
                        columns[key] = columns.get(key, False) | blamed[at][having]
        return pd.DataFrame(columns, index=self.table.unit_ids[having], dtype=bool)

    def _blame(self, condition: Condition, among: Mask, blamed: dict[int, Mask]) -> None:
        held = self._holds(condition)
        if held is None:
            return
        among = among & held
        if condition.kind in ("any", "all"):
            for at in self._active(condition.group):
                mask = self._failing(at, condition.kind) & among
                blamed[at] = blamed.get(at, np.zeros_like(mask)) | mask
        for part in condition.parts:
            self._blame(part, among, blamed)

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

        ids = self.table.unit_ids
        if unit_id not in ids:
            raise UnknownUnitError(f"there is no unit {unit_id!r}.{suggestion(unit_id, ids)}")
        at = int(np.flatnonzero(ids == unit_id)[0])
        label = self.rule_set.labels[self.codes[at]]
        reasons = self.reasons(label).loc[unit_id]
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


def _distance(low: Any, high: Any) -> npt.NDArray[np.float64]:
    """How far `high` is above `low`; 0 where both are the same infinity, infinite where it overflows."""
    with np.errstate(invalid="ignore", over="ignore"):
        distance = np.subtract(high, low, dtype=np.float64)
    return np.where(np.equal(high, low), 0.0, distance)


def _judge(criterion: Criterion, values: npt.NDArray[Any], into: npt.NDArray[np.int8]) -> None:
    """Write the state of each unit under one active criterion."""
    if criterion.abs:
        values = np.abs(values)
    failed = into.view(np.bool_)
    failed[:] = False
    if criterion.min is not None:
        np.less(values, criterion.min, out=failed)
    if criterion.max is not None:
        failed |= values > criterion.max
    if values.dtype.kind == "f":
        missing = np.isnan(values)
        if missing.any():
            into[missing] = State.NAN
