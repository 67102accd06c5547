"""The analyzer: units, metrics, templates and extensions of one sorting, read when asked for."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import (
    DamagedDataError,
    MissingDataError,
    MissingExtensionError,
    SelectionError,
    UnknownUnitError,
    listing,
    suggestion,
)
from ..unit_ids import UnitIndex
from .extension import Extension
from .following import SelectedSource
from .probe import channel_locations
from .source import Header, Source, check_rows, indexed
from .spike_data import SpikeData
from .voltage import Voltage, voltage_of

if TYPE_CHECKING:
    import pandas as pd

#: Extensions that hold tables of metrics, in the order they are joined (that of SpikeInterface 0.105).
METRIC_EXTENSIONS = ("quality_metrics", "template_metrics", "spiketrain_metrics")

#: More samples than any template has.
MAX_SAMPLES = 1_000_000


class Analyzer:
    """A spike sorting with what was computed on it; opened by :func:`nb_autolabel.load`.

    Names and results follow ``spikeinterface.SortingAnalyzer``. Nothing stored in the files is
    unpickled, imported or called; data are read when they are asked for.

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

    # ------------------------------------------------------------------ what it is

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
        """``"zarr"``, ``"binary_folder"`` or ``"memory"`` (a selection or a live object)."""
        return self._source.format

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

    def get_num_samples(self, segment_index: int = 0) -> int:
        """Return the number of samples of a segment.

        Where the recording's length is not stored, up to the last spike.
        """
        stored = self._header.recording_attributes.get("num_samples")
        stored = stored if isinstance(stored, list) else [stored]
        known = stored[segment_index] if segment_index < len(stored) else None
        if type(known) is int and 0 <= known < 2**62:
            return known
        return int(self._last_samples[segment_index]) + 1 if segment_index < self.get_num_segments() else 0

    @cached_property
    def _last_samples(self) -> npt.NDArray[np.int64]:
        """Sample of the last spike of each segment, -1 where there is none."""
        last = np.full(self.get_num_segments(), -1, dtype=np.int64)
        np.maximum.at(last, self.spikes["segment_index"], self.spikes["sample_index"])
        return last

    def get_total_duration(self) -> float:
        """Return the duration of all segments together, in s."""
        samples = sum(self.get_num_samples(i) for i in range(self.get_num_segments()))
        return samples / self.sampling_frequency

    def get_channel_locations(self) -> npt.NDArray[np.float64]:
        """Return the positions of the channels on the probe, shape (n_channels, 2 or 3), in µm.

        Raises
        ------
        MissingDataError
            If no probe is described.
        """
        return channel_locations(self._header, self.folder or "this analyzer").copy()

    # ------------------------------------------------------------------ units and spikes

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
                kind = f" Unit ids here are {own.__name__}, not {type(key).__name__}." if own else ""
                near = suggestion(key, units.ids) if own in (None, type(key)) else kind
                raise UnknownUnitError(f"there is no unit {key!r}.{near} Units: {listing(units.ids, 20)}.")
            positions.append(at)
        return np.array(positions, dtype=np.intp)

    @cached_property
    def _units(self) -> UnitIndex:
        return UnitIndex(self.unit_ids)

    @property
    def spikes(self) -> npt.NDArray[Any]:
        """All spikes: structured (sample_index, unit_index, segment_index), by segment and sample; read once."""
        return self._source.kept_spikes

    def get_unit_spike_train(self, unit_id: Any, segment_index: int = 0) -> npt.NDArray[np.int64]:
        """Return the samples at which a unit fires in a segment, ascending.

        Raises
        ------
        UnknownUnitError
        """
        mine = self.spikes[self.get_unit_spike_rows(unit_id)]
        train: npt.NDArray[np.int64] = mine["sample_index"][mine["segment_index"] == segment_index]
        return train

    def get_unit_spike_rows(self, unit_id: Any) -> npt.NDArray[np.intp]:
        """Return the rows of a unit's spikes in :attr:`spikes`, ascending.

        All spikes are ordered by unit once; then this takes time in proportion to the unit's spikes.

        Raises
        ------
        UnknownUnitError
        """
        (at,) = self.unit_positions([unit_id])
        return self._source.spikes_by_unit.rows(int(at))

    def get_unit_spike_data(
        self, unit_id: Any, extension_name: str, name: str | None = None
    ) -> npt.NDArray[Any]:
        """Return what an extension holds for each spike of a unit: amplitudes, locations.

        The whole array is read once and kept, ordered by unit, so that a page of all units reads it once. Kept
        arrays take no more memory together than the spikes; those that were not used for longest go first.

        Parameters
        ----------
        unit_id
        extension_name : str
            "spike_amplitudes", "spike_locations", "amplitude_scalings".
        name : str, optional
            As for :meth:`Extension.get_data`.

        Returns
        -------
        ndarray, shape (n_unit_spikes, ...)
            One row for each of :meth:`get_unit_spike_rows`.

        Raises
        ------
        UnknownUnitError, MissingExtensionError, MissingDataError
        DamagedDataError
            If it does not have one row a spike.
        """
        (at,) = self.unit_positions([unit_id])
        extension = self.get_extension(extension_name)
        return self._spike_data.of_unit(extension, name or extension.main_name, int(at))

    @cached_property
    def _spike_data(self) -> SpikeData:
        return SpikeData(self._source)

    def count_num_spikes_per_unit(self) -> dict[Any, int]:
        """Return the number of spikes of each unit, by unit id."""
        counts = self._source.spikes_by_unit.counts
        return dict(zip(self.unit_ids.tolist(), counts.tolist(), strict=True))

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
        if key not in names:
            raise MissingDataError(
                f"the sorting has no property '{key}'.{suggestion(key, names)} It has: {listing(names)}."
            )
        values = self._source.read_property(key)
        check_rows(values.shape, self.get_num_units(), f"of property '{key}'")
        return values

    # ------------------------------------------------------------------ extensions

    @property
    def extension_names(self) -> list[str]:
        """Names of the extensions that can be read."""
        return self._source.extension_names()

    def get_loaded_extension_names(self) -> list[str]:
        """Return the names of the extensions (they load when they are read)."""
        return self.extension_names

    def has_extension(self, extension_name: str) -> bool:
        """Return True if the extension was computed."""
        return extension_name in self.extension_names

    def get_extension(self, extension_name: str) -> Extension:
        """Return an extension.

        Raises
        ------
        MissingExtensionError
            If it was not computed.
        """
        if extension_name not in self._extensions:
            names = self.extension_names
            if extension_name not in names:
                raise MissingExtensionError(
                    f"this analyzer has no extension '{extension_name}'.{suggestion(extension_name, names)} "
                    f"It has: {listing(names)}. Compute it with SpikeInterface: "
                    f'analyzer.compute("{extension_name}").'
                )
            stored = self._source.extension(extension_name)
            self._extensions[extension_name] = Extension(stored, self.get_num_units())
        return self._extensions[extension_name]

    def get_metrics_extension_data(self) -> pd.DataFrame:
        """Return all metrics in one table.

        Quality, template and spike train metrics, in this order; of columns with the same name the
        first counts.

        Returns
        -------
        pandas.DataFrame
            Index: unit ids. No columns if no metrics were computed.
        """
        return self._metrics.copy()

    @cached_property
    def _metrics(self) -> pd.DataFrame:
        import pandas as pd

        frames = []
        for name in METRIC_EXTENSIONS:
            if not self.has_extension(name):
                continue
            extension = self.get_extension(name)
            if "metrics" not in extension.data_names:
                warnings.warn(
                    f"the extension '{name}' of {self.folder or 'this analyzer'} holds no table of metrics that can be "
                    "read; its metrics are left out.",
                    UserWarning,
                    stacklevel=4,
                )
            else:
                frames.append(
                    indexed(extension.get_data("metrics"), self.unit_ids, extension.entry("metrics").where)
                )
        if not frames:
            return pd.DataFrame(index=pd.Index(self.unit_ids))
        joined = pd.concat(frames, axis=1) if len(frames) > 1 else frames[0]
        return joined.loc[:, ~joined.columns.duplicated()]

    # ------------------------------------------------------------------ templates

    def get_templates(
        self, unit_ids: Iterable[Any] | None = None, operator: str = "average"
    ) -> npt.NDArray[np.floating[Any]]:
        """Return templates on all channels.

        Parameters
        ----------
        unit_ids : iterable, optional
            Units, in the order wanted; only their chunks are read. None gives all.
        operator : str, default: "average"
            "average", "median", "std", as computed.

        Returns
        -------
        ndarray, shape (n_units, n_samples, n_channels)
            As stored: in µV if the analyzer's settings say ``return_in_uV``, else in counts (see
            :attr:`voltage`); zero outside a unit's channels.

        Raises
        ------
        MissingExtensionError, MissingDataError, UnknownUnitError
        """
        extension = self.get_extension("templates")
        if (
            operator == "average"
            and operator not in extension.data_names
            and "median" in extension.data_names
        ):
            operator = "median"
        self._template_shape(extension, operator)
        rows = None if unit_ids is None else self.unit_positions(unit_ids)
        templates: npt.NDArray[np.floating[Any]] = extension.get_data(operator, rows=rows)
        return templates

    def _template_shape(self, extension: Extension, operator: str) -> tuple[int, ...]:
        entry = extension.entry(operator)
        if entry.kind != "array":
            entry.read(None)  # says why it cannot be read
        fits = len(entry.shape) == 3 and entry.shape[2] == self.get_num_channels()
        if not fits or not 0 < entry.shape[1] <= MAX_SAMPLES:
            raise DamagedDataError(
                f"array {entry.where} has shape {entry.shape}, "
                f"expected ({self.get_num_units()}, samples, {self.get_num_channels()})."
            )
        return entry.shape

    def get_unit_template(self, unit_id: Any, operator: str = "average") -> npt.NDArray[np.floating[Any]]:
        """Return a unit's template on its sparse channels, shape (n_samples, n_unit_channels).

        The channels are those of :meth:`get_unit_channel_ids`. See :meth:`get_templates`.
        """
        template: npt.NDArray[np.floating[Any]] = self.get_templates([unit_id], operator)[0]
        return template[:, self._unit_channels(unit_id)]

    def _unit_channels(self, unit_id: Any) -> npt.NDArray[np.intp]:
        (at,) = self.unit_positions([unit_id])
        mask = self.sparsity_mask
        return np.arange(self.get_num_channels()) if mask is None else np.flatnonzero(mask[at])

    def get_unit_channel_ids(self, unit_id: Any) -> npt.NDArray[Any]:
        """Return the ids of the channels a unit has data on."""
        return self.channel_ids[self._unit_channels(unit_id)]

    @property
    def template_times_ms(self) -> npt.NDArray[np.float64]:
        """Time of each template sample relative to the spike, in ms."""
        extension = self.get_extension("templates")
        names = [n for n in ("average", "median") if n in extension.data_names] or extension.data_names
        n_samples = self._template_shape(extension, names[0] if names else "average")[1]
        before: Any = extension.params.get("ms_before")
        known = type(before) in (int, float) and abs(before) < 1e6
        n_before = int(before * self.sampling_frequency / 1000) if known else n_samples / 3
        samples = np.arange(n_samples, dtype=np.float64) - n_before
        return np.asarray(samples * (1000.0 / self.sampling_frequency), dtype=np.float64)

    @cached_property
    def main_channel_indices(self) -> npt.NDArray[np.intp]:
        """Position of each unit's main channel.

        As stored (``main_channel_id``, SpikeInterface 0.105), else the channel where the template is
        largest in magnitude, else, of a sparse analyzer, the channel nearest to the unit's channels.

        Raises
        ------
        MissingExtensionError
            If nothing tells it.
        """
        lookup = {channel: at for at, channel in enumerate(self.channel_ids.astype(str).tolist())}
        try:
            names = self.get_sorting_property("main_channel_id").astype(str).ravel().tolist()
        except DamagedDataError:  # it is missing, or cannot be read
            names = []
        stored = [lookup.get(name, -1) for name in names]
        if -1 not in stored and len(stored) == self.get_num_units():
            return np.array(stored, dtype=np.intp)
        if self.has_extension("templates") or self.sparsity_mask is None:
            best: npt.NDArray[np.intp] = np.abs(self.get_templates()).max(axis=1).argmax(axis=1)
            return best
        locations = self.get_channel_locations()
        centres = [locations[mask].mean(axis=0) for mask in self.sparsity_mask]
        return np.array([np.linalg.norm(locations - c, axis=1).argmin() for c in centres], dtype=np.intp)

    @property
    def main_channel_ids(self) -> npt.NDArray[Any]:
        """Id of each unit's main channel."""
        return self.channel_ids[self.main_channel_indices]

    @cached_property
    def main_channel_templates(self) -> npt.NDArray[np.float32]:
        """Template of each unit on the channel where it is largest, (n_units, n_samples), in ``voltage.unit``.

        A unit whose template holds values that are not finite is NaN throughout.
        """
        templates = self.get_templates()
        finite = np.isfinite(templates).all(axis=(1, 2))
        if not finite.all():
            templates = np.where(finite[:, np.newaxis, np.newaxis], templates, 0)
        if self.voltage.gain is not None:
            templates = self.voltage.shown(templates, np.arange(self.get_num_channels()))
        strength = np.abs(templates).max(axis=1)
        if self.sparsity_mask is not None:
            strength[~self.sparsity_mask] = 0
        best = strength.argmax(axis=1)
        found = templates[np.arange(len(templates)), :, best].astype(np.float32)
        found[~finite] = np.nan
        return found

    # ------------------------------------------------------------------ selecting and saving

    def select_units(self, unit_ids: Iterable[Any]) -> Analyzer:
        """Return an analyzer with these units only, in this order; every extension follows.

        Nothing is copied: data are read from the same place when they are asked for.

        Parameters
        ----------
        unit_ids : iterable of unit ids
            Ids; a mask of booleans is not accepted, use ``analyzer.unit_ids[mask]``.

        Returns
        -------
        Analyzer
            Its format is "memory".

        Raises
        ------
        UnknownUnitError
            For an id that is not there.
        SelectionError
            If no unit is selected or one is selected twice.
        """
        wanted = _as_ids(unit_ids)
        if not wanted:
            raise SelectionError("no unit is selected. Name at least one of analyzer.unit_ids.")
        positions = self.unit_positions(wanted)
        if len(np.unique(positions)) != len(positions):
            named = self.unit_ids[positions].tolist()
            repeated = sorted({str(u) for u in named if named.count(u) > 1})
            raise SelectionError(f"units are selected twice: {listing(repeated, 20)}. Name each once.")
        parent = self._source
        properties = {}
        if isinstance(parent, SelectedSource):
            properties = {name: values[positions] for name, values in parent.properties.items()}
            positions = parent.positions[positions]
            parent = parent.parent
        lost = [
            name
            for name in self.extension_names
            if name not in SelectedSource(parent, positions).extension_names()
        ]
        if lost:
            warnings.warn(
                f"extensions {listing(lost)} are left out: it is not known how they follow a selection of units.",
                UserWarning,
                stacklevel=2,
            )
        return Analyzer(SelectedSource(parent, positions, properties))

    def remove_units(self, unit_ids: Iterable[Any]) -> Analyzer:
        """Return an analyzer without these units; see :meth:`select_units`.

        Raises
        ------
        UnknownUnitError, SelectionError
        """
        removed = self.unit_positions(_as_ids(unit_ids))
        kept = np.ones(self.get_num_units(), dtype=bool)
        kept[removed] = False
        if not kept.any():
            raise SelectionError("all units would be removed. Keep at least one.")
        return self.select_units(self.unit_ids[kept])

    def save_as(
        self,
        format: Literal["zarr", "binary_folder"] = "zarr",
        folder: str | os.PathLike[str] | None = None,
        *,
        overwrite: bool = False,
        slim: bool = False,
        progress_bar: bool = True,
    ) -> Analyzer:
        """Write the analyzer so that SpikeInterface and this package open it.

        It is written beside the target and renamed into place: whenever it is interrupted, there
        is either nothing at the target (or the old one) or the whole. Text and numbers in arrays of
        Python objects are kept as such, with blanks and NaN where values are missing. Other Python
        objects are not written and are named in a warning, but for the fitted models of
        "principal_components", which SpikeInterface fits again, and run times. The recording's
        description is not written. Spikes are ordered by segment.

        Parameters
        ----------
        format : {"zarr", "binary_folder"}, default: "zarr"
        folder : path
            Target; ".zarr" is added to a zarr folder's name where it lacks.
        overwrite : bool, default: False
            Replace an existing analyzer (or an empty folder), once the new one is complete. A folder
            with anything else in it is never replaced.
        slim : bool, default: False
            Leave out waveforms, projections and what is stored per spike (the spike times stay).
        progress_bar : bool, default: True
            Shown for copies that take a while.

        Returns
        -------
        Analyzer
            Opened from the new folder.

        Raises
        ------
        AlreadyExistsError
            If the target exists and `overwrite` is False.
        ForeignTargetError
            Overwrite or not: if the target is a file, a link, the working directory, holds what no analyzer
            has, or if this analyzer is read from it, from a part of it or from around it.
        WriteError
            If it cannot be written: no room, no permission, a name that cannot be.
        """
        from .saving import save

        return save(self, format, folder, overwrite=overwrite, slim=slim, progress_bar=progress_bar)

    # ------------------------------------------------------------------ how it shows itself

    def __repr__(self) -> str:
        from .summary import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from .summary import as_html

        return as_html(self)


def _as_ids(unit_ids: Iterable[Any]) -> list[Any]:
    """Return unit ids as a list; one name, or a mask, is not a list of ids.

    Raises
    ------
    SelectionError
    """
    if isinstance(unit_ids, str):
        raise SelectionError(f"unit ids are expected in a list: [{unit_ids!r}].")
    ids = list(unit_ids)
    if ids and all(isinstance(u, bool | np.bool_) for u in ids):
        raise SelectionError("unit ids are expected, not a mask. Use analyzer.unit_ids[mask].")
    return ids
