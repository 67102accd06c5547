"""Merges that are suggested: kept in the journal, one step of the one history, in groups that have no unit in common."""

import json

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import (
    AnalyzerNotFoundError,
    DamagedDataError,
    LabelsError,
    UnknownFormatError,
    UnknownUnitError,
)
from nb_autolabel.export.journal import Journal
from nb_autolabel.export.journal_lines import entries_of
from nb_autolabel.pairs.groups import joined, parted


@pytest.fixture(scope="module")
def demo():
    return nbl.demo_analyzer()


@pytest.fixture
def live(demo, tmp_path):
    made = nbl.LiveBombcell(demo, journal=tmp_path / "labels.jsonl")
    yield made
    made.close()


def ids(demo, *places):
    return tuple(demo.unit_ids[at].item() for at in places)


# ---------------------------------------------------------------------- groups


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([(1, 2), (2, 3)], ((1, 2, 3),)),
        ([(1, 2), (3, 4), (2, 3)], ((1, 2, 3, 4),)),
        ([(1, 2), (3, 4), (5, 6), (6, 1)], ((1, 2, 5, 6), (3, 4))),
        ([(1, 1, 2)], ((1, 2),)),
        ([(1,), ()], ()),
    ],
)
def test_a_unit_is_in_one_group_at_most(groups, expected):
    assert joined(groups) == expected


def test_a_group_of_which_one_unit_is_left_is_none():
    assert parted([(1, 2, 3), (4, 5)], [2, 4]) == ((1, 3),)


# ---------------------------------------------------------------------- suggesting


def test_suggestions_join_and_are_taken_back_one_by_one(live, demo):
    a, b, c, d = ids(demo, 3, 7, 9, 12)
    told = []
    live.observe(told.append, names="merges")
    live.suggest_merge([a, b])
    live.suggest_merge([b, c])
    assert live.merges == [(a, b, c)]
    live.suggest_merge([a, c])  # nothing new, so no step
    assert live.undo()
    assert live.merges == [(a, b)]
    assert live.redo()
    assert live.merges == [(a, b, c)]
    live.suggest_merge([d, c])
    live.clear_merge([a])
    assert live.merges == [(b, c, d)]
    live.clear_merge()
    assert live.merges == []
    for expected in ([(b, c, d)], [(a, b, c, d)], [(a, b, c)], [(a, b)], []):
        assert live.undo()
        assert [set(group) for group in live.merges] == [set(group) for group in expected]
    assert not live.undo()
    assert len(told) > 8


def test_merges_limits_and_labels_by_hand_are_one_history(live, demo):
    a, b = ids(demo, 3, 7)
    before = live.thresholds
    live.set_limit("mua/snr", min=9)
    live.override(a, "noise")
    live.suggest_merge([a, b])
    live.override(b, "good")
    assert live.session.history[0] == 4
    live.undo()
    assert (live.merges, len(live.overrides)) == ([(a, b)], 1)
    live.undo()
    assert (live.merges, len(live.overrides)) == ([], 1)
    live.undo()
    live.undo()
    assert live.thresholds == before
    while live.redo():
        pass
    assert (live.merges, len(live.overrides)) == ([(a, b)], 2)


def test_everything_is_there_again_after_a_restart(live, demo, tmp_path):
    a, b, c = ids(demo, 3, 7, 9)
    live.suggest_merge([a, b])
    live.override(c, "noise")
    live.suggest_merge([c, b])
    live.clear_merge([a])
    live.close()
    again = nbl.LiveThresholds(demo, {"snr": {"min": 5}}, journal=tmp_path / "labels.jsonl")
    assert [set(group) for group in again.merges] == [{b, c}]
    assert again.labels.loc[c, "label"] == "noise"
    again.close()


