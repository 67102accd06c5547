"""How a unit's rate, amplitude and place change over the recording."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..metrics.settings import Settings
from .spike_train import SpikeTrain

#: SpikeInterface's default settings of ``presence_ratio``.
PRESENCE_BIN_S, PRESENCE_RATIO = 60.0, 0.0
#: Bins of presence that are shown at most.
MOST_PRESENCE_BINS = 4000
#: Values that tell the range of the axis.
_PROBES = 20_000


def firing_rate(train: SpikeTrain, n_bins: int) -> npt.NDArray[np.float64]:
    """Return the firing rate over the recording, its segments one after another, in spikes/s; shape (n_bins,)."""
    total = int(train.n_samples.sum())
    if not total:
        return np.zeros(n_bins)
    edges = np.linspace(0, total, n_bins + 1)
    counts = np.diff(np.searchsorted(train.samples, edges[:-1], "left"), append=len(train.samples))
    rates: npt.NDArray[np.float64] = counts / (total / n_bins / train.sampling_frequency)
    return rates


@dataclass(frozen=True, eq=False)
class Presence:
    """In which parts of the recording a unit fires, as ``presence_ratio`` of SpikeInterface counts it.

    Attributes
    ----------
    present : ndarray of bool, shape (n_bins,)
    edges : ndarray of float64, shape (n_bins + 1,)
        In s, segments one after another.
    bin_s : float
        Length of a bin; the last of a segment may be shorter.
    """

    present: npt.NDArray[np.bool_]
    edges: npt.NDArray[np.float64]
    bin_s: float

    @property
    def ratio(self) -> float:
        """Share of the bins in which it fires; NaN without a bin."""
        return float(self.present.mean()) if len(self.present) else math.nan


def presence(train: SpikeTrain, settings: Settings) -> Presence:
    """Determine in which bins a unit fires.

    Parameters
    ----------
    train : SpikeTrain
    settings : dict
        Of the analyzer's metrics: the length of a bin, and the least share of the mean rate.
    """
    stored = settings.get("quality_metrics", {}).get("presence_ratio", {})
    bin_s = _positive(stored.get("bin_duration_s"), PRESENCE_BIN_S)
    least = _positive(stored.get("mean_fr_ratio_thresh"), PRESENCE_RATIO)
    fs = train.sampling_frequency
    width = max(1, int(bin_s * fs))
    edges: list[npt.NDArray[np.int64]] = []
    if train.n_samples.sum() / width <= MOST_PRESENCE_BINS:
        ends = train.starts + train.n_samples
        for at, (start, end) in enumerate(zip(train.starts.tolist(), ends.tolist(), strict=True)):
            # The last segment ends with its last whole bin.
            stop = end // width * width + 1 if at == len(ends) - 1 else end
            edges.append(np.arange(start, stop, width))
    known = np.concatenate([*edges, np.zeros(0, np.int64)])
    if len(known) < 2:
        return Presence(np.zeros(0, np.bool_), np.zeros(1), bin_s)
    places = np.searchsorted(train.samples, known, "left")
    places[-1] = np.searchsorted(train.samples, known[-1], "right")
    threshold = math.floor(train.n_spikes / train.duration * bin_s * least)
    return Presence(np.diff(places) > threshold, known / fs, bin_s)


def _positive(value: Any, otherwise: float) -> float:
    return (
        float(value)
        if isinstance(value, int | float) and math.isfinite(value) and value >= 0 and value < 1e9
        else otherwise
    ) or otherwise


@dataclass(frozen=True, eq=False)
class Density:
    """How many spikes have which value when.

    Attributes
    ----------
    counts : ndarray of int64, shape (n_times, n_values)
    low, high : float
        Ends of the axis of values.
    outside : int
        Spikes whose value lies beyond it; they are counted in the bins at its ends.
    """

    counts: npt.NDArray[np.int64]
    low: float
    high: float
    outside: int


def density(
    samples: npt.NDArray[np.int64],
    values: npt.NDArray[Any],
    total: int,
    shape: tuple[int, int],
    shown: float | None = None,
) -> Density | None:
    """Count spikes by time and value.

    Parameters
    ----------
    samples : ndarray of int, shape (n,)
        From 0 to `total` - 1.
    values : ndarray, shape (n,)
        Those that are not finite are left out.
    total : int
        Samples of the recording.
    shape : tuple of int
        Bins of time and of values.
    shown : float, optional
        A value that the axis shows as well if it is not far.

    Returns
    -------
    Density or None
        None if no value is finite.
    """
    finite = np.isfinite(values)
    if not finite.all():
        samples, values = samples[finite], values[finite]
    if not len(values):
        return None
    low, high = _range(values, shown)
    n_times, n_values = shape
    when = (samples * (n_times / max(1, total))).astype(np.int32)
    what = ((values - values.dtype.type(low)) * values.dtype.type(n_values / (high - low))).astype(np.float32)
    outside = int((what < 0).sum() + (what > n_values).sum())
    place = np.clip(what, 0, n_values - 1).astype(np.int32)
    place += np.minimum(when, n_times - 1) * np.int32(n_values)
    counts = np.bincount(place, minlength=n_times * n_values)
    return Density(counts.reshape(n_times, n_values), low, high, outside)


def _range(values: npt.NDArray[Any], shown: float | None) -> tuple[float, float]:
    """Return an axis that shows all values but a few that lie far from all others."""
    some = values[:: max(1, len(values) // _PROBES)].astype(np.float64)
    low, high = np.percentile(some, [0.5, 99.5])
    reach = 0.5 * (high - low) or abs(high) * 0.1 or 1.0
    low, high = max(float(values.min()), low - reach), min(float(values.max()), high + reach)
    if shown is not None and low - 2 * reach <= shown <= high + 2 * reach:
        low, high = min(low, shown), max(high, shown)
    margin = 0.03 * (high - low) or reach
    return low - margin, high + margin
