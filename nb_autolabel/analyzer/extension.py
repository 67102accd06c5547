"""An extension of an analyzer: its parameters, and data that are read when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..errors import MissingDataError, is_one_of, listing, suggestion
from .array_kinds import kind_of
from .checks import check_rows
from .entry import Entry, StoredExtension
from .rows import Rows

#: What `get_data()` returns for each extension, as in SpikeInterface: one array or several.
_MAIN: dict[str, tuple[str, ...]] = {
    "random_spikes": ("random_spikes_indices",),
    "templates": ("average",),
    "correlograms": ("ccgs", "bins"),
    "auto_correlograms": ("acgs", "bins"),
    "isi_histograms": ("isi_histograms", "bins"),
    "template_similarity": ("similarity",),
    "spike_amplitudes": ("amplitudes",),
    "principal_components": ("pca_projection",),
    "quality_metrics": ("metrics",),
    "template_metrics": ("metrics",),
    "spiketrain_metrics": ("metrics",),
}


class Extension:
    """An extension; made by :meth:`Analyzer.get_extension`.

    Parameters
    ----------
    stored : StoredExtension
    n_units : int
        Number of rows that data have which are stored per unit.
    """

    def __init__(self, stored: StoredExtension, n_units: int) -> None:
        self._stored = stored
        self._n_units = n_units

    @property
    def name(self) -> str:
        """Name of the extension."""
        return self._stored.name

    @property
    def params(self) -> dict[str, Any]:
        """Parameters it was computed with."""
        return self._stored.params

    @property
    def info(self) -> dict[str, Any]:
        """Class and version that computed it, as stored text; never imported."""
        return self._stored.info

    @property
    def run_info(self) -> dict[str, Any]:
        """Whether it completed and how long it took (s)."""
        return self._stored.run_info

    @property
    def data_names(self) -> list[str]:
        """Names of the data that can be read."""
        return [name for name, entry in self._stored.entries.items() if entry.kind != "opaque"]

    @property
    def opaque_names(self) -> list[str]:
        """Names of the data that are not decoded: pickles, and data that are damaged."""
        return [name for name, entry in self._stored.entries.items() if entry.kind == "opaque"]

    @property
    def data(self) -> Mapping[str, Any]:
        """The data by name, each read when it is looked up."""
        return _LazyData(self)

    @property
    def main_name(self) -> str:
        """Name of what :meth:`get_data` returns, or of the first of several."""
        return self._main_names()[0]

    def _main_names(self) -> tuple[str, ...]:
        names = _MAIN.get(self.name) or (self.name,)
        if self.name not in _MAIN and names[0] not in self._stored.entries and self.data_names:
            return (self.data_names[0],)
        return names

    def entry(self, name: str) -> Entry:
        """Return one piece of the data without reading it.

        Raises
        ------
        MissingDataError, DamagedDataError
        """
        if not is_one_of(name, self._stored.entries):
            raise MissingDataError(
                f"extension '{self.name}' has no '{name}'.{suggestion(name, self._stored.entries)} "
                f"It has: {listing(self.data_names)}."
            )
        entry = self._stored.entries[name]
        kind = kind_of(self.name, name)
        if entry.kind == "array" and kind in ("unit", "unit pair"):
            check_rows(entry.shape, self._n_units, entry.where)
            if kind == "unit pair":
                check_rows(entry.shape[1:], self._n_units, entry.where)
        return entry

    def get_data(self, name: str | None = None, rows: Rows = None) -> Any:
        """Read the extension's data.

        Parameters
        ----------
        name : str, optional
            One of :attr:`data_names`. None gives what SpikeInterface's ``get_data()`` gives: the one
            array or table of the extension, or a tuple (``ccgs, bins``).
        rows : slice or int array, optional
            Only these rows of the first axis; only the chunks they lie in are read.

        Returns
        -------
        ndarray, pandas.DataFrame, dict, or tuple of them

        Raises
        ------
        MissingDataError, DamagedDataError, UnsafeDataError
        """
        if name is not None:
            return self._read(name, rows)
        names = self._main_names()
        values = tuple(self._read(n, rows if i == 0 else None) for i, n in enumerate(names))
        return values[0] if len(values) == 1 else values

    def _read(self, name: str, rows: Rows) -> Any:
        entry = self.entry(name)
        value = entry.read(rows if entry.kind == "array" else None)
        if isinstance(value, np.ndarray):
            return value
        return value.copy() if entry.kind == "frame" else value

    def __repr__(self) -> str:
        return f"Extension '{self.name}': {listing(self.data_names)}"


class _LazyData(Mapping[str, Any]):
    def __init__(self, extension: Extension) -> None:
        self._extension = extension

    def __getitem__(self, name: str) -> Any:
        return self._extension.get_data(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._extension.data_names)

    def __len__(self) -> int:
        return len(self._extension.data_names)

    def __repr__(self) -> str:
        return f"{{{listing(self._extension.data_names)}}} (read when looked up)"
