"""Compute the table of expected errors anew, with code that shares nothing with the package.

    python benchmarks/recompute_expected_error.py LABELLED_UNITS [--own 0 25 50]

numpy, scipy, pandas and scikit-learn only, and ``benchmarks/recompute.py``, which shares nothing either: forests, ranks,
likeness of units, adapting (each labelled unit is really left out and everything fitted again), the model of being
right (by random draws from its priors where the package uses a grid), the cut and the counts are written here once
more. Read from the package are data: the groups of metrics (noise.json) and the table. Prints both numbers side by
side; leaves with 1 if one differs by more than 0.02 (0.03 with own labels, where draws and approximations differ).
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from recompute import FORESTS, both, chance, odds, read, said_by
from scipy.ndimage import map_coordinates

HERE = Path(__file__).resolve().parent
BUNDLED = HERE.parent / "nb_autolabel" / "classifiers" / "bundled"
QUESTIONS = ("good or not", "noise or not", "label")
SHAPE = [
    "exp_decay", "num_negative_peaks", "num_positive_peaks", "peak_after_to_trough_ratio", "peak_to_trough_duration",
    "recovery_slope", "repolarization_slope", "spread", "trough_half_width", "velocity_above", "velocity_below",
]  # fmt: skip


# ---------------------------------------------------------------------- being right


def asked(chances, truth, question):
    """Return the logit of the probability of the label that is given, and whether it is right."""
    said = said_by(chances)
    noise, single = chances
    three = np.array([noise, (1 - noise) * (1 - single), (1 - noise) * single])
    of = {0: three[0], 1: three[1], 2: three[2]}
    if question == "label":
        p, right = np.choose(said, [of[0], of[1], of[2]]), said == truth
    else:
        kind = 2 if question == "good or not" else 0
        p, right = np.where(said == kind, of[kind], 1 - of[kind]), (said == kind) == (truth == kind)
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p)), right


def learn(logit, right, recordings, draws=40_000):
    """Return slope, mean intercept, its spread for one more recording, and the tilt, by weighted draws from the priors."""
    random = np.random.default_rng(1)
    means, slopes = random.normal(0, 0.5, draws), random.normal(1, 0.25, draws)
    spreads, tilts = np.abs(random.normal(0, 0.5, draws)), random.uniform(0, 2, draws)
    inside = (np.abs(means) <= 1.5) & (np.abs(slopes - 1) <= 0.7) & (spreads >= 0.025) & (spreads <= 1.6)
    means, slopes, spreads, tilts = (one[inside] for one in (means, slopes, spreads, tilts))
    normal = np.linspace(-4, 4, 161)
    share = np.exp(-0.5 * normal**2) / np.exp(-0.5 * normal**2).sum()
    # Log-likelihoods of a recording on a grid of intercepts and slopes, a tenth apart, read between the points.
    starts, rises = np.arange(-80, 81) / 10, np.arange(-130, 151) / 10
    total = np.zeros(len(means))
    for recording in np.unique(recordings):
        here = logit[recordings == recording]
        sign = np.where(right[recordings == recording], 1, -1)
        table = np.empty((len(starts), len(rises)))
        for a, start in enumerate(starts):
            margin = (start + rises[:, None] * here) * sign
            table[a] = -np.log1p(np.exp(-np.clip(margin, -300, 300))).sum(axis=1)
        for part in np.array_split(np.arange(len(means)), 20):
            deviation = spreads[part, None] * normal
            at = (means[part, None] + deviation + 8) * 10
            rise = (slopes[part, None] + tilts[part, None] * deviation + 13) * 10
            likelihood = map_coordinates(table, [at, rise], order=3, mode="nearest")
            top = likelihood.max(axis=1)
            total[part] += top + np.log(np.exp(likelihood - top[:, None]) @ share)
    weight = np.exp(total - total.max())
    weight /= weight.sum()
    mean, slope = weight @ means, weight @ slopes
    variance = weight @ (spreads**2 + (means - mean) ** 2)
    return (
        slope,
        mean,
        variance**0.5,
        weight @ (tilts * spreads**2 + (means - mean) * (slopes - slope)) / variance,
    )


def accept(model, logit, budget, known, right):
    """Return which labels are accepted: the posterior of the deviation is summed over a fine grid."""
    slope, mean, spread, tilt = model
    at = np.linspace(-8 * spread, 8 * spread, 4001)
    log = -0.5 * (at / spread) ** 2
    for value, hit in zip(known, right, strict=True):
        margin = mean + at + (slope + tilt * at) * value
        log -= np.log1p(np.exp(-margin * (1 if hit else -1)))
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    middle = (weight * at).sum()
    low = middle - np.sqrt((weight * (at - middle) ** 2).sum())
    error = 1 - chance(mean + low + max(slope + tilt * low, 0) * logit)
    taken, total = [], 0.0
    for unit in sorted(np.flatnonzero(np.isfinite(error)), key=lambda one: error[one]):
        if (total + error[unit]) / (len(taken) + 1) > budget:
            break
        total += error[unit]
        taken.append(unit)
    return np.array(taken, dtype=int)


# ---------------------------------------------------------------------- adapting


def ranks(known, new):
    """Return where values lie among the known ones, from -1 to 1; NaN where missing."""
    found = np.full(new.shape, np.nan)
    for j in range(new.shape[1]):
        column = np.sort(known[np.isfinite(known[:, j]), j])
        if len(column):
            middle = (np.searchsorted(column, new[:, j]) + np.searchsorted(column, new[:, j], "right")) / 2
            found[:, j] = 2 * middle / len(column) - 1
    found[np.isnan(new)] = np.nan
    return found


def leaves(forests, rows):
    """Return the leaf of each unit in each tree of some scikit-learn forests."""
    columns = []
    for forest in forests:
        for (tree,) in forest._predictors:
            nodes = tree.nodes
            at = np.zeros(len(rows), dtype=int)
            while True:
                inner = ~nodes["is_leaf"][at].astype(bool)
                if not inner.any():
                    break
                node = nodes[at]
                value = rows[np.arange(len(rows)), node["feature_idx"]]
                left = np.where(
                    np.isnan(value), node["missing_go_to_left"].astype(bool), value <= node["num_threshold"]
                )
                at = np.where(inner, np.where(left, node["left"], node["right"]), at)
            columns.append(at)
    return np.array(columns).T


class Stage:
    """One of the two steps: log-odds of units, and how alike they are."""

    def __init__(self, forests, known, rows):
        self.start = np.mean([f.decision_function(rows) for f in forests], axis=0)
        rank = ranks(known, rows)
        line, parabola = np.sqrt(3) * rank, np.sqrt(5) * (1.5 * rank**2 - 0.5)
        curves = np.nan_to_num(np.hstack([line, parabola]))
        leaf = leaves(forests, rows)
        shared = np.array([(leaf == one).mean(axis=1) for one in leaf])
        self.alike = 0.3 + 0.03 * curves @ curves.T + 2.0 * shared

    def after(self, labelled, target, asked_for):
        """Return the log-odds of units after labels: Newton's method for a Gaussian process."""
        if not len(labelled):
            return self.start[asked_for]
        kernel = self.alike[np.ix_(labelled, labelled)] + 1e-9 * np.eye(len(labelled))
        change = np.zeros(len(labelled))
        for _ in range(100):
            p = chance(self.start[labelled] + change)
            curve = np.maximum(p * (1 - p), 1e-10)
            wanted = curve * change + target - p
            new = kernel @ np.linalg.solve(np.eye(len(labelled)) + curve[:, None] * kernel, wanted)
            done = np.abs(new - change).max() < 1e-8
            change = new
            if done:
                break
        pull = target - chance(self.start[labelled] + change)
        return self.start[asked_for] + self.alike[np.ix_(asked_for, labelled)] @ pull


