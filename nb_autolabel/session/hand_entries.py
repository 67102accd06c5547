"""Entries for labels by hand that are to be given, and all of them as a table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..errors import LabelsError, listing
from ..labels import canonical, in_spelling_of
from ..unit_ids import as_text
from .hand_words import USUAL, in_method, writable
from .session import Session

if TYPE_CHECKING:
    import pandas as pd

    from ..export.journal import Entry

#: What an entry says of a unit that was drawn at random.
RANDOM = "random"
#: Different labels by hand at most.
MOST_LABELS = 60


class HandEntries:
    """The part of :class:`ManualLabels` that makes entries and reads them."""

    entries: Any
    unit_ids: Any
    source: str
    drawn: set[int]

    if TYPE_CHECKING:

        def _renew(self) -> None: ...

    def is_drawn(self, at: int) -> bool:
        """Whether a unit was drawn at random to measure errors, by position: its label counts for that."""
        known = self.entries.get(at)
        return at in self.drawn or (known is not None and known.drawn == RANDOM)

    def with_labels(self, session: Session, labels: Mapping[int, str | None], note: str) -> dict[int, Entry]:
        """Return a session's labels by hand with some changed; None takes one back.

        Raises
        ------
        LabelsError
            If a label or the note is not text that can be written, or a label stands for none ("", "unsorted").
        """
        from ..export.journal import Entry

        self._renew()
        note = "" if note is None else writable(note, "a note")
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
            spelled = in_spelling_of(writable(label, "a label"), own)
            named = in_method(str(spelled), own)
            entries[at] = Entry(
                as_text(self.unit_ids[at]),
                named,
                now,
                self.source,
                note,
                drawn=RANDOM if self.is_drawn(at) else "",
            )
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
