"""Many recordings are found, read and labeled as each of them would be alone."""

import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.cohort import running
from nb_autolabel.cohort.names import short_names
from nb_autolabel.cohort.reading import Problem, Reading, read_recording
from nb_autolabel.errors import (
    AnalyzerNotFoundError,
    DamagedDataError,
    MissingDataError,
    NoMetricsError,
    RuleError,
    SelectionError,
    UnknownFormatError,
    UnknownUnitError,
)
from nb_autolabel.session.live_methods import LiveBombcell, LiveThresholds
from nb_autolabel.session.live_unitrefine import LiveUnitRefine
from tests.conftest import shared

from .cohorts import dask, metrics_of, study, study_made, table_of

__all__ = ["study", "study_made"]


def opened(source, **more):
    return nbl.Cohort(source, **{"cache": False, "scheduler": "one", "progress": False, **more})


def alone(cohort, name, **options):
    return LiveBombcell(cohort.open(name), journal=None, **options).labels["label"].tolist()


def of(cohort, name):
    labels = cohort.labels
    return labels.loc[labels["recording"] == name, "label"].tolist()


# ---------------------------------------------------------------- what is found


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("**", ["m1/day1", "m1/day2", "m2/day1"]),
        ("", ["m1/day1", "m1/day2", "m2/day1"]),
        ("m1/*", ["day1", "day2"]),
        ("*/day1", ["m1", "m2"]),
        ("**/*.zarr", ["m1", "m2"]),
        ("m[2]/**", ["sorted"]),
    ],
)
def test_a_pattern_finds_recordings_and_calls_them_by_what_tells_them_apart(study, pattern, found):
    assert opened(f"{study}/{pattern}").names == found


def test_a_list_of_paths_keeps_its_order_and_names_what_is_not_there(study):
    cohort = opened([study / "m2/day1/sorted.zarr", study / "m9", str(study / "m1/day1/sorted.zarr")])
    assert cohort.names == ["m2/day1/sorted", "m1/day1/sorted"]
    assert "there is nothing at" in cohort.problems["problem"].item()
    assert cohort.problems.index.tolist() == ["m9"]


def test_a_folder_in_a_list_is_searched(study):
    assert opened([study / "m1", study / "m2"]).names == ["m1/day1", "m1/day2", "m2/day1"]


def test_a_table_of_paths_describes_and_may_name_recordings(study):
    paths = sorted(study.glob("*/*/*"))
    table = pd.DataFrame({"path": paths, "mouse": ["m1", "m1", "m2"], "depth": [1.5, 2, 3]})
    cohort = opened(table)
    assert cohort.about["mouse"].tolist() == ["m1", "m1", "m2"]
    assert set(cohort.analyzer.get_sorting_property("mouse")) == {"m1", "m2"}
    assert opened(table.assign(recording=["a", "b", "c"])).names == ["a", "b", "c"]


def test_a_file_of_paths_is_read_relative_to_itself(study):
    (study / "all.csv").write_text("path,mouse\nm1/day1/sorted.zarr,one\nm2/day1/sorted.zarr,two\n")
    cohort = opened(study / "all.csv")
    assert cohort.names == ["m1", "m2"]
    assert cohort.about["mouse"].tolist() == ["one", "two"]


@pytest.mark.parametrize(
    "name", ["recording", "session", "session_id", "probe_id", "pid", "ecephys_session_id"]
)
def test_one_table_of_metrics_is_split_by_the_column_that_names_the_recording(name):
    table = table_of([1, 2], 20).rename(columns={"recording": name}).assign(region="CA1")
    cohort = opened(table)
    assert cohort.names == ["r0", "r1"]
    assert cohort.about["region"].tolist() == ["CA1", "CA1"]
    assert cohort.analyzer.unit_ids[[0, 20]].tolist() == ["r0/0", "r1/0"]


def test_a_column_with_any_name_and_several_columns_can_name_the_recording():
    table = table_of([1, 2, 3, 4], 10)
    table["probe"] = np.where(table["recording"].isin(["r0", "r2"]), "a", "b")
    table["day"] = np.where(table["recording"].isin(["r0", "r1"]), 1, 2)
    cohort = opened(table.drop(columns="recording"), recording=["day", "probe"])
    assert cohort.names == ["1/a", "1/b", "2/a", "2/b"]


