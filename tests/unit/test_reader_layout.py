"""A small analyzer written file by file as SpikeInterface lays it out, in both formats, and read back.

Other tests build on it: it takes milliseconds, needs no writer of this package and no zarr, and
every piece of it can be replaced by something broken or hostile.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numcodecs
import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl

from .test_reader_arrays import consolidate, put_array

UNITS = np.array(["u1", "u2", "u3", "u4", "u5", "u6"])
CHANNELS = ["c0", "c1", "c2", "c3"]
N_SPIKES, N_RANDOM, N_SAMPLES = 60, 24, 10
LZ4 = numcodecs.Blosc("lz4")

Data = dict[str, dict[str, Any]]


def _random() -> np.random.Generator:
    return np.random.default_rng(7)


def spikes() -> np.ndarray[Any, Any]:
    """Sixty spikes of six units in two segments."""
    vector = np.zeros(
        N_SPIKES, dtype=[("sample_index", "<i8"), ("unit_index", "<i8"), ("segment_index", "<i8")]
    )
    vector["unit_index"] = _random().permutation(np.arange(N_SPIKES) % len(UNITS))
    vector["segment_index"] = np.arange(N_SPIKES) >= 40
    vector["sample_index"] = np.concatenate([np.arange(40) * 700 + 20, np.arange(20) * 500 + 33])
    return vector


def mask() -> np.ndarray[Any, Any]:
    return (np.arange(4)[None, :] + np.arange(6)[:, None]) % 4 < 2


def metrics() -> pd.DataFrame:
    columns = {"num_spikes": np.full(6, 10), "snr": np.arange(6) + 0.25, "rp_contamination": np.arange(6) / 7}
    return pd.DataFrame(columns, index=UNITS)


def extensions() -> Data:
    """Data of each extension; arrays, tables, dictionaries."""
    rng = _random()
    locations = np.zeros(N_SPIKES, dtype=[("x", "<f4"), ("y", "<f4")])
    locations["x"] = rng.normal(size=N_SPIKES)
    return {
        "random_spikes": {"random_spikes_indices": np.sort(rng.permutation(N_SPIKES)[:N_RANDOM])},
        "waveforms": {"waveforms": rng.normal(size=(N_RANDOM, N_SAMPLES, 2)).astype("<f4")},
        "templates": {k: rng.normal(size=(6, N_SAMPLES, 4)) * mask()[:, None, :] for k in ("average", "std")},
        "noise_levels": {"noise_levels": rng.uniform(1, 2, 4).astype("<f4")},
        "spike_amplitudes": {"amplitudes": rng.normal(size=N_SPIKES).astype("<f4")},
        "spike_locations": {"spike_locations": locations},
        "principal_components": {"pca_projection": rng.normal(size=(N_RANDOM, 3, 2)).astype("<f4")},
        "correlograms": {"ccgs": rng.integers(0, 9, (6, 6, 5)), "bins": np.linspace(-5, 5, 6)},
        "template_similarity": {"similarity": rng.uniform(size=(6, 6)).astype("<f4")},
        "unit_locations": {"unit_locations": rng.normal(size=(6, 3))},
        "quality_metrics": {"metrics": metrics(), "runtime_s": {"snr": 0.5}},
        "template_metrics": {"metrics": pd.DataFrame({"half_width": np.arange(6) * 1e-5}, index=UNITS)},
    }


def main_channel_ids() -> np.ndarray[Any, Any]:
    """The channels where the templates are largest, as SpikeInterface stores them."""
    return np.array(CHANNELS)[np.abs(extensions()["templates"]["average"]).max(axis=1).argmax(axis=1)]


PARAMS = {
    "templates": {"ms_before": 0.1, "ms_after": 0.25, "operators": ["average", "std"]},
    "waveforms": {"ms_before": 0.1, "ms_after": 0.25, "dtype": "float32"},
    "quality_metrics": {"metric_names": ["num_spikes"], "metric_params": {}},
    "template_metrics": {"metric_names": ["half_width"], "metric_params": {}},
}
RUN_INFO = {"run_completed": True, "runtime_s": 0.1}
SETTINGS = {"return_in_uV": True, "peak_sign": "neg", "peak_mode": "extremum"}
INFO = {"version": "0.105.3", "dev_mode": False, "object": "SortingAnalyzer"}
ATTRIBUTES = {
    "channel_ids": CHANNELS,
    "sampling_frequency": 30000.0,
    "num_channels": 4,
    "num_samples": [30000, 15000],
    "is_filtered": True,
    "properties": {"gain_to_uV": [1.0] * 4, "offset_to_uV": [0.0] * 4, "group": [0] * 4},
    "dtype": "float32",
}
PROBEGROUP = {
    "specification": "probeinterface",
    "version": "0.2.26",
    "probes": [
        {
            "ndim": 2,
            "si_units": "um",
            "annotations": {},
            "contact_positions": [[0.0, 60.0], [0.0, 40.0], [0.0, 20.0], [0.0, 0.0]],
            "contact_plane_axes": [[[1.0, 0.0], [0.0, 1.0]]] * 4,
            "contact_shapes": ["circle"] * 4,
            "contact_shape_params": [{"radius": 6.0}] * 4,
            "device_channel_indices": [3, 2, 1, 0],
            "contact_ids": ["3", "2", "1", "0"],
            "shank_ids": [""] * 4,
        }
    ],
}


def written_once(write: Callable[[Path], Path]) -> Callable[[Path], Path]:
    """Keep what a function writes, and only put the same bytes into the next folders."""
    files: dict[Path, bytes] = {}

    @wraps(write)
    def put(folder: Path) -> Path:
        if not files:
            with TemporaryDirectory() as scratch:
                write(Path(scratch))
                found = (p for p in Path(scratch).rglob("*") if p.is_file())
                files.update({p.relative_to(scratch): p.read_bytes() for p in found})
        for path in {file.parent for file in files}:
            (folder / path).mkdir(parents=True, exist_ok=True)
        for file, data in files.items():
            (folder / file).write_bytes(data)
        return folder

    return put


@written_once
def write_zarr(folder: Path) -> Path:
    """Write the small analyzer as a zarr store."""

    def attrs(path: str, values: dict[str, Any]) -> None:
        group = folder / path
        group.mkdir(parents=True, exist_ok=True)
        (group / ".zgroup").write_text('{"zarr_format": 2}')
        (group / ".zattrs").write_text(json.dumps(values))

    attrs("", {"spikeinterface_info": INFO, "settings": SETTINGS})
    attrs("recording_info", {"recording_attributes": ATTRIBUTES, "probegroup": PROBEGROUP})
    attrs(
        "sorting", {"sampling_frequency": 30000.0, "num_segments": 2, "annotations": {}, "provenance": None}
    )
    for group in ("sorting/spikes", "sorting/properties", "extensions"):
        attrs(group, {})
    put_array(folder, "sparsity_mask", mask(), compressor=LZ4)
    put_array(folder, "sorting/unit_ids", UNITS, compressor=LZ4)
    for name in ("sample_index", "unit_index"):
        values = np.ascontiguousarray(spikes()[name])
        put_array(folder, f"sorting/spikes/{name}", values, compressor=LZ4, filters=[numcodecs.Delta("<i8")])
    put_array(folder, "sorting/spikes/segment_slices", np.array([[0, 40], [40, 60]]))
    put_array(folder, "sorting/properties/depth", np.arange(6) * 10.0, compressor=LZ4)
    put_array(folder, "sorting/properties/main_channel_id", main_channel_ids(), compressor=LZ4)
    for name, data in extensions().items():
        attrs(f"extensions/{name}", {"params": PARAMS.get(name, {}), "run_info": RUN_INFO})
        for key, value in data.items():
            where = f"extensions/{name}/{key}"
            if isinstance(value, np.ndarray):
                rows = 4 if name in ("templates", "waveforms") else len(value)
                put_array(folder, where, value, chunks=[rows, *value.shape[1:]], compressor=LZ4)
            elif isinstance(value, dict):
                put_json(folder, where, value)
            else:
                attrs(where, {"dataframe": True})
                put_array(folder, f"{where}/index", UNITS)
                for column in value:
                    put_array(folder, f"{where}/{column}", value[column].to_numpy(), compressor=LZ4)
    consolidate(folder)
    return folder


def put_json(folder: Path, path: str, value: Any) -> Path:
    """Write a dictionary as SpikeInterface does: an object array with the filter json2."""
    described = {"dtype": "|O", "fill_value": 0, "filters": [{"id": "json2"}]}
    where = put_array(folder, path, np.zeros(1), described=described)
    (where / ".zattrs").write_text('{"dict": true}')
    (where / "0").write_text(json.dumps([value, "|O", [1]]))
    return where


@written_once
def write_binary(folder: Path) -> Path:
    """Write the small analyzer as a binary folder."""

    def put_text(path: str, value: Any) -> None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(json.dumps(value))

    put_text("spikeinterface_info.json", INFO)
    put_text("settings.json", SETTINGS)
    put_text("recording_info/recording_attributes.json", ATTRIBUTES)
    put_text("recording_info/probegroup.json", PROBEGROUP)
    sorting = {"sampling_frequency": 30000.0, "unit_ids": UNITS.tolist(), "num_segments": 2}
    put_text("sorting/numpysorting_info.json", sorting)
    np.save(folder / "sparsity_mask.npy", mask())
    np.save(folder / "sorting/spikes.npy", spikes())
    (folder / "sorting/properties").mkdir()
    np.save(folder / "sorting/properties/depth.npy", np.arange(6) * 10.0)
    np.save(folder / "sorting/properties/main_channel_id.npy", main_channel_ids())
    for name, data in extensions().items():
        put_text(f"extensions/{name}/params.json", PARAMS.get(name, {}))
        put_text(f"extensions/{name}/run_info.json", RUN_INFO)
        for key, value in data.items():
            where = folder / "extensions" / name / key
            if isinstance(value, np.ndarray):
                np.save(where.with_suffix(".npy"), value)
            elif isinstance(value, dict):
                put_text(f"extensions/{name}/{key}.json", value)
            else:
                value.to_csv(where.with_suffix(".csv"))
    return folder


WRITE = {"zarr": write_zarr, "binary_folder": write_binary}


@pytest.mark.parametrize("format", WRITE)
def test_every_number_written_by_hand_is_read_back(format: str, tmp_path: Path):
    analyzer = nbl.load(WRITE[format](tmp_path / "small.zarr"))

    assert analyzer.format == format
    assert analyzer.unit_ids.tolist() == UNITS.tolist()
    assert analyzer.channel_ids.tolist() == CHANNELS
    assert analyzer.get_num_segments() == 2
    assert analyzer.get_total_duration() == 1.5
    np.testing.assert_array_equal(analyzer.spikes, spikes())
    np.testing.assert_array_equal(analyzer.sparsity_mask, mask())
    assert analyzer.settings == SETTINGS
    assert analyzer.get_sorting_property_keys() == ["depth", "main_channel_id"]
    assert set(analyzer.extension_names) == set(extensions())
    for name, data in extensions().items():
        extension = analyzer.get_extension(name)
        assert extension.params == PARAMS.get(name, {})
        assert extension.run_info == RUN_INFO
        assert sorted(extension.data_names) == sorted(data)
        for key, value in data.items():
            if isinstance(value, pd.DataFrame):
                pd.testing.assert_frame_equal(
                    extension.get_data(key)[list(value)], value, check_index_type=False
                )
            else:
                np.testing.assert_equal(extension.get_data(key), value)
