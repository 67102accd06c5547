"""Trees of scikit-learn's own kind (CART), alone and in ensembles: read, checked, and scored as :class:`Trees`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..log_odds import logistic
from ..trees import Trees
from .cart import MAX_LEAF, MAX_TREES, Worth, read_trees
from .nodes import Node
from .preparing import Rows
from .weights import dummy


@dataclass(frozen=True)
class Forest:
    """Trees whose leaves are summed up; what the sum means is the kind's own.

    Attributes
    ----------
    trees : Trees
    classes : ndarray, shape (2,)
    single : bool
        Whether the trees see rows in single precision.
    turned : {"share", "log-odds"}
        Whether the sum is a probability, or its log-odds.
    divided, times : float
        The sum is divided by one and multiplied by the other first.
    takes_missing : bool
    """

    trees: Trees
    classes: npt.NDArray[Any]
    single: bool = True
    turned: str = "log-odds"
    divided: float = 1.0
    times: float = 1.0
    takes_missing: bool = False

    def second(self, rows: Rows) -> npt.NDArray[np.float64]:
        """Return the probability of the second class, shape (n,)."""
        seen = rows.astype(np.float32) if self.single else rows
        total = self.trees.margin(seen.astype(np.float64)) / self.divided * self.times
        return total if self.turned == "share" else logistic(total)


def one_tree(node: Node, width: int) -> Forest:
    """Rebuild a ``DecisionTreeClassifier`` or ``ExtraTreeClassifier``."""
    trees, missing = read_trees([node], width, 2, _share(node))
    return Forest(trees, node.attribute("classes_").labels(), turned="share", takes_missing=missing)


def forest(node: Node, width: int) -> Forest:
    """Rebuild a ``RandomForestClassifier`` or ``ExtraTreesClassifier``."""
    members = _members(node, "DecisionTreeClassifier", "ExtraTreeClassifier")
    trees, missing = read_trees(members, width, 2, _share(node))
    return Forest(
        trees,
        node.attribute("classes_").labels(),
        turned="share",
        divided=float(len(members)),
        takes_missing=missing,
    )


def gradient_boosting(node: Node, width: int) -> Forest:
    """Rebuild a ``GradientBoostingClassifier``."""
    classes = node.attribute("classes_").labels()
    loss = node.attribute("loss").text("log_loss", "exponential")
    rate = node.attribute("learning_rate").number()
    stages = node.attribute("estimators_").items()
    members = []
    for stage in stages:
        inside = stage.items()
        # scikit-learn writes as many results a row as a stage has trees; two classes have one.
        if len(inside) != 1 or inside[0].kind != "DecisionTreeRegressor":
            raise stage.wrong("is not one DecisionTreeRegressor")
        members += inside
    trees, _ = read_trees(members, width, 1, lambda _, values: values[:, 0] * rate, _start(node, width, loss))
    return Forest(trees, classes, times=2.0 if loss == "exponential" else 1.0)


def _start(node: Node, width: int, loss: str) -> float:
    """Return the log-odds before any tree."""
    first = node.attribute("init_")
    if first.loader == "JsonNode":
        first.text("zero")
        return 0.0
    if first.kind != "DummyClassifier":
        raise first.wrong("is not the share of the classes, nor 'zero'")
    share = dummy(first, width).share
    edge = np.finfo(np.float64 if node.version() >= (1, 8) else np.float32).eps
    share = float(np.clip(share, edge, 1 - edge))
    odds = float(np.log(share / (1 - share)))
    return 0.5 * odds if loss == "exponential" else odds


def ada_boost(node: Node, width: int) -> Forest:
    """Rebuild an ``AdaBoostClassifier`` over trees, of the only kind there is since 1.6 (SAMME)."""
    classes = node.attribute("classes_").labels()
    if node.has("algorithm"):
        node.attribute("algorithm").text("SAMME", "deprecated")
    members = _members(node, "DecisionTreeClassifier", "ExtraTreeClassifier")
    stored = node.attribute("estimator_weights_")
    weights = stored.array()
    if weights.ndim != 1 or weights.dtype.kind != "f" or len(weights) < len(members):
        raise stored.wrong(f"does not give {len(members)} trees their weights")
    used = weights[: len(members)].astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):  # values of the file that are not finite, or too large
        total = float(weights.astype(np.float64).sum())
    if not np.isfinite(used).all() or not 0 < total < MAX_LEAF or (np.abs(used) > MAX_LEAF).any():
        raise stored.wrong("is not finite, or sums up to nothing")
    for member in members:
        if not (member.attribute("classes_").labels() == classes).all():
            raise member.wrong("knows other classes than the whole")

    def vote(at: int, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        # The first of two equal values decides, as in scikit-learn.
        side: npt.NDArray[np.float64] = np.where(values[:, 1] > values[:, 0], used[at], -used[at])
        return side

    trees, _ = read_trees(members, width, 2, vote)
    return Forest(trees, classes, divided=total, times=2.0)


def _members(node: Node, *kinds: str) -> list[Node]:
    members = node.attribute("estimators_").items()
    if not 0 < len(members) <= MAX_TREES:
        raise node.wrong(f"has {len(members)} trees; 1 to {MAX_TREES} are read")
    for member in members:
        if member.kind not in kinds:
            raise member.wrong(f"is not a {' or '.join(kinds)}")
    return members


def _share(node: Node) -> Worth:
    """Return what gives each node the share of the second class among its training rows."""

    def share(_: int, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        if (values < 0).any() or (np.abs(values.sum(axis=1) - 1) > 1e-6).any():
            raise node.wrong("has a tree whose shares of the classes do not sum up to one (before 1.3?)")
        second: npt.NDArray[np.float64] = np.clip(values[:, 1], 0.0, 1.0)
        return second

    return share
