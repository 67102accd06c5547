"""What labels of one's own are worth: the bundled recipe adapted to a recording of a mouse it has not seen.

    python benchmarks/adapting.py LABELLED_UNITS [--labels 50] [--seeds 8] [--prior 0.3 0.03 2]

For each recording the base is trained without its mouse. Half of the units of the recording, drawn once a seed,
are never asked for: both ways are judged on them, before and after. Of the other half so many are labeled (by the
curators' votes), drawn at random or asked for as a LabelingSession does, and the pair is adapted. Prints accuracy
before and after, per recording and on average.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from nb_autolabel.classifiers.active_learning import Guess
from nb_autolabel.classifiers.adaptation import TrainingData, adapted, fit_pair
from nb_autolabel.classifiers.scoring import decide
from nb_autolabel.classifiers.similarity import PRIOR, Curves, Prior

#: Part of a recording's units that may be asked for; the others are judged.
PART = 0.5

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))


def ask(way, pair, curves, rows, truth, many, seed, prior):  # type: ignore[no-untyped-def]
    """Choose the units to label; actively one after the other, as a LabelingSession does."""
    if way == "random":
        return np.random.default_rng(seed).permutation(len(rows))[:many]
    guess = Guess(pair, curves, rows, prior)
    asked = np.zeros(0, dtype=np.intp)
    for _ in range(many):
        guess.learn(asked, truth[asked])
        asked = np.append(asked, guess.next())
    return asked


def main() -> None:
    """Measure and print a table."""
    from train_bundled import read, training_data

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labelled_units", type=Path)
    parser.add_argument("--labels", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--prior", type=float, nargs=3, help="variances of intercept, weight and leaf")
    options = parser.parse_args()
    prior = Prior(*options.prior) if options.prior else PRIOR
    data, features = read(options.labelled_units)
    units = training_data(data, features)
    truth, rows = units.truth, units.rows
    found = {}
    for recording in sorted(data.recording.unique()):
        here = np.flatnonzero(data.recording == recording)
        other = (data.mouse != data.mouse[here[0]]).to_numpy()
        base = units.part(other)
        pair, curves = fit_pair(base), Curves.of(base.rows)
        for way in ("random", "active"):
            scores = []
            for seed in range(options.seeds):
                order = np.random.default_rng(100 + seed).permutation(here)
                some, rest = np.split(order, [int(PART * len(here))])
                asked = ask(way, pair, curves, rows[some], truth[some], options.labels, seed, prior)
                own = TrainingData(
                    rows[some[asked]], tuple(features), truth[some[asked]], np.full(len(asked), "own")
                )
                scores.append(
                    [
                        (decide(*(trees.probability(rows[rest]) for trees in two)) == truth[rest]).mean()
                        for two in (pair, adapted(pair, curves, own, prior))
                    ]
                )
            found[recording, way] = scores
        print(recording, flush=True)
    gains = pd.DataFrame({key: np.diff(scores)[:, 0] for key, scores in found.items()})
    table = pd.DataFrame(
        {key: dict(zip(("before", "after"), np.mean(s, axis=0), strict=True)) for key, s in found.items()}
    ).T
    table["gain"] = table.after - table.before
    print(table.round(3).to_string())
    for way, runs in gains.T.groupby(level=1):
        mean = runs.mean()
        print(f"{way}: {mean.mean():+.4f}, standard error over samples {mean.sem():.4f}")


if __name__ == "__main__":
    warnings.simplefilter("ignore", RuntimeWarning)
    main()
