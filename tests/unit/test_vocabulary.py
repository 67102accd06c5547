"""Labels are one vocabulary however tools spell them, and units are found by id, never by position."""

import ast
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nb_autolabel
from nb_autolabel.errors import LabelsError, UnknownUnitError
from nb_autolabel.export.journal import Journal
from nb_autolabel.labels import (
    CLASS_NAMES,
    CLASSES,
    KEYS,
    KNOWN,
    LABELS,
    NO_LABEL,
    PHY_GROUPS,
    SYNONYMS,
    UNLABELED,
    broad,
    canonical,
    folded,
    in_spelling_of,
    of_several,
    phy_group,
    vocabulary,
)
from nb_autolabel.labels_by_unit import given_labels
from nb_autolabel.plots.palette import LOOKS, in_order, look
from nb_autolabel.unit_ids import UnitIndex, as_index, as_text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("MUA", "mua"), ("GOOD", "good"), ("Noise", "noise"), ("NON-SOMA", "non_soma"), ("non somatic", "non_soma"),
        ("NON-SOMA GOOD", "non_soma_good"), ("Non-soma MUA", "non_soma_mua"), ("SUA", "sua"), ("multi-unit", "mua"),
        (b"mua", "mua"), ("good\x00\x00", "good"), (" Interneuron ", "Interneuron"), ("Purkinje-like", "Purkinje-like"),
    ],
)  # fmt: skip
def test_spellings_of_other_tools_are_the_same_label(written, meant):
    assert canonical(written) == meant


@pytest.mark.parametrize(
    "written", ["", "  ", "unsorted", "Unsorted", None, np.nan, pd.NA, pd.NaT, "None", "nan", b"", "\x00"]
)
def test_what_stands_for_no_label_is_no_label(written):
    assert canonical(written) is None


def test_every_known_label_is_spelled_as_itself_and_synonyms_lead_to_known_ones():
    assert all(canonical(label) == label for label in KNOWN)
    assert set(SYNONYMS.values()) <= set(KNOWN)
    assert not NO_LABEL & {*KNOWN, *SYNONYMS}


def test_labels_are_compared_without_capitals_and_hyphens_and_kept_as_a_method_spells_them():
    assert folded("Purkinje-like") == folded("PURKINJE like") != folded("Purkinje")
    assert folded("NON-SOMA") == folded("non_soma")
    assert in_spelling_of("noise", ["Keep", "NOISE"]) == "NOISE"
    assert in_spelling_of("MUA", ["good", "noise"]) == "mua"
    assert in_spelling_of("unsorted", ["good"]) is None


def test_of_several_labels_the_one_of_quality_counts_and_phy_gets_a_group_it_knows():
    assert of_several(["accept", "reject", "MUA"]) == "mua"
    assert of_several(["accept", "reject"]) == "accept"
    assert of_several(["", "unsorted"]) is None
    assert [phy_group(label) for label in ("NON-SOMA", "GOOD", "sua", "Interneuron", None)] == [
        "mua",
        "good",
        "good",
        "unsorted",
        "unsorted",
    ]
    assert set(CLASSES) <= set(KNOWN)


def test_a_label_in_capitals_has_the_same_look_and_place():
    assert look("NON-SOMA") == LOOKS["non_soma"]
    assert in_order(["zebra", "NOISE", "Good", "MUA"]) == ["Good", "MUA", "NOISE", "zebra"]


def test_unit_ids_are_taken_from_a_table_that_only_numbers_its_rows():
    table = pd.DataFrame({"unit_id": [7, 9], "label": ["good", "mua"]})
    assert given_labels(table) == ([7, 9], ["good", "mua"])
    assert given_labels(table[1:]) == ([9], ["mua"])
    assert given_labels(table.set_index("unit_id")) == ([7, 9], ["good", "mua"])
    assert given_labels(np.array(["good", "mua"])) == (None, ["good", "mua"])
    for wrong in (None, 5, "good", {"good"}, table.drop(columns="label"), np.array([["good"]])):
        with pytest.raises(LabelsError, match="labels"):
            given_labels(wrong)
    assert as_index([("monday", 1), ("monday", 2)]).names == ["session", "unit_id"]
    assert as_index([1, "1"]).tolist() == [1, "1"]
    with pytest.raises(LabelsError, match=r"\['a'\] cannot be a unit id"):
        UnitIndex([["a"]])


