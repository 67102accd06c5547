"""A table of metrics opens as an analyzer does, whoever wrote it; what it cannot give is said."""

import pickle

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer.identity import identity_of
from nb_autolabel.cli import main
from nb_autolabel.errors import (
    DamagedDataError,
    LabelsError,
    MissingDataError,
    MissingExtensionError,
    NoMetricsError,
    UnknownFormatError,
    UnknownUnitError,
)
from nb_autolabel.metrics.table import MetricTable
from nb_autolabel.widgets.card import describe


@pytest.fixture(scope="module")
def metrics():
    return nbl.demo_analyzer().get_metrics_extension_data()


@pytest.fixture(scope="module")
def expected():
    return nbl.bombcell_label_units(nbl.demo_analyzer())["label"].tolist()


def written(metrics, path, how):
    """Write a table as people have it: with its index, or with a column of ids anywhere."""
    frame = metrics.copy()
    frame.index = pd.Index(range(10, 10 + len(frame)), name="cluster_id")
    if how == "index":
        frame.index.name = None
    elif how == "last column":
        frame = frame.reset_index()[[*metrics.columns, "cluster_id"]]
    elif how == "id":
        frame = frame.rename_axis("id").reset_index()
    else:
        frame = frame.reset_index()
    keep = how == "index"
    if path.suffix == ".parquet":
        frame.to_parquet(path, index=keep)
    else:
        frame.to_csv(path, index=keep, sep={".tsv": "\t", ".txt": ";"}.get(path.suffix, ","))
    return path


@pytest.mark.parametrize("how", ["index", "first column", "last column", "id"])
@pytest.mark.parametrize("name", ["units.csv", "cluster_info.tsv", "units.txt", "units.parquet", "UNITS.CSV"])
def test_a_file_of_metrics_labels_as_the_analyzer_does(tmp_path, metrics, expected, name, how):
    path = written(metrics, tmp_path / name, how)
    analyzer = nbl.load(path)
    assert analyzer.format == "table"
    assert analyzer.folder == str(path)
    assert analyzer.unit_ids.tolist() == list(range(10, 10 + len(metrics)))
    assert nbl.LiveBombcell(path, journal=None).labels["label"].tolist() == expected
    assert nbl.bombcell_label_units(path)["label"].tolist() == expected


@pytest.mark.parametrize(
    "make",
    [
        lambda f: f,
        lambda f: f.rename_axis("unit_id").reset_index(),
        lambda f: f.rename_axis("cluster_id").reset_index(),
        lambda f: f.rename_axis("id").reset_index(),
        lambda f: f.astype("Float64"),
        lambda f: f.astype(object),
        lambda f: f.astype(str),
        lambda f: f.astype({"num_spikes": "Int64"}),
    ],
    ids=["index", "unit_id", "cluster_id", "id", "nullable", "object", "text", "Int64"],
)
def test_a_table_in_the_kernel_labels_as_the_analyzer_does(metrics, expected, make):
    analyzer = nbl.load(make(metrics))
    assert [str(unit) for unit in analyzer.unit_ids] == [str(unit) for unit in metrics.index]
    assert nbl.LiveBombcell(analyzer, journal=None).labels["label"].tolist() == expected
    assert not analyzer.renamed


def test_every_method_takes_a_table(metrics):
    demo = nbl.demo_analyzer()
    made = [
        (nbl.LiveThresholds, {"thresholds": {"snr": {"min": 5}}}),
        (nbl.LiveUnitRefine, {}),
        (nbl.LiveBombcell, {"preset": "allen"}),
    ]
    for kind, options in made:
        table, whole = kind(metrics, journal=None, **options), kind(demo, journal=None, **options)
        assert table.labels["label"].tolist() == whole.labels["label"].tolist()
        assert "a table of metrics" in table.methods_text()
        assert "nbl.load(table)" in table.to_code()


# ------------------------------------------------------------------ names of other tools

