"""What all tests share: sample analyzers, the two environments, folders to write into."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
#: Real and simulated analyzers that lie beside a developer's checkout; a user's clone has none.
SHARED = Path(os.environ.get("NB_AUTOLABEL_SHARED_DATA", REPO.parent / "shared" / "data"))
ORACLE = Path(os.environ.get("NB_AUTOLABEL_ORACLE", REPO / ".venv-oracle" / "bin" / "python"))

#: Why tests are left out where the samples are not.
WITHOUT_SAMPLES = (
    f"needs the shared samples, which are not all at {SHARED} (NB_AUTOLABEL_SHARED_DATA says where)"
)

FORMATS = [
    f"formats/si{version}{suffix}"
    for version in ("0.101.2", "0.103.2", "0.104.1", "0.105.3", "0.105.3_two_segments")
    for suffix in (".zarr", "_binary")
]
REAL = ["neuropixels_kilosort.zarr", "neuropixels_kilosort_binary"]
SAMPLES = FORMATS + REAL


def stable(value: object) -> str:
    """Name a parameter by its repr, without addresses: every process that collects the tests names it the same."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def shared(name: str) -> Path:
    """Path of a shared sample. Where it is not there, the test is skipped; under CI=true it fails."""
    path = SHARED / name
    if path.exists():
        return path
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(
            f"CI is set, and the shared sample {name} is not at {path}: no test is left out in CI", False
        )
    pytest.skip(WITHOUT_SAMPLES)


#: Files that take longest; whoever runs two files at a time begins with them, and is not left with one at the end.
LONGEST = (
    "test_write_errors.py",
    "test_computing.py",
    "test_hostile_limits.py",
    "test_classifier_hub.py",
    "test_elsewhere.py",
    "test_linked_views.py",
)


#: Beginnings of the names of unit test files that hang on the versions of zarr, numcodecs, scikit-learn or skops:
#: what reads chunks, writes zarr, and trains, rebuilds or scores classifiers. The environment with the oldest
#: versions runs these and the tests against SpikeInterface; all other unit tests would do the same in both.
ON_LIBRARIES = (
    "test_broken",
    "test_chunk_cache",
    "test_classifier",
    "test_computing",
    "test_hostile_bombs",
    "test_hostile_limits",
    "test_hostile_zarr",
    "test_reader",
    "test_rebuilt",
    "test_saving",
    "test_spikes_by_unit",
    "test_training",
    "test_unitrefine",
    "test_zarr3",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs with the newest libraries only; sort the longest files to the front, the others as they were."""
    for item in items:
        if item.path.parent.name == "unit" and not item.path.name.startswith(ON_LIBRARIES):
            item.add_marker("newest")
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Let all tests without samples be skipped in the same place, so that the summary counts them in one line."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple) and report.longrepr[2].endswith(WITHOUT_SAMPLES):
        report.longrepr = (__file__, shared.__code__.co_firstlineno, report.longrepr[2])
    return report


@pytest.fixture(autouse=True)
def figures_are_closed():
    """Matplotlib keeps every figure until it is closed, and warns about the twenty-first."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(autouse=True, scope="session")
def disks_are_not_waited_for():
    """Thousands of labels are written, and no test pulls the plug; tests of syncing put their own in its place."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture(scope="session")
def demo_zip() -> Path:
    return REPO / "nb_autolabel" / "bundled" / "demo.zarr.zip"


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory, demo_zip: Path) -> Path:
    """The bundled analyzer unpacked as a .zarr folder; read-only for tests."""
    folder = tmp_path_factory.mktemp("demo") / "demo.zarr"
    with zipfile.ZipFile(demo_zip) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def writable_demo(tmp_path: Path, demo_folder: Path) -> Path:
    """A copy of the bundled analyzer that a test may damage."""
    return Path(shutil.copytree(demo_folder, tmp_path / "damaged.zarr"))


@pytest.fixture(scope="session")
def oracle():
    """Runs a script in the environment that has SpikeInterface; skips where there is none."""
    if not ORACLE.exists():
        pytest.skip("the oracle environment is not set up; `make test` does it")

    def run(script: str, *args: object) -> str:
        done = subprocess.run(
            [str(ORACLE), "-c", script, *map(str, args)],
            capture_output=True,
            text=True,
            timeout=300,
            cwd=REPO,
            env={**os.environ, "NUMCODECS_ALLOW_UNSAFE_PICKLE_DECODE": "1", "PYTHONWARNINGS": "ignore"},
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def in_fresh_python():
    """Runs a script in a new interpreter of this environment."""

    def run(script: str, *args: object) -> str:
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script), *map(str, args)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run
