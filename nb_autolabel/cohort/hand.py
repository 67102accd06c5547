"""Labels by hand of a cohort: each is kept in the journal of the recording that its unit is of."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..errors import AutolabelError, LabelsError
from ..export.journal import Entry, Journal
from ..export.journal_search import recordings_with_labels
from ..session.hand_labels import ManualLabels
from ..session.journals import open_journal
from ..session.suggested_merges import Given

if TYPE_CHECKING:
    from .opened import OpenedCohort
    from .reading import Reading


class RecordingJournals(ManualLabels):
    """Labels by hand of all recordings, in the journals that these have when they are opened alone.

    A journal is looked for in the working directory as for one recording. Only recordings of which some journal there has
    labels are opened for it, and those whose units are labeled.

    Parameters
    ----------
    cohort : OpenedCohort
    """

    def __init__(self, cohort: OpenedCohort) -> None:
        super().__init__(cohort.analyzer, None)
        self._cohort = cohort
        self._first = [int(rows[0]) if len(rows) else 0 for rows in map(cohort.rows, cohort.names)]
        self._opened: dict[int, Journal] = {}
        for at in self._with_labels():
            # A journal that cannot be read is said when a unit of its recording is labeled.
            with contextlib.suppress(AutolabelError, OSError):
                self._journal(at)
        self._take()

    def _take(self) -> None:
        """Take what the journals in use have."""
        self.entries = self._kept()
        groups, rejected = (
            tuple(
                tuple(self._first[at] + place for place in group)
                for at, journal in self._opened.items()
                for group in getattr(journal, name)
            )
            for name in ("groups", "rejected")
        )
        self.merges.take(groups, rejected)

    def _with_labels(self) -> Iterator[int]:
        """Yield the recordings of which journals in the working directory may have labels."""
        known = recordings_with_labels()
        if known:
            for at, reading in enumerate(self._cohort.readings):
                # Tables have no recording; whose labels they are is told by their rows.
                if reading.digest in known or not reading.digest:
                    yield at

    def _journal(self, at: int) -> Journal:
        if at not in self._opened:
            name, reading = self._cohort.names[at], self._cohort.readings[at]
            try:
                analyzer = self._cohort.open(name)
            except (AutolabelError, OSError) as error:
                raise LabelsError(
                    f"labels by hand of recording {name} cannot be kept: it cannot be opened any more. {error}"
                ) from error
            if analyzer.unit_ids.tolist() != reading.metrics.index.tolist():
                raise LabelsError(f"recording {name} has other units now. Open the cohort again.")
            self._opened[at], said = open_journal(analyzer, "auto")
            self.said = " ".join(filter(None, (self.said, said)))
        return self._opened[at]

    def _kept(self) -> dict[int, Entry]:
        found = {}
        for at, journal in self._opened.items():
            places = {unit: place for place, unit in enumerate(journal.identity.unit_ids)}
            for unit, entry in journal.given.items():
                found[self._first[at] + places[unit]] = entry
        return found

    def journals(self) -> list[Journal]:
        """Return the journals that are in use here."""
        return list(self._opened.values())

    def uses(self, journal: Journal) -> bool:
        """Whether labels that are written to a journal are of a recording of the cohort; its journal is opened then."""
        for at, reading in enumerate(self._cohort.readings):
            if at not in self._opened and self._may_be(reading, journal):
                # A recording that cannot be opened any more is said when one of its units is labeled.
                with contextlib.suppress(AutolabelError, OSError):
                    self._journal(at)
        return any(each.path == journal.path for each in self._opened.values())

    @staticmethod
    def _may_be(reading: Reading, journal: Journal) -> bool:
        if reading.digest:
            return reading.digest == journal.identity.recording
        return list(journal.identity.unit_ids) == reading.metrics.index.tolist()

    def refresh(self) -> None:
        """Read what others have added to the journals that are in use.

        Raises
        ------
        LabelsError
            If one cannot be read any more.
        """
        for journal in self._opened.values():
            journal.refresh()
        self._take()

    def write_merges(self, given: Given, source: str, *, rejects: bool = False) -> None:
        """Append merges and what became of proposals, each to its recording's journal; all are opened before any is written.

        Raises
        ------
        LabelsError
            If units of several recordings are to be merged, or a journal cannot be written.
        """
        of = self._cohort.recording_of
        by_recording: dict[int, Given] = {}
        for places, together in given:
            several = sorted({int(of[place]) for place in places})
            if together and len(several) > 1:
                names = " and ".join(self._cohort.names[at] for at in several)
                raise LabelsError(f"units of several recordings cannot be merged: these are of {names}.")
            for at in several:
                own = tuple(place - self._first[at] for place in places if of[place] == at)
                by_recording.setdefault(at, []).append((own, together))
        journals = {at: self._journal(at) for at in by_recording}
        for at, own_given in by_recording.items():
            journals[at].add_merges(own_given, source, rejects=rejects)

    def _append(self, new: dict[int, Entry], changed: list[int], source: str) -> None:
        """Append what has changed, recording by recording; all journals are opened before any is written."""
        of = self._cohort.recording_of
        by_recording: dict[int, list[tuple[object, str | None, str, str, str]]] = {}
        for place in changed:
            entry = new.get(place)
            unit = self._cohort.source.units[place]
            said = (
                (unit, None, source, "", "")
                if entry is None
                else (unit, entry.label, entry.source, entry.note, entry.drawn)
            )
            by_recording.setdefault(int(of[place]), []).append(said)
        journals = {at: self._journal(at) for at in by_recording}
        for at, given in by_recording.items():
            for unit, label, who, note, drawn in given:
                journals[at].entry(unit, label, who, note, drawn)
        for at, given in by_recording.items():
            journals[at].add_all(given)
