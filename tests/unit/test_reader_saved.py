"""What was saved is read back exactly, and holds no Python object."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl

from ..conftest import REAL, SAMPLES, shared
from .test_reader_arrays import consolidate, put_array
from .test_reader_layout import UNITS, WRITE, write_binary, write_zarr
from .test_reader_twins import assert_same_analyzer
from .test_saving import assert_only

FORMATS: Any = ["zarr", "binary_folder"]


def assert_nothing_opaque(folder: Path) -> None:
    """No file of what was written could hold a Python object."""
    arrays = list(folder.rglob(".zarray"))
    for file in arrays:
        meta = json.loads(file.read_text())
        assert "O" not in json.dumps(meta["dtype"]), file
        codecs = [c["id"] for c in [*(meta["filters"] or []), meta["compressor"]] if c]
        assert set(codecs) <= {"blosc", "delta"}, file
    for file in folder.rglob("*.npy"):
        np.load(file, allow_pickle=False)
    files = [p for p in folder.rglob("*") if p.is_file()]
    if not arrays:
        assert {p.suffix for p in files} == {".npy", ".csv", ".json"}
    assert len(files) > 20
    assert not [p for p in files if p.name.split(".")[0] in ("recording", "provenance")]
    assert not (folder / "recording").exists()


@pytest.mark.parametrize("sample", [*SAMPLES[::3], REAL[0], "demo"])
@pytest.mark.parametrize("format", FORMATS)
def test_what_is_saved_is_what_was_there(sample: str, format: Any, tmp_path: Path):
    analyzer = nbl.demo_analyzer() if sample == "demo" else nbl.load(shared(sample))

    saved = analyzer.save_as(format, tmp_path / "saved.zarr", progress_bar=False)

    assert saved.format == format
    assert saved.folder == str(tmp_path / "saved.zarr")
    # A dictionary would be an object array in zarr; they hold run times only.
    assert_same_analyzer(analyzer, saved, dicts=False)
    assert sorted(saved.get_sorting_property_keys()) == sorted(analyzer.get_sorting_property_keys())
    for key in analyzer.get_sorting_property_keys():
        np.testing.assert_array_equal(saved.get_sorting_property(key), analyzer.get_sorting_property(key))
    assert saved.settings["return_in_uV"] is True
    assert not saved.has_recording_description
    assert_nothing_opaque(tmp_path / "saved.zarr")
    assert_only(tmp_path, "saved.zarr")


@pytest.mark.parametrize("source", WRITE)
@pytest.mark.parametrize("format", FORMATS)
def test_a_selection_is_saved_as_it_is_seen(source: str, format: Any, tmp_path: Path):
    chosen = nbl.load(WRITE[source](tmp_path / "small.zarr")).select_units(["u5", "u1", "u3"])

    assert_same_analyzer(chosen, chosen.save_as(format, tmp_path / "saved"), dicts=False)


@pytest.mark.parametrize("format", FORMATS)
def test_large_arrays_are_copied_in_blocks(format: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The smallest blocks there are, so that every seam between two of them is tested."""
    monkeypatch.setattr("nb_autolabel.analyzer.writer.BLOCK_BYTES", 1)
    monkeypatch.setattr("nb_autolabel.analyzer.writer.chunk_rows", lambda *args: 5)
    monkeypatch.setattr("nb_autolabel.analyzer.zarr_writer.chunk_rows", lambda *args: 5)
    analyzer = nbl.load(write_zarr(tmp_path / "small.zarr")).select_units(["u4", "u6", "u1"])

    assert_same_analyzer(analyzer, analyzer.save_as(format, tmp_path / "saved"), dicts=False)


@pytest.mark.parametrize("format", FORMATS)
def test_arrays_of_odd_shapes_are_saved(format: Any, tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    shapes: list[tuple[int, ...]] = [(), (0,), (0, 3), (6, 0), (1, 1, 1)]
    for at, shape in enumerate(shapes):
        put_array(folder, f"extensions/noise_levels/odd{at}", np.ones(shape))
    consolidate(folder)

    saved = nbl.load(folder).save_as(format, tmp_path / "saved").get_extension("noise_levels")

    for at, shape in enumerate(shapes):
        assert saved.get_data(f"odd{at}").shape == shape
        assert (saved.get_data(f"odd{at}") == 1).all()


@pytest.mark.parametrize("format", FORMATS)
def test_text_and_missing_values_in_a_table_are_kept(format: Any, tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    table = ",num_spikes,snr,note,flag\n" + "".join(
        f"{u},1,{'' if i else 2.5},n{i},{i > 2}\n" for i, u in enumerate(UNITS)
    )
    (folder / "extensions/quality_metrics/metrics.csv").write_text(table)
    analyzer = nbl.load(folder)

    read = analyzer.save_as(format, tmp_path / "saved").get_metrics_extension_data()

    assert read["note"].tolist() == [f"n{i}" for i in range(6)]
    assert read["flag"].tolist() == [i > 2 for i in range(6)]
    assert read["snr"].isna().tolist() == [False] + [True] * 5
    assert read["num_spikes"].dtype.kind == "i"
