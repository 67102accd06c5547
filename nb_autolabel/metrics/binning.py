"""Cutting a metric into the bins of a histogram that a person can read.

Values and limits are in shown units (ms, µV, %). Far tails are gathered in the outermost bins and
counted, so that one outlier does not squeeze everything else into one bar. A logarithmic axis has a bin
of its own for zero, left of the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .registry import Metric, Scale

#: Places of units that stand in no bin of the axis: see :attr:`Bins.index`.
MISSING, ZERO = -1, -2
#: Share of the values that "clip" shows in full at each end.
CLIP_QUANTILE = 0.98
#: A logarithmic axis reaches this many times the middle half of the values beyond it, and powers of ten at the least.
LOG_REACH, SMALLEST_REACH = 3.0, 1.5
#: A linear axis is clipped when its longest tail is this many times the bulk.
LONG_TAIL = 6.0


@dataclass(frozen=True)
class Bins:
    """Bins of one metric.

    Attributes
    ----------
    scale : {"linear", "log", "clip"}
        Scale of the axis; "clip" is linear.
    edges : ndarray, shape (n_bins + 1,)
        In shown units, ascending.
    index : ndarray of int, shape (n_units,)
        Bin of each unit; :data:`MISSING` if it has no value, :data:`ZERO` where a logarithmic axis has no
        place for its value.
    n_below, n_above : int
        Units gathered in the first and last bin from beyond the axis.
    n_missing : int
        Units without a value.
    n_zero : int
        Units in the bin for zero (negative values included) of a logarithmic axis.
    n_saturated : int
        Units at the largest value that the metric can have; they are in the last bin.
    """

    scale: Scale
    edges: npt.NDArray[np.float64]
    index: npt.NDArray[np.intp]
    n_below: int
    n_above: int
    n_missing: int
    n_zero: int = 0
    n_saturated: int = 0

    def __repr__(self) -> str:
        low, high = self.edges[[0, -1]]
        return f"Bins({self.scale}, {len(self.edges) - 1} from {low:g} to {high:g}, {len(self.index)} units)"

    @property
    def drawn(self) -> int:
        """Bins that are drawn: those of the axis, one for zero, and one for missing values."""
        return len(self.edges) - 1 + bool(self.n_zero) + bool(self.n_missing)

    @property
    def drawn_index(self) -> npt.NDArray[np.intp]:
        """Bin of each unit among those that are drawn: zero after the last of the axis, missing values last."""
        found = np.where(self.index == ZERO, len(self.edges) - 1, self.index)
        return np.where(self.index == MISSING, self.drawn - 1, found)

    def counts(self, chosen: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.intp]:
        """Count the units per bin of the axis, of all or of the chosen ones."""
        index = self.index if chosen is None else self.index[chosen]
        return np.bincount(index[index >= 0], minlength=len(self.edges) - 1)

    def zeros(self, chosen: npt.NDArray[np.bool_] | None = None) -> int:
        """Count the units in the bin for zero, of all or of the chosen ones."""
        return int(((self.index if chosen is None else self.index[chosen]) == ZERO).sum())


def cut(
    metric: Metric,
    values: npt.NDArray[Any],
    limits: Iterable[float | None] = (),
    n_bins: int = 30,
    scale: Scale | None = None,
) -> Bins:
    """Choose bins for a metric and put every unit into one.

    Parameters
    ----------
    metric : Metric
        Says the scale that suits it.
    values : ndarray, shape (n_units,)
        In shown units; NaN where missing. Infinite values go to the outermost bins.
    limits : iterable of float or None
        Limits that must lie inside the axis, in shown units.
    n_bins : int, default: 30
    scale : {"linear", "log", "clip"}, optional
        Instead of the metric's own.

    Returns
    -------
    Bins
    """
    values = np.asarray(values, dtype=np.float64)
    missing = np.isnan(values)
    finite = values[np.isfinite(values)]
    inside = [float(x) for x in limits if x is not None and np.isfinite(x)]
    chosen: Scale = scale or metric.scale
    if chosen == "log":
        positive = finite[finite > 0]
        if positive.size == 0 or any(x <= 0 for x in inside):
            chosen = "clip"
        else:
            low, high = _widen(*_log_core(positive), inside)
            low, high = low / 1.1, high * 1.1
            edges = np.geomspace(low, high, n_bins + 1)
    if chosen != "log":
        chosen, edges = _linear_edges(metric, finite, inside, n_bins, chosen)
    index = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    # The last bin includes its upper edge.
    nothing = values <= 0 if chosen == "log" else np.zeros(len(values), dtype=bool)
    below = int(((values < edges[0]) & ~nothing).sum())
    above = int((values > edges[-1]).sum())
    index[nothing] = ZERO
    index[missing] = MISSING
    most = np.inf if metric.saturates is None else metric.saturates * metric.factor
    saturated = int((values >= most).sum())
    return Bins(chosen, edges, index, below, above, int(missing.sum()), int(nothing.sum()), saturated)


def _log_core(positive: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return the ends of a logarithmic axis: all values but those that lie orders of magnitude from the middle half."""
    logs = np.log10(positive)
    low, high = np.quantile(logs, [0.25, 0.75])
    reach = max(LOG_REACH * (high - low), SMALLEST_REACH)
    inside = positive[(logs >= low - reach) & (logs <= high + reach)]
    return float(inside.min()), float(inside.max())


