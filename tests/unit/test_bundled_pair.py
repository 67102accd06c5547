"""The bundled pair, and what its card says: held-out scores, constraints, what missing metrics cost."""

import json

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.classifiers.adaptation import bundled_pair, bundled_training_data, fit_pair
from nb_autolabel.classifiers.boosting import (
    GROUPS,
    HIDDEN_SHARE,
    NOISE_SIGNS,
    SUA_SIGNS,
    Growth,
    grow_trees,
    masked_copies,
)
from nb_autolabel.classifiers.store import bundled, model_card

from ..conftest import REPO


@pytest.fixture(scope="module")
def held_out():
    """Return joint probabilities of noise, mua, good from pairs that have not seen the unit's mouse; the votes."""
    data = bundled_training_data()
    mice = np.array([name[:6] for name in data.recordings.tolist()])
    joint = np.zeros((len(mice), 3))
    for mouse in np.unique(mice):
        out = mice == mouse
        noise, sua = (trees.probability(data.rows[out]) for trees in fit_pair(data.part(~out)))
        joint[out] = np.column_stack([noise, (1 - noise) * (1 - sua), (1 - noise) * sua])
    return joint, data.truth


def test_the_probability_of_a_label_is_how_often_it_is_right_on_mice_it_has_not_seen(held_out):
    joint, truth = held_out
    said, sure = joint.argmax(axis=1), joint.max(axis=1)
    right = said == truth
    error = 0.0
    for low in np.arange(0, 1, 0.1):
        here = (sure >= low) & (sure < low + 0.1 + (low > 0.85))
        if here.any():
            error += here.mean() * abs(sure[here].mean() - right[here].mean())
    assert error <= 0.03
    assert right.mean() >= 0.775


def test_the_most_confident_tenth_is_right_more_often_than_the_rest(held_out):
    joint, truth = held_out
    right = (joint.argmax(axis=1) == truth)[np.argsort(-joint.max(axis=1), kind="stable")]
    tenth = len(right) // 10
    assert right[:tenth].mean() > right[tenth:].mean() + 0.05


