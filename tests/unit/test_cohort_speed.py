"""Many recordings from the command line: what makes it fast changes no label, and no recording is lost by it."""

import os
import shutil
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer.source import METRIC_EXTENSIONS
from nb_autolabel.cli import main
from nb_autolabel.cohort import forked, keeping, running
from nb_autolabel.cohort.cache import Cache
from nb_autolabel.cohort.quantiles import median, quantiles_by
from nb_autolabel.cohort.reading import Columns, Problem, Reading, read_recording
from nb_autolabel.cohort.together import NAME, Together
from nb_autolabel.metrics.column_table import ColumnTable
from nb_autolabel.metrics.table import MetricTable

from .cohorts import metrics_of, study, study_made

__all__ = ["study", "study_made"]


def reading(seed, units=9, names=None, **more):
    """A reading of a simulated recording, as arrays."""
    frame = metrics_of(seed, units)
    columns = {
        name: values.to_numpy()
        for name, values in frame.items()
        if values.dtype.kind in "if" and (names is None or name in names)
    }
    return Reading(Columns(np.arange(units), columns), with_templates=False, **more)


def equal(one, other):
    """Whether two readings hold the same, bit by bit."""
    assert one.units == other.units
    assert list(one.columns) == list(other.columns)
    for name, values in one.columns.items():
        assert values.dtype == other.columns[name].dtype
        np.testing.assert_array_equal(values, other.columns[name])
    assert (one.settings, one.version, one.digest) == (other.settings, other.version, other.digest)
    return True


# ---------------------------------------------------------------------- without pandas


BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"pandas", "dask", "distributed", "zarr", "scipy", "sklearn", "matplotlib"}:
            raise ImportError(f"{name} is not to be loaded")
sys.meta_path.insert(0, Blocked())
from nb_autolabel.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("kept", [False, True], ids=["first", "from the cache"])
def test_zarr_analyzers_are_labeled_without_pandas_as_each_alone(study, tmp_path, kept):
    """Loading pandas takes as long as labeling dozens of recordings; the files are those of single recordings."""
    if kept:
        pytest.importorskip("pyarrow", reason="pyarrow is not installed (nb_autolabel[cohort])")
    shutil.rmtree(study / "m1/day2")
    for at in range(8):
        shutil.copytree(study / "m1/day1", study / f"m3/day{at}")
    cache, environment = str(tmp_path / "cache") if kept else "", {**os.environ, "PYTHONWARNINGS": "error"}
    for turn in range(1 + kept):
        out = tmp_path / f"out{turn}"
        label = ["label", f"{study}/**", "--cache", cache, "--out", str(out), "--allow-missing"]
        command = [sys.executable, "-c", BLOCKED, *label]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        for name in ("m1/day1", "m2/day1", "m3/day7"):
            alone = tmp_path / "alone.csv"
            live = nbl.LiveBombcell(nbl.load(study / name / "sorted.zarr"), journal=None)
            live.export(alone, "csv", overwrite=True)
            assert (out / f"{name.replace('/', '_')}.csv").read_text() == alone.read_text()


@pytest.mark.parametrize("ids", [np.arange(20), np.array([f"u{at}" for at in range(20)])])
def test_a_table_of_arrays_is_the_table_of_a_frame(ids):
    frame = metrics_of(3, 20).set_axis(pd.Index(ids))
    numbers = {name: values.to_numpy() for name, values in frame.items()}
    one, other = ColumnTable(ids, numbers), MetricTable(frame)
    assert (one.names, len(one), one.unit_ids.tolist()) == (other.names, len(other), other.unit_ids.tolist())
    pd.testing.assert_frame_equal(one.frame, other.frame)
    for name in other.names:
        np.testing.assert_array_equal(one.values(name), other.values(name))
    assert one.find("num_spikes") == other.find("num_spikes")
    assert one.find("nothing") is None


def test_metrics_read_as_arrays_are_those_of_the_table(study):
    analyzer = nbl.load(study / "m1/day1/sorted.zarr")
    columns = analyzer.source.metric_columns()
    frame = analyzer.get_metrics_extension_data()
    assert list(columns) == list(frame.columns)
    for name, values in columns.items():
        np.testing.assert_array_equal(values, MetricTable(frame).values(name))


