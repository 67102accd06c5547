"""Train the bundled classifiers and write them with their card.

    python scripts/train_bundled.py LABELLED_UNITS

LABELLED_UNITS is a folder of CSV files, one a recording, named by mouse ("mouse1a_imec0.csv"): metrics
of SpikeInterface and the column ``majority_vote`` (noise, mua, good), as UnitRefine published them.
Every number in the card comes from leaving one mouse out. The same data and scikit-learn give the same files.
"""

from __future__ import annotations

import argparse
import json
import re
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn

from nb_autolabel.classifiers.adapting import TrainingData, fit_pair
from nb_autolabel.classifiers.growing import GROUPS, SETTINGS, training_statistics
from nb_autolabel.classifiers.model import as_single
from nb_autolabel.classifiers.scoring import CLASSES, decide, macro_f1, scores
from nb_autolabel.classifiers.trees import Trees
from nb_autolabel.metrics.registry import OLDER_NAMES
from nb_autolabel.metrics.table import MetricTable

OUT = Path(__file__).resolve().parents[1] / "nb_autolabel" / "classifiers" / "bundled"
NOT_METRICS = {"Unnamed: 0", "cluster_id", "majority_vote", "is_noise"}
MAGNITUDES = ("amplitude_median",)
Pair = tuple[Trees, Trees]


def read(folder: Path) -> tuple[pd.DataFrame, list[str]]:
    """Read all recordings under today's names; return them and the names of the metrics."""
    tables = []
    for file in sorted(folder.glob("*.csv")):
        table = pd.read_csv(file)
        mouse = re.match(r"(mouse\d+)", file.stem)
        tables.append(table.assign(recording=file.stem, mouse=mouse[1] if mouse else file.stem))
    data = pd.concat(tables, ignore_index=True)
    stored = [c for c in data.columns if c not in NOT_METRICS | {"recording", "mouse"}]
    features = [OLDER_NAMES.get(name, (name, 1.0))[0] for name in stored]
    table = MetricTable(data[stored])
    for name in features:
        values = np.asarray(table.values(name), dtype=float)
        data[name] = np.abs(values) if name in MAGNITUDES else values
    names = sorted(features)
    data[names] = as_single(data[names].to_numpy(dtype=float))
    return data, names


def fit(rows: np.ndarray, truth: np.ndarray, features: list[str]) -> Pair:
    """Fit the pair."""
    return fit_pair(TrainingData(rows, tuple(features), truth, np.full(len(rows), "")))


def recipe(rows: np.ndarray, truth: np.ndarray):  # type: ignore[no-untyped-def]
    """Fit the random forests of the UnitRefine repository, the published recipe."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def forest(trees: int, criterion: str):  # type: ignore[no-untyped-def]
        grown = RandomForestClassifier(
            trees, criterion=criterion, min_samples_leaf=4, class_weight="balanced", random_state=0, n_jobs=2
        )
        return make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), grown)

    neural = truth > 0
    noise = forest(150, "gini").fit(rows, truth == 0)
    sua = forest(129, "entropy").fit(rows[neural], truth[neural] == 2)
    return lambda new: (noise.predict_proba(new)[:, 1], sua.predict_proba(new)[:, 1])


def classes_of(data: pd.DataFrame) -> np.ndarray:
    """Return the curators' majority as indices into CLASSES."""
    return np.array([CLASSES.index(vote) for vote in data.majority_vote])


def evaluate(data: pd.DataFrame, features: list[str]):  # type: ignore[no-untyped-def]
    """Leave each mouse out; return scores per mouse and pooled, and what each missing group costs."""
    truth, rows = classes_of(data), data[features].to_numpy()
    held: dict[str, dict[str, np.ndarray]] = {}
    masked = {name: np.zeros((2, len(data))) for name in GROUPS}
    for mouse in sorted(data.mouse.unique()):
        out = (data.mouse == mouse).to_numpy()
        pair = fit(rows[~out], truth[~out], features)
        forests = recipe(rows[~out], truth[~out])
        for method, found in (
            ("bundled pair", [trees.probability(rows[out]) for trees in pair]),
            ("published recipe", forests(rows[out])),
        ):
            held.setdefault(method, {}).setdefault("all", np.zeros((2, len(data))))[:, out] = found
        for name, members in GROUPS.items():
            hidden = rows[out].copy()
            hidden[:, [features.index(m) for m in members]] = np.nan
            masked[name][:, out] = [trees.probability(hidden) for trees in pair]
    table = {}
    for method, found in held.items():
        for mouse in [*sorted(data.mouse.unique()), *sorted(data.recording.unique())]:
            here = ((data.mouse == mouse) | (data.recording == mouse)).to_numpy()
            table[method, mouse] = scores(*found["all"][:, here], truth[here])
        table[method, "all"] = scores(*found["all"], truth)
    whole = macro_f1(truth, decide(*held["bundled pair"]["all"]))
    losses = {name: macro_f1(truth, decide(*found)) - whole for name, found in masked.items()}
    return pd.DataFrame(table).T, losses


