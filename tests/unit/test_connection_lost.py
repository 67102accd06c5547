"""A server that fails in the middle is a named error at once; nothing half is kept, and reading goes on when it is back."""

from __future__ import annotations

import io
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer import http_files, remote_store
from nb_autolabel.errors import AnalyzerNotFoundError, AutolabelError, ConnectionLostError

from .test_reader_layout import write_binary, write_zarr
from .test_remote import Quiet, serving

pytest.importorskip("aiohttp", reason="http addresses need aiohttp")

FAILURES = ["silent", "silent after the head", "reset", "cut", "500", "502", "503", "504"]


class Failing(Quiet):
    """Serves a folder until `mode` says how it fails."""

    asked: list[str]
    mode: str
    over: threading.Event

    def do_GET(self) -> None:
        mode = type(self).mode
        if mode == "":
            super().do_GET()
        elif mode == "silent":
            self.over.wait(20)
        elif mode == "reset":
            # Closing with nothing lingering sends a reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        elif mode.isdecimal():
            self.send_response(int(mode))
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"{")
            self.wfile.flush()
            if mode == "silent after the head":
                self.over.wait(20)

    def do_HEAD(self) -> None:
        if type(self).mode:
            self.do_GET()
        else:
            super().do_HEAD()

    def handle(self) -> None:
        try:
            super().handle()
        except (OSError, ValueError):  # whoever asked has gone, or was cut off
            self.wfile = io.BytesIO()


class Server:
    """A server that can be made to fail."""

    def __init__(self, handler: type[Failing], address: str) -> None:
        self._handler, self.address = handler, address

    def fail(self, mode: str) -> None:
        self._handler.over.clear()
        self._handler.mode = mode

    def recover(self) -> None:
        self._handler.mode = ""
        self._handler.over.set()


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, Server]]:
    """A folder, and a server of it that is given up after a moment."""
    monkeypatch.setattr(remote_store, "REMOTE_TIMEOUT", 1.0)
    handler = type("Own", (Failing,), {"asked": [], "mode": "", "over": threading.Event()})
    with serving(partial(handler, directory=str(tmp_path))) as address:
        server = Server(handler, address)
        try:
            yield tmp_path, server
        finally:
            server.recover()


READS: dict[str, Callable[[Any], Any]] = {
    "metrics": lambda analyzer: analyzer.get_metrics_extension_data(),
    "templates": lambda analyzer: analyzer.get_templates(),
    "spikes": lambda analyzer: analyzer.get_unit_spike_train("u3"),
    "extension": lambda analyzer: analyzer.get_extension("unit_locations").get_data(),
    "property": lambda analyzer: [
        analyzer.get_sorting_property(k) for k in analyzer.get_sorting_property_keys()
    ],
    "selection": lambda analyzer: analyzer.select_units(["u4", "u2"]).get_templates(),
    "labels": lambda analyzer: nbl.LiveBombcell(analyzer, journal=None).labels,
}


#: Each failure with two reads, and each read with two failures.
CASES = [
    *((write_zarr, read, failure) for read in ("templates", "labels") for failure in FAILURES),
    *(
        (write, read, failure)
        for write in (write_zarr, write_binary)
        for read in READS
        for failure in ("reset", "503")
    ),
]


@pytest.mark.parametrize(("write", "read", "failure"), list(dict.fromkeys(CASES)))
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_is_read_while_the_connection_is_lost_is_an_error_and_can_be_read_later(
    write: Any, read: str, failure: str, served: tuple[Path, Server]
):
    folder, server = served
    here = nbl.load(write(folder / "small"))
    analyzer = nbl.load(f"{server.address}/small")
    server.fail(failure)

    with pytest.raises(
        ConnectionLostError, match=f"{server.address}/small.* Try it again when the server answers"
    ):
        READS[read](analyzer)

    server.recover()
    assert _text(READS[read](analyzer)) == _text(READS[read](here))
    assert analyzer.extension_names == here.extension_names


def _text(value: Any) -> str:
    with np.printoptions(threshold=10**6):
        return repr(value.to_dict() if hasattr(value, "to_dict") else value)


@pytest.mark.parametrize("failure", FAILURES)
def test_opening_and_searching_while_the_connection_is_lost_are_the_same_error(
    failure: str, served: tuple[Path, Server]
):
    folder, server = served
    write_zarr(folder / "small")
    server.fail(failure)

    with pytest.raises(ConnectionLostError, match="small.* cannot be"):
        nbl.load(f"{server.address}/small")
    with pytest.raises(ConnectionLostError, match="cannot be"):
        nbl.find_analyzers(server.address)

    server.recover()
    assert nbl.load(f"{server.address}/small").get_num_units() == 6
    assert len(nbl.find_analyzers(server.address)) == 1


def test_a_server_that_was_never_there_is_a_lost_connection_too():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    with pytest.raises(ConnectionLostError) as lost:
        nbl.load(f"http://127.0.0.1:{port}/session.zarr")
    assert isinstance(lost.value, AnalyzerNotFoundError | ConnectionError)
    assert not lost.value.answered


@pytest.mark.parametrize("status", ["401", "403", "410"])
def test_a_server_that_refuses_is_not_a_lost_connection(status: str, served: tuple[Path, Server]):
    folder, server = served
    write_zarr(folder / "small")
    server.fail(status)

    with pytest.raises(AutolabelError) as refused:
        nbl.load(f"{server.address}/small")
    assert not isinstance(refused.value, ConnectionLostError)


class Slow(Quiet):
    """Sends files in pieces, with pauses that are shorter than the time-out."""

    asked: list[str]
    pause: threading.Event

    def copyfile(self, source: Any, outputfile: Any) -> None:
        while piece := source.read(300):
            outputfile.write(piece)
            outputfile.flush()
            self.pause.wait(0.06)


@pytest.mark.parametrize("slowest", [10, 10**9], ids=["slow", "a drop now and then"])
def test_a_slow_connection_is_not_a_lost_one_and_one_that_drips_is(
    slowest: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A file that takes longer than the time-out is read, as long as it goes on at some rate."""
    write_zarr(tmp_path / "small")
    monkeypatch.setattr(http_files, "SLOWEST", slowest)
    monkeypatch.setattr(remote_store, "REMOTE_TIMEOUT", 0.25)
    handler = type("Own", (Slow,), {"asked": [], "pause": threading.Event()})
    with serving(partial(handler, directory=str(tmp_path))) as address:
        if slowest == 10:
            assert nbl.load(f"{address}/small").get_num_units() == 6
        else:
            with pytest.raises(ConnectionLostError, match="no answer in time"):
                nbl.load(f"{address}/small")
