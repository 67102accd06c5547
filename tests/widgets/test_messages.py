"""Messages from the browser are carried out whole or not at all, whatever they hold."""

import copy
import random

import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import LabelsError, MessageError, UnknownUnitError
from nb_autolabel.widgets.protocol import command, sendable
from tests.widgets.browser_messages import label as label_by_hand
from tests.widgets.browser_messages import message as message_of
from tests.widgets.browser_messages import tell

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
    session, journal = labeler.live.session, labeler.live.hand.journal.path
    return (
        session.rule_set, session.selection, dict(session.by_hand), session.history, labeler.labels["label"].tolist(),
        journal.read_bytes() if journal.exists() else b"",
    )  # fmt: skip


def good_message(rng, labeler):
    """One of the messages that the widgets send, with values drawn at random."""
    engine = labeler.engine
    keys = list(engine.limits)
    key, other = rng.sample(keys, 2)
    pair = list(engine.limits[key])
    pair[rng.randrange(2)] = rng.choice([None, rng.uniform(-5, 500), 3])
    units = rng.sample(engine.shown_ids, rng.randrange(1, 5))
    policy = rng.choice(["fail", "pass", "ignore"])
    gesture = f"drag-{rng.randrange(3)}"
    return rng.choice(
        [
            message_of(engine, rng.choice(["undo", "redo", "reset"])),
            message_of(engine, "set", limits={key: pair}, gesture=gesture),
            message_of(engine, "set", limits={key: pair, other: [None, None]}, missing={key: policy}),
            message_of(engine, "set", missing={key: policy}),
            message_of(engine, "select", units=units),
            message_of(engine, "select", units=[]),
            message_of(
                engine, "label", units=units, label=rng.choice(["good", "mua", "noise", None]), note="seen"
            ),
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
            here[rng.choice(["do", "set", "type", "units", "limits", "missing", "label", "mua/snr"])] = (
                rng.choice(JUNK)
            )
        else:
            here.append(rng.choice(JUNK))
        break
    return message


def test_of_5000_messages_each_is_carried_out_whole_or_changes_nothing(labeler, caplog):
    engine = labeler.engine
    rng = random.Random(20261125)
    refused = taken = 0
    before = state_of(labeler)
    for _ in range(5000):
        message = good_message(rng, labeler)
        spoil = rng.random() < 0.8
        message = rng.choice(JUNK) if rng.random() < 0.05 else spoiled(rng, message) if spoil else message
        engine._handle_custom_msg(message, [])
        after = state_of(labeler)
        if engine.error:
            refused += 1
            assert after == before, message
        else:
            taken += 1
        assert engine.selection == list(labeler.live.session.selection)
        assert {int(at) for at in engine.by_hand} == set(labeler.live.session.by_hand)
        keys = labeler.rule_set.keys
        assert engine.limits == sendable(dict(zip(keys, labeler.live.session.limits, strict=True)))
        assert max(labeler.live.session.selection, default=0) < len(labeler.trace.table)
        before = after
    assert refused > 1000
    assert taken > 500
    assert not [record for record in caplog.records if record.exc_info], "only foreseen errors"


def test_a_message_of_which_a_half_is_right_changes_nothing(labeler):
    engine = labeler.engine
    before = state_of(labeler)
    off = {"mua/snr": [None, None]}
    for kind, parts in (
        ("set", {"limits": {**off, "mua/no_such": [1, 2]}}),
        ("set", {"limits": off, "missing": {"mua/snr": "perhaps"}}),
        ("set", {"limits": {**off, "mua/rp_contamination": [1]}}),
        ("set", {"limits": off, "colour": "red"}),
        ("label", {"units": ["0", "10000"], "label": "noise"}),
        ("label", {"units": ["0", "0"], "label": "noise"}),
        ("select", {"units": ["0", "-1"]}),
        ("fly", {}),
    ):
        tell(engine, kind, **parts)
        assert engine.error
        assert state_of(labeler) == before


def test_a_message_about_criteria_that_are_gone_changes_nothing_and_is_logged(labeler, caplog):
    """A drag that is on its way while a preset is chosen may mean another criterion of the same name."""
    engine = labeler.engine
    late = message_of(engine, "set", limits={"mua/presence_ratio": [0.99, None]})
    labeler.live.set_option("preset", "allen")
    before = state_of(labeler)
    engine._handle_custom_msg(late, [])
    assert "the criteria have changed since" in engine.error
    assert state_of(labeler) == before
    assert "the criteria have changed since" in caplog.text
    tell(engine, "set", limits={"mua/presence_ratio": [0.99, None]})
    assert labeler.thresholds["mua"]["presence_ratio"]["min"] == 0.99


def test_a_drag_leaves_a_limit_alone_that_the_kernel_sets_meanwhile(labeler):
    engine = labeler.engine
    on_its_way = message_of(engine, "set", limits={"mua/snr": [9.0, None]}, gesture="drag")
    labeler.set_limit("num_spikes", min=1234)
    engine._handle_custom_msg(on_its_way, [])
    assert labeler.rule_set["num_spikes"].min == 1234
    assert labeler.rule_set["snr"].min == 9


def test_a_label_that_cannot_be_kept_changes_nothing(labeler, monkeypatch):
    engine = labeler.engine
    before = state_of(labeler)

    def full(*_, **__):
        raise LabelsError("the disk is full")

    monkeypatch.setattr(labeler.live.hand, "_append", full)
    label_by_hand(engine, [3], "noise")
    assert "the disk is full" in engine.error
    assert state_of(labeler) == before


def test_an_undo_that_cannot_be_kept_leaves_limits_labels_and_history_alone(labeler, monkeypatch):
    labeler.thresholds = {"noise": {"num_positive_peaks": {"max": 1}}}
    labeler.override(labeler.analyzer.unit_ids[0], "noise")
    before = state_of(labeler)

    def full(*_, **__):
        raise LabelsError("the disk is full")

    monkeypatch.setattr(labeler.live.hand, "_append", full)
    with pytest.raises(LabelsError, match="full"):
        labeler.undo()
    assert state_of(labeler) == before


def update(widget, state):
    """What ipywidgets does when the browser saves a part of a widget's state."""
    widget._handle_msg(
        {"content": {"data": {"method": "update", "state": state, "buffer_paths": []}}, "buffers": []}
    )


def test_saved_state_of_the_browser_is_checked_and_only_inputs_are_taken(labeler):
    engine = labeler.engine
    rules, error = dict(engine._rules), state_of(labeler)
    for state in (
        {"selection": [10**9]}, {"selection": "all"}, {"limits": [[1, 2]]}, {"limits": None}, {"_rules": {}},
        {"limits": {"mua/snr": [1]}}, {"limits": {"mua/none": [1, 2]}},
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
        for message in ({"unit": junk, "request": 1}, junk, {"unit": "1", "request": junk}):
            said.clear()
            card._handle_custom_msg(message, [])
            assert len(said) == 1
            assert said[0].get("error") or said[0]["unit"] == "1"


def test_a_selection_from_the_kernel_is_checked_too(labeler):
    with pytest.raises(MessageError, match="no unit at position 1000000000"):
        labeler.live.session.selection = (10**9,)
    assert labeler.live.session.selection == ()


def test_what_is_wrong_is_said_with_what_is_right():
    usual = {"client": "a", "id": 1}
    with pytest.raises(MessageError, match="known are set, select, label, option, undo, redo, reset"):
        command({"type": "jump", **usual}, ["1"], [], 0)
    with pytest.raises(MessageError, match="limits has 'b'; known are a"):
        limits = {"revision": 0, "limits": {"b": [1, 2]}, "missing": {}, "gesture": ""}
        command({"type": "set", **limits, **usual}, ["1"], ["a"], 0)
    with pytest.raises(UnknownUnitError, match="there is no unit '2'"):
        command({"type": "select", "units": ["2"], **usual}, ["1"], [], 0)
    with pytest.raises(MessageError, match="says who sent it and its number"):
        command({"type": "undo"}, ["1"], [], 0)


@pytest.mark.parametrize("label", ["unsorted", " None ", "nan", "", "\ud800", "x" * 2001])
def test_what_is_no_label_is_not_given_by_hand(labeler, label):
    """Neither from the browser nor from the kernel; nothing is written to the journal."""
    engine, before = labeler.engine, state_of(labeler)
    label_by_hand(engine, [0], label)
    assert engine.error
    if len(label) < 2000:
        with pytest.raises(LabelsError):
            labeler.override(labeler.analyzer.unit_ids[0], label)
    assert state_of(labeler) == before


@pytest.mark.parametrize("note", ["\ud800", 3, ["a"]])
def test_a_note_is_text_that_a_file_can_hold(labeler, note):
    engine, before = labeler.engine, state_of(labeler)
    label_by_hand(engine, [0], "mua", note)
    assert engine.error
    with pytest.raises(LabelsError, match="a note"):
        labeler.override(labeler.analyzer.unit_ids[0], "mua", note=note)
    assert state_of(labeler) == before


def test_labels_by_hand_from_the_browser_are_in_the_vocabulary_too(labeler):
    engine = labeler.engine
    for at, label in enumerate(("MUA", " Good", "NON-SOMA", "Purkinje")):
        label_by_hand(engine, [at], label)
    assert labeler.overrides["label"].tolist() == ["mua", "good", "non_soma", "Purkinje"]


def test_a_limit_of_very_many_digits_is_refused(labeler):
    before = state_of(labeler)
    tell(labeler.engine, "set", limits={"mua/snr": [10**5000, None]})
    assert "16610 bits" in labeler.engine.error
    assert state_of(labeler) == before