@pytest.mark.parametrize("what", ["rows in another order", "text", "damaged"])
def test_what_is_no_plain_numbers_is_read_as_a_table(study, monkeypatch, what):
    path = study / "m1/day1/sorted.zarr"
    if what == "damaged":
        (path / f"extensions/{METRIC_EXTENSIONS[0]}/metrics/snr/0").write_bytes(b"nothing")
        assert isinstance(read_recording(path), Problem)
        return
    analyzer = nbl.load(path)
    expected = analyzer.get_metrics_extension_data()
    real = type(analyzer.source)._table

    def other(self, where):
        ids, columns = real(self, where)
        if what == "text":
            return ids, {**columns, "said": np.array(["good"] * len(ids))}
        return ids[::-1], {name: values[::-1] for name, values in columns.items()}

    monkeypatch.setattr(type(analyzer.source), "_table", other)
    found = read_recording(path)
    assert found.units == expected.index.tolist()
    for name in expected.columns:
        np.testing.assert_array_equal(found.columns[name], MetricTable(expected).values(name))


# ---------------------------------------------------------------------- many in one file


def kept(tmp_path, several):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (nb_autolabel[cohort])")
    return Together(tmp_path).add([(f"/r{at}", f"print{at}", each) for at, each in enumerate(several)])


def test_many_recordings_come_back_from_one_file_bit_by_bit(tmp_path):
    several = [reading(at, 5 + at, version="0.105.3", settings={"quality_metrics": {}}) for at in range(9)]
    assert len(kept(tmp_path, several)) == 9
    found = Together(tmp_path)
    assert all(equal(found.get(f"/r{at}", f"print{at}"), each) for at, each in enumerate(several))
    assert found.get("/r3", "another print") is None
    assert found.get("/r9", "print9") is None


def test_units_called_by_text_and_recordings_of_other_metrics(tmp_path):
    """Those that differ from most are kept one by one."""
    named = [
        Reading(Columns(np.array([f"u{n}" for n in range(9)]), reading(at).columns), with_templates=False)
        for at in range(9)
    ]
    others = [reading(20, names=("snr",)), reading(21)]
    assert kept(tmp_path, [*named, *others]) == {f"/r{at}" for at in range(9)}
    assert Together(tmp_path).get("/r4", "print4").units == named[4].units


def test_few_recordings_and_such_with_words_or_templates_are_kept_one_by_one(tmp_path):
    assert kept(tmp_path, [reading(at) for at in range(7)]) == set()
    words = [reading(at, texts={"label": np.array(["good"] * 9)}) for at in range(9)]
    assert kept(tmp_path, words) == set()
    shown = [reading(at, templates=np.zeros((9, 4), np.float32), times_ms=np.arange(4.0)) for at in range(9)]
    assert kept(tmp_path, shown) == set()


def test_another_run_adds_to_the_file_and_replaces_what_changed(tmp_path):
    kept(tmp_path, [reading(at) for at in range(8)])
    together = Together(tmp_path)
    assert together.add([("/r3", "new", reading(50)), ("/r9", "print9", reading(51))]) == {"/r3", "/r9"}
    found = Together(tmp_path)
    assert equal(found.get("/r3", "new"), reading(50))
    assert found.get("/r3", "print3") is None
    assert equal(found.get("/r0", "print0"), reading(0))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\0" * 99 + b"PAR1", "cut", "link"])
