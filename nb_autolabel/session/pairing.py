"""Pairs of units, and merges that are suggested: what live labels can do with two units at a time."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..analyzer.analyzer import Analyzer
from ..errors import LabelsError, UnknownFormatError, UnknownUnitError, listing
from ..evidence.spike_train import SpikeTrain
from ..export.merges_in_files import proposed_groups
from ..metrics.table import MetricTable
from ..pairs.groups import joined
from ..pairs.merged_unit import MergedUnit, merged_metrics, merged_row, merged_unit
from ..pairs.neighbours import neighbours
from ..pairs.pair import Pair, pair_of
from ..unit_ids import UnitIndex, refuse_repeated
from .computing import ComputesMissing
from .giving import one_or_many

if TYPE_CHECKING:
    import pandas as pd

    from .hand_labels import ManualLabels


class PairsUnits(ComputesMissing):
    """The part of :class:`LiveLabels` that looks at pairs of units and suggests merges. No data are merged."""

    hand: ManualLabels

    # ------------------------------------------------------------------ looking

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

    # ------------------------------------------------------------------ suggesting

    @property
    def merges(self) -> list[tuple[Any, ...]]:
        """Units that are to be merged, by id; a unit is in one group at most. Exports write them as merges."""
        return self._ids(self.session.merges)

    @property
    def proposals(self) -> list[tuple[Any, ...]]:
        """Units that a curation proposes to merge, and that nobody has accepted or rejected yet."""
        return self._ids(self.session.proposed)

    def suggest_merge(self, unit_ids: Iterable[Any]) -> None:
        """Suggest to merge units. It is written into a curation (``export``), and no data are merged here.

        Units that are to be merged with one of these already are in the same group then: 1+2 and 2+3 are 1+2+3. It is kept
        in the journal, as labels by hand are, and undo takes it back.

        Parameters
        ----------
        unit_ids : iterable of unit ids
            Two or more.

        Raises
        ------
        UnknownUnitError
        LabelsError
            If there are fewer than two, one twice, units of several recordings, or it cannot be kept.
        """
        places = self._places(unit_ids)
        if self.analyzer.source.analyzer_of(places[0]) is not None:
            for place in places[1:]:
                self.where(places[0], place)
        self._open_hand().merges.suggest(places)

    def clear_merge(self, unit_ids: Any = None) -> None:
        """Take units out of the groups to be merged; None: all.

        Raises
        ------
        UnknownUnitError, LabelsError
        """
        places = (
            [at for group in self.session.merges for at in group]
            if unit_ids is None
            else self.analyzer.unit_positions(one_or_many(unit_ids)).tolist()
        )
        self._open_hand().merges.part(places)

    def propose_merges(self, source: Any) -> list[tuple[Any, ...]]:
        """Take merges that somebody else suggests as proposals, to be accepted or rejected in the tab Pairs.

        Parameters
        ----------
        source : path of a curation JSON, what :func:`nb_autolabel.import_labels` gave of one, or list of groups
            Ids are matched as elsewhere: the text "7" is the unit 7 where only one unit is called so.

        Returns
        -------
        list of tuple
            All proposals that wait for an answer; ``suggest_merge(proposal)`` accepts one.

        Raises
        ------
        LabelsError
            If it is nothing of these.
        AnalyzerNotFoundError, DamagedDataError, UnknownFormatError

        Warns
        -----
        UserWarning
            If units are not there, or a proposal has units of several recordings: these are left out.
        """
        self._propose(proposed_groups(source))
        return self.proposals

    def reject_proposal(self, unit_ids: Iterable[Any]) -> None:
        """Take a proposal out of the queue.

        Raises
        ------
        UnknownUnitError
        LabelsError
            If these units are no proposal.
        """
        self.hand.merges.reject(self._places(unit_ids))

    def take_proposals(self, labels: Any) -> None:
        """Take the merges that came with labels out of a curation as proposals."""
        attrs = getattr(labels, "attrs", None)
        if isinstance(attrs, dict) and attrs.get("merges"):
            self._propose(proposed_groups(labels))

    def _propose(self, groups: list[tuple[Any, ...]]) -> None:
        index = UnitIndex(self.analyzer.unit_ids)
        lost: list[Any] = []
        across: list[str] = []
        found: list[tuple[int, ...]] = []
        for group in groups:
            places = []
            for unit in group:
                try:
                    at = index.get(unit)
                except UnknownUnitError:
                    at = None
                lost += [unit] if at is None else []
                places += [] if at is None else [at]
            places = list(dict.fromkeys(places))
            owners = {id(own[0]) for at in places if (own := self.analyzer.source.analyzer_of(at))}
            if len(owners) > 1:
                across.append("+".join(map(str, group)))
            elif len(places) > 1:
                found.append(tuple(places))
        said = []
        if lost:
            said.append(f"units {listing(map(repr, dict.fromkeys(lost)), 10)} are not there")
        if across:
            said.append(f"{listing(across, 6)} are of several recordings")
        if said:
            warnings.warn(
                f"proposed merges: {'; '.join(said)}. They are left out.", UserWarning, stacklevel=4
            )
        self.hand.merges.propose(joined(found))

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

    def _open_hand(self) -> ManualLabels:
        if self.session not in self.hand.sessions:
            raise LabelsError("this labeler is closed, and a merge would not be kept. Make a new one.")
        return self.hand

    def _ids(self, groups: Iterable[Iterable[int]]) -> list[tuple[Any, ...]]:
        ids = self.analyzer.unit_ids
        return [tuple(ids[at].item() for at in group) for group in groups]
