"""An analyzer in zarr format 3 is the same as its twin in format 2: read, labeled, selected, saved, replaced."""

from __future__ import annotations

import shutil
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import AlreadyExistsError, ForeignTargetError, SourceChangedError, UnknownFormatError
from nb_autolabel.widgets.card import describe

from ..conftest import FORMATS, shared
from .test_reader_layout import UNITS, extensions, write_zarr
from .test_reader_twins import assert_same_analyzer, assert_same_value
from .zarr3_stores import changed_node, put_array3, twin, write_zarr3, written_by_zarr_3

LABELS = pd.DataFrame({"label": ["good", "mua", "noise", "good", "mua", "good"]}, index=UNITS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_zarr3(tmp_path / "small3.zarr")


def zipped(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w") as file:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            file.write(path, path.relative_to(folder))
    return target


def assert_same_answers(one: nbl.Analyzer, other: nbl.Analyzer, tmp_path: Path) -> None:
    """Compare metrics, labels, cards, a selection, and what is saved of it."""
    metrics = one.get_metrics_extension_data()
    assert_same_value(metrics, other.get_metrics_extension_data()[list(metrics)], "metrics")
    labels = nbl.bombcell_label_units(one)
    pd.testing.assert_frame_equal(labels, nbl.bombcell_label_units(other))
    for unit in (0, len(one.unit_ids) - 1):
        (a, parts), (b, others) = describe(one, unit), describe(other, unit)
        assert a == b
        assert parts.keys() == others.keys()
        for name, part in parts.items():
            np.testing.assert_array_equal(part, others[name])
    keep = one.unit_ids[1::2]
    saved = [
        analyzer.select_units(keep).save_as("zarr", tmp_path / f"saved{n}")
        for n, analyzer in enumerate((one, other))
    ]
    assert_same_analyzer(*saved)
    assert (tmp_path / "saved1.zarr/.zgroup").is_file()
    assert not (tmp_path / "saved1.zarr/zarr.json").exists()


def test_a_store_written_by_hand_is_read_as_its_twin_in_format_2(folder: Path, tmp_path: Path):
    one, other = nbl.load(write_zarr(tmp_path / "small2.zarr")), nbl.load(folder)

    assert other.format == "zarr"
    assert repr(other).replace("small3", "small2") == repr(one)
    assert_same_analyzer(one, other)
    assert one.settings == other.settings
    assert one.get_sorting_property_keys() == other.get_sorting_property_keys()
    for key in one.get_sorting_property_keys():
        np.testing.assert_array_equal(one.get_sorting_property(key), other.get_sorting_property(key))
    np.testing.assert_array_equal(one.get_templates(), other.get_templates())


def test_single_descriptions_and_an_archive_are_read_as_consolidated_ones(folder: Path, tmp_path: Path):
    one, archived = nbl.load(folder), nbl.load(zipped(folder, tmp_path / "small3.zarr.zip"))
    assert_same_analyzer(one, archived)

    changed_node(folder, consolidated_metadata=None)

    assert_same_analyzer(archived, nbl.load(folder))
    assert_same_analyzer(archived, nbl.load(zipped(folder, tmp_path / "single.zarr.zip")))


def test_rows_of_shards_are_read(folder: Path):
    extension = nbl.load(folder).get_extension("templates")
    average = extensions()["templates"]["average"]

    np.testing.assert_array_equal(extension.get_data("average")[[5, 0, 3]], average[[5, 0, 3]])
    np.testing.assert_array_equal(
        nbl.load(folder).select_units(UNITS[[4, 1]]).get_templates(), average[[4, 1]]
    )


def test_texts_of_any_length_are_written_whole_into_either_format(folder: Path, tmp_path: Path):
    texts = np.array(["a", "", "many letters", "é", "bb", "\U0001f400"], dtype=object)
    put_array3(folder, "extensions/unit_locations/names", texts, chunks=[2])
    changed_node(folder, consolidated_metadata=None)
    analyzer = nbl.load(folder)

    for name in ("zarr", "binary_folder"):
        saved = analyzer.save_as(name, tmp_path / f"saved_{name}")
        for one in (analyzer, saved):
            assert one.get_extension("unit_locations").get_data("names").tolist() == texts.tolist()


@written_by_zarr_3
@pytest.mark.parametrize("consolidated", [True, False])
def test_the_bundled_analyzer_in_format_3_gives_the_same_answers(
    consolidated: bool, demo_zip: Path, tmp_path: Path
):
    folder = twin(demo_zip, tmp_path / "demo3.zarr", consolidated=consolidated)

    one, other = nbl.load(demo_zip), nbl.load(folder)

    assert_same_analyzer(one, other, dicts=False)
    assert_same_answers(one, other, tmp_path)
    assert_same_analyzer(other, nbl.load(zipped(folder, tmp_path / "demo3.zarr.zip")))


@written_by_zarr_3
def test_the_bundled_analyzer_in_shards_with_texts_of_any_length_gives_the_same_answers(
    demo_zip: Path, tmp_path: Path
):
    """Shards of two chunks a side, so that the last ones lie partly beyond the array."""

    def inner(values: np.ndarray[Any, Any]) -> tuple[int, ...]:
        return tuple(max(1, -(-n // 3)) for n in values.shape)

    def shards(values: np.ndarray[Any, Any]) -> tuple[int, ...] | None:
        # zarr 3.1 does not put records into shards.
        return None if values.dtype.names else tuple(2 * n for n in inner(values))

    folder = twin(demo_zip, tmp_path / "demo3.zarr", texts="string", chunks=inner, shards=shards)

    one, other = nbl.load(demo_zip), nbl.load(folder)

    assert_same_analyzer(one, other, dicts=False)
    assert_same_answers(one, other, tmp_path)


@written_by_zarr_3
@pytest.mark.parametrize("name", [name for name in FORMATS if name.endswith(".zarr")])
def test_stores_of_every_spikeinterface_are_the_same_in_format_3(name: str, tmp_path: Path):
    one = nbl.load(shared(name))

    other = nbl.load(twin(shared(name), tmp_path / "twin.zarr"))

    assert_same_analyzer(one, other, dicts=False)
    assert one.settings == other.settings


def test_a_store_with_the_files_of_both_formats_is_read_as_format_2(tmp_path: Path):
    folder = write_zarr3(tmp_path / "both.zarr")
    write_zarr(folder)
    (folder / "zarr.json").write_text("{")

    assert nbl.load(folder).unit_ids.tolist() == UNITS.tolist()


@pytest.mark.parametrize("format", ["zarr", "binary_folder"])
def test_an_analyzer_of_format_3_is_replaced_only_with_overwrite(format: Any, folder: Path, tmp_path: Path):
    analyzer = nbl.load(write_zarr(tmp_path / "small2.zarr"))
    before = sorted(folder.rglob("*"))

    with pytest.raises(AlreadyExistsError, match="overwrite"):
        analyzer.save_as(format, folder)
    assert sorted(folder.rglob("*")) == before

    saved = analyzer.save_as(format, folder, overwrite=True)

    assert not (folder / "zarr.json").exists()
    assert_same_analyzer(saved, analyzer, dicts=False)


@pytest.mark.parametrize(
    "stray",
    ["notes.txt", "extensions/notes.txt", "extensions/templates/0", "sorting/c/0", "extensions/templates/average/c/raw.dat",
     "sorting/unit_ids/.zarray", "sorting/unit_ids/c.txt", "recordings/zarr.json"],
)  # fmt: skip
def test_what_is_no_part_of_an_analyzer_of_format_3_keeps_it_from_being_replaced(
    stray: str, folder: Path, tmp_path: Path
):
    file = folder / stray
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("mine")

    with pytest.raises(ForeignTargetError, match=Path(stray).name.replace("zarr.json", "recordings")):
        nbl.load(write_zarr(tmp_path / "small2.zarr")).save_as("zarr", folder, overwrite=True)

    assert file.read_text() == "mine"
    assert (folder / "zarr.json").is_file()


@pytest.mark.parametrize("part", ["", "sorting/unit_ids/c/0", "zarr.json", "extensions/templates"])
def test_nothing_is_written_over_a_part_of_an_analyzer_of_format_3(part: str, folder: Path, tmp_path: Path):
    analyzer = nbl.load(folder)
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    with pytest.raises((AlreadyExistsError, UnknownFormatError)):
        analyzer.save_as("zarr", folder / part, overwrite=True)
    with pytest.raises((AlreadyExistsError, UnknownFormatError)):
        nbl.export_labels(LABELS, folder / part, "csv", overwrite=True)

    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_labels_are_not_added_to_an_analyzer_of_format_3_which_stays_as_it_is(folder: Path, tmp_path: Path):
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    for overwrite in (False, True):
        with pytest.raises(UnknownFormatError, match=r"zarr store of format 3.*save_as"):
            nbl.export_labels(LABELS, folder, "analyzer", overwrite=overwrite)

    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    nbl.load(folder).save_as("zarr", tmp_path / "copy")
    nbl.export_labels(LABELS, tmp_path / "copy.zarr", "analyzer")
    assert "label" in nbl.load(tmp_path / "copy.zarr").get_sorting_property_keys()


def test_labels_are_imported_from_a_property_of_format_3(folder: Path):
    values = np.array(["good", "mua", "noise", "good", "mua", "good"], dtype=object)
    put_array3(folder, "sorting/properties/label", values)
    changed_node(folder, consolidated_metadata=None)

    found = nbl.import_labels(folder, "analyzer")

    assert found["label"].tolist() == values.tolist()


def test_a_slim_copy_leaves_out_what_is_bulky(folder: Path, tmp_path: Path):
    saved = nbl.load(folder).save_as("zarr", tmp_path / "slim", slim=True)

    assert "waveforms" not in saved.extension_names
    assert "templates" in saved.extension_names


def test_another_sorting_in_the_same_place_is_noticed(folder: Path, tmp_path: Path):
    analyzer = nbl.load(folder)
    put_array3(folder, "sorting/unit_ids", np.array(["x1", "x2", "x3", "x4", "x5", "x6"], dtype=object))
    changed_node(folder, consolidated_metadata=None)

    with pytest.raises(SourceChangedError, match="Open it again"):
        _ = analyzer.spikes


@pytest.mark.parametrize("gone", ["c/1/0/0", "c/1/0", "c/1", "c"])
def test_a_chunk_that_was_there_at_opening_is_missed(gone: str, folder: Path):
    """Wherever it lies: the chunks of an array lie in folders of their own."""
    analyzer = nbl.load(folder)
    time.sleep(0.02)  # file systems count in steps of some milliseconds
    place = folder / "extensions/templates/average" / gone
    shutil.rmtree(place) if place.is_dir() else place.unlink()

    with pytest.raises(SourceChangedError, match="missing"):
        analyzer.get_templates()