BOMBCELL = pd.DataFrame(
    {
        "phy_clusterID": [3.0, 5.0, 9.0],
        "maxChannels": [1, 2, 3],
        "nPeaks": [1.0, 2.0, 3.0],
        "nTroughs": [1.0, 1.0, 1.0],
        "waveformDuration_peakTrough": [500.0, 1200.0, 700.0],
        "waveformBaselineFlatness": [0.1, 0.2, 0.9],
        "spatialDecaySlope": [0.02, 0.03, 0.04],
        "scndPeakToTroughRatio": [0.5, 0.6, 0.9],
        "peak1ToPeak2Ratio": [1.0, 2.0, 4.0],
        "mainPeakToTroughRatio": [0.5, 0.6, 0.9],
        "troughToPeak2Ratio": [10.0, 2.0, np.nan],
        "mainPeak_before_width": [3.0, 6.0, 9.0],
        "mainTrough_width": [6.0, 6.0, 6.0],
        "rawAmplitude": [100.0, 30.0, 50.0],
        "signalToNoiseRatio": [6.0, 7.0, 8.0],
        "fractionRPVs_estimatedTauR": [0.01, 0.2, 0.3],
        "nSpikes": [1000.0, 200.0, 400.0],
        "presenceRatio": [1.0, 0.9, 0.5],
        "percentageSpikesMissing_gaussian": [5.0, 10.0, 30.0],
        "maxDriftEstimate": [10.0, 20.0, 200.0],
        "isolationDistance": [30.0, 10.0, 5.0],
        "Lratio": [0.1, 0.2, 0.5],
    }
)


def test_bombcells_metrics_are_those_of_the_field_in_their_units(tmp_path):
    BOMBCELL.to_parquet(tmp_path / "templates._bc_qMetrics.parquet")
    for source in (tmp_path / "templates._bc_qMetrics.parquet", tmp_path, BOMBCELL):
        analyzer = nbl.load(source)
        found = analyzer.get_metrics_extension_data()
        assert analyzer.unit_ids.tolist() == [3, 5, 9]
        assert found["peak_to_trough_duration"].tolist() == pytest.approx([0.0005, 0.0012, 0.0007])
        assert found["amplitude_cutoff"].tolist() == pytest.approx([0.05, 0.1, 0.3])
        assert found["peak_before_width"].tolist() == pytest.approx([1e-4, 2e-4, 3e-4])
        assert found["peak_before_to_trough_ratio"].tolist()[:2] == [0.1, 0.5]
        assert np.isnan(found["peak_before_to_trough_ratio"].tolist()[2])
        for name in nbl.LiveBombcell(analyzer, preset="bombcell", journal=None).trace.rule_set.criteria:
            assert name.metric in found, name
        words = [str(renaming) for renaming in analyzer.renamed]
        assert "nPeaks is num_positive_peaks" in words
        assert any(
            w.startswith("waveformDuration_peakTrough x 1e-06 is peak_to_trough_duration") for w in words
        )
        assert nbl.LiveBombcell(analyzer, journal=None).labels["label"].tolist() == ["good", "noise", "noise"]
        assert "nPeaks is num_positive_peaks" in repr(analyzer)


def test_bombcell_for_matlab_counts_clusters_from_one():
    matlab = BOMBCELL.rename(columns={"phy_clusterID": "clusterID"})
    assert nbl.load(matlab).unit_ids.tolist() == [2, 4, 8]


def test_functions_take_other_tools_names_too_also_for_limits_in_their_units():
    assert nbl.bombcell_label_units(BOMBCELL.set_index("phy_clusterID"), preset="bombcell").shape == (3, 1)
    table = MetricTable.of(BOMBCELL)
    assert [renaming.metric for renaming in table.renamed][:2] == ["num_positive_peaks", "num_negative_peaks"]
    assert table.values("percentageSpikesMissing_gaussian").tolist() == pytest.approx([5, 10, 30])
    labels = nbl.threshold_metrics_label_units(BOMBCELL, {"waveformDuration_peakTrough": {"max": 800}})
    assert labels["label"].tolist() == ["good", "noise", "good"]
    assert "troughToPeak2Ratio" in table.names  # cannot be given back from the metric


def test_a_line_fitted_to_the_decay_is_not_taken_for_its_exponential():
    linear = BOMBCELL.assign(spatialDecaySlope=[-0.02, -0.01, -0.03])
    analyzer = nbl.load(linear)
    assert "exp_decay" not in analyzer.metric_names
    assert "spatialDecaySlope" in analyzer.metric_names


def test_phys_table_gives_counts_and_rates_and_keeps_the_groups(tmp_path):
    path = tmp_path / "cluster_info.tsv"
    path.write_text(
        "cluster_id\tAmplitude\tContamPct\tKSLabel\tamp\tch\tfr\tgroup\tn_spikes\tn_peaks\twaveform_duration\n"
        "0\t10\t3\tgood\t1\t2\t5.3 spk/s\tgood\t300\t1\t500\n7\t10\t3\tmua\t1\t2\t\t\t400\t2\t600\n"
    )
    analyzer = nbl.load(path)
    found = analyzer.get_metrics_extension_data()
    assert found["num_spikes"].tolist() == [300, 400]
    assert found["firing_rate"].tolist()[0] == 5.3
    assert np.isnan(found["firing_rate"].tolist()[1])
    assert found["num_positive_peaks"].tolist() == [1, 2]
    assert found["peak_to_trough_duration"].tolist() == pytest.approx([5e-4, 6e-4])  # Bombcell writes µs
    assert "amplitude_median" not in found  # phy's amplitudes are in no unit
    assert analyzer.get_sorting_property("KSLabel").tolist() == ["good", "mua"]
    assert analyzer.get_sorting_property("group").tolist() == ["good", ""]


