"""Labels by hand of many recordings: kept in each one's journal, compared, and learnt from."""

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import LabelsError, RuleError
from nb_autolabel.session.live_methods import LiveBombcell
from tests.conftest import shared

from .cohorts import metrics_of, study, study_made, table_of

__all__ = ["study", "study_made"]


def opened(source, **more):
    return nbl.Cohort(source, **{"cache": False, "scheduler": "one", "progress": False, **more})


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def first_units(cohort, name, many=1):
    return [cohort.unit_id(name, unit) for unit in cohort.open(name).unit_ids[:many].tolist()]


# ---------------------------------------------------------------- journals


def test_labels_by_hand_are_there_when_the_recording_is_opened_alone(study, here):
    cohort = opened(study)
    live = LiveBombcell(cohort)
    live.override(first_units(cohort, "m1/day2", 2), "good", note="seen")
    live.override(first_units(cohort, "m2/day1"), "noise")
    assert len(list(here.glob("overrides_*.jsonl"))) == 2
    alone = LiveBombcell(cohort.open("m1/day2"))
    own = cohort.open("m1/day2").unit_ids[:2].tolist()
    assert alone.overrides["label"].to_dict() == dict.fromkeys(own, "good")
    assert alone.overrides["note"].tolist() == ["seen", "seen"]
    assert not len(LiveBombcell(cohort.open("m1/day1")).overrides)


def test_labels_that_were_given_in_a_recording_alone_are_in_the_cohort(study, here):
    first = opened(study)
    unit = first.open("m1/day1").unit_ids[3].item()
    LiveBombcell(first.open("m1/day1")).override(unit, "mua")
    live = LiveBombcell(opened(study))
    assert live.overrides["label"].to_dict() == {f"m1/day1/{unit}": "mua"}
    live.clear_override()
    assert not len(LiveBombcell(first.open("m1/day1")).overrides)


def test_a_recording_alone_and_a_cohort_with_it_see_each_others_labels_at_once(study, here):
    """Also where neither had a journal before, and where a label is taken back."""
    cohort = opened(study)
    live, second = LiveBombcell(cohort), LiveBombcell(opened(study))
    alone = LiveBombcell(cohort.open("m1/day2"))
    one, two = cohort.open("m1/day2").unit_ids[:2].tolist()
    alone.override(one, "good", note="seen")
    assert live.overrides["label"].to_dict() == {f"m1/day2/{one}": "good"}
    assert live.labels.loc[f"m1/day2/{one}", "label"] == "good"
    assert second.overrides["note"].tolist() == ["seen"]
    live.override(f"m1/day2/{two}", "noise")
    assert alone.overrides["label"].to_dict() == {one: "good", two: "noise"}
    assert len(second.overrides) == 2
    alone.clear_override(two)
    assert live.overrides.index.tolist() == [f"m1/day2/{one}"]
    live.undo()
    alone.undo()
    assert {len(each.overrides) for each in (live, second, alone)} == {len(alone.overrides)}


def test_tables_in_memory_and_a_cohort_of_them_see_each_others_labels_at_once(here):
    tables = [metrics_of(1, 20), metrics_of(2, 20).set_axis([f"u{at}" for at in range(20)])]
    live, alone = LiveBombcell(opened(tables)), LiveBombcell(tables[1])
    alone.override("u3", "mua")
    assert live.overrides["label"].to_dict() == {"recording 2/u3": "mua"}
    live.override("recording 2/u4", "noise")
    assert alone.overrides["label"].to_dict() == {"u3": "mua", "u4": "noise"}


def test_labels_by_hand_are_one_step_for_undo_and_shared_by_methods(study, here):
    cohort = opened(study)
    one, other = LiveBombcell(cohort), LiveBombcell(cohort)
    one.override(first_units(cohort, "m1/day1") + first_units(cohort, "m2/day1"), "good")
    assert len(other.overrides) == 2
    one.undo()
    assert not len(one.overrides)
    assert not len(LiveBombcell(cohort.open("m2/day1")).overrides)
    one.redo()
    assert len(LiveBombcell(cohort.open("m2/day1")).overrides) == 1


def test_a_recording_that_is_gone_takes_no_label_and_nothing_changes(study, here):
    import shutil

    cohort = opened(study)
    live = LiveBombcell(cohort)
    both = first_units(cohort, "m1/day1") + first_units(cohort, "m2/day1")
    shutil.rmtree(study / "m2")
    with pytest.raises(LabelsError, match="m2/day1 cannot be kept"):
        live.override(both, "good")
    assert not len(live.overrides)
    assert not len(LiveBombcell(cohort.open("m1/day1")).overrides)


