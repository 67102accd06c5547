"""Labels leave in many formats and come back as they were, with numbers and with text as unit ids."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import (
    AlreadyExistsError,
    AnalyzerNotFoundError,
    DamagedDataError,
    ForeignTargetError,
    LabelsError,
    UnknownFormatError,
)
from nb_autolabel.export.curation_json import read_curation

FILES = [("curation_json", "c.json"), ("csv", "l.csv"), ("parquet", "l.parquet"), ("phy", "phy")]
IDS = {
    "numbers": [3, 7, 11, 20],
    "text": ["a", "b 1", 'quo"te', "ü"],
    "numbers as text": ["3", "07", "11", "20"],
}
LABELS = ["good", "mua", "noise", "non_soma"]


def given(ids):
    return pd.Series(LABELS, index=pd.Index(ids))


@pytest.mark.parametrize("ids", IDS.values(), ids=IDS.keys())
@pytest.mark.parametrize(("format", "name"), FILES)
def test_labels_come_back_with_the_same_ids_and_types(tmp_path, format, name, ids):
    nbl.export_labels(given(ids), tmp_path / name, format)
    # phy's tables cannot tell "3" from 3.
    back = nbl.import_labels(tmp_path / name, format, unit_ids=ids if format == "phy" else None)
    assert back.index.tolist() == ids
    assert [type(unit) for unit in back.index.tolist()] == [type(unit) for unit in ids]
    assert back["label"].tolist() == LABELS


def test_phy_gets_cluster_numbers_and_keeps_text_ids_beside_them(tmp_path):
    nbl.export_labels(given(IDS["text"]), tmp_path / "phy", "phy")
    assert (tmp_path / "phy" / "cluster_group.tsv").read_text().splitlines()[1:] == [
        "0\tgood",
        "1\tmua",
        "2\tnoise",
        "3\tmua",
    ]
    assert "b 1" in (tmp_path / "phy" / "cluster_si_unit_ids.tsv").read_text(encoding="utf-8")


def test_phy_uses_the_cluster_numbers_that_spikeinterface_gave(tmp_path):
    folder = tmp_path / "phy"
    folder.mkdir()
    (folder / "cluster_si_unit_ids.tsv").write_text("cluster_id\tsi_unit_id\n0\t20\n1\t11\n2\t7\n3\t3\n")
    nbl.export_labels(given([3, 7, 11, 20]), folder, "phy")
    assert (folder / "cluster_label.tsv").read_text().splitlines()[1] == "3\tgood"
    assert nbl.import_labels(folder).loc[3, "label"] == "good"
    with pytest.raises(LabelsError, match="no cluster for the units 99"):
        nbl.export_labels({99: "good"}, folder, "phy", overwrite=True)


@pytest.mark.parametrize(("format", "name"), FILES)
def test_nothing_is_replaced_unasked(tmp_path, format, name):
    nbl.export_labels(given([1, 2, 3, 4]), tmp_path / name, format)
    with pytest.raises(AlreadyExistsError, match="overwrite=True"):
        nbl.export_labels(given([5, 6, 7, 8]), tmp_path / name, format)
    assert nbl.import_labels(tmp_path / name, format).index.tolist() == [1, 2, 3, 4]
    nbl.export_labels(given([5, 6, 7, 8]), tmp_path / name, format, overwrite=True)
    assert nbl.import_labels(tmp_path / name, format).index.tolist() == [5, 6, 7, 8]
    assert not list(tmp_path.rglob("*partial*"))


@pytest.fixture
def labeler():
    made = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=None)
    yield made
    made.close()


def test_a_labeler_exports_what_it_shows_labels_by_hand_included(tmp_path, labeler):
    unit = labeler.labels.index[labeler.labels["label"] == "mua"][0]
    labeler.override(unit, "good", note="clear refractory period")
    labeler.export(tmp_path / "wide.csv", wide=True)
    back = nbl.import_labels(tmp_path / "wide.csv")
    assert back["label"].tolist() == labeler.labels["label"].tolist()
    assert back.loc[unit, ["source", "note"]].tolist() == ["hand", "clear refractory period"]
    assert "snr" in back
    assert np.allclose(back["snr"], labeler.trace.table.values("snr"))
    noise = labeler.labels.index[labeler.labels["label"] == "noise"][0]
    assert back.loc[noise, "reasons"].startswith("noise/")
    assert back.loc[unit, "reasons"] == ""


@pytest.mark.parametrize("dialect", ["min/max", "greater/less"])
def test_thresholds_come_back_and_label_the_same(tmp_path, labeler, dialect):
    labeler.thresholds = {**labeler.thresholds, "mua": {"snr": {"min": 4}}}
    labeler.export(tmp_path / "t.json", "thresholds_json", dialect=dialect)
    back = nbl.import_labels(tmp_path / "t.json")
    assert ("greater" in back["mua"]["snr"]) == (dialect == "greater/less")
    again = nbl.bombcell_label_units(nbl.demo_analyzer(), thresholds=back)
    assert again.equals(labeler.labels)


@pytest.mark.parametrize("format", ["zarr", "binary_folder"])
def test_a_saved_analyzer_gets_labels_without_being_rewritten(tmp_path, labeler, format):
    labeler.analyzer.save_as(format, tmp_path / "a.zarr" if format == "zarr" else tmp_path / "a", slim=True)
    folder = next(tmp_path.iterdir())
    before = {f: f.stat().st_mtime_ns for f in folder.rglob("*") if f.is_file()}
    labeler.export(folder, "analyzer")
    new = {f for f in folder.rglob("*") if f.is_file()} - set(before)
    changed = {f for f, when in before.items() if f.stat().st_mtime_ns != when}
    assert all("sorting/properties" in str(f) for f in new)
    assert all(f.name == ".zmetadata" for f in changed)
    assert nbl.import_labels(folder)["label"].tolist() == labeler.labels["label"].tolist()
    with pytest.raises(AlreadyExistsError):
        labeler.export(folder, "analyzer")
    labeler.override(labeler.analyzer.unit_ids[:3], "artifact_of_the_stimulator")
    labeler.export(folder, "analyzer", overwrite=True)
    assert nbl.import_labels(folder)["label"].tolist() == labeler.labels["label"].tolist()


def test_labels_of_other_units_do_not_go_into_an_analyzer(tmp_path, writable_demo):
    with pytest.raises(LabelsError, match="the analyzer has 142"):
        nbl.export_labels({1: "good"}, writable_demo, "analyzer")
    assert "label" not in nbl.load(writable_demo).get_sorting_property_keys()


def test_an_nwb_file_gets_a_column_and_keeps_the_rest(tmp_path):
    pynwb = pytest.importorskip("pynwb")
    from datetime import UTC, datetime

    file = pynwb.NWBFile("a session", "id", datetime(2026, 1, 1, tzinfo=UTC))
    for unit in (3, 7, 11, 20):
        file.add_unit(id=unit, spike_times=[0.1, 0.2 * unit])
    with pynwb.NWBHDF5IO(str(tmp_path / "s.nwb"), "w") as out:
        out.write(file)
    nbl.export_labels(given([20, 11, 7, 3]), tmp_path / "s.nwb")
    assert nbl.import_labels(tmp_path / "s.nwb")["label"].to_dict() == {
        3: "non_soma",
        7: "noise",
        11: "mua",
        20: "good",
    }
    with pynwb.NWBHDF5IO(str(tmp_path / "s.nwb"), "r") as read:
        assert read.read().units["spike_times"][1].tolist() == [0.1, 0.2 * 7]
    with pytest.raises(AlreadyExistsError):
        nbl.export_labels(given([20, 11, 7, 3]), tmp_path / "s.nwb")
    nbl.export_labels(given([3, 7, 11, 20]), tmp_path / "s.nwb", overwrite=True)
    assert nbl.import_labels(tmp_path / "s.nwb").loc[3, "label"] == "good"


def test_an_nwb_file_gets_the_proposed_columns_of_quality_beside_the_label(tmp_path):
    """The score is the probability of the label: NaN where no classifier gave one; under another name there is none."""
    pynwb = pytest.importorskip("pynwb")
    from datetime import UTC, datetime

    file = pynwb.NWBFile("a session", "id", datetime(2026, 1, 1, tzinfo=UTC))
    for unit in (3, 7):
        file.add_unit(spike_times=[0.1, 0.2], id=unit)
    path = tmp_path / "s.nwb"
    with pynwb.NWBHDF5IO(str(path), "w") as out:
        out.write(file)

    def columns():
        with pynwb.NWBHDF5IO(str(path), "r") as read:
            units = read.read().units
            return {name: list(units[name].data[:]) for name in units.colnames if name != "spike_times"}

    labels = pd.DataFrame({"label": ["mua", "good"], "probability": [np.nan, 0.75]}, index=[7, 3])
    nbl.export_labels(labels, path)
    written = columns()
    assert written["label"] == written["quality_label"] == ["good", "mua"]
    np.testing.assert_array_equal(written["quality_score"], [0.75, np.nan])
    before = path.read_bytes()
    with pytest.raises(AlreadyExistsError, match="quality_score"):
        nbl.export_labels(labels, path)
    assert path.read_bytes() == before
    nbl.export_labels(labels.assign(label=["noise", "mua"], probability=0.5), path, overwrite=True)
    written = columns()
    assert written["quality_label"] == ["mua", "noise"]
    assert written["quality_score"] == [0.5, 0.5]
    nbl.export_labels(labels, path, name="bombcell")
    assert set(columns()) == {"label", "quality_label", "quality_score", "bombcell"}


def test_a_failed_nwb_export_leaves_the_file_as_it_was(tmp_path):
    pytest.importorskip("pynwb")
    (tmp_path / "s.nwb").write_bytes(b"no hdf5")
    with pytest.raises(ForeignTargetError, match="it is not an NWB file"):
        nbl.export_labels({1: "good"}, tmp_path / "s.nwb")
    assert (tmp_path / "s.nwb").read_bytes() == b"no hdf5"
    assert [f.name for f in tmp_path.iterdir()] == ["s.nwb"]


def test_a_curation_of_version_1_is_read():
    data = {
        "format_version": "1",
        "unit_ids": [1, 2, 3],
        "label_definitions": {"quality": {"label_options": ["good", "noise"], "exclusive": True}},
        "manual_labels": [{"unit_id": 1, "quality": ["good"]}],
        "removed_units": [3],
    }
    assert read_curation(data, "file")["label"].to_dict() == {1: "good", 3: "noise"}


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("{", DamagedDataError),
        ("[1]", DamagedDataError),
        ('{"unit_ids": 5, "manual_labels": [7]}', DamagedDataError),
        ("unit_id,quality\n1,good\n", DamagedDataError),
    ],
)
def test_files_that_are_something_else_say_so(tmp_path, content, error):
    path = tmp_path / ("l.csv" if content.startswith("unit") else "l.json")
    path.write_text(content)
    with pytest.raises(error, match=path.name):
        nbl.import_labels(path)


def test_what_cannot_be_exported_says_why(tmp_path):
    with pytest.raises(UnknownFormatError, match="Did you mean 'csv'"):
        nbl.export_labels({1: "good"}, tmp_path / "x", "cvs")
    with pytest.raises(UnknownFormatError, match="which format"):
        nbl.export_labels({1: "good"}, tmp_path / "x")
    with pytest.raises(UnknownFormatError, match="no such option"):
        nbl.export_labels({1: "good"}, tmp_path / "x.csv", broad=True)
    with pytest.raises(LabelsError, match="twice"):
        nbl.export_labels(pd.Series(["a", "b"], index=[1, 1]), tmp_path / "x.csv")
    with pytest.raises(LabelsError, match="have no label"):
        nbl.export_labels({1: "good", 2: None}, tmp_path / "x.csv")
    with pytest.raises(LabelsError, match="only a method has thresholds"):
        nbl.export_labels({1: "good"}, tmp_path / "x.json", "thresholds_json")
    (tmp_path / "of_others.csv").write_text("unit_id,label\n8,good\n")
    with pytest.raises(LabelsError, match="1 units that are not there: 8"):
        nbl.import_labels(tmp_path / "of_others.csv", unit_ids=[1, 2])
    (tmp_path / "of_others.csv").unlink()
    with pytest.raises(AnalyzerNotFoundError):
        nbl.import_labels(tmp_path / "nothing.csv")
    assert not list(tmp_path.iterdir())


def test_a_curation_lists_removed_units(tmp_path):
    nbl.export_labels(given([1, 2, 3, 4]), tmp_path / "c.json", remove="noise")
    data = json.loads((tmp_path / "c.json").read_text())
    assert data["removed"] == [3]
    assert data["format_version"] == "2"
    shutil.rmtree(tmp_path)


def test_labels_and_notes_that_look_like_something_else_come_back_as_text(tmp_path):
    frame = pd.DataFrame(
        {
            "label": ["1e5", "True", "inf", "7"],
            "note": ["12", "007", "", 'a, "b"'],
            "source": ["NA", "None", "null", "z"],
        },
        index=["my id, 1", "2", "03", "x"],
    )
    nbl.export_labels(frame, tmp_path / "l.csv")
    back = nbl.import_labels(tmp_path / "l.csv")
    assert back[["label", "note", "source"]].to_dict() == frame[["label", "note", "source"]].to_dict()


def test_text_ids_that_are_numbers_keep_their_cluster_in_phy_and_others_are_not_renumbered_there(tmp_path):
    (tmp_path / "params.py").write_text("")
    nbl.export_labels({"0": "good", "1": "mua", "3": "noise", "5": "good"}, tmp_path, "phy")
    lines = (tmp_path / "cluster_group.tsv").read_text().splitlines()
    assert lines[1:] == ["0\tgood", "1\tmua", "3\tnoise", "5\tgood"]
    with pytest.raises(LabelsError, match="are no numbers"):
        nbl.export_labels({"a": "good"}, tmp_path, "phy", overwrite=True)
    with pytest.raises(LabelsError, match="cannot be used"):
        nbl.export_labels({0: "good"}, tmp_path, "phy", name="group", overwrite=True)


def test_nwb_names_of_units_come_before_its_own_numbers_and_doubt_is_an_error(tmp_path):
    pynwb = pytest.importorskip("pynwb")
    from datetime import UTC, datetime

    file = pynwb.NWBFile("a session", "id", datetime(2026, 1, 1, tzinfo=UTC))
    file.add_unit_column("unit_name", "name")
    for name in ("5", "17", "2"):
        file.add_unit(unit_name=name, spike_times=[0.1])
    with pynwb.NWBHDF5IO(str(tmp_path / "s.nwb"), "w") as out:
        out.write(file)
    nbl.export_labels({5: "good", 17: "mua", 2: "noise"}, tmp_path / "s.nwb")
    assert nbl.import_labels(tmp_path / "s.nwb")["label"].to_dict() == {
        "5": "good",
        "17": "mua",
        "2": "noise",
    }
    with pytest.raises(LabelsError, match="they disagree"):
        nbl.export_labels({n: f"l{n}" for n in range(20)}, tmp_path / "s.nwb", overwrite=True)


def test_a_curation_with_plain_text_labels_is_read_and_a_misspelt_removal_is_refused(tmp_path):
    data = {
        "unit_ids": [1],
        "label_definitions": {"quality": {}},
        "manual_labels": [{"unit_id": 1, "quality": "good"}],
    }
    assert read_curation(data, "file").loc[1, "label"] == "good"
    with pytest.raises(LabelsError, match="no unit has this label"):
        nbl.export_labels({1: "mua"}, tmp_path / "c.json", remove="nosie")


def test_options_of_a_format_are_known_from_its_writer_and_its_own_errors_are_not_taken_for_them(
    tmp_path, monkeypatch
):
    with pytest.raises(UnknownFormatError, match=r"'wde'.*Did you mean 'wide'\? It has: wide"):
        nbl.export_labels({1: "good"}, tmp_path / "x.csv", wde=True)
    from nb_autolabel.export import labels

    def broken(found, path, overwrite):
        raise TypeError("got an unexpected keyword argument 'inside'")

    monkeypatch.setitem(labels._WRITERS, "csv", broken)
    with pytest.raises(TypeError, match="inside"):
        nbl.export_labels({1: "good"}, tmp_path / "x.csv")
