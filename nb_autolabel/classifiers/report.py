"""How good a trained classifier is, on recordings it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .boosting import Growth, grow_trees
from .scoring import calibration_error, macro_f1

if TYPE_CHECKING:
    import pandas as pd

#: Parts of the training data for the learning curve.
PARTS = (0.1, 0.25, 0.5, 1.0)
#: Random subsets per point of the learning curve: one alone may be off by several percent.
DRAWS = 3
#: Shuffles of each metric.
SHUFFLES = 5


@dataclass(frozen=True)
class TrainingReport:
    """Scores of a classifier on units it has not seen.

    Attributes
    ----------
    folds : str
        How units were held out.
    classes : tuple of str
    truth : ndarray of bool, shape (n,)
    probability : ndarray, shape (n,)
        Held-out probability of the second class.
    groups : ndarray, shape (n,)
        Recording of each unit.
    learning : tuple of (int, float)
        Training units, and the held-out balanced accuracy with so many, the mean over several draws.
    importance : dict of str to float
        Loss of held-out balanced accuracy when a metric is shuffled (Breiman 2001), the mean over several
        shuffles.
    """

    folds: str
    classes: tuple[str, str]
    truth: npt.NDArray[np.bool_]
    probability: npt.NDArray[np.float64]
    groups: npt.NDArray[Any]
    learning: tuple[tuple[int, float], ...]
    importance: dict[str, float]

    def __repr__(self) -> str:
        scores = ", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in self.scores.items())
        return f"TrainingReport({len(self.truth)} units, {self.folds}: {scores})"

    @property
    def scores(self) -> dict[str, float]:
        """Accuracy, balanced accuracy, macro-F1, log-loss and calibration error on held-out units."""
        return _scores(self.truth, self.probability)

    @property
    def confusion(self) -> pd.DataFrame:
        """Units by label (rows) and prediction (columns)."""
        import pandas as pd

        found = self.probability > 0.5
        counts = [
            [int(((self.truth == t) & (found == p)).sum()) for p in (False, True)] for t in (False, True)
        ]
        return pd.DataFrame(
            counts,
            index=pd.Index(self.classes, name="label"),
            columns=pd.Index(self.classes, name="predicted"),
        )

    def table(self) -> pd.DataFrame:
        """Scores pooled and per recording."""
        import pandas as pd

        rows = {"all": {"units": len(self.truth), **self.scores}}
        for group in sorted(set(self.groups.tolist())):
            here = self.groups == group
            rows[str(group)] = {"units": int(here.sum()), **_scores(self.truth[here], self.probability[here])}
        return pd.DataFrame(rows).T

    def per_class(self) -> pd.DataFrame:
        """Precision, recall, F1 and number of units of each class."""
        import pandas as pd

        matrix = self.confusion.to_numpy()
        rows = {}
        for at, name in enumerate(self.classes):
            right, said, there = matrix[at, at], matrix[:, at].sum(), matrix[at].sum()
            rows[name] = {
                "precision": right / max(1, said),
                "recall": right / max(1, there),
                "f1": 2 * right / max(1, said + there),
                "units": int(there),
            }
        return pd.DataFrame(rows).T

    def markdown(self) -> str:
        """Return the report as the card of the model."""
        lines = [
            f"# {self.classes[0]} against {self.classes[1]}",
            "",
            f"Gradient-boosted trees. Scores are those of {self.folds}.",
            "",
        ]
        table = self.table().round(3)
        lines.append("| | " + " | ".join(table.columns) + " |")
        lines.append("|---" * (len(table.columns) + 1) + "|")
        lines += [f"| {name} | " + " | ".join(f"{v:g}" for v in row) + " |" for name, row in table.iterrows()]
        lines += ["", "Most important metrics: " + ", ".join(list(self.importance)[:8]) + "."]
        return "\n".join(lines) + "\n"

    def plot(self) -> Any:
        """Draw confusion, calibration, learning curve and importance.

        Returns
        -------
        matplotlib.figure.Figure
        """
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots(2, 2, figsize=(9, 7), layout="constrained")
        _draw_confusion(axes[0, 0], self.confusion)
        self._draw_calibration(axes[0, 1])
        sizes, values = zip(*self.learning, strict=True)
        axes[1, 0].plot(sizes, values, "o-", color="#0072B2")
        axes[1, 0].set(xlabel="training units", ylabel="balanced accuracy", title="Would more labels help?")
        top = list(self.importance.items())[:12][::-1]
        axes[1, 1].barh([name for name, _ in top], [value for _, value in top], color="#009E73")
        axes[1, 1].set(xlabel="loss of balanced accuracy when shuffled", title="Metrics that matter")
        axes[1, 1].tick_params(axis="y", labelsize=8)
        figure.suptitle(f"{self.classes[0]} against {self.classes[1]}: {self.folds}", fontsize=10)
        plt.close(figure)
        return figure

    def _draw_calibration(self, ax: Any) -> None:
        places = np.minimum((self.probability * 10).astype(int), 9)
        shown = [at for at in range(10) if (places == at).any()]
        ax.plot([0, 1], [0, 1], color="#888888", linewidth=1)
        ax.plot(
            [self.probability[places == at].mean() for at in shown],
            [self.truth[places == at].mean() for at in shown],
            "o-",
            color="#D55E00",
        )
        ax.set(xlabel="probability said", ylabel=f"share that is {self.classes[1]}", title="Calibration")


def _draw_confusion(ax: Any, confusion: pd.DataFrame) -> None:
    matrix = confusion.to_numpy()
    ax.imshow(matrix / np.maximum(1, matrix.sum(axis=1, keepdims=True)), cmap="Blues", vmin=0, vmax=1)
    share = matrix / np.maximum(1, matrix.sum(axis=1, keepdims=True))
    for (row, column), count in np.ndenumerate(matrix):
        color = "white" if share[row, column] > 0.5 else "black"
        ax.text(column, row, str(count), ha="center", va="center", color=color)
    ax.set_xticks(range(2), confusion.columns)
    ax.set_yticks(range(2), confusion.index)
    ax.set(xlabel="predicted", ylabel="label", title="Held-out units")


def _scores(truth: npt.NDArray[np.bool_], probability: npt.NDArray[np.float64]) -> dict[str, float]:
    chances = np.clip(probability, 1e-9, 1 - 1e-9)
    said = probability > 0.5
    parts = [float((said[truth == t] == t).mean()) for t in (False, True) if (truth == t).any()]
    return {
        "accuracy": float((said == truth).mean()),
        "balanced_accuracy": float(np.mean(parts)),
        "macro_f1": float(macro_f1(truth, said)),
        "log_loss": float(-np.log(np.where(truth, chances, 1 - chances)).mean()),
        "calibration_error": calibration_error(
            np.stack([1 - probability, probability], axis=1), truth.astype(int)
        ),
    }


def evaluate(
    rows: npt.NDArray[np.float64],
    target: npt.NDArray[np.bool_],
    groups: npt.NDArray[Any],
    names: Sequence[str],
    classes: tuple[str, str],
    growth: Growth | None = None,
    seed: int = 0,
) -> TrainingReport:
    """Hold out one recording after the other (or fifths of the only one) and score what was held out.

    Parameters
    ----------
    rows : ndarray, shape (n, n_features)
    target : ndarray of bool, shape (n,)
    groups : ndarray, shape (n,)
    names : sequence of str
    classes : tuple of str
    growth : Growth, optional
    seed : int, default: 0

    Returns
    -------
    TrainingReport
    """
    held, folds = _held_out(target, groups, seed)
    random = np.random.default_rng(seed)
    probability = np.zeros(len(target))
    learning: dict[float, list[tuple[int, float]]] = {part: [] for part in PARTS}
    importance = np.zeros(len(names))
    for out in held:
        inside = np.flatnonzero(~out)
        for part in PARTS:
            for _ in range(DRAWS if part < 1 else 1):
                some = random.permutation(inside)[: max(20, round(part * len(inside)))]
                if len(set(target[some].tolist())) < 2:
                    continue
                trees = grow_trees(rows[some], target[some], names, growth)
                chance = trees.probability(rows[out])
                learning[part].append((len(some), _scores(target[out], chance)["balanced_accuracy"]))
        # PARTS ends with 1.0, so `trees` and `chance` are now those of the whole training data.
        probability[out] = chance
        right = _scores(target[out], chance)["balanced_accuracy"]
        for at in range(len(names)):
            shuffled = np.tile(rows[out], (SHUFFLES, 1))
            parts = [random.permutation(rows[out, at]) for _ in range(SHUFFLES)]
            shuffled[:, at] = np.concatenate(parts)
            again = trees.probability(shuffled)
            importance[at] += right - _scores(np.tile(target[out], SHUFFLES), again)["balanced_accuracy"]
    order = np.argsort(importance)[::-1]
    curve = tuple(
        (round(float(np.mean([n for n, _ in points]))), float(np.mean([v for _, v in points])))
        for points in learning.values()
        if points
    )
    return TrainingReport(
        folds,
        classes,
        target,
        probability,
        groups,
        curve,
        {names[at]: float(importance[at] / len(held)) for at in order},
    )


def _held_out(target: npt.NDArray[np.bool_], groups: npt.NDArray[Any], seed: int) -> tuple[list[Any], str]:
    recordings = sorted(set(groups.tolist()))
    usable = [
        groups == r for r in recordings if len(set(target[groups != r].tolist())) == 2 and (groups == r).any()
    ]
    if len(recordings) > 1 and len(usable) == len(recordings):
        return usable, f"{len(recordings)} recordings, each left out in turn"
    from sklearn.model_selection import StratifiedKFold

    folds = min(5, int(target.sum()), int((~target).sum()))
    split = StratifiedKFold(folds, shuffle=True, random_state=seed).split(target, target)
    masks = []
    for _, test in split:
        mask = np.zeros(len(target), dtype=bool)
        mask[test] = True
        masks.append(mask)
    return masks, f"{folds} parts of one recording, each left out in turn (another recording will be harder)"
