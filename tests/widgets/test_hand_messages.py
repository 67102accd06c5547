"""Messages of a labeling session's bar, and labels after a labeler was closed: whole or not at all, kept or refused."""

import random

import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import LabelsError
from tests.widgets.browser_messages import message, tell
from tests.widgets.test_messages import JUNK, spoiled


@pytest.fixture
def session(tmp_path):
    made = nbl.LabelingSession(nbl.demo_analyzer(), tmp_path / "labels.jsonl")
    yield made
    made.close()


def state_of(session):
    path = session.journal.path
    return (
        session.labels["label"].to_dict(), session.current, session._bar.engine._last, session.review.units,
        path.read_bytes() if path.exists() else b"",
    )  # fmt: skip


def test_of_1000_messages_each_labels_the_unit_it_names_or_changes_nothing(session, caplog):
    rng = random.Random(3)
    engine, done, refused = session.parts["engine"], 0, 0
    for number in range(1000):
        before = state_of(session)
        unit = rng.choice(engine.shown_ids)
        sent = rng.choice(
            [
                message(
                    engine, "label", units=[unit], label=rng.choice(["good", "mua", "noise", "non_soma"])
                ),
                message(engine, "show", unit=unit, seconds=rng.choice([None, 1.5, 70])),
                message(engine, "take_back", unit=session._bar.engine._last or "1"),
            ]
        )
        if number % 20 > 0:
            sent = rng.choice(
                [lambda m: spoiled(rng, m), lambda m: m | {"also": 1}, lambda m: rng.choice(JUNK)]
            )(sent)
        engine._handle_custom_msg(sent, [])
        after = state_of(session)
        if engine.error:
            refused += 1
            assert after == before, sent
            assert len(engine.error) < 500, sent
        else:
            done += 1
            changed = {u for u in {**before[0], **after[0]} if before[0].get(u) != after[0].get(u)}
            assert changed <= {*sent.get("units", ()), sent.get("unit")}, sent
    assert refused > 700
    assert done > 30
    assert not [record for record in caplog.records if record.exc_info], "none was an error of the program"


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
