"""Which texts are addresses, which of them are opened, and what of them is shown. No server is asked."""

from __future__ import annotations

import copy
import os
import pickle
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer.address import PROTOCOLS, address_of, is_shortened, without_secrets
from nb_autolabel.analyzer.bucket_files import BucketFiles
from nb_autolabel.analyzer.remote_files import TooLargeError
from nb_autolabel.analyzer.remote_opening import checked_options
from nb_autolabel.analyzer.remote_store import RemoteStore
from nb_autolabel.analyzer.stores import open_store
from nb_autolabel.errors import (
    AnalyzerNotFoundError,
    AutolabelError,
    MissingDependencyError,
    UnknownFormatError,
)

from .test_hostile_payload import Trap

SECRETS = ("hunter2", "jane", "0xSIG", "AKIA")


@pytest.mark.parametrize(
    "text",
    [
        "reference://x.json",
        "memory://x",
        "local:///etc",
        "github://a:b@/x",
        "zip://x.zarr",
        "git://x",
        "ftp://host/x",
        "sftp://host/x",
        "jupyter://x",
        "data://x",
        "dask://x",
        "cached://x",
        "dir://x",
        "carrier://pigeon",
        "Reference://x.json",
    ],
)
def test_other_protocols_are_refused_and_the_accepted_ones_named(text: str):
    with pytest.raises(UnknownFormatError, match="cannot open the address") as refused:
        nbl.load(text)

    assert all(f"{name}://" in str(refused.value) for name in PROTOCOLS)


@pytest.mark.parametrize(
    "text",
    [
        "simplecache::https://host/x.zarr",
        "filecache::s3://bucket/x.zarr",
        "reference::https://host/refs.json",
        "zip://x.zarr::https://host/x.zip",
        "https://host/x.zarr::file:///etc",
        "https://host/a::b.zarr",
        "s3://bucket/x.zip::reference://y",
        "blockcache::simplecache::http://host/x",
        "zip::file:///etc/x.zip",
        "https://[::1]/a::b",
    ],
)
def test_a_chain_of_protocols_is_refused(text: str):
    with pytest.raises(UnknownFormatError, match="cannot open the address"):
        nbl.load(text)


@pytest.mark.parametrize(
    "text",
    [
        "C:\\data\\x.zarr",
        "C:/data/x.zarr",
        "c://data/x.zarr",
        "data/https://x",
        "./https://x",
        "/a/b://c",
        "a::b",
    ],
)
def test_drives_and_paths_that_only_look_like_addresses_are_paths(text: str):
    assert address_of(text) is None
    with pytest.raises(AnalyzerNotFoundError, match="there is nothing at"):
        nbl.load(text)


def test_a_path_with_the_characters_of_an_address_in_it_is_opened(
    demo_folder: Path, tmp_path: Path, monkeypatch: Any
):
    odd = tmp_path / "s3:" / "a::b"
    odd.mkdir(parents=True)
    (odd / "x.zarr").symlink_to(demo_folder)
    monkeypatch.chdir(tmp_path)

    for way in (odd / "x.zarr", "./s3://a::b/x.zarr", Path("s3:/a::b/x.zarr"), f"FILE://{odd}/x.zarr"):
        assert nbl.load(way).get_num_units() > 0
    assert nbl.load(f"file://localhost{odd}/x.zarr").get_num_units() > 0


def test_a_path_given_as_bytes_by_an_object_is_opened(demo_folder: Path):
    class Entry:
        def __fspath__(self) -> bytes:
            return os.fsencode(demo_folder)

    assert nbl.load(Entry()).get_num_units() > 0


def test_an_address_that_went_through_a_path_says_so_without_its_secrets():
    with pytest.raises(AnalyzerNotFoundError, match="given as text, with two slashes") as refused:
        nbl.load(Path("https://jane:hunter2@host/x.zarr?sig=0xSIG"))

    assert not any(secret in str(refused.value) for secret in SECRETS)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://jane:hunter2@host:8000/a/x.zarr", "https://***@host:8000/a/x.zarr"),
        ("https://hunter2@host/x.zarr/", "https://***@host/x.zarr"),
        ("https://jane:hunt@er2@host/x.zarr", "https://***@host/x.zarr"),
        ("HTTPS://host/x.zarr?X-Amz-Signature=0xSIG&X-Amz-Credential=AKIA", "https://host/x.zarr?***"),
        ("https://host/x.zarr?token=hunter2", "https://host/x.zarr?***"),
        ("https://host/x.zarr/?0xSIG", "https://host/x.zarr?***"),
        ("https://host?sig=0xSIG", "https://host?***"),
        ("https://jane:hunter2@[::1]:80/x.zarr?sig=0xSIG", "https://***@[::1]:80/x.zarr?***"),
        ("  https://host/x.zarr  ", "https://host/x.zarr"),
        ("http://host/%7Ejane%20doe/x.zarr", "http://host/%7Ejane%20doe/x.zarr"),
        (
            "abfs://container@account.dfs.core.windows.net/x",
            "abfs://container@account.dfs.core.windows.net/x",
        ),
        ("s3://bucket/a#b.zarr/", "s3://bucket/a#b.zarr"),
    ],
)
def test_what_opens_an_address_is_not_shown(text: str, shown: str):
    address = address_of(text)

    assert address is not None
    assert address.shown() == shown
    base, mark, query = shown.partition("?")
    assert address.shown("a/0") == f"{base}/a/0{mark}{query}"
    assert not any(secret in repr(address) for secret in ("hunter2", "er2", "0xSIG", "AKIA"))
    assert address.is_whole != is_shortened(shown)


