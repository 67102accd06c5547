"""A class of students who labeled different units, and not all of theirs, is compared and scored as a whole."""

import random

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.comparison.intervals import wilson
from nb_autolabel.errors import LabelsError

LABELS = ["good", "mua", "noise", "non_soma"]


def write(folder, name, labels):
    nbl.export_labels(labels, folder / f"{name}.csv")


@pytest.fixture(scope="module")
def thirty(tmp_path_factory):
    """Thirty students of whom each has labeled 5 to 30 of the own units, seven in ten rightly; and files that are none."""
    folder, rng = tmp_path_factory.mktemp("class"), random.Random(1)
    for n in range(30):
        truth = nbl.Exercise(f"student {n}", "easy").truth
        units = rng.sample(list(truth.index), rng.randint(5, 30))
        write(
            folder, f"student {n}", {u: truth[u] if rng.random() < 0.7 else rng.choice(LABELS) for u in units}
        )
    (folder / "empty.csv").write_text("")
    (folder / "head.csv").write_text('"unit_id","label"\n')
    (folder / "blank.csv").write_text('"unit_id","label"\n"3",""\n"4","unsorted"\n')
    (folder / "bytes.csv").write_bytes(b"\x00\xff\xfe")
    (folder / "other.csv").write_text("a,b\n1,2\n")
    (folder / "twice.csv").write_text('unit_id,label\n3,good\n3,"mua"\n')
    (folder / "._student 1.csv").write_bytes(b"\x00\x05\x16\x07")
    (folder / "folder.csv").mkdir()
    (folder / "student 1 (1).csv").write_bytes((folder / "student 1.csv").read_bytes())
    return folder


def test_thirty_students_with_different_and_incomplete_units_are_compared(thirty):
    found = nbl.class_comparison(thirty)
    assert found.names == [f"student {n}" for n in range(30)]
    assert len(found.agreement) == 435
    first, second = (nbl.import_labels(thirty / f"student {n}.csv")["label"] for n in (3, 24))
    common = first.index.intersection(second.index)
    assert found.agreement.loc[("student 3", "student 24"), "n_units"] == len(common)
    assert found.agreement.loc[("student 3", "student 24"), "agreement"] == pytest.approx(
        (first[common] == second[common]).mean()
    )
    few = found.agreement["n_units"] < 10
    assert few.any()
    assert found.agreement.loc[few, "low"].isna().all()


def test_broken_and_empty_files_are_left_out_by_name(thirty):
    skipped = nbl.class_comparison(thirty).skipped
    assert set(skipped) == {
        "empty.csv", "head.csv", "blank.csv", "bytes.csv", "other.csv", "twice.csv", "._student 1.csv", "folder.csv",
        "student 1 (1).csv",
    }  # fmt: skip
    assert skipped["empty.csv"] == "the file is empty."
    assert skipped["head.csv"] == skipped["blank.csv"] == "no unit in it has a label."
    assert "student 1: the same labels" in skipped["student 1 (1).csv"]
    assert all("\n" not in why and str(thirty) not in why for why in skipped.values())


def test_every_student_has_the_score_of_the_exercise(thirty):
    found = nbl.class_comparison(thirty)
    for name in found.names[:5]:
        exercise = nbl.Exercise(name, "easy")
        score = exercise.score(nbl.import_labels(thirty / f"{name}.csv", unit_ids=exercise.analyzer))
        row = found.students.loc[name]
        assert (row["right"], row["labeled"]) == (score.right, score.labeled)
        low, high = wilson(score.right, score.labeled)
        assert (row["share_low"], row["share_high"]) == (float(low), float(high))
        assert np.isnan(row["kappa_low"]) == (score.labeled < 10)


def test_a_class_fits_on_a_screen_and_says_where_there_are_too_few_units(thirty):
    found = nbl.class_comparison(thirty)
    lines = repr(found).splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100
    assert "too few" in repr(found)
    html = found._repr_html_()
    assert "student 29" in html
    assert "9 files left out" in html
    assert "rp_contamination" in html


def test_the_hardest_units_come_first_with_what_shows_it(thirty):
    hard = nbl.class_comparison(thirty).hardest
    assert hard["share"].head(10).mean() < hard["share"].tail(10).mean()
    assert (hard["labeled"] >= 2).all()
    first = hard.iloc[0]
    assert first["clue"]
    assert " " in first["evidence"]
    assert str(first["right"]) in first["given"] or first["right"] == 0


