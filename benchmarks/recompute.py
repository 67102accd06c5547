"""Compute every number of the model card anew, with code that shares nothing with the package.

    python benchmarks/recompute.py LABELLED_UNITS

scikit-learn, pandas and numpy only: reading, masked copies, trees,
UnitRefine's recipe, Bombcell's rules, scores, calibration error and intervals are written here once more, after
their descriptions. Read from the package are data: the groups of metrics (noise.json), the arrays of the bundled
trees, the card's numbers and the thresholds fitted for Bombcell (held_out.json). Prints both numbers side by side
and the largest difference; leaves with 1 if that is above 0.0006.
"""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import RobustScaler, StandardScaler

HERE = Path(__file__).resolve().parent
BUNDLED = HERE.parent / "nb_autolabel" / "classifiers" / "bundled"
TODAY = {
    "peak_to_valley": "peak_to_trough_duration",
    "half_width": "trough_half_width",
    "peak_trough_ratio": "peak_after_to_trough_ratio",
}
#: Leaves, iterations, L2, units a leaf, share of features a split; learning rate 0.06.
FORESTS = {
    "plain": (4, 250, 5.0, 20, 0.4),
    "cautious": (4, 250, 20.0, 40, 0.25),
    "long": (4, 350, 20.0, 40, 0.25),
    "deep": (6, 250, 5.0, 20, 0.3),
    "deep cautious": (6, 250, 20.0, 20, 0.2),
}
LESS_NOISE = {"snr"}
MORE_NOISE = {
    "num_positive_peaks", "num_negative_peaks", "peak_after_to_trough_ratio", "trough_half_width", "sync_spike_8",
}  # fmt: skip
LESS_SINGLE = {
    "isi_violations_count", "isi_violations_ratio", "rp_contamination", "rp_violations", "sliding_rp_violation",
    "amplitude_cutoff", "nn_miss_rate",
}  # fmt: skip
MORE_SINGLE = {"snr", "amplitude_median", "presence_ratio", "nn_hit_rate"}
#: Bombcell's defaults: metric, lowest, highest value that passes. Metrics that were not published are not here.
NOISE_RULES = (
    ("num_positive_peaks", None, 2),
    ("num_negative_peaks", None, 1),
    ("peak_to_trough_duration", 0.0001, 0.00115),
    ("peak_after_to_trough_ratio", None, 0.8),
    ("exp_decay", 0.01, 0.1),
)
MUA_RULES = (
    ("amplitude_median", 40, None),
    ("snr", 5, None),
    ("amplitude_cutoff", None, 0.2),
    ("num_spikes", 300, None),
    ("rp_contamination", None, 0.1),
    ("presence_ratio", 0.7, None),
    ("drift_ptp", None, 100),
)


# ------------------------------------------------------------------------ data


def read(folder):
    """Return metrics, truth (0 noise, 1 mua, 2 good), mice, recordings, names."""
    parts = [pd.read_csv(f).assign(recording=f.stem, mouse=f.stem[:6]) for f in sorted(folder.glob("*.csv"))]
    units = pd.concat(parts, ignore_index=True)
    units["peak_trough_ratio"] = -units.peak_trough_ratio
    units["amplitude_median"] = units.amplitude_median.abs()
    units = units.rename(columns=TODAY)
    truth = units.majority_vote.map({"noise": 0, "mua": 1, "good": 2}).to_numpy()
    mice, recordings = units.mouse.to_numpy(), units.recording.to_numpy()
    metrics = units.drop(
        columns=["Unnamed: 0", "cluster_id", "majority_vote", "is_noise", "recording", "mouse"]
    )
    metrics = metrics[sorted(metrics.columns)].astype("float32").astype("float64")
    return metrics.where(np.isfinite(metrics)), truth, mice, recordings


def without(metrics, names):
    """Return metrics with some of them gone."""
    return metrics.assign(**dict.fromkeys(names, np.nan))


# ---------------------------------------------------------------------- models


def copies(metrics, groups):
    """Return the units and their copies, and how many stand there of each."""
    random = np.random.default_rng(0)
    often = [["principal components"], ["refractory"], ["rate"]]
    often += [["principal components", "drift", "amplitude cutoff"]]
    often += [["principal components", "drift", "amplitude cutoff", "microvolts"]]
    gone = [*groups.values(), *([m for g in some for m in groups.get(g, ())] for some in often)]
    gone = [*(names for names in gone if names), []]
    made = [metrics]
    for names in gone:
        made.append(without(metrics, names).mask(random.random(metrics.shape) < 0.15))
    return pd.concat(made, ignore_index=True).to_numpy(), len(made)