def _linear_edges(
    metric: Metric, finite: npt.NDArray[np.float64], inside: list[float], n_bins: int, scale: Scale
) -> tuple[Scale, npt.NDArray[np.float64]]:
    if finite.size == 0:
        low, high = _widen(0.0, 1.0, inside)
        return "linear", np.linspace(low, high, n_bins + 1)
    full_low, full_high = float(finite.min()), float(finite.max())
    low, high = full_low, full_high
    core_low, core_high = np.quantile(finite, [1 - CLIP_QUANTILE, CLIP_QUANTILE])
    span = core_high - core_low
    if scale == "clip" or full_high - core_high > LONG_TAIL * span or core_low - full_low > LONG_TAIL * span:
        low = full_low if core_low - full_low <= 0.5 * span else float(core_low)
        high = full_high if full_high - core_high <= 0.5 * span else float(core_high)
    low, high = _widen(low, high, inside)
    clipped: Scale = "clip" if low > full_low or high < full_high else "linear"
    if metric.whole and high - low <= n_bins:
        return clipped, np.arange(np.floor(low) - 0.5, np.ceil(high) + 1.0, 1.0)
    if high <= low:
        half = abs(low) * 0.05 or 0.5
        low, high = low - half, high + half
    return clipped, np.linspace(low, high, n_bins + 1)


def _widen(low: float, high: float, inside: list[float]) -> tuple[float, float]:
    """Include the limits, with a little room so that none lies on the edge."""
    if not inside:
        return float(low), float(high)
    new_low, new_high = min(low, *inside), max(high, *inside)
    room = 0.04 * (new_high - new_low)
    if min(inside) <= low:
        new_low -= room if new_low - room > 0 or new_low <= 0 else new_low * 0.5
    if max(inside) >= high:
        new_high += room
    return float(new_low), float(new_high)


def round_ticks(low: float, high: float, at_most: int, log: bool = False) -> npt.NDArray[np.float64]:
    """Return round numbers between two ends, for an axis.

    Parameters
    ----------
    low, high : float
        Ends of the axis, in shown units.
    at_most : int
        The most steps.
    log : bool, default: False
        Powers of ten, or evenly spread values where there are fewer than two.

    Returns
    -------
    ndarray
    """
    if log:
        powers = np.arange(np.ceil(np.log10(low)), np.floor(np.log10(high)) + 1)
        if len(powers) < 2:
            powers = np.linspace(np.log10(low), np.log10(high), at_most)
        return np.power(10.0, powers[:: max(1, -(-len(powers) // at_most))])
    span = high - low
    magnitude = 10.0 ** np.floor(np.log10(span / at_most))
    step = next(f * magnitude for f in (1, 2, 5, 10) if span / (f * magnitude) <= at_most)
    # Ends that are ticks but for the last binary digit count; twelve digits are what the browser has too.
    places = np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1) * step + 0.0
    return np.array([float(f"{place:.12g}") for place in places], dtype=np.float64)
