"""Merges that are suggested, and proposals that are accepted or rejected: no data are merged."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..errors import LabelsError, UnknownUnitError, listing
from ..pairs.groups import joined
from ..unit_ids import UnitIndex
from .giving import one_or_many
from .pairing import PairsUnits

if TYPE_CHECKING:
    from .hand_labels import ManualLabels


class SuggestsMerges(PairsUnits):
    """The part of :class:`LiveLabels` that suggests merges, and answers proposals."""

    hand: ManualLabels

    @property
    def merge_keys(self) -> dict[str, str]:
        """Keys that answer a proposal in the tab Pairs, as ``{"accept": "y", "reject": "x"}``; they are remembered."""
        from .review import Review

        return dict(Review.of(self.hand).merge_keys)

    @merge_keys.setter
    def merge_keys(self, keys: Any) -> None:
        from .review import Review

        Review.of(self.hand).set_merge_keys(keys)

    @property
    def merges(self) -> list[tuple[Any, ...]]:
        """Units that are to be merged, by id; a unit is in one group at most. Exports write them as merges."""
        return self._ids(self.session.merges)

    @property
    def proposals(self) -> list[tuple[Any, ...]]:
        """Units that a curation proposes to merge, and that nobody has accepted or rejected yet."""
        return self._ids(self.session.proposed)

    @property
    def rejected_proposals(self) -> list[tuple[Any, ...]]:
        """Proposals that were rejected; :meth:`reconsider_proposal` takes one up again."""
        return self._ids(self.session.rejected)

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
        from ..export.merges_in_files import proposed_groups

        self._propose(proposed_groups(source))
        return self.proposals

    def reject_proposal(self, unit_ids: Iterable[Any]) -> None:
        """Reject a proposal. That is kept in the journal: it does not come again, and undo takes it back.

        Raises
        ------
        UnknownUnitError
        LabelsError
            If these units are no proposal that waits for an answer, or it cannot be kept.
        """
        self._open_hand().merges.reject(self._places(unit_ids))

    def reconsider_proposal(self, unit_ids: Iterable[Any]) -> None:
        """Let a rejected proposal wait for an answer again.

        Raises
        ------
        UnknownUnitError
        LabelsError
            If these units are no proposal that was rejected, or it cannot be kept.
        """
        self._open_hand().merges.reconsider(self._places(unit_ids))

    def take_proposals(self, labels: Any) -> None:
        """Take the merges that came with labels out of a curation as proposals."""
        attrs = getattr(labels, "attrs", None)
        if isinstance(attrs, dict) and attrs.get("merges"):
            from ..export.merges_in_files import proposed_groups

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

    def _open_hand(self) -> ManualLabels:
        if self.session not in self.hand.sessions:
            raise LabelsError("this labeler is closed, and a merge would not be kept. Make a new one.")
        return self.hand

    def _ids(self, groups: Iterable[Iterable[int]]) -> list[tuple[Any, ...]]:
        ids = self.analyzer.unit_ids
        return [tuple(ids[at].item() for at in group) for group in groups]
