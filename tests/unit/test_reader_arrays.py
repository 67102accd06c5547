"""One zarr array: every codec, data type, order and chunk shape is read as it was written."""

from __future__ import annotations

import itertools
import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import numpy.typing as npt
import pytest
import zarr

from nb_autolabel.analyzer.stores import FolderStore
from nb_autolabel.analyzer.zarr_array import ZarrArray

COMPRESSORS = {
    "none": None,
    "blosc-lz4": numcodecs.Blosc("lz4"),
    "blosc-zstd-bitshuffle": numcodecs.Blosc("zstd", 5, numcodecs.Blosc.BITSHUFFLE),
    "blosc-zlib": numcodecs.Blosc("zlib"),
    "blosc-blosclz": numcodecs.Blosc("blosclz"),
    "lz4": numcodecs.LZ4(),
    "zstd": numcodecs.Zstd(),
    "zlib": numcodecs.Zlib(),
    "gzip": numcodecs.GZip(),
    "bz2": numcodecs.BZ2(),
    "lzma": numcodecs.LZMA(),
}
FILTERS = {
    "delta": numcodecs.Delta("<f8"),
    "shuffle": numcodecs.Shuffle(8),
    "fixedscaleoffset": numcodecs.FixedScaleOffset(offset=0, scale=1, dtype="<f8", astype="<i4"),
    "astype": numcodecs.AsType(encode_dtype="<f4", decode_dtype="<f8"),
    "bitround": numcodecs.BitRound(keepbits=52),
    "quantize": numcodecs.Quantize(digits=3, dtype="<f8"),
}


def put_array(
    folder: Path,
    path: str,
    values: npt.NDArray[Any],
    *,
    chunks: Sequence[int] | None = None,
    compressor: Any = None,
    filters: Sequence[Any] = (),
    described: dict[str, Any] | None = None,
) -> Path:
    """Write an array of a zarr store (format 2) by hand; `described` changes its ``.zarray``."""
    chunks = tuple(chunks or [max(1, n) for n in values.shape])
    dtype = values.dtype.descr if values.dtype.names else values.dtype.str
    meta = {
        "zarr_format": 2,
        "shape": list(values.shape),
        "chunks": list(chunks),
        "dtype": dtype,
        "order": "C",
        "fill_value": None,
        "compressor": compressor.get_config() if compressor else None,
        "filters": [f.get_config() for f in filters] or None,
    }
    where = folder / path
    where.mkdir(parents=True, exist_ok=True)
    for place in itertools.product(
        *(range(math.ceil(n / c)) for n, c in zip(values.shape, chunks, strict=True))
    ):
        chunk = np.zeros(chunks, values.dtype)
        part = values[tuple(slice(i * c, (i + 1) * c) for i, c in zip(place, chunks, strict=True))]
        chunk[tuple(slice(0, n) for n in part.shape)] = part
        data: Any = np.ascontiguousarray(chunk)
        for one in filters:
            data = one.encode(data)
        data = compressor.encode(data) if compressor else data
        (where / ".".join(map(str, place or (0,)))).write_bytes(bytes(memoryview(data).cast("B")))
    (where / ".zarray").write_text(json.dumps({**meta, **(described or {})}))
    return where


def consolidate(folder: Path) -> None:
    """Write ``.zmetadata`` anew from the files it repeats."""
    found = {}
    for where, _, files in os.walk(folder):
        for name in {".zgroup", ".zattrs", ".zarray"}.intersection(files):
            file = Path(where, name)
            found[str(file.relative_to(folder))] = json.loads(file.read_text())
    (folder / ".zmetadata").write_text(json.dumps({"zarr_consolidated_format": 1, "metadata": found}))


def opened(folder: Path, path: str = "a") -> ZarrArray:
    return ZarrArray(FolderStore(folder), path, json.loads((folder / path / ".zarray").read_text()))


@pytest.fixture
def values() -> npt.NDArray[np.float64]:
    return np.arange(7 * 5 * 3, dtype="<f8").reshape(7, 5, 3)


@pytest.mark.parametrize("codec", COMPRESSORS)
def test_every_compressor_on_the_list_is_undone(codec: str, values: npt.NDArray[Any], tmp_path: Path):
    put_array(tmp_path, "a", values, chunks=(3, 2, 3), compressor=COMPRESSORS[codec])

    np.testing.assert_array_equal(opened(tmp_path).read(), values)


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("codec", ["none", "blosc-lz4", "zstd"])
def test_every_filter_on_the_list_is_undone(name: str, codec: str, values: npt.NDArray[Any], tmp_path: Path):
    put_array(tmp_path, "a", values, chunks=(3, 2, 3), filters=[FILTERS[name]], compressor=COMPRESSORS[codec])

    np.testing.assert_array_equal(opened(tmp_path).read(), values)


def test_several_filters_are_undone_last_one_first(values: npt.NDArray[Any], tmp_path: Path):
    filters = [numcodecs.FixedScaleOffset(1, 2, "<f8", "<i8"), numcodecs.Delta("<i8"), numcodecs.Shuffle(8)]
    put_array(tmp_path, "a", values, filters=filters, compressor=numcodecs.Blosc())

    np.testing.assert_array_equal(opened(tmp_path).read(), values)


