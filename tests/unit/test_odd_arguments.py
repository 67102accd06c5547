"""What is given by mistake to the functions around labeling is one named error, or means nothing it does not say."""

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import (
    AnalyzerNotFoundError,
    AutolabelError,
    LabelsError,
    ModelError,
    UnknownFormatError,
    WriteError,
)
from nb_autolabel.export.methods import methods_text
from nb_autolabel.rules.methods import bombcell_rules

LABELS = pd.Series(["good", "mua", "noise", "good"], index=list("abcd"))


@pytest.mark.parametrize("n_units", [0, -1, 2.5, "3", None, True])
def test_an_exercise_has_a_whole_number_of_units(n_units):
    with pytest.raises(LabelsError, match="n_units"):
        nbl.Exercise("anna", n_units=n_units)


@pytest.mark.parametrize("student", [3, None, "", ["anna"]])
def test_a_student_has_a_name(student):
    with pytest.raises(LabelsError, match="called by a name"):
        nbl.Exercise(student)


def test_any_name_and_any_source_make_an_exercise():
    demo = nbl.demo_analyzer()
    from_path, opened = nbl.Exercise("\ud800", analyzer=demo.folder), nbl.Exercise("\ud800", analyzer=demo)
    assert from_path.truth.to_dict() == opened.truth.to_dict()


NO_FOLDER = [(None, "*.csv"), (3, "*.csv"), (["a.csv"], "*.csv"), (".", ""), (".", "/x")]


@pytest.mark.parametrize(("folder", "pattern"), NO_FOLDER)
def test_a_class_is_one_folder_and_a_pattern(folder, pattern):
    with pytest.raises(LabelsError, match="collected in one folder"):
        nbl.class_comparison(folder, pattern)


@pytest.mark.parametrize("probability", ["x", None, np.inf, -0.5, 40, pd.NA])
def test_what_is_no_probability_is_no_confidence(probability):
    ours = pd.DataFrame({"label": LABELS, "probability": [0.75, probability, 0.5, 1]}, index=LABELS.index)
    confidence = nbl.compare(ours=ours, theirs=LABELS).confidence["ours"]
    np.testing.assert_array_equal(confidence, [0.75, np.nan, 0.5, 1])


@pytest.mark.parametrize("merge", [None, {"mua": 3}, ["sua"], {None: "good"}])
def test_labels_are_taken_for_others_by_name(merge):
    with pytest.raises(LabelsError, match="merge="):
        nbl.compare(ours=LABELS, theirs=LABELS, merge=merge)


@pytest.mark.parametrize("classifier", ["bundled", None, 3])
def test_inputs_are_held_against_a_classifier(classifier):
    with pytest.raises(ModelError, match="load_unit_classifier"):
        nbl.check_inputs(nbl.demo_analyzer(), classifier)


@pytest.mark.parametrize("path", ["a" * 5000, "~nobody-is-called-so/a.zarr", "b" * 300 + "/x.zarr"])
def test_a_path_that_cannot_be_is_named(path):
    with pytest.raises(AnalyzerNotFoundError):
        nbl.load(path)


def test_a_folder_with_several_models_names_them(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.skops").write_bytes(b"")
    with pytest.raises(ModelError, match=r"several models: a\.skops, b\.skops"):
        nbl.load_unit_classifier(tmp_path)


FEW = [(0, "No unit was labeled"), (1, "The only unit was labeled"), (2, "The 2 units were labeled")]


@pytest.mark.parametrize(("many", "start"), FEW)
def test_the_methods_paragraph_of_few_units_is_english(many, start):
    demo = nbl.demo_analyzer()
    trace = bombcell_rules().apply(demo.get_metrics_extension_data().iloc[:many], missing="inactive")
    text = methods_text(trace, demo, "Bombcell", "")
    assert text.startswith(start)
    assert "This gave ." not in text
    assert ("This gave" in text) == (many > 0)


NO_NAMES = ["", " ", 3, None, "x" * 300, "\ud800"]


@pytest.mark.parametrize("name", NO_NAMES)
@pytest.mark.parametrize(("format", "option"), [("phy", "name"), ("nwb", "name"), ("curation_json", "label")])
def test_what_is_no_name_is_refused_before_anything_is_written(format, option, name, tmp_path):
    with pytest.raises(LabelsError, match="is no name"):
        nbl.export_labels(LABELS, tmp_path / "x", format, **{option: name})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["id", "a/b", "a:b"])
