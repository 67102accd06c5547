"""A bucket is read with the credentials that are there, or anonymously; little of it, several chunks at once."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer import remote_store
from nb_autolabel.analyzer.stores import open_store
from nb_autolabel.cli import main
from nb_autolabel.errors import AnalyzerNotFoundError, ConnectionLostError, UnknownFormatError

from ..bucket_server import (
    BAD_KEY,
    FORBIDDEN,
    OF_CREDENTIALS,
    WITHOUT_CREDENTIALS,
    BucketServer,
    bucket_server,
)
from ..conftest import shared
from ..kilosort_folder import make_kilosort_folder
from .test_reader_layout import extensions, write_binary, write_zarr
from .test_reader_twins import assert_same_analyzer
from .test_remote_together import in_chunks_of_one_unit

pytest.importorskip("s3fs", reason="s3 addresses need s3fs")
pytest.importorskip("moto", reason="the local S3 server is moto's")

KEY, SECRET = "AKIAMINE", "hunter2hunter2"
OWN = {"key": KEY, "secret": SECRET}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BucketServer]:
    """An empty server, and an environment without credentials."""
    for name in OF_CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    for name, value in WITHOUT_CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with bucket_server() as running:
        yield running


@pytest.fixture
def found(server: BucketServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that botocore finds."""
    del server  # has taken away those of the machine
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


def refusing(what: str, refusal: Any = FORBIDDEN) -> Any:
    """A rule: which requests are not let in: "signed", "unsigned", "all" or "none"."""
    refused = {"signed": (True,), "unsigned": (False,), "all": (True, False), "none": ()}[what]
    return lambda path, signed: refusal if signed in refused else None


