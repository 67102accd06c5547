"""Pairs of units: what live labels can tell of two units beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..analyzer.analyzer import Analyzer
from ..errors import LabelsError, UnknownFormatError, listing
from ..metrics.table import MetricTable
from ..unit_ids import refuse_repeated
from .computing import ComputesMissing
from .giving import one_or_many

if TYPE_CHECKING:
    import pandas as pd

    from ..pairs.merged_unit import MergedUnit
    from ..pairs.pair import Pair


class PairsUnits(ComputesMissing):
    """The part of :class:`LiveLabels` that looks at pairs of units."""

    def pairs(self, unit_id: Any, at_most: int = 8) -> pd.DataFrame:
        """Compare a unit with the units that may be parts of the same cell.

        Parameters
        ----------
        unit_id : unit id
        at_most : int, default: 8

        Returns
        -------
        pandas.DataFrame
            Index: ids of the other units, the most alike first, those that are too far away last. ``similarity`` (cosine
            of the templates) and ``distance_um``, NaN where not known; ``verdict`` ("one cell", "counted twice", "two
            cells", "cannot be told"); ``reasons``.

        Raises
        ------
        UnknownUnitError
        UnknownFormatError
            If there are no spikes: a table of metrics.
        """
        import pandas as pd

        from ..pairs.pair import pair_of

        (place,) = self.analyzer.unit_positions([unit_id]).tolist()
        rows, index = [], []
        for other, alike, away in self.neighbours_of(place, at_most):
            own, one, two = self.where(place, other)
            verdict = pair_of(own, one, two).verdict
            rows.append((alike, away, verdict.kind, "; ".join(verdict.reasons)))
            index.append(self.analyzer.unit_ids[other].item())
        columns = ["similarity", "distance_um", "verdict", "reasons"]
        return pd.DataFrame(rows, index=pd.Index(index, name="unit_id"), columns=columns)

    def pair(self, one: Any, other: Any) -> Pair:
        """Put two units beside each other, with what their merged unit would have as metrics and label.

        Parameters
        ----------
        one, other : unit id

        Returns
        -------
        Pair
            ``print(pair)`` says what they probably are.

        Raises
        ------
        UnknownUnitError
        LabelsError
            If it is twice the same unit, or they are of two recordings.
        UnknownFormatError
            If there are no spikes: a table of metrics.
        """
        places = self.analyzer.unit_positions([one, other]).tolist()
        found = self.pair_at(*places)
        return replace(found, merged=self.merged_at(places))

    def pair_at(self, first: int, second: int) -> Pair:
        """Put two units beside each other, by position, without what the merged unit would be; see :meth:`pair`."""
        from ..pairs.pair import pair_of

        self._refuse_same((first, second), "the pair")
        own, a, b = self.where(first, second)
        ids = self.analyzer.unit_ids
        return replace(pair_of(own, a, b), units=(ids[first].item(), ids[second].item()))

    def merged(self, unit_ids: Iterable[Any]) -> MergedUnit:
        """Return what the unit that several would become would have as metrics and label.

        Parameters
        ----------
        unit_ids : iterable of unit ids

        Returns
        -------
        MergedUnit

        Raises
        ------
        UnknownUnitError
        LabelsError
            If there are fewer than two, or they are of several recordings.
        UnknownFormatError
            If there are no spikes: a table of metrics.
        """
        return self.merged_at(self._places(unit_ids))

    def merged_at(self, places: Sequence[int]) -> MergedUnit:
        """Return what the unit that several would become would be, by position; see :meth:`merged`."""
        from ..evidence.spike_train import SpikeTrain
        from ..pairs.merged_unit import merged_metrics, merged_row, merged_unit

        if len(places) < 2:
            raise LabelsError("two units or more are merged; this is one.")
        self._refuse_same(places, "what is to be merged")
        own, first = self._own(places[0])
        units = [first, *(self.where(places[0], place)[2] for place in places[1:])]
        table: MetricTable = self.session.table
        trains = [SpikeTrain.of(own, own.unit_ids[unit]) for unit in units]
        metrics = merged_metrics(own, units, trains)
        alone: tuple[dict[str, float], ...] = ()
        if any(table.look_up(name) is None for name in metrics):
            alone = tuple(
                merged_metrics(own, [unit], [train]) for unit, train in zip(units, trains, strict=True)
            )
        rows = self.rows_as_labeled(MetricTable(merged_row(table, places, metrics)))
        return merged_unit(self.session.rule_set, table, rows, metrics, alone)

    def neighbours_of(self, place: int, at_most: int = 8) -> list[tuple[int, float, float]]:
        """Return units that may be parts of the same cell: position, similarity, distance in µm; see :func:`neighbours`."""
        from ..pairs.neighbours import neighbours

        own, at = self._own(place)
        known = neighbours(own, at, at_most)
        if own is self.analyzer:
            return known
        return [(place - at + other, alike, away) for other, alike, away in known]

    def why_no_pairs(self) -> str:
        """Say why no pairs of units can be looked at; empty where they can."""
        words = str(self.analyzer.only_metrics)
        if not words or self.analyzer.source.format == "cohort":
            return ""
        return f"{words[:1].upper()}{words[1:]}; to compare two units, their spikes are needed: open the analyzer itself."

    def _own(self, place: int) -> tuple[Analyzer, int]:
        """Return the analyzer that has the spikes of a unit, and the unit's position there."""
        found = self.analyzer.source.analyzer_of(place)
        own, at = (self.analyzer, place) if found is None else found
        if own.only_metrics:
            words = str(own.only_metrics)
            raise UnknownFormatError(
                f"{words}; to compare two units, their spikes are needed. Open the analyzer itself: nbl.load(...)."
            )
        return own, at

    def where(self, one: int, other: int) -> tuple[Analyzer, int, int]:
        """Return the analyzer that has the spikes of two units, and their positions there.

        Parameters
        ----------
        one, other : int
            Positions of the units.

        Raises
        ------
        UnknownFormatError
            If there are no spikes.
        LabelsError
            If they are of two recordings.
        """
        own, first = self._own(one)
        also, second = self._own(other)
        if own is not also:
            ids = self.analyzer.unit_ids
            raise LabelsError(f"units {ids[one]} and {ids[other]} are of two recordings: no cell is in both.")
        return own, first, second

    def rows_as_labeled(self, rows: MetricTable) -> MetricTable:
        """Return rows of metrics with what the method adds to them."""
        rows.arbitrary = self.session.table.arbitrary
        return rows

    def _places(self, unit_ids: Any) -> list[int]:
        named = one_or_many(unit_ids)
        if len(named) < 2:
            raise LabelsError(
                f"a merge has two units or more: suggest_merge([3, 5]); got {listing(map(repr, named))}."
            )
        places: list[int] = self.analyzer.unit_positions(named).tolist()
        self._refuse_same(places, "what is to be merged")
        return places

    def _refuse_same(self, places: Sequence[int], where: str) -> None:
        refuse_repeated(self.analyzer.unit_ids[list(places)].tolist(), where)
