"""One ordering of the spikes by unit gives what a search through all spikes gives, and is made once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer.folder_format import FolderSource
from nb_autolabel.analyzer.spike_data import SpikeData
from nb_autolabel.analyzer.spikes_by_unit import SpikesByUnit
from nb_autolabel.analyzer.zarr_format import ZarrSource
from nb_autolabel.errors import DamagedDataError, MissingExtensionError, SourceChangedError, UnknownUnitError

from .test_reader_arrays import consolidate, put_array
from .test_reader_layout import LZ4, WRITE, write_binary, write_zarr

FORMATS = pytest.mark.parametrize("format", WRITE)


def random_analyzer(folder: Path, format: str, seed: int) -> Any:
    """The small analyzer with other spikes: one to four segments, some of them and some units without any."""
    rng = np.random.default_rng(seed)
    count, n_segments = int(rng.integers(0, 400)), int(rng.integers(1, 5))
    segments = np.sort(rng.integers(0, n_segments, count))
    vector = np.zeros(count, [("sample_index", "<i8"), ("unit_index", "<i8"), ("segment_index", "<i8")])
    vector["segment_index"] = segments
    vector["sample_index"] = rng.integers(0, 500, count)
    vector["unit_index"] = rng.choice(rng.permutation(6)[: rng.integers(1, 7)], count)
    vector = vector[np.lexsort((vector["sample_index"], segments))]
    locations = np.zeros(count, [("x", "<f4"), ("y", "<f4")])
    locations["x"], locations["y"] = rng.normal(size=(2, count))
    arrays = {
        "spike_amplitudes/amplitudes": rng.normal(size=count).astype("<f4"),
        "spike_locations/spike_locations": locations,
        "random_spikes/random_spikes_indices": np.sort(rng.permutation(count)[: count // 3]),
    }
    waveforms = rng.normal(size=(count // 3, 10, 2)).astype("<f4")
    arrays["waveforms/waveforms"] = waveforms
    arrays["principal_components/pca_projection"] = waveforms[:, :3]
    WRITE[format](folder)
    if format == "binary_folder":
        np.save(folder / "sorting/spikes.npy", vector)
        file = folder / "sorting/numpysorting_info.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), "num_segments": n_segments}))
        for path, values in arrays.items():
            np.save(folder / f"extensions/{path}.npy", values)
        return nbl.load(folder)
    for file in (folder / "sorting/spikes").rglob("[0-9]*"):
        file.unlink()
    for path in arrays:
        for file in (folder / "extensions" / path).glob("[0-9]*"):
            file.unlink()
    for name in ("sample_index", "unit_index"):
        values = np.ascontiguousarray(vector[name])
        put_array(folder, f"sorting/spikes/{name}", values, chunks=[64], compressor=LZ4)
    edges = np.searchsorted(segments, np.arange(n_segments + 1))
    put_array(folder, "sorting/spikes/segment_slices", np.column_stack([edges[:-1], edges[1:]]))
    for path, values in arrays.items():
        put_array(folder, f"extensions/{path}", values, chunks=[50, *values.shape[1:]], compressor=LZ4)
    file = folder / "sorting/.zattrs"
    file.write_text(json.dumps({**json.loads(file.read_text()), "num_segments": n_segments}))
    consolidate(folder)
    return nbl.load(folder)


def assert_as_searched(analyzer: Any, spikes: Any, data: dict[str, Any]) -> None:
    """Compare what the analyzer gives of each unit with a search through all its spikes."""
    np.testing.assert_array_equal(analyzer.spikes, spikes)
    for at, unit in enumerate(analyzer.unit_ids):
        rows = np.flatnonzero(spikes["unit_index"] == at)
        got = analyzer.get_unit_spike_rows(unit)
        assert got.dtype == np.intp
        np.testing.assert_array_equal(got, rows)
        assert analyzer.count_num_spikes_per_unit()[unit] == len(rows)
        for segment in range(analyzer.get_num_segments()):
            in_segment = rows[spikes["segment_index"][rows] == segment]
            train = analyzer.get_unit_spike_train(unit, segment)
            np.testing.assert_array_equal(train, spikes["sample_index"][in_segment])
            assert train.dtype == np.int64
        for name, values in data.items():
            found = analyzer.get_unit_spike_data(unit, name)
            assert found.dtype == values.dtype
            np.testing.assert_array_equal(found, values[rows])


@FORMATS
@pytest.mark.parametrize("seed", range(25))
def test_the_spikes_of_each_unit_are_those_that_a_search_finds(format: str, seed: int, tmp_path: Path):
    """Of the analyzer, of a selection, and of a selection of the selection in another order."""
    analyzer = random_analyzer(tmp_path / "random.zarr", format, seed)
    spikes = analyzer.spikes.copy()
    names = ["spike_amplitudes", "spike_locations"]
    data = {name: analyzer.get_extension(name).get_data() for name in names}
    random = analyzer.get_extension("random_spikes").get_data()
    waveforms = analyzer.get_extension("waveforms").get_data()
    assert_as_searched(analyzer, spikes, data)

    rng = np.random.default_rng(seed)
    chosen = analyzer
    units = np.arange(6)
    for count in (4, 2):
        picked = rng.permutation(len(units))[:count]
        units, chosen = units[picked], chosen.select_units(chosen.unit_ids[picked])
        mine = np.isin(spikes["unit_index"], units)
        kept = spikes[mine].copy()
        for new, old in enumerate(units):
            kept["unit_index"][spikes[mine]["unit_index"] == old] = new
        assert_as_searched(chosen, kept, {name: values[mine] for name, values in data.items()})
        renumbered = (np.cumsum(mine) - 1)[random[mine[random]]]
        np.testing.assert_array_equal(chosen.get_extension("random_spikes").get_data(), renumbered)
        np.testing.assert_array_equal(chosen.get_extension("waveforms").get_data(), waveforms[mine[random]])


def test_spikes_that_are_in_no_order_keep_theirs_within_a_unit():
    """A live object may have them so."""
    rng = np.random.default_rng(3)
    for n_units in (0, 1, 5, 255, 256, 257, 70_000):
        units = rng.integers(0, n_units, 1000) if n_units else np.zeros(0, np.int64)
        made = SpikesByUnit.of(units, n_units)
        np.testing.assert_array_equal(made.order, np.argsort(units, kind="stable"))
        np.testing.assert_array_equal(made.counts, np.bincount(units, minlength=n_units))


@pytest.fixture
def read_spikes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stores whose spikes were read."""
    read: list[str] = []
    for kind in (ZarrSource, FolderSource):
        original = kind.spikes

        def reading(self, original=original):
            read.append(self.location)
            return original(self)

        monkeypatch.setattr(kind, "spikes", reading)
    return read


