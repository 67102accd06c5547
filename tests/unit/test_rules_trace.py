"""The trace and everything read off it agree, for any rules on any table."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from nb_autolabel import Criterion, RuleSet, State
from nb_autolabel.errors import MissingMetricError, UnknownUnitError
from nb_autolabel.rules.methods import bombcell_rules, threshold_rules
from nb_autolabel.rules.presets import bombcell_get_default_thresholds, presets
from nb_autolabel.rules.rule import Condition, Rule

nan, inf = np.nan, np.inf
METRICS, GROUPS, LABELS = "abcde", "pqr", ("noise", "mua", "odd")
VALUES = [nan, inf, -inf, 0.0, -0.0, 1.0, -1.0, 2.0, 1.5, 0.1, 1.7e308, -1.7e308, 5e-324]
LIMITS = [None, None, nan, inf, -inf, 0, 1, -1, 2, 1.5, 0.1, 1.7e308, -1.7e308]
POLICIES = ["fail", "pass", "ignore"]


def pick(rng, options):
    """One of some options as it is (numpy's own choice turns None and tuples into arrays)."""
    return options[rng.integers(len(options))]


def some(rng, options, at_least=0):
    """Some of the options, in any order."""
    return [options[i] for i in rng.permutation(len(options))[: rng.integers(at_least, len(options) + 1)]]


def any_table(rng) -> pd.DataFrame:
    """A table of up to six units that may lack some metrics; some columns hold integers or float32."""
    n_units = rng.integers(0, 7)
    columns = {}
    for name in some(rng, METRICS):
        values, kind = rng.choice(VALUES, n_units), pick(rng, ["float64", "float64", "float32", "int64"])
        if kind == "int64":
            values = np.clip(np.nan_to_num(values), -3, 3)
        with np.errstate(over="ignore"):
            columns[name] = values.astype(kind)
    return pd.DataFrame(columns, index=pd.Index([f"unit{i}" for i in range(n_units)], dtype=object))


def any_condition(rng, depth=2) -> Condition:
    if depth and rng.random() < 0.5:
        parts = tuple(any_condition(rng, depth - 1) for _ in range(rng.integers(1, 4)))
        return Condition(pick(rng, ["and", "or"]), parts=parts)
    return Condition(pick(rng, ["any", "all"]), pick(rng, GROUPS))


def any_rule_set(rng) -> RuleSet:
    """Any method: criteria in groups, and up to three rules with nested conditions."""
    criteria = [
        Criterion(
            metric,
            min=pick(rng, LIMITS),
            max=pick(rng, LIMITS),
            abs=bool(rng.random() < 0.3),
            nan=pick(rng, POLICIES),
            group=pick(rng, GROUPS),
        )
        for metric in METRICS
    ]
    rules = [
        Rule(pick(rng, LABELS), any_condition(rng), tuple(some(rng, ("good", *LABELS), at_least=1)))
        for _ in range(rng.integers(1, 4))
    ]
    return RuleSet("any", tuple(criteria), tuple(rules), "good")


@pytest.fixture(scope="module")
def cases():
    """A thousand tables and rule sets with the trace of one under the other."""
    rng = np.random.default_rng(20)
    pairs = [(any_table(rng), any_rule_set(rng)) for _ in range(1000)]
    return [(table, rules, rules.apply(table, missing="inactive")) for table, rules in pairs]


def label_of(unit: dict[str, float], rule_set: RuleSet) -> str:
    """The rules read for one unit in plain Python, as a second opinion."""

    def counts_as_failed(criterion, kind):
        value = abs(unit[criterion.metric]) if criterion.abs else unit[criterion.metric]
        if np.isnan(value):
            return criterion.nan == "fail" or (criterion.nan == "ignore" and kind == "all")
        low, high = criterion.min, criterion.max
        return (low is not None and value < low) or (high is not None and value > high)

    def holds(condition):
        if condition.kind in ("and", "or"):
            return (all if condition.kind == "and" else any)(holds(part) for part in condition.parts)
        members = [
            c for c in rule_set.criteria if c.group == condition.group and c.active and c.metric in unit
        ]
        failed = [counts_as_failed(c, condition.kind) for c in members]
        return bool(failed) and (any if condition.kind == "any" else all)(failed)

    label = rule_set.default
    for rule in rule_set.rules:
        if label in rule.among and holds(rule.when):
            label = rule.label
    return label


# ---------------------------------------------------------------- for any rules on any table


def test_the_cases_are_varied_enough_to_prove_something(cases):
    labels = Counter(label for _, _, trace in cases for label in trace.labels)
    states = Counter(state for _, _, trace in cases for state in trace.states.ravel().tolist())
    assert set(labels) == {"good", *LABELS}
    assert set(states) == set(State)
    assert min(*labels.values(), *states.values()) > 200
    assert any(len(table) == 0 for table, _, _ in cases)


def test_labels_are_what_reading_the_rules_unit_by_unit_gives(cases):
    for table, rule_set, trace in cases:
        units = [{name: float(table[name].iloc[i]) for name in table} for i in range(len(table))]
        assert trace.labels.tolist() == [label_of(unit, rule_set) for unit in units]
        assert trace.labels.index.equals(table.index)


def test_counts_are_the_value_counts_of_the_labels_and_sum_to_the_units(cases):
    for table, rule_set, trace in cases:
        counts = trace.counts()
        assert tuple(counts) == rule_set.labels
        assert sum(counts.values()) == len(table)
        assert {label: n for label, n in counts.items() if n} == trace.labels.value_counts().to_dict()


def test_every_unit_that_a_rule_labeled_has_a_reason_and_only_failures_are_reasons(cases):
    for _, rule_set, trace in cases:
        for label in set(rule_set.labels):
            having = (trace.labels == label).to_numpy()
            reasons = trace.reasons(label)
            assert reasons.index.tolist() == trace.labels.index[having].tolist()
            if label == rule_set.default:
                assert reasons.shape[1] == 0
                continue
            assert reasons.to_numpy().any(axis=1).all()
            for key in reasons.columns:
                blamed = set(trace.states[rule_set.index(key)][having][reasons[key].to_numpy()].tolist())
                assert blamed <= ({State.FAIL} if rule_set[key].nan == "pass" else {State.FAIL, State.NAN})


def test_a_margin_is_negative_exactly_where_the_state_is_fail(cases):
    for table, _, trace in cases:
        assert trace.margins.shape == trace.states.shape == (len(METRICS), len(table))
        assert np.array_equal(trace.margins < 0, trace.states == State.FAIL)
        assert np.array_equal(trace.margins >= 0, trace.states == State.PASS)


def test_a_state_is_nan_exactly_where_an_active_criterion_misses_its_value(cases):
    for table, rule_set, trace in cases:
        for criterion, values, states in zip(rule_set.criteria, trace.values, trace.states, strict=True):
            on = criterion.active and criterion.metric in table
            assert np.array_equal(states == State.NAN, np.isnan(values) & on)
            assert np.array_equal(states == State.INACTIVE, np.full(len(table), not on))
            assert (criterion.key in trace.missing) == (criterion.metric not in table)


def test_the_explanation_of_a_unit_repeats_the_trace(cases):
    for _, rule_set, trace in cases[:150]:
        for at, (unit, label) in enumerate(trace.labels.items()):
            told = trace.explain(unit)
            assert told.index.tolist() == list(rule_set.keys)
            assert told["state"].tolist() == [State(s).name.lower() for s in trace.states[:, at]]
            assert np.array_equal(told["value"], trace.values[:, at], equal_nan=True)
            assert np.array_equal(told["margin"], trace.margins[:, at], equal_nan=True)
            reasons = trace.reasons(label).loc[unit]
            assert told.index[told["reason"]].tolist() == [k for k in rule_set.keys if reasons.get(k, False)]


def test_a_rule_set_read_back_from_json_gives_the_same_trace(cases):
    for table, rule_set, trace in cases:
        again = RuleSet.from_json(rule_set.to_json()).apply(table, missing="inactive")
        assert np.array_equal(again.states, trace.states)
        assert np.array_equal(again.codes, trace.codes)


def test_applying_rules_changes_neither_the_table_nor_the_rules(cases):
    for table, rule_set, _ in cases[:150]:
        before, rules_before = table.copy(deep=True), rule_set.to_json()
        trace = rule_set.apply(table, missing="inactive")
        assert trace.margins.shape == (len(METRICS), len(table))
        for label in rule_set.labels:
            trace.reasons(label)
        pd.testing.assert_frame_equal(table, before)
        assert rule_set.to_json() == rules_before


# ---------------------------------------------------------------- thresholds written and read back

#: Metrics with a meaning of their own (a magnitude, a telling NaN, non-somatic groups), and two without.
MEANING = ["a", "b", "amplitude_median", "sliding_rp_violation", "trough_width", "main_peak_to_trough_ratio"]


def any_entries(rng) -> dict:
    """Entries for some metrics, each with some of the keys."""
    everything = {"min": [None, -1, 0, 1.5], "max": [None, 1, 2], "abs": [True, False], "nan": POLICIES}
    return {m: {k: pick(rng, everything[k]) for k in some(rng, list(everything))} for m in some(rng, MEANING)}


@pytest.fixture(scope="module")
def mixed() -> pd.DataFrame:
    """Forty units in which every metric takes every special value, in varying company."""
    rng = np.random.default_rng(7)
    return pd.DataFrame({m: rng.choice([nan, inf, -inf, 0, 1, -1, 2, -2, 1.5], 40) for m in MEANING})


@pytest.mark.parametrize("dialect", ["min/max", "greater/less"])
def test_bombcell_thresholds_written_and_read_back_give_the_same_labels(mixed, dialect):
    rng = np.random.default_rng(8)
    for _ in range(300):
        rules = bombcell_rules({section: any_entries(rng) for section in ("noise", "mua", "non-somatic")})
        again = bombcell_rules(rules.thresholds(dialect))
        assert again.apply(mixed).codes.tolist() == rules.apply(mixed).codes.tolist()


@pytest.mark.parametrize("dialect", ["min/max", "greater/less"])
def test_thresholds_of_a_filter_written_and_read_back_give_the_same_labels(mixed, dialect):
    rng = np.random.default_rng(9)
    for _ in range(300):
        operator = pick(rng, ["and", "or"])
        rules = threshold_rules(any_entries(rng), operator=operator, nan_policy=pick(rng, POLICIES))
        again = threshold_rules(rules.thresholds(dialect), operator=operator)
        assert again.apply(mixed).codes.tolist() == rules.apply(mixed).codes.tolist()


@pytest.mark.parametrize("dialect", ["min/max", "greater/less"])
@pytest.mark.parametrize("preset", sorted(presets()))
def test_every_preset_written_and_read_back_gives_the_same_labels(preset, dialect):
    rules = bombcell_rules(preset=preset)
    again = bombcell_rules(rules.thresholds(dialect), preset=preset)
    rng = np.random.default_rng(3)
    near = {c.metric: [x for x in (c.min, c.max) if x is not None] or [1.0] for c in rules.criteria}
    table = pd.DataFrame(
        {m: rng.choice(x, 500) * rng.choice([0.9, 1, 1.1, nan], 500) for m, x in near.items()}
    )
    trace = rules.apply(table)
    assert len(set(trace.codes.tolist())) > 1
    assert again.apply(table).codes.tolist() == trace.codes.tolist()


def test_the_default_thresholds_survive_writing_word_for_word():
    assert bombcell_rules().thresholds() == bombcell_get_default_thresholds()


# ---------------------------------------------------------------- examples in words


@pytest.fixture
def trace():
    table = pd.DataFrame(
        {"snr": [9.0, 2.0, nan, 1.0], "drift_ptp": [50.0, 130.0, nan, nan], "l_ratio": [0.1] * 4},
        index=["a", "b", "c", "d"],
    )
    mua = {"snr": {"min": 5}, "drift_ptp": {"max": 100}, "l_ratio": {}, "d_prime": {"min": 1}}
    return bombcell_rules({"mua": mua}).apply(table, missing="inactive")


def test_reasons_name_the_failing_criteria_of_each_unit_and_no_ignored_nan(trace):
    assert trace.labels.to_dict() == {"a": "good", "b": "mua", "c": "good", "d": "mua"}
    expected = pd.DataFrame({"mua/snr": [True, True], "mua/drift_ptp": [True, False]}, index=["b", "d"])
    pd.testing.assert_frame_equal(trace.reasons("mua"), expected)


def test_the_default_label_and_labels_nobody_has_need_no_reasons(trace):
    assert trace.reasons("good").shape == (2, 0)
    assert len(trace.reasons("noise")) == 0


def test_counts_include_labels_that_no_unit_has(trace):
    assert trace.counts() == {"noise": 0, "mua": 2, "non_soma": 0, "good": 2}


def test_an_explanation_shows_value_limits_margin_state_and_reason(trace):
    told = trace.explain("b")
    row = told.loc["mua/snr"]
    assert row[["metric", "value", "min", "margin", "state", "reason"]].tolist() == [
        "snr",
        2,
        5,
        -3,
        "fail",
        True,
    ]
    assert pd.isna(row["max"])
    assert told["state"].to_dict() == {
        "mua/snr": "fail", "mua/drift_ptp": "fail", "mua/l_ratio": "inactive", "mua/d_prime": "inactive"
    }  # fmt: skip


def test_an_ignored_nan_is_shown_as_nan_and_is_no_reason(trace):
    told = trace.explain("d")
    assert told.loc["mua/drift_ptp", "state"] == "nan"
    assert np.isnan(told.loc["mua/drift_ptp", "margin"])
    assert told["reason"].to_dict() == {
        "mua/snr": True, "mua/drift_ptp": False, "mua/l_ratio": False, "mua/d_prime": False
    }  # fmt: skip


def test_a_nan_that_counts_as_failing_is_a_reason():
    trace = threshold_rules({"snr": {"min": 5}}).apply(pd.DataFrame({"snr": [nan]}))
    assert trace.reasons("noise")["snr"].tolist() == [True]
    assert trace.explain(0)["state"].tolist() == ["nan"]


def test_values_are_shown_as_compared_absolute_where_the_criterion_says_so():
    rules = threshold_rules({"amplitude_median": {"min": 40}, "x": {"min": 0}})
    trace = rules.apply(pd.DataFrame({"amplitude_median": [-50.0], "x": [-1.0]}))
    assert trace.values.tolist() == [[50.0], [-1.0]]
    assert trace.margins.tolist() == [[10.0], [-1.0]]


def test_the_margin_is_the_distance_to_the_nearer_limit():
    trace = threshold_rules({"x": {"min": 0, "max": 10}}).apply(
        pd.DataFrame({"x": [0.0, 3.0, 8.0, 14.0, -5.0]})
    )
    assert trace.margins.tolist() == [[0.0, 3.0, 2.0, -4.0, -5.0]]


def test_only_the_part_of_a_condition_that_held_gives_reasons():
    ratio_only = {"peak_before_to_trough_ratio": 9.0, "trough_width": 1.0, "main_peak_to_trough_ratio": 2.0}
    rules = bombcell_rules({"non-somatic": bombcell_get_default_thresholds()["non-somatic"]})
    trace = rules.apply(pd.DataFrame([ratio_only]), missing="inactive")
    assert trace.reasons("non_soma").loc[0].to_dict() == {
        "non-somatic/peak_before_to_trough_ratio": False,
        "non-somatic/trough_width": False,
        "non-somatic/main_peak_to_trough_ratio": True,
    }


def test_an_unknown_unit_is_refused_with_the_nearest_id():
    trace = threshold_rules({}).apply(pd.DataFrame({"snr": [1.0]}, index=["unit12"]))
    with pytest.raises(UnknownUnitError, match=r"there is no unit 'unit13'\. Did you mean 'unit12'\?"):
        trace.explain("unit13")


def test_applying_raises_for_a_missing_metric_unless_told_to_leave_it_out(trace):
    assert trace.missing == ("mua/d_prime",)
    with pytest.raises(MissingMetricError, match="metric 'd_prime' is not in this analyzer"):
        trace.rule_set.apply(trace.table)
