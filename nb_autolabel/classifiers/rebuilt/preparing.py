"""Steps before a classifier: gaps filled, columns scaled, in the arithmetic of the scikit-learn that fitted them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from .nodes import Node, frozen

Rows = npt.NDArray[np.floating[Any]]


class Step(Protocol):
    """Something that changes rows before they are judged."""

    @property
    def width_out(self) -> int:
        """Columns that it gives."""

    def transform(self, rows: Rows) -> Rows:
        """Change rows in their own precision; they may be written to."""


@dataclass(frozen=True)
class Imputer:
    """Fills gaps with a value for each column (``SimpleImputer``).

    Attributes
    ----------
    statistics : ndarray, shape (n_columns,)
        What is filled in; NaN for a column that is left out, because the training had no value of it.
    marked : ndarray of int, shape (n_marked,)
        Columns whose gaps are marked in further columns.
    gap : float
        What a gap is written as.
    strategy : str
    """

    statistics: Rows
    marked: npt.NDArray[np.intp]
    gap: float
    strategy: str
    fills: ClassVar[bool] = True

    @property
    def width_out(self) -> int:
        """Columns that it gives."""
        return int((~np.isnan(self.statistics)).sum()) + len(self.marked)

    def transform(self, rows: Rows) -> Rows:
        """Fill gaps, leave out columns that were empty in the training, and mark gaps."""
        gaps = np.isnan(rows) if np.isnan(self.gap) else rows == self.gap
        kept = ~np.isnan(self.statistics)
        filled = np.where(gaps, self.statistics.astype(rows.dtype), rows)
        if not kept.all():
            filled = np.ascontiguousarray(filled[:, kept])
        return np.hstack([filled, gaps[:, self.marked]]) if len(self.marked) else filled


@dataclass(frozen=True)
class Scaler:
    """Subtracts and divides, or multiplies and adds, column by column.

    Attributes
    ----------
    ways : tuple
        Functions of numpy and what they take, shape (n_columns,), in order.
    rounds : bool
        Whether what is subtracted and divided by is first rounded to the precision of the rows.
    low, high : float
        Values are cut off here; infinite where they are not.
    mean, scale : ndarray, optional
        Of the training rows, where the scaler knows them.
    """

    ways: tuple[tuple[Callable[..., Any], Rows], ...]
    width_out: int
    rounds: bool = False
    low: float = -np.inf
    high: float = np.inf
    mean: Rows | None = None
    scale: Rows | None = None

    def transform(self, rows: Rows) -> Rows:
        """Scale rows in their own precision."""
        for way, by in self.ways:
            way(rows, by.astype(rows.dtype) if self.rounds else by, out=rows, casting="same_kind")
        if np.isfinite(self.low) or np.isfinite(self.high):
            np.clip(rows, rows.dtype.type(self.low), rows.dtype.type(self.high), out=rows)
        return rows


def imputer(node: Node, width: int) -> Imputer:
    """Rebuild a ``SimpleImputer``."""
    strategy = node.attribute("strategy").text("mean", "median", "most_frequent", "constant")
    gap = node.attribute("missing_values").value()
    if isinstance(gap, bool) or not isinstance(gap, int | float) or abs(gap) > 1e30:
        raise node.attribute("missing_values").wrong("is not a number, nor NaN")
    # Until 1.7 a constant was also filled in where the training had no value at all.
    keeps = strategy == "constant" and node.version() < (1, 8)
    if node.has("keep_empty_features") and node.attribute("keep_empty_features").flag():
        keeps = True
    statistics = node.attribute("statistics_").numbers(width, gaps=not keeps)
    if node.has("_fill_dtype"):
        fill = node.attribute("_fill_dtype").precision()
        statistics = statistics.astype(fill)
    marked = np.zeros(0, dtype=np.intp)
    if node.attribute("add_indicator").flag():
        marks = node.attribute("indicator_")
        marks.attribute("features").text("missing-only", "all")
        found = marks.attribute("features_").array()
        if found.ndim != 1 or found.dtype.kind not in "iu" or len(found) > width:
            raise marks.attribute("features_").wrong("is not a list of columns")
        marked = found.astype(np.intp)
        if len(marked) and (marked.min() < 0 or marked.max() >= width or (np.diff(marked) <= 0).any()):
            raise marks.attribute("features_").wrong(f"names columns beyond the {width} that come")
    return Imputer(frozen(statistics), frozen(marked), float(gap), strategy)


def standard_scaler(node: Node, width: int) -> Scaler:
    """Rebuild a ``StandardScaler``."""
    mean = _given(node, "with_mean", "mean_", width)
    scale = _given(node, "with_std", "scale_", width, divides=True)
    ways = tuple((way, by) for way, by in ((np.subtract, mean), (np.divide, scale)) if by is not None)
    # From 1.8 on it first rounds both to the precision of the rows; before, only the result.
    return Scaler(ways, width, node.version() >= (1, 8), mean=mean, scale=scale)


def robust_scaler(node: Node, width: int) -> Scaler:
    """Rebuild a ``RobustScaler``."""
    center = _given(node, "with_centering", "center_", width)
    scale = _given(node, "with_scaling", "scale_", width, divides=True)
    return Scaler(
        tuple((way, by) for way, by in ((np.subtract, center), (np.divide, scale)) if by is not None), width
    )


def min_max_scaler(node: Node, width: int) -> Scaler:
    """Rebuild a ``MinMaxScaler``."""
    scale = node.attribute("scale_").numbers(width, gaps=True)
    least = node.attribute("min_").numbers(width, gaps=True)
    low, high = -np.inf, np.inf
    if node.has("clip") and node.attribute("clip").flag():
        ends = node.attribute("feature_range").items()
        if len(ends) != 2:
            raise node.attribute("feature_range").wrong("is not a pair")
        low, high = (end.number() for end in ends)
        if low >= high:
            raise node.attribute("feature_range").wrong("is not a range")
    return Scaler(((np.multiply, scale), (np.add, least)), width, low=low, high=high)


def _given(node: Node, asked: str, name: str, width: int, divides: bool = False) -> Rows | None:
    if not node.attribute(asked).flag():
        return None
    # A column without any value in the training has NaN here, and an imputer after it leaves it out.
    found = node.attribute(name).numbers(width, gaps=True)
    if divides and (found == 0).any():
        raise node.attribute(name).wrong("divides by zero")
    return found
