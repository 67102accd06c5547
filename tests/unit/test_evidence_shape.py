"""What is drawn into the template and beside it is what the metrics measured."""

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import AutolabelError, MissingDataError, MissingExtensionError, MissingMetricError
from nb_autolabel.evidence.exp_decay import decay
from nb_autolabel.evidence.floor import detection_floor
from nb_autolabel.evidence.lacking import how_to_get
from nb_autolabel.evidence.principal_components import clouds
from nb_autolabel.evidence.training_neighbours import inputs_of, training_neighbours
from nb_autolabel.evidence.waveforms import some_rows
from nb_autolabel.metrics.extrema import widths
from nb_autolabel.metrics.settings import computed_with
from tests.conftest import shared


@pytest.fixture(scope="module")
def demo():
    return nbl.demo_analyzer()


def test_windows_are_as_wide_as_the_metrics_say(demo):
    table = demo.get_metrics_extension_data()
    frequency = demo.sampling_frequency
    compared = 0
    for at, unit in enumerate(demo.unit_ids):
        wave = demo.get_templates([unit])[0][:, demo.main_channel_indices[at]]
        found = widths(wave, frequency)
        for name, window in zip(("trough", "peak_before", "peak_after"), found, strict=True):
            stored = table.loc[unit, f"{name}_width"]
            assert (window.right - window.left) / frequency == pytest.approx(stored, rel=1e-3, nan_ok=True)
            compared += np.isfinite(stored)
        half = (found[0].half_right - found[0].half_left) / frequency
        assert half == pytest.approx(table.loc[unit, "trough_half_width"], rel=1e-3, nan_ok=True)
    assert compared > 200


def test_the_windows_lie_around_the_trough_and_the_peaks(demo):
    from nb_autolabel.metrics.extrema import extrema

    for at in range(0, 142, 7):
        wave = demo.get_templates([demo.unit_ids[at]])[0][:, demo.main_channel_indices[at]]
        for place, window in zip(
            extrema(wave, demo.sampling_frequency), widths(wave, demo.sampling_frequency), strict=True
        ):
            assert not window.left > place
            assert not window.right < place
    assert np.isnan(widths(np.zeros(90), 30_000.0)[0]).all()
    assert np.isnan(widths(np.full(90, np.nan), 30_000.0)[1]).all()


def test_the_fit_over_distance_is_the_stored_metric(demo):
    table, settings = demo.get_metrics_extension_data(), computed_with(demo)
    for at, unit in enumerate(demo.unit_ids[:60]):
        channels = np.flatnonzero(demo.sparsity_mask[at])
        found = decay(demo.get_unit_template(unit), demo.get_channel_locations()[channels], settings)
        assert found.value == pytest.approx(table.loc[unit, "exp_decay"], rel=1e-2, nan_ok=True)
        assert (np.diff(found.distances) >= 0).all()


def test_points_that_no_curve_fits_say_so_and_stay():
    template = np.zeros((90, 3))
    template[30] = -1, -1, -1
    where = np.array([[0.0, 0], [0, 20], [0, 40]])
    assert not decay(template, where, {}).accepted, "no amplitude falls"
    assert decay(template[:, :1], where[:1], {}).reason == "no curve fits these points"
    narrow = {"template_metrics": {"exp_decay": {"channel_tolerance": 5.0}}}
    found = decay(template, where, narrow)
    assert found.fit is None
    assert "3 channels" in found.reason
    assert len(found.distances) == 3
    assert np.isnan(found.value)


def test_single_waveforms_are_those_of_the_units_own_random_spikes():
    analyzer = nbl.load(shared("formats/si0.105.3.zarr"))
    spikes = analyzer.spikes["unit_index"][analyzer.get_extension("random_spikes").get_data()]
    stored = analyzer.get_extension("waveforms").get_data()
    for at, unit in enumerate(analyzer.unit_ids):
        rows, count = some_rows(analyzer, unit, "waveforms", 1000)
        assert count == (spikes == at).sum()
        np.testing.assert_array_equal(rows, stored[spikes == at])
        few, _ = some_rows(analyzer, unit, "waveforms", 5)
        assert len(few) == 5


