"""What one request needs from an address is fetched together, within a bound, and means what it means one by one."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer import remote_store
from nb_autolabel.analyzer.remote_store import RemoteStore
from nb_autolabel.errors import AnalyzerNotFoundError, DamagedDataError, MissingDataError, SourceChangedError

from .test_reader_arrays import consolidate, put_array
from .test_reader_layout import LZ4, WRITE, extensions, spikes, write_zarr
from .test_reader_twins import assert_same_analyzer
from .test_remote import NoListing, Quiet, folder_at, serving

pytest.importorskip("aiohttp", reason="http addresses need aiohttp")

AVERAGE = "extensions/templates/average"
#: So that a test that would wait for ever is an error.
PATIENCE = 20


class Gate:
    """Holds the answers to requests for chunks back until so many wait, then lets them go in a mixed order.

    Attributes
    ----------
    given_up : bool
        The others did not come.
    most : int
        So many requests waited at once.
    """

    def __init__(self, parties: int, part: str) -> None:
        self._barrier, self._part = threading.Barrier(parties), part
        self._turn, self._left = threading.Condition(), 0
        self._waiting = self.most = 0

    @property
    def given_up(self) -> bool:
        return self._barrier.broken

    def wait(self, path: str) -> None:
        """Wait for the others if a chunk is asked for."""
        if self._part not in path or not path.rsplit("/", 1)[-1][0].isdigit():
            return
        with self._turn:
            self._waiting += 1
            self.most = max(self.most, self._waiting)
        try:
            place = self._barrier.wait(PATIENCE)
        except threading.BrokenBarrierError:
            return
        with self._turn:
            # Where a request stands among those that waited has to do with no order of the chunks.
            self._turn.wait_for(lambda: self._left == place, PATIENCE)
            self._left = (self._left + 1) % self._barrier.parties
            self._waiting -= 1
            self._turn.notify_all()


@contextmanager
def gated(folder: Path, parties: int, part: str = AVERAGE) -> Iterator[tuple[str, Gate]]:
    """An address of the folder whose files of one part are answered only when so many are asked for at once."""
    gate = Gate(parties, part)

    class Waiting(NoListing):
        asked: list[str] = []  # noqa: RUF012

        def do_GET(self) -> None:
            gate.wait(self.path)
            super().do_GET()

    with serving(partial(Waiting, directory=str(folder.parent))) as address:
        yield f"{address}/{folder.name}", gate


def in_chunks_of_one_unit(folder: Path) -> Path:
    """The small analyzer with the template of each unit in a chunk of its own."""
    write_zarr(folder)
    templates = extensions()["templates"]["average"]
    for file in (folder / AVERAGE).glob("[0-9]*"):
        file.unlink()
    put_array(folder, AVERAGE, templates, chunks=[1, 10, 4], compressor=LZ4)
    consolidate(folder)
    return folder


@pytest.mark.parametrize("rows", [None, "rows"])
def test_chunks_of_one_request_are_asked_for_at_once(rows: Any, tmp_path: Path):
    """The server answers no chunk before all six are asked for."""
    folder = in_chunks_of_one_unit(tmp_path / "small.zarr")
    with gated(folder, parties=6) as (address, gate):
        analyzer = nbl.load(address)
        units = None if rows is None else ["u3", "u1", "u6", "u2", "u5", "u4"]

        templates = analyzer.get_templates(units)

        assert not gate.given_up
        assert gate.most == 6
    order = slice(None) if rows is None else [2, 0, 5, 1, 4, 3]
    np.testing.assert_array_equal(templates, extensions()["templates"]["average"][order])


def test_no_more_than_the_bound_are_asked_for_at_once(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    values = np.arange(24 * 40.0).reshape(24, 10, 4)
    put_array(folder, "extensions/waveforms/std", values, chunks=[1, 10, 4], compressor=LZ4)
    consolidate(folder)
    with gated(folder, remote_store.CONCURRENT_REQUESTS, "extensions/waveforms/std") as (address, gate):
        found = nbl.load(address).get_extension("waveforms").get_data("std")

        assert not gate.given_up
        assert gate.most == remote_store.CONCURRENT_REQUESTS
    np.testing.assert_array_equal(found, values)


def test_the_columns_of_a_table_are_asked_for_at_once(tmp_path: Path):
    """Index and three columns: four files of one chunk each."""
    folder = write_zarr(tmp_path / "small.zarr")
    with gated(folder, parties=4, part="quality_metrics/metrics") as (address, gate):
        table = nbl.load(address).get_extension("quality_metrics").get_data()
        assert not gate.given_up
    assert table.equals(nbl.load(folder).get_extension("quality_metrics").get_data())


def test_the_arrays_of_the_spikes_are_asked_for_at_once(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    with gated(folder, parties=3, part="sorting/spikes") as (address, gate):
        found = nbl.load(address).spikes
        assert not gate.given_up
    np.testing.assert_array_equal(found, spikes())


@pytest.mark.parametrize("at_once", [1, 2, 8])
def test_an_address_gives_what_the_folder_gives_however_many_are_asked_for_at_once(
    at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(remote_store, "CONCURRENT_REQUESTS", at_once)
    folder = in_chunks_of_one_unit(tmp_path / "small.zarr")
    with folder_at(folder) as (address, _):
        assert_same_analyzer(nbl.load(folder), nbl.load(address))


def test_a_chunk_is_fetched_once_for_several_units(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")  # in chunks of four units
    with folder_at(folder) as (address, asked):
        analyzer = nbl.load(address)
        asked.clear()
        for unit in analyzer.unit_ids:
            analyzer.get_templates([unit])
        assert len(asked) == 2


# ---------------------------------------------------------------- errors


def fetching_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("nb_autolabel-fetch")]


@pytest.mark.parametrize("damaged", [[0], [2, 4], [5]])
def test_the_first_chunk_in_order_that_is_damaged_is_the_error(damaged: list[int], tmp_path: Path):
    folder = in_chunks_of_one_unit(tmp_path / "small.zarr")
    for at in damaged:
        (folder / AVERAGE / f"{at}.0.0").write_bytes(b"not a chunk")
    with gated(folder, parties=6) as (address, _):
        analyzer = nbl.load(address)
        with pytest.raises(DamagedDataError, match=rf"{damaged[0]}\.0\.0 cannot be read"):
            analyzer.get_templates()
        assert not fetching_threads()


def test_a_chunk_that_is_missing_is_the_error_it_was(tmp_path: Path):
    folder = in_chunks_of_one_unit(tmp_path / "small.zarr")
    (folder / AVERAGE / "3.0.0").unlink()
    with folder_at(folder) as (address, _), pytest.raises(MissingDataError, match=r"3\.0\.0 is missing"):
        nbl.load(address).get_templates()


def test_a_server_that_fails_for_one_chunk_says_which(tmp_path: Path):
    in_chunks_of_one_unit(tmp_path / "small.zarr")

    class Failing(NoListing):
        asked: list[str] = []  # noqa: RUF012

        def do_GET(self) -> None:
            if self.path.endswith("average/4.0.0"):
                self.send_error(503)
            else:
                super().do_GET()

    with serving(partial(Failing, directory=str(tmp_path))) as address:
        analyzer = nbl.load(f"{address}/small.zarr")
        with pytest.raises(AnalyzerNotFoundError, match=r"4\.0\.0 cannot be fetched: 503"):
            analyzer.get_templates()
        assert not fetching_threads()
        # What was fetched, and what comes later, is right.
        np.testing.assert_array_equal(
            analyzer.get_templates(["u1", "u6"]), extensions()["templates"]["average"][[0, 5]]
        )


def test_no_thread_is_left_behind(tmp_path: Path):
    folder = in_chunks_of_one_unit(tmp_path / "small.zarr")
    with folder_at(folder) as (address, _):
        analyzer = nbl.load(address)
        for _ in range(3):
            analyzer.get_templates()
            assert not fetching_threads()


def test_an_iterator_that_is_closed_early_leaves_no_thread(tmp_path: Path):
    folder = in_chunks_of_one_unit(tmp_path / "small.zarr")
    with folder_at(folder) as (address, _):
        store = RemoteStore(address)
        answers = store.read_each([(f"{AVERAGE}/{at}.0.0", None) for at in range(6)])
        next(answers)
        answers.close()
        assert not fetching_threads()


# ---------------------------------------------------------------- changes


@pytest.mark.parametrize("consolidated", [True, False])
def test_chunks_that_were_kept_are_not_given_after_a_change(
    consolidated: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """An address has no state of a file; its metadata tell, and where they cannot, nothing is kept."""
    monkeypatch.setattr(RemoteStore, "recheck_after", 0.0)
    folder = write_zarr(tmp_path / "small.zarr")
    if not consolidated:
        (folder / ".zmetadata").unlink()
    with folder_at(folder, Quiet) as (address, _):
        analyzer = nbl.load(address)
        old = analyzer.get_templates(["u1"])

        put_array(
            folder, AVERAGE, extensions()["templates"]["average"] + 1, chunks=[4, 10, 4], compressor=LZ4
        )
        file = folder / "extensions/templates/.zattrs"
        again = {**json.loads(file.read_text()), "run_info": {"run_completed": True, "runtime_s": 0.7}}
        file.write_text(json.dumps(again))
        if consolidated:
            consolidate(folder)
            with pytest.raises(SourceChangedError, match="templates"):
                analyzer.get_templates(["u1"])
        else:
            np.testing.assert_array_equal(analyzer.get_templates(["u1"]), old + 1)


def test_an_extension_that_came_to_an_address_drops_what_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(RemoteStore, "recheck_after", 0.0)
    folder = write_zarr(tmp_path / "small.zarr")
    with folder_at(folder) as (address, _):
        analyzer = nbl.load(address)
        analyzer.get_templates(["u1"])
        put_array(
            folder, AVERAGE, extensions()["templates"]["average"] + 1, chunks=[4, 10, 4], compressor=LZ4
        )
        new = folder / "extensions/new"
        new.mkdir()
        (new / ".zattrs").write_text('{"params": {}}')
        consolidate(folder)

        found = analyzer.get_templates(["u1"])

        np.testing.assert_array_equal(found, extensions()["templates"]["average"][:1] + 1)


# ---------------------------------------------------------------- processes and threads


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_process_fetches_together_by_connections_of_its_own(tmp_path: Path, in_fresh_python: Any):
    folder = in_chunks_of_one_unit(tmp_path / "small.zarr")
    script = """
