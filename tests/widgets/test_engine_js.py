"""The browser's rule engine says exactly what numpy says."""

import base64

import numpy as np
import pandas as pd
import pytest

from nb_autolabel.metrics.registry import metric
from nb_autolabel.rules.criterion import Criterion
from nb_autolabel.rules.explanation import smallest_changes
from nb_autolabel.rules.methods import bombcell_rules, threshold_rules
from nb_autolabel.rules.rule import Condition, Rule, RuleSet
from nb_autolabel.rules.sensitivity import Sensitivity, step_of
from tests.conformance.corpus import reasons_of, with_real_limits
from tests.widgets.javascript import run

MODULES = "core/axis,core/rules,core/explanation,core/sensitivity,core/relabel"
SCRIPT = """
(cases) => cases.map(({ rules, limits, values, missing, n, byHand, whatif, factors, steps, labels }) => {
  const all = new Float64Array(Uint8Array.from(Buffer.from(values, "base64")).buffer);
  const rows = rules.criteria.map((_, k) => all.subarray(k * n, (k + 1) * n));
  rules.labels = labels;
  const trace = code.applyRules(rules, limits, rows, missing, byHand, n);
  const found = { codes: Array.from(trace.codes), states: trace.states.map((s) => Array.from(s)),
           reasons: trace.reasons.map((s) => Array.from(s)), only: code.onlyReason(trace.reasons) };
  if (!whatif) return found;
  const method = { rules, limits, values: rows, missing, trace };
  found.changes = whatif.map((at) => code.smallestChanges(method, at, (k) => factors[k]));
  const best = labels.indexOf(rules.default);
  const now = trace.codes.reduce((sum, c) => sum + (c === best ? 1 : 0), 0);
  found.curves = rules.criteria.map((_, k) => code.curvesOf(method, k, byHand).map((curve) => ({
    bound: curve.bound,
    points: Array.from(curve.points, String),
    counts: curve.counts.map((row) => Array.from(row)),
    gain: code.gainOf(curve, best, limits[k][curve.bound], steps[k], now),
  })));
  return found;
})
"""


def in_browser(cases):
    """Labels and states as the JavaScript engine has them."""
    sent = []
    for rule_set, frame, *more in cases:
        options = more[0] if more else {}
        values = np.full((len(rule_set.criteria), len(frame)), np.nan)
        for row, c in zip(values, rule_set.criteria, strict=True):
            if c.metric in frame:
                row[:] = frame[c.metric]
        sent.append(
            {
                "rules": rule_set.to_dict(),
                "limits": [[c.min, c.max] for c in rule_set.criteria],
                "values": base64.b64encode(values.astype("<f8").tobytes()).decode(),
                "missing": [c.metric not in frame for c in rule_set.criteria],
                "n": len(frame),
                "labels": list(rule_set.labels),
                "byHand": {},
                **options,
            }
        )
    return run(MODULES, SCRIPT, sent)


def test_without_criteria_every_unit_has_the_usual_label_or_that_given_by_hand():
    rules = RuleSet("by hand", (), (Rule("good", Condition("any", "never"), ()),), "not labeled")
    frame = pd.DataFrame({"snr": [1.0, 2.0, 3.0]})
    (found,) = in_browser([(rules, frame, {"byHand": {"1": "good"}})])
    assert found["codes"] == rules.apply(frame, by_hand={1: "good"}).codes.tolist() == [1, 0, 1]


def compare(cases):
    for (rule_set, frame), browser in zip(cases, in_browser(cases), strict=True):
        trace = rule_set.apply(frame, missing="inactive")
        assert browser["codes"] == trace.codes.tolist(), rule_set
        assert browser["states"] == trace.states.tolist(), rule_set
        reasons = reasons_of(trace)
        assert browser["reasons"] == reasons.astype(int).tolist(), rule_set
        alone = reasons & (reasons.sum(axis=0) == 1)
        assert browser["only"] == alone.sum(axis=1).tolist()


def table(rng, metrics, n):
    """Values that hit limits, are missing, infinite, negative, or not there at all."""
    frame = {}
    for name in metrics:
        if rng.random() < 0.08:
            continue
        column = rng.choice([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, np.nan, np.inf, -np.inf, 0.1, 0.3], n)
        frame[name] = np.where(rng.random(n) < 0.5, column, rng.normal(size=n))
    return pd.DataFrame(frame, index=range(n))


def limit(rng):
    return None if rng.random() < 0.35 else float(rng.choice([-1.0, 0.0, 0.1, 0.3, 0.5, 1.0, rng.normal()]))


def test_thousands_of_filters_agree_under_both_operators_and_all_nan_policies():
    rng = np.random.default_rng(0)
    cases = []
    for _ in range(2500):
        metrics = [f"m{i}" for i in range(rng.integers(1, 6))]
        thresholds = {
            m: {"min": limit(rng), "max": limit(rng), "abs": bool(rng.random() < 0.3)} for m in metrics
        }
        rules = threshold_rules(
            thresholds,
            operator=str(rng.choice(["and", "or"])),
            nan_policy=str(rng.choice(["fail", "pass", "ignore"])),
        )
        cases.append((rules, table(rng, metrics, int(rng.integers(0, 25)))))
    compare(cases)


@pytest.mark.parametrize("preset", ["default", "spikeinterface-0.105", "bombcell", "allen", "ibl"])
def test_thousands_of_bombcell_tables_agree_for_every_preset(preset):
    rng = np.random.default_rng(1)
    cases = []
    for _ in range(400):
        rules = bombcell_rules(
            preset=preset,
            label_non_somatic=bool(rng.random() < 0.8),
            split_non_somatic_good_mua=bool(rng.random() < 0.5),
        )
        for c in rules.criteria:
            if rng.random() < 0.5:
                rules = rules.with_criterion(c.key, min=limit(rng), max=limit(rng))
        cases.append((rules, table(rng, [c.metric for c in rules.criteria], 20)))
    compare(cases)


