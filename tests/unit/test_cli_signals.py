"""Stopping a command: one line says so, and nothing is half-written."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from nb_autolabel import cli
from nb_autolabel.cli import main
from nb_autolabel.errors import WriteError
from nb_autolabel.export import writing

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are those of Unix")


def stopping(monkeypatch, number):
    """Let the labels of one recording be begun, and a signal arrive while they are written."""

    def written(file, content):
        file.write_bytes(content[: len(content) // 2])
        os.kill(os.getpid(), number)

    monkeypatch.setattr(writing, "put_bytes", written)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_command_that_is_stopped_leaves_nothing_half_written(
    tmp_path, demo_folder, capsys, monkeypatch, name
):
    number = getattr(signal, name)
    # Whoever runs the tests in the background may have them ignore these signals.
    usual = signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL
    before = signal.signal(number, usual)
    try:
        stopping(monkeypatch, number)
        assert main(["label", str(demo_folder), "--out", str(tmp_path / "new/labels.csv")]) == 128 + number
        assert list(tmp_path.iterdir()) == []
        assert capsys.readouterr().err.splitlines()[-1] == "nb-autolabel: stopped; nothing is half-written."
        assert signal.getsignal(number) == usual
    finally:
        signal.signal(number, before)


def test_a_signal_that_is_ignored_stays_ignored(tmp_path, demo_folder, monkeypatch):
    """As after `nohup`: a closed terminal does not end the command."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        monkeypatch.setattr(cli, "_find", lambda options: os.kill(os.getpid(), signal.SIGHUP) or 0)
        assert main(["find", str(demo_folder)]) == 0
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_signal_that_something_else_answers_is_left_to_it(tmp_path, demo_folder, monkeypatch):
    heard = []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append(1))
    try:
        monkeypatch.setattr(cli, "_find", lambda options: os.kill(os.getpid(), signal.SIGTERM) or 0)
        assert main(["find", str(demo_folder)]) == 0
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [1]


def test_a_command_runs_in_a_thread_too(demo_folder, capsys):
    found = []
    thread = threading.Thread(target=lambda: found.append(main(["label", str(demo_folder)])))
    thread.start()
    thread.join()
    assert found == [0]


def test_output_that_nobody_reads_is_one_line_and_no_traceback(demo_folder):
    """As after `| head`: what reads the output has ended before everything is printed."""
    reads, writes = os.pipe()
    os.close(reads)
    done = subprocess.run(
        [sys.executable, "-m", "nb_autolabel", "label", str(demo_folder), str(demo_folder.parent)],
        stdout=writes,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        check=False,
    )
    os.close(writes)
    assert done.returncode == 1
    assert (
        done.stderr.splitlines()[-1]
        == "nb-autolabel: stopped: what read the output reads no more (a pipe that was closed)."
    )
    assert "Errno" not in done.stderr


def files(tmp_path, many):
    from nb_autolabel.analyzer.file_kinds import CSV_TABLE

    return [(tmp_path / f"{at}.csv", f"unit_id,label\n{at},good\n", CSV_TABLE) for at in range(many)]


def test_files_are_written_where_the_system_starts_no_thread(tmp_path, monkeypatch):
    def refused(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    assert writing.write_apart(files(tmp_path, 5), False) == [None] * 5
    assert (tmp_path / "4.csv").read_text() == "unit_id,label\n4,good\n"
    assert len(list(tmp_path.iterdir())) == 5


def test_files_are_written_where_few_may_be_open_at_a_time(tmp_path):
    """As with `ulimit -n`: as many at a time as may be open, and none is left out."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    high = max(int(file.name) for file in Path("/dev/fd").iterdir())
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (high + 5, limits[1]))
        found = writing.write_apart(files(tmp_path, 50), False)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert found == [None] * 50
    assert len(list(tmp_path.iterdir())) == 50


def test_a_file_that_may_not_be_opened_at_all_is_said(tmp_path, monkeypatch):
    def refused(path, mode):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(Path, "open", refused)
    found = writing.write_apart(files(tmp_path, 3), False)
    assert [type(each) for each in found] == [WriteError] * 3
