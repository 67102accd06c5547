"""A file replaces only a file of its own kind: anything else stays as it is, overwrite or not."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import AlreadyExistsError, ForeignTargetError

from .foreign import FILES, FOLDERS, FOREIGN, LABELS, NAMES, Writers, few_units, state
from .test_reader_layout import write_binary, write_zarr


@pytest.fixture(scope="module")
def labeler() -> Iterator[nbl.BombcellLabeler]:
    made = nbl.BombcellLabeler(few_units(), journal=None)
    yield made
    made.close()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_binary(tmp_path_factory.mktemp("source") / "source")


@pytest.fixture
def writers(labeler: Any, source: Path) -> Writers:
    return Writers(labeler, source)


@pytest.mark.parametrize("overwrite", [True, False])
@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize("writer", NAMES)
def test_what_is_of_another_kind_is_refused_by_name_and_stays(
    writer: str, foreign: str, overwrite: bool, writers: Writers, tmp_path: Path
):
    if writer == "nwb":
        pytest.importorskip("pynwb")
        if foreign == "HDF5 of another program":
            pytest.skip("labels are added to HDF5 files; see the test of NWB below")
    target = tmp_path / NAMES[writer]
    FOREIGN[foreign](target)
    before = state(tmp_path)

    with pytest.raises(nbl.errors.AutolabelError, match=target.name) as caught:
        getattr(writers, writer)(target, overwrite)

    assert state(tmp_path) == before
    if writer != "nwb":
        assert isinstance(caught.value, ForeignTargetError)
        # It does not advise what would not help.
        assert "pass overwrite=True" not in str(caught.value)


@pytest.mark.parametrize("writer", FILES)
@pytest.mark.parametrize("kind", ["zarr", "binary"])
def test_a_file_never_replaces_an_analyzer(writer: str, kind: str, writers: Writers, tmp_path: Path):
    if writer == "nwb":
        pytest.importorskip("pynwb")
    target = (write_zarr if kind == "zarr" else write_binary)(tmp_path / NAMES[writer])
    before = state(tmp_path)

    with pytest.raises(nbl.errors.AutolabelError, match=target.name):
        getattr(writers, writer)(target, True)

    assert state(tmp_path) == before


def written_before(writer: str, writers: Writers, target: Path) -> None:
    getattr(writers, writer)(target, False)


#: Writers whose files have nothing in common.
PAIRS = [(a, b) for a in FILES for b in FILES if a != b and {a, b} - {"csv", "wide_csv"}
         and {a, b} - {"page", "report_html"} and "nwb" not in (a, b)]  # fmt: skip


@pytest.fixture(scope="module")
def made(labeler: Any, source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One of everything that is written, but NWB files, which are only added to."""
    folder = tmp_path_factory.mktemp("made")
    all_writers = Writers(labeler, source)
    found = {writer: folder / name for writer, name in NAMES.items() if writer != "nwb"}
    for writer, path in found.items():
        written_before(writer, all_writers, path)
    return found


@pytest.mark.parametrize(("writer", "other"), PAIRS)
def test_what_one_writer_wrote_is_not_replaced_by_another(
    writer: str, other: str, made: dict[str, Path], writers: Writers, tmp_path: Path
):
    target = tmp_path / NAMES[writer]
    shutil.copy(made[other], target)
    before = state(tmp_path)

    with pytest.raises(ForeignTargetError, match=target.name):
        getattr(writers, writer)(target, True)

    assert state(tmp_path) == before


@pytest.mark.parametrize("writer", [name for name in NAMES if name != "nwb"])
def test_what_was_written_before_is_replaced_when_asked_and_keeps_its_mode(
    writer: str, made: dict[str, Path], writers: Writers, tmp_path: Path
):
    target = tmp_path / NAMES[writer]
    (shutil.copytree if made[writer].is_dir() else shutil.copy)(made[writer], target)
    target.chmod(0o750 if target.is_dir() else 0o604)
    inode = target.stat().st_ino

    with pytest.raises(AlreadyExistsError, match=r"exists.*pass overwrite=True") as caught:
        getattr(writers, writer)(target, False)
    assert not isinstance(caught.value, ForeignTargetError)
    assert target.stat().st_ino == inode
    getattr(writers, writer)(target, True)

    assert target.stat().st_ino != inode
    assert stat.S_IMODE(target.stat().st_mode) == (0o750 if target.is_dir() else 0o604)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


@pytest.mark.parametrize("writer", [name for name in NAMES if name != "nwb"])
def test_what_is_empty_holds_nothing_and_may_be_replaced(writer: str, writers: Writers, tmp_path: Path):
    target = tmp_path / NAMES[writer]
    target.mkdir() if writer in FOLDERS else target.touch()

    with pytest.raises(AlreadyExistsError):
        getattr(writers, writer)(target, False)
    getattr(writers, writer)(target, True)

    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_new_files_are_as_readable_as_the_user_wants_new_files_to_be(writers: Writers, tmp_path: Path):
    before = os.umask(0o027)
    try:
        writers.csv(tmp_path / "l.csv", False)
        writers.binary_folder(tmp_path / "clean", False)
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "l.csv").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "clean").stat().st_mode) == 0o750


@pytest.mark.parametrize(
    "content",
    ["unit_id,label\n1,good\n", '\ufeff"a";"b"\n1;2\n', "cluster\tgroup\n3\tgood\n\n", ",label\r\n1,mua\r\n"],
)
def test_any_table_with_a_header_is_a_table(content: str, writers: Writers, tmp_path: Path):
    (tmp_path / "l.csv").write_bytes(content.encode())

    writers.csv(tmp_path / "l.csv", True)

    assert nbl.import_labels(tmp_path / "l.csv")["label"].tolist() == LABELS.tolist()
