"""The documentation builds without a warning and says what the code says."""

import importlib.util
import subprocess
import sys

import pytest

from nb_autolabel.metrics.registry import REGISTRY
from tests.conftest import REPO


def script(name):
    spec = importlib.util.spec_from_file_location(name, REPO / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_documentation_builds_with_warnings_as_errors_and_loads_nothing_from_afar(tmp_path):
    pytest.importorskip("mkdocs", reason="only the standalone environment builds the documentation")
    pytest.importorskip("material")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "--quiet",
            "--site-dir",
            str(tmp_path / "site"),
        ],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    metrics = (tmp_path / "site" / "metrics" / "index.html").read_text(encoding="utf-8")
    assert all(name in metrics for name in REGISTRY)
    api = (tmp_path / "site" / "api" / "index.html").read_text(encoding="utf-8")
    for name in ("BombcellLabeler", "export_labels", "unit_ids", "UnknownUnitError"):
        assert name in api
    assert "fonts.googleapis" not in api


def test_the_drawing_of_the_architecture_is_that_of_the_code():
    drawn = (REPO / "docs" / "images" / "architecture.svg").read_text(encoding="utf-8")
    assert drawn == script("draw_architecture").svg(), "run `make pictures`"


def test_every_public_name_is_in_the_reference_or_a_guide():
    import nb_autolabel

    text = "".join(p.read_text(encoding="utf-8") for p in (REPO / "docs").rglob("*.md"))
    left_out = [name for name in nb_autolabel.__all__ if name not in text]
    internal = {
        "Growth",
        "State",
        "InputWarning",
        "FittedThresholds",
        "ClassifierPair",
        "load_ipython_extension",
        "fitted_panel",
    }
    assert set(left_out) <= internal
