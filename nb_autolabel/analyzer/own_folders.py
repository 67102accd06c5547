"""Recognising a saved analyzer, and files in its folder that do not belong to it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from ..errors import listing
from .kinds import Kind
from .layout import BINARY_TOP, ZARR_TOP, is_binary_analyzer, is_zarr3_analyzer, is_zarr_analyzer, node_type

#: Paths of files below the top of a binary folder; an extension holds arrays, tables, settings and Python objects.
_BINARY_FILE = re.compile(
    r"sorting/(numpysorting_info|si_folder|annotations)\.json"
    r"|sorting/(spikes\.npy|provenance\.(json|pkl|pickle))"
    r"|sorting/properties/[^/]+\.npy"
    r"|recording_info/(properties/)?[^/]+\.(json|npy)"
    r"|extensions/.+/[^/]+\.(npy|npz|json|csv|pkl|pickle)",
    re.DOTALL,
)
#: Files of which every computed extension has at least one.
_OF_EXTENSION = ("params.json", "info.json", "run_info.json")
_ZARR_META, _ZARR_CHUNK = re.compile(r"\.z(array|attrs|group|metadata)"), re.compile(r"\d+(\.\d+)*")
#: The same of format 3, in which chunks also have keys as ``c.0.1`` and ``c/0/1``.
_ZARR3_META, _ZARR3_CHUNK = re.compile(r"zarr\.json"), re.compile(r"c|(c\.)?\d+(\.\d+)*")
#: Files that file browsers leave in folders.
_LITTER = re.compile(r"\.DS_Store|\._.*|Thumbs\.db|desktop\.ini")


def _foreign_in_analyzer(folder: Path) -> str:
    names = {name for name in _names(folder) if not _LITTER.fullmatch(name)}
    if not names:
        return ""
    if is_zarr_analyzer(folder):
        foreign = sorted(names - ZARR_TOP) or list(_others(folder, names, _zarr_part(folder)))
    elif is_binary_analyzer(folder):
        foreign = sorted(names - BINARY_TOP) or list(_others(folder, names, _binary_part(folder)))
    else:
        return f"it is not an analyzer; it holds {listing(sorted(names), 5)}."
    return f"it holds what is no part of an analyzer: {listing(foreign, 5)}." if foreign else ""


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _zarr_part(folder: Path) -> Callable[[str, str], bool]:
    """Return a function of a folder and a name: whether it is metadata, or a chunk in an array."""
    arrays: set[str] = set()
    third = is_zarr3_analyzer(folder)
    meta, chunk = (_ZARR3_META, _ZARR3_CHUNK) if third else (_ZARR_META, _ZARR_CHUNK)

    @cache
    def is_array(place: str) -> bool:
        return node_type(folder / place) == "array" if third else (folder / place / ".zarray").is_file()

    def known(here: str, name: str) -> bool:
        if meta.fullmatch(name):
            return not third or node_type(folder / here) is not None
        parts = here.split("/")
        places = {"/".join(parts[:many]) for many in range(len(parts), 0, -1)}
        if not places & arrays:
            arrays.update(place for place in places if is_array(place))
        return chunk.fullmatch(name) is not None and bool(places & arrays)

    return known


def _binary_part(folder: Path) -> Callable[[str, str], bool]:
    """Return a function of a folder and a name: whether an analyzer has such a file there."""

    @cache
    def is_extension(name: str) -> bool:
        return any((folder / "extensions" / name / file).is_file() for file in _OF_EXTENSION)

    def known(here: str, name: str) -> bool:
        parts = here.split("/")
        extension = len(parts) < 2 or parts[0] != "extensions" or is_extension(parts[1])
        return extension and _BINARY_FILE.fullmatch(f"{here}/{name}") is not None

    return known


def _others(folder: Path, tops: set[str], is_part: Callable[[str, str], bool]) -> Iterator[str]:
    """Names, relative to the folder, of files and links that no analyzer has."""
    for top in sorted(tops):
        if (folder / top).is_symlink():
            yield top
    for parent, folders, files in os.walk(folder):
        here = Path(os.path.relpath(parent, folder)).as_posix()
        if here == ".":
            continue
        yield from (f"{here}/{name}" for name in folders if Path(parent, name).is_symlink())
        for name in files:
            known = _LITTER.fullmatch(name) or is_part(here, name)
            if not known or Path(parent, name).is_symlink():
                yield f"{here}/{name}"


ANALYZER = Kind("an analyzer", _foreign_in_analyzer, folder=True)


def _foreign_in_array(folder: Path) -> str:
    foreign = [n for n in _names(folder) if not (_ZARR_META.fullmatch(n) or _ZARR_CHUNK.fullmatch(n))]
    if foreign:
        return f"it holds what is no part of an array: {listing(sorted(foreign), 5)}."
    return "" if (folder / ".zarray").is_file() else "it is not an array of a zarr store."


ZARR_ARRAY = Kind("an array", _foreign_in_array, folder=True, part=True)