import os, signal, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)
import nb_autolabel as nbl
analyzer = nbl.load(sys.argv[1])
expected = analyzer.get_templates().sum()
child = os.fork()
if child == 0:
    signal.alarm(60)
    warnings.simplefilter("error", ResourceWarning)
    analyzer.source.store.chunk_cache.clear()
    os._exit(0 if analyzer.get_templates().sum() == expected else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), expected)
"""
    with folder_at(folder) as (address, _):
        code, total = in_fresh_python(script, address).split()
    assert code == "0"
    assert float(total) == pytest.approx(extensions()["templates"]["average"].sum())


def test_the_first_request_of_a_process_opens_one_session(tmp_path: Path, in_fresh_python: Any):
    """Several at once would open several, of which all but one are lost: aiohttp warns of them."""
    folder = in_chunks_of_one_unit(tmp_path / "small.zarr")
    script = """
import pickle, sys
from fsspec.implementations.http import HTTPFileSystem
made, original = [], HTTPFileSystem.set_session
async def counted(self):
    before = self._session
    session = await original(self)
    if session is not before:
        made.append(session)
    return session
HTTPFileSystem.set_session = counted
analyzer = pickle.load(open(sys.argv[1], "rb"))
print(analyzer.get_templates().sum(), len({id(s) for s in made}), len(made))
"""
    with folder_at(folder) as (address, _):
        (tmp_path / "sent").write_bytes(pickle.dumps(nbl.load(address)))
        total, sessions, opened = in_fresh_python(script, tmp_path / "sent").split()
    assert float(total) == pytest.approx(extensions()["templates"]["average"].sum())
    assert (sessions, opened) == ("1", "1")


def test_it_works_while_an_event_loop_runs_in_this_thread(tmp_path: Path):
    """As in Jupyter."""
    folder = in_chunks_of_one_unit(tmp_path / "small.zarr")

    async def cell(address: str) -> Any:
        return nbl.load(address).get_templates()

    with folder_at(folder) as (address, _):
        found = asyncio.run(cell(address))
    np.testing.assert_array_equal(found, extensions()["templates"]["average"])


@pytest.mark.parametrize("format", WRITE)
def test_several_files_of_a_store_on_this_machine_are_read_in_order(format: str, tmp_path: Path):
    store: Any = nbl.load(WRITE[format](tmp_path / "small.zarr")).source
    keys = [".zattrs", "nothing", "settings.json"]
    assert list(store.store.read_each([(key, None) for key in keys])) == [
        store.store.read(key) for key in keys
    ]


def test_waiting_threads_are_not_started_for_a_single_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = in_chunks_of_one_unit(tmp_path / "small.zarr")
    with folder_at(folder) as (address, _):
        analyzer = nbl.load(address)
        monkeypatch.setattr(
            remote_store, "ThreadPoolExecutor", lambda *args: pytest.fail("threads were started")
        )
        analyzer.get_templates(["u4"])