def save(name: str, trees: Trees, labels: list[str], info: dict) -> int:
    """Write one classifier and its description; return its size in bytes."""
    OUT.mkdir(exist_ok=True)
    arrays = trees.to_arrays()
    np.savez_compressed(OUT / f"{name}.npz", **arrays)
    known = {"features": info["features"], "labels": labels, "magnitudes": list(MAGNITUDES), **info}
    (OUT / f"{name}.json").write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    return sum((OUT / f"{name}{ending}").stat().st_size for ending in (".npz", ".json"))


def main() -> None:
    """Evaluate, train on everything, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labelled_units", type=Path)
    data, features = read(parser.parse_args().labelled_units)
    table, losses = evaluate(data, features)
    truth, rows = classes_of(data), data[features].to_numpy()
    pair = fit(rows, truth, features)
    groups = {n: {"features": list(m), "loss": round(losses[n], 4)} for n, m in GROUPS.items()}
    info = {
        "features": features,
        "growth": [g.to_dict() for g in SETTINGS],
        "groups": groups,
        "scikit-learn": sklearn.__version__,
        "data": f"{len(data)} units, {data.recording.nunique()} recordings, {data.mouse.nunique()} mice",
    }
    neural = truth > 0
    size = save(
        "noise", pair[0], ["neural", "noise"], {**info, "statistics": training_statistics(rows, features)}
    )
    size += save(
        "sua", pair[1], ["mua", "sua"], {**info, "statistics": training_statistics(rows[neural], features)}
    )
    # For adapting the pair to a recording, the units are kept too.
    np.savez_compressed(
        OUT / "training.npz",
        rows=rows.astype(np.float32),
        features=np.array(features),
        truth=truth.astype(np.int8),
        recordings=data.recording.to_numpy().astype(str),
    )
    many = rows[np.random.default_rng(0).integers(0, len(rows), 10_000)]
    start = time.perf_counter()
    for trees in pair:
        trees.probability(many)
    seconds = time.perf_counter() - start
    write_card(table, groups, info, size, seconds)
    print(table.round(3).to_string())


def write_card(table: pd.DataFrame, groups: dict, info: dict, size: int, seconds: float) -> None:
    """Write the model card."""
    lines = [
        f"| {method} | {where} | "
        + " | ".join(f"{row[c]:.3f}" for c in ("accuracy", "macro_f1", "log_loss", "calibration_error"))
        + " |"
        for (method, where), row in table.iterrows()
    ]
    missing = [f"| {name} | {', '.join(m['features'])} | {m['loss']:+.3f} |" for name, m in groups.items()]
    card = CARD.format(
        data=info["data"],
        features=", ".join(info["features"]),
        scores="\n".join(lines),
        missing="\n".join(missing),
        growth="; ".join(", ".join(f"{k} {v}" for k, v in g.items()) for g in info["growth"]),
        version=info["scikit-learn"],
        size=f"{size / 1e6:.2f}",
        seconds=f"{seconds:.2f}",
    )
    (OUT / "README.md").write_text(card, encoding="utf-8")


CARD = """# The bundled classifiers

Two classifiers in a row, after UnitRefine (Jain et al.): noise against neural on all units, then single
against multi unit on the neural ones. Gradient-boosted trees, kept as plain arrays in `noise.npz` and
`sua.npz`; `noise.json` and `sua.json` say what they need and what they were trained on.

- **Data**: {data}, Neuropixels recordings of mice, labeled by 2 to 5 human curators each (majority vote);
  published with UnitRefine (https://github.com/anoushkajain/UnitRefine) under the MIT licence.
- **Cite**: Jain et al., UnitRefine, when you use them.
- **Metrics**: {features}. `amplitude_median` is taken as a magnitude. All are computed by SpikeInterface
  0.101 to 0.105; older names are found. A metric that is missing is left out by the trees themselves, which were
  trained with copies of the data in which one group of metrics is hidden.
- **Settings**: the mean log-odds of three forests ({growth}; scikit-learn {version},
  `HistGradientBoostingClassifier`).
- **Units**: `training.npz` holds the metrics and votes of these units, for adapting the pair to a recording.
- **Size** {size} MB together; 10,000 units take {seconds} s.

## Scores

One mouse is left out in turn. "Published recipe" are the random
forests of the UnitRefine repository (150 trees, gini; 129 trees, entropy; at least 4 units a leaf, class-balanced,
median imputation), fitted in the same folds. Calibration error: expected calibration error of the most probable of
three classes, 10 bins.

| method | left out | accuracy | macro-F1 | log-loss | calibration error |
|---|---|---|---|---|---|
{scores}

## What a missing group of metrics costs

Change of macro-F1 over all left-out mice when the group is missing for all units.

| group | metrics | macro-F1 |
|---|---|---|
{missing}

## Limits

Two curators agree on about 80 % of such units, so that no classifier can be much better than that; where these two
are unsure, the probability says so. Only mice, only Neuropixels, a few laboratories: look at the histograms of the
probabilities before you trust them on anything else. Probabilities are calibrated over recordings; a recording with
far more or less noise than usual is judged as if it were a usual one. To make them fit your own recordings, label 50
units by hand (`LabelingSession`) and adapt.
"""

if __name__ == "__main__":
    warnings.simplefilter("ignore", RuntimeWarning)
    main()