@pytest.mark.parametrize(
    "text",
    [
        "https://jane:hunter2/0xSIG@host/x.zarr",
        "https://jane:hunter2#0xSIG@host/x.zarr",
        "https://jane:hunter2?0xSIG@host/x.zarr",
        "https://jane:hunter2@host/x.zarr#0xSIG",
        "https://jane:hunter2@host:port/x.zarr?0xSIG",
        "https://jane:hunter2@/x.zarr",
        "https://jane:hunter2@[::1/x.zarr",
        "https://jane:hunter2@host/x\r\nHost: evil",
        "https://",
        "s3://AKIA:hunter2@bucket/x.zarr",
        "s3://bucket/x.zarr?X-Amz-Signature=0xSIG",
        "gs://jane@bucket/x.zarr",
        "az://jane:hunter2@account/x.zarr",
        "abfs://container@account/x.zarr?sig=0xSIG",
        "simplecache::https://jane:hunter2@host/x.zarr?sig=0xSIG",
        "carrier://jane:hunter2@host/x.zarr?sig=0xSIG",
        "ftp://jane:hunter2@host/x.zarr",
        "https://***@host/x.zarr",
        "https://host/x.zarr?***",
    ],
)
def test_an_address_that_cannot_be_opened_is_refused_without_its_secrets(text: str):
    with pytest.raises(UnknownFormatError) as refused:
        nbl.load(text)

    said = "".join(traceback.format_exception(refused.value)[-1:]) + repr(refused.value)
    assert not any(secret in said for secret in SECRETS)


def test_secrets_are_taken_out_of_the_texts_of_other_programs():
    text = "GET https://jane:hunter2@host/x?sig=0xSIG failed, 'http://host/y?a=hunter2', key AKIA"

    clean = without_secrets(text, ["AKIA"])

    assert clean == "GET https://***@host/x?*** failed, 'http://host/y?***', key ***"
    assert without_secrets("C:/Users/jane?x and /data/a@b?c") == "C:/Users/jane?x and /data/a@b?c"


@pytest.mark.parametrize(
    "options",
    [
        {"protocol": "reference"},
        {"fo": "x.json"},
        {"target_protocol": "file"},
        {"remote_protocol": "file", "remote_options": {}},
        {"reference": {"fo": "x.json"}},
        {"simplecache": {"cache_storage": "/"}},
        {"s3": {"anon": True}},
        {"file": {}},
        {"asynchronous": True},
        {"https": {"fo": "x.json"}},
        ["fo"],
        {1: 2},
    ],
)
def test_options_that_lead_elsewhere_are_refused_and_their_values_not_shown(options: Any):
    with pytest.raises(UnknownFormatError, match="storage_options"):
        nbl.load("https://host/x.zarr", storage_options=options)


def test_options_below_the_name_of_the_protocol_are_taken():
    assert checked_options("s3", {"s3": {"anon": True}, "key": "k"}) == {"anon": True, "key": "k"}
    assert checked_options("https", None) == {}


