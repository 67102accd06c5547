"""What a cohort writes: each recording's labels in its own file, analyzers with the kept units, a page."""

import json
import re

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.cohort.exporting import WRITTEN, file_names
from nb_autolabel.errors import SelectionError, UnknownFormatError, UnknownUnitError
from nb_autolabel.session.live_methods import LiveBombcell
from nb_autolabel.session.live_unitrefine import LiveUnitRefine

from .cohorts import metrics_of, study, study_made

__all__ = ["study", "study_made"]


def opened(source, **more):
    return nbl.Cohort(source, **{"cache": False, "scheduler": "one", "progress": False, **more})


@pytest.mark.parametrize(
    ("format", "ending"), [("csv", ".csv"), ("curation_json", ".json"), ("parquet", ".parquet")]
)
@pytest.mark.parametrize("method", [LiveBombcell, LiveUnitRefine])
def test_each_file_is_what_the_recording_alone_would_be_written_as(study, tmp_path, format, ending, method):
    if format == "parquet":
        pytest.importorskip("pyarrow")
    cohort = opened(study)
    cohort.live = method(cohort, journal=None)
    found = cohort.export(tmp_path / "out", format)
    assert (found["state"] == "written").all()
    for name in cohort.names:
        file = tmp_path / "out" / f"{name.replace('/', '_')}{ending}"
        alone = tmp_path / f"alone{ending}"
        method(cohort.open(name), journal=None).export(alone, format, overwrite=True)
        if format == "parquet":
            pd.testing.assert_frame_equal(pd.read_parquet(file), pd.read_parquet(alone))
        else:
            assert file.read_text() == alone.read_text()


def test_files_of_a_recording_without_a_metric_say_which_criteria_could_not_be_judged(tmp_path):
    tables = [metrics_of(1), metrics_of(2).drop(columns=["snr", "exp_decay"])]
    opened(tables).export(tmp_path, "csv")
    LiveBombcell(tables[1], journal=None).export(tmp_path / "alone.csv")
    assert (tmp_path / "recording 2.csv").read_text() == (tmp_path / "alone.csv").read_text()


def test_a_folder_for_phy_and_the_analyzers_themselves_are_written(study, tmp_path):
    cohort = opened(study)
    cohort.export(tmp_path / "out", "phy")
    assert (tmp_path / "out" / "m1_day1").is_dir()
    cohort.export(None, "analyzer")
    for name in cohort.names:
        own = cohort.labels.loc[cohort.labels["recording"] == name, "label"].tolist()
        assert nbl.load(cohort.path(name)).get_sorting_property("label").tolist() == own


def test_a_run_that_was_stopped_goes_on_and_a_repeated_one_writes_nothing(study, tmp_path):
    cohort, out = opened(study), tmp_path / "out"
    cohort.export(out, recordings=["m1/day1"])
    before = (out / "m1_day1.csv").stat().st_mtime_ns
    assert cohort.export(out)["state"].tolist() == ["there already", "written", "written"]
    assert cohort.export(out)["state"].tolist() == ["there already"] * 3
    assert (out / "m1_day1.csv").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("format", "last"),
    [("csv", "there already"), ("parquet", "written")],
    ids=["noted at once", "one by one"],
)
def test_a_run_that_was_stopped_between_a_file_and_its_note_goes_on(
    study, tmp_path, monkeypatch, format, last
):
    from nb_autolabel.cohort import exporting

    cohort, out = opened(study), tmp_path / "out"
    real = exporting._note

    def stopped(file, several, *, done):
        if done and any(target.stem == "m1_day2" for target, _ in several):
            raise KeyboardInterrupt
        real(file, several, done=done)

    monkeypatch.setattr(exporting, "_note", stopped)
    with pytest.raises(KeyboardInterrupt):
        cohort.export(out, format)
    monkeypatch.undo()
    assert cohort.export(out, format)["state"].tolist() == ["there already", "there already", last]


def test_a_file_that_was_there_before_is_not_taken_for_the_one_that_was_begun(study, tmp_path):
    cohort, out = opened(study), tmp_path / "out"
    out.mkdir()
    (out / "m1_day1.csv").write_text("unit_id,label\n1,mine\n")
    for _ in range(2):
        with pytest.warns(UserWarning, match="m1/day1"):
            assert cohort.export(out)["state"].iloc[0] == "failed"
        (out / "m1_day1.csv").write_text("unit_id,label\n1,mine again\n")
    assert "mine" in (out / "m1_day1.csv").read_text()