def test_units_are_found_by_their_id_and_by_its_text_where_only_one_has_it():
    numbers, texts = UnitIndex(np.array([7, 98, 3])), UnitIndex(np.array(["7", "98", "3"]))
    for unit in (98, "98", 98.0, np.int64(98), b"98"):
        assert numbers.get(unit) == texts.get(unit) == 1
    assert numbers.get("098") is None
    assert numbers.positions(["3", 7]).tolist() == [2, 0]
    assert numbers.positions(["3", "x"], others="mark").tolist() == [2, -1]
    assert as_text(("monday", np.int64(3))) == "(monday, 3)"


def test_an_id_whose_text_names_two_units_is_refused_unless_it_is_one_of_them():
    both = UnitIndex([1, "1", 2])
    assert (both.get(1), both.get("1")) == (0, 1)
    with pytest.raises(UnknownUnitError, match="could be any of 1, '1'"):
        both.get(b"1")


def test_unknown_and_repeated_units_are_named():
    units = UnitIndex(["unit_a", "unit_b"], "the sorting")
    with pytest.raises(UnknownUnitError, match=r"the sorting has no unit 'unit_ba'\. Did you mean 'unit_b'"):
        units.positions(["unit_a", "unit_ba"])
    with pytest.raises(LabelsError, match="more than once"):
        units.positions(["unit_a", "unit_a"])
    with pytest.raises(LabelsError, match="more than once in the table: 5"):
        UnitIndex([5, 6, 5], "the table")


# ---------------------------------------------------------------------- one place

#: Files with tables of label words that are no vocabulary, and why.
ALLOWED = {
    "rules/methods.py": "Bombcell's sections and rules, which are the method itself",
    "rules/presets.py": "sections of threshold tables",
    "classifiers/cascade_rules.py": "UnitRefine's sections and rules, which are the method itself",
    "classifiers/expected_error.py": "which labels each question about errors is about",
    "classifiers/undecided.py": "which of UnitRefine's labels can be left undecided",
    "session/undecided.py": "which of UnitRefine's labels can be left undecided",
    "classifiers/label_probability.py": "the probability of each of UnitRefine's labels",
    "widgets/histogram_grid.py": "titles of Bombcell's sections",
    "widgets/unitrefine_labeler.py": "titles of UnitRefine's sections",
}


def tables_of_labels(source: str) -> list[int]:
    """Lines of dictionaries, lists, tuples and sets that hold two or more label words."""
    words, lines, tree = {*KNOWN, UNLABELED}, [], ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            parts = [*node.keys, *node.values]
        elif isinstance(node, ast.Tuple | ast.List | ast.Set):
            parts = list(node.elts)
        else:
            continue
        held = {part.value for part in parts if isinstance(part, ast.Constant) and part.value in words}
        lines += [node.lineno] if len(held) > 1 else []
    return lines


def test_no_other_file_has_a_table_of_labels():
    package = Path(nb_autolabel.__file__).parent
    found = {
        path.relative_to(package).as_posix(): lines
        for path in sorted(package.rglob("*.py"))
        if (lines := tables_of_labels(path.read_text(encoding="utf-8")))
    }
    assert set(found) - {"labels.py", *ALLOWED} == set(), found
    assert set(ALLOWED) <= set(found), "a reason for a file that has no table any more"
    assert tables_of_labels("x = {'a': 'good', 'b': 'mua'}\ny = ('good', 'metric')") == [1]


