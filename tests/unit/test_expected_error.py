"""What may be accepted unseen: the model of being right against brute force, the cut, the questions, and the options."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.classifiers.expected_error import (
    QUESTIONS,
    Calibration,
    asked_probability,
    bundled_calibrations,
    cut,
    is_right,
    log_odds_of,
    stored,
    within,
)
from nb_autolabel.classifiers.noise_share import shifted
from nb_autolabel.errors import LabelsError, ModelError, RuleError
from nb_autolabel.session.live_unitrefine import LiveUnitRefine

RNG = np.random.default_rng


@pytest.fixture
def live(tmp_path):
    made = LiveUnitRefine(nbl.demo_analyzer(), journal=tmp_path / "labels.jsonl")
    yield made
    made.close()


def true_classes(live):
    names = {"noise": "noise", "single": "good"}
    return [names.get(str(t), "mua") for t in live.analyzer.get_sorting_property("ground_truth")]


def label_at_random(live, many, seed=0):
    """Label units that are drawn at random, by how the demo was made."""
    truth, ids = true_classes(live), live.analyzer.unit_ids.tolist()
    drawn = RNG(seed).permutation(len(ids))[:many].tolist()
    live.hand.drawn.update(drawn)
    live.override({ids[at]: truth[at] for at in drawn})
    return drawn


# ---------------------------------------------------------------------- the model of being right


@pytest.mark.parametrize("tilt", [0.0, 0.7, 1.3])
@pytest.mark.parametrize("n", [0, 1, 5, 25, 100])
def test_the_posterior_of_a_recordings_intercept_is_that_of_numerical_integration(n, tilt):
    """Fifteen points against sums over a fine grid: mean and spread."""
    rng = RNG(n)
    calibration = Calibration(0.8, 0.24, 0.4, tilt)
    log_odds = rng.normal(1.5, 1, n)
    right = rng.random(n) < 1 / (1 + np.exp(-(0.7 + 0.8 * log_odds)))
    at = np.linspace(-6, 6, 200_001)
    density = -0.5 * ((at - 0.24) / 0.4) ** 2
    for margin, hit in zip(log_odds, right, strict=True):
        line = at + (0.8 + tilt * (at - 0.24)) * margin
        density -= np.log1p(np.exp(-line * (1 if hit else -1)))
    weight = np.exp(density - density.max())
    weight /= weight.sum()
    mean = (weight * at).sum()
    spread = np.sqrt((weight * (at - mean) ** 2).sum())
    found = calibration.posterior(log_odds, right)
    assert (found.mean, found.spread) == pytest.approx((mean, spread), abs=1e-4)


def test_a_recording_with_better_labels_is_better_above_all_where_labels_are_sure():
    model, flat = Calibration(0.8, 0.2, 0.4, 1.0), Calibration(0.8, 0.2, 0.4)
    odds = np.array([0.0, 1.0, 3.0])
    np.testing.assert_array_equal(model.errors(odds, 0.2), flat.errors(odds, 0.2))
    gain = flat.errors(odds, 0.5) - model.errors(odds, 0.5)
    assert gain[0] == 0
    assert (gain[1:] > 0).all()


def test_a_surer_label_is_never_expected_to_be_wrong_more_often():
    """However far a recording lies below the usual: there the line would fall."""
    errors = Calibration(0.6, 0.2, 0.5, 2.0).errors(np.linspace(-3, 8, 50), -1.5)
    assert (np.diff(errors) <= 0).all()


def test_labels_that_are_right_lower_the_expected_error_and_wrong_ones_raise_it():
    calibration = Calibration(1.0, 0.0, 0.5)
    start = calibration.posterior(np.zeros(0), np.zeros(0, bool))
    better = calibration.posterior(np.full(20, 0.5), np.ones(20, bool))
    worse = calibration.posterior(np.full(20, 0.5), np.zeros(20, bool))
    assert worse.mean < start.mean < better.mean
    assert better.spread < start.spread == pytest.approx(0.5)


def test_labels_that_are_all_wrong_and_certain_do_not_lead_newton_astray():
    found = Calibration(1.0, 0.0, 3.0).posterior(np.full(100, 13.0), np.zeros(100, bool))
    assert -20 < found.mean < -8
    assert 0 < found.spread < 3


@pytest.mark.parametrize("case", range(12))
def test_the_posterior_is_found_where_newtons_steps_come_back_to_where_they_were(case):
    """Many sure labels of which some are wrong, and steep lines: the curve of the likelihood has flat ends."""
    rng = RNG(case)
    calibration = Calibration(0.85, 0.17, 0.21, 1.4)
    chance = np.clip(rng.beta(2, 0.4, 100) if case % 2 else rng.choice([0, 0.5, 1.0], 1000), 1e-6, 1 - 1e-6)
    log_odds, right = log_odds_of(chance), rng.random(len(chance)) < (0.8 * chance if case % 4 else 0.5)
    moved = 1 + calibration.tilt * log_odds
    at = np.linspace(-3, 3, 40_001)
    density = -0.5 * (at / calibration.spread) ** 2
    for usual, steep, hit in zip(0.17 + 0.85 * log_odds, moved, right, strict=True):
        density -= np.logaddexp(0, -(1 if hit else -1) * (usual + at * steep))
    weight = np.exp(density - density.max())
    weight /= weight.sum()
    mean = (weight * at).sum()
    spread = np.sqrt((weight * (at - mean) ** 2).sum())
    found = calibration.posterior(log_odds, right)
    assert (found.mean, found.spread) == pytest.approx((0.17 + mean, spread), abs=1e-4)


# ---------------------------------------------------------------------- the cut


@pytest.mark.parametrize("seed", range(8))
def test_the_accepted_set_is_the_largest_of_all_subsets_within_the_budget(seed):
    """Every subset of nine labels is tried."""
    errors = RNG(seed).beta(0.5, 2, 9).round(2)
    sizes = [
        bin(subset).count("1")
        for subset in range(1, 512)
        if np.mean([errors[i] for i in range(9) if subset >> i & 1]) <= 0.1
    ]
    found = within(errors, 0.1)
    assert found.sum() == max(sizes, default=0)
    assert not found.any() or errors[found].mean() <= 0.1
    assert not found.any() or found.all() or errors[found].max() <= errors[~found].min()


def test_equal_errors_at_the_budget_are_accepted_up_to_the_first_mean_above_it():
    """Means of equal numbers differ in their last digits: the third is above, the fourth is not."""
    assert within(np.full(4, 0.1), 0.1).tolist() == [True, True, False, False]
    assert within(np.array([0.1, np.nan, 0.1, 0.0]), 0.06).tolist() == [True, False, False, True]


def test_a_label_without_probability_is_never_accepted():
    assert within(np.array([np.nan, 0.0, np.nan]), 0.5).tolist() == [False, True, False]
    assert within(np.zeros(0), 0.5).tolist() == []


def test_one_standard_deviation_safe_accepts_fewer_than_none():
    odds = RNG(1).normal(2, 1, 200)
    model = Calibration(0.9, 0.1, 0.4)
    sizes = [cut(model, odds, 0.05, safe=safe).accepted.sum() for safe in (0.0, 1.0, 2.0)]
    assert sizes[0] > sizes[1] > sizes[2]


def test_the_interval_holds_the_expected_error_and_what_chance_makes_of_it():
    """Recordings drawn from the model itself: 95 % of their errors lie in the interval, and the mean is as expected."""
    rng = RNG(4)
    model = Calibration(0.9, 0.1, 0.4, 0.5)
    inside, errors, expected = [], [], []
    for _ in range(400):
        odds = rng.normal(1.5, 1.5, 150)
        moved = rng.normal(0, 0.4)
        wrong = rng.random(150) > 1 / (1 + np.exp(-(0.1 + moved + (0.9 + 0.5 * moved) * odds)))
        got = cut(model, odds, 0.1)
        share = wrong[got.accepted].mean()
        inside.append(got.low <= share <= got.high)
        errors.append(share)
        expected.append(got.expected)
        assert got.low <= got.expected <= got.high
    assert np.mean(inside) > 0.92
    assert np.mean(errors) == pytest.approx(np.mean(expected), abs=0.01)


# ---------------------------------------------------------------------- the questions


def test_each_question_has_its_own_joint_probability():
    labels = ["noise", "mua", "sua", "unsure", "neural"]
    noise, sua = np.full(5, 0.3), np.full(5, 0.6)
    of = {q: asked_probability(labels, noise, sua, q).round(4).tolist() for q in QUESTIONS}
    assert of["label"][:3] == [0.3, 0.28, 0.42]
    assert of["noise or not"][:3] == [0.3, 0.7, 0.7]
    assert of["good or not"][:3] == [0.58, 0.58, 0.42]
    assert all(np.isnan(values[3]) for values in of.values())
    assert of["label"][4] == of["noise or not"][4] == 0.7
    assert np.isnan(of["good or not"][4])


@pytest.mark.parametrize(
    ("label", "truth", "answers"),
    [
        ("sua", "good", [True, True, True]),
        ("mua", "good", [False, True, False]),
        ("mua", "noise", [True, False, False]),
        ("sua", "noise", [False, False, False]),
        ("noise", "mua", [True, False, False]),
        ("sua", "non_soma", [True, True, True]),
        ("neural", "mua", [None, True, True]),
        ("sua", "my own", [None, None, None]),
    ],
)
def test_what_a_label_is_right_about(label, truth, answers):
    assert [is_right(label, truth, q) for q in QUESTIONS] == answers


# ---------------------------------------------------------------------- live labels


def test_accepting_leaves_the_others_unsure_in_one_step_of_undo(live):
    before = live.labels["label"].tolist()
    found = live.accept(error=0.05, question="noise or not")
    labels = live.labels["label"]
    assert found.accepted
    assert not {"unsure", "unjudged"} & set(labels[list(found.accepted)])
    assert set(labels[list(found.to_review)]) <= {"unsure", "unjudged"}
    assert len(found.accepted) + len(found.to_review) == len(labels)
    assert live.labels.loc[list(found.accepted), "expected_error"].mean() == pytest.approx(found.expected)
    assert found.expected <= 0.05
    assert live.undo()
    assert live.labels["label"].tolist() == before
    assert live.redo()
    assert live.labels["label"].equals(labels)
    live.accept(None)
    assert live.labels["label"].tolist() == before
    assert live.accepted is None


def test_the_most_uncertain_units_come_first_for_review(live):
    found = live.accept(0.05, "good or not")
    errors = live.labels["expected_error"]
    judged = [unit for unit in found.to_review if np.isfinite(errors[unit])]
    assert errors[judged].tolist() == sorted(errors[judged], reverse=True)
    assert len(judged) > 10


def test_labels_by_hand_are_done_and_only_random_ones_calibrate(live):
    ids = live.analyzer.unit_ids.tolist()
    live.accept(0.1, "label")
    live.override(ids[:20], "noise")
    assert live.accepted.audit == 0
    assert not set(ids[:20]) & set(live.accepted.to_review + live.accepted.accepted)
    assert set(live.labels["label"][:20]) == {"noise"}
    label_at_random(live, 30)
    assert live.accepted.audit == 30
    refinement = live.session.refinement
    _, right = refinement.known.known(live.trace, "label", {}, 0.0)
    assert not len(right)


def test_code_gives_the_same_labels_with_every_option(live, tmp_path, capsys):
    label_at_random(live, 20)
    live.noise_share = 0.25
    live.accept(0.08, "good or not", safe=0.5)
    live.set_option("adapted", True)
    scope = {}
    exec(live.to_code(), scope)
    assert scope["labels"]["label"].tolist() == live.labels["label"].tolist()
    assert np.allclose(scope["labels"]["expected_error"], live.labels["expected_error"], equal_nan=True)


def test_the_mean_probability_of_noise_is_what_was_told_and_none_takes_it_back(live):
    before = live.labels
    live.noise_share = 0.4
    assert live.trace.table.values("noise_probability").mean() == pytest.approx(0.4)
    assert live.counts["noise"] > (before["label"] == "noise").sum()
    live.noise_share = None
    assert live.labels.equals(before)


def test_a_shift_keeps_the_order_and_leaves_units_without_a_probability_out():
    noise = np.array([0.0, 0.2, np.nan, 0.7, 1.0])
    found = shifted(noise, 0.3)
    assert np.nanmean(found) == pytest.approx(0.3)
    assert np.isnan(found[2])
    assert (np.diff(found[[0, 1, 3, 4]]) > 0).all()
    assert shifted(noise, None) is noise
    assert np.isnan(shifted(np.full(3, np.nan), 0.3)).all()


#: What was measured on a unit that rings (simulated): several peaks, steep, narrow; otherwise like a good single unit.
RINGING = {
    **{"amplitude_cutoff": 0.0585, "amplitude_cv_median": 0.1914, "amplitude_cv_range": 0.09259},
    **{"amplitude_median": -125.5, "d_prime": 8.005, "drift_mad": 1.5, "drift_ptp": 8.0, "drift_std": 2.468},
    **{"exp_decay": 0.01204, "firing_range": 2.42, "firing_rate": 2.253, "isi_violations_count": 0.0},
    **{"isi_violations_ratio": 0.0, "isolation_distance": 118.6, "l_ratio": 0.0001162, "nn_hit_rate": 0.998},
    **{"nn_miss_rate": 0.001168, "num_negative_peaks": 4.0, "num_positive_peaks": 4.0, "num_spikes": 676.0},
    **{"peak_after_to_trough_ratio": 0.7688, "peak_to_trough_duration": 0.00021, "presence_ratio": 1.0},
    **{"recovery_slope": -63330.0, "repolarization_slope": 1159000.0, "rp_contamination": 0.0},
    **{"rp_violations": 0.0, "sd_ratio": 2.039, "silhouette": 0.7859, "sliding_rp_violation": 0.34},
    **{"snr": 17.66, "spread": 90.0, "sync_spike_2": 0.01775, "sync_spike_4": 0.0, "sync_spike_8": 0.0},
    **{"trough_half_width": 0.00015, "velocity_above": np.nan, "velocity_below": np.nan},
}


def test_a_unit_that_rings_is_no_single_unit():
    """The classifier has seen nothing like it, and would call it a single unit."""
    table = pd.DataFrame([RINGING], index=["ringing"])
    assert nbl.unitrefine_label_units(table, unfamiliar="keep")["label"].tolist() == ["sua"]
    assert nbl.unitrefine_label_units(table)["label"].tolist() == ["unsure"]


def test_of_an_unfamiliar_unit_the_reason_is_said(live):
    """Unsure by the option, what the probabilities say without it."""
    unlike = live.unfamiliar_units
    assert 0 < len(unlike) < 0.2 * len(live.labels)
    held = [unit for unit in unlike if live.labels["label"][unit] != "noise"]
    assert held, "some are no noise to the classifier"
    for unit in held:
        assert live.labels["label"][unit] == "unsure"
        assert "unlike those of all neural units" in str(live.explain(unit))
    truth = dict(zip(live.analyzer.unit_ids, live.analyzer.get_sorting_property("ground_truth"), strict=True))
    assert {truth[unit] for unit in held} == {"noise"}
    live.set_option("unfamiliar", "keep")
    kept = live.labels["label"]
    assert kept[held].isin(["sua", "mua"]).all()
    assert nbl.unitrefine_label_units(live.analyzer, unfamiliar="keep")["label"].equals(kept)
    assert (nbl.unitrefine_label_units(live.analyzer)["label"][held] == "unsure").all()


# ---------------------------------------------------------------------- adapting in the loop


def test_adapting_is_offered_from_fifteen_labels_on_and_is_one_step(live):
    label_at_random(live, 14)
    assert live.adapting.offer() is None
    label_at_random(live, 40, seed=0)
    offer = live.adapting.offer()
    assert (offer.labels, offer.audit) == (40, 40)
    assert f"would change {offer.changes} " in offer.text
    rules = live.trace.rule_codes.copy()
    hand = live.trace.manual
    live.set_option("adapted", True)
    assert int((live.trace.rule_codes != rules)[~hand].sum()) == offer.changes
    assert live.adapting.offer() is None
    assert live.undo()
    assert (live.trace.rule_codes == rules).all()
    assert live.redo()
    assert live.adapting.is_adapted


def test_units_that_were_labeled_count_as_if_they_had_not_been_when_an_adapted_pair_is_judged(live):
    """The left-out probabilities differ from those with the label, towards before."""
    drawn = label_at_random(live, 30)
    live.set_option("adapted", True)
    known = live.session.refinement.known.left_out
    assert sorted(known) == sorted(drawn)
    with_label = live.trace.table.values("noise_probability")
    truth = true_classes(live)
    closer = [
        abs(with_label[at] - (truth[at] == "noise")) <= abs(known[at][0] - (truth[at] == "noise"))
        for at in drawn
    ]
    assert np.mean(closer) == 1.0


def test_few_labels_drawn_at_random_tell_no_gain(live):
    ids = live.analyzer.unit_ids.tolist()
    live.override(ids[:16], "mua")
    assert "none of the labels is of a unit drawn at random" in live.adapting.offer().text
    live.hand.drawn.update([20, 21])
    live.override(ids[20:22], "noise")
    assert "too few to tell" in live.adapting.offer().text


def test_the_paragraph_for_papers_says_what_was_left_undecided_and_by_which_options(live):
    many = len(live.trace.held)
    assert (
        f"{many} of them were left undecided (unsure), since the waveform was unlike" in live.methods_text()
    )
    live.noise_share = 0.2
    live.accept(0.05, "noise or not")
    text = live.methods_text()
    assert "shifted so that its mean probability is 0.2" in text
    assert "expected error as to 'noise or not' is at most 0.05, calibrated by 0 labels" in text
    assert "more were left undecided by the expected error" in text


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize("error", [0, 1, -0.1, 5, "much", True, float("nan"), [0.1], {}])
def test_an_error_that_is_no_share_changes_nothing(live, error):
    before, history = live.labels, live.session.history
    with pytest.raises(RuleError, match="share above 0 and below 1"):
        live.accept(error=error)
    assert live.labels.equals(before)
    assert live.session.history == history


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("accept", {"error": 0.1, "questions": "label"}), ("accept", 0.05), ("accept", {"question": "good?"}),
        ("accept", {"safe": float("inf")}), ("accept", {"question": ["label"]}),
        ("noise_share", 1.0), ("noise_share", "20 %"), ("noise_share", True), ("noise_share", float("nan")),
        ("unfamiliar", "drop"), ("unfamiliar", ["keep"]), ("adapted", "yes"), ("preset", "allen"),
    ],
)  # fmt: skip
def test_an_option_that_cannot_be_is_refused_with_what_can(live, option, value):
    before = live.method
    with pytest.raises(RuleError):
        live.set_option(option, value)
    assert live.method == before


def test_nothing_can_be_adapted_without_labels(live):
    with pytest.raises(LabelsError, match="labeled noise, mua or good by hand yet"):
        live.set_option("adapted", True)


def test_other_classifiers_have_no_expected_error():
    """What was learnt of errors is the bundled pair's."""
    with pytest.raises(ModelError, match="learnt for the bundled pair"):
        nbl.unitrefine_label_units(
            nbl.demo_analyzer(), noise_neural_classifier="bundled:noise", accept={"error": 0.05}
        )
    alone = LiveUnitRefine(nbl.demo_analyzer(), "bundled:noise", journal=None)
    with pytest.raises(ModelError, match="learnt for the bundled pair"):
        alone.accept(0.05, "noise or not")
    assert not alone.trace.held
    second = LiveUnitRefine(nbl.demo_analyzer(), None, "bundled:sua", journal=None)
    with pytest.raises(ModelError, match="there is none here"):
        second.noise_share = 0.2


# ---------------------------------------------------------------------- what is stored


def test_the_stored_models_are_sane_and_say_where_they_come_from():
    known = stored()
    assert known["made_by"] == "scripts/expected_error.py"
    assert known["data"] == "2945 units, 7 recordings, 3 mice"
    assert set(bundled_calibrations()) == set(QUESTIONS)
    for model in bundled_calibrations().values():
        assert 0.4 < model.slope < 1.5
        assert 0.2 < model.spread < 1.2
        assert 0.0 <= model.tilt <= 2.0
    assert {(row["question"], row["own"]) for row in known["table"]} == {
        (q, own) for q in QUESTIONS for own in (0, 25, 50, 100)
    }
    file = Path(nbl.__file__).parent / "classifiers" / "bundled" / "expected_error.json"
    assert json.loads(file.read_text(encoding="utf-8")) == known
    assert known["unfamiliar"]["share"]["all"] < 0.05
    errors = known["unfamiliar"]["error"]["noise or not"]
    assert errors["unfamiliar"] > 2 * errors["others"]


def test_the_logit_of_certain_probabilities_is_finite():
    assert np.isfinite(log_odds_of(np.array([0.0, 1.0]))).all()
    assert np.isnan(log_odds_of(np.array([np.nan]))).all()
