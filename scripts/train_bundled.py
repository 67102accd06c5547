"""Train the bundled classifiers and write them with their card.

    python scripts/train_bundled.py LABELLED_UNITS

LABELLED_UNITS is a folder of CSV files, one a recording, named by mouse ("mouse1a_imec0.csv"): metrics
of SpikeInterface and the column ``majority_vote`` (noise, mua, good), as UnitRefine published them.
Every number in the card comes from leaving one mouse out (``scripts/held_out.py``). What was found is also written to
``benchmarks/held_out.json``, for ``benchmarks/recompute.py``. The same data and scikit-learn give the same files.
"""

from __future__ import annotations

import argparse
import json
import re
import time
import warnings
from pathlib import Path

import held_out
import numpy as np
import pandas as pd
import sklearn
from bundled_card import write_card

from nb_autolabel.classifiers.adaptation import TrainingData, fit_pair_by_missing
from nb_autolabel.classifiers.boosting import FORESTS, GROWN_WITHOUT, training_statistics
from nb_autolabel.classifiers.by_missing import TreesByMissing
from nb_autolabel.classifiers.model import as_single
from nb_autolabel.classifiers.scoring import CLASSES
from nb_autolabel.classifiers.store import bundled_name
from nb_autolabel.classifiers.trees import Trees
from nb_autolabel.metrics.registry import OLDER_NAMES
from nb_autolabel.metrics.table import MetricTable

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "nb_autolabel" / "classifiers" / "bundled"
NOT_METRICS = {"Unnamed: 0", "cluster_id", "majority_vote", "is_noise"}
MAGNITUDES = ("amplitude_median",)


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


def training_data(data: pd.DataFrame, features: list[str]) -> TrainingData:
    """Return units as the package keeps them."""
    truth = np.array([CLASSES.index(vote) for vote in data.majority_vote])
    return TrainingData(
        data[features].to_numpy(), tuple(features), truth, data.recording.to_numpy().astype(str)
    )


def save(name: str, trees: TreesByMissing, labels: list[str], info: dict) -> int:
    """Write one classifier and its description; return its size in bytes."""
    OUT.mkdir(exist_ok=True)
    files: dict[str, Trees] = {name: trees.whole}
    files |= {
        bundled_name(name, group): other.trees
        for group, other in zip(GROWN_WITHOUT, trees.without, strict=True)
    }
    for file, grown in files.items():
        np.savez_compressed(OUT / f"{file}.npz", **grown.to_arrays())
    known = {"features": info["features"], "labels": labels, "magnitudes": list(MAGNITUDES), **info}
    (OUT / f"{name}.json").write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    return sum((OUT / f).stat().st_size for f in (f"{name}.json", *(f"{file}.npz" for file in files)))


def main() -> None:
    """Evaluate, train on everything, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labelled_units", type=Path)
    data, features = read(parser.parse_args().labelled_units)
    units = training_data(data, features)
    found = held_out.evaluate(units, data.mouse.to_numpy().astype(str))
    (ROOT / "benchmarks" / "held_out.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    pair = fit_pair_by_missing(units)
    info = {
        "features": features,
        "growth": [{"name": name, **forest.to_dict()} for name, forest in FORESTS.items()],
        "grown without": list(GROWN_WITHOUT),
        "groups": found["missing"]["groups"],
        "singles": found["missing"]["singles"],
        "scikit-learn": sklearn.__version__,
        "units": len(data),
        "data": f"{len(data)} units, {data.recording.nunique()} recordings, {data.mouse.nunique()} mice",
    }
    size = 0
    for name, trees, labels, kept in (
        ("noise", pair[0], ["neural", "noise"], units.truth >= 0),
        ("sua", pair[1], ["mua", "sua"], units.truth > 0),
    ):
        statistics = training_statistics(units.rows[kept], features)
        size += save(name, trees, labels, {**info, "statistics": statistics})
    # For adapting the pair to a recording, the units are kept too.
    np.savez_compressed(
        OUT / "training.npz",
        rows=units.rows.astype(np.float32),
        features=np.array(features),
        truth=units.truth.astype(np.int8),
        recordings=units.recordings,
    )
    many = units.rows[np.random.default_rng(0).integers(0, len(units.rows), 10_000)]
    start = time.perf_counter()
    for trees in pair:
        trees.probability(many)
    write_card(OUT / "README.md", found, info, size, time.perf_counter() - start)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