def test_a_public_bucket_is_read_without_credentials(server: BucketServer, tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    server.put_folder("public", "deep/small.zarr", folder)

    analyzer = nbl.load("s3://public/deep/small.zarr", storage_options=server.options)

    assert_same_analyzer(nbl.load(folder), analyzer)
    assert server.asked
    assert not any(signed for _, signed in server.asked)
    assert analyzer.folder == "s3://public/deep/small.zarr"


@pytest.mark.parametrize("refusal", [FORBIDDEN, BAD_KEY], ids=["forbidden", "bad key"])
@pytest.mark.usefixtures("found")
def test_a_public_bucket_that_refuses_ones_credentials_is_read_anonymously(
    refusal: Any, server: BucketServer, tmp_path: Path
):
    folder = write_zarr(tmp_path / "small.zarr")
    server.put_folder("public", "small.zarr", folder)
    server.refuse = refusing("signed", refusal)

    analyzer = nbl.load("s3://public/small.zarr", storage_options=server.options)

    assert_same_analyzer(nbl.load(folder), analyzer)
    # The first request alone is tried both ways.
    assert [signed for _, signed in server.asked[:2]] == [True, False]
    assert not any(signed for _, signed in server.asked[1:])


@pytest.mark.usefixtures("found")
def test_credentials_that_are_found_are_used(server: BucketServer, tmp_path: Path):
    server.put_folder("private", "small.zarr", write_zarr(tmp_path / "small.zarr"), public=False)
    server.refuse = refusing("unsigned")

    nbl.load("s3://private/small.zarr", storage_options=server.options).get_templates()

    assert all(signed for _, signed in server.asked)


def test_a_private_bucket_says_that_there_are_no_credentials(server: BucketServer, tmp_path: Path):
    server.put_folder("private", "small.zarr", write_zarr(tmp_path / "small.zarr"), public=False)
    server.refuse = refusing("all")

    with pytest.raises(AnalyzerNotFoundError) as refused:
        nbl.load("s3://private/small.zarr", storage_options=server.options)

    said = str(refused.value)
    assert said.startswith(
        "s3://private/small.zarr cannot be read: no credentials were found, and anonymous access"
    )
    assert 'storage_options={"key": ..., "secret": ...}' in said


@pytest.mark.parametrize("refusal", [FORBIDDEN, BAD_KEY], ids=["forbidden", "bad key"])
@pytest.mark.usefixtures("found")
def test_a_private_bucket_says_that_both_ways_were_tried(refusal: Any, server: BucketServer, tmp_path: Path):
    server.put_folder("private", "small.zarr", write_zarr(tmp_path / "small.zarr"), public=False)
    server.refuse = lambda path, signed: refusal if signed else FORBIDDEN

    with pytest.raises(
        AnalyzerNotFoundError, match="both with the credentials that were found and anonymously"
    ) as refused:
        nbl.load("s3://private/small.zarr", storage_options=server.options)

    shown = "".join(traceback.format_exception(refused.value))
    assert KEY not in shown
    assert SECRET not in shown


@pytest.mark.parametrize("refusal", [FORBIDDEN, BAD_KEY], ids=["forbidden", "bad key"])
@pytest.mark.parametrize(
    "options",
    [OWN, {"s3": OWN}, {"client_kwargs": {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET}}],
)
def test_storage_options_win_and_nobody_else_asks(
    options: dict[str, Any], refusal: Any, server: BucketServer, tmp_path: Path
):
    server.put_folder("private", "small.zarr", write_zarr(tmp_path / "small.zarr"))
    given = {**server.options, **options}
    nbl.load("s3://private/small.zarr", storage_options=given)
    server.refuse = refusing("signed", refusal)

    with pytest.raises(AnalyzerNotFoundError, match="refused with what storage_options say") as refused:
        nbl.load("s3://private/small.zarr", storage_options=given)

    assert all(signed for _, signed in server.asked)
    shown = "".join(traceback.format_exception(refused.value))
    assert KEY not in shown
    assert SECRET not in shown


def test_who_asks_not_to_be_anonymous_is_not(server: BucketServer, tmp_path: Path):
    server.put_folder("public", "small.zarr", write_zarr(tmp_path / "small.zarr"))

    with pytest.raises(AnalyzerNotFoundError, match="storage_options do not ask for anonymous access"):
        nbl.load("s3://public/small.zarr", storage_options={**server.options, "anon": False})

    assert server.asked == []


@pytest.mark.usefixtures("found")
def test_credentials_that_expire_while_an_analyzer_is_open_are_an_error_and_no_missing_data(
    server: BucketServer, tmp_path: Path
):
    """S3 says "forbidden" of a missing file too; an expired credential is told from that."""
    server.put_folder("private", "small.zarr", write_zarr(tmp_path / "small.zarr"))
    analyzer = nbl.load("s3://private/small.zarr", storage_options=server.options)
    server.refuse = refusing("all", ("400 Bad Request", "ExpiredToken"))

    with pytest.raises(AnalyzerNotFoundError, match="credentials are not valid, or not any more"):
        analyzer.get_templates()

    server.refuse = refusing("none")
    np.testing.assert_array_equal(analyzer.get_templates(), extensions()["templates"]["average"])


def test_a_bucket_where_nothing_is_says_so(server: BucketServer):
    server.put("public", {"other": b"x"})

    with pytest.raises(UnknownFormatError, match=r"s3://public/none is empty or lists nothing"):
        nbl.load("s3://public/none", storage_options=server.options)
    with pytest.raises(AnalyzerNotFoundError, match="there is nothing at s3://public/none"):
        nbl.find_analyzers("s3://public/none", storage_options=server.options)


def test_chunks_of_a_bucket_are_asked_for_at_once_within_the_bound(server: BucketServer, tmp_path: Path):
    """The server answers no chunk before all six are asked for."""
    server.put_folder("public", "small.zarr", in_chunks_of_one_unit(tmp_path / "small.zarr"))
    analyzer = nbl.load("s3://public/small.zarr", storage_options=server.options)
    together = threading.Barrier(6)
    server.before = lambda path: together.wait(20) and None if "templates/average/" in path else None

    templates = analyzer.get_templates()

    assert not together.broken
    np.testing.assert_array_equal(templates, extensions()["templates"]["average"])
    assert remote_store.CONCURRENT_REQUESTS == 8


@pytest.mark.parametrize("sample", ["demo", "neuropixels_kilosort.zarr"])
def test_first_labels_need_little_of_a_store(sample: str, server: BucketServer, demo_folder: Path):
    """What is sent is counted, behind a latency of 50 ms; `benchmarks/remote.py` measures the time."""
    folder = demo_folder if sample == "demo" else shared(sample)
    whole = server.put_folder("public", "session.zarr", folder)
    server.latency = 0.05

    analyzer = nbl.load("s3://public/session.zarr", storage_options=server.options)
    counts = nbl.LiveBombcell(analyzer, journal=None).counts

    assert counts == nbl.LiveBombcell(folder, journal=None).counts
    assert server.sent < min(10e6, whole)
    assert analyzer.bytes_read is not None
    assert 0 < analyzer.bytes_read <= server.sent
    # Rounds of waiting are what latency costs.
    assert len(server.asked) < 100


def test_how_large_a_store_is_can_be_asked_and_is_said(server: BucketServer, tmp_path: Path):
    whole = server.put_folder("public", "small.zarr", write_zarr(tmp_path / "small.zarr"))
    server.put("public", {"small.zarr.bak/big": b"x" * 100_000})
    store: Any = open_store("s3://public/small.zarr", server.options)

    assert store.read(".zgroup") is not None
    store._files().ask_total().result(20)

    assert store.traffic.total == whole


@pytest.mark.parametrize("failure", ["500 Internal Server Error", "503 Service Unavailable", "silent"])
def test_a_bucket_that_stops_answering_is_a_named_error_and_goes_on_later(
    failure: str, server: BucketServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    server.put_folder("public", "small.zarr", write_zarr(tmp_path / "small.zarr"))
    analyzer = nbl.load("s3://public/small.zarr", storage_options=server.options)
    access: Any = analyzer.source.store._files()._access  # type: ignore[attr-defined]
    monkeypatch.setattr(remote_store, "REMOTE_TIMEOUT", 0.3)
    monkeypatch.setattr(access, "_timeout", 0.3)
    over = threading.Event()
    if failure == "silent":
        server.before = lambda path: over.wait(20) and None
    else:
        server.refuse = lambda path, signed: (failure, "InternalError")

    with pytest.raises(ConnectionLostError, match=r"s3://public/small\.zarr/extensions/.* cannot be fetched"):
        analyzer.get_templates()
    with pytest.raises(ConnectionLostError):
        nbl.load("s3://public/small.zarr", storage_options=server.options)

    over.set()
    access._timeout = 30
    server.before, server.refuse = lambda path: None, refusing("none")
    np.testing.assert_array_equal(analyzer.get_templates(), extensions()["templates"]["average"])


def test_what_lies_in_a_bucket_is_found(
    server: BucketServer, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
):
    server.put_folder("public", "data/b/s.zarr", write_zarr(tmp_path / "s.zarr"))
    server.put_folder("public", "data/a/binary", write_binary(tmp_path / "binary"))
    server.put_folder("public", "data/c/ks", make_kilosort_folder(tmp_path / "ks").folder)
    server.put(
        "public", {"data/c/notes.txt": b"x", "data/.hidden/s.zarr/.zgroup": b"{}", "data/d/t.zarr.zip": b"x"}
    )

    rows = nbl.find_analyzers("s3://public/data", storage_options=server.options)

    assert rows["path"].str.removeprefix("s3://public/data/").tolist() == [
        "a/binary",
        "b/s.zarr",
        "c/ks",
        "d/t.zarr.zip",
    ]
    assert rows["format"].tolist() == ["binary_folder", "zarr", "phy", "zarr"]
    assert rows["units"].fillna(-1).tolist() == [6, 6, -1, -1]
    assert rows["problem"].astype(bool).tolist() == [False, False, False, True]
    for path in rows["path"][:3]:
        assert nbl.load(path, storage_options=server.options).get_num_units() > 0
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.address)
    assert main(["find", "s3://public/data"]) == 0
    assert "s3://public/data/b/s.zarr" in capsys.readouterr().out


def test_a_private_bucket_cannot_be_searched(server: BucketServer):
    server.put("private", {"x": b"x"}, public=False)
    server.refuse = refusing("all")

    with pytest.raises(AnalyzerNotFoundError, match="anonymous access was refused too"):
        nbl.find_analyzers("s3://private", storage_options=server.options)
