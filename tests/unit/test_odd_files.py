"""Odd files and tables: pipes and devices are not waited for, ambiguous columns and keys are refused by name."""

import contextlib
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer.identity import identity_of
from nb_autolabel.errors import (
    AnalyzerNotFoundError,
    AutolabelError,
    DamagedDataError,
    LabelsError,
    RuleError,
    UnknownFormatError,
    WriteError,
)
from nb_autolabel.file_bytes import read_bytes

posix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="of POSIX systems")
CURATION = {"format_version": "2", "unit_ids": [1, 2], "manual_labels": []}


# ---------------------------------------------------------------------- pipes and devices


@posix
@pytest.mark.parametrize("ending", ["csv", "tsv", "json", "parquet", "nwb"])
def test_labels_are_not_read_from_a_pipe_which_would_be_waited_for(tmp_path, ending):
    os.mkfifo(tmp_path / f"labels.{ending}")
    with pytest.raises(AnalyzerNotFoundError, match="is a pipe"):
        nbl.import_labels(tmp_path / f"labels.{ending}")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="of Linux")
@pytest.mark.parametrize("format", ["csv", "curation_json", "thresholds_json", "parquet", "nwb", "phy"])
def test_labels_are_not_read_from_a_device_without_an_end(format):
    with pytest.raises(AnalyzerNotFoundError, match="device"):
        nbl.import_labels("/dev/zero", format)


@posix
@pytest.mark.parametrize("where", ["thresholds.json", "/dev/zero"])
def test_thresholds_are_not_read_from_a_pipe_or_device(tmp_path, where):
    os.mkfifo(tmp_path / "thresholds.json")
    with pytest.raises(RuleError, match="no regular file"):
        nbl.threshold_metrics_label_units(pd.DataFrame({"snr": [1.0, 2.0]}), str(tmp_path / where))


@posix
def test_a_store_whose_attributes_are_a_pipe_is_no_analyzer(tmp_path):
    (tmp_path / ".zgroup").write_text('{"zarr_format": 2}')
    os.mkfifo(tmp_path / ".zattrs")
    with pytest.raises(UnknownFormatError):
        nbl.load(tmp_path)


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    (tmp_path / "large").write_bytes(bytes(11))
    assert len(read_bytes(tmp_path / "large", 11)) == 11
    with pytest.raises(ValueError, match="11 bytes, more than 10"):
        read_bytes(tmp_path / "large", 10)


# ---------------------------------------------------------------------- JSON


def test_thresholds_that_name_a_metric_twice_are_refused(tmp_path):
    file = tmp_path / "thresholds.json"
    file.write_text('{"snr": {"min": 5}, "snr": {"min": 3}}')
    with pytest.raises(RuleError, match="'snr' stands there twice"):
        nbl.LiveThresholds(pd.DataFrame({"snr": [4.0, 2.0]}), str(file), journal=None)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({**CURATION, "unit_ids": ["\ud800"], "removed": ["\ud800"]}),
        json.dumps({**CURATION, "manual_labels": [{"unit_id": 1, "labels": {"quality": ["go\ud800od"]}}]}),
        json.dumps({"labelsByUnit": {"1": ["\udfff"]}}),
        json.dumps({"a\ud800": {"min": 5}}),
        json.dumps({"labelsByUnit": {"1": ["mua"], "9" * 5000: ["\udfff"]}}),
    ],
)
def test_half_a_surrogate_pair_in_a_json_file_is_one_named_error(tmp_path, text):
    (tmp_path / "labels.json").write_text(text)
    with pytest.raises(DamagedDataError, match="is not JSON"):
        nbl.import_labels(tmp_path / "labels.json")


def test_json_in_utf_16_and_ids_of_thousands_of_digits_are_read(tmp_path):
    file = tmp_path / "labels.json"
    file.write_bytes(json.dumps({"labelsByUnit": {"1": ["mua"], "9" * 5000: ["noise"]}}).encode("utf-16"))
    assert nbl.import_labels(file)["label"].to_dict() == {"1": "mua", "9" * 5000: "noise"}


# ---------------------------------------------------------------------- Parquet


@pytest.mark.parametrize(
    "labels",
    [
        {"01": "good", 1: "mua"},
        {2**70: "good", -(2**65): "mua"},
        {2**64: "good", "a": "mua"},
        pd.Series(["good", "mua"], index=[1j, 2j]),
        {True: "good", 2.5: "mua"},
    ],
    ids=str,
)
def test_ids_of_several_types_are_text_in_parquet_and_belong_to_the_same_units(tmp_path, labels):
    pytest.importorskip("pyarrow")
    nbl.export_labels(labels, tmp_path / "labels.parquet")
    units = list(labels.keys())
    found = nbl.import_labels(tmp_path / "labels.parquet", unit_ids=units)
    assert found["label"].to_dict() == dict(labels)


@pytest.mark.parametrize("ending", ["csv", "parquet", "json"])
def test_a_note_with_half_a_surrogate_pair_is_one_named_error_and_no_file(tmp_path, ending):
    notes = pd.Series(["\ud800"], index=[1], dtype=object)
    labels = pd.DataFrame({"label": ["good"]}, index=[1]).astype(object).assign(note=notes)
    with pytest.raises(LabelsError, match="no file can hold"):
        nbl.export_labels(labels, tmp_path / f"labels.{ending}")
    assert list(tmp_path.iterdir()) == []


