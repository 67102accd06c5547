"""What is shown as labeled is on the disk, whole or not at all, and in no other file."""

import errno
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import LabelsError
from nb_autolabel.export import journal_file, regular_file
from nb_autolabel.export.journal import Journal
from nb_autolabel.export.journal_lines import as_line

UNITS = range(500)
BATCH = [(unit, "good", "hand", "") for unit in UNITS]
posix = pytest.mark.skipif(os.name != "posix", reason="of POSIX systems")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "labels.jsonl"


@pytest.fixture
def journal(path):
    """A journal with one label in it."""
    made = Journal(path, UNITS)
    made.add(7, "mua")
    return made


def test_a_short_write_is_gone_on_with(path, monkeypatch):
    write, counts = os.write, []

    def half(handle, data):
        counts.append(write(handle, data[: max(1, len(data) // 2)]))
        return counts[-1]

    monkeypatch.setattr(os, "write", half)
    journal = Journal(path, UNITS)
    journal.add(3, "noise", note="drifts")
    assert len(counts) > 2
    journal.add_all(BATCH[:20])
    assert Journal(path, UNITS).given == journal.given


@pytest.mark.parametrize("after", [0, 1, 100, 5000])
@pytest.mark.parametrize("what", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_full_disk_takes_no_label_of_a_batch(journal, path, monkeypatch, after, what):
    write, before = os.write, path.read_bytes()
    room = [after]

    def until_full(handle, data):
        if not room[0]:
            raise OSError(what, os.strerror(what))
        count = write(handle, data[: room[0]])
        room[0] -= count
        return count

    monkeypatch.setattr(os, "write", until_full)
    with pytest.raises(LabelsError, match=r"could not be written.*Choose another file"):
        journal.add_all(BATCH)
    assert path.read_bytes() == before
    assert journal.labels == {7: "mua"}
    monkeypatch.setattr(os, "write", write)
    journal.add(8, "noise")
    assert Journal(path, UNITS).labels == {7: "mua", 8: "noise"}


def test_a_disk_that_writes_nothing_and_says_nothing_is_full_too(journal, path, monkeypatch):
    before = path.read_bytes()
    monkeypatch.setattr(os, "write", lambda handle, data: 0)
    with pytest.raises(LabelsError, match="could not be written"):
        journal.add(8, "good")
    assert path.read_bytes() == before


def test_a_label_that_was_not_synced_is_not_taken_for_kept(journal, path, monkeypatch):
    before, sync = path.read_bytes(), os.fsync
    broken = iter([True])

    def fails_once(handle):
        if next(broken, False):
            raise OSError(errno.EIO, "the disk is gone")
        sync(handle)

    monkeypatch.setattr(os, "fsync", fails_once)
    with pytest.raises(LabelsError, match="the disk is gone"):
        journal.add(8, "good")
    assert path.read_bytes() == before
    assert journal.labels == {7: "mua"}


def test_a_failed_first_label_leaves_no_file(path, monkeypatch):
    journal = Journal(path, UNITS)

    def full(handle, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(LabelsError, match="No space left"):
        journal.add(8, "good")
    assert not path.exists()


def test_500_labels_are_one_write_and_one_sync_and_a_new_file_syncs_its_folder(tmp_path, monkeypatch):
    path = tmp_path / "new" / "folder" / "labels.jsonl"
    write, sync = os.write, os.fsync
    done = []
    monkeypatch.setattr(os, "write", lambda handle, data: done.append("write") or write(handle, data))

    def synced(handle):
        done.append(Path(f"/proc/self/fd/{handle}").readlink() if Path("/proc/self/fd").exists() else None)
        sync(handle)

    monkeypatch.setattr(os, "fsync", synced)
    journal = Journal(path, UNITS)
    journal.add_all(BATCH)
    if done[0] is not None:
        assert done == [tmp_path / "new", tmp_path, "write", path, path.parent]
    done.clear()
    journal.add_all(BATCH)
    assert done in (["write", path], ["write", None])
    assert len(journal.labels) == 500


LIMITED = """
import resource, sys
from nb_autolabel.errors import LabelsError
from nb_autolabel.export.journal import Journal
from nb_autolabel.export.journal_lines import as_line
journal = Journal(sys.argv[1], range(10_000))
journal.add(0, "good")
size = len(open(sys.argv[1], "rb").read())
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 300, size + 300))
try:
    journal.add_all([(unit, "noise", "hand", "") for unit in range(1000)])
except LabelsError as error:
    print(len(journal.labels), "File too large" in str(error))
"""


@posix
def test_a_file_that_may_not_grow_takes_no_label(path, in_fresh_python):
    assert in_fresh_python(LIMITED, path).split() == ["1", "True"]
    assert Journal(path, range(10_000)).labels == {0: "good"}
    assert path.read_bytes().count(b"\n") == 1


KILLED = """
import sys
from nb_autolabel.export.journal import Journal
from nb_autolabel.export.journal_lines import as_line
journal = Journal(sys.argv[1], range(100_000))
for start in range(0, 100_000, 50):
    journal.add_all([(unit, "good", "hand", "x" * 300) for unit in range(start, start + 50)])
    print(start + 50, flush=True)
"""


@posix
def test_a_kernel_that_is_killed_while_it_writes_loses_no_label_that_it_said_was_kept(path):
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True)
    for _ in range(5):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    kept = max([250, *map(int, process.stdout.read().split())])
    process.wait()
    process.stdout.close()
    journal = Journal(path, range(100_000))
    assert set(range(kept)) <= set(journal.labels)
    journal.add(99_999, "mua")
    assert Journal(path, range(100_000)).labels[99_999] == "mua"


# ---------------------------------------------------------------------- no other file


def make(kind, path, other):
    if kind == "link":
        path.symlink_to(other)
    elif kind == "dangling link":
        path.symlink_to(other.with_name("nothing"))
    elif kind == "hard link":
        path.hardlink_to(other)
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            here = Path.cwd()
            os.chdir(path.parent)  # a socket's path has at most some hundred characters
            made.bind(path.name)
            os.chdir(here)


KINDS = {
    "link": "is a link, and links are not followed",
    "dangling link": "is a link",
    "hard link": r"has 2 names \(hard links\)",
    "folder": "is a folder",
    "pipe": "is a pipe",
    "socket": "is a socket",
}


@posix
@pytest.mark.parametrize("kind", KINDS)
def test_only_a_regular_file_of_its_own_is_a_journal(tmp_path, path, kind):
    other = tmp_path / "profile"
    other.write_text("export SAFE=1\n")
    make(kind, path, other)
    with pytest.raises(LabelsError, match=f"{KINDS[kind]}.*journal="):
        Journal(path, UNITS)
    with pytest.raises(LabelsError, match=KINDS[kind]):
        nbl.BombcellLabeler(nbl.demo_analyzer(), journal=path)
    with pytest.raises(LabelsError, match=KINDS[kind]):
        nbl.LabelingSession(nbl.demo_analyzer(), journal=path)
    assert other.read_text() == "export SAFE=1\n"
    assert {each.name for each in tmp_path.iterdir()} == {"labels.jsonl", "profile"}


@posix
@pytest.mark.parametrize("kind", KINDS)
def test_what_takes_a_journals_place_later_is_not_written_to(tmp_path, journal, path, kind):
    other = tmp_path / "profile"
    other.write_text("export SAFE=1\n")
    path.unlink()
    make(kind, path, other)
    with pytest.raises(LabelsError, match=KINDS[kind]):
        journal.add(8, "good")
    with pytest.raises(LabelsError, match=KINDS[kind]):
        journal.refresh()
    assert journal.labels == {7: "mua"}
    assert other.read_text() == "export SAFE=1\n"


@posix
@pytest.mark.parametrize("device", ["/dev/full", "/dev/null", "/dev/zero"])
def test_a_device_is_no_journal(device):
    with pytest.raises(LabelsError, match="is a device"):
        Journal(device, UNITS)


@posix
def test_a_link_that_is_put_in_place_between_look_and_opening_is_not_followed(path, tmp_path, monkeypatch):
    other = tmp_path / "profile"
    other.write_text("export SAFE=1\n")
    path.write_text("")
    look = os.lstat

    def swapped(name, **options):
        found = look(name, **options)
        if name == path:
            path.unlink()
            path.symlink_to(other)
        return found

    journal = Journal(path, UNITS)
    monkeypatch.setattr(os, "lstat", swapped)
    with pytest.raises(LabelsError, match="no regular file any more"):
        journal.add(1, "good")
    assert other.read_text() == "export SAFE=1\n"


@pytest.mark.parametrize(
    "wrong",
    ["", "a\0b", 5, b"\xff" if os.name == "nt" else 3.5, ["x"], "~nobody-of-that-name/x", "\ud800.jsonl"],
)
def test_what_is_no_path_says_so(wrong):
    with pytest.raises(LabelsError, match="is no path of a file"):
        Journal(wrong, UNITS)


def test_a_large_file_is_refused_before_it_is_read(path, monkeypatch):
    with path.open("wb") as file:
        file.truncate(regular_file.LARGEST + 1)
    with pytest.raises(LabelsError, match="has 64 MB, and a journal has at most 64"):
        Journal(path, UNITS)
    path.unlink()
    monkeypatch.setattr(journal_file, "LARGEST", 3000)
    journal = Journal(path, UNITS)
    with pytest.raises(LabelsError, match="would grow beyond"):
        journal.add_all(BATCH)
    assert not path.exists(), "what could not be read again is not written"


# ---------------------------------------------------------------------- other programs


@pytest.mark.parametrize("how", ["deleted", "emptied", "shortened", "replaced", "rewritten"])
@pytest.mark.parametrize("then", ["add", "refresh"])
def test_labels_that_another_program_took_out_are_written_again_and_it_is_said(path, how, then):
    journal = Journal(path, UNITS)
    journal.add_all([(1, "good", "hand", ""), (2, "noise", "hand", ""), (3, "mua", "hand", "")])
    journal.add(1, None)
    first = path.read_bytes().splitlines(keepends=True)[0]
    if how == "deleted":
        path.unlink()
    elif how == "emptied":
        path.write_bytes(b"")
    elif how == "shortened":
        os.truncate(path, len(first))
    elif how == "replaced":
        path.unlink()
        Journal(path, UNITS).add(9, "good")
    else:
        # Later than what counts here, so that it is the newest word on unit 1.
        later = first.replace(b'"time": "20', b'"time": "29')
        assert later != first
        path.write_bytes(later.replace(b"good", b"fine") * 20)
    with pytest.warns(UserWarning, match="by another program while it was in use"):
        journal.add(4, "good") if then == "add" else journal.refresh()
    expected = {2: "noise", 3: "mua"} | ({4: "good"} if then == "add" else {})
    expected |= {"replaced": {9: "good"}, "rewritten": {1: "fine"}}.get(how, {})
    assert journal.labels == Journal(path, UNITS).labels == expected


def test_a_newer_label_of_another_notebook_is_not_overruled_by_writing_again(path):
    journal = Journal(path, UNITS)
    journal.add(1, "good")
    path.write_text(path.read_text().replace('"good"', '"noise"').replace('"time": "2', '"time": "3'))
    assert journal.refresh() is True
    assert journal.labels == {1: "noise"}


def test_labels_of_another_notebook_come_with_the_next_refresh(path, journal):
    other = Journal(path, UNITS)
    other.add(8, "good", note="x" * 200)
    journal.add(9, "noise")
    assert journal.refresh() is True
    assert journal.refresh() is False
    assert journal.labels == {7: "mua", 8: "good", 9: "noise"}


@posix
def test_a_program_that_never_lets_go_of_the_file_is_not_waited_for(path, journal, monkeypatch):
    import fcntl

    monkeypatch.setattr(journal_file, "PATIENCE", 0.05)
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(LabelsError, match="another program has locked it"):
            journal.add(8, "good")
    assert journal.labels == {7: "mua"}
    journal.add(8, "good")


@posix
def test_a_file_system_without_locks_still_keeps_labels(path, monkeypatch):
    import fcntl

    def none(handle, kind):
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    Journal(path, UNITS).add(8, "good")
    assert Journal(path, UNITS).labels == {8: "good"}


BOTH = """
import sys
from nb_autolabel.export.journal import Journal
from nb_autolabel.export.journal_lines import as_line
journal = Journal(sys.argv[1], range(400))
mine = range(int(sys.argv[2]), 400, 2)
for start in range(0, len(mine), 10):
    journal.add_all([(unit, "good", sys.argv[2], "x" * 3000) for unit in mine[start : start + 10]])
"""


def test_two_notebooks_that_write_batches_at_once_keep_whole_lines(path):
    both = [subprocess.Popen([sys.executable, "-c", BOTH, str(path), str(k)]) for k in (0, 1)]
    assert [process.wait() for process in both] == [0, 0]
    assert len(Journal(path, range(400)).entries) == path.read_bytes().count(b"\n") == 400


def test_what_cannot_be_read_is_named_also_where_it_cannot_be_copied(path, monkeypatch):
    Journal(path, UNITS).add(1, "good")
    with path.open("ab") as file:
        file.write(b"\xff\xfe nothing\n")

    def full(handle, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    for _ in range(2):
        with pytest.warns(UserWarning, match=r"1 line of .* cannot be read.*No space left"):
            assert Journal(path, UNITS).labels == {1: "good"}
    assert list(path.parent.iterdir()) == [path]


def test_the_mode_of_a_new_file_follows_the_umask(path):
    old = os.umask(0o027)
    try:
        Journal(path, UNITS).add(1, "good")
    finally:
        os.umask(old)
    assert os.name != "posix" or path.stat().st_mode & 0o777 == 0o640


def test_a_later_line_counts_although_the_clock_of_its_machine_is_behind(path, journal):
    """Notebook B labels after A, with an earlier time; then an editor saves the file, and A writes again."""
    other = Journal(path, UNITS)
    journal.add(3, "good")
    entry = other.entry(3, "noise")
    line = as_line(replace(entry, time="2001-01-01T00:00:00+00:00"))
    path.write_bytes((path.read_bytes() + line).replace(b"\n", b"\r\n"))
    with pytest.warns(UserWarning, match="rewritten by another program"):
        journal.add(4, "mua")
    assert journal.labels[3] == Journal(path, UNITS).labels[3] == "noise"
