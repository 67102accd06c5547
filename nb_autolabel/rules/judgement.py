"""What one criterion says of every unit: its values held against its limits."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..metrics.table import MetricTable
from .criterion import Criterion

Mask = npt.NDArray[np.bool_]


#: With at most this many units, all criteria are compared in one array.
FEW = 2000


class State(IntEnum):
    """What one criterion says of one unit."""

    PASS = 0
    FAIL = 1
    NAN = 2
    INACTIVE = 3


class Judgement(NamedTuple):
    """What one criterion found: where it failed, and where there was no value (None: nowhere).

    ``absent``: units of recordings in which the metric was not computed at all. There the criterion is as inactive as in
    a table without the metric; they are among ``missing``.
    """

    failed: Mask
    missing: Mask | None
    absent: Mask | None = None


def judge_together(criteria: list[Criterion], table: MetricTable) -> list[Judgement]:
    """Hold the values of several active criteria against their limits in one go."""
    values = np.array([table.values(c.metric) for c in criteria], dtype=np.float64)
    signed = np.array([not c.abs for c in criteria])
    values = np.where(signed[:, np.newaxis], values, np.abs(values))
    low = np.array([-np.inf if c.min is None else float(c.min) for c in criteria])
    high = np.array([np.inf if c.max is None else float(c.max) for c in criteria])
    failed = values < low[:, np.newaxis]
    failed |= values > high[:, np.newaxis]
    missing = np.isnan(values)
    some = np.any(missing, axis=1)
    return [
        Judgement(row, gap if any_gap else None)
        for row, gap, any_gap in zip(failed, missing, some, strict=True)
    ]


def judge(criterion: Criterion, values: npt.NDArray[Any]) -> Judgement:
    """Hold values against one active criterion."""
    if criterion.abs:
        values = np.abs(values)
    if criterion.min is None:
        failed = values > criterion.max
    else:
        failed = values < criterion.min
        if criterion.max is not None:
            failed |= values > criterion.max
    if values.dtype.kind != "f":
        return Judgement(failed, None)
    missing = np.isnan(values)
    return Judgement(failed, missing if missing.any() else None)
