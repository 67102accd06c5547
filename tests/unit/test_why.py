"""Explanations, sensitivity and missing values are read off the trace, and what they promise happens."""

import re

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import RuleError, UnknownUnitError
from nb_autolabel.export.methods import methods_text
from nb_autolabel.rules.explanation import explain, smallest_changes
from nb_autolabel.rules.methods import bombcell_rules, threshold_rules
from nb_autolabel.rules.missing import effect_of_missing, missing_table
from nb_autolabel.rules.robustness import robustness
from nb_autolabel.rules.rule import RuleSet
from nb_autolabel.rules.sensitivity import Sensitivity
from tests.widgets.javascript import run


@pytest.fixture(scope="module")
def trace():
    return bombcell_rules(split_non_somatic_good_mua=True).apply(nbl.demo_analyzer(), missing="inactive")


def test_every_smallest_change_gives_the_label_it_promises(trace):
    promised = 0
    for unit in trace.table.unit_ids:
        for change in explain(trace, unit).changes:
            after = change.apply(trace.rule_set).apply(trace.table, missing="inactive")
            assert not change.steps or after.labels[unit] == change.label
            moved = int((after.codes != trace.codes).sum())
            assert not change.steps or moved == change.others + 1
            promised += bool(change.steps)
    assert promised > 400


def test_no_single_limit_does_what_is_said_to_need_two(trace):
    unit = next(u for u in trace.table.unit_ids if explain(trace, u).changes[-1].steps[1:])
    change = explain(trace, unit).changes[-1]
    rng = np.random.default_rng(0)
    for k, criterion in enumerate(trace.rule_set.criteria):
        for bound in ("min", "max"):
            for limit in rng.choice(trace.values[k], 12):
                if getattr(criterion, bound) is not None and np.isfinite(limit):
                    moved = trace.rule_set.with_criterion(criterion.key, **{bound: float(limit)})
                    assert moved.apply(trace.table, missing="inactive").labels[unit] != change.label


def test_an_explanation_names_what_failed_what_is_missing_and_what_is_off():
    frame = pd.DataFrame({"snr": [3.0], "rp_contamination": [np.nan], "firing_rate": [1.0]}, index=["a"])
    rules = threshold_rules({"snr": {"min": 5}, "rp_contamination": {"max": 0.5}, "firing_rate": {}})
    found = explain(rules.apply(frame), "a")
    assert found.label == "noise"
    assert "snr is 3, wanted at least 5: 2 below the limit." in found.text
    assert "rp_contamination has no value, which counts as failed." in found.text
    assert "Off: firing_rate." in found.text
    (change,) = found.changes
    assert change.label == "good"
    assert "the lower limit of snr were 3 (now 5)" in change.text
    assert "a missing rp_contamination passed" in change.text
    assert found.text in found._repr_html_().replace("&#x27;", "'")
    with pytest.raises(UnknownUnitError):
        explain(rules.apply(frame), "b")


def test_a_label_by_hand_is_explained_as_such():
    frame = pd.DataFrame({"snr": [3.0, 9.0]}, index=["a", "b"])
    trace = threshold_rules({"snr": {"min": 5}}).apply(frame, by_hand={0: "good"})
    found = explain(trace, "a", "by anna")
    assert found.label == "good"
    assert "by anna; the rules alone say noise" in found.text
    assert found.changes == ()
    assert trace.reasons("good").shape == (2, 0)


def test_curves_are_what_labeling_again_gives_at_every_value_and_between(trace):
    rng = np.random.default_rng(1)
    found = Sensitivity(trace)
    for (key, bound), curve in found.curves.items():
        for limit in [*rng.choice(curve.limits, 6), *(rng.choice(curve.limits, 3) * (1 + 1e-6))]:
            again = trace.rule_set.with_criterion(key, **{bound: float(limit)})
            counts = again.apply(trace.table, missing="inactive").counts()
            assert list(counts.values()) == curve.at(float(limit)).tolist()


@pytest.mark.parametrize("target", ["good", "mua", "noise"])
def test_the_limit_that_is_advised_reaches_the_number_that_is_promised(trace, target):
    for row in Sensitivity(trace, target).table.to_dict("records"):
        again = trace.rule_set.with_criterion(row["criterion"], **{row["bound"]: row["at"]})
        assert again.apply(trace.table, missing="inactive").counts()[target] == row["most"]