def test_allens_table_is_in_milliseconds():
    allen = pd.DataFrame(
        {
            "unit_id": [950911932, 950911933],
            "isi_violations": [0.1, 0.9],
            "amplitude_cutoff": [0.01, 0.2],
            "presence_ratio": [0.99, 0.99],
            "waveform_duration": [0.3, 0.7],
            "waveform_halfwidth": [0.1, 0.2],
            "quality": ["good", "noise"],
        }
    )
    live = nbl.LiveBombcell(allen, preset="allen", journal=None)
    assert live.labels["label"].to_dict() == {950911932: "good", 950911933: "mua"}
    found = live.analyzer.get_metrics_extension_data()
    assert found["peak_to_trough_duration"].tolist() == pytest.approx([3e-4, 7e-4])
    assert found["trough_half_width"].tolist() == pytest.approx([1e-4, 2e-4])
    assert "isi_violations is isi_violations_ratio" in live.methods_text()


def test_ibls_table_has_volts_and_a_test_that_is_passed_or_not():
    ibl = pd.DataFrame(
        {
            "cluster_id": [0, 1, 2],
            "amp_median": [60e-6, 100e-6, 40e-6],
            "slidingRP_viol": [1.0, 0.0, 1.0],
            "noise_cutoff": [1.0, 2.0, 3.0],
            "missed_spikes_est": [0.1, 0.2, 0.3],
            "label": [1.0, 2 / 3, 1 / 3],
        }
    )
    live = nbl.LiveBombcell(ibl, preset="ibl", journal=None)
    assert live.labels["label"].tolist() == ["good", "mua", "mua"]
    assert live.analyzer.get_metrics_extension_data()["amplitude_median"].tolist() == pytest.approx(
        [60, 100, 40]
    )
    already = nbl.load(ibl.assign(amp_median=[60.0, 100.0, 40.0]))
    assert already.get_metrics_extension_data()["amplitude_median"].tolist() == [60, 100, 40]


def test_a_metric_under_its_own_name_is_never_replaced():
    both = BOMBCELL.assign(num_spikes=[1, 2, 3])
    analyzer = nbl.load(both)
    assert analyzer.get_metrics_extension_data()["num_spikes"].tolist() == [1, 2, 3]
    assert "nSpikes" in analyzer.metric_names


# ------------------------------------------------------------------ ids and columns


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("unit_id,snr\n007,1\n008,2\n", ["007", "008"]),
        ('unit_id,snr\n"7",1\n"8",2\n', ["7", "8"]),
        ("snr,unit_id\n1,7\n2,8\n", [7, 8]),
        ("snr,unit_id\n1,7.0\n2,8.0\n", [7, 8]),
        (",snr\n5,1\n6,2\n", [5, 6]),
        ("snr\n1\n2\n", [0, 1]),
        ("id;snr\n1;2,5\n3;4,5\n", [1, 3]),
        ("unit_id,cluster_id,snr\n1,7,1\n2,7,2\n", [1, 2]),
        ("\ufeffunit_id,snr\r\n1,2\r\n3,4\r\n", [1, 3]),
        ("unit_id,snr\n", []),
    ],
)
def test_ids_come_back_as_they_are_written(tmp_path, text, ids):
    (tmp_path / "x.csv").write_bytes(text.encode())
    analyzer = nbl.load(tmp_path / "x.csv")
    assert analyzer.unit_ids.tolist() == ids
    if ids == [1, 3] and ";" in text:
        assert analyzer.get_metrics_extension_data()["snr"].tolist() == [2.5, 4.5]