def test_of_sessions_and_probes_the_finer_column_names_the_recording():
    table = table_of([1, 2], 10).rename(columns={"recording": "pid"}).assign(session_id=7)
    assert opened(table).names == ["r0", "r1"]


def test_columns_that_do_not_tell_recordings_apart_are_asked_about():
    table = table_of([1, 2, 3, 4], 5)
    table["session"] = table["recording"].map({"r0": "a", "r1": "a", "r2": "b", "r3": "b"})
    table["probe_id"] = table["recording"].map({"r0": 1, "r1": 2, "r2": 1, "r3": 2})
    with pytest.raises(SelectionError, match="recording=\\['session', 'probe_id'\\]"):
        opened(table.drop(columns="recording"))


@pytest.mark.parametrize(
    ("source", "error", "said"),
    [
        ("nowhere_at_all/**", AnalyzerNotFoundError, "no folder"),
        ("nowhere_at_all", AnalyzerNotFoundError, "nothing at"),
        ([], AnalyzerNotFoundError, "list of paths"),
        (3, UnknownFormatError, "study/"),
        ([3], UnknownFormatError, "int 3"),
        (pd.DataFrame({"snr": [1.0]}), SelectionError, "recording='...'"),
        (pd.DataFrame({"path": ["a", None]}), SelectionError, "no path"),
        (pd.DataFrame({"recording": ["a", None], "snr": [1, 2]}), SelectionError, "of no recording"),
        (pd.DataFrame({"path": ["a", "a"], "mouse": [1, 2]}), SelectionError, "twice"),
        (pd.DataFrame({"path": ["a", "b"], "name": ["x", "x"]}), SelectionError, "same name"),
    ],
)
def test_what_is_no_cohort_is_refused_with_the_way_out(source, error, said):
    with pytest.raises(error, match=said):
        opened(source)


def test_an_unknown_column_and_scheduler_are_refused():
    with pytest.raises(SelectionError, match="Did you mean 'recording'"):
        opened(table_of([1], 5), recording="recordin")
    with pytest.raises(RuleError, match="threads"):
        opened([nbl.demo_analyzer().folder], scheduler="gpu")


def test_short_names_are_the_parts_that_differ():
    assert short_names(["a/m1/d1/x.zarr", "a/m2/d1/x.zarr"]) == ["m1", "m2"]
    assert short_names(["a/m1/d1/x", "a/m1/d2/x", "a/m2/d1/x"]) == ["m1/d1", "m1/d2", "m2/d1"]
    assert short_names(["a/x.zarr"]) == ["x"]
    assert short_names(["a/x.zarr", "a/x"]) == ["a/x.zarr", "a/x"]
    assert short_names(["s/a/out", "s/b/c/out"]) == ["a", "c"]
    assert short_names([]) == []


# ---------------------------------------------------------------- labels as of each alone


def test_labels_of_a_cohort_are_those_of_a_loop(study):
    cohort = opened(study)
    for name in cohort.names:
        assert of(cohort, name) == alone(cohort, name)


@pytest.mark.parametrize(
    "lost", [["snr"], ["num_positive_peaks", "exp_decay"], "noise", "mua", "non-somatic"]
)
@pytest.mark.parametrize("missing_criteria", ["unjudged", "ignore"])
def test_a_recording_without_a_metric_is_labeled_as_it_would_be_alone(lost, missing_criteria):
    """A metric that was never computed is no missing value: the criterion is left out there, and only there."""
    if isinstance(lost, str):
        lost = list(nbl.bombcell_get_default_thresholds()[lost])
    tables = [metrics_of(seed) for seed in range(3)]
    tables[1] = tables[1].drop(columns=[name for name in lost if name in tables[1]])
    live = LiveBombcell(opened(tables), missing_criteria=missing_criteria, journal=None)
    expected = [
        label
        for table in tables
        for label in LiveBombcell(table, missing_criteria=missing_criteria, journal=None).labels["label"]
    ]
    assert live.labels["label"].tolist() == expected
    reasons = [
        keys
        for table in tables
        for keys in LiveBombcell(table, missing_criteria=missing_criteria, journal=None).trace.reason_keys
    ]
    assert [sorted(keys) for keys in live.trace.reason_keys] == [sorted(keys) for keys in reasons]


