"""Labels given by hand, kept in a file from the first one on.

One line of JSON a label, appended and never rewritten: a kernel that dies loses nothing, and two
notebooks that write to one journal cannot harm each other's lines.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import DamagedDataError, LabelsError


@dataclass(frozen=True)
class Entry:
    """One line of a journal.

    Attributes
    ----------
    unit : str
        Unit id as text.
    label : str or None
        None takes the unit's label back.
    time : str
        ISO 8601, UTC.
    source : str
        Who or what gave it.
    note : str
    units : str
        Fingerprint of the analyzer's unit ids, so that labels of another sorting are not taken.
    """

    unit: str
    label: str | None
    time: str
    source: str = "hand"
    note: str = ""
    units: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.label, str | None):
            raise TypeError(f"the label {self.label!r} is no text.")

    @property
    def words(self) -> str:
        """Who gave the label and when."""
        return f"by {self.source}, {self.time[:16].replace('T', ' ')}" + (
            f": {self.note}" if self.note else ""
        )


def fingerprint(unit_ids: Iterable[Any], of: str = "") -> str:
    """Return what tells one sorting from others: of its unit ids, and of what else is said of it."""
    texts = [str(unit) for unit in unit_ids]
    return hashlib.sha256("\n".join([*texts, *([of] if of else [])]).encode()).hexdigest()[:16]


class Journal:
    """Hand labels of one sorting.

    Parameters
    ----------
    path : str or Path
        Made with the first label if it is not there.
    unit_ids : sequence
        Of the analyzer.
    of : str, default: ""
        What else tells the sorting from others with the same unit ids.

    Raises
    ------
    DamagedDataError
        If a line that is not the last cannot be read.
    LabelsError
        If the journal is of another sorting.
    """

    def __init__(self, path: str | Path, unit_ids: Any, of: str = "") -> None:
        self.path = Path(path).expanduser().absolute()
        ids = list(unit_ids.tolist() if hasattr(unit_ids, "tolist") else unit_ids)
        self._ids = {str(unit): unit for unit in ids}
        self.fingerprint = fingerprint(ids, of)
        self.entries: list[Entry] = self._read()

    def _read(self) -> list[Entry]:
        if not self.path.exists():
            return []
        entries = []
        lines = self.path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                entries.append(Entry(**json.loads(line)))
            except (TypeError, ValueError) as error:
                if number == len(lines) or (line.startswith("{") and not line.endswith("}")):
                    continue  # cut off by whatever stopped the kernel that wrote it
                raise DamagedDataError(f"line {number} of {self.path} cannot be read: {error}") from None
        others = {e.units for e in entries} - {self.fingerprint, ""}
        if others:
            raise LabelsError(
                f"{self.path} holds labels of another sorting (other unit ids). Give this one a journal of its own."
            )
        return entries

    @property
    def given(self) -> dict[Any, Entry]:
        """The entry that counts of every unit that has a label, by unit id, in the order of giving."""
        found: dict[Any, Entry] = {}
        for entry in self.entries:
            unit = self._ids.get(entry.unit)
            if unit is None:
                continue
            found.pop(unit, None)
            if entry.label is not None:
                found[unit] = entry
        return found

    @property
    def labels(self) -> dict[Any, str]:
        """Label of every unit that has one, by unit id, in the order in which they were given."""
        return {unit: str(entry.label) for unit, entry in self.given.items()}

    def refresh(self) -> bool:
        """Read what other notebooks have added since; True if there was something."""
        before = self.entries
        self.entries = self._read()
        return self.entries != before

    def add(self, unit: Any, label: str | None, source: str = "hand", note: str = "") -> Entry:
        """Write one label, and make sure that it is on the disk; return its entry.

        Raises
        ------
        LabelsError
            If there is no such unit, or the file cannot be written.
        """
        if str(unit) not in self._ids:
            raise LabelsError(f"there is no unit {unit!r} in this analyzer.")
        now = datetime.now(UTC).isoformat(timespec="seconds")
        entry = Entry(str(unit), label, now, source, note, self.fingerprint)
        try:
            self._append(entry)
        except OSError as error:
            raise LabelsError(
                f"the label could not be written to {self.path}: {error.strerror}. Choose another file: journal=..."
            ) from error
        self.entries.append(entry)
        return entry

    def _append(self, entry: Entry) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(entry)) + "\n"
        if self.path.exists() and self.path.stat().st_size:
            with self.path.open("rb") as file:
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    text = "\n" + text
        # One write to a file opened for appending: other writers' lines stay whole.
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, text.encode())
            os.fsync(handle)
        finally:
            os.close(handle)
