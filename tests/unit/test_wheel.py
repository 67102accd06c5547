"""What is installed is complete."""

import subprocess
import sys
import zipfile

import pytest

from tests.conftest import REPO


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(tmp_path):
    pytest.importorskip("build", reason="only the standalone environment builds the wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(REPO)],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = {n for n in archive.namelist() if not n.startswith("nb_autolabel-")}
        assert any(n.endswith("licenses/LICENSE") for n in archive.namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "nb_autolabel"],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    tutorials = {f"nb_autolabel/notebooks/{file.name}" for file in (REPO / "notebooks").glob("*.ipynb")}
    assert inside == set(tracked) | tutorials
    for needed in (
        "py.typed",
        "__init__.pyi",
        "bundled/demo.zarr.zip",
        "static/widget.js",
        "static/view.js",
        "static/page.js",
        "static/widgets.css",
    ):
        assert f"nb_autolabel/{needed}" in inside
    assert (REPO / "nb_autolabel/bundled/demo.zarr.zip").stat().st_size <= 5_000_000
