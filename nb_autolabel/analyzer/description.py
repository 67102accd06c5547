"""What an analyzer is: its units, channels, properties and settings, as far as they are known from opening it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import MissingDataError, SelectionError, UnknownUnitError, is_one_of, listing, suggestion
from ..metric_names import Renaming
from ..unit_ids import UnitIndex
from .checks import check_rows
from .extension import Extension
from .header import Header
from .probe import channel_locations
from .source import Recordings, Source
from .voltage import Voltage, voltage_of


class AnalyzerDescription:
    """The part of an :class:`Analyzer` that describes it.

    Parameters
    ----------
    source : Source
        Where it reads from.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._header = source.header
        self._extensions: dict[str, Extension] = {}

    def __getstate__(self) -> dict[str, Any]:
        # Extensions are looked up again in another process: what reads their data cannot be sent there.
        return {
            name: value for name, value in self.__dict__.items() if name not in ("_extensions", "_spike_data")
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _extensions={})

    @property
    def source(self) -> Source:
        """What it reads from; for the package itself."""
        return self._source

    @property
    def header(self) -> Header:
        """What was read when it was opened; for the package itself."""
        return self._header

    @property
    def format(self) -> str:
        """``"zarr"``, ``"binary_folder"``, ``"table"`` (metrics), ``"cohort"``, ``"memory"`` (selections, live objects)."""
        return self._source.format

    @property
    def only_metrics(self) -> str:
        """Says that there are metrics and nothing else, as of a table; empty where there is more."""
        return self._source.only_metrics

    @property
    def renamed(self) -> tuple[Renaming, ...]:
        """Columns of a table that are metrics under another tool's names; each says which, and how it was converted."""
        return self._source.renamed

    @property
    def absent_metrics(self) -> Mapping[str, npt.NDArray[np.bool_]]:
        """Of several recordings: units of those in which a metric was not computed, by metric; see :class:`Cohort`."""
        return self._source.absent_metrics

    @property
    def recordings(self) -> Recordings:
        """Of several recordings: their names, and the position of each unit's recording; None of a single one."""
        return self._source.recordings

    @property
    def folder(self) -> str | None:
        """Path or address it was opened from, if any."""
        return self._source.location

    @property
    def unit_ids(self) -> npt.NDArray[Any]:
        """Unit ids, shape (n_units,), integers or strings."""
        return self._header.unit_ids

    @property
    def channel_ids(self) -> npt.NDArray[Any]:
        """Channel ids, shape (n_channels,)."""
        return self._header.channel_ids

    @property
    def sampling_frequency(self) -> float:
        """In Hz."""
        return self._header.sampling_frequency

    @property
    def sparsity_mask(self) -> npt.NDArray[np.bool_] | None:
        """Which channels each unit has data on, (n_units, n_channels); None if on all."""
        return self._header.sparsity_mask

    @property
    def settings(self) -> dict[str, Any]:
        """``return_in_uV``, ``peak_sign``, ``peak_mode`` as far as stored."""
        return dict(self._header.settings)

    @cached_property
    def voltage(self) -> Voltage:
        """In which unit voltages are shown, and how stored ones become that; see :class:`Voltage`."""
        return voltage_of(self._header)

    @property
    def bytes_read(self) -> int | None:
        """Bytes fetched from its address so far, also by selections of its units; None if it lies on this machine."""
        traffic = self._source.traffic
        return None if traffic is None else traffic.bytes_read

    @property
    def has_recording_description(self) -> bool:
        """True if the recording's whereabouts are stored with the analyzer (they are never followed)."""
        return self._header.recording != "none"

    def is_sparse(self) -> bool:
        """Return True if units have data on some channels only."""
        return self._header.sparsity_mask is not None

    def get_num_units(self) -> int:
        """Return the number of units."""
        return len(self.unit_ids)

    def get_num_channels(self) -> int:
        """Return the number of channels."""
        return len(self.channel_ids)

    def get_num_segments(self) -> int:
        """Return the number of segments."""
        return self._header.num_segments

    def get_channel_locations(self) -> npt.NDArray[np.float64]:
        """Return the positions of the channels on the probe, shape (n_channels, 2 or 3), in µm.

        Raises
        ------
        MissingDataError
            If no probe is described.
        """
        return channel_locations(self._header, self.folder or "this analyzer").copy()

    def unit_positions(self, unit_ids: Iterable[Any]) -> npt.NDArray[np.intp]:
        """Return the positions of unit ids in :attr:`unit_ids`.

        Numbers and text are the same id where only one unit has it: 98 finds "98".

        Raises
        ------
        UnknownUnitError
        SelectionError
            For one id, or anything else that is no list of ids.
        """
        listed = isinstance(unit_ids, Iterable) and getattr(unit_ids, "ndim", 1) > 0
        if isinstance(unit_ids, str | bytes) or not listed:
            raise SelectionError(f"unit ids are expected in a list: [{unit_ids!r}].")
        units = self._units
        own = type(units.ids[0]) if units.ids else None
        positions = []
        for unit in unit_ids:
            key = unit.item() if isinstance(unit, np.generic) else unit
            at = units.get(key) if isinstance(key, str | bytes | int | float) or type(key) is own else None
            if at is None:
                other = own not in (None, type(key))
                kind = (
                    f" Unit ids here are {own.__name__}, not {type(key).__name__}." if own and other else ""
                )
                near = units.suggestion(key)
                raise UnknownUnitError(
                    f"there is no unit {key!r}.{near}{kind} Units: {listing(units.ids, 20)}."
                )
            positions.append(at)
        return np.array(positions, dtype=np.intp)

    @cached_property
    def _units(self) -> UnitIndex:
        return UnitIndex(self.unit_ids)

    def get_sorting_property_keys(self) -> list[str]:
        """Return the names of the properties of the sorting."""
        return self._source.property_names()

    def get_sorting_property(self, key: str) -> npt.NDArray[Any]:
        """Return a property of the sorting, one row a unit.

        Raises
        ------
        MissingDataError
            If there is none of that name.
        DamagedDataError
            If it does not have one row a unit.
        """
        names = self.get_sorting_property_keys()
        if not is_one_of(key, names):
            raise MissingDataError(
                f"the sorting has no property '{key}'.{suggestion(key, names)} It has: {listing(names)}."
            )
        values = self._source.read_property(key)
        check_rows(values.shape, self.get_num_units(), f"of property '{key}'")
        return values
