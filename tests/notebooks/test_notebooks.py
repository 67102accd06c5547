"""Every notebook runs, and prints what it promises."""

import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests.conftest import REPO

NOTEBOOKS = sorted((REPO / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_the_notebook_runs_without_an_error_or_a_warning(path, tmp_path):
    content = nbformat.read(path, as_version=4)
    for cell in content.cells:
        # What a student does first; without it the workshop stops.
        cell.source = cell.source.replace('name = "your name"', 'name = "anna"')
    NotebookClient(content, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [
        str(o.get("data", {}).get("text/plain", "")) for c in content.cells for o in c.get("outputs", [])
    ]
    assert not [text for text in shown if text.startswith("<bound method")], "a call without its parentheses"
    said = [o.text for c in content.cells for o in c.get("outputs", []) if o.get("name") == "stderr"]
    assert said == []


def test_the_workshop_stops_and_says_why_until_a_student_has_entered_a_name(tmp_path):
    content = nbformat.read(REPO / "notebooks" / "workshop.ipynb", as_version=4)
    with pytest.raises(CellExecutionError, match="called by a name"):
        NotebookClient(content, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert not list(tmp_path.iterdir()), "nothing was labeled under a name that many would have"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_the_notebook_is_stored_without_outputs(path):
    for cell in nbformat.read(path, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_the_tutorial_becomes_a_page_and_prints_the_label_counts(tmp_path):
    page = tmp_path / "tutorial.html"
    script = [
        sys.executable,
        REPO / "scripts" / "run_tutorial.py",
        REPO / "notebooks" / "auto_label_units.ipynb",
        page,
    ]
    done = subprocess.run(list(map(str, script)), capture_output=True, text=True, check=True)
    assert "non_soma_good" in done.stdout
    assert done.stdout.rstrip().endswith(str(page))
    assert "Bombcell labeling" in page.read_text(encoding="utf-8") or page.stat().st_size > 500_000
