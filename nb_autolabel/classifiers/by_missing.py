"""Trees for units that have all metrics, and others for units that lack whole groups of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt

from .log_odds import logistic
from .trees import Trees

Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Without:
    """Trees that were grown without some metrics, for units that lack them all.

    Attributes
    ----------
    columns : tuple of int
        Places of these metrics; the trees ask for none of them.
    read : callable
        Returns the trees. They are read when the first unit needs them: most users lack nothing.
    """

    columns: tuple[int, ...]
    read: Callable[[], Trees]

    @classmethod
    def of(cls, columns: Sequence[int], trees: Trees) -> Without:
        """Hold trees that are there already."""
        return cls(tuple(columns), partial(_itself, trees))

    @cached_property
    def trees(self) -> Trees:
        """The trees, read once."""
        return self.read()


@dataclass(frozen=True)
class TreesByMissing:
    """Trees, and others for rows that lack whole groups of metrics. Used like :class:`Trees`.

    A row is judged by the first of `without` whose metrics it lacks all, else by `whole`. What a row is told does
    not depend on the other rows.

    Attributes
    ----------
    whole : Trees
    without : tuple of Without
        In the order in which they are asked.
    """

    whole: Trees
    without: tuple[Without, ...]

    def __repr__(self) -> str:
        return f"TreesByMissing({self.whole!r}, {len(self.without)} for rows that lack a group of metrics)"

    def margin(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the log-odds of the second class; rows of shape (n, n_features), NaN where missing."""
        out = np.empty(len(rows))
        for places, which in self._parts(rows):
            out[places] = self._trees(which).margin(rows[places])
        return out

    def probability(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the probability of the second class; see :meth:`margin`."""
        return logistic(self.margin(rows))

    def leaves(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
        """Return the node in which each row ends, as a place in :attr:`value`; shape (n, n_trees).

        Raises
        ------
        ValueError
            If the forests do not have the same number of trees.
        """
        out = np.empty((len(rows), len(self.whole.roots)), dtype=np.intp)
        for places, which in self._parts(rows):
            out[places] = self._trees(which).leaves(rows[places]) + (self._starts[which] if which else 0)
        return out

    @cached_property
    def value(self) -> npt.NDArray[np.float64]:
        """Values of the nodes of all trees, those of :attr:`whole` first; see :class:`Trees`."""
        return np.concatenate([self.whole.value, *(other.trees.value for other in self.without)])

    def changed(self, intercept: float, added: npt.NDArray[np.float64]) -> TreesByMissing:
        """Return trees with something added to all log-odds, and to each leaf; see :meth:`Trees.changed`.

        Parameters
        ----------
        intercept : float
        added : ndarray, shape (n_nodes,)
            In the order of :attr:`value`.
        """
        parts = np.split(added, self._starts[1:-1])
        return TreesByMissing(
            self.whole.changed(intercept, parts[0]),
            tuple(
                Without.of(other.columns, other.trees.changed(intercept, part))
                for other, part in zip(self.without, parts[1:], strict=True)
            ),
        )

    def contributions(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return how much each feature moved each row's log-odds from :attr:`mean_margin`.

        See :meth:`Trees.contributions`. Other trees start at another mean: the difference is credited to the metrics
        that the row lacks, in equal parts.

        Returns
        -------
        ndarray of float64, shape (n, n_features)
        """
        out = np.empty(rows.shape)
        for places, which in self._parts(rows):
            trees = self._trees(which)
            out[places] = trees.contributions(rows[places])
            if which:
                columns = np.array(self.without[which - 1].columns, dtype=np.intp)
                out[np.ix_(places, columns)] += (trees.mean_margin - self.mean_margin) / len(columns)
        return out

    @property
    def mean_margin(self) -> float:
        """Mean log-odds over the training rows, where contributions start."""
        return self.whole.mean_margin

    def lacking(self, rows: npt.NDArray[np.float64]) -> Places:
        """Return by which trees each row is judged: 0 for `whole`, then those of `without`; shape (n,)."""
        missing = np.isnan(rows)
        which = np.zeros(len(rows), dtype=np.intp)
        for at, other in reversed(list(enumerate(self.without, start=1))):
            which[missing[:, other.columns].all(axis=1)] = at
        return which

    def _parts(self, rows: npt.NDArray[np.float64]) -> Iterator[tuple[Places, int]]:
        which = self.lacking(rows)
        for at in np.unique(which).tolist():
            yield np.flatnonzero(which == at), at

    def _trees(self, which: int) -> Trees:
        return self.without[which - 1].trees if which else self.whole

    @cached_property
    def _starts(self) -> list[int]:
        sizes = [len(self.whole.value), *(len(other.trees.value) for other in self.without)]
        return [0, *np.cumsum(sizes).tolist()]


#: Trees of one forest, or of one for each group of metrics that a row may lack.
Grown = Trees | TreesByMissing


def renumbered(trees: Trees, columns: Sequence[int]) -> Trees:
    """Return trees that were grown on some columns of a table as trees for the whole table.

    Parameters
    ----------
    trees : Trees
    columns : sequence of int
        Place in the whole table of each column that they were grown on.
    """
    places = np.append(np.asarray(columns, dtype=np.int16), np.int16(-1))
    return replace(trees, feature=places[trees.feature])


def _itself(trees: Trees) -> Trees:
    return trees