def test_what_if_leaves_out_the_criterion_where_it_was_not_computed():
    tables = [metrics_of(1), metrics_of(2).drop(columns=["snr", "num_positive_peaks"])]
    found = opened(tables).sensitivity("noise").curve("noise/num_positive_peaks", "max")
    noise = sum(LiveBombcell(t, journal=None).counts["noise"] for t in tables)
    assert noise in found["noise"].tolist()
    only_first = (
        LiveBombcell(tables[0], journal=None).sensitivity("noise").curve("noise/num_positive_peaks", "max")
    )
    second = LiveBombcell(tables[1], journal=None).counts["noise"]
    assert (found["noise"].unique() - second).tolist() == only_first["noise"].unique().tolist()


def test_a_part_of_a_cohort_is_labeled_as_the_whole():
    tables = [metrics_of(1), metrics_of(2).drop(columns=["num_positive_peaks", "snr"])]
    cohort = opened(tables)
    part = cohort.analyzer.select_units(cohort.analyzer.unit_ids[100:200])
    assert (
        LiveBombcell(part, journal=None).labels["label"].tolist() == cohort.labels["label"].tolist()[100:200]
    )


def test_explanations_of_a_unit_are_those_of_its_recording(study):
    tables = [metrics_of(1), metrics_of(2).drop(columns=["num_positive_peaks"])]
    cohort = opened(tables)
    for at, table in enumerate(tables):
        single = LiveBombcell(table, journal=None)
        for unit in (0, 5, 77):
            said = cohort.explain(cohort.names[at], unit)
            assert said.label == single.explain(unit).label


def test_versions_of_spikeinterface_meet_under_one_name_of_a_metric():
    old = metrics_of(1).rename(columns={"peak_to_trough_duration": "peak_to_valley"})
    cohort = opened([old, metrics_of(2)])
    table = cohort.trace.table
    assert not np.isnan(table.values("peak_to_trough_duration")[:142]).all()
    assert table.where_absent("peak_to_trough_duration") is None


@pytest.mark.parametrize(
    "method", [LiveUnitRefine, lambda c, journal: LiveThresholds(c, {"snr": {"min": 3}}, journal=journal)]
)
def test_every_method_takes_a_cohort(method):
    cohort = opened(table_of([1, 2]))
    live = method(cohort, journal=None)
    assert len(live.labels) == 284
    cohort.live = live
    assert cohort.labels["label"].tolist() == live.labels["label"].tolist()


def test_a_widget_takes_a_cohort_with_its_waveforms(study):
    cohort = opened(study)
    labeler = nbl.BombcellLabeler(cohort, journal=None)
    assert labeler.labels["label"].tolist() == cohort.labels["label"].tolist()
    own = np.concatenate([cohort.open(name).main_channel_templates for name in cohort.names])
    np.testing.assert_array_equal(cohort.analyzer.main_channel_templates, own)
    np.testing.assert_allclose(cohort.analyzer.template_times_ms, cohort.open("m1/day1").template_times_ms)


# ---------------------------------------------------------------- units, recordings, what a cohort does not have


def test_units_are_told_by_recording_and_own_id(study):
    cohort = opened(study)
    own = cohort.open("m1/day2").unit_ids.tolist()
    assert cohort.unit_id("m1/day2", own[3]) == f"m1/day2/{own[3]}"
    assert cohort.recording_of.tolist() == [0] * 12 + [1] * 12 + [2] * 12
    assert cohort.rows("m2/day1").tolist() == list(range(24, 36))
    with pytest.raises(UnknownUnitError, match="Did you mean 'm1/day2'"):
        cohort.unit_id("m1/day3", 0)
    with pytest.raises(UnknownUnitError, match="in recording m1/day2"):
        cohort.explain("m1/day2", 12345)


def test_a_unit_leads_to_its_own_analyzer(study):
    cohort = opened(study)
    analyzer, at = cohort.analyzer.source.analyzer_of(17)
    assert analyzer.folder == cohort.path("m1/day2")
    assert f"m1/day2/{analyzer.unit_ids[at]}" == cohort.analyzer.unit_ids[17]
    assert cohort.analyzer.source.analyzer_of(18)[0] is analyzer


