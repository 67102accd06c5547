"""What the unit card shows of a unit, read and computed part by part: shape, spike train, spread."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..analyzer.analyzer import Analyzer
from ..errors import AutolabelError, MissingDataError
from ..evidence.autocorrelogram import Autocorrelogram, interval_counts, lag_counts
from ..evidence.exp_decay import decay
from ..evidence.floor import detection_floor
from ..evidence.lacking import how_to_get
from ..evidence.over_time import density, firing_rate, presence
from ..evidence.principal_components import clouds
from ..evidence.refractory import violations
from ..evidence.spike_train import SpikeTrain
from ..evidence.training_neighbours import inputs_of, training_neighbours
from ..evidence.waveforms import some_rows
from ..metrics.extrema import extrema, stored_extrema, widths
from ..metrics.settings import Settings, computed_with

Known = dict[str, Any]
Arrays = dict[str, npt.NDArray[Any]]
Reader = Callable[["Asked", Known, Arrays], None]

#: Channels of a template that are shown at most, and those on which single waveforms are drawn.
MOST_CHANNELS, SINGLE_CHANNELS = 24, 6
NEIGHBOURS, CLOUD_NEIGHBOURS = 5, 3
#: Spikes up to which each is shown as a point.
MAX_AMPLITUDES = 2000
#: Largest lag and width of a bin of both autocorrelograms, in ms.
NEAR_MS, WIDE_MS = (10.0, 0.25), (50.0, 1.0)
ISI_RANGE_MS = (0.1, 1e5)


class Detail(NamedTuple):
    """How much is sent of a unit."""

    times: int = 160
    """Bins of the recording's time."""
    values: int = 72
    """Bins of amplitudes and depths."""
    points: int = MAX_AMPLITUDES
    singles: int = 50
    cloud: int = 300


class Asked(NamedTuple):
    """The unit that is asked for."""

    analyzer: Analyzer
    unit: int
    """Its position."""
    detail: Detail

    @property
    def unit_id(self) -> Any:
        """Its id."""
        return self.analyzer.unit_ids[self.unit]


def read_template(asked: Asked, known: Known, arrays: Arrays) -> None:
    """Template on its strongest channels, with what the metrics measured at it."""
    analyzer = asked.analyzer
    template = analyzer.get_unit_template(asked.unit_id)
    chosen = _channels(analyzer, asked.unit)
    _only_numbers(template, "it holds values that are no numbers.")
    template = analyzer.voltage.shown(template, chosen)
    kept, main = _strongest(template)
    places = analyzer.get_channel_locations()[chosen[kept], :2]
    _only_numbers(places, "the places of its channels are no numbers.")
    frequency = analyzer.sampling_frequency
    known.update(samples=template.shape[0], main=main, ms=1000 / frequency, volt=analyzer.voltage.unit)
    known["channels"] = analyzer.channel_ids[chosen[kept]].astype(str).tolist()
    wave = template[:, kept[main]]
    known["marks"] = _marks(analyzer, asked.unit, wave)
    known["widths"] = [[float(v) for v in width] for width in widths(wave, frequency)]
    stored = computed_with(analyzer).get("template_metrics", {}).get("waveform_baseline_flatness", {})
    known["baseline"] = _baseline(stored.get("baseline_window_ms", (0.0, 0.5)), frequency, len(wave))
    arrays.update(template=template[:, kept].T, places=places)
    with contextlib.suppress(AutolabelError):
        if "std" in analyzer.get_extension("templates").data_names:
            spread = analyzer.voltage.slopes(analyzer.get_unit_template(asked.unit_id, "std"), chosen)
            if np.isfinite(spread).all():
                arrays["template_sd"] = np.abs(spread[:, kept].T)


def _channels(analyzer: Analyzer, unit: int) -> npt.NDArray[np.intp]:
    mask = analyzer.sparsity_mask
    return np.arange(analyzer.get_num_channels()) if mask is None else np.flatnonzero(mask[unit])


def _strongest(template: npt.NDArray[Any]) -> tuple[npt.NDArray[np.intp], int]:
    """Return the channels that are shown, in their order, and which of these is the main one."""
    strength = np.abs(template).max(axis=0)
    # A dense analyzer has the unit on every channel; the strongest say where it is.
    kept = np.sort(np.argsort(strength)[::-1][:MOST_CHANNELS])
    return kept, int(np.argmax(strength[kept]))


def _marks(analyzer: Analyzer, unit: int, template: npt.NDArray[Any]) -> list[float | None]:
    """Trough, peak before and peak after as the criteria measure them, in samples; None where there is none."""
    found = None
    if analyzer.has_extension("template_metrics"):
        with contextlib.suppress(AutolabelError):
            found = stored_extrema(analyzer.get_extension("template_metrics"), unit)
    found = extrema(template, analyzer.sampling_frequency) if found is None else found
    return [at if np.isfinite(at) and at < len(template) else None for at in found]


