"""Fit the preset "fitted": Bombcell's limits moved to where they agree best with curators.

    python scripts/fit_preset.py LABELLED_UNITS

LABELLED_UNITS is a folder of CSV files, one a recording, named by mouse ("mouse1a_imec0.csv"): metrics of
SpikeInterface (under older names) and the column ``majority_vote`` (noise, mua, good), as UnitRefine published
them. Prints the limits to be written into ``rules/presets.py``; then, with each mouse left out, what such limits
are worth, counted from labels alone without the package's scores; then what fits to few labels of one
recording do to its other units. The same data give the same numbers.
"""

from __future__ import annotations

import argparse
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import nb_autolabel as nbl

LABELS = ("noise", "mua", "good")
NOT_METRICS = {"Unnamed: 0", "cluster_id", "majority_vote", "is_noise"}


def read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read all recordings; return the metrics, and the vote, recording and mouse of each unit."""
    tables = []
    for file in sorted(folder.glob("*.csv")):
        table = pd.read_csv(file)
        mouse = re.match(r"mouse\d+", file.stem)
        tables.append(table.assign(recording=file.stem, mouse=mouse[0] if mouse else file.stem))
    data = pd.concat(tables, ignore_index=True)
    units = data[["majority_vote", "recording", "mouse"]]
    return data.drop(columns=[*units.columns, *NOT_METRICS & set(data.columns)]), units


def labels_of(metrics: pd.DataFrame, thresholds: dict | None) -> np.ndarray:
    """Label by Bombcell's noise and mua criteria; curators judged no somatic shape."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # metrics these units lack
        found = nbl.bombcell_label_units(metrics, thresholds, label_non_somatic=False)
    return found["label"].to_numpy()


def agreement(truth: np.ndarray, said: np.ndarray) -> tuple[float, float]:
    """Return accuracy and macro-F1, counted here."""
    parts = []
    for label in LABELS:
        both = ((truth == label) & (said == label)).sum()
        parts.append(2 * both / ((truth == label).sum() + (said == label).sum()))
    return float((truth == said).mean()), float(np.mean(parts))


def leave_mice_out(metrics: pd.DataFrame, units: pd.DataFrame) -> None:
    """Print what limits fitted to the other mice are worth."""
    truth = units.majority_vote.to_numpy()
    default = labels_of(metrics, None)
    fitted = np.empty(len(units), dtype=object)
    for mouse in sorted(units.mouse.unique()):
        out = (units.mouse == mouse).to_numpy()
        found = nbl.fit_thresholds(
            metrics[~out], units.majority_vote[~out], recordings=units.recording[~out].tolist()
        )
        fitted[out] = labels_of(metrics[out], found.thresholds)
    print("| left out | units | defaults: accuracy, macro-F1 | fitted to the others: accuracy, macro-F1 |")
    print("|---|---|---|---|")
    for where in [*sorted(units.mouse.unique()), "all"]:
        here = (units.mouse == where).to_numpy() | (where == "all")
        numbers = [agreement(truth[here], said[here]) for said in (default, fitted)]
        cells = " | ".join(f"{accuracy:.3f}, {f1:.3f}" for accuracy, f1 in numbers)
        print(f"| {where} | {here.sum()} | {cells} |")


def fit_to_few(metrics: pd.DataFrame, units: pd.DataFrame) -> None:
    """Print how often limits fitted to some labels of a recording are worse on its other units."""
    truth, random = units.majority_vote.to_numpy(), np.random.default_rng(0)
    default = labels_of(metrics, None)
    print("\n| labels | fits | mean gain in macro-F1 | worse than the start | worst |\n|---|---|---|---|---|")
    for many in (20, 50, 80, 100, 150, 200):
        gains = []
        for recording in sorted(units.recording.unique()):
            here = np.flatnonzero(units.recording == recording)
            for _ in range(3):
                if len(here) < many + 60:
                    continue
                own = random.choice(here, many, replace=False)
                rest = np.setdiff1d(here, own)
                found = nbl.fit_thresholds(metrics.iloc[here], units.majority_vote.iloc[own], fewest=0)
                after = agreement(truth[rest], labels_of(metrics.iloc[rest], found.thresholds))
                gains.append(after[1] - agreement(truth[rest], default[rest])[1])
        worse = float((np.array(gains) < -1e-9).mean())
        print(f"| {many} | {len(gains)} | {np.mean(gains):+.3f} | {worse:.2f} | {min(gains):+.3f} |")


def main() -> None:
    """Fit, print, measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labelled_units", type=Path)
    metrics, units = read(parser.parse_args().labelled_units)
    found = nbl.fit_thresholds(metrics, units.majority_vote, recordings=units.recording.tolist())
    print(found.text)
    print(found.changes.to_string())
    print({section: found.thresholds[section] for section in ("noise", "mua")}, "\n")
    leave_mice_out(metrics, units)
    fit_to_few(metrics, units)


if __name__ == "__main__":
    main()
