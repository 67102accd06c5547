"""Several views, curators and notebooks on one journal: each sees the others' labels; what others gave stays."""

import os

import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer.identity import identity_of
from nb_autolabel.errors import LabelsError
from nb_autolabel.export.journal import Journal
from nb_autolabel.export.journal_file import JournalFile
from tests.widgets.browser_messages import tell

DEMO = nbl.demo_analyzer()
IDS = DEMO.unit_ids.tolist()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "labels.jsonl"


@pytest.fixture
def opened():
    """Makes labelers and sessions, and closes them in the end."""
    made = []

    def make(what, analyzer, journal, **options):
        made.append(what(analyzer, journal=journal, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


def by_hand(view):
    table = view.labels if isinstance(view, nbl.LabelingSession) else view.overrides
    return table["label"].to_dict()


def elsewhere(path):
    """The journal as another notebook has it open."""
    return Journal(path, identity_of(DEMO))


def test_labelers_of_two_parts_of_a_sorting_share_the_labels_of_the_units_in_both(path, opened):
    first = opened(nbl.BombcellLabeler, DEMO.select_units(IDS[:10]), path)
    second = opened(nbl.BombcellLabeler, DEMO.select_units(IDS[5:15]), path)
    first.override(IDS[7], "noise")
    assert by_hand(second) == {IDS[7]: "noise"}
    second.override(IDS[7], "good")
    assert by_hand(first) == {IDS[7]: "good"}
    first.undo()
    assert by_hand(first) == by_hand(second) == elsewhere(path).labels == {IDS[7]: "noise"}
    second.undo()
    assert by_hand(first) == by_hand(second) == elsewhere(path).labels == {}
    second.override(IDS[5:15], "mua")
    assert first.undo() is False, "half of these units are not shown there"
    assert len(by_hand(second)) == 10


def test_a_session_a_labeler_and_a_second_session_show_the_same(path, opened):
    labeler = opened(nbl.BombcellLabeler, nbl.demo_analyzer(), path)
    anna = opened(nbl.LabelingSession, nbl.demo_analyzer(), path, source="anna")
    ben = opened(nbl.LabelingSession, nbl.demo_analyzer(), path, source="ben")
    anna.label(IDS[1], "good")
    ben.label(IDS[2], "noise")
    labeler.override(IDS[3], "mua")
    expected = {IDS[1]: "good", IDS[2]: "noise", IDS[3]: "mua"}
    assert by_hand(anna) == by_hand(ben) == by_hand(labeler) == expected
    assert labeler.labels.loc[IDS[2], "label"] == "noise"
    assert ben._session.by_hand[1].words.startswith("by anna")
    for view in (anna, ben):
        view.close()
    labeler.override(IDS[4], "good")
    assert by_hand(labeler) == {**expected, IDS[4]: "good"}


def test_a_session_takes_back_only_what_its_own_curator_gave(path, opened):
    anna = opened(nbl.LabelingSession, nbl.demo_analyzer(), path, source="anna")
    ben = opened(nbl.LabelingSession, nbl.demo_analyzer(), path, source="ben")
    anna.label(IDS[1], "good")
    ben.label(IDS[2], "noise")
    assert (anna._bar.engine._last, ben._bar.engine._last) == (str(IDS[1]), str(IDS[2]))
    assert anna.undo() == IDS[1]
    assert anna.undo() is None
    assert by_hand(anna) == {IDS[2]: "noise"}
    anna.label(IDS[2], "mua")
    assert ben.undo() is None, "the label is not ben's any more"
    assert by_hand(ben) == {IDS[2]: "mua"}
    again = opened(nbl.LabelingSession, nbl.demo_analyzer(), path, source="anna")
    assert again.undo() == IDS[2], "also after a restart"


def test_undo_leaves_what_another_notebook_has_labeled_since(path, opened):
    labeler = opened(nbl.BombcellLabeler, nbl.demo_analyzer(), path)
    labeler.override(IDS[:3], "noise")
    other = elsewhere(path)
    other.add(IDS[1], "good")
    other.add(IDS[8], "mua")
    labeler.undo()
    assert by_hand(labeler) == elsewhere(path).labels == {IDS[1]: "good", IDS[8]: "mua"}
    other.refresh()
    other.add(IDS[1], "mua")
    labeler.redo()
    assert by_hand(labeler) == elsewhere(path).labels
    assert elsewhere(path).labels == {IDS[0]: "noise", IDS[2]: "noise", IDS[8]: "mua", IDS[1]: "mua"}


def test_what_was_given_here_can_still_be_undone_after_others_were_read(path, opened):
    labeler = opened(nbl.UnitRefineLabeler, nbl.demo_analyzer(), path)
    labeler.override(IDS[0], "Good", note="clear")
    labeler.override(IDS[0], "sua")
    elsewhere(path).add(IDS[8], "mua")
    opened(nbl.BombcellLabeler, nbl.demo_analyzer(), path)
    assert by_hand(labeler) == {IDS[0]: "sua", IDS[8]: "mua"}
    labeler.undo()
    assert labeler.overrides["note"].to_dict() == {IDS[0]: "clear", IDS[8]: ""}
    labeler.undo()
    assert by_hand(labeler) == {IDS[8]: "mua"}
    assert elsewhere(path).labels == {IDS[8]: "mua"}


def test_a_label_by_hand_brings_those_of_three_other_notebooks_along(path, opened):
    labeler = opened(nbl.BombcellLabeler, nbl.demo_analyzer(), path)
    others = [elsewhere(path) for _ in range(3)]
    for number, other in enumerate(others):
        other.add(IDS[number], "good", f"curator {number}")
        other.add(IDS[9], ["noise", "mua", "good"][number])
    labeler.override(IDS[5], "noise")
    expected = {**dict.fromkeys(IDS[:3], "good"), IDS[9]: "good", IDS[5]: "noise"}
    assert by_hand(labeler) == expected
    for other in others:
        other.refresh()
        assert other.labels == expected


def test_a_session_does_not_show_units_that_another_notebook_has_labeled(path, opened):
    session = opened(nbl.LabelingSession, DEMO.select_units(IDS[:3]), path)
    other = elsewhere(path)
    for unit in IDS[:3]:
        if unit != session.current:
            other.add(unit, "noise")
    shown = session.current
    session.label(shown, "good")
    assert session.next() is None
    assert by_hand(session) == {**dict.fromkeys(IDS[:3], "noise"), shown: "good"}


def test_a_refused_message_puts_back_only_what_it_changed_itself(path, opened, monkeypatch):
    """While it is carried out, labels of another notebook arrive, and then the disk is full."""
    labeler = opened(nbl.BombcellLabeler, nbl.demo_analyzer(), path)
    labeler.override(IDS[0], "noise")
    engine, other = labeler.engine, elsewhere(path)
    before = dict(engine.limits)

    class Full(JournalFile):
        def append(self, lines, lost):
            raise LabelsError("the labels by hand could not be written: no room.")

    other.add(IDS[0], "good")
    other.add(IDS[1], "mua")
    with monkeypatch.context() as patched:
        patched.setattr(
            labeler.live.hand.journal._file, "append", lambda lines, lost: Full.append(None, lines, lost)
        )
        tell(engine, "label", units=[str(IDS[2])], label="noise")
    assert "no room" in engine.error
    assert engine.limits == before
    assert by_hand(labeler) == elsewhere(path).labels == {IDS[0]: "good", IDS[1]: "mua"}
    labeler.undo()
    assert by_hand(labeler) == elsewhere(path).labels == {IDS[0]: "good", IDS[1]: "mua"}


def test_one_file_is_one_journal_whatever_leads_to_its_folder(tmp_path, monkeypatch, opened):
    (tmp_path / "sub").mkdir()
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    ways = ["x.jsonl", tmp_path / "x.jsonl", "sub/../x.jsonl", "link/x.jsonl", "link/sub/../x.jsonl"]
    labelers = [opened(nbl.BombcellLabeler, nbl.demo_analyzer(), way) for way in ways]
    for unit, labeler in zip(IDS, labelers):  # noqa: B905 (more units than labelers)
        labeler.override(unit, "good")
    assert all(by_hand(labeler) == dict.fromkeys(IDS[:5], "good") for labeler in labelers)
    assert [file.name for file in tmp_path.glob("*.jsonl")] == ["x.jsonl"]


def test_a_journal_that_is_gone_is_no_obstacle_for_limits_and_is_made_again_with_all_labels(path, opened):
    labeler = opened(nbl.BombcellLabeler, nbl.demo_analyzer(), path)
    session = opened(nbl.LabelingSession, nbl.demo_analyzer(), path)
    session.label(IDS[0], "good")
    labeler.thresholds = {"mua": {"snr": {"min": 7}}}
    path.unlink()
    path.mkdir()
    with pytest.warns(UserWarning, match=r"Limits are not kept: .* is a folder"):
        assert labeler.undo() is True
    assert labeler.thresholds["mua"]["snr"]["min"] == 5
    with pytest.raises(LabelsError, match="is a folder"):
        labeler.override(IDS[1], "noise")
    path.rmdir()
    with pytest.warns(UserWarning, match="written to it again"):
        labeler.override(IDS[1], "noise")
    assert by_hand(labeler) == by_hand(session) == elsewhere(path).labels == {IDS[0]: "good", IDS[1]: "noise"}


def test_a_journal_that_has_not_changed_is_not_read_again(path, opened, monkeypatch):
    labeler = opened(nbl.BombcellLabeler, nbl.demo_analyzer(), path)
    labeler.override(IDS[0], "noise")
    reads = []
    monkeypatch.setattr(JournalFile, "_all", lambda self, handle: reads.append(os.fstat(handle)) or b"")
    labeler.undo()
    labeler.redo()
    assert reads == []
