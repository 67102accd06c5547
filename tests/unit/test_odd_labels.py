"""Odd labels and ids at the door: what can be understood is, what cannot is one named error; nothing is guessed."""

import json

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import (
    AnalyzerNotFoundError,
    AutolabelError,
    DamagedDataError,
    LabelsError,
    SelectionError,
    UnknownFormatError,
)
from nb_autolabel.labels import canonical
from nb_autolabel.labels_by_unit import matched_labels


@pytest.fixture(scope="module")
def demo():
    return nbl.demo_analyzer()


# ---------------------------------------------------------------------- ids


def test_a_floating_point_number_that_several_ids_share_is_none_of_them():
    """From 2**53 on, 2**53 + 1 is stored as 2**53: it would label the wrong unit."""
    units = [2**53, 2**53 + 1]
    with pytest.raises(LabelsError, match="not in this analyzer"):
        matched_labels({float(2**53 + 1): "mua"}, units)
    assert matched_labels({2**53 + 1: "mua"}, units) == {1: "mua"}
    assert matched_labels({7.0: "mua"}, [8, 7]) == {1: "mua"}


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT])
def test_a_missing_id_is_never_the_unit_that_is_called_so(missing):
    name = str(missing)
    for units in ([name], [name, "b"]):
        with pytest.raises(LabelsError):
            matched_labels({missing: "mua"}, units)
        assert matched_labels({name: "mua"}, units) == {0: "mua"}


def test_leading_zeros_and_capitals_make_other_units():
    units = ["u1", "U1", "7", "07"]
    assert matched_labels({"U1": "mua", 7: "noise"}, units) == {1: "mua", 2: "noise"}
    with pytest.raises(LabelsError, match="'007'"):
        matched_labels({"007": "mua"}, units)


@pytest.mark.parametrize("form", ["Int64", "int64[pyarrow]", "category", "string", "string[pyarrow]"])
def test_ids_of_any_type_of_pandas_are_found(form):
    if "pyarrow" in form:
        pytest.importorskip("pyarrow")
    ids = pd.Series(["8", "7"]) if "string" in form else pd.Series([8, 7])
    given = pd.Series(["mua", None], index=pd.Index(ids.astype(form)), dtype="string")
    assert matched_labels(given, [7, 8]) == {1: "mua", 0: None}
    assert matched_labels(given, ["7", "8"]) == {1: "mua", 0: None}


def test_one_id_is_no_list_of_ids(demo):
    """A text would be taken letter by letter: "12" for the units 1 and 2."""
    for wrong in ("12", b"12", 12, None, np.array(12)):
        with pytest.raises(SelectionError, match="expected in a list"):
            demo.unit_positions(wrong)
    with pytest.raises(SelectionError, match="expected in a list"):
        demo.get_templates("12")


# ---------------------------------------------------------------------- labels


def test_a_label_is_one_value():
    for several in (["good"], ("good", "mua"), {"good": 1}, {"good"}, np.array(["good"])):
        with pytest.raises(LabelsError, match="a label is one text"):
            canonical(several)
        with pytest.raises(LabelsError, match="a label is one text"):
            matched_labels({1: several}, [1])
    masked = np.ma.array(["mua", "good"], mask=[0, 1])
    assert matched_labels(masked, [7, 8]) == {0: "mua", 1: None}


def test_numbers_as_labels_are_the_same_with_and_without_a_missing_one():
    """pandas makes floats of whole numbers where one is missing: 1.0 is the label "1"."""
    whole, holes = pd.Series([1, 2, 1], index=list("abc")), pd.Series([1, 2, None], index=list("abc"))
    assert matched_labels(holes, list("abc")) == {0: "1", 1: "2", 2: None}
    assert nbl.compare(one=whole, two=holes).kappa().agreement == 1.0


def test_labels_without_units_are_no_raw_error_when_training(demo):
    none = demo.get_metrics_extension_data().iloc[:0]
    for metrics, labels in ((none, pd.Series([], dtype=object)), ([none, none], [{}, {}])):
        with pytest.raises(LabelsError, match="0 units are labeled"):
            nbl.train_unit_classifier(metrics, labels)


# ---------------------------------------------------------------------- tables


def csv(folder, text):
    file = folder / "labels.csv"
    file.write_bytes(text.encode())
    return file


@pytest.mark.parametrize("unit", [-(2**63), 2**62, 2**63 - 1, 2**64 - 1])
def test_ids_of_64_bits_come_back_from_csv_as_numbers(unit, tmp_path):
    nbl.export_labels({unit: "good", -1: "mua"}, tmp_path / "x.csv")
    assert nbl.import_labels(tmp_path / "x.csv")["label"].to_dict() == {unit: "good", -1: "mua"}


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("unit_id,label\r1,good\r2,MUA\r", {1: "good", 2: "mua"}),
        ("unit_id,label\n 1,good\n2 ,mua\n", {1: "good", 2: "mua"}),
        ("unit_id,label\n01,good\n1,mua\n", {"01": "good", "1": "mua"}),
        ("unit_id,label\n99999999999999999999,good\n", {"99999999999999999999": "good"}),
    ],
    ids=["carriage returns", "blanks", "leading zeros", "more than 64 bits"],
)
def test_tables_as_other_programs_write_them(text, labels, tmp_path):
    assert nbl.import_labels(csv(tmp_path, text))["label"].to_dict() == labels