def forest(metrics, target, groups, settings, less, more):
    """Fit one forest on units and copies."""
    leaves, iterations, penalty, units, share = settings
    rows, many = copies(metrics, groups)
    rows[:, np.isnan(rows).all(axis=0)] = 0
    return HistGradientBoostingClassifier(
        learning_rate=0.06, max_leaf_nodes=leaves, max_iter=iterations, l2_regularization=penalty * many,
        min_samples_leaf=units * many, max_features=share, early_stopping=False, random_state=0,
        monotonic_cst=[(n in more) - (n in less) for n in metrics.columns],
    ).fit(rows, np.concatenate([target] * many))  # fmt: skip


def both(metrics, truth, groups, name):
    """Fit the two steps of one forest."""
    neural = truth != 0
    return (
        forest(metrics, truth == 0, groups, FORESTS[name], LESS_NOISE, MORE_NOISE),
        forest(
            metrics[neural], truth[neural] == 2, groups, FORESTS[name], LESS_SINGLE, MORE_SINGLE
        ),
    )  # fmt: skip


def odds(pair, metrics):
    """Return the log-odds of both steps."""
    return np.array([step.decision_function(metrics.to_numpy()) for step in pair])


def chance(log_odds):
    """Return probabilities."""
    return 1 / (1 + np.exp(-log_odds))


def left_over(metrics, groups, gone):
    """Return the metrics without a group, and what is left of the groups."""
    left = metrics.drop(columns=groups[gone])
    members = {name: [m for m in names if m in left] for name, names in groups.items()}
    return left, {name: names for name, names in members.items() if names}


def random_forests(metrics, truth, new, seed):
    """Return the probabilities of UnitRefine's two forests for new units."""
    found = []
    for keep, target, scaler, settings in (
        (truth >= 0, truth == 0, StandardScaler(), {"n_estimators": 150, "criterion": "gini",
            "min_samples_split": 3, "class_weight": "balanced_subsample"}),
        (truth > 0, truth == 2, RobustScaler(), {"n_estimators": 129, "criterion": "entropy",
            "min_samples_split": 4, "class_weight": "balanced"}),
    ):  # fmt: skip
        filler = SimpleImputer(strategy="most_frequent")
        rows = scaler.fit_transform(filler.fit_transform(metrics[keep].to_numpy()))
        trees = RandomForestClassifier(min_samples_leaf=4, random_state=seed, **settings)
        trees.fit(rows, target[keep])
        asked = scaler.transform(filler.transform(new.to_numpy()))
        found.append(trees.predict_proba(asked)[:, list(trees.classes_).index(True)])
    return np.array(found)


def bombcell(metrics, noise_rules, mua_rules):
    """Label units one after the other: a missing value is noise in the first rules, passes in the second."""
    labels = []
    for _, unit in metrics.iterrows():
        label = 2
        for name, low, high in mua_rules:
            value = unit[name]
            if (low is not None and value < low) or (high is not None and value > high):
                label = 1
        for name, low, high in noise_rules:
            value = unit[name]
            if low is None and high is None:
                continue
            if np.isnan(value) or (low is not None and value < low) or (high is not None and value > high):
                label = 0
        labels.append(label)
    return np.array(labels)


def rules_of(section, usual):
    """Return the same metrics with fitted limits."""
    return [(n, section[n].get("min"), section[n].get("max")) for n, *_ in usual if n in section]


def walk(arrays, rows):
    """Return the log-odds of stored trees, node by node."""
    total = np.full(len(rows), float(arrays["baseline"]))
    for root in arrays["roots"]:
        for i, row in enumerate(rows):
            node = root
            while arrays["feature"][node] >= 0:
                value = row[arrays["feature"][node]]
                left = arrays["missing_left"][node] if np.isnan(value) else value <= arrays["threshold"][node]
                node = arrays["left"][node] if left else arrays["right"][node]
            total[i] += arrays["value"][node]
    return total


# ---------------------------------------------------------------------- scores