def test_merges_alone_are_found_again_where_no_file_is_named(demo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    a, b = ids(demo, 3, 7)
    first = nbl.LiveBombcell(demo.select_units(demo.unit_ids[:20]))
    first.suggest_merge([a, b])
    first.close()
    again = nbl.LiveBombcell(demo.select_units(demo.unit_ids[:15]))
    assert again.merges == [(a, b)]
    again.close()
    assert len(list(tmp_path.iterdir())) == 1


def test_all_labelers_of_a_journal_show_the_same_and_undo_the_same(live, demo, tmp_path):
    a, b, c = ids(demo, 3, 7, 40)
    other = nbl.LiveThresholds(demo, {"snr": {"min": 5}}, journal=tmp_path / "labels.jsonl")
    part = nbl.LiveBombcell(demo.select_units(demo.unit_ids[:20]), journal=tmp_path / "labels.jsonl")
    live.suggest_merge([a, b])
    assert other.merges == part.merges == [(a, b)]
    other.suggest_merge([b, c])
    assert live.merges == [(a, b, c)]
    assert part.merges == [(a, b)]  # as far as it has the units
    assert live.undo()
    assert live.merges == other.merges == part.merges == [(a, b)]
    assert part.undo()
    assert live.merges == other.merges == part.merges == []
    other.close()
    part.close()


def test_another_notebook_adds_to_the_groups_and_loses_none(live, demo, tmp_path):
    a, b, c = ids(demo, 3, 7, 9)
    live.suggest_merge([a, b])
    Journal(tmp_path / "labels.jsonl", live.hand.journal.identity).add_merges([((7, 9), True)], "somebody")
    assert live.merges == [(a, b)]
    live.override(a, "good")
    assert live.merges == [(a, b, c)]
    assert live.undo()  # the label
    live.undo()
    assert live.merges == [(a, b, c)]  # somebody has made it another group since


def test_a_merge_that_another_program_took_out_of_the_file_is_written_again(live, demo, tmp_path):
    a, b, c = ids(demo, 3, 7, 9)
    live.suggest_merge([a, b])
    (tmp_path / "labels.jsonl").unlink()
    with pytest.warns(UserWarning, match="written to it again"):
        live.override(c, "good")
    assert [
        set(group) for group in Journal(tmp_path / "labels.jsonl", live.hand.journal.identity).groups
    ] == [{3, 7}]


def test_units_with_other_spikes_now_are_not_merged(demo, tmp_path):
    """Ids alone do not make a unit the same: the spike train counts, as for labels."""
    live = nbl.LiveBombcell(demo, journal=tmp_path / "labels.jsonl")
    live.suggest_merge(ids(demo, 3, 7))
    live.close()
    lines = (tmp_path / "labels.jsonl").read_text()
    (tmp_path / "other.jsonl").write_text(lines.replace(live.hand.journal.identity.trains[7], "0" * 16))
    again = nbl.LiveBombcell(demo, journal=tmp_path / "other.jsonl")
    assert again.merges == []
    again.close()


def test_journals_of_labels_are_read_and_lines_that_are_no_merge_are_kept_aside(demo, tmp_path):
    path = tmp_path / "labels.jsonl"
    live = nbl.LiveBombcell(demo, journal=path)
    live.override(ids(demo, 3)[0], "noise")
    labels = path.read_bytes()
    live.suggest_merge(ids(demo, 3, 7))
    live.close()
    assert path.read_bytes().startswith(labels)
    assert entries_of(path.read_bytes()) == entries_of(labels)
    broken = [b'{"unit": "3", "merge": "3", "together": true}\n', b'{"unit": "3", "merge": [3, 7], "together": 1}\n',
              b'{"unit": "3", "merge": [true, 7], "together": true}\n', b'{"unit": "3", "merge": [], "together": true}\n',
              b'{"unit": "3", "merge": [3, 7], "trains": ["x"], "together": true}\n']  # fmt: skip
    path.write_bytes(path.read_bytes() + b"".join(broken))
    with pytest.warns(UserWarning, match="5 lines of .* cannot be read"):
        again = nbl.LiveBombcell(demo, journal=path)
    assert again.merges == [ids(demo, 3, 7)]
    again.close()


@pytest.mark.parametrize("journal", [None, "closed"])
def test_what_cannot_be_merged_is_refused_and_nothing_changes(demo, tmp_path, journal):
    live = nbl.LiveBombcell(demo, journal=None if journal is None else tmp_path / "j.jsonl")
    a, b = ids(demo, 3, 7)
    for units, error in (
        ([a], LabelsError),
        ([], LabelsError),
        (a, LabelsError),
        ([a, a], LabelsError),
        ([a, "nowhere"], UnknownUnitError),
        ([a, None], UnknownUnitError),
    ):
        with pytest.raises(error):
            live.suggest_merge(units)
    with pytest.raises(UnknownUnitError):
        live.clear_merge(["nowhere"])
    assert (live.merges, live.session.history) == ([], (0, 0))
    live.close()
    with pytest.raises(LabelsError, match="closed"):
        live.suggest_merge([a, b])
    assert not (tmp_path / "j.jsonl").exists()


def test_ids_are_matched_as_text_where_that_is_unambiguous(live, demo):
    live.suggest_merge([3, 7.0])
    assert live.merges == [ids(demo, 3, 7)]


def test_a_merge_that_cannot_be_kept_is_not_shown(live, demo, tmp_path):
    (tmp_path / "labels.jsonl").mkdir()
    with pytest.raises(LabelsError):
        live.suggest_merge(ids(demo, 3, 7))
    assert (live.merges, live.session.history) == ([], (0, 0))


# ---------------------------------------------------------------------- export, and proposals


def test_a_curation_has_the_merges_and_gives_them_back_as_proposals(live, demo, tmp_path):
    a, b, c, d = ids(demo, 3, 7, 9, 12)
    live.suggest_merge([a, b])
    live.suggest_merge([d, c])
    live.export(tmp_path / "c.json")
    data = json.loads((tmp_path / "c.json").read_text())
    assert data["merges"] == [{"unit_ids": [a, b]}, {"unit_ids": [d, c]}]
    other = nbl.LiveBombcell(demo, journal=None)
    with pytest.warns(UserWarning, match=r"propose_merges\(\.\.\.\) shows the merges"):
        labels = nbl.import_labels(tmp_path / "c.json", unit_ids=demo)
    other.override(labels)
    assert other.proposals == [(a, b), (d, c)]
    assert other.merges == []
    other.suggest_merge(other.proposals[0])
    assert (other.merges, other.proposals) == ([(a, b)], [(d, c)])
    other.reject_proposal([c, d])
    assert other.proposals == []
    other.undo()
    assert other.proposals == [(d, c)]
    other.undo()
    assert other.proposals == [(a, b), (d, c)]
    other.reject_proposal([c, d])
    with pytest.raises(LabelsError, match="no proposal"):
        other.reject_proposal([c, d])


@pytest.mark.parametrize(
    "curation",
    [
        {
            "format_version": "2",
            "unit_ids": ["3", "7"],
            "merges": [{"unit_ids": ["3", "7"], "new_unit_id": 99}],
        },
        {"format_version": "2", "unit_ids": [3, 7], "merges": {"99": [3, 7]}},
        {"format_version": "1", "unit_ids": [3, 7], "manual_labels": [], "merge_unit_groups": [[3, 7]]},
        {"labelsByUnit": {}, "mergeGroups": [["3", "7"], ["3"]]},
    ],
)
def test_merges_of_every_version_and_tool_are_read_as_proposals(live, demo, tmp_path, curation):
    (tmp_path / "c.json").write_text(json.dumps(curation))
    assert live.propose_merges(tmp_path / "c.json") == [ids(demo, 3, 7)]
    assert live.propose_merges(str(tmp_path / "c.json")) == [ids(demo, 3, 7)]  # once


def test_proposals_name_what_is_not_there(live, demo):
    a, b, c = ids(demo, 3, 7, 9)
    with pytest.warns(UserWarning, match="units 'nowhere', 99999 are not there"):
        live.propose_merges([[a, b, "nowhere"], [c, 99999]])
    assert live.proposals == [(a, b)]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{", DamagedDataError),
        ("[]", UnknownFormatError),
        ('{"snr": {"min": 5}}', UnknownFormatError),
        ('{"format_version": "2", "merges": 5}', DamagedDataError),
        ('{"format_version": "2", "merges": [{"units": [1, 2]}]}', DamagedDataError),
        ('{"format_version": "2", "merges": [[1.5, 2]]}', DamagedDataError),
        (None, AnalyzerNotFoundError),
    ],
)
def test_a_file_without_merges_is_refused_in_words(live, tmp_path, text, error):
    if text is not None:
        (tmp_path / "c.json").write_text(text)
    with pytest.raises(error):
        live.propose_merges(tmp_path / "c.json")
    assert live.proposals == []


