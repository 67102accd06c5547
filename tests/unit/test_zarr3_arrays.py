"""Single arrays of zarr format 3: every type, codec, encoding of keys, shard and fill value, as zarr-python writes them."""

from __future__ import annotations

import base64
import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import zarr

from nb_autolabel.analyzer.folder_store import FolderStore
from nb_autolabel.analyzer.zarr3_array import ZarrArray3
from nb_autolabel.analyzer.zarr3_bytes import slow_crc32c
from nb_autolabel.errors import DamagedDataError, MissingDataError

from .zarr3_stores import (
    BIG,
    BLOSC,
    BYTES,
    CRC32C,
    GZIP,
    TEXTS,
    ZSTD,
    changed_node,
    put_array3,
    sharded,
    written_by_zarr_3,
)


def opened(folder: Path, path: str = "a") -> ZarrArray3:
    return ZarrArray3(FolderStore(folder), path, json.loads((folder / path / "zarr.json").read_text()))


def values_of(dtype: Any, shape: tuple[int, ...] = (7, 5)) -> npt.NDArray[Any]:
    """Return values of a type, none of them zero everywhere."""
    dtype = np.dtype(dtype)
    numbers = np.arange(1, 1 + int(np.prod(shape))).reshape(shape)
    if dtype.names:
        records = np.zeros(shape, dtype)
        for name in dtype.names:
            records[name] = values_of(dtype[name], shape)
        return records
    if dtype.kind in "US":
        return np.array([f"é{n}" if dtype.kind == "U" else f"n{n}" for n in numbers.ravel()], dtype).reshape(
            shape
        )
    if dtype.kind == "V":
        raw = np.arange(numbers.size * dtype.itemsize, dtype="u1")
        return raw.view(dtype).reshape(shape)
    if dtype.kind == "b":
        return (numbers % 2).astype(dtype)
    return (numbers * (1.5 - 2j if dtype.kind == "c" else 1)).astype(dtype)


def written(folder: Path, values: npt.NDArray[Any], *, dtype: Any = None, **options: Any) -> ZarrArray3:
    """Write an array with zarr-python, open it here."""
    with warnings.catch_warnings():
        # zarr warns of types and codecs that other programs may not know.
        warnings.simplefilter("ignore")
        root = zarr.open_group(str(folder), mode="w", zarr_format=3)
        array = root.create_array(
            "a", shape=values.shape, dtype=values.dtype if dtype is None else dtype, **options
        )
        if values.size:
            array[...] = values
    return opened(folder)


def check(array: ZarrArray3, values: npt.NDArray[Any]) -> None:
    """Compare the whole array and some of its rows with what was written."""
    found = array.read()
    assert found.shape == values.shape
    assert found.dtype.newbyteorder("=") == values.dtype.newbyteorder("=") or values.dtype.hasobject
    np.testing.assert_array_equal(found, values.astype(str) if values.dtype.hasobject else values)
    if len(values.shape) and len(values) > 3:
        np.testing.assert_array_equal(array.read(np.array([3, 0])), found[[3, 0]])
        np.testing.assert_array_equal(array.read(slice(1, 3)), found[1:3])


RECORD = [("x", "<f4"), ("n", "<i8"), ("name", "<U3"), ("inner", [("a", "u1"), ("b", "<f8")])]
NUMBERS = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]
TYPES: list[Any] = [*NUMBERS, "<U5", "S4", "V6", "<M8[ns]", "<m8[10us]", RECORD]


@written_by_zarr_3
@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("endian", ["little", "big"])
def test_every_type_is_read_in_either_byte_order(dtype: Any, endian: str, tmp_path: Path):
    values = values_of(dtype)
    if values.dtype.names and endian == "big":
        pytest.skip("zarr-python 3.1 reads records of one byte order only")
    serializer = zarr.codecs.BytesCodec(endian=endian)

    check(written(tmp_path, values, chunks=(3, 2), serializer=serializer), values)


