"""One labeling session: the inputs that everything shown is derived from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import traitlets

from ..metrics.table import MetricTable
from ..rules.method import Limits, Method
from ..rules.rule import RuleSet
from ..rules.trace import Trace
from .positions import checked_positions

#: Steps that can be undone.
HISTORY = 200
#: What a step changes: the method, and the labels given by hand.
Inputs = tuple[Method, dict[int, Any]]


class Session(traitlets.HasTraits):  # type: ignore[misc]
    """The hub between the kernel, the browser and the views: a table, a method, labels by hand, a selection.

    Parameters
    ----------
    table : MetricTable
    method : Method

    Attributes
    ----------
    table : MetricTable
    method : Method
        Input: the method with its options, its start and its current limits.
    selection : tuple of int
        Input: positions of the selected units.
    by_hand : dict of int to Entry
        Input: labels given by hand, by position of the unit.
    trace : Trace
        Derived when asked for, from the table and the inputs alone.
    """

    table: Any = traitlets.Any()
    """The metrics; others once some were computed. Not a step for undo."""
    method = traitlets.Instance(Method)
    """The method with its options, its start and its current limits."""
    by_hand: Any = traitlets.Dict()
    """Labels given by hand, by position."""
    selection: Any = traitlets.Tuple()
    """Positions of the selected units."""

    def __init__(self, table: MetricTable, method: Method) -> None:
        self.table = table
        super().__init__(method=method)
        self._trace: Trace | None = None
        self._past: list[Inputs] = []
        self._future: list[Inputs] = []
        self._held: list[tuple[Inputs, list[Inputs], list[Inputs]]] = []
        self._step = ""
        #: Called before a step that may change labels by hand: those given elsewhere are taken first.
        self.renew: Callable[[], None] = lambda: None

    @traitlets.validate("selection")  # type: ignore[untyped-decorator]
    def _in_range(self, proposal: Any) -> tuple[int, ...]:
        return checked_positions(proposal["value"], len(self.table))

    @property
    def trace(self) -> Trace:
        """The decision of the current inputs on every unit."""
        labels = {at: entry.label for at, entry in self.by_hand.items()}
        known = self._trace
        same = known is not None and known.rule_set is self.rule_set and known.table is self.table
        if known is None or not same or known.by_hand != labels:
            self._trace = self.rule_set.apply(self.table, missing="inactive", by_hand=labels)
        assert self._trace is not None  # noqa: S101 (for the reader of types)
        return self._trace

    @property
    def rule_set(self) -> RuleSet:
        """The method's criteria and rules as they are now."""
        rules: RuleSet = self.method.rules
        return rules

    @property
    def defaults(self) -> RuleSet:
        """The method's criteria and rules as they started."""
        defaults: RuleSet = self.method.defaults
        return defaults

    @property
    def _inputs(self) -> Inputs:
        return self.method, self.by_hand

    @_inputs.setter
    def _inputs(self, inputs: Inputs) -> None:
        # Labels by hand first: keeping them can fail, and then the method stays too.
        self.by_hand, self.method = inputs[1], inputs[0]

    @property
    def limits(self) -> list[tuple[float | None, float | None]]:
        """Lower and upper limit of each criterion, in stored units."""
        return [(c.min, c.max) for c in self.rule_set.criteria]

    @property
    def history(self) -> tuple[int, int]:
        """How many steps can be undone and redone."""
        return len(self._past), len(self._future)

    def set_limits(self, limits: Mapping[str, Limits], step: str = "") -> None:
        """Set the limits of some criteria; the others are kept.

        Parameters
        ----------
        limits : dict of str to (float or None, float or None)
            By key of the criterion.
        step : str, default: ""
            Changes in a row with the same name are one step for undo: a whole drag.
        """
        self.set_method(self.method.with_limits(limits), step)

    def set_rules(self, rule_set: RuleSet, step: str = "") -> None:
        """Replace criteria and rules; where the method started stays. One step for undo."""
        self.set_method(self.method.with_rules(rule_set), step)

    def set_method(self, method: Method, step: str = "") -> None:
        """Replace the method; one step for undo."""
        if method == self.method:
            return
        self._remember(step)
        self.method = method

    def set_by_hand(self, by_hand: dict[int, Any]) -> None:
        """Replace the labels given by hand; one step for undo."""
        if by_hand == self.by_hand:
            return
        past, future = self._past, self._future
        self._remember("")
        try:
            self.by_hand = by_hand
        except Exception:
            # Persisting failed: roll back.
            self._past, self._future = past, future
            raise

    def take_by_hand(self, by_hand: dict[int, Any]) -> None:
        """Take labels given elsewhere. That is no step here, and undoing earlier steps leaves them."""
        changed = {at for at in {*self.by_hand, *by_hand} if self.by_hand.get(at) != by_hand.get(at)}

        def rebased(inputs: Inputs) -> Inputs:
            rules, before = inputs
            kept = {at: entry for at, entry in before.items() if at not in changed}
            return rules, kept | {at: by_hand[at] for at in changed if at in by_hand}

        def all_rebased(steps: list[Inputs]) -> list[Inputs]:
            return [rebased(inputs) for inputs in steps]

        self._past, self._future = all_rebased(self._past), all_rebased(self._future)
        self._held = [
            (rebased(now), all_rebased(past), all_rebased(future)) for now, past, future in self._held
        ]
        self.by_hand = by_hand

    def _remember(self, step: str) -> None:
        if not step or step != self._step:
            self._past = [*self._past[1 - HISTORY :], self._inputs]
        self._step = step
        self._future = []

    def undo(self) -> bool:
        """Take the last step back; False if there is none."""
        self.renew()
        return self._travel(self._past, self._future)

    def redo(self) -> bool:
        """Take the step again that was undone last; False if there is none."""
        self.renew()
        return self._travel(self._future, self._past)

    def _travel(self, source: list[Inputs], target: list[Inputs]) -> bool:
        if not source:
            return False
        before, after = self._inputs, source.pop()
        target.append(before)
        try:
            self._inputs = after
        except Exception:
            # Persisting the labels by hand failed: roll back.
            target.pop()
            source.append(after)
            raise
        self._step = ""
        return True

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Put the inputs and the history back to what they were if anything inside fails."""
        selection, step = self.selection, self._step
        self._held.append((self._inputs, list(self._past), list(self._future)))
        try:
            yield
        except Exception:
            inputs, self._past, self._future = self._held[-1]
            self._step = step
            self.selection = selection
            self._inputs = inputs
            raise
        finally:
            self._held.pop()

    def reset(self) -> None:
        """Put all limits back to where they started; one step for undo."""
        self.set_method(self.method.reset())