def _baseline(window: Any, frequency: float, n_samples: int) -> list[float] | None:
    """Return the samples between which the flatness of the baseline is measured; None where it is not."""
    with contextlib.suppress(TypeError, ValueError):
        start, end = (float(edge) * frequency / 1000 for edge in window)
        if 0 <= start < end:
            return [start, min(end, float(n_samples))]
    return None


def read_decay(asked: Asked, known: Known, arrays: Arrays) -> None:
    """Amplitude against distance."""
    analyzer = asked.analyzer
    template = analyzer.get_unit_template(asked.unit_id)
    _only_numbers(template, "the template holds values that are no numbers.")
    chosen = _channels(analyzer, asked.unit)
    places = analyzer.get_channel_locations()[chosen]
    _only_numbers(places, "the places of its channels are no numbers.")
    if len(chosen) < 2 or not np.abs(template).max():
        raise MissingDataError("the template is on one channel only, or zero.")
    shown = analyzer.voltage.slopes(template, chosen)
    found = decay(shown, places, computed_with(analyzer))
    known["decay"] = {
        "linear": found.linear,
        "normalized": found.normalized,
        "fit": found.fit,
        "r2": found.r2,
        "accepted": found.accepted,
        "reason": found.reason,
    }
    arrays.update(decay_distances=found.distances, decay_amplitudes=found.amplitudes)


def read_place(asked: Asked, known: Known, arrays: Arrays) -> None:
    """Where the unit is on the probe."""
    del arrays
    extension = asked.analyzer.get_extension("unit_locations")
    where = extension.get_data(extension.main_name, rows=np.array([asked.unit]))[0]
    _only_numbers(where[:2], "its location is no number.")
    known["place"] = [float(where[0]), float(where[1])]


def read_neighbours(asked: Asked, known: Known, arrays: Arrays) -> None:
    """Units with the most similar templates."""
    del arrays
    known["neighbours"] = _similar(asked)


def _similar(asked: Asked) -> list[list[Any]]:
    similar = (
        asked.analyzer.get_extension("template_similarity")
        .get_data("similarity", rows=np.array([asked.unit]))[0]
        .astype(np.float64)
    )
    numbers = np.flatnonzero(np.isfinite(similar))
    order = [int(i) for i in numbers[np.argsort(similar[numbers])[::-1]] if i != asked.unit][:NEIGHBOURS]
    return [[i, float(similar[i])] for i in order]


def read_train(asked: Asked, known: Known, arrays: Arrays) -> None:
    """Autocorrelograms, intervals, rate and presence."""
    train = SpikeTrain.of(asked.analyzer, asked.unit_id)
    frequency = train.sampling_frequency
    known.update(spikes=train.n_spikes, duration=train.duration, breaks=train.breaks)
    if not train.n_spikes:
        raise MissingDataError("the unit has no spikes.")
    settings = computed_with(asked.analyzer)
    lags = lag_counts(train, round(WIDE_MS[0] * frequency / 1000))
    near, wide = (Autocorrelogram.of(lags, frequency, *window) for window in (NEAR_MS, WIDE_MS))
    known.update(acg_bin_ms=near.bin_ms, acg_wide_bin_ms=wide.bin_ms, acg_exact=lags.exact, rate=train.rate)
    known["refractory"] = violations(train, lags, settings)
    known["isi_range"] = list(ISI_RANGE_MS)
    there = presence(train, settings)
    known.update(presence_bin_s=there.bin_s, presence_ratio=there.ratio)
    arrays.update(
        acg=near.counts,
        acg_wide=wide.counts,
        isi=interval_counts(train, *ISI_RANGE_MS),
        rates=firing_rate(train, asked.detail.times),
        present=there.present.astype(np.uint8),
        presence_edges=there.edges,
    )


