"""Messages from the browser are carried out whole or not at all, whatever they hold."""

import copy
import random

import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import LabelsError, MessageError
from nb_autolabel.widgets.engine import _sendable
from nb_autolabel.widgets.messages import checked

JUNK = [
    None, True, -1, 10**9, 10**400, 2.5, float("nan"), float("inf"), -float("inf"),
    "", "x", "\ud800", "a\rb\x00", "x" * 5000,
    [], [[]], [None], [None, None], [1, 2, 3], [10**9], [-1], [0, 0], ["0"], [True], [1.0], {},
    {"$at": [0, 8]}, {"units": [0]},
    b"bytes", object(), {1: 2}, ("a",), [[[[[[1]]]]]],
]  # fmt: skip


@pytest.fixture
def labeler(tmp_path):
    made = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=tmp_path / "labels.jsonl")
    yield made
    made.close()


def state_of(labeler):
    session, journal = labeler._session, labeler._manual.journal.path
    return (
        session.rule_set, session.selection, dict(session.by_hand), session.history, labeler.labels["label"].tolist(),
        journal.read_bytes() if journal.exists() else b"",
    )  # fmt: skip


def good_message(rng, labeler):
    """One of the messages that the widgets send, with values drawn at random."""
    session = labeler._session
    limits = [list(pair) for pair in session.limits]
    limits[rng.randrange(len(limits))][rng.randrange(2)] = rng.choice([None, rng.uniform(-5, 500), 3])
    units = rng.sample(range(len(session.table)), rng.randrange(1, 5))
    return rng.choice(
        [
            {"do": rng.choice(["undo", "redo", "reset"])},
            {"set": {"limits": limits}, "step": f"drag-{rng.randrange(3)}"},
            {"set": {"selection": units}},
            {"set": {"selection": units, "limits": limits}},
            {"nan": [rng.randrange(len(limits)), rng.choice(["fail", "pass", "ignore"])]},
            {
                "override": {
                    "units": units,
                    "label": rng.choice(["good", "mua", "noise", None]),
                    "note": "seen",
                }
            },
        ]
    )


def spoiled(rng, message):
    """The message with something in it replaced, left out, or added."""
    message = copy.deepcopy(message)
    here = message
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not keys:
            break
        key = rng.choice(keys)
        if isinstance(here[key], dict | list) and here[key] and rng.random() < 0.6:
            here = here[key]
            continue
        what = rng.random()
        if what < 0.6:
            here[key] = rng.choice(JUNK)
        elif what < 0.8:
            del here[key]
        elif isinstance(here, dict):
            here[rng.choice(["do", "set", "nan", "override", "limits", "selection", "label", "by_hand"])] = (
                rng.choice(JUNK)
            )
        else:
            here.append(rng.choice(JUNK))
        break
    return message


def test_of_5000_messages_each_is_carried_out_whole_or_changes_nothing(labeler, caplog):
    engine = labeler._parts["_engine"]
    rng = random.Random(20261125)
    refused = taken = 0
    before = state_of(labeler)
    for _ in range(5000):
        message = good_message(rng, labeler)
        spoil = rng.random() < 0.8
        message = rng.choice(JUNK) if rng.random() < 0.05 else spoiled(rng, message) if spoil else message
        engine._handle_custom_msg(message, [])
        after = state_of(labeler)
        if engine._error:
            refused += 1
            assert after == before, message
        else:
            taken += 1
        assert engine.selection == list(labeler._session.selection)
        assert {int(at) for at in engine.by_hand} == set(labeler._session.by_hand)
        assert engine.limits == _sendable(labeler._session.limits)
        assert max(labeler._session.selection, default=0) < len(labeler.trace.table)
        before = after
    assert refused > 1000
    assert taken > 500
    assert not [record for record in caplog.records if record.exc_info], "only foreseen errors"


def test_a_message_of_which_a_half_is_right_changes_nothing(labeler):
    engine = labeler._parts["_engine"]
    before = state_of(labeler)
    limits = [[None, None] for _ in engine.limits]
    for message in (
        {"set": {"limits": limits, "selection": [10**9]}},
        {"override": {"units": [0, 10**9], "label": "noise"}},
        {"override": {"units": [0, -1], "label": "noise"}},
        {"nan": [0, "pass"], "do": "fly"},
        {"override": {"units": [0], "label": "noise"}, "set": {"limits": limits[:-1]}},
        {"set": {"selection": [0, 0]}},
        {"set": {"limits": limits}, "colour": "red"},
    ):
        engine._handle_custom_msg(message, [])
        assert engine._error
        assert state_of(labeler) == before


def test_limits_are_put_back_when_the_label_of_the_same_message_cannot_be_kept(labeler, monkeypatch):
    engine = labeler._parts["_engine"]
    before = state_of(labeler)

    def full(*_, **__):
        raise LabelsError("the disk is full")

    monkeypatch.setattr(labeler._manual, "_append", full)
    limits = [[None, None] for _ in engine.limits]
    engine._handle_custom_msg(
        {"set": {"limits": limits, "selection": [3]}, "override": {"units": [3], "label": "noise"}}, []
    )
    assert "the disk is full" in engine._error
    assert state_of(labeler) == before