@written_by_zarr_3
@pytest.mark.parametrize("shards", [None, (6, 4)])
@pytest.mark.parametrize("shape", [(7, 5), (0, 5), (7, 0)])
def test_texts_of_any_length_are_read(shards: Any, shape: tuple[int, int], tmp_path: Path):
    values = values_of("<U5", shape).astype(object)
    values[3:4, 2:3] = "a long text in the middle \U0001f400"
    values[0:1, 0:1] = ""

    check(written(tmp_path, values, dtype="string", chunks=(3, 2), shards=shards), values)


def packings() -> dict[str, dict[str, Any]]:
    """Options for every codec that zarr-python writes and format 2 has too."""
    if zarr.__version__.startswith("2."):
        return {}
    import zarr.codecs.numcodecs as wrapped
    from zarr.codecs import BloscCodec, Crc32cCodec, GzipCodec, TransposeCodec, ZstdCodec

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        blosc = [BloscCodec(cname=name, shuffle="bitshuffle") for name in ("zstd", "lz4", "blosclz", "zlib")]
        compressors = {
            "none": None, "gzip": GzipCodec(), "zstd": ZstdCodec(level=3, checksum=True), "crc32c": Crc32cCodec(),
            "gzip, crc32c": [GzipCodec(), Crc32cCodec()], "crc32c, zstd": [Crc32cCodec(), ZstdCodec()],
            **{f"blosc {codec.cname}": codec for codec in blosc},
            "shuffle": [wrapped.Shuffle(elementsize=8), wrapped.Zlib()],
            **{name: getattr(wrapped, name)() for name in ("LZ4", "Zstd", "Zlib", "GZip", "BZ2", "Blosc")},
            "LZMA": wrapped.LZMA(preset=1),
        }  # fmt: skip
        filters = {
            "transpose": TransposeCodec(order=(1, 0)),
            "delta": wrapped.Delta(dtype="<f8"),
            "delta as others": wrapped.Delta(dtype="<f8", astype="<f4"),
            "scale": wrapped.FixedScaleOffset(offset=0, scale=1, dtype="<f8", astype="<i2"),
            "quantize": wrapped.Quantize(digits=2, dtype="<f8"),
            "round": wrapped.BitRound(keepbits=50),
            "astype": wrapped.AsType(encode_dtype="<f4", decode_dtype="<f8"),
        }
    return {
        **{name: {"compressors": codec} for name, codec in compressors.items()},
        **{name: {"filters": codec} for name, codec in filters.items()},
    }


PACKINGS = packings()


@written_by_zarr_3
@pytest.mark.parametrize("name", PACKINGS)
@pytest.mark.parametrize("shards", [None, (6, 6)])
def test_every_codec_of_format_2_is_undone(name: str, shards: Any, tmp_path: Path):
    values = values_of("f8")

    check(written(tmp_path, values, chunks=(3, 2), shards=shards, **PACKINGS[name]), values)


@written_by_zarr_3
@pytest.mark.parametrize("name", ["default", "v2"])
@pytest.mark.parametrize("separator", ["/", "."])
@pytest.mark.parametrize("shape", [(), (7,), (7, 5), (7, 5, 4)])
def test_every_encoding_of_keys_is_read(name: str, separator: str, shape: tuple[int, ...], tmp_path: Path):
    values = values_of("i4", shape)
    keys = {"name": name, "configuration": {"separator": separator}}
    chunks = tuple(2 for _ in shape)

    check(written(tmp_path, values, chunks=chunks, chunk_key_encoding=keys), values)


@written_by_zarr_3
@pytest.mark.parametrize("location", ["start", "end"])
@pytest.mark.parametrize("dtype", ["f8", "<U5", "?"])
def test_shards_with_chunks_left_out_and_beyond_the_edge_are_read(location: str, dtype: str, tmp_path: Path):
    values = values_of(dtype, (9, 7))
    values[:4, :4] = np.zeros((), dtype)
    codec = zarr.codecs.ShardingCodec(
        chunk_shape=(2, 2),
        index_location=location,
        codecs=[zarr.codecs.BytesCodec(), zarr.codecs.GzipCodec()],
    )

    check(written(tmp_path, values, chunks=(4, 4), serializer=codec, compressors=None), values)