def by_label(truth, said):
    """Return accuracy, mean recall and mean F1."""
    recall, f1 = [], []
    for label in sorted(set(truth)):
        hit = np.sum((truth == label) & (said == label))
        recall.append(hit / np.sum(truth == label))
        f1.append(2 * hit / (np.sum(truth == label) + np.sum(said == label)))
    return {
        "accuracy": np.mean(truth == said),
        "balanced_accuracy": np.mean(recall),
        "macro_f1": np.mean(f1),
    }


def joint(chances):
    """Return the probabilities of noise, mua, good from those of the two steps."""
    noise, single = chances
    return np.column_stack([noise, (1 - noise) * (1 - single), (1 - noise) * single])


def said_by(chances):
    """Return the label of each unit: noise first, then single or multi."""
    return np.select([chances[0] > 0.5, chances[1] >= 0.5], [0, 2], 1)


def score(truth, chances):
    """Return all scores of probabilities."""
    three = joint(chances)
    top, right = three.max(axis=1), three.argmax(axis=1) == truth
    error = 0.0
    for low in np.arange(10) / 10:
        here = (top >= low) & ((top < low + 0.1) if low < 0.89 else (top <= 1))
        if here.any():
            error += abs(np.sum(top[here]) - np.sum(right[here])) / len(truth)
    loss = -np.mean(np.log(np.maximum(three[np.arange(len(truth)), truth], 1e-9)))
    return {**by_label(truth, said_by(chances)), "log_loss": loss, "calibration_error": error}


def mean_of(several):
    """Return the mean of several scores."""
    return {key: np.mean([one[key] for one in several]) for key in several[0]}


class Compared:
    """Both numbers of everything, and the largest difference."""

    def __init__(self):
        self.worst = 0.0

    def show(self, what, here, card):
        """Print one row."""
        self.worst = max(self.worst, abs(here - card))
        print(f"{what:<66s} {here:9.4f} {card:9.4f}", flush=True)


class HeldOut:
    """What everything says of mice it has not seen."""

    def __init__(self, folder, card):
        self.metrics, self.truth, self.mice, self.recordings = read(folder)
        known = json.loads((BUNDLED / "noise.json").read_text())
        self.groups = {name: group["features"] for name, group in known["groups"].items()}
        n = len(self.truth)
        self.grown_without = known["grown without"]
        self.gaps = {f"group {name}": names for name, names in self.groups.items()}
        self.gaps |= {name: [name] for name in self.metrics.columns}
        self.pair, self.seeds, self.fitted = np.empty((2, n)), np.empty((3, 2, n)), np.empty(n, int)
        self.gone = {name: np.empty((2, n)) for name in self.gaps}
        self.default = bombcell(self.metrics, NOISE_RULES, MUA_RULES)
        for mouse in sorted(set(self.mice)):
            self._leave_out(mouse, card)

    def _leave_out(self, mouse, card):
        out = self.mice == mouse
        new, metrics, truth = self.metrics[out], self.metrics[~out], self.truth[~out]
        forests = [both(metrics, truth, self.groups, name) for name in FORESTS]

        def ask(some):
            return chance(np.mean([odds(pair, some) for pair in forests], axis=0))

        self.pair[:, out] = ask(new)
        for name, names in self.gaps.items():
            self.gone[name][:, out] = ask(without(new, names))
        for group in self.grown_without:
            left, others = left_over(metrics, self.groups, group)
            grown = [both(left, truth, others, name) for name in FORESTS]
            asked = np.mean([odds(pair, new[left.columns]) for pair in grown], axis=0)
            self.gone[f"group {group}"][:, out] = chance(asked)
        for seed in range(3):
            self.seeds[seed][:, out] = random_forests(metrics, truth, new, seed)
        limits = card["thresholds"][mouse]
        rules = rules_of(limits["noise"], NOISE_RULES), rules_of(limits["mua"], MUA_RULES)
        self.fitted[out] = bombcell(new, *rules)

    @property
    def methods(self):
        """Scores of each method for some of the units."""
        truth = self.truth
        return {
            "bundled pair": lambda at: score(truth[at], self.pair[:, at]),
            "UnitRefine's recipe": lambda at: mean_of([score(truth[at], s[:, at]) for s in self.seeds]),
            "Bombcell, defaults": lambda at: by_label(truth[at], self.default[at]),
            "Bombcell, fitted": lambda at: by_label(truth[at], self.fitted[at]),
        }


