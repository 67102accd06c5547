"""Cases of what UnitRefine's options do: shifted probabilities, accepted labels, units left undecided."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from nb_autolabel.classifiers.cascade import NOISE_COLUMN, SUA_COLUMN
from nb_autolabel.classifiers.cascade_rules import unitrefine_rules
from nb_autolabel.classifiers.expected_error import QUESTIONS, Calibration
from nb_autolabel.classifiers.undecided import Undecided, chances_of
from nb_autolabel.metrics.table import MetricTable

#: What curators call units, classes that say nothing among them.
SAID = ["noise", "mua", "good", "sua", "non_soma", "my own"]


def undecided_cases() -> Any:
    """Yield units with ties, gaps and certain probabilities, under all questions, budgets and options."""
    rng = np.random.default_rng(11)
    for at in range(60):
        n = int(rng.integers(0, 40))
        chance = {name: np.round(rng.beta(0.6, 0.6, n), 2) for name in (NOISE_COLUMN, SUA_COLUMN)}
        for values in chance.values():
            values[rng.random(n) < 0.08] = np.nan
        columns = [(NOISE_COLUMN, SUA_COLUMN), (NOISE_COLUMN,), (SUA_COLUMN,)][0 if at % 5 else at // 5 % 3]
        thresholds = None
        if at % 3 == 0:
            low, high = np.sort(np.round(rng.random(2), 2)).tolist()
            thresholds = {
                "noise": {NOISE_COLUMN: {"min": None, "max": high}} if NOISE_COLUMN in columns else {},
                "sua": {SUA_COLUMN: {"min": low, "max": None}} if SUA_COLUMN in columns else {},
                "unsure": {NOISE_COLUMN: {"min": None, "max": low}} if NOISE_COLUMN in columns else {},
            }
        rules = unitrefine_rules(thresholds, columns, gaps=True)
        units = rng.permutation(n)
        hand = {int(i): str(rng.choice(SAID)) for i in units[: n // 3]}
        audit = {i: label for i, label in hand.items() if rng.random() < 0.7}
        known = Undecided(
            rng.random(n) < 0.15,
            {q: Calibration(*np.round(
                [rng.uniform(0.5, 1.3), rng.normal(0, 0.4), rng.uniform(0.1, 1), rng.uniform(-0.2, 2)], 3
            ).tolist())
             for q in QUESTIONS},
            {i: tuple(np.round(rng.random(2), 2).tolist()) for i in audit if rng.random() < 0.3},
        )  # fmt: skip
        options = {
            "accept": None
            if at % 7 == 0
            else {
                "error": float(rng.choice([0.02, 0.05, 0.1, 0.3])),
                "question": QUESTIONS[at % 3],
                "safe": float(rng.choice([0.0, 1.0, 2.0])),
            },
            "noise_share": float(np.round(rng.uniform(0.02, 0.9), 2)) if at % 4 == 1 else None,
            "unfamiliar": "keep" if at % 6 == 5 else "unsure",
        }
        yield case_of(rules, chance, columns, known, options, hand, audit)


def case_of(
    rules: Any, chance: Any, columns: Any, known: Undecided, options: Any, hand: Any, audit: Any
) -> dict[str, Any]:
    """Return what the browser gets, and what Python says of it."""
    raw = MetricTable(pd.DataFrame({name: chance[name] for name in columns}))
    shift = known.shift(raw, options)
    audit = {at: label for at, label in audit.items() if label != "my own"}
    trace = rules.apply(known.metrics(raw, options), missing="inactive", by_hand=hand)
    held = known.held(trace, options, audit, shift)
    judged = known.cut(trace, options, audit, shift) if options["accept"] else None
    done = trace.holding(held)
    noise, _ = chances_of(trace)
    return {
        "rules": {**rules.to_dict(), "labels": list(done.names)},
        "limits": [[c.min, c.max] for c in rules.criteria],
        "noise": chance[NOISE_COLUMN] if NOISE_COLUMN in columns else None,
        "sua": chance[SUA_COLUMN] if SUA_COLUMN in columns else None,
        "options": options,
        "byHand": hand,
        "known": {
            "calibrations": {
                q: [c.slope, c.intercept, c.spread, c.tilt] for q, c in known.calibrations.items()
            },
            "unfamiliar": np.flatnonzero(known.unfamiliar),
            "left_out": {str(at): pair for at, pair in known.left_out.items()},
            "audit": {str(at): label for at, label in audit.items()},
        },
        "expected": {
            "shift": shift,
            "shifted": noise,
            "ruleCodes": done.rule_codes,
            "codes": done.codes,
            "held": sorted(done.held),
            "cut": None
            if judged is None
            else {
                "accepted": judged.accepted.astype(int),
                "errors": judged.errors,
                "safeErrors": judged.safe_errors,
                "expected": judged.expected,
                "low": judged.low,
                "high": judged.high,
                "intercept": judged.intercept,
                "spread": judged.spread,
            },
        },
    }
