"""Merges in a curation JSON: written as SpikeInterface's format 2 has them, and read as proposals."""

from __future__ import annotations

import os
import warnings
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from ..errors import AnalyzerNotFoundError, DamagedDataError, LabelsError, UnknownFormatError, listing
from ..pairs.groups import joined
from ..unit_ids import as_text
from .records import Records

#: Where merges stand in the versions of the format; sortingview and figpack call them so as well.
KEYS = ("merges", "merge_unit_groups", "mergeGroups")
Group = tuple[int | str, ...]


def merges_of(data: dict[str, Any], where: str, strict: bool = True) -> list[Group]:
    """Return the groups of units that a curation merges, in any version of the format.

    Parameters
    ----------
    data : dict
        As JSON has it.
    where : str
        For messages.
    strict : bool, default: True
        False leaves out what is no merge: who reads labels is not kept from them.

    Raises
    ------
    DamagedDataError
        If a merge does not name its units.
    """
    found: list[Group] = []
    for key in KEYS:
        given = data.get(key) or []
        if isinstance(given, dict):
            given = list(given.values())
        if not isinstance(given, list):
            if not strict:
                continue
            raise DamagedDataError(f"{where}: {key!r} is {type(given).__name__}, not a list of merges.")
        for entry in given:
            units = entry.get("unit_ids") if isinstance(entry, dict) else entry
            if not isinstance(units, list) or not all(
                isinstance(unit, int | str) and not isinstance(unit, bool) for unit in units
            ):
                if not strict:
                    continue
                raise DamagedDataError(f"{where}: the merge {str(entry)[:120]} does not name its units.")
            found.append(tuple(units))
    return list(dict.fromkeys(group for group in found if len(group) > 1))


def read_merges(path: Any) -> list[Group]:
    """Return the groups of units that a curation JSON merges.

    Parameters
    ----------
    path : path
        Of SpikeInterface (format 1 or 2), sortingview or figpack.

    Raises
    ------
    AnalyzerNotFoundError
        If nothing lies there.
    DamagedDataError
        If it is no JSON, or a merge does not name its units.
    UnknownFormatError
        If it is JSON of another kind.
    """
    from .json_files import load_json

    try:
        place = Path(os.fsdecode(path)).expanduser()
        found = place.is_file()
    except (OSError, ValueError, RuntimeError) as error:
        raise AnalyzerNotFoundError(f"merges cannot be read from {str(path)[:200]!r}: {error}.") from error
    if not found:
        raise AnalyzerNotFoundError(f"merges are read from a curation JSON; there is no file {place}.")
    data = load_json(place)
    known = {*KEYS, "manual_labels", "labelsByUnit", "format_version"}
    if not isinstance(data, dict) or not known & data.keys():
        raise UnknownFormatError(
            f"{place} is no curation: it has none of {listing(map(repr, sorted(known)))}."
        )
    return merges_of(data, str(place))


def written_merges(found: Records, removed: Collection[Any]) -> tuple[list[dict[str, Any]], set[Any]]:
    """Return merges as a curation of format 2 has them, and which units are removed all the same.

    SpikeInterface removes units before it merges, and refuses a merge of a unit that is gone. A group of which all
    units are to be removed is left out; of any other one, all are kept, since somebody said that they are one cell.

    Parameters
    ----------
    found : Records
    removed : collection of unit id
        As they are written.

    Warns
    -----
    UserWarning
        If units are kept for a merge.
    """
    plain = {as_text(unit): unit for unit in found.plain_ids("a curation")}
    groups = [
        tuple(plain[as_text(unit)] for unit in group if as_text(unit) in plain)
        for group in joined(found.merges)
    ]
    groups = [group for group in groups if len(group) > 1 and not set(group) <= set(removed)]
    kept = [unit for group in groups for unit in group if unit in removed]
    if kept:
        warnings.warn(
            f"units {listing(map(repr, kept), 10)} are not removed: they are to be merged with units that stay. "
            "clear_merge(...) takes a merge back.",
            UserWarning,
            stacklevel=5,
        )
    return [{"unit_ids": list(group)} for group in groups], set(removed) - set(kept)


def proposed_groups(source: Any) -> list[tuple[Any, ...]]:
    """Return proposals in any form that people give them.

    Parameters
    ----------
    source : path of a curation JSON, what :func:`import_labels` gave of one, one group, or an iterable of groups

    Raises
    ------
    LabelsError
        If it is nothing of these.
    AnalyzerNotFoundError, DamagedDataError, UnknownFormatError
    """
    if isinstance(source, str | os.PathLike):
        return list(read_merges(source))
    if hasattr(source, "attrs"):
        return [tuple(group) for group in source.attrs.get("merges", ())]
    if isinstance(source, Iterable):
        groups = list(source)
        if all(isinstance(group, Iterable) and not isinstance(group, str | bytes) for group in groups):
            return [tuple(group) for group in groups]
    raise LabelsError(
        "proposals are the path of a curation JSON, what import_labels gave of one, or a list of groups like "
        f"[[3, 5], [8, 9, 12]]; got {type(source).__name__}."
    )