def test_the_vocabulary_is_plain_json_and_says_what_python_says():
    told = json.loads(json.dumps(vocabulary()))
    by_name = {label["name"]: label for label in told["labels"]}
    assert list(by_name) == list(KNOWN) == [label.name for label in LABELS]
    assert list(LOOKS) == [*KNOWN, told["unlabeled"]["name"]]
    for name, label in by_name.items():
        assert (label["color"], label["hatch"]) == LOOKS[name]
        assert label["phy"] == phy_group(name)
        assert label["kind"] == CLASSES.get(name)
        assert label["broad"] == broad(name)
        assert label["broad"] in by_name
    assert {label["key"]: name for name, label in by_name.items() if label["key"]} == KEYS
    assert told["synonyms"] == SYNONYMS
    assert set(told["no_label"]) == NO_LABEL
    assert told["alike"] == {"sua": "good"}


def test_tables_that_are_read_from_the_vocabulary_are_what_they_were():
    assert KEYS == {"g": "good", "m": "mua", "n": "noise", "s": "non_soma"}
    assert list(KEYS) == list("gmns"), "the order of the label bar"
    assert PHY_GROUPS == {
        "good": "good", "sua": "good", "neural": "good", "mua": "mua", "noise": "noise", "non_soma": "mua",
        "non_soma_good": "good", "non_soma_mua": "mua",
    }  # fmt: skip
    assert CLASSES == {
        "noise": 0, "mua": 1, "good": 2, "sua": 2, "non_soma": 2, "non_soma_good": 2, "non_soma_mua": 1,
    }  # fmt: skip
    assert [CLASSES[name] for name in CLASS_NAMES] == [0, 1, 2]
    assert [name for name in KNOWN if not vocabulary()["labels"][KNOWN.index(name)]["by_hand"]] == [
        "unsure", "neural", "unjudged",
    ]  # fmt: skip
    assert [broad(name) for name in ("sua", "non_soma_mua", "mua", "own")] == [
        "good",
        "non_soma",
        "mua",
        "own",
    ]


@pytest.mark.parametrize(
    ("ids", "given", "said"),
    [
        ([7, 98], "unit_7", "Did you mean 7 (a number)?"),
        ([7, 98], "007", "Did you mean 7 (a number)?"),
        ([7, 98], 5, ""),
        ([107, 98], 108, "Did you mean 107?"),
        ([7.5, 98.0], "7,5", "Did you mean 7.5 (a number)?"),
        (["unit7", "unit8"], 7, "Did you mean 'unit7' (text)?"),
        (["unit7", "unit8"], "unit9", "Did you mean 'unit8'?"),
        (["007", "098"], 7, "Did you mean '007' (text)?"),
        ([("monday", 7), ("monday", 8)], "monday 7", "Did you mean ('monday', 7) (a pair)?"),
        ([("monday", 7), ("tuesday", 7)], 7, "Did you mean ('monday', 7) (a pair)?"),
        ([7, 98], "x", ""),
        ([7, 98], None, ""),
        ([7, 98], True, ""),
        ([7, 98], "9" * 100_000, ""),
    ],
)
def test_an_id_that_is_not_there_is_held_against_ids_of_the_other_type_too(ids, given, said):
    units = UnitIndex(ids)
    with pytest.raises(UnknownUnitError) as caught:
        units.positions([given])
    if said:
        assert said in str(caught.value)
    else:
        assert "Did you mean" not in str(caught.value)


def test_every_way_to_name_a_unit_gives_the_id_of_the_other_type_as_a_hint(tmp_path):
    analyzer = nb_autolabel.demo_analyzer()
    known = analyzer.unit_ids[0].item()
    wrong, hint = f"unit {known}", f"Did you mean {known!r}"
    trace = nb_autolabel.RuleSet("m", (), (), "good").apply(analyzer.get_metrics_extension_data())
    for ask in (
        lambda: analyzer.select_units([wrong]),
        lambda: trace.explain(wrong),
        lambda: Journal(tmp_path / "l.jsonl", analyzer.unit_ids).add(wrong, "good"),
    ):
        with pytest.raises((UnknownUnitError, LabelsError)) as caught:
            ask()
        assert hint in str(caught.value)