def test_other_labels_replace_files_only_when_that_is_asked_for(study, tmp_path):
    cohort, out = opened(study), tmp_path / "out"
    cohort.export(out)
    texts = {file.name: file.read_text() for file in out.glob("*.csv")}
    cohort.live.set_limit("mua/snr", min=1000)
    with pytest.warns(UserWarning, match="3 of 3 recordings were not written"):
        found = cohort.export(out)
    assert (found["state"] == "failed").all()
    assert {file.name: file.read_text() for file in out.glob("*.csv")} == texts
    assert (cohort.export(out, overwrite=True)["state"] == "written").all()
    assert {file.name: file.read_text() for file in out.glob("*.csv")} != texts


def test_a_file_that_was_changed_by_hand_is_not_taken_for_written(study, tmp_path):
    cohort, out = opened(study), tmp_path / "out"
    cohort.export(out)
    (out / "m1_day1.csv").write_text("unit_id,label\n1,mine and longer\n")
    with pytest.warns(UserWarning, match="m1/day1"):
        assert cohort.export(out)["state"].tolist() == ["failed", "there already", "there already"]
    assert "mine" in (out / "m1_day1.csv").read_text()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\n[]\n3\n", b'{"file": 1}\n{"file": "m1_day1.csv", "digest": 3, "stamp": 4}']
)
def test_a_damaged_note_of_what_was_written_only_costs_time(study, tmp_path, content):
    cohort, out = opened(study), tmp_path / "out"
    cohort.export(out)
    (out / WRITTEN).write_bytes(content)
    assert (cohort.export(out, overwrite=True)["state"] == "written").all()
    assert (cohort.export(out)["state"] == "there already").all()


def test_one_file_that_cannot_be_written_does_not_stop_the_others(study, tmp_path):
    out = tmp_path / "out"
    (out / "m1_day2.csv").mkdir(parents=True)
    (out / "m1_day2.csv" / "thesis.txt").write_text("mine")
    with pytest.warns(UserWarning, match="1 of 3"):
        found = opened(study).export(out)
    assert found["state"].tolist() == ["written", "failed", "written"]
    assert (out / "m1_day2.csv" / "thesis.txt").read_text() == "mine"


def test_names_of_recordings_never_lead_out_of_the_folder(tmp_path):
    table = metrics_of(1, 10).reset_index()
    hostile = ["../../etc/passwd", "..", "/abs", "a\0b", "a:b", "CON", "x" * 400, "A/B", "a_b", "", "é"]
    names = file_names(hostile)
    assert len({name.lower() for name in names}) == len(hostile)
    assert all(re.fullmatch(r"[\w.\- ]{1,130}", name) and name.strip(".") for name in names)
    rows = pd.concat([table.assign(recording=name) for name in hostile[:3]])
    opened(rows).export(tmp_path / "in" / "out")
    assert len(list((tmp_path / "in" / "out").glob("*.csv"))) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_what_cannot_be_exported_so_is_said_before_anything_is_written(study, tmp_path):
    cohort = opened(study)
    for arguments in ((tmp_path / "out", "xlsx"), (tmp_path / "out", "analyzer"), (None, "csv")):
        with pytest.raises(UnknownFormatError):
            cohort.export(*arguments)
    with pytest.raises(UnknownUnitError):
        cohort.export(tmp_path / "out", recordings=["m7"])
    assert not (tmp_path / "out").exists()


def test_labels_of_a_curator_are_written_for_the_units_that_have_one(study, tmp_path):
    cohort = opened(study)
    ids = cohort.analyzer.unit_ids
    cohort.export(tmp_path / "out", labels={ids[0]: "good", ids[13]: "MUA", ids[30]: "noise"})
    own = nbl.import_labels(tmp_path / "out" / "m1_day2.csv")
    assert own["label"].tolist() == ["mua"]


def test_labels_by_hand_go_into_the_file_of_their_recording(study, tmp_path):
    cohort = opened(study)
    cohort.live.override(cohort.unit_id("m1/day2", cohort.open("m1/day2").unit_ids[4]), "good", note="seen")
    cohort.export(tmp_path / "out")
    frames = {name: pd.read_csv(tmp_path / "out" / f"{name.replace('/', '_')}.csv") for name in cohort.names}
    assert (frames["m1/day2"]["note"] == "seen").tolist() == [False] * 4 + [True] + [False] * 7
    assert frames["m1/day2"]["source"].iloc[4] == "hand"
    assert (frames["m1/day1"]["source"] == "rules").all()


