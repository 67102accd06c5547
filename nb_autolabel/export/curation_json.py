"""Labels as SpikeInterface's curation JSON, format version 2.

The format is that of ``spikeinterface.curation.curation_model.Curation`` (0.105), read by its
``apply_curation`` and by the curation widgets that follow it.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..analyzer.file_kinds import CURATION
from ..errors import DamagedDataError, LabelsError, UnknownFormatError, listing, suggestion
from ..labels import CLASS_NAMES, LOOKS, canonical, of_several
from ..unit_ids import UnitIndex, as_index
from .merges_in_files import merges_of, written_merges
from .records import Records
from .writing import target_file, write_file

if TYPE_CHECKING:
    import pandas as pd

#: Offered beside the labels that are given; the model asks for two or more.
_USUAL = CLASS_NAMES[::-1]
#: Format versions that are known.
_VERSIONS = ("1", "2")
#: What a curation does beside labeling, and what it is called by its versions.
_CHANGES = {
    "merges": ("merges", "merge_unit_groups"),
    "splits": ("splits",),
}
_READ = {
    "format_version", "supported_versions", "unit_ids", "label_definitions", "manual_labels", "removed",
    "removed_units",
}  # fmt: skip


def write_curation(
    found: Records, path: Any, overwrite: bool, *, label: str = "quality", remove: Iterable[str] = ()
) -> Path:
    """Write labels as a curation.

    Parameters
    ----------
    found : Records
    path : path
        File to write.
    overwrite : bool
    label : str, default: "quality"
        Name of the label definition, which becomes the property of the units.
    remove : iterable of str, default: ()
        Units with these labels are listed as removed; read back they are "noise". Not those that are to be merged with
        units that stay.

    Raises
    ------
    AlreadyExistsError, ForeignTargetError, WriteError
    LabelsError
        If no unit has a label that is to be removed, and it is none that is usual; or ids are neither
        whole numbers nor text.
    """
    target = target_file(path, overwrite, CURATION)
    given = {canonical(label): label for label in found.labels}
    removed = set()
    names = (
        [remove] if isinstance(remove, str) else list(remove) if isinstance(remove, Iterable) else [remove]
    )
    if not all(isinstance(name, str) for name in names):
        raise LabelsError(f"remove={remove!r}: name one label, or a list of them.")
    for name in names:
        meant = canonical(name)
        if meant not in given and meant not in LOOKS:
            raise LabelsError(f"remove={name!r}: no unit has this label.{suggestion(name, found.labels)}")
        removed.add(given.get(meant, name))
    pairs = list(zip(found.plain_ids("a curation"), found.labels, strict=True))
    merges, gone = written_merges(found, [unit for unit, given in pairs if given in removed])
    options = list(dict.fromkeys([*found.labels, *(name for name in _USUAL if name not in given)]))
    curation = {
        "format_version": "2",
        "unit_ids": [unit for unit, _ in pairs],
        "label_definitions": {label: {"name": label, "label_options": options, "exclusive": True}},
        "manual_labels": [
            {"unit_id": unit, "labels": {label: [given]}} for unit, given in pairs if unit not in gone
        ],
        "removed": [unit for unit, _ in pairs if unit in gone],
        "merges": merges,
        "splits": [],
    }
    write_file(target, json.dumps(curation, indent=2) + "\n", CURATION, overwrite)
    return target


def read_curation(
    data: dict[str, Any], where: str, label: str | None = None, say: Callable[[str], None] = warnings.warn
) -> pd.DataFrame:
    """Read labels from a curation of version 1 or 2.

    Parameters
    ----------
    data : dict
    where : str
        For messages.
    label : str, optional
        Which label definition; default: "quality", else the first one.
    say : callable, optional
        Is given a sentence about everything in the file that is not in the table.

    Returns
    -------
    pandas.DataFrame
        Index unit ids; ``label``, and one column for every further definition that has labels (several
        labels of a unit joined by "; "). ``attrs["merges"]``: groups of units
        that are merged. Of several labels of a unit the first that says how good it is
        counts. Removed units without a label are "noise".

    Raises
    ------
    LabelsError
        If there is no such definition, or a unit is repeated or not among the curation's units.
    DamagedDataError
    UnknownFormatError
        If it is of another version.
    """
    import pandas as pd

    version = data.get("format_version")
    if version is not None and str(version) not in _VERSIONS:
        raise UnknownFormatError(
            f"{where} is a curation of format version {version!r}; known are {listing(_VERSIONS)}. "
            "What a label means in another one is not guessed."
        )
    entries = _entries(data, where)
    known = list(_mapping(data, "label_definitions", where))
    known = known or list(dict.fromkeys(name for labels in entries.values() for name in labels))
    chosen = label or ("quality" if "quality" in known or not known else str(known[0]))
    if label is not None and label not in known:
        raise LabelsError(f"{where} has no label definition {label!r}, only {listing(known)}.")
    removed = _list(data, "removed", where) or _list(data, "removed_units", where)
    ids = _list(data, "unit_ids", where) if "unit_ids" in data else list(dict.fromkeys([*entries, *removed]))
    units = UnitIndex(ids, where)
    given: dict[int, dict[str, list[str]]] = {}
    for unit, labels in entries.items():
        at = units.get(unit)
        if at is None or at in given:
            why = "is not among its unit_ids" if at is None else "is labeled twice"
            raise LabelsError(f"{where}: unit {unit!r} {why}. Its units: {listing(map(repr, ids), 12)}.")
        given[at] = labels
    gone = set(units.positions(list(dict.fromkeys(removed))).tolist())
    found = {at: of_several(labels.get(chosen, [])) for at, labels in given.items()}
    found |= {at: found.get(at) or "noise" for at in gone}
    order = sorted(at for at, named in found.items() if named is not None)
    frame = pd.DataFrame({"label": [found[at] for at in order]}, index=as_index([ids[at] for at in order]))
    for name in dict.fromkeys(name for labels in given.values() for name in labels):
        values = ["; ".join(given.get(at, {}).get(name, [])) for at in order]
        if any(values) and (name != chosen or any(len(given.get(at, {}).get(name, [])) > 1 for at in order)):
            frame[name if name != "label" else "label (definition)"] = values
    lost = [ids[at] for at, labels in given.items() if found.get(at) is None and any(labels.values())]
    if lost:
        others = dict.fromkeys(
            name for at in given for name in given[at] if given[at][name] and name != chosen
        )
        say(
            f"{where}: units {listing(map(repr, lost), 10)} have no label under {chosen!r} and are left out; "
            f"other labels are under {listing(map(repr, others))}: name=... reads those."
        )
    _say_changes(data, where, say)
    frame.attrs["merges"] = merges_of(data, where, strict=False)
    return frame


def _entries(data: dict[str, Any], where: str) -> dict[Any, dict[str, list[str]]]:
    """Return the labels of every labeled unit, by definition."""
    found: dict[Any, dict[str, list[str]]] = {}
    for entry in _list(data, "manual_labels", where):
        if not isinstance(entry, dict) or not isinstance(entry.get("unit_id"), int | str):
            raise _damaged(where, f"{entry!r} is no label of a unit")
        labels = entry["labels"] if "labels" in entry else {k: v for k, v in entry.items() if k != "unit_id"}
        if not isinstance(labels, dict):
            raise _damaged(where, f"the labels {labels!r} are no dictionary")
        here = found.setdefault(entry["unit_id"], {})
        for name, values in labels.items():
            several = [values] if isinstance(values, str) else values or []
            if not isinstance(several, list) or not all(isinstance(value, str) for value in several):
                raise _damaged(where, f"the labels {values!r} of unit {entry['unit_id']!r} are no texts")
            if here.get(name, several) != several:
                raise LabelsError(f"{where}: unit {entry['unit_id']!r} is labeled twice, and not the same.")
            here[name] = several
    return found


def _say_changes(data: dict[str, Any], where: str, say: Callable[[str], None]) -> None:
    """Name what a curation does to units and spikes, which no table of labels can hold."""
    parts = []
    for what, keys in _CHANGES.items():
        many = sum(len(data[key]) for key in keys if isinstance(data.get(key), list | dict))
        if many:
            parts.append(f"{many} {what if many > 1 else what.removesuffix('s')} ({_units_of(data, keys)})")
    known = _READ | {key for keys in _CHANGES.values() for key in keys}
    parts += [
        f"'{key}'"
        for key, value in data.items()
        if key not in known and isinstance(value, list | dict) and value
    ]
    proposed = merges_of(data, where, strict=False)
    if parts:
        say(
            f"{where} has more than labels, which is not taken: {listing(parts, 10)}. "
            "SpikeInterface's apply_curation does it."
            + (" labeler.propose_merges(...) shows the merges in the tab Pairs." if proposed else "")
        )


def _units_of(data: dict[str, Any], keys: Iterable[str]) -> str:
    """Name the units of merges and splits."""
    named = []
    for key in keys:
        value = data.get(key)
        if not isinstance(value, list | dict):
            continue
        for entry in value.values() if isinstance(value, dict) else value:
            units = entry.get("unit_ids", entry.get("unit_id")) if isinstance(entry, dict) else entry
            named.append("+".join(map(str, units)) if isinstance(units, list) else str(units))
    return listing(named, 6)


def _list(data: dict[str, Any], key: str, where: str) -> list[Any]:
    value = data.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _damaged(where, f"{key!r} is {type(value).__name__}, not a list")
    if key != "manual_labels" and not all(isinstance(unit, int | str) for unit in value):
        raise _damaged(where, f"{key!r} holds more than numbers and text")
    return value


def _mapping(data: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    value = data.get(key) or {}
    if not isinstance(value, dict):
        raise _damaged(where, f"{key!r} is {type(value).__name__}, not a dictionary")
    return value


def _damaged(where: str, why: str) -> DamagedDataError:
    return DamagedDataError(f"{where} is not a curation as SpikeInterface writes it: {why}.")
