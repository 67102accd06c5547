"""Labels given by hand that win over the rules: kept in a journal, shared by all labelers of an analyzer."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

import traitlets

from ..analyzer.analyzer import Analyzer
from ..analyzer.identity import identity_of
from ..errors import LabelsError, listing
from ..export.journal import Entry, Journal
from ..export.journal_search import journal_of
from ..export.regular_file import journal_path
from ..labels import ALIKE, KEYS, OF_METHODS, broad, canonical, in_spelling_of
from ..unit_ids import as_text, is_writable
from .session import Session

if TYPE_CHECKING:
    import pandas as pd

#: For every unit, whatever the method; it adds its own labels.
USUAL = tuple(KEYS.values())
#: Different labels by hand at most.
MOST_LABELS = 60
#: Where labels by hand are kept: a file, nowhere, or beside the notebook under a name of the sorting's own.
Where = str | Path | Literal["auto"] | None


def hand_labels(labels: Iterable[str]) -> list[str]:
    """Return what a unit can be labeled by hand under a method with these labels."""
    own = [label for label in labels if label not in OF_METHODS]
    there = {broad(label) for label in own}
    return [*own, *(label for label in USUAL if broad(label) not in there)]


def in_method(label: str, labels: Iterable[str]) -> str:
    """Return a label as a method calls it: "good" is "sua" for UnitRefine."""
    known = list(labels)
    if label in known:
        return label
    for plain in (canonical, lambda text: ALIKE.get(str(canonical(text)), canonical(text))):
        for own in known:
            if plain(own) == plain(label):
                return own
    return label


def open_journal(analyzer: Analyzer, journal: str | Path, first: str = "") -> tuple[Journal, str]:
    """Open the journal of an analyzer.

    Parameters
    ----------
    analyzer : Analyzer
    journal : str or Path
        "auto": the sorting's own, in the working directory.
    first : str, default: ""
        With "auto": file taken before all others if it has labels of this sorting.

    Returns
    -------
    journal : Journal
    said : str
        What a user should know of it; empty if there is nothing.

    Raises
    ------
    LabelsError
        If it cannot be read, is of another sorting, or is no regular file.
    """
    identity = identity_of(analyzer)
    path, others = journal_of(identity, first) if journal == "auto" else (journal_path(journal), [])
    opened = Journal(path, identity)
    said = f"{listing(others, 3)} also has labels of this sorting: journal='...' opens it." if others else ""
    return opened, " ".join(filter(None, (opened.said, said)))


def _said(entry: Entry) -> tuple[str | None, ...]:
    """Return what an entry says, but not of which unit."""
    return canonical(entry.label), entry.time, entry.source, entry.note


def _not_kept(change: Any) -> None:
    """Refuse labels by hand in a session that no journal follows any more."""
    session = change["owner"]
    session.unobserve(_not_kept, names="by_hand")
    session.by_hand = change["old"]
    session.observe(_not_kept, names="by_hand")
    raise LabelsError("this labeler is closed, and labels by hand would not be kept. Make a new one.")


class Reader(Protocol):
    """Shows the labels of a journal."""

    journal: Journal | None

    def refresh(self) -> None:
        """Read what others have added to it."""


#: Everything in this kernel that shows labels of a journal: of a whole sorting, of parts of it, for one curator.
readers: weakref.WeakSet[Any] = weakref.WeakSet()


def tell_readers(writer: Reader) -> None:
    """Let everything else in this kernel that shows labels of a journal read what was just written to it."""
    for reader in list(readers):
        if reader is not writer and writer.journal and reader.journal.path == writer.journal.path:
            # The label is kept; who cannot read it says so when it is their turn to write.
            with contextlib.suppress(LabelsError):
                reader.refresh()


class ManualLabels(traitlets.HasTraits):  # type: ignore[misc]
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
    _open: ClassVar[weakref.WeakValueDictionary[Any, ManualLabels]] = weakref.WeakValueDictionary()

    @classmethod
    def of(cls, analyzer: Analyzer, journal: Where = "auto") -> ManualLabels:
        """Return the labels by hand of a journal; the same object for every labeler that uses it now."""
        if journal is None:
            return cls(analyzer, None)
        identity = identity_of(analyzer)
        path = journal_of(identity)[0] if journal == "auto" else journal_path(journal)
        key = (path, identity)
        known = cls._open.get(key)
        if known is None:
            known = cls._open[key] = cls(analyzer, journal)
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
            # What was given here stays what it is, so that undo still knows it.
            here = self.entries
            self.entries = {
                at: here[at] if at in here and _said(here[at]) == _said(entry) else entry
                for at, entry in self._read().items()
            }

    def _renew(self) -> None:
        # A journal that cannot be read is said where a label cannot be kept, and is no obstacle for anything else.
        with contextlib.suppress(LabelsError):
            self.refresh()

    def __init__(self, analyzer: Analyzer, journal: Where = "auto", source: str = "hand") -> None:
        super().__init__()
        self.source = source
        self._ids = analyzer.unit_ids.tolist()
        self.journal: Journal | None = None
        self.said = ""
        if journal is not None:
            self.journal, self.said = open_journal(analyzer, journal)
            self.entries = self._read()
            readers.add(self)
        self._sessions: list[Session] = []
        self.observe(self._to_sessions, names="entries")

    def _read(self) -> dict[int, Entry]:
        assert self.journal is not None  # noqa: S101 (only called with one)
        places = {unit: at for at, unit in enumerate(self._ids)}
        return {places[unit]: entry for unit, entry in self.journal.given.items()}

    def _append(self, old: dict[int, Entry], new: dict[int, Entry]) -> None:
        """Append what has changed to the journal; an undo is an entry too."""
        if self.journal is None:
            return
        changed = [at for at in [*new, *(at for at in old if at not in new)] if old.get(at) != new.get(at)]
        entries = [(self._ids[at], new.get(at)) for at in changed]
        self.journal.add_all(
            (unit, None, self.source, "") if e is None else (unit, e.label, e.source, e.note)
            for unit, e in entries
        )
        tell_readers(self)

    def follow(self, session: Session) -> None:
        """Keep a session's labels by hand the same as these, both ways, in the words of its method."""
        self._sessions.append(session)
        session.by_hand = self._for(session)
        session.renew = self._renew
        session.observe(self._from_session, names="by_hand")

    def unfollow(self, session: Session) -> None:
        """Let go of a session that is closed."""
        if session in self._sessions:
            self._sessions.remove(session)
            session.unobserve(self._from_session, names="by_hand")
            session.renew = lambda: None
            if self.journal is not None:
                session.observe(_not_kept, names="by_hand")

    def _for(self, session: Session) -> dict[int, Entry]:
        labels = session.rule_set.labels
        return {at: replace(e, label=in_method(str(e.label), labels)) for at, e in self.entries.items()}

    def _to_sessions(self, change: Any) -> None:
        del change
        for session in self._sessions:
            shown = self._for(session)
            if shown != session.by_hand:
                session.take_by_hand(shown)

    def _from_session(self, change: Any) -> None:
        session = change["owner"]
        shown = self._for(session)
        new = {
            at: self.entries[at] if shown.get(at) == entry else entry for at, entry in change["new"].items()
        }
        if new == self.entries:
            return
        try:
            # On the disk first: what is shown is kept.
            self._append(self.entries, new)
        except Exception:
            session.by_hand = shown
            raise
        self.entries = new

    def with_labels(self, session: Session, labels: Mapping[int, str | None], note: str) -> dict[int, Entry]:
        """Return a session's labels by hand with some changed; None takes one back.

        Raises
        ------
        LabelsError
            If a label or the note is not text that can be written, or a label stands for none ("", "unsorted").
        """
        self._renew()
        note = "" if note is None else _writable(note, "a note")
        now = datetime.now(UTC).isoformat(timespec="seconds")
        entries, own = dict(session.by_hand), session.rule_set.labels
        for at, label in labels.items():
            if label is None:
                entries.pop(at, None)
                continue
            if not isinstance(label, str) or canonical(label) is None:
                raise LabelsError(
                    f"a label is text, like {listing(USUAL)}; got {label!r}. To leave units to the rules: clear_override."
                )
            spelled = in_spelling_of(_writable(label, "a label"), own)
            named = in_method(str(spelled), own)
            entries[at] = Entry(as_text(self._ids[at]), named, now, self.source, note)
        distinct = {str(entry.label) for entry in entries.values()}
        if len(distinct) > MOST_LABELS:
            raise LabelsError(
                f"{len(distinct)} different labels by hand; {MOST_LABELS} are possible. Is a note meant? note='...'"
            )
        return entries

    def frame(self, session: Session) -> pd.DataFrame:
        """Return a session's labels by hand: index unit ids; label, rules (what they say), source, time, note."""
        import pandas as pd

        trace = session.trace
        rows = [
            (e.label, trace.names[trace.rule_codes[at]], e.source, e.time, e.note)
            for at, e in session.by_hand.items()
        ]
        index = trace.table.unit_ids[list(session.by_hand)]
        return pd.DataFrame(rows, index=index, columns=["label", "rules", "source", "time", "note"])


def _writable(text: Any, what: str) -> str:
    """Return text that a file can hold.

    Raises
    ------
    LabelsError
    """
    if not isinstance(text, str):
        raise LabelsError(f"{what} is text; got {type(text).__name__}.")
    if not is_writable(text):
        raise LabelsError(f"{what} holds characters that no file can hold: {text!r}.")
    return text
