"""A save that fails, is interrupted or is killed leaves the old analyzer, or nothing, and never a half."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer.folder_writer import FolderWriter
from nb_autolabel.analyzer.zarr_writer import ZarrWriter
from nb_autolabel.errors import AlreadyExistsError, DamagedDataError

from .test_reader_arrays import consolidate, put_array
from .test_reader_layout import UNITS, write_binary, write_zarr
from .test_reader_twins import assert_same_analyzer

pytestmark = pytest.mark.newest

WRITERS: dict[Any, type] = {"zarr": ZarrWriter, "binary_folder": FolderWriter}
METHODS = ["root", "recording_info", "sorting", "extension", "array", "frame", "value", "finish"]
FAILURES = [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt(), MemoryError()]


@pytest.fixture
def analyzer(tmp_path: Path) -> nbl.Analyzer:
    return nbl.load(write_binary(tmp_path / "small"))


def fail_in(writer: type, method: str, failure: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a method do its work, and fail then."""
    original = getattr(writer, method)

    def failing(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        raise failure

    monkeypatch.setattr(writer, method, failing)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("format", WRITERS)
def test_a_save_that_fails_leaves_nothing_behind(
    format: Any, method: str, analyzer: nbl.Analyzer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for failure in FAILURES if method == "array" else FAILURES[:1]:
        with monkeypatch.context() as patch:
            fail_in(WRITERS[format], method, failure, patch)
            with pytest.raises(type(failure)):
                analyzer.save_as(format, tmp_path / "saved.zarr")
        assert [p.name for p in tmp_path.iterdir()] == ["small"]


@pytest.mark.parametrize("method", ["root", "array", "finish"])
@pytest.mark.parametrize("format", WRITERS)
def test_an_overwrite_that_fails_leaves_the_old_one_whole(
    format: Any, method: str, analyzer: nbl.Analyzer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    old = analyzer.select_units(["u3", "u1"])
    old.save_as(format, tmp_path / "saved.zarr")
    fail_in(WRITERS[format], method, FAILURES[0], monkeypatch)

    with pytest.raises(OSError, match="No space left"):
        analyzer.save_as(format, tmp_path / "saved.zarr", overwrite=True)

    assert_same_analyzer(old, nbl.load(tmp_path / "saved.zarr"), dicts=False)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["saved.zarr", "small"]


@pytest.mark.parametrize("format", WRITERS)
def test_a_new_one_that_cannot_be_put_in_place_leaves_the_old_one_whole(
    format: Any, analyzer: nbl.Analyzer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Where the system cannot swap two names, the second of two renames may fail."""
    old = analyzer.select_units(["u3", "u1"])
    old.save_as(format, tmp_path / "saved.zarr")
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if ".partial-" in self.name:
            raise OSError(errno.EACCES, "in use by another program")
        return rename(self, target)

    monkeypatch.setattr("nb_autolabel.analyzer.atomic_write._exchange", lambda one, other: False)
    monkeypatch.setattr(Path, "rename", failing)

    with pytest.raises(OSError, match="in use"):
        analyzer.save_as(format, tmp_path / "saved.zarr", overwrite=True)

    assert_same_analyzer(old, nbl.load(tmp_path / "saved.zarr"), dicts=False)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["saved.zarr", "small"]


def test_a_folder_that_appears_while_saving_is_not_replaced(
    analyzer: nbl.Analyzer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    finish = FolderWriter.finish

    def slow(self: FolderWriter) -> None:
        (tmp_path / "saved").mkdir()
        (tmp_path / "saved" / "someone else's").write_text("x")
        finish(self)

    monkeypatch.setattr(FolderWriter, "finish", slow)

    with pytest.raises(AlreadyExistsError, match="appeared while saving"):
        analyzer.save_as("binary_folder", tmp_path / "saved")

    assert [p.name for p in (tmp_path / "saved").iterdir()] == ["someone else's"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["saved", "small"]


@pytest.mark.parametrize("format", WRITERS)
def test_damaged_data_are_not_copied_and_not_left_out(format: Any, tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    (folder / "extensions/waveforms/waveforms/3.0.0").write_bytes(b"spoiled")

    with pytest.raises(DamagedDataError, match=r"waveforms/3\.0\.0"):
        nbl.load(folder).save_as(format, tmp_path / "saved")
    assert nbl.load(folder).save_as(format, tmp_path / "slim", slim=True).get_num_units() == 6

    put_array(folder, "extensions/templates/std", UNITS, described={"chunks": "spoiled"})
    consolidate(folder)
    with pytest.raises(DamagedDataError, match=r"templates/std"):
        nbl.load(folder).save_as(format, tmp_path / "saved")
    assert not list(tmp_path.glob("*saved*"))


#: Forks a child that saves again and again, kills it at a random moment, looks at what is there.
KILL = """
import hashlib, os, random, signal, sys, time, traceback
from pathlib import Path
import numpy as np
import nb_autolabel as nbl

source, folder, format, rounds = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])

def digest(analyzer):
    found = hashlib.sha256()
    for part in (analyzer.unit_ids, analyzer.sparsity_mask, analyzer.spikes):
        found.update(np.ascontiguousarray(part).tobytes())
    for name in sorted(analyzer.extension_names):
        extension = analyzer.get_extension(name)
        for key in extension.data_names:
            if extension.entry(key).kind == "array":
                found.update(f"{name}/{key}".encode() + np.ascontiguousarray(extension.get_data(key)).tobytes())
    table = analyzer.get_metrics_extension_data()
    found.update(table[sorted(table)].to_numpy(float).tobytes())
    return found.hexdigest()

whole = nbl.load(source)
one, two = ["u2", "u5"], ["u6", "u1", "u3"]
states = {digest(whole.select_units(one)): "one", digest(whole.select_units(two)): "two"}
assert len(states) == 2
def litter():
    return [p for p in folder.iterdir() if ".partial-" in p.name]

seen = []
# On a busy machine a kill more often hits the time between two saves: then there are more of them.
while len(seen) < rounds or (len(litter()) < 2 and len(seen) < 8 * rounds):
    round = len(seen)
    target = folder / f"target{round % 3}.zarr"
    child = os.fork()
    if child == 0:
        try:
            if round % 2:
                from nb_autolabel.analyzer import atomic_write
                put = atomic_write._put_in_place
                def put_slowly(*args):
                    time.sleep(0.05); put(*args); time.sleep(0.05)
                atomic_write._put_in_place = put_slowly
            while True:
                for units in (one, two):
                    whole.select_units(units).save_as(format, target, overwrite=True, progress_bar=False)
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    time.sleep(random.uniform(0.02, 0.4))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the child stopped by itself"
    seen.append(states[digest(nbl.load(target))] if target.exists() else "absent")
print(len(litter()), *seen)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork a process")
@pytest.mark.parametrize("format", WRITERS)
def test_a_save_that_is_killed_leaves_the_old_one_or_the_new_one_whole(
    format: Any, tmp_path: Path, in_fresh_python: Any
):
    source, folder = write_binary(tmp_path / "small"), tmp_path / "saved"
    folder.mkdir()

    litter, *seen = in_fresh_python(KILL, source, folder, format, 12).split()

    assert len(seen) >= 12
    assert set(seen) <= {"absent", "one", "two"}
    # The kills did hit saves half done, and not only the time between two of them.
    assert int(litter) >= 2
