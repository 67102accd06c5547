"""What claims to be huge is refused at once, with no memory spent on it."""

from __future__ import annotations

import json
import struct
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import AutolabelError, DamagedDataError

from .test_reader_arrays import consolidate
from .test_reader_layout import write_binary, write_zarr

MiB = 2**20


@contextmanager
def little_time_and_memory(seconds: float = 3.0, mebibytes: float = 160.0) -> Iterator[None]:
    """Fail if the block takes long or more memory than given (numpy and zlib report to tracemalloc)."""
    tracemalloc.start()
    start = process_time()
    try:
        yield
        assert process_time() - start < seconds
        assert tracemalloc.get_traced_memory()[1] < mebibytes * MiB
    finally:
        tracemalloc.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_zarr(tmp_path / "small.zarr")


def describe(folder: Path, path: str, **described: Any) -> None:
    file = folder / path / ".zarray"
    file.write_text(json.dumps({**json.loads(file.read_text()), **described}))
    consolidate(folder)


def test_the_meter_itself_notices_memory_and_time():
    with pytest.raises(AssertionError), little_time_and_memory(mebibytes=1):
        np.zeros(2 * MiB, "u1")
    with pytest.raises(AssertionError), little_time_and_memory(seconds=0):
        pass


#: An array that may have any shape, so that nothing but its size can be wrong.
FREE = "extensions/noise_levels/noise_levels"


@pytest.mark.parametrize(
    ("shape", "chunks"),
    [
        ([10**15, 1, 1], [10**15, 1, 1]),
        ([10**15, 1, 1], [10**9, 1, 1]),
        ([6, 10**15, 4], [6, 10**15, 4]),
        ([10**12, 1, 1], [1, 1, 1]),
        ([6, 10**6, 10**6], [6, 1, 1]),
        ([6, 10, 4], [6, 10**15, 4]),
        ([2**62, 2**62, 2**62], [2**62, 2**62, 2**62]),
        ([2**62, 0, 4], [1, 1, 1]),
        ([2**70, 1, 1], [1, 1, 1]),
        ([1] * 100, [1] * 100),
    ],
)
def test_an_array_that_declares_a_huge_shape_is_refused(shape: Any, chunks: Any, folder: Path):
    for fill_value in (None, 0.0):
        describe(folder, FREE, shape=shape, chunks=chunks, fill_value=fill_value)
        with little_time_and_memory():
            analyzer = nbl.load(folder)
            for one in (analyzer, analyzer.select_units(["u1"])):
                with pytest.raises(DamagedDataError, match=FREE):
                    one.get_extension("noise_levels").get_data()
            assert "SortingAnalyzer" in analyzer._repr_html_()


def test_rows_of_an_array_that_declares_a_huge_shape_are_refused(folder: Path):
    describe(folder, FREE, shape=[10**14], chunks=[10**10], fill_value=0)
    extension = nbl.load(folder).get_extension("noise_levels")
    for rows in (slice(None), slice(0, 10**13, 2), np.array([10**13])):
        with little_time_and_memory(), pytest.raises(DamagedDataError, match=FREE):
            extension.get_data(rows=rows)


@pytest.mark.parametrize("path", ["sorting/unit_ids", "sparsity_mask"])
@pytest.mark.parametrize("size", [10**15, 10**12])
def test_huge_units_or_sparsity_are_refused_when_the_analyzer_is_opened(path: str, size: int, folder: Path):
    ndim = 1 if path.endswith("ids") else 2
    describe(folder, path, shape=[size, 4][:ndim], chunks=[size // 1000, 4][:ndim], fill_value=0)
    with little_time_and_memory(), pytest.raises(AutolabelError):
        nbl.load(folder)


def test_huge_spikes_are_refused(folder: Path):
    for name in ("sample_index", "unit_index"):
        describe(folder, f"sorting/spikes/{name}", shape=[10**13], chunks=[10**13], fill_value=0)
    analyzer = nbl.load(folder)
    with little_time_and_memory(), pytest.raises(DamagedDataError, match="sample_index"):
        _ = analyzer.spikes


@pytest.mark.parametrize(
    "dtype", ["|V2147483647", "<U400000000", "|S2000000000", "|V0", "<U0", [["a", "<f8", [2**40]]]]
)
def test_a_data_type_of_absurd_size_is_refused(dtype: Any, folder: Path):
    describe(folder, FREE, shape=[1], chunks=[1], dtype=dtype, fill_value=0)
    with little_time_and_memory(), pytest.raises(DamagedDataError, match=FREE):
        nbl.load(folder).get_extension("noise_levels").get_data()


def test_many_chunks_that_each_unpack_to_much_are_refused(folder: Path):
    """A thousand chunks of half a gibibyte each would take minutes, though each is thrown away."""
    describe(folder, FREE, shape=[1000, 1], chunks=[1, 2**27], fill_value=0.0)
    with little_time_and_memory(), pytest.raises(DamagedDataError, match=FREE):
        nbl.load(folder).get_extension("noise_levels").get_data()


def test_chunks_that_were_never_written_cost_no_memory_of_their_own(folder: Path):
    path = "extensions/templates/std"
    for chunk in (folder / path).glob("[0-9]*"):
        chunk.unlink()
    describe(folder, path, chunks=[6, 10, 2**20], fill_value=1.5)
    with little_time_and_memory():
        assert (nbl.load(folder).get_extension("templates").get_data("std") == 1.5).all()


@pytest.mark.parametrize("file", [".zmetadata", "extensions/templates/average/0.0.0"])
def test_a_file_far_larger_than_what_it_should_hold_is_not_read(file: str, folder: Path):
    with (folder / file).open("ab") as handle:
        handle.truncate(2**36)  # sparse: it takes no space on the disk
    with little_time_and_memory(mebibytes=48):
        try:
            nbl.load(folder).get_templates()
        except DamagedDataError as error:
            assert file in str(error)
        else:
            assert file == ".zmetadata"  # the files beside it say the same


@pytest.mark.parametrize("file", ["numpysorting_info.json", "../extensions/quality_metrics/metrics.csv"])
def test_a_text_file_far_larger_than_what_it_should_hold_is_not_read(file: str, tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    with (folder / "sorting" / file).open("ab") as handle:
        handle.truncate(2**36)
    with little_time_and_memory(mebibytes=48), pytest.raises(DamagedDataError, match=Path(file).name):
        nbl.load(folder).get_metrics_extension_data()


@pytest.mark.parametrize("shape", [(10**15,), (2**62, 4), (10**30,), (-5,), (2**31, 2**31, 2**31)])
def test_an_npy_that_declares_a_huge_shape_is_refused(shape: Any, tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    data = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header.encode() + bytes(480)
    (folder / "extensions/templates/average.npy").write_bytes(data)
    with little_time_and_memory(), pytest.raises(DamagedDataError, match=r"average\.npy"):
        nbl.load(folder).get_extension("templates").get_data()


@pytest.mark.parametrize("count", [10**12, 10**9])
def test_an_absurd_number_of_segments_is_refused(count: int, tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    file = folder / "sorting/numpysorting_info.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "num_segments": count}))
    with little_time_and_memory(), pytest.raises(DamagedDataError, match="num_segments"):
        nbl.load(folder)
