"""The recording that metrics are computed from: whether it is the analyzer's, and in which unit it gives voltages."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..analyzer.analyzer import Analyzer
from ..analyzer.header import Header
from ..analyzer.live import LiveSource
from ..errors import AutolabelError, RecordingError
from .binary import Binary, filtered
from .plan import of_kilosort

#: Rates that differ by rounding only are the same, as for SpikeInterface.
_SAME_RATE = {"rel_tol": 1e-5, "abs_tol": 1e-2}


@dataclass(frozen=True, eq=False)
class Given:
    """A recording that fits an analyzer.

    Attributes
    ----------
    recording : spikeinterface.BaseRecording
        Its channels are the analyzer's, in their order. What SpikeInterface takes for its µV are the voltages as the
        analyzer stores them.
    own : bool
        Whether the analyzer was made of it.
    header : Header
        The analyzer's, with what the recording says more.
    unit_unknown : str
        Why voltages computed from it are in another unit than the analyzer's; empty where they are not.
    said : str
        What it is, for the record.
    """

    recording: Any
    own: bool
    header: Header
    unit_unknown: str
    said: str


def recording_for(analyzer: Analyzer, recording: Any) -> Given | None:
    """Return the recording for an analyzer; None where there is none.

    Parameters
    ----------
    analyzer : Analyzer
    recording : spikeinterface.BaseRecording, path or None
        None takes that of a live SortingAnalyzer.

    Raises
    ------
    RecordingError, AnalyzerNotFoundError, MissingDataError, DamagedDataError
        If it cannot be read, or is not the analyzer's: channels, rate, segments, duration.
    """
    own = recording is None
    said = "the analyzer's own recording"
    origin = analyzer.source.origin
    binary = None
    if own:
        recording = origin.recording if isinstance(origin, LiveSource) else None
        if recording is None:
            return None
    elif _is_recording(recording):
        said = f"a recording of SpikeInterface ({type(recording).__name__})"
    else:
        binary = Binary.at(recording, analyzer)
        recording, said = binary.read(), binary.said
    _check_rate(analyzer, recording)
    recording = _channels_in_order(analyzer, recording)
    _check_length(analyzer, recording)
    if binary is not None and not binary.params.hp_filtered:
        recording = filtered(recording)
    scaled, header, unknown = _in_stored_unit(analyzer, recording, own)
    _place(analyzer, scaled)
    if not own and guessed_duration(analyzer):
        samples = [scaled.get_num_samples(segment_index=at) for at in range(segments_of(analyzer))]
        header = replace(
            header,
            recording_attributes={**header.recording_attributes, "num_samples": samples},
            annotations={**header.annotations, "duration_from": "the recording"},
        )
    return Given(scaled, own, header, unknown, said)


def segments_of(analyzer: Analyzer) -> int:
    """Return the number of segments of the recording; SpikeInterface counts those up to the last spike."""
    samples = analyzer.header.recording_attributes.get("num_samples")
    return max(analyzer.get_num_segments(), len(samples) if isinstance(samples, list) else 0)


def guessed_duration(analyzer: Analyzer) -> bool:
    """Return whether only the last spike tells how long the recording is; a recording tells it better."""
    return analyzer.header.annotations.get("duration_from") == "the last spike"


def _is_recording(value: Any) -> bool:
    return any(
        c.__name__ == "BaseRecording" and c.__module__.split(".", 1)[0] == "spikeinterface"
        for c in type(value).__mro__
    )


def _check_rate(analyzer: Analyzer, recording: Any) -> None:
    rate = float(recording.get_sampling_frequency())
    if not math.isclose(rate, analyzer.sampling_frequency, **_SAME_RATE):
        raise RecordingError(
            f"the recording has {rate:g} samples a second and the sorting {analyzer.sampling_frequency:g}: it is not the "
            "recording that was sorted. Give that one, or resample it as it was for sorting."
        )


def _channels_in_order(analyzer: Analyzer, recording: Any) -> Any:
    """Return the recording with the analyzer's channels in their order: by id, by number in the file, or as they are."""
    there = [str(channel) for channel in recording.channel_ids.tolist()]
    wanted = [str(channel) for channel in analyzer.channel_ids.tolist()]
    numbers = analyzer.channel_ids if analyzer.channel_ids.dtype.kind in "iu" else None
    if len(set(there)) == len(there) and set(wanted) <= set(there):
        places = [there.index(channel) for channel in wanted]
    elif (
        numbers is not None
        and of_kilosort(analyzer)
        and numbers.size
        and 0 <= numbers.min() <= numbers.max() < len(there)
    ):
        places = numbers.tolist()
    elif len(there) == len(wanted):
        places = list(range(len(there)))
    else:
        raise RecordingError(
            f"the recording has {len(there)} channels and the analyzer {len(wanted)}, and not by the same ids (recording: "
            f"{', '.join(there[:4])}, ...; analyzer: {', '.join(wanted[:4])}, ...). Select the channels that were sorted, "
            "in their order: recording.select_channels([...])."
        )
    return recording.select_channels(recording.channel_ids[places])