@pytest.mark.parametrize(
    "dtype",
    ["|b1", "|i1", "<u2", "<i4", "<i8", "<f4", "<f8", ">i4", ">f8", "<c16", "<U3", "|S4"],
)
def test_every_data_type_keeps_its_values(dtype: str, tmp_path: Path):
    values = np.array([0, 1, 0, 3, 1]).astype(dtype)
    put_array(tmp_path, "a", values, chunks=(2,), compressor=numcodecs.Blosc())

    read = opened(tmp_path).read()

    assert read.dtype == values.dtype
    np.testing.assert_array_equal(read, values)


@pytest.mark.parametrize("dtype", [">i4", ">i8", ">f8"])
def test_a_filter_over_big_endian_numbers_is_undone(dtype: str, tmp_path: Path):
    values = np.array([5, 1, 0, 3, 1]).astype(dtype)
    put_array(tmp_path, "a", values, filters=[numcodecs.Delta(dtype)])

    np.testing.assert_array_equal(opened(tmp_path).read(), values)


def test_structured_values_keep_their_fields(tmp_path: Path):
    values = np.array([(1.5, 2, True), (3.5, 4, False)], dtype=[("x", "<f4"), ("y", "<i8"), ("z", "|b1")])
    put_array(tmp_path, "a", values, compressor=numcodecs.Blosc())

    np.testing.assert_array_equal(opened(tmp_path).read(), values)


def test_a_single_number_and_an_array_without_rows_are_read(tmp_path: Path):
    put_array(tmp_path, "one", np.array(2.5))
    put_array(tmp_path, "none", np.zeros((0, 3)))

    assert opened(tmp_path, "one").read() == 2.5
    assert opened(tmp_path, "none").read().shape == (0, 3)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("chunks", [(7, 5, 3), (1, 1, 1), (3, 2, 2), (10, 10, 10)])
def test_what_zarr_itself_writes_is_read_back(
    order: Any, chunks: Any, values: npt.NDArray[Any], tmp_path: Path
):
    array = (
        zarr.open_array(
            str(tmp_path / "a"),
            mode="w",
            shape=values.shape,
            chunks=chunks,
            dtype="<f8",
            order=order,
            zarr_format=2,
        )
        if zarr.__version__ >= "3"
        else zarr.open_array(
            str(tmp_path / "a"), mode="w", shape=values.shape, chunks=chunks, dtype="<f8", order=order
        )
    )
    array[:] = values

    np.testing.assert_array_equal(opened(tmp_path).read(), values)


@pytest.mark.parametrize(
    "rows", [slice(2, 5), slice(None, None, 2), slice(5, 0, -2), [3], [6, 0, 3], [], [2, 2]]
)
@pytest.mark.parametrize("chunks", [(7, 5, 3), (2, 2, 2)])
def test_rows_are_picked_as_numpy_picks_them(
    rows: Any, chunks: Any, values: npt.NDArray[Any], tmp_path: Path
):
    put_array(tmp_path, "a", values, chunks=chunks)
    rows = rows if isinstance(rows, slice) else np.array(rows, dtype=np.intp)

    np.testing.assert_array_equal(opened(tmp_path).read(rows), values[rows])


@pytest.mark.parametrize("rows", [[-1], [-7, 2], [True, False, True, False, False, False, True]])
def test_rows_counted_from_the_end_or_given_as_a_mask_mean_what_they_mean_in_numpy(
    rows: Any, values: npt.NDArray[Any], tmp_path: Path
):
    put_array(tmp_path, "a", values, chunks=(2, 5, 3), described={"fill_value": 0.0})

    np.testing.assert_array_equal(opened(tmp_path).read(np.array(rows)), values[np.array(rows)])


@pytest.mark.parametrize("row", [7, -8, 10**9])
def test_a_row_that_does_not_exist_is_an_error_and_never_the_fill_value(
    row: int, values: npt.NDArray[Any], tmp_path: Path
):
    put_array(tmp_path, "a", values, chunks=(2, 5, 3), described={"fill_value": 0.0})

    with pytest.raises(IndexError, match=r"7 rows|size 7|out of"):
        opened(tmp_path).read(np.array([row]))


def test_a_chunk_that_was_never_written_holds_the_fill_value(values: npt.NDArray[Any], tmp_path: Path):
    where = put_array(tmp_path, "a", values, chunks=(3, 5, 3), described={"fill_value": -2.5})
    (where / "1.0.0").unlink()

    read = opened(tmp_path).read()

    assert (read[3:6] == -2.5).all()
    np.testing.assert_array_equal(read[[0, 1, 2, 6]], values[[0, 1, 2, 6]])


@pytest.mark.parametrize(
    ("fill", "dtype", "expected"),
    [
        ("NaN", "<f8", np.nan),
        ("-Infinity", "<f4", -np.inf),
        (3, "<i2", 3),
        (True, "|b1", True),
        ("", "<U3", ""),
    ],
)
def test_the_fill_value_is_read_as_json_writes_it(fill: Any, dtype: str, expected: Any, tmp_path: Path):
    where = put_array(tmp_path, "a", np.zeros(4, dtype), described={"fill_value": fill})
    (where / "0").unlink()

    np.testing.assert_array_equal(opened(tmp_path).read(), np.full(4, expected, dtype))
