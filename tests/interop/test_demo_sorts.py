"""Which noise unit of the bundled recording was made as what follows from the seed it was made from."""

from __future__ import annotations

import importlib.util
import sys

import pytest

import nb_autolabel as nbl
from tests.conftest import REPO

from ..unit.test_demo import RINGING

pytest.importorskip("spikeinterface")
pytest.importorskip("probeinterface")
pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

#: The seed of the bundled recording; the first lines of the script say so.
SEED = 3


@pytest.fixture(scope="module")
def script():
    folder = REPO / "scripts"
    spec = importlib.util.spec_from_file_location("make_demo_analyzer", folder / "make_demo_analyzer.py")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(folder))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
    return module


def test_the_ringing_units_of_the_other_tests_are_those_that_were_made_so(script):
    demo = nbl.demo_analyzer()
    spikes = demo.spikes
    trains = {
        str(unit): spikes["sample_index"][spikes["unit_index"] == at] for at, unit in enumerate(demo.unit_ids)
    }
    found = script.sorts_of(SEED, trains)
    truth = dict(zip(map(str, demo.unit_ids), demo.get_sorting_property("ground_truth"), strict=True))
    noise = {unit: sort for unit, (kind, sort) in found.items() if kind == "noise"}
    assert all(truth[unit] == "noise" for unit in noise)
    known = {sort: many for sort, many in script.UNITS["noise"].items() if sort not in ("few", "crossing")}
    assert {sort: list(noise.values()).count(sort) for sort in known} == known
    assert {unit for unit, sort in noise.items() if sort == "ringing"} == set(RINGING)
