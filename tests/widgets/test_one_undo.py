"""Labels by hand have one undo: it takes back the last one given in this kernel, whoever and whatever gave it."""

import random

import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer.identity import identity_of
from nb_autolabel.errors import LabelsError
from nb_autolabel.export.journal import Journal

DEMO = nbl.demo_analyzer()
IDS = DEMO.unit_ids.tolist()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "labels.jsonl"


@pytest.fixture
def made(path):
    opened = [nbl.BombcellLabeler(DEMO, journal=path), nbl.LabelingSession(DEMO, journal=path)]
    yield opened
    for each in opened:
        each.close()


def kept(path):
    return Journal(path, identity_of(DEMO)).labels


def shown(view):
    table = view.labels if isinstance(view, nbl.LabelingSession) else view.overrides
    return table["label"].to_dict()


def test_a_labeler_takes_back_what_a_labeling_session_gave(made, path):
    labeler, session = made
    session.label(IDS[3], "good")
    assert labeler.engine._history == [1, 0]
    assert labeler.undo() is True
    assert shown(labeler) == shown(session) == kept(path) == {}
    assert session._bar.engine._last is None
    assert labeler.redo() is True
    assert shown(labeler) == shown(session) == kept(path) == {IDS[3]: "good"}


def test_a_session_takes_back_what_a_labeler_gave_all_of_it_and_shows_the_unit(made, path):
    labeler, session = made
    labeler.override(IDS[:4], "noise", note="ringing")
    assert session._bar.engine._last == str(IDS[3])
    assert session.undo() == session.current == IDS[3]
    assert shown(labeler) == shown(session) == kept(path) == {}
    assert labeler.engine._history == [0, 1]
    labeler.redo()
    assert shown(session) == dict.fromkeys(IDS[:4], "noise")
    assert set(labeler.overrides["note"]) == {"ringing"}


def test_labels_that_came_from_a_page_or_file_are_taken_back_alike(made, path, tmp_path):
    labeler, session = made
    (tmp_path / "page.csv").write_text(f"unit_id,label\n{IDS[1]},good\n{IDS[2]},mua\n")
    labeler.override(nbl.import_labels(tmp_path / "page.csv"))
    assert kept(path) == {IDS[1]: "good", IDS[2]: "mua"}
    assert session.undo() == IDS[2]
    assert shown(labeler) == kept(path) == {}


def test_a_unit_that_was_labeled_twice_has_its_first_label_again(made, path):
    _, session = made
    session.label(IDS[0], "good")
    session.label(IDS[0], "noise", note="on second thought")
    assert session.undo() == IDS[0]
    assert kept(path) == {IDS[0]: "good"}
    assert session.undo() == IDS[0]
    assert kept(path) == {}
    assert session.undo() is None


def test_limits_and_labels_are_taken_back_in_the_order_they_were_made(made):
    labeler, session = made
    labeler.set_limit("mua/snr", min=7)
    session.label(IDS[5], "mua")
    labeler.set_limit("mua/snr", min=9)
    found = []
    for step in (labeler.undo, labeler.undo, labeler.undo, labeler.redo, labeler.redo, labeler.redo):
        assert step() is True
        found.append((labeler.rule_set["snr"].min, len(labeler.overrides)))
    start = labeler.method.defaults["snr"].min
    assert found == [(7, 1), (7, 0), (start, 0), (7, 0), (7, 1), (9, 1)]


def test_what_a_session_took_back_is_no_step_of_the_labeler_any_more(made):
    labeler, session = made
    labeler.set_limit("mua/snr", min=7)
    session.label(IDS[5], "mua")
    session.undo()
    assert labeler.undo() is True
    assert labeler.rule_set["snr"].min == labeler.method.defaults["snr"].min


def test_a_label_given_since_by_another_notebook_stays(made, path):
    labeler, session = made
    labeler.override(IDS[:2], "noise")
    Journal(path, identity_of(DEMO)).add(IDS[0], "good", "other notebook")
    assert session.undo() == IDS[1]
    assert kept(path) == shown(labeler) == {IDS[0]: "good"}


def test_a_named_curator_does_not_take_back_what_another_one_gave_and_a_labeler_does(made, path):
    labeler, _ = made
    anna = nbl.LabelingSession(DEMO, journal=path, source="anna")
    ben = nbl.LabelingSession(DEMO, journal=path, source="ben")
    anna.label(IDS[1], "good")
    assert ben.undo() is None
    assert ben._bar.engine._last is None
    assert labeler.undo() is True
    assert kept(path) == shown(anna) == shown(ben) == {}
    anna.close()
    ben.close()


def test_who_sees_a_part_of_the_units_does_not_take_back_what_was_taken_back_and_given_again(made, path):
    labeler, _ = made
    part = nbl.LabelingSession(DEMO.select_units(IDS[:5]), journal=path)
    labeler.override(IDS[:10], "noise")
    labeler.undo()
    labeler.redo()
    assert part._hand.last_step("hand") is None
    assert shown(part) == dict.fromkeys(IDS[:5], "noise")
    part.close()


def test_an_undo_that_cannot_be_kept_changes_nothing_anywhere(made, path, monkeypatch):
    labeler, session = made
    labeler.override(IDS[2], "good")

    def full(*_, **__):
        raise LabelsError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "add_all", full)
        for undo in (session.undo, labeler.undo):
            with pytest.raises(LabelsError, match="full"):
                undo()
    assert shown(labeler) == shown(session) == kept(path) == {IDS[2]: "good"}
    assert labeler.engine._history == [1, 0]
    assert labeler.undo() is True
    assert kept(path) == {}


def test_a_closed_session_leaves_its_labels_to_the_undo_of_the_labeler(made, path):
    labeler, session = made
    session.label(IDS[9], "non_soma")
    session.close()
    session.close()
    assert labeler.undo() is True
    assert kept(path) == {}


@pytest.mark.parametrize("seed", range(6))
def test_taking_everything_back_anywhere_ends_at_the_start_and_making_it_again_at_the_end(made, path, seed):
    labeler, session = made
    second = nbl.ThresholdLabeler(DEMO, {"snr": {"min": 5}}, journal=path)
    chance = random.Random(seed)
    for _ in range(40):
        unit, label = chance.choice(IDS[:6]), chance.choice(["good", "mua", "noise", "non_soma"])
        match chance.randrange(6):
            case 0:
                session.label(unit, label)
            case 1:
                labeler.override(chance.sample(IDS[:6], 3), label)
            case 2:
                second.override(unit, label, note=str(chance.random()))
            case 3:
                chance.choice([labeler, second]).clear_override(unit)
            case 4:
                chance.choice([labeler, second, session]).undo()
            case 5:
                chance.choice([labeler, second]).redo()
        assert shown(labeler) == shown(session) == shown(second) == kept(path)
    end = kept(path)
    while second.undo():
        assert shown(labeler) == shown(session) == kept(path)
    assert kept(path) == {}
    assert session.undo() is None
    while labeler.redo():
        pass
    assert kept(path) == shown(session) == end
    second.close()
