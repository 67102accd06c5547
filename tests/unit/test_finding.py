"""Analyzers and Kilosort folders below a folder or an address are found, whatever lies between and beside them."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.cli import main
from nb_autolabel.errors import AnalyzerNotFoundError, UnknownFormatError

from ..conftest import SAMPLES, shared
from ..kilosort_folder import make_kilosort_folder
from .test_reader_layout import write_binary, write_zarr
from .test_remote import NoListing, Quiet, folder_at

FORMATS = {"a.zarr": "zarr", "b": "binary_folder", "deep/er/kilosort4": "phy", "z.zarr.zip": "zarr"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One of each kind, and what lies around them in real folders."""
    top = tmp_path / "lab"
    write_zarr(top / "a.zarr")
    write_binary(top / "b")
    make_kilosort_folder(top / "deep/er/kilosort4")
    shutil.make_archive(str(top / "z.zarr"), "zip", top / "a.zarr")
    (top / "raw.bin").write_bytes(b"\0" * 1000)
    (top / "other.zip").write_bytes(b"no zip")
    (top / "empty").mkdir()
    (top / "notes.txt").write_text("x")
    return top


def found(place: Any, **options: Any) -> dict[str, str]:
    """Path below the place -> format, of what has no problem."""
    rows = nbl.find_analyzers(place, **options)
    fine = rows[rows["problem"] == ""]
    return {
        os.path.relpath(path, place): kind for path, kind in zip(fine["path"], fine["format"], strict=True)
    }


def test_each_kind_is_found_with_what_a_look_tells(folder: Path):
    rows = nbl.find_analyzers(folder)

    assert list(rows.columns) == [
        "path",
        "format",
        "units",
        "channels",
        "spikes",
        "extensions",
        "metrics",
        "problem",
    ]
    assert found(folder) == FORMATS
    assert rows["path"].tolist() == [str(folder / name) for name in FORMATS]
    assert rows["units"].fillna(-1).tolist() == [6, 6, -1, 6]
    assert rows["spikes"].fillna(-1).tolist()[2] == 3000
    assert rows["metrics"].fillna(False).tolist() == [True, True, False, True]
    for path, units in zip(rows["path"], rows["units"], strict=True):
        opened = nbl.load(path).get_num_units()
        assert opened == units if pd.notna(units) else opened > 0


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_given_itself_is_found(name: str, folder: Path):
    rows = nbl.find_analyzers(folder / name)
    assert rows[["path", "format", "problem"]].to_numpy().tolist() == [
        [str(folder / name), FORMATS[name], ""]
    ]


@pytest.mark.parametrize("sample", [*SAMPLES, "kilosort_folder"])
def test_every_sample_is_found_and_has_the_units_it_opens_with(sample: str):
    rows = nbl.find_analyzers(shared(sample))
    assert len(rows) == 1
    assert rows["problem"].tolist() == [""]
    if rows["format"][0] != "phy":
        assert rows["units"][0] == nbl.load(shared(sample)).get_num_units()


def test_paths_are_text_and_home_and_relative_as_load_takes_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(folder.parent)
    monkeypatch.setenv("HOME", str(folder.parent))
    expected = nbl.find_analyzers(folder)["path"].tolist()
    for way in ("lab", "./lab/", "~/lab", f"file://{folder}", folder):
        assert nbl.find_analyzers(way)["path"].tolist() == expected


def test_one_that_cannot_be_read_is_a_row_and_not_the_end(folder: Path):
    broken = {
        "broken.zarr": write_zarr(folder / "broken.zarr"),
        "broken_binary": write_binary(folder / "broken_binary"),
        "broken_ks": make_kilosort_folder(folder / "broken_ks").folder,
        "broken_rows": make_kilosort_folder(folder / "broken_rows").folder,
        "object_times": make_kilosort_folder(folder / "object_times").folder,
    }
    (broken["broken.zarr"] / ".zmetadata").write_text("{")
    shutil.rmtree(broken["broken.zarr"] / "sorting")
    (broken["broken_binary"] / "sorting/numpysorting_info.json").unlink()
    (broken["broken_ks"] / "params.py").unlink()
    np.save(broken["broken_rows"] / "spike_clusters.npy", np.zeros(7, int))
    np.save(broken["object_times"] / "spike_times.npy", np.array([{}, {}]), allow_pickle=True)
    (folder / "broken.zarr.zip").write_bytes(b"no zip")

    rows = nbl.find_analyzers(folder).set_index("path")["problem"]

    assert found(folder) == FORMATS
    problems = {os.path.relpath(path, folder): problem for path, problem in rows.items() if problem}
    assert set(problems) == {*broken, "broken.zarr.zip"}
    assert "params.py is missing" in problems["broken_ks"]
    assert "7 spikes" in problems["broken_rows"]
    assert all("\n" not in problem for problem in problems.values())


