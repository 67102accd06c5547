"""Gradient-boosted trees as plain arrays: exact, small, and readable without scikit-learn.

The trees are grown by scikit-learn's ``HistGradientBoostingClassifier``; kept here are their splits
and leaves. Predictions are those of scikit-learn to the last bit or two, under any version of it, and
a file of numbers can run no code.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from .log_odds import logistic
from .tree_checks import depth_of
from .tree_layout import LARGEST, FastTrees, fast_layout

#: Rows that go through all trees at once; their node numbers fit the processor's cache.
CHUNK = 128
#: Chunks from which on threads are worth it.
MANY = 16
#: Splits after which rows that have reached their leaf are dropped from the search.
PAUSE = 8
_FIELDS = {
    "feature": np.int16,
    "threshold": np.float64,
    "left": np.int32,
    "right": np.int32,
    "missing_left": np.bool_,
    "value": np.float64,
    "roots": np.int32,
}


@dataclass(frozen=True)
class Trees:
    """A forest of boosted trees for two classes.

    Attributes
    ----------
    feature : ndarray of int16, shape (n_nodes,)
        Column that a node asks for; -1 at a leaf.
    threshold : ndarray of float64, shape (n_nodes,)
        A row goes left if its value is at most this.
    left, right : ndarray of int32, shape (n_nodes,)
        Children; a leaf is its own child.
    missing_left : ndarray of bool, shape (n_nodes,)
        Whether a missing value goes left.
    value : ndarray of float64, shape (n_nodes,)
        Log-odds that a leaf adds; at other nodes the mean over the training rows below.
    roots : ndarray of int32, shape (n_trees,)
        First node of each tree.
    baseline : float
        Log-odds before any tree.
    """

    feature: npt.NDArray[np.int16]
    threshold: npt.NDArray[np.float64]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    missing_left: npt.NDArray[np.bool_]
    value: npt.NDArray[np.float64]
    roots: npt.NDArray[np.int32]
    baseline: float

    def __repr__(self) -> str:
        return f"Trees({len(self.roots)} trees, {len(self.value)} nodes)"

    @classmethod
    def of(cls, fitted: Any) -> Trees:
        """Take the trees out of a fitted ``HistGradientBoostingClassifier`` for two classes.

        Raises
        ------
        ModelError
            If it has more classes or categorical features.
        """
        nodes, roots, start = [], [], 0
        for stage in fitted._predictors:
            if len(stage) != 1:
                raise ModelError("only classifiers for two classes are kept as trees.")
            tree = stage[0].nodes
            if tree["is_categorical"].any():
                raise ModelError("categorical features cannot be kept as trees.")
            nodes.append((tree, start))
            roots.append(start)
            start += len(tree)
        parts: dict[str, list[Any]] = {name: [] for name in _FIELDS if name != "roots"}
        for tree, offset in nodes:
            leaf = tree["is_leaf"].astype(bool)
            here = np.arange(len(tree))
            parts["feature"].append(np.where(leaf, -1, tree["feature_idx"]))
            parts["threshold"].append(np.where(leaf, 0.0, tree["num_threshold"]))
            parts["left"].append(np.where(leaf, here, tree["left"]) + offset)
            parts["right"].append(np.where(leaf, here, tree["right"]) + offset)
            parts["missing_left"].append(tree["missing_go_to_left"].astype(bool))
            parts["value"].append(_node_means(tree))
        arrays: dict[str, Any] = {
            name: np.concatenate(part).astype(_FIELDS[name]) for name, part in parts.items()
        }
        baseline = float(np.asarray(fitted._baseline_prediction).ravel()[0])
        return cls(**arrays, roots=np.array(roots, dtype=np.int32), baseline=baseline)

    @classmethod
    def mean(cls, members: Sequence[Trees]) -> Trees:
        """Return trees whose log-odds are the mean of those of several."""
        parts = [replace(member, value=member.value / len(members)) for member in members]
        return cls.joined(parts, float(np.mean([m.baseline for m in members])))

    @classmethod
    def joined(cls, members: Sequence[Trees], baseline: float) -> Trees:
        """Return the trees of several forests as one forest, with its own log-odds before any tree."""
        offsets = np.cumsum([0, *(len(m.value) for m in members)])
        parts: dict[str, Any] = {name: [] for name in _FIELDS}
        for member, offset in zip(members, offsets.tolist(), strict=False):
            for name, part in parts.items():
                stored = getattr(member, name)
                part.append(stored + offset if name in ("left", "right", "roots") else stored)
        arrays: dict[str, Any] = {name: np.concatenate(p).astype(_FIELDS[name]) for name, p in parts.items()}
        return cls(**arrays, baseline=baseline)

    def margin(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the log-odds of the second class.

        Parameters
        ----------
        rows : ndarray of float64, shape (n, n_features)
            NaN where missing.

        Returns
        -------
        ndarray of float64, shape (n,)
        """
        out = np.empty(len(rows))
        fast = self._fast

        def add(start: int, node: npt.NDArray[np.intp]) -> None:
            # Add the trees in scikit-learn's order: another order changes the last bit of the sum.
            leaves = np.concatenate([np.full((len(node), 1), self.baseline), fast.value.take(node)], axis=1)
            out[start : start + CHUNK] = np.cumsum(leaves, axis=1)[:, -1]

        self._follow(rows, add)
        return out

    def leaves(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
        """Return the node in which each row ends.

        Parameters
        ----------
        rows : ndarray of float64, shape (n, n_features)

        Returns
        -------
        ndarray of int, shape (n, n_trees)
        """
        out = np.empty((len(rows), len(self.roots)), dtype=np.intp)

        def keep(start: int, node: npt.NDArray[np.intp]) -> None:
            out[start : start + CHUNK] = self._fast.place.take(node)

        self._follow(rows, keep)
        return out

    def changed(self, intercept: float, added: npt.NDArray[np.float64]) -> Trees:
        """Return trees with something added to all log-odds, and to each leaf.

        Parameters
        ----------
        intercept : float
        added : ndarray, shape (n_nodes,)
            What leaves add besides; not read elsewhere.
        """
        inner = self.feature >= 0
        more = np.where(inner, 0.0, added)
        left, right = self.value[self.left], self.value[self.right]
        differ = np.abs(left - right) > 1e-12
        # A node's value is the mean over the training rows below: it tells which share of them went left,
        # unless both sides said the same.
        share = np.where(differ, (self.value - right) / np.where(differ, left - right, 1.0), 0.5)
        share = np.clip(share, 0.0, 1.0)
        for node in np.flatnonzero(inner)[::-1]:
            more[node] = share[node] * more[self.left[node]] + (1 - share[node]) * more[self.right[node]]
        return replace(self, value=self.value + more, baseline=self.baseline + intercept)

    def _follow(self, rows: npt.NDArray[np.float64], use: Callable[[int, Any], None]) -> None:
        """Find where rows end; `use` is called with the first row of each chunk and its nodes in `_fast`."""
        fast = self._fast
        missing = np.isnan(rows)
        rows = np.clip(rows, -LARGEST, LARGEST)
        # Replace missing values by -inf for nodes that send them left and by inf for the others: one comparison is enough.
        both = np.concatenate([np.where(missing, -np.inf, rows), np.where(missing, np.inf, rows)], axis=1)
        columns = fast.column + np.where(fast.missing_left, 0, rows.shape[1]).astype(np.intp)

        def follow(start: int) -> None:
            part = both[start : start + CHUNK]
            flat = part.ravel()
            first = np.repeat(np.arange(len(part)) * part.shape[1], len(fast.roots))
            node = np.tile(fast.roots, len(part))
            going: Any = slice(None)
            here, at = node, first
            for step in range(1, fast.depth + 1):
                asked = flat.take(columns.take(here) + at)
                here = fast.left.take(here) + (asked > fast.threshold.take(here))
                if step % PAUSE == 0 or step == fast.depth:
                    # Most rows reach their leaf early: go on with the others only.
                    node[going] = here
                    going = np.flatnonzero(fast.left.take(node) != node)
                    here, at = node[going], first[going]
            node = node.reshape(len(part), len(fast.roots))
            use(start, node)

        starts = range(0, len(rows), CHUNK)
        if len(starts) < MANY:
            for start in starts:
                follow(start)
        else:
            # numpy releases the GIL here, so that threads use all processors.
            with ThreadPoolExecutor(os.cpu_count()) as threads:
                list(threads.map(follow, starts))

    @cached_property
    def _fast(self) -> FastTrees:
        return fast_layout(self)

    def probability(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the probability of the second class; see :meth:`margin`."""
        return logistic(self.margin(rows))

    def contributions(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return how much each feature moved each row's log-odds away from the mean of the training rows.

        At every split on a row's way the change of the mean below is credited to the feature that was
        asked for (Saabas 2014, "Interpreting random forests"); with the training mean they sum to the
        log-odds.

        Parameters
        ----------
        rows : ndarray of float64, shape (n, n_features)

        Returns
        -------
        ndarray of float64, shape (n, n_features)
        """
        out = np.zeros(rows.shape)
        everyone = np.arange(len(rows))
        for root in self.roots:
            node = np.full(len(rows), root)
            while True:
                inside = self.feature[node] >= 0
                if not inside.any():
                    break
                at, here = everyone[inside], node[inside]
                after = self._next(here, rows[at, self.feature[here]])
                out[at, self.feature[here]] += self.value[after] - self.value[here]
                node[inside] = after
        return out

    @property
    def mean_margin(self) -> float:
        """Mean log-odds over the training rows, where contributions start."""
        return self.baseline + float(self.value[self.roots].sum())

    def _next(self, node: Any, values: Any) -> Any:
        left = np.where(np.isnan(values), self.missing_left[node], values <= self.threshold[node])
        return np.where(left, self.left[node], self.right[node])

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the trees as arrays, as they are saved."""
        return {**{name: getattr(self, name) for name in _FIELDS}, "baseline": np.array(self.baseline)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Trees:
        """Read trees from arrays, and make sure that every way through them ends at a leaf.

        Raises
        ------
        ModelError
            If an array is missing, or a node points where it must not.
        """
        try:
            given = {name: np.asarray(arrays[name]) for name in _FIELDS}
            baseline = float(np.asarray(arrays["baseline"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"these are not the arrays of trees: {error}.") from None
        n = len(given["value"]) if given["value"].ndim == 1 else 0
        if any(given[name].shape != (n,) for name in _FIELDS if name != "roots") or given["roots"].ndim != 1:
            raise ModelError("the arrays of these trees do not fit each other.")
        if any(array.dtype.kind not in "biuf" for array in given.values()):
            raise ModelError("the arrays of these trees hold something other than numbers.")
        for name, dtype in _FIELDS.items():
            most = np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else np.inf
            if not (np.abs(given[name].astype(np.float64)) <= most).all():
                raise ModelError(f"the array '{name}' of these trees holds values that it must not.")
        trees = cls(**{name: given[name].astype(dtype) for name, dtype in _FIELDS.items()}, baseline=baseline)
        if not (np.isfinite(trees.value).all() and np.isfinite(baseline)):
            raise ModelError("a value of these trees is not finite.")
        depth_of(trees.left, trees.right, trees.feature < 0, trees.roots)
        return trees


def _node_means(tree: Any) -> npt.NDArray[np.float64]:
    """Return the value of every node: a leaf's own, elsewhere the mean over the training rows below."""
    value: npt.NDArray[np.float64] = tree["value"].astype(np.float64).copy()
    count = tree["count"].astype(np.float64)
    for at in range(len(tree) - 1, -1, -1):
        if not tree["is_leaf"][at]:
            left, right = int(tree["left"][at]), int(tree["right"][at])
            total = count[left] + count[right]
            value[at] = (value[left] * count[left] + value[right] * count[right]) / total
    return value
