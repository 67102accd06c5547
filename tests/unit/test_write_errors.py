"""What the system refuses is said by name, leaves nothing behind, and harms nothing that was there."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import AutolabelError, DamagedDataError, WriteError
from tests.conftest import stable

from .foreign import FILES, LABELS, NAMES, Writers, few_units, state
from .test_reader_layout import write_binary, write_zarr

FORMATS: Any = ["zarr", "binary_folder"]
MAKERS = [name for name in NAMES if name != "nwb"]


@pytest.fixture(scope="module")
def labeler() -> Iterator[nbl.BombcellLabeler]:
    made = nbl.BombcellLabeler(few_units(), journal=None)
    yield made
    made.close()


@pytest.fixture(scope="module")
def writers(labeler: Any, tmp_path_factory: pytest.TempPathFactory) -> Writers:
    return Writers(labeler, write_binary(tmp_path_factory.mktemp("source") / "source"))


@pytest.mark.parametrize("writer", [*MAKERS, "phy"])
@pytest.mark.parametrize(
    ("folder", "why"),
    [
        ("a file/deeper", "Not a directory"),
        ("new/" + "n" * 300 + "/x", "too long"),
        ("nowhere/deeper", "exists"),
    ],
)
def test_a_place_that_cannot_be_is_named(
    writer: str, folder: str, why: str, writers: Writers, tmp_path: Path
):
    (tmp_path / "a file").write_text("kept")
    (tmp_path / "nowhere").symlink_to("gone")
    before = state(tmp_path)

    with pytest.raises(WriteError, match=why) as caught:
        if writer == "phy":
            nbl.export_labels({1: "good"}, tmp_path / folder / "phy", "phy")
        else:
            getattr(writers, writer)(tmp_path / folder / NAMES[writer], True)

    assert str(tmp_path) in str(caught.value)
    assert caught.value.errno in (errno.ENOTDIR, errno.ENAMETOOLONG, errno.EEXIST)
    assert state(tmp_path) == before


@pytest.mark.parametrize("writer", MAKERS)
def test_a_name_that_is_too_long_is_named_and_a_long_one_works(writer: str, writers: Writers, tmp_path: Path):
    suffix = Path(NAMES[writer]).suffix

    with pytest.raises(WriteError, match="too long"):
        getattr(writers, writer)(tmp_path / ("n" * 300 + suffix), True)
    assert not list(tmp_path.iterdir())

    longest = "ü" * ((255 - len(suffix)) // 2) + suffix
    getattr(writers, writer)(tmp_path / longest, True)
    assert [path.name for path in tmp_path.iterdir()] == [longest]


@pytest.mark.parametrize("writer", MAKERS)
@pytest.mark.parametrize("path", [None, 7, "", "a\0b", "a\ud800b", ["x"]], ids=stable)
def test_what_is_no_path_is_named(writer: str, path: Any, writers: Writers):
    with pytest.raises(AutolabelError):
        getattr(writers, writer)(path, True)


def test_paths_of_bytes_and_of_no_known_user(writers: Writers, tmp_path: Path):
    written = writers.csv(os.fsencode(tmp_path / "l.csv"), False)  # type: ignore[arg-type]
    assert written == tmp_path / "l.csv"
    with pytest.raises(WriteError, match="no_such_user"):
        writers.csv(Path("~no_such_user_here/l.csv"), False)


@pytest.mark.parametrize(
    "failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()], ids=stable
)
@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("writer", [name for name in FILES if name != "nwb"])
def test_a_write_that_fails_leaves_the_old_file_or_nothing(
    writer: str,
    there: bool,
    failure: BaseException,
    writers: Writers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    target = tmp_path / "new" / "deep" / NAMES[writer]
    if there:
        getattr(writers, writer)(target, False)
    before = state(tmp_path)

    def fail(handle: int) -> None:
        raise failure

    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(WriteError if isinstance(failure, OSError) else KeyboardInterrupt) as caught:
        getattr(writers, writer)(target, True)

    assert state(tmp_path) == before
    if isinstance(failure, OSError):
        assert target.name in str(caught.value)
        assert "No space left" in str(caught.value)
        assert isinstance(caught.value, OSError)
        assert caught.value.errno == errno.ENOSPC


def fail_at(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the n-th file that is made sure of fail, as on a disk that is full by then."""
    left = [count]
    fsync = os.fsync

    def failing(handle: int) -> None:
        left[0] -= 1
        if left[0] <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", failing)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_tables_of_phy_are_exchanged_together_or_not_at_all(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "cluster_group.tsv").write_text("cluster_id\tgroup\n0\tnoise\n")
    (tmp_path / "cluster_label.tsv").write_text("cluster_id\tlabel\n0\tgood\n1\tmua\n")
    before = state(tmp_path)
    fail_at(count, monkeypatch)

    if count == 5:  # two tables and two copies of what a person gave
        nbl.export_labels({0: "good"}, tmp_path, "phy", overwrite=True)
        assert len(state(tmp_path)) == 4
        return
    with pytest.raises(WriteError, match="No space left"):
        nbl.export_labels({0: "good"}, tmp_path, "phy", overwrite=True)

    assert state(tmp_path) == before