def test_clouds_have_the_same_two_axes_for_all_units():
    analyzer = nbl.load(shared("formats/si0.105.3.zarr"))
    found = clouds(analyzer, 3, [0, 2])
    assert found.units == (3, 0, 2)
    spikes = analyzer.spikes["unit_index"][analyzer.get_extension("random_spikes").get_data()]
    stored = analyzer.get_extension("principal_components").get_data()
    names = analyzer.channel_ids.astype(str).tolist()
    places = [names.index(axis.split(" on ")[1]) for axis in found.axes]
    for unit, points in zip(found.units, found.points, strict=True):
        np.testing.assert_allclose(points, stored[spikes == unit][:, 0, places])


def test_a_unit_of_the_training_data_finds_itself_first():
    from nb_autolabel.classifiers.adaptation import bundled_training_data
    from nb_autolabel.labels import CLASS_NAMES

    data = bundled_training_data()
    for at in (0, 700, 2500):
        found = training_neighbours(data.rows[at])
        assert found.distances[0] == pytest.approx(0, abs=1e-6)
        assert CLASS_NAMES[data.truth[at]] == found.labels[0]
        assert str(data.recordings[at]) == found.recordings[0]
        assert found.distances == sorted(found.distances)
        assert found.usual == 1


def test_labels_of_the_nearest_curated_units_say_what_curators_say():
    """Left-out units are mostly called as their nearest neighbours of other recordings are."""
    from nb_autolabel.classifiers.adaptation import bundled_training_data
    from nb_autolabel.labels import CLASS_NAMES

    data = bundled_training_data()
    right = 0
    chosen = np.random.default_rng(0).choice(len(data.truth), 100, replace=False)
    for at in chosen:
        found = training_neighbours(data.rows[at], nearest=40)
        others = [
            label
            for label, where in zip(found.labels, found.recordings, strict=True)
            if where != data.recordings[at]
        ][:10]
        right += bool(others) and max(set(others), key=others.count) == CLASS_NAMES[data.truth[at]]
    assert right > 60


def test_too_few_metrics_compare_with_nothing(demo):
    row = np.full(inputs_of(demo).shape[1], np.nan)
    row[:4] = 1
    with pytest.raises(MissingMetricError, match="fewer than 5"):
        training_neighbours(row)


def test_the_floor_is_five_times_the_noise_of_the_main_channel(demo):
    levels = demo.get_extension("noise_levels").get_data()
    assert detection_floor(demo, 3) == pytest.approx(5 * levels[demo.main_channel_indices[3]])
    with pytest.raises(MissingExtensionError):
        detection_floor(nbl.load(shared("neuropixels_kilosort.zarr")), 0)


def test_what_is_missing_is_named_with_the_line_that_computes_it_and_what_that_needs(demo):
    analyzer = nbl.load(shared("neuropixels_kilosort.zarr"))
    assert how_to_get(analyzer, "principal_components") == (
        'sorting_analyzer.compute(["waveforms", "principal_components"]) computes it.'
    )
    assert how_to_get(demo, "spike_amplitudes").startswith('sorting_analyzer.compute(["spike_amplitudes"])')
    folder = nbl.load(shared("kilosort_folder"))
    assert how_to_get(folder, "template_similarity") == (
        "A Kilosort folder does not hold it; with an analyzer made with the recording, "
        'sorting_analyzer.compute(["random_spikes", "templates", "template_similarity"]) computes it.'
    )


def test_errors_of_missing_data_are_the_packages_own(demo):
    for error in (MissingDataError, MissingExtensionError, MissingMetricError):
        assert issubclass(error, AutolabelError)
    with pytest.raises(MissingExtensionError):
        some_rows(nbl.load(shared("neuropixels_kilosort.zarr")), 0, "waveforms", 5)
