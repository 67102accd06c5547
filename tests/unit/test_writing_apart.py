"""Many files that do not belong together: each whole or not there, and on the disk before it has its name."""

import os

import pytest

from nb_autolabel.analyzer.file_kinds import CSV_TABLE
from nb_autolabel.errors import AlreadyExistsError, ForeignTargetError, WriteError
from nb_autolabel.export.writing import write_apart

TEXT = '"unit_id","label"\n1,"good"\n'


def files(folder, many=70):
    return [(folder / f"r{at}.csv", TEXT + f'{at},"mua"\n', CSV_TABLE) for at in range(many)]


def test_all_are_written_and_nothing_else_is_left(tmp_path):
    wanted = files(tmp_path / "new" / "folder")
    assert write_apart(wanted, False) == [None] * 70
    assert {file: file.read_text() for file in (tmp_path / "new/folder").iterdir()} == {
        target: text for target, text, _ in wanted
    }


def test_one_that_fails_is_no_matter_for_the_others(tmp_path):
    (tmp_path / "r1.csv").write_text(TEXT)
    (tmp_path / "r2.csv").write_bytes(b"\0not a table")
    (tmp_path / "r3.csv").mkdir()
    wanted = files(tmp_path, 6)
    wanted[4] = (tmp_path / "r4.csv", "half a pair \ud800", CSV_TABLE)
    found = write_apart(wanted, False)
    kinds = [AlreadyExistsError, ForeignTargetError, ForeignTargetError, WriteError]
    assert [found[0], found[5]] == [None, None]
    assert [type(each) for each in found[1:5]] == kinds
    assert (tmp_path / "r1.csv").read_text() == TEXT
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "r0.csv",
        "r1.csv",
        "r2.csv",
        "r3.csv",
        "r5.csv",
    ]
    assert [each is None for each in write_apart(wanted, True)] == [True, True, False, False, False, True]


def test_what_the_disk_does_not_take_is_not_there(tmp_path, monkeypatch):
    real, seen = os.fsync, []

    def full(descriptor):
        seen.append(descriptor)
        if len(seen) % 3 == 0:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    found = write_apart(files(tmp_path, 40), False)
    assert len(seen) == 40
    failed = [each for each in found if each is not None]
    assert len(failed) == 13
    assert all(isinstance(each, WriteError) and "No space left" in str(each) for each in failed)
    assert len(list(tmp_path.iterdir())) == 27


def test_a_file_has_its_name_only_when_it_is_on_the_disk(tmp_path, monkeypatch):
    real, named = os.fsync, []

    def watched(descriptor):
        named.append(os.fstat(descriptor).st_size > 0 and not any(tmp_path.glob("r*.csv")))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    assert write_apart(files(tmp_path, 1), False) == [None]
    assert named == [True]


def test_a_run_that_is_stopped_leaves_nothing_half_written(tmp_path):
    class Stopping(str):
        __slots__ = ()

        def encode(self, *_):
            raise KeyboardInterrupt

    some = files(tmp_path)
    some[3] = (some[3][0], Stopping("never"), some[3][2])
    with pytest.raises(KeyboardInterrupt):
        write_apart(some, False)
    assert list(tmp_path.iterdir()) == []
