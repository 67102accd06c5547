"""The layout of a saved analyzer: recognising its root folder, and which paths below it belong to the analyzer."""

from __future__ import annotations

import json
from pathlib import Path

from .store import MAX_JSON

#: What SpikeInterface 0.101 to 0.105 and this package put at the top of an analyzer, by format.
ZARR_TOP = {".zgroup", ".zattrs", ".zmetadata", "sorting", "recording", "recording_info", "extensions",
            "sparsity_mask", "sorting_provenance"}  # fmt: skip
BINARY_TOP = {"spikeinterface_info.json", "settings.json", "sparsity_mask.npy", "sorting", "recording_info", "extensions",
              "recording.json", "recording.pickle", "recording.pkl", "sorting_provenance.json",
              "sorting_provenance.pickle", "sorting_provenance.pkl"}  # fmt: skip


def is_zarr_analyzer(folder: Path) -> bool:
    """Whether a folder is an analyzer stored as zarr."""
    group, sorting = folder / ".zgroup", folder / "sorting" / "unit_ids" / ".zarray"
    return (group.is_file() or (folder / ".zmetadata").is_file()) and (
        _says(folder / ".zattrs", "spikeinterface_info") or sorting.is_file()
    )


def is_binary_analyzer(folder: Path) -> bool:
    """Whether a folder is an analyzer stored as a binary folder."""
    sorting = folder / "sorting" / "numpysorting_info.json"
    return sorting.is_file() and _says(folder / "spikeinterface_info.json")


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
    for root in place.parents:
        top = place.relative_to(root).parts[0]
        try:
            if (top in ZARR_TOP and is_zarr_analyzer(root)) or (
                top in BINARY_TOP and is_binary_analyzer(root)
            ):
                return root
        except OSError:
            continue
    return None
