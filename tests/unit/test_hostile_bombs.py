"""Small files that unpack to much are refused before they are unpacked."""

from __future__ import annotations

import bz2
import lzma
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import DamagedDataError, UnsafeDataError

from .test_hostile_size import MiB, describe, little_time_and_memory
from .test_reader_arrays import put_array
from .test_reader_layout import write_binary, write_zarr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_zarr(tmp_path / "small.zarr")


def _claiming(codec: str) -> bytes:
    """A few bytes that unpack, or claim to unpack, to 64 MiB of zeros or more."""
    if codec == "blosc":
        real = bytearray(numcodecs.Blosc("zstd").encode(bytes(2**16)))
        struct.pack_into("<I", real, 4, 2**30)
        return bytes(real)
    if codec == "lz4":
        return struct.pack("<I", 2**30) + numcodecs.LZ4().encode(bytes(2**16))[4:]
    if codec == "zstd":
        return b"\x28\xb5\x2f\xfd" + bytes([0b11100000]) + (2**40).to_bytes(8, "little") + b"\x01\x00\x00"
    packer = {"zlib": zlib.compressobj, "gzip": lambda: zlib.compressobj(wbits=31)}.get(codec)
    pack: Any = packer() if packer else bz2.BZ2Compressor() if codec == "bz2" else lzma.LZMACompressor()
    return b"".join(pack.compress(bytes(MiB)) for _ in range(64)) + pack.flush()


@pytest.mark.parametrize("codec", ["blosc", "lz4", "zstd", "zlib", "gzip", "bz2", "lzma"])
def test_a_chunk_that_unpacks_to_more_than_its_shape_is_refused(codec: str, folder: Path):
    bomb = _claiming(codec)
    describe(folder, "extensions/templates/average", compressor={"id": codec}, chunks=[6, 10, 4])
    (folder / "extensions/templates/average/0.0.0").write_bytes(bomb)
    # Blosc and zstd allocate outside of Python; they are asked only after the size is checked.
    with (
        little_time_and_memory(mebibytes=32),
        pytest.raises(DamagedDataError, match=r"average/0\.0\.0.*(more than|cannot)"),
    ):
        nbl.load(folder).get_templates()


def test_a_dictionary_that_unpacks_to_far_too_much_is_refused(folder: Path):
    path = "extensions/quality_metrics/runtime_s"
    (folder / path / "0").write_bytes(_claiming("zlib"))
    describe(folder, path, compressor={"id": "zlib"})
    with little_time_and_memory(mebibytes=48), pytest.raises(DamagedDataError, match="runtime_s"):
        nbl.load(folder).get_extension("quality_metrics").get_data("runtime_s")


@pytest.mark.parametrize(
    "config",
    [
        {"id": "astype", "encode_dtype": "|i1", "decode_dtype": "<U30000000"},
        {"id": "fixedscaleoffset", "offset": 0, "scale": 1, "dtype": "<U30000000", "astype": "|i1"},
        {"id": "delta", "dtype": "|S30000000", "astype": "|i1"},
    ],
)
def test_a_filter_that_makes_each_number_a_long_text_is_refused(config: Any, folder: Path):
    put_array(folder, "extensions/templates/average", np.zeros((6, 10, 4), "i1"))
    describe(folder, "extensions/templates/average", dtype="<f8", filters=[config])
    with (
        little_time_and_memory(),
        pytest.raises((DamagedDataError, UnsafeDataError), match="templates/average"),
    ):
        nbl.load(folder).get_extension("templates").get_data()


def _zipped_bomb(folder: Path, archive: Path, member: str, packing: int) -> Path:
    """Zip the analyzer with 64 MiB of zeros in the place of one file."""
    with zipfile.ZipFile(archive, "w", packing) as file:
        for source in sorted(p for p in folder.rglob("*") if p.is_file()):
            name = str(source.relative_to(folder))
            with file.open(name, "w") as target:
                for part in [bytes(MiB)] * 64 if name == member else [source.read_bytes()]:
                    target.write(part)
    return archive


@pytest.mark.parametrize(
    ("member", "packing"),
    [("sorting/unit_ids/0", zipfile.ZIP_DEFLATED), ("extensions/templates/average/0.0.0", zipfile.ZIP_BZIP2)],
)
def test_a_zip_bomb_is_refused(member: str, packing: int, folder: Path, tmp_path: Path):
    archive = _zipped_bomb(folder, tmp_path / "bomb.zarr.zip", member, packing)
    with little_time_and_memory(mebibytes=32), pytest.raises(DamagedDataError, match=member):
        nbl.load(archive).get_templates()


def test_a_zip_bomb_in_the_place_of_metadata_is_not_unpacked(folder: Path, tmp_path: Path):
    """The files beside it say the same."""
    archive = _zipped_bomb(folder, tmp_path / "bomb.zarr.zip", ".zmetadata", zipfile.ZIP_DEFLATED)
    with little_time_and_memory(mebibytes=32):
        assert nbl.load(archive).get_templates().shape == (6, 10, 4)


def test_a_large_array_in_a_zip_is_refused_if_it_is_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An array says itself how large it is; only how well it packs tells a bomb."""
    monkeypatch.setattr("nb_autolabel.analyzer.zip_store.ZIP_BYTES", 2**20)
    folder = write_binary(tmp_path / "small")
    np.save(folder / "extensions/templates/average.npy", np.zeros((6, 350_000, 4)))
    archive = _zipped_bomb(folder, tmp_path / "bomb.zip", "", zipfile.ZIP_DEFLATED)
    with (
        little_time_and_memory(mebibytes=32),
        pytest.raises(DamagedDataError, match=r"average\.npy.*claims to unpack"),
    ):
        nbl.load(archive).get_extension("templates").get_data()
