"""Labels given by hand that win over the rules: kept in a journal, shared by all labelers of an analyzer."""

from __future__ import annotations

import contextlib
import weakref
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import traitlets

from ..analyzer.analyzer import Analyzer
from ..errors import LabelsError
from .hand_entries import RANDOM, HandEntries
from .hand_steps import Closed, HandStep, movable, moved, note_moved_in, record_in
from .hand_words import in_method
from .session import HISTORY, Session
from .suggested_merges import Given, SuggestedMerges

if TYPE_CHECKING:
    from ..export.journal import Entry, Journal

#: Who gives labels where nobody is named.
HAND = "hand"
#: Where labels by hand are kept: a file, nowhere, or beside the notebook under a name of the sorting's own.
Where = str | Path | Literal["auto"] | None


#: Labels by hand of this kernel: of whole sortings and of parts of them.
_open: weakref.WeakSet[ManualLabels] = weakref.WeakSet()


class ManualLabels(HandEntries, traitlets.HasTraits):  # type: ignore[misc]
    """Labels by hand of one analyzer.

    Parameters
    ----------
    analyzer : Analyzer
    journal : str or Path, "auto" or None
        File that keeps them; "auto" is the one in the working directory that has labels of this sorting, else
        ``overrides_<sorting>.jsonl`` there; None keeps them in memory only.
    source : str
        Who gives them.

    Raises
    ------
    LabelsError
        If the journal cannot be read, is of another sorting, or is no regular file.
    """

    entries: Any = traitlets.Dict()
    """Entry of each unit labeled by hand, by position."""

    #: Those of a journal that are in use, so that every labeler on it in this kernel has the same.
    _known: ClassVar[weakref.WeakValueDictionary[Any, ManualLabels]] = weakref.WeakValueDictionary()

    @classmethod
    def of(cls, analyzer: Analyzer, journal: Where = "auto", first: str = "") -> ManualLabels:
        """Return the labels by hand of a journal; the same object for everything that uses it now.

        Parameters
        ----------
        analyzer, journal
            As above.
        first : str, default: ""
            With "auto": file taken before all others if it has labels of this sorting.
        """
        if journal is None:
            return cls(analyzer, None)
        # Labels that are kept nowhere need nothing of journals.
        from ..analyzer.identity import identity_of
        from ..export.journal_search import journal_of
        from ..export.regular_file import journal_path

        identity = identity_of(analyzer)
        path = journal_of(identity, first)[0] if journal == "auto" else journal_path(journal)
        key = (path, identity)
        known = cls._known.get(key)
        if known is None:
            known = cls._known[key] = cls(analyzer, journal, first=first)
        else:
            known.refresh()
        return known

    def refresh(self) -> None:
        """Read what others have added to the journal.

        Raises
        ------
        LabelsError
            If it cannot be read any more.
        """
        if self.journal is not None and self.journal.refresh():
            self.entries = self._read()
            self.merges.take(self.journal.groups, self.journal.rejected)

    def _renew(self) -> None:
        # A journal that cannot be read is said where a label cannot be kept, and is no obstacle for anything else.
        with contextlib.suppress(LabelsError):
            self.refresh()

    def __init__(
        self, analyzer: Analyzer, journal: Where = "auto", source: str = HAND, *, first: str = ""
    ) -> None:
        super().__init__()
        self.source = source
        self.unit_ids = analyzer.unit_ids.tolist()
        self.journal: Journal | None = None
        self.said = ""
        #: Positions of units that were drawn at random to measure errors: their labels are marked so.
        self.drawn: set[int] = set()
        #: Givings of labels that can be taken back, wherever in this kernel they were given.
        self.steps: list[HandStep] = []
        #: What is gone through with these labels, by name; see :class:`nb_autolabel.session.review.Review`.
        self.reviews: dict[str, Any] = {}
        self._sessions: list[Session] = []
        #: Units that are to be merged, kept in the same journal.
        self.merges = SuggestedMerges(self)
        if journal is not None:
            from .journals import open_journal

            self.journal, self.said = open_journal(analyzer, journal, first)
            self.entries = self._read()
            self.merges.take(self.journal.groups, self.journal.rejected)
        _open.add(self)
        self.observe(self._to_sessions, names="entries")

    def _read(self) -> dict[int, Entry]:
        assert self.journal is not None  # noqa: S101 (only called with one)
        places = {unit: at for at, unit in enumerate(self.unit_ids)}
        return {places[unit]: entry for unit, entry in self.journal.given.items()}

    # ------------------------------------------------------------------ giving and taking back

    def give(self, session: Session, by_hand: dict[int, Entry]) -> None:
        """Make a session's labels by hand these: kept first, then shown everywhere, as one step for undo.

        Raises
        ------
        LabelsError
            If they cannot be kept; then nothing has changed.
        """
        shown = self._for(session)
        self._give(
            {at: self.entries[at] if shown.get(at) == entry else entry for at, entry in by_hand.items()},
            self.source,
        )

    def label(self, unit_id: Any, label: str | None, source: str, note: str = "") -> None:
        """Give one unit a label of the usual ones, or take it back with None.

        That it was drawn at random (:attr:`drawn`, or a label before says so) is kept with it.

        Raises
        ------
        LabelsError
            If there is no such unit, or the label cannot be kept.
        """
        self.label_all([unit_id], label, source, note)

    def label_all(self, unit_ids: list[Any], label: str | None, source: str, note: str = "") -> None:
        """Give several units a label of the usual ones, or take theirs back with None; one step for undo.

        Raises
        ------
        LabelsError
            If there is no such unit, or the label cannot be kept. Then nothing has changed.
        """
        assert self.journal is not None  # noqa: S101 (labeling sessions have one)
        given = {}
        for unit_id in unit_ids:
            at = self.journal.identity.index.get(unit_id)
            drawn = RANDOM if at is not None and self.is_drawn(at) else ""
            entry = self.journal.entry(unit_id, label, source, note, drawn)
            assert at is not None  # noqa: S101 (the entry has the unit)
            given[at] = entry
        new = {place: each for place, each in self.entries.items() if place not in given}
        self._give(new if label is None else {**new, **given}, source)

    def _give(self, new: dict[int, Entry], source: str) -> None:
        old = self.entries
        changed = [at for at in [*new, *(at for at in old if at not in new)] if old.get(at) != new.get(at)]
        if not changed:
            return
        step = HandStep(
            self,
            {at: (old.get(at), new.get(at)) for at in changed},
            tuple(self.unit_ids[at] for at in changed),
            source,
        )
        self._append(new, changed, source)
        for each in self.showing(step):
            each.record(step)
        self._show(new)

    def can_move(self, step: HandStep, *, back: bool) -> bool:
        """Whether taking a step back (or making it again) would change anything."""
        if step.keeper is not self:
            return step.keeper.can_move(step, back=back)
        return next(movable(step, self.entries, back=back), None) is not None

    def move(self, step: HandStep, *, back: bool) -> bool:
        """Take a step back, or make it again, in everything that shows it; False if nothing of it stands any more.

        Raises
        ------
        LabelsError
            If that cannot be kept; then nothing has changed.
        """
        if step.keeper is not self:
            return step.keeper.move(step, back=back)
        new = moved(step, self.entries, back=back)
        if new is None:
            return False
        self._append(new, [at for at in step.changes if self.entries.get(at) != new.get(at)], self.source)
        for each in self.showing(step):
            each.note_moved(step, back=back)
        self._show(new)
        return True

    def last_step(self, source: str) -> HandStep | None:
        """Return the last giving of labels that undo takes back for a curator; None if there is none.

        That is the last one, whoever gave it, unless that is another curator who has a name.
        """
        for step in reversed(self.steps):
            if step.source in (source, HAND) and self.can_move(step, back=True):
                return step
        return None

    def record(self, step: HandStep) -> None:
        """Take a step into the history of everything that shows these labels."""
        self.steps = [*self.steps[1 - HISTORY :], step]
        record_in([self], step)

    def note_moved(self, step: HandStep, *, back: bool) -> None:
        """Take note that a step was taken back or made again."""
        self.steps = [each for each in self.steps if each is not step] + ([] if back else [step])
        note_moved_in([self], step, back=back)

    def _alike(self) -> list[ManualLabels]:
        """Return these labels, and those of the same journal: of parts of the sorting, or of a cohort that it is in."""
        mine = self.journals()
        return [self, *(each for each in list(_open) if each is not self and any(map(each.uses, mine)))]

    def journals(self) -> list[Journal]:
        """Return the journals that are in use here."""
        return [] if self.journal is None else [self.journal]

    def uses(self, journal: Journal) -> bool:
        """Whether labels that are written to a journal are labels of these units."""
        return self.journal is not None and self.journal.path == journal.path

    def showing(self, step: HandStep) -> list[ManualLabels]:
        """Return those that have all units of a step: who sees only some of them does not take it back."""
        return [each for each in self._alike() if set(step.units) <= set(each.unit_ids)]

    def _append(self, new: dict[int, Entry], changed: list[int], source: str) -> None:
        """Append what has changed to the journal; taking back is an entry too."""
        if self.journal is None:
            return
        entries = [(self.unit_ids[at], new.get(at)) for at in changed]
        self.journal.add_all(
            (unit, None, source, "", "") if e is None else (unit, e.label, e.source, e.note, e.drawn)
            for unit, e in entries
        )

    def write_merges(self, given: Given, source: str, *, rejects: bool = False) -> None:
        """Append suggested merges, or what became of proposals, to the journal.

        Raises
        ------
        LabelsError
        """
        if self.journal is not None:
            self.journal.add_merges(given, source, rejects=rejects)

    def _show(self, new: dict[int, Entry]) -> None:
        self.entries = new
        self.renew_others()

    def renew_others(self) -> None:
        """Let the labels of the same journal for other parts of the sorting read what was written."""
        for other in self._alike()[1:]:
            # The label is kept; who cannot read it says so when it is their turn to write.
            with contextlib.suppress(LabelsError):
                other.refresh()

    # ------------------------------------------------------------------ who shows them

    @property
    def sessions(self) -> list[Session]:
        """Sessions that show these labels."""
        return self._sessions

    def follow(self, session: Session) -> None:
        """Keep a session's labels by hand the same as these, both ways, in the words of its method."""
        self._sessions.append(session)
        session.by_hand = self._for(session)
        self.merges.show_in(session)
        session.renew = self._renew
        session.keeper = self

    def unfollow(self, session: Session) -> None:
        """Let go of a session that is closed."""
        if session in self._sessions:
            self._sessions.remove(session)
            session.renew = lambda: None
            session.keeper = None if self.journal is None else Closed()

    def _for(self, session: Session) -> dict[int, Entry]:
        labels = session.rule_set.labels
        return {at: replace(e, label=in_method(str(e.label), labels)) for at, e in self.entries.items()}

    def _to_sessions(self, change: Any) -> None:
        del change
        for session in self._sessions:
            shown = self._for(session)
            if shown != session.by_hand:
                session.by_hand = shown
