"""Analyzers in zarr format 3: a small one written byte by byte, and twins of others written by zarr-python 3."""

from __future__ import annotations

import base64
import itertools
import json
import math
import os
import shutil
import struct
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import numpy.typing as npt
import pytest
import zarr

from nb_autolabel.analyzer.stores import open_store
from nb_autolabel.analyzer.zarr3_bytes import slow_crc32c
from nb_autolabel.analyzer.zarr_tree import Tree

from . import test_reader_layout as small

#: A mark for what needs zarr-python 3 to write.
written_by_zarr_3 = pytest.mark.skipif(
    zarr.__version__.startswith("2."), reason="zarr 2 writes no stores of format 3"
)

BYTES = {"name": "bytes", "configuration": {"endian": "little"}}
BIG = {"name": "bytes", "configuration": {"endian": "big"}}
TEXTS = {"name": "vlen-utf8"}
GZIP = {"name": "gzip", "configuration": {"level": 1}}
ZSTD = {"name": "zstd", "configuration": {"level": 0, "checksum": False}}
BLOSC = {"name": "blosc", "configuration": {"cname": "zstd", "clevel": 5, "shuffle": "noshuffle"}}
CRC32C = {"name": "crc32c"}
_PACK = {
    "gzip": lambda d: bytes(numcodecs.GZip(1).encode(d)),
    "zstd": lambda d: bytes(numcodecs.Zstd(1).encode(d)),
    "blosc": lambda d: bytes(numcodecs.Blosc("zstd").encode(d)),
    "crc32c": lambda d: d + struct.pack("<I", slow_crc32c(d)),
}


def sharded(
    chunk_shape: Sequence[int], codecs: Sequence[Any] = (BYTES, ZSTD), at: str = "end", **changed: Any
) -> dict[str, Any]:
    """Return the codec that puts chunks into shards."""
    options = {
        "chunk_shape": list(chunk_shape),
        "codecs": list(codecs),
        "index_codecs": [BYTES, CRC32C],
        "index_location": at,
        **changed,
    }
    return {"name": "sharding_indexed", "configuration": options}


def data_type(dtype: np.dtype[Any]) -> Any:
    """Return a type as format 3 writes it."""
    if dtype.names:
        fields = [[name, data_type(dtype[name])] for name in dtype.names]
        return {"name": "structured", "configuration": {"fields": fields}}
    if dtype.kind in "US":
        name = "fixed_length_utf32" if dtype.kind == "U" else "null_terminated_bytes"
        return {"name": name, "configuration": {"length_bytes": dtype.itemsize}}
    return "string" if dtype.hasobject else dtype.name


def encode(values: npt.NDArray[Any], codecs: Sequence[Any]) -> bytes:
    """Return a chunk as these codecs store it."""
    data = b""
    for codec in codecs:
        name, options = codec["name"], codec.get("configuration", {})
        if name == "transpose":
            values = values.transpose(options["order"])
        elif name == "bytes":
            order = "<" if options.get("endian", "little") == "little" else ">"
            data = np.ascontiguousarray(values, values.dtype.newbyteorder(order)).tobytes()
        elif name == "vlen-utf8":
            texts = [str(text).encode() for text in values.ravel().tolist()]
            data = struct.pack("<I", len(texts)) + b"".join(struct.pack("<I", len(t)) + t for t in texts)
        elif name == "sharding_indexed":
            data = _shard(values, options)
        elif name == "numcodecs.delta":
            values = numcodecs.Delta(options["dtype"]).encode(values.ravel())
        else:
            data = _PACK[name](data)
    return data


