"""Zip files of every odd or hostile shape are read as far as they are what they say, within bounds, or refused by name."""

from __future__ import annotations

import io
import os
import stat
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer import zip_archive
from nb_autolabel.analyzer.stores import ZipStore
from nb_autolabel.analyzer.zip_archive import children
from nb_autolabel.errors import AutolabelError, DamagedDataError, SourceChangedError, UnknownFormatError

from .test_reader_layout import extensions, write_binary, write_zarr
from .test_reader_stores import zipped
from .test_reader_twins import assert_same_analyzer

#: Opens each zip and reads from it with at most 500 MB more memory than the imports took; prints what happened.
LIMITED = """
import resource, sys, threading
import numpy, pandas, numcodecs, numcodecs.blosc
import nb_autolabel as nbl
from nb_autolabel.errors import AutolabelError
nbl.load(sys.argv[1]).get_metrics_extension_data()
size = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmSize"))
resource.setrlimit(resource.RLIMIT_AS, (size * 1024 + 500 * 2**20,) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
for path in sys.argv[2:]:
    try:
        analyzer = nbl.load(path)
        analyzer.get_templates()
        analyzer.get_metrics_extension_data()
        print("fine")
    except AutolabelError as error:
        print(type(error).__name__, str(error)[:300])
"""
limited = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is limited as on Linux")


def entry(name: bytes, size: int = 0, packed: int | None = None, offset: int = 0, comment: int = 0) -> bytes:
    """One entry of a zip's directory."""
    packed = size if packed is None else packed
    fixed = (0x02014B50, 20, 20, 0, 0, 0, 0x21, 0, packed, size, len(name), 0, comment, 0, 0, 0, offset)
    return struct.pack("<IHHHHHHIIIHHHHHII", *fixed) + name + b"c" * comment


def directory_only(path: Path, entries: bytes, count: int, claimed: int | None = None, hole: int = 0) -> Path:
    """A zip that holds no file, and a directory of so many; `hole` bytes of nothing lie before its end."""
    with path.open("wb") as file:
        file.write(entries)
        file.seek(hole, os.SEEK_CUR)
        size = len(entries) + hole if claimed is None else claimed
        file.write(
            struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, min(count, 0xFFFF), min(count, 0xFFFF), size, 0, 0)
        )
    return path


@limited
def test_directories_that_would_take_all_memory_are_refused_or_read_in_little(
    tmp_path: Path, in_fresh_python: Any
):
    folder = write_zarr(tmp_path / "small.zarr")
    good = zipped(folder, tmp_path / "good.zip")
    deep = tmp_path / "deep.zip"
    deep.write_bytes(good.read_bytes())
    with zipfile.ZipFile(deep, "a") as file:
        for at in range(60):
            file.writestr(f"extensions/{at}" + "/a" * 30_000, b"")
        for at in range(60):
            file.writestr(f"extensions/{at}" + "/" * 60_000, b"")
        for at in range(2000):
            file.writestr("/".join(["ab"] * 60) + f"/{at}/x", b"")
    names = (f"extensions/waveforms/waveforms/{at}.0.0".encode() for at in range(500_000))
    shapes = [
        deep,
        directory_only(tmp_path / "many.zip", b"".join(map(entry, names)), 500_000),
        directory_only(tmp_path / "short.zip", entry(b"") * 700_000, 700_000),
        directory_only(tmp_path / "comments.zip", entry(b"a", comment=65_000) * 1000, 1000),
        directory_only(tmp_path / "hole.zip", entry(b"a"), 1, hole=3 * 2**30),
        directory_only(tmp_path / "lies.zip", entry(b"a"), 1, claimed=2**32 - 2),
        directory_only(
            tmp_path / "names.zip", b"".join(entry(b"a/" * 32_000 + b"%d" % i) for i in range(500)), 500
        ),
    ]

    said = in_fresh_python(LIMITED, good, *shapes).splitlines()

    assert said[0] == "fine"
    assert "directory has" in said[1]
    assert "lists more than 100000 files" in said[2]
    assert "directory has" in said[3]
    assert "directory has" in said[4]
    assert all(line.startswith(("UnknownFormatError", "DamagedDataError")) for line in said[1:])
    assert len(said) == len(shapes)


@limited
def test_members_that_claim_what_is_not_there_take_no_memory(tmp_path: Path, in_fresh_python: Any):
    folder = write_zarr(tmp_path / "small.zarr")
    good = zipped(folder, tmp_path / "good.zip")
    member = "extensions/templates/average/0.0.0"
    shapes = []
    for number, (size, packed) in enumerate(
        [(2**31, 2**31), (2**40, 2**40), (2**27, 2**27), (2**62, 3), (3, 2**62)]
    ):
        shape = tmp_path / f"{number}.zip"
        shape.write_bytes(good.read_bytes())
        with zipfile.ZipFile(shape, "a") as file:
            info = file.getinfo(member)
            info.file_size, info.compress_size = size, packed
            file.writestr("x", b"")
        shapes.append(shape)

    said = in_fresh_python(LIMITED, good, *shapes).splitlines()

    assert len(said) == len(shapes)
    assert all(member in line and line.startswith("DamagedDataError") for line in said), said


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return zipped(write_zarr(tmp_path / "small.zarr"), tmp_path / "small.zip")


