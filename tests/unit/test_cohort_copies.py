"""Labeling many recordings from the command line: what is loaded, and the copies of the process that share the work."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.cli import main
from nb_autolabel.cohort import command, forked
from nb_autolabel.cohort.cache import Cache
from nb_autolabel.cohort.copies import Copies, Sent, begun
from nb_autolabel.cohort.fingerprint import fingerprint_of
from nb_autolabel.cohort.reading import Columns, Reading, read_recording
from nb_autolabel.cohort.source import CohortSource

from .cohorts import study, study_made, table_of

__all__ = ["study", "study_made"]

needs_forks = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux copies processes safely"
)

# ---------------------------------------------------------------------- what is loaded

#: Packages that take longer to load than a hundred recordings to label.
HEAVY = {"pandas", "scipy", "sklearn", "matplotlib", "ipywidgets", "bqplot", "zarr", "dask", "distributed", "tqdm",
         "fsspec", "IPython", "numpy.ma"}  # fmt: skip
#: Rooms of this package that labeling by Bombcell has nothing to do with, and modules of others.
OTHERS = {"nb_autolabel.classifiers", "nb_autolabel.evidence", "nb_autolabel.widgets", "nb_autolabel.magics",
          "nb_autolabel.session.review", "nb_autolabel.session.review_orders", "nb_autolabel.session.unit_filter",
          "nb_autolabel.session.live_unitrefine", "nb_autolabel.pairs.merged_unit", "nb_autolabel.pairs.pair",
          "nb_autolabel.comparison.comparing", "nb_autolabel.export.journal", "nb_autolabel.export.labels",
          "nb_autolabel.export.code", "nb_autolabel.rules.explanation", "nb_autolabel.rules.sensitivity",
          "nb_autolabel.analyzer.phy_source", "nb_autolabel.analyzer.zarr3_tree", "nb_autolabel.cohort.report",
          "nb_autolabel.cohort.hand", "nb_autolabel.cohort.learning", "nb_autolabel.cohort.selections"}  # fmt: skip


def loaded(*arguments):
    """Modules that are loaded at the end of a command, in a process of its own."""
    script = (
        "import sys\nfrom nb_autolabel.cli import main\nassert main(sys.argv[1:]) == 0\n"
        "print('LOADED', *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)], check=True, capture_output=True, text=True
    )
    return set(done.stdout.split("LOADED ")[1].split())


@pytest.mark.parametrize("cache", ["", "kept"])
def test_labeling_by_bombcell_loads_nothing_that_it_does_not_use(study, tmp_path, cache):
    shutil.rmtree(study / "m1/day2")  # tables of binary folders are read by pandas
    arguments = ["label", f"{study}/**", "--allow-missing", "--cache", cache and tmp_path / cache]
    for out in ("first", "again"):
        there = loaded(*arguments, "--out", tmp_path / out)
        assert sorted(there & (HEAVY | OTHERS)) == []
        assert "nb_autolabel.session.live_methods" in there


# ---------------------------------------------------------------------- copies


NUMBERS = Sent(lambda number: str(number).encode(), int)


def shared(items, do, many):
    """What several processes made of items, by position, and how often each was taken."""
    found, lock = {}, threading.Lock()

    def take(at, made):
        with lock:
            assert at not in found
            found[at] = made

    with begun(items, do, take, NUMBERS, many) as copies:
        copies.help()
    return found


def no_copy_is_left():
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    return True


@needs_forks
@pytest.mark.parametrize("size", [0, 1, 7, 2000])
@pytest.mark.parametrize("many", [0, 1, 3])
def test_each_piece_of_work_is_done_once_whoever_does_it(size, many):
    assert shared(range(size), lambda number: number * number, many) == {n: n * n for n in range(size)}
    assert no_copy_is_left()


@needs_forks
def test_copies_do_a_part_while_this_process_does_something_else():
    parent, found = os.getpid(), {}
    with begun(range(20), lambda _: os.getpid(), found.__setitem__, NUMBERS, 1) as copies:
        for listener in copies._listeners:  # the copy ends when nothing is left
            listener.join()
        assert set(found) == set(range(20))
        copies.help()
    assert parent not in found.values()


@needs_forks
@pytest.mark.parametrize("how", ["ends", "fails", "sends half"])
def test_what_a_copy_does_not_finish_is_done_by_this_process(how):
    parent = os.getpid()

    def do(number):
        if os.getpid() != parent and number % 5 == 2:
            if how == "ends":
                os._exit(1)
            raise ValueError("only in the copy")
        return number

    def encode(number):
        if how == "sends half" and number % 5 == 3:
            os._exit(1)
        return str(number).encode()

    found = {}
    with begun(range(30), do, found.__setitem__, Sent(encode, int), 2) as copies:
        copies.help()
    assert found == {number: number for number in range(30)}
    assert no_copy_is_left()


@needs_forks
def test_where_the_system_makes_no_copy_this_process_does_all(monkeypatch):
    def refused():
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(os, "fork", refused)
    assert shared(range(9), abs, 2) == {number: number for number in range(9)}


@needs_forks
def test_no_copy_goes_on_after_an_error():
    stop = threading.Event()
    with pytest.raises(KeyError), begun([1, 2], lambda _: stop.wait(60), print, NUMBERS, 2):
        raise KeyError("of this process")
    assert no_copy_is_left()


@needs_forks
def test_descriptors_are_given_back():
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        shared(range(5), abs, 2)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


#: A process that makes two copies whose results are larger than what a pipe holds, and then waits.
SCRIPT = """
import os, signal, sys, time
from nb_autolabel.cohort.copies import Sent, begun
parent = os.getpid()

