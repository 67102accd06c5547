"""Units that a curator wants merged: kept in the journal beside the labels by hand, one step of undo each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import traitlets

from ..errors import LabelsError
from ..pairs.groups import Groups, joined, parted
from .hand_steps import HandStep, Keeper, Shown, note_moved_in, record_in
from .rejected_proposals import RejectedProposals

if TYPE_CHECKING:
    from .session import Session

#: Groups to write: positions, and whether they are to be merged or taken out of their groups.
Given = list[tuple[tuple[int, ...], bool]]


class KeepsMerges(Keeper, Shown, Protocol):
    """Keeps labels by hand and suggested merges of one sorting, and knows who shows them."""

    unit_ids: list[Any]
    source: str

    def write_merges(self, given: Given, source: str, *, rejects: bool = False) -> None:
        """Append to the journal what is to be merged, or which proposals are rejected."""

    def showing(self, step: HandStep) -> Sequence[KeepsMerges]:
        """Return those of the same journal that have all units of a step, these first."""

    def renew_others(self) -> None:
        """Let those of the same journal read what was written."""


@dataclass(frozen=True, eq=False)
class MergeStep(HandStep):
    """Groups of units before and after a suggestion; a step of the one history, as labels by hand are.

    Attributes
    ----------
    before, after : tuple of tuple of int
        Groups that have any of the step's units, by position at the keeper.
    """

    before: Groups = ()
    after: Groups = ()


class SuggestedMerges(traitlets.HasTraits):  # type: ignore[misc]
    """Suggested merges of one sorting.

    Parameters
    ----------
    keeper : KeepsMerges
        The labels by hand of the same journal.
    """

    groups: Any = traitlets.Tuple()
    """Groups of positions; a unit is in one at most."""
    proposed: Any = traitlets.Tuple()
    """Groups of positions that somebody else proposed, in a file. They are in that file; which of them were accepted or
    rejected is in the journal."""

    def __init__(self, keeper: KeepsMerges) -> None:
        super().__init__()
        self._keeper = keeper
        #: Proposals that were rejected.
        self.rejected = RejectedProposals(keeper, self._to_sessions)
        self.observe(self._to_sessions, names=["groups", "proposed"])

    # ------------------------------------------------------------------ changes

    def suggest(self, places: Iterable[int]) -> None:
        """Suggest to merge units, and whatever these are to be merged with already; one step of undo.

        Raises
        ------
        LabelsError
            If that cannot be kept; then nothing has changed.
        """
        self._change(joined(self.groups, places))

    def part(self, places: Iterable[int]) -> None:
        """Take units out of their groups; one step of undo.

        Raises
        ------
        LabelsError
        """
        self._change(parted(self.groups, places))

    def propose(self, groups: Groups) -> None:
        """Add proposals. Those that are suggested already, or were rejected, do not wait for an answer."""
        known = {frozenset(group) for group in self.proposed}
        new = [group for group in groups if frozenset(group) not in known]
        self.proposed = tuple(group for group in (*self.proposed, *new) if not self.covers(group))

    @property
    def waiting(self) -> Groups:
        """Proposals that nobody has accepted or rejected yet."""
        return tuple(
            group for group in self.proposed if not self.covers(group) and not self.rejected.has(group)
        )

    def reject(self, places: Iterable[int]) -> None:
        """Take a proposal out of the queue, and keep that it was rejected; one step of undo.

        Raises
        ------
        LabelsError
            If it is none, or that cannot be kept.
        """
        units = set(places)
        found = next((group for group in self.waiting if set(group) == units), None)
        if found is None:
            raise LabelsError("these units are no proposal that waits for an answer.")
        self.rejected.put(found, rejects=True)

    def reconsider(self, places: Iterable[int]) -> None:
        """Let a rejected proposal wait for an answer again; one step of undo.

        Raises
        ------
        LabelsError
            If it was not rejected, or that cannot be kept.
        """
        units = set(places)
        found = next((group for group in self.rejected.groups if set(group) == units), None)
        if found is None:
            raise LabelsError("these units are no proposal that was rejected.")
        self.rejected.put(found, rejects=False)
        self.propose((found,))

    def take(self, groups: Groups, rejected: Groups) -> None:
        """Take what the journal has."""
        self.rejected.groups = rejected
        self.groups = groups
        self._to_sessions()

    def covers(self, group: Iterable[int]) -> bool:
        """Whether all these units are to be merged already."""
        units = set(group)
        return any(units <= set(known) for known in self.groups)

    def _change(self, new: Groups) -> None:
        if _same(new, self.groups):
            return
        touched = {
            at for group in set(map(frozenset, new)) ^ set(map(frozenset, self.groups)) for at in group
        }
        ids = self._keeper.unit_ids
        step = MergeStep(
            keeper=self,
            changes={},
            units=tuple(ids[at] for at in sorted(touched)),
            source=self._keeper.source,
            before=_with(self.groups, touched),
            after=_with(new, touched),
        )
        self._write(touched, step.after)
        record_in(self._keeper.showing(step), step)
        self.groups = new
        self._keeper.renew_others()

    def _write(self, touched: set[int], after: Groups) -> None:
        given: Given = []
        apart = tuple(sorted(at for group in _with(self.groups, touched) for at in group))
        if apart:
            given.append((apart, False))
        self._keeper.write_merges([*given, *((group, True) for group in after)], self._keeper.source)

    # ------------------------------------------------------------------ undo

    def give(self, session: Any, by_hand: Any) -> None:
        """Labels are given to the keeper of the labels."""
        self._keeper.give(session, by_hand)

    def can_move(self, step: HandStep, *, back: bool) -> bool:
        """Whether the groups are as the step left them; units that were grouped otherwise since stay so."""
        return isinstance(step, MergeStep) and self._target(step, back) is not None

    def move(self, step: HandStep, *, back: bool) -> bool:
        """Take a suggestion back, or make it again, in everything that shows it; False if nothing of it stands any more.

        Raises
        ------
        LabelsError
            If that cannot be kept; then nothing has changed.
        """
        target = self._target(step, back) if isinstance(step, MergeStep) else None
        if target is None:
            return False
        touched = {at for group in (*step.before, *step.after) for at in group}  # type: ignore[attr-defined]
        self._write(touched, target)
        note_moved_in(self._keeper.showing(step), step, back=back)
        self.groups = (*(group for group in self.groups if not set(group) & touched), *target)
        self._keeper.renew_others()
        return True

    def _target(self, step: MergeStep, back: bool) -> Groups | None:
        now, then = (step.after, step.before) if back else (step.before, step.after)
        touched = {at for group in (*step.before, *step.after) for at in group}
        return then if _same(_with(self.groups, touched), now) else None

    def _to_sessions(self, change: Any = None) -> None:
        del change
        for session in self._keeper.sessions:
            self.show_in(session)

    def show_in(self, session: Session) -> None:
        """Let a session show these groups."""
        session.merges = self.groups
        session.proposed = self.waiting
        session.rejected = self.rejected.groups


def _with(groups: Groups, units: set[int]) -> Groups:
    return tuple(group for group in groups if set(group) & units)


def _same(one: Groups, other: Groups) -> bool:
    return set(map(frozenset, one)) == set(map(frozenset, other))