def _shard(values: npt.NDArray[Any], options: dict[str, Any]) -> bytes:
    """Return a shard; chunks of zeros are left out, as zarr leaves them out."""
    inner = options["chunk_shape"]
    grid = [n // i for n, i in zip(values.shape, inner, strict=True)]
    index = np.full((*grid, 2), 2**64 - 1, "<u8")
    head = len(encode(index, options["index_codecs"])) if options["index_location"] == "start" else 0
    body = b""
    for place in itertools.product(*map(range, grid)):
        part = values[tuple(slice(p * i, (p + 1) * i) for p, i in zip(place, inner, strict=True))]
        if values.dtype.names or part.any():
            piece = encode(part, options["codecs"])
            index[place] = head + len(body), len(piece)
            body += piece
    packed = encode(index, options["index_codecs"])
    return packed + body if head else body + packed


def put_array3(
    folder: Path,
    path: str,
    values: npt.NDArray[Any],
    *,
    chunks: Sequence[int] | None = None,
    codecs: Sequence[Any] | None = None,
    described: dict[str, Any] | None = None,
) -> Path:
    """Write an array of format 3 by hand; `described` changes its ``zarr.json``."""
    chunks = tuple(chunks or [max(1, n) for n in values.shape])
    codecs = codecs or [TEXTS if values.dtype.hasobject else BYTES]
    fill: Any = "" if values.dtype.kind in "OU" else 0
    if values.dtype.names or values.dtype.kind == "S":
        fill = base64.b64encode(bytes(values.dtype.itemsize)).decode()
    meta = {
        "zarr_format": 3,
        "node_type": "array",
        "shape": list(values.shape),
        "data_type": data_type(values.dtype),
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(chunks)}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": False if values.dtype == bool else fill,
        "codecs": list(codecs),
        "attributes": {},
        "storage_transformers": [],
        **(described or {}),
    }
    where = folder / path
    shutil.rmtree(where / "c", ignore_errors=True)
    where.mkdir(parents=True, exist_ok=True)
    encoding = meta["chunk_key_encoding"]
    prefix = ["c"] if encoding["name"] == "default" else []
    separator = encoding.get("configuration", {}).get("separator", "/" if prefix else ".")
    grid = (range(math.ceil(n / c)) for n, c in zip(values.shape, chunks, strict=True))
    for place in itertools.product(*grid):
        chunk = np.full(chunks, "" if values.dtype.hasobject else 0, values.dtype)
        part = values[tuple(slice(i * c, (i + 1) * c) for i, c in zip(place, chunks, strict=True))]
        chunk[tuple(slice(0, n) for n in part.shape)] = part
        key = where / separator.join([*prefix, *map(str, place)] or ["0"])
        key.parent.mkdir(parents=True, exist_ok=True)
        key.write_bytes(encode(chunk, codecs))
    (where / "zarr.json").write_text(json.dumps(meta))
    return where


def put_group3(folder: Path, path: str, attributes: dict[str, Any]) -> None:
    """Write a group of format 3."""
    group = folder / path
    group.mkdir(parents=True, exist_ok=True)
    node = {"zarr_format": 3, "node_type": "group", "attributes": attributes}
    (group / "zarr.json").write_text(json.dumps(node))


def consolidate3(folder: Path) -> None:
    """Put all descriptions into that of the root."""
    found = {}
    for where, _, files in os.walk(folder):
        if "zarr.json" in files and Path(where) != folder:
            path = Path(where).relative_to(folder).as_posix()
            found[path] = json.loads(Path(where, "zarr.json").read_text())
    changed_node(
        folder, consolidated_metadata={"kind": "inline", "must_understand": False, "metadata": found}
    )


def changed_node(folder: Path, **changes: Any) -> None:
    """Change the description of a group or array."""
    file = folder / "zarr.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


