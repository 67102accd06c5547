"""The row of accepted labels: what the browser asks is done, refused or undone as the kernel's own; the offer to adapt."""

import json

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import RuleError


@pytest.fixture
def labeler(tmp_path):
    made = nbl.UnitRefineLabeler(nbl.demo_analyzer(), journal=tmp_path / "labels.jsonl")
    yield made
    made.close()


class Browser:
    """Sends messages as the store does."""

    def __init__(self, labeler):
        self.engine, self.sent = labeler.engine, 0

    def option(self, name, value, gesture=""):
        self.sent += 1
        self.engine.receive(
            {
                "type": "option",
                "client": "b",
                "id": self.sent,
                "name": name,
                "value": value,
                "gesture": gesture,
            }
        )
        assert self.engine._acknowledged == ["b", self.sent]


def test_the_browser_and_the_kernel_accept_the_same_way(labeler):
    Browser(labeler).option("accept", {"error": 0.05, "question": "noise or not", "safe": 1})
    assert labeler.engine.error == ""
    by_message = labeler.accepted
    assert labeler.engine._options["accept"] == {"error": 0.05, "question": "noise or not", "safe": 1.0}
    labeler.accept(None)
    assert labeler.engine._options["accept"] is None
    assert labeler.accept(0.05, "noise or not") == by_message
    assert labeler.to_review == list(by_message.to_review)


def test_a_slider_that_is_dragged_is_one_step_and_another_slider_another(labeler):
    browser, before = Browser(labeler), labeler.counts
    for error in (0.05, 0.06, 0.07):
        browser.option("accept", {"error": error, "question": "noise or not", "safe": 1}, "1")
    for share in (0.2, 0.3):
        browser.option("noise_share", share, "1")
    assert labeler.noise_share == 0.3
    assert labeler.engine._history == [2, 0]
    labeler.undo()
    assert labeler.noise_share is None
    assert labeler.accepted.error == 0.07
    labeler.undo()
    assert labeler.counts == before


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("preset", "allen", "there is no option 'preset'; known are accept"),
        ("accept", {"error": 2, "question": "label"}, "share above 0 and below 1"),
        ("accept", {"error": 0.1, "question": "all"}, "Questions: good or not"),
        ("accept", "yes", "it is None, or a dictionary"),
        ("accept", [1], "is not a number"),
        ("accept", {"error": float("nan")}, "NaN is no limit"),
        ("noise_share", 7, "the share of noise is a number"),
        ("unfamiliar", 3, "is not known"),
        ("adapted", 1, "True or False"),
        ("adapted", True, "labeled noise, mua or good by hand yet"),
        (["accept"], None, "there is no option"),
        ("accept", {f"a{i}": i for i in range(50)}, ""),
    ],
)
def test_what_the_browser_may_not_ask_changes_nothing_and_is_said(labeler, name, value, said):
    before = labeler.method
    Browser(labeler).option(name, value)
    assert said in labeler.engine.error
    assert labeler.engine.error
    assert labeler.method == before


def test_other_methods_have_no_options_for_the_browser():
    bombcell = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=None)
    Browser(bombcell).option("preset", "allen")
    assert "has none that can be changed here" in bombcell.engine.error
    assert bombcell.engine._options == {}
    assert "accepting" not in bombcell.parts
    bombcell.close()


def test_the_engine_tells_the_browser_all_it_needs(labeler):
    known = labeler.engine._undecided
    assert set(known) == {"calibrations", "unfamiliar", "left_out", "audit"}
    assert len(known["unfamiliar"]) == len(labeler.live.unfamiliar_units)
    json.dumps(known, allow_nan=False)
    labeler.live.hand.drawn.add(3)
    labeler.override(labeler.analyzer.unit_ids[[3, 4]].tolist(), "mua")
    assert labeler.engine._undecided["audit"] == {"3": "mua"}


def test_counts_change_since_the_defaults_by_nothing_at_the_start(labeler):
    """Units unlike the training are unsure from the start, which is no change."""
    counts = labeler.counts
    assert counts["unsure"] > 0
    assert labeler.engine._default_counts == [counts[label] for label in labeler.engine._rules["labels"]]