@pytest.mark.parametrize(("step", "signs"), [(0, NOISE_SIGNS), (1, SUA_SIGNS)])
def test_no_metric_whose_sign_is_beyond_doubt_ever_speaks_the_other_way(step, signs):
    data, trees = bundled_training_data(), bundled_pair()[step]
    rows = data.rows[::40]
    for name, (sign, _) in signs.items():
        at = data.features.index(name)
        values = np.unique(data.rows[:, at][np.isfinite(data.rows[:, at])])
        margins = []
        for value in values[:: max(1, len(values) // 40)]:
            changed = rows.copy()
            changed[:, at] = value
            margins.append(trees.margin(changed))
        assert (sign * np.diff(margins, axis=0) >= -1e-9).all(), name


def test_constraints_are_followed_where_the_data_say_otherwise():
    random = np.random.default_rng(0)
    snr = random.random(600)
    target = random.random(600) < snr
    trees = grow_trees(snr[:, None], target, ["snr"], Growth(iterations=30), NOISE_SIGNS)
    assert np.ptp(trees.probability(np.linspace(0, 1, 20)[:, None])) < 0.2
    free = grow_trees(snr[:, None], target, ["snr"], Growth(iterations=30))
    assert np.ptp(free.probability(np.linspace(0, 1, 20)[:, None])) > 0.5


def test_copies_hide_a_group_and_a_part_of_the_single_values():
    features = [*GROUPS["refractory"], *GROUPS["rate"], "snr", "half"]
    rows = np.ones((400, len(features)))
    copies = masked_copies(rows, features).reshape(-1, *rows.shape)
    np.testing.assert_array_equal(copies[0], rows)
    gone = np.isnan(copies).all(axis=1)
    groups = [set(GROUPS["refractory"]), set(GROUPS["rate"])]
    for group in groups:
        assert any({f for f, g in zip(features, c, strict=True) if g} == group for c in gone)
    for copy, hidden in zip(copies[1:], gone[1:], strict=True):
        assert np.isnan(copy[:, ~hidden]).mean() == pytest.approx(HIDDEN_SHARE, abs=0.02)
    np.testing.assert_array_equal(masked_copies(rows, features), masked_copies(rows, features))


def test_a_metric_that_no_unit_has_does_not_stop_the_training():
    random = np.random.default_rng(1)
    rows = np.column_stack([random.random(200), np.full(200, np.nan)])
    trees = grow_trees(rows, rows[:, 0] > 0.5, ["snr", "drift_ptp"], Growth(iterations=80))
    told = trees.probability(np.array([[0.1, np.nan], [0.9, np.nan], [0.9, 3.0]]))
    assert told[0] < 0.3 < 0.7 < told[1] == told[2]


# ------------------------------------------------------------- missing metrics


def units(hidden=()):
    data = bundled_training_data()
    table = pd.DataFrame(data.rows, columns=list(data.features))
    return table.drop(columns=list(hidden)).head(300)


def missing_text(hidden, classifier=None):
    found = nbl.check_inputs(units(hidden), classifier or bundled("noise"))
    (finding,) = [f for f in found.findings if f.kind == "missing"]
    assert not finding.corrected
    assert "trained to do without" not in found.text
    return finding.text


def test_what_a_missing_metric_was_measured_to_cost_is_said():
    singles = bundled("noise").info["singles"]
    assert set(singles) == set(bundled("noise").features)
    cost = singles["isi_violations_ratio"]["accuracy"]
    assert cost <= -0.005
    text = missing_text(["isi_violations_ratio"])
    assert (
        f"isi_violations_ratio alone {cost:+.3f} and {singles['isi_violations_ratio']['log_loss']:+.3f}"
        in text
    )
    cost = singles["presence_ratio"]
    assert f"presence_ratio alone {cost['accuracy']:+.3f} and {cost['log_loss']:+.3f}" in missing_text(
        ["presence_ratio"]
    )
    assert "left-out mice" in text


@pytest.mark.parametrize("group", ["refractory", "rate"])
def test_the_groups_that_cost_most_are_named_with_their_cost(group):
    cost = bundled("noise").info["groups"][group]["accuracy"]
    text = missing_text(GROUPS[group])
    assert f"all of '{group}' {cost:+.3f}" in text
    assert "alone" not in text, "its members say nothing more"


def test_a_group_within_another_missing_group_is_not_counted_twice():
    text = missing_text(GROUPS["template metrics"])
    assert "'template metrics'" in text
    assert "spread over channels" not in text


def test_several_missing_things_are_not_said_to_add_up():
    text = missing_text([*GROUPS["rate"], "isi_violations_ratio", "sync_spike_8"])
    assert "all of 'rate'" in text
    assert "isi_violations_ratio alone" in text
    assert "Together they may cost more." in text


def test_a_cost_that_was_not_measured_is_not_given():
    data = bundled_training_data()
    labels = np.array(["noise", "mua", "good"])[data.truth]
    every = slice(None, None, 10)
    table = pd.DataFrame(data.rows, columns=list(data.features))[["snr", "firing_rate", "num_spikes"]][every]
    trained = nbl.train_unit_classifier(table, list(labels[every]), growth=Growth(iterations=10))
    text = missing_text(["snr"], trained.classifier)
    assert "goes on without them; what that costs was not measured" in text


def test_costs_measured_for_the_bundled_pair_are_not_those_of_another_base():
    base = bundled_training_data()
    some = base.part(np.arange(len(base.truth)) % 8 == 0)
    labels = {0: "good", 1: "noise", 2: "mua"}
    own = nbl.adapt(units(), labels, base=some, settings=(Growth(iterations=10),))
    assert "groups" not in own.noise.info
    assert "was not measured" in missing_text(["snr"], own.noise)
    assert nbl.adapt(units(), labels).noise.info["singles"] == bundled("noise").info["singles"]


# ------------------------------------------------------------------------ card


def test_the_card_says_the_numbers_that_were_measured():
    found, card = json.loads((REPO / "benchmarks" / "held_out.json").read_text()), model_card()
    for method, where in found["scores"].items():
        low, high = found["intervals"][method]["accuracy"]
        assert f"| {method} | {where['all']['accuracy']:.3f} ({low:.3f} to {high:.3f}) |" in card
        for place, scores in where.items():
            if place != "all":
                shown = f"| {scores['accuracy']:.3f} | {scores['balanced_accuracy']:.3f} |"
                assert f"| {method} | {place} {shown}" in card
    for which in ("noise", "sua"):
        info = bundled(which).info
        assert (info["groups"], info["singles"]) == (found["missing"]["groups"], found["missing"]["singles"])
    for name, cost in found["missing"]["singles"].items():
        assert (f"| {name} alone |" in card) == (cost["accuracy"] <= -0.005 or cost["log_loss"] >= 0.005)
    for name in [*NOISE_SIGNS, *SUA_SIGNS, "recompute.py", "SpikeInterface 0.102", "Anoushka Jain"]:
        assert name in card


def test_nothing_is_concluded_from_how_often_curators_agree():
    assert "no classifier can" not in model_card()
    assert "80 %" not in model_card()


def test_the_licence_of_the_training_units_is_beside_them():
    line = "Copyright (c) 2025 Anoushka Jain (UnitRefine)"
    licence = (REPO / "nb_autolabel" / "classifiers" / "bundled" / "LICENSE").read_text()
    assert line in licence
    assert "Permission is hereby granted" in licence
    assert line in (REPO / "NOTICE").read_text()