def test_the_heat_map_has_a_row_a_student_and_a_column_a_shared_unit(thirty):
    plt = pytest.importorskip("matplotlib.pyplot")
    found = nbl.class_comparison(thirty)
    plot = found.plot()
    image = plot.axes[0].get_images()[0].get_array()
    assert image.shape[:2] == (31, len(found.shared))
    assert 10 <= len(found.shared) <= 40
    plt.close(plot.figure)


def test_without_a_truth_students_are_compared_with_what_most_of_the_others_say(tmp_path):
    units = [f"u{n}" for n in range(12)]
    write(tmp_path, "a", dict.fromkeys(units, "good") | {"u0": "mua"})
    write(tmp_path, "b", dict.fromkeys(units[:-1], "good") | {"u0": "mua"})
    write(tmp_path, "c", dict.fromkeys(units, "good") | {"u0": "mua", "u1": "noise"})
    write(tmp_path, "alone", {"elsewhere": "good"})
    found = nbl.class_comparison(tmp_path)
    assert found.truth is None
    assert found.students["right"].isna().all()
    assert found.students.loc["a", "kappa"] == 1.0
    assert 0 < found.students.loc["c", "kappa"] < 1
    assert found.students.loc["alone", "compared"] == 0
    assert "no units to compare" in repr(found)
    assert found.hardest.index[0] == "u1"


def test_ids_of_any_recording_are_not_scored_by_the_truth_of_the_exercise(tmp_path):
    """Units 0 to 29 are in the bundled recording too; that does not make it the one that was labeled."""
    for name in "ab":
        write(tmp_path, name, {str(n): "good" for n in range(30)})
    assert nbl.class_comparison(tmp_path).truth is None


@pytest.mark.parametrize("of", ["exercise", "analyzer", "series", "dict"])
def test_the_truth_can_be_given_in_any_form(tmp_path, of):
    demo = nbl.demo_analyzer()
    exercise = nbl.Exercise("anna")
    units = demo.unit_ids[:12].tolist()
    kinds = nbl.Exercise("every", n_units=142).truth
    write(tmp_path, "x", kinds[units])
    write(tmp_path, "y", dict.fromkeys(units, "noise"))
    truth = {"exercise": exercise, "analyzer": demo, "series": kinds, "dict": kinds.to_dict()}[of]
    students = nbl.class_comparison(tmp_path, truth=truth).students
    assert students["right"].tolist() == [12, (kinds[units] == "noise").sum()]
    assert students.loc["x", "kappa"] == 1.0
    assert nbl.class_comparison(tmp_path, truth=False).truth is None


def test_a_truth_that_cannot_be_meant_says_what_can(tmp_path):
    for name in "ab":
        write(tmp_path, name, {"x": "good"})
    for truth in (3, tmp_path / "nothing.zarr", nbl.load(pd.DataFrame({"snr": [1.0]}))):
        with pytest.raises(LabelsError, match="truth"):
            nbl.class_comparison(tmp_path, truth=truth)
    with pytest.raises(LabelsError, match="truth=False"):
        nbl.class_comparison(tmp_path, truth={"y": "good"})


def test_fewer_than_two_readable_files_name_those_that_are_left_out(tmp_path):
    write(tmp_path, "anna", {"1": "good"})
    (tmp_path / "eve.csv").write_text("")
    with pytest.raises(LabelsError, match=r"eve\.csv \(the file is empty"):
        nbl.class_comparison(tmp_path)


