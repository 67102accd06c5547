"""SpikeInterface's analyzer, made in memory from arrays that this package has read."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..analyzer.analyzer import Analyzer
from ..analyzer.computed_source import ComputedSource
from ..analyzer.phy_source import PhySource
from ..analyzer.selection import SelectedSource
from ..analyzer.source import Source
from ..errors import AutolabelError
from .plan import Stock, of_kilosort
from .recording import Given, in_a_line, segments_of
from .spike_places import SpikePlaces

#: Channels up to this distance from a unit's main channel are its own, in µm (as SpikeInterface's `radius`).
RADIUS_UM = 100.0


def build(analyzer: Analyzer, given: Given | None, stock: Stock, places: SpikePlaces) -> Any:
    """Make SpikeInterface's analyzer of what this package reads; nothing of the user's is in it but a recording.

    Parameters
    ----------
    analyzer : Analyzer
    given : Given or None
        The recording; without one an empty stand-in takes its place, and nothing that reads it may be computed.
    stock : Stock
        Which extensions are filled in.
    places : SpikePlaces
        Which spikes it gets, in their order.

    Returns
    -------
    spikeinterface.SortingAnalyzer
        In memory; its units are the analyzer's, in their order.
    """
    from spikeinterface.core import (
        ChannelSparsity,
        NumpySorting,
        SpikeVectorSortingSegment,
        create_sorting_analyzer,
    )

    recording = _stand_in(analyzer) if given is None else given.recording
    spikes = places.spikes
    unit_ids = analyzer.unit_ids
    sorting = NumpySorting(spikes.copy(), recording.get_sampling_frequency(), unit_ids)
    mask, main = _channels(analyzer, given is not None)
    sparsity = None if mask is None else ChannelSparsity(mask, unit_ids, recording.channel_ids)
    settings = analyzer.settings
    built = create_sorting_analyzer(
        sorting,
        recording,
        format="memory",
        sparse=sparsity is not None,
        sparsity=sparsity,
        main_channel_indices=main,
        return_in_uV=True,
        **{key: settings[key] for key in ("peak_sign", "peak_mode") if isinstance(settings.get(key), str)},
    )
    # SpikeInterface counts segments up to that of the last spike.
    while built.sorting.get_num_segments() < recording.get_num_segments():
        at = built.sorting.get_num_segments()
        built.sorting.add_sorting_segment(SpikeVectorSortingSegment(spikes.copy(), at, unit_ids))
    _fill_in(built, analyzer, stock, places)
    return built


def _stand_in(analyzer: Analyzer) -> Any:
    """Return a recording of the right length and probe that holds zeros and takes no memory."""
    from spikeinterface.core import NumpyRecording

    n_channels = len(analyzer.channel_ids)
    zero = np.zeros((1, n_channels), np.float32)
    samples = [analyzer.get_num_samples(at) for at in range(segments_of(analyzer))]
    last = np.full(len(samples), -1, np.int64)
    np.maximum.at(last, analyzer.spikes["segment_index"], analyzer.spikes["sample_index"])
    traces = [
        np.broadcast_to(zero, (max(count, int(end) + 1), n_channels))
        for count, end in zip(samples, last, strict=True)
    ]
    recording = NumpyRecording(traces, analyzer.sampling_frequency)
    recording.set_channel_gains(1.0)
    recording.set_channel_offsets(0.0)
    try:
        positions = analyzer.get_channel_locations()
    except AutolabelError:
        positions = in_a_line(n_channels)
    recording.set_dummy_probe_from_locations(positions[:, :2])
    return recording


def _channels(
    analyzer: Analyzer, recorded: bool
) -> tuple[npt.NDArray[np.bool_] | None, npt.NDArray[np.intp]]:
    """Return which channels each unit has, (n_units, n_channels) or None for all, and its main channel."""
    n_units = analyzer.get_num_units()
    try:
        main = np.asarray(analyzer.main_channel_indices, dtype=np.intp)
    except AutolabelError:
        # Only what does not depend on it is computed then, or SpikeInterface finds it in the recording.
        main = None
    mask = analyzer.sparsity_mask
    if mask is None and not recorded:
        mask = _fitted_channels(analyzer.source)
    if mask is None and recorded and main is not None and of_kilosort(analyzer):
        mask = _near(analyzer, main)
    if main is None:
        return mask, np.zeros(n_units, np.intp) if mask is None else mask.argmax(axis=1)
    if mask is not None:
        mask = mask.copy()
        mask[np.arange(n_units), main] = True
    return mask, main


def _fitted_channels(source: Source) -> npt.NDArray[np.bool_] | None:
    """Return on which channels Kilosort fitted each unit; None for another sorting."""
    if isinstance(source, PhySource):
        return source.template_channels()
    if isinstance(source, SelectedSource):
        found = _fitted_channels(source.parent)
        return None if found is None else found[source.positions]
    return _fitted_channels(source.base) if isinstance(source, ComputedSource) else None


def _near(analyzer: Analyzer, main: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_] | None:
    try:
        positions = analyzer.get_channel_locations()[:, :2]
    except AutolabelError:
        return None
    distances = np.linalg.norm(positions[np.newaxis] - positions[main][:, np.newaxis], axis=2)
    return np.asarray(distances <= RADIUS_UM)


def _fill_in(built: Any, analyzer: Analyzer, stock: Stock, places: SpikePlaces) -> None:
    """Put stored extensions among those of SpikeInterface's analyzer."""
    from spikeinterface.core.sortinganalyzer import get_extension_class

    for name in stock.stored:
        extension = analyzer.get_extension(name)
        made = get_extension_class(name)(built)
        params = dict(extension.params)
        if name == "templates":
            data = {
                op: extension.get_data(op)
                for op in extension.data_names
                if op in ("average", "median", "std")
            }
            times = analyzer.template_times_ms
            before = int(np.searchsorted(times, 0))
            rate = built.sampling_frequency
            params = {
                "operators": list(data),
                "ms_before": milliseconds(before, rate),
                "ms_after": milliseconds(len(times) - before, rate),
            }
        else:
            data = {
                key: extension.get_data(key)
                for key in extension.data_names
                if extension.entry(key).kind == "array"
            }
        made.params, made.data, made.run_info = params, places.to(name, data), {"run_completed": True}
        built.extensions[name] = made


def milliseconds(samples: int, sampling_frequency: float) -> float:
    """Return a time of which SpikeInterface, which cuts fractions off, makes the same number of samples again."""
    found = samples / sampling_frequency * 1000
    while int(found * sampling_frequency / 1000) < samples:
        found = float(np.nextafter(found, np.inf))
    return found
