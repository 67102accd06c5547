"""How often a unit fires again after each lag, and how often sooner than a neuron can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .spike_train import SpikeTrain

#: Up to so many pairs of spikes all are counted: whole trains are compared, which takes some nanoseconds a pair.
MOST_PAIRS = 25_000_000
#: Of more, about so many are counted: those whose first spike is one of a random part of the spikes.
SOME_PAIRS = 4_000_000
#: Spikes that follow one within the largest lag, up to which they are counted one place after the other.
_FOLLOWING = 500
#: Pairs that are looked at in one go where a part of the spikes is taken.
_BLOCK = 2_000_000
#: Spikes at which the number of pairs is looked at beforehand.
_PROBES = 4096
#: Samples below which intervals are counted one length at a time.
_SHORT = 2**16


@dataclass(frozen=True, eq=False)
class LagCounts:
    """Pairs of spikes of one segment by their lag.

    Attributes
    ----------
    counts : ndarray of float64, shape (max_lag + 1,)
        Pairs by lag in samples, each pair once.
    exact : bool
        False where they were counted at a random part of the spikes and scaled up.
    """

    counts: npt.NDArray[np.float64]
    exact: bool

    def binned(self, bin_samples: int, n_bins: int) -> npt.NDArray[np.float64]:
        """Return pairs in bins of so many samples, the first from lag 0 on; shape (n_bins,)."""
        wanted = self.counts[: bin_samples * n_bins]
        padded = np.zeros(bin_samples * n_bins)
        padded[: len(wanted)] = wanted
        sums: npt.NDArray[np.float64] = padded.reshape(n_bins, bin_samples).sum(axis=1)
        return sums


def lag_counts(train: SpikeTrain, max_lag: int, most_pairs: float = MOST_PAIRS) -> LagCounts:
    """Count the pairs of spikes of a unit up to a lag; never pairs of two segments.

    Parameters
    ----------
    train : SpikeTrain
    max_lag : int
        In samples.
    most_pairs : float
        See :data:`MOST_PAIRS`; infinite: all are counted. Time and memory grow with this, not with the square of the spikes.
    """
    counts = np.zeros(max_lag + 1)
    expected = sum(_expected_pairs(part, max_lag) for part in train.segments)
    share = 1.0 if expected <= most_pairs else min(most_pairs, SOME_PAIRS) / expected
    for part in train.segments:
        if len(part) < 2:
            continue
        times = part - part[0]
        if times[-1] + max_lag < 2**31:
            times = times.astype(np.int32)
        if share == 1.0:
            _count_all(times, max_lag, counts)
        else:
            _count_part(times, max_lag, share, counts)
    return LagCounts(counts, share == 1.0)


def _expected_pairs(times: npt.NDArray[np.int64], max_lag: int) -> float:
    """Estimate the number of pairs from evenly spaced spikes."""
    if len(times) < 2:
        return 0.0
    probes = np.unique(np.linspace(0, len(times) - 1, _PROBES).astype(np.intp))
    return float((_ends(times, probes, max_lag) - probes - 1).mean() * len(times))


def _ends(times: npt.NDArray[Any], firsts: npt.NDArray[np.intp], max_lag: int) -> npt.NDArray[np.intp]:
    """Return where the spikes end that follow each of `firsts` by at most a lag."""
    ends: npt.NDArray[np.intp] = np.searchsorted(times, times[firsts] + times.dtype.type(max_lag), "right")
    return ends


def _count_all(times: npt.NDArray[Any], max_lag: int, counts: npt.NDArray[np.float64]) -> None:
    """Compare the train with itself shifted by one spike, two, ... as long as any pair is near enough."""
    n, shift = len(times), 1
    beyond = times.dtype.type(max_lag + 1)
    near = n
    # While most spikes have such a pair, whole trains are compared; later only the spikes that have.
    while shift < n and near > n // 3:
        lags = times[shift:] - times[:-shift]
        found = np.bincount(np.minimum(lags, beyond), minlength=max_lag + 2)
        counts += found[: max_lag + 1]
        near = len(lags) - int(found[max_lag + 1])
        shift += 1
    if shift >= n or not near:
        return
    # The lag to the next but one is never less than that to the next.
    alive = np.flatnonzero(times[shift - 1 :] - times[: n - shift + 1] <= max_lag)
    while len(alive) and shift < n:
        alive = alive[: np.searchsorted(alive, n - shift)]
        lags = times[alive + shift] - times[alive]
        close = lags <= max_lag
        counts += np.bincount(lags[close], minlength=max_lag + 1)
        alive = alive[close]
        shift += 1


def _count_part(times: npt.NDArray[Any], max_lag: int, share: float, counts: npt.NDArray[np.float64]) -> None:
    """Count pairs whose first spike is one of a random part of the spikes, scaled up to all."""
    n = len(times)
    firsts = np.flatnonzero(np.random.default_rng(0).random(n, dtype=np.float32) < share)
    if not len(firsts):
        firsts = np.array([n // 2])
    taken, found = len(firsts), np.zeros(max_lag + 1)
    following = _ends(times, firsts, max_lag) - firsts - 1
    if int(following.max()) <= _FOLLOWING:
        # The first spike after each, the second, ... of those that have one.
        for shift in range(1, int(following.max()) + 1):
            left = following >= shift
            firsts, following = firsts[left], following[left]
            found += np.bincount(times[firsts + shift] - times[firsts], minlength=max_lag + 1)
    else:
        _count_following(times, firsts, following, found)
    counts += found * (n / taken)


def _count_following(
    times: npt.NDArray[Any],
    firsts: npt.NDArray[np.intp],
    following: npt.NDArray[np.intp],
    found: npt.NDArray[np.float64],
) -> None:
    """Count the lags to all spikes that follow each of `firsts`, so many at a time as memory allows."""
    total = np.cumsum(following)
    at, taken = 0, len(firsts)
    while at < taken:
        before = int(total[at - 1]) if at else 0
        stop = max(at + 1, int(np.searchsorted(total, before + _BLOCK, "right")))
        sizes = following[at:stop]
        first = np.repeat(firsts[at:stop], sizes)
        place = np.arange(len(first)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        found += np.bincount(times[first + place + 1] - times[first], minlength=len(found))
        at = stop


def bin_samples_of(bin_ms: float, sampling_frequency: float) -> int:
    """Return the samples of a bin: whole ones, as SpikeInterface has them, so that all bins are equally wide."""
    return max(1, round(bin_ms * sampling_frequency / 1000))


@dataclass(frozen=True, eq=False)
class Autocorrelogram:
    """The autocorrelogram of a unit on its positive side; the other mirrors it.

    Attributes
    ----------
    counts : ndarray of float64, shape (n_bins,)
        Spikes that follow another after a lag within each bin.
    bin_ms : float
        Width of a bin: whole samples, so that at 30 kHz 0.25 ms become 0.267 ms.
    """

    counts: npt.NDArray[np.float64]
    bin_ms: float

    @classmethod
    def of(
        cls, lags: LagCounts, sampling_frequency: float, window_ms: float, bin_ms: float
    ) -> Autocorrelogram:
        """Put lags into bins up to a window.

        Parameters
        ----------
        lags : LagCounts
            Up to the window at least.
        sampling_frequency : float
        window_ms : float
            Largest lag.
        bin_ms : float
        """
        width = bin_samples_of(bin_ms, sampling_frequency)
        n_bins = max(1, round(window_ms * sampling_frequency / 1000) // width)
        return cls(lags.binned(width, n_bins), width * 1000 / sampling_frequency)


def interval_counts(
    train: SpikeTrain, low_ms: float = 0.1, high_ms: float = 1e5, n_bins: int = 96
) -> npt.NDArray[np.float64]:
    """Count the intervals between one spike and the next in bins of equal width on a logarithmic axis.

    Parameters
    ----------
    train : SpikeTrain
        Intervals never lead from one segment to the next.
    low_ms, high_ms : float
        Where the first bin begins and the last ends; they take what lies beyond as well.
    n_bins : int

    Returns
    -------
    ndarray, shape (n_bins,)
    """
    counts = np.zeros(n_bins)
    edges = np.geomspace(low_ms, high_ms, n_bins + 1)[1:-1] * (train.sampling_frequency / 1000)
    for part in train.segments:
        if len(part) > 1:
            intervals = np.diff(part)
            short = intervals[intervals < _SHORT]
            # Edges are found among the intervals, which is faster than each interval among the edges: the many short ones
            # are counted by their length, the few long ones sorted.
            below = np.concatenate([[0], np.cumsum(np.bincount(short, minlength=_SHORT))])
            long = np.sort(intervals[intervals >= _SHORT])
            whole = np.ceil(edges).astype(np.int64)
            places = below[np.clip(whole, 0, _SHORT)] + np.searchsorted(long, whole, "left")
            counts += np.diff(np.concatenate([[0], places, [len(intervals)]]))
    return counts
