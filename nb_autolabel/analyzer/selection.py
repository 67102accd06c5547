"""Selecting units of a source: each kind of data is restricted to them when it is read.

Units take the requested order. What is stored per unit keeps its rows, what is stored per pair its
rows and columns, what is stored per spike the rows of the kept spikes in their order, what is
stored per random spike the rows of the kept random spikes. Nothing is read until it is asked for.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, MissingDataError
from .array_kinds import KINDS, kind_of
from .checks import check_rows
from .entry import Entry, StoredExtension
from .header import Header
from .rows import Rows
from .source import Source
from .spikes_by_unit import SelectedSpikes, SpikesByUnit


class SelectedSource(Source):
    """Some units of another source, in a given order, read through it.

    Parameters
    ----------
    parent : Source
        Not itself a selection.
    positions : ndarray of int
        Positions of the kept units in the parent.
    properties : dict of str to ndarray, optional
        Properties of the kept units that the parent does not have, or has otherwise.
    """

    format = "memory"
    location = None

    def __init__(
        self,
        parent: Source,
        positions: npt.NDArray[np.intp],
        properties: Mapping[str, npt.NDArray[Any]] | None = None,
    ) -> None:
        self.parent = parent
        self.positions = positions
        self.properties = dict(properties or {})
        self.only_metrics = parent.only_metrics
        self.renamed = parent.renamed
        self.absent_metrics = {
            name: where[positions] for name, where in parent.absent_metrics.items() if where[positions].any()
        }
        if parent.recordings is not None:
            names, recording_of = parent.recordings
            self.recordings = (names, recording_of[positions])

    @property
    def origin(self) -> Source:
        """The parent's; see :attr:`Source.origin`."""
        return self.parent.origin

    def with_property(self, name: str, values: npt.NDArray[Any]) -> SelectedSource:
        """Return the same selection with a property more, or with other values."""
        made = SelectedSource(self.parent, self.positions, {**self.properties, name: values})
        # The spikes and their ordering are the same.
        kept = ("kept_spikes", "spikes_by_unit", "_selected")
        made.__dict__.update({key: self.__dict__[key] for key in kept if key in self.__dict__})
        return made

    @cached_property
    def header(self) -> Header:
        """The parent's header with the kept units."""
        from dataclasses import replace

        header = self.parent.header
        mask = header.sparsity_mask
        return replace(
            header,
            unit_ids=header.unit_ids[self.positions],
            sparsity_mask=None if mask is None else mask[self.positions],
        )

    @property
    def version(self) -> Hashable:
        """The parent's; see :attr:`Source.version`."""
        return self.parent.version

    @cached_property
    def _new_positions(self) -> npt.NDArray[np.intp]:
        lookup = np.full(len(self.parent.header.unit_ids), -1, dtype=np.intp)
        lookup[self.positions] = np.arange(len(self.positions))
        return lookup

    @cached_property
    def _selected(self) -> SelectedSpikes:
        return self.parent.spikes_by_unit.select(self.positions)

    @cached_property
    def _random_spikes(self) -> npt.NDArray[Any]:
        entry = self.parent.extension("random_spikes").entries.get("random_spikes_indices")
        if entry is None:
            raise MissingDataError(
                "the random spikes are not stored, so what is stored for them has no unit."
            )
        indices: npt.NDArray[Any] = entry.read(None)
        if indices.ndim != 1 or indices.dtype.kind not in "iu":
            raise DamagedDataError(
                f"array {entry.where} is {indices.dtype} {indices.shape}, expected indices."
            )
        if indices.size and (indices.min() < 0 or indices.max() >= len(self.parent.kept_spikes)):
            raise DamagedDataError(f"array {entry.where} points to spikes that do not exist.")
        return indices

    @cached_property
    def _kept_random(self) -> npt.NDArray[np.bool_]:
        """Which of the parent's random spikes are of the kept units."""
        units = self.parent.kept_spikes["unit_index"][self._random_spikes]
        kept: npt.NDArray[np.bool_] = self._new_positions[units] >= 0
        return kept

    def spikes(self) -> npt.NDArray[Any]:
        """Return the kept spikes with their units renumbered; the parent reads all of them once."""
        kept = self.parent.kept_spikes[self._selected.rows]
        kept["unit_index"] = self._selected.unit_indices()
        return kept

    @cached_property
    def spikes_by_unit(self) -> SpikesByUnit:
        """Which of the kept spikes belong to which unit, derived from the parent's ordering."""
        return self._selected.by_unit

    def property_names(self) -> list[str]:
        """Names of the sorting's properties."""
        return list(dict.fromkeys([*self.parent.property_names(), *self.properties]))

    def read_property(self, name: str) -> npt.NDArray[Any]:
        """Return a property of the kept units."""
        if name in self.properties:
            return self.properties[name].copy()
        values = self.parent.read_property(name)
        check_rows(values.shape, len(self.parent.header.unit_ids), f"of property '{name}'")
        return values[self.positions]

    def hidden_properties(self) -> dict[str, npt.NDArray[Any] | None]:
        """Return the parent's, of the kept units; see :meth:`Source.hidden_properties`."""
        hidden = self.parent.hidden_properties().items()
        return {
            name: None if values is None else values[self.positions]
            for name, values in hidden
            if name not in self.properties
        }

    def unreadable(self) -> list[str]:
        """Say what of the parent cannot be read, and which arrays cannot follow the selection."""
        lost = []
        for name in self.extension_names():
            entries = self.parent.extension(name).entries
            keys = [k for k, e in entries.items() if e.kind == "array" and kind_of(name, k) is None]
            lost += [f"{', '.join(keys)} of extension '{name}'"] if keys else []
        given = {f"property '{name}'" for name in self.properties}
        return [*(words for words in self.parent.unreadable() if words not in given), *lost]

    def extension_names(self) -> list[str]:
        """Names of the extensions whose data can follow the selection."""
        return [name for name in self.parent.extension_names() if name in KINDS]

    def extension(self, name: str) -> StoredExtension:
        """Return an extension of the kept units; see :meth:`Source.extension`."""
        from dataclasses import replace

        stored = self.parent.extension(name)
        entries = {key: self._follow(name, key, entry) for key, entry in stored.entries.items()}
        return replace(stored, entries={key: entry for key, entry in entries.items() if entry is not None})

    def _follow(self, extension: str, key: str, entry: Entry) -> Entry | None:
        if entry.kind == "frame":
            return Entry("frame", lambda rows: entry.read(None).iloc[self.positions], where=entry.where)
        if entry.kind != "array":
            return entry
        kind = kind_of(extension, key)
        if kind is None:
            return None
        if kind == "fixed":
            return entry
        if kind == "period":
            return self._periods(entry)
        if kind == "spike index":
            return Entry(
                "array",
                lambda rows: _take(self._renumbered_random(), rows),
                shape=lambda: (int(self._kept_random.sum()),),
                dtype=entry.dtype,
                where=entry.where,
            )

        def kept() -> npt.NDArray[np.intp]:
            if kind == "spike":
                return self._selected.rows
            return np.flatnonzero(self._kept_random) if kind == "random spike" else self.positions

        def parent_rows() -> int:
            if kind == "spike":
                return len(self.parent.kept_spikes)
            return len(self._random_spikes) if kind == "random spike" else len(self.parent.header.unit_ids)

        def read(rows: Rows) -> Any:
            check_rows(entry.shape, parent_rows(), entry.where, kind)
            if kind == "unit pair":
                check_rows(entry.shape[1:], parent_rows(), entry.where, kind)
            data = entry.read(_take(kept(), rows))
            return data[:, self.positions] if kind == "unit pair" else data

        def shape() -> tuple[int, ...]:
            rest = entry.shape[1:]
            return (
                (len(kept()), len(self.positions), *rest[1:]) if kind == "unit pair" else (len(kept()), *rest)
            )

        return Entry("array", read, shape=shape, dtype=entry.dtype, where=entry.where)

    def _renumbered_random(self) -> npt.NDArray[Any]:
        """Rows of the kept random spikes in the vector of the kept spikes."""
        return np.searchsorted(self._selected.rows, self._random_spikes[self._kept_random])

    def _periods(self, entry: Entry) -> Entry:
        def kept() -> Any:
            periods = entry.read(None)
            column = periods["unit_index"] if "unit_index" in (periods.dtype.names or ()) else np.array([-1])
            if column.dtype.kind not in "iu" or ((column < 0) | (column >= len(self._new_positions))).any():
                raise DamagedDataError(f"array {entry.where} names units that do not exist.")
            new = self._new_positions[periods["unit_index"]]
            periods = periods[new >= 0].copy()
            periods["unit_index"] = new[new >= 0]
            return periods

        return Entry(
            "array",
            lambda rows: _take(kept(), rows),
            shape=lambda: kept().shape,
            dtype=entry.dtype,
            where=entry.where,
        )


def _take(values: npt.NDArray[Any], rows: Rows) -> npt.NDArray[Any]:
    return values if rows is None else values[rows]


def select(source: Source, positions: npt.NDArray[np.intp]) -> SelectedSource:
    """Return some units of a source; a selection of a selection reads from the parent of both.

    Parameters
    ----------
    source : Source
    positions : ndarray of int
        Positions of the units in the source, in their new order.
    """
    if not isinstance(source, SelectedSource):
        return SelectedSource(source, positions)
    properties = {name: values[positions] for name, values in source.properties.items()}
    return SelectedSource(source.parent, source.positions[positions], properties)
