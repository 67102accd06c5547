"""Every second card of a labeling session is drawn at random: it says so, the journal keeps it, and it alone calibrates."""

import json

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.export.journal_lines import as_line, entries_of
from nb_autolabel.session.audit_draw import ASKED_FOR, DRAWN_AT_RANDOM, AuditPlan, is_audit


@pytest.fixture
def path(tmp_path):
    return tmp_path / "labels.jsonl"


def cards(session, many, label="mua"):
    """Label the next cards; return what each said of itself."""
    said = []
    for _ in range(many):
        said.append((session.current, session.review.why))
        session.label(session.current, label)
        session.next()
    return said


def test_every_second_card_is_drawn_at_random_and_says_so(path):
    session = nbl.LabelingSession(nbl.demo_analyzer(), path)
    said = cards(session, 8)
    assert [why for _, why in said] == [ASKED_FOR, DRAWN_AT_RANDOM] * 4
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line.get("drawn", "") for line in lines] == ["", "random"] * 4
    session.close()


def test_a_restart_keeps_which_labels_calibrate_and_whose_turn_it_is(path):
    first = nbl.LabelingSession(nbl.demo_analyzer(), path)
    said = cards(first, 7)
    first.close()
    del first
    labeler = nbl.UnitRefineLabeler(nbl.demo_analyzer(), journal=path)
    labeler.accept(0.1, "noise or not")
    assert labeler.accepted.audit == 3
    ids = labeler.analyzer.unit_ids.tolist()
    assert {ids[int(at)] for at in labeler.engine._undecided["audit"]} == {
        u for u, why in said if why == DRAWN_AT_RANDOM
    }
    labeler.close()
    second = nbl.LabelingSession(nbl.demo_analyzer(), path)
    assert second.review.why == DRAWN_AT_RANDOM
    second.close()


def test_another_label_for_such_a_unit_still_calibrates_and_undo_too(path):
    labeler = nbl.UnitRefineLabeler(nbl.demo_analyzer(), journal=path)
    session = nbl.LabelingSession(nbl.demo_analyzer(), path)
    said = cards(session, 2)
    unit = said[1][0]
    labeler.override(unit, "noise")
    assert list(labeler.engine._undecided["audit"].values()) == ["noise"]
    labeler.undo()
    assert list(labeler.engine._undecided["audit"].values()) == ["mua"]
    labeler.undo()
    assert labeler.engine._undecided["audit"] == {}
    labeler.redo()
    assert list(labeler.engine._undecided["audit"].values()) == ["mua"]
    labeler.close()
    session.close()


def test_labels_of_a_labeler_and_of_journals_from_before_do_not_calibrate(path):
    """Lines without the mark are read as not drawn."""
    labeler = nbl.UnitRefineLabeler(nbl.demo_analyzer(), journal=path)
    labeler.override(labeler.analyzer.unit_ids[:5].tolist(), "noise")
    assert labeler.engine._undecided["audit"] == {}
    assert b"drawn" not in path.read_bytes()
    labeler.close()
    again = nbl.UnitRefineLabeler(nbl.demo_analyzer(), journal=path)
    assert len(again.overrides) == 5
    assert again.engine._undecided["audit"] == {}
    again.close()


def test_a_mark_that_is_no_text_makes_a_line_unreadable_and_another_text_does_not_calibrate():
    entries, _ = entries_of(
        b'{"unit": "1", "label": "good", "drawn": 3}\n{"unit": "2", "label": "good", "drawn": "otherwise"}\n'
    )
    assert [(e.unit, e.drawn) for e in entries] == [("2", "otherwise")]
    assert b"otherwise" in as_line(entries[0])


def test_the_order_takes_turns_keeps_what_comes_next_and_draws_evenly():
    """What is shown and the two units after it stay when the order is renewed; who is drawn hangs on no rank."""
    plan = AuditPlan(6, np.random.default_rng(0))
    first = plan.order([5, 4, 3, 2, 1, 0], 0)
    assert sorted(first) == list(range(6))
    assert [plan.is_drawn(at) for at in first] == [False, True] * 3
    assert first[0] == 5
    later = plan.order([at for at in (0, 1, 2, 3, 4, 5) if at != first[0]], 1)
    assert later[:2] == first[1:3]
    assert [plan.is_drawn(at) for at in later] == [True, False, True, False, True]
    found = np.bincount(
        [AuditPlan(6, np.random.default_rng(n)).order([5, 4, 3, 2, 1, 0], 1)[0] for n in range(3000)]
    )
    assert (np.abs(found - 500) < 100).all()
    assert [is_audit(n) for n in range(4)] == [False, True, False, True]


def test_a_session_ends_with_every_unit_labeled(path):
    demo = nbl.demo_analyzer()
    few = demo.select_units(demo.unit_ids[:7])
    session = nbl.LabelingSession(few, path)
    cards(session, 3)
    session.skip()
    cards(session, 4)
    assert session.current is None
    assert session.review.why == ""
    assert len(session.labels) == 7
    session.close()
