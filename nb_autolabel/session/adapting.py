"""Adapting the bundled pair in the loop: when it is offered, what it is worth, what it would change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..classifiers.adaptation import adapt
from ..classifiers.cascade import Cascade
from ..classifiers.expected_error import NORMAL_95, is_right
from ..classifiers.undecided import Undecided, chances_of, decided, is_bundled
from ..errors import LabelsError
from ..labels import CLASSES
from ..metrics.table import MetricTable
from .undecided import audit_of

if TYPE_CHECKING:
    from .live_unitrefine import LiveUnitRefine

#: Labels by hand that a pair is adapted to: (unit id, label), in the order of the units.
Given = tuple[tuple[Any, str], ...]
#: Labels by hand from which on it is offered.
FROM = 15


def adapted_cascade(metrics: MetricTable, given: Given) -> Cascade:
    """Return the bundled pair adapted to labels by hand.

    Raises
    ------
    LabelsError
    """
    pair = adapt(metrics, dict(given))
    return Cascade(pair.noise, pair.sua)


@dataclass(frozen=True)
class Offer:
    """What adapting would do.

    Attributes
    ----------
    labels, audit : int
        Labels by hand that it would use, and those of them whose units were drawn at random.
    changes : int
        Units whose label by the classifiers would be another; those labeled by hand are left out.
    gain, low, high : float
        Difference in the share of audit units that are labeled right, each without its own label, and its 95 % interval;
        NaN without audit units.
    """

    labels: int
    audit: int
    changes: int
    gain: float
    low: float
    high: float

    @property
    def text(self) -> str:
        """It in a sentence."""
        would = f"Adapting to your {self.labels} labels would change {self.changes} of the other labels"
        if not self.audit:
            return f"{would}. What it gains cannot be told: none of the labels is of a unit drawn at random."
        points = f"{100 * self.gain:+.0f} points of 100 ({100 * self.low:+.0f} to {100 * self.high:+.0f})"
        told = f"{points} on {self.audit} units drawn at random, each left out"
        if self.low <= 0 <= self.high:
            return f"{would}. Estimated gain in accuracy: {told}: too few to tell."
        return f"{would}. Estimated gain in accuracy: {told}."


class Adapting:
    """Follows the labels by hand of live labels.

    Parameters
    ----------
    live : LiveUnitRefine
    """

    def __init__(self, live: LiveUnitRefine) -> None:
        self._live = live
        self._known: tuple[Any, Offer | None] | None = None

    def given(self) -> Given:
        """Return the labels by hand that count: noise, mua, good and the like.

        Raises
        ------
        LabelsError
            If there are none, or the classifiers are others than the bundled pair.
        """
        live = self._live
        if not is_bundled(live.cascade):
            raise LabelsError(
                "only the bundled pair can be adapted here; these classifiers are others. nbl.adapt(..., base=...) adapts "
                "trees on units of your own."
            )
        ids = live.analyzer.unit_ids
        found = tuple(
            (ids[at].item(), str(entry.label))
            for at, entry in sorted(live.session.by_hand.items())
            if entry.label in CLASSES
        )
        if not found:
            raise LabelsError("no unit is labeled noise, mua or good by hand yet, so nothing can be adapted.")
        return found

    def given_before(self, pairs: Any) -> Given:
        """Return the labels that the pair was adapted to before, as a journal has kept them.

        Raises
        ------
        LabelsError
            If the units or labels are not known, or the classifiers are others than the bundled pair.
        """
        if not is_bundled(self._live.cascade):
            raise LabelsError("only the bundled pair can be adapted; these classifiers are others.")
        if not isinstance(pairs, list | tuple):
            raise LabelsError(f"the pair was adapted to {str(pairs)[:40]!r}, which is no list of labels.")
        units = set(self._live.analyzer.unit_ids.tolist())
        kept = tuple((unit, str(label)) for unit, label in pairs)
        for unit, label in kept:
            if unit not in units or label not in CLASSES:
                raise LabelsError(
                    f"the pair was adapted to unit {str(unit)[:40]!r} as {label[:40]!r}, which is not known here."
                )
        return kept

    @property
    def is_adapted(self) -> bool:
        """Whether the pair is adapted now, by this labeler."""
        return bool(self._live.method.options.get("adapted"))

    @property
    def is_done(self) -> bool:
        """Whether the pair is adapted now, to the labels by hand as they are."""
        try:
            return self.is_adapted and self._live.method.options.get("adapted") == self.given()
        except LabelsError:  # None of the labels that it was adapted to is left.
            return False

    def offer(self) -> Offer | None:
        """Return what adapting to the labels by hand would do; None if they are too few, or it is done."""
        live = self._live
        if (
            not is_bundled(live.cascade)
            or sum(e.label in CLASSES for e in live.session.by_hand.values()) < FROM
        ):
            return None
        if self.is_done:
            return None
        given = self.given()
        audit = audit_of(live.session.by_hand)
        state = (given, tuple(sorted(audit)), live.session.trace)
        if self._known is None or self._known[0][:2] != state[:2] or self._known[0][2] is not state[2]:
            self._known = (state, self._made(given, audit))
        return self._known[1]

    def _made(self, given: Given, audit: dict[int, str]) -> Offer:
        live = self._live
        trace = live.session.trace
        table = MetricTable.of(live.analyzer)
        cascade = adapted_cascade(table, given)
        inputs = cascade.inputs(table)
        chances = list(cascade.probabilities(inputs, table).values())
        left_out = Undecided.of(cascade, inputs, table).left_out
        noise, sua = (np.full(len(table), np.nan) if c is None else c for c in chances_of(trace))
        rules = trace.rule_set
        changes = sum(
            decided(rules, chances[0][at], chances[1][at]) != decided(rules, noise[at], sua[at])
            for at in np.flatnonzero(~trace.manual & np.isfinite(noise) & np.isfinite(sua)).tolist()
        )
        better = worse = 0
        for at, truth in audit.items():
            if at in left_out:
                before = is_right(decided(rules, noise[at], sua[at]), truth, "label")
                after = is_right(decided(rules, *left_out[at]), truth, "label")
                better += bool(after) and not before
                worse += bool(before) and not after
        n = len(audit)
        gain = (better - worse) / n if n else float("nan")
        # The answers that differ say how sure the difference is; half of one is added to each cell (Agresti & Min 2005).
        half = (
            NORMAL_95 * ((better + worse + 1) - (better - worse) ** 2 / (n + 2)) ** 0.5 / (n + 2)
            if n
            else float("nan")
        )
        return Offer(len(given), n, changes, gain, gain - half, gain + half)
