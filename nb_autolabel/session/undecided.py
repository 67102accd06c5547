"""Units that UnitRefine's classifiers leave to a person, as options of a live method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..classifiers.accepted import USUAL_PACE, Accepted
from ..classifiers.expected_error import SAFE
from ..classifiers.undecided import Undecided
from ..export.journal import Entry
from ..labels import CLASSES
from ..metrics.table import MetricTable
from ..rules.method import Method
from ..rules.trace import Trace
from .hand_entries import RANDOM

#: Labels that are no decision.
NONE_YET = ("unsure", "unjudged")


class UndecidedUnits:
    """The :class:`~nb_autolabel.session.session.Refinement` of UnitRefine.

    Parameters
    ----------
    known : Undecided
        What is known of the units; replaced with other metrics or classifiers.
    """

    def __init__(self, known: Undecided) -> None:
        self.known = known
        self._made: tuple[MetricTable, Any, MetricTable, float] | None = None

    def metrics(self, table: MetricTable, method: Method) -> MetricTable:
        """Return the metrics to label by: the noise stage shifted to the told share."""
        share = method.options.get("noise_share")
        if share is None:
            return table
        made = self._made
        if made is None or made[0] is not table or made[1] != share:
            made = (
                table,
                share,
                self.known.metrics(table, method.options),
                self.known.shift(table, method.options),
            )
            self._made = made
        return made[2]

    def held(self, trace: Trace, method: Method, by_hand: Mapping[int, Any]) -> Mapping[int, str]:
        """Return the reason for each unit that is left undecided."""
        return self.known.held(trace, method.options, audit_of(by_hand), self._shift(method))

    def _shift(self, method: Method) -> float:
        return 0.0 if method.options.get("noise_share") is None or self._made is None else self._made[3]

    def summary(
        self, trace: Trace, method: Method, by_hand: Mapping[int, Any], pace: float | None
    ) -> Accepted | None:
        """Return what is accepted; None where nothing was asked."""
        asked = method.options.get("accept")
        if not asked:
            return None
        audit = audit_of(by_hand)
        found = self.known.cut(trace, method.options, audit, self._shift(method))
        known, _ = self.known.known(trace, asked["question"], audit, self._shift(method))
        ids = trace.table.unit_ids.tolist()
        return Accepted(
            asked["error"],
            asked["question"],
            tuple(ids[at] for at in np.flatnonzero(found.accepted).tolist()),
            tuple(ids[at] for at in self.to_review(trace, method, by_hand)),
            found.expected,
            found.low,
            found.high,
            len(known),
            USUAL_PACE if pace is None else pace,
        )

    def errors(self, trace: Trace, method: Method, audit: Mapping[int, str]) -> Any:
        """Return the expected error of each label, NaN where there is none; shape (n_units,)."""
        return self.known.cut(trace, method.options, audit, self._shift(method)).errors

    def to_review(self, trace: Trace, method: Method, by_hand: Mapping[int, Any]) -> list[int]:
        """Return the positions of the units without a decision, the most uncertain first."""
        open_ = [code for code, name in enumerate(trace.names) if name in NONE_YET]
        wanted = np.isin(trace.codes, open_) & ~trace.manual
        options = dict(method.options)
        options["accept"] = options.get("accept") or {"error": 0.05, "question": "label", "safe": SAFE}
        errors = self.known.cut(
            trace, {**options, "unfamiliar": "keep"}, audit_of(by_hand), self._shift(method)
        ).errors
        order = np.where(np.isfinite(errors), errors, np.inf)
        return [int(at) for at in np.argsort(-order, kind="stable") if wanted[at]]

    def shown(self, by_hand: Mapping[int, Any]) -> dict[str, Any]:
        """Return what the browser needs to say the same; ``frontend/src/state/types.js`` has the type."""
        known = self.known
        return {
            "calibrations": {
                q: [c.slope, c.intercept, c.spread, c.tilt] for q, c in known.calibrations.items()
            },
            "unfamiliar": np.flatnonzero(known.unfamiliar).tolist(),
            "left_out": {str(at): list(pair) for at, pair in known.left_out.items()},
            "audit": {str(at): label for at, label in audit_of(by_hand).items()},
        }


def audit_of(by_hand: Mapping[int, Entry]) -> dict[int, str]:
    """Return the labels by hand of units that were drawn at random, by position: these alone calibrate."""
    return {at: str(e.label) for at, e in by_hand.items() if e.drawn == RANDOM and e.label in CLASSES}
