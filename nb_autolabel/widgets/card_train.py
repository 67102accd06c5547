"""The card's second answer: what follows from the spikes of a unit, and how it changes over the recording."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import AutolabelError, MissingDataError
from ..evidence.autocorrelogram import Autocorrelogram, interval_counts, lag_counts
from ..evidence.depths import spike_depths
from ..evidence.floor import detection_floor
from ..evidence.lacking import how_to_get
from ..evidence.lag_bins import log_binned, log_edges
from ..evidence.over_time import density, firing_rate, presence
from ..evidence.refractory import violations
from ..metrics.settings import computed_with
from .card_asked import Arrays, Asked, Known

#: Largest lag and width of a bin of the autocorrelogram around zero, in ms.
NEAR_MS = (10.0, 0.25)
ISI_RANGE_MS = (0.1, 1e5)


def read_train(asked: Asked, known: Known, arrays: Arrays) -> None:
    """Autocorrelograms, intervals, rate and presence."""
    train = asked.train
    frequency = train.sampling_frequency
    known.update(spikes=train.n_spikes, duration=train.duration, breaks=train.breaks)
    if not train.n_spikes:
        raise MissingDataError("the unit has no spikes.")
    settings = computed_with(asked.analyzer)
    edges = log_edges(frequency)
    lags = lag_counts(train, max(int(edges[-1]), round(NEAR_MS[0] * frequency / 1000)))
    near = Autocorrelogram.of(lags, frequency, *NEAR_MS)
    known.update(acg_bin_ms=near.bin_ms, acg_exact=lags.exact, rate=train.rate)
    known["refractory"] = violations(train, lags, settings)
    known["isi_range"] = list(ISI_RANGE_MS)
    there = presence(train, settings)
    known.update(presence_bin_s=there.bin_s, presence_ratio=there.ratio)
    arrays.update(
        acg=near.counts,
        acg_log=log_binned(lags.counts, edges),
        acg_log_edges=edges * 1000 / frequency,
        isi=interval_counts(train, *ISI_RANGE_MS),
        rates=firing_rate(train, asked.detail.times),
        present=there.present.astype(np.uint8),
        presence_edges=there.edges,
    )


def read_amplitudes(asked: Asked, known: Known, arrays: Arrays) -> None:
    """Amplitudes over time, their histogram, and where detection ends."""
    analyzer = asked.analyzer
    extension = analyzer.get_extension("spike_amplitudes")
    train = asked.train
    found = train.arranged(analyzer.get_unit_spike_data(asked.unit_id, "spike_amplitudes", "amplitudes"))
    if found.ndim != 1:
        raise MissingDataError("they are not one number a spike.")
    found = found.astype(np.float32, copy=False)
    unit, floor, reason = analyzer.voltage.unit, None, ""
    if extension.params.get("unit") == "a.u.":
        unit, reason = "a.u.", "amplitudes in arbitrary units cannot be compared with the noise"
    else:
        if analyzer.voltage.gain is not None:
            found = analyzer.voltage.shown(found, analyzer.main_channel_indices[asked.unit])
        try:
            floor = detection_floor(analyzer, asked.unit)
        except AutolabelError as error:
            name = getattr(error, "extension", "")
            reason = (
                f"the extension '{name}' was not computed; {how_to_get(analyzer, name)}"
                if name
                else str(error)
            )
    known["amplitude_unit"] = unit
    if not len(found):
        raise MissingDataError("the unit has no spikes.")
    some = found[:: max(1, len(found) // 2000)]
    some = some[np.isfinite(some)]
    if floor is not None and len(some):
        # Spikes are troughs where the larger values are negative ones.
        low, high = np.percentile(some, [2, 98])
        floor = -floor if abs(low) > abs(high) else floor
    _density("amplitude", asked, train.samples, found, known, arrays, floor)
    known["amplitude"] |= {"floor": floor, "no_floor": reason}
    finite = np.isfinite(found)
    if len(found) <= asked.detail.points:
        arrays["times"] = train.samples[finite] / train.sampling_frequency
        arrays["amplitudes"] = found[finite]


def read_depths(asked: Asked, known: Known, arrays: Arrays) -> None:
    """Depth over time."""
    train = asked.train
    if not train.n_spikes:
        raise MissingDataError("the unit has no spikes.")
    samples, values, said = spike_depths(asked.analyzer, asked.unit, train)
    _density("depth", asked, samples, values, known, arrays)
    known["depth"]["said"] = said


def _density(
    name: str,
    asked: Asked,
    samples: npt.NDArray[np.int64],
    values: npt.NDArray[Any],
    known: Known,
    arrays: Arrays,
    shown: float | None = None,
) -> None:
    shape = asked.detail.times, asked.detail.values
    found = density(samples, values, int(asked.train.n_samples.sum()), shape, shown)
    if found is None:
        raise MissingDataError("none of them is a number.")
    known[name] = {"low": found.low, "high": found.high, "outside": found.outside, "shape": list(shape)}
    # A byte a bin: the root of its share of the fullest, and what holds any spike is never empty.
    most = max(1, int(found.counts.max()))
    shade = np.ceil(255 * np.sqrt(found.counts / most)).astype(np.uint8)
    arrays[f"{name}_density"] = shade.ravel()
    arrays[f"{name}_histogram"] = found.counts.sum(axis=0).astype(np.float32)
