"""A hostile store of zarr format 3 gives a named error, runs nothing and takes little time and memory."""

from __future__ import annotations

import json
import pickle
import struct
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import DamagedDataError, UnsafeDataError

from .test_hostile_payload import Trap, use_everything
from .test_hostile_size import little_time_and_memory
from .test_reader_layout import UNITS, extensions
from .zarr3_stores import (
    BYTES,
    CRC32C,
    GZIP,
    TEXTS,
    ZSTD,
    changed_node,
    put_array3,
    sharded,
    write_zarr3,
)

AVERAGE = "extensions/templates/average"
NAMES = "extensions/unit_locations/names"
DELTA = {"name": "numcodecs.delta", "configuration": {"dtype": "<f8"}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The small analyzer, described file by file; its average templates in one chunk."""
    folder = write_zarr3(tmp_path / "small3.zarr")
    put_array3(folder, AVERAGE, extensions()["templates"]["average"])
    changed_node(folder, consolidated_metadata=None)
    return folder


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trap:
    """A trap that nothing but the reader keeps from springing."""
    monkeypatch.setattr("numcodecs.pickles.ALLOW_UNSAFE_PICKLE_DECODE", True, raising=False)
    return Trap.laid(tmp_path, monkeypatch)


def refused(folder: Path, error: type[Exception], match: str) -> None:
    """Check that the templates are refused, whole, by row and in a selection, and that the rest is read."""
    with little_time_and_memory():
        analyzer = nbl.load(folder)
        extension = analyzer.get_extension("templates")
        for rows in (None, [0]):
            with pytest.raises(error, match=match):
                extension.get_data("average") if rows is None else extension.entry("average").read(
                    np.array(rows)
                )
        with pytest.raises(error, match=match):
            analyzer.select_units(UNITS[:2]).get_templates()
    assert extension.get_data("std").shape == (6, 10, 4)
    assert analyzer.get_metrics_extension_data().shape == (6, 4)


def regular(*shape: Any) -> dict[str, Any]:
    return {"name": "regular", "configuration": {"chunk_shape": list(shape)}}


def named(name: str, **options: Any) -> dict[str, Any]:
    return {"name": name, "configuration": options}


def nested(depth: int) -> Any:
    return named("structured", fields=[["a", nested(depth - 1)]]) if depth else "int8"


#: What an array may say of itself, and the message.
DAMAGED: dict[str, tuple[dict[str, Any], str]] = {
    "format 2": ({"zarr_format": 2}, "zarr_format 2 is not 3"),
    "format 4": ({"zarr_format": 4}, "zarr_format 4 is not 3"),
    "format true": ({"zarr_format": True}, "zarr_format True is not 3"),
    "a kind that is none": ({"node_type": "object"}, "node_type 'object' is neither group nor array"),
    "no kind": ({"node_type": None}, "node_type None is neither"),
    "a negative size": ({"shape": [-6, 10, 4]}, "-6 is not a size"),
    "a size that is no number": ({"shape": ["6", 10, 4]}, "'6' is not a size"),
    "a size too large": ({"shape": [2**60, 10, 4]}, "is not a size"),
    "no shape": ({"shape": {"a": 1}}, "is no list of at most 32 sizes"),
    "many axes": ({"shape": [1] * 100, "chunk_grid": regular(*[1] * 100)}, "is no list of at most 32 sizes"),
    "chunks of nothing": ({"chunk_grid": regular(0, 10, 4)}, "0 is not a size"),
    "chunks of other axes": ({"chunk_grid": regular(6)}, "do not fit each other"),
    "a huge chunk": ({"chunk_grid": regular(2**48, 2**48, 4)}, "larger than any array"),
    "a large chunk": ({"chunk_grid": regular(2**20, 2**10, 4)}, "declares 34359738368 bytes"),
    "a large array": ({"shape": [2**40, 10, 4], "chunk_grid": regular(2**40, 10, 4)}, "average.*(declares|expected)"),
    "many chunks": ({"shape": [6, 10**4, 10**4], "chunk_grid": regular(1, 1, 1)}, "average.*(declare|expected)"),
    "no codecs": ({"codecs": []}, "no list of 1 to 16"),
    "many codecs": ({"codecs": [BYTES, *[GZIP] * 100]}, "no list of 1 to 16"),
    "codecs that are none": ({"codecs": "bytes"}, "no list of 1 to 16"),
    "a codec without a name": ({"codecs": [{"configuration": {}}]}, "has no name"),
    "no bytes": ({"codecs": [DELTA]}, "do not say how values become bytes"),
    "bytes twice": ({"codecs": [BYTES, BYTES]}, "works on an array"),
    "texts of numbers": ({"codecs": [TEXTS]}, "'vlen-utf8' is for texts of any length"),
    "packed before bytes": ({"codecs": [GZIP, BYTES]}, "packs bytes, but no codec before it makes any"),
    "a filter behind bytes": ({"codecs": [BYTES, DELTA]}, "works on an array"),
    "a checksum of nothing": ({"codecs": [CRC32C]}, "packs bytes"),
    "an order that is none": ({"codecs": [named("transpose", order=[0, 1, 1]), BYTES]}, "has the order"),
    "an order of other axes": ({"codecs": [named("transpose", order=[1, 0]), BYTES]}, "has the order"),
    "an order by name": ({"codecs": [named("transpose", order="F"), BYTES]}, "has the order 'F'"),
    "an endian that is none": ({"codecs": [named("bytes", endian="middle")]}, "'middle' is neither little nor big"),
    "a type without a length": ({"data_type": named("fixed_length_utf32")}, "has the length_bytes None"),
    "a type of half a letter": ({"data_type": named("fixed_length_utf32", length_bytes=6)}, "length_bytes 6"),
    "a type too long": ({"data_type": named("raw_bytes", length_bytes=2**40)}, "length_bytes"),
    "a record of nothing": ({"data_type": named("structured", fields=[])}, "no list of at most 1000 fields"),
    "a record too long": ({"data_type": named("structured", fields=[[f"f{n}", named("raw_bytes", length_bytes=2**20)]
                                                                   for n in range(3)])}, "values of 3145728 bytes"),
    "a field without a name": ({"data_type": named("structured", fields=[["", "int8"]])}, "is no name and type"),
    "a field twice": ({"data_type": named("structured", fields=[["a", "int8"]] * 2)}, "makes no sense"),
    "a time of no unit": ({"data_type": named("numpy.datetime64", unit="moons")}, "has the unit 'moons'"),
    "a type that is none": ({"data_type": 8}, "data_type 8 has no name"),
    "no fill value of the type": ({"fill_value": "much"}, "fill_value 'much' is not a value of float64"),
    "a fill value of other bits": ({"fill_value": "0x00"}, "fill_value '0x00' is not a value of float64"),
    "a fill value without bits": ({"fill_value": "0xzz"}, "makes no sense"),
    "a separator that leads out": ({"chunk_key_encoding": named("default", separator="/../")}, "is neither . nor /"),
    "no encoding": ({"chunk_key_encoding": None}, "chunk_key_encoding None has no name"),
    "shards that do not fit": ({"codecs": [sharded([5, 10, 4])]}, "do not fill a shard"),
    "shards of other axes": ({"codecs": [sharded([4])]}, "do not fill a shard"),
    "a shard in a shard": ({"codecs": [sharded([3, 10, 4], [sharded([2, 10, 4])])]}, "a shard in a shard is not read"),
    "a packed index": ({"codecs": [sharded([3, 10, 4], index_codecs=[BYTES, GZIP])]}, "index of a shard is packed"),
    "no index": ({"codecs": [sharded([3, 10, 4], index_codecs=None)]}, "no list of 1 to 16"),
    "an index that is nowhere": ({"codecs": [sharded([3, 10, 4], at="middle")]}, "'middle' is neither start nor end"),
    "a shard of millions": ({"chunk_grid": regular(2**24, 10, 4), "codecs": [sharded([1, 10, 4])]}, "at most 1048576"),
    "attributes that are none": ({"attributes": ["dict"]}, "should hold a JSON dictionary"),
}  # fmt: skip

#: What is not on the fixed lists.
UNSAFE: dict[str, tuple[dict[str, Any], str]] = {
    "a codec that is not known": ({"codecs": [named("zfpy"), GZIP]}, "codec 'zfpy' is not one of transpose.*bytes"),
    "a class as a codec": ({"codecs": [BYTES, named("evil_extractor.Evil")]}, "evil_extractor.Evil' is not one of"),
    "pickle": ({"codecs": [named("numcodecs.pickle", protocol=5)]}, "codec 'numcodecs.pickle' is not one of"),
    "pickle behind bytes": ({"codecs": [BYTES, named("numcodecs.pickle")]}, "codec 'numcodecs.pickle'"),
    "pickle in a shard": ({"codecs": [sharded([3, 10, 4], [BYTES, named("pickle")])]}, "codec 'pickle' is not one of"),
    "pickle of an index": ({"codecs": [sharded([3, 10, 4], index_codecs=[named("numcodecs.pickle")])]}, "numcodecs.pickle"),
    "objects from a filter": ({"codecs": [named("numcodecs.astype", encode_dtype="<f8", decode_dtype="|O"), BYTES]},
                              r"makes values of type '\|O'"),
    "objects": ({"data_type": "object"}, "data_type 'object' is not one of bool.*string"),
    "bytes of any length": ({"data_type": "variable_length_bytes"}, "is not one of bool"),
    "texts in a record": ({"data_type": named("structured", fields=[["a", "string"]])}, "'string' is not one of"),
    "records in records": ({"data_type": nested(5)}, "data_type 'structured' is not one of"),
    "another grid": ({"chunk_grid": named("rectilinear")}, "chunk_grid 'rectilinear' is not regular"),
    "another encoding": ({"chunk_key_encoding": named("fanout")}, "chunk_key_encoding 'fanout' is not one of default, v2"),
    "a transformer": ({"storage_transformers": [named("indirection")]}, "storage_transformers.*expected none"),
    "what must be understood": ({"encryption": named("aes")}, "it has 'encryption', which is not one of zarr_format"),
    "what says that it must be": ({"new": {"must_understand": True}}, "it has 'new'"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_an_array_that_makes_no_sense_is_refused_and_the_rest_is_read(name: str, folder: Path):
    changes, match = DAMAGED[name]
    changed_node(folder / AVERAGE, **changes)

    refused(folder, DamagedDataError, match)


@pytest.mark.parametrize("name", UNSAFE)
def test_what_is_not_on_the_lists_stays_bytes(name: str, folder: Path, trap: Trap):
    changes, match = UNSAFE[name]
    changed_node(folder / AVERAGE, **changes)
    for chunk in (folder / AVERAGE / "c").rglob("0"):
        if chunk.is_file():
            chunk.write_bytes(trap.pickled)

    refused(folder, UnsafeDataError, match)
    assert not trap.sprung


def test_pickles_in_every_place_are_never_unpickled(folder: Path, trap: Trap, tmp_path: Path):
    """Of a recording, a property, a column of the metrics, an extension."""
    pickled = {"codecs": [named("numcodecs.pickle")], "data_type": "object", "fill_value": 0}
    paths = ["recording", "sorting/properties/quality", "extensions/quality_metrics/metrics/hidden",
             "extensions/unit_locations/unit_locations"]  # fmt: skip
    for path in paths:
        where = put_array3(folder, path, np.zeros(6), described=pickled)
        (where / "c/0").write_bytes(pickle.dumps([trap, "|O", [6]]))
    put_array3(folder, "extensions/quality_metrics/runtime_s",
               np.array([json.dumps(trap.description())], dtype=object),
               described={"attributes": {"dict": True}})  # fmt: skip

    analyzer = use_everything(folder, tmp_path / "saved")

    assert not trap.sprung
    assert analyzer.get_extension("unit_locations").opaque_names == ["unit_locations"]
    assert analyzer.get_extension("quality_metrics").get_data("runtime_s") == trap.description()


def index_of(*entries: tuple[int, int]) -> bytes:
    """Return the index of a shard of three chunks, without its checksum."""
    return b"".join(struct.pack("<QQ", *entry) for entry in entries)


GONE = (2**64 - 1, 2**64 - 1)
SIZE = 2 * 10 * 4 * 8
INDEXES = {
    "beyond the end": ([(0, SIZE), (SIZE, SIZE), (3 * SIZE, SIZE)], "lies at 1920 with 640 bytes"),
    "partly beyond the end": ([(0, SIZE), (SIZE, SIZE), (2 * SIZE + 1, SIZE)], "expected between 0 and 1920"),
    "so far that the sum is small": ([(2**64 - SIZE, SIZE), GONE, GONE], "lies at 18446744073709550976"),
    "so long that the sum is small": ([(SIZE, 2**64 - SIZE), GONE, GONE], "with 18446744073709550976 bytes"),
    "half left out": ([(2**64 - 1, SIZE), GONE, GONE], "lies at 18446744073709551615"),
    "over another": ([(0, SIZE), (1, SIZE), GONE], "chunks of the shard overlap"),
    "the same": ([(0, SIZE), (0, SIZE), (0, SIZE)], "chunks of the shard overlap"),
    "over the index": ([(2 * SIZE, SIZE + 40), GONE, GONE], "expected between 0 and 1920"),
    "too short": ([(0, SIZE - 1), GONE, GONE], "it has 639 bytes, expected 640"),
    "empty": ([(0, 0), GONE, GONE], "it has 0 bytes, expected 640"),
}


@pytest.mark.parametrize("name", INDEXES)
@pytest.mark.parametrize("at", ["start", "end"])
def test_an_index_that_leads_out_of_its_shard_is_refused(name: str, at: str, folder: Path):
    entries, match = INDEXES[name]
    codec = sharded([2, 10, 4], [BYTES], at=at, index_codecs=[BYTES])
    where = put_array3(folder, AVERAGE, np.ones((6, 10, 4)), codecs=[codec])
    size = 3 * 16
    if at == "start":
        # Places are counted from the beginning of the file, where the index is.
        entries = [e if e in (GONE,) or e[0] >= 2**63 else (e[0] + size, e[1]) for e in entries]
        match = "chunk of the shard|chunks of the shard overlap|expected 640"
    index = index_of(*entries)
    (where / "c/0/0/0").write_bytes(index + bytes(3 * SIZE) if at == "start" else bytes(3 * SIZE) + index)

    refused(folder, DamagedDataError, match)


@pytest.mark.parametrize("content", [b"", b"\0" * 30, b"\0" * 100, b"\xff" * 52])
def test_a_shard_that_is_cut_off_or_has_a_wrong_checksum_is_refused(content: bytes, folder: Path):
    where = put_array3(folder, AVERAGE, np.ones((6, 10, 4)), codecs=[sharded([2, 10, 4])])
    (where / "c/0/0/0").write_bytes(content)

    refused(folder, DamagedDataError, r"c/0/0/0 cannot be read: it has|its checksum is")


BOMBS = {
    "gzip": lambda n: bytes(numcodecs.GZip(9).encode(bytes(n))),
    "zstd": lambda n: bytes(numcodecs.Zstd(19).encode(bytes(n))),
    "blosc": lambda n: bytes(numcodecs.Blosc("zstd", 9).encode(np.zeros(n, "u1"))),
    "numcodecs.bz2": lambda n: bytes(numcodecs.BZ2(9).encode(bytes(n))),
    "numcodecs.lzma": lambda n: bytes(numcodecs.LZMA(preset=1).encode(bytes(n))),
}


@pytest.mark.parametrize("packing", BOMBS)
@pytest.mark.parametrize("place", ["chunk", "in a shard", "around a shard", "texts"])
def test_a_chunk_that_unpacks_to_much_is_refused(packing: str, place: str, folder: Path):
    bomb = BOMBS[packing](2**27)
    codecs: list[Any] = [BYTES, named(packing)]
    dtype: Any = object if place == "texts" else float
    if place == "in a shard":
        codecs = [sharded([6, 10, 4], codecs, index_codecs=[BYTES])]
        bomb += index_of((0, len(bomb)))
    elif place == "around a shard":
        codecs = [sharded([2, 10, 4]), named(packing)]
    elif place == "texts":
        codecs = [TEXTS, named(packing)]
    where = put_array3(folder, AVERAGE, np.zeros((6, 10, 4), dtype))
    changed_node(where, codecs=codecs)
    (where / "c/0/0/0").write_bytes(bomb)

    with little_time_and_memory(mebibytes=48):
        refused(folder, DamagedDataError, "c/0/0/0 (cannot be read|has .* bytes)")


def text_chunk(texts: list[bytes]) -> bytes:
    return struct.pack("<I", len(texts)) + b"".join(struct.pack("<I", len(t)) + t for t in texts)


TEXT_CHUNKS = {
    "too few": (text_chunk([b"a"]), "it has 1 texts"),
    "too many, as said": (struct.pack("<I", 2**32 - 1), "it has 4294967295 texts"),
    "cut off": (text_chunk([b"a"] * 6)[:-1], "reaches beyond its end"),
    "no length": (struct.pack("<I", 6) + bytes(20), "expected 6"),
    "a length beyond the end": (struct.pack("<II", 6, 2**32 - 1) + bytes(40), "reaches beyond its end"),
    "more behind": (text_chunk([b"a"] * 6) + b"x", "but there are"),
    "no UTF-8": (text_chunk([b"\xff"] * 6), "is not UTF-8"),
    "surrogates": (text_chunk([b"\xed\xa0\x80"] * 6), "is not UTF-8"),
    "one too long": (text_chunk([b"a" * 2**19, *[b""] * 5]), "the longest of 524288 characters"),
    "nothing": (b"", "it has 0 texts"),
}


@pytest.mark.parametrize("name", TEXT_CHUNKS)
def test_texts_that_are_not_what_they_should_be_are_refused(name: str, folder: Path):
    content, match = TEXT_CHUNKS[name]
    where = put_array3(folder, NAMES, np.array([""] * 6, dtype=object))
    (where / "c/0").write_bytes(content)

    with little_time_and_memory(), pytest.raises(DamagedDataError, match=match):
        nbl.load(folder).get_extension("unit_locations").get_data("names")


@pytest.mark.parametrize("codecs", [[TEXTS, ZSTD], [sharded([500], [TEXTS, ZSTD])]], ids=["chunks", "shards"])
def test_one_long_text_among_many_does_not_make_all_of_them_long(codecs: Any, folder: Path):
    texts = np.array([""] * 20_000, dtype=object)
    texts[::1000] = "a" * 2**17
    put_array3(folder, "sorting/properties/names", texts, chunks=[1000], codecs=codecs)
    analyzer = nbl.load(folder)

    with little_time_and_memory(), pytest.raises(DamagedDataError, match="the longest of 131072 characters"):
        analyzer.get_sorting_property("names")


@pytest.mark.parametrize("path", ["sorting/unit_ids", "sparsity_mask"])
def test_an_analyzer_whose_units_are_not_readable_is_refused(path: str, folder: Path):
    changed_node(folder / path, data_type="object")

    with pytest.raises(UnsafeDataError, match=f"{path}.*'object' is not one of"):
        nbl.load(folder)


def test_spikes_that_are_not_readable_leave_the_metrics(folder: Path):
    changed_node(folder / "sorting/spikes/sample_index", codecs=[named("numcodecs.pickle")])

    analyzer = nbl.load(folder)

    assert analyzer.get_metrics_extension_data().shape == (6, 4)
    with pytest.raises(UnsafeDataError, match="sample_index"):
        _ = analyzer.spikes
