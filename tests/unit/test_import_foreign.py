"""Files of other tools: their labels are read, what else is in them is named, and what they are not is refused."""

import json
import warnings

import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import DamagedDataError, LabelsError, RuleError, UnknownFormatError


@pytest.fixture
def write(tmp_path):
    """Write a file, JSON if it is no text; return its path."""

    def written(content, name="file.json"):
        place = tmp_path / name
        place.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return place

    return written


def curation(**parts):
    """A curation of SpikeInterface, format 2."""
    definitions = {"quality": {"label_options": ["good", "noise", "MUA"], "exclusive": True}}
    return {
        "format_version": "2", "unit_ids": [1, 2, 3, 4], "label_definitions": definitions, "manual_labels": [],
        "removed": [], "merges": [], "splits": [], **parts,
    }  # fmt: skip


def given(unit, **labels):
    return {"unit_id": unit, "labels": labels}


# ---------------------------------------------------------------------- sortingview, figpack


def test_labels_of_sortingview_are_read_and_its_merges_named(write):
    data = {
        "labelsByUnit": {"1": ["accept"], "2": ["reject", "MUA"], "3": []},
        "mergeGroups": [[1, 4]],
        "isClosed": True,
    }
    with pytest.warns(UserWarning, match=r"merges \(1\+4\)"):
        found = nbl.import_labels(write(data))
    assert found["label"].to_dict() == {1: "accept", 2: "mua"}
    assert found["all_labels"].to_dict() == {1: "accept", 2: "reject; MUA"}


def test_sortingview_without_merges_and_with_text_as_ids_is_read(write):
    found = nbl.import_labels(
        write({"labelsByUnit": {"a": ["noise"], "7": ["good"]}}), unit_ids=["a", "7", "b"]
    )
    assert found["label"].to_dict() == {"a": "noise", "7": "good"}


# ---------------------------------------------------------------------- SpikeInterface and its GUI


def test_what_a_curation_does_beside_labeling_is_named(write):
    data = curation(
        manual_labels=[given(1, quality=["good"])],
        removed=[4],
        merges=[{"unit_ids": [2, 3], "new_unit_id": 9}],
        splits=[{"unit_id": 1, "mode": "indices", "indices": [[1, 2]]}],
        discarded_spikes=[{"unit_id": 1, "indices": [4]}],
    )
    with pytest.warns(UserWarning, match=r"1 merge \(2\+3\), 1 split \(1\), 'discarded_spikes'"):
        assert nbl.import_labels(write(data))["label"].to_dict() == {1: "good", 4: "noise"}
    old = {
        "format_version": "1",
        "unit_ids": [1, 2, 3],
        "manual_labels": [{"unit_id": 1, "quality": ["MUA"]}],
    }
    with pytest.warns(UserWarning, match=r"2 merges \(1\+2, 3\+1\)"):
        found = nbl.import_labels(write(old | {"merge_unit_groups": [[1, 2], [3, 1]]}))
    assert found["label"].to_dict() == {1: "mua"}


def test_labels_of_further_definitions_are_kept_and_units_with_those_only_named(write):
    data = curation(
        label_definitions={"quality": {}, "putative_type": {"exclusive": False}},
        manual_labels=[
            given(1, quality=["good"], putative_type=["exc", "wide"]),
            given(2, putative_type=["inh"]),
        ],
    )
    with pytest.warns(UserWarning, match="units 2 have no label under 'quality'.*'putative_type'"):
        found = nbl.import_labels(write(data))
    assert found.to_dict("index") == {1: {"label": "good", "putative_type": "exc; wide"}}
    other = nbl.import_labels(write(data), name="putative_type")
    assert other["label"].to_dict() == {1: "exc", 2: "inh"}
    assert other["quality"].to_dict() == {1: "good", 2: ""}


def test_of_several_labels_the_one_that_says_how_good_a_unit_is_counts(write):
    several = [given(1, tags=["drifting", "MUA"]), given(2, tags=["drifting"]), given(3, tags=[])]
    found = nbl.import_labels(
        write(curation(label_definitions={"tags": {"exclusive": False}}, manual_labels=several))
    )
    assert found.to_dict("index") == {
        1: {"label": "mua", "tags": "drifting; MUA"},
        2: {"label": "drifting", "tags": "drifting"},
    }


def test_ids_of_another_type_within_a_curation_are_the_same_units(write):
    found = nbl.import_labels(write(curation(manual_labels=[given("1", quality=["good"])], removed=["4"])))
    assert found["label"].to_dict() == {1: "good", 4: "noise"}


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ({"manual_labels": [given(9, quality=["good"])]}, "unit 9 is not among its unit_ids"),
        (
            {"manual_labels": [given(1, quality=["good"]), given("1", quality=["noise"])]},
            "unit '1' is labeled twice",
        ),
        (
            {"manual_labels": [given(1, quality=["good"]), given(1, quality=["noise"])]},
            "unit 1 is labeled twice",
        ),
        ({"unit_ids": [1, 1]}, "more than once"),
        ({"removed": "noise"}, "'removed' is str"),
        ({"manual_labels": [given(1, quality=[5])]}, "are no texts"),
        ({"label_definitions": ["quality"]}, "'label_definitions' is list"),
    ],
)
def test_a_curation_that_contradicts_itself_is_refused_by_name(write, parts, error):
    with pytest.raises((LabelsError, DamagedDataError), match=error):
        nbl.import_labels(write(curation(**parts)))