@FORMATS
def test_the_spikes_are_read_once_for_an_analyzer_and_all_its_selections(
    format: str, read_spikes: list[str], tmp_path: Path
):
    analyzer = nbl.load(WRITE[format](tmp_path / "small.zarr"))
    some = analyzer.select_units(["u4", "u1", "u2"])

    for one in (some, analyzer, some.select_units(["u2"]), analyzer.remove_units(["u1"])):
        for unit in one.unit_ids:
            one.get_unit_spike_train(unit, 1)
            one.get_unit_spike_data(unit, "spike_amplitudes")
        one.get_extension("spike_amplitudes").get_data()
        one.get_extension("waveforms").get_data()
        one.count_num_spikes_per_unit()

    assert len(read_spikes) == 1


@FORMATS
def test_the_ordering_is_made_once_and_a_selection_derives_its_own(
    format: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    made: list[int] = []
    original = SpikesByUnit.of
    monkeypatch.setattr(SpikesByUnit, "of", lambda units, n: made.append(n) or original(units, n))
    analyzer = nbl.load(WRITE[format](tmp_path / "small.zarr"))

    for one in (analyzer, analyzer.select_units(["u5", "u2"]), analyzer.select_units(["u5", "u2", "u1"])):
        for unit in one.unit_ids:
            one.get_unit_spike_train(unit)

    assert made == [6]


@FORMATS
def test_what_is_kept_for_each_spike_is_the_callers_own_and_follows_errors(format: str, tmp_path: Path):
    analyzer = nbl.load(WRITE[format](tmp_path / "small.zarr"))
    before = analyzer.get_unit_spike_data("u2", "spike_amplitudes")

    analyzer.get_unit_spike_data("u2", "spike_amplitudes")[:] = 0

    np.testing.assert_array_equal(analyzer.get_unit_spike_data("u2", "spike_amplitudes"), before)
    with pytest.raises(UnknownUnitError):
        analyzer.get_unit_spike_rows("u99")
    with pytest.raises(MissingExtensionError):
        analyzer.get_unit_spike_data("u2", "amplitude_scalings")
    with pytest.raises(DamagedDataError, match="one a spike"):
        analyzer.get_unit_spike_data("u2", "templates", "average")
    with pytest.raises(DamagedDataError, match="no array"):
        analyzer.get_unit_spike_data("u2", "quality_metrics", "metrics")


@pytest.mark.parametrize("change", ["removed", "computed again"])
@FORMATS
def test_what_is_kept_for_each_spike_is_not_given_after_a_change(change: str, format: str, tmp_path: Path):
    folder = WRITE[format](tmp_path / "small.zarr")
    analyzer = nbl.load(folder)
    analyzer.get_unit_spike_data("u2", "spike_amplitudes")

    if change == "removed":
        folder.rename(tmp_path / "elsewhere")
    elif format == "zarr":
        file = folder / "extensions/spike_amplitudes/.zattrs"
        file.write_text(json.dumps({**json.loads(file.read_text()), "params": {"peak_sign": "pos"}}))
        consolidate(folder)
    else:
        np.save(folder / "extensions/spike_amplitudes/amplitudes.npy", np.ones(60, "<f4"))

    with pytest.raises(SourceChangedError):
        analyzer.get_unit_spike_data("u2", "spike_amplitudes")


def test_values_written_again_by_the_same_computation_are_the_new_ones(tmp_path: Path):
    """The metadata say the same, so that the store is recognised; its values are read again."""
    folder = write_zarr(tmp_path / "small.zarr")
    analyzer = nbl.load(folder)
    rows = analyzer.get_unit_spike_rows("u2")
    analyzer.get_unit_spike_data("u2", "spike_amplitudes")
    new = np.arange(60, dtype="<f4")

    put_array(folder, "extensions/spike_amplitudes/amplitudes", new, compressor=LZ4)
    consolidate(folder)

    np.testing.assert_array_equal(analyzer.get_unit_spike_data("u2", "spike_amplitudes"), new[rows])


def test_arrays_with_a_row_a_spike_take_no_more_memory_than_the_spikes(tmp_path: Path):
    """Of two that do not fit together, the one that was used last stays."""
    folder = write_binary(tmp_path / "small")
    for name in ("first", "second"):
        np.save(folder / f"extensions/spike_locations/{name}.npy", np.zeros((60, 2)))
    analyzer = nbl.load(folder)
    extension, kept = analyzer.get_extension("spike_locations"), SpikeData(analyzer.source)

    kept.of_unit(extension, "first", 0)
    assert kept.nbytes == 960
    kept.of_unit(extension, "second", 0)
    assert kept.nbytes == 960
    kept.of_unit(extension, "spike_locations", 0)

    assert kept.nbytes == 960 + 480 == analyzer.spikes.nbytes
