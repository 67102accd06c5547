"""The workshop's exercise is fair: other units for each student, some in common, and an honest score."""

import os
import subprocess
import sys

import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import LabelsError


def test_each_student_gets_other_units_the_same_ones_again_and_a_third_in_common():
    anna, again, ben = (nbl.Exercise(name).truth.index for name in ("anna", "anna", "ben"))
    assert anna.equals(again)
    assert len(anna) == len(ben) == 30
    assert 10 <= len(set(anna) & set(ben)) < 25
    everybody = set.intersection(*(set(nbl.Exercise(str(n)).truth.index) for n in range(12)))
    assert len(everybody) >= 10


def test_the_units_do_not_hang_on_the_hash_seed_of_the_kernel():
    code = "import nb_autolabel as nbl; print(nbl.Exercise('anna').analyzer.unit_ids.tolist())"
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in (1, 2, 3)
    }
    assert len(said) == 1


@pytest.mark.parametrize("difficulty", ["easy", "medium", "hard"])
def test_every_kind_of_unit_is_met_and_the_truth_scores_full_marks(difficulty):
    exercise = nbl.Exercise("cleo", difficulty)
    score = exercise.score(exercise.truth)
    assert (score.right, score.labeled, score.total) == (30, 30, 30)
    assert set(score.kinds.index) == {"single", "merged", "contaminated", "few_spikes", "axonal", "noise"}
    assert set(exercise.truth) == {"good", "mua", "noise", "non_soma"}


def test_easy_units_are_easier_for_the_classifiers():
    def share(difficulty):
        scores = []
        for name in "abcdefghijkl":  # of a few alone, chance decides
            exercise = nbl.Exercise(name, difficulty)
            said = nbl.unitrefine_label_units(exercise.analyzer)["label"].replace({"sua": "good"})
            truth = exercise.truth.replace({"non_soma": "good"})  # a class the classifiers do not know
            scores.append((said.reindex(truth.index) == truth).sum())
        return sum(scores)

    assert share("easy") > share("hard")


def test_errors_are_shown_with_what_gives_them_away():
    exercise = nbl.Exercise("dora")
    wrong = exercise.truth.copy()
    unit = wrong.index[wrong == "noise"][0]
    wrong[unit] = "good"
    score = exercise.score(wrong)
    assert score.right == 29
    assert score.errors.loc[unit, ["given", "truth", "kind"]].tolist() == ["good", "noise", "noise"]
    assert "29 of 30 labels are right" in repr(score)
    assert "27 are not labeled yet" in repr(exercise.score(wrong.iloc[:3]))
    assert repr(exercise.score({})) == "none of 30 units is labeled yet"


def test_the_labels_of_a_class_are_compared_on_common_units(tmp_path):
    for name in ("anna", "ben", "cleo"):
        exercise = nbl.Exercise(name)
        nbl.export_labels(nbl.bombcell_label_units(exercise.analyzer), tmp_path / f"{name}.csv")
    found = nbl.class_comparison(tmp_path)
    assert found.names == ["anna", "ben", "cleo"]
    assert len(found.labels) >= 10
    assert (found.agreement["agreement"] == 1.0).all()
    with pytest.raises(LabelsError, match="has 0 files"):
        nbl.class_comparison(tmp_path, "*.txt")


def test_what_cannot_be_an_exercise_says_why():
    with pytest.raises(LabelsError, match="'easy', 'medium' or 'hard'"):
        nbl.Exercise("anna", "simple")
    with pytest.raises(LabelsError, match="not in this exercise"):
        nbl.Exercise("anna").score(pd.Series({"no such unit": "good"}))
