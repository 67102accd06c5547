"""Proposals to merge units that a curator rejected: kept in the journal, so that they do not come again; one undo each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..pairs.groups import Groups
from .hand_steps import HandStep, note_moved_in, record_in

if TYPE_CHECKING:
    from .suggested_merges import KeepsMerges


@dataclass(frozen=True, eq=False)
class RejectStep(HandStep):
    """A proposal that was rejected, or taken up again; a step of the one history, as labels by hand are.

    Attributes
    ----------
    group : tuple of int
        Its units, by position at the keeper.
    rejects : bool
        False: it is proposed again.
    """

    group: tuple[int, ...] = ()
    rejects: bool = True


class RejectedProposals:
    """Rejected proposals of one sorting.

    Parameters
    ----------
    keeper : KeepsMerges
        The labels by hand of the same journal.
    tell : callable
        Called after every change.

    Attributes
    ----------
    groups : tuple of tuple of int
        Groups of positions, in the order of rejecting.
    """

    def __init__(self, keeper: KeepsMerges, tell: Callable[[], None]) -> None:
        self._keeper, self._tell = keeper, tell
        self.groups: Groups = ()

    def has(self, group: tuple[int, ...]) -> bool:
        """Whether a proposal was rejected; the order of its units does not matter."""
        return set(group) in map(set, self.groups)

    def put(self, group: tuple[int, ...], *, rejects: bool) -> None:
        """Reject a proposal, or (False) take that back; one step of undo.

        Raises
        ------
        LabelsError
            If it cannot be kept; then nothing has changed.
        """
        if self.has(group) == rejects:
            return
        ids = self._keeper.unit_ids
        step = RejectStep(self, {}, tuple(ids[at] for at in group), self._keeper.source, group, rejects)
        self._write(group, rejects)
        record_in(self._keeper.showing(step), step)
        self._set(group, rejects)

    def _write(self, group: tuple[int, ...], rejects: bool) -> None:
        self._keeper.write_merges([(group, rejects)], self._keeper.source, rejects=True)

    def _set(self, group: tuple[int, ...], rejects: bool) -> None:
        others = tuple(each for each in self.groups if set(each) != set(group))
        self.groups = (*others, group) if rejects else others
        self._tell()
        self._keeper.renew_others()

    # ------------------------------------------------------------------ undo

    def give(self, session: Any, by_hand: Any) -> None:
        """Labels are given to the keeper of the labels."""
        self._keeper.give(session, by_hand)

    def can_move(self, step: HandStep, *, back: bool) -> bool:
        """Whether the proposal is as the step left it."""
        return isinstance(step, RejectStep) and self.has(step.group) == (
            step.rejects if back else not step.rejects
        )

    def move(self, step: HandStep, *, back: bool) -> bool:
        """Take a rejection back, or make it again, in everything that shows it; False if it does not stand any more.

        Raises
        ------
        LabelsError
            If that cannot be kept; then nothing has changed.
        """
        if not isinstance(step, RejectStep) or not self.can_move(step, back=back):
            return False
        rejects = not step.rejects if back else step.rejects
        self._write(step.group, rejects)
        note_moved_in(self._keeper.showing(step), step, back=back)
        self._set(step.group, rejects)
        return True
