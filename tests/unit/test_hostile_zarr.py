"""Nothing that lies in a zarr store is unpickled, imported or called, wherever a codec is named."""

from __future__ import annotations

import contextlib
import json
import pickle
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest
import zarr

import nb_autolabel as nbl
from nb_autolabel.errors import MissingDataError, UnsafeDataError

from .test_hostile_payload import Trap, use_everything
from .test_reader_arrays import consolidate, put_array
from .test_reader_layout import LZ4, UNITS, metrics, put_json, write_zarr

PICKLE = {"id": "pickle", "protocol": 5}
DELTA = {"id": "delta", "dtype": "<f8"}
SHUFFLE = {"id": "shuffle", "elementsize": 8}
HIDDEN = {
    "only filter": {"filters": [PICKLE]},
    "first filter": {"filters": [PICKLE, DELTA, SHUFFLE]},
    "middle filter": {"filters": [DELTA, PICKLE, SHUFFLE]},
    "last filter": {"filters": [DELTA, SHUFFLE, PICKLE]},
    "compressor": {"compressor": PICKLE},
    "filter and compressor": {"filters": [PICKLE], "compressor": PICKLE},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_zarr(tmp_path / "small.zarr")


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trap:
    """A trap that nothing but the reader keeps from springing."""
    monkeypatch.setattr("numcodecs.pickles.ALLOW_UNSAFE_PICKLE_DECODE", True, raising=False)
    return Trap.laid(tmp_path, monkeypatch)


def put_pickle(folder: Path, path: str, trap: Trap, shape: tuple[int, ...], **described: Any) -> None:
    """Write an array whose one chunk is a pickle; `described` changes its ``.zarray``."""
    where = put_array(folder, path, np.zeros(shape), described=described)
    for chunk in where.glob("[0-9]*"):
        chunk.write_bytes(trap.pickled)
    consolidate(folder)


def assert_inert(folder: Path, trap: Trap, tmp_path: Path) -> nbl.Analyzer:
    consolidate(folder)
    analyzer = use_everything(folder, tmp_path / "saved")
    assert not trap.sprung
    assert analyzer.unit_ids.tolist() == UNITS.tolist()
    return analyzer


def test_the_chunk_of_these_tests_springs_when_numcodecs_decodes_it(folder: Path, trap: Trap):
    put_pickle(folder, "recording", trap, (1,), dtype="|O", **HIDDEN["only filter"])

    numcodecs.get_codec(PICKLE).decode((folder / "recording/0").read_bytes())

    assert trap.sprung


def test_the_chunk_of_these_tests_springs_when_zarr_2_reads_it(folder: Path, trap: Trap):
    if not zarr.__version__.startswith("2."):
        pytest.skip("zarr 3 does not know object arrays")
    described = {"dtype": "|O", "fill_value": 0, "filters": [PICKLE]}
    where = put_array(folder, "recording", np.zeros(1), described=described)
    (where / "0").write_bytes(pickle.dumps([trap, "|O", [1]]))

    with contextlib.suppress(Exception):
        zarr.open(str(where), mode="r")[:]

    assert trap.sprung


@pytest.mark.parametrize("path", ["recording", "sorting_provenance"])
def test_a_pickled_description_is_not_unpickled(path: str, folder: Path, trap: Trap, tmp_path: Path):
    put_pickle(folder, path, trap, (1,), dtype="|O", filters=[PICKLE])

    analyzer = assert_inert(folder, trap, tmp_path)

    assert analyzer.has_recording_description is (path == "recording")


@pytest.mark.parametrize("path", ["recording", "sorting_provenance"])
def test_a_class_named_in_a_description_is_not_imported(path: str, folder: Path, trap: Trap, tmp_path: Path):
    put_json(folder, path, trap.description())

    analyzer = assert_inert(folder, trap, tmp_path)

    assert analyzer.has_recording_description is (path == "recording")


def test_a_class_named_as_provenance_of_the_sorting_is_not_imported(folder: Path, trap: Trap, tmp_path: Path):
    attrs = json.loads((folder / "sorting/.zattrs").read_text())
    (folder / "sorting/.zattrs").write_text(json.dumps({**attrs, "provenance": trap.description()}))

    assert_inert(folder, trap, tmp_path)

    saved = json.loads((tmp_path / "saved/chosen.zarr/sorting/.zattrs").read_text())
    assert saved["provenance"] is None


def test_a_dictionary_that_names_a_class_stays_a_dictionary(folder: Path, trap: Trap, tmp_path: Path):
    hostile = {**trap.description(), "py/object": "evil_extractor.Evil", "__reduce__": ["os.mkdir"]}
    put_json(folder, "extensions/quality_metrics/runtime_s", hostile)

    analyzer = assert_inert(folder, trap, tmp_path)

    assert analyzer.get_extension("quality_metrics").get_data("runtime_s") == hostile


@pytest.mark.parametrize("place", HIDDEN)
@pytest.mark.parametrize("dtype", ["<f8", "|O"])
def test_a_pickle_codec_in_any_place_is_not_decoded(place: str, dtype: str, folder: Path, trap: Trap):
    put_pickle(folder, "extensions/templates/average", trap, (6, 10, 4), dtype=dtype, **HIDDEN[place])
    analyzer = nbl.load(folder)

    extension = analyzer.get_extension("templates")
    assert extension.data_names == ["std"]
    with pytest.raises(UnsafeDataError, match=r"templates/average.*codec 'pickle'"):
        extension.get_data("average")
    with pytest.raises(UnsafeDataError, match="templates/average"):
        analyzer.get_templates()
    with pytest.raises(UnsafeDataError, match="templates/average"):
        analyzer.select_units(UNITS[:2]).get_templates()
    assert not trap.sprung


def test_the_rest_is_usable_beside_pickled_arrays(folder: Path, trap: Trap, tmp_path: Path):
    names = ["waveforms/waveforms", "principal_components/pca_projection", "spike_amplitudes/amplitudes"]
    names += ["spike_locations/spike_locations", "unit_locations/unit_locations", "noise_levels/noise_levels"]
    for name, described in zip(names, HIDDEN.values(), strict=True):
        put_pickle(folder, f"extensions/{name}", trap, (24, 10, 2), dtype="<f4", **described)

    analyzer = assert_inert(folder, trap, tmp_path)

    for name in names:
        assert analyzer.get_extension(name.split("/")[0]).data_names == []


def test_pickled_columns_are_left_out_of_the_metrics(folder: Path, trap: Trap, tmp_path: Path):
    for place, described in HIDDEN.items():
        column = f"extensions/quality_metrics/metrics/{place.replace(' ', '_')}"
        put_pickle(folder, column, trap, (6,), dtype="|O", **described)

    analyzer = assert_inert(folder, trap, tmp_path)

    assert sorted(analyzer.get_extension("quality_metrics").get_data().columns) == sorted(metrics().columns)


def test_a_pickled_property_is_left_out(folder: Path, trap: Trap, tmp_path: Path):
    put_pickle(folder, "sorting/properties/quality", trap, (6,), dtype="|O", filters=[PICKLE])

    analyzer = assert_inert(folder, trap, tmp_path)

    assert analyzer.get_sorting_property_keys() == ["depth", "main_channel_id"]
    with pytest.raises(MissingDataError, match="no property 'quality'"):
        analyzer.get_sorting_property("quality")


@pytest.mark.parametrize("path", ["sorting/unit_ids", "sparsity_mask"])
def test_an_analyzer_whose_units_or_sparsity_are_pickled_is_refused(path: str, folder: Path, trap: Trap):
    put_pickle(folder, path, trap, (6,), dtype="|O", filters=[PICKLE])

    with pytest.raises(UnsafeDataError, match=path):
        nbl.load(folder)

    assert not trap.sprung


def test_pickled_spikes_are_refused_and_the_metrics_are_still_there(folder: Path, trap: Trap):
    put_pickle(folder, "sorting/spikes/sample_index", trap, (60,), dtype="<i8", filters=[PICKLE])
    analyzer = nbl.load(folder)

    with pytest.raises(UnsafeDataError, match="sample_index"):
        _ = analyzer.spikes

    assert analyzer.get_metrics_extension_data().shape == (6, 4)
    assert not trap.sprung


@pytest.mark.parametrize(
    "dtype",
    [
        "|O",
        "O",
        "object",
        "T",
        "i8,O",
        [["a", "<f8"], ["b", "|O"]],
        [["a", "|O", [2]]],
        [["a", "<i8"], ["b", "O"]],
    ],
)
def test_an_array_that_hides_objects_in_its_data_type_stays_bytes(dtype: Any, folder: Path, trap: Trap):
    put_pickle(folder, "extensions/templates/average", trap, (6, 10, 4), dtype=dtype)

    extension = nbl.load(folder).get_extension("templates")

    assert extension.opaque_names == ["average"]
    with pytest.raises((UnsafeDataError, ValueError), match="templates/average"):
        extension.get_data("average")
    assert not trap.sprung


@pytest.mark.parametrize("option", ["encode_dtype", "decode_dtype"])
def test_a_filter_that_would_turn_bytes_into_objects_is_an_error(option: str, folder: Path):
    """Bytes of a file taken for addresses of Python objects would crash the interpreter, or worse."""
    config = {"id": "astype", "encode_dtype": "<f8", "decode_dtype": "<f8", option: "|O"}
    put_array(folder, "extensions/unit_locations/unit_locations", np.ones((6, 3)), compressor=LZ4)
    meta = json.loads((folder / "extensions/unit_locations/unit_locations/.zarray").read_text())
    (folder / "extensions/unit_locations/unit_locations/.zarray").write_text(
        json.dumps({**meta, "filters": [config]})
    )
    consolidate(folder)

    with pytest.raises((UnsafeDataError, ValueError), match="unit_locations"):
        nbl.load(folder).get_extension("unit_locations").get_data()