def do(number):
    if os.getpid() == parent:
        print("begun", flush=True)
        time.sleep(60)
    return b"x" * 2_000_000

def take(at, made):
    time.sleep(60)

with begun(range(50), do, take, Sent(bytes, bytes), 2) as copies:
    copies.help()
"""


@needs_forks
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_copies_end_with_a_process_that_is_killed(how):
    """A copy that waits until what it made is taken ends too, so that no process stays behind for ever."""
    with subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        process.send_signal(how)
        # The copies have the same output: it is at its end when all are gone.
        assert process.communicate(timeout=30)[0] == b""
    assert process.returncode == -how


@needs_forks
def test_a_copy_has_no_end_of_a_pipe_from_which_copies_are_heard(in_fresh_python):
    """Counted in a process of its own: others may open and close files meanwhile."""
    said = in_fresh_python(
        """
        import os
        from nb_autolabel.cohort.copies import Sent, begun

        parent, found = os.getpid(), {}

        def do(_):
            return 0 if os.getpid() == parent else len(os.listdir("/proc/self/fd"))

        before = len(os.listdir("/proc/self/fd"))
        numbers = Sent(lambda number: str(number).encode(), int)
        with begun(range(40), do, found.__setitem__, numbers, 3) as copies:
            for listener in copies._listeners:
                listener.join()
            copies.help()
        print(before, *sorted(set(found.values())))
        """
    )
    before, *open_in_copies = map(int, said.split())
    # The pieces of work, and where it sends what it made.
    assert open_in_copies == [before + 2]


@needs_forks
def test_signals_that_ask_to_stop_are_of_this_process_alone():
    """Ctrl-C goes to all processes of a terminal: copies leave it to this one, and other signals end them at once."""
    parent = os.getpid()
    asked = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]

    def do(_):
        if os.getpid() == parent:
            return -1
        held = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        return len(held.intersection(asked)) * 100 + sum(
            int(signal.getsignal(each)) * 10**at for at, each in enumerate(asked)
        )

    found, before = {}, signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with begun(range(20), do, found.__setitem__, NUMBERS, 1) as copies:
        for listener in copies._listeners:
            listener.join()
        copies.help()
    assert set(found.values()) == {int(signal.SIG_IGN)}
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before


@needs_forks
def test_where_the_system_starts_no_thread_this_process_does_all(monkeypatch):
    def refused(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert shared(range(9), abs, 2) == {number: number for number in range(9)}
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert no_copy_is_left()


@needs_forks
def test_where_no_pipe_can_be_opened_this_process_does_all(monkeypatch):
    plain, opened = os.pipe, []

    def scarce():
        opened.append(1)
        if len(opened) > 1:
            raise OSError(24, "Too many open files")
        return plain()

    monkeypatch.setattr(os, "pipe", scarce)
    assert shared(range(9), abs, 2) == {number: number for number in range(9)}


@needs_forks
def test_what_cannot_be_taken_is_an_error_of_this_process_and_of_no_thread():
    """A warning of a thread that ended by an error would fail this test."""

    def take(at, made):
        raise ValueError("it is not taken")

    with pytest.raises(ValueError, match="it is not taken"), begun([1], abs, take, NUMBERS, 2) as copies:
        for listener in copies._listeners:
            listener.join()
        copies.help()
    assert no_copy_is_left()


# ---------------------------------------------------------------------- whether a recording has changed


def place(study, day="m1/day1/sorted.zarr"):
    return study / day


def prints(path):
    return fingerprint_of(str(path), None, False), fingerprint_of(str(path), None, True)


@pytest.mark.parametrize("day", ["m1/day1/sorted.zarr", "m1/day2/sorted"])
def test_the_data_of_templates_count_only_where_they_are_read(study, day):
    top = place(study, day)
    short, long = prints(top)
    assert long.startswith(short)
    assert long != short
    data = next(file for file in (top / "extensions/templates").rglob("*average*") if file.exists())
    data = next((file for file in data.rglob("*.*.*")), data) if data.is_dir() else data
    os.utime(data, ns=(1, 1))
    assert prints(top)[0] == short
    assert prints(top)[1] != long


@pytest.mark.parametrize("day", ["m1/day1/sorted.zarr", "m1/day2/sorted"])
def test_every_other_file_that_is_read_counts(study, day):
    """Each file that reading without templates opens is looked at: changing its time changes the digits."""
    top = place(study, day)
    for file in sorted(file for file in top.rglob("*") if file.is_file()):
        name = file.relative_to(top).as_posix()
        read = name.startswith(
            ("extensions/quality_metrics/", "extensions/template_metrics/", "sparsity_mask")
        )
        if not read or file.name in (".zarray", ".zattrs", ".zgroup"):
            continue
        before = prints(top)
        os.utime(file, ns=(1, 1))
        after = prints(top)
        assert before[0] != after[0], name
        assert before[1] != after[1], name


def test_what_was_kept_with_templates_serves_where_none_are_needed_but_not_the_other_way(study, tmp_path):
    path, cache = str(place(study)), Cache(tmp_path / "kept")
    short, long = prints(path)
    cache.put(path, long, read_recording(path))
    assert cache.get(path, short, templates=False) is not None
    assert cache.get(path, long) is not None
    cache.put(path, short, read_recording(path, None, False))
    assert cache.get(path, short, templates=False) is not None
    assert cache.get(path, long) is None


@needs_forks
def test_copies_look_at_the_same_files_while_something_else_is_done(study, monkeypatch):
    monkeypatch.setattr(forked, "LOOKED_AT_EACH", 1)
    monkeypatch.setattr(forked, "cores", lambda: 3)
    paths = sorted(str(path) for path in study.glob("*/*/sorted*"))
    done = []
    found = forked.fingerprints_forked(paths, False, lambda: done.append(True))
    assert found == [fingerprint_of(path, None, False) for path in paths]
    assert done == [True]


# ---------------------------------------------------------------------- recordings that stand out, and the files


@pytest.fixture
def table(tmp_path):
    """A table of metrics of eight recordings, one of which has few spikes."""
    units = table_of(range(8)).astype({"num_spikes": float})
    units.loc[units["recording"] == "r5", ["num_spikes", "firing_rate"]] /= 50
    units.to_csv(tmp_path / "units.csv", index=False)
    return tmp_path / "units.csv"


def said(table, out, capsys, *more):
    status = main(
        ["label", str(table), "--recording", "recording", "--allow-missing", "--out", str(out), *more]
    )
    printed = capsys.readouterr()
    return status, printed.out.replace(str(out), "OUT"), printed.err


@needs_forks
def test_which_recordings_stand_out_is_the_same_where_a_copy_finds_it(table, tmp_path, capsys, monkeypatch):
    copied = []
    start = Copies.start
    monkeypatch.setattr(Copies, "start", lambda self, many: copied.append(many) or start(self, many))
    monkeypatch.setattr(command, "cores", lambda: 2)
    monkeypatch.setattr(command, "can_copy", lambda: True)
    alone = said(table, tmp_path / "one", capsys)
    monkeypatch.setattr(command, "MANY_UNITS", 1)
    aside = said(table, tmp_path / "two", capsys)
    assert copied == [0, 1]
    assert alone == aside
    assert "r5 stands out" in alone[1]
    assert alone[1].index("r5 stands out") < alone[1].index("8 written")
    for file in (tmp_path / "one").glob("*.csv"):
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_which_recordings_stand_out_is_said_also_where_nothing_can_be_written(table, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    status, out, err = said(table, tmp_path / "file", capsys)
    assert status == 1
    assert "r5 stands out" in out
    assert "could not be written" in err or "not written" in err
    assert (tmp_path / "file").read_text() == "mine"


# ---------------------------------------------------------------------- recordings put together


def reading(seed, *lacking):
    rng = np.random.default_rng(seed)
    values = {
        "snr": rng.normal(size=5),
        "num_spikes": rng.integers(0, 9, 5),
        "rp_contamination": rng.normal(size=5),
    }
    return Reading(
        Columns(np.arange(5), {name: each for name, each in values.items() if name not in lacking})
    )


def test_metrics_of_recordings_that_have_the_same_are_put_together_as_others_are(monkeypatch):
    several = [reading(0), reading(1), reading(2)]
    short = CohortSource(list("abc"), several)
    monkeypatch.setattr(CohortSource, "_alike", lambda self: [])
    long = CohortSource(list("abc"), several)
    for source in (short, long):
        assert source.absent_metrics == {}
        assert source.metrics_held()[0].tolist() == [f"{name}/{unit}" for name in "abc" for unit in range(5)]
    one, other = short.metrics_held()[1], long.metrics_held()[1]
    assert list(one) == list(other)
    for name, values in one.items():
        assert values.dtype == other[name].dtype
        np.testing.assert_array_equal(values, other[name])


def test_a_metric_that_one_recording_lacks_is_absent_there():
    source = CohortSource(list("abc"), [reading(0), reading(1), reading(2, "rp_contamination")])
    assert np.isnan(source.metrics_held()[1]["rp_contamination"][10:]).all()
    assert source.absent_metrics["rp_contamination"].tolist() == [False] * 10 + [True] * 5


def test_rows_of_files_are_those_that_one_recording_alone_gives(study, tmp_path):
    """Reasons, missing criteria and labels by hand stand in the files of many recordings as in that of one."""
    cohort = nbl.Cohort(str(study), progress=False, cache=False, templates=False)
    cohort.export(tmp_path / "many")
    for name in cohort.names:
        alone = nbl.LiveBombcell(cohort.path(name), journal=None)
        alone.export(tmp_path / "one.csv", overwrite=True)
        many = (tmp_path / "many" / f"{name.replace('/', '_')}.csv").read_text()
        assert many == (tmp_path / "one.csv").read_text()
    noted = (tmp_path / "many" / ".nb_autolabel_written.jsonl").read_text().splitlines()
    assert [json.loads(line)["done"] for line in noted if line].count(True) == len(cohort.names)