def test_students_with_all_the_same_labels_are_named_and_no_evidence_for_each_other(tmp_path):
    """The same file under two names may have been sent twice or copied: nobody is lost, and nobody agrees with itself."""
    units = [f"u{n}" for n in range(12)]
    rng = random.Random(2)
    labels = {name: {u: rng.choice(LABELS) for u in units} for name in ("anna", "cleo", "dora")}
    for name, own in labels.items():
        write(tmp_path, name, own)
    (tmp_path / "ben.csv").write_bytes((tmp_path / "anna.csv").read_bytes())
    # The same labels in another order and spelling.
    rows = "".join(f"{u},{label.upper()}\n" for u, label in reversed(labels["anna"].items()))
    (tmp_path / "eve.csv").write_text(f"unit_id,label\n{rows}")
    found = nbl.class_comparison(tmp_path)
    assert found.names == ["anna", "ben", "cleo", "dora", "eve"]
    assert found.skipped == {}
    assert found.same == {"anna": ("ben", "eve"), "ben": ("anna", "eve"), "eve": ("anna", "ben")}
    assert found.students["same_as"].tolist() == ["ben, eve", "anna, eve", "", "", "anna, ben"]
    pairs = found.agreement
    assert pairs.index[pairs["same"]].tolist() == [("anna", "ben"), ("anna", "eve"), ("ben", "eve")]
    assert pairs.loc[pairs["same"], ["value", "low", "high", "agreement"]].isna().all(axis=None)
    assert (pairs["n_units"] == 12).all()
    assert pairs.loc[~pairs["same"], "value"].notna().all()
    for shown in (" ".join(repr(found).split()), found._repr_html_()):
        assert "The labels of anna, ben and eve are all the same" in shown
        assert "ben (same as anna, eve)" in shown


def test_without_a_truth_a_repeated_file_is_one_vote_and_none_for_its_own_student(tmp_path):
    units = [f"u{n}" for n in range(12)]
    rng = random.Random(3)
    labels = {name: {u: rng.choice(LABELS[:2]) for u in units} for name in ("a", "c", "d")}
    for name, own in labels.items():
        write(tmp_path, name, own)
    before = nbl.class_comparison(tmp_path).students
    for name in ("b", "e"):
        (tmp_path / f"{name}.csv").write_bytes((tmp_path / "a.csv").read_bytes())
    found = nbl.class_comparison(tmp_path).students
    for name in ("a", "b", "c", "d", "e"):
        expected = before.loc["a" if name in "be" else name, ["compared", "kappa"]].tolist()
        assert found.loc[name, ["compared", "kappa"]].tolist() == pytest.approx(expected, nan_ok=True)


def test_a_class_of_two_with_the_same_labels_has_both_and_says_that_nothing_is_compared(tmp_path):
    for name in ("anna", "ben"):
        write(tmp_path, name, {"x": "good", "y": "mua"})
    found = nbl.class_comparison(tmp_path)
    assert found.students["labeled"].tolist() == [2, 2]
    assert found.students["kappa"].isna().all()
    assert "no others to compare with" in repr(found)
    assert found.hardest["labeled"].tolist() == [2, 2]


def test_equal_labels_of_other_units_are_not_the_same(tmp_path):
    write(tmp_path, "anna", {"1": "good", "2": "mua"})
    write(tmp_path, "ben", {"1": "good", "2": "mua", "3": "noise"})
    assert nbl.class_comparison(tmp_path).same == {}


def test_a_repeated_file_is_scored_by_the_truth_like_every_other(tmp_path):
    kinds = nbl.Exercise("every", n_units=142).truth
    for name in ("anna", "ben", "cleo"):
        write(tmp_path, name, kinds.iloc[: 20 if name != "cleo" else 10])
    found = nbl.class_comparison(tmp_path, truth=kinds).students
    assert found["right"].tolist() == [20, 20, 10]
    assert found["same_as"].tolist() == ["ben", "anna", ""]


PLACEHOLDERS = [
    "", " ", "\t\n", "\u200b", "\u00a0", "...", "---", "?", "name", "Name", "NAME ", "your name", "Your Name", "your_name",
    "yourname", "<your name>", "[your name]", "enter your name", "Enter your name here", "my name", "student",
    "Student name", "first name", "firstname lastname", "Name Surname", "\uff4e\uff41\uff4d\uff45", "{name}", "none",
    "your first name",
]  # fmt: skip


@pytest.mark.parametrize("name", PLACEHOLDERS)
def test_a_placeholder_is_no_name(name):
    with pytest.raises(LabelsError, match="called by a name"):
        nbl.Exercise(name)


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "7",
        "Anna",
        "Namey",
        "Named Noether",
        "田中",
        "José-María",
        "student0",
        "student 12",
        "🦊",
        "O'Neil",
    ],
)
def test_names_of_people_are_names(name):
    assert nbl.Exercise(name).student == name
