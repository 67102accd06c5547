"""Search for the limits that agree best with labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..metrics.registry import metric
from ..metrics.table import MetricTable
from ..rules.criterion import Criterion
from ..rules.methods import SECTIONS
from ..rules.rule import RuleSet
from .scoring import macro_f1

#: Sections of Bombcell's thresholds whose limits are fitted: noise and mua.
FITTED = SECTIONS[:2]
#: Candidate values tried for every limit, at quantiles of the units' values.
CANDIDATES = 25
#: A change must raise macro-F1 by this much, or by this many units' worth.
SMALLEST_GAIN, GAIN_IN_UNITS = 0.002, 0.3
#: Times that every limit is looked at, on average, at most.
PASSES = 6


Limits = list[tuple[float | None, float | None]]


class LimitSearch:
    """Coordinate search over the limits of noise and mua, on counts of failed criteria."""

    def __init__(
        self,
        rules: RuleSet,
        table: MetricTable,
        places: npt.NDArray[np.intp],
        bounds: Mapping[str, tuple[float, float]],
    ) -> None:
        self.criteria = rules.criteria
        self.start: Limits = [(c.min, c.max) for c in rules.criteria]
        self.values: list[npt.NDArray[np.float64] | None] = []
        self.tries: list[npt.NDArray[np.float64]] = []
        for c in rules.criteria:
            there = c.section in FITTED and table.find(c.metric) is not None
            if not there:
                self.values.append(None)
                self.tries.append(np.zeros(0))
                continue
            values = np.asarray(table.values(c.metric), dtype=np.float64)[places]
            values = np.abs(values) if c.abs else values
            self.values.append(values)
            self.tries.append(_candidates(c, values, bounds.get(c.metric)))

    def _fails(self, at: int, low: Any, high: Any) -> npt.NDArray[np.bool_]:
        """Where a criterion counts as failed under limits; arrays of limits give one row each."""
        c, values = self.criteria[at], self.values[at]
        if values is None:
            return np.zeros(1, dtype=bool)
        low = -np.inf if low is None else low
        high = np.inf if high is None else high
        with np.errstate(invalid="ignore"):
            failed: npt.NDArray[np.bool_] = (values < low) | (values > high)
        return failed | np.isnan(values) if c.nan == "fail" else failed

    def _counts(self, limits: Limits) -> npt.NDArray[np.intp]:
        size = next(len(v) for v in self.values if v is not None)
        counts = np.zeros((2, size), dtype=np.intp)
        for at, (low, high) in enumerate(limits):
            if self.values[at] is not None and (low is not None or high is not None):
                counts[0 if self.criteria[at].section == "noise" else 1] += self._fails(at, low, high)
        return counts

    def decide(self, limits: Limits) -> npt.NDArray[np.intp]:
        """Return the class of every labeled unit: 0 noise, 1 mua, 2 good."""
        counts = self._counts(limits)
        return np.where(counts[0] > 0, 0, np.where(counts[1] > 0, 1, 2))

    def run(
        self, truth: npt.NDArray[np.intp], chosen: npt.NDArray[np.bool_]
    ) -> tuple[Limits, dict[tuple[int, int], float]]:
        """Move limits until none is worth moving; return them, and what each move gained."""
        limits = list(self.start)
        gains: dict[tuple[int, int], float] = {}
        known = truth[chosen]
        least = max(SMALLEST_GAIN, GAIN_IN_UNITS / len(known))
        score = float(macro_f1(known, self.decide(limits)[chosen]))
        for _ in range(PASSES * len(limits)):
            counts = self._counts(limits)
            best = (0.0, -1, -1, 0.0)
            for at, tries in enumerate(self.tries):
                for bound in (0, 1):
                    if not len(tries) or self.start[at][bound] is None:
                        continue
                    here = 0 if self.criteria[at].section == "noise" else 1
                    others = counts[here] - self._fails(at, *limits[at])
                    low: Any = tries[:, None] if bound == 0 else limits[at][0]
                    high: Any = tries[:, None] if bound == 1 else limits[at][1]
                    tried = (others + self._fails(at, low, high)) > 0
                    noise = tried if here == 0 else np.broadcast_to(counts[0] > 0, tried.shape)
                    mua = tried if here == 1 else np.broadcast_to(counts[1] > 0, tried.shape)
                    decided = np.where(noise, 0, np.where(mua, 1, 2))[:, chosen]
                    found = macro_f1(known, decided)
                    top = int(np.argmax(found))
                    # Changing a limit again costs less than changing another one: the number of changed limits stays.
                    price = 0.0005 if (at, bound) in gains else least
                    gain = float(found[top]) - score - price
                    if gain > best[0]:
                        best = (gain, at, bound, float(tries[top]))
            gain, at, bound, value = best
            if at < 0:
                break
            pair = list(limits[at])
            pair[bound] = value
            limits[at] = (pair[0], pair[1])
            new = float(macro_f1(known, self.decide(limits)[chosen]))
            gains[at, bound] = gains.get((at, bound), 0.0) + new - score
            score = new
        return limits, gains


def _candidates(
    criterion: Criterion, values: npt.NDArray[np.float64], bounds: tuple[float, float] | None
) -> npt.NDArray[np.float64]:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return np.zeros(0)
    spread = np.unique(np.quantile(finite, np.linspace(0.01, 0.99, CANDIDATES)))
    if metric(criterion.metric).whole:
        spread = np.unique(np.round(spread))
    if bounds is not None:
        spread = np.clip(spread, *bounds)
    rounded = np.array([float(f"{v:.3g}") for v in spread])
    return np.unique(rounded)
