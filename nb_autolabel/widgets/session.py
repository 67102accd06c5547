"""One labeling session: the inputs that everything shown is derived from."""

from __future__ import annotations

from typing import Any

import traitlets

from ..metrics.table import MetricTable
from ..rules.rule import RuleSet
from ..rules.trace import Trace


class Session(traitlets.HasTraits):  # type: ignore[misc]
    """The hub between the kernel, the browser and the views: a table, a rule set, a selection.

    Parameters
    ----------
    table : MetricTable
    rule_set : RuleSet

    Attributes
    ----------
    rule_set : RuleSet
        Input: the method with its current limits.
    selection : tuple of int
        Input: positions of the selected units.
    trace : Trace
        Derived when asked for, from the table and the rule set alone.
    """

    rule_set = traitlets.Instance(RuleSet)
    """The method with its current limits."""
    selection: Any = traitlets.Tuple()
    """Positions of the selected units."""

    def __init__(self, table: MetricTable, rule_set: RuleSet) -> None:
        super().__init__(rule_set=rule_set)
        self.table = table
        self.defaults = rule_set
        self._trace: Trace | None = None

    @property
    def trace(self) -> Trace:
        """The decision of the current rule set on every unit."""
        if self._trace is None or self._trace.rule_set is not self.rule_set:
            self._trace = self.rule_set.apply(self.table, missing="inactive")
        return self._trace

    @property
    def limits(self) -> list[tuple[float | None, float | None]]:
        """Lower and upper limit of each criterion, in stored units."""
        return [(c.min, c.max) for c in self.rule_set.criteria]

    def set_limits(self, limits: list[Any]) -> None:
        """Replace all limits; criteria that do not change are kept as they are."""
        from dataclasses import replace

        criteria = tuple(
            c if (c.min, c.max) == (low, high) else replace(c, min=low, max=high)
            for c, (low, high) in zip(self.rule_set.criteria, limits, strict=True)
        )
        if criteria != self.rule_set.criteria:
            self.rule_set = replace(self.rule_set, criteria=criteria)