@small.written_once
def write_zarr3(folder: Path) -> Path:
    """Write the small analyzer of the other tests in format 3, with a codec of every kind."""
    put_group3(folder, "", {"spikeinterface_info": small.INFO, "settings": small.SETTINGS})
    recorded = {"recording_attributes": small.ATTRIBUTES, "probegroup": small.PROBEGROUP}
    put_group3(folder, "recording_info", recorded)
    sorting = {"sampling_frequency": 30000.0, "num_segments": 2, "annotations": {}, "provenance": None}
    put_group3(folder, "sorting", sorting)
    for group in ("sorting/spikes", "sorting/properties", "extensions"):
        put_group3(folder, group, {})
    put_array3(folder, "sparsity_mask", small.mask(), codecs=[BYTES, GZIP])
    put_array3(folder, "sorting/unit_ids", small.UNITS.astype(object), chunks=[4])
    delta = {"name": "numcodecs.delta", "configuration": {"dtype": "<i8"}}
    for name in ("sample_index", "unit_index"):
        values = np.ascontiguousarray(small.spikes()[name])
        put_array3(folder, f"sorting/spikes/{name}", values, codecs=[delta, BYTES, BLOSC])
    put_array3(folder, "sorting/spikes/segment_slices", np.array([[0, 40], [40, 60]]), codecs=[BIG, CRC32C])
    put_array3(folder, "sorting/properties/depth", np.arange(6) * 10.0, codecs=[BYTES, ZSTD, CRC32C])
    put_array3(folder, "sorting/properties/main_channel_id", small.main_channel_ids())
    for name, data in small.extensions().items():
        attributes = {"params": small.PARAMS.get(name, {}), "run_info": small.RUN_INFO}
        put_group3(folder, f"extensions/{name}", attributes)
        for key, value in data.items():
            where = f"extensions/{name}/{key}"
            if isinstance(value, np.ndarray):
                rows = 4 if name in ("templates", "waveforms") else len(value)
                shape = [rows, *value.shape[1:]]
                shards = [sharded([max(1, rows // 2), *value.shape[1:]])] if rows % 2 == 0 else [BYTES, GZIP]
                put_array3(folder, where, value, chunks=shape, codecs=shards)
            elif isinstance(value, dict):
                text = np.array([json.dumps(value)], dtype=object)
                put_array3(folder, where, text, described={"attributes": {"dict": True}})
            else:
                put_group3(folder, where, {"dataframe": True})
                put_array3(folder, f"{where}/index", small.UNITS)
                for column in value:
                    put_array3(folder, f"{where}/{column}", value[column].to_numpy(), codecs=[BYTES, BLOSC])
    consolidate3(folder)
    return folder


def twin(source: Path, target: Path, *, consolidated: bool = True, texts: Any = None, **options: Any) -> Path:
    """Write what lies in a store of format 2 as format 3 with zarr-python; dictionaries are left out.

    Parameters
    ----------
    source, target : Path
        A ``.zarr`` folder or ``.zarr.zip``; the folder to write.
    consolidated : bool, default: True
    texts : optional
        Type that texts are stored as; None for their own.
    **options
        Of ``create_array``, or functions of the values that return them.
    """
    tree = Tree(open_store(source))
    with warnings.catch_warnings():
        # zarr warns of types and codecs that other programs may not know.
        warnings.simplefilter("ignore")
        root = zarr.open_group(str(target), mode="w", zarr_format=3)
        _copy(tree, "", root, texts, options)
        if consolidated:
            zarr.consolidate_metadata(str(target), zarr_format=3)
    return target


def _copy(tree: Tree, path: str, group: Any, texts: Any, options: dict[str, Any]) -> None:
    group.attrs.update(tree.attrs(path))
    for name in tree.children(path):
        below = f"{path}/{name}" if path else name
        if not tree.is_array(below):
            _copy(tree, below, group.require_group(name), texts, options)
        elif tree.meta(below, ".zarray")["dtype"] != "|O":
            values = tree.array(below).read()
            made = {
                key: value(values) if callable(value) and not isinstance(value, type) else value
                for key, value in options.items()
            }
            dtype = texts if texts and values.dtype.kind == "U" else values.dtype
            array = group.create_array(name, shape=values.shape, dtype=dtype, **made)
            if values.size:
                array[...] = values
