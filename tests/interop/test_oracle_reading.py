"""What is read is what SpikeInterface reads: metrics, templates, spikes, probes, main channels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl

from ..conftest import SAMPLES, shared
from ..unit.test_reader_layout import WRITE
from .test_oracle_selection import assert_same, pickles_allowed  # noqa: F401

si = pytest.importorskip("spikeinterface", reason="compares with SpikeInterface in the same process")

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore"),  # SpikeInterface and zarr 2 warn of their own future
    pytest.mark.usefixtures("pickles_allowed"),
]


def assert_same_surroundings(theirs: Any, ours: nbl.Analyzer) -> None:
    assert ours.sampling_frequency == theirs.sampling_frequency
    assert ours.get_num_segments() == theirs.get_num_segments()
    assert ours.get_total_duration() == pytest.approx(theirs.get_total_duration(), rel=1e-12)
    for segment in range(theirs.get_num_segments()):
        assert ours.get_num_samples(segment) == theirs.get_num_samples(segment)
    np.testing.assert_array_equal(ours.get_channel_locations(), theirs.get_channel_locations())
    assert ours.main_channel_ids.tolist() == theirs.get_main_channels(outputs="id").tolist()
    assert ours.main_channel_indices.tolist() == theirs.get_main_channels(outputs="index").tolist()
    assert ours.count_num_spikes_per_unit() == theirs.sorting.count_num_spikes_per_unit()
    for unit in ours.unit_ids[::3]:
        for segment in range(theirs.get_num_segments()):
            np.testing.assert_array_equal(
                ours.get_unit_spike_train(unit, segment),
                theirs.sorting.get_unit_spike_train(unit, segment_index=segment),
            )
        assert (
            ours.get_unit_channel_ids(unit).tolist() == theirs.sparsity.unit_id_to_channel_ids[unit].tolist()
        )
    templates = theirs.get_extension("templates")
    n_before = int(templates.params["ms_before"] * theirs.sampling_frequency / 1000)
    assert ours.template_times_ms[n_before] == 0
    np.testing.assert_array_equal(ours.get_templates(), templates.get_templates(operator="average"))
    for name in ours.extension_names:
        if ours.get_extension(name).data_names and name != "spike_locations":
            mine, yours = ours.get_extension(name).get_data(), theirs.get_extension(name).get_data()
            assert isinstance(mine, tuple) == isinstance(yours, tuple), name


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_is_read_as_spikeinterface_reads_it(sample: str):
    theirs, ours = si.load(shared(sample)), nbl.load(shared(sample))

    assert_same(theirs, ours)
    assert_same_surroundings(theirs, ours)
    kinds = {"described": True, "none": False}
    assert kinds[ours._header.recording] is theirs.has_recording() or not theirs.has_recording()


def test_the_bundled_analyzer_is_read_as_spikeinterface_reads_it(demo_folder: Path):
    theirs, ours = si.load(demo_folder), nbl.demo_analyzer()

    assert_same(theirs, ours)
    assert_same_surroundings(theirs, ours)


@pytest.mark.parametrize("format", WRITE)
def test_the_small_analyzer_of_the_tests_is_one_that_spikeinterface_reads(format: str, tmp_path: Path):
    """The hostile and the broken ones are made of it, so it must be true to life."""
    folder = WRITE[format](tmp_path / "small.zarr" if format == "zarr" else tmp_path / "small")
    theirs, ours = si.load(folder), nbl.load(folder)

    assert_same(theirs, ours)
    assert_same_surroundings(theirs, ours)


@pytest.mark.parametrize("sample", ["formats/si0.105.3.zarr", "neuropixels_kilosort_binary"])
def test_the_two_lines_differ_from_those_of_spikeinterface_in_the_recording_only(sample: str):
    theirs, ours = repr(si.load(shared(sample))).split("\n"), repr(nbl.load(shared(sample))).split("\n")

    assert ours[0] == f"{theirs[0]} - no recording"
    assert sorted(ours[1].split(": ")[1].split(", ")) == sorted(theirs[1].split(": ")[1].split(", "))
