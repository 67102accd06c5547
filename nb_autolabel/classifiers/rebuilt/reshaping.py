"""Steps before a classifier that change the distribution of a column: power and quantile transforms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import ModelError
from .nodes import Node
from .preparing import Rows, Scaler, standard_scaler

#: How near to an end of its distribution a value counts as beyond it, in scikit-learn.
_EDGE = 1e-7


@dataclass(frozen=True)
class Power:
    """Makes columns more like a normal distribution (``PowerTransformer``).

    Attributes
    ----------
    lambdas : ndarray, shape (n_columns,)
    method : {"yeo-johnson", "box-cox"}
    stable : bool
        Whether Yeo-Johnson is computed as scipy does it, as scikit-learn does from 1.9 on.
    scaler : Scaler, optional
        What follows.
    """

    lambdas: Rows
    method: str
    stable: bool
    scaler: Scaler | None

    @property
    def width_out(self) -> int:
        """Columns that it gives."""
        return len(self.lambdas)

    def transform(self, rows: Rows) -> Rows:
        """Transform rows in their own precision."""
        if self.method == "box-cox" and (rows <= 0).any():
            columns = np.flatnonzero((rows <= 0).any(axis=0)).tolist()
            raise ModelError(
                f"the classifier takes a Box-Cox transform, which knows positive values only; columns {columns} hold others."
            )
        for at, power in enumerate(self.lambdas):
            rows[:, at] = self._transformed(rows[:, at], power)
        return rows if self.scaler is None else self.scaler.transform(rows)

    def _transformed(self, column: Rows, power: Any) -> Any:
        if self.method == "box-cox":
            from scipy.special import boxcox

            return boxcox(column, power)
        if self.stable:
            from scipy.stats import yeojohnson

            return yeojohnson(column, power)
        return _yeo_johnson(column, power)


def _yeo_johnson(column: Rows, power: Any) -> Rows:
    """Transform a column (Yeo & Johnson 2000)."""
    out = np.zeros_like(column)
    up = column >= 0
    above, below = column[up], -column[~up]
    near = np.spacing(1.0)
    out[up] = np.log1p(above) if abs(power) < near else (np.power(above + 1, power) - 1) / power
    rest = 2 - power
    out[~up] = -np.log1p(below) if abs(power - 2) <= near else -(np.power(below + 1, rest) - 1) / rest
    return out


@dataclass(frozen=True)
class Quantiles:
    """Gives each value the share of the training below it (``QuantileTransformer``).

    Attributes
    ----------
    quantiles : ndarray, shape (n_quantiles, n_columns)
    references : ndarray, shape (n_quantiles,)
        Share of the training below each quantile.
    normal : bool
        Whether the shares are turned into values of a normal distribution.
    """

    quantiles: npt.NDArray[np.floating[Any]]
    references: npt.NDArray[np.floating[Any]]
    normal: bool

    @property
    def width_out(self) -> int:
        """Columns that it gives."""
        return int(self.quantiles.shape[1])

    def transform(self, rows: Rows) -> Rows:
        """Transform rows in their own precision."""
        for at in range(rows.shape[1]):
            rows[:, at] = self._transformed(rows[:, at], self.quantiles[:, at])
        return rows

    def _transformed(self, column: Rows, marks: Rows) -> Any:
        if self.normal:
            least, most = column - _EDGE < marks[0], column + _EDGE > marks[-1]
        else:
            least, most = column == marks[0], column == marks[-1]
        known = ~np.isnan(column)
        values = column[known]
        # From below and from above, for values that are several quantiles at once.
        up = np.interp(values, marks, self.references)
        down = np.interp(-values, -marks[::-1], -self.references[::-1])
        column[known] = 0.5 * (up - down)
        column[most], column[least] = 1, 0
        if not self.normal:
            return column
        from scipy.stats import norm

        edge = norm.ppf(_EDGE - np.spacing(1))
        return np.clip(norm.ppf(column), edge, norm.ppf(1 - (_EDGE - np.spacing(1))))


def power_transformer(node: Node, width: int) -> Power:
    """Rebuild a ``PowerTransformer``."""
    method = node.attribute("method").text("yeo-johnson", "box-cox")
    lambdas = node.attribute("lambdas_").numbers(width)
    scaler = None
    if node.attribute("standardize").flag():
        inside = node.attribute("_scaler")
        if inside.kind != "StandardScaler":
            raise inside.wrong("is not a StandardScaler")
        scaler = standard_scaler(inside, width)
    return Power(lambdas, method, node.version() >= (1, 9), scaler)


def quantile_transformer(node: Node, width: int) -> Quantiles:
    """Rebuild a ``QuantileTransformer``."""
    normal = node.attribute("output_distribution").text("uniform", "normal") == "normal"
    count = node.attribute("n_quantiles_").whole(1_000_000)
    quantiles = node.attribute("quantiles_").numbers(count, width)
    references = node.attribute("references_").numbers(count)
    if (np.diff(quantiles, axis=0) < 0).any() or (np.diff(references) < 0).any():
        raise node.wrong("has quantiles that do not rise")
    if references[0] < 0 or references[-1] > 1:
        raise node.wrong("has shares beyond 0 to 1")
    return Quantiles(quantiles, references, normal)
