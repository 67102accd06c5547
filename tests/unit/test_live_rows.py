"""Arrays of a live analyzer that are not in memory are read by rows, and no row twice for one copy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

import nb_autolabel as nbl
from nb_autolabel.analyzer.chunk_cache import ChunkCache
from nb_autolabel.analyzer.lazy_array import LazyArray

UNITS, SPIKES = np.array(["a", "b", "c"]), 1000


class Lazy:
    """An array outside the memory that counts which rows are read; it has nothing but slices, as of HDF5."""

    def __init__(self, values: Any, chunks: tuple[int, ...] | None = None) -> None:
        self._values = values
        self.shape, self.dtype = values.shape, values.dtype
        self.read: list[range] = []
        if chunks is not None:
            self.chunks = chunks

    def __getitem__(self, rows: Any) -> Any:
        if rows is Ellipsis:
            rows = slice(None)
        assert isinstance(rows, slice)
        self.read.append(range(*rows.indices(len(self._values))))
        return self._values[rows].copy()

    @property
    def times(self) -> Any:
        """How often each row was read."""
        counted = np.zeros(len(self._values), int)
        for rows in self.read:
            counted[rows] += 1
        return counted


class Sorting:
    def __init__(self) -> None:
        vector = np.zeros(SPIKES, [("sample_index", "i8"), ("unit_index", "i8"), ("segment_index", "i8")])
        vector["sample_index"] = np.arange(SPIKES) * 10
        vector["unit_index"] = np.random.default_rng(0).integers(0, 3, SPIKES)
        self.to_spike_vector = lambda: vector
        self.get_property_keys = self.get_annotation_keys = list


class Computed:
    params: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, **data: Any) -> None:
        self.data = data


def live_analyzer(**extensions: Computed) -> Any:
    """An object that looks like SpikeInterface's SortingAnalyzer in memory."""

    class SortingAnalyzer:
        __module__ = "spikeinterface.core.sortinganalyzer"
        format, sparsity, sampling_frequency = "memory", None, 30000.0
        unit_ids, channel_ids, sorting = UNITS, np.arange(4), Sorting()
        rec_attributes: dict[str, Any] = {"num_samples": [20_000], "channel_ids": [0, 1, 2, 3]}  # noqa: RUF012
        get_num_segments = staticmethod(lambda: 1)
        has_recording = has_temporary_recording = staticmethod(lambda: False)

    made = SortingAnalyzer()
    made.extensions = extensions  # type: ignore[attr-defined]
    made.get_extension = extensions.get  # type: ignore[attr-defined]
    return made


