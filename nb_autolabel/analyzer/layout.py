"""The layout of a saved analyzer: recognising its root folder, and which paths below it belong to the analyzer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..file_bytes import read_bytes
from .store import MAX_JSON

#: What SpikeInterface 0.101 to 0.105 and this package put at the top of an analyzer, by format; and the file of format 3.
ZARR_TOP = {".zgroup", ".zattrs", ".zmetadata", "zarr.json", "sorting", "recording", "recording_info", "extensions",
            "sparsity_mask", "sorting_provenance"}  # fmt: skip
BINARY_TOP = {"spikeinterface_info.json", "settings.json", "sparsity_mask.npy", "sorting", "recording_info", "extensions",
              "recording.json", "recording.pickle", "recording.pkl", "sorting_provenance.json",
              "sorting_provenance.pickle", "sorting_provenance.pkl"}  # fmt: skip


def is_zarr_analyzer(folder: Path) -> bool:
    """Whether a folder is an analyzer stored as zarr, of format 2 or 3."""
    group, sorting = folder / ".zgroup", folder / "sorting" / "unit_ids" / ".zarray"
    if group.is_file() or (folder / ".zmetadata").is_file():
        return _says(folder / ".zattrs", "spikeinterface_info") or sorting.is_file()
    return is_zarr3_analyzer(folder)


def is_zarr3_analyzer(folder: Path) -> bool:
    """Whether a folder is an analyzer stored as zarr of format 3; one that has the files of both is of format 2."""
    if any((folder / name).is_file() for name in (".zgroup", ".zmetadata")):
        return False
    return node_type(folder) == "group" and (
        _says(folder / "zarr.json", "attributes", "spikeinterface_info")
        or node_type(folder / "sorting" / "unit_ids") == "array"
    )


def node_type(folder: Path) -> str | None:
    """Return what a folder of a zarr store of format 3 is, "group" or "array"; None if it is neither."""
    node = _json_in(folder / "zarr.json")
    found = node.get("node_type") if isinstance(node, dict) and node.get("zarr_format") == 3 else None
    return found if found in ("group", "array") else None


def is_binary_analyzer(folder: Path) -> bool:
    """Whether a folder is an analyzer stored as a binary folder."""
    sorting = folder / "sorting" / "numpysorting_info.json"
    return sorting.is_file() and _says(folder / "spikeinterface_info.json")


def _says(file: Path, *within: str) -> bool:
    """Whether a JSON file says that this is an analyzer; SpikeInterface names the class from 0.101 on."""
    info = _json_in(file)
    for key in within:
        info = info.get(key) if isinstance(info, dict) else None
    return isinstance(info, dict) and info.get("object", "SortingAnalyzer") == "SortingAnalyzer"


def _json_in(file: Path) -> Any:
    """Return what a JSON file holds; None if it is none."""
    try:
        return json.loads(read_bytes(file, MAX_JSON))
    except (OSError, ValueError, RecursionError):
        return None


def analyzer_around(path: Path) -> Path | None:
    """Return the saved analyzer of whose own parts a path is, or would be, one; None if there is none.

    What somebody keeps beside the parts, at the top of an analyzer's folder, is no part of it.

    Parameters
    ----------
    path : Path
        Absolute; links on the way to it are seen through.
    """
    try:
        place = path.parent.resolve() / path.name
    except (OSError, RuntimeError):  # links in a circle
        return None
    parts = place.parts
    for depth in range(len(parts) - 1, 0, -1):
        top = parts[depth]
        if top not in ZARR_TOP and top not in BINARY_TOP:
            continue
        root = Path(*parts[:depth])
        try:
            if (top in ZARR_TOP and is_zarr_analyzer(root)) or (
                top in BINARY_TOP and is_binary_analyzer(root)
            ):
                return root
        except OSError:
            continue
    return None
