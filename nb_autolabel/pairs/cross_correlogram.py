"""Correlograms from spike times, and how many spikes of two independent units would be found there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .trains import Train

#: Width of a bin and how far correlograms reach, in ms.
BIN_MS = 0.25
WINDOW_MS = 50.0
#: Rates are taken as constant for so long, in s: slower changes, as with drift, are part of what is expected by chance.
BLOCK_S = 10.0


@dataclass(frozen=True, eq=False)
class Correlogram:
    """How often a spike of one unit has a spike of another around it.

    Attributes
    ----------
    counts : ndarray of int64, shape (n_bins,)
        Pairs of spikes by lag: time of the other unit's spike minus that of the first one's.
    width : int
        Samples of a bin. The first bin begins at ``-width * n_bins / 2``; a lag belongs to the bin that it begins, or
        lies in.
    sampling_frequency : float
        In Hz.
    chance : float
        Pairs expected in each bin if the units fired independently of each other.
    """

    counts: npt.NDArray[np.int64]
    width: int
    sampling_frequency: float
    chance: float

    @property
    def bin_ms(self) -> float:
        """Width of a bin in ms; whole samples, so that all bins hold equally many."""
        return 1e3 * self.width / self.sampling_frequency

    @property
    def spread(self) -> float:
        """Standard deviation of the number of pairs in a bin by chance: that of a Poisson number."""
        return float(np.sqrt(self.chance))


def bin_samples(sampling_frequency: float, bin_ms: float) -> int:
    """Return the samples of a bin, at least one."""
    return max(1, round(sampling_frequency * bin_ms * 1e-3))


def lag_counts(one: Train, other: Train, half_bins: int, width: int) -> npt.NDArray[np.int64]:
    """Count pairs of spikes by lag, within segments only.

    Parameters
    ----------
    one, other : Train
        The same object: pairs of a spike with itself do not count.
    half_bins : int
        Bins on each side of zero.
    width : int
        Samples of a bin.

    Returns
    -------
    ndarray of int64, shape (2 * half_bins,)
        Lags of ``other - one`` from ``-half_bins * width`` up to, but not including, ``half_bins * width``.
    """
    window = half_bins * width
    counts = np.zeros(2 * half_bins, np.int64)
    for first, second in zip(one.segments, other.segments, strict=True):
        spikes = first
        at = np.searchsorted(second, spikes - window, "left")
        end = np.searchsorted(second, spikes + window, "left")
        while len(spikes):
            left = at < end
            if not left.all():
                spikes, at, end = spikes[left], at[left], end[left]
            lags = second[at] - spikes
            counts += np.bincount((lags + window) // width, minlength=2 * half_bins)
            at = at + 1
        if one is other:
            counts[half_bins] -= len(second)
    return counts


def expected_pairs(one: Train, other: Train, samples: float) -> float:
    """Return how many pairs of spikes two independent units have at lags in a range.

    Rates may change from block to block of :data:`BLOCK_S`: two units that never fire in the same minutes are not
    expected to have any pairs.

    Parameters
    ----------
    one, other : Train
    samples : float
        Width of the range.
    """
    pairs = 0.0
    for first, second, length in zip(one.segments, other.segments, one.lengths, strict=True):
        if not length:
            continue
        blocks = max(1, round(length / (BLOCK_S * one.sampling_frequency)))
        edges = np.linspace(0, length, blocks + 1)
        a, b = (np.diff(np.searchsorted(train, edges)).astype(np.float64) for train in (first, second))
        product = a * (a - 1) if one is other else a * b
        pairs += float(product.sum()) * samples / (length / blocks)
    return pairs


def correlogram(
    one: Train, other: Train, window_ms: float = WINDOW_MS, bin_ms: float = BIN_MS
) -> Correlogram:
    """Return the cross-correlogram of two units; of a unit with itself (the same object) its autocorrelogram.

    Parameters
    ----------
    one, other : Train
    window_ms : float, default: 50
        Lags up to this are covered, on both sides.
    bin_ms : float, default: 0.25
        Rounded to whole samples.
    """
    width = bin_samples(one.sampling_frequency, bin_ms)
    half = int(np.ceil(one.sampling_frequency * window_ms * 1e-3 / width))
    counts = lag_counts(one, other, half, width)
    return Correlogram(counts, width, one.sampling_frequency, expected_pairs(one, other, width))


@dataclass(frozen=True)
class InWindow:
    """Pairs of spikes at lags in a range, on both sides of zero.

    Attributes
    ----------
    before, after : int
        Pairs in which the other unit fires first, and second.
    chance : float
        Pairs expected on both sides together if the units were independent.
    """

    before: int
    after: int
    chance: float

    @property
    def count(self) -> int:
        """Pairs on both sides together."""
        return self.before + self.after


def pairs_between(one: Train, other: Train, low_ms: float, high_ms: float) -> InWindow:
    """Count pairs of spikes whose lag lies between two times, whichever unit fires first.

    Parameters
    ----------
    one, other : Train
    low_ms, high_ms : float
        Lags ``low < |lag| <= high``; a `low` of 0 includes lag zero, which counts as after.
    """
    to_samples = one.sampling_frequency * 1e-3
    low, high = round(low_ms * to_samples), round(high_ms * to_samples)
    counts = lag_counts(one, other, high + 1, 1)
    zero = high + 1
    after = counts[zero + (low + 1 if low_ms > 0 else 0) :]
    before = counts[zero - high : zero - (low if low_ms > 0 else 0)]
    return InWindow(int(before.sum()), int(after.sum()), expected_pairs(one, other, len(after) + len(before)))
