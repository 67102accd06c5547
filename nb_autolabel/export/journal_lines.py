"""Lines of a journal: one label each, written as plain ASCII, and read whatever became of them since."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any

from ..labels import canonical
from ..unit_ids import as_text
from .journal_limits import kept_limits
from .journal_pieces import pieces
from .merge_lines import MergeEntry, merge_of

#: Most bytes of a line; notes that people type are far shorter.
LONGEST_LINE = 2**20
#: Markers that git and other tools write around the two sides of a merge conflict.
_MARKS = (b"<<<<<<<", b"=======", b">>>>>>>", b"|||||||")


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
        Fingerprint of the sorting, so that labels of another one are not taken.
    train : str
        Digest of the unit's spike train; empty in journals of earlier versions.
    recording : str
        Digest of the recording; empty in journals of earlier versions.
    drawn : str
        "random" if the unit was drawn at random to measure errors; empty if it was not, and in journals of earlier
        versions.
    """

    unit: str
    label: str | None
    time: str
    source: str = "hand"
    note: str = ""
    units: str = ""
    train: str = ""
    recording: str = ""
    drawn: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.label, str | None):
            raise TypeError(f"the label {self.label!r} is no text.")
        for name in ("label", "source", "note", "time"):
            text = getattr(self, name)
            if isinstance(text, str):
                object.__setattr__(self, name, _legible(text))

    @property
    def words(self) -> str:
        """Who gave the label and when."""
        return f"by {self.source}, {self.time[:16].replace('T', ' ')}" + (
            f": {self.note}" if self.note else ""
        )


_FIELDS = tuple(field.name for field in fields(Entry))


def as_line(entry: Entry) -> bytes:
    """Return an entry as one line of ASCII: line breaks, NULs and the like are escaped as JSON does."""
    said = {name: value for name, value in asdict(entry).items() if value or name in _FIELDS[:6]}
    return json.dumps(said, ensure_ascii=True).encode("ascii") + b"\n"


def entries_of(data: bytes) -> tuple[list[Entry], list[bytes]]:
    """Read a journal.

    Parameters
    ----------
    data : bytes
        The whole file: as it was written, or saved again by an editor in another encoding, with zeros after a
        power loss, or with the marks of a merge.

    Returns
    -------
    entries : list of Entry
        In the order of the lines; by time where a merge has mixed them.
    rest : list of bytes
        Lines that cannot be read, but for blank ones and those that were cut off when they were written.
    """
    entries, _, rest = read_lines(data)
    return entries, rest


def read_lines(data: bytes) -> tuple[list[Entry], list[MergeEntry], list[bytes]]:
    """Read a journal: labels, suggested merges of units, and lines that are neither; see :func:`entries_of`."""
    entries: list[Entry] = []
    merges: list[MergeEntry] = []
    rest: list[bytes] = []
    merged = False
    for line in pieces(data):
        # More zero bytes in a row than any text encoding produces: a damaged part of the file that may have held labels.
        zeros = max(re.findall(rb"\0{4,}", line), key=len, default=b"")
        if not line.strip(b"\0 \t\r\xff\xfe"):
            rest += [line] if zeros else []
            continue
        entry = _read(line)
        if entry is not None:
            entries.append(entry) if isinstance(entry, Entry) else merges.append(entry)
            rest += [zeros] if zeros else []
        elif kept_limits(line) is None and not _cut_off(line):
            merged = merged or line.startswith(_MARKS)
            rest.append(line)
    if merged:
        entries.sort(key=lambda entry: entry.time)
        merges.sort(key=lambda entry: entry.time)
    return entries, merges, rest


def _read(line: bytes) -> Entry | MergeEntry | None:
    if len(line) > LONGEST_LINE or line.startswith(b'{"kind": "limits"'):
        return None
    for text in _readings(line):
        try:
            said = json.loads(text, object_pairs_hook=_each_once)
            entry = _entry(said) or merge_of(said)
        except (ValueError, RecursionError):
            continue
        if entry is not None:
            return entry
    return None


def _readings(line: bytes) -> Iterator[str]:
    """Yield what a line may be as text, the most likely first."""
    plain = line.strip(b"\0 \t\r")
    yield plain.decode("utf-8", "replace") if _is_utf8(plain) else plain.decode("cp1252", "replace")
    if b"\0" in plain:
        # UTF-16: the second byte of the line break is at the start or the end of the line.
        for codec, text in (("utf-16-le", line.removeprefix(b"\0")), ("utf-16-be", line.removesuffix(b"\0"))):
            yield text.decode(codec, "ignore").strip("\ufeff \t\r\n")
        yield plain.replace(b"\0", b"").decode("utf-8", "ignore").strip("\ufeff \t\r")
    # A complete line that was appended to a truncated one.
    at = plain.rfind(b'{"unit"')
    if at > 0:
        yield plain[at:].decode("utf-8", "replace")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that says two things of one key: which of two labels is meant cannot be told."""
    found = dict(pairs)
    if len(found) < len(pairs) and any(found[name] != value for name, value in pairs):
        raise ValueError("a key stands there twice")
    return found


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _entry(said: Any) -> Entry | None:
    """Return what a line says; None if it is no label. Keys of a later version are left alone."""
    if not isinstance(said, dict) or "label" not in said:
        return None
    unit, label = said.get("unit"), said["label"]
    if isinstance(unit, bool) or not isinstance(unit, str | int | float) or not isinstance(label, str | None):
        return None
    others = {name: said.get(name, "") for name in ("time", "note", "units", "train", "recording", "drawn")}
    others["source"] = said.get("source", "hand")
    if not all(isinstance(value, str) for value in others.values()):
        return None
    return Entry(as_text(unit), canonical(label), **others)


def _cut_off(line: bytes) -> bool:
    """Return True for the beginning of a line: whatever wrote it was stopped, and its label was not shown as kept."""
    plain = line.strip(b" \t\r")
    short = len(plain) < 2**16 and plain.isascii() and b"\0" not in plain
    return short and plain.startswith(b"{") and not plain.endswith(b"}")


def _legible(text: str) -> str:
    """Return text without halves of characters, which no file and no browser takes."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
