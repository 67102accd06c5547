"""A criterion: one metric held against a lower and an upper limit."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass, field
from typing import Any, Literal

from ..errors import RuleError, is_one_of

NanPolicy = Literal["fail", "pass", "ignore"]
NAN_POLICIES: tuple[NanPolicy, ...] = ("fail", "pass", "ignore")


@dataclass(frozen=True, slots=True)
class Criterion:
    """A unit passes if ``min <= value <= max``; a limit of None is switched off.

    Parameters
    ----------
    metric : str
        Column of the metric table.
    min, max : float or None
        Limits in the unit of the stored metric, both inclusive. Both None: inactive.
    abs : bool, default: False
        Compare the absolute value.
    nan : {"fail", "pass", "ignore"}, default: "fail"
        What a missing value counts as. "ignore" leaves the running result as it was: it does not
        fail where any failure decides, and does not save where all must fail.
    section : str, default: ""
        Where the criterion stands in a dictionary of thresholds ("noise", "mua", "non-somatic").
    group : str, default: same as `section`
        What the conditions of the rules refer to; finer than the section where a section's
        criteria are combined in more than one way.
    """

    metric: str
    min: float | None = None
    max: float | None = None
    abs: bool = False
    nan: NanPolicy = "fail"
    section: str = ""
    group: str = ""
    key: str = field(init=False, repr=False, compare=False)
    """Name that is unique in a rule set: ``section/metric``, or the metric alone."""

    def __post_init__(self) -> None:
        if not is_one_of(self.nan, NAN_POLICIES):
            raise RuleError(
                f"metric '{self.metric}': nan={self.nan!r} is not known. Use one of {', '.join(NAN_POLICIES)}."
            )
        for bound in ("min", "max"):
            object.__setattr__(self, bound, as_limit(self.metric, bound, getattr(self, bound)))
        if not self.group:
            object.__setattr__(self, "group", self.section)
        object.__setattr__(self, "key", f"{self.section}/{self.metric}" if self.section else self.metric)

    @property
    def active(self) -> bool:
        """True if at least one limit is on."""
        return self.min is not None or self.max is not None

    def to_dict(self) -> dict[str, Any]:
        """Return the criterion as plain JSON data."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "key"}


#: Whole numbers from here on are not exact as floating-point numbers.
_LARGEST = 2**63


def as_limit(metric: str, bound: str, value: object) -> float | None:
    """Check one limit: a finite or infinite number, or None/NaN for "off".

    Raises
    ------
    RuleError
        If the value is no number.
    """
    if value is None:
        return None
    if type(value) is int and abs(value) < _LARGEST:
        return value
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise RuleError(
            f"metric '{metric}': {bound}={value!r} is not a number. Use a number, or None to switch the limit off."
        )
    try:
        number = float(value)
    except OverflowError:
        raise RuleError(
            f"metric '{metric}': {bound} is beyond all numbers that metrics have. Use None to switch the limit off."
        ) from None
    if math.isnan(number):
        return None
    return int(value) if isinstance(value, numbers.Integral) else number
