"""What is no analyzer, or not one that can be opened, is a specific error that says what to do."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import (
    AnalyzerNotFoundError,
    DamagedDataError,
    MissingDataError,
    UnknownFormatError,
)

from .test_reader_arrays import consolidate, put_array
from .test_reader_layout import UNITS, write_binary, write_zarr


def test_nothing_at_the_path_is_a_file_not_found(tmp_path: Path):
    with pytest.raises(
        AnalyzerNotFoundError, match=r"there is nothing at .*nowhere\.zarr.*Give a \.zarr folder"
    ):
        nbl.load(tmp_path / "nowhere.zarr")
    with pytest.raises(FileNotFoundError):
        nbl.load(tmp_path / "nowhere.zarr")


def test_an_empty_folder_is_an_unknown_format(tmp_path: Path):
    with pytest.raises(UnknownFormatError, match=f"{tmp_path} is empty"):
        nbl.load(tmp_path)


def test_a_folder_of_other_things_is_an_unknown_format_that_lists_them(tmp_path: Path):
    (tmp_path / "photo.jpg").write_bytes(b"x")

    with pytest.raises(UnknownFormatError, match=r"not a SortingAnalyzer.*It holds: photo\.jpg"):
        nbl.load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"some text", b"PK\x03\x04 but no more", b"\x93NUMPY"])
def test_a_plain_file_is_an_unknown_format(content: bytes, tmp_path: Path):
    (tmp_path / "file.zarr").write_bytes(content)

    with pytest.raises(UnknownFormatError, match=r"file\.zarr is neither a folder nor a zip file"):
        nbl.load(tmp_path / "file.zarr")


@pytest.mark.parametrize("value", [None, 3, ["a.zarr"], b"bytes.zarr", object()])
def test_what_is_no_path_is_an_unknown_format(value: Any):
    with pytest.raises(UnknownFormatError, match="cannot open a"):
        nbl.load(value)


def test_a_zarr_store_of_format_3_of_something_else_is_named_as_such(tmp_path: Path):
    (tmp_path / "zarr.json").write_text('{"zarr_format": 3, "node_type": "group"}')

    with pytest.raises(UnknownFormatError, match="is a zarr store, but not a SortingAnalyzer"):
        nbl.load(tmp_path)


def test_a_zarr_store_of_something_else_is_named_as_such(tmp_path: Path):
    (tmp_path / ".zgroup").write_text('{"zarr_format": 2}')
    put_array(tmp_path, "traces", np.zeros(3))

    with pytest.raises(UnknownFormatError, match="is a zarr store, but not a SortingAnalyzer"):
        nbl.load(tmp_path)


def test_another_spikeinterface_object_is_named_as_such(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    attrs = json.loads((folder / ".zattrs").read_text())
    attrs["spikeinterface_info"]["object"] = "Recording"
    (folder / ".zattrs").write_text(json.dumps(attrs))
    consolidate(folder)

    with pytest.raises(UnknownFormatError, match="holds a Recording, not a SortingAnalyzer"):
        nbl.load(folder)


def test_a_zip_of_something_else_is_an_unknown_format(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("a.jpg", b"x")
        archive.writestr("b/c.jpg", b"x")

    with pytest.raises(UnknownFormatError, match=r"photos\.zip is not a SortingAnalyzer"):
        nbl.load(tmp_path / "photos.zip")


def test_a_zip_that_is_cut_off_is_an_unknown_format(demo_zip: Path, tmp_path: Path):
    (tmp_path / "cut.zarr.zip").write_bytes(demo_zip.read_bytes()[:-2000])

    with pytest.raises(UnknownFormatError, match=r"cut\.zarr\.zip"):
        nbl.load(tmp_path / "cut.zarr.zip")


def test_an_encrypted_member_of_a_zip_is_damaged(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    shutil.make_archive(str(tmp_path / "small.zarr"), "zip", folder)
    archive = tmp_path / "small.zarr.zip"
    data = bytearray(archive.read_bytes())
    place = data.rfind(b"sorting/unit_ids/0") - 46
    assert data[place : place + 4] == b"PK\x01\x02"
    data[place + 8] |= 1
    archive.write_bytes(data)

    with pytest.raises(DamagedDataError, match="sorting/unit_ids/0 cannot be unpacked.*encrypted"):
        nbl.load(archive)


@pytest.mark.parametrize("file", ["sorting/numpysorting_info.json", "sorting"])
def test_a_binary_folder_without_its_sorting_names_the_missing_file(file: str, tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    shutil.rmtree(folder / file) if (folder / file).is_dir() else (folder / file).unlink()

    with pytest.raises(DamagedDataError, match=r"sorting/numpysorting_info\.json is missing"):
        nbl.load(folder)


@pytest.mark.parametrize("path", ["sorting", "sorting/unit_ids"])
def test_a_zarr_store_without_its_units_names_the_missing_array(path: str, tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    shutil.rmtree(folder / path)
    consolidate(folder)

    with pytest.raises(MissingDataError, match=r"sorting/unit_ids is missing"):
        nbl.load(folder)


@pytest.mark.parametrize("key", ["unit_ids", "sampling_frequency", "num_segments"])
def test_a_value_that_is_needed_and_missing_is_named(key: str, tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    for name in ("sorting/numpysorting_info.json", "recording_info/recording_attributes.json"):
        values = json.loads((folder / name).read_text())
        values.pop(key, None)
        (folder / name).write_text(json.dumps(values))

    with pytest.raises(DamagedDataError, match=rf"numpysorting_info\.json.*{key}"):
        nbl.load(folder)


def test_units_that_repeat_are_damaged(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    put_array(folder, "sorting/unit_ids", UNITS[[0, 1, 2, 3, 4, 4]])
    consolidate(folder)

    with pytest.raises(DamagedDataError, match="unit ids repeat"):
        nbl.load(folder)


def test_an_analyzer_without_metrics_opens_and_gives_an_empty_table(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    for name in ("quality_metrics", "template_metrics"):
        shutil.rmtree(folder / "extensions" / name)
    consolidate(folder)

    analyzer = nbl.load(folder)

    assert analyzer.get_metrics_extension_data().shape == (6, 0)
    assert analyzer.get_metrics_extension_data().index.tolist() == UNITS.tolist()
    assert "0 metrics" in analyzer._repr_html_()


@pytest.mark.parametrize("write", [write_zarr, write_binary])
def test_an_extension_that_did_not_finish_is_not_there(write: Any, tmp_path: Path):
    folder = write(tmp_path / "small.zarr")
    run = folder / "extensions/templates" / (".zattrs" if write is write_zarr else "run_info.json")
    run.write_text(run.read_text().replace("true", "false"))
    consolidate(folder) if write is write_zarr else None

    analyzer = nbl.load(folder)

    assert "templates" not in analyzer.extension_names
    with pytest.raises(KeyError, match=r"no extension 'templates'.*Compute it with SpikeInterface"):
        analyzer.get_templates()


def test_a_misspelt_name_is_answered_with_the_nearest_one(tmp_path: Path):
    analyzer = nbl.load(write_binary(tmp_path / "small"))

    with pytest.raises(KeyError, match="no extension 'template'.*Did you mean 'templates'"):
        analyzer.get_extension("template")
    with pytest.raises(KeyError, match="has no 'averag'.*Did you mean 'average'"):
        analyzer.get_extension("templates").get_data("averag")
    with pytest.raises(KeyError, match="no property 'dept'.*Did you mean 'depth'"):
        analyzer.get_sorting_property("dept")
    with pytest.raises(KeyError, match="no unit 'u11'.*Did you mean 'u1'"):
        analyzer.get_unit_spike_train("u11")