def test_random_conditions_agree():
    rng = np.random.default_rng(2)

    def condition(depth):
        kind = rng.choice(["any", "all"] if depth == 0 else ["any", "all", "and", "or"])
        if kind in ("any", "all"):
            return Condition(str(kind), group=f"g{rng.integers(4)}")
        return Condition(str(kind), parts=tuple(condition(depth - 1) for _ in range(rng.integers(1, 4))))

    cases = []
    for _ in range(1500):
        criteria = tuple(
            Criterion(
                f"m{i}",
                limit(rng),
                limit(rng),
                nan=str(rng.choice(["fail", "pass", "ignore"])),
                group=f"g{i % 4}",
            )
            for i in range(6)
        )
        labels = ["a", "b", "c", "d"]
        rules = tuple(
            Rule(str(rng.choice(labels)), condition(2), tuple(rng.choice(labels, 2).tolist()))
            for _ in range(3)
        )
        cases.append((RuleSet("random", criteria, rules, "a"), table(rng, [f"m{i}" for i in range(6)], 15)))
    compare(cases)


def test_the_comparison_notices_a_difference(monkeypatch):
    rules = threshold_rules({"m0": {"min": 0.5}})
    frame = pd.DataFrame({"m0": [0.4, 0.6]})
    wrong = threshold_rules({"m0": {"min": 0.3}})
    browser = in_browser([(wrong, frame)])[0]
    assert browser["codes"] != rules.apply(frame).codes.tolist()


def test_what_is_dragged_comes_back_as_a_number_a_hand_can_mean():
    body = """() => {
      const linear = { factor: 1, log: false, whole: false, half: 0, low: 0, high: 40, bins: 30 };
      const ms = { factor: 1000, log: false, whole: false, half: 0, low: 0, high: 2, bins: 30 };
      const log = { factor: 1, log: true, whole: true, half: 0, low: 0, high: 5, bins: 30 };
      return [
        code.fromAxis(linear, 5.04321), code.fromAxis(linear, 99), code.fromAxis(ms, 0.15012345),
        code.fromAxis(log, Math.log10(312.7)), code.toStored(ms, 0.15), code.toStored(ms, 1.15)];
    }"""
    assert run("core/axis", body, None) == [5.0, 40, 0.00015, 313, 0.00015, 0.00115]


def test_labels_by_hand_win_and_have_no_reasons_in_the_browser_too():
    rng = np.random.default_rng(5)
    rules = bombcell_rules()
    frame = table(rng, [c.metric for c in rules.criteria], 30)
    by_hand = {3: "good", 7: "artifact", 8: "noise", 9: "noise"}
    trace = rules.apply(frame, missing="inactive", by_hand=by_hand)
    options = {"byHand": {str(k): v for k, v in by_hand.items()}, "labels": list(trace.names)}
    browser = in_browser([(rules, frame, options)])[0]
    assert browser["codes"] == trace.codes.tolist()
    assert trace.labels.iloc[[3, 7, 8]].tolist() == ["good", "artifact", "noise"]
    reasons = np.array(browser["reasons"])
    assert not reasons[:, [3, 7, 8, 9]].any()
    ruled = ~trace.manual
    assert np.array_equal(reasons[:, ruled].astype(bool), reasons_of(trace)[:, ruled])


def whatif_cases(count):
    """Methods with real limits on tables of values that hardly ever tie, as metrics are."""
    rng = np.random.default_rng(6)
    for _ in range(count):
        rules = bombcell_rules(split_non_somatic_good_mua=bool(rng.random() < 0.5))
        yield with_real_limits(rng, rules, 25)


def test_what_if_is_the_same_in_the_browser_as_in_the_kernel():
    cases, traces = [], []
    for rules, frame in whatif_cases(25):
        trace = rules.apply(frame)
        steps = [step_of(row, c.metric) for row, c in zip(trace.values, rules.criteria, strict=True)]
        options = {
            "whatif": list(range(len(frame))),
            "factors": [
                {"factor": metric(c.metric).factor, "whole": metric(c.metric).whole} for c in rules.criteria
            ],
            "steps": [list(step) for step in steps],
        }
        cases.append((rules, frame, options))
        traces.append(trace)
    compared = 0
    for (rules, _, options), trace, browser in zip(cases, traces, in_browser(cases), strict=True):
        for at in options["whatif"]:
            ours, theirs = smallest_changes(trace, at), browser["changes"][at]
            assert [c.label for c in ours] == [c["label"] for c in theirs]
            for change, other in zip(ours, theirs, strict=True):
                assert [s.key for s in change.steps] == [rules.keys[s["k"]] for s in other["steps"]]
                assert change.others == other["others"]
                for mine, step in zip(change.steps, other["steps"], strict=True):
                    (bound,) = mine.change
                    assert ["min", "max", "nan"][step["bound"]] == bound
                    if bound != "nan":
                        assert step["limit"] == pytest.approx(mine.change[bound], rel=1e-9)
                    compared += 1
        found = Sensitivity(trace)
        table = found.table.set_index(["criterion", "bound"])
        for k, curves in enumerate(browser["curves"]):
            for curve in curves:
                key = (rules.keys[k], ("min", "max")[curve["bound"]])
                assert curve["counts"] == found.curves[key].counts.tolist()
                assert np.array_equal([float(p) for p in curve["points"]], found.curves[key].limits)
                assert curve["gain"]["most"] == table.loc[key, "most"]
                assert curve["gain"]["perStep"] == pytest.approx(table.loc[key, "per_step"])
    assert compared > 1000
