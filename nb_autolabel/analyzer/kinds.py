"""What a file or folder is, told by its content: a write replaces only what is of its own kind.

A raw data file does not become a table because somebody gave its name, and a folder with other
people's files does not become an analyzer. An empty file or folder holds nothing and may be replaced.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import AlreadyExistsError, ForeignTargetError
from .parts import analyzer_around

#: Text is looked at up to this size (bytes); of a longer table its beginning, and longer JSON is nothing of ours.
MAX_TEXT = 2**26
_HDF5, _PARQUET, _NPY = b"\x89HDF\r\n\x1a\n", b"PAR1", b"\x93NUMPY"


@dataclass(frozen=True)
class Kind:
    """A kind of file or folder.

    Attributes
    ----------
    name : str
        For messages, with its article: "a CSV table".
    foreign : callable
        ``foreign(path)`` returns what speaks against the kind ("it holds thesis.txt"), or "". For
        files the path is a regular file with content, for folders a folder.
    folder : bool
        Whether it is a folder.
    part : bool
        Whether it is a part of an analyzer; nothing else is written among these.
    """

    name: str
    foreign: Callable[[Path], str]
    folder: bool = False
    part: bool = False


def refuse_foreign(target: Path, kind: Kind, overwrite: bool, how: str = "exists") -> None:
    """Refuse a target at which something lies that may not be replaced, or that is a part of a saved analyzer.

    Parameters
    ----------
    target : Path
        Absolute.
    kind : Kind
        What is to be written.
    overwrite : bool
        Whether what is of the same kind may be replaced.
    how : str, default: "exists"
        For the message.

    Raises
    ------
    AlreadyExistsError
        If it is of the same kind, and `overwrite` is False.
    ForeignTargetError
        If it is a link, of another kind, or a folder that may not go, overwrite or not; or if it lies among the
        parts of an analyzer.
    """
    around = None if kind.part else analyzer_around(target)
    if around is not None:
        raise ForeignTargetError(
            f"{target} is left alone, overwrite=True or not: it is a part of the analyzer {around}, or would be taken "
            f"for one. Choose another {'folder' if kind.folder else 'place'}."
        )
    if not os.path.lexists(target):
        return
    why = why_foreign(target, kind)
    place = "folder" if kind.folder else "name"
    if why and overwrite:
        raise ForeignTargetError(
            f"{target} {how} and is left alone, overwrite=True or not: {why} Only {kind.name} may be replaced here. "
            f"Choose another {place}."
        )
    if why:
        raise ForeignTargetError(
            f"{target} {how}: {why} overwrite=True would not replace it either. Choose another {place}."
        )
    if not overwrite:
        raise AlreadyExistsError(
            f"{target} {how}. Choose another {place}, or pass overwrite=True to replace it."
        )


def why_foreign(target: Path, kind: Kind) -> str:
    """Return a sentence that says why what lies at the target may not be replaced, or "" if it may."""
    try:
        found = target.lstat()
        if stat.S_ISLNK(found.st_mode):
            return f"it is a link to {target.readlink()}. Give the place itself, or remove the link."
        if kind.folder:
            if not stat.S_ISDIR(found.st_mode):
                return "it is a file."
            return protected(target) or kind.foreign(target)
        if stat.S_ISDIR(found.st_mode):
            return "it is a folder."
        if not stat.S_ISREG(found.st_mode):
            return "it is a device or a pipe."
        return kind.foreign(target) if found.st_size else ""
    except OSError as error:
        return f"it cannot be looked at ({error.strerror or error})."


def protected(folder: Path) -> str:
    """Say why a folder is one that nothing replaces: the working directory, home, a disk, what holds them."""
    here = folder.stat()
    held = [("the working directory", Path.cwd), ("your home folder", Path.home)]
    for name, find in held:
        try:
            inner = find().resolve()
        except (OSError, RuntimeError):
            continue
        if _is_same(here, inner):
            return f"it is {name}."
        if any(_is_same(here, parent) for parent in inner.parents):
            return f"{name} lies in it."
    if folder.parent == folder or os.path.ismount(folder):
        return "a whole disk begins there."
    return ""


def _is_same(one: os.stat_result, other: Path) -> bool:
    try:
        return os.path.samestat(one, other.stat())
    except OSError:
        return False


def holds(outer: Path, inner: Path) -> bool:
    """Return True if a folder is another path, or one of the folders on the way to it, whatever it is called there.

    Links, ``..`` and letters of another case are seen through, as far as the system does so.
    """
    try:
        found = outer.stat()
    except (OSError, ValueError):
        return False
    try:
        inner = inner.resolve()
    except (OSError, RuntimeError):  # links in a circle
        return False
    return any(_is_same(found, path) for path in (inner, *inner.parents))


def _head(path: Path, size: int) -> bytes:
    # What was a regular file a moment ago may have become a pipe: opening must not wait for one.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as file:
        return file.read(size)


def _text(path: Path) -> str | None:
    """Text of a file, without a cut last line of a long one; None if it is not text."""
    data = _head(path, MAX_TEXT)
    if len(data) == MAX_TEXT:
        data = data[: data.rfind(b"\n") + 1]
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _not_a_table(path: Path, delimiters: str) -> str:
    text = _text(path)
    if text is None or not text.strip():
        return "it is not text."
    for delimiter in delimiters:
        rows = _rows(text, delimiter)
        if rows is not None:
            return ""
    return "it is not a table with a header."


def _rows(text: str, delimiter: str) -> list[list[str]] | None:
    """Rows of a table of two columns or more whose first row names them; None if it is none."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    except csv.Error:
        return None
    width = len(rows[0]) if rows else 0
    if width < 2 or any(len(row) != width for row in rows):
        return None
    if any(_is_number(cell) for cell in rows[0]) or text.lstrip()[:1] in ("{", "[", "<"):
        return None
    return rows


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _not_json(path: Path, fits: Callable[[dict[str, Any]], bool], name: str) -> str:
    text = None if path.stat().st_size >= MAX_TEXT else _text(path)
    try:
        data = None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if data is None:
        return "it is not JSON."
    return "" if isinstance(data, dict) and (not data or fits(data)) else f"it is JSON, but not {name}."


