"""Metrics of the amplitudes of a unit's spikes as SpikeInterface 0.105 defines them; see :mod:`.train_metrics`.

References
----------
Hill, Mehta, Kleinfeld (2011), Quality metrics to accompany spike sorting. J Neurosci (amplitude_cutoff).
International Brain Laboratory (2024), Spike sorting pipeline (noise_cutoff).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ..evidence.spike_train import SpikeTrain
from .train_metrics import Settings, Values

Amplitudes = npt.NDArray[Any]


def amplitude_cutoff(train: SpikeTrain, amplitudes: Amplitudes, settings: Settings) -> Values:
    """Share of spikes that is missing if the distribution of amplitudes were symmetric."""
    from scipy.ndimage import gaussian_filter1d

    del train
    n_bins = int(settings.get("num_histogram_bins", 100))
    if not len(amplitudes) or len(amplitudes) / n_bins < float(settings.get("amplitudes_bins_min_ratio", 5)):
        return {"amplitude_cutoff": math.nan}
    counts = np.histogram(_upright(amplitudes), n_bins)[0]
    smooth = gaussian_filter1d(counts, settings.get("histogram_smoothing_value", 3), mode="nearest")
    last = np.flatnonzero(smooth >= smooth[0])[-1]
    missing = np.sum(smooth[last + 1 :])
    return {"amplitude_cutoff": float(min(missing / (len(amplitudes) + missing), 0.5))}


def amplitude_median(train: SpikeTrain, amplitudes: Amplitudes, settings: Settings) -> Values:
    """Median amplitude, signed as it is stored."""
    del train, settings
    return {"amplitude_median": float(np.median(amplitudes)) if len(amplitudes) else math.nan}


def amplitude_cv(train: SpikeTrain, amplitudes: Amplitudes, settings: Settings) -> Values:
    """Spread of the amplitudes within bins that hold some 50 spikes each: median and range over the bins."""
    unknown = {"amplitude_cv_median": math.nan, "amplitude_cv_range": math.nan}
    if not train.n_spikes:
        return unknown
    rate = train.n_spikes / train.duration
    width = int(float(settings.get("average_num_spikes_per_bin", 50)) / rate * train.sampling_frequency)
    low, high = settings.get("percentiles", (5, 95))
    spreads: list[float] = []
    start = 0
    for samples, length in zip(train.segments, train.n_samples.tolist(), strict=True):
        mine = amplitudes[start : start + len(samples)]
        start += len(samples)
        bounds = np.searchsorted(samples, np.arange(0, length + 1, max(width, 1)), "left")
        mean = np.abs(np.mean(mine)) if len(mine) else np.nan
        for first, end in pairwise(bounds):
            spreads.append(float(np.std(mine[first:end]) / mean) if end > first else math.nan)
    if len(spreads) < int(settings.get("min_num_bins", 10)):
        return unknown
    return {
        "amplitude_cv_median": float(np.median(spreads)),
        "amplitude_cv_range": float(np.percentile(spreads, high) - np.percentile(spreads, low)),
    }


def noise_cutoff(train: SpikeTrain, amplitudes: Amplitudes, settings: Settings) -> Values:
    """Compare the number of small spikes with that of large ones."""
    del train
    found = {"noise_cutoff": math.nan, "noise_ratio": math.nan}
    if not len(amplitudes):
        return found
    sizes = _upright(amplitudes)
    counts, edges = np.histogram(sizes, int(settings.get("n_bins", 100)))
    low = edges[1:] <= np.quantile(sizes, float(settings.get("low_quantile", 0.1)))
    high = edges[:-1] >= np.quantile(sizes, 1 - float(settings.get("high_quantile", 0.25)))
    if not low.any():
        return found
    found["noise_ratio"] = float(counts[low].mean() / counts.max())
    if high.sum() > 1 and counts[high].std():
        found["noise_cutoff"] = float((counts[low].mean() - counts[high].mean()) / counts[high].std())
    return found


def _upright(amplitudes: Amplitudes) -> Amplitudes:
    return -amplitudes if np.median(amplitudes) < 0 else amplitudes


#: By the name of SpikeInterface's computation, with the extensions that it takes amplitudes from: the first that is there.
OF_AMPLITUDES: dict[str, tuple[Callable[[SpikeTrain, Amplitudes, Settings], Values], tuple[str, ...]]] = {
    "amplitude_cutoff": (amplitude_cutoff, ("amplitude_scalings", "spike_amplitudes")),
    "noise_cutoff": (noise_cutoff, ("spike_amplitudes", "amplitude_scalings")),
    "amplitude_cv": (amplitude_cv, ("spike_amplitudes",)),
    "amplitude_median": (amplitude_median, ("spike_amplitudes",)),
}
