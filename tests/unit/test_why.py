"""Explanations, sensitivity and missing values are read off the trace, and what they promise happens."""

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import RuleError, UnknownUnitError
from nb_autolabel.rules.gaps import missing_table
from nb_autolabel.rules.methods import bombcell_rules, threshold_rules
from nb_autolabel.rules.sensitivity import Sensitivity, robustness
from nb_autolabel.rules.why import explain


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
    assert "snr is 3, wanted at least 5: 2 off." in found.text
    assert "rp_contamination has no value, which counts as failed." in found.text
    assert "Off: firing_rate." in found.text
    (change,) = found.changes
    assert change.label == "good"
    assert "lower min of snr from 5 to 3" in change.text
    assert "let a missing rp_contamination pass" in change.text
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
