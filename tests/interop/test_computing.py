"""Metrics that are computed here equal those that SpikeInterface computes by itself."""

from __future__ import annotations

import shutil
import warnings

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.computing.catalogue import COMPUTATIONS
from nb_autolabel.errors import AnalyzerNotFoundError, MissingMetricError, RecordingError

from ..conftest import shared
from ..kilosort_folder import make_kilosort_folder

si = pytest.importorskip("spikeinterface")
pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


def assert_same(found, expected, names=None, rtol=0.0):
    """Compare tables of metrics by unit id."""
    assert [str(u) for u in found.index] == [str(u) for u in expected.index]
    for name in names or expected.columns:
        a, b = found[name].to_numpy(float), expected[name].to_numpy(float)
        np.testing.assert_allclose(a, b, rtol=rtol, atol=0, equal_nan=True, err_msg=name)


def fresh(analyzer, **extensions):
    """Let SpikeInterface compute."""
    import spikeinterface.metrics
    import spikeinterface.postprocessing  # noqa: F401

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        analyzer.compute(extensions, save=False, progress_bar=False)
    return analyzer


@pytest.fixture(scope="module")
def simulated():
    from spikeinterface.core import generate_ground_truth_recording

    recording, sorting = generate_ground_truth_recording(
        durations=[12.0, 8.0], num_channels=12, num_units=5, seed=1
    )
    return recording, sorting


@pytest.fixture(scope="module")
def live(simulated):
    recording, sorting = simulated
    return si.create_sorting_analyzer(sorting, recording, sparse=True)


@pytest.fixture(scope="module")
def complete(live):
    return nbl.compute_metrics(live, progress=False)


@pytest.fixture(scope="module")
def reference(simulated):
    recording, sorting = simulated
    made = si.create_sorting_analyzer(sorting, recording, sparse=True)
    fresh(
        made,
        random_spikes={"seed": 0},
        noise_levels={"random_slices_kwargs": {"seed": 0}},
        waveforms={},
        templates={},
        spike_amplitudes={},
        spike_locations={"seed": 0},
        principal_components={},
    )
    return fresh(made, quality_metrics={}, template_metrics={"include_multi_channel_metrics": True})


#: Draws noise at random each time.
RANDOM = "sd_ratio"


def test_the_catalogue_is_spikeinterface_s_own_list():
    from spikeinterface.metrics.quality.quality_metrics import ComputeQualityMetrics
    from spikeinterface.metrics.template.template_metrics import ComputeTemplateMetrics

    there = {
        (kind.extension_name, m.metric_name): (tuple(m.metric_columns), m.needs_recording, m.needs_tmp_data)
        for kind in (ComputeQualityMetrics, ComputeTemplateMetrics)
        for m in kind.metric_list
    }
    assert {(c.extension, c.name) for c in COMPUTATIONS} == set(there)
    for c in COMPUTATIONS:
        columns, needs_recording, prepared = there[c.extension, c.name]
        assert set(c.columns) == set(columns)
        assert "recording" in c.needs or not needs_recording
        assert (c.step == c.name) == (not prepared)


def test_a_live_analyzer_with_a_recording_gets_everything_and_is_not_changed(live, complete, reference):
    expected = reference.get_metrics_extension_data()
    found = complete.get_metrics_extension_data()
    assert set(found) == set(expected)
    assert_same(found, expected, [name for name in expected if name != RANDOM])
    np.testing.assert_allclose(found[RANDOM], expected[RANDOM], rtol=0.2)
    assert not live.extensions
    assert {"waveforms", "templates", "principal_components", "noise_levels"} <= set(complete.extension_names)
    params = complete.get_extension("quality_metrics").params
    assert params["computed_with"]["spikeinterface"] == si.__version__
    assert params["metric_params"]["rp_violation"] == {"refractory_period_ms": 1.0, "censored_period_ms": 0.0}
    assert complete.get_extension("quality_metrics").info["version"] == si.__version__


@pytest.mark.parametrize("format", ["zarr", "binary_folder"])
def test_spikeinterface_opens_what_is_saved(complete, tmp_path, format):
    saved = complete.save_as(folder=tmp_path / "saved", format=format)
    opened = si.load(saved.folder)
    assert_same(opened.get_metrics_extension_data(), complete.get_metrics_extension_data())
    for name in ("waveforms", "templates", "principal_components", "spike_amplitudes", "spike_locations"):
        opened.get_extension(name).get_data()
    assert_same(saved.get_metrics_extension_data(), complete.get_metrics_extension_data())


