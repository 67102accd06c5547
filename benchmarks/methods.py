"""All methods on mice they have not seen: the table of the documentation.

    python benchmarks/methods.py LABELLED_UNITS

Bombcell with its default thresholds, with thresholds fitted on the other mice, the published recipe of
UnitRefine, and the bundled recipe; each mouse is left out in turn. Then sizes and times.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import nb_autolabel as nbl
from nb_autolabel.classifiers.scoring import CLASSES, macro_f1, scores

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))


def main() -> None:
    """Measure and print tables."""
    from train_bundled import classes_of, fit, read, recipe

    from nb_autolabel.classifiers.store import bundled_files

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labelled_units", type=Path)
    data, features = read(parser.parse_args().labelled_units)
    truth, rows, table = classes_of(data), data[features].to_numpy(), data[features]
    decided = {"Bombcell, defaults": np.zeros(len(data), int), "Bombcell, fitted": np.zeros(len(data), int)}
    chances = {"published recipe": np.zeros((2, len(data))), "bundled recipe": np.zeros((2, len(data)))}
    default = bombcell(table, None)
    mice = sorted(data.mouse.unique())
    for mouse in mice:
        out = (data.mouse == mouse).to_numpy()
        fitted = nbl.fit_thresholds(table[~out], data.majority_vote[~out])
        decided["Bombcell, defaults"][out] = default[out]
        decided["Bombcell, fitted"][out] = bombcell(table[out], fitted.thresholds)
        chances["published recipe"][:, out] = recipe(rows[~out], truth[~out])(rows[out])
        pair = fit(rows[~out], truth[~out], features)
        chances["bundled recipe"][:, out] = [trees.probability(rows[out]) for trees in pair]
    print(
        "| method | mouse | accuracy | macro-F1 | log-loss | calibration error |\n|---|---|---|---|---|---|"
    )
    for where in [*mice, "all"]:
        here = (data.mouse == where).to_numpy() | (where == "all")
        for name, found in decided.items():
            accuracy = (found[here] == truth[here]).mean()
            print(f"| {name} | {where} | {accuracy:.3f} | {macro_f1(truth[here], found[here]):.3f} | | |")
        for name, found in chances.items():
            row = scores(*found[:, here], truth[here])
            print(f"| {name} | {where} | " + " | ".join(f"{v:.3f}" for v in row.values()) + " |")
    size = sum(file.stat().st_size for file in bundled_files())
    print(f"\nSize of the bundled files (training units included): {size / 1e6:.2f} MB")
    nbl.unitrefine_label_units(table.head(10))
    for many in (142, 1000, 10_000):
        some = table.iloc[np.arange(many) % len(table)].reset_index(drop=True)
        times = []
        for _ in range(5):
            start = time.perf_counter()
            nbl.unitrefine_label_units(some)
            times.append(time.perf_counter() - start)
        print(f"{many} units labeled by the bundled pair: {1000 * statistics.median(times):.0f} ms")


def bombcell(table: pd.DataFrame, thresholds: object) -> np.ndarray:
    """Return classes by Bombcell; metrics that are not in the table are left out."""
    labels = nbl.bombcell_label_units(table, thresholds, label_non_somatic=False)["label"]
    return np.array([CLASSES.index(label) for label in labels])


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
