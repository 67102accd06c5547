"""Analyzers with the kept units of each recording, opened when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..analyzer.analyzer import Analyzer
from ..errors import UnknownUnitError, listing
from ..rules.trace import Trace
from ..session.selecting import kept_labels

if TYPE_CHECKING:
    from .cohort import Cohort


class Selections(Mapping[str, Analyzer]):
    """One analyzer a recording, with the kept units and their labels as the sorting property ``label``.

    Nothing is opened before it is asked for: ``for name, analyzer in cohort.select_units(drop="noise").items()``.

    Parameters
    ----------
    cohort : Cohort
    trace : Trace
        Of all units; labels as they are now.
    keep, drop : str or iterable of str
        Labels; exactly one of the two.

    Attributes
    ----------
    empty : list of str
        Recordings of which no unit is kept; they are not among the others.

    Raises
    ------
    SelectionError
        If both or neither is given, or a label is not one of the method's.
    """

    def __init__(
        self, cohort: Cohort, trace: Trace, keep: str | Iterable[str] | None, drop: str | Iterable[str] | None
    ) -> None:
        self._cohort = cohort
        wanted = kept_labels(trace, keep, drop)
        labels = np.array(trace.names, dtype=object)[trace.codes]
        kept = np.isin(trace.codes, [trace.names.index(label) for label in wanted])
        self._rows = {name: cohort.rows(name) for name in cohort.names}
        self._kept = {name: rows[kept[rows]] for name, rows in self._rows.items()}
        self._labels = labels
        self.empty = [name for name, rows in self._kept.items() if not len(rows)]

    def unit_ids(self, recording: str) -> list[object]:
        """Return the kept units of a recording, as it calls them; nothing is opened.

        Raises
        ------
        UnknownUnitError
            If there is no such recording.
        """
        if recording not in self._kept:
            raise UnknownUnitError(
                f"there is no recording {recording!r}. There are: {listing(self._kept, 12)}."
            )
        return [self._cohort.source.units[at] for at in self._kept[recording].tolist()]

    def __getitem__(self, recording: str) -> Analyzer:
        units = self.unit_ids(recording)
        labels = np.array(self._labels[self._kept[recording]].tolist())
        return self._cohort.open(recording).select_units(units).with_property("label", labels)

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._kept if name not in self.empty)

    def __len__(self) -> int:
        return len(self._kept) - len(self.empty)

    def __repr__(self) -> str:
        kept = sum(map(len, self._kept.values()))
        nothing = f"; nothing of {listing(self.empty, 5)}" if self.empty else ""
        return f"{kept} of {len(self._labels)} units in {len(self)} recordings{nothing}"
