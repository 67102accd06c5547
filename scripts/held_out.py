"""How good the bundled pair and its peers are on mice they have not seen.

Each mouse is left out in turn, and nothing of the mouse that is scored is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

import nb_autolabel as nbl
from nb_autolabel.classifiers.adaptation import TrainingData, fit_pair_by_missing
from nb_autolabel.classifiers.boosting import GROUPS
from nb_autolabel.classifiers.scoring import CLASSES, decide, macro_f1, scores, three

SEEDS = 3
#: Draws of recordings behind the intervals.
DRAWS = 2000
Chances = Any  # of noise, and of single unit if not noise; shape (2, n)


def hidden(data: TrainingData, names: Iterable[str]) -> np.ndarray:
    """Return rows without some of the metrics."""
    rows = data.rows.copy()
    rows[:, [data.features.index(name) for name in names]] = np.nan
    return rows


def recipe(rows: np.ndarray, truth: np.ndarray, seed: int) -> Callable[[np.ndarray], Chances]:
    """Fit the two random forests that UnitRefine ships, as the top rows of its model_accuracies.csv say."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import RobustScaler, StandardScaler

    noise = make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        StandardScaler(),
        RandomForestClassifier(
            150, criterion="gini", min_samples_leaf=4, min_samples_split=3,
            class_weight="balanced_subsample", random_state=seed,
        ),
    )  # fmt: skip
    sua = make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        RobustScaler(),
        RandomForestClassifier(
            129, criterion="entropy", min_samples_leaf=4, min_samples_split=4,
            class_weight="balanced", random_state=seed,
        ),
    )  # fmt: skip
    neural = truth > 0
    noise.fit(rows, truth == 0)
    sua.fit(rows[neural], truth[neural] == 2)
    return lambda new: (noise.predict_proba(new)[:, 1], sua.predict_proba(new)[:, 1])


def bombcell(table: pd.DataFrame, thresholds: Any) -> np.ndarray:
    """Return classes by Bombcell; metrics that are not in the table are left out."""
    labels = nbl.bombcell_label_units(table, thresholds, label_non_somatic=False)["label"]
    return np.array([CLASSES.index(label) for label in labels])


def balanced(truth: np.ndarray, decided: np.ndarray) -> float:
    """Return the mean share of the units of each class that were found."""
    return float(np.mean([(decided[truth == c] == c).mean() for c in np.unique(truth)]))


def scored(truth: np.ndarray, chances: Chances = None, decided: np.ndarray | None = None) -> dict[str, float]:
    """Return all scores; those of probabilities only where there are any."""
    if chances is None:
        return {
            "accuracy": float((decided == truth).mean()),
            "balanced_accuracy": balanced(truth, decided),
            "macro_f1": float(macro_f1(truth, decided)),
        }
    found = scores(*chances, truth)
    return {
        "accuracy": found.pop("accuracy"),
        "balanced_accuracy": balanced(truth, decide(*chances)),
        **found,
    }


def drawn_recordings(recordings: np.ndarray) -> list[np.ndarray]:
    """Return places of units, as many recordings as there are drawn with replacement."""
    names = np.unique(recordings)
    places = {name: np.flatnonzero(recordings == name) for name in names}
    random = np.random.default_rng(0)
    return [np.concatenate([places[n] for n in random.choice(names, len(names))]) for _ in range(DRAWS)]


def interval(values: list[float]) -> list[float]:
    """Return the middle 95 %."""
    return [float(v) for v in np.quantile(values, [0.025, 0.975])]


def evaluate(data: TrainingData, mice: np.ndarray) -> dict[str, Any]:
    """Leave each mouse out; return what the card says, as plain data."""
    truth, table = data.truth, pd.DataFrame(data.rows, columns=list(data.features))
    pair_chances, seeds = np.zeros((2, len(truth))), np.zeros((SEEDS, 2, len(truth)))
    default = bombcell(table, None)
    fitted_labels, fitted = np.zeros(len(truth), int), {}
    singles = {name: (name,) for name in data.features}
    without = {names: np.zeros((2, len(truth))) for names in {*GROUPS.values(), *singles.values()}}
    for mouse in np.unique(mice).tolist():
        out = mice == mouse
        inside = data.part(~out)
        print(mouse, flush=True)
        pair = fit_pair_by_missing(inside)
        pair_chances[:, out] = [trees.probability(data.rows[out]) for trees in pair]
        for names, chances in without.items():
            chances[:, out] = [trees.probability(hidden(data.part(out), names)) for trees in pair]
        for seed in range(SEEDS):
            seeds[seed][:, out] = recipe(inside.rows, inside.truth, seed)(data.rows[out])
        votes = pd.Series([CLASSES[c] for c in inside.truth], index=table.index[~out])
        fitted[mouse] = nbl.fit_thresholds(table[~out], votes).thresholds
        fitted_labels[out] = bombcell(table[out], fitted[mouse])
    methods: dict[str, Callable[[np.ndarray], dict[str, float]]] = {
        "bundled pair": lambda at: scored(truth[at], pair_chances[:, at]),
        "UnitRefine's recipe": lambda at: (
            pd.DataFrame([scored(truth[at], s[:, at]) for s in seeds]).mean().to_dict()
        ),
        "Bombcell, defaults": lambda at: scored(truth[at], decided=default[at]),
        "Bombcell, fitted": lambda at: scored(truth[at], decided=fitted_labels[at]),
    }
    places = {name: np.flatnonzero(mice == name) for name in np.unique(mice).tolist()}
    places |= {r: np.flatnonzero(data.recordings == r) for r in np.unique(data.recordings).tolist()}
    places["all"] = np.arange(len(truth))
    draws = drawn_recordings(data.recordings)
    many = {name: pd.DataFrame([score(at) for at in draws]) for name, score in methods.items()}
    return {
        "thresholds": fitted,
        "scores": {n: {where: score(at) for where, at in places.items()} for n, score in methods.items()},
        "intervals": {n: {c: interval(table[c].tolist()) for c in table} for n, table in many.items()},
        "differences": {
            name: {c: interval((many["bundled pair"][c] - many[name][c]).tolist()) for c in many[name]}
            for name in list(methods)[1:]
        },
        "kept": _kept(pair_chances, truth),
        "missing": _missing(without, pair_chances, truth, singles),
    }


def _kept(chances: Chances, truth: np.ndarray) -> dict[str, float]:
    """Return how many are right among the most confident units."""
    joint = three(*chances)
    decided = decide(*chances)
    order = np.argsort(-joint[np.arange(len(truth)), decided], kind="stable")
    right = (decided == truth)[order]
    return {f"{part}": float(right[: round(part * len(truth))].mean()) for part in (0.1, 0.25, 0.5, 0.8, 1.0)}


def _missing(without: dict, whole: Chances, truth: np.ndarray, singles: dict) -> dict[str, Any]:
    """Return what it costs when metrics are missing: changes of macro-F1, accuracy and log-loss."""
    before = scores(*whole, truth)

    def cost(names: tuple[str, ...]) -> dict[str, Any]:
        after = scores(*without[names], truth)
        return {
            "features": list(names),
            "loss": round(after["macro_f1"] - before["macro_f1"], 4),
            "accuracy": round(after["accuracy"] - before["accuracy"], 4),
            "log_loss": round(after["log_loss"] - before["log_loss"], 4),
        }

    return {
        "groups": {name: cost(names) for name, names in GROUPS.items()},
        "singles": {name: cost(names) for name, names in singles.items()},
    }