def test_what_was_there_survives_and_only_what_is_missing_is_computed(complete, tmp_path):
    folder = complete.save_as(folder=tmp_path / "whole", format="binary_folder").folder
    shutil.rmtree(f"{folder}/extensions/template_metrics")
    before = nbl.load(folder)
    after = nbl.compute_metrics(before, progress=False)
    assert set(after.extension_names) == set(complete.extension_names)
    assert_same(after.get_metrics_extension_data(), complete.get_metrics_extension_data())
    assert not before.has_extension("template_metrics")
    np.testing.assert_array_equal(
        after.get_extension("waveforms").get_data(), before.get_extension("waveforms").get_data()
    )
    assert "computed_with" in after.get_extension("template_metrics").params


def test_all_metrics_of_142_units_come_back_as_spikeinterface_computes_them(tmp_path):
    """Of the bundled simulated analyzer, whose metrics were removed; it has no recording."""
    folder = nbl.demo_analyzer().save_as(folder=tmp_path / "demo", format="binary_folder").folder
    for name in ("quality_metrics", "template_metrics"):
        shutil.rmtree(f"{folder}/extensions/{name}")
    expected = fresh(
        si.load(folder), quality_metrics={}, template_metrics={"include_multi_channel_metrics": True}
    ).get_metrics_extension_data()
    found = nbl.compute_metrics(folder, progress=False).get_metrics_extension_data()
    assert len(found) == 142
    assert set(found) == set(expected)
    assert_same(found, expected)
    some = nbl.load(folder)
    some = some.select_units(some.unit_ids[::-3])
    found = nbl.compute_metrics(
        some, ["snr", "exp_decay", "drift"], progress=False
    ).get_metrics_extension_data()
    assert_same(
        found, expected.loc[some.unit_ids], ["snr", "exp_decay", "drift_ptp", "drift_std", "drift_mad"]
    )


@pytest.mark.parametrize(
    "sample", ["0.101.2.zarr", "0.103.2_binary", "0.104.1.zarr", "0.105.3_two_segments.zarr"]
)
def test_analyzers_of_every_version_are_computed_from_what_they_hold(sample, tmp_path):
    analyzer = nbl.load(shared(f"formats/si{sample}"))
    found = nbl.compute_metrics(analyzer, ["template_metrics", "snr", "drift", "silhouette"], progress=False)
    table = found.get_metrics_extension_data()
    for name in ("snr", "silhouette", "peak_to_trough_duration", "trough_half_width", "spread"):
        assert np.isfinite(table[name]).any(), name
    before = analyzer.get_metrics_extension_data()
    untouched = [name for name in before if name not in table or name in ("num_spikes", "presence_ratio")]
    assert_same(table, before, untouched)
    saved = found.save_as(folder=tmp_path / "saved", format="zarr")
    assert_same(saved.get_metrics_extension_data(), table)


def test_merged_units_of_a_kilosort_folder_are_computed(tmp_path):
    made = make_kilosort_folder(tmp_path / "ks", curated=True)
    analyzer = nbl.load(made.folder)
    table = nbl.compute_metrics(analyzer, progress=False).get_metrics_extension_data()
    assert table.index.tolist() == analyzer.unit_ids.tolist()
    assert table["num_spikes"].tolist() == list(analyzer.count_num_spikes_per_unit().values())
    assert np.isfinite(table["peak_to_trough_duration"]).any()


def test_without_a_recording_comes_what_needs_none(simulated, reference, tmp_path):
    recording, sorting = simulated
    bare = nbl.load(si.create_sorting_analyzer(sorting, recording, sparse=True))
    analyzer = bare.save_as(folder=tmp_path / "a", format="binary_folder")
    found = nbl.compute_metrics(analyzer, progress=False).get_metrics_extension_data()
    assert "snr" not in found
    assert_same(found, reference.get_metrics_extension_data(), list(found))
    with pytest.raises(MissingMetricError, match="snr cannot be computed"):
        nbl.compute_metrics(analyzer, ["snr"], progress=False)
    whole = nbl.compute_metrics(analyzer, ["snr"], recording=recording, progress=False)
    assert_same(
        whole.get_metrics_extension_data(), reference.get_metrics_extension_data(), ["snr"], rtol=1e-6
    )