@pytest.mark.parametrize(
    ("frame", "error", "said"),
    [
        (pd.DataFrame({"unit_id": [1, 1], "snr": [1, 2]}), LabelsError, "more than once"),
        (pd.DataFrame({"cluster_id": [1, 1], "snr": [1, 2]}), LabelsError, "several probes or sessions"),
        (pd.DataFrame({"unit_id": [7, "7"], "snr": [1, 2]}), LabelsError, "more than once"),
        (pd.DataFrame({"unit_id": [1, None], "snr": [1, 2]}), DamagedDataError, "1 rows without a unit id"),
        (pd.DataFrame({"unit_id": [1.5, 2.0], "snr": [1, 2]}), DamagedDataError, "no whole numbers"),
        (
            pd.DataFrame({"unit_id": [True, False], "snr": [1, 2]}),
            DamagedDataError,
            "neither numbers nor text",
        ),
        (
            pd.DataFrame({"snr": [1]}, index=pd.MultiIndex.from_tuples([("monday", 1)])),
            DamagedDataError,
            "several sessions",
        ),
        (
            pd.DataFrame({"cluster_id": [7, 8], "snr": [1, 2]}, index=[4, 5]),
            NoMetricsError,
            "set_index('cluster_id')",
        ),
    ],
)
def test_ids_that_name_no_units_are_refused_with_the_way_out(frame, error, said):
    with pytest.raises(error, match=said.replace("(", r"\(").replace(")", r"\)")):
        nbl.load(frame)


def test_ids_of_their_own_are_used_where_clusters_of_several_probes_repeat():
    frame = pd.DataFrame({"cluster_id": [0, 0], "uuids": ["a", "b"], "snr": [1, 2]})
    assert nbl.load(frame).unit_ids.tolist() == ["a", "b"]


def test_columns_of_every_kind_are_numbers_or_properties():
    frame = pd.DataFrame(
        {
            "unit_id": [1, 2, 3],
            "nullable": pd.array([1, None, 3], dtype="Int64"),
            "bool": pd.array([True, None, False], dtype="boolean"),
            "plain": [True, False, True],
            "object": [1, "2", None],
            "category": pd.Categorical(["1", "2", "3"]),
            "words": ["x", None, "y"],
            "nothing": [None, None, None],
            "lists": [[1], [2], [3]],
            "when": pd.to_datetime(["2020-01-01"] * 3),
        }
    )
    analyzer = nbl.load(frame)
    found = analyzer.get_metrics_extension_data().to_dict("list")
    assert found["nullable"][0] == 1
    assert found["bool"][0] == 1.0
    assert np.isnan([found["nullable"][1], found["bool"][1], found["object"][2]]).all()
    assert found["plain"] == [1, 0, 1]
    assert found["object"][:2] == [1, 2]
    assert found["category"] == [1, 2, 3]
    assert np.isnan(found["nothing"]).all()
    assert analyzer.get_sorting_property("words").tolist() == ["x", "", "y"]
    assert {"words", "lists", "when"}.isdisjoint(found)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "is empty"),
        ("x.csv", b"\xff\xfe\x00PNG", "not a table of text"),
        ("x.csv", b"unit_id,snr\n1,2,3\n", "more values than its header"),
        ("x.parquet", b"PAR1xxxx", "not a Parquet table"),
    ],
)
def test_a_file_that_is_no_table_is_said_to_be_none(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DamagedDataError, match=said):
        nbl.load(tmp_path / name)


def test_a_file_of_another_kind_is_not_taken_for_a_table(tmp_path):
    (tmp_path / "recording.bin").write_bytes(b"123,456\n")
    with pytest.raises(UnknownFormatError, match=r"table of metrics \(\.csv"):
        nbl.load(tmp_path / "recording.bin")


@pytest.mark.parametrize("ids", [range(142), map(str, range(142))], ids=["numbers", "text"])
def test_ids_are_found_as_people_type_them(tmp_path, monkeypatch, metrics, ids):
    monkeypatch.chdir(tmp_path)
    analyzer = nbl.load(metrics.set_axis(list(ids)))
    own = analyzer.unit_ids[98].item()
    live = nbl.LiveBombcell(analyzer, journal=None)
    session = nbl.LabelingSession(analyzer, journal="by_hand.jsonl")
    for typed in (98, "98", 98.0, np.int64(98), np.str_("98")):
        assert live.explain(typed).unit_id in (98, "98", typed)
        live.override(typed, "noise")
        assert live.overrides.index.tolist() == [own]
        live.clear_override(typed)
        assert len(live.overrides) == 0
        live.selection = [typed]
        assert live.selection == [own]
        assert analyzer.select_units([typed]).unit_ids.tolist() == [own]
        session.label(typed, "good")
        assert session.labels.index.tolist() == [own]
        assert nbl.compare(live, {typed: "good"}).labels.index.tolist() == [own]
    with pytest.raises(UnknownUnitError, match="Did you mean"):
        live.explain("unit_98")


# ------------------------------------------------------------------ what a table is not


