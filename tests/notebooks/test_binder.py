"""What Binder does, in a clean environment: install, postBuild, start, execute the first notebook, in a gigabyte."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
import venv

import psutil
import pytest

from tests.conftest import REPO

EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
content = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(content, timeout=300).execute()
"""


@pytest.fixture(scope="module")
def binder(tmp_path_factory):
    """A clone with an environment that has exactly what binder/ says."""
    if shutil.which("git") is None:
        pytest.skip("git is not there")
    home = tmp_path_factory.mktemp("binder")
    repo = home / "repo"
    subprocess.run(["git", "clone", "--quiet", str(REPO), str(repo)], check=True)
    # Files that are not committed yet belong to what is tested.
    for name in ("binder", "notebooks", "nb_autolabel"):
        shutil.copytree(REPO / name, repo / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPO / "pyproject.toml", repo)
    venv.create(home / "env", with_pip=True)
    binaries = home / "env" / "bin"
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "NB_"))},
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "HOME": str(home),
    }
    pip = [str(binaries / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", "binder/requirements.txt"], cwd=repo, env=environment, check=True)
    subprocess.run(["binder/postBuild"], cwd=repo, env=environment, check=True)
    return repo, binaries, environment


def test_the_environment_is_small_and_has_no_spikeinterface(binder):
    _, binaries, environment = binder
    listed = subprocess.run(
        [str(binaries / "python"), "-m", "pip", "list"], env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert "spikeinterface" not in listed.lower()
    size = sum(f.stat().st_size for f in binaries.parent.rglob("*") if f.is_file() and not f.is_symlink())
    print(f"environment: {size / 1e6:.0f} MB")
    assert size < 1_200_000_000


def test_the_server_starts_and_serves_the_first_notebook(binder):
    repo, binaries, environment = binder
    start = ["lab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=8994", "--IdentityProvider.token="]
    process = subprocess.Popen([str(binaries / "jupyter"), *start], cwd=repo, env=environment, stderr=subprocess.DEVNULL)
    try:
        for _ in range(240):
            try:
                address = "http://127.0.0.1:8994/api/contents/notebooks/auto_label_units.ipynb?content=0"
                with urllib.request.urlopen(address, timeout=5) as answer:
                    assert answer.status == 200
                break
            except OSError:
                assert process.poll() is None
                time.sleep(0.25)
        else:
            pytest.fail("the server did not answer within a minute")
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_the_first_notebook_runs_in_less_than_a_gigabyte(binder, tmp_path):
    repo, binaries, environment = binder
    notebook = repo / "notebooks" / "auto_label_units.ipynb"
    process = psutil.Popen([str(binaries / "python"), "-c", EXECUTE, str(notebook)], cwd=tmp_path, env=environment)
    peak = 0
    while process.poll() is None:
        try:
            family = [process, *process.children(recursive=True)]
            peak = max(peak, sum(one.memory_info().rss for one in family))
        except psutil.Error:
            pass
        time.sleep(0.1)
    assert process.returncode == 0
    print(f"peak memory with the kernel and what drives it: {peak / 1e6:.0f} MB")
    assert peak < 1_000_000_000
    assert sys.platform != "win32"