def test_units_are_matched_by_id_whatever_their_order_and_kind(simulated, reference):
    recording, sorting = simulated
    made = si.create_sorting_analyzer(sorting, recording, sparse=True)
    analyzer = nbl.load(made)
    turned = analyzer.select_units(analyzer.unit_ids[[4, 0, 2]])
    names = ["presence_ratio", "firing_range", "rp_violations", "num_spikes"]
    found = nbl.compute_metrics(turned, names, progress=False).get_metrics_extension_data()
    expected = reference.get_metrics_extension_data().loc[turned.unit_ids]
    assert_same(found, expected, names)


def test_units_with_no_or_few_spikes_and_an_empty_last_segment_are_computed():
    from spikeinterface.core import NumpyRecording, NumpySorting

    random = np.random.default_rng(0)
    recording = NumpyRecording([random.normal(size=(60000, 4)).astype("f4") for _ in range(2)], 30000.0)
    recording.set_dummy_probe_from_locations(np.column_stack([np.zeros(4), 20.0 * np.arange(4)]))
    recording.set_channel_gains(1.0)
    recording.set_channel_offsets(0.0)
    trains = {
        "a": np.sort(random.integers(100, 59000, 400)),
        "none": np.zeros(0, int),
        "few": np.array([500, 900]),
    }
    sorting = NumpySorting.from_unit_dict([trains, {name: np.zeros(0, int) for name in trains}], 30000.0)
    live = si.create_sorting_analyzer(
        sorting, recording, sparse=False, main_channel_indices=np.array([1, 2, 3]), return_in_uV=True
    )
    found = nbl.compute_metrics(live, progress=False).get_metrics_extension_data()
    assert found.index.tolist() == ["a", "none", "few"]
    assert found["num_spikes"].tolist() == [400, 0, 2]
    assert np.isfinite(found.loc["a", ["snr", "firing_rate", "repolarization_slope"]].astype(float)).all()
    assert np.isnan(found.loc["none", "repolarization_slope"])
    assert found.loc["a", "firing_rate"] == 400 / 4.0


# ------------------------------------------------------------------ Kilosort


def test_spike_train_metrics_of_the_real_folder_equal_those_of_the_analyzer():
    """With its duration, which the folder does not tell; the recording that tells it is not read for these."""
    from spikeinterface.core import NumpyRecording

    stored = nbl.load(shared("neuropixels_kilosort_binary"))
    zeros = np.broadcast_to(np.zeros((1, 385), np.int16), (stored.get_num_samples(), 385))
    recording = NumpyRecording([zeros], 30000.0)
    names = [
        *("num_spikes", "firing_rate", "presence_ratio", "isi_violations_ratio", "isi_violations_count"),
        *("rp_contamination", "rp_violations", "sliding_rp_violation", "firing_range"),
        *("sync_spike_2", "sync_spike_4", "sync_spike_8"),
    ]
    found = nbl.compute_metrics(shared("kilosort_folder"), names, recording=recording, progress=False)
    assert_same(found.get_metrics_extension_data(), stored.get_metrics_extension_data(), names, rtol=1e-9)
    assert found.get_total_duration() == stored.get_total_duration()
    assert found.voltage.unit == "a.u."


