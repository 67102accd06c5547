"""How far each unit is from the nearest limit that would change its label."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..metrics.formatting import beyond
from .judgement import Judgement, State
from .trace import Trace


def robustness(trace: Trace) -> npt.NDArray[np.float64]:
    """Return how far each unit is from the nearest single limit that would change its label.

    The distance is the share of all units whose value lies between the unit's value and the limit, both
    included, as :func:`nb_autolabel.rules.explanation.smallest_changes` has it; so it compares metrics of
    different units. It describes the thresholds. It is no confidence: labels of units far from every
    limit are hardly right more often than the others.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    ndarray, shape (n_units,)
        1 where no single limit would change the label, or it was given by hand.
    """
    least = np.ones(len(trace.table))
    for k in range(len(trace.rule_set.criteria)):
        if trace.judgement(k) is None:
            continue
        values = trace.values[k]
        missing = np.isnan(values)
        other = trace.codes_if(k, Judgement((trace.states[k] != State.FAIL) & ~missing, missing))
        changes = (other != trace.codes) & np.isfinite(values) & ~trace.fixed
        if changes.any():
            least[changes] = np.minimum(least, _distances(trace, k))[changes]
    return least


def _distances(trace: Trace, k: int) -> npt.NDArray[np.float64]:
    """Share of the units between each unit's value and the nearest limit that turns a criterion's answer."""
    criterion, values = trace.rule_set.criteria[k], trace.values[k]
    failing = trace.states[k] == State.FAIL
    ordered = np.sort(values[~np.isnan(values)])
    low, high = criterion.min, criterion.max
    under = np.zeros(len(values), dtype=bool) if low is None else values < low
    over = np.zeros(len(values), dtype=bool) if high is None else values > high
    least = np.full(len(values), np.inf)
    for up, limit, beyond_it, other in ((True, low, under, high), (False, high, over, low)):
        if limit is None:
            continue
        first = np.searchsorted(ordered, np.minimum(values, float(limit)), side="left")
        last = np.searchsorted(ordered, np.maximum(values, float(limit)), side="right")
        away = (last - first) / len(values)
        # A failing value passes if the limit that it violates moves to it. A passing value fails if a limit moves just past
        # it, unless it would cross the other limit.
        can = np.where(failing, beyond_it & ~(under & over), _room(criterion.metric, values, other, up))
        least = np.where(can, np.minimum(least, away), least)
    shares: npt.NDArray[np.float64] = np.minimum(least, 1.0)
    return shares


def _room(name: str, values: npt.NDArray[np.float64], other: float | None, up: bool) -> npt.NDArray[np.bool_]:
    """Where a limit can be put just past a value, upwards or downwards, without crossing the other limit."""
    if other is None:
        return np.ones(len(values), dtype=bool)
    found = np.zeros(len(values), dtype=bool)
    for at in np.flatnonzero(np.isfinite(values)):
        past = beyond(name, float(values[at]), up=up)
        found[at] = past <= other if up else past >= other
    return found
