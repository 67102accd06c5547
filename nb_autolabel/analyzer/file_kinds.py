"""The kinds of files that this package writes; each is recognised by its content, not by its name."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .kinds import Kind

#: Bytes of text that are read: of a longer table only the beginning; longer JSON is not written by this package.
MAX_TEXT = 2**26
_HDF5, _PARQUET, _NPY = b"\x89HDF\r\n\x1a\n", b"PAR1", b"\x93NUMPY"


def _head(path: Path, size: int) -> bytes:
    # The file may have been replaced by a pipe since it was checked; opening must not block on that.
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
        return set(data) <= limits | {"abs", "nan"} and not any(
            isinstance(v, dict | list) for v in data.values()
        )
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