def test_template_metrics_of_the_real_folder_equal_those_of_the_same_templates(tmp_path):
    from spikeinterface.core.analyzer_extension_core import ComputeTemplates
    from spikeinterface.extractors import read_kilosort_as_analyzer

    folder = tmp_path / "ks"
    shutil.copytree(shared("kilosort_folder"), folder)
    analyzer = nbl.load(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        own = read_kilosort_as_analyzer(folder)
    templates = ComputeTemplates(own)
    templates.data = {"average": analyzer.get_templates()}
    templates.params = {
        "operators": ["average"],
        **{key: analyzer.get_extension("templates").params[key] for key in ("ms_before", "ms_after")},
    }
    templates.run_info = {"run_completed": True}
    own.extensions["templates"] = templates
    fresh(own, template_metrics={})
    found = nbl.compute_metrics(analyzer, ["template_metrics"], progress=False).get_metrics_extension_data()
    main = own.get_main_channels(outputs="index", with_dict=False)
    same = main == analyzer.main_channel_indices  # SpikeInterface takes the whitened template's
    assert same.sum() > len(same) // 2
    expected = own.get_extension("template_metrics").get_data()
    assert_same(found[same], expected[same], rtol=1e-9)


@pytest.fixture
def kilosort(tmp_path):
    """A folder whose recording lies beside it: 12 channels of which 10 were sorted."""
    made = make_kilosort_folder(tmp_path / "ks")
    random = np.random.default_rng(0)
    samples = int(made.times.max()) + 5000
    traces = random.normal(scale=20, size=(samples, 12)).astype(np.int16)
    traces.tofile(tmp_path / "ks" / "recording.dat")
    return made, traces


def test_with_the_recording_of_a_kilosort_folder_everything_comes(kilosort):
    made, traces = kilosort
    analyzer = nbl.load(made.folder)
    found = nbl.compute_metrics(
        analyzer,
        ["snr", "amplitude_median", "template_metrics"],
        recording=made.folder / "recording.dat",
        progress=False,
    )
    table = found.get_metrics_extension_data()
    assert np.isfinite(table["snr"]).all()
    assert found.voltage.unit == "a.u."
    assert nbl.LiveBombcell(found, journal=None).session.table.unusable("amplitude_median")
    assert (
        "high-pass filtered at 300 Hz"
        in found.get_extension("quality_metrics").params["computed_with"]["recording"]
    )
    # The templates stay those of the folder.
    np.testing.assert_array_equal(found.get_templates(), analyzer.get_templates())
    assert found.get_num_samples() == len(traces)
    assert "snr" not in analyzer.metric_names


def test_waveforms_of_a_kilosort_folder_come_with_the_recording_and_are_kept(kilosort, tmp_path):
    made, _ = kilosort
    found = nbl.compute_metrics(
        made.folder, ["silhouette"], recording=made.folder / "recording.dat", progress=False
    )
    assert found.is_sparse()
    saved = found.save_as(folder=tmp_path / "saved.zarr")
    opened = si.load(saved.folder)
    waveforms = opened.get_extension("waveforms").get_waveforms_one_unit(opened.unit_ids[0])
    assert waveforms.shape[0] == 500
    assert {"waveforms", "principal_components", "templates"} <= set(saved.extension_names)
    np.testing.assert_array_equal(saved.get_templates(), nbl.load(made.folder).get_templates())
    # What is missing after that is computed of what was kept, without the recording.
    further = nbl.compute_metrics(saved, ["d_prime"], progress=False)
    assert np.isfinite(further.get_metrics_extension_data()["d_prime"]).any()


def test_a_dense_analyzer_stays_dense(simulated):
    recording, sorting = simulated
    live = si.create_sorting_analyzer(sorting, recording, sparse=False)
    found = nbl.compute_metrics(live, ["exp_decay", "silhouette"], progress=False)
    assert not found.is_sparse()
    fresh(live, random_spikes={"seed": 0}, waveforms={}, templates={}, principal_components={})
    fresh(live, quality_metrics={"metric_names": ["silhouette"]})
    fresh(live, template_metrics={"include_multi_channel_metrics": True})
    expected = live.get_metrics_extension_data()
    assert_same(found.get_metrics_extension_data(), expected, ["exp_decay", "silhouette"])


def test_counts_are_kept_in_counts_and_an_unknown_gain_is_never_passed_off_as_microvolts(simulated, tmp_path):
    from spikeinterface.core import NumpyRecording

    source, sorting = simulated
    sorting = sorting.clone()
    sorting.delete_property("main_channel_id")
    traces = [np.round(source.get_traces(segment_index=at) / 2.0).astype(np.int16) for at in range(2)]
    recording = NumpyRecording(traces, source.sampling_frequency)
    recording.set_dummy_probe_from_locations(source.get_channel_locations())
    bare = NumpyRecording(traces, source.sampling_frequency)
    bare.set_dummy_probe_from_locations(source.get_channel_locations())
    recording.set_channel_gains(2.0)
    recording.set_channel_offsets(0.0)
    names = ["amplitude_median", "repolarization_slope", "snr"]
    tables = []
    for in_microvolts in (True, False):
        live = si.create_sorting_analyzer(sorting, recording, sparse=True, return_in_uV=in_microvolts, seed=0)
        made = nbl.compute_metrics(live, names, progress=False)
        tables.append(nbl.LiveThresholds(made, {"snr": {"min": 0}}, journal=None).session.table)
    for name in names:
        np.testing.assert_allclose(tables[0].values(name), tables[1].values(name), rtol=1e-4)
    # Stored in µV without the gains, and a recording without them.
    floats = NumpyRecording([part.astype("f4") for part in traces], source.sampling_frequency)
    floats.set_dummy_probe_from_locations(source.get_channel_locations())
    saved = nbl.load(si.create_sorting_analyzer(sorting, floats, sparse=True, seed=0)).save_as(
        folder=tmp_path / "a.zarr"
    )
    with pytest.raises(MissingMetricError, match="gain of the recording"):
        nbl.compute_metrics(saved, ["amplitude_median"], recording=bare, progress=False)
    made = nbl.compute_metrics(saved, ["snr", "amplitude_cutoff"], recording=bare, progress=False)
    assert not made.has_extension("spike_amplitudes")
    np.testing.assert_allclose(made.get_metrics_extension_data()["snr"], tables[0].values("snr"), rtol=1e-4)


def test_the_file_is_filtered_unless_it_says_that_it_is(kilosort):
    made, _ = kilosort
    raw = nbl.compute_metrics(made.folder, ["snr"], recording=made.folder / "recording.dat", progress=False)
    text = (made.folder / "params.py").read_text().replace("hp_filtered = False", "hp_filtered = True")
    (made.folder / "params.py").write_text(text)
    done = nbl.compute_metrics(made.folder, ["snr"], recording=made.folder / "recording.dat", progress=False)
    assert "as it is" in done.get_extension("quality_metrics").params["computed_with"]["recording"]
    a, b = (x.get_extension("noise_levels").get_data() for x in (raw, done))
    assert (a < 0.99 * b).all()


def test_a_recording_with_gains_tells_the_unit_of_a_kilosort_folder(kilosort):
    from spikeinterface.core import NumpyRecording

    made, traces = kilosort
    found = []
    for gain in (None, 2.0):
        recording = NumpyRecording([traces], 30000.0)
        if gain:
            recording.set_channel_gains(gain)
            recording.set_channel_offsets(0.0)
        found.append(
            nbl.compute_metrics(made.folder, ["amplitude_median", "snr"], recording=recording, progress=False)
        )
        assert recording.get_channel_gains() is None or set(recording.get_channel_gains()) == {gain}
    plain, scaled = found
    assert (plain.voltage.unit, scaled.voltage.unit) == ("a.u.", "µV")
    a, b = (nbl.LiveThresholds(x, {"snr": {"min": 0}}, journal=None).session.table for x in found)
    np.testing.assert_allclose(2.0 * a.values("amplitude_median"), b.values("amplitude_median"), rtol=1e-6)
    np.testing.assert_allclose(a.values("snr"), b.values("snr"), rtol=1e-6)


def test_wrong_recordings_are_named_before_anything_is_computed(kilosort, live, tmp_path):
    from spikeinterface.core import NumpyRecording

    made, traces = kilosort
    folder, data = made.folder, made.folder / "recording.dat"

    def refused(recording, match, error=RecordingError, of=folder):
        with pytest.raises(error, match=match):
            nbl.compute_metrics(of, ["snr"], recording=recording, progress=False)

    refused(NumpyRecording([traces[:, :5]], 30000.0), "5 channels and the analyzer 10")
    refused(NumpyRecording([traces], 25000.0), "25000 samples a second and the sorting 30000")
    refused(NumpyRecording([traces[: 1000 * 1000]], 30000.0), "the recording ends after 1000000 samples")
    refused(NumpyRecording([traces, traces], 30000.0), "2 segments and the sorting 1")
    refused(tmp_path / "lost.bin", "is not there", AnalyzerNotFoundError)
    refused(3, "not a int")
    refused(folder, "is not there. Give the path of the recording itself")
    with data.open("ab") as file:
        file.write(b"x")
    refused(data, "no whole number of samples")
    elsewhere = tmp_path / "elsewhere.bin"
    elsewhere.write_bytes(b"\0" * 2400)
    refused(elsewhere, "no params.py beside", of=live)


def test_the_button_of_a_labeler_computes_in_the_background(kilosort):
    """The whole way: a click, SpikeInterface in a thread, labels that follow, and the same as the function gives."""
    made, _ = kilosort
    labeler = nbl.BombcellLabeler(made.folder, journal=None)
    panel, before = labeler.view("gaps"), labeler.trace.missing
    assert "noise/num_positive_peaks" in before
    panel.ask("compute")
    assert panel.background is None or panel.background.join(300)
    assert not panel._computing["failed"]
    assert "metrics were computed with SpikeInterface" in panel._computing["said"]
    after = labeler.trace.missing
    assert "noise/num_positive_peaks" not in after
    assert "mua/snr" in after  # it needs a recording
    expected = nbl.compute_metrics(made.folder, progress=False)
    assert_same(labeler.analyzer.get_metrics_extension_data(), expected.get_metrics_extension_data())
    assert labeler.labels.equals(nbl.LiveBombcell(expected, journal=None).labels)
    labeler.compute_missing(recording=made.folder / "recording.dat", progress=False)
    assert "mua/snr" not in labeler.trace.missing
    labeler.close()
