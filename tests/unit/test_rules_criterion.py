"""What passes, fails or is missing when one metric is held against its limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nb_autolabel import Criterion, RuleSet, State, threshold_metrics_label_units
from nb_autolabel.errors import RuleError

nan, inf = np.nan, np.inf


def states(values, **limits):
    """State of each value under one criterion, in words."""
    trace = RuleSet("one", (Criterion("x", **limits),), (), "good").apply(pd.DataFrame({"x": values}))
    return [State(s).name for s in trace.states[0]]


def label(operator, nan_policy, **unit):
    """Label of one unit whose every metric has to be at least 1."""
    table = pd.DataFrame({name: [value] for name, value in unit.items()})
    thresholds = {name: {"min": 1} for name in unit}
    return threshold_metrics_label_units(
        table, thresholds, operator=operator, nan_policy=nan_policy, pass_label="good", fail_label="noise"
    )["label"].item()


# ---------------------------------------------------------------- limits


def test_both_limits_are_inclusive():
    below, above = np.nextafter(2.0, -inf), np.nextafter(3.0, inf)
    assert states([below, 2.0, 2.5, 3.0, above], min=2, max=3) == ["FAIL", "PASS", "PASS", "PASS", "FAIL"]


def test_a_lower_limit_alone_leaves_the_upper_side_open():
    assert states([1.0, 2.0, 1e300, inf], min=2) == ["FAIL", "PASS", "PASS", "PASS"]


def test_an_upper_limit_alone_leaves_the_lower_side_open():
    assert states([3.0, 2.0, -1e300, -inf], max=2) == ["FAIL", "PASS", "PASS", "PASS"]


def test_a_lower_limit_above_the_upper_one_lets_nothing_through():
    assert states([1.0, 2.5, 4.0], min=3, max=2) == ["FAIL", "FAIL", "FAIL"]


@pytest.mark.parametrize("off", [None, nan, np.float32("nan")])
def test_none_and_nan_switch_a_limit_off(off):
    assert states([-5.0, 5.0], min=off, max=1) == ["PASS", "FAIL"]
    assert states([-5.0, 5.0], min=1, max=off) == ["FAIL", "PASS"]
    assert Criterion("x", min=off).min is None


@pytest.mark.parametrize("off", [None, nan])
def test_with_both_limits_off_a_criterion_is_inactive_even_for_nan(off):
    assert not Criterion("x", min=off, max=off).active
    assert states([-inf, 0.0, nan], min=off, max=off, nan="fail") == ["INACTIVE"] * 3


def test_infinite_values_are_compared_like_any_number():
    assert states([-inf, 0.0, inf], min=-1, max=1) == ["FAIL", "PASS", "FAIL"]


def test_infinite_limits_are_limits_and_not_off():
    assert Criterion("x", min=-inf).active
    assert states([-inf, 0.0, inf, nan], min=-inf, max=inf) == ["PASS", "PASS", "PASS", "NAN"]
    assert states([-inf, 0.0, inf], min=inf) == ["FAIL", "FAIL", "PASS"]
    assert states([-inf, 0.0, inf], max=-inf) == ["PASS", "FAIL", "FAIL"]


def test_minus_zero_equals_zero():
    assert states([-0.0, 0.0], min=0.0, max=-0.0) == ["PASS", "PASS"]


def test_abs_compares_the_absolute_value():
    assert states([-5.0, 5.0, -1.0, -inf, nan], min=2, abs=True) == ["PASS", "PASS", "FAIL", "PASS", "NAN"]
    assert states([-5.0, 5.0], max=2, abs=True) == ["FAIL", "FAIL"]


def test_without_abs_the_sign_counts():
    assert states([-5.0, 5.0], min=2) == ["FAIL", "PASS"]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "uint64", "float32", "float64"])
def test_a_limit_that_the_column_type_cannot_hold_still_compares(dtype):
    column = np.array([0, 100], dtype=dtype)
    assert states(column, min=-300, max=70000) == ["PASS", "PASS"]
    assert states(column, min=70000) == ["FAIL", "FAIL"]
    assert states(column, max=1e300) == ["PASS", "PASS"]
    assert states(column, max=10**30) == ["PASS", "PASS"]


def test_a_fractional_limit_is_not_rounded_for_a_column_of_integers():
    assert states(np.array([2, 3]), min=2.5) == ["FAIL", "PASS"]


def test_whole_limits_stay_whole_numbers_and_others_become_floats():
    assert type(Criterion("x", min=np.int8(5)).min) is int
    assert type(Criterion("x", min=np.float32(0.5)).min) is float


@pytest.mark.parametrize("bound", ["min", "max"])
@pytest.mark.parametrize("value", [True, False, np.True_, "5", "", [5], {}, 1j, pd.NA])
def test_a_limit_that_is_no_number_is_refused_with_metric_limit_and_way_out(bound, value):
    with pytest.raises(
        RuleError, match=rf"metric 'snr': {bound}=.* is not a number.*None to switch"
    ) as caught:
        Criterion("snr", **{bound: value})
    assert repr(value) in str(caught.value)


def test_a_criterion_cannot_be_changed_in_place():
    with pytest.raises(AttributeError):
        Criterion("snr", min=5).min = 3


# ---------------------------------------------------------------- missing values


@pytest.mark.parametrize("policy", ["fail", "pass", "ignore"])
def test_a_missing_value_is_neither_pass_nor_fail_in_the_trace(policy):
    assert states([nan, 5.0], min=2, nan=policy) == ["NAN", "PASS"]


@pytest.mark.parametrize(
    ("operator", "policy", "beside_a_pass", "beside_a_failure", "alone"),
    [
        ("and", "fail", "noise", "noise", "noise"),
        ("and", "pass", "good", "noise", "good"),
        ("and", "ignore", "good", "noise", "good"),
        ("or", "fail", "good", "noise", "noise"),
        ("or", "pass", "good", "good", "good"),
        ("or", "ignore", "good", "noise", "noise"),
    ],
)
def test_a_missing_value_counts_as_its_policy_says(operator, policy, beside_a_pass, beside_a_failure, alone):
    assert label(operator, policy, a=nan, b=5.0) == beside_a_pass
    assert label(operator, policy, a=nan, b=0.0) == beside_a_failure
    assert label(operator, policy, a=nan) == alone


@pytest.mark.parametrize("policy", ["fail", "pass", "ignore"])
def test_without_missing_values_the_policy_changes_nothing(policy):
    assert [label("and", policy, a=a, b=b) for a, b in ((5, 5), (5, 0), (0, 0))] == ["good", "noise", "noise"]
    assert [label("or", policy, a=a, b=b) for a, b in ((5, 5), (5, 0), (0, 0))] == ["good", "good", "noise"]


def test_an_entry_may_have_a_policy_of_its_own():
    table = pd.DataFrame({"a": [nan, 5.0], "b": [5.0, nan]})
    thresholds = {"a": {"min": 1, "nan": "pass"}, "b": {"min": 1}}
    assert threshold_metrics_label_units(table, thresholds)["label"].tolist() == ["good", "noise"]


@pytest.mark.parametrize("policy", ["Fail", "", False, 0, "drop"])
def test_an_unknown_policy_of_an_entry_is_refused_and_the_known_ones_named(policy):
    with pytest.raises(RuleError, match=r"metric 'a': nan=.* is not known\. Use one of fail, pass, ignore"):
        threshold_metrics_label_units(pd.DataFrame({"a": [1.0]}), {"a": {"min": 1, "nan": policy}})


@pytest.mark.parametrize("thresholds", [{}, {"a": {"min": 1}}, {"a": {"min": 1, "nan": "pass"}}])
def test_an_unknown_policy_of_the_method_is_refused_even_where_no_criterion_uses_it(thresholds):
    with pytest.raises(RuleError, match=r"nan_policy='drop' is not known\. Use one of: fail, pass, ignore"):
        threshold_metrics_label_units(pd.DataFrame({"a": [1.0]}), thresholds, nan_policy="drop")
