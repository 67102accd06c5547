"""A Kilosort or phy folder opens as an analyzer with what its files say."""

import pickle

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import (
    AnalyzerNotFoundError,
    LabelsError,
    MissingExtensionError,
    SourceChangedError,
    UnknownFormatError,
)
from nb_autolabel.metrics.registry import REGISTRY
from tests.conftest import shared
from tests.kilosort_folder import PARAMS, RATE, make_kilosort_folder, table


@pytest.fixture
def plain(tmp_path):
    return make_kilosort_folder(tmp_path / "kilosort4")


@pytest.fixture
def curated(tmp_path):
    return make_kilosort_folder(tmp_path / "phy", curated=True)


def test_units_are_clusters_and_spikes_are_theirs(curated):
    analyzer = nbl.load(curated.folder)
    assert analyzer.format == "phy"
    assert analyzer.unit_ids.tolist() == [0, 4, 5, 10, 11, 12]
    assert analyzer.sampling_frequency == RATE
    for unit in analyzer.unit_ids.tolist():
        assert np.array_equal(analyzer.get_unit_spike_train(unit), curated.times[curated.clusters == unit])
    assert analyzer.get_total_duration() == (curated.times[-1] + 1) / RATE


def test_without_clusters_units_are_templates_and_without_templates_clusters_are(plain):
    (plain.folder / "spike_clusters.npy").unlink()
    assert nbl.load(plain.folder).unit_ids.tolist() == list(range(6))
    plain.save(spike_clusters=plain.clusters)
    (plain.folder / "spike_templates.npy").unlink()
    assert np.allclose(nbl.load(plain.folder).get_templates(), plain.templates, rtol=1e-5)


def test_templates_are_unwhitened_as_phy_does(plain):
    assert np.allclose(nbl.load(plain.folder).get_templates(), plain.templates, rtol=1e-5, atol=1e-5)
    (plain.folder / "whitening_mat_inv.npy").unlink()
    assert np.allclose(nbl.load(plain.folder).get_templates(), plain.templates, rtol=1e-4, atol=1e-4)
    (plain.folder / "whitening_mat.npy").unlink()
    assert np.array_equal(nbl.load(plain.folder).get_templates(), plain.whitened)


def test_the_matrix_that_kilosort_4_applied_counts_where_phy_gets_a_mere_scale(plain):
    applied = np.linalg.inv(plain.inverse)
    plain.save(whitening_mat_inv=np.eye(10) * 199.6, whitening_mat_dat=applied)
    expected = plain.whitened @ np.linalg.inv(applied).T
    assert np.allclose(nbl.load(plain.folder).get_templates(), expected, rtol=1e-4, atol=1e-4)
    (plain.folder / "whitening_mat_dat.npy").unlink()
    assert np.allclose(nbl.load(plain.folder).get_templates(), plain.whitened * 199.6, rtol=1e-5)


def test_a_merged_unit_has_the_mean_of_its_templates_weighted_by_spikes_and_says_so(curated):
    analyzer = nbl.load(curated.folder)
    merged = curated.templates_of_spikes[curated.clusters == 10]
    weights = np.array([(merged == 1).mean(), (merged == 2).mean()])
    expected = np.tensordot(weights, curated.templates[[1, 2]], axes=1)
    found = analyzer.get_templates([10, 12])
    assert np.allclose(found[0], expected, rtol=1e-4, atol=1e-4)
    assert np.allclose(found[1], curated.templates[3], rtol=1e-4, atol=1e-4)
    assert analyzer.get_extension("templates").params["means_of_templates"] == [10]
    assert analyzer.get_sorting_property("num_templates").tolist() == [1, 1, 1, 2, 1, 1]
    assert not analyzer.has_extension("template_similarity")
    assert (
        "num_templates"
        not in nbl.load(
            make_kilosort_folder(curated.folder.parent / "new").folder
        ).get_sorting_property_keys()
    )