def test_a_damaged_file_counts_as_none_and_is_replaced(tmp_path, content):
    several = [reading(at) for at in range(8)]
    kept(tmp_path, several)
    file = tmp_path / NAME
    data = file.read_bytes()
    if content == "link":
        file.rename(tmp_path / "elsewhere")
        file.symlink_to(tmp_path / "elsewhere")
    else:
        file.write_bytes(data[: len(data) // 2] if content == "cut" else content)
    assert Together(tmp_path).parts == {}
    assert len(kept(tmp_path, several)) == (0 if content == "link" else 8)
    if content != "link":
        assert equal(Together(tmp_path).get("/r5", "print5"), several[5])


def keeper(tmp_path, count, templates=False):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (nb_autolabel[cohort])")
    paths = [f"/r{at}" for at in range(count)]
    return keeping.Keeper(Cache(tmp_path), paths, [f"print{at}" for at in range(count)], templates)


def test_a_short_run_leaves_one_file_and_a_long_one_keeps_each_recording_on_its_way(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "SECONDS", 1e9)
    short = keeper(tmp_path / "short", 9)
    for at in range(9):
        short.put(at, reading(at))
    assert short.finish() == ""
    assert [file.name for file in (tmp_path / "short").iterdir()] == [NAME]
    monkeypatch.setattr(keeping, "SECONDS", -1.0)
    long = keeper(tmp_path / "long", 9)
    for at in range(5):
        long.put(at, reading(at))
    # Killed here: what was read is there.
    again = keeper(tmp_path / "long", 9)
    assert [again.get(at) is not None for at in range(9)] == [True] * 5 + [False] * 4
    assert equal(again.get(2), reading(2))


def test_a_run_that_is_stopped_keeps_what_waits(tmp_path, monkeypatch, study):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed (nb_autolabel[cohort])")
    for at in range(9):
        shutil.copytree(study / "m1/day1", study / f"m3/day{at}")
    real, done = running.read_recording, []

    def stopped(path, *more):
        if len(done) == 4:
            raise KeyboardInterrupt
        done.append(path)
        return real(path, *more)

    monkeypatch.setattr(running, "read_recording", stopped)
    options = {"scheduler": "one", "progress": False, "templates": False}
    with pytest.raises(KeyboardInterrupt):
        nbl.Cohort(study, **options)
    again = []
    monkeypatch.setattr(running, "read_recording", lambda path, *m: again.append(path) or real(path, *m))
    assert len(nbl.Cohort(study, **options).names) == 12
    assert not set(again) & set(done)
    del again[:]
    assert len(nbl.Cohort(study, **options).names) == 12
    assert again == []


# ---------------------------------------------------------------------- copies of the process


needs_forks = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux copies processes safely"
)


@pytest.fixture
def several(study, monkeypatch):
    """Paths of a dozen recordings, one of them broken, read by three copies of the process."""
    for at in range(9):
        shutil.copytree(study / "m1/day1", study / f"m3/day{at}")
    (study / "m3/day4/sorted.zarr/.zmetadata").write_text("{")
    shutil.rmtree(study / "m3/day4/sorted.zarr/sorting")
    monkeypatch.setattr(forked, "EACH", 3)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(4)), raising=False)
    return sorted(str(path) for path in [*study.glob("*/*/sorted.zarr"), study / "m1/day2/sorted"])


def by(scheduler, paths):
    return running.read_all(paths, scheduler=scheduler, progress=False, templates=False)[0]


@needs_forks
def test_copies_of_the_process_read_the_same(several):
    alone, together = by("one", several), by("forks", several)
    for path, one, other in zip(several, alone, together, strict=True):
        if "m3/day4" in path:
            assert isinstance(other, Problem)
            assert one.text == other.text
        else:
            assert equal(one, other)


@needs_forks
def test_what_a_copy_that_dies_did_not_read_is_read_all_the_same(several, monkeypatch):
    parent, real = os.getpid(), forked.read_recording

    def dies(path, *more):
        if os.getpid() != parent and "m3/day3" in path:
            os._exit(9)
        return real(path, *more)

    monkeypatch.setattr(forked, "read_recording", dies)
    found = by("forks", several)
    assert sum(isinstance(each, Reading) for each in found) == len(several) - 1


def test_where_another_thread_runs_or_at_addresses_no_copies_are_made():
    work = [(0, "/a"), (1, "/b")]
    assert not forked.can_fork([*work, (2, "s3://bucket/c")])
    if threading.active_count() == 1 and sys.platform.startswith("linux"):
        assert forked.can_fork(work)
    stop = threading.Event()
    other = threading.Thread(target=stop.wait)
    other.start()
    try:
        assert not forked.can_fork(work)
    finally:
        stop.set()
        other.join()


def test_garbage_is_looked_for_as_before_after_a_command(study, tmp_path, capsys):
    import gc

    before = gc.get_threshold()
    assert main(["label", str(study / "m1/day1/sorted.zarr"), "--allow-missing"]) == 0
    assert gc.get_threshold() == before
    capsys.readouterr()


# ---------------------------------------------------------------------- numbers of each recording


@pytest.mark.parametrize("sizes", [(5, 0, 7, 3), (400, 1, 0, 2), (0, 0, 4), (1,)])
@pytest.mark.parametrize("mixed", [False, True])
def test_quantiles_are_those_of_each_recording_whatever_their_sizes_and_order(sizes, mixed):
    rng = np.random.default_rng(1)
    of = np.repeat(np.arange(len(sizes)), sizes)
    values = rng.normal(size=len(of)).round(1)
    order = rng.permutation(len(of)) if mixed else np.arange(len(of))
    parts = [0.25, 0.5, 1]
    every = quantiles_by(of[order], values[order], len(sizes), parts)
    for part, found in zip(parts, every, strict=True):
        expected = [np.quantile(values[of == at], part) if size else np.nan for at, size in enumerate(sizes)]
        np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize(
    "values", [[], [np.nan], [3.0], [1.0, 4.0], [5, 1, np.nan, 2], [np.inf, np.inf, 1, np.inf]]
)
def test_medians_leave_missing_values_out(values):
    known = [value for value in values if value == value]
    np.testing.assert_equal(median(values), float(np.median(known)) if known else np.nan)
