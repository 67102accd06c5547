"""An analyzer at an address is read over http; a server that does not play along is a clear error."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import AnalyzerNotFoundError, AutolabelError, DamagedDataError, UnknownFormatError

from ..conftest import shared
from .test_reader_arrays import consolidate
from .test_reader_layout import write_binary, write_zarr
from .test_reader_twins import assert_same_analyzer

pytest.importorskip("aiohttp", reason="http addresses need aiohttp")


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and lists its sub-folders, as Python's own server does."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def do_HEAD(self) -> None:
        self.asked.append(self.path)
        super().do_HEAD()

    def log_message(self, format: str, *args: object) -> None:
        del format, args


class NoListing(Quiet):
    """Serves files only, as most servers of data do."""

    def list_directory(self, path: Any) -> None:
        del path
        self.send_error(403)


class Answers(BaseHTTPRequestHandler):
    """Answers everything with one status and no body."""

    def __init__(self, *args: Any, status: int, cut: bool = False) -> None:
        self.status, self.cut = status, cut
        super().__init__(*args)

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Length", "1000" if self.cut else "0")
        self.end_headers()
        self.wfile.write(b"{" if self.cut else b"")

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        del format, args


@contextmanager
def serving(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def folder_at(folder: Path, handler: type[Quiet] = NoListing) -> Iterator[tuple[str, list[str]]]:
    """An address of the folder, and the paths that are asked for there."""
    handler.asked = []
    with serving(partial(handler, directory=str(folder.parent))) as address:
        yield f"{address}/{folder.name}", handler.asked


def within(seconds: float) -> dict[str, Any]:
    import aiohttp

    return {"client_kwargs": {"timeout": aiohttp.ClientTimeout(total=seconds)}}


@pytest.mark.parametrize("handler", [Quiet, NoListing])
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_store_at_an_address_gives_what_the_folder_gives(handler: type[Quiet], slash: str, tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")

    with folder_at(folder, handler) as (address, _):
        analyzer = nbl.load(address + slash)
        assert analyzer.folder == address
        assert_same_analyzer(nbl.load(folder), analyzer)
        assert_same_analyzer(
            nbl.load(folder).select_units(["u6", "u2"]), analyzer.select_units(["u6", "u2"]), dicts=False
        )
        assert analyzer.save_as("zarr", tmp_path / "copy").get_num_units() == 6


@pytest.mark.parametrize("sample", ["formats/si0.101.2.zarr", "neuropixels_kilosort.zarr"])
def test_a_sample_at_an_address_gives_what_the_sample_gives(sample: str):
    with folder_at(shared(sample)) as (address, _):
        assert_same_analyzer(nbl.load(shared(sample)), nbl.load(address))


def test_opening_costs_few_requests_and_a_template_one_more(tmp_path: Path):
    with folder_at(write_zarr(tmp_path / "small.zarr")) as (address, asked):
        analyzer = nbl.load(address)
        assert "SortingAnalyzer" in repr(analyzer)
        # Chunks are asked for together, so the order in which they arrive is the network's.
        assert sorted(p.removeprefix("/small.zarr/") for p in asked) == [
            ".zgroup",
            ".zmetadata",
            "sorting/unit_ids/0",
            "sparsity_mask/0.0",
        ]
        asked.clear()

        analyzer.get_templates(["u1"])

        assert asked == ["/small.zarr/extensions/templates/average/0.0.0"]


def test_a_server_that_lists_folders_makes_up_for_missing_metadata(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    (folder / ".zmetadata").unlink()

    with folder_at(folder, Quiet) as (address, _):
        analyzer = nbl.load(address)
        assert analyzer.get_metrics_extension_data().shape == (6, 4)
        assert len(analyzer.extension_names) == 12


def test_a_binary_folder_is_read_where_the_server_lists_folders(tmp_path: Path):
    folder = write_binary(tmp_path / "small")

    with folder_at(folder, Quiet) as (address, _):
        assert_same_analyzer(nbl.load(folder), nbl.load(address))


def test_pickles_at_an_address_stay_bytes(tmp_path: Path):
    with folder_at(shared("formats/si0.105.3.zarr")) as (address, asked):
        extension = nbl.load(address).get_extension("principal_components")
        assert len(extension.opaque_names) == 8
        with pytest.raises(AutolabelError, match="pickle"):
            extension.get_data("pca_model_by_channel_local_0")
        assert not [p for p in asked if "pca_model" in p]


@pytest.mark.parametrize("status", [404, 410])
def test_an_address_where_nothing_is_says_so(status: int):
    with serving(partial(Answers, status=status)) as address, pytest.raises(AutolabelError, match=address):
        nbl.load(f"{address}/session.zarr")


def test_nothing_at_an_address_is_told_from_something_that_is_no_analyzer():
    with (
        serving(partial(Answers, status=404)) as address,
        pytest.raises(UnknownFormatError, match=r"session\.zarr is empty or lists nothing"),
    ):
        nbl.load(f"{address}/session.zarr")


@pytest.mark.parametrize("status", [403, 500, 503])
def test_a_server_that_refuses_or_fails_is_not_found_with_its_reason(status: int):
    with (
        serving(partial(Answers, status=status)) as address,
        pytest.raises(AnalyzerNotFoundError, match=rf"{address}.* cannot be fetched: {status}"),
    ):
        nbl.load(f"{address}/session.zarr")


def test_an_answer_that_breaks_off_is_not_found_with_its_reason():
    with (
        serving(partial(Answers, status=200, cut=True)) as address,
        pytest.raises(AnalyzerNotFoundError, match=rf"{address}.* cannot be fetched: .*payload"),
    ):
        nbl.load(f"{address}/session.zarr", storage_options=within(5))


def test_a_server_that_never_answers_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/session.zarr"
        start = monotonic()
        with pytest.raises(AnalyzerNotFoundError, match=rf"{address}.* cannot be fetched: .*[Tt]imeout"):
            nbl.load(address, storage_options=within(1.5))
        # Once, not once for each file that might be there.
        assert monotonic() - start < 2.9


def test_a_server_that_is_not_there_is_not_found():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    with pytest.raises(AnalyzerNotFoundError, match=r"cannot be fetched: .*[Cc]onnect"):
        nbl.load(f"http://127.0.0.1:{port}/session.zarr")


def test_a_protocol_that_is_not_known_is_an_unknown_format():
    with pytest.raises(UnknownFormatError, match="cannot open the address carrier://pigeon"):
        nbl.load("carrier://pigeon/session.zarr")


def test_a_server_that_fails_later_is_an_error_and_the_rest_stays_usable(tmp_path: Path):
    with folder_at(write_zarr(tmp_path / "small.zarr")) as (address, _):
        analyzer = nbl.load(address)
        analyzer.get_metrics_extension_data()

    with pytest.raises(AnalyzerNotFoundError, match="templates/average"):
        analyzer.get_templates()
    assert analyzer.get_metrics_extension_data().shape == (6, 4)


def test_metadata_that_do_not_parse_are_an_error_where_nothing_is_listed(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    (folder / ".zmetadata").write_text("{")

    with folder_at(folder) as (address, _), pytest.raises(DamagedDataError, match=r"\.zmetadata is not JSON"):
        nbl.load(address)


def test_hostile_keys_are_not_asked_for(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    (folder / "extensions/templates/.zattrs").write_text('{"params": {}}')
    consolidate(folder)
    text = (folder / ".zmetadata").read_text()
    (folder / ".zmetadata").write_text(text.replace("extensions/waveforms/", "extensions/../../private/"))

    with folder_at(folder) as (address, asked):
        analyzer = nbl.load(address)
        for name in analyzer.extension_names:
            extension = analyzer.get_extension(name)
            [extension.get_data(key) for key in extension.data_names]

    assert len(analyzer.extension_names) == 11
    assert not [p for p in asked if "private" in p or ".." in p]