@pytest.mark.parametrize("unused", [-1, 10])
@pytest.mark.parametrize("name", ["templates_ind", "template_ind"])
def test_sparse_templates_are_spread_over_the_channels(plain, name, unused):
    (plain.folder / "templates_ind.npy").unlink()
    channels = np.tile([3, 1, 7, unused], (6, 1))
    plain.save(templates=plain.whitened[:, :, :4], **{name: channels.astype(float)})
    whole = np.zeros((6, 61, 10))
    whole[:, :, [3, 1, 7]] = plain.whitened[:, :, :3]
    assert np.allclose(nbl.load(plain.folder).get_templates(), whole @ plain.inverse, rtol=1e-4, atol=1e-4)


def test_arrays_in_the_order_of_matlab_are_read(plain):
    plain.save(
        templates=np.asfortranarray(plain.whitened),
        spike_times=np.asfortranarray(plain.times[:, np.newaxis].astype(np.uint64)),
        spike_clusters=plain.clusters.astype(np.float64)[:, np.newaxis],
    )
    analyzer = nbl.load(plain.folder)
    assert np.allclose(analyzer.get_templates(), plain.templates, rtol=1e-5, atol=1e-5)
    assert np.array_equal(analyzer.spikes["sample_index"], plain.times)


@pytest.mark.parametrize(("samples", "before"), [(61, 20), (82, 40), (41, 13)])
def test_the_spike_lies_where_kilosort_puts_it(plain, samples, before):
    plain.save(templates=np.resize(plain.whitened, (6, samples, 10)))
    analyzer = nbl.load(plain.folder)
    params = analyzer.get_extension("templates").params
    assert int(params["ms_before"] * RATE / 1000) == before
    assert int(params["ms_before"] * RATE / 1000) + int(params["ms_after"] * RATE / 1000) == samples
    assert analyzer.template_times_ms[before] == 0


def test_spikes_out_of_order_are_put_in_order_with_what_belongs_to_them(plain):
    analyzer = nbl.load(plain.folder)
    amplitudes = [analyzer.get_unit_spike_data(u, "spike_amplitudes") for u in range(6)]
    order = np.random.default_rng(1).permutation(len(plain.times))
    for name in ("spike_times", "spike_clusters", "spike_templates", "amplitudes", "spike_positions"):
        plain.save(**{name: np.load(plain.folder / f"{name}.npy")[order]})
    shuffled = nbl.load(plain.folder)
    assert (np.diff(shuffled.spikes["sample_index"]) >= 0).all()
    for unit, expected in enumerate(amplitudes):
        assert sorted(shuffled.get_unit_spike_data(unit, "spike_amplitudes")) == sorted(expected)
    stored = np.load(plain.folder / "spike_positions.npy")[np.argsort(plain.times[order], kind="stable")]
    assert np.allclose(shuffled.get_extension("spike_locations").get_data()["y"], stored[:, 1])


def test_channels_shanks_amplitudes_places_and_similarity(plain):
    analyzer = nbl.load(plain.folder)
    assert analyzer.channel_ids.tolist() == [0, 1, 2, 3, 4, 6, 7, 8, 9, 11]
    assert np.array_equal(analyzer.get_channel_locations(), plain.positions)
    assert analyzer.header.recording_attributes["properties"]["group"] == [0] * 5 + [1] * 5
    assert analyzer.header.probegroup["probes"][0]["shank_ids"] == ["0"] * 5 + ["1"] * 5
    amplitudes = np.load(plain.folder / "amplitudes.npy").ravel()
    assert np.array_equal(analyzer.get_extension("spike_amplitudes").get_data(), amplitudes)
    assert np.array_equal(
        analyzer.get_unit_spike_data(2, "spike_amplitudes"), amplitudes[plain.clusters == 2]
    )
    stored = np.load(plain.folder / "spike_positions.npy").astype(float)
    means = [stored[plain.clusters == unit].mean(axis=0) for unit in range(6)]
    assert np.allclose(analyzer.get_extension("unit_locations").get_data(), means)
    similar = analyzer.get_extension("template_similarity").get_data()
    assert np.array_equal(similar, np.load(plain.folder / "similar_templates.npy"))


