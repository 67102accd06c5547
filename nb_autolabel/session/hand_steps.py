"""One giving of labels by hand as a step that can be taken back, wherever it was given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from ..errors import LabelsError
from ..labels import canonical

if TYPE_CHECKING:
    from ..export.journal import Entry
    from .session import Session

#: Entry of a unit before and after a step, by position; None: no label by hand.
Changes: TypeAlias = "Mapping[int, tuple[Entry | None, Entry | None]]"


class Keeper(Protocol):
    """Keeps labels by hand, and changes them for everything that shows them."""

    def give(self, session: Any, by_hand: dict[int, Entry]) -> None:
        """Make a session's labels by hand these: kept first, then shown everywhere, as one step for undo."""

    def can_move(self, step: HandStep, *, back: bool) -> bool:
        """Whether taking a step back (or making it again) would change anything."""

    def move(self, step: HandStep, *, back: bool) -> bool:
        """Take a step back, or make it again, in everything that shows it; False if nothing of it stands any more."""


@dataclass(frozen=True, eq=False)
class HandStep:
    """Labels that were given, or taken back, in one go.

    Parameters
    ----------
    keeper : Keeper
        Where it was given; positions are its.
    changes : mapping of int to (Entry or None, Entry or None)
        Before and after, by position.
    units : tuple of unit id
        Units of `changes`.
    source : str
        Who gave them.
    """

    keeper: Keeper
    changes: Changes
    units: tuple[Any, ...]
    source: str


class Shown(Protocol):
    """Is shown by sessions, each of which has a history of its own."""

    @property
    def sessions(self) -> Sequence[Session]:
        """Sessions that show it."""


def record_in(several: Iterable[Shown], step: HandStep) -> None:
    """Take a step into the history of every session that shows it."""
    for each in several:
        for session in each.sessions:
            session.record(step)


def note_moved_in(several: Iterable[Shown], step: HandStep, *, back: bool) -> None:
    """Let every session that shows a step take note that it was taken back, or made again."""
    for each in several:
        for session in each.sessions:
            session.moved(step, back=back)


def same(one: Entry | None, other: Entry | None) -> bool:
    """Whether two entries say the same: the label in any spelling, who gave it, and the note. Not when."""
    return _said(one) == _said(other)


def _said(entry: Entry | None) -> tuple[str | None, ...] | None:
    return None if entry is None else (canonical(entry.label), entry.source, entry.note)


def movable(step: HandStep, entries: Mapping[int, Entry], *, back: bool) -> Iterator[int]:
    """Yield the positions at which taking a step back, or making it again, would change something."""
    for at, (before, after) in step.changes.items():
        now = after if back else before
        if same(entries.get(at), now) and not same(before, after):
            yield at


def moved(step: HandStep, entries: Mapping[int, Entry], *, back: bool) -> dict[int, Entry] | None:
    """Return entries with a step taken back, or made again; None if that changes nothing.

    A unit that was labeled otherwise since, here or elsewhere, keeps its label.
    """
    found = dict(entries)
    places = list(movable(step, entries, back=back))
    for at in places:
        before, after = step.changes[at]
        then = before if back else after
        if then is None:
            found.pop(at, None)
        else:
            found[at] = then
    return found if places else None


class Closed:
    """Refuses labels by hand in a session that no journal follows any more."""

    def give(self, session: Any, by_hand: dict[int, Entry]) -> None:
        """Refuse.

        Raises
        ------
        LabelsError
        """
        del session, by_hand
        raise LabelsError("this labeler is closed, and labels by hand would not be kept. Make a new one.")

    def can_move(self, step: HandStep, *, back: bool) -> bool:
        """Whether it could be, were the labeler not closed."""
        return step.keeper.can_move(step, back=back)

    def move(self, step: HandStep, *, back: bool) -> bool:
        """Refuse; False if there is nothing to refuse.

        Raises
        ------
        LabelsError
        """
        if self.can_move(step, back=back):
            self.give(None, {})
        return False
