"""A folder replaces only a folder of its own kind, and never one that the work stands on."""

from __future__ import annotations

import json
import os
import shutil
import warnings
from pathlib import Path
from typing import Any

import pytest

import nb_autolabel as nbl
from nb_autolabel.cli import main
from nb_autolabel.errors import ForeignTargetError

from .foreign import NAMES, Writers, foreign_folder, state
from .test_reader_layout import write_binary, write_zarr

FORMATS: Any = ["zarr", "binary_folder"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_binary(tmp_path_factory.mktemp("source") / "source")


@pytest.fixture
def writers(source: Path) -> Writers:
    return Writers(None, source)


@pytest.mark.parametrize("writer", ["zarr", "binary_folder", "selection"])
@pytest.mark.parametrize("layout", ["zarr", "binary"])
@pytest.mark.parametrize(
    "where",
    ["thesis.txt", "raw/recording.bin", "sorting/notes.txt", "extensions/notes.md", "extensions/x/video.mp4"],
)
def test_an_analyzer_that_holds_something_else_is_not_replaced(
    writer: str, layout: str, where: str, writers: Writers, tmp_path: Path
):
    target = (write_zarr if layout == "zarr" else write_binary)(tmp_path / NAMES[writer])
    (target / where).parent.mkdir(exist_ok=True)
    (target / where).write_text("years of work")
    before = state(tmp_path)

    with pytest.raises(
        ForeignTargetError, match=where.rsplit("/", maxsplit=1)[-1].split(".", maxsplit=1)[0] + r"|raw"
    ):
        getattr(writers, writer)(target, True)

    assert state(tmp_path) == before


@pytest.mark.parametrize("key", ["sorting", "extensions", "extensions/waveforms"])
def test_an_analyzer_with_a_linked_part_is_not_replaced(key: str, writers: Writers, tmp_path: Path):
    target = write_binary(tmp_path / "clean")
    (target / key).rename(tmp_path / "big disk")
    (target / key).symlink_to(tmp_path / "big disk", target_is_directory=True)
    before = state(tmp_path)

    with pytest.raises(ForeignTargetError, match=key):
        writers.binary_folder(target, True)

    assert state(tmp_path) == before


@pytest.mark.parametrize("name", [".DS_Store", "._clean", "Thumbs.db"])
def test_what_file_browsers_leave_is_no_obstacle(name: str, writers: Writers, tmp_path: Path):
    target = write_binary(tmp_path / "clean")
    (target / name).write_bytes(b"\0")
    (target / "sorting" / name).write_bytes(b"\0")

    assert writers.binary_folder(target, True).get_num_units() == 6


@pytest.mark.parametrize("kind", ["recording", "sorting", "other zarr"])
def test_other_zarr_stores_and_folders_of_spikeinterface_are_no_analyzers(
    kind: str, writers: Writers, tmp_path: Path
):
    target = tmp_path / "clean.zarr"
    target.mkdir()
    (target / ".zgroup").write_text('{"zarr_format": 2}')
    info = {"spikeinterface_info": {"object": kind}} if kind != "other zarr" else {}
    (target / ".zattrs").write_text(json.dumps(info))
    (target / "sorting").mkdir()
    before = state(tmp_path)

    with pytest.raises(ForeignTargetError, match="not an analyzer"):
        writers.zarr(target, True)

    assert state(tmp_path) == before


@pytest.mark.parametrize("foreign", ["notes.md", "training_data.csv", "best_model.pkl", "raw/x.bin"])
def test_a_model_folder_with_something_else_is_not_replaced(foreign: str, writers: Writers, tmp_path: Path):
    target = writers.model(tmp_path / "model", False)
    (target / foreign).parent.mkdir(exist_ok=True)
    (target / foreign).write_text("years of work")
    before = state(tmp_path)

    with pytest.raises(ForeignTargetError, match=foreign.split("/", maxsplit=1)[0]):
        writers.model(target, True)

    assert state(tmp_path) == before


def test_folders_that_nothing_may_replace(writers: Writers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The working directory, home, and what holds them: also where they are analyzers, or empty."""
    home, here = tmp_path / "home", write_binary(tmp_path / "lab" / "here")
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(here)
    before = state(tmp_path)
    places = {
        here: "the working directory",
        home: "home",
        tmp_path / "lab": "working directory",
        Path("/"): "left alone|holds others",
    }

    for place, said in places.items():
        for write in (writers.binary_folder, writers.model):
            with pytest.raises(ForeignTargetError, match=said):
                write(place, True)
    monkeypatch.chdir(here / "extensions")
    for name in ("..", "../..", ".", "/", "~"):
        for layout in FORMATS:
            with pytest.raises(ForeignTargetError):
                writers.analyzer.save_as(layout, name, overwrite=True)

    assert state(tmp_path) == before


def test_a_disk_is_not_replaced(writers: Writers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "disk").mkdir()
    ismount = os.path.ismount
    monkeypatch.setattr(os.path, "ismount", lambda p: Path(p) == tmp_path / "disk" or ismount(p))

    with pytest.raises(ForeignTargetError, match="a whole disk"):
        writers.binary_folder(tmp_path / "disk", True)


@pytest.mark.parametrize("overwrite", [True, False])
@pytest.mark.parametrize(
    "how", ["itself", "by a link", "by dots", "relative", "a part", "deep in a part", "around"]
)
@pytest.mark.parametrize("kind", ["whole", "selection", "selection of a selection", "zip"])
def test_an_analyzer_is_not_written_over_into_or_around_its_source(
    kind: str, how: str, overwrite: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    place = tmp_path / "around" / "source.zarr"
    write_zarr(place)
    if kind == "zip":
        shutil.make_archive(str(tmp_path / "packed"), "zip", place)
        shutil.rmtree(place)
        (tmp_path / "packed.zip").rename(place)
    analyzer = nbl.load(place)
    if "selection" in kind:
        analyzer = analyzer.select_units(["u5", "u2", "u1"])
    if kind == "selection of a selection":
        analyzer = analyzer.select_units(["u1", "u5"])
    (tmp_path / "alias").symlink_to(tmp_path / "around", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    target = {
        "itself": place,
        "by a link": tmp_path / "alias" / "source.zarr",
        "by dots": tmp_path / "alias" / ".." / "around" / "source.zarr",
        "relative": Path("around/source.zarr"),
        "a part": place / "extensions.zarr",
        "deep in a part": place / "extensions" / "new" / "copy.zarr",
        "around": tmp_path / "around",
    }[how]
    before = state(tmp_path)

    for layout in FORMATS[1:] if how == "around" else FORMATS:
        with pytest.raises(nbl.errors.AutolabelError, match=r"around|source"):
            analyzer.save_as(layout, target, overwrite=overwrite)

    assert state(tmp_path) == before
    assert analyzer.get_templates().shape[0] == analyzer.get_num_units()


def test_the_command_line_refuses_too_and_says_its_own_option(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    foreign_folder(tmp_path / "things")
    (tmp_path / "raw.csv").write_bytes(bytes(100))
    (tmp_path / "raw.html").write_bytes(bytes(100))
    inner = shutil.copytree(source, tmp_path / "things" / "source")
    monkeypatch.chdir(tmp_path / "things")
    before = state(tmp_path)

    for arguments in (
        ["slim", inner, tmp_path / "things", "--overwrite"],
        ["slim", inner, ".", "--overwrite"],
        ["slim", inner, inner, "--overwrite"],
        ["slim", inner, inner.parent, "--overwrite"],
        ["slim", inner, tmp_path / "things" / "raw", "--overwrite"],
        ["slim", inner, tmp_path / "raw.csv"],
        ["label", inner, "--out", tmp_path / "raw.csv", "--overwrite", "--allow-missing"],
        ["label", inner, "--out", tmp_path / "things", "--format", "csv", "--overwrite", "--allow-missing"],
        ["report", inner, tmp_path / "raw.html", "--overwrite"],
        ["lab", "--no-start", "--folder", tmp_path / "raw.csv"],
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert main([str(a) for a in arguments]) == 1
        said = capsys.readouterr().err
        assert "overwrite=True" not in said
        assert str(tmp_path) in said

    assert state(tmp_path) == before


def test_notebooks_are_not_copied_through_a_link(tmp_path: Path):
    (tmp_path / "n").mkdir()
    (tmp_path / "n" / "auto_label_units.ipynb").symlink_to(tmp_path / "elsewhere")

    assert main(["lab", "--folder", str(tmp_path / "n"), "--no-start"]) == 0

    assert not (tmp_path / "elsewhere").exists()


def test_a_write_protected_analyzer_is_not_replaced(
    writers: Writers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    target = write_binary(tmp_path / "clean")
    before = state(tmp_path)
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # as for a user who may not write there

    with pytest.raises(ForeignTargetError, match="write-protected"):
        writers.binary_folder(target, True)

    assert state(tmp_path) == before