def test_the_code_of_labels_opens_the_cohort_again(study):
    dask()
    code = LiveBombcell(opened(str(study)), journal=None).to_code(drop="noise")
    assert f"analyzer = nbl.Cohort({str(study)!r}).analyzer" in code
    names = {}
    exec(compile(code, "code", "exec"), names)
    assert names["clean"].get_num_units() > 0
    secret = opened([metrics_of(1, 20)])
    assert "# analyzer = nbl.Cohort(...)" in LiveBombcell(secret, journal=None).to_code()


def test_a_cohort_has_no_spikes_and_says_where_they_are(study, tmp_path):
    analyzer = opened(study).analyzer
    with pytest.raises(MissingDataError, match="cohort of 3 recordings"):
        analyzer.spikes  # noqa: B018
    with pytest.raises(UnknownFormatError, match="cohort of 3 recordings"):
        analyzer.save_as("zarr", tmp_path / "all.zarr")
    assert repr(analyzer).startswith("Cohort of 3 recordings: 36 units")
    assert "Cohort of 3 recordings" in analyzer._repr_html_()


def test_templates_of_another_rate_are_resampled_and_shorter_ones_left_out_by_name(study):
    cohort = opened(study)
    readings = list(cohort.readings)
    from dataclasses import replace

    times = readings[1].times_ms
    finer = np.arange(times[0], times[-1] + 0.02, 0.02)
    wave = np.sin(finer)[np.newaxis].repeat(12, axis=0).astype(np.float32)
    readings[1] = replace(readings[1], templates=wave, times_ms=finer)
    readings[2] = replace(
        readings[2], templates=readings[2].templates[:, 20:], times_ms=readings[2].times_ms[20:]
    )
    from nb_autolabel.cohort.source import CohortSource

    source = CohortSource(cohort.names, readings)
    shown = nbl.Analyzer(source).main_channel_templates
    np.testing.assert_allclose(shown[12], np.sin(times), atol=1e-3)
    assert np.isnan(shown[24:]).all()
    assert list(source.left_out) == ["m2/day1"]
    assert "shorter" in source.left_out["m2/day1"]


def test_limits_in_microvolts_do_not_judge_a_recording_in_arbitrary_units():
    from dataclasses import replace

    from nb_autolabel.cohort.source import CohortSource

    readings = list(opened([metrics_of(1), metrics_of(2)]).readings)
    readings[1] = replace(readings[1], voltage="a.u.", voltage_reason="no gain is known")
    mixed = nbl.Analyzer(CohortSource(["a", "b"], readings))
    assert np.isnan(mixed.get_metrics_extension_data()["amplitude_median"].to_numpy()[142:]).all()
    assert mixed.absent_metrics["amplitude_median"].tolist() == [False] * 142 + [True] * 142
    both = nbl.Analyzer(
        CohortSource(["a", "b"], [replace(r, voltage="a.u.", voltage_reason="no gain") for r in readings])
    )
    assert both.voltage.unit == "a.u."
    assert not both.absent_metrics


# ---------------------------------------------------------------- what cannot be read


def broken(folder, how):
    if how == "empty":
        shutil.rmtree(folder)
        folder.mkdir()
        (folder / ".zgroup").write_text('{"zarr_format": 2}')
        (folder / ".zattrs").write_text('{"spikeinterface_info": {"object": "SortingAnalyzer"}}')
    elif how == "no ids":
        shutil.rmtree(folder / "sorting" / "unit_ids")
    elif how == "no metrics":
        shutil.rmtree(folder / "extensions" / "quality_metrics")
        shutil.rmtree(folder / "extensions" / "template_metrics")
        meta = json.loads((folder / ".zmetadata").read_text())
        meta["metadata"] = {k: v for k, v in meta["metadata"].items() if "_metrics" not in k}
        (folder / ".zmetadata").write_text(json.dumps(meta))


@pytest.mark.parametrize("how", ["empty", "no ids", "no metrics"])
def test_a_broken_recording_is_one_row_and_the_others_are_as_without_it(study, how):
    whole = opened(study)
    broken(study / "m1/day1/sorted.zarr", how)
    cohort = opened(study)
    assert cohort.names == ["m1/day2", "m2/day1"]
    assert cohort.problems.index.tolist() == ["m1/day1"]
    assert cohort.problems["problem"].item()
    for name in cohort.names:
        assert of(cohort, name) == of(whole, name)
    with pytest.raises(UnknownUnitError, match="could not be read"):
        cohort.explain("m1/day1", 0)


