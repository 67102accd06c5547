"""Tests that need the shared samples are left out in one line where there are none, and fail in CI."""

import os
import re
import subprocess
import sys

import pytest

from tests.conftest import REPO

pytest.importorskip(
    "nbformat", reason="one of the three reads a notebook; the environment of the tests has it"
)

#: Three tests of two files that need samples.
TESTS = [
    "tests/unit/test_methods_text.py::test_the_published_model_is_named_by_its_estimator_and_file",
    "tests/unit/test_unitrefine_labels.py::test_an_analyzer_without_principal_components_is_labeled_and_the_cost_is_said",
    "tests/notebooks/test_how_to.py::test_the_tutorial_takes_the_steps_of_the_how_to_in_their_order",
]


def run(tmp_path, **more):
    """What pytest says of these tests in a checkout without samples."""
    environment = {k: v for k, v in os.environ.items() if k not in ("CI", "PYTEST_ADDOPTS")}
    environment |= {"NB_AUTOLABEL_SHARED_DATA": str(tmp_path / "nowhere"), **more}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS],
        capture_output=True, text=True, check=False, cwd=REPO, env=environment, timeout=300,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_without_samples_they_are_skipped_and_counted_in_one_line(tmp_path):
    code, said = run(tmp_path)
    assert code == 0, said
    lines = [line for line in said.splitlines() if "shared samples" in line]
    assert len(lines) == 1, said
    assert re.search(r"SKIPPED \[3\] .*needs the shared samples, which are not all at .*nowhere", lines[0])


def test_in_ci_they_fail_and_say_what_is_not_there(tmp_path):
    code, said = run(tmp_path, CI="true")
    assert code == 1, said
    assert "2 failed" in said
    assert "1 error" in said, "the fixture of the third fails"
    assert "the shared sample published_model is not at" in said


def test_the_script_of_ci_decides_nothing_about_samples_itself():
    assert not re.search(r"\bCI=", (REPO / ".ci" / "run").read_text(encoding="utf-8"))