def compare_scores(held, card, shown):
    """Show scores of each mouse, recording and all, and intervals over recordings."""
    for method, scored in held.methods.items():
        for where, known in card["scores"][method].items():
            here = (held.mice == where) | (held.recordings == where) | (where == "all")
            for key, value in scored(np.flatnonzero(here)).items():
                shown.show(f"{method}, {where}, {key}", value, known[key])
    random, names = np.random.default_rng(0), np.unique(held.recordings)
    drawn = [random.choice(names, len(names)) for _ in range(2000)]
    draws = [np.concatenate([np.where(held.recordings == r)[0] for r in some]) for some in drawn]
    many = {m: pd.DataFrame([scored(at) for at in draws]) for m, scored in held.methods.items()}
    ends = [(method, "", table, card["intervals"][method]) for method, table in many.items()]
    for method, known in card["differences"].items():
        ends.append((method, "pair minus ", many["bundled pair"] - many[method], known))
    for method, what, table, known in ends:
        for key, both_ends in known.items():
            for q, end in zip((2.5, 97.5), both_ends, strict=True):
                shown.show(f"{what}{method}, {key}, percentile {q}", np.percentile(table[key], q), end)


def compare_missing(held, card, shown):
    """Show what missing metrics cost."""
    whole = score(held.truth, held.pair)
    for name, chances in held.gone.items():
        kind = "groups" if name.startswith("group ") else "singles"
        known = card["missing"][kind][name.removeprefix("group ")]
        for ours, theirs in (("accuracy", "accuracy"), ("macro_f1", "loss"), ("log_loss", "log_loss")):
            cost = score(held.truth, chances)[ours] - whole[ours]
            shown.show(f"missing {name}, {ours}", cost, known[theirs])


def compare_kept(held, card, shown):
    """Show how many of the most confident units are right."""
    n, said = len(held.truth), said_by(held.pair)
    sure = joint(held.pair)[np.arange(n), said]
    right = (said == held.truth)[np.argsort(-sure, kind="stable")]
    for part, known in card["kept"].items():
        shown.show(f"right of the most confident {part}", right[: round(float(part) * n)].mean(), known)


def compare_files(held, card, shown):
    """Show that the bundled arrays are the trees that are grown here on all mice."""
    some = np.random.default_rng(1).choice(len(held.truth), 40, replace=False)
    for group in (None, *held.grown_without):
        left, groups = (
            (held.metrics, held.groups) if group is None else left_over(held.metrics, held.groups, group)
        )
        pairs = [both(left, held.truth, groups, name) for name in FORESTS]
        ending = "" if group is None else f"_without_{group.replace(' ', '_')}"
        for step, stage in enumerate(("noise", "sua")):
            file = f"{stage}{ending}.npz"
            # Nothing that these trees were grown without may be asked for: it is hidden from the stored ones.
            hidden = held.metrics.assign(
                **dict.fromkeys(held.metrics.columns.difference(left.columns), np.nan)
            )
            with np.load(BUNDLED / file, allow_pickle=False) as arrays:
                stored = walk(dict(arrays), hidden.to_numpy()[some])
            again = np.mean([odds(pair, left.iloc[some])[step] for pair in pairs], axis=0)
            shown.show(f"{file}, log-odds of 40 units, mean", again.mean(), stored.mean())
            shown.show(f"{file}, log-odds of 40 units, largest difference", np.abs(again - stored).max(), 0.0)


def chance_errors(held):
    """Show the calibration error that a recording would have if its probabilities were exactly right."""
    random = np.random.default_rng(2)
    print("\nCalibration error of a recording if its probabilities were exactly right, mean of 200 draws:")
    for recording in np.unique(held.recordings):
        pair = held.pair[:, held.recordings == recording]
        below = joint(pair).cumsum(axis=1)[:, :2]
        draws = [(random.random((len(below), 1)) > below).sum(axis=1) for _ in range(200)]
        print(f"  {recording}: {np.mean([score(d, pair)['calibration_error'] for d in draws]):.3f}")


def main():
    """Compute everything and print both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labelled_units", type=Path)
    options = parser.parse_args()
    card = json.loads((HERE / "held_out.json").read_text())
    held, shown = HeldOut(options.labelled_units, card), Compared()
    print(f"{'':<66s} {'here':>9s} {'card':>9s}")
    for compare in (compare_scores, compare_missing, compare_kept, compare_files):
        compare(held, card, shown)
    chance_errors(held)
    print(f"\nLargest difference: {shown.worst:.6f}")
    return int(shown.worst > 0.0006)


if __name__ == "__main__":
    sys.exit(main())
