"""Telling a saved analyzer from any other folder, down to single files that do not belong to it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from ..errors import listing
from .kinds import Kind
from .stores import MAX_JSON

#: What SpikeInterface 0.101 to 0.105 and this package put at the top of an analyzer, by format.
_ZARR_TOP = {".zgroup", ".zattrs", ".zmetadata", "sorting", "recording", "recording_info", "extensions",
             "sparsity_mask", "sorting_provenance"}  # fmt: skip
_BINARY_TOP = {"spikeinterface_info.json", "settings.json", "sparsity_mask.npy", "sorting", "recording_info", "extensions",
               "recording.json", "recording.pickle", "recording.pkl", "sorting_provenance.json",
               "sorting_provenance.pickle", "sorting_provenance.pkl"}  # fmt: skip
#: Files of arrays, tables, settings and Python objects below that.
_BINARY_ENDINGS = (".npy", ".npz", ".json", ".csv", ".pkl", ".pickle")
_ZARR_FILE = re.compile(r"\.z(array|attrs|group|metadata)|\d+(\.\d+)*")
#: What file browsers leave everywhere.
_LITTER = re.compile(r"\.DS_Store|\._.*|Thumbs\.db|desktop\.ini")


def _foreign_in_analyzer(folder: Path) -> str:
    names = {name for name in _names(folder) if not _LITTER.fullmatch(name)}
    if not names:
        return ""
    if _is_zarr_analyzer(folder):
        foreign = sorted(names - _ZARR_TOP) or list(_others(folder, names, zarr=True))
    elif (folder / "sorting" / "numpysorting_info.json").is_file() and _says(
        folder / "spikeinterface_info.json"
    ):
        foreign = sorted(names - _BINARY_TOP) or list(_others(folder, names, zarr=False))
    else:
        return f"it is not an analyzer; it holds {listing(sorted(names), 5)}."
    return f"it holds what is no part of an analyzer: {listing(foreign, 5)}." if foreign else ""


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _is_zarr_analyzer(folder: Path) -> bool:
    group, sorting = folder / ".zgroup", folder / "sorting" / "unit_ids" / ".zarray"
    return (group.is_file() or (folder / ".zmetadata").is_file()) and (
        _says(folder / ".zattrs", "spikeinterface_info") or sorting.is_file()
    )


def _says(file: Path, within: str | None = None) -> bool:
    """Whether a JSON file says that this is an analyzer; SpikeInterface names the class from 0.101 on."""
    try:
        if file.stat().st_size > MAX_JSON:
            return False
        data = json.loads(file.read_bytes())
        info = data[within] if within else data
        return info.get("object", "SortingAnalyzer") == "SortingAnalyzer"  # type: ignore[no-any-return]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def _others(folder: Path, tops: set[str], zarr: bool) -> Iterator[str]:
    """Names, relative to the folder, of files and links that no analyzer has."""
    for top in sorted(tops):
        if (folder / top).is_symlink():
            yield top
    for parent, folders, files in os.walk(folder):
        here = os.path.relpath(parent, folder)
        if here == ".":
            continue
        yield from (f"{here}/{name}" for name in folders if Path(parent, name).is_symlink())
        for name in files:
            known = _ZARR_FILE.fullmatch(name) if zarr else name.endswith(_BINARY_ENDINGS)
            if (not known and not _LITTER.fullmatch(name)) or Path(parent, name).is_symlink():
                yield f"{here}/{name}"


ANALYZER = Kind("an analyzer", _foreign_in_analyzer, folder=True)


def _foreign_in_array(folder: Path) -> str:
    foreign = [name for name in _names(folder) if not _ZARR_FILE.fullmatch(name)]
    if foreign:
        return f"it holds what is no part of an array: {listing(sorted(foreign), 5)}."
    return "" if (folder / ".zarray").is_file() else "it is not an array of a zarr store."


ZARR_ARRAY = Kind("an array", _foreign_in_array, folder=True)
