"""One labeling session: the inputs that everything shown is derived from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol

import traitlets

from ..metrics.table import MetricTable
from ..rules.method import Limits, Method
from ..rules.rule import RuleSet
from ..rules.trace import Trace
from .hand_steps import HandStep, Keeper
from .positions import checked_positions

#: Names of the inputs, to observe all of them.
INPUTS = ("table", "method", "by_hand", "selection", "merges")
#: Steps that can be undone.
HISTORY = 200
#: A step of the history: the method before it (after it, among those undone), or labels given by hand.
Step = Method | HandStep


class Refinement(Protocol):
    """What a method's options make of the metrics, and which units they leave undecided."""

    def metrics(self, table: MetricTable, method: Method) -> MetricTable:
        """Return the metrics to label by; the same object for the same input."""

    def held(self, trace: Trace, method: Method, by_hand: Mapping[int, Any]) -> Mapping[int, str]:
        """Return the reason for each unit that is left undecided, by position."""

    def to_review(self, trace: Trace, method: Method, by_hand: Mapping[int, Any]) -> list[int]:
        """Return the positions of units without a decision, the most uncertain first."""

    def shown(self, by_hand: Mapping[int, Any]) -> Mapping[str, Any]:
        """Return what the browser needs to find the same, as plain data."""


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
    merges, proposed, rejected : tuple of tuple of int
        Input: positions of units that are to be merged, that a file proposes to merge, and of rejected proposals.
    trace : Trace
        Derived when asked for, from the table and the inputs alone.
    """

    table: Any = traitlets.Any()
    """The metrics; others once some were computed. Not a step for undo."""
    method = traitlets.Instance(Method)
    """The method with its options, its start and its current limits."""
    by_hand: Any = traitlets.Dict()
    """Labels given by hand, by position."""
    merges: Any = traitlets.Tuple()
    """Groups of units that are to be merged, by position."""
    proposed: Any = traitlets.Tuple()
    """Groups of units that somebody proposes to merge, by position."""
    rejected: Any = traitlets.Tuple()
    """Proposals that were rejected, by position."""
    selection: Any = traitlets.Tuple()
    """Positions of the selected units."""

    def __init__(self, table: MetricTable, method: Method) -> None:
        self.table = table
        super().__init__(method=method)
        self._trace: Trace | None = None
        self._of: tuple[Any, ...] = ()
        self._entries: tuple[Any, ...] = ()
        self._past: list[Step] = []
        self._future: list[Step] = []
        self._step = ""
        #: What the method's options do besides limits; None: nothing.
        self.refinement: Refinement | None = None
        #: Called first with a method that was set: what the table holds by its options follows.
        self.on_method: Callable[[Method], None] = lambda method: None
        #: Keeps the labels by hand; None: nobody does, and there is no undo of them.
        self.keeper: Keeper | None = None
        #: Called before a step that may change labels by hand: those given elsewhere are taken first.
        self.renew: Callable[[], None] = lambda: None

    @traitlets.validate("selection")  # type: ignore[untyped-decorator]
    def _in_range(self, proposal: Any) -> tuple[int, ...]:
        return checked_positions(proposal["value"], len(self.table))

    @traitlets.observe("method")  # type: ignore[untyped-decorator]
    def _first(self, change: Any) -> None:
        # Observers of the class are called before all others.
        if self.__dict__.get("on_method"):
            self.on_method(change["new"])

    @property
    def trace(self) -> Trace:
        """The decision of the current inputs on every unit."""
        refinement, method = self.refinement, self.method
        table = self.table if refinement is None else refinement.metrics(self.table, method)
        entries = tuple(self.by_hand.items())
        now = (self.rule_set, table, method.options)
        known = self._trace
        if (
            known is None
            or self._entries != entries
            or any(a is not b for a, b in zip(self._of, now, strict=True))
        ):
            labels = {at: entry.label for at, entry in entries}
            trace = self.rule_set.apply(table, missing="inactive", by_hand=labels)
            held = {} if refinement is None else refinement.held(trace, method, self.by_hand)
            self._trace, self._of, self._entries = (trace.holding(held) if held else trace), now, entries
        assert self._trace is not None  # noqa: S101 (for the reader of types)
        return self._trace

    @property
    def trace_of_method(self) -> Trace:
        """The decision as the method alone has it, without labels by hand."""
        trace = self.trace
        return trace.rule_set.apply(trace.table, missing="inactive").holding(trace.held)

    @property
    def default_trace(self) -> Trace:
        """The decision on every unit as the method started: its first limits, no option, no label by hand."""
        trace = self.defaults.apply(self.table, missing="inactive")
        if self.refinement is None:
            return trace
        return trace.holding(self.refinement.held(trace, replace(self.method, options={}), {}))

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
    def limits(self) -> list[tuple[float | None, float | None]]:
        """Lower and upper limit of each criterion, in stored units."""
        return [(c.min, c.max) for c in self.rule_set.criteria]

    @property
    def history(self) -> tuple[int, int]:
        """How many steps can be undone and redone."""
        undoable = sum(self._stands(step, back=True) for step in self._past)
        return undoable, sum(self._stands(step, back=False) for step in self._future)

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
        """Replace the labels given by hand; one step for undo, here and in everything that shows these labels."""
        if by_hand == self.by_hand:
            return
        if self.keeper is None:
            self.by_hand = by_hand
        else:
            self.keeper.give(self, by_hand)

    def record(self, step: HandStep) -> None:
        """Take labels that were given by hand into the history, wherever they were given."""
        self._append(step)
        self._step = ""

    def moved(self, step: HandStep, *, back: bool) -> None:
        """Take note that labels by hand were taken back, or given again, wherever that was asked for."""
        source, target = (self._past, self._future) if back else (self._future, self._past)
        if step in source:
            source.remove(step)
            target.append(step)
            self._step = ""

    def _remember(self, step: str) -> None:
        if not step or step != self._step:
            self._append(self.method)
        self._step = step

    def _append(self, step: Step) -> None:
        self._past = [*self._past[1 - HISTORY :], step]
        self._future = []

    def undo(self) -> bool:
        """Take the last step back; False if there is none.

        Labels by hand are a step wherever in this kernel they were given. A unit that was labeled otherwise since keeps
        its label.
        """
        self.renew()
        return self._travel(back=True)

    def redo(self) -> bool:
        """Take the step again that was undone last; False if there is none."""
        self.renew()
        return self._travel(back=False)

    def _travel(self, *, back: bool) -> bool:
        source, target = (self._past, self._future) if back else (self._future, self._past)
        while source:
            step = source[-1]
            if isinstance(step, Method):
                source.pop()
                target.append(self.method)
                self.method = step
            elif self.keeper is None or not self.keeper.move(step, back=back):
                # Nothing of it stands any more.
                source.remove(step)
                continue
            self._step = ""
            return True
        return False

    def _stands(self, step: Step, *, back: bool) -> bool:
        return isinstance(step, Method) or (self.keeper is not None and self.keeper.can_move(step, back=back))

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Put the inputs and the history back to what they were if anything inside fails."""
        method, selection, step = self.method, self.selection, self._step
        past, future = list(self._past), list(self._future)
        try:
            yield
        except Exception:
            given = [each for each in reversed(self._past) if each not in past]
            taken = [each for each in past if each not in self._past]
            self.selection = selection
            self.method = method
            for steps, back in ((given, True), (taken, False)):
                for each in steps:
                    if isinstance(each, HandStep) and self.keeper is not None:
                        self.keeper.move(each, back=back)
            self._past, self._future, self._step = past, future, step
            raise

    def reset(self) -> None:
        """Put all limits back to where they started; one step for undo."""
        self.set_method(self.method.reset())