def _check_length(analyzer: Analyzer, recording: Any) -> None:
    segments, expected = recording.get_num_segments(), segments_of(analyzer)
    if segments != expected:
        raise RecordingError(
            f"the recording has {segments} segments and the sorting {expected}. Give the recording that "
            "was sorted; spikeinterface.concatenate_recordings([...]) joins several."
        )
    spikes = analyzer.spikes
    # Kilosort may find a few spikes behind the end; no other sorter does.
    spared = analyzer.sampling_frequency if of_kilosort(analyzer) else 0
    for at in range(segments):
        mine = spikes["sample_index"][spikes["segment_index"] == at]
        samples = int(recording.get_num_samples(segment_index=at))
        if mine.size and int(mine.max()) >= samples + spared:
            rate, last = analyzer.sampling_frequency, int(mine.max())
            where = f" in segment {at}" if segments > 1 else ""
            raise RecordingError(
                f"the recording ends after {samples} samples ({samples / rate:.1f} s){where}, and the last spike is at "
                f"sample {last} ({last / rate:.1f} s): it is not the recording that was sorted, or only a part of it."
            )


def _in_stored_unit(analyzer: Analyzer, recording: Any, own: bool) -> tuple[Any, Header, str]:
    """Return the recording scaled so that its voltages are as the analyzer stores them, and what is known then.

    The analyzer stores µV, or counts that are converted by a known gain, or values of an unknown unit. In the last case a
    recording with gains tells the unit; one without gives counts, as arbitrary as those of the analyzer.
    """
    header, voltage = analyzer.header, analyzer.voltage
    n_channels = len(header.channel_ids)
    gain, offset = _column(recording, "gain_to_uV"), _column(recording, "offset_to_uV")
    unknown = ""
    if voltage.unit == "a.u." and gain is not None:
        offset = np.zeros(n_channels) if offset is None else offset
        properties = header.recording_attributes.get("properties")
        known = dict(properties) if isinstance(properties, dict) else {}
        known |= {"gain_to_uV": gain.tolist(), "offset_to_uV": offset.tolist()}
        header = replace(
            header,
            settings={**header.settings, "return_in_uV": False},
            recording_attributes={**header.recording_attributes, "properties": known},
            voltage_reason="",
        )
        new = np.ones(n_channels), np.zeros(n_channels)
    elif voltage.unit == "a.u.":
        new = np.ones(n_channels), np.zeros(n_channels)
    elif gain is None:
        stored = _stored_gain(analyzer)
        if stored is None and not own:
            unknown = (
                "the gain of the recording, which it does not say: recording.set_channel_gains(...) and "
                "set_channel_offsets(...)"
            )
        new = np.ones(n_channels) if stored is None else stored, np.zeros(n_channels)
        if voltage.gain is not None:
            new = np.ones(n_channels), np.zeros(n_channels)
    elif voltage.gain is not None and voltage.offset is not None:
        offset = np.zeros(n_channels) if offset is None else offset
        new = gain / voltage.gain, (offset - voltage.offset) / voltage.gain
    else:
        new = gain, np.zeros(n_channels) if offset is None else offset
    # Properties of this selection of channels; the user's recording keeps its own.
    recording.set_channel_gains(new[0])
    recording.set_channel_offsets(new[1])
    return recording, header, unknown


def _stored_gain(analyzer: Analyzer) -> npt.NDArray[np.float64] | None:
    properties = analyzer.header.recording_attributes.get("properties")
    gain = properties.get("gain_to_uV") if isinstance(properties, dict) else None
    try:
        values = np.asarray(gain, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    usable = (
        values.shape == (len(analyzer.channel_ids),) and np.isfinite(values).all() and (values != 0).all()
    )
    return values if usable else None


def _column(recording: Any, name: str) -> npt.NDArray[np.float64] | None:
    values = recording.get_property(name)
    if values is None:
        return None
    found = np.asarray(values, dtype=np.float64)
    return found if np.isfinite(found).all() and not (name == "gain_to_uV" and (found == 0).any()) else None


def _place(analyzer: Analyzer, recording: Any) -> None:
    """Tell a recording without a probe where its channels are."""
    if recording.has_probe():
        return
    try:
        positions = analyzer.get_channel_locations()
    except AutolabelError:
        positions = in_a_line(len(analyzer.channel_ids))
    recording.set_dummy_probe_from_locations(positions[:, :2])


def in_a_line(n_channels: int) -> npt.NDArray[np.float64]:
    """Return positions for channels of which none are known; nothing that depends on them is computed then."""
    return np.column_stack([np.zeros(n_channels), 20.0 * np.arange(n_channels)])
