"""Analyzers are read by several threads and processes at once, and can be sent and copied."""

from __future__ import annotations

import copy
import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import AutolabelError

from ..conftest import REPO
from .forking import exit_code_of_fork
from .test_reader_layout import WRITE, write_zarr
from .test_reader_stores import zipped
from .test_reader_twins import assert_same_analyzer

#: Reads the same analyzer in a process and in four that were forked from it; each says how many reads failed.
FORKED = """
import os, sys, warnings
warnings.simplefilter("ignore")
sys.path.insert(0, sys.argv[1])
import numpy as np
import nb_autolabel as nbl

def reads(analyzer, expected):
    wrong = 0
    for turn in range(int(sys.argv[3])):
        unit = analyzer.unit_ids[turn % len(analyzer.unit_ids)]
        try:
            wrong += not np.array_equal(analyzer.get_templates([unit])[0], expected[unit])
        except Exception as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            wrong += 1
    return wrong

analyzer = nbl.load(sys.argv[2])
expected = {unit: analyzer.get_templates([unit])[0] for unit in analyzer.unit_ids}
children = []
for _ in range(4):
    child = os.fork()
    if child == 0:
        os._exit(min(reads(analyzer, expected), 100))
    children.append(child)
wrong = reads(analyzer, expected)
wrong += sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)
print(wrong)
"""

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork a process")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return zipped(write_zarr(tmp_path / "small.zarr"), tmp_path / "small.zip", "in a folder/", 8)


@forks
@pytest.mark.parametrize("kind", ["zip", "folder"])
def test_processes_that_were_forked_read_what_is_there(
    kind: str, demo_zip: Path, demo_folder: Path, in_fresh_python: Any
):
    path = demo_zip if kind == "zip" else demo_folder

    assert int(in_fresh_python(FORKED, REPO, path, 200)) == 0


@forks
def test_a_forked_process_reads_an_address_by_connections_of_its_own(archive: Path, in_fresh_python: Any):
    pytest.importorskip("aiohttp", reason="http addresses need aiohttp")
    from .test_remote import folder_at

    with folder_at(archive.parent / "small.zarr") as (address, _):
        assert int(in_fresh_python(FORKED, REPO, address, 10)) == 0


@forks
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_process_does_not_move_the_position_at_which_this_one_reads(archive: Path):
    """That is why reads failed: both had one position in the file."""
    analyzer = nbl.load(archive)
    analyzer.get_templates()
    handle: Any = analyzer._source.store._archive._handle.file  # type: ignore[attr-defined]
    before = os.lseek(handle.fileno(), 0, os.SEEK_CUR)

    child = os.fork()
    if child == 0:
        analyzer.get_extension("waveforms").get_data()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    assert os.lseek(handle.fileno(), 0, os.SEEK_CUR) == before


@forks
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_process_does_not_wait_for_a_lock_that_was_held(archive: Path):
    analyzer = nbl.load(archive)
    store: Any = analyzer._source.store  # type: ignore[attr-defined]
    recognition: Any = analyzer._source._recognition  # type: ignore[attr-defined]
    locks = store._archive._handle.lock, recognition._one_at_a_time()
    assert exit_code_of_fork(analyzer.get_templates, *locks) == 0


def test_threads_read_a_zip_at_once(archive: Path):
    analyzer = nbl.load(archive)
    expected = nbl.load(archive.parent / "small.zarr").get_templates()

    def read(turn: int) -> bool:
        unit = turn % 6
        return bool(np.array_equal(analyzer.get_templates([analyzer.unit_ids[unit]])[0], expected[unit]))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(400)))


@pytest.mark.parametrize("copied", [lambda a: pickle.loads(pickle.dumps(a)), copy.deepcopy, copy.copy])
@pytest.mark.parametrize("kind", ["folder", "zip"])
@pytest.mark.parametrize("format", WRITE)
def test_an_analyzer_can_be_sent_and_copied(format: str, kind: str, copied: Any, tmp_path: Path):
    folder = WRITE[format](tmp_path / "small.zarr")
    analyzer = nbl.load(folder if kind == "folder" else zipped(folder, tmp_path / "small.zip"))
    _ = analyzer.spikes, analyzer.get_metrics_extension_data(), analyzer.get_extension("templates").data
    analyzer.get_templates()

    other = copied(analyzer)

    assert other.folder == analyzer.folder
    assert_same_analyzer(analyzer, other)
    assert_same_analyzer(analyzer.select_units(["u3", "u1"]), copied(analyzer.select_units(["u3", "u1"])))


def test_an_analyzer_at_an_address_can_be_sent(archive: Path):
    pytest.importorskip("aiohttp", reason="http addresses need aiohttp")
    from .test_remote import folder_at

    with folder_at(archive.parent / "small.zarr") as (address, _):
        analyzer = nbl.load(address)
        analyzer.get_templates()
        assert_same_analyzer(analyzer, pickle.loads(pickle.dumps(analyzer)))
        assert_same_analyzer(analyzer, copy.deepcopy(analyzer))


@pytest.mark.parametrize("how", ["replaced", "removed"])
def test_what_was_sent_recognises_that_the_zip_was_replaced_on_the_way(how: str, archive: Path):
    sent = pickle.dumps(nbl.load(archive))
    archive.unlink()
    if how == "replaced":
        zipped(archive.parent / "small.zarr", archive)

    with pytest.raises(AutolabelError, match=r"small\.zip"):
        pickle.loads(sent).get_templates()


def test_little_is_sent(archive: Path):
    """Not the data, nor the list of what the zip holds."""
    analyzer = nbl.load(archive)
    analyzer.get_templates()

    assert len(pickle.dumps(analyzer._source.store)) < 1000  # type: ignore[attr-defined]