@pytest.mark.parametrize("count", range(1, 6))
@pytest.mark.parametrize("there", [True, False])
def test_a_property_that_cannot_be_written_leaves_the_analyzer_as_it_was(
    there: bool, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = nbl.load(write_binary(tmp_path / "b")).save_as("zarr", tmp_path / "z.zarr").folder
    if there:
        nbl.export_labels(LABELS, str(folder), "analyzer")
    before = state(tmp_path)
    fail_at(count, monkeypatch)

    try:
        nbl.export_labels(LABELS.iloc[::-1].set_axis(LABELS.index), str(folder), "analyzer", overwrite=True)
    except WriteError as error:
        assert "No space left" in str(error)
        assert state(tmp_path) == before
    else:
        assert count > 3
        assert nbl.import_labels(str(folder))["label"].tolist() == LABELS.tolist()[::-1]
    assert not list(tmp_path.rglob("*partial*"))


def test_a_property_that_cannot_be_put_in_its_place_keeps_its_name_in_the_metadata(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The store does not name the array while it is exchanged; where that fails, it names it again."""
    folder = nbl.load(write_binary(tmp_path / "b")).save_as("zarr", tmp_path / "z.zarr").folder
    nbl.export_labels(LABELS, str(folder), "analyzer")
    before = state(tmp_path)
    from nb_autolabel.analyzer import atomic_write

    put = atomic_write._put_in_place

    def failing(partial: Path, target: Path, *how: Any) -> None:
        if target.name == "label":
            raise OSError(errno.EACCES, "in use by another program")
        put(partial, target, *how)

    monkeypatch.setattr(atomic_write, "_put_in_place", failing)

    with pytest.raises(WriteError, match="in use"):
        nbl.export_labels(LABELS, str(folder), "analyzer", overwrite=True)

    assert state(tmp_path) == before


def test_damaged_metadata_stop_a_property_before_anything_is_written(tmp_path: Path):
    folder = write_zarr(tmp_path / "z.zarr")
    (folder / ".zmetadata").write_text("{spoiled")
    before = state(tmp_path)

    with pytest.raises(DamagedDataError, match="zmetadata"):
        nbl.export_labels(LABELS, folder, "analyzer")

    assert state(tmp_path) == before


#: Files may not grow beyond some bytes; every writer must say so and leave nothing.
FULL = """
import json, resource, sys
from pathlib import Path
import nb_autolabel as nbl
from nb_autolabel.errors import WriteError
from tests.unit.foreign import LABELS, NAMES, Writers, few_units

folder, source, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
labeler = nbl.BombcellLabeler(few_units(), journal=None)
writers = Writers(labeler, source)
writers.analyzer.spikes
import matplotlib.pyplot, skops.io, zarr, pyarrow.parquet
nbl.report(nbl.demo_analyzer(), source.parent / "warm.html")
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
said = {}
for name, path in NAMES.items():
    if name == "nwb":
        continue
    try:
        getattr(writers, name)(folder / path, True)
        said[name] = "written"
    except WriteError as error:
        said[name] = str(error)
    left = sorted(str(p.relative_to(folder)) for p in folder.iterdir())
    if left and said[name] != "written":
        said[name] += f" LEFT {left}"
    for p in folder.iterdir():
        import shutil
        shutil.rmtree(p) if p.is_dir() else p.unlink()
print(json.dumps(said))
"""


def _said(folder: Path, source: Path, limit: int) -> dict[str, str]:
    import json

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FULL, str(folder), str(source), str(limit)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "MPLBACKEND": "agg"},
    )
    assert done.returncode == 0, f"ended by {done.returncode}: {done.stderr[-3000:]}"
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def _large(folder: Path) -> Path:
    source = write_binary(folder)
    np.save(
        source / "extensions/waveforms/waveforms.npy", np.random.default_rng(1).normal(size=(24, 5000, 2))
    )
    return source


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of file sizes are Linux' here")
def test_no_room_for_a_file_is_said_and_ends_no_process(tmp_path: Path):
    (tmp_path / "out").mkdir()

    said = _said(tmp_path / "out", _large(tmp_path / "source"), 40)

    assert set(said) == set(MAKERS)
    for writer, words in said.items():
        assert NAMES[writer] in words, (writer, words)
        assert "could not be written" in words, (writer, words)
        assert "LEFT" not in words, (writer, words)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="tmpfs is Linux'")
def test_a_full_disk_in_memory_is_said_and_ends_no_process(tmp_path: Path):
    """On a full tmpfs a mapped file ends the process (SIGBUS) where a written one gives an error."""
    disk = tmp_path / "disk"
    disk.mkdir()
    source = _large(tmp_path / "source")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "none", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only some may mount a disk")
    try:
        (disk / "out").mkdir()
        said = _said(disk / "out", source, 0)
    finally:
        subprocess.run(["umount", str(disk)], check=True)

    for writer in ("zarr", "binary_folder"):
        assert "No space left" in said[writer]
        assert "LEFT" not in said[writer]
    assert said["csv"] == "written"


def test_a_folder_is_not_changed_on_the_way_to_a_failed_one(writers: Writers, tmp_path: Path):
    """Folders that were made on the way are taken away again, those that were there stay."""
    (tmp_path / "there").mkdir()
    broken = nbl.load(write_zarr(tmp_path / "broken.zarr"))
    (tmp_path / "broken.zarr" / "extensions/waveforms/waveforms/3.0.0").write_bytes(b"spoiled")
    before = state(tmp_path)

    for layout in FORMATS:
        with pytest.raises(DamagedDataError):
            broken.save_as(layout, tmp_path / "there" / "new" / "deep" / "saved")

    assert state(tmp_path) == before


def test_an_error_of_hdf5_while_a_file_is_written_is_one_of_writing_whatever_its_words_are(tmp_path: Path):
    from nb_autolabel.errors import UnknownFormatError
    from nb_autolabel.export.nwb import _named

    with pytest.raises(OSError, match="RuntimeError: schrijven mislukt"), _named(tmp_path / "x.nwb") as stage:
        stage.writing = True
        raise RuntimeError("schrijven mislukt")
    with pytest.raises(UnknownFormatError, match="cannot be used as an NWB file"), _named(tmp_path / "x.nwb"):
        raise RuntimeError("write failed")