def test_the_row_offers_to_adapt_and_adapting_is_one_click_and_undone_by_one(labeler):
    row = labeler.view("accepting")
    assert row._adapting["said"] == ""
    ids, truth = labeler.analyzer.unit_ids.tolist(), labeler.analyzer.get_sorting_property("ground_truth")
    drawn = np.random.default_rng(0).permutation(len(ids))[:20].tolist()
    labeler.live.hand.drawn.update(drawn)
    labeler.override({ids[at]: "noise" if str(truth[at]) == "noise" else "good" for at in drawn})
    assert row._adapting["labels"] == 20
    assert "Adapting to your 20 labels would change" in row._adapting["said"]
    moves = labeler.view("moves")
    before = labeler.labels
    Browser(labeler).option("adapted", True)
    assert labeler.engine.error == ""
    assert row._adapting["adapted"]
    assert row._adapting["used"] == 20
    assert labeler.view("moves") is not moves
    assert labeler.engine._options["adapted"] is True
    assert labeler.engine._undecided["left_out"]
    assert not labeler.labels.equals(before)
    labeler.undo()
    assert labeler.labels.equals(before)
    assert not row._adapting["adapted"]
    labeler.redo()
    assert row._adapting["adapted"]


def test_a_refused_step_leaves_the_probabilities_of_an_adapted_pair(labeler):
    labeler.override(labeler.analyzer.unit_ids[:16].tolist(), "mua")
    labeler.live.set_option("adapted", True)
    before = labeler.labels
    with pytest.raises(RuleError):
        labeler.accept(error=3)
    assert labeler.labels.equals(before)


def test_pace_is_taken_from_the_argument_and_remembered(labeler):
    found = labeler.accept(0.05, "noise or not", pace=6)
    assert found.minutes == pytest.approx(len(found.to_review) / 10)
    assert labeler.view("accepting")._pace == 6
    assert "at 6.0 s a unit" in found.text
    with pytest.raises(RuleError, match="seconds a unit"):
        labeler.accept(0.05, "label", pace=0)


def test_minutes_left_follow_the_pace_that_a_review_has_measured_until_one_is_told(labeler):
    labeler.accept(0.05, "good or not")
    assert labeler.accepted.pace == 3
    review = labeler.review("random audit")
    for seconds in (6, 9, 8):
        review.move(review.queue["units"][1], seconds)
    assert labeler.accepted.pace == 8
    assert labeler.accepted.minutes == pytest.approx(len(labeler.to_review) * 8 / 60)
    row = labeler.view("accepting")
    assert (row._pace, row._usual_pace) == (0, 3), "the browser has measured it itself"
    assert labeler.accept(0.05, "good or not", pace=2).pace == 2
    assert row._pace == 2


def test_what_a_pair_is_adapted_to_already_is_not_offered_again(labeler):
    """The offer is renewed with every fifth label; what was adapted has the ones since then, too."""
    labeler.override(labeler.analyzer.unit_ids[:15].tolist(), "mua")
    labeler.override(labeler.analyzer.unit_ids[15:17].tolist(), "noise")
    row = labeler.view("accepting")
    assert "15 labels" in row._adapting["said"]
    labeler.live.set_option("adapted", True)
    assert (row._adapting["said"], row._adapting["used"]) == ("", 17)
    labeler.override(labeler.analyzer.unit_ids[17:25].tolist(), "noise")
    assert "25 labels" in row._adapting["said"]
    labeler.undo()
    labeler.undo()
    assert "labels" in row._adapting["said"]
    assert not row._adapting["adapted"]


def test_the_saved_page_has_the_row_and_its_options(labeler, tmp_path):
    labeler.accept(0.05, "noise or not")
    page = labeler.save_html(tmp_path / "page.html")
    assert page.stat().st_size > 0
    from nb_autolabel.widgets.page import state_of
    from nb_autolabel.widgets.page_heading import heading

    state = state_of(labeler, heading(labeler.live.title, labeler.analyzer))
    assert state["views"]["accepting"]["state"]["_kind"] == "accepting"
    assert "_adapting" not in state["views"]["accepting"]["state"]  # adapting takes a kernel
    assert state["engine"]["_options"]["accept"]["question"] == "noise or not"


def test_two_workbench_tabs_agree_and_close_cleanly():
    workbench = nbl.Workbench(nbl.demo_analyzer(), journal=None)
    assert "accepting" in workbench.labelers["unitrefine"].parts
    workbench.close()
