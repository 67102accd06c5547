"""Suggested merges of units, and proposals that were rejected, as lines of a journal beside its labels.

A line says that some units are to be merged, or that they are to be merged with none; read one after the other they give the
groups. So two notebooks that write to one journal add to each other's groups and never lose one. Lines about a proposal say
that it was rejected, or that it was not after all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..analyzer.identity import Identity
from ..errors import UnknownUnitError
from ..pairs.groups import Groups, joined, parted
from ..unit_ids import as_text


@dataclass(frozen=True)
class MergeEntry:
    """One line of a journal about units that are to be merged, or that somebody proposed to merge.

    Attributes
    ----------
    merge : tuple of str
        Ids of the units as text.
    trains : tuple of str
        Digest of each unit's spike train; empty where only ids are known.
    together : bool
        False: these units are taken out of their groups. Of a proposal: it is rejected; False: it is not any more.
    time : str
        ISO 8601, UTC.
    source : str
        Who or what gave it.
    units, recording : str
        As for labels: fingerprint of the sorting, digest of the recording.
    rejects : bool
        The line is about a proposal.
    """

    merge: tuple[str, ...]
    trains: tuple[str, ...]
    together: bool
    time: str
    source: str = "hand"
    units: str = ""
    recording: str = ""
    rejects: bool = False


def merge_entry(
    identity: Identity, places: list[int], together: bool, time: str, source: str, rejects: bool = False
) -> MergeEntry:
    """Return what is written for units of a sorting, by position."""
    ids = tuple(as_text(identity.unit_ids[at]) for at in places)
    trains = tuple(identity.trains[at] for at in places) if identity.trains else ()
    return MergeEntry(ids, trains, together, time, source, identity.fingerprint, identity.recording, rejects)


def merge_line(entry: MergeEntry) -> bytes:
    """Return an entry as one line of ASCII.

    Its first unit also stands under "unit": versions that know labels only name the line as one that they cannot read, and
    leave it where it is.
    """
    said = {
        "unit": entry.merge[0],
        "rejected" if entry.rejects else "merge": list(entry.merge),
        "together": entry.together,
        "trains": list(entry.trains),
        "time": entry.time,
        "source": entry.source,
        "units": entry.units,
        "recording": entry.recording,
    }
    return json.dumps(said, ensure_ascii=True).encode("ascii") + b"\n"


def merge_of(said: Any) -> MergeEntry | None:
    """Return what a line says; None if it is no merge. Keys of a later version are left alone."""
    if not isinstance(said, dict) or "label" in said or not isinstance(said.get("together"), bool):
        return None
    rejects = "merge" not in said
    units, trains = said.get("rejected" if rejects else "merge"), said.get("trains", [])
    if not isinstance(units, list) or not units or not isinstance(trains, list):
        return None
    if not all(isinstance(unit, str | int) and not isinstance(unit, bool) for unit in units):
        return None
    if len(trains) not in (0, len(units)) or not all(isinstance(train, str) for train in trains):
        return None
    others = {name: said.get(name, "") for name in ("time", "units", "recording")}
    others["source"] = said.get("source", "hand")
    if not all(isinstance(value, str) for value in others.values()):
        return None
    return MergeEntry(tuple(map(as_text, units)), tuple(trains), said["together"], **others, rejects=rejects)


def groups_of(entries: Iterable[MergeEntry], identity: Identity) -> Groups:
    """Return the groups of a sorting's units, by position.

    A unit counts if it has the id and the spike train that were written; of a part of the sorting, as far as it goes.

    Parameters
    ----------
    entries : iterable of MergeEntry
        In the order of the lines.
    identity : Identity
        Of the sorting.
    """
    groups: Groups = ()
    for entry in entries:
        if not entry.rejects:
            places = _places(entry, identity)
            groups = joined(groups, places) if entry.together else parted(groups, places)
    return groups


def rejected_of(entries: Iterable[MergeEntry], identity: Identity) -> Groups:
    """Return the proposals that were rejected, by position, in the order of rejecting.

    One counts if all its units are there, with the spike trains that were written.

    Parameters
    ----------
    entries : iterable of MergeEntry
        In the order of the lines.
    identity : Identity
        Of the sorting.
    """
    found: dict[frozenset[int], tuple[int, ...]] = {}
    for entry in entries:
        places = _places(entry, identity) if entry.rejects else []
        if len(places) > 1 and len(places) == len(entry.merge):
            found.pop(frozenset(places), None)
            if entry.together:
                found[frozenset(places)] = tuple(places)
    return tuple(found.values())


def _places(entry: MergeEntry, identity: Identity) -> list[int]:
    """Return the positions of a line's units, of those that have the id and the spike train that were written."""
    places = []
    for at, unit in enumerate(entry.merge):
        place = _position(identity, unit)
        train = entry.trains[at] if entry.trains else ""
        if place is not None and (not identity.trains or identity.trains[place] == train):
            places.append(place)
    return places


def _position(identity: Identity, unit: str) -> int | None:
    try:
        return identity.index.get(unit)
    except UnknownUnitError:  # several ids have this text
        return None