# ---------------------------------------------------------------- kept units


def test_kept_units_are_those_of_each_recording_alone(study):
    cohort = opened(study)
    found = cohort.select_units(drop="noise")
    for name in cohort.names:
        live = LiveBombcell(cohort.open(name), journal=None)
        kept = live.labels.index[live.labels["label"] != "noise"].tolist()
        assert found.unit_ids(name) == kept
        if kept:
            analyzer = found[name]
            assert analyzer.unit_ids.tolist() == kept
            assert analyzer.get_sorting_property("label").tolist() == live.labels.loc[kept, "label"].tolist()


def test_nothing_is_opened_before_it_is_asked_for(study, monkeypatch):
    cohort = opened(study)
    seen = []
    real = type(cohort).open
    monkeypatch.setattr(type(cohort), "open", lambda self, name: seen.append(name) or real(self, name))
    found = cohort.select_units(drop="noise")
    assert len(found) + len(found.empty) == 3
    assert repr(found)
    assert seen == []
    found[next(iter(found))]
    assert len(seen) == 1


def test_recordings_without_a_kept_unit_are_named_and_left_out(study):
    cohort = opened(study)
    cohort.live.override([cohort.unit_id("m2/day1", u) for u in cohort.open("m2/day1").unit_ids], "noise")
    found = cohort.select_units(drop="noise")
    assert "m2/day1" in found.empty
    assert "m2/day1" not in list(found)
    with pytest.raises(UnknownUnitError):
        found.unit_ids("m9")
    with pytest.raises(SelectionError):
        cohort.select_units()
    with pytest.raises(SelectionError, match="no label"):
        cohort.select_units(keep="excellent")


# ---------------------------------------------------------------- the page


def test_the_page_has_every_recording_group_and_reason_and_loads_nothing(study, tmp_path):
    tables = [metrics_of(at) for at in range(9)]
    tables[4]["amplitude_median"] *= 3
    rows = pd.concat(
        [t.reset_index().assign(recording=f"<b>r{at}", mouse=f"m{at % 2}") for at, t in enumerate(tables)]
    )
    cohort = opened(rows)
    text = cohort.report(tmp_path / "summary.html").read_text()
    assert all(f"&lt;b&gt;r{at}" in text for at in range(9))
    assert "<b>r" not in text
    assert "is the gain right" in text
    assert "By mouse" in text
    assert "Bombcell" in text
    assert "9 recordings" in text
    assert "default-src 'none'" in text
    assert set(re.findall(r"<script[^>]*>", text)) == {
        "<script type='text/plain' id='nbl-state'>",
        "<script type='text/plain' id='nbl-blob'>",
        "<script type='module'>",
    }
    assert not re.search(
        r"<(link|iframe)|src='(?!data:)|@import|https?://(?!www\.w3\.org|github\.com|doi)", text
    )
    with pytest.raises(UnknownFormatError, match=r"\.html"):
        cohort.report(tmp_path / "summary.docx")
    with pytest.raises(SelectionError, match="Did you mean 'mouse'"):
        cohort.report(tmp_path / "other.html", by="mous")


def test_the_words_for_a_paper_tell_of_all_recordings(study):
    text = opened(study).live.methods_text()
    assert "in 3 recordings" in text
    assert "36 units" in text


# ---------------------------------------------------------------- the command line


def run(*arguments):
    from nb_autolabel.cli import main

    return main(["label", *map(str, arguments)])


@pytest.fixture
def whole(study, monkeypatch, tmp_path):
    """Recordings in which every criterion can be judged: limits on metrics that are there."""
    pytest.importorskip("dask", reason="Dask is not installed (nb_autolabel[cohort])")
    monkeypatch.chdir(tmp_path)
    limits = {"noise": {"num_positive_peaks": {"max": 2}}, "mua": {"snr": {"min": 5}}}
    (tmp_path / "limits.json").write_text(json.dumps(limits))
    return study


LIMITS = ("--thresholds", "limits.json", "--missing-criteria", "ignore")


@pytest.mark.parametrize(
    "sources", [["study/**"], ["study"], ["study/m1/day1/sorted.zarr", "study/m2/day1/sorted.zarr"]]
)
def test_a_pattern_a_folder_and_several_paths_are_labeled_together(whole, tmp_path, capsys, sources):
    assert run(*sources, *LIMITS, "--out", "labels", "--summary", "s.html") == 0
    many = 2 if len(sources) == 2 else 3
    assert len(list((tmp_path / "labels").glob("*.csv"))) == many
    assert (tmp_path / "s.html").exists()
    assert f"{many} recordings" in capsys.readouterr().out
    assert run(*sources, *LIMITS, "--out", "labels") == 0
    assert f"{many} there already" in capsys.readouterr().out