def changed(archive: Path, name: str, change: Callable[[zipfile.ZipInfo], None]) -> Path:
    """The archive with one entry of its directory changed."""
    with zipfile.ZipFile(archive, "a") as file:
        change(file.getinfo(name))
        file.writestr("x", b"")
    return archive


AVERAGE = "extensions/templates/average/0.0.0"


def _encrypted(info: zipfile.ZipInfo) -> None:
    info.flag_bits |= 1


def _unknown_packing(info: zipfile.ZipInfo) -> None:
    info.compress_type = 77


def _other_offset(info: zipfile.ZipInfo) -> None:
    info.header_offset += 7


def _a_device(info: zipfile.ZipInfo) -> None:
    info.external_attr = (stat.S_IFCHR | 0o600) << 16


def _wrong_sum(info: zipfile.ZipInfo) -> None:
    info.CRC ^= 1


@pytest.mark.parametrize("change", [_encrypted, _unknown_packing, _other_offset, _a_device, _wrong_sum])
def test_a_member_that_cannot_be_read_is_named_and_the_others_are_read(change: Any, archive: Path):
    analyzer = nbl.load(changed(archive, AVERAGE, change))

    with pytest.raises(DamagedDataError, match=AVERAGE):
        analyzer.get_templates()
    assert analyzer.get_metrics_extension_data().shape == (6, 4)


def test_of_files_with_the_same_name_the_last_one_counts(archive: Path):
    """zarr writes attributes of a zip anew each time they change, so that copies of them lie in it."""
    first = zipfile.ZipFile(archive).read("sorting/.zattrs")
    for data in (b"{", first):
        with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(archive, "a") as file:
            file.writestr("sorting/.zattrs", data)
    with zipfile.ZipFile(archive) as file:
        assert len(file.namelist()) > len(set(file.namelist()))

    assert ZipStore(archive).read("sorting/.zattrs") == first
    assert nbl.load(archive).get_num_units() == 6


def named(folder: Path, archive: Path, name_of: Callable[[str], str]) -> Path:
    """Zip a folder under names that zipfile would not write."""
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            info = zipfile.ZipInfo()
            info.filename = name_of(str(path.relative_to(folder)))
            file.writestr(info, path.read_bytes())
    return archive


@pytest.mark.parametrize("prefix", ["/", "../", "//host/", "./", "a/../", "a//", "C:\\", "\\"])
def test_a_zip_whose_every_name_leads_out_holds_no_analyzer(prefix: str, tmp_path: Path):
    archive = named(write_zarr(tmp_path / "small.zarr"), tmp_path / "small.zip", lambda name: prefix + name)

    with pytest.raises(UnknownFormatError, match=r"small\.zip is empty"):
        nbl.load(archive)


