"""UnitRefine as a labeler, and labeling by hand, without a browser."""

import numpy as np
import pandas as pd
import pytest
from ipywidgets.widgets import widget as ipywidgets_registry

import nb_autolabel as nbl
from nb_autolabel.errors import LabelsError
from nb_autolabel.export.journal import Journal
from tests.widgets.browser_messages import label, tell


@pytest.fixture(scope="module")
def demo():
    return nbl.demo_analyzer()


@pytest.fixture
def labeler(demo):
    made = nbl.UnitRefineLabeler(demo)
    yield made
    made.close()


def test_the_labeler_says_what_the_function_says(demo, labeler):
    pd.testing.assert_frame_equal(labeler.labels, nbl.unitrefine_label_units(demo))


def test_moving_a_decision_threshold_relabels(labeler):
    before = labeler.counts
    labeler.thresholds = {
        "noise": {"noise_probability": {"max": 0.1}},
        "sua": {"sua_probability": {"min": 0.5}},
    }
    assert labeler.counts["noise"] > before["noise"]
    tell(
        labeler.engine,
        "set",
        limits={"noise/noise_probability": [None, 0.5], "sua/sua_probability": [0.9, None]},
    )
    assert labeler.counts["mua"] > before["mua"]
    assert labeler.undo()


def test_a_band_of_doubt_can_be_switched_on(labeler):
    labeler.live.set_option("unfamiliar", "keep")
    labeler.thresholds = {
        "noise": {"noise_probability": {"max": 0.5}},
        "sua": {"sua_probability": {"min": 0.4}},
        "unsure": {"sua_probability": {"min": 0.6}},
    }
    chances = labeler.trace.values[labeler.rule_set.index("sua/sua_probability")]
    unsure = (labeler.labels["label"] == "unsure").to_numpy()
    assert unsure.any()
    assert ((chances[unsure] >= 0.4) & (chances[unsure] < 0.6)).all()


def test_the_contributions_that_are_shown_sum_to_the_probability(labeler):
    moves = labeler.view("moves")
    chances = nbl.unitrefine_probabilities(labeler.analyzer)
    for at, column in enumerate(moves._columns):
        parts = np.frombuffer(moves._contributions[at], dtype="<f4").reshape(142, -1)
        assert parts.shape[1] == len(column["features"])
        total = parts.sum(axis=1) + moves._starts[at]
        np.testing.assert_allclose(total, chances[column["column"]], atol=1e-5)
    assert len(moves._flags) == 142


def test_what_was_found_about_the_inputs_is_shown_and_read(labeler):
    assert {"metric", "kind", "finding", "corrected", "classifier"} <= set(labeler.inputs.columns)
    shown = labeler.view("inputs").value
    for text in labeler.inputs["finding"]:
        assert text.split(" lies")[0] in shown


def test_the_code_gives_the_same_labels(labeler):
    labeler.thresholds = {
        "noise": {"noise_probability": {"max": 0.2}},
        "sua": {"sua_probability": {"min": 0.6}},
    }
    names: dict = {}
    exec(labeler.to_code(drop="noise"), names)
    pd.testing.assert_frame_equal(names["labels"], labeler.labels)
    assert names["clean"].get_num_units() == labeler.select_units(drop="noise").get_num_units()


def test_the_workbench_has_a_tab_for_it(demo):
    bench = nbl.Workbench(demo)
    assert list(bench.labelers) == ["thresholds", "bombcell", "unitrefine"]
    bench.selected_index = 2
    assert "probability" in bench.labels
    bench.close()


def test_two_criteria_on_one_metric_have_limits_of_their_own(labeler):
    assert len(labeler.engine.limits) == len(labeler.engine._keys) == 4
    tell(labeler.engine, "set", limits={"unsure/noise_probability": [0.3, None]})
    assert labeler.engine.limits["noise/noise_probability"] == [None, 0.5]


# ---------------------------------------------------------------------- by hand


def by_key(session, name):
    """Label the unit that is shown as a key does, and go on."""
    tell(session.parts["engine"], "label", units=[str(session.current)], label=name)
    session.next()


def test_keys_label_units_and_the_journal_brings_them_back(demo, tmp_path):
    session = nbl.LabelingSession(demo, tmp_path / "labels.jsonl")
    seen = []
    for name in ("good", "noise", "mua", "non_soma"):
        seen.append(session.current)
        by_key(session, name)
    assert len(set(seen)) == 4, "the next unit is always one without a label"
    assert session.labels["label"].tolist() == ["good", "noise", "mua", "non_soma"]
    tell(session.parts["engine"], "take_back", unit=str(seen[3]))
    assert session.current == seen[3]
    again = nbl.LabelingSession(demo, tmp_path / "labels.jsonl")
    assert again.labels["label"].tolist() == ["good", "noise", "mua"]
    assert set(again.parts["engine"].by_hand.values()) == {"good", "noise", "mua"}
    label(again.parts["engine"], [0], "nonsense")
    assert "there is no label 'nonsense'" in again.parts["engine"].error
    with pytest.raises(LabelsError):
        again.label(10**6, "good")
    session.close()
    again.close()


