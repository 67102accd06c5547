"""Correlograms from spike times, and how many spikes of two independent units would be found there."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..evidence.autocorrelogram import lag_counts
from ..evidence.lag_bins import log_binned
from ..evidence.spike_train import SpikeTrain

#: Width of a bin and how far correlograms reach, in ms.
BIN_MS = 0.25
WINDOW_MS = 50.0
#: Rates are taken as constant for so long, in s: slower changes, as with drift, are part of what is expected by chance.
BLOCK_S = 10.0
#: About so many pairs of spikes are counted at most; of units with more, only those of evenly spread stretches of time.
MOST_PAIRS = 3_000_000

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Correlogram:
    """How often a spike of one unit has a spike of another around it.

    Attributes
    ----------
    lags : ndarray of int64, shape (n_lags,)
        Pairs of spikes by lag in samples: time of the other unit's spike minus that of the first one's. The first lag is
        ``-n_lags / 2``. Within segments only.
    sampling_frequency : float
        In Hz.
    chance_a_sample : float
        Pairs expected at each lag if the units fired independently of each other.
    spikes : int
        Spikes of the first unit that were looked at.
    part : float
        Share of the first unit's time that was looked at; below 1 for units with very many spikes.
    """

    lags: Counts
    sampling_frequency: float
    chance_a_sample: float
    spikes: int
    part: float = 1.0

    @property
    def width(self) -> int:
        """Samples of a bin: whole ones, so that all bins hold equally many."""
        return bin_samples(self.sampling_frequency, BIN_MS)

    @property
    def bin_ms(self) -> float:
        """Width of a bin in ms."""
        return 1e3 * self.width / self.sampling_frequency

    @cached_property
    def counts(self) -> Counts:
        """Pairs of spikes by bin, shape (n_bins,); lag zero begins the bin after the middle."""
        half = len(self.lags) // 2
        kept = half // self.width * self.width
        counts: Counts = self.lags[half - kept : half + kept].reshape(-1, self.width).sum(axis=1)
        return counts

    def log_counts(self, edges: npt.NDArray[np.int64]) -> Counts:
        """Pairs of spikes in bins of a logarithmic axis on both sides of lag zero.

        Parameters
        ----------
        edges : ndarray of int64, shape (n_bins + 1,)
            See :func:`nb_autolabel.evidence.lag_bins.log_edges`.

        Returns
        -------
        ndarray of int64, shape (2 * n_bins,)
            By lag, the most negative first. A bin before zero holds the lags of its mirror image, with their sign turned.
        """
        zero = len(self.lags) // 2
        before = log_binned(self.lags[zero::-1], edges)[::-1]
        return np.concatenate([before, log_binned(self.lags[zero:], edges)])

    @property
    def chance(self) -> float:
        """Pairs expected in each bin if the units fired independently of each other."""
        return self.chance_a_sample * self.width

    @property
    def spread(self) -> float:
        """Standard deviation of the number of pairs in a bin by chance: that of a Poisson number."""
        return float(np.sqrt(self.chance))

    def between(self, low_ms: float, high_ms: float) -> InWindow:
        """Count pairs of spikes whose lag lies between two times, whichever unit fires first.

        Parameters
        ----------
        low_ms, high_ms : float
            Lags ``low < |lag| <= high``; a `low` of 0 includes lag zero, which counts as after.
        """
        to_samples = self.sampling_frequency * 1e-3
        low, high = round(low_ms * to_samples), round(high_ms * to_samples)
        zero = len(self.lags) // 2
        after = self.lags[zero + (low + 1 if low_ms > 0 else 0) : zero + high + 1]
        before = self.lags[zero - high : zero - (low if low_ms > 0 else 0)]
        chance = self.chance_a_sample * (len(after) + len(before))
        return InWindow(int(before.sum()), int(after.sum()), chance)


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


def bin_samples(sampling_frequency: float, bin_ms: float) -> int:
    """Return the samples of a bin, at least one."""
    return max(1, round(sampling_frequency * bin_ms * 1e-3))


def lags_of(one: SpikeTrain, other: SpikeTrain, window: int) -> Counts:
    """Count pairs of spikes of two units by lag, within segments only.

    Parameters
    ----------
    one, other : SpikeTrain
    window : int
        In samples.

    Returns
    -------
    ndarray of int64, shape (2 * window,)
        Lags of ``other - one`` from ``-window`` up to, but not including, ``window``.
    """
    counts = np.zeros(2 * window, np.int64)
    for first, second in zip(one.segments, other.segments, strict=True):
        start = np.searchsorted(second, first - window, "left")
        end = np.searchsorted(second, first + window, "left")
        _count(counts, first - window, second, start, end)
    return counts


def own_lags_of(train: SpikeTrain, window: int) -> Counts:
    """Count pairs of different spikes of one unit by lag, as :func:`lags_of`: each pair at its lag and at minus it."""
    forward = lag_counts(train, window, most_pairs=math.inf).counts.astype(np.int64)
    counts = np.zeros(2 * window, np.int64)
    counts[window:] = forward[:-1]
    counts[:window] = forward[:0:-1]
    counts[window] *= 2
    return counts


def _count(
    counts: Counts, zero: Counts, spikes: Counts, start: npt.NDArray[np.intp], end: npt.NDArray[np.intp]
) -> None:
    """Add ``spikes[start:end] - zero`` to a histogram, for all rows at a time: first, second, ... spike of each."""
    left = start < end
    zero, start, end = zero[left], start[left], end[left]
    while len(zero):
        counts += np.bincount(spikes[start] - zero, minlength=len(counts))
        start = start + 1
        left = start < end
        if not left.all():
            zero, start, end = zero[left], start[left], end[left]


def pairs_a_sample(one: SpikeTrain, other: SpikeTrain) -> float:
    """Return how many pairs of spikes two independent units have at each lag.

    Rates may change from block to block of :data:`BLOCK_S`: two units that never fire in the same minutes are not
    expected to have any pairs.

    Parameters
    ----------
    one, other : SpikeTrain
        The same object: pairs of a spike with itself do not count.
    """
    pairs = 0.0
    for first, second, length in zip(one.segments, other.segments, one.n_samples.tolist(), strict=True):
        if not length:
            continue
        edges = _blocks(length, one.sampling_frequency)
        a, b = (np.diff(np.searchsorted(train, edges)).astype(np.float64) for train in (first, second))
        product = a * (a - 1) if one is other else a * b
        pairs += float(product.sum()) * (len(edges) - 1) / length
    return pairs


def _blocks(length: int, sampling_frequency: float) -> Counts:
    """Return the edges of blocks of equal length, in samples."""
    blocks = max(1, round(length / (BLOCK_S * sampling_frequency)))
    return np.linspace(0, length, blocks + 1).astype(np.int64)


def correlogram(one: SpikeTrain, other: SpikeTrain) -> Correlogram:
    """Return the cross-correlogram of two units; of a unit with itself (the same object) its autocorrelogram.

    Lags up to :data:`WINDOW_MS` are covered, on both sides.

    Parameters
    ----------
    one, other : SpikeTrain
    """
    rate = one.sampling_frequency
    width = bin_samples(rate, BIN_MS)
    window = int(np.ceil(rate * WINDOW_MS * 1e-3 / width)) * width
    chance = pairs_a_sample(one, other)
    every = int(np.ceil(chance * 2 * window / MOST_PAIRS))
    if every > 1:
        some = _some_blocks(one, every)
        lags = lags_of(some, other, window)
        if one is other:
            lags[window] -= some.n_spikes
        part = some.n_spikes / one.n_spikes
        return Correlogram(lags, rate, pairs_a_sample(some, other), some.n_spikes, part)
    lags = own_lags_of(one, window) if one is other else lags_of(one, other, window)
    return Correlogram(lags, rate, chance, one.n_spikes)


def _some_blocks(train: SpikeTrain, every: int) -> SpikeTrain:
    """Return the spikes of every so manieth block."""
    segments = []
    for samples, length in zip(train.segments, train.n_samples.tolist(), strict=True):
        edges = np.searchsorted(samples, _blocks(length, train.sampling_frequency) if length else [0, 0])
        parts = [samples[low:high] for low, high in zip(edges[:-1:every], edges[1::every], strict=True)]
        segments.append(np.concatenate(parts))
    return replace(train, segments=tuple(segments), order=None)