def test_a_dry_run_lists_what_is_there_and_writes_nothing(whole, tmp_path, capsys):
    before = sorted(tmp_path.rglob("*"))
    status = run("study/**", "--dry-run", "--out", "labels", "--summary", "s.html")
    said = capsys.readouterr()
    assert sorted(tmp_path.rglob("*")) == before
    assert "m1/day2" in said.out
    assert "dry run" in said.err
    assert status in (0, 3)


def test_recordings_that_lack_metrics_are_not_written_and_the_status_says_so(whole, tmp_path, capsys):
    tables = [metrics_of(1, 20), metrics_of(2, 20).drop(columns=["snr"])]
    for at, table in enumerate(tables):
        table.to_csv(tmp_path / f"r{at}.csv")
    assert run("r*.csv", *LIMITS, "--out", "labels") == 3
    assert [file.name for file in (tmp_path / "labels").glob("*.csv")] == ["r0.csv"]
    said = capsys.readouterr()
    assert "without snr: r1" in said.out
    assert "--allow-missing" in said.err
    assert run("r*.csv", *LIMITS, "--out", "labels", "--allow-missing") == 0
    assert len(list((tmp_path / "labels").glob("*.csv"))) == 2


def test_a_recording_that_cannot_be_read_gives_status_1_and_the_others_are_written(whole, tmp_path, capsys):
    assert run("study/m1/day1/sorted.zarr", "nothing.zarr", "study/m2", *LIMITS, "--out", "labels") == 1
    assert len(list((tmp_path / "labels").glob("*.csv"))) == 2
    assert "nothing" in capsys.readouterr().err
    assert run("nothing.zarr", "neither.zarr") == 1


def test_one_table_of_several_recordings_is_split_by_the_column_that_is_named(whole, tmp_path):
    rows = pd.concat([metrics_of(at, 20).reset_index().assign(tetrode=f"t{at}") for at in range(2)])
    rows.to_csv("all.csv", index=False)
    assert run("all.csv", "--recording", "tetrode", *LIMITS, "--out", "labels") == 0
    assert sorted(file.name for file in (tmp_path / "labels").glob("*.csv")) == ["t0.csv", "t1.csv"]


def test_a_scheduler_that_does_not_answer_is_said_in_one_line(whole, capsys, monkeypatch):
    distributed = pytest.importorskip(
        "dask.distributed", reason="Dask is not installed (nb_autolabel[cohort])"
    )

    def nobody(address, timeout):
        raise OSError("timed out")

    monkeypatch.setattr(distributed, "Client", nobody)
    assert run("study", "--scheduler", "tcp://localhost:1") == 1
    assert "no Dask scheduler answers" in capsys.readouterr().err


def test_a_single_recording_is_labeled_as_ever(whole, tmp_path, capsys):
    assert run("study/m1/day1/sorted.zarr", *LIMITS, "--out", "labels.csv") == 0
    assert (tmp_path / "labels.csv").is_file()
    assert np.all(pd.read_csv("labels.csv")["label"].notna())
    assert capsys.readouterr().out.startswith("noise ")
    assert run("study/m1/day1/nothing.zarr") == 1


def test_labels_by_hand_that_are_not_written_are_said(study, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    cohort = opened(study)
    live = LiveBombcell(cohort)
    live.override({cohort.unit_id("m1/day2", cohort.open("m1/day2").unit_ids[0]): "noise"})
    with pytest.warns(
        UserWarning, match=r"labels by hand of m1/day2 are kept in journals here .* labels=labeler"
    ):
        cohort.export(tmp_path / "defaults", "csv")
    with pytest.warns(UserWarning, match="are not in what is written"):
        cohort.select_units(drop="noise")
    cohort.export(tmp_path / "told", "csv", labels=cohort.live)
    cohort.export(tmp_path / "hand", "csv", labels=live)
    cohort.live = live
    cohort.export(tmp_path / "assigned", "csv")
    by_hand, told, assigned = (
        (tmp_path / out / "m1_day2.csv").read_text() for out in ("hand", "told", "assigned")
    )
    assert by_hand == assigned != told == (tmp_path / "defaults" / "m1_day2.csv").read_text()