def test_an_undo_that_cannot_be_kept_leaves_limits_labels_and_history_alone(labeler, monkeypatch):
    labeler.thresholds = {"noise": {"num_positive_peaks": {"max": 1}}}
    labeler.override(labeler.analyzer.unit_ids[0], "noise")
    before = state_of(labeler)

    def full(*_, **__):
        raise LabelsError("the disk is full")

    monkeypatch.setattr(labeler._manual, "_append", full)
    with pytest.raises(LabelsError, match="full"):
        labeler.undo()
    assert state_of(labeler) == before


def update(widget, state):
    """What ipywidgets does when the browser saves a part of a widget's state."""
    widget._handle_msg(
        {"content": {"data": {"method": "update", "state": state, "buffer_paths": []}}, "buffers": []}
    )


def test_saved_state_of_the_browser_is_checked_and_only_inputs_are_taken(labeler):
    engine = labeler._parts["_engine"]
    rules, error = dict(engine._rules), state_of(labeler)
    for state in (
        {"selection": [10**9]}, {"selection": "all"}, {"limits": [[1, 2]]}, {"limits": None}, {"_rules": {}},
        {"_n_units": 3}, {"by_hand": {"0": "good"}}, {"_ids": ["a"]}, {"_values": b""}, {"no_such_trait": 1},
    ):  # fmt: skip
        update(engine, state)
        assert state_of(labeler) == error
    assert engine._rules == rules
    update(engine, {"selection": [4, 2]})
    assert labeler.selection == [labeler.analyzer.unit_ids[at] for at in (4, 2)]
    scatter = labeler.view("scatter")
    x = scatter.x
    update(scatter, {"x": "no such metric"})
    update(scatter, {"_esm": "alert(1)", "engine": None})
    assert (scatter.x, scatter.engine) == (x, engine)
    update(scatter, {"x": "firing_rate"})
    assert scatter.x == "firing_rate"


def test_the_panel_for_kept_units_and_the_card_stand_any_message(labeler, monkeypatch):
    keep, card = labeler.view("keep"), labeler.view("card")
    said = []
    monkeypatch.setattr(keep, "send", lambda content, buffers=None: said.append(content))
    monkeypatch.setattr(card, "send", lambda content, buffers=None: said.append(content))
    for junk in JUNK:
        for message in (
            junk,
            {"create": junk, "keep": ["good"]},
            {"create": "x", "keep": junk},
            {"code": "x", "keep": junk},
        ):
            said.clear()
            keep._handle_custom_msg(message, [])
            assert len(said) == 1
            assert said[0].get("error") or "code" in said[0]
        said.clear()
        card._handle_custom_msg({"unit": junk}, [])
        card._handle_custom_msg(junk, [])
        assert not said


def test_a_selection_from_the_kernel_is_checked_too(labeler):
    with pytest.raises(MessageError, match="no unit at position 1000000000"):
        labeler._session.selection = (10**9,)
    assert labeler._session.selection == ()


def test_what_is_wrong_is_said_with_what_is_right():
    with pytest.raises(MessageError, match="undo, redo and reset are known"):
        checked({"do": "jump"}, ["1"], 2)
    with pytest.raises(MessageError, match="list of 2 pairs, one a criterion"):
        checked({"set": {"limits": [[1, 2]]}}, ["1"], 2)
    with pytest.raises(MessageError, match="there are 1 units"):
        checked({"set": {"selection": [1]}}, ["1"], 2)


@pytest.mark.parametrize("label", ["unsorted", " None ", "nan", "", "\ud800", "x" * 2001])
def test_what_is_no_label_is_not_given_by_hand(labeler, label):
    """Neither from the browser nor from the kernel; nothing is written to the journal."""
    engine, before = labeler._parts["_engine"], state_of(labeler)
    engine._on_message(engine, {"override": {"units": [0], "label": label, "note": ""}}, [])
    assert engine._error
    if len(label) < 2000:
        with pytest.raises(LabelsError):
            labeler.override(labeler.analyzer.unit_ids[0], label)
    assert state_of(labeler) == before


@pytest.mark.parametrize("note", ["\ud800", 3, ["a"]])
def test_a_note_is_text_that_a_file_can_hold(labeler, note):
    engine, before = labeler._parts["_engine"], state_of(labeler)
    engine._on_message(engine, {"override": {"units": [0], "label": "mua", "note": note}}, [])
    assert engine._error
    with pytest.raises(LabelsError, match="a note"):
        labeler.override(labeler.analyzer.unit_ids[0], "mua", note=note)
    assert state_of(labeler) == before


def test_labels_by_hand_from_the_browser_are_in_the_vocabulary_too(labeler):
    engine = labeler._parts["_engine"]
    for at, label in enumerate(("MUA", " Good", "NON-SOMA", "Purkinje")):
        engine._on_message(engine, {"override": {"units": [at], "label": label, "note": ""}}, [])
    assert labeler.overrides["label"].tolist() == ["mua", "good", "non_soma", "Purkinje"]


def test_a_limit_of_very_many_digits_is_refused(labeler):
    limits = [list(pair) for pair in labeler._session.limits]
    limits[0][0] = 10**5000
    with pytest.raises(MessageError, match="16610 bits"):
        checked({"set": {"limits": limits}}, [], len(limits))