@pytest.mark.parametrize("wrong", [5, None, ["ab", "cd"], [3, 7]])
def test_what_is_no_proposal_is_refused_in_words(live, wrong):
    with pytest.raises(LabelsError, match="proposals are the path of a curation JSON"):
        live.propose_merges(wrong)


def test_labels_of_a_curation_with_an_odd_merge_are_read_all_the_same(tmp_path):
    """Who reads labels is not kept from them by a merge that nobody understands."""
    curation = {"format_version": "2", "unit_ids": [1, 2], "merges": [{"units": 5}, [1, 2]],
                "manual_labels": [{"unit_id": 1, "labels": {"quality": ["good"]}}]}  # fmt: skip
    (tmp_path / "c.json").write_text(json.dumps(curation))
    with pytest.warns(UserWarning, match="2 merges"):
        labels = nbl.import_labels(tmp_path / "c.json")
    assert labels["label"].to_dict() == {1: "good"}
    assert labels.attrs["merges"] == [(1, 2)]


# ---------------------------------------------------------------------- many recordings


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    demo = nbl.demo_analyzer()
    for at, name in enumerate("ab"):
        few = demo.select_units(demo.unit_ids[8 * at : 8 * at + 8])
        few.save_as(format="zarr", folder=folder / "study" / f"{name}.zarr", progress_bar=False)
    return folder / "study"