def test_recordings_without_labels_by_hand_are_not_opened_for_them(study, here, monkeypatch):
    cohort = opened(study)
    (here / "overrides_other.jsonl").write_text("")
    monkeypatch.setattr(type(cohort), "open", lambda self, name: pytest.fail("opened"))
    LiveBombcell(cohort)


def test_tables_of_one_file_keep_their_labels_apart(here):
    cohort = opened(table_of([1, 2], 20))
    LiveBombcell(cohort).override("r1/3", "noise")
    assert LiveBombcell(opened(table_of([1, 2], 20))).overrides["label"].to_dict() == {"r1/3": "noise"}


def test_a_journal_that_is_named_or_none_is_one_for_all(study, here):
    cohort = opened(study)
    unit = first_units(cohort, "m1/day1")
    LiveBombcell(cohort, journal="all.jsonl").override(unit, "good")
    assert LiveBombcell(cohort, journal="all.jsonl").overrides.index.tolist() == unit
    assert not len(LiveBombcell(cohort).overrides)


# ---------------------------------------------------------------- agreement and learning


def test_agreement_is_that_of_each_recording():
    cohort = opened([metrics_of(1, 40), metrics_of(2, 40)])
    labels = cohort.labels["label"]
    other = labels.copy()
    other.iloc[:10] = "a label of nobody else"
    other.iloc[60:] = None
    found = cohort.agreement(other)
    assert found["units"].tolist() == [40, 20, 60]
    assert found["agreement"].tolist() == [0.75, 1.0, 50 / 60]


def test_curators_agree_with_the_bundled_classifiers_in_each_of_seven_recordings():
    from nb_autolabel.session.live_unitrefine import LiveUnitRefine

    cohort = opened(f"{shared('labelled_units')}/*.csv")
    found = cohort.agreement("majority_vote", LiveUnitRefine(cohort, journal=None))
    assert (found["agreement"] > 0.75).all()
    assert found["units"].iloc[:-1].sum() == found["units"]["all"] == 2945


def test_limits_are_fitted_to_all_and_judged_on_recordings_left_out():
    cohort = opened(f"{shared('labelled_units')}/*.csv")
    truth = pd.Series(cohort.analyzer.get_sorting_property("majority_vote"), index=cohort.analyzer.unit_ids)
    fitted = nbl.fit_thresholds(cohort, truth[::2])
    assert "7 recordings" in fitted.folds
    again = nbl.fit_thresholds(cohort.analyzer, truth[::2], recordings=cohort.recording_of)
    assert fitted.thresholds == again.thresholds


@pytest.mark.parametrize("how", ["adapt", "fit_thresholds"])
def test_no_label_of_a_recording_is_used_for_its_own_score(how):
    """What is learnt for a recording is the same when its own labels are others."""
    cohort = opened(f"{shared('labelled_units')}/*.csv")
    truth = pd.Series(cohort.analyzer.get_sorting_property("majority_vote"), index=cohort.analyzer.unit_ids)
    some = truth[np.isin(cohort.recording_of, [0, 2])][::5]
    found = cohort.left_out(some, how)
    assert found["labels"]["all"] == len(some)
    if how == "adapt":
        only_second = some[[unit.startswith(cohort.names[2]) for unit in some.index]]
        pair = nbl.adapt(cohort, only_second)
        labels = nbl.unitrefine_label_units(cohort, pair.noise, pair.sua)["label"]
        own = some.drop(only_second.index)
        right = (labels[own.index].replace("sua", "good") == own).mean()
        assert found["accuracy_after"].iloc[0] == pytest.approx(right)


def test_leaving_out_needs_labels_of_two_recordings_and_a_known_way():
    cohort = opened(table_of([1, 2], 30))
    with pytest.raises(LabelsError, match="at least two"):
        cohort.left_out({"r0/1": "good", "r0/2": "noise"})
    with pytest.raises(RuleError, match="fit_thresholds"):
        cohort.left_out({"r0/1": "good"}, "guess")


def test_functions_of_labels_take_a_cohort():
    cohort = opened(table_of([1, 2], 30))
    labels = nbl.bombcell_label_units(cohort, missing_criteria="unjudged")
    assert labels["label"].tolist() == cohort.labels["label"].tolist()