def test_where_no_recording_can_be_read_the_first_reasons_are_said(tmp_path):
    cohort = opened([tmp_path / "a.zarr", tmp_path / "b.zarr"])
    assert len(cohort.problems) == 2
    assert "2 recordings" not in repr(cohort)
    assert (cohort.sessions["problem"] != "").all()
    assert cohort.sessions["units"].tolist() == [0, 0]
    with pytest.raises(NoMetricsError, match="none of 2 recordings"):
        cohort.labels  # noqa: B018


def test_any_error_of_a_recording_is_a_problem_in_words(monkeypatch):
    from nb_autolabel.cohort import reading

    def fail(*_, **__):
        raise ZeroDivisionError("inside")

    monkeypatch.setattr(reading, "load", fail)
    assert read_recording("x") == Problem("ZeroDivisionError: inside")
    monkeypatch.setattr(
        reading, "load", lambda *_, **__: (_ for _ in ()).throw(DamagedDataError("https://me:pass@x/y"))
    )
    assert "pass" not in read_recording("x").text


def test_readings_travel_to_other_processes(study):
    found = read_recording(study / "m1/day1/sorted.zarr")
    assert isinstance(found, Reading)
    again = pickle.loads(pickle.dumps(found))
    pd.testing.assert_frame_equal(again.metrics, found.metrics)


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_dask_reads_what_a_plain_loop_reads(study, scheduler):
    dask()
    first, second = opened(study), opened(study, scheduler=scheduler)
    assert second.names == first.names
    for one, other in zip(first.readings, second.readings, strict=True):
        pd.testing.assert_frame_equal(one.metrics, other.metrics)
        np.testing.assert_array_equal(one.templates, other.templates)


def test_without_dask_the_install_command_is_named(study, monkeypatch):
    import sys

    from nb_autolabel.errors import MissingDependencyError

    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(MissingDependencyError, match=r"nb_autolabel\[cohort\]"):
        opened(study, scheduler="threads")
    assert running is not None


# ---------------------------------------------------------------- the seven real recordings


def test_seven_real_recordings_are_a_cohort():
    labelled_units = shared("labelled_units")
    cohort = opened(f"{labelled_units}/*.csv")
    assert len(cohort.names) == 7
    assert len(cohort.labels) == 2945
    curators = pd.Series(cohort.analyzer.get_sorting_property("majority_vote"))
    share = (curators == "noise").groupby(cohort.recording_of).mean()
    assert share.min() == pytest.approx(0.05, abs=0.01)
    assert share.max() == pytest.approx(0.29, abs=0.01)
    for name in cohort.names:
        assert of(cohort, name) == alone(cohort, name)


# ---------------------------------------------------------------------- links


def test_links_that_a_pattern_names_are_followed_as_a_shell_follows_them(study, tmp_path):
    """A folder of links to recordings is a study; what was found beside its link counts once."""
    links = tmp_path / "links"
    (links / "x").mkdir(parents=True)
    (links / "a.zarr").symlink_to(study / "m1/day1/sorted.zarr")
    (links / "again.zarr").symlink_to(study / "m1/day1/sorted.zarr")
    (links / "m2").symlink_to(study / "m2")
    (links / "circle").symlink_to(links)
    (links / "notes").symlink_to(__file__)
    shutil.copytree(study / "m1/day2/sorted", links / "plain")
    (links / "plain again").symlink_to(links / "plain")
    found = opened(f"{links}/*")
    assert sorted(Path(found.path(name)).relative_to(links).as_posix() for name in found.names) == [
        "a.zarr", "m2/day1/sorted.zarr", "plain"]  # fmt: skip
    assert opened(f"{links}/m?/day*").names == ["sorted"]
    assert opened(f"{links}/**").names == ["plain"]


def test_a_link_to_a_disk_that_is_away_is_a_row_of_the_problems(study, tmp_path):
    (study / "m3").symlink_to(tmp_path / "away")
    found = opened(f"{study}/m*")
    assert len(found.names) == 3
    assert [text for text in found.problem_texts.values() if "there is nothing at" in text]


def test_a_study_of_links_alone_says_how_they_are_followed(study, tmp_path):
    links = tmp_path / "links"
    links.mkdir()
    (links / "m1").symlink_to(study / "m1")
    with pytest.raises(AnalyzerNotFoundError, match="Links to folders are followed where"):
        opened(f"{links}/**")