def test_what_parquet_cannot_hold_is_one_named_error_and_no_file(tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    monkeypatch.setattr("nb_autolabel.export.tables.of_one_type", lambda frame: frame)
    with pytest.raises(WriteError, match="Write a CSV file"):
        nbl.export_labels({"01": "good", 1: "mua"}, tmp_path / "labels.parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_parquet_file_is_one_named_error_or_the_table(tmp_path, seed):
    pytest.importorskip("pyarrow")
    file = tmp_path / "labels.parquet"
    nbl.export_labels({1: "good", 2: "mua", 3: "noise"}, file)
    data, random = bytearray(file.read_bytes()), np.random.default_rng(seed)
    for at in random.integers(4, len(data) - 4, random.integers(1, 8)):
        data[at] = random.integers(256)
    file.write_bytes(data)
    for read in (nbl.import_labels, nbl.load):
        with contextlib.suppress(AutolabelError):
            read(file)


# ---------------------------------------------------------------------- phy


@pytest.mark.parametrize("units", [["1.0", "b"], ["-7.000", "2"], [" ", "a"], ["1.0", 1]])
def test_ids_that_phys_table_would_give_to_another_unit_are_refused(tmp_path, units):
    with pytest.raises(LabelsError, match="cannot hold the unit ids"):
        nbl.export_labels(dict.fromkeys(units, "good"), tmp_path / "phy", "phy")
    assert not (tmp_path / "phy").exists()


def test_a_cluster_number_of_thousands_of_digits_is_one_named_error(tmp_path):
    (tmp_path / "cluster_group.tsv").write_text(f"cluster_id\tgroup\n{'9' * 5000}\tgood\n")
    with pytest.raises(DamagedDataError, match="no cluster number"):
        nbl.import_labels(tmp_path, "phy")


# ---------------------------------------------------------------------- tables of metrics


def test_columns_of_one_name_with_other_values_are_refused_and_copies_are_one(tmp_path):
    table = pd.DataFrame([[1.0, 9.0], [2.0, 1.0]], columns=["snr", "snr"])
    with pytest.raises(DamagedDataError, match="2 columns called 'snr'"):
        nbl.load(table)
    copies = table.iloc[:, [0, 0]]
    assert nbl.load(copies).get_metrics_extension_data()["snr"].tolist() == [1.0, 2.0]
    assert nbl.threshold_metrics_label_units(copies, {"snr": {"min": 1.5}})["label"].tolist() == [
        "noise",
        "good",
    ]


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_a_file_that_names_a_metric_twice_is_refused_unless_it_says_the_same(tmp_path, between):
    file = tmp_path / "metrics.csv"
    file.write_text("unit_id,snr,snr\n1,5,6\n2,7,8\n".replace(",", between))
    with pytest.raises(DamagedDataError, match="2 columns called 'snr'"):
        nbl.load(file)
    file.write_text("unit_id,snr,snr\n1,5,5\n2,7,7\n".replace(",", between))
    assert nbl.load(file).metric_names == ["snr"]
    file.write_text("unit_id,unit_id,snr\n1,2,5\n2,1,7\n".replace(",", between))
    with pytest.raises(DamagedDataError, match="2 columns called 'unit_id'"):
        nbl.load(file)


def test_ids_that_differ_by_a_zero_byte_at_their_end_are_not_made_one():
    with pytest.raises(DamagedDataError, match="zero byte"):
        nbl.load(pd.DataFrame({"snr": [1.0, 2.0]}, index=["a", "a\0"]))


def test_a_whole_number_beyond_all_floating_point_numbers_is_no_value():
    frame = pd.DataFrame({"snr": [10**400, 7], "d_prime": [1.0, 2.0]}, dtype=object)
    values = nbl.load(frame).get_metrics_extension_data()["snr"]
    assert np.isnan(values.iloc[0])
    assert values.iloc[1] == 7


@pytest.mark.parametrize("value", [1.7e308, 5e-324, 1e-310, 1e300])
def test_values_at_the_ends_of_floating_point_numbers_are_judged_and_said(value):
    frame = pd.DataFrame({"snr": [value] * 4, "num_spikes": [100.0, 200.0, 300.0, 400.0]})
    with pytest.warns(nbl.InputWarning):
        found = nbl.unitrefine_probabilities(frame)
    assert found.filter(like="probability").notna().all(axis=None)
    said = str(nbl.check_inputs(frame, nbl.load_unit_classifier("bundled:noise")))
    assert "snr" in said


def test_a_table_without_rows_has_a_labeler_and_a_journal(tmp_path):
    frame = pd.DataFrame({"snr": pd.Series(dtype=float)}, index=pd.Index([], name="unit_id"))
    live = nbl.LiveThresholds(nbl.load(frame), {"snr": {"min": 5}}, journal=tmp_path / "labels.jsonl")
    assert live.labels.empty
    assert identity_of(nbl.load(frame)).fingerprint


@pytest.mark.parametrize(
    "open_it",
    [nbl.load, nbl.find_analyzers, nbl.Cohort, nbl.doctor, nbl.LiveBombcell, lambda p: nbl.Cohort([p])],
)
def test_an_empty_path_is_not_the_working_directory(tmp_path, monkeypatch, open_it):
    """A variable of the shell that was not set would label whatever lies there."""
    nbl.demo_analyzer().select_units(["0", "1"]).save_as(folder=tmp_path / "a.zarr", slim=True)
    monkeypatch.chdir(tmp_path / "a.zarr")
    with pytest.raises(AnalyzerNotFoundError, match="an empty path names nothing"):
        open_it("")
