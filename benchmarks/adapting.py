"""What labels of one's own are worth: the bundled recipe adapted to a recording of a mouse it has not seen.

    python benchmarks/adapting.py LABELLED_UNITS [--labels 50] [--seeds 3]

For each recording the base is trained without its mouse. Then so many of its units are labeled (by the
curators' votes), drawn at random or by how much they tell, the pair is adapted, and judged on the
recording's other units. Prints accuracy before and after, per recording and on average.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from nb_autolabel.classifiers.adapting import (
    Guess,
    TrainingData,
    adapted,
    fit_pair,
    next_to_label,
)
from nb_autolabel.classifiers.correction import Ranks
from nb_autolabel.classifiers.scoring import decide, three

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))


def ask(way, pair, ranks, rows, truth, many, seed):  # type: ignore[no-untyped-def]
    """Choose the units to label, one after the other as in a LabelingSession (corrected every tenth)."""
    if way == "random":
        return np.random.default_rng(seed).permutation(len(rows))[:many]
    guess = Guess(pair, ranks, rows)
    chances = three(*(trees.probability(rows) for trees in pair))
    done = np.zeros(len(rows), dtype=bool)
    asked: list[int] = []
    for turn in range(many):
        asked.append(next_to_label(chances, done, seed=1000 * seed + turn))
        done[asked[-1]] = True
        if turn % 10 == 9:
            chances = guess.chances(np.array(asked), truth[asked])
    return np.array(asked)


def main() -> None:
    """Measure and print a table."""
    from train_bundled import classes_of, read

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labelled_units", type=Path)
    parser.add_argument("--labels", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    data, features = read(options.labelled_units)
    truth, rows = classes_of(data), data[features].to_numpy()
    found = {}
    for recording in sorted(data.recording.unique()):
        here = np.flatnonzero(data.recording == recording)
        other = (data.mouse != data.mouse[here[0]]).to_numpy()
        base = TrainingData(rows[other], tuple(features), truth[other], data.recording[other].to_numpy())
        pair, ranks = fit_pair(base), Ranks.of(base.rows)
        before = [trees.probability(rows[here]) for trees in pair]
        for way in ("random", "active"):
            gains = []
            for seed in range(options.seeds):
                asked = ask(way, pair, ranks, rows[here], truth[here], options.labels, seed)
                own = TrainingData(
                    rows[here[asked]], tuple(features), truth[here[asked]], np.full(len(asked), "own")
                )
                rest = np.setdiff1d(np.arange(len(here)), asked)
                noise, sua, _ = adapted(base, own, trees=pair)
                after = [trees.probability(rows[here[rest]]) for trees in (noise, sua)]
                right = truth[here[rest]]
                was = (decide(*(p[rest] for p in before)) == right).mean()
                gains.append((was, (decide(*after) == right).mean()))
            found[recording, way] = dict(zip(("before", "after"), np.mean(gains, axis=0), strict=True))
        print(
            recording,
            {way: round(found[recording, way]["after"], 3) for way in ("random", "active")},
            flush=True,
        )
    table = pd.DataFrame(found).T
    table["gain"] = table.after - table.before
    print(table.round(3).to_string())
    print(table.gain.groupby(level=1).mean().round(4).to_string())


if __name__ == "__main__":
    warnings.simplefilter("ignore", RuntimeWarning)
    main()
