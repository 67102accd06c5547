"""How many units each label would have if one limit were elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import RuleError, is_one_of, listing
from ..metrics.formatting import rounded
from ..metrics.registry import metric
from .judgement import Judgement
from .shown_tables import sensitivity_html, sensitivity_text
from .trace import Trace

if TYPE_CHECKING:
    import pandas as pd

Bound = Literal["min", "max"]
#: Size of a step, as a share of the range between the 5 % and 95 % quantiles of a metric.
STEP = 0.05


@dataclass(frozen=True)
class Curve:
    """Counts of each label along one limit; exact, since they change only where a unit's value is.

    Attributes
    ----------
    key : str
        Criterion.
    bound : {"min", "max"}
    limits : ndarray, shape (n_points,)
        Ascending, in the stored unit: every distinct value, and one beyond them at which all fail.
    counts : ndarray of int, shape (n_points, n_labels)
        In the order of ``trace.names``.
    """

    key: str
    bound: Bound
    limits: npt.NDArray[np.float64]
    counts: npt.NDArray[np.intp]

    def __repr__(self) -> str:
        return f"Curve({self.key} {self.bound}, {len(self.limits)} places from {self.limits[0]:g} to {self.limits[-1]:g})"

    def at(self, limit: float) -> npt.NDArray[np.intp]:
        """Return the counts with the limit at a value; shape (n_labels,)."""
        # Between two values, a lower limit acts as at the next value above, an upper one as at the next below.
        if self.bound == "min":
            place = np.searchsorted(self.limits, limit, side="left")
        else:
            place = np.searchsorted(self.limits, limit, side="right") - 1
        found: npt.NDArray[np.intp] = self.counts[int(np.clip(place, 0, len(self.limits) - 1))]
        return found

    def nearest(self, limit: float) -> npt.NDArray[np.float64]:
        """Return where the limit would go for each point, moving no further than it must; (n_points,)."""
        if self.bound == "min":
            low, high = np.append(-np.inf, self.limits[:-1]), self.limits
        else:
            low, high = self.limits, np.append(self.limits[1:], np.inf)
        near: npt.NDArray[np.float64] = np.minimum(np.maximum(np.full(len(low), limit), low), high)
        return near

    def rounded(self, at: int, limit: float, name: str) -> float:
        """Return a limit that gives the counts of a point, as near to another as it must, and short to say.

        Parameters
        ----------
        at : int
            Point.
        limit : float
            Where the limit is now.
        name : str
            Metric.
        """
        here = float(self.limits[at])
        if (here < limit) == (self.bound == "min"):
            return rounded(name, here, up=self.bound == "max")
        # To tighten the limit, move it just past the value of the next unit, which must fail.
        last = float(self.nearest(limit)[at])
        to = rounded(name, last, up=self.bound == "min")
        inside = last < to <= here if self.bound == "min" else here <= to < last
        return to if inside else here


class Sensitivity:
    """What moving each single limit would do, all others as they are.

    Parameters
    ----------
    trace : Trace
    target : str, optional
        Label whose gains rank the limits; default: the method's own default label ("good", "sua").

    Attributes
    ----------
    curves : dict of (str, str) to Curve
        By criterion key and bound; limits that are on.

    Raises
    ------
    RuleError
        If there is no such label.
    """

    def __init__(self, trace: Trace, target: str | None = None) -> None:
        self.trace = trace
        self.target = trace.rule_set.default if target is None else target
        if not is_one_of(self.target, trace.names):
            raise RuleError(f"there is no label {self.target!r}. Labels: {listing(trace.names)}.")
        self.curves: dict[tuple[str, str], Curve] = {}
        for k in range(len(trace.rule_set.criteria)):
            for curve in _curves(trace, k):
                self.curves[curve.key, curve.bound] = curve

    def curve(self, key: str, bound: Bound) -> pd.DataFrame:
        """Return the counts along one limit: index the limit in the stored unit, one column a label.

        Raises
        ------
        RuleError
            If that limit is off or there is no such criterion.
        """
        import pandas as pd

        key = self.trace.rule_set.criteria[self.trace.rule_set.index(key)].key
        if not is_one_of(bound, ("min", "max")) or (key, bound) not in self.curves:
            raise RuleError(f"{bound} of '{key}' is off, so it cannot be moved. Set it first.")
        found = self.curves[key, bound]
        return pd.DataFrame(
            found.counts, index=pd.Index(found.limits, name=f"{key} {bound}"), columns=list(self.trace.names)
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """Limits ranked by the units of the target label that a step gains.

        Returns
        -------
        pandas.DataFrame
            One row a limit: criterion, bound, limit, per_step (units gained for each step that the
            limit moves, at the best place; a step is a twentieth of the metric's usual range), most
            (units of the label, moving this limit alone), at (the nearest limit that gets there).
        """
        import pandas as pd

        rows = []
        label = self.trace.names.index(self.target)
        now = int((self.trace.codes == label).sum())
        for (key, bound), curve in self.curves.items():
            criterion = self.trace.rule_set[key]
            limit = float(getattr(criterion, bound))
            size, log = step_of(self.trace.values[self.trace.rule_set.index(key)], criterion.metric)
            near = curve.nearest(limit)
            gains = curve.counts[:, label] - now
            steps = steps_between(limit, near, size, log)
            rate = gains / np.maximum(steps, 1.0)
            reached = np.flatnonzero(gains == gains.max())
            best = int(reached[np.argmin(steps[reached])])
            rows.append(
                {
                    "criterion": key,
                    "bound": bound,
                    "limit": limit,
                    "per_step": float(max(rate.max(), 0.0)),
                    "most": int(gains[best]) + now,
                    "at": limit if gains[best] <= 0 else curve.rounded(best, limit, criterion.metric),
                }
            )
        frame = pd.DataFrame(rows, columns=["criterion", "bound", "limit", "per_step", "most", "at"])
        return frame.sort_values(["per_step", "most"], ascending=False, kind="stable", ignore_index=True)

    @property
    def text(self) -> str:
        """What to change first, in words."""
        from ..metrics.formatting import value_in_words

        now = self.trace.counts()[self.target]
        lines = [f"{now} units are {self.target}."]
        for row in self.table.head(3).to_dict("records"):
            if row["most"] <= now:
                continue
            name = self.trace.rule_set[row["criterion"]].metric
            lines.append(
                f"{row['bound']} of {row['criterion']} from {value_in_words(name, row['limit'])} to "
                f"{value_in_words(name, row['at'])}: {row['most']} units."
            )
        if len(lines) == 1:
            lines.append("No single limit gains more of them.")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return sensitivity_text(self)

    def _repr_html_(self) -> str:
        return sensitivity_html(self)


def step_of(values: npt.NDArray[np.float64], name: str) -> tuple[float, bool]:
    """Return the size of one step of a metric, and whether it is a factor.

    Parameters
    ----------
    values : ndarray, shape (n_units,)
        As compared, NaN where missing.
    name : str
        Metric.
    """
    finite = values[np.isfinite(values)]
    log = metric(name).scale == "log"
    if log:
        finite = np.log(finite[finite > 0])
    spread = float(np.diff(np.quantile(finite, [0.05, 0.95]))[0]) if len(finite) else 0.0
    if metric(name).whole and not log:
        return max(1.0, float(np.round(STEP * spread))), False
    spread = spread or (float(np.ptp(finite)) if len(finite) else 0.0) or 1.0
    return (float(np.exp(STEP * spread)), True) if log else (STEP * spread, False)


def steps_between(
    limit: float, other: npt.NDArray[np.float64], size: float, log: bool
) -> npt.NDArray[np.float64]:
    """Return how many steps other limits are away from one; infinite where a factor cannot get there."""
    if not np.isfinite(limit):
        return np.where(other == limit, 0.0, np.inf)
    if not log:
        return np.abs(other - limit) / size
    if limit <= 0:
        return np.where(other == limit, 0.0, np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        away = np.abs(np.log(other / limit)) / np.log(size)
    return np.where(other > 0, away, np.inf)


def labels_if(trace: Trace, k: int, fails: bool) -> npt.NDArray[np.int8]:
    """Return the labels if every unit with a value failed, or passed, one criterion; shape (n_units,).

    Parameters
    ----------
    trace : Trace
    k : int
        Position of the criterion.
    fails : bool
    """
    missing = np.isnan(trace.values[k])
    return trace.codes_if(k, Judgement(~missing if fails else np.zeros_like(missing), missing))


def _curves(trace: Trace, k: int) -> list[Curve]:
    criterion = trace.rule_set.criteria[k]
    if trace.judgement(k) is None:
        return []
    values = trace.values[k]
    passing, failing = labels_if(trace, k, False), labels_if(trace, k, True)
    found = []
    bounds: tuple[Bound, ...] = ("min", "max")
    for bound in bounds:
        if getattr(criterion, bound) is None:
            continue
        other: Any = criterion.max if bound == "min" else criterion.min
        beyond = np.zeros(len(values), dtype=bool)
        if other is not None:
            beyond = values > other if bound == "min" else values < other
        free = ~beyond & np.isfinite(values)
        # Minus infinity fails every lower limit, and plus infinity every upper one, wherever the limit is.
        always = values == (-np.inf if bound == "min" else np.inf)
        fixed = np.where(beyond | always, failing, passing)[~free]
        found.append(
            _curve(criterion.key, bound, values[free], passing[free], failing[free], fixed, len(trace.names))
        )
    return found


def _curve(
    key: str,
    bound: Bound,
    values: npt.NDArray[np.float64],
    passing: npt.NDArray[np.int8],
    failing: npt.NDArray[np.int8],
    fixed: npt.NDArray[np.int8],
    n_labels: int,
) -> Curve:
    """Count labels along a limit; `fixed` are those of the units that it does not reach."""
    limits, place = np.unique(values, return_inverse=True)
    # Start with a limit that all units pass. When it moves past a unit's value, the unit's label changes from
    # `passing` to `failing`.
    steps = np.zeros((len(limits) + 1, n_labels), dtype=np.intp)
    start = np.bincount(passing, minlength=n_labels) + np.bincount(fixed, minlength=n_labels)
    at = place + 1 if bound == "min" else len(limits) - place
    np.add.at(steps, (at, failing), 1)
    np.subtract.at(steps, (at, passing), 1)
    counts = start + np.cumsum(steps, axis=0)
    if bound == "min":
        top = np.nextafter(limits[-1], np.inf) if len(limits) else 0.0
        return Curve(key, bound, np.append(limits, top), counts)
    low = np.nextafter(limits[0], -np.inf) if len(limits) else 0.0
    return Curve(key, bound, np.insert(limits, 0, low), counts[::-1].copy())