def test_sensitivity_says_what_to_relax_first_when_nothing_is_good():
    frame = pd.DataFrame({"snr": [3.0, 4.0, 4.5], "rp_contamination": [0.1, 0.1, 0.9]})
    trace = threshold_rules({"snr": {"min": 5}, "rp_contamination": {"max": 0.5}}).apply(frame)
    found = Sensitivity(trace)
    assert found.text.splitlines() == ["0 units are good.", "min of snr from 5 to 3: 2 units."]
    assert found.curve("snr", "min")["good"].tolist() == [2, 1, 0, 0]
    with pytest.raises(RuleError, match="is off"):
        found.curve("snr", "max")
    with pytest.raises(RuleError, match="no label 'best'"):
        Sensitivity(trace, "best")


def test_robustness_is_small_next_to_a_limit_and_one_where_no_limit_helps():
    frame = pd.DataFrame({"a": np.arange(10.0), "b": np.r_[np.zeros(9), 5.0]})
    trace = threshold_rules({"a": {"min": 4.5}, "b": {"max": 1}}).apply(frame)
    found = robustness(trace)
    assert found[4] == found[5] == 0.2 or found[4] <= 0.2
    assert found[0] > found[3] > found[4]
    both = threshold_rules({"a": {"min": 4.5}, "b": {"min": 1}}).apply(frame)
    assert robustness(both)[0] == 1.0  # fails both, so no single limit makes it good


def test_missing_values_and_what_hangs_on_them():
    frame = pd.DataFrame({"snr": [9.0, np.nan, 9.0], "firing_rate": [1.0, 1.0, np.nan]})
    rules = threshold_rules(
        {"snr": {"min": 5}, "firing_rate": {"min": 0.1, "nan": "pass"}, "d_prime": {"min": 1}}
    )
    table = missing_table(rules.apply(frame, missing="inactive"))
    assert table["missing"].tolist() == [1, 1, 3]
    assert table["decided"].tolist() == [1, 1, 0]
    assert table["nan"].tolist() == ["fail", "pass", "fail"]
    assert table["state"].tolist() == ["active", "active", "not in the table"]


def test_infinite_values_promise_nothing_that_no_limit_can_do():
    inf = np.inf
    frame = pd.DataFrame({"snr": [inf, 5.0, 3.0, np.nan, -inf, 8.0]})
    trace = threshold_rules({"snr": {"min": 4}}).apply(frame)
    for target in ("good", "noise"):
        for row in Sensitivity(trace, target).table.to_dict("records"):
            again = trace.rule_set.with_criterion("snr", min=row["at"]).apply(frame)
            assert again.counts()[target] == row["most"]
    assert explain(trace, 0).changes[0].steps == ()
    crossed = threshold_rules({"snr": {"min": 10, "max": 5}}).apply(pd.DataFrame({"snr": [7.0]}))
    assert explain(crossed, 0).changes[0].steps == ()


def test_a_suggested_limit_does_what_is_said_when_it_is_typed_as_it_is_said():
    trace = threshold_rules({"num_spikes": {"min": 200}, "presence_ratio": {"min": 0.5}}).apply(
        pd.DataFrame({"num_spikes": [300, 5000], "presence_ratio": [0.9, 1.0]})
    )
    (change,) = explain(trace, 0).changes
    (step,) = change.steps
    assert step.change in ({"min": 301}, {"min": 0.901})


# ---------------------------------------------------------------------- distances and ties


def nearest_single_limit(trace, at):
    """The least share of units between a value and a limit that alone gives another label, from the changes."""
    single = [c.steps[0] for c in smallest_changes(trace, at) if len(c.steps) == 1]
    return min((step.distance for step in single if "nan" not in step.change), default=1.0)


def test_a_value_that_equals_a_limit_counts_all_its_ties():
    # Three of four units have one trough, and the limit is one: to make them fail it has to pass all three.
    frame = pd.DataFrame({"num_negative_peaks": [1.0, 1.0, 1.0, 2.0]})
    trace = threshold_rules({"num_negative_peaks": {"max": 1}}).apply(frame)
    assert trace.labels.tolist() == ["good", "good", "good", "noise"]
    np.testing.assert_allclose(robustness(trace), [3 / 4, 3 / 4, 3 / 4, 4 / 4])
    lower = threshold_rules({"snr": {"min": 5}}).apply(pd.DataFrame({"snr": [5.0, 5.0, 9.0, 4.0]}))
    np.testing.assert_allclose(robustness(lower), [2 / 4, 2 / 4, 3 / 4, 3 / 4])


def test_the_distance_is_that_of_the_smallest_single_change(trace):
    found = robustness(trace)
    expected = [nearest_single_limit(trace, at) for at in range(len(found))]
    np.testing.assert_allclose(found, expected)
    assert np.median(found) > 0.05, "not one unit away from a limit, as most were once said to be"


