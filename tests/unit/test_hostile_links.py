"""Links inside an analyzer's folder are followed as far as they stay in it; those that lead out are refused by name."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer import links
from nb_autolabel.analyzer.stores import FolderStore
from nb_autolabel.errors import AutolabelError, DamagedDataError, MissingDataError

from .test_hostile_json import outcomes
from .test_reader_layout import WRITE, write_binary, write_zarr

pytestmark = pytest.mark.skipif(os.name == "nt", reason="making links needs rights there")

AVERAGE = {"zarr": "extensions/templates/average/0.0.0", "binary_folder": "extensions/templates/average.npy"}
OUT = "is a link that leads out of the analyzer"


@pytest.fixture(params=["step by step", "by paths"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of opening: the one of Linux and macOS, and the one of systems without open folders."""
    if request.param == "by paths":
        monkeypatch.setattr(links, "_STEPWISE", False)
    return str(request.param)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    """A folder with files and folders in it, and a secret beside it."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/password").write_bytes(b"hunter2")
    root = tmp_path / "root"
    (root / "a/b").mkdir(parents=True)
    (root / "a/file").write_bytes(b"inside")
    (root / "a/b/other").write_bytes(b"deep")
    return FolderStore(root)


@pytest.mark.parametrize(
    ("link", "target", "key"),
    [
        ("direct", "/secret/password", "direct"),
        ("folder", "/secret", "folder/password"),
        ("up", "../secret/password", "up"),
        ("a/up", "../../secret", "a/up/password"),
        ("a/round", "b/../../../secret/password", "a/round"),
        ("beside", "../root-of-another/file", "beside"),
    ],
)
def test_a_link_that_leads_out_is_an_error_that_names_it(
    link: str, target: str, key: str, store: FolderStore, tmp_path: Path
):
    shutil.copytree(tmp_path / "secret", tmp_path / "root-of-another")
    (tmp_path / "root-of-another/file").write_bytes(b"hunter2")
    where = store.root / link
    where.symlink_to(f"{tmp_path}{target}" if target.startswith("/") else target)

    for ask in (store.read, store.size, store.open, store.local_path):
        with pytest.raises(DamagedDataError, match=rf"{where}(/password)? {OUT}"):
            ask(key)
    if where.is_dir():
        with pytest.raises(DamagedDataError, match=OUT):
            store.names(link)


def test_a_chain_of_links_that_ends_outside_is_refused(store: FolderStore):
    (store.root / "one").symlink_to("a/two")
    (store.root / "a/two").symlink_to("b/three")
    (store.root / "a/b/three").symlink_to("../../../secret")

    with pytest.raises(DamagedDataError, match=OUT):
        store.read("one/password")


@pytest.mark.parametrize(
    ("link", "target"),
    [("l", "a/file"), ("a/l", "file"), ("a/b/l", "../../a/file"), ("l", "absolute"), ("l", "chain")],
)
def test_a_link_that_stays_inside_is_followed(link: str, target: str, store: FolderStore):
    if target == "absolute":
        target = str(store.root / "a/file")
    if target == "chain":
        (store.root / "a/m").symlink_to("../a/b/../file")
        target = "a/m"
    (store.root / link).symlink_to(target)

    assert store.read(link) == b"inside"
    assert store.size(link) == 6


def test_a_linked_folder_inside_is_followed_and_listed(store: FolderStore):
    (store.root / "l").symlink_to("a", target_is_directory=True)
    (store.root / "a/b/root").symlink_to("../..", target_is_directory=True)

    assert store.names("l") == ["b", "file"]
    assert store.read("l/b/other") == b"deep"
    assert store.read("a/b/root/l/file") == b"inside"
    assert store.names("a/b/root") == ["a", "l"]
    assert store.read("l/nothing") is None
    assert store.names("l/file") == []


def test_a_root_that_is_a_link_is_read_whatever_lies_on_the_way_to_it(store: FolderStore, tmp_path: Path):
    (tmp_path / "way").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "linked").symlink_to("way/root", target_is_directory=True)
    (store.root / "a/l").symlink_to(store.root / "a/file")
    linked = FolderStore(tmp_path / "linked")

    assert linked.names() == ["a"]
    assert linked.read("a/l") == b"inside"
    with pytest.raises(DamagedDataError, match=OUT):
        (store.root / "x").symlink_to(tmp_path / "secret/password")
        linked.read("x")


def test_a_link_to_nothing_is_missing_and_never_zeros(tmp_path: Path):
    """A chunk that is not there stands for the fill value; one that is linked to nothing was lost."""
    folder = write_zarr(tmp_path / "small.zarr")
    chunk = folder / AVERAGE["zarr"]
    described = chunk.parent / ".zarray"
    described.write_text(described.read_text().replace('"fill_value": null', '"fill_value": 0.0'))
    (folder / ".zmetadata").unlink()
    chunk.unlink()
    chunk.symlink_to("gone")

    with pytest.raises(MissingDataError, match=r"0\.0\.0 is a link that leads to nothing"):
        nbl.load(folder).get_templates()


@pytest.mark.parametrize("format", WRITE)
@pytest.mark.parametrize("what", ["file", "folder", "extensions", "sorting"])
def test_no_byte_from_outside_is_read_in_any_way(format: str, what: str, tmp_path: Path):
    folder = WRITE[format](tmp_path / "small.zarr")
    place = {
        "file": AVERAGE[format],
        "folder": "extensions/templates",
        "extensions": "extensions",
        "sorting": "sorting",
    }[what]
    outside = tmp_path / "outside"
    (folder / place).rename(outside)
    (folder / place).symlink_to(outside)

    if (what, format) == ("extensions", "binary_folder"):
        with pytest.raises(DamagedDataError, match=OUT):
            _ = nbl.load(folder).extension_names
        return
    found = outcomes(folder)
    refused = [said for said in found.values() if said != "fine"]
    assert any(OUT in said for said in refused)
    assert all(str(folder) in said for said in refused)


@pytest.mark.parametrize("write", [write_zarr, write_binary])
def test_an_extension_that_is_linked_outside_says_why_it_is_not_read(write: Any, tmp_path: Path):
    folder = write(tmp_path / "small.zarr")
    (folder / "extensions/templates").rename(tmp_path / "outside")
    (folder / "extensions/templates").symlink_to(tmp_path / "outside")

    analyzer = nbl.load(folder)

    assert analyzer.has_extension("templates")
    with pytest.raises(DamagedDataError, match=OUT):
        analyzer.get_templates()
    assert analyzer.get_metrics_extension_data().shape == (6, 4)


@pytest.mark.parametrize("swapped", ["file", "folder"])
def test_a_link_that_is_put_there_between_the_look_and_the_reading_is_not_followed(
    swapped: str, way: str, store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The swap happens at the last moment: when the system is asked to open what was looked at."""
    original = os.open
    place = store.root / ("a/file" if swapped == "file" else "a")

    def opening(path: Any, flags: int, *args: Any, **options: Any) -> int:
        if Path(path).name == ("file" if way == "by paths" else place.name) and not place.is_symlink():
            place.rename(tmp_path / "aside")
            (tmp_path / "secret/file").write_bytes(b"hunter2")
            place.symlink_to(tmp_path / "secret" / ("file" if swapped == "file" else ""))
        return original(path, flags, *args, **options)

    monkeypatch.setattr(os, "open", opening)

    with pytest.raises(AutolabelError):
        store.read("a/file")
    assert place.is_symlink()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_that_is_put_there_at_the_last_moment_does_not_hang(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch
):
    original, place = os.open, store.root / "a/file"

    def opening(path: Any, flags: int, *args: Any, **options: Any) -> int:
        if Path(path).name == "file" and place.is_file():
            place.unlink()
            os.mkfifo(place)
        return original(path, flags, *args, **options)

    monkeypatch.setattr(os, "open", opening)

    assert store.read("a/file") is None


def test_nothing_stays_open(store: FolderStore):
    if not Path("/proc/self/fd").exists():
        pytest.skip("this system does not list what is open")
    (store.root / "l").symlink_to("a", target_is_directory=True)
    (store.root / "out").symlink_to("../secret", target_is_directory=True)
    before = len(list(Path("/proc/self/fd").iterdir()))

    for key in ("a/file", "l/file", "l/b/other", "none", "a/none", "a", "a/file/x"):
        store.read(key)
        store.size(key)
        store.names(key)
    for ask in (store.read, store.names):
        with pytest.raises(DamagedDataError):
            ask("out/password" if ask == store.read else "out")

    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_rows_of_an_array_are_read_through_what_was_opened(tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    expected = nbl.load(folder).get_templates()
    inside = folder / "extensions/templates/average.npy"
    inside.rename(folder / "extensions/templates_average.bin")
    inside.symlink_to("../templates_average.bin")

    np.testing.assert_array_equal(nbl.load(folder).get_templates(), expected)
