"""Trees of scikit-learn's own kind (CART): the nodes of each read and checked, and joined into :class:`Trees`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import ModelError
from ..tree_checks import MAX_STEPS, depth_of
from ..trees import Trees
from .nodes import Node

#: Trees of one classifier.
MAX_TREES = 20_000
#: Largest value of a leaf: sums of larger ones could overflow.
MAX_LEAF = 1e100
_FIELDS = ("left_child", "right_child", "feature", "threshold")
#: From the place of a tree and the values of its nodes, shape (n_nodes, n_outputs), to what each adds.
Worth = Callable[[int, npt.NDArray[Any]], npt.NDArray[np.float64]]


def read_trees(
    members: Sequence[Node], width: int, outputs: int, worth: Worth, baseline: float = 0.0
) -> tuple[Trees, bool]:
    """Read fitted trees, and whether all of them know where missing values go.

    Parameters
    ----------
    members : sequence of Node
        Estimators with a ``tree_``.
    width : int
        Columns that come.
    outputs : int
        Values of each node.
    worth : callable
        See :data:`Worth`.
    baseline : float
        What is there before any tree.

    Raises
    ------
    ModelError
        If nodes make no trees, ask for other columns, or hold values that are not finite.
    """
    if not 0 < len(members) <= MAX_TREES:
        raise ModelError(f"a classifier of {len(members)} trees is not read; 1 to {MAX_TREES} are.")
    parts, missing, deepest = [], True, 0
    for at, member in enumerate(members):
        tree, knows, depth = _one(member, width, outputs, partial(worth, at))
        deepest = max(deepest, depth)
        missing &= knows and not member.has("monotonic_cst")
        parts.append(tree)
    return joined(parts, deepest, baseline, members[0]), missing


def joined(parts: Sequence[Trees], deepest: int, baseline: float, node: Node) -> Trees:
    """Return checked trees as one forest that cannot be written to, unless it takes too long to ask it."""
    if len(parts) * deepest > MAX_STEPS:
        raise node.wrong(
            f"is one of {len(parts)} trees of up to {deepest} splits in a row, which is too much"
        )
    if not abs(baseline) <= MAX_LEAF:
        raise node.wrong("begins at log-odds that are not finite")
    whole = Trees.joined(parts, baseline)
    for array in (getattr(whole, field.name) for field in fields(whole) if field.name != "baseline"):
        array.flags.writeable = False
    return whole


def _one(
    member: Node, width: int, outputs: int, worth: Callable[[npt.NDArray[Any]], npt.NDArray[np.float64]]
) -> tuple[Trees, bool, int]:
    tree = member.attribute("tree_")
    if tree.loader != "TreeNode":
        raise tree.wrong("is not a fitted tree")
    nodes, values = tree.attribute("nodes").array(), tree.attribute("values").array()
    n = len(nodes) if nodes.ndim == 1 else 0
    if not n or nodes.dtype.names is None or not set(_FIELDS) <= set(nodes.dtype.names):
        raise tree.wrong("does not hold the nodes of a tree")
    if values.shape != (n, 1, outputs) or values.dtype.kind != "f" or not np.isfinite(values).all():
        raise tree.wrong(f"has values that do not fit its {n} nodes")
    left, right, feature = (nodes[name] for name in _FIELDS[:3])
    if any(part.dtype.kind not in "iu" for part in (left, right, feature)):
        raise tree.wrong("has nodes that are not whole numbers")
    leaf = (left == -1) & (right == -1)
    try:
        depth = depth_of(left, right, leaf, [0])
    except ModelError as error:
        raise tree.wrong(f"is no tree: {error}") from None
    threshold = nodes["threshold"].astype(np.float64)
    if not leaf.all() and not (feature[~leaf].min() >= 0 and feature[~leaf].max() < width):
        raise tree.wrong(f"asks for a column beyond the {width} that come")
    if np.isnan(threshold[~leaf]).any():
        raise tree.wrong("has a split at no number")
    adds = worth(values[:, 0].astype(np.float64))
    if not (np.abs(adds) <= MAX_LEAF).all():
        raise tree.wrong("has a leaf that is not finite")
    knows = "missing_go_to_left" in nodes.dtype.names
    here = np.arange(n)
    trees = Trees(
        feature=np.where(leaf, -1, feature).astype(np.int16),
        threshold=np.where(leaf, 0.0, threshold),
        left=np.where(leaf, here, left).astype(np.int32),
        right=np.where(leaf, here, right).astype(np.int32),
        missing_left=nodes["missing_go_to_left"].astype(bool) if knows else np.zeros(n, dtype=bool),
        value=adds,
        roots=np.zeros(1, dtype=np.int32),
        baseline=0.0,
    )
    return trees, knows, depth
