"""Metrics of an analyzer whose spikes stand in no order are those of the same spikes in order."""

from __future__ import annotations

import numpy as np
import pytest

import nb_autolabel as nbl

from ..unit.test_unordered_spikes import PER_SPIKE
from .test_computing import RANDOM, assert_same, reference, simulated  # noqa: F401 (fixtures)

pytest.importorskip("spikeinterface")
pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


def shuffled(folder):
    """Put spikes of a folder, and what is stored for each, in no order; return which spike stands where."""
    spikes = folder / "sorting" / "spikes.npy"
    order = np.random.default_rng(5).permutation(len(np.load(spikes)))
    for path in [spikes, *(folder / "extensions" / name for name in PER_SPIKE)]:
        if path.exists():
            np.save(path, np.load(path)[order])
    new = np.argsort(order)
    drawn = folder / "extensions" / "random_spikes" / "random_spikes_indices.npy"
    if drawn.exists():
        places = new[np.load(drawn)]
        again = np.random.default_rng(6).permutation(len(places))
        np.save(drawn, places[again])
        for name in ("waveforms/waveforms.npy", "principal_components/pca_projection.npy"):
            rows = folder / "extensions" / name
            np.save(rows, np.load(rows)[again])
    return order


@pytest.fixture(scope="module")
def stored(reference, tmp_path_factory):  # noqa: F811 (the fixture)
    """Everything that SpikeInterface has computed, but for metrics; in order, and in none."""
    folder = tmp_path_factory.mktemp("stored")
    for name in ("ordered", "shuffled"):
        nbl.load(reference).save_as("binary_folder", folder / name)
    shuffled(folder / "shuffled")
    return nbl.load(folder / "ordered"), nbl.load(folder / "shuffled")


def test_the_spikes_of_the_test_are_in_no_order(stored):
    ordered, unordered = (analyzer.spikes for analyzer in stored)
    assert (np.diff(ordered["segment_index"]) >= 0).all()
    assert (np.diff(unordered["segment_index"]) < 0).any()


def test_from_what_is_stored_every_metric_is_that_of_the_spikes_in_order(stored, reference):  # noqa: F811
    """Amplitudes, locations, waveforms and principal components follow their spikes."""
    names = [
        name for name in reference.get_metrics_extension_data().columns if name not in (RANDOM, "nn_advanced")
    ]
    before = stored[1].spikes.copy()
    tables = [
        nbl.compute_metrics(analyzer, metrics=names, progress=False).get_metrics_extension_data()
        for analyzer in stored
    ]
    np.testing.assert_array_equal(stored[1].spikes, before)
    assert_same(tables[1], tables[0], names, rtol=1e-12)
    counted = ["num_spikes", "isi_violations_count", "rp_contamination", "sync_spike_2", "firing_range"]
    assert_same(tables[1], reference.get_metrics_extension_data(), counted, rtol=1e-12)


def test_with_a_recording_what_is_computed_for_each_spike_stands_in_the_order_of_the_analyzer(
    simulated, reference, tmp_path  # noqa: F811
):  # fmt: skip
    recording, _ = simulated
    bare = reference.copy()
    for name in list(bare.extensions):
        bare.delete_extension(name)
    nbl.load(bare).save_as("binary_folder", tmp_path / "ordered")
    nbl.load(bare).save_as("binary_folder", tmp_path / "shuffled")
    order = shuffled(tmp_path / "shuffled")
    expected, found = (
        nbl.compute_metrics(tmp_path / name, recording=recording, progress=False)
        for name in ("ordered", "shuffled")
    )
    metrics = found.get_metrics_extension_data()
    names = [name for name in metrics.columns if name != RANDOM]
    assert_same(metrics, expected.get_metrics_extension_data(), names, rtol=1e-12)
    for extension, key in [("spike_amplitudes", "amplitudes"), ("spike_locations", "spike_locations")]:
        of_spikes, rows = (a.get_extension(extension).get_data(key) for a in (expected, found))
        np.testing.assert_array_equal(rows, of_spikes[order])
    waveforms = []
    for analyzer in (expected, found):
        drawn = analyzer.get_extension("random_spikes").get_data("random_spikes_indices")
        assert (np.diff(drawn) > 0).all()
        spikes = analyzer.spikes[drawn]
        by_time = np.lexsort((spikes["unit_index"], spikes["sample_index"], spikes["segment_index"]))
        rows = analyzer.get_extension("waveforms").get_data("waveforms")[by_time]
        waveforms.append((spikes[by_time], rows))
    np.testing.assert_array_equal(waveforms[1][0], waveforms[0][0])
    np.testing.assert_array_equal(waveforms[1][1], waveforms[0][1])
    found.save_as("zarr", tmp_path / "kept.zarr")
    assert_same(nbl.load(tmp_path / "kept.zarr").get_metrics_extension_data(), metrics)
