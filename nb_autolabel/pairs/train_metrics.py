"""Metrics of spike trains as SpikeInterface 0.105 defines them.

SpikeInterface computes them for the units of an analyzer; here they are those of a unit that is in none, the merged
one. Each function takes the settings that SpikeInterface stores for the computation.
``tests/interop/test_oracle_pairs.py`` holds them against SpikeInterface after a real merge.

References
----------
Hill, Mehta, Kleinfeld (2011), Quality metrics to accompany spike sorting. J Neurosci (isi_violation).
Llobet, Wyngaard, Barbour (2022), Automatic post-processing and merging of multiple spike-sorting analyses. bioRxiv
(rp_violation).
Steinmetz, Roth et al., slidingRefractory (sliding_rp_violation).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..evidence.spike_train import SpikeTrain
from .cross_correlogram import bin_samples, own_lags_of

Values = dict[str, float]
Settings = dict[str, Any]


def num_spikes(train: SpikeTrain, settings: Settings) -> Values:
    """Count the spikes."""
    del settings
    return {"num_spikes": float(train.n_spikes)}


def firing_rate(train: SpikeTrain, settings: Settings) -> Values:
    """Spikes per second of all segments."""
    del settings
    return {"firing_rate": train.n_spikes / train.duration if train.n_spikes and train.duration else math.nan}


def presence_ratio(train: SpikeTrain, settings: Settings) -> Values:
    """Share of bins of a minute in which the unit fires."""
    seconds = float(settings.get("bin_duration_s", 60))
    width = int(seconds * train.sampling_frequency)
    if not train.n_spikes or not 0 < width <= int(train.n_samples.sum()):
        return {"presence_ratio": math.nan}
    edges = _edges(train, width)
    if len(edges) < 2:
        return {"presence_ratio": 0.0}
    rate = train.n_spikes / train.duration
    enough = math.floor(rate * seconds * float(settings.get("mean_fr_ratio_thresh", 0.0)))
    counts = _histogram(train, edges)
    return {"presence_ratio": float((counts > enough).sum() / (len(edges) - 1))}


def firing_range(train: SpikeTrain, settings: Settings) -> Values:
    """Range between percentiles of the rate in bins of some seconds."""
    seconds = float(settings.get("bin_size_s", 5))
    low, high = settings.get("percentiles", (5, 95))
    width = int(seconds * train.sampling_frequency)
    if not train.n_spikes or not 0 < width <= int(train.n_samples.sum()):
        return {"firing_range": math.nan}
    rates = _histogram(train, _edges(train, width)) / seconds
    return {"firing_range": float(np.percentile(rates, high) - np.percentile(rates, low))}


def _edges(train: SpikeTrain, width: int) -> npt.NDArray[np.int64]:
    """Return the edges of bins; each segment begins a new one, and only the last one ends with a whole bin."""
    starts = np.cumsum([0, *train.n_samples.tolist()])
    parts = []
    for at, (low, high) in enumerate(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)):
        end = high // width * width + 1 if at == len(train.n_samples.tolist()) - 1 else high
        parts.append(np.arange(low, end, width))
    return np.concatenate(parts)


def _histogram(train: SpikeTrain, edges: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Count spikes between edges, the last edge included; as numpy does, but in the time of a search."""
    spikes = train.samples
    places = np.searchsorted(spikes, edges)
    places[-1] = np.searchsorted(spikes, edges[-1], "right")
    counts: npt.NDArray[np.int64] = np.diff(places)
    return counts


def isi_violation(train: SpikeTrain, settings: Settings) -> Values:
    """Intervals below the refractory period, and the contamination that would explain them."""
    longest = float(settings.get("isi_threshold_ms", 1.5)) / 1000
    shortest = float(settings.get("min_isi_ms", 0)) / 1000
    if not train.n_spikes:
        return {"isi_violations_ratio": math.nan, "isi_violations_count": -1.0}
    many = sum(
        int((np.diff(samples / train.sampling_frequency) < longest).sum()) for samples in train.segments
    )
    exposed = 2 * train.n_spikes * (longest - shortest)
    rate = train.n_spikes / train.duration
    return {"isi_violations_ratio": many / exposed / rate, "isi_violations_count": float(many)}


def rp_violation(train: SpikeTrain, settings: Settings) -> Values:
    """Pairs of spikes within the refractory period, and the contamination that would explain them."""
    if not train.n_spikes:
        return {"rp_contamination": math.nan, "rp_violations": -1.0}
    to_samples = train.sampling_frequency * 1e-3
    censored = round(float(settings.get("censored_period_ms", 0.0)) * to_samples)
    period = round(float(settings.get("refractory_period_ms", 1.0)) * to_samples)
    many = 0
    for samples in train.segments:
        ends = np.searchsorted(samples, samples + period, "right")
        many += int((ends - np.arange(1, len(samples) + 1)).sum())
    count, contamination = train.n_spikes, math.nan
    if count > 1:
        rest = 1 - many * (int(train.n_samples.sum()) - 2 * count * censored) / (
            count**2 * (period - censored)
        )
        contamination = 1.0 if rest < 0 else 1 - math.sqrt(rest)
    return {"rp_contamination": contamination, "rp_violations": float(many)}


def sliding_rp_violation(train: SpikeTrain, settings: Settings) -> Values:
    """Return the least contamination that any refractory period excludes with 90 % confidence."""
    from scipy.special import pdtr

    if train.n_spikes <= int(settings.get("min_spikes", 0) or 0):
        return {"sliding_rp_violation": math.nan}
    width = bin_samples(train.sampling_frequency, float(settings.get("bin_size_ms", 0.25)))
    at_most = float(settings.get("max_ref_period_ms", 10)) / 1000
    tested = settings.get("contamination_values")
    levels = np.arange(0.5, 35.5, 0.5) / 100 if tested is None else np.asarray(tested, dtype=np.float64)
    step = width * 1e3 / train.sampling_frequency / 1000
    n_bins = int(at_most / step)
    counts = own_lags_of(train, (n_bins + 1) * width)[(n_bins + 1) * width :][: n_bins * width]
    counts = counts.reshape(n_bins, width).sum(axis=1)
    edges = np.arange(n_bins + 1) * width * 1e3 / train.sampling_frequency / 1000
    rate = train.n_spikes / train.duration
    foreign, own = train.n_spikes * levels[:, np.newaxis], train.n_spikes * (1 - levels[:, np.newaxis])
    expected = 2 * edges[np.newaxis, 1:] / (train.n_spikes / rate) * foreign * (own + (foreign - 1) / 2)
    confidence = 1 - pdtr(np.cumsum(counts)[np.newaxis], expected)
    usable = (edges[:-1] + edges[1:]) / 2 > float(settings.get("exclude_ref_period_below_ms", 0.5)) / 1000
    sure = np.flatnonzero((confidence[:, usable] > 0.9).any(axis=1))
    return {"sliding_rp_violation": float(levels[sure[0]]) if len(sure) else math.nan}


#: By the name of SpikeInterface's computation, under which it stores the settings.
OF_TRAINS: dict[str, Callable[[SpikeTrain, Settings], Values]] = {
    "num_spikes": num_spikes,
    "firing_rate": firing_rate,
    "presence_ratio": presence_ratio,
    "firing_range": firing_range,
    "isi_violation": isi_violation,
    "rp_violation": rp_violation,
    "sliding_rp_violation": sliding_rp_violation,
}