def test_units_of_one_recording_of_a_cohort_are_merged_in_its_own_journal(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cohort = nbl.Cohort(study, cache=False, progress=False)
    live = nbl.LiveBombcell(cohort)
    names = live.analyzer.unit_ids.tolist()
    one, other = names[1], names[4]
    across = [names[1], names[9]]
    pair = live.pair(one, other)
    assert pair.units == (one, other)
    assert pair.merged.metrics["num_spikes"] == sum(pair.evidence.spikes)
    near = live.pairs(names[9])
    assert len(near)
    assert all(name.split("/")[0] == names[9].split("/")[0] for name in near.index)
    for refused in (live.suggest_merge, lambda units: live.pair(*units), live.merged):
        with pytest.raises(LabelsError, match="two recordings"):
            refused(across)
    live.suggest_merge([names[10], names[12]])
    with pytest.warns(UserWarning, match="several recordings"):
        live.propose_merges([across, [one, other]])
    assert live.proposals == [(one, other)]
    live.suggest_merge(live.proposals[0])
    cohort.export(tmp_path / "out", "curation_json", labels=live)
    written = {
        file.name: json.loads(file.read_text())["merges"] for file in (tmp_path / "out").glob("*.json")
    }
    assert len(written) == 2
    assert all(len(merges) == 1 for merges in written.values())
    again = nbl.LiveBombcell(nbl.Cohort(study, cache=False, progress=False))
    assert sorted(again.merges) == sorted(live.merges)
    assert live.undo()
    assert live.merges == [(names[10], names[12])]


# ---------------------------------------------------------------------- what merged units would be


def test_the_merged_unit_is_labeled_under_the_limits_in_force(live, demo):
    a, b = live.labels.index[live.labels["label"] == "good"][:2].tolist()
    before = live.merged([a, b])
    assert before.label is not None
    assert "noise/peak_to_trough_duration" in before.guessed
    assert before.unknown["snr"] == "noise levels, the merged unit's template"
    assert "presence_ratio" not in before.unknown
    live.set_limit("mua/num_spikes", min=1e9)
    assert live.merged([a, b]).label == "mua"
    assert live.trace.labels.loc[a] == "mua"


def test_labels_that_depend_on_what_is_not_known_are_all_named(demo):
    live = nbl.LiveThresholds(demo, {"snr": {"min": 5}}, journal=None)
    snr = live.session.table.values("snr")
    low, high = int(snr.argmin()), int(snr.argmax())
    found = live.merged([demo.unit_ids[low], demo.unit_ids[high]])
    assert set(found.labels) == {"good", "noise"}
    assert found.label is None
    assert found.guessed == ("snr",)


def test_a_classifier_judges_the_merged_unit_by_its_own_metrics(demo):
    live = nbl.LiveUnitRefine(demo, journal=None)
    inputs = live.classifier_inputs
    found = live.merged(ids(demo, 60, 77))
    assert set(found.labels) <= {"sua", "mua", "noise"}
    assert live.classifier_inputs is inputs


def test_a_table_of_metrics_says_why_there_are_no_pairs(demo):
    live = nbl.LiveThresholds(demo.get_metrics_extension_data(), {"snr": {"min": 5}}, journal=None)
    a, b = ids(demo, 3, 7)
    for ask in (lambda: live.pair(a, b), lambda: live.pairs(a), lambda: live.merged([a, b])):
        with pytest.raises(UnknownFormatError, match="spikes are needed"):
            ask()
    assert "spikes are needed" in live.why_no_pairs()
    live.suggest_merge([a, b])  # a merge can be suggested all the same
    assert live.merges == [(a, b)]


def test_the_table_of_neighbours_has_the_most_alike_first(live, demo):
    a = ids(demo, 60)[0]
    found = live.pairs(a, at_most=5)
    assert list(found) == ["similarity", "distance_um", "verdict", "reasons"]
    assert len(found) == 5
    assert found["similarity"].is_monotonic_decreasing
    similarity = demo.get_extension("template_similarity").get_data()[60]
    alike = np.sort(np.delete(similarity, 60))[::-1][:5]
    np.testing.assert_allclose(found["similarity"], alike, rtol=1e-6)
    verdicts = [live.pair(a, b).verdict.kind for b in found.index]
    assert found["verdict"].tolist() == verdicts
    with pytest.raises(UnknownUnitError):
        live.pairs("nowhere")
    with pytest.raises(LabelsError):
        live.pair(a, a)


# ---------------------------------------------------------------------- rejected proposals, and keys


def rejected(live):
    return [set(group) for group in live.rejected_proposals]


def test_a_rejected_proposal_is_kept_and_does_not_come_again_after_a_restart(live, demo, tmp_path):
    a, b, c, d = ids(demo, 3, 7, 9, 12)
    live.propose_merges([[a, b], [c, d]])
    live.reject_proposal([b, a])
    assert (live.proposals, rejected(live)) == ([(c, d)], [{a, b}])
    live.close()
    again = nbl.LiveThresholds(demo, {"snr": {"min": 5}}, journal=tmp_path / "labels.jsonl")
    assert rejected(again) == [{a, b}]
    assert again.propose_merges([[a, b], [c, d]]) == [(c, d)]
    assert again.merges == []
    again.reconsider_proposal([a, b])
    assert (set(again.proposals), rejected(again)) == ({(a, b), (c, d)}, [])
    again.close()


def test_rejecting_is_one_step_of_the_history_and_the_proposal_comes_back_where_it_was(live, demo):
    a, b, c, d = ids(demo, 3, 7, 9, 12)
    live.propose_merges([[a, b], [c, d]])
    live.override(c, "noise")
    live.reject_proposal([a, b])
    live.suggest_merge([c, d])
    assert live.proposals == []
    assert live.undo()
    assert live.proposals == [(c, d)]
    assert live.undo()
    assert (live.proposals, rejected(live), len(live.overrides)) == ([(a, b), (c, d)], [], 1)
    assert live.redo()
    assert (live.proposals, rejected(live)) == ([(c, d)], [{a, b}])
    live.reconsider_proposal([a, b])
    assert live.undo()
    assert rejected(live) == [{a, b}]


def test_all_labelers_of_a_journal_know_what_was_rejected_and_undo_it(live, demo, tmp_path):
    a, b, c, d = ids(demo, 3, 7, 9, 40)
    other = nbl.LiveThresholds(demo, {"snr": {"min": 5}}, journal=tmp_path / "labels.jsonl")
    part = nbl.LiveBombcell(demo.select_units(demo.unit_ids[:20]), journal=tmp_path / "labels.jsonl")
    live.propose_merges([[a, b], [c, d]])
    live.reject_proposal([a, b])
    live.reject_proposal([c, d])
    assert rejected(other) == [{a, b}, {c, d}]
    assert rejected(part) == [{a, b}]  # of proposals all of whose units it has
    assert other.undo()
    assert other.undo()
    assert rejected(live) == rejected(other) == rejected(part) == []
    other.close()
    part.close()


def test_rejections_alone_are_found_again_where_no_file_is_named(demo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    a, b = ids(demo, 3, 7)
    first = nbl.LiveBombcell(demo.select_units(demo.unit_ids[:20]))
    first.propose_merges([[a, b]])
    first.reject_proposal([a, b])
    first.close()
    again = nbl.LiveBombcell(demo.select_units(demo.unit_ids[:15]))
    assert rejected(again) == [{a, b}]
    again.close()
    assert len(list(tmp_path.iterdir())) == 1


def test_a_rejection_takes_no_unit_out_of_its_group_and_is_no_label(live, demo, tmp_path):
    """A proposal of more units than are to be merged is answered without changing what was suggested."""
    a, b, c = ids(demo, 3, 7, 9)
    live.suggest_merge([a, b])
    live.propose_merges([[a, b, c]])
    live.reject_proposal([a, b, c])
    live.close()
    again = nbl.LiveBombcell(demo, journal=tmp_path / "labels.jsonl")
    assert (again.merges, rejected(again), len(again.overrides)) == ([(a, b)], [{a, b, c}], 0)
    again.close()


def test_a_rejection_of_units_with_other_spikes_now_does_not_count(live, demo, tmp_path):
    live.propose_merges([ids(demo, 3, 7)])
    live.reject_proposal(ids(demo, 3, 7))
    live.close()
    lines = (tmp_path / "labels.jsonl").read_text()
    (tmp_path / "other.jsonl").write_text(lines.replace(live.hand.journal.identity.trains[7], "0" * 16))
    again = nbl.LiveBombcell(demo, journal=tmp_path / "other.jsonl")
    assert again.rejected_proposals == []
    again.close()


def test_what_cannot_be_kept_is_not_rejected(live, demo, tmp_path):
    a, b = ids(demo, 3, 7)
    live.propose_merges([[a, b]])
    for wrong in ([a, ids(demo, 9)[0]], [a], [a, a]):
        with pytest.raises(LabelsError):
            live.reject_proposal(wrong)
    with pytest.raises(LabelsError, match="no proposal that was rejected"):
        live.reconsider_proposal([a, b])
    (tmp_path / "labels.jsonl").mkdir()
    with pytest.raises(LabelsError):
        live.reject_proposal([a, b])
    assert (live.proposals, live.rejected_proposals, live.session.history) == ([(a, b)], [], (0, 0))


def test_a_rejection_in_a_cohort_is_kept_in_the_journal_of_its_recording(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    live = nbl.LiveBombcell(nbl.Cohort(study, cache=False, progress=False))
    names = live.analyzer.unit_ids.tolist()
    live.propose_merges([[names[1], names[4]], [names[9], names[10]]])
    live.reject_proposal([names[9], names[10]])
    assert live.proposals == [(names[1], names[4])]
    again = nbl.LiveBombcell(nbl.Cohort(study, cache=False, progress=False))
    assert rejected(again) == [{names[9], names[10]}]
    assert live.undo()
    assert rejected(again) == []


def test_keys_that_answer_proposals_are_changed_and_remembered_as_those_of_labels(live, demo, tmp_path):
    assert live.merge_keys == {"accept": "y", "reject": "x"}
    live.merge_keys = {"accept": "J", "reject": 0 + 4}
    assert live.merge_keys == {"accept": "j", "reject": "4"}
    for wrong in (
        {"accept": "g"}, {"accept": "u"}, {"accept": "yy"}, {"accept": "0"}, {"take": "k"}, {"accept": "x", "reject": "x"},
        ["y", "x"], "yx", None, {"accept": None}, {"accept": "é"}, {3: "y"},
    ):  # fmt: skip
        with pytest.raises(LabelsError):
            live.merge_keys = wrong
    assert live.merge_keys == {"accept": "j", "reject": "4"}
    live.close()
    again = nbl.LiveBombcell(demo, journal=tmp_path / "labels.jsonl")
    assert again.merge_keys == {"accept": "j", "reject": "4"}
    again.close()


def test_a_label_that_has_got_the_key_of_proposals_wins(demo):
    labeler = nbl.BombcellLabeler(demo, journal=None)
    assert labeler.engine._merge_keys == {"accept": "y", "reject": "x"}
    labeler.hand_keys = {"y": "axon"}
    assert labeler.engine._hand_keys["axon"] == "y"
    assert labeler.engine._merge_keys == {"reject": "x"}
    labeler.merge_keys = {"accept": "j"}
    assert labeler.engine._merge_keys == {"accept": "j", "reject": "x"}
    assert labeler.merge_keys == {"accept": "j", "reject": "x"}
    labeler.close()
