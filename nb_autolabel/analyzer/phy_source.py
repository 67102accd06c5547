"""Reading a sorting from the folder that Kilosort writes and phy curates."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, MissingExtensionError
from .entry import Entry, Kept, StoredExtension, broken
from .header import Header
from .local_file import state_in
from .phy_features import feature_depths
from .phy_files import (
    AMPLITUDES,
    CLUSTERS,
    POSITIONS,
    SPIKE_TEMPLATES,
    TIMES,
    PhySpikes,
    SpikeColumn,
    look_through,
    open_array,
)
from .phy_header import CHANNEL_POSITIONS, count_channels, phy_header, read_channels
from .phy_metrics import metric_frame
from .phy_params import PARAMS, read_params, recorded_samples
from .phy_places import SpikePlaces
from .phy_tables import Columns, as_property, read_columns
from .phy_templates import RADIUS_UM, SIMILAR, TEMPLATES, Mixture, PhyTemplates, centres_of_mass
from .recognition import Recognition
from .rows import Rows
from .source import SPIKE_DTYPE, Source
from .store import Store

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


class PhySource(Source):
    """A sorting in a Kilosort or phy folder.

    Parameters
    ----------
    store : Store
    gain : float or array-like, optional
        µV a bit of the data, for all channels or for each.
    """

    format = "phy"

    def __init__(self, store: Store, gain: Any = None) -> None:
        self.store = store
        self.location = store.name
        self.gain_to_uV = gain

    @property
    def has_options(self) -> bool:
        """See :attr:`Source.has_options`."""
        return self.store.has_options

    @cached_property
    def header(self) -> Header:
        """What is known from opening; looks through times, clusters and templates of all spikes once."""
        store = self.store
        opened = _state(store)
        params = read_params(store)
        self._channels, n_channels = read_channels(store)
        self._templates = PhyTemplates.open(store, n_channels)
        if self._templates is not None and n_channels is None:
            n_channels = self._templates.n_channels
        self._spikes: PhySpikes = look_through(
            store, None if self._templates is None else self._templates.count
        )
        if self._spikes.templates is None:
            self._templates = None
        count = len(self._spikes.times)
        self._amplitudes = SpikeColumn.open(store, AMPLITUDES, count)
        self._places = SpikePlaces.open(store, self._spikes)
        recorded = recorded_samples(params, getattr(store, "root", None))
        header = phy_header(
            self._spikes, params, self._channels, count_channels(n_channels, store), recorded, self.gain_to_uV
        )
        self._recognition = Recognition(
            store,
            watched=[PARAMS, TIMES, CLUSTERS, SPIKE_TEMPLATES, TEMPLATES, AMPLITUDES, POSITIONS],
            spikes=[TIMES],
            content=partial(_state, store),
            same=_same,
            opened=opened,
        )
        return header

    def _reading(self, read: Callable[[], T]) -> T:
        _ = self.header
        return self._recognition.reading("", read)

    @property
    def version(self) -> Hashable:
        """See :attr:`Source.version`."""
        _ = self.header
        return self._recognition.changes

    def spikes(self) -> npt.NDArray[Any]:
        """Return all spikes; see :meth:`Source.spikes`."""
        return self._reading(self._read_spikes)

    def _read_spikes(self) -> npt.NDArray[Any]:
        found = np.zeros(len(self._spikes.times), dtype=SPIKE_DTYPE)
        for block in self._spikes.times.blocks():
            found["sample_index"][block] = self._spikes.times.whole(block)
            found["unit_index"][block] = self._spikes.units_of(self._spikes.clusters.whole(block))
        return found if self._order is None else found[self._order]

    @cached_property
    def _order(self) -> npt.NDArray[np.intp] | None:
        """Rows of the files in the order of time; None where that is their order."""
        if self._spikes.ordered:
            return None
        return np.argsort(self._spikes.times.whole(), kind="stable")

    def _in_order(self, read: Callable[[Rows], npt.NDArray[Any]], rows: Rows) -> npt.NDArray[Any]:
        if self._order is None:
            return read(rows)
        return read(self._order if rows is None else self._order[rows])

    def _columns(self) -> Columns:
        """Columns of the tables of clusters; read again when a table was written."""
        return self._reading(lambda: read_columns(self.store))

    @cached_property
    def _mixture(self) -> Mixture:
        _ = self.header
        count = 0 if self._templates is None else self._templates.count
        return Mixture.of(self._spikes, count)

    def property_names(self) -> list[str]:
        """Names of the columns of ``cluster_*.tsv``, and "num_templates" where units were merged or split."""
        own = ["num_templates"] if not self._is_alike else []
        return list(dict.fromkeys([*self._columns(), *own]))

    def read_property(self, name: str) -> npt.NDArray[Any]:
        """Return a column of ``cluster_*.tsv``; see :meth:`Source.read_property`."""
        columns = self._columns()
        if name == "num_templates" and name not in columns:
            counts = np.bincount(self._mixture.units, minlength=len(self.header.unit_ids))
            return counts.astype(np.int64)
        values = columns[name]
        if isinstance(values, DamagedDataError):
            raise values
        return as_property(values, self.header.unit_ids)

    def depths_of_spikes(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float64] | None:
        """See :meth:`Source.depths_of_spikes`."""
        places = self._channels.get(CHANNEL_POSITIONS)
        stored = rows if self._order is None else self._order[rows]
        return self._reading(lambda: feature_depths(self.store, self._spikes, places, stored))

    @property
    def _is_alike(self) -> bool:
        _ = self.header
        return self._spikes.alike

    @property
    def _gain(self) -> npt.NDArray[np.float64] | None:
        """µV a bit of each channel; None where it is not known."""
        gains = self.header.recording_attributes["properties"].get("gain_to_uV")
        return None if gains is None else np.array(gains, np.float64)

    @cached_property
    def _extensions(self) -> dict[str, Callable[[], StoredExtension]]:
        """What the folder holds, by SpikeInterface's names."""
        _ = self.header
        found: dict[str, Callable[[], StoredExtension]] = {}
        if self._templates is not None:
            found["templates"] = partial(self._templates_extension, self._templates)
            if self._spikes.alike and self.store.size(SIMILAR) is not None:
                found["template_similarity"] = self._similarity
        if self._amplitudes is not None:
            found["spike_amplitudes"] = partial(self._amplitudes_extension, self._amplitudes)
        if self._places is not None:
            found["spike_locations"] = partial(self._spike_locations, self._places)
            found["unit_locations"] = partial(self._mean_positions, self._places)
        elif self._templates is not None and CHANNEL_POSITIONS in self._channels:
            found["unit_locations"] = partial(self._centres, self._templates)
        found["quality_metrics"] = self._metrics
        return found

    def extension_names(self) -> list[str]:
        """Names of the extensions that the folder's files are."""
        return sorted(self._extensions)

    def extension(self, name: str) -> StoredExtension:
        """Return an extension; see :meth:`Source.extension`."""
        if name not in self._extensions:
            raise MissingExtensionError(f"{self.location} has no extension '{name}'.", extension=name)
        return self._extensions[name]()

    def _stored(self, name: str, key: str, entry: Entry, **params: Any) -> StoredExtension:
        return StoredExtension(name, params, {}, {"run_completed": True}, {key: entry})

    def _entry(
        self, read: Callable[[Rows], npt.NDArray[Any]], shape: tuple[int, ...], dtype: Any, key: str
    ) -> Entry:
        return Entry(
            "array",
            lambda rows: self._reading(lambda: read(rows)),
            shape=lambda: shape,
            dtype=np.dtype(dtype),
            where=self.store.where(key),
        )

    def _templates_extension(self, templates: PhyTemplates) -> StoredExtension:
        header = self.header
        n_units = len(header.unit_ids)
        before = _milliseconds(templates.n_before, header.sampling_frequency)
        after = _milliseconds(templates.n_samples - templates.n_before, header.sampling_frequency)
        entry = self._entry(
            lambda rows: templates.of_units(self._mixture, _positions(rows, n_units), self._gain),
            (n_units, templates.n_samples, len(header.channel_ids)),
            np.float32,
            TEMPLATES,
        )
        params: dict[str, Any] = {"operators": ["average"], "ms_before": before, "ms_after": after}
        if not self._spikes.alike:
            several = np.bincount(self._mixture.units, minlength=n_units) > 1
            params["means_of_templates"] = header.unit_ids[several].tolist()
        return self._stored("templates", "average", entry, **params)

    def template_channels(self) -> npt.NDArray[np.bool_] | None:
        """Return on which channels the sorter fitted each unit, (n_units, n_channels); None without templates."""
        _ = self.header
        templates = self._templates
        if templates is None:
            return None
        every = np.arange(len(self.header.unit_ids), dtype=np.intp)
        return self._reading(lambda: templates.channels_of_units(self._mixture, every))

    def _similarity(self) -> StoredExtension:
        where, n_units = self.store.where(SIMILAR), len(self.header.unit_ids)
        try:
            array = open_array(self.store, SIMILAR)
            n_templates = 0 if self._templates is None else self._templates.count
            if array is None or array.shape != (n_templates, n_templates) or array.dtype.kind not in "iuf":
                raise DamagedDataError(
                    f"array {where} has shape {None if array is None else array.shape}, expected "
                    f"{(n_templates, n_templates)}: one row and column a template."
                )
        except DamagedDataError as error:
            return self._stored("template_similarity", "similarity", broken(where, error))
        clusters = self.header.unit_ids
        entry = self._entry(
            lambda rows: array.read(clusters[_positions(rows, n_units)].astype(np.intp))[:, clusters],
            (n_units, n_units),
            array.dtype,
            SIMILAR,
        )
        return self._stored("template_similarity", "similarity", entry, method="kilosort")

    def _amplitudes_extension(self, column: SpikeColumn) -> StoredExtension:
        entry = self._entry(
            lambda rows: self._in_order(column.read, rows), (len(column),), column.array.dtype, AMPLITUDES
        )
        # Kilosort's amplitudes are factors of templates or norms of features, whatever a bit of the data is.
        return self._stored("spike_amplitudes", "amplitudes", entry, unit="a.u.", method="kilosort")

    def _spike_locations(self, places: SpikePlaces) -> StoredExtension:
        entry = self._entry(
            lambda rows: places.named(self._in_order(places.read, rows)),
            (len(self._spikes.times),),
            places.dtype,
            POSITIONS,
        )
        return self._stored("spike_locations", "spike_locations", entry, method="kilosort")

    def _mean_positions(self, places: SpikePlaces) -> StoredExtension:
        n_units = len(self.header.unit_ids)
        means = Kept(places.means, lambda: self.version)
        entry = self._entry(
            lambda rows: np.array(means()[_positions(rows, n_units)]),
            (n_units, len(places.axes)),
            np.float64,
            POSITIONS,
        )
        return self._stored("unit_locations", "unit_locations", entry, method="mean of spike_positions.npy")

    def _centres(self, templates: PhyTemplates) -> StoredExtension:
        positions = self._channels[CHANNEL_POSITIONS]
        n_units = len(self.header.unit_ids)
        entry = self._entry(
            lambda rows: centres_of_mass(
                templates.of_units(self._mixture, _positions(rows, n_units)), positions
            ),
            (n_units, positions.shape[1]),
            np.float64,
            TEMPLATES,
        )
        return self._stored(
            "unit_locations",
            "unit_locations",
            entry,
            method="center_of_mass",
            radius_um=RADIUS_UM,
            feature="ptp",
        )

    def _metrics(self) -> StoredExtension:
        where = f"the tables of clusters in {self.location}"
        entry = Entry("frame", lambda rows: self._metric_frame(), where=where)
        given = [name for name in self._metric_frame().columns if name not in ("num_spikes", "firing_rate")]
        return self._stored(
            "quality_metrics",
            "metrics",
            entry,
            metric_names=["num_spikes", "firing_rate"],
            metric_params={"num_spikes": {}, "firing_rate": {}},
            from_tables_of_clusters=given,
        )

    def _metric_frame(self) -> pd.DataFrame:
        return metric_frame(self.header, self._spikes.counts, self._columns())


def _positions(rows: Rows, count: int) -> npt.NDArray[np.intp]:
    every = np.arange(count, dtype=np.intp)
    return every if rows is None else every[rows]


def _milliseconds(samples: int, sampling_frequency: float) -> float:
    """Return a time of which SpikeInterface, which cuts fractions off, makes the same number of samples again."""
    found = samples / sampling_frequency * 1000
    while int(found * sampling_frequency / 1000) < samples:
        found = float(np.nextafter(found, np.inf))
    return found


def _state(store: Store) -> tuple[bytes | None, dict[str, Hashable]]:
    """Return what says whose data a folder holds: the parameters, and when its arrays were written."""
    keys = (TIMES, CLUSTERS, SPIKE_TEMPLATES, TEMPLATES, AMPLITUDES, POSITIONS)
    return store.read(PARAMS), {key: state_in(store.stamp(key)) for key in keys}


def _same(opened: Any, now: Any, part: str) -> bool:
    del part
    return bool(opened == now)