@pytest.mark.parametrize("seed", range(20))
def test_the_distance_is_right_with_ties_gaps_infinities_and_two_limits(seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {name: rng.choice([0.0, 0.5, 1.0, 2.0, np.nan, np.inf, -np.inf, 0.7], 12) for name in ("one", "two")}
    )
    limits = [sorted(rng.choice([0.0, 0.5, 1.0, 2.0], 2, replace=False).tolist()) for _ in range(2)]
    thresholds = {n: {"min": a, "max": b} for n, (a, b) in zip(("one", "two"), limits, strict=True)}
    trace = threshold_rules(thresholds, operator=rng.choice(["and", "or"]), nan_policy="ignore").apply(frame)
    expected = [nearest_single_limit(trace, at) for at in range(12)]
    np.testing.assert_allclose(robustness(trace), expected)


# ---------------------------------------------------------------------- words on a missing value


def test_explanation_methods_and_table_say_the_same_of_a_missing_value(trace):
    """What SpikeInterface does: a missing width is no obstacle where both widths must be narrow."""
    at = trace.rule_set.index("peak_before_width")
    unit = trace.table.unit_ids[np.flatnonzero(np.isnan(trace.values[at]))[0]]
    effect = effect_of_missing(trace.rule_set, at)
    assert effect.counts == "failed"
    said = explain(trace, unit).text
    assert f"peak_before_width has no value, which {effect.said}." in said
    assert "because all criteria of 'width' must fail" in said
    paragraph = methods_text(trace, nbl.demo_analyzer(), "Bombcell")
    assert re.search(r"values of [^;.]*peak_before_width[^;.]* counted as failing", paragraph)
    assert missing_table(trace).loc["non-somatic/peak_before_width", "counts_as"] == "failed"
    ignored = explain(
        trace, trace.table.unit_ids[np.isnan(trace.values[trace.rule_set.index("snr")]).argmax()]
    )
    assert (
        "mua/snr has no value" not in ignored.text or "which is ignored: it makes no unit mua" in ignored.text
    )


def test_what_a_missing_value_comes_to_follows_from_how_the_labels_are_made():
    """Brute force: a value that is missing has the effect of one that fails, passes, or is not there."""
    rules = bombcell_rules()
    good = {c.metric: 0.5 * ((c.min or 0) + (c.max or 2 * (c.min or 1))) for c in rules.criteria}
    for k, criterion in enumerate(rules.criteria):
        for policy in ("fail", "pass", "ignore"):
            asked = rules.with_criterion(criterion.key, nan=policy)
            for other in (0.0, np.inf):  # all others of the section pass, or are extreme
                row = pd.DataFrame([good])
                if other:
                    row = row.assign(**{c.metric: 1e9 for c in rules.criteria if c.section == "non-somatic"})
                    row = row.assign(peak_before_width=1e-6, trough_width=1e-6)
                missing = asked.apply(row.assign(**{criterion.metric: np.nan})).labels.iloc[0]
                failing = asked.apply(row.assign(**{criterion.metric: _failing(criterion)})).labels.iloc[0]
                passing = asked.apply(row.assign(**{criterion.metric: good[criterion.metric]})).labels.iloc[0]
                gone = asked.apply(row.drop(columns=criterion.metric), missing="inactive").labels.iloc[0]
                counts = effect_of_missing(asked, k).counts
                assert missing == {"failed": failing, "passed": passing, "ignored": gone}[counts], (
                    criterion.key,
                    policy,
                )


def _failing(criterion):
    return criterion.min - 1e-9 if criterion.min is not None else criterion.max * 2 + 1


def test_the_browser_says_the_same_of_a_missing_value():
    rule_sets = [
        bombcell_rules(preset=preset, split_non_somatic_good_mua=split)
        for preset in nbl.presets()
        for split in (False, True)
    ]
    rule_sets += [
        threshold_rules({"snr": {"min": 5}}, operator=operator, nan_policy=policy)
        for operator in ("and", "or")
        for policy in ("fail", "pass", "ignore")
    ]
    rule_sets.append(RuleSet("none", rule_sets[-1].criteria, (), "good"))
    body = "(sets) => sets.map((r) => r.criteria.map((_, k) => code.effectOfMissing(r, k)))"
    browser = run("core/missing", body, [rules.to_dict() for rules in rule_sets])
    for rules, said in zip(rule_sets, browser, strict=True):
        ours = [effect_of_missing(rules, k) for k in range(len(rules.criteria))]
        assert [(e["counts"], e["said"]) for e in said] == [(e.counts, e.said) for e in ours]