@written_by_zarr_3
@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (0, 0)])
@pytest.mark.parametrize("dtype", ["f8", "<U5", RECORD], ids=str)
def test_empty_arrays_are_read(shape: tuple[int, ...], dtype: Any, tmp_path: Path):
    found = written(tmp_path, np.zeros(shape, dtype)).read()

    assert (found.shape, found.dtype) == (shape, np.dtype(dtype))


FILLS = [
    ("f8", np.nan), ("f4", np.inf), ("f2", -np.inf), ("f8", 1.5), ("i8", -(2**63)), ("u8", 2**64 - 1), ("?", True),
    ("c16", complex(np.nan, -np.inf)), ("<U5", "é"), ("S4", b"ab"), ("S4", b"abcd"), ("<M8[s]", np.datetime64("NaT")),
    ("<m8[s]", np.timedelta64(5, "s")),
]  # fmt: skip


@written_by_zarr_3
@pytest.mark.parametrize(("dtype", "fill"), FILLS, ids=str)
@pytest.mark.parametrize("shards", [None, (4, 4)])
def test_what_is_not_stored_is_the_fill_value_that_zarr_wrote(
    dtype: str, fill: Any, shards: Any, tmp_path: Path
):
    """Of another type as well: every value that one of them can have."""
    values = np.full((7, 5), fill, dtype)
    values[4:, 4:] = values_of(dtype, (3, 1))
    array = written(tmp_path, values, chunks=(2, 2), shards=shards, fill_value=values[0, 0])
    assert len([p for p in (tmp_path / "a/c").rglob("*") if p.is_file()]) <= 2

    check(array, values)


JSON_FILLS = [
    ("f8", "NaN", np.nan), ("f4", "Infinity", np.inf), ("f2", "-Infinity", -np.inf), ("f8", "0x7ff8000000000000", np.nan),
    ("f4", "0x3fc00000", 1.5), ("f2", "0x3e00", 1.5), ("f8", 3, 3.0), ("i4", 3.0, 3), ("u8", 2**64 - 1, 2**64 - 1),
    ("c8", ["0x3fc00000", "NaN"], complex(1.5, np.nan)), ("c16", [0, 1.5], 1.5j), ("V3", [1, 2, 3], b"\1\2\3"),
    ("?", True, True), ("S4", [97, 98], b"ab"), ("<M8[s]", "NaT", np.datetime64("NaT")),
]  # fmt: skip


@pytest.mark.parametrize(("dtype", "fill", "value"), JSON_FILLS, ids=str)
def test_fill_values_in_every_form_of_the_specification_are_read(
    dtype: str, fill: Any, value: Any, tmp_path: Path
):
    spec = {
        "V3": {"name": "raw_bytes", "configuration": {"length_bytes": 3}},
        "<M8[s]": {"name": "numpy.datetime64", "configuration": {"unit": "s", "scale_factor": 1}},
    }
    described = {"fill_value": fill, **({"data_type": spec[dtype]} if dtype in spec else {})}
    where = put_array3(tmp_path, "a", values_of("u1" if dtype in spec else dtype, (2,)), described=described)
    shutil.rmtree(where / "c")

    found = opened(tmp_path).read()

    assert found.dtype == np.dtype(dtype)
    if dtype == "V3":
        assert found[0].tobytes() == value
    else:
        np.testing.assert_array_equal(found, np.full(2, value, dtype))


