"""How much of a recording is noise, told by the user: the noise stage is shifted until its mean says the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import RuleError
from .expected_error import log_odds_of
from .log_odds import logistic

#: Smallest and largest share that can be told.
LOWEST, HIGHEST = 0.01, 0.95
#: Halvings of the interval in which the shift is looked for, and half its width.
HALVINGS, WIDEST = 60, 40.0


def shift_for(noise: npt.NDArray[np.float64], share: float | None) -> float:
    """Return what is added to the log-odds of noise, so that their mean probability is the share; 0 for None.

    Parameters
    ----------
    noise : ndarray, shape (n,)
        Probabilities; units without one are left out.
    share : float or None
    """
    known = noise[np.isfinite(noise)]
    if share is None or not len(known):
        return 0.0
    log_odds = log_odds_of(known)
    low, high = -WIDEST, WIDEST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if logistic(log_odds + middle).mean() < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def moved(noise: npt.NDArray[np.float64], shift: float) -> npt.NDArray[np.float64]:
    """Return noise probabilities with their log-odds shifted, shape (n,); the order of the units stays."""
    return logistic(log_odds_of(noise) + shift) if shift else noise


def shifted(noise: npt.NDArray[np.float64], share: float | None) -> npt.NDArray[np.float64]:
    """Return noise probabilities whose mean is the share; as they are, if that is None."""
    return moved(noise, shift_for(noise, share))


def checked_share(share: Any) -> float | None:
    """Return a share of noise, or None.

    Raises
    ------
    RuleError
    """
    if share is None:
        return None
    is_number = isinstance(share, int | float | np.number) and not isinstance(share, bool)
    if not is_number or not LOWEST <= float(share) <= HIGHEST:
        raise RuleError(
            f"noise_share={str(share)[:40]}: the share of noise is a number from {LOWEST} to {HIGHEST}, like 0.2 for "
            "20 %; None leaves the classifier as it is."
        )
    return float(share)
