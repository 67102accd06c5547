"""Undo, redo and what counts as one step."""

import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import MissingMetricError, RuleError
from tests.widgets.browser_messages import tell


@pytest.fixture
def labeler():
    made = nbl.BombcellLabeler(nbl.demo_analyzer())
    yield made
    made.close()


def drag(labeler, key, values, step):
    engine = labeler.engine
    (key,) = [name for name in engine.limits if name.endswith(key)]
    for value in values:
        tell(engine, "set", limits={key: [value, engine.limits[key][1]]}, gesture=step)


def test_a_whole_drag_is_one_step(labeler):
    before = labeler.labels
    drag(labeler, "snr", [6, 7, 8, 9], "drag-1")
    after = labeler.labels
    assert labeler.undo() is True
    assert labeler.labels.equals(before)
    assert labeler.redo() is True
    assert labeler.labels.equals(after)
    assert labeler.redo() is False


def test_two_drags_are_two_steps(labeler):
    drag(labeler, "snr", [6, 7], "drag-1")
    drag(labeler, "snr", [8, 9], "drag-2")
    labeler.undo()
    assert labeler.thresholds["mua"]["snr"]["min"] == 7
    labeler.undo()
    assert labeler.thresholds["mua"]["snr"]["min"] == 5
    assert labeler.undo() is False


def test_a_change_after_an_undo_forgets_what_was_undone(labeler):
    drag(labeler, "snr", [7], "a")
    labeler.undo()
    drag(labeler, "snr", [9], "b")
    assert labeler.redo() is False
    assert labeler.thresholds["mua"]["snr"]["min"] == 9


def test_undo_asked_for_in_the_browser_does_the_same(labeler):
    engine = labeler.engine
    drag(labeler, "snr", [7], "a")
    assert engine._history == [1, 0]
    tell(engine, "undo")
    assert labeler.thresholds["mua"]["snr"]["min"] == 5
    assert engine._history == [0, 1]
    tell(engine, "redo")
    assert labeler.thresholds["mua"]["snr"]["min"] == 7


def test_reset_can_be_undone(labeler):
    drag(labeler, "snr", [7], "a")
    labeler.reset()
    labeler.undo()
    assert labeler.thresholds["mua"]["snr"]["min"] == 7


def test_an_error_in_a_message_is_shown_and_changes_nothing(labeler):
    engine = labeler.engine
    before = labeler.thresholds
    tell(engine, "set", limits={"mua/snr": ["not a number", None]})
    assert "is not a number" in engine.error
    assert labeler.thresholds == before
    drag(labeler, "snr", [7], "a")
    assert engine.error == ""


def test_another_preset_brings_other_criteria_and_can_be_undone(labeler):
    before = labeler.labels
    labeler.parts["_control0"].value = "allen"
    assert labeler.rule_set.keys == ("mua/isi_violations_ratio", "mua/amplitude_cutoff", "mua/presence_ratio")
    assert labeler.labels.equals(nbl.bombcell_label_units(labeler.analyzer, preset="allen"))
    engine = labeler.engine
    assert len(engine.limits) == len(engine._keys) == len(engine._axes) == 3
    labeler.undo()
    assert labeler.labels.equals(before)
    assert len(engine.limits) == len(engine._keys) == 18


def test_splitting_non_somatic_units_brings_other_labels(labeler):
    labeler.parts["_control2"].value = True
    expected = nbl.bombcell_label_units(labeler.analyzer, split_non_somatic_good_mua=True)
    assert labeler.labels.equals(expected)
    assert "non_soma_mua" in labeler.engine._order


def test_criteria_are_added_and_removed():
    labeler = nbl.ThresholdLabeler(nbl.demo_analyzer(), {"snr": {"min": 5}})
    labeler.add("drift_ptp", max=50)
    assert labeler.thresholds == {"snr": {"min": 5, "max": None}, "drift_ptp": {"min": None, "max": 50}}
    expected = nbl.threshold_metrics_label_units(labeler.analyzer, labeler.thresholds)
    assert labeler.labels.equals(expected)
    labeler.remove("snr")
    assert list(labeler.thresholds) == ["drift_ptp"]
    with pytest.raises(RuleError, match="is the last criterion"):
        labeler.remove("drift_ptp")
    with pytest.raises(MissingMetricError, match="Did you mean 'snr'"):
        labeler.add("snrr")
    labeler.undo()
    assert list(labeler.thresholds) == ["snr", "drift_ptp"]
    labeler.close()


def test_a_workbench_speaks_for_its_open_tab():
    bench = nbl.Workbench(nbl.demo_analyzer())
    assert bench.labels.equals(bench.labelers["bombcell"].labels)
    bench.selected_index = 0
    assert bench.labels.equals(bench.labelers["thresholds"].labels)
    bench.thresholds = {"snr": {"min": 8}}
    assert bench.undo() is True
    assert bench.select_units(keep="good").get_num_units() == bench.labelers["thresholds"].counts["good"]
    bench.close()


def test_a_histogram_is_drawn_on_the_scale_that_is_asked_for(labeler):
    grid, engine = labeler.view("histograms"), labeler.engine
    at = labeler.rule_set.index("drift_ptp")
    before = labeler.labels
    assert engine._axes[at]["log"] is False
    fields = next(f for f in grid._fields.values() if f.criterion.endswith("drift_ptp"))
    fields._handle_custom_msg({"scale": "log"}, [])
    assert engine._axes[at]["log"] is True
    assert next(f for f in grid._fields.values() if f.criterion.endswith("drift_ptp")).scale == "log"
    assert 0 < engine._axes[at]["high"] < 5, "powers of ten"
    assert labeler.labels.equals(before)
