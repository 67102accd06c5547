"""What is stored for each spike, read once and kept in the order of the units."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import MissingDataError
from .checks import check_rows
from .entry import Entry
from .process_lock import ProcessLock
from .source import Source

if TYPE_CHECKING:
    from .extension import Extension


class SpikeData:
    """Arrays with one row a spike, each read once and ordered by unit; for any number of threads.

    The spikes of a unit lie in all chunks of such an array. A bounded cache of chunks would decode every chunk again
    for each unit as soon as the array is larger than the cache, so the array is kept as a whole.

    Parameters
    ----------
    source : Source
        Tells which spikes belong to which unit.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lock = ProcessLock()
        self._kept: OrderedDict[tuple[str, str], tuple[Hashable, npt.NDArray[Any]]] = OrderedDict()

    @property
    def nbytes(self) -> int:
        """Bytes that the kept arrays have together."""
        return sum(values.nbytes for _, values in self._kept.values())

    def of_unit(self, extension: Extension, name: str, unit: int) -> npt.NDArray[Any]:
        """Return the rows of a unit's spikes, in the order of the spikes.

        Parameters
        ----------
        extension : Extension
        name : str
            Of an array with one row a spike.
        unit : int
            Position of the unit.

        Raises
        ------
        MissingDataError
            If it is no array.
        DamagedDataError
            If it does not have one row a spike, or cannot be read.
        """
        entry = extension.entry(name)
        if entry.kind != "array":
            entry.read(None)  # says why it cannot be read
            raise MissingDataError(f"{entry.where} is no array with one row a spike.")
        by_unit = self._source.spikes_by_unit
        check_rows(entry.shape, len(by_unit.order), entry.where, "spike")
        values = self._ordered((extension.name, name), entry, by_unit.order)
        return values[by_unit.slice(unit)].copy()

    def _ordered(
        self, key: tuple[str, str], entry: Entry, order: npt.NDArray[np.unsignedinteger[Any]]
    ) -> npt.NDArray[Any]:
        with self._lock:
            if key in self._kept:
                entry.read(slice(0, 0))  # raises an error if the source has changed
            version = self._source.version
            kept = self._kept.get(key)
            if kept is None or kept[0] != version:
                values = entry.read(None)[order]
                kept = self._source.version, values
                self._keep(key, kept)
            else:
                self._kept.move_to_end(key)
            return kept[1]

    def _keep(self, key: tuple[str, str], kept: tuple[Hashable, npt.NDArray[Any]]) -> None:
        most = max(self._source.kept_spikes.nbytes, kept[1].nbytes)
        self._kept.pop(key, None)
        self._kept[key] = kept
        while self.nbytes > most:
            self._kept.popitem(last=False)
