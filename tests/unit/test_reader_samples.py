"""Every sample on disk is read as SpikeInterface reads it, and shows itself truthfully."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl

from ..conftest import SAMPLES, shared

SIMULATED = {
    "amplitude_scalings",
    "correlograms",
    "isi_histograms",
    "noise_levels",
    "principal_components",
    "quality_metrics",
    "random_spikes",
    "spike_amplitudes",
    "spike_locations",
    "template_metrics",
    "template_similarity",
    "templates",
    "unit_locations",
    "waveforms",
}
KILOSORT = SIMULATED - {
    "amplitude_scalings",
    "noise_levels",
    "principal_components",
    "spike_amplitudes",
    "spike_locations",
    "waveforms",
}


class Facts(NamedTuple):
    """What SpikeInterface 0.105.3 says of a sample."""

    units: list[int] | list[str]
    channels: list[int] | list[str]
    segments: int
    duration: float
    metrics: int
    described: bool
    extensions: set[str]


def _names(count: int) -> list[str]:
    return [str(i) for i in range(count)]


FACTS = {
    "formats/si0.101.2": Facts(list(range(10)), list(range(8)), 1, 12.0, 34, True, SIMULATED),
    "formats/si0.103.2": Facts(_names(10), _names(8), 1, 12.0, 36, True, SIMULATED),
    "formats/si0.104.1": Facts(_names(10), _names(8), 1, 12.0, 45, True, SIMULATED),
    "formats/si0.105.3": Facts(_names(10), _names(8), 1, 12.0, 45, False, SIMULATED),
    "formats/si0.105.3_two_segments": Facts(_names(10), _names(8), 2, 14.0, 45, False, SIMULATED),
    "neuropixels_kilosort": Facts(list(range(15)), _names(356), 1, 4476.873933333333, 32, False, KILOSORT),
}


def facts_of(sample: str) -> Facts:
    return FACTS[sample.removesuffix(".zarr").removesuffix("_binary")]


@pytest.fixture(params=SAMPLES)
def sample(request: pytest.FixtureRequest) -> str:
    shared(request.param)
    return str(request.param)


def test_units_channels_and_duration_are_those_that_spikeinterface_reports(sample: str):
    analyzer, facts = nbl.load(shared(sample)), facts_of(sample)

    assert analyzer.unit_ids.tolist() == facts.units
    assert analyzer.channel_ids.tolist() == facts.channels
    assert analyzer.get_num_units() == len(facts.units)
    assert analyzer.get_num_channels() == len(facts.channels)
    assert analyzer.get_num_segments() == facts.segments
    assert analyzer.sampling_frequency == 30000.0
    assert analyzer.get_total_duration() == pytest.approx(facts.duration, abs=1e-9)
    assert analyzer.is_sparse()
    assert analyzer.sparsity_mask.shape == (len(facts.units), len(facts.channels))
    assert analyzer.format == ("zarr" if sample.endswith(".zarr") else "binary_folder")


def test_the_two_lines_of_repr_say_what_is_there_and_whether_a_recording_is_described(sample: str):
    analyzer, facts = nbl.load(shared(sample)), facts_of(sample)

    first, second = repr(analyzer).split("\n")

    recording = "recording described, not loaded" if facts.described else "no recording"
    assert first == (
        f"SortingAnalyzer: {len(facts.channels)} channels - {len(facts.units)} units - "
        f"{facts.segments} segments - {analyzer.format} - sparse - {recording}"
    )
    assert second == f"Loaded {len(facts.extensions)} extensions: {', '.join(sorted(facts.extensions))}"
    assert analyzer.has_recording_description is facts.described


def test_the_html_says_the_same_with_the_metrics_folded_in(sample: str):
    analyzer, facts = nbl.load(shared(sample)), facts_of(sample)

    html = analyzer._repr_html_()

    assert f"{len(facts.units)}</td>" in html
    assert f"{len(facts.channels)} (sparse)" in html
    assert f"{facts.segments}, {facts.duration:,.1f} s in all" in html
    assert "30 kHz" in html
    assert ("recording described, not loaded" if facts.described else "no recording") in html
    assert f"{facts.metrics} metrics</summary>" in html
    assert all(name in html for name in facts.extensions)


def test_metrics_are_one_table_by_unit_id(sample: str):
    analyzer, facts = nbl.load(shared(sample)), facts_of(sample)

    metrics = analyzer.get_metrics_extension_data()

    assert metrics.index.tolist() == facts.units
    assert metrics.shape == (len(facts.units), facts.metrics)
    assert metrics.columns.is_unique
    assert all(pd.api.types.is_numeric_dtype(dtype) for dtype in metrics.dtypes)
    assert metrics["num_spikes"].to_dict() == analyzer.count_num_spikes_per_unit()


def test_a_change_to_the_returned_metrics_does_not_reach_the_analyzer(sample: str):
    analyzer = nbl.load(shared(sample))

    metrics = analyzer.get_metrics_extension_data()
    metrics["num_spikes"] = 0
    table = analyzer.get_extension("quality_metrics").get_data()
    table["num_spikes"] = 0

    assert (
        analyzer.get_metrics_extension_data()["num_spikes"].to_dict() == analyzer.count_num_spikes_per_unit()
    )


def test_every_extension_is_read_in_the_shape_and_dtype_it_declares(sample: str):
    analyzer, facts = nbl.load(shared(sample)), facts_of(sample)

    assert set(analyzer.extension_names) == facts.extensions
    arrays = 0
    for name in analyzer.extension_names:
        extension = analyzer.get_extension(name)
        assert extension.params is not None
        assert extension.data_names, name
        for key in extension.data_names:
            entry, value = extension.entry(key), extension.get_data(key)
            if entry.kind == "array":
                arrays += 1
                assert value.shape == entry.shape, (name, key)
                assert value.dtype == entry.dtype, (name, key)
                assert value.nbytes == entry.nbytes, (name, key)
                assert value.flags.writeable
            elif entry.kind == "frame":
                assert value.index.tolist() == facts.units
            else:
                assert isinstance(value, dict)
    assert arrays >= 8


def test_only_the_pickled_models_are_left_as_bytes(sample: str):
    analyzer = nbl.load(shared(sample))

    opaque = [
        (name, key) for name in analyzer.extension_names for key in analyzer.get_extension(name).opaque_names
    ]

    assert all(
        name == "principal_components" and key.startswith("pca_model_by_channel") for name, key in opaque
    )
    assert len(opaque) == (8 if "principal_components" in analyzer.extension_names else 0)


def test_the_bundled_analyzer_is_read_and_has_every_usual_extension():
    analyzer = nbl.demo_analyzer()

    assert analyzer.get_num_units() == 142
    assert analyzer.get_num_channels() == 96
    assert set(analyzer.extension_names) == SIMULATED
    assert "no recording" in repr(analyzer)
    assert "ground_truth" in analyzer.get_sorting_property_keys()
    for name in analyzer.extension_names:
        extension = analyzer.get_extension(name)
        assert extension.opaque_names == [], name
        for key in extension.data_names:
            value = extension.get_data(key)
            if isinstance(value, np.ndarray):
                assert value.shape == extension.entry(key).shape
    assert analyzer.get_metrics_extension_data().index.tolist() == analyzer.unit_ids.tolist()


def test_what_get_data_returns_is_what_spikeinterface_returns_for_each_extension():
    analyzer = nbl.demo_analyzer()
    extension = analyzer.get_extension

    ccgs, bins = extension("correlograms").get_data()
    assert ccgs.shape == (142, 142, len(bins) - 1)
    histograms, bins = extension("isi_histograms").get_data()
    assert histograms.shape == (142, len(bins) - 1)
    assert extension("templates").get_data().shape == (142, 90, 96)
    assert extension("random_spikes").get_data().ndim == 1
    assert extension("template_similarity").get_data().shape == (142, 142)
    assert extension("quality_metrics").get_data().index.tolist() == analyzer.unit_ids.tolist()
    assert extension("unit_locations").get_data().shape == (142, 3)
    assert len(extension("spike_amplitudes").get_data()) == len(analyzer.spikes)
    assert set(extension("templates").data) == {"average", "std"}
    assert len(extension("templates").data) == 2
    np.testing.assert_array_equal(extension("templates").data["std"], extension("templates").get_data("std"))


def test_of_two_tables_with_the_same_metric_the_quality_metrics_count(tmp_path):
    folder = tmp_path / "twice"
    nbl.demo_analyzer().save_as("binary_folder", folder, slim=True)
    table = folder / "extensions" / "template_metrics" / "metrics.csv"
    frame = pd.read_csv(table, index_col=0).assign(snr=-1.0)
    frame.to_csv(table)

    analyzer = nbl.load(folder)
    metrics = analyzer.get_metrics_extension_data()

    quality = analyzer.get_extension("quality_metrics").get_data()
    assert (analyzer.get_extension("template_metrics").get_data()["snr"] == -1).all()
    np.testing.assert_array_equal(metrics["snr"], quality["snr"])
    others = [c for c in frame.columns if c not in quality.columns]
    assert metrics.columns.tolist() == [*quality.columns, *others]