def test_a_name_that_nwb_cannot_hold_is_refused(name, tmp_path):
    with pytest.raises(LabelsError, match="NWB"):
        nbl.export_labels(LABELS, tmp_path / "x.nwb", name=name)


@pytest.mark.parametrize("remove", [3, None, ["noise", 3]])
def test_labels_to_remove_are_named(remove, tmp_path):
    with pytest.raises(LabelsError, match="remove="):
        nbl.export_labels(LABELS, tmp_path / "x.json", remove=remove)


def test_text_that_no_file_can_hold_is_refused(tmp_path):
    for labels in ({"a": "\ud800"}, {"\ud800": "good"}):
        for ending in ("csv", "json", "parquet"):
            with pytest.raises(LabelsError, match="no file can hold"):
                nbl.export_labels(labels, tmp_path / f"x.{ending}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", [None, 3, ["x.csv"], "~nobody-is-called-so/x.csv"])
def test_labels_are_written_to_a_path(path):
    with pytest.raises(WriteError, match="path"):
        nbl.export_labels(LABELS, path)


@pytest.mark.parametrize("format", [3, ["csv"], "cvs", {}])
def test_a_format_is_one_of_the_known(format, tmp_path):
    file = nbl.export_labels(LABELS, tmp_path / "x.csv")
    for ask in (
        lambda: nbl.import_labels(file, format),
        lambda: nbl.export_labels(LABELS, tmp_path / "y", format),
    ):
        with pytest.raises(UnknownFormatError, match="format"):
            ask()


ODD = [
    np.array(["good", "mua"]),
    np.array([]),
    pd.Series(["good"]),
    pd.DataFrame({"label": ["good"]}),
    pd.Index(["a", "b"]),
    ["good"],
    5,
    1.5,
    object(),
    slice(1),
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: type(odd).__name__)
def test_names_that_are_arrays_tables_or_numbers_are_one_named_error(odd):
    """They cannot be compared with a name: the truth of an array is ambiguous, and a list is no key."""
    demo = nbl.demo_analyzer()
    analyzer = demo.select_units(demo.unit_ids[:6])
    live = nbl.LiveBombcell(analyzer, journal=None)
    compared = nbl.compare(live, nbl.LiveUnitRefine(analyzer, journal=None))
    for call in (
        lambda: analyzer.get_extension(odd),
        lambda: analyzer.get_sorting_property(odd),
        lambda: analyzer.get_extension("templates").get_data(odd),
        lambda: compared.kappa(odd, "unitrefine"),
        lambda: compared.matrix("bombcell", odd),
        lambda: compared.consensus(odd),
        lambda: live.sensitivity(odd),
        lambda: live.sensitivity().curve(odd, "min"),
        lambda: live.sensitivity().curve("snr", odd),
        lambda: live.set_limit(odd, min=1),
        lambda: live.set_nan_policy("snr", odd),
        lambda: live.rule_set.index(odd),
        lambda: nbl.RuleSet.from_json(odd),
    ):
        with pytest.raises(AutolabelError):
            call()
    assert not analyzer.has_extension(odd)


def test_labels_to_keep_may_be_an_array_and_one_number_is_no_list_of_units():
    demo = nbl.demo_analyzer()
    live = nbl.LiveBombcell(demo, journal=None)
    clean = live.select_units(keep=np.array(["good", "mua"]))
    assert clean.get_num_units() == live.counts["good"] + live.counts["mua"]
    assert live.select_units(drop=pd.Index(["noise"])).get_num_units() == 142 - live.counts["noise"]
    for wrong in (
        lambda: live.select_units(keep=5),
        lambda: demo.select_units(5),
        lambda: demo.remove_units(None),
    ):
        with pytest.raises(AutolabelError):
            wrong()


def test_the_path_of_a_curation_that_no_file_can_have_is_named():
    live = nbl.LiveBombcell(nbl.demo_analyzer(), journal=None)
    for name in ("x" * 10_000, "a\0b", "\ud800"):
        with pytest.raises(AnalyzerNotFoundError, match="merges"):
            live.propose_merges(name)
