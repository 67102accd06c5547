"""The analyzer: units, metrics, templates and extensions of one sorting, read when asked for."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import SelectionError, listing
from .selection import SelectedSource, select
from .table_source import refuse_saving
from .templates import AnalyzerTemplates


class Analyzer(AnalyzerTemplates):
    """A spike sorting with what was computed on it; opened by :func:`nb_autolabel.load`.

    Names and results follow ``spikeinterface.SortingAnalyzer``. Nothing stored in the files is
    unpickled, imported or called; data are read when they are asked for. Its methods stand in the
    files description, extensions, spikes and templates; here are selecting and saving.

    Parameters
    ----------
    source : Source
        Where it reads from.
    """

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
        selected = select(self._source, positions)
        kept = selected.extension_names()
        lost = [name for name in self.extension_names if name not in kept]
        if lost:
            warnings.warn(
                f"extensions {listing(lost)} are left out: it is not known how they follow a selection of units.",
                UserWarning,
                stacklevel=2,
            )
        return Analyzer(selected)

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

    def with_property(self, key: str, values: Any) -> Analyzer:
        """Return an analyzer whose sorting has a property more, or has it with other values.

        It goes with the analyzer when that is saved or units are selected. Nothing else changes, and this analyzer
        and its files stay as they are.

        Parameters
        ----------
        key : str
            Name of the property.
        values : array-like, shape (n_units, ...)
            Numbers, booleans or text; one row a unit, in the order of :attr:`unit_ids`.

        Returns
        -------
        Analyzer
            Its format is "memory".

        Raises
        ------
        SelectionError
            If the name is no text, or the values are not one row of numbers or text for each unit.
        """
        rows = _property_rows(key, values, self.get_num_units())
        selected = self._source
        if not isinstance(selected, SelectedSource):
            selected = select(selected, np.arange(self.get_num_units(), dtype=np.intp))
        return Analyzer(selected.with_property(key, rows))

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
        UnknownFormatError
            If it is a table of metrics, which has no spikes.
        """
        if self.only_metrics:
            refuse_saving(self.only_metrics)
        from .open_source import open_source
        from .saving import save

        target = save(self._source, format, folder, overwrite=overwrite, slim=slim, progress_bar=progress_bar)
        return Analyzer(open_source(target))

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
    if isinstance(unit_ids, str) or not isinstance(unit_ids, Iterable):
        raise SelectionError(f"unit ids are expected in a list: [{unit_ids!r}].")
    ids = list(unit_ids)
    if ids and all(isinstance(u, bool | np.bool_) for u in ids):
        raise SelectionError("unit ids are expected, not a mask. Use analyzer.unit_ids[mask].")
    return ids


def _property_rows(key: Any, values: Any, count: int) -> npt.NDArray[Any]:
    """Return the values of a property as an array of one row a unit.

    Raises
    ------
    SelectionError
    """
    if not isinstance(key, str) or not key:
        raise SelectionError(f"the name of a property is text, not {key!r}. Name it, for example 'label'.")
    try:
        rows = np.array(values)
        rows = np.array(rows.tolist()) if rows.dtype.hasobject else rows
    except (TypeError, ValueError) as error:
        raise SelectionError(
            f"the values of property '{key}' are no array ({error}). Give one a unit."
        ) from error
    if rows.dtype.kind not in "biufUS" or rows.shape[:1] != (count,):
        raise SelectionError(
            f"the values of property '{key}' are {rows.dtype} of shape {rows.shape}; numbers, booleans or text are "
            f"expected, one row for each of {count} units."
        )
    return rows