def test_a_record_has_a_fill_value_by_field_or_as_its_bytes(tmp_path: Path):
    record = np.array([(1.5, 3)], [("x", "<f4"), ("n", "<i8")])
    for fill in ({"x": 1.5, "n": 3}, base64.b64encode(record.tobytes()).decode()):
        where = put_array3(tmp_path, "a", record, described={"fill_value": fill})
        shutil.rmtree(where / "c")

        assert opened(tmp_path).read().tolist() == record.tolist()


def test_without_a_fill_value_a_missing_chunk_is_an_error(tmp_path: Path):
    where = put_array3(tmp_path, "a", np.arange(4.0), chunks=[2], described={"fill_value": None})
    (where / "c/1").unlink()
    with pytest.raises(MissingDataError, match=r"a/c/1 is missing"):
        opened(tmp_path).read()

    put_array3(tmp_path, "a", np.array([0.0, 0, 1, 2]), codecs=[sharded([2])], described={"fill_value": None})
    with pytest.raises(DamagedDataError, match="a chunk of the shard is missing"):
        opened(tmp_path).read()


CHAINS = {
    "none": [BYTES], "big": [BIG], "gzip": [BYTES, GZIP], "zstd, crc32c": [BYTES, ZSTD, CRC32C], "blosc": [BIG, BLOSC],
    "transpose": [{"name": "transpose", "configuration": {"order": [2, 0, 1]}}, BYTES],
    "twice": [{"name": "transpose", "configuration": {"order": [2, 0, 1]}},
              {"name": "transpose", "configuration": {"order": [0, 2, 1]}}, BIG, GZIP],
    "delta": [{"name": "numcodecs.delta", "configuration": {"dtype": "<f8"}}, BYTES],
    "delta of a transposition": [{"name": "transpose", "configuration": {"order": [2, 0, 1]}},
                                 {"name": "numcodecs.delta", "configuration": {"dtype": "<f8"}}, BIG],
    "shard": [sharded([2, 3, 1])], "shard at the start": [sharded([1, 3, 4], at="start")],
    "checked shard": [sharded([4, 3, 2], [BYTES, CRC32C]), CRC32C],
    "transposed shard": [{"name": "transpose", "configuration": {"order": [1, 2, 0]}}, sharded([3, 2, 4])],
    "transposed in a shard": [sharded([2, 3, 4], [{"name": "transpose", "configuration": {"order": [1, 0, 2]}}, BIG])],
    "index without a checksum, big": [sharded([2, 3, 4], index_codecs=[BIG])],
}  # fmt: skip


@pytest.mark.parametrize("name", CHAINS)
def test_chains_of_codecs_written_by_hand_are_undone(name: str, tmp_path: Path):
    """So also where zarr-python 3 is not installed."""
    values = values_of("f8", (7, 5, 3))
    put_array3(tmp_path, "a", values, chunks=[4, 3, 4], codecs=CHAINS[name])

    check(opened(tmp_path), values)


@pytest.mark.parametrize(
    "codecs", [[TEXTS], [TEXTS, GZIP], [sharded([2], [TEXTS, ZSTD])]], ids=["plain", "gzip", "shard"]
)
def test_texts_written_by_hand_are_read(codecs: Any, tmp_path: Path):
    values = np.array(["a", "", "é" * 300, "b", "\U0001f400", "c", "d"], dtype=object)
    put_array3(tmp_path, "a", values, chunks=[4], codecs=codecs)

    check(opened(tmp_path), values)


def test_names_may_stand_alone_and_the_rest_is_left_out(tmp_path: Path):
    described = {
        "codecs": ["bytes"], "chunk_key_encoding": {"name": "v2"}, "dimension_names": ["unit", None],
        "new": {"must_understand": False},
    }  # fmt: skip
    put_array3(tmp_path, "a", values_of("i4"), chunks=[3, 2], described=described)
    changed_node(tmp_path / "a", chunk_key_encoding="v2")

    check(opened(tmp_path), values_of("i4"))


def test_the_checksum_is_that_of_the_specification():
    assert slow_crc32c(b"123456789") == 0xE3069283
    assert slow_crc32c(b"") == 0