def read_amplitudes(asked: Asked, known: Known, arrays: Arrays) -> None:
    """Amplitudes over time, their histogram, and where detection ends."""
    analyzer = asked.analyzer
    extension = analyzer.get_extension("spike_amplitudes")
    train = SpikeTrain.of(analyzer, asked.unit_id)
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
            reason = f"the extension '{name}' was not computed; {how_to_get(analyzer, name)}" if name else str(error)
    known["amplitude_unit"] = unit
    if not len(found):
        raise MissingDataError("the unit has no spikes.")
    some = found[:: max(1, len(found) // 2000)]
    middle = float(np.median(some[np.isfinite(some)])) if np.isfinite(some).any() else 0.0
    floor = None if floor is None else (-floor if middle < 0 else floor)
    _density("amplitude", asked, train, found, known, arrays, floor)
    known["amplitude"] |= {"floor": floor, "no_floor": reason}
    finite = np.isfinite(found)
    if len(found) <= asked.detail.points:
        arrays["times"] = train.samples[finite] / train.sampling_frequency
        arrays["amplitudes"] = found[finite]


def read_depths(asked: Asked, known: Known, arrays: Arrays) -> None:
    """Depth over time."""
    where = asked.analyzer.get_unit_spike_data(asked.unit_id, "spike_locations")
    names = where.dtype.names or ()
    if "y" not in names:
        raise MissingDataError("the stored locations have no coordinate y.")
    train = SpikeTrain.of(asked.analyzer, asked.unit_id)
    if not train.n_spikes:
        raise MissingDataError("the unit has no spikes.")
    _density("depth", asked, train, train.arranged(where)["y"].astype(np.float32), known, arrays)


def _density(
    name: str,
    asked: Asked,
    train: SpikeTrain,
    values: npt.NDArray[Any],
    known: Known,
    arrays: Arrays,
    shown: float | None = None,
) -> None:
    shape = asked.detail.times, asked.detail.values
    found = density(train.samples, values, int(train.n_samples.sum()), shape, shown)
    if found is None:
        raise MissingDataError("none of them is a number.")
    known[name] = {"low": found.low, "high": found.high, "outside": found.outside, "shape": list(shape)}
    # A byte a bin: the root of its share of the fullest, and what holds any spike is never empty.
    most = max(1, int(found.counts.max()))
    shade = np.ceil(255 * np.sqrt(found.counts / most)).astype(np.uint8)
    arrays[f"{name}_density"] = shade.ravel()
    arrays[f"{name}_histogram"] = found.counts.sum(axis=0).astype(np.float32)


def read_singles(asked: Asked, known: Known, arrays: Arrays) -> None:
    """Single waveforms on the strongest channels, and their spread where that is not stored."""
    analyzer = asked.analyzer
    rows, stored = some_rows(analyzer, asked.unit_id, "waveforms", asked.detail.singles)
    if rows.ndim != 3:
        raise MissingDataError(f"they have shape {rows.shape}, not spikes, samples, channels.")
    template = analyzer.get_unit_template(asked.unit_id)
    _only_numbers(template, "the template holds values that are no numbers.")
    chosen = _channels(analyzer, asked.unit)
    kept, _ = _strongest(analyzer.voltage.shown(template, chosen))
    strength = np.abs(template[:, kept]).max(axis=0)
    strongest = np.sort(np.argsort(strength)[::-1][:SINGLE_CHANNELS])
    strongest = strongest[kept[strongest] < rows.shape[2]]
    picked = analyzer.voltage.shown(rows[:, :, kept[strongest]].astype(np.float32), chosen[kept[strongest]])
    picked = picked[np.isfinite(picked).all(axis=(1, 2))]
    if not len(picked) or not picked.size:
        raise MissingDataError("none of them is a number.")
    scale = float(np.abs(picked).max()) / 32000 or 1.0
    known["singles"] = {
        "count": len(picked),
        "stored": stored,
        "samples": picked.shape[1],
        "channels": strongest.tolist(),
        "scale": scale,
    }
    arrays["singles_waves"] = np.round(picked.transpose(0, 2, 1) / scale).astype(np.int16).ravel()


def read_clouds(asked: Asked, known: Known, arrays: Arrays) -> None:
    """Projections of the unit and its neighbours."""
    others: list[int] = []
    with contextlib.suppress(AutolabelError):
        others = [at for at, _ in _similar(asked)][:CLOUD_NEIGHBOURS]
    found = clouds(asked.analyzer, asked.unit, others, asked.detail.cloud)
    known["clouds"] = {
        "units": list(found.units),
        "sizes": [len(points) for points in found.points],
        "axes": list(found.axes),
    }
    arrays["cloud_points"] = np.concatenate(found.points).astype(np.float32).ravel()


_INPUTS: weakref.WeakKeyDictionary[Analyzer, tuple[Hashable, npt.NDArray[np.float64]]] = (
    weakref.WeakKeyDictionary()
)


def read_curated(asked: Asked, known: Known, arrays: Arrays) -> None:
    """The curated units of the training data that resemble the unit most."""
    del arrays
    analyzer = asked.analyzer
    version = analyzer.source.version
    kept = _INPUTS.get(analyzer)
    if kept is None or kept[0] != version:
        kept = version, inputs_of(analyzer)
        _INPUTS[analyzer] = kept
    found = training_neighbours(kept[1][asked.unit])
    known["curated"] = {
        "labels": found.labels,
        "recordings": found.recordings,
        "distances": found.distances,
        "usual": found.usual,
        "metrics": found.metrics,
    }


#: What is read for each part of the card: the name for messages, and what reads it. A part is one answer to the browser.
PARTS: dict[str, tuple[tuple[str, Reader], ...]] = {
    "shape": (
        ("template", read_template),
        ("place on the probe", read_place),
        ("similar templates", read_neighbours),
    ),
    "train": (
        ("spike train", read_train),
        ("amplitudes", read_amplitudes),
        ("depths over time", read_depths),
    ),
    "spread": (
        ("single waveforms", read_singles),
        ("fit of amplitude against distance", read_decay),
        ("principal components", read_clouds),
        ("curated units to compare with", read_curated),
    ),
}


def _only_numbers(values: Any, otherwise: str) -> None:
    """Refuse values of which one is NaN or infinite.

    Raises
    ------
    MissingDataError
        Saying so.
    """
    if not np.isfinite(np.asarray(values, dtype=np.float64)).all():
        raise MissingDataError(otherwise)
