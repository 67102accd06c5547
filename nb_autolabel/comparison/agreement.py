"""How well two labelings agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..plots.palette import in_order

if TYPE_CHECKING:
    import pandas as pd


class Kappa(NamedTuple):
    """Agreement beyond chance, with its 95 % confidence interval.

    Attributes
    ----------
    value, low, high : float
        Cohen's kappa; NaN where both give everything one label.
    agreement : float
        Share of units with the same label.
    n_units : int
    """

    value: float
    low: float
    high: float
    agreement: float
    n_units: int


def confusion(first: pd.Series[Any], second: pd.Series[Any]) -> pd.DataFrame:
    """Count the units by both labels: rows those of the first, columns those of the second, all labels in both."""
    import pandas as pd

    names = in_order([*first, *second])
    table = pd.crosstab(first.to_numpy(), second.to_numpy())
    table = table.reindex(index=names, columns=names, fill_value=0)
    table.index.name, table.columns.name = first.name, second.name
    return table


def cohen_kappa(table: Any) -> Kappa:
    """Return Cohen's kappa of a square table of counts.

    Parameters
    ----------
    table : array-like of int, shape (n_labels, n_labels)

    Returns
    -------
    Kappa

    References
    ----------
    Cohen (1960), A coefficient of agreement for nominal scales. Fleiss, Cohen & Everitt (1969), Large
    sample standard errors of kappa and weighted kappa, Psychological Bulletin 72 (the interval).
    """
    counts = np.asarray(table, dtype=np.float64)
    n = counts.sum()
    if n == 0:
        return Kappa(np.nan, np.nan, np.nan, np.nan, 0)
    p = counts / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    agreed, chance = float(np.trace(p)), float(rows @ columns)
    if np.isclose(chance, 1.0):
        return Kappa(np.nan, np.nan, np.nan, agreed, int(n))
    value = (agreed - chance) / (1 - chance)
    mixed = columns[:, np.newaxis] + rows[np.newaxis, :]
    on = (np.diag(p) * (1 - (rows + columns) * (1 - value)) ** 2).sum()
    off = (1 - value) ** 2 * ((p * mixed**2).sum() - (np.diag(p) * (rows + columns) ** 2).sum())
    spread = np.sqrt(max(0.0, on + off - (value - chance * (1 - value)) ** 2) / n) / (1 - chance)
    half = 1.959964 * float(spread)
    return Kappa(float(value), max(-1.0, value - half), min(1.0, value + half), agreed, int(n))