@pytest.mark.parametrize(("protocol", "package"), [("s3", "s3fs"), ("gs", "gcsfs"), ("abfs", "adlfs")])
def test_a_package_that_is_not_installed_is_named(
    protocol: str, package: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(MissingDependencyError, match=f"pip install {package}"):
        nbl.load(f"{protocol}://bucket/x.zarr", storage_options={"key": "hunter2"})


@pytest.mark.parametrize("offered", ["evil", "https", "s3"])
def test_a_plug_in_that_offers_a_protocol_is_not_loaded(offered: str, tmp_path: Path, in_fresh_python: Any):
    trap, site = Trap(tmp_path / "marker"), tmp_path / "site"
    trap.module(site, "evil_files")
    info = site / "evil_files-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: evil_files\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[fsspec.specs]\n{offered} = evil_files:Evil\n")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import nb_autolabel as nbl\n"
        "try:\n    nbl.load(sys.argv[2] + '://127.0.0.1:9/x.zarr')\n"
        "except nbl.errors.AutolabelError as error:\n    print(type(error).__name__)\n"
        "import fsspec\n"
        "if sys.argv[3] == 'spring':\n    fsspec.get_filesystem_class(sys.argv[2])\n"
    )

    assert in_fresh_python(script, site, offered, "no").strip().endswith("Error")
    assert not trap.sprung
    in_fresh_python(script, site, offered, "spring")
    assert trap.sprung


class Bucket:
    """An fsspec file system that has some files, and fails with texts that hold what opened it."""

    async_impl = False

    def __init__(self, files: dict[str, bytes], error: Exception | None = None) -> None:
        self.files, self.error = files, error
        self.fetched = 0

    def _at(self, place: str) -> bytes:
        if self.error is not None:
            raise self.error
        if place not in self.files:
            raise FileNotFoundError(place)
        return self.files[place]

    def cat_file(self, place: str, start: int | None = None, end: int | None = None) -> bytes:
        data = self._at(place)
        if start is not None and not data:
            raise OSError("The requested range is not satisfiable")
        self.fetched = len(data[start:end])
        return data[start:end]

    def info(self, place: str) -> dict[str, Any]:
        return {"size": len(self._at(place))}

    def ls(self, place: str, detail: bool) -> list[str]:
        del detail
        return [name for name in self.files if name.startswith(f"{place}/")]


def bucket_store(bucket: Bucket, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> RemoteStore:
    monkeypatch.setattr(
        "nb_autolabel.analyzer.remote_store.files_at", lambda *_: BucketFiles(bucket, "bucket/x.zarr", 30)
    )
    store = open_store("s3://bucket/x.zarr", options)
    assert isinstance(store, RemoteStore)
    return store


def test_files_of_a_bucket_are_read_as_far_as_they_may_be_large(monkeypatch: pytest.MonkeyPatch):
    files = {"bucket/x.zarr/a": b"x" * 5000, "bucket/x.zarr/empty": b"", "bucket/x.zarr/a%2Fb": b"named so"}
    bucket = Bucket(files)
    store = bucket_store(bucket, {}, monkeypatch)

    assert store.read("a", 5000) == b"x" * 5000
    assert store.read("empty", 10) == b""
    assert store.read("a%2Fb") == b"named so"
    assert store.read("none", 10) is None
    assert store.size("a") == 5000
    assert store.size("none") is None
    assert store.names() == ["a", "a%2Fb", "empty"]
    with pytest.raises(AutolabelError, match="more than the 10 it may have"):
        store.read("a", 10)
    assert bucket.fetched == 11
    with pytest.raises(TooLargeError):
        BucketFiles(bucket, "bucket/x.zarr", 30).get("a", 10)


def test_what_a_bucket_says_of_keys_and_signatures_is_not_repeated(monkeypatch: pytest.MonkeyPatch):
    options = {
        "key": "AKIA",
        "secret": "hunter2",
        "client_kwargs": {"headers": [("X", "0xSIG")]},
        "pin": b"4711",
    }
    said = "AKIA/hunter2 may not GET https://bucket.s3.amazonaws.com/x?sig=unknown with 0xSIG, 4711"
    store = bucket_store(Bucket({}, OSError(said)), options, monkeypatch)

    with pytest.raises(
        AnalyzerNotFoundError, match=r"s3://bucket/x\.zarr/a cannot be fetched: \*\*\*/\*\*\*"
    ) as refused:
        store.read("a")

    shown = "".join(traceback.format_exception(refused.value))
    assert not any(secret in shown for secret in (*SECRETS, "unknown", "4711"))
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None
    assert not any(secret in repr(store) for secret in SECRETS)


def test_a_store_at_an_address_can_be_sent_and_copied():
    """What is sent holds the secrets: without them it could not be opened again."""
    store = open_store("https://jane:hunter2@host/x.zarr?sig=0xSIG", {"headers": {"X": "AKIA"}})

    for other in (pickle.loads(pickle.dumps(store)), copy.deepcopy(store)):
        assert isinstance(other, RemoteStore)
        assert other.name == store.name == "https://***@host/x.zarr?***"
        assert other._address == address_of("https://jane:hunter2@host/x.zarr?sig=0xSIG")
        assert other.has_options
