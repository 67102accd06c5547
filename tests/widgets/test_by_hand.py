"""Labels by hand win over rules, survive everything, and are the same wherever they are read."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import LabelsError, UnknownUnitError
from nb_autolabel.export.journal import Journal, fingerprint
from nb_autolabel.session.hand_words import hand_labels
from nb_autolabel.widgets.named_units import named_units
from tests.widgets.browser_messages import tell

#: What tells the bundled analyzer's journal from others with the same unit ids.
OF = "30000 Hz, [9000000] samples"
MAKE = "import nb_autolabel as nbl; labeler = nbl.BombcellLabeler(nbl.demo_analyzer(), journal={!r})"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "overrides.jsonl"


@pytest.fixture
def labeler(path):
    made = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=path)
    yield made
    made.close()


def some(labeler, label, many=3):
    return labeler.labels.index[labeler.labels["label"] == label][:many].tolist()


def test_a_label_by_hand_wins_whatever_the_limits_are(labeler):
    noise = some(labeler, "noise")
    before = labeler.counts
    labeler.override(noise, "good", note="clear waveform")
    assert labeler.labels.loc[noise, "label"].tolist() == ["good"] * 3
    assert labeler.counts["good"] == before["good"] + 3
    labeler.thresholds = {"noise": {"num_negative_peaks": {"max": 0}}}
    assert labeler.labels.loc[noise, "label"].tolist() == ["good"] * 3
    assert set(labeler.labels["label"].drop(noise)) == {"noise"}
    table = labeler.overrides
    assert table.index.tolist() == noise
    assert set(table["source"]) == {"hand"}
    assert set(table["note"]) == {"clear waveform"}
    assert set(table["rules"]) == {"noise"}
    assert "clear waveform; the rules alone say noise" in labeler.explain(noise[0]).text


def test_undo_takes_labels_by_hand_back_and_the_journal_follows(labeler, path):
    unit = some(labeler, "noise", 1)[0]
    labeler.override(unit, "mua")
    labeler.undo()
    assert labeler.labels.loc[unit, "label"] == "noise"
    assert labeler.overrides.empty
    labeler.redo()
    assert labeler.labels.loc[unit, "label"] == "mua"
    labeler.clear_override()
    assert [json.loads(line)["label"] for line in path.read_text().splitlines()] == ["mua", None, "mua", None]


def test_labels_by_hand_are_there_after_a_restart_of_the_kernel(labeler, path):
    units = some(labeler, "mua")
    labeler.override(dict(zip(units, ["good", "noise", "artifact"], strict=True)))
    code = MAKE.format(str(path)) + "; print(labeler.labels['label'].to_json())"
    again = json.loads(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    )
    assert again == {str(u): label for u, label in labeler.labels["label"].items()}
    assert labeler.counts["artifact"] == 1


def test_two_notebooks_on_one_analyzer_do_not_corrupt_the_journal(path):
    code = (
        MAKE.format(str(path))
        + "\nfor u in labeler.analyzer.unit_ids[{0}::2][:25]: labeler.override(u, '{1}')"
    )
    with ThreadPoolExecutor() as pool:
        done = list(
            pool.map(
                lambda args: (
                    subprocess.run([sys.executable, "-c", code.format(*args)], check=False).returncode
                ),
                [(0, "good"), (1, "noise")],
            )
        )
    assert done == [0, 0]
    ids = nbl.demo_analyzer().unit_ids
    labeler = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=path)
    assert labeler.overrides["label"].to_dict() == {
        **dict.fromkeys(ids[0::2][:25].tolist(), "good"),
        **dict.fromkeys(ids[1::2][:25].tolist(), "noise"),
    }
    labeler.close()


def test_a_line_cut_off_by_a_crash_loses_that_line_only(path):
    ids = nbl.demo_analyzer().unit_ids
    Journal(path, ids).add(ids[0], "good")
    path.write_text(path.read_text() + '{"unit": "1", "lab')
    Journal(path, ids).add(ids[2], "noise")
    assert Journal(path, ids).labels == {ids[0]: "good", ids[2]: "noise"}


def test_what_cannot_be_read_in_a_journal_is_named_and_does_not_stop_the_labeler(path):
    ids = nbl.demo_analyzer().unit_ids
    Journal(path, ids, OF).add(ids[0], "good")
    path.write_text("<<<<<<< HEAD\n" + path.read_text())
    with pytest.warns(UserWarning, match=r"1 line .* cannot be read"):
        labeler = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=path)
    assert labeler.overrides["label"].to_dict() == {ids[0]: "good"}
    labeler.close()


def test_the_journal_of_another_recording_is_refused_though_the_unit_ids_are_the_same(path):
    ids = nbl.demo_analyzer().unit_ids
    Journal(path, ids, "30000 Hz, [10] samples").add(ids[0], "good")
    with pytest.raises(LabelsError, match="another sorting"):
        nbl.BombcellLabeler(nbl.demo_analyzer(), journal=path)


def test_by_default_a_file_beside_the_notebook_is_made_with_the_first_label_only(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    labeler = nbl.BombcellLabeler(nbl.demo_analyzer())
    assert not list(tmp_path.iterdir())
    labeler.override(labeler.analyzer.unit_ids[0], "good")
    (file,) = tmp_path.iterdir()
    assert file.name.startswith("overrides_")
    labeler.close()


def test_by_default_no_other_file_beside_the_notebook_is_looked_at(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "overrides.jsonl").write_text("of somebody else\n")
    nbl.BombcellLabeler(nbl.demo_analyzer()).close()


def test_all_tabs_of_a_workbench_share_labels_by_hand_in_their_own_words(path):
    bench = nbl.Workbench(nbl.demo_analyzer(), journal=path)
    bombcell, unitrefine = bench.labelers["bombcell"], bench.labelers["unitrefine"]
    unit = some(bombcell, "noise", 1)[0]
    bombcell.override(unit, "good")
    assert unitrefine.labels.loc[unit, "label"] == "sua"
    unitrefine.override(unit, "mua")
    assert bombcell.labels.loc[unit, "label"] == "mua"
    unitrefine.undo()
    assert bombcell.labels.loc[unit, "label"] == "good"
    bombcell.selection = [unit]
    assert unitrefine.selection == [unit]
    assert bench.comparison().names[-1] == "by hand"
    assert bench.explain(unit).label == bench.labels.loc[unit, "label"] == "good"
    assert bench.overrides.index.tolist() == [unit]
    with pytest.raises(AttributeError, match="no attribute 'explane'"):
        bench.explane(unit)
    bench.close()


def test_the_browser_labels_by_hand_and_a_bad_message_changes_nothing(labeler):
    engine = labeler.engine
    tell(engine, "label", units=["4", "5"], label="noise", note="seen")
    assert labeler.overrides["label"].tolist() == ["noise", "noise"]
    assert engine.by_hand == {"4": "noise", "5": "noise"}
    tell(engine, "label", units=["4"], label=None)
    assert list(engine.by_hand) == ["5"]
    tell(engine, "label", units=["6"], label=7)
    assert "the label is text" in engine.error
    assert list(labeler.overrides.index) == [labeler.analyzer.unit_ids[5]]
    key = labeler.rule_set.keys[0]
    tell(engine, "set", missing={key: "maybe"})
    assert "missing values count as fail, pass, ignore" in engine.error
    tell(engine, "set", missing={key: "pass"})
    assert labeler.rule_set.criteria[0].nan == "pass"
    assert engine.error == ""


def test_code_reproduces_labels_by_hand_too(labeler):
    units = some(labeler, "mua")
    labeler.override(units, "good")
    names = {}
    exec(labeler.to_code(), names)
    assert names["labels"].equals(labeler.labels)


def test_what_cannot_be_done_by_hand_says_why(labeler):
    with pytest.raises(UnknownUnitError):
        labeler.override("no such unit", "good")
    with pytest.raises(LabelsError, match="say which label"):
        labeler.override(labeler.analyzer.unit_ids[0])
    with pytest.raises(LabelsError, match="a label is text"):
        labeler.override(labeler.analyzer.unit_ids[0], "")
    assert labeler.overrides.empty


def test_every_method_offers_the_usual_labels_in_its_own_words():
    assert hand_labels(["noise", "mua", "unsure", "sua"]) == ["noise", "mua", "sua", "non_soma"]
    assert hand_labels(["noise", "mua", "non_soma_good", "good"]) == ["noise", "mua", "non_soma_good", "good"]
    assert hand_labels(["bad", "fine"]) == ["bad", "fine", "good", "mua", "noise", "non_soma"]


def test_two_labelers_of_one_kernel_have_the_same_labels_by_hand_at_once(labeler, path):
    other = nbl.UnitRefineLabeler(nbl.demo_analyzer(), journal=path)
    unit = some(labeler, "noise", 1)[0]
    labeler.override(unit, "good")
    assert other.labels.loc[unit, "label"] == "sua"
    Journal(path, labeler.analyzer.unit_ids, OF).add(unit, "mua", "other notebook")
    third = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=path)
    assert [each.labels.loc[unit, "label"] for each in (labeler, other, third)] == ["mua"] * 3
    assert len(path.read_text().splitlines()) == 2, "what was read is not written again"
    for each in (other, third):
        each.close()


def test_undoing_a_limit_in_one_tab_leaves_labels_given_in_another(path):
    bench = nbl.Workbench(nbl.demo_analyzer(), journal=path)
    bombcell, unitrefine = bench.labelers["bombcell"], bench.labelers["unitrefine"]
    bombcell.thresholds = {"mua": {"snr": {"min": 9}}}
    units = bombcell.analyzer.unit_ids[:5].tolist()
    unitrefine.override(units, "mua")
    bombcell.thresholds = {"mua": {"snr": {"min": 5}}}
    assert bombcell.undo() is True
    assert bombcell.thresholds["mua"]["snr"]["min"] == 9
    assert bombcell.overrides.index.tolist() == units
    assert unitrefine.labels.loc[units, "label"].tolist() == ["mua"] * 5
    assert bombcell.redo() is True
    assert len(bombcell.overrides) == 5
    assert path.read_text().count('"unit"') == 5
    bench.close()


def test_a_label_that_cannot_be_written_is_not_shown_as_given(tmp_path):
    (tmp_path / "file").write_text("no folder")
    labeler = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=tmp_path / "file" / "j.jsonl")
    unit = some(labeler, "noise", 1)[0]
    with pytest.raises(LabelsError, match="could not be written"):
        labeler.override(unit, "good")
    assert labeler.labels.loc[unit, "label"] == "noise"
    assert labeler.overrides.empty
    assert labeler.undo() is False
    (tmp_path / "file").unlink()
    labeler.override(unit, "good")
    assert len((tmp_path / "file" / "j.jsonl").read_text().splitlines()) == 1
    labeler.close()


def test_the_journal_stays_where_it_was_when_the_working_directory_changes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    labeler = nbl.BombcellLabeler(nbl.demo_analyzer(), journal="j.jsonl")
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    labeler.override(labeler.analyzer.unit_ids[0], "good")
    assert (tmp_path / "j.jsonl").exists()
    assert not list((tmp_path / "sub").iterdir())
    labeler.close()


def test_very_many_different_labels_are_refused_before_anything_is_kept(labeler, path):
    ids = labeler.analyzer.unit_ids
    with pytest.raises(LabelsError, match="100 different labels"):
        labeler.override({unit: f"label {n}" for n, unit in enumerate(ids[:100].tolist())})
    assert not path.exists()


def test_a_session_for_labels_by_hand_does_not_tell_what_the_classifiers_think(tmp_path):
    session = nbl.LabelingSession(nbl.demo_analyzer(), journal=tmp_path / "j.jsonl")
    engine = session.parts["engine"]
    assert engine._hand_labels == []
    told = [*engine._metric_names, *(c["metric"] for c in engine._rules["criteria"])]
    assert not [name for name in told if "probability" in name], "not even hidden in the page"
    assert engine._default_counts[-1] == 142
    session.label(session.current, "mua")
    assert list(engine.by_hand.values()) == ["mua"], "the waveforms are grouped by the labels so far"
    again = nbl.LabelingSession(nbl.demo_analyzer(), journal=tmp_path / "j.jsonl")
    assert again.parts["engine"].by_hand == engine.by_hand
    again.close()
    assert engine._key_labels == ["good", "mua", "non_soma", "noise"], "and can be labeled"
    session.close()


def test_a_closed_labeler_is_let_go_of(labeler, path):
    for _ in range(3):
        nbl.BombcellLabeler(nbl.demo_analyzer(), journal=path).close()
    assert len(labeler.live.hand._sessions) == 1


def test_an_infinite_limit_stays_infinite_after_a_drag_of_another(labeler):
    labeler.thresholds = {"mua": {"snr": {"min": 5, "max": float("inf")}}}
    engine = labeler.engine
    tell(engine, "set", limits={"mua/snr": [6, engine.limits["mua/snr"][1]]})
    assert (labeler.rule_set["snr"].min, labeler.rule_set["snr"].max) == (6, float("inf"))
    names = {}
    exec(labeler.to_code(), names)
    assert names["labels"].equals(labeler.labels)


@pytest.mark.parametrize("format", ["zarr", "binary_folder"])
def test_labels_go_with_the_kept_units_also_when_they_are_selected_again_and_saved(labeler, tmp_path, format):
    unit = some(labeler, "mua", 1)[0]
    labeler.override(unit, "good")
    clean = labeler.select_units(keep="good")
    few = clean.select_units(clean.unit_ids[::-3])
    saved = few.save_as(format, tmp_path / "few.zarr" if format == "zarr" else tmp_path / "few", slim=True)
    wanted = labeler.labels["label"]
    for analyzer in (clean, few, saved):
        assert analyzer.get_sorting_property("label").tolist() == wanted[analyzer.unit_ids.tolist()].tolist()
    assert unit in clean.unit_ids
    assert "label" not in labeler.analyzer.get_sorting_property_keys()


# ---------------------------------------------------------------------- whose labels, and of which unit


def test_the_browser_names_units_by_id_not_by_their_place(path):
    demo = nbl.demo_analyzer()
    few = demo.select_units(demo.unit_ids[[77, 5, 30]])
    labeler = nbl.BombcellLabeler(few, journal=path)
    engine = labeler.engine
    tell(engine, "label", units=["30", "77"], label="noise")
    assert labeler.overrides["label"].to_dict() == {"30": "noise", "77": "noise"}
    assert engine.by_hand == {"0": "noise", "2": "noise"}
    written = path.read_bytes()
    for units in (
        ["0"],
        ["30", "1"],
        [],
        "30",
        ["30", "30"],
        [True],
        [30.0],
        [None],
        [["30"]],
        [10**5000],
        None,
        {"30": 1},
    ):
        tell(engine, "label", units=units, label="good")
        assert engine.error, units
        assert path.read_bytes() == written
    labeler.close()


@pytest.mark.parametrize("unit_ids", [[7, 30], ["7.0", "30"]])
def test_units_in_a_message_are_named_by_their_text(unit_ids):
    texts = [str(unit) for unit in unit_ids]
    assert named_units(texts[::-1], texts) == (1, 0)
    with pytest.raises(UnknownUnitError):
        named_units(["8"], texts)


def test_labels_by_hand_follow_their_units_into_a_selection_and_back(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    whole = nbl.BombcellLabeler(nbl.demo_analyzer())
    whole.override({"3": "noise", "40": "good", "77": "mua"})
    few = whole.analyzer.select_units(["77", "40", "41"])
    some_of_it = nbl.BombcellLabeler(few)
    assert some_of_it.overrides["label"].to_dict() == {"77": "mua", "40": "good"}
    assert "'3'" in some_of_it.engine.error, "what is not there is named where it is seen"
    some_of_it.override("41", "noise")
    assert len(list(tmp_path.iterdir())) == 1
    again = nbl.BombcellLabeler(nbl.demo_analyzer())
    assert again.overrides["label"].to_dict() == {"3": "noise", "40": "good", "77": "mua", "41": "noise"}
    assert again.engine.error == ""
    for each in (whole, some_of_it, again):
        each.close()


def shifted(demo, by=1):
    """The demo as another sorting with the same ids: every spike somewhat later."""
    spikes = demo._source.spikes()
    spikes["sample_index"] += by
    demo._source.spikes = spikes.copy
    return demo


@pytest.mark.parametrize("make", [nbl.BombcellLabeler, nbl.LabelingSession, nbl.UnitRefineLabeler])
def test_two_sortings_with_the_same_ids_in_one_folder_have_journals_of_their_own(tmp_path, monkeypatch, make):
    monkeypatch.chdir(tmp_path)
    label = "label" if make is nbl.LabelingSession else "override"
    one, other = make(nbl.demo_analyzer()), make(shifted(nbl.demo_analyzer()))
    getattr(one, label)("3", "noise")
    getattr(other, label)("4", "good")
    for each in (one, other):
        each.close()
    one, other = make(nbl.demo_analyzer()), make(shifted(nbl.demo_analyzer()))
    given = [(each.labels if make is nbl.LabelingSession else each.overrides) for each in (one, other)]
    assert [list(frame.index) for frame in given] == [["3"], ["4"]]
    assert len(list(tmp_path.iterdir())) == 2
    for each in (one, other):
        each.close()


def test_a_session_and_the_labelers_of_a_sorting_share_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session = nbl.LabelingSession(nbl.demo_analyzer())
    session.label("3", "good")
    labeler = nbl.UnitRefineLabeler(nbl.demo_analyzer())
    assert labeler.overrides["label"].to_dict() == {"3": "sua"}
    labeler.override("4", "noise")
    again = nbl.LabelingSession(nbl.demo_analyzer())
    assert again.labels["label"].to_dict() == {"3": "good", "4": "noise"}
    assert len(list(tmp_path.iterdir())) == 1
    for each in (session, labeler, again):
        each.close()


def test_hand_labels_of_an_earlier_version_are_found_and_those_of_another_sorting_left_alone(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    demo = nbl.demo_analyzer()
    Journal("hand_labels.jsonl", demo.unit_ids).add("3", "good")
    session = nbl.LabelingSession(demo)
    assert session.labels["label"].to_dict() == {"3": "good"}
    assert "earlier version" in session._bar.said
    labeler = nbl.BombcellLabeler(nbl.demo_analyzer())
    assert labeler.overrides["label"].to_dict() == {"3": "good"}
    other = nbl.LabelingSession(demo.select_units(demo.unit_ids[:50]))
    assert other.labels.empty
    other.label("4", "noise")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["hand_labels.jsonl", other.journal.path.name]
    for each in (session, labeler, other):
        each.close()


def test_a_second_file_with_labels_of_the_sorting_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ids = nbl.demo_analyzer().unit_ids
    Journal("hand_labels.jsonl", ids).add("3", "good")
    old = f"overrides_{fingerprint(ids, OF)[:8]}.jsonl"
    Journal(old, ids, OF).add("4", "noise")
    labeler, session = nbl.BombcellLabeler(nbl.demo_analyzer()), nbl.LabelingSession(nbl.demo_analyzer())
    assert labeler.overrides["label"].to_dict() == {"4": "noise"}, "the file that it chose before"
    assert "hand_labels.jsonl also has labels" in labeler.engine.error
    assert session.labels["label"].to_dict() == {"3": "good"}
    assert f"{old} also has labels" in session._bar.said
    labeler.close()
    session.close()


def test_files_that_only_look_like_journals_of_ours_are_no_obstacle(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hand_labels.jsonl").symlink_to("/dev/zero")
    (tmp_path / "hand_labels_old.jsonl").mkdir()
    (tmp_path / "overrides_1.jsonl").write_bytes(bytes(range(256)))
    os.mkfifo(tmp_path / "overrides_2.jsonl")
    before = sorted(tmp_path.iterdir())
    for make in (nbl.BombcellLabeler, nbl.LabelingSession):
        made = make(nbl.demo_analyzer())
        (made.override if make is nbl.BombcellLabeler else made.label)("3", "good")
        made.close()
    assert len(list(tmp_path.iterdir())) == len(before) + 1


def test_500_labels_are_one_append_and_none_is_shown_where_the_disk_is_full(labeler, path, monkeypatch):
    units = labeler.analyzer.unit_ids.tolist()
    write, writes = os.write, []

    def counted(handle, data):
        writes.append(len(data))
        if len(writes) == 2:
            raise OSError(28, "No space left on device")
        return write(handle, data)

    monkeypatch.setattr(os, "write", counted)
    labeler.override(units, "mua")
    assert len(writes) == 1
    with pytest.raises(LabelsError, match="could not be written"):
        labeler.override(units, "good")
    assert set(labeler.labels["label"]) == set(labeler.engine.by_hand.values()) == {"mua"}
    assert set(Journal(path, labeler.live.hand.journal.identity).labels.values()) == {"mua"}


def test_other_spellings_of_a_label_are_the_same_label_and_no_label_is_none(labeler):
    units = labeler.analyzer.unit_ids[:4].tolist()
    labeler.override(dict(zip(units, ["MUA", "Non-Soma", " Good ", "Interneuron"], strict=True)))
    assert labeler.overrides["label"].tolist() == ["mua", "non_soma", "good", "Interneuron"]
    for blank in ("", " ", "unsorted", "None"):
        with pytest.raises(LabelsError, match="clear_override"):
            labeler.override(units[0], blank)
    with pytest.raises(LabelsError, match="a note is text"):
        labeler.override(units[0], "good", note=7)
    assert len(labeler.overrides) == 4
