"""Whether node numbers make trees, so that every way through them ends at a leaf."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError

#: Splits from the root of a tree to its deepest leaf.
MAX_DEPTH = 1000
#: Trees times the splits of the deepest: what judging one unit costs.
MAX_STEPS = 1_000_000


def depth_of(left: npt.NDArray[Any], right: npt.NDArray[Any], leaf: npt.NDArray[np.bool_], roots: Any) -> int:
    """Return the depth of trees, after making sure that they are trees.

    Parameters
    ----------
    left, right : ndarray of int, shape (n_nodes,)
        Children of each node; not read at leaves.
    leaf : ndarray of bool, shape (n_nodes,)
    roots : array_like of int, shape (n_trees,)

    Returns
    -------
    int
        Splits from a root to the deepest leaf.

    Raises
    ------
    ModelError
        If there is no node, a child or root lies outside of the nodes or before its parent, a node has
        two parents, or a tree is deeper than :data:`MAX_DEPTH`.
    """
    n = len(leaf)
    roots = np.asarray(roots, dtype=np.int64)
    inner = np.flatnonzero(~leaf)
    children = np.stack([left[inner], right[inner]])
    if n == 0 or not len(roots) or roots.min() < 0 or roots.max() >= n:
        raise ModelError("a root of these trees points where it must not.")
    # Children must come after their parent: then there is no cycle.
    if children.size and not ((children > inner).all() and (children < n).all()):
        raise ModelError("a node of these trees points where it must not.")
    ways = np.bincount(np.concatenate([children.ravel().astype(np.int64), roots]), minlength=n)
    if ways.max() > 1:
        raise ModelError("a node of these trees is reached in two ways.")
    level, depth = roots[~leaf[roots]], 0
    while len(level):
        depth += 1
        if depth > MAX_DEPTH:
            raise ModelError(f"a tree is deeper than {MAX_DEPTH} splits.")
        after = np.concatenate([left[level], right[level]]).astype(np.int64)
        level = after[~leaf[after]]
    return depth