def _is_curation(data: dict[str, Any]) -> bool:
    return "unit_ids" in data and bool({"manual_labels", "label_definitions"} & set(data))


def _is_thresholds(data: Any, depth: int = 0) -> bool:
    """Limits by metric, in sections or not: at least one, and nothing else."""
    limits = {"greater", "less", "min", "max"}
    if not isinstance(data, dict) or depth > 3:
        return False
    if limits & set(data):
        return set(data) <= limits | {"abs", "nan"} and not any(isinstance(v, dict | list) for v in data.values())
    parts = [part for part in data.values() if part != {}]
    return bool(parts) and all(_is_thresholds(part, depth + 1) for part in parts)


def _has(*keys: str) -> Callable[[dict[str, Any]], bool]:
    return lambda data: any(key in data for key in keys)


def _not_html(path: Path) -> str:
    text = (
        _head(path, 2**16).decode("utf-8", "replace").removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").lstrip()
    )
    while text.startswith("<!--") and "-->" in text:
        text = text.split("-->", 1)[1].lstrip()
    return "" if text.lower().startswith(("<!doctype html", "<html")) else "it is not an HTML page."


def _begins_with(magic: bytes, name: str) -> Callable[[Path], str]:
    return lambda path: "" if _head(path, len(magic)) == magic else f"it is not {name}."


def _not_parquet(path: Path) -> str:
    with path.open("rb") as file:
        first = file.read(4)
        file.seek(-min(4, path.stat().st_size), os.SEEK_END)
        return "" if first == file.read(4) == _PARQUET else "it is not a Parquet file."


def _not_hdf5(path: Path) -> str:
    # The signature stands at the start, or behind a block of 512, 1024, 2048, ... bytes.
    size, offset = path.stat().st_size, 0
    with path.open("rb") as file:
        while offset < size:
            file.seek(offset)
            if file.read(len(_HDF5)) == _HDF5:
                return ""
            offset = max(512, 2 * offset)
    return "it is not an NWB file (HDF5)."


def _not_phy_table(path: Path) -> str:
    first = (_text(path) or "").partition("\n")[0]
    return "" if re.match(r"cluster_id\s*([\t,]|$)", first) else "it is not a table of phy's clusters."


CSV_TABLE = Kind("a CSV table", lambda path: _not_a_table(path, ",\t;"))
PHY_TABLE = Kind("a table of phy's clusters", _not_phy_table)
CURATION = Kind("a curation", lambda path: _not_json(path, _is_curation, "a curation"))
THRESHOLDS = Kind("a file of thresholds", lambda path: _not_json(path, _is_thresholds, "thresholds"))
PARQUET = Kind("a Parquet file", _not_parquet)
NWB = Kind("an NWB file", _not_hdf5)
HTML = Kind("an HTML page", _not_html)
PDF = Kind("a PDF file", _begins_with(b"%PDF-", "a PDF file"))
NPY = Kind("an .npy array", _begins_with(_NPY, "an .npy array"), part=True)
NOTEBOOK = Kind("a notebook", lambda path: _not_json(path, _has("nbformat"), "a notebook"))
ZARR_METADATA = Kind(
    "metadata of a zarr store",
    lambda path: _not_json(path, _has("zarr_format", "metadata"), "metadata"),
    part=True,
)
