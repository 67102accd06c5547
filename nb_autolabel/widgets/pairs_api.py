"""Pairs of units and suggested merges, as a labeler and a workbench have them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..pairs.merged_unit import MergedUnit
from ..pairs.pair import Pair
from ..session.live_labels import LiveLabels
from ..session.observed import Observed

if TYPE_CHECKING:
    import pandas as pd


class PairsApi(Observed):
    """What :class:`nb_autolabel.session.merging.SuggestsMerges` can do, for a widget that shows it."""

    @property
    @abstractmethod
    def live(self) -> LiveLabels:
        """The live labels that are shown: the same without a widget."""

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
        return self.live.pairs(unit_id, at_most)

    def pair(self, one: Any, other: Any) -> Pair:
        """Put two units beside each other, with what their merged unit would have as metrics and label.

        Raises
        ------
        UnknownUnitError
        LabelsError
            If it is twice the same unit, or they are of two recordings.
        UnknownFormatError
            If there are no spikes: a table of metrics.
        """
        return self.live.pair(one, other)

    def merged(self, unit_ids: Iterable[Any]) -> MergedUnit:
        """Return what the unit that several would become would have as metrics and label.

        Raises
        ------
        UnknownUnitError
        LabelsError
            If there are fewer than two, or they are of several recordings.
        UnknownFormatError
            If there are no spikes: a table of metrics.
        """
        return self.live.merged(unit_ids)

    @property
    def merges(self) -> list[tuple[Any, ...]]:
        """Units that are to be merged, by id; a unit is in one group at most. Exports write them as merges."""
        return self.live.merges

    @property
    def proposals(self) -> list[tuple[Any, ...]]:
        """Units that a curation proposes to merge, and that nobody has accepted or rejected yet."""
        return self.live.proposals

    @property
    def rejected_proposals(self) -> list[tuple[Any, ...]]:
        """Proposals that were rejected; :meth:`reconsider_proposal` takes one up again."""
        return self.live.rejected_proposals

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
        self.live.suggest_merge(unit_ids)

    def clear_merge(self, unit_ids: Any = None) -> None:
        """Take units out of the groups to be merged; None: all.

        Raises
        ------
        UnknownUnitError, LabelsError
        """
        self.live.clear_merge(unit_ids)

    def propose_merges(self, source: Any) -> list[tuple[Any, ...]]:
        """Take merges that somebody else suggests as proposals, to be accepted or rejected in the tab Pairs.

        Parameters
        ----------
        source : path of a curation JSON, what :func:`nb_autolabel.import_labels` gave of one, or list of groups

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
        return self.live.propose_merges(source)

    def reject_proposal(self, unit_ids: Iterable[Any]) -> None:
        """Reject a proposal. That is kept in the journal: it does not come again, and undo takes it back.

        Raises
        ------
        UnknownUnitError
        LabelsError
            If these units are no proposal that waits for an answer, or it cannot be kept.
        """
        self.live.reject_proposal(unit_ids)

    def reconsider_proposal(self, unit_ids: Iterable[Any]) -> None:
        """Let a rejected proposal wait for an answer again.

        Raises
        ------
        UnknownUnitError
        LabelsError
            If these units are no proposal that was rejected, or it cannot be kept.
        """
        self.live.reconsider_proposal(unit_ids)

    @property
    def merge_keys(self) -> dict[str, str]:
        """Keys that answer a proposal in the tab Pairs, as ``{"accept": "y", "reject": "x"}``; they are remembered."""
        return self.live.merge_keys

    @merge_keys.setter
    def merge_keys(self, keys: Any) -> None:
        self.live.merge_keys = keys
