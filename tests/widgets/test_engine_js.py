"""The browser's rule engine says exactly what numpy says."""

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nb_autolabel.rules.criterion import Criterion
from nb_autolabel.rules.methods import bombcell_rules, threshold_rules
from nb_autolabel.rules.rule import Condition, Rule, RuleSet
from tests.conftest import REPO

SCRIPT = """
import { readFileSync } from "node:fs";
const engine = await import(process.argv[1]);
const cases = JSON.parse(readFileSync(0, "utf8"));
const out = cases.map(({ rules, limits, values, missing, n }) => {
  const all = new Float64Array(Uint8Array.from(Buffer.from(values, "base64")).buffer);
  const rows = rules.criteria.map((_, k) => all.subarray(k * n, (k + 1) * n));
  const trace = engine.applyRules(rules, limits, rows, missing);
  return { codes: Array.from(trace.codes), states: trace.states.map((s) => Array.from(s)),
           reasons: trace.reasons.map((s) => Array.from(s)), only: engine.onlyReason(trace.reasons) };
});
process.stdout.write(JSON.stringify(out));
"""


def node() -> str:
    beside = Path(sys.executable).with_name("node")
    found = str(beside) if beside.exists() else shutil.which("node")
    if not found:
        pytest.skip("node is not installed; `make test` installs it with the test tools")
    return found


def in_browser(cases):
    """Labels and states as the JavaScript engine has them."""
    sent = []
    for rule_set, frame in cases:
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
            }
        )
    # JSON knows no infinity; as a limit it is the largest double, which no finite value passes.
    text = json.dumps(sent).replace("-Infinity", "-1e999").replace("Infinity", "1e999")
    engine = (REPO / "nb_autolabel" / "widgets" / "engine.js").as_uri()
    done = subprocess.run(
        [node(), "--input-type=module", "--eval", SCRIPT, engine],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def reasons_of(trace):
    """Reasons of every unit for its own label, as the kernel has them: criteria by units."""
    found = np.zeros(trace.states.shape, dtype=bool)
    for code, label in enumerate(trace.rule_set.labels):
        reasons = trace.reasons(label)
        for key in reasons.columns:
            found[trace.rule_set.keys.index(key), trace.codes == code] = reasons[key].to_numpy()
    return found


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
    script = """
    const e = await import(process.argv[1]);
    const linear = { factor: 1, log: false, whole: false, half: 0, low: 0, high: 40, bins: 30 };
    const ms = { factor: 1000, log: false, whole: false, half: 0, low: 0, high: 2, bins: 30 };
    const log = { factor: 1, log: true, whole: true, half: 0, low: 0, high: 5, bins: 30 };
    process.stdout.write(JSON.stringify([
      e.fromAxis(linear, 5.04321), e.fromAxis(linear, 99), e.fromAxis(ms, 0.15012345), e.fromAxis(log, Math.log10(312.7)),
      e.toStored(ms, 0.15), e.toStored(ms, 1.15)]));
    """
    engine = (REPO / "nb_autolabel" / "widgets" / "engine.js").as_uri()
    done = subprocess.run(
        [node(), "--input-type=module", "--eval", script, engine], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [5.0, 40, 0.00015, 313, 0.00015, 0.00115]