def test_labels_of_some_other_units_are_left_out_by_name_and_of_others_alone_refused(write):
    place = write(curation(manual_labels=[given(1, quality=["good"]), given(4, quality=["noise"])]))
    with pytest.warns(UserWarning, match="labels 1 units that are not there: 4. They are left out"):
        assert nbl.import_labels(place, unit_ids=["1", "2"])["label"].to_dict() == {"1": "good"}
    with pytest.raises(LabelsError, match="labels 2 units that are not there: 1, 4"):
        nbl.import_labels(place, unit_ids=[7, 8])
    table = pd.DataFrame({"snr": [1.0, 2.0]}, index=[4, 1])
    assert nbl.import_labels(place, unit_ids=table)["label"].to_dict() == {1: "good", 4: "noise"}
    with pytest.raises(LabelsError, match="give the analyzer itself"):
        nbl.import_labels(place, unit_ids="session.zarr")


# ---------------------------------------------------------------------- neither labels nor thresholds


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({}, "it is an empty object"),
        ({"1": "good", "2": "mua"}, "it looks like labels by unit id"),
        ({"curation_steps": [curation()]}, "a sequence of curations"),
        ({"labels": {}, "merges": {}}, "there are no thresholds in it"),
        ({"labelsByUnit": [1]}, "it holds 'labelsByUnit'"),
        ({"snr": {"min": 5}, "probe": {"name": "x"}}, "unknown key 'name'"),
        ({"snr": {"min": "five"}}, "is not a number"),
    ],
)
def test_json_that_is_neither_labels_nor_thresholds_says_what_it_looks_like(write, data, why):
    place = write(data)
    with pytest.raises(UnknownFormatError, match=f"neither a curation .* nor thresholds .*{why}"):
        nbl.import_labels(place)
    with pytest.raises(RuleError, match=place.name):
        nbl.threshold_metrics_label_units(nbl.demo_analyzer(), place)


def test_an_object_that_names_a_unit_twice_is_refused(write):
    with pytest.raises(DamagedDataError, match="'1' stands there twice"):
        nbl.import_labels(write(b'{"labelsByUnit": {"1": ["mua"], "1": ["good"]}}'))


MARK = b"\xef\xbb\xbf"


def test_a_byte_order_mark_is_no_harm(write):
    content = json.dumps(curation(manual_labels=[given(1, quality=["good"])])).encode()
    assert nbl.import_labels(write(MARK + content))["label"].to_dict() == {1: "good"}
    thresholds = write(MARK + b'{"snr": {"min": 5}}', "thresholds.json")
    assert nbl.import_labels(thresholds) == {"snr": {"min": 5}}
    demo = nbl.demo_analyzer()
    expected = nbl.threshold_metrics_label_units(demo, {"snr": {"min": 5}})
    assert nbl.threshold_metrics_label_units(demo, thresholds).equals(expected)
    for content in (b"unit_id,label\n1,good\n", b"unit_id\tlabel\n1\tgood\n", b"unit_id;label\n1;good\n"):
        for name in ("l.csv", "l.tsv"):
            assert nbl.import_labels(write(MARK + content, name))["label"].to_dict() == {1: "good"}
    assert nbl.import_labels(write(MARK + b'"unit_id","label"\n"1","good"\n', "l.csv")).index.tolist() == [
        "1"
    ]


# ---------------------------------------------------------------------- tables as text


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"unit_id,label\n1,GOOD\n2,\n3,unsorted\n4,None\n5,NON-SOMA\n", {1: "good", 5: "non_soma"}),
        (b"cluster_id,label\n1,good\n", {1: "good"}),
        (b",label\na,good\n", {"a": "good"}),
        (b"label,unit\ngood,3\n", {3: "good"}),
        (b"unit_id,label\n007,good\n8,mua\n", {"007": "good", "8": "mua"}),
        (b"unit_id,label\n3.0,good\n8.0,mua\n", {3: "good", 8: "mua"}),
        (b"unit_id,label,note\n3\n8,mua\n", {8: "mua"}),
        (b"unit_id,label\n", {}),
    ],
)
def test_a_table_is_read_by_its_header(write, content, found):
    assert nbl.import_labels(write(content, "l.csv"))["label"].to_dict() == found


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"snr,label\n3,good\n", "no column 'unit_id', only 'snr', 'label'"),
        (b"unit_id,quality\n1,MUA\n", "no column 'label'.*name='quality'"),
        (b"unit_id,label\n3,good\n3,mua\n", "more than once"),
        (b"unit_id,label\n,good\n", "without a unit id"),
        (b"unit_id,label\n1,good,7\n2,mua,8\n", "more values than its header has names"),
        (b"", "is not a CSV file"),
    ],
)
def test_a_table_that_does_not_say_what_it_holds_is_refused(write, content, error):
    with pytest.raises((LabelsError, DamagedDataError), match=error):
        nbl.import_labels(write(content, "l.csv"))


def test_labels_under_another_name_are_read_when_asked_for(write):
    place = write(b"unit_id,quality,label\n1,MUA,good\n", "l.csv")
    assert nbl.import_labels(place, name="quality")["label"].to_dict() == {1: "mua"}
    assert nbl.import_labels(place)["label"].to_dict() == {1: "good"}


def test_nothing_is_said_where_everything_is_taken(write):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nbl.import_labels(
            write(curation(manual_labels=[given(1, quality=["good"])], supported_versions=["1", "2"]))
        )
