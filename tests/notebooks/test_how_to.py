"""SpikeInterface's how-to on automatic labeling runs here, cell by cell, and the tutorial goes the same way."""

import re

import nbformat
import numpy as np
import pytest

import nb_autolabel as nbl
from tests.conftest import REPO, shared

IMPORTS = ("import spikeinterface", "%matplotlib", "analyzer_path =")


@pytest.fixture(scope="module")
def cells():
    """The code cells of the how-to, in order."""
    how_to = shared("../docs/how_to_auto_label_units.rst")
    blocks = re.findall(r"\.\. code:: ipython3\n\n((?:    .*\n|\n)+)", how_to.read_text(encoding="utf-8"))
    return [re.sub(r"^    ", "", block, flags=re.MULTILINE).strip() for block in blocks]


def test_every_cell_of_the_how_to_runs_unchanged_but_for_the_imports(cells, in_fresh_python, demo_folder):
    lines = [
        "import matplotlib; matplotlib.use('Agg')",
        "import nb_autolabel as si; sc = sw = si",
        f"analyzer_path = {str(demo_folder)!r}",
    ]
    for cell in cells:
        kept = [line for line in cell.splitlines() if not line.startswith(IMPORTS)]
        code = "\n".join(kept)
        # The two classifiers of the how-to lie on the Hub; the bundled ones stand in for them.
        code = code.replace('"SpikeInterface/UnitRefine_noise_neural_classifier"', '"bundled:noise"')
        code = code.replace('"SpikeInterface/UnitRefine_sua_mua_classifier"', '"bundled:sua"')
        lines.append(code)
    lines.append("print('reached', sorting_analyzer_clean.get_num_units())")
    metrics = nbl.demo_analyzer().get_metrics_extension_data()
    noise = metrics["num_positive_peaks"].isna()
    for name, limits in nbl.bombcell_get_default_thresholds()["noise"].items():
        low, high = (limits[end] for end in ("min", "max"))
        inside = metrics[name].between(-np.inf if low is None else low, np.inf if high is None else high)
        noise |= ~inside  # a missing value fails
    assert 0 < noise.sum() < len(noise)
    assert in_fresh_python("\n".join(lines)).splitlines()[-1] == f"reached {(~noise).sum()}"


def test_the_tutorial_takes_the_steps_of_the_how_to_in_their_order(cells):
    steps = [name for cell in cells for name in re.findall(r"\b(?:si|sc|sw|sorting_analyzer)\.(\w+)\(", cell)]
    steps = ["demo_analyzer" if name == "load" else name for name in steps]
    assert len(steps) > 12
    tutorial = nbformat.read(REPO / "notebooks" / "auto_label_units.ipynb", as_version=4)
    code = "\n".join(cell.source for cell in tutorial.cells if cell.cell_type == "code")
    taken = iter(re.findall(r"\b(?:nbl|analyzer)\.(\w+)\(", code))
    missed = [step for step in steps if step not in taken]
    assert missed == []


@pytest.mark.parametrize("path", sorted((REPO / "notebooks").glob("*.ipynb")), ids=lambda p: p.name)
def test_cells_are_short_enough_to_be_read_aloud(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 15
