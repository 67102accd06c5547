"""A zarr store with something missing or spoiled: the piece is named, and the rest is usable."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import DamagedDataError, MissingDataError

from .test_reader_arrays import COMPRESSORS, consolidate, put_array
from .test_reader_layout import extensions, write_zarr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_zarr(tmp_path / "small.zarr")


def assert_rest_usable(analyzer: nbl.Analyzer, broken: str) -> None:
    """Everything but one extension can still be read, whole and selected."""
    assert "12 extensions" in repr(analyzer)
    assert "SortingAnalyzer" in analyzer._repr_html_()
    chosen = analyzer.select_units(["u5", "u2"])
    for name, data in extensions().items():
        if name == broken:
            continue
        for key, value in data.items():
            if isinstance(value, np.ndarray):
                np.testing.assert_array_equal(analyzer.get_extension(name).get_data(key), value)
            chosen.get_extension(name).get_data(key)
    if broken != "quality_metrics":
        assert analyzer.get_metrics_extension_data().shape == (6, 4)


def assert_broken(folder: Path, match: str, extension: str = "templates", key: str = "average") -> None:
    """The array is an error that names it, from every way to it; the rest is usable."""
    analyzer = nbl.load(folder)
    with pytest.raises(DamagedDataError, match=match):
        analyzer.get_extension(extension).get_data(key)
    with pytest.raises(DamagedDataError, match=match):
        analyzer.select_units(["u6", "u1"]).get_extension(extension).get_data(key)
    with pytest.raises(DamagedDataError, match=match):
        analyzer.save_as("binary_folder", folder.parent / "saved")
    assert not (folder.parent / "saved").exists()
    assert_rest_usable(analyzer, extension)


SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "cut in half": lambda data: data[: len(data) // 2],
    "cut to nothing": lambda data: b"",
    "one byte short": lambda data: data[:-1],
    "garbage": lambda data: np.random.default_rng(2).bytes(len(data) + 9),
    "one byte long": lambda data: data + b"\0",
}


@pytest.mark.parametrize("codec", COMPRESSORS)
def test_a_spoiled_chunk_names_its_file(codec: str, folder: Path):
    values = np.random.default_rng(1).normal(size=(6, 10, 4))
    where = put_array(
        folder, "extensions/templates/average", values, chunks=(6, 10, 4), compressor=COMPRESSORS[codec]
    )
    consolidate(folder)
    chunk = where / "0.0.0"
    data = chunk.read_bytes()
    analyzer = nbl.load(folder)
    np.testing.assert_array_equal(analyzer.get_templates(), values)

    for damage, spoil in SPOILED.items():
        chunk.write_bytes(spoil(data))
        try:
            read = analyzer.get_templates()
        except DamagedDataError as error:
            assert str(chunk) in str(error)
        else:
            # The last bytes of the other codecs are a check sum, or not looked at.
            assert damage.startswith("one byte")
            assert codec != "none"
            assert not codec.startswith("blosc")
            np.testing.assert_array_equal(read, values)
    assert_rest_usable(analyzer, "templates")


def test_a_missing_chunk_without_a_fill_value_is_missing_data(folder: Path):
    (folder / "extensions/templates/average/1.0.0").unlink()

    with pytest.raises(MissingDataError, match=r"templates/average: chunk .*1\.0\.0 is missing"):
        nbl.load(folder).get_templates()
    assert nbl.load(folder).get_templates(["u1", "u2"]).shape == (2, 10, 4)


def test_a_missing_array_is_not_there_and_says_so(folder: Path):
    shutil.rmtree(folder / "extensions/templates/average")
    consolidate(folder)
    analyzer = nbl.load(folder)

    assert analyzer.get_extension("templates").data_names == ["std"]
    with pytest.raises(MissingDataError, match="extension 'templates' has no 'average'.*It has: std"):
        analyzer.get_templates()
    assert_rest_usable(analyzer, "templates")


@pytest.mark.parametrize("text", ["", "{", '{"metadata": []}', "null", '{"metadata": {".zattrs": 3}}'])
def test_consolidated_metadata_that_do_not_parse_are_not_needed(text: str, folder: Path):
    (folder / ".zmetadata").write_text(text)

    if ".zattrs" in text:  # it parses, and says that there is nothing else
        with pytest.raises(DamagedDataError, match=r"\.zattrs should hold a JSON dictionary"):
            nbl.load(folder)
    else:
        assert_rest_usable(nbl.load(folder), "")


def test_consolidated_metadata_that_do_not_parse_are_an_error_where_nothing_is_listed(
    folder: Path, monkeypatch: Any
):
    (folder / ".zmetadata").write_text("{")
    monkeypatch.setattr("nb_autolabel.analyzer.stores.FolderStore.names", lambda self, key="": [])

    with pytest.raises(DamagedDataError, match=r"\.zmetadata is not JSON"):
        nbl.load(folder)


@pytest.mark.parametrize("file", [".zattrs", "average/.zarray", "average/.zattrs", "std/.zarray"])
def test_metadata_of_one_extension_that_do_not_parse_spoil_only_it(file: str, folder: Path):
    (folder / ".zmetadata").unlink()
    for text in ("", "{", "3"):
        (folder / "extensions/templates" / file).write_text(text)
        analyzer = nbl.load(folder)

        with pytest.raises(DamagedDataError) as caught:
            [analyzer.get_extension("templates").get_data(key) for key in ("average", "std")]
        assert str(folder / "extensions/templates") in str(caught.value)
        assert_rest_usable(analyzer, "templates")


def test_an_extension_without_params_is_not_there_as_for_spikeinterface(folder: Path):
    (folder / "extensions/templates/.zattrs").write_text("{}")
    consolidate(folder)

    assert "templates" not in nbl.load(folder).extension_names


def test_an_array_that_consolidated_metadata_forgot_is_not_there(folder: Path):
    consolidated = json.loads((folder / ".zmetadata").read_text())
    for name in (".zarray", ".zattrs"):
        consolidated["metadata"].pop(f"extensions/templates/average/{name}", None)
    (folder / ".zmetadata").write_text(json.dumps(consolidated))
    analyzer = nbl.load(folder)

    assert analyzer.get_extension("templates").data_names == ["std"]
    assert_rest_usable(analyzer, "templates")
