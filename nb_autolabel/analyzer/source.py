"""The interface of what an analyzer reads from: a zarr store, a binary folder, a live object, a selection."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError
from ..metric_names import Renaming
from .entry import StoredExtension
from .header import Header
from .spikes_by_unit import SpikesByUnit
from .store import Store
from .traffic import Traffic

#: One spike: its sample in its segment, the position of its unit, its segment.
SPIKE_DTYPE = np.dtype([("sample_index", "<i8"), ("unit_index", "<i8"), ("segment_index", "<i8")])

#: Extensions that hold tables of metrics, in the order they are joined (that of SpikeInterface 0.105).
METRIC_EXTENSIONS = ("quality_metrics", "template_metrics", "spiketrain_metrics")
#: Names of several recordings and the position of each unit's recording, shape (n_units,); None of a single one.
Recordings: TypeAlias = "tuple[list[str], npt.NDArray[np.integer]] | None"


class Source(ABC):
    """Everything an :class:`Analyzer` reads from.

    Attributes
    ----------
    format : str
        "zarr", "binary_folder", "phy", "table", "cohort" or "memory".
    location : str or None
        Path or address.
    only_metrics : str
        Says that there are metrics and nothing else, for messages; empty where there is more.
    renamed : tuple of Renaming
        Metrics that were found under another tool's names.
    absent_metrics : mapping of str to ndarray of bool, shape (n_units,)
        Of several recordings: units of those in which a metric was not computed.
    recordings : tuple of list of str and ndarray of int, or None
        Of several recordings: their names, and the position of each unit's recording, shape (n_units,).
    """

    format: str
    location: str | None
    only_metrics: str = ""
    renamed: tuple[Renaming, ...] = ()
    absent_metrics: Mapping[str, npt.NDArray[np.bool_]] = MappingProxyType({})
    recordings: Recordings = None

    @property
    def origin(self) -> Source:
        """What is opened to get at the same data again: the source itself, or what it selects units of."""
        return self

    def analyzer_of(self, at: int) -> Any:
        """Return the analyzer that has everything of a unit, and its position there; None where this source has it."""
        del at

    def depths_of_spikes(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float64] | None:
        """Return how deep some spikes are, in µm, where something else than "spike_locations" tells it; None else."""
        del rows
        return None

    def metrics_held(self) -> tuple[npt.NDArray[Any], dict[str, npt.NDArray[Any]]] | None:
        """Return unit ids and all metrics as arrays, in the unit they are shown in, where they are in memory; None else."""
        return None

    def metric_columns(self) -> dict[str, npt.NDArray[Any]] | None:
        """Return all metrics as stored, an array for each, integers or float64, one row a unit in the header's order.

        Returns
        -------
        dict of str to ndarray, or None
            None where they must be read as tables: they hold more than numbers, other rows, or cannot be read.
        """
        return None

    def hand_labels(self) -> Any:
        """Return what keeps labels by hand where that is not one journal of the whole; None else."""
        return None

    @property
    def has_options(self) -> bool:
        """True if it was opened with options for its address, which may hold passwords."""
        return False

    @property
    def traffic(self) -> Traffic | None:
        """Counts the bytes that were fetched from an address; None for what lies on this machine."""
        store = getattr(self.origin, "store", None)
        return store.traffic if isinstance(store, Store) else None

    @property
    @abstractmethod
    def header(self) -> Header:
        """What is known from opening."""

    @property
    def version(self) -> Hashable:
        """Changes when something was written where the source reads from, and the source is still what was opened."""
        return 0

    @abstractmethod
    def spikes(self) -> npt.NDArray[Any]:
        """Read all spikes, dtype SPIKE_DTYPE, ordered by segment and sample."""

    @cached_property
    def kept_spikes(self) -> npt.NDArray[Any]:
        """All spikes, read once; read-only. Selections of units share them."""
        spikes = self.spikes()
        spikes.flags.writeable = False
        return spikes

    @property
    def has_kept_spikes(self) -> bool:
        """True if the spikes were read and kept."""
        return "kept_spikes" in self.__dict__

    @cached_property
    def spikes_by_unit(self) -> SpikesByUnit:
        """Which of :attr:`kept_spikes` belong to which unit; computed once."""
        return SpikesByUnit.of(self.kept_spikes["unit_index"], len(self.header.unit_ids))

    @abstractmethod
    def property_names(self) -> list[str]:
        """Names of the sorting's properties."""

    @abstractmethod
    def read_property(self, name: str) -> npt.NDArray[Any]:
        """Return a property, one row a unit."""

    def hidden_properties(self) -> dict[str, npt.NDArray[Any] | None]:
        """Return properties stored as Python objects: what a copy keeps of them, or None where nothing can be kept."""
        return {}

    def unreadable(self) -> list[str]:
        """Describe data outside the extensions that cannot be read and are missing in a copy."""
        return [f"property '{name}'" for name, kept in self.hidden_properties().items() if kept is None]

    @abstractmethod
    def extension_names(self) -> list[str]:
        """Names of the extensions that are complete."""

    @abstractmethod
    def extension(self, name: str) -> StoredExtension:
        """Return an extension by name."""


def check_spikes(spikes: npt.NDArray[Any], header: Header, where: str) -> npt.NDArray[Any]:
    """Return the spikes if each belongs to a unit and a segment that exist.

    Raises
    ------
    DamagedDataError
    """
    for name, count in (("unit_index", len(header.unit_ids)), ("segment_index", header.num_segments)):
        column = spikes[name]
        if column.size and (column.min() < 0 or column.max() >= count):
            raise DamagedDataError(
                f"{where}: {name} runs from {column.min()} to {column.max()}, but there are only {count}."
            )
    return spikes