@pytest.mark.parametrize(
    "text", ["unit_id,label,label\n1,good,mua\n", "unit_id,unit_id,label\n1,2,good\n", '"unit_id";label;label\n1;a;b\n']
)  # fmt: skip
def test_a_column_that_stands_there_twice_is_refused(text, tmp_path):
    with pytest.raises(DamagedDataError, match="several columns called '(label|unit_id)'"):
        nbl.import_labels(csv(tmp_path, text))


def test_missing_and_undecodable_ids_of_a_parquet_file(tmp_path):
    pytest.importorskip("pyarrow")
    file = tmp_path / "x.parquet"
    for ids in (pd.array([5, None], "Int64"), pd.array(["a", None], "string"), [5.0, None]):
        pd.DataFrame({"unit_id": ids, "label": ["good", "mua"]}).to_parquet(file)
        with pytest.raises(LabelsError, match="without a unit id"):
            nbl.import_labels(file)
    pd.DataFrame({"unit_id": [b"a", b"\xff"], "label": [b"good", b"MUA"]}).to_parquet(file)
    assert nbl.import_labels(file)["label"].to_dict() == {"a": "good", "\\xff": "mua"}
    pd.DataFrame({"unit_id": [1], "label": [["good"]]}).to_parquet(file)
    with pytest.raises(LabelsError, match="a label is one text"):
        nbl.import_labels(file)


# ---------------------------------------------------------------------- phy


def phy(folder, **tables):
    for name, text in tables.items():
        (folder / f"cluster_{name}.tsv").write_text(text)
    return folder


def test_a_quote_that_is_not_closed_swallows_no_cluster(tmp_path):
    folder = phy(tmp_path, group='cluster_id\tgroup\n1\t"good\n2\tmua\n')
    with pytest.raises(DamagedDataError, match=r"cluster_group\.tsv"):
        nbl.import_labels(folder, "phy")


def test_unit_ids_of_a_phy_folder_are_all_numbers_or_all_text(tmp_path):
    """Beside "007", the unit "7" is text too."""
    folder = phy(
        tmp_path,
        group="cluster_id\tgroup\n0\tgood\n1\tmua\n",
        si_unit_ids="cluster_id\tsi_unit_id\n0\t007\n1\t7\n",
    )
    assert nbl.import_labels(folder, "phy")["label"].to_dict() == {"007": "good", "7": "mua"}
    phy(folder, si_unit_ids="cluster_id\tsi_unit_id\n0\t70\n1\t7\n")
    assert nbl.import_labels(folder, "phy")["label"].to_dict() == {70: "good", 7: "mua"}


# ---------------------------------------------------------------------- JSON


@pytest.mark.parametrize("version", ["3", 3, "2.1", "", [2], {"a": 1}])
def test_a_curation_of_an_unknown_version_is_refused(version, tmp_path):
    file = tmp_path / "c.json"
    file.write_text(json.dumps({"format_version": version, "unit_ids": [1], "manual_labels": []}))
    with pytest.raises(UnknownFormatError, match="format version"):
        nbl.import_labels(file)


@pytest.mark.parametrize(
    "data", [{"unit_ids": [1]}, {"format_version": "2"}, {"unit_ids": [1], "x": []}, {"format_version": "2", "snr": 1}]
)  # fmt: skip
def test_what_only_shares_a_key_with_a_curation_is_none(data, tmp_path):
    file = tmp_path / "c.json"
    file.write_text(json.dumps(data))
    with pytest.raises(UnknownFormatError, match="neither a curation"):
        nbl.import_labels(file)


# ---------------------------------------------------------------------- paths


@pytest.mark.parametrize("path", [3, None, ["a.csv"], "a" * 5000 + ".csv", "~nobody-is-called-so/a.csv"])
def test_what_is_no_path_is_named(path):
    with pytest.raises(AnalyzerNotFoundError):
        nbl.import_labels(path)


@pytest.mark.parametrize("ending", ["csv", "tsv", "json", "parquet", "nwb"])
def test_a_folder_or_rubbish_called_as_a_file_is_a_named_error(ending, tmp_path):
    if ending in ("parquet", "nwb"):
        pytest.importorskip({"parquet": "pyarrow", "nwb": "pynwb"}[ending])
    (tmp_path / f"folder.{ending}").mkdir()
    (tmp_path / f"rubbish.{ending}").write_bytes(b"\x89\xff\x00 no such thing")
    for name in ("folder", "rubbish"):
        with pytest.raises(AutolabelError, match=name):
            nbl.import_labels(tmp_path / f"{name}.{ending}")
