"""JSON that is nested deeply, of the wrong type or full of surprises is an error that names its file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import AutolabelError, DamagedDataError

from .test_reader_arrays import consolidate
from .test_reader_layout import write_binary, write_zarr

DEEP = "[" * 100_000 + "]" * 100_000
VALUES = [None, True, -1, 1e999, "text", [], [[1], [1, 2]], {"a": 1}, 10**30]
ZARR = [".zattrs", "sorting/.zattrs", "recording_info/.zattrs", "extensions/templates/.zattrs"]
BINARY = [
    "spikeinterface_info.json",
    "settings.json",
    "sorting/numpysorting_info.json",
    "recording_info/recording_attributes.json",
    "recording_info/probegroup.json",
    "extensions/templates/params.json",
    "extensions/templates/run_info.json",
    "extensions/quality_metrics/runtime_s.json",
]


def outcomes(folder: Path) -> dict[str, str]:
    """Try everything; the result by name: "fine" or the message. Anything but an AutolabelError escapes."""
    found: dict[str, str] = {}

    def attempt(name: str, action: Callable[[], Any]) -> Any:
        try:
            result = action()
        except AutolabelError as error:
            found[name] = str(error)
            return None
        found[name] = "fine"
        return result

    analyzer = attempt("load", lambda: nbl.load(folder))
    if analyzer is None:
        return found
    attempt("repr", lambda: repr(analyzer))
    attempt("html", analyzer._repr_html_)
    attempt("spikes", lambda: analyzer.spikes)
    attempt("duration", analyzer.get_total_duration)
    attempt("locations", analyzer.get_channel_locations)
    attempt("main channels", lambda: analyzer.main_channel_ids)
    attempt("metrics", analyzer.get_metrics_extension_data)
    attempt("templates", analyzer.get_templates)
    attempt("times", lambda: analyzer.template_times_ms)
    for name in analyzer.extension_names:
        extension = attempt(name, lambda name=name: analyzer.get_extension(name))
        for key in [*extension.data_names, *extension.opaque_names] if extension else ():
            attempt(f"{name}/{key}", lambda extension=extension, key=key: extension.get_data(key))
    for key in attempt("properties", analyzer.get_sorting_property_keys) or ():
        attempt(f"property {key}", lambda key=key: analyzer.get_sorting_property(key))
    chosen = attempt("select", lambda: analyzer.select_units(analyzer.unit_ids[:2]))
    if chosen is not None:
        attempt("chosen spikes", lambda: chosen.spikes)
        for name in chosen.extension_names:
            extension = attempt(name, lambda name=name: chosen.get_extension(name))
            for key in extension.data_names if extension else ():
                attempt(f"chosen {name}/{key}", lambda extension=extension, key=key: extension.get_data(key))
    return found


def test_everything_is_fine_in_an_untouched_analyzer(tmp_path: Path):
    for write in (write_zarr, write_binary):
        found = outcomes(write(tmp_path / write.__name__))
        assert set(found.values()) == {"fine"}
        assert len(found) > 50


@pytest.mark.parametrize("file", ZARR)
@pytest.mark.parametrize("consolidated", [True, False])
def test_json_nested_too_deeply_in_a_zarr_store_is_an_error(file: str, consolidated: bool, tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    (folder / file).write_text('{"params": ' + DEEP + "}")
    metadata = (folder / ".zmetadata").read_text()
    (folder / ".zmetadata").unlink()
    if consolidated:
        (folder / ".zmetadata").write_text(metadata.replace('"metadata"', f'"deep": {DEEP}, "metadata"'))

    found = outcomes(folder)

    assert any(file in message and "JSON" in message for message in found.values())
    if "templates" in file:
        assert found["metrics"] == found["spikes"] == found["waveforms/waveforms"] == "fine"


@pytest.mark.parametrize("file", BINARY)
def test_json_nested_too_deeply_in_a_binary_folder_is_an_error(file: str, tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    (folder / file).write_text('{"params": ' + DEEP + "}")

    found = outcomes(folder)

    assert any(file in message and "JSON" in message for message in found.values())
    if "extensions" in file:
        assert found["metrics"] == found["spikes"] == found["waveforms/waveforms"] == "fine"


@pytest.mark.parametrize("file", ZARR)
def test_an_attribute_file_of_the_wrong_type_is_an_error_of_this_package(file: str, tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    for value in VALUES:
        (folder / file).write_text(json.dumps(value))
        consolidate(folder)

        found = outcomes(folder)

        assert isinstance(value, dict) or value is None or any(file in said for said in found.values())
        if "templates" in file:
            assert found["metrics"] == found["spikes"] == found["waveforms/waveforms"] == "fine"


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else ()
    return ([path] if path else []) + [p for key, item in inside for p in _paths(item, (*path, key))]


def _replace(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    key, *rest = path
    return {**value, key: _replace(value[key], tuple(rest), by) if rest else by}


@pytest.mark.parametrize("file", BINARY)
def test_any_json_value_of_any_wrong_type_is_an_error_of_this_package(file: str, tmp_path: Path):
    """Each value of each file is replaced by everything JSON can hold."""
    folder = write_binary(tmp_path / "small")
    good = json.loads((folder / file).read_text())
    tried = 0
    for path in [*_paths(good), ()]:
        for value in VALUES:
            changed = _replace(good, path, value) if path else value
            (folder / file).write_text(json.dumps(changed))
            outcomes(folder)
            tried += 1
    assert tried >= len(VALUES)


DESCRIBED = ["shape", "chunks", "dtype", "order", "fill_value", "compressor", "filters", "zarr_format"]
ODD = ["<i8", "<f4", "<M8[s]", [["x", "<f4"]], [2], "F", "blosc", ["delta"], {"id": "blosc"}, {"id": []}]
ARRAYS = [
    "sorting/spikes/segment_slices",
    "extensions/templates/average",
    "extensions/random_spikes/random_spikes_indices",
    "extensions/quality_metrics/metrics/snr",
    "extensions/quality_metrics/runtime_s",
]


@pytest.mark.parametrize("key", DESCRIBED)
@pytest.mark.parametrize(
    "arrays", [["sorting/unit_ids"], ["sparsity_mask"], ARRAYS], ids=["units", "mask", "others"]
)
def test_any_description_of_an_array_of_any_wrong_type_is_an_error_of_this_package(
    key: str, arrays: list[str], tmp_path: Path
):
    folder = write_zarr(tmp_path / "small.zarr")
    consolidated = json.loads((folder / ".zmetadata").read_text())
    metadata = consolidated["metadata"]
    good = {array: dict(metadata[f"{array}/.zarray"]) for array in arrays}
    for value in [*VALUES, *ODD]:
        for array in arrays:
            metadata[f"{array}/.zarray"] = {**good[array], key: value}
        (folder / ".zmetadata").write_text(json.dumps(consolidated))
        outcomes(folder)


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_a_probe_of_the_wrong_shape_is_an_error_of_this_package(value: Any, tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    file = folder / "recording_info/probegroup.json"
    good = json.loads(file.read_text())["probes"][0]
    for key in good:
        file.write_text(json.dumps({"probes": [{**good, key: value}]}))
        analyzer = nbl.load(folder)
        try:
            assert analyzer.get_channel_locations().shape in [(4, 2), (4, 3)]
        except DamagedDataError as error:
            assert str(folder) in str(error)