def adapted(stages, labelled, truth, asked_for):
    """Return the probabilities of both steps after labels."""
    neural = labelled[truth[labelled] > 0]
    return chance(
        np.array(
            [
                stages[0].after(labelled, (truth[labelled] == 0).astype(float), asked_for),
                stages[1].after(neural, (truth[neural] == 2).astype(float), asked_for),
            ]
        )
    )


def strange(known, recordings, new):
    """Tell which units are unlike all neural units of the training."""

    def distances(some, others):
        found = np.full((len(some), len(others)), np.inf)
        for i, one in enumerate(some):
            differences = (others - one) ** 2
            many = np.isfinite(differences).sum(axis=1)
            enough = many >= 6
            found[i, enough] = np.sqrt(np.nansum(differences[enough], axis=1) / many[enough])
        return found

    here, there = ranks(known, known), ranks(known, new)
    own = distances(here, here)
    own[recordings[:, None] == recordings[None, :]] = np.inf
    limit = np.quantile(np.sort(own, axis=1)[:, 4], 0.99)
    return np.sort(distances(there, here), axis=1)[:, 4] > limit


# ---------------------------------------------------------------------- counting


def main():
    """Compare row by row."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labelled_units", type=Path)
    parser.add_argument("--own", type=int, nargs="*", default=[0, 25, 50])
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    metrics, truth, mice, recordings = read(options.labelled_units)
    groups = {n: g["features"] for n, g in json.loads((BUNDLED / "noise.json").read_text())["groups"].items()}
    known = json.loads((BUNDLED / "expected_error.json").read_text())
    counts = {}
    for mouse in sorted(set(mice)):
        out = mice == mouse
        inside, inner = np.flatnonzero(~out), np.zeros((2, len(truth)))
        for other in sorted(set(mice[inside])):
            fit, score = inside[mice[inside] != other], inside[mice[inside] == other]
            pairs = [both(metrics.iloc[fit], truth[fit], groups, name) for name in FORESTS]
            inner[:, score] = chance(np.mean([odds(p, metrics.iloc[score]) for p in pairs], axis=0))
        models = {q: learn(*asked(inner[:, inside], truth[inside], q), recordings[inside]) for q in QUESTIONS}
        pairs = [both(metrics.iloc[inside], truth[inside], groups, name) for name in FORESTS]
        training = metrics.iloc[inside].to_numpy()
        neural = truth[inside] > 0
        unlike = strange(
            metrics[SHAPE].iloc[inside].to_numpy()[neural],
            recordings[inside][neural],
            metrics[SHAPE].iloc[out].to_numpy(),
        )
        far = np.zeros(len(truth), dtype=bool)
        far[out] = unlike
        for recording in sorted(set(recordings[out])):
            here = np.flatnonzero(recordings == recording)
            rows = metrics.iloc[here].to_numpy()
            stages = [Stage([p[step] for p in pairs], training, rows) for step in (0, 1)]
            for own in options.own:
                for seed in range(options.seeds if own else 1):
                    count(counts, (mouse, recording), models, stages, truth[here], far[here], own, seed, here)
        print(mouse, flush=True)
    worst = show(counts, known)
    for question, model in known["questions"].items():
        print(question, "in use:", model)
    sys.exit(worst)


def count(counts, place, models, stages, truth, far, own, seed, here):
    """Label, adapt, calibrate, accept, and add to the counts."""
    units = np.arange(len(truth))
    drawn = np.random.default_rng([seed, own]).permutation(here)[:own] - here[0]
    rest = np.setdiff1d(units, drawn)
    chances = adapted(stages, drawn, truth, rest)
    alone = np.empty((2, own))
    for at, unit in enumerate(drawn):
        alone[:, at] = adapted(stages, np.delete(drawn, at), truth, np.array([unit]))[:, 0]
    for question, model in models.items():
        logit, right = asked(chances, truth[rest], question)
        logit = np.where(far[rest] & (said_by(chances) != 0), np.nan, logit)
        known = asked(alone, truth[drawn], question) if own else (np.zeros(0), np.zeros(0, bool))
        for budget in (0.05, 0.1):
            taken = accept(model, logit, budget, *known)
            for name in ("all", *place):
                entry = counts.setdefault((question, budget, own, name), [0, 0, 0])
                entry[0] += len(rest)
                entry[1] += len(taken)
                entry[2] += int((~right[taken]).sum())


def show(counts, known):
    """Print both numbers; 1 if one differs too much."""
    too_much = 0
    for row in known["table"]:
        for name in ("all", *row["where"]):
            entry = counts.get((row["question"], row["budget"], row["own"], name))
            if entry is None:
                continue
            there = row if name == "all" else row["where"][name]
            units, accepted, wrong = entry
            share, error = accepted / units, wrong / accepted if accepted else 0.0
            # An error among a handful of units says nothing.
            apart = max(abs(share - there["share"]), abs(error - there["error"]) if accepted > 60 else 0.0)
            too_much |= apart > (0.03 if row["own"] else 0.02)
            if name == "all" or apart > 0.02:
                what = f"{row['question']:<13s} {row['budget']:.2f} {row['own']:>3d} {name:<14s}"
                print(
                    f"{what} accepted {share:.3f} {there['share']:.3f}  wrong {error:.3f} {there['error']:.3f}"
                )
    return int(too_much)


if __name__ == "__main__":
    main()
