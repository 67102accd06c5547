"""Reading on a Dask cluster: a worker that dies costs nothing but time, a recording that kills workers is named."""

import os
import shutil
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.cohort import running
from nb_autolabel.cohort.reading import read_recording

from .cohorts import study_made

distributed = pytest.importorskip(
    "distributed", reason="dask.distributed is not installed (nb_autolabel[cohort])"
)
__all__ = ["study_made"]
# The end of a cluster leaves sockets and event loops of other threads to the collector of garbage.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*unclosed.*"),
]


def waits_for_its_turn(path, *more):
    """Read a recording once a file beside it says so; note who reads it. Runs in a worker."""
    noted = Path(path).parent.parent / "noted"
    (noted / f"{Path(path).parent.name}-{os.getpid()}-{time.monotonic_ns()}").touch()
    while not (noted / "go").exists():
        time.sleep(0.02)
    return read_recording(path, *more)


def dies(path, *more):
    """Read a recording; the one that is called so ends its worker. Runs in a worker."""
    if "deadly" in str(path):
        os._exit(1)
    return read_recording(path, *more)


@pytest.fixture
def many(study_made, tmp_path):
    """Eight recordings, one of them broken."""
    for at in range(8):
        shutil.copytree(study_made / "m1" / "day1", tmp_path / "many" / f"r{at}")
    shutil.rmtree(tmp_path / "many" / "r5" / "sorted.zarr" / "sorting" / "unit_ids")
    (tmp_path / "many" / "noted").mkdir()
    return tmp_path / "many"


@pytest.fixture
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=60
    ) as made:
        yield made


def sources(many):
    return [many / f"r{at}" / "sorted.zarr" for at in range(8)]


def same_as_the_loop(cohort, many):
    plain = nbl.Cohort(sources(many), cache=False, scheduler="one", progress=False)
    assert cohort.names == plain.names
    assert cohort.problems["problem"].tolist() == plain.problems["problem"].tolist()
    for one, other in zip(cohort.readings, plain.readings, strict=True):
        pd.testing.assert_frame_equal(one.metrics, other.metrics)
        np.testing.assert_array_equal(one.templates, other.templates)
    assert cohort.labels.equals(plain.labels)


def test_a_worker_killed_in_the_middle_costs_no_recording(many, cluster, monkeypatch, tmp_path):
    monkeypatch.setattr(running, "read_recording", waits_for_its_turn)
    pytest.importorskip("pyarrow")
    kept = tmp_path / "kept"

    def kill_one():
        while len(list((many / "noted").iterdir())) < 2:
            time.sleep(0.02)
        # Both workers hold a recording now: the first of them is ended.
        first = min((many / "noted").iterdir(), key=lambda file: file.name)
        os.kill(int(first.name.split("-")[1]), signal.SIGKILL)
        (many / "noted" / "go").touch()

    with distributed.Client(cluster) as client:
        killer = threading.Thread(target=kill_one)
        killer.start()
        # The broken one is found while searching in folders; as a path in a list it is tried by a worker.
        results, said = running.read_all(
            [str(path) for path in sources(many)], client=client, cache=running.Cache(kept), progress=False
        )
        killer.join()
    assert said == ""
    assert [isinstance(found, running.Reading) for found in results] == [at != 5 for at in range(8)]
    begun = [file.name.split("-")[0] for file in (many / "noted").iterdir() if file.name != "go"]
    again = sorted(name for name in set(begun) if begun.count(name) > 1)
    assert sorted(set(begun)) == [f"r{at}" for at in range(8)]
    assert len(again) == 1
    monkeypatch.undo()
    assert len(list(kept.iterdir())) == 7
    same_as_the_loop(nbl.Cohort(sources(many), cache=kept, scheduler="one", progress=False), many)


def test_an_active_client_is_used_and_gives_what_the_loop_gives(many, cluster, monkeypatch):
    used = []
    real = running._on_cluster
    monkeypatch.setattr(running, "_on_cluster", lambda *a: used.append(a) or real(*a))
    with distributed.Client(cluster):
        cohort = nbl.Cohort(sources(many), cache=False, progress=False)
    assert used
    same_as_the_loop(cohort, many)


def test_a_recording_that_ends_every_worker_is_one_named_problem(many, cluster, monkeypatch):
    shutil.copytree(many / "r0", many / "deadly")
    monkeypatch.setattr(running, "read_recording", dies)
    with distributed.Client(cluster) as client:
        paths = [str(many / name / "sorted.zarr") for name in ("r0", "deadly", "r1")]
        results, _ = running.read_all(paths, client=client, progress=False)
    assert [isinstance(found, running.Problem) for found in results] == [False, True, False]
    assert "KilledWorker" in results[1].text