@pytest.mark.parametrize("format", ["zarr", "binary_folder"])
@pytest.mark.parametrize("chunks", [None, (64,)])
def test_saving_in_many_blocks_reads_each_row_once(
    format: Any, chunks: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Before, each of a hundred blocks of a selection read the whole array."""
    monkeypatch.setattr("nb_autolabel.analyzer.writer.BLOCK_BYTES", SPIKES * 4 // 100)
    monkeypatch.setattr("nb_autolabel.analyzer.zarr_writer.chunk_rows", lambda *args: 10)
    lazy = Lazy(np.random.default_rng(1).normal(size=SPIKES).astype("f4"), chunks)
    analyzer = nbl.load(live_analyzer(spike_amplitudes=Computed(amplitudes=lazy)))

    saved = analyzer.save_as(format, tmp_path / "whole", progress_bar=False)
    assert len(lazy.read) >= 90
    assert (lazy.times == 1).all()
    np.testing.assert_array_equal(saved.get_extension("spike_amplitudes").get_data(), lazy._values)

    lazy.read.clear()
    chosen = analyzer.select_units(["c", "a"])
    saved = chosen.save_as(format, tmp_path / "selected", progress_bar=False)
    assert lazy.times.max() == 1
    mine = np.isin(analyzer.spikes["unit_index"], [0, 2])
    np.testing.assert_array_equal(saved.get_extension("spike_amplitudes").get_data(), lazy._values[mine])


def test_what_is_stored_for_each_spike_is_read_once_for_all_units():
    lazy = Lazy(np.random.default_rng(1).normal(size=SPIKES))
    analyzer = nbl.load(live_analyzer(spike_amplitudes=Computed(amplitudes=lazy)))

    for at, unit in enumerate(UNITS):
        found = analyzer.get_unit_spike_data(unit, "spike_amplitudes")
        np.testing.assert_array_equal(found, lazy._values[analyzer.spikes["unit_index"] == at])

    assert lazy.times.max() == 1


ROWS = [
    slice(None),
    slice(3, 90),
    slice(None, None, 7),
    slice(90, 2, -3),
    slice(5, 5),
    np.array([5]),
    np.array([-1, 0, 50, 50, 3]),
    np.array([], dtype=int),
    np.arange(100) % 7 == 0,
]


def of_zarr(values: Any, folder: Path) -> Any:
    options: dict[str, Any] = {"zarr_format": 2} if int(zarr.__version__.split(".")[0]) >= 3 else {}
    array = zarr.open(
        str(folder), mode="w", shape=values.shape, chunks=(16, 2), dtype=values.dtype, **options
    )
    array[:] = values
    return array


KINDS: dict[str, Callable[[Any, Path], Any]] = {
    "memory": lambda values, folder: values,
    "slices": lambda values, folder: Lazy(values),
    "chunks": lambda values, folder: Lazy(values, (16, 3)),
    "zarr": of_zarr,
}


@pytest.mark.parametrize("rows", ROWS, ids=str)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gap", [1, 100, 2**16])
@pytest.mark.parametrize("keeps", [True, False])
def test_rows_are_those_that_numpy_picks(
    rows: Any, kind: str, gap: int, keeps: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("nb_autolabel.analyzer.lazy_array.GAP_BYTES", gap)
    monkeypatch.setattr("nb_autolabel.analyzer.lazy_array.BLOCK_BYTES", 4 * gap)
    values = np.arange(300.0).reshape(100, 3)
    array = LazyArray(
        KINDS[kind](values, tmp_path / "z"), "it", ChunkCache(), lambda: "state" if keeps else None
    )

    for _ in range(2):
        found = array.read(rows)
        np.testing.assert_array_equal(found, values[rows])
        assert found.flags.writeable
        assert not np.shares_memory(found, values)
    with pytest.raises(IndexError):
        array.read(np.array([100]))


@pytest.mark.parametrize("gap", [1, 2**16])
def test_one_request_reads_no_chunk_twice(gap: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("nb_autolabel.analyzer.lazy_array.GAP_BYTES", gap)
    monkeypatch.setattr("nb_autolabel.analyzer.lazy_array.BLOCK_BYTES", 2 * gap)
    lazy = Lazy(np.zeros((100, 3)), (16, 3))
    array = LazyArray(lazy, "it", ChunkCache(), lambda: None)

    array.read(np.array([99, 1, 14, 17, 30, 31, 32, 80, 16, 2]))

    chunks = [{row // 16 for row in rows} for rows in lazy.read]
    assert sum(map(len, chunks)) == len(set.union(*chunks))


def test_units_read_one_after_the_other_read_each_chunk_once_while_its_file_stays():
    state = ["first"]
    lazy = Lazy(np.arange(100.0), (16,))
    array = LazyArray(lazy, "it", ChunkCache(), lambda: state[0])

    for row in range(100):
        assert array.read(np.array([row])).tolist() == [row]
    assert (lazy.times == 1).all()

    lazy._values = lazy._values + 0.5
    state[0] = "written again"
    assert array.read(np.array([20])).tolist() == [20.5]


def test_rows_that_are_not_near_each_other_are_read_without_those_between():
    lazy = Lazy(np.zeros((10_000, 100)))

    LazyArray(lazy, "it", ChunkCache(), lambda: None).read(np.array([9_999, 5_000, 0]))

    assert sorted(map(len, lazy.read)) == [1, 1, 1]