def test_similarity_follows_the_clusters_that_have_spikes(plain):
    kept = plain.clusters != 2
    for name in ("spike_times", "spike_clusters", "spike_templates", "amplitudes", "spike_positions"):
        plain.save(**{name: np.load(plain.folder / f"{name}.npy")[kept]})
    analyzer = nbl.load(plain.folder)
    stored = np.load(plain.folder / "similar_templates.npy")
    left = [0, 1, 3, 4, 5]
    assert analyzer.unit_ids.tolist() == left
    assert np.array_equal(
        analyzer.get_extension("template_similarity").get_data(), stored[np.ix_(left, left)]
    )
    assert np.array_equal(
        analyzer.get_extension("template_similarity").get_data(rows=np.array([4]))[0], stored[5, left]
    )


def test_without_positions_of_spikes_units_are_where_their_templates_are(plain):
    (plain.folder / "spike_positions.npy").unlink()
    analyzer = nbl.load(plain.folder)
    where = analyzer.get_extension("unit_locations").get_data()
    main = plain.positions[analyzer.main_channel_indices]
    assert not analyzer.has_extension("spike_locations")
    assert (np.linalg.norm(where - main, axis=1) < 60).all()


def test_channels_that_share_places_belong_to_probes_of_their_own(plain):
    plain.save(channel_positions=np.tile(plain.positions[:5], (2, 1)))
    analyzer = nbl.load(plain.folder)
    assert len(analyzer.header.probegroup["probes"]) == 2
    assert np.array_equal(analyzer.get_channel_locations(), np.tile(plain.positions[:5], (2, 1)))


def test_tables_of_clusters_are_properties(curated):
    (curated.folder / "cluster_info.tsv").write_text(
        "cluster_id\tsh\tfr (spk/s)\tgroup\tnote\n0\t1\t2.5\tgood\tnear ../x\n10\t0\t3\tmua\t\n",
        encoding="utf-8",
    )
    (curated.folder / "cluster_notes.tsv").write_text("nothing\tof clusters\n1\t2\n", encoding="utf-8")
    analyzer = nbl.load(curated.folder)
    names = analyzer.get_sorting_property_keys()
    assert {"group", "KSLabel", "ContamPct", "Amplitude", "sh", "fr (spk_s)", "note", "num_templates"} == set(
        names
    )
    group = dict(
        zip(analyzer.unit_ids.tolist(), analyzer.get_sorting_property("group").tolist(), strict=True)
    )
    assert group == {0: "noise", 4: "mua", 5: "good", 10: "good", 11: "unsorted", 12: ""}
    contamination = analyzer.get_sorting_property("ContamPct")
    assert contamination.dtype == np.float64
    assert contamination[:3].tolist() == [0.0, 42.0, 52.5]
    assert np.isnan(contamination[3:]).all()


def test_metrics_are_what_the_folder_counts_and_what_programs_added(plain):
    table(plain.folder, "snr", {unit: str(unit + 0.5) for unit in range(6)})
    table(plain.folder, "amplitude_median", dict.fromkeys(range(6), "80"))
    analyzer = nbl.load(plain.folder)
    metrics = analyzer.get_metrics_extension_data()
    counts = np.bincount(plain.clusters)
    assert metrics["num_spikes"].tolist() == counts.tolist()
    assert np.allclose(metrics["firing_rate"], counts / analyzer.get_total_duration())
    assert list(metrics.columns[2:]) == ["Amplitude", "ContamPct", "snr"]
    assert metrics["snr"].tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]


def test_no_metric_in_volts_is_taken_from_a_table():
    from nb_autolabel.analyzer.phy_metrics import VOLTAGES

    assert set(VOLTAGES) == {name for name, known in REGISTRY.items() if "V" in known.unit}


def test_voltages_are_in_arbitrary_units_until_the_gain_is_known(plain):
    analyzer = nbl.load(plain.folder)
    assert analyzer.voltage.unit == "a.u."
    assert "gain_to_uV=" in analyzer.voltage.reason
    known = nbl.load(plain.folder, gain_to_uV=2.34)
    assert known.voltage.unit == "µV"
    assert np.allclose(known.main_channel_templates, analyzer.main_channel_templates * 2.34)
    each = nbl.load(plain.folder, gain_to_uV=np.full(10, 2.34))
    assert np.allclose(each.main_channel_templates, known.main_channel_templates)
    for wrong in (0, -1.0, np.nan, np.inf, "2.34", True, [1.0, 2.0], object()):
        with pytest.raises(UnknownFormatError, match="is no gain"):
            nbl.load(plain.folder, gain_to_uV=wrong)
    with pytest.raises(UnknownFormatError, match="gain_to_uV is for the folder of Kilosort or phy"):
        nbl.load(known, gain_to_uV=1.0)