def test_a_zarr_folder_that_was_not_copied_to_its_end_is_a_row(folder: Path):
    """A copy that was interrupted at its beginning is no folder of something else: it must not be passed over."""
    (folder / "begun.zarr").mkdir()
    cut = write_zarr(folder / "deep/cut.zarr")
    for name in (".zmetadata", ".zgroup", ".zattrs"):
        (cut / name).unlink(missing_ok=True)
    shutil.rmtree(cut / "sorting")
    (folder / "other.zarr/x").mkdir(parents=True)

    rows = nbl.find_analyzers(folder).set_index("path")["problem"]

    assert found(folder) == FORMATS
    problems = {os.path.relpath(path, folder): problem for path, problem in rows.items() if problem}
    assert set(problems) == {"begun.zarr", "deep/cut.zarr"}
    assert all("was not written or copied to its end" in problem for problem in problems.values())
    places = nbl.Cohort(f"{folder}/**", cache=False, scheduler="one").problem_texts
    assert {"begun", "cut"} <= {name.split("/")[-1] for name in places}


def test_a_folder_that_fails_when_it_is_listed_is_a_row(folder: Path, monkeypatch: pytest.MonkeyPatch):
    scan = os.scandir

    def failing(path: Any) -> Any:
        if str(path).endswith("empty"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", failing)
    rows = nbl.find_analyzers(folder)
    assert rows[rows["format"].isna()]["problem"].tolist() == [
        f"{folder}/empty cannot be listed: Permission denied."
    ]
    assert found(folder) == FORMATS


def test_hidden_folders_links_and_what_was_found_are_not_searched(folder: Path, tmp_path: Path):
    outside = write_zarr(tmp_path / "outside.zarr")
    write_zarr(folder / ".hidden/x.zarr")
    write_zarr(folder / "__MACOSX/x.zarr")
    write_zarr(folder / "b/inner.zarr")
    make_kilosort_folder(folder / "deep/er/kilosort4/copy")
    (folder / "out").symlink_to(outside, target_is_directory=True)
    (folder / "circle").symlink_to(folder, target_is_directory=True)
    (folder / "y.zarr.zip").symlink_to(folder / "z.zarr.zip")

    assert found(folder) == FORMATS
    linked = tmp_path / "link"
    linked.symlink_to(folder, target_is_directory=True)
    assert found(linked) == FORMATS


def test_other_stores_of_spikeinterface_and_zarr_are_not_listed(folder: Path):
    for name, info in {
        "recording": {"object": "BinaryFolderRecording"},
        "sorting": {"class": "x", "object": "NumpySorting"},
    }.items():
        (folder / name).mkdir()
        (folder / name / "spikeinterface_info.json").write_text(json.dumps(info))
    other = folder / "other.zarr"
    (other / "array/0").mkdir(parents=True)
    (other / ".zgroup").write_text('{"zarr_format": 2}')
    (other / "array/.zarray").write_text("{}")
    write_zarr(other / "inside.zarr")

    assert found(folder) == {**FORMATS, "other.zarr/inside.zarr": "zarr"}
    assert nbl.find_analyzers(folder)["problem"].tolist() == [""] * 5


def test_a_store_of_zarr_format_3_that_says_it_is_an_analyzer_is_listed_and_another_is_not(folder: Path):
    group = {"zarr_format": 3, "node_type": "group", "attributes": {}}
    for name, attributes in {
        "v3.zarr": {"spikeinterface_info": {"object": "SortingAnalyzer"}},
        "else.zarr": {},
    }.items():
        (folder / name).mkdir()
        (folder / name / "zarr.json").write_text(json.dumps({**group, "attributes": attributes}))

    rows = nbl.find_analyzers(folder)

    assert [Path(path).name for path in rows["path"]] == ["a.zarr", "b", "kilosort4", "v3.zarr", "z.zarr.zip"]


@pytest.mark.parametrize(
    ("depth", "names"), [(0, {"z.zarr.zip"}), (1, {"a.zarr", "b", "z.zarr.zip"}), (3, set(FORMATS))]
)
def test_the_depth_is_a_bound(depth: int, names: set[str], folder: Path):
    assert set(found(folder, depth=depth)) == names


def test_the_number_of_names_is_a_bound_that_is_said(folder: Path):
    for number in range(50):
        (folder / f"session{number:02}").mkdir()

    rows = nbl.find_analyzers(folder, max_entries=30)

    assert rows["problem"].str.contains("more than 30 names were looked at").sum() == 1
    assert not nbl.find_analyzers(folder)["problem"].any()


def test_a_search_that_just_fits_the_bound_is_whole(tmp_path: Path):
    for number in range(10):
        (tmp_path / f"{number}").mkdir()
    assert nbl.find_analyzers(tmp_path, max_entries=10).empty
    assert len(nbl.find_analyzers(tmp_path, max_entries=9)) == 1


def test_ten_thousand_folders_are_searched(tmp_path: Path):
    for one in range(100):
        for other in range(100):
            (tmp_path / f"{one}" / f"{other}").mkdir(parents=True)
    write_zarr(tmp_path / "50/50/s.zarr")

    assert found(tmp_path) == {"50/50/s.zarr": "zarr"}


@pytest.mark.parametrize(
    "option",
    [
        {"depth": -1},
        {"depth": 1.5},
        {"depth": True},
        {"depth": None},
        {"max_entries": 0},
        {"max_entries": "9"},
    ],
)
def test_bounds_are_whole_numbers(option: dict[str, Any], tmp_path: Path):
    with pytest.raises(UnknownFormatError, match="whole number"):
        nbl.find_analyzers(tmp_path, **option)


def test_a_place_that_cannot_be_searched_is_a_named_error(tmp_path: Path):
    (tmp_path / "file.txt").write_text("x")
    for place, error in (
        (tmp_path / "none", AnalyzerNotFoundError),
        (tmp_path / "file.txt", UnknownFormatError),
        (3, UnknownFormatError),
        (None, UnknownFormatError),
        ("ftp://host/x", UnknownFormatError),
    ):
        with pytest.raises(error):
            nbl.find_analyzers(place)


def test_names_that_are_no_text_are_listed(tmp_path: Path, capsys: Any):
    if sys.platform == "darwin":
        pytest.skip("names are text there")
    write_zarr(tmp_path / "plain.zarr")
    os.rename(os.fsencode(tmp_path / "plain.zarr"), os.fsencode(tmp_path) + b"/a\xff b.zarr")  # noqa: PTH104

    assert main(["find", str(tmp_path)]) == 0
    assert "b.zarr" in capsys.readouterr().out
    assert main(["find", str(tmp_path), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert nbl.load(row["path"]).get_num_units() == 6


def test_the_command_line_prints_the_table_and_says_by_its_status_what_it_found(
    folder: Path, tmp_path: Path, capsys: Any
):
    assert main(["find", str(folder)]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines()[0].split() == list(nbl.find_analyzers(folder).columns)
    assert [line.split()[0] for line in printed.out.splitlines()[1:]] == [
        str(folder / name) for name in FORMATS
    ]
    assert printed.err == ""
    assert main(["find", str(folder), "--json", "--quiet"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["units"] for row in rows] == [6, 6, None, 6]
    (tmp_path / "nothing").mkdir()
    assert main(["find", str(tmp_path / "nothing")]) == 1
    assert "neither an analyzer nor" in capsys.readouterr().err
    assert main(["find", str(tmp_path / "nothing"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == []
    assert main(["find", str(tmp_path / "not there")]) == 2
    assert main(["find", str(folder), "--depth", "-1"]) == 2
    assert capsys.readouterr().out == ""


def test_a_server_that_lists_folders_is_searched(folder: Path):
    pytest.importorskip("aiohttp", reason="http addresses need aiohttp")
    (folder / "a.zarr").rename(folder / "a b%25#.zarr")
    with folder_at(folder, Quiet) as (address, asked):
        rows = nbl.find_analyzers(address)

        assert rows["format"].tolist() == ["zarr", "binary_folder", "phy", "zarr"]
        assert rows["problem"].astype(bool).tolist() == [False, False, False, True]
        assert "download it" in rows["problem"][3]
        for path in rows["path"][:3]:
            assert nbl.load(path).get_num_units() > 0
        assert not [path for path in asked if "templates" in path.split("/a", 1)[0] and "average" in path]


def test_a_server_that_lists_nothing_is_a_named_error_but_an_analyzer_there_is_found(folder: Path):
    pytest.importorskip("aiohttp", reason="http addresses need aiohttp")
    with folder_at(folder, NoListing) as (address, _):
        with pytest.raises(AnalyzerNotFoundError, match="cannot be listed: 403"):
            nbl.find_analyzers(address)
        assert nbl.find_analyzers(f"{address}/a.zarr")["format"].tolist() == ["zarr"]


def test_what_opens_an_address_is_not_in_the_table(folder: Path):
    pytest.importorskip("aiohttp", reason="http addresses need aiohttp")
    with folder_at(folder, Quiet) as (address, _):
        rows = nbl.find_analyzers(address.replace("http://", "http://jane:hunter2@"))
    assert "hunter2" not in rows.to_string()
    assert rows["path"].str.startswith("http://***@").all()
