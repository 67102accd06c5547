"""Which spikes belong to which unit: one stable ordering, so that the spikes of a unit are a slice of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class SpikesByUnit:
    """Rows of a vector of spikes, unit after unit, those of one unit in the order of the vector.

    Attributes
    ----------
    order : ndarray of unsigned integers, shape (n_spikes,)
        Positions in the vector of spikes. Takes 4 bytes a spike up to 2**32 spikes.
    edges : ndarray of int64, shape (n_units + 1,)
        The rows of unit `i` are ``order[edges[i]:edges[i + 1]]``.
    """

    order: npt.NDArray[np.unsignedinteger[Any]]
    edges: npt.NDArray[np.int64]

    @classmethod
    def of(cls, unit_indices: npt.NDArray[np.integer[Any]], n_units: int) -> SpikesByUnit:
        """Order spikes by unit.

        Parameters
        ----------
        unit_indices : ndarray of int, shape (n_spikes,)
            Position of the unit of each spike, from 0 to `n_units` - 1.
        n_units : int
        """
        # A stable sort of integers of 16 bits takes time in proportion to their number.
        narrow = np.min_scalar_type(max(0, n_units - 1))
        order = np.argsort(unit_indices.astype(narrow), kind="stable")
        counts = np.bincount(unit_indices, minlength=n_units)
        rows: npt.NDArray[Any] = order.astype(np.uint32 if len(order) <= 2**32 else np.uint64)
        return cls(rows, np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]))

    def rows(self, unit: int) -> npt.NDArray[np.intp]:
        """Return the rows of a unit's spikes in the vector of spikes, ascending.

        Parameters
        ----------
        unit : int
            Position of the unit.
        """
        return self.order[self.slice(unit)].astype(np.intp)

    def slice(self, unit: int) -> slice:
        """Return where the spikes of a unit lie in what is ordered by :attr:`order`."""
        return slice(int(self.edges[unit]), int(self.edges[unit + 1]))

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """Number of spikes of each unit, shape (n_units,)."""
        return np.diff(self.edges)

    def select(self, units: npt.NDArray[np.intp]) -> SelectedSpikes:
        """Return which spikes some units have, and their ordering, without reading the spikes.

        Parameters
        ----------
        units : ndarray of int, shape (n_selected,)
            Positions of the selected units, in their new order.
        """
        parts = [self.order[self.slice(unit)] for unit in units.tolist()]
        before = np.concatenate(parts) if parts else self.order[:0]
        edges = np.concatenate([[0], np.cumsum(self.counts[units], dtype=np.int64)])
        kept = np.zeros(len(self.order), dtype=np.bool_)
        kept[before] = True
        rows = np.flatnonzero(kept)
        after = np.empty(len(self.order), dtype=self.order.dtype)
        after[rows] = np.arange(len(rows), dtype=self.order.dtype)
        return SelectedSpikes(rows, SpikesByUnit(after[before], edges))


@dataclass(frozen=True, eq=False)
class SelectedSpikes:
    """The spikes of selected units.

    Attributes
    ----------
    rows : ndarray of int, shape (n_selected_spikes,)
        Their rows in the vector of all spikes, ascending.
    by_unit : SpikesByUnit
        Their ordering by selected unit, in the vector of the selected spikes.
    """

    rows: npt.NDArray[np.intp]
    by_unit: SpikesByUnit

    def unit_indices(self) -> npt.NDArray[np.int64]:
        """Return the position among the selected units of the unit of each selected spike."""
        units = np.empty(len(self.rows), dtype=np.int64)
        units[self.by_unit.order] = np.repeat(np.arange(len(self.by_unit.counts)), self.by_unit.counts)
        return units
