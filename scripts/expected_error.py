"""Learn what labels of the bundled pair can be accepted unseen, and measure it on mice that were not seen.

    python scripts/expected_error.py LABELLED_UNITS [--seeds 10]

Writes ``nb_autolabel/classifiers/bundled/expected_error.json``, and what the model card and the guide say of it
(``scripts/expected_error_card.py``). This is in it.

- **questions**: the logistic model of being right, for each question, learnt from what pairs trained without a mouse say of
  that mouse. Intercept of a recording: normal around a common mean; where it deviates, the slope deviates by ``tilt`` times
  as much. Priors: mean N(0, 0.5), slope N(1, 0.25), spread half-normal (0.5), tilt uniform from 0 to 2; integrated on a
  grid. ``spread`` is that of the intercept of one more recording: it also holds how unsure the common mean is. ``tilt`` is
  that of one more recording, by regression of its slope on its intercept.
- **table**: one mouse left out in turn. Inside, all of it is learnt on the other two mice alone, each left out once for the
  other's sake. Own labels are drawn at random from the recording; the pair is adapted to them, and they calibrate, each
  left out. What is accepted is counted on all other units of the recording.
- **unfamiliar**: the distance above which a unit is unlike the training's, what of the left-out mice lies beyond, and how
  often labels of these units are wrong.
- **noise_share**: what it helps or harms to tell the share of noise.
"""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path
from typing import Any

import expected_error_card
import numpy as np
from scipy.interpolate import RectBivariateSpline
from train_bundled import read, training_data

from nb_autolabel.classifiers.adaptation import TrainingData, fit_pair
from nb_autolabel.classifiers.correction import corrections
from nb_autolabel.classifiers.expected_error import (
    QUESTIONS,
    Calibration,
    asked_probability,
    cut,
    is_right,
    log_odds_of,
)
from nb_autolabel.classifiers.left_out import left_out_pair
from nb_autolabel.classifiers.log_odds import logistic
from nb_autolabel.classifiers.noise_share import shifted
from nb_autolabel.classifiers.scoring import CLASSES, decide
from nb_autolabel.classifiers.similarity import Curves, Seen
from nb_autolabel.classifiers.unfamiliar import LEVEL, NEIGHBOUR, SHAPE, Familiar

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "nb_autolabel" / "classifiers" / "bundled" / "expected_error.json"
OWN = (0, 25, 50, 100)
BUDGETS = (0.05, 0.1)
NAMES = np.array(CLASSES, dtype=object)


def learnt(log_odds: np.ndarray, right: np.ndarray, recordings: np.ndarray) -> Calibration:
    """Learn the model of being right from labelled recordings: moments of the posterior on a grid."""
    slopes, means, spreads = np.linspace(0.3, 1.7, 29), np.linspace(-1.5, 1.5, 31), np.linspace(0.05, 1.6, 32)
    tilts, deviations = np.linspace(0, 2, 9), np.linspace(-4, 4, 161)
    surfaces = [
        Surface(log_odds[recordings == name], right[recordings == name]) for name in np.unique(recordings)
    ]
    normal = np.exp(-0.5 * (deviations / spreads[:, None]) ** 2)
    normal /= normal.sum(axis=1, keepdims=True)
    total = np.zeros((len(tilts), len(slopes), len(means), len(spreads)))
    total += -0.5 * ((slopes[:, None, None] - 1) / 0.25) ** 2
    total += -0.5 * (means[:, None] / 0.5) ** 2 - 0.5 * (spreads / 0.5) ** 2
    for t, tilt in enumerate(tilts):
        for b, slope in enumerate(slopes):
            for surface in surfaces:
                likelihood = surface(means[:, None] + deviations, slope + tilt * deviations[None])
                top = likelihood.max(axis=1, keepdims=True)
                total[t, b] += top + np.log(np.exp(likelihood - top) @ normal.T + 1e-300)
    weight = np.exp(total - total.max())
    weight /= weight.sum()

    def mean_of(values: np.ndarray) -> float:
        return float((weight * values).sum())

    a, b = np.broadcast_to(means[:, None], weight.shape), np.broadcast_to(slopes[:, None, None], weight.shape)
    mean, slope = mean_of(a), mean_of(b)
    variance = mean_of(spreads**2 + (a - mean) ** 2)
    together = mean_of(tilts[:, None, None, None] * spreads**2 + (a - mean) * (b - slope))
    return Calibration(slope, mean, variance**0.5, together / variance)


