"""What was accepted, in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import RuleError

#: Seconds for a unit where nobody has measured the curator's pace.
USUAL_PACE = 3.0
#: From so many own labels of units drawn at random on, the words no longer ask for them.
ENOUGH = 25


@dataclass(frozen=True)
class Accepted:
    """Which labels can be left as they are, and which units a person should look at.

    Attributes
    ----------
    error : float
        The budget: mean error that may be expected of the accepted labels.
    question : str
        What the labels are right or wrong about.
    accepted : tuple of unit id
    to_review : tuple of unit id
        The most uncertain first; units labeled by hand are in neither.
    expected, low, high : float
        Mean expected error of the accepted labels, and its 95 % interval; NaN if there are none.
    audit : int
        Own labels of units that were drawn at random: these calibrate.
    pace : float
        Seconds a unit.
    """

    error: float
    question: str
    accepted: tuple[Any, ...]
    to_review: tuple[Any, ...]
    expected: float
    low: float
    high: float
    audit: int
    pace: float = USUAL_PACE

    @property
    def minutes(self) -> float:
        """How long the units to review take at this pace."""
        return len(self.to_review) * self.pace / 60

    @property
    def text(self) -> str:
        """All of it in a sentence or two."""
        left = f"{len(self.to_review)} to review, about {self.minutes:.0f} min at {self.pace:.1f} s a unit"
        if not self.accepted:
            said = f"No label can be accepted at {self.error:.0%} as to '{self.question}'; {left}."
        else:
            said = (
                f"{len(self.accepted)} labels accepted as to '{self.question}'; expected error {self.expected:.1%} "
                f"({self.low:.1%} to {self.high:.1%}); {left}."
            )
        if self.audit < ENOUGH:
            said += (
                f" {self.audit} own labels of units drawn at random calibrate this; "
                f"{ENOUGH} and more make it fit this recording."
            )
        return said

    def __repr__(self) -> str:
        return f"Accepted: {self.text}"


def checked_pace(pace: Any) -> float:
    """Return seconds a unit.

    Raises
    ------
    RuleError
    """
    is_number = isinstance(pace, int | float | np.number) and not isinstance(pace, bool)
    if not is_number or not 0 < float(pace) < 1e5:
        raise RuleError(f"pace={str(pace)[:40]}: it is a number of seconds a unit, like 3.")
    return float(pace)
