"""One cell or two: the rules give the right answer where it is known, and say what is lacking elsewhere."""

from dataclasses import replace

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.evidence.spike_train import SpikeTrain
from nb_autolabel.pairs.cross_correlogram import InWindow, correlogram
from nb_autolabel.pairs.pair import pair_of
from nb_autolabel.pairs.take_over import TakeOver
from nb_autolabel.pairs.verdict import Evidence, bounds, dip_of, judge, moment, silence
from tests.simulated_pairs import CASES, make_pairs_folder


@pytest.fixture(scope="module", params=range(3))
def simulated(request, tmp_path_factory):
    return nbl.load(make_pairs_folder(tmp_path_factory.mktemp("pairs") / "ks", request.param))


@pytest.mark.parametrize(
    ("case", "kind", "says"),
    [
        ("split by drift", "one cell", "amplitudes take over at 5 min"),
        ("split by amplitude", "one cell", "dip in the cross-correlogram"),
        ("two cells", "two cells", "no dip in the cross-correlogram"),
        ("counted twice", "counted twice", "of the spikes of unit 7 coincide"),
        ("few spikes", "cannot be told", "unit 8 has 12 spikes"),
        ("far apart", "two cells", "µm apart"),
        ("other shape", "two cells", "alike"),
        ("took over smaller", "cannot be told", "with another amplitude"),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_simulated_units_are_told_for_what_they_are(simulated, case, kind, says, swapped):
    one, other = CASES[case][::-1] if swapped else CASES[case]
    found = pair_of(simulated, one, other)
    assert found.verdict.kind == kind, str(found)
    assert says in str(found)


def test_units_of_a_cell_are_not_held_for_two_in_many_simulations(tmp_path):
    """Of fifteen cells split by amplitude none comes out as two; of fifteen pairs of cells none as one."""
    for seed in range(100, 115):
        analyzer = nbl.load(make_pairs_folder(tmp_path / str(seed), seed))
        assert pair_of(analyzer, *CASES["split by amplitude"]).verdict.kind == "one cell"
        assert pair_of(analyzer, *CASES["two cells"]).verdict.kind == "two cells"


def window(count, chance):
    return InWindow(count // 2, count - count // 2, chance)


#: Two units with alike templates whose spikes avoid one another.
SPLIT = Evidence(
    names=("3", "5"),
    spikes=(2000, 1500),
    same=window(3, 20.0),
    refractory=window(0, 40.0),
    own=(window(0, 50.0), window(0, 30.0)),
    over=TakeOver(100.0, 0.1, 0),
    similarity=0.95,
    distance=12.0,
    sizes=(80.0, 60.0),
)


@pytest.mark.parametrize(
    ("changes", "kind", "says"),
    [
        ({}, "one cell", "templates 0.95 alike, dip in the cross-correlogram (0 pairs"),
        ({"similarity": 0.7}, "two cells", "templates 0.70 alike"),
        ({"similarity": None}, "cannot be told", "no templates to compare, dip in the cross-correlogram"),
        ({"distance": 400.0}, "two cells", "400 µm apart"),
        ({"distance": None}, "one cell", "dip"),
        ({"refractory": window(38, 40.0)}, "two cells", "no dip"),
        ({"refractory": window(38, 40.0), "similarity": None}, "two cells", "no dip"),
        ({"refractory": window(20, 40.0)}, "cannot be told", "neither be seen nor excluded"),
        ({"refractory": InWindow(0, 14, 40.0)}, "cannot be told", "neither be seen nor excluded"),
        ({"refractory": window(0, 4.0)}, "cannot be told", "too few spikes to see a dip"),
        ({"refractory": window(1, 0.2)}, "cannot be told", "1 pair of spikes"),
        ({"refractory": window(40, 40.0), "own": (window(50, 50.0), window(28, 30.0))}, "cannot be told", "of its own"),
        ({"refractory": window(40, 40.0), "own": (window(50, 50.0), window(0, 30.0))}, "two cells", "no dip"),
        ({"sizes": (122.0, 29.5)}, "cannot be told", "very different size (122 and 29.5)"),
        ({"sizes": None}, "one cell", "dip"),
        ({"sizes": (122.0, 29.5), "over": TakeOver(2460.0, 0.97, 0, (80.0, 82.0))}, "one cell", "take over at 41 min"),
        ({"same": window(600, 20.0)}, "counted twice", "40 % of the spikes of unit 5"),
        ({"same": window(600, 20.0), "distance": 900.0}, "cannot be told", "an artefact on the whole probe"),
        ({"same": window(600, 20.0), "part": 0.5}, "counted twice", "80 % of the spikes"),
        ({"same": window(100, 20.0)}, "one cell", "dip"),
        ({"same": window(400, 390.0)}, "one cell", "dip"),
        ({"spikes": (2000, 49)}, "cannot be told", "unit 5 has 49 spikes"),
        ({"spikes": (0, 0), "over": None}, "cannot be told", "has 0 spikes"),
        ({"spikes": (1, 70)}, "cannot be told", "unit 3 has 1 spike"),
    ],
)  # fmt: skip
def test_each_rule_decides_what_it_is_for(changes, kind, says):
    verdict = judge(replace(SPLIT, **changes))
    assert (verdict.kind, says in str(verdict)) == (kind, True), str(verdict)


@pytest.mark.parametrize(
    ("over", "similarity", "kind", "says"),
    [
        (TakeOver(2460.0, 0.99, 0, (80.0, 82.0)), 0.95, "one cell", "amplitudes take over at 41 min"),
        (TakeOver(2460.0, 0.99, 1, (-80.0, -70.0)), 0.95, "one cell", "amplitudes take over at 41 min"),
        (TakeOver(2460.0, 0.99, 0, (80.0, 40.0)), 0.95, "cannot be told", "with another amplitude (80 and 40)"),
        (TakeOver(2460.0, 0.99, 0, (80.0, -80.0)), 0.95, "cannot be told", "with another amplitude"),
        (TakeOver(2460.0, 0.99, 0, None), 0.95, "cannot be told", "amplitudes are not known"),
        (TakeOver(2460.0, 0.99, 0, (80.0, 82.0)), 0.85, "cannot be told", "take over"),
        (TakeOver(2460.0, 0.5, 0, (80.0, 82.0)), 0.95, "cannot be told", "too few spikes to see a dip"),
    ],
)  # fmt: skip
def test_where_units_are_hardly_ever_both_there_amplitudes_and_templates_decide(over, similarity, kind, says):
    seen = replace(SPLIT, refractory=window(0, 0.3), over=over, similarity=similarity)
    verdict = judge(seen)
    assert (verdict.kind, says in str(verdict)) == (kind, True), str(verdict)


def test_limits_of_a_poisson_mean_are_the_exact_ones():
    """Garwood 1936: 3.0 for none, 0.355 to 6.30 for two with 95 % on each side."""
    assert bounds(0) == pytest.approx((0.0, 2.996), abs=1e-3)
    assert bounds(2) == pytest.approx((0.355, 6.296), abs=1e-3)


def test_a_dip_is_on_both_sides_of_zero():
    """Inhibition from one cell to the other leaves one side as it is."""
    assert dip_of(InWindow(4, 4, 60.0)) == "dip"
    assert dip_of(InWindow(0, 22, 60.0)) == "partial"


@pytest.mark.parametrize(
    ("beyond", "kind"),
    [
        (InWindow(16, 14, 30.0), "two cells"),
        (InWindow(2, 28, 30.0), "one cell"),  # a burst: the large spike first
        (InWindow(1, 2, 30.0), "one cell"),
        (InWindow(3, 2, 4.0), "one cell"),  # too few to say
    ],
)
def test_a_dip_shorter_than_the_units_own_silence_is_the_sorters(beyond, kind):
    """Overlapping spikes are missed whatever the cells are; parts of a cell are silent as long as each of them is."""
    verdict = judge(replace(SPLIT, silent_ms=3.5, beyond=beyond))
    assert verdict.kind == kind
    assert ("for which each is silent" in str(verdict)) == (kind == "two cells")


def test_silence_is_measured_in_the_units_own_spikes():
    random = np.random.default_rng(0)

    def auto(refractory_ms, rate=20.0, seconds=600):
        gaps = refractory_ms * 1e-3 + random.exponential(1 / rate, int(2 * rate * seconds))
        times = np.cumsum(gaps)
        samples = (times[times < seconds] * 30000).astype(np.int64)
        return correlogram(*[SpikeTrain((samples,), None, np.array([seconds * 30000]), 30000.0)] * 2)

    assert silence([auto(4.0), auto(5.0)]) == pytest.approx(4.0, abs=0.5)
    assert silence([auto(4.0), auto(1.5)]) <= 2.0
    assert silence([auto(4.0), auto(0.0)]) == 0.0
    assert silence([auto(4.0, rate=0.2), auto(4.0)]) == 0.0  # too few spikes to be sure


def test_times_are_said_as_people_say_them():
    assert [moment(s) for s in (5, 179, 180, 2460)] == ["5 s", "179 s", "3 min", "41 min"]


def test_every_pair_of_real_units_gets_a_verdict_in_words():
    demo = nbl.demo_analyzer()
    said = [pair_of(demo, unit, unit + 1) for unit in range(0, 140, 7)]
    assert all(str(pair.verdict).startswith(("probably", "cannot be told: ")) for pair in said)
    assert not any("nan" in str(pair).lower() for pair in said)
    assert np.isfinite([pair.similarity for pair in said]).all()
