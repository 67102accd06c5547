"""Which labels of a journal are of the units of a sorting, and which are of others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ..analyzer.identity import Identity
from ..errors import UnknownUnitError, listing
from ..unit_ids import as_text
from .journal_lines import Entry


@dataclass(frozen=True)
class Fit:
    """Entries of a journal, sorted by whose they are.

    Attributes
    ----------
    taken : list of (int, Entry)
        Of units of the sorting, with the unit's position: same id, same spike train. Of a journal of an earlier
        version, which kept no spike trains: all, if ids (and recording length) are those of the sorting.
    changed : dict of str to Entry
        The last one of each unit whose id is in the sorting, with other spikes.
    absent : dict of str to Entry
        The last one of each unit that is not in the sorting, by id.
    foreign : int
        How many are of an earlier version and of another sorting.
    earlier : bool
        Whether labels of an earlier version were taken.
    """

    taken: list[tuple[int, Entry]] = field(default_factory=list)
    changed: dict[str, Entry] = field(default_factory=dict)
    absent: dict[str, Entry] = field(default_factory=dict)
    foreign: int = 0
    earlier: bool = False

    def add(self, entries: Iterable[Entry], identity: Identity) -> None:
        """Take entries that were given to units of the sorting now."""
        for entry in entries:
            self.taken.append((_position(identity, entry) or 0, entry))
            self.changed.pop(entry.unit, None)

    @property
    def is_of_another(self) -> bool:
        """True if there are labels and none of them is of this sorting or of another part of it."""
        return not self.taken and bool(self.changed or self.foreign)

    @property
    def left_out(self) -> str:
        """A sentence on labels that are there and do not count here; empty if there are none."""
        changed = _labeled(self.changed)
        absent = _labeled(self.absent)
        parts = []
        if changed:
            parts.append(f"the spikes of {_units(changed)} are others than when the label was given")
        if absent:
            parts.append(f"{_units(absent)} {'is' if len(absent) == 1 else 'are'} not in this sorting")
        if self.foreign:
            parts.append(f"{self.foreign} lines are of another sorting")
        return "; ".join(parts)


def fit(entries: Iterable[Entry], identity: Identity) -> Fit:
    """Sort the entries of a journal by whose they are."""
    entries = list(entries)
    recordings = {identity.recording, ""}
    found = Fit()
    by_train = [(entry, _position(identity, entry)) for entry in entries if entry.train]
    ours = [entry for entry, at in by_train if _same(identity, entry, at)]
    # Entries of earlier versions name no sorting: they belong to the one whose entries follow.
    claimed = bool(by_train) and not ours
    foreign, earlier = 0, False
    for entry in entries:
        at = _position(identity, entry)
        if not entry.train:
            if at is not None and not claimed and entry.units in ("", *identity.known_as):
                found.taken.append((at, entry))
                earlier = earlier or bool(identity.trains)
            else:
                foreign += 1
        elif _same(identity, entry, at):
            found.taken.append((at or 0, entry))
        elif at is not None:
            found.changed[entry.unit] = entry
        elif entry.recording in recordings:
            found.absent[entry.unit] = entry
        else:
            foreign += 1
    for at, _ in found.taken:
        found.changed.pop(as_text(identity.unit_ids[at]), None)
    return replace(found, foreign=foreign, earlier=earlier)


def _position(identity: Identity, entry: Entry) -> int | None:
    try:
        return identity.index.get(entry.unit)
    except UnknownUnitError:  # several ids have this text
        return None


def _same(identity: Identity, entry: Entry, at: int | None) -> bool:
    return at is not None and (not identity.trains or identity.trains[at] == entry.train)


def _labeled(entries: dict[str, Entry]) -> list[str]:
    return [unit for unit, entry in entries.items() if entry.label is not None]


def _units(units: list[str]) -> str:
    return f"{'unit' if len(units) == 1 else 'units'} {listing(map(repr, units), 10)}"