class Surface:
    """Log-likelihood of what is right in a recording, by intercept and slope, between the points of a grid."""

    def __init__(self, log_odds: np.ndarray, right: np.ndarray) -> None:
        self.intercepts, self.slopes = np.linspace(-6, 6, 121), np.linspace(-8, 10, 181)
        sign = np.where(right, 1, -1)
        of = [
            [-np.logaddexp(0, -sign * (at + slope * log_odds)).sum() for slope in self.slopes]
            for at in self.intercepts
        ]
        self.spline = RectBivariateSpline(self.intercepts, self.slopes, np.array(of))

    def __call__(self, intercept: np.ndarray, slope: np.ndarray) -> np.ndarray:
        """Return the log-likelihood where both meet, broadcast."""
        return self.spline.ev(*np.broadcast_arrays(intercept, slope))


def rightness(chances: np.ndarray, truth: np.ndarray, question: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the logit of the probability of being right, and whether it is, of the label at 0.5."""
    said = NAMES[decide(*chances)]
    right = [is_right(a, b, question) for a, b in zip(said, NAMES[truth], strict=True)]
    return log_odds_of(asked_probability(said, *chances, question)), np.array(right, dtype=bool)


class Fold:
    """A mouse left out, and what the other two say by themselves."""

    def __init__(self, units: TrainingData, mice: np.ndarray, mouse: str) -> None:
        self.mouse, self.out = mouse, mice == mouse
        inside = units.part(~self.out)
        self.inside = inside
        self.pair = fit_pair(inside)
        self.curves = Curves.of(inside.rows)
        self.familiar = Familiar(inside)
        self.calibrations = calibrations(inside, mice[~self.out])
        self.seen = [Seen.by(trees, self.curves, units.rows[self.out]) for trees in self.pair]
        self.truth, self.recordings = units.truth[self.out], units.recordings[self.out]
        self.strange = self.familiar.unfamiliar(units.rows[self.out])

    def run(self, recording: str, own: int, seed: int) -> list[dict[str, Any]]:
        """Label some units of a recording, accept others, and count what is wrong."""
        here = np.flatnonzero(self.recordings == recording)
        drawn = np.random.default_rng([seed, own]).permutation(here)[:own]
        rest = np.setdiff1d(here, drawn)
        fixed = corrections([s.part(drawn) for s in self.seen], self.truth[drawn], self.pair)
        chances = np.array([logistic(c(s.part(rest))) for c, s in zip(fixed, self.seen, strict=True)])
        known = np.array(left_out_pair([s.part(drawn) for s in self.seen], self.truth[drawn], self.pair))
        found = []
        for question in QUESTIONS:
            log_odds, right = rightness(chances, self.truth[rest], question)
            held = self.strange[rest] & (decide(*chances) > 0)
            own_odds, own_right = rightness(known, self.truth[drawn], question)
            for budget in BUDGETS:
                got = cut(
                    self.calibrations[question],
                    np.where(held, np.nan, log_odds),
                    budget,
                    known=own_odds,
                    right=own_right,
                )
                wrong = int((~right[got.accepted]).sum())
                many = int(got.accepted.sum())
                found.append(
                    {
                        "question": question, "budget": budget, "own": own, "seed": seed, "recording": recording,
                        "mouse": self.mouse, "units": len(rest), "accepted": many, "wrong": wrong,
                        "expected": got.expected if many else 0.0,
                        "covered": not many or got.low - 1e-12 <= wrong / many <= got.high + 1e-12,
                    }
                )  # fmt: skip
        return found


def calibrations(units: TrainingData, mice: np.ndarray) -> dict[str, Calibration]:
    """Learn the models of being right on some mice, each left out in turn."""
    chances = np.zeros((2, len(units.truth)))
    for mouse in np.unique(mice).tolist():
        out = mice == mouse
        chances[:, out] = [t.probability(units.rows[out]) for t in fit_pair(units.part(~out))]
    return {q: learnt(*rightness(chances, units.truth, q), units.recordings) for q in QUESTIONS}


def summary(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row a question, budget and number of own labels."""
    rows = []
    for question in QUESTIONS:
        for budget in BUDGETS:
            for own in OWN:
                some = [r for r in runs if (r["question"], r["budget"], r["own"]) == (question, budget, own)]
                units, accepted, wrong = (sum(r[k] for r in some) for k in ("units", "accepted", "wrong"))
                by = {}
                for key in ("mouse", "recording"):
                    for name in sorted({r[key] for r in some}):
                        mine = [r for r in some if r[key] == name]
                        many = sum(r["accepted"] for r in mine)
                        by[name] = {
                            "share": many / sum(r["units"] for r in mine),
                            "error": sum(r["wrong"] for r in mine) / many if many else 0.0,
                        }
                errors = [r["wrong"] / r["accepted"] for r in some if r["accepted"]]
                rows.append(
                    {
                        "question": question, "budget": budget, "own": own, "runs": len(some), "share": accepted / units,
                        "error": wrong / accepted if accepted else 0.0,
                        "expected": sum(r["expected"] * r["accepted"] for r in some) / accepted if accepted else 0.0,
                        "above": float(np.mean([e > budget for e in errors])) if errors else 0.0,
                        "in_interval": float(np.mean([r["covered"] for r in some])),
                        "where": by,
                    }
                )  # fmt: skip
    return rows


def ceiling(told: np.ndarray, truth: np.ndarray, mice: np.ndarray) -> dict[str, Any]:
    """Return what each mouse could accept if the cut knew the true labels: by question and budget, without own labels."""
    found: dict[str, Any] = {}
    for question in QUESTIONS:
        log_odds, right = rightness(told, truth, question)
        for budget in BUDGETS:
            at = found.setdefault(question, {}).setdefault(f"{budget}", {})
            for mouse in np.unique(mice).tolist():
                here = np.flatnonzero(mice == mouse)
                order = here[np.argsort(-log_odds[here], kind="stable")]
                errors = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
                at[mouse] = float(np.flatnonzero(errors <= budget).max(initial=-1) + 1) / len(order)
    return found


def rounded(value: Any) -> Any:
    """Round all numbers of plain data to six digits."""
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def main() -> None:
    """Learn, measure, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labelled_units", type=Path)
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    data, features = read(options.labelled_units)
    units, mice = training_data(data, features), data.mouse.to_numpy().astype(str)
    runs: list[dict[str, Any]] = []
    told = np.zeros((2, len(mice)))
    strange = np.zeros(len(mice), dtype=bool)
    folds: dict[str, Any] = {}
    for mouse in np.unique(mice).tolist():
        fold = Fold(units, mice, mouse)
        told[:, fold.out] = [logistic(s.log_odds) for s in fold.seen]
        strange[fold.out] = fold.strange
        folds[mouse] = {q: vars(c) for q, c in fold.calibrations.items()}
        for recording in np.unique(fold.recordings).tolist():
            for own in OWN:
                for seed in range(options.seeds if own else 1):
                    runs += fold.run(recording, own, seed)
        print(mouse, flush=True)
    final = calibrations(units, mice)
    said = decide(*told)
    neural = said > 0
    found = {
        "made_by": "scripts/expected_error.py",
        "data": f"{len(mice)} units, {len(set(units.recordings.tolist()))} recordings, {len(set(mice.tolist()))} mice",
        "questions": {q: vars(c) for q, c in final.items()},
        "folds": folds,
        "table": summary(runs),
        "ceiling": ceiling(told, units.truth, mice),
        "unfamiliar": {
            "limit": Familiar(units).limit,
            "neighbour": NEIGHBOUR, "level": LEVEL, "metrics": list(SHAPE),
            "share": {
                "all": float((strange & neural).mean()),
                **{m: float((strange & neural)[mice == m].mean()) for m in np.unique(mice).tolist()},
            },
            "units": int((strange & neural).sum()),
            "error": {
                q: {name: float(np.mean(~rightness(told[:, k], units.truth[k], q)[1]))
                    for name, k in (("unfamiliar", neural & strange), ("others", neural & ~strange))}
                for q in QUESTIONS
            },
        },
        "noise_share": noise_share(told, units),
    }  # fmt: skip
    OUT.write_text(json.dumps(rounded(found), indent=1) + "\n", encoding="utf-8")
    expected_error_card.main()
    for row in found["table"]:
        print({k: round(v, 3) if isinstance(v, float) else v for k, v in row.items() if k != "where"},
              {m: (round(v["share"], 2), round(v["error"], 3)) for m, v in row["where"].items()})  # fmt: skip
    print(found["unfamiliar"], found["noise_share"], found["questions"])


def noise_share(told: np.ndarray, units: TrainingData) -> dict[str, float]:
    """Return the accuracy over all left-out mice if the share of noise is told: not, truly, roughly, wrongly."""

    def accuracy(tell: Any) -> float:
        noise = told[0].copy()
        for name in np.unique(units.recordings).tolist():
            here = units.recordings == name
            noise[here] = shifted(told[0][here], tell(float((units.truth[here] == 0).mean())))
        return float((decide(noise, told[1]) == units.truth).mean())

    return {
        "not told": accuracy(lambda true: None),
        "true share": accuracy(lambda true: true),
        "rounded to 20 %": accuracy(lambda true: min(0.95, max(0.01, round(true * 5) / 5))),
        "10 points too much": accuracy(lambda true: min(0.95, true + 0.1)),
        "10 points too little": accuracy(lambda true: max(0.01, true - 0.1)),
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