def test_labels_of_another_tool_in_the_journal_have_a_panel_too(demo, tmp_path):
    journal = Journal(tmp_path / "labels.jsonl", demo.unit_ids)
    journal.add(demo.unit_ids[2].item(), "sua")
    journal.add(demo.unit_ids[5].item(), "artifact")
    session = nbl.LabelingSession(demo, tmp_path / "labels.jsonl")
    engine = session.parts["engine"]
    assert engine.by_hand == {"2": "sua", "5": "artifact"}
    assert {"sua", "artifact"} <= set(engine._rules["labels"]) & set(engine._looks)
    with pytest.raises(LabelsError, match="artifact"):
        session.adapt()
    session.close()


def test_a_label_is_given_to_the_unit_that_the_message_names_whatever_the_kernel_shows_by_then(
    demo, tmp_path
):
    path = tmp_path / "labels.jsonl"
    session = nbl.LabelingSession(demo, path)
    engine, order = session.parts["engine"], list(session.review.units)
    first, second, third = order[:3]
    # The browser is two units ahead of a kernel that was busy.
    tell(engine, "label", units=[first], label="noise")
    tell(engine, "show", unit=second, seconds=2.0)
    tell(engine, "label", units=[second], label="good")
    tell(engine, "show", unit=third, seconds=90.0)
    assert session.labels["label"].to_dict() == {first: "noise", second: "good"}
    assert (session.current, session.review.seconds_per_unit) == (third, 2.0)
    written, queue = path.read_bytes(), session.review.units
    for kind, parts, words in [
        ("take_back", {"unit": first}, "is not the last one"),
        ("take_back", {"unit": None}, "there is no unit"),
        ("label", {"units": [], "label": "noise"}, "names its units"),
        ("label", {"units": ["no such unit"], "label": "noise"}, "there is no unit"),
        ("label", {"units": [third], "label": ["noise"]}, "the label is text"),
        ("label", {"units": [third], "label": "nonsense"}, "there is no label"),
        ("show", {"unit": True, "seconds": None}, "there is no unit"),
        ("show", {"unit": third, "seconds": -1}, "seconds are"),
        ("review", {"order": "fastest", "units": None}, "there is no order"),
        ("review", {"order": "selection", "units": []}, "no unit is selected or listed"),
    ]:
        tell(engine, kind, **parts)
        assert words in engine.error, kind
        assert (session.current, path.read_bytes(), session.review.units) == (third, written, queue)
    tell(engine, "take_back", unit=second)
    assert (session.current, session._bar.engine._last, engine.error) == (second, first, "")
    session.close()


def test_all_units_labeled_is_an_end_not_an_error(demo, tmp_path):
    few = demo.select_units(demo.unit_ids[:3])
    session = nbl.LabelingSession(few, tmp_path / "labels.jsonl")
    for _ in range(3):
        by_key(session, "good")
    assert session.next() is None
    assert session.current is None
    assert session.labels["label"].tolist() == ["good"] * 3
    session.close()
    again = nbl.LabelingSession(few, tmp_path / "labels.jsonl")
    assert again.current is None, "nor after a restart"
    again.close()


def test_a_skipped_unit_comes_again_after_all_others(demo, tmp_path):
    few = demo.select_units(demo.unit_ids[:4])
    session = nbl.LabelingSession(few, tmp_path / "labels.jsonl")
    by_key(session, "good")
    seen = [session.current]
    for _ in range(8):
        session.skip()
        seen.append(session.current)
    assert len(set(seen[:3])) == 3
    assert seen[3:6] == seen[6:9] == seen[:3], "the one that has waited longest comes first"
    session.close()


def test_a_session_adapts_the_pair_to_the_hand(demo, tmp_path):
    truth = nbl.bombcell_label_units(demo)["label"].replace({"non_soma": "good"})
    session = nbl.LabelingSession(demo, tmp_path / "labels.jsonl")
    for _ in range(30):
        session.label(session.current, truth[session.current])
        session.next()
    others = ~truth.index.isin(session.labels.index)

    def agreement(pair):
        found = nbl.unitrefine_label_units(demo, *pair)["label"].replace({"sua": "good"})
        return (found == truth)[others].mean()

    adapted = session.adapt()
    assert agreement((adapted.noise, adapted.sua)) > agreement((None, None)) + 0.05
    fitted = session.fit_thresholds()
    bombcell = nbl.BombcellLabeler(demo)
    panel = nbl.fitted_panel(fitted, bombcell)
    panel.children[1].children[0].click()
    assert "applied" in panel.children[1].children[1].value
    bombcell.close()
    session.close()


def test_closing_a_session_leaves_no_widget_behind(demo, tmp_path):
    before = set(ipywidgets_registry._instances)
    nbl.LabelingSession(demo, tmp_path / "labels.jsonl").close()
    nbl.UnitRefineLabeler(demo).close()
    assert set(ipywidgets_registry._instances) - before == set()
