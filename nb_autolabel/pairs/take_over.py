"""Whether one unit fires before a moment and the other one after it, as where drift has split a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

#: Spikes on each side of the moment whose amplitudes are compared, and how many are needed.
COMPARED, FEWEST = 200, 20
#: Of more spikes than this, the moment is looked for on a grid of so many times.
MOST, GRID = 200_000, 5_000


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
    if len(one) + len(other) > MOST:
        grid = np.linspace(min(one[0], other[0]), max(one[-1], other[-1]), GRID)
        apart = np.searchsorted(one, grid, "right") / len(one) - np.searchsorted(other, grid, "right") / len(
            other
        )
        at = int(np.argmax(np.abs(apart)))
        return _around(times, amplitudes, float(grid[at]), float(apart[at]))
    both = np.concatenate([one, other])
    order = np.argsort(both, kind="stable")  # two ascending runs, which are merged in one go
    both = both[order]
    steps = np.where(order < len(one), 1 / len(one), -1 / len(other))
    apart = np.cumsum(steps)
    # Of spikes at the same time the last one has all of them behind it.
    last = np.append(both[1:] != both[:-1], True)
    at = int(np.argmax(np.where(last, np.abs(apart), -1.0)))
    following = both[at + 1] if at + 1 < len(both) else both[at]
    return _around(times, amplitudes, float(both[at] + following) / 2, float(apart[at]))


def _around(
    times: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    amplitudes: tuple[npt.NDArray[Any], npt.NDArray[Any]] | None,
    middle: float,
    apart: float,
) -> TakeOver:
    """Add the amplitudes on both sides of a moment."""
    first = 0 if apart >= 0 else 1
    found = TakeOver(middle, abs(apart), first)
    if amplitudes is None:
        return found
    before = amplitudes[first][times[first] <= middle][-COMPARED:]
    after = amplitudes[1 - first][times[1 - first] > middle][:COMPARED]
    before, after = before[np.isfinite(before)], after[np.isfinite(after)]
    if min(len(before), len(after)) < FEWEST:
        return found
    return TakeOver(middle, found.share, first, (float(np.median(before)), float(np.median(after))))
