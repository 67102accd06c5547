"""A binary folder with something missing or spoiled: the file is named, and the rest is usable."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import DamagedDataError, MissingDataError

from .test_broken_zarr import assert_broken, assert_rest_usable
from .test_reader_layout import UNITS, main_channel_ids, metrics, spikes, write_binary


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_binary(tmp_path / "small")


def _npy(values: np.ndarray[Any, Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


GOOD = _npy(np.zeros((6, 10, 4)))
SPOILED = {
    "empty": b"",
    "only the magic": GOOD[:6],
    "cut in the header": GOOD[:40],
    "cut in the data": GOOD[:-100],
    "one byte short": GOOD[:-1],
    "one byte long": GOOD + b"\0",
    "declares more": GOOD.replace(b"(6, 10, 4), } ", b"(6, 10, 40), }"),
    "declares less": GOOD.replace(b"(6, 10, 4), }", b"(6, 10, 2), }"),
    "declares another type": GOOD.replace(b"<f8", b"<f4"),
    "declares no type": GOOD.replace(b"<f8", b"<q9"),
    "is no dictionary": GOOD.replace(b"{'descr'", b"['descr'"),
    "has an unknown version": GOOD[:6] + b"\x09" + GOOD[7:],
    "is something else": b"GIF89a" + bytes(500),
}


@pytest.mark.parametrize("damage", SPOILED)
def test_a_spoiled_array_names_its_file(damage: str, folder: Path):
    assert SPOILED[damage] != GOOD
    (folder / "extensions/templates/average.npy").write_bytes(SPOILED[damage])

    assert_broken(folder, r"templates/average\.npy")


@pytest.mark.parametrize("damage", ["empty", "cut in the data", "declares more", "is something else"])
def test_a_spoiled_property_names_its_file(damage: str, folder: Path, tmp_path: Path):
    (folder / "sorting/properties/depth.npy").write_bytes(SPOILED[damage])

    analyzer = nbl.load(folder)

    assert analyzer.get_sorting_property_keys() == ["depth", "main_channel_id"]
    for one in (analyzer, analyzer.select_units(["u6", "u1"])):
        with pytest.raises(DamagedDataError, match=r"properties/depth\.npy"):
            one.get_sorting_property("depth")
        with pytest.raises(DamagedDataError, match=r"properties/depth\.npy"):
            one.save_as("zarr", tmp_path / "saved")
    assert_rest_usable(analyzer, "")


@pytest.mark.parametrize("damage", ["empty", "is something else"])
def test_main_channels_that_cannot_be_read_are_taken_from_the_templates(damage: str, folder: Path):
    (folder / "sorting/properties/main_channel_id.npy").write_bytes(SPOILED[damage])

    assert nbl.load(folder).main_channel_ids.tolist() == main_channel_ids().tolist()


@pytest.mark.parametrize("rows", [5, 7, 0])
def test_a_property_with_other_rows_than_units_is_damaged(rows: int, folder: Path):
    np.save(folder / "sorting/properties/depth.npy", np.zeros(rows))
    analyzer = nbl.load(folder)

    for one in (analyzer, analyzer.select_units(["u6", "u1"])):
        with pytest.raises(DamagedDataError, match=r"'depth' has shape .*expected 6 rows"):
            one.get_sorting_property("depth")


@pytest.mark.parametrize("rows", [5, 7])
def test_an_array_with_other_rows_than_units_is_damaged(rows: int, folder: Path):
    np.save(folder / "extensions/templates/average.npy", np.zeros((rows, 10, 4)))

    assert_broken(folder, rf"average\.npy has shape \({rows}, 10, 4\), expected 6 rows")


def test_a_missing_array_says_what_is_there(folder: Path):
    (folder / "extensions/templates/average.npy").unlink()
    analyzer = nbl.load(folder)

    with pytest.raises(MissingDataError, match="extension 'templates' has no 'average'.*It has: std"):
        analyzer.get_templates()
    assert_rest_usable(analyzer, "templates")


@pytest.mark.parametrize(
    ("values", "match"),
    [
        (np.zeros(60), r"has dtype float64, expected the fields"),
        (spikes()[["sample_index", "unit_index"]], "expected the fields"),
        (spikes().reshape(6, 10), "expected one row of integers a spike"),
        (spikes()[0], "expected one row of integers a spike"),
        (
            spikes().astype([(n, "<f8") for n in spikes().dtype.names or ()]),
            "expected one row of integers a spike",
        ),
        (
            spikes().astype([(n, "<U3") for n in spikes().dtype.names or ()]),
            "expected one row of integers a spike",
        ),
        (np.array([(0, 6, 0)], spikes().dtype), "unit_index runs from 6 to 6, but there are only 6"),
        (np.array([(0, -1, 0)], spikes().dtype), "unit_index runs from -1"),
        (np.array([(0, 0, 2)], spikes().dtype), "segment_index runs from 2 to 2, but there are only 2"),
    ],
)
def test_spikes_that_do_not_fit_are_damaged(values: Any, match: str, folder: Path):
    np.save(folder / "sorting/spikes.npy", values)
    analyzer = nbl.load(folder)

    with pytest.raises(DamagedDataError, match=rf"spikes\.npy.*{match}"):
        _ = analyzer.spikes
    assert analyzer.get_metrics_extension_data().shape == (6, 4)


def test_missing_spikes_are_missing_data(folder: Path):
    (folder / "sorting/spikes.npy").unlink()

    with pytest.raises(MissingDataError, match=r"sorting/spikes\.npy is missing"):
        _ = nbl.load(folder).spikes


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\x00\x01\x02" * 50,
        b"\xff\xfe\xfa",
        b'"',
        b",snr\n" + b"u1,1\n" * 3,
        b",snr\n" + b"x,1\n" * 6,
        b",snr\nu1,1,2,3\nu2,1\n",
        b",snr\n\nu1",
        b"one line",
        b"PK\x03\x04" + bytes(30),
    ],
)
def test_a_spoiled_table_names_its_file(text: bytes, folder: Path):
    (folder / "extensions/quality_metrics/metrics.csv").write_bytes(text)
    analyzer = nbl.load(folder)

    with pytest.raises(DamagedDataError, match=r"quality_metrics/metrics\.csv"):
        analyzer.get_metrics_extension_data()
    assert_rest_usable(analyzer, "quality_metrics")


def test_a_table_in_another_order_is_put_in_the_order_of_the_units(folder: Path):
    metrics().iloc[::-1].to_csv(folder / "extensions/quality_metrics/metrics.csv")

    read = nbl.load(folder).get_metrics_extension_data()

    assert read.index.tolist() == UNITS.tolist()
    assert read["snr"].tolist() == metrics()["snr"].tolist()


@pytest.mark.parametrize("file", ["params.json", "info.json", "run_info.json"])
@pytest.mark.parametrize("text", ["", "{", "[]", "\0"])
def test_metadata_of_one_extension_that_do_not_parse_spoil_only_it(file: str, text: str, folder: Path):
    (folder / "extensions/templates" / file).write_text(text)
    analyzer = nbl.load(folder)

    with pytest.raises(DamagedDataError, match=rf"templates/{file}"):
        analyzer.get_templates()
    assert_rest_usable(analyzer, "templates")


def test_ids_that_look_like_numbers_stay_the_text_they_are(tmp_path: Path):
    """A table says '01' and '1e3'; a reader that guesses types would take them for numbers."""
    folder = write_binary(tmp_path / "small")
    ids = ["01", "1e3", "True", "inf", "1.0", "-0"]
    file = folder / "sorting/numpysorting_info.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "unit_ids": ids}))
    metrics().set_axis(ids).to_csv(folder / "extensions/quality_metrics/metrics.csv")
    metrics().set_axis(ids).to_csv(folder / "extensions/template_metrics/metrics.csv")

    read = nbl.load(folder).get_metrics_extension_data()

    assert read.index.tolist() == ids