def test_a_gain_is_refused_for_an_analyzer_that_says_it_itself(demo_zip):
    with pytest.raises(UnknownFormatError, match="Leave it out"):
        nbl.load(demo_zip, gain_to_uV=1.0)


def test_amplitudes_of_kilosort_are_arbitrary_also_where_the_gain_is_known(plain):
    from nb_autolabel.widgets.card import describe

    for gain in (None, 2.34):
        analyzer = nbl.load(plain.folder, gain_to_uV=gain)
        known, arrays = describe(analyzer, 1)
        stored = np.load(plain.folder / "amplitudes.npy").ravel()[plain.clusters == 1]
        assert np.array_equal(arrays["amplitudes"], stored)
        assert known["amplitude_unit"] == "a.u."
        assert not any(
            "template" in text or "place" in text or "amplitudes" in text for text in known["missing"]
        )


def test_code_that_opens_it_again_has_the_gain(plain):
    from nb_autolabel.export.expression import analyzer_code

    opened = nbl.load(plain.folder, gain_to_uV=2.34)
    assert analyzer_code(opened).endswith(f"nbl.load({str(plain.folder)!r}, gain_to_uV=2.34)")
    assert "gain_to_uV" not in analyzer_code(nbl.load(plain.folder))


@pytest.mark.parametrize("kind", ["here", "listed", "gone", "odd", "short"])
def test_the_duration_is_that_of_the_recording_where_its_size_is_known(plain, kind):
    samples = 61 * int(RATE) + 7
    data = b"\0" * (12 * 2 * samples)
    recording = plain.folder.parent / "recording.bin"
    if kind == "listed":
        half = 12 * 2 * 1000
        (plain.folder.parent / "first.bin").write_bytes(data[:half])
        recording.write_bytes(data[half:])
    elif kind != "gone":
        recording.write_bytes({"here": data, "odd": data + b"\0", "short": data[:2400]}[kind])
    path = "['../first.bin', '../recording.bin']" if kind == "listed" else "'../recording.bin'"
    text = PARAMS.replace(PARAMS.splitlines()[0], f"dat_path = {path}")
    (plain.folder / "params.py").write_text(text, encoding="utf-8")

    analyzer = nbl.load(plain.folder)

    known = kind in ("here", "listed")
    assert analyzer.get_num_samples() == (samples if known else plain.times[-1] + 1)
    assert analyzer.header.annotations["duration_from"] == (
        "the recording's size" if known else "the last spike"
    )
    assert ("to the last spike" in analyzer._repr_html_()) is not known


def test_it_is_found_by_its_params_and_pointed_to_from_the_folder_around_it(plain, tmp_path):
    assert nbl.load(plain.folder / "params.py").get_num_units() == 6
    with pytest.raises(UnknownFormatError, match="Open the folder 'kilosort4' in it"):
        nbl.load(tmp_path)
    with pytest.raises(AnalyzerNotFoundError, match="folder of Kilosort or phy"):
        nbl.load(tmp_path / "nothing")


def test_units_are_selected_and_an_analyzer_goes_to_another_process(curated):
    analyzer = nbl.load(curated.folder)
    chosen = analyzer.select_units([10, 0])
    assert np.array_equal(chosen.get_templates(), analyzer.get_templates([10, 0]))
    assert np.array_equal(chosen.get_unit_spike_train(10), analyzer.get_unit_spike_train(10))
    assert chosen.get_sorting_property("group").tolist() == ["good", "noise"]
    assert set(chosen.extension_names) == set(analyzer.extension_names)
    again = pickle.loads(pickle.dumps(analyzer))
    assert np.array_equal(again.get_templates(), analyzer.get_templates())


