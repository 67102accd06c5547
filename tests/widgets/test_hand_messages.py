"""Messages of a labeling session's bar, and labels after a labeler was closed: whole or not at all, kept or refused."""

import random

import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import LabelsError
from tests.widgets.browser_messages import tell
from tests.widgets.test_messages import JUNK, spoiled


@pytest.fixture
def session(tmp_path):
    made = nbl.LabelingSession(nbl.demo_analyzer(), tmp_path / "labels.jsonl")
    yield made
    made.close()


def state_of(session):
    path = session.journal.path
    return (
        session.labels["label"].to_dict(), session.current, session._bar.last, list(session._skipped),
        path.read_bytes() if path.exists() else b"",
    )  # fmt: skip


def test_of_2000_messages_each_labels_the_unit_that_is_shown_or_changes_nothing(session, caplog):
    rng = random.Random(3)
    bar, done, refused = session._bar, 0, 0
    for number in range(2000):
        before = state_of(session)
        message = rng.choice(
            [
                {"label": rng.choice(["good", "mua", "noise", "non_soma"]), "unit": str(session.current)},
                {"do": "next", "unit": str(session.current)},
                {"do": "undo", "unit": bar.last or "1"},
            ]
        )
        message["n"] = number
        wrong = number % 20 > 0
        if wrong:
            message = rng.choice(
                [lambda m: spoiled(rng, m), lambda m: m | {"also": 1}, lambda m: rng.choice(JUNK)]
            )(message)
        bar._handle_custom_msg(message, [])
        after = state_of(session)
        if bar.said:
            refused += 1
            assert after == before, message
            assert len(bar.said) < 500, message
        else:
            done += 1
            changed = {u for u in {**before[0], **after[0]} if before[0].get(u) != after[0].get(u)}
            assert changed <= {before[1], after[1]}, message
    assert refused > 1500
    assert done > 50
    assert not [record for record in caplog.records if record.exc_info], "none was an error of the program"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"label": "good", "unit": "{}", "also": 1}, "also"),
        ({"label": "good", "do": "undo", "unit": "{}"}, "or asks for"),
        ({"do": "label", "unit": "{}"}, "or asks for"),
        ({"label": " ", "unit": "{}"}, "empty"),
        ({"label": "x" * 10**6, "unit": "{}"}, "at most 2000"),
        ({"label": "x" * 2000, "unit": "{}"}, "there is no label"),
        ({"label": "good", "unit": 1.0}, "float: units are named by their ids"),
    ],
)
def test_a_message_that_is_half_right_changes_nothing(session, message, words):
    before = state_of(session)
    if message["unit"] == "{}":
        message = message | {"unit": str(session.current)}
    session._bar._handle_custom_msg(message, [])
    assert words in session._bar.said
    assert len(session._bar.said) < 300
    assert state_of(session) == before


def test_a_closed_labeler_takes_no_label_that_nobody_keeps(tmp_path):
    path = tmp_path / "labels.jsonl"
    labeler = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=path)
    unit, other = labeler.analyzer.unit_ids[:2].tolist()
    labeler.override(unit, "good")
    engine, written = labeler.engine, path.read_bytes()
    labeler.close()
    for change in (
        lambda: labeler.override(other, "noise"),
        labeler.clear_override,
        labeler.undo,
    ):
        with pytest.raises(LabelsError, match="this labeler is closed"):
            change()
    tell(engine, "label", units=[str(other)], label="noise")
    assert labeler.overrides["label"].to_dict() == {unit: "good"}
    assert path.read_bytes() == written
    labeler.reset()
    assert labeler.counts == nbl.BombcellLabeler(nbl.demo_analyzer(), journal=path).counts