def test_what_only_an_analyzer_has_is_said_kindly(metrics, tmp_path):
    analyzer = nbl.load(metrics)
    for part in (analyzer, analyzer.select_units(analyzer.unit_ids[:3])):
        with pytest.raises(
            MissingExtensionError, match="this is a table of metrics; 'templates' needs the analyzer"
        ):
            part.get_templates()
        with pytest.raises(MissingDataError, match="spikes need the analyzer"):
            part.spikes  # noqa: B018 (reading it raises)
        with pytest.raises(UnknownFormatError, match=r"labeler\.export"):
            part.save_as(folder=tmp_path / "x.zarr")
        known, arrays = describe(part, 0)
        assert known == {
            "missing": ["This is a table of metrics; waveforms and pictures of a unit need the analyzer."]
        }
        assert not arrays
        assert "Table of metrics" in repr(part)
        assert "Table of metrics" in part._repr_html_()
    assert not list(tmp_path.iterdir())


def test_units_are_selected_and_labels_written(metrics, expected, tmp_path):
    live = nbl.LiveBombcell(metrics, journal=None)
    clean = live.select_units(keep="good")
    assert clean.unit_ids.tolist() == [
        u for u, label in zip(metrics.index, expected, strict=True) if label == "good"
    ]
    assert set(clean.get_sorting_property("label")) == {"good"}
    assert pickle.loads(pickle.dumps(clean)).unit_ids.tolist() == clean.unit_ids.tolist()
    for name, options in [
        ("labels.csv", {}),
        ("labels.parquet", {"wide": True}),
        ("curation.json", {}),
        ("phy", {"format": "phy"}),
        ("limits.json", {"format": "thresholds_json"}),
    ]:
        target = tmp_path / name
        if name == "phy":
            target.mkdir()
            (target / "params.py").write_text("sample_rate = 30000.\n")
        live.export(target, **options)
    back = nbl.import_labels(tmp_path / "labels.csv", unit_ids=live.analyzer)
    assert back["label"].tolist() == expected
    again = nbl.LiveBombcell(tmp_path / "labels.parquet", journal=None)
    assert again.labels["label"].tolist() == expected
    assert again.analyzer.get_sorting_property("label").tolist() == expected


def test_labels_by_hand_of_one_table_are_not_those_of_another_with_the_same_ids(metrics):
    one, other = nbl.load(metrics), nbl.load(metrics * 1.01)
    assert identity_of(one) == identity_of(nbl.load(metrics.copy()))
    assert not set(identity_of(one).trains) & set(identity_of(other).trains)
    part = one.select_units(one.unit_ids[[5, 2]])
    assert identity_of(part).trains == tuple(identity_of(one).trains[at] for at in (5, 2))


def test_a_changed_frame_changes_no_analyzer(metrics):
    frame = metrics.copy()
    analyzer = nbl.load(frame)
    before = frame["snr"].tolist()
    frame.loc[:, "snr"] = 0.0
    assert analyzer.get_metrics_extension_data()["snr"].tolist() == before


def test_a_hundred_thousand_units_are_labeled_and_exported(metrics, expected, tmp_path):
    many = 100_000
    rows = np.arange(many) % len(metrics)
    table = metrics.iloc[rows].set_axis(np.arange(many))
    live = nbl.LiveBombcell(table, journal=None)
    assert live.labels["label"].tolist() == [expected[row] for row in rows]
    live.override([3, "99999"], "noise")
    assert live.counts["noise"] >= 2
    assert live.export(tmp_path / "labels.csv").stat().st_size > many


def test_the_command_line_labels_a_table(tmp_path, capsys):
    BOMBCELL.to_csv(tmp_path / "units.csv", index=False)
    assert main(["label", str(tmp_path / "units.csv"), "--out", str(tmp_path / "o.csv")]) == 0
    said = capsys.readouterr()
    assert "nPeaks is num_positive_peaks" in said.err
    assert nbl.import_labels(tmp_path / "o.csv")["label"].to_dict() == {3: "good", 5: "noise", 9: "noise"}
    assert main(["slim", str(tmp_path / "units.csv"), str(tmp_path / "x.zarr")]) == 1
    assert "labeler.export" in capsys.readouterr().err


def test_a_report_of_a_table(tmp_path, metrics):
    metrics.to_csv(tmp_path / "units.csv", index_label="unit_id")
    assert main(["report", str(tmp_path / "units.csv"), str(tmp_path / "r.html")]) == 0
    assert "from a table of metrics" in (tmp_path / "r.html").read_text(encoding="utf-8")
