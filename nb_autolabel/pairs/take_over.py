"""Whether one unit fires before a moment and the other one after it, as where drift has split a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

#: Spikes on each side of the moment whose amplitudes are compared, and how many are needed.
COMPARED, FEWEST = 200, 20


@dataclass(frozen=True)
class TakeOver:
    """The moment that best divides the spikes of two units.

    Attributes
    ----------
    time : float
        In s.
    share : float
        Share of the first unit's spikes before it minus that of the second's: 1 where all of one are before and all of
        the other after it, near 0 where both fire all the time.
    first : int
        0 if the first of the two units fires before it, 1 if the second does.
    amplitudes : (float, float) or None
        Median amplitude of the last spikes before it and of the first ones after it; None where they are not known.
    """

    time: float
    share: float
    first: int
    amplitudes: tuple[float, float] | None = None


def take_over(
    times: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    amplitudes: tuple[npt.NDArray[Any], npt.NDArray[Any]] | None = None,
) -> TakeOver:
    """Find the moment before which one unit fires and after which the other does.

    It is where the shares of spikes so far differ most: the statistic of Kolmogorov and Smirnov.

    Parameters
    ----------
    times : pair of ndarray of float64
        Of the spikes of each unit in s, ascending; each has one or more.
    amplitudes : pair of ndarray, optional
        Of the same spikes; NaN where not known.

    Returns
    -------
    TakeOver
    """
    one, other = times
    both = np.sort(np.concatenate([one, other]))
    apart = np.searchsorted(one, both, "right") / len(one) - np.searchsorted(other, both, "right") / len(
        other
    )
    at = int(np.argmax(np.abs(apart)))
    moment = float(both[at])
    following = both[at + 1] if at + 1 < len(both) else moment
    first = 0 if apart[at] >= 0 else 1
    middle = (moment + float(following)) / 2
    found = TakeOver(middle, float(abs(apart[at])), first)
    if amplitudes is None:
        return found
    before = amplitudes[first][times[first] <= middle][-COMPARED:]
    after = amplitudes[1 - first][times[1 - first] > middle][:COMPARED]
    before, after = before[np.isfinite(before)], after[np.isfinite(after)]
    if min(len(before), len(after)) < FEWEST:
        return found
    return TakeOver(middle, found.share, first, (float(np.median(before)), float(np.median(after))))