@pytest.mark.parametrize("format", ["zarr", "binary_folder"])
def test_a_saved_copy_holds_the_same(curated, tmp_path, format):
    analyzer = nbl.load(curated.folder, gain_to_uV=2.34)
    copy = analyzer.save_as(format, tmp_path / "copy.zarr", progress_bar=False)
    assert np.array_equal(copy.spikes, analyzer.spikes)
    assert copy.get_total_duration() == analyzer.get_total_duration()
    assert copy.extension_names == analyzer.extension_names
    assert copy.voltage.unit == "µV"
    assert np.array_equal(copy.main_channel_templates, analyzer.main_channel_templates)
    for name in analyzer.get_sorting_property_keys():
        found, expected = (a.get_sorting_property(name).astype(str).tolist() for a in (copy, analyzer))
        assert found == expected
    metrics = analyzer.get_metrics_extension_data()
    assert copy.get_metrics_extension_data()[metrics.columns].equals(metrics)
    assert copy.get_extension("spike_amplitudes").params["unit"] == "a.u."


def test_spikes_that_phy_has_saved_again_are_not_taken_for_the_old_ones(plain):
    analyzer = nbl.load(plain.folder)
    analyzer.get_templates([1])
    plain.save(spike_clusters=np.where(plain.clusters == 1, 9, plain.clusters))
    with pytest.raises(SourceChangedError, match=r"Open it again with nbl\.load"):
        analyzer.get_templates([2])


def test_what_is_not_there_is_said(plain):
    for name in ("templates", "amplitudes", "channel_positions", "spike_positions", "similar_templates"):
        (plain.folder / f"{name}.npy").unlink()
    analyzer = nbl.load(plain.folder)
    assert analyzer.extension_names == ["quality_metrics"]
    assert analyzer.get_num_channels() == 10
    with pytest.raises(MissingExtensionError, match="templates"):
        analyzer.get_templates()


def test_kilosorts_own_labels_are_a_source_to_compare_with_and_never_a_persons(plain, tmp_path):
    analyzer = nbl.load(plain.folder)
    mine = dict.fromkeys(range(6), "good")
    comparison = nbl.compare("KSLabel", me=mine, analyzer=analyzer)
    assert comparison.labels["KSLabel"].tolist() == ["mua", "good"] * 3
    with pytest.raises(LabelsError, match="Kilosort's own labels"):
        nbl.compare("group", me=mine, analyzer=analyzer)
    hers = nbl.load(make_kilosort_folder(tmp_path / "hers", curated=True).folder)
    assert nbl.compare("group", me={0: "good", 4: "mua"}, analyzer=hers).labels["group"].tolist()[:2] == [
        "noise",
        "mua",
    ]


def test_the_real_folder_is_the_sorting_of_the_real_analyzer():
    folder = nbl.load(shared("kilosort_folder"))
    known = nbl.load(shared("neuropixels_kilosort.zarr"))
    assert np.array_equal(folder.unit_ids, known.unit_ids)
    assert np.array_equal(folder.spikes, known.spikes)
    assert np.array_equal(folder.get_channel_locations(), known.get_channel_locations())
    metrics, stored = (a.get_metrics_extension_data() for a in (folder, known))
    seconds = known.get_total_duration()
    assert np.allclose(
        metrics["firing_rate"] * folder.get_total_duration() / seconds, stored["firing_rate"], rtol=1e-12
    )
    # SpikeInterface's analyzer has a gain of 2.34, and multiplies with the other side of the matrix.
    path = shared("kilosort_folder")
    whitened, inverse = np.load(path / "templates.npy"), np.load(path / "whitening_mat_inv.npy")
    assert np.allclose(folder.get_templates(), whitened @ inverse, rtol=1e-5, atol=1e-6)
    assert np.allclose(known.get_templates(), whitened @ inverse.T * 2.34, rtol=1e-4, atol=1e-4)
    assert np.corrcoef(folder.get_templates().ravel(), known.get_templates().ravel())[0, 1] > 0.99
    # All but one unit, which spans many channels alike, have the same main channel.
    assert (folder.main_channel_indices == known.main_channel_ids.astype(int)).sum() >= 14
