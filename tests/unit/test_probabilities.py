"""The probability beside a label is that of this label, whoever or whatever limit gave it."""

import itertools

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.classifiers.cascade_rules import unitrefine_rules
from nb_autolabel.classifiers.label_probability import conditional_probability, label_probability
from nb_autolabel.rules.methods import threshold_rules
from tests.widgets.javascript import run

nan = np.nan
BOTH = ("noise_probability", "sua_probability")


def traced(noise, sua, by_hand=None, columns=BOTH, thresholds=None):
    """The trace of given probabilities, as the functions and the labeler make it."""
    frame = pd.DataFrame({"noise_probability": noise, "sua_probability": sua})[list(columns)]
    rules = unitrefine_rules(thresholds, columns, gaps=bool(frame.isna().any(axis=None)))
    return rules.apply(frame, by_hand=by_hand)


def by_brute_force(label, p, q):
    """Probability of a class in a tree of two questions."""
    return {
        "noise": p,
        "neural": 1 - p,
        "sua": (1 - p) * q,
        "good": (1 - p) * q,
        "mua": (1 - p) * (1 - q),
    }.get(label, nan)


def grid():
    values = [0.0, 0.02, 0.3, 0.45, 0.5, 0.51, 0.97, 1.0]
    return zip(*itertools.product(values, values), strict=True)


def test_a_unit_that_may_well_be_noise_is_no_sure_multi_unit():
    trace = traced([0.45], [0.03])
    assert trace.labels.tolist() == ["mua"]
    assert label_probability(trace)[0] == pytest.approx(0.55 * 0.97)
    assert conditional_probability(trace)[0] == pytest.approx(0.97)


def test_every_label_has_its_joint_probability_and_the_three_sum_to_one():
    noise, sua = grid()
    trace = traced(noise, sua)
    expected = [by_brute_force(*row) for row in zip(trace.labels, noise, sua, strict=True)]
    np.testing.assert_allclose(label_probability(trace), expected)
    every = [
        label_probability(traced(noise, sua, dict.fromkeys(range(len(noise)), label)))
        for label in ("noise", "mua", "sua")
    ]
    np.testing.assert_allclose(np.sum(every, axis=0), 1.0)


def test_moved_limits_change_labels_and_with_them_the_probability_that_is_shown():
    noise, sua = grid()
    moved = {
        "noise": {"noise_probability": {"max": 0.1}},
        "sua": {"sua_probability": {"min": 0.9}},
    }
    trace = traced(noise, sua, thresholds=moved)
    expected = [by_brute_force(*row) for row in zip(trace.labels, noise, sua, strict=True)]
    np.testing.assert_allclose(label_probability(trace), expected)
    assert label_probability(trace)[trace.labels == "noise"].min() == pytest.approx(0.3), "not turned round"


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("noise", 0.2),
        ("neural", 0.8),
        ("sua", 0.8 * 0.7),
        ("good", 0.8 * 0.7),
        ("mua", 0.8 * 0.3),
        ("MUA", 0.8 * 0.3),
        ("non_soma", nan),
        ("artifact", nan),
        ("unsure", nan),
    ],
)
def test_a_label_by_hand_has_the_probability_of_that_class_if_it_is_one(label, expected):
    trace = traced([0.2, 0.2], [0.7, 0.7], {0: label})
    np.testing.assert_allclose(label_probability(trace), [expected, 0.8 * 0.7])


def test_with_one_classifier_its_own_probability_is_that_of_the_label():
    noise, sua = grid()
    alone = traced(noise, sua, columns=BOTH[:1])
    assert set(alone.labels) == {"noise", "neural"}
    np.testing.assert_allclose(
        label_probability(alone), np.where(np.array(noise) > 0.5, noise, 1 - np.array(noise))
    )
    alone = traced(noise, sua, columns=BOTH[1:])
    np.testing.assert_allclose(
        label_probability(alone), np.where(np.array(sua) >= 0.5, sua, 1 - np.array(sua))
    )
    assert np.isnan(label_probability(traced([0.2], [0.7], {0: "noise"}, BOTH[1:]))[0])
    assert np.isnan(label_probability(traced([0.2], [0.7], {0: "mua"}, BOTH[:1]))[0])


def test_a_band_of_doubt_and_other_methods_have_no_probability():
    band = {"noise": {"noise_probability": {"max": 0.5}}, "unsure": {"noise_probability": {"max": 0.3}}}
    trace = traced([0.4, 0.1], [0.7, 0.7], thresholds=band)
    assert trace.labels.tolist() == ["unsure", "sua"]
    np.testing.assert_allclose(label_probability(trace), [nan, 0.63])
    simple = threshold_rules({"noise_probability": {"max": 0.5}}, "good", "noise")
    frame = pd.DataFrame({"noise_probability": [0.1, 0.9]})
    assert np.isnan(label_probability(simple.apply(frame))).all(), "a filter on such a column is a filter"


def test_labeler_function_export_and_code_say_the_same_of_labels_by_hand(tmp_path):
    demo = nbl.demo_analyzer()
    labeler = nbl.UnitRefineLabeler(demo, journal=None)
    chances = nbl.unitrefine_probabilities(demo)
    first, second = demo.unit_ids[:2].tolist()
    labeler.override({first: "noise", second: "non_soma"})
    table = labeler.labels
    assert table.columns.tolist() == ["label", "probability"]
    assert table.loc[first, "probability"] == pytest.approx(chances.loc[first, "noise_probability"])
    assert np.isnan(table.loc[second, "probability"])
    expected = [
        by_brute_force(row.label, chances.noise_probability[unit], chances.sua_probability[unit])
        for unit, row in table.iterrows()
    ]
    np.testing.assert_allclose(table["probability"], expected)
    said: dict = {}
    exec(labeler.to_code(), said)
    pd.testing.assert_frame_equal(said["labels"], table)
    labeler.export(tmp_path / "labels.csv")
    back = nbl.import_labels(tmp_path / "labels.csv")
    np.testing.assert_allclose(back["probability"].astype(float), table["probability"])
    bench = nbl.compare(unitrefine=labeler, truth=dict.fromkeys(demo.unit_ids.tolist(), "good"))
    np.testing.assert_allclose(bench.confidence["unitrefine"], table["probability"])
    labeler.close()


def test_the_browser_shows_the_same_probability():
    rng = np.random.default_rng(0)
    labels = ["noise", "mua", "sua", "good", "neural", "unsure", "unjudged", "non_soma", "artifact"]
    cases, expected = [], []
    for columns in (BOTH, BOTH[:1], BOTH[1:]):
        noise, sua = rng.random((2, 90))
        noise[3], sua[5] = nan, nan
        given = rng.choice(labels, 90)
        trace = traced(noise, sua, dict(enumerate(given.tolist())), columns)
        expected.append(label_probability(trace))
        rows = [[None if np.isnan(v) else v for v in row] for row in trace.values]
        cases.append({"rules": trace.rule_set.to_dict(), "values": rows, "labels": given.tolist()})
    body = """(cases) => cases.map(({ rules, values, labels }) => labels.map((label, i) =>
      code.chanceOf(rules, values.map((row) => row.map((v) => v ?? NaN)), label, i)))"""
    browser = run("core/agreement", body, cases)
    for ours, theirs in zip(expected, browser, strict=True):
        np.testing.assert_allclose(np.array(theirs, dtype=float), ours)
