"""Several notebooks or jobs that write at the same time: nothing gets lost, and nobody is refused for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer import atomic_write
from nb_autolabel.errors import AlreadyExistsError, ForeignTargetError, WriteError
from nb_autolabel.export import into_analyzer

from .foreign import LABELS
from .test_reader_layout import write_binary, write_zarr


def at_once(work: Callable[[int], Any], many: int = 8) -> list[Any]:
    """What a function returns or raises for each number, all run at the same time."""

    def one(number: int) -> Any:
        try:
            return work(number)
        except Exception as error:
            return error

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(one, range(many)))


def test_a_folder_that_another_writer_makes_just_now_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Between looking and making it, the other one was faster."""
    mkdir = Path.mkdir

    def slower(path: Path, *args: Any, **options: Any) -> None:
        if path.name in ("results", "of today"):
            mkdir(path)
        mkdir(path, *args, **options)

    monkeypatch.setattr(Path, "mkdir", slower)
    made = nbl.export_labels(LABELS, tmp_path / "results" / "of today" / "labels.csv")

    assert made.is_file()
    assert [file.name for file in made.parent.iterdir()] == ["labels.csv"]


def test_a_file_that_another_writer_makes_just_now_is_in_the_way_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    mkdir = Path.mkdir

    def slower(path: Path, *args: Any, **options: Any) -> None:
        if path.name == "results":
            path.write_text("kept")
        mkdir(path, *args, **options)

    monkeypatch.setattr(Path, "mkdir", slower)
    with pytest.raises(WriteError, match="exists"):
        nbl.export_labels(LABELS, tmp_path / "results" / "labels.csv")

    assert (tmp_path / "results").read_text() == "kept"


@pytest.mark.parametrize(
    ("content", "overwrite", "expected"),
    [
        ("unit_id,label\n1,good\n", True, None),
        ("unit_id,label\n1,good\n", False, AlreadyExistsError),
        ("years of work", True, ForeignTargetError),
    ],
)
def test_what_appears_at_the_last_moment_is_treated_as_if_it_had_been_there(
    content: str, overwrite: bool, expected: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    target = tmp_path / "labels.csv"
    rename = atomic_write._renameat2

    def slower(one: Path, other: Path, flag: int) -> int:
        if not target.exists():
            target.write_text(content)
        return rename(one, other, flag)

    monkeypatch.setattr(atomic_write, "_renameat2", slower)
    if expected is None:
        nbl.export_labels(LABELS, target, overwrite=overwrite)
        assert nbl.import_labels(target)["label"].tolist() == LABELS.tolist()
    else:
        with pytest.raises(expected, match="appeared while saving"):
            nbl.export_labels(LABELS, target, overwrite=overwrite)
        assert target.read_text() == content
    assert [file.name for file in tmp_path.iterdir()] == ["labels.csv"]


def test_of_eight_writers_of_one_new_file_one_writes_it_and_the_others_are_told(tmp_path: Path):
    done = at_once(lambda number: nbl.export_labels(LABELS, tmp_path / "a" / "b" / "labels.csv"))

    assert sum(isinstance(each, Path) for each in done) == 1
    assert sum(type(each) is AlreadyExistsError for each in done) == 7


def test_eight_writers_that_may_replace_a_phy_folder_all_do(tmp_path: Path):
    done = at_once(lambda number: nbl.export_labels(LABELS, tmp_path / "phy", "phy", overwrite=True))

    assert done == [tmp_path / "phy"] * 8
    assert (
        nbl.import_labels(tmp_path / "phy", unit_ids=list(LABELS.index))["label"].tolist() == LABELS.tolist()
    )


def test_numbered_clusters_are_never_seen_without_the_units_they_stand_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Else a reader in between would take cluster 0 for unit 0."""
    seen = []
    put = atomic_write._put_in_place

    def watched(partial: Path, target: Path, *how: Any) -> None:
        put(partial, target, *how)
        seen.append(sorted(file.name for file in target.parent.glob("cluster_*.tsv")))

    monkeypatch.setattr(atomic_write, "_put_in_place", watched)
    nbl.export_labels(LABELS, tmp_path / "phy", "phy")

    assert len(seen) == 3
    assert all("cluster_si_unit_ids.tsv" in names for names in seen)


@pytest.mark.parametrize("write", [write_zarr, write_binary])
def test_eight_properties_that_are_added_at_once_are_all_there(write: Callable[[Path], Path], tmp_path: Path):
    """Each one also writes the store's metadata, and must not take the others out of them."""
    place = write(tmp_path / "session.zarr")

    done = at_once(lambda number: nbl.export_labels(LABELS, place, "analyzer", name=f"by_{number}"))

    assert done == [place] * 8
    analyzer = nbl.load(place)
    assert {f"by_{number}" for number in range(8)} <= set(analyzer.get_sorting_property_keys())
    for number in range(8):
        assert analyzer.get_sorting_property(f"by_{number}").tolist() == LABELS.tolist()


@pytest.mark.skipif(os.name == "nt", reason="folders are not locked there")
def test_a_program_that_never_lets_go_of_an_analyzer_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import fcntl

    place = write_zarr(tmp_path / "session.zarr")
    monkeypatch.setattr(into_analyzer, "PATIENCE", 0.01)
    handle = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(WriteError, match="locked"):
            nbl.export_labels(LABELS, place, "analyzer")
    finally:
        os.close(handle)
    assert "label" not in nbl.load(place).get_sorting_property_keys()