def test_names_with_backslashes_are_no_paths(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    archive = named(folder, tmp_path / "small.zip", lambda name: name.replace("/", "\\"))

    with pytest.raises(AutolabelError):
        nbl.load(archive).get_templates()


class Stream(io.RawIOBase):
    """What cannot be gone back in, so that sizes are written after each file."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return int(self.file.write(data))

    def flush(self) -> None:
        self.file.flush()


def test_sizes_that_follow_the_files_are_read(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    with (tmp_path / "small.zip").open("wb") as target, zipfile.ZipFile(Stream(target), "w", 8) as file:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            file.write(path, path.relative_to(folder))
    with zipfile.ZipFile(tmp_path / "small.zip") as file:
        assert file.infolist()[0].flag_bits & 8

    assert_same_analyzer(nbl.load(folder), nbl.load(tmp_path / "small.zip"))


def test_a_zip_that_follows_other_bytes_is_read(archive: Path):
    """As one that unpacks itself."""
    archive.write_bytes(b"#!/bin/sh\nexit 1\n" + archive.read_bytes())

    assert nbl.load(archive).get_templates().shape == (6, 10, 4)


def test_files_that_lie_in_the_same_bytes_are_refused(tmp_path: Path):
    """A bomb of one kernel: each file holds the next one, so that few bytes are many files."""
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name in ("whole", "outer", "inner", "last"):
            file.writestr(name, name.encode() * 100)
        outer, inner = file.getinfo("outer"), file.getinfo("inner")
        start = outer.header_offset + 30 + len("outer")
        end = inner.header_offset + 30 + len("inner") + inner.compress_size
        file.fp.flush()  # type: ignore[union-attr]
        data = path.read_bytes()[start:end]
        outer.file_size = outer.compress_size = len(data)
        outer.CRC = zlib.crc32(data)
    store = ZipStore(path)

    with pytest.raises(
        DamagedDataError, match="outer claims bytes of the archive in which another file lies"
    ):
        store.read("outer")
    for name in ("whole", "inner", "last"):
        assert store.read(name) == name.encode() * 100


def linked(archive: Path, link: str, target: str) -> Path:
    """The archive with a symbolic link in it, as ``zip --symlinks`` stores it."""
    with zipfile.ZipFile(archive, "a") as file:
        info = zipfile.ZipInfo(link)
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        file.writestr(info, target)
    return archive


@pytest.mark.parametrize("target", ["/etc/passwd", "../../etc/passwd", "average"])
def test_a_link_in_a_zip_is_not_followed_and_says_so(target: str, archive: Path):
    store = ZipStore(linked(archive, "extensions/templates/link", target))

    for key in ("extensions/templates/link", "extensions/templates/link/0.0.0"):
        with pytest.raises(DamagedDataError, match="templates/link is a link in the archive"):
            store.read(key)
    with pytest.raises(DamagedDataError, match="is a link in the archive"):
        store.names("extensions/templates/link")


@pytest.mark.parametrize("write", [write_zarr, write_binary])
def test_an_extension_that_is_a_link_in_a_zip_says_why_it_is_not_read(write: Any, tmp_path: Path):
    folder = write(tmp_path / "small.zarr")
    for path in sorted((folder / "extensions/templates").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (folder / "extensions/templates").rmdir()
    archive = linked(zipped(folder, tmp_path / "small.zip"), "extensions/templates", "../../elsewhere")

    analyzer = nbl.load(archive)

    with pytest.raises(DamagedDataError, match="templates is a link in the archive"):
        analyzer.get_templates()
    assert analyzer.get_metrics_extension_data().shape == (6, 4)


@pytest.mark.parametrize("how", ["replaced", "written to", "removed", "emptied", "a folder"])
def test_a_zip_that_is_replaced_under_an_open_analyzer_is_an_error_that_names_it(how: str, archive: Path):
    analyzer = nbl.load(archive)
    if how == "replaced":
        other = zipped(write_zarr(archive.parent / "other.zarr"), archive.parent / "other.zip", "", 8)
        other.replace(archive)
    elif how == "written to":
        with zipfile.ZipFile(archive, "a") as file:
            file.writestr("x", b"")
    elif how == "emptied":
        archive.write_bytes(b"")
    else:
        archive.unlink()
        if how == "a folder":
            archive.mkdir()

    with pytest.raises(SourceChangedError, match=r"small\.zip"):
        analyzer.get_templates()


def test_damaged_directories_are_refused_by_name(archive: Path, tmp_path: Path):
    data = archive.read_bytes()
    end = data.rindex(b"PK\x05\x06")
    for number, broken in enumerate(
        [
            data[: end + 10],
            data[:end] + b"PK\x05\x06" + b"\xff" * 18,
            data[: end - 50] + b"\0" * 50 + data[end:],
            data[end:],
            data[:end] + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, 2**31, 2**31, 0),
            b"PK\x05\x06" + b"\0" * 18,
            data[:end] + struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 1, 1, 2**62, 2**62)
            + struct.pack("<IIQI", 0x07064B50, 0, end, 1) + b"PK\x05\x06" + b"\xff" * 16 + b"\0\0",
        ]
    ):  # fmt: skip
        path = tmp_path / f"{number}.zip"
        path.write_bytes(broken)
        with pytest.raises(AutolabelError, match=path.name):
            nbl.load(path)


def test_what_lies_below_a_folder_is_found_among_names_that_sort_between():
    names = sorted(["a", "a!b", "a.npy", "a/x", "a/y/z", "a/y", "a-b/c", "a0", "b/c/d", "/", "ab/c"])

    assert children(names, "") == ["", "a", "a!b", "a-b", "a.npy", "a0", "ab", "b"]
    assert children(names, "a") == ["x", "y"]
    assert children(names, "a/y") == ["z"]
    assert children(names, "b") == ["c"]
    assert children(names, "none") == children(names, "a/x") == []


def test_the_bound_on_files_is_on_their_number(archive: Path, monkeypatch: pytest.MonkeyPatch):
    count = len(zipfile.ZipFile(archive).namelist())
    monkeypatch.setattr(zip_archive, "MAX_MEMBERS", count)
    assert set(nbl.load(archive).extension_names) == set(extensions())
    monkeypatch.setattr(zip_archive, "MAX_MEMBERS", count - 1)
    with pytest.raises(UnknownFormatError, match=f"lists more than {count - 1} files"):
        nbl.load(archive)
