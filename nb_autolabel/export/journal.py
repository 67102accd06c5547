"""Labels given by hand, kept in a file from the first one on.

One line of JSON a label, appended and never rewritten: a kernel that dies loses nothing, and two
notebooks that write to one journal cannot harm each other's lines.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..analyzer.identity import Identity, fingerprint
from ..errors import LabelsError
from ..labels import canonical
from ..unit_ids import as_text
from .journal_file import JournalFile
from .journal_fit import Fit, fit
from .journal_limits import KeptLimits, latest_limits
from .journal_lines import LONGEST_LINE, Entry, as_line, read_lines
from .merge_lines import MergeEntry, groups_of, merge_entry, merge_line, rejected_of
from .regular_file import journal_path

__all__ = ["Entry", "Journal", "fingerprint"]


class Journal:
    """Hand labels of one sorting.

    Parameters
    ----------
    path : str or Path
        Made with the first label if it is not there. Links are not followed.
    unit_ids : Identity, or sequence of unit ids
        Whose labels these are; see :func:`nb_autolabel.analyzer.identity.identity_of`. With ids alone, nothing
        tells two sortings with equal ids apart.
    of : str, default: ""
        With ids alone: what else tells the sorting from others with the same ids.

    Attributes
    ----------
    path : Path
    entries : list of Entry
        Every line that can be read and is a label.
    merges : list of MergeEntry
        Every line that can be read and is a suggested merge, or takes one back; also of proposals that were rejected.
    limits : dict of (str, str) to KeptLimits
        Limits that were kept last, by the kind of the method and its start.

    Warns
    -----
    UserWarning
        If lines cannot be read (they are copied beside the journal), or labels are of units that have other spikes
        now, or another program has changed what was written.

    Raises
    ------
    LabelsError
        If the journal is of another sorting, is no journal, or is no regular file.
    """

    def __init__(self, path: str | Path, unit_ids: Any, of: str = "") -> None:
        self.path = journal_path(path)
        self.identity = unit_ids if isinstance(unit_ids, Identity) else Identity.of_ids(unit_ids, of)
        self.fingerprint = self.identity.fingerprint
        self._file = JournalFile(self.path)
        self.entries: list[Entry] = []
        self.merges: list[MergeEntry] = []
        self.limits: dict[tuple[str, str], KeptLimits] = {}
        self._take(self._read(), first=True)

    # ------------------------------------------------------------------ reading

    def _read(self) -> list[Entry]:
        data = self._file.read() or b""
        self.limits = latest_limits(data, self.fingerprint)
        entries, self.merges, rest = read_lines(data)
        if not rest:
            return entries
        if (
            not entries
            and not self.merges
            and data.strip(b"\0")
            and not any(b'"unit"' in line.replace(b"\0", b"") for line in rest)
        ):
            raise LabelsError(
                f"{self.path} is no journal of labels by hand; nothing was written to it. Name another file: journal=..."
            )
        lines = "1 line" if len(rest) == 1 else f"{len(rest)} lines"
        try:
            copy = self._file.keep_aside(b"\n".join(rest) + b"\n")
        except LabelsError as error:
            warnings.warn(
                f"{lines} of {self.path} cannot be read and are left out; {error}", UserWarning, stacklevel=4
            )
            return entries
        if copy is not None:
            warnings.warn(
                f"{lines} of {self.path} cannot be read and are left out; {len(entries)} can. They stay there, and are "
                f"copied to {copy.name}.",
                UserWarning,
                stacklevel=4,
            )
        return entries

    def _take(self, entries: list[Entry], first: bool = False) -> None:
        found: Fit = fit(entries, self.identity)
        if first and found.is_of_another:
            raise LabelsError(
                f"{self.path} holds labels of another sorting ({found.left_out or 'other units'}). "
                "Give this one a journal of its own: journal=..."
            )
        self.entries = entries
        self._fit = found
        if first and (found.foreign or any(entry.label is not None for entry in found.changed.values())):
            warnings.warn(self.said, UserWarning, stacklevel=4)

    @property
    def said(self) -> str:
        """Labels that are there and do not count here, in a sentence; empty if there are none."""
        name, left_out = self.path.name, self._fit.left_out
        said = [f"{name}: labels by hand are left out: {left_out}."] if left_out else []
        if self._fit.earlier:
            said.append(
                f"{name} has labels of an earlier version, which told sortings apart by unit ids, sampling frequency "
                "and length only."
            )
        return " ".join(said)

    @property
    def given(self) -> dict[Any, Entry]:
        """The entry that counts of every unit that has a label, by unit id, in the order of giving."""
        found: dict[int, Entry] = {}
        for at, entry in self._fit.taken:
            found.pop(at, None)
            if entry.label is not None:
                found[at] = entry
        return {self.identity.unit_ids[at]: entry for at, entry in found.items()}

    @property
    def labels(self) -> dict[Any, str]:
        """Label of every unit that has one, by unit id, in the order in which they were given."""
        return {unit: str(entry.label) for unit, entry in self.given.items()}

    @property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Units that were suggested to be merged, by position; a unit is in one group at most."""
        return groups_of(self.merges, self.identity)

    @property
    def rejected(self) -> tuple[tuple[int, ...], ...]:
        """Proposals to merge units that were rejected, by position."""
        return rejected_of(self.merges, self.identity)

    def refresh(self) -> bool:
        """Read what other notebooks have added since; True if there was something.

        What another program has taken out of the file since it was read, and still counts here, is written again.

        Raises
        ------
        LabelsError
        """
        before, mark = (self.entries, self.merges), self._file.mark
        if self._file.is_intact():
            if self._file.has_grown():
                self._take(self._read())
        elif self._lost(self._file.read() or b""):
            self._file.mark = mark
            self._append([])
        else:
            self._take(self._read())
        return (self.entries, self.merges) != before

    # ------------------------------------------------------------------ writing

    def add(
        self, unit: Any, label: str | None, source: str = "hand", note: str = "", drawn: str = ""
    ) -> Entry:
        """Write one label, and make sure that it is on the disk; return its entry.

        Raises
        ------
        LabelsError
            If there is no such unit, or the file cannot be written.
        """
        return self.add_all([(unit, label, source, note, drawn)])[0]

    def add_all(self, given: Iterable[tuple[Any, ...]]) -> list[Entry]:
        """Write labels, all of them or none, and make sure that they are on the disk; return their entries.

        Parameters
        ----------
        given : iterable of (unit id, label or None, source, note), or these and `drawn` of :class:`Entry`

        Raises
        ------
        LabelsError
            If there is no such unit, a label is none, or the file cannot be written.
        """
        now = _now()
        entries = [
            self._entry(unit, label, source, note, drawn[0] if drawn else "", now)
            for unit, label, source, note, *drawn in given
        ]
        if entries:
            self._append(entries)
        return entries

    def add_merges(
        self, given: Iterable[tuple[Iterable[int], bool]], source: str = "hand", *, rejects: bool = False
    ) -> None:
        """Write suggested merges, or what became of proposals, all or none, and make sure that they are on the disk.

        Parameters
        ----------
        given : iterable of (positions, together)
            Units that are to be merged, or (False) that are to be merged with none.
        source : str, default: "hand"
        rejects : bool, default: False
            They are proposals that are rejected, or (False) are not any more.

        Raises
        ------
        LabelsError
            If the file cannot be written.
        """
        now = _now()
        merges = [
            merge_entry(self.identity, list(places), together, now, source, rejects)
            for places, together in given
        ]
        if any(len(merge_line(entry)) > LONGEST_LINE for entry in merges):
            raise LabelsError("a suggested merge has too many units for a journal.")
        if merges:
            self._append([], merges)

    def keep_limits(self, kept: KeptLimits) -> None:
        """Write limits, and make sure that they are on the disk.

        Raises
        ------
        LabelsError
            If the file cannot be written.
        """
        if self._file.append(kept.line, self._lost):
            self._take(self._read())
        self.limits[kept.method, kept.start] = kept

    def entry(
        self, unit: Any, label: str | None, source: str = "hand", note: str = "", drawn: str = ""
    ) -> Entry:
        """Return what would be written for a label, without writing it.

        Raises
        ------
        LabelsError
            If there is no such unit, the label is none, or the note is too long.
        """
        return self._entry(unit, label, source, note, drawn, _now())

    def _entry(self, unit: Any, label: str | None, source: str, note: str, drawn: str, now: str) -> Entry:
        at = self.identity.index.get(unit)
        if at is None:
            raise LabelsError(
                f"there is no unit {unit!r} in this analyzer.{self.identity.index.suggestion(unit)}"
            )
        if not isinstance(label, str | None) or (label is not None and canonical(label) is None):
            raise LabelsError(f"a label is text, like 'good'; {label!r} is none.")
        if not isinstance(source, str) or not isinstance(note, str):
            raise LabelsError(f"who gives a label, and a note, are text; got {source!r}, {note!r}.")
        identity = self.identity
        train = identity.trains[at] if identity.trains else ""
        text = as_text(identity.unit_ids[at])
        entry = Entry(
            text, canonical(label), now, source, note, self.fingerprint, train, identity.recording, drawn
        )
        if len(as_line(entry)) > LONGEST_LINE:
            raise LabelsError(
                f"the note on unit {unit!r} has {len(note)} characters; that is too long for a journal."
            )
        return entry

    def _append(self, entries: list[Entry], merges: Iterable[MergeEntry] = ()) -> None:
        lines = [*map(as_line, entries), *map(merge_line, merges)]
        if not self._file.append(b"".join(lines), self._lost):
            self.entries = [*self.entries, *entries]
            self.merges = [*self.merges, *merges]
            self._fit.add(entries, self.identity)
            return
        self._take(self._read())
        warnings.warn(
            f"{self.path} was deleted, shortened or rewritten by another program while it was in use. The labels "
            "by hand that were missing in it are written to it again.",
            UserWarning,
            stacklevel=4,
        )

    def _lost(self, data: bytes) -> bytes:
        """Return the lines that count here and are not in the file any more, unless a newer one is."""
        entries, merges, _ = read_lines(data)
        there = {entry.unit: entry for entry in entries}
        known, present = set(self.entries), set(entries)

        def is_lost(entry: Entry) -> bool:
            now = there.get(entry.unit)
            if now is None:
                return entry.label is not None
            # A line behind this one is newer, whatever the clock of the machine that wrote it said.
            return now != entry and (now in known or (entry not in present and now.time < entry.time))

        kept = {entry.unit: entry for _, entry in self._fit.taken}
        lines = [as_line(entry) for entry in kept.values() if is_lost(entry)]
        return b"".join([*lines, *(merge_line(entry) for entry in self.merges if entry not in merges)])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
