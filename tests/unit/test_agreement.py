"""Intervals of kappa hold what they promise in small classes, and disagreements stand in an honest order."""

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.comparison.agreement import FEWEST, cohen_kappa
from tests.widgets.javascript import run

nan = np.nan


def populations():
    """Joint shares of two raters' labels: other margins and kappas, and raters who differ one way."""
    for margins in ([0.4, 0.3, 0.3], [0.8, 0.15, 0.05], [0.5, 0.5], [0.8, 0.2], [0.25] * 4):
        for kappa in (0.0, 0.5, 0.7, 0.9):
            m = np.array(margins)
            yield kappa * np.diag(m) + (1 - kappa) * np.outer(m, m), kappa
    one_way = np.array([[0.3, 0.25, 0.0], [0.0, 0.2, 0.1], [0.0, 0.0, 0.15]])
    rows, columns = one_way.sum(axis=1), one_way.sum(axis=0)
    yield one_way, (np.trace(one_way) - rows @ columns) / (1 - rows @ columns)


@pytest.mark.parametrize("n", [15, 30])
def test_the_interval_holds_the_truth_in_nine_of_ten_small_samples_at_the_least(n):
    rng = np.random.default_rng(n)
    for joint, truth in populations():
        found = [cohen_kappa(t.reshape(joint.shape)) for t in rng.multinomial(n, joint.ravel(), size=400)]
        told = [k for k in found if not np.isnan(k.low)]
        assert np.mean([k.low - 1e-9 <= truth <= k.high + 1e-9 for k in told]) >= 0.90, (joint, n)


def test_where_all_agree_the_interval_is_not_a_point():
    found = cohen_kappa(np.diag([8, 7]))
    assert (found.value, found.high) == (1.0, 1.0)
    assert 0.4 < found.low < 0.8
    assert cohen_kappa(np.diag([80, 70])).low > 0.94


def test_too_few_units_have_a_value_and_no_interval_and_it_is_said():
    found = cohen_kappa([[3, 1], [1, FEWEST - 6]])
    assert not np.isnan(found.value)
    assert np.isnan([found.low, found.high]).all()
    assert found.text == f"kappa {found.value:.2f} ({FEWEST - 1} units are too few for an interval)"
    assert "95 %" in cohen_kappa([[3, 1], [1, FEWEST - 5]]).text
    assert cohen_kappa([[20, 0], [0, 0]]).text == "no kappa: all units have one label"
    pair = nbl.compare(dict.fromkeys("abc", "good"), {"a": "good", "b": "mua", "c": "noise"})
    assert "too few units" in repr(pair)


def test_the_browser_has_the_same_kappa_and_the_same_interval():
    rng = np.random.default_rng(0)
    tables = [rng.integers(0, rng.choice([2, 5, 30]), (k, k)).tolist() for k in (2, 3, 4) for _ in range(60)]
    tables += [[[5, 0], [0, 0]], [[0, 0], [0, 0]], [[15]], [[8, 0], [0, 7]]]
    body = """(tables) => tables.map(code.kappaOf).map((k) =>
      [k.value, k.low, k.high, k.agreement, k.units, code.kappaInWords(k)])"""
    browser = run("core/agreement", body, tables)
    for table, (*numbers, words) in zip(tables, browser, strict=True):
        ours = cohen_kappa(table)
        np.testing.assert_allclose(np.array(numbers, dtype=float), np.array(ours, dtype=float), atol=1e-12)
        assert ("95 %" in words) == (not np.isnan(ours.low))


# ---------------------------------------------------------------------- order of disagreements


@pytest.fixture
def demo():
    return nbl.demo_analyzer()


def test_thresholds_have_no_confidence_and_then_units_stand_in_their_order(demo):
    found = nbl.compare("default", "spikeinterface-0.105", analyzer=demo)
    assert found.confidence.isna().all(axis=None)
    units = [unit for unit in found.labels.index if unit in found.disagreements.index]
    assert found.disagreements.index.tolist() == units
    assert found.disagreements["confidence"].isna().all()
    assert found.disagreements_order == "in the order of the units, as no source gives probabilities"


def test_disagreements_are_ordered_by_the_joint_probability_of_the_classifier_alone(demo):
    unitrefine, bombcell = nbl.unitrefine_label_units(demo), nbl.bombcell_label_units(demo)
    trace = nbl.BombcellLabeler(demo, journal=None)
    found = nbl.compare(bombcell=trace, unitrefine=unitrefine)
    trace.close()
    assert found.confidence["bombcell"].isna().all()
    same = unitrefine["label"].replace({"sua": "good"}) == bombcell["label"]
    expected = unitrefine.loc[~same, "probability"].sort_values(ascending=False, kind="stable")
    assert found.disagreements.index.tolist() == expected.index.tolist()
    np.testing.assert_allclose(found.disagreements["confidence"], expected)
    assert "most confident first (by the probability that unitrefine gives" in found.disagreements_order


def test_of_two_classifiers_the_surest_counts_and_unknown_ones_come_last():
    one = pd.DataFrame({"label": ["good", "good", "mua", "noise"], "probability": [0.6, nan, 0.9, nan]})
    two = pd.DataFrame({"label": ["mua", "mua", "good", "good"], "probability": [0.7, 0.8, 0.5, nan]})
    found = nbl.compare(one, two)
    assert found.disagreements.index.tolist() == [2, 1, 0, 3]
    np.testing.assert_allclose(found.disagreements["confidence"], [0.9, 0.8, 0.7, nan])


def test_the_workbench_compares_with_the_probabilities_of_the_rules(demo):
    bench = nbl.Workbench(demo, journal=None)
    found = bench.comparison()
    assert found.confidence[["thresholds", "bombcell"]].isna().all(axis=None)
    np.testing.assert_allclose(
        found.confidence["unitrefine"], nbl.unitrefine_label_units(demo)["probability"]
    )
    bench.close()
