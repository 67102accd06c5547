"""The tables of clusters in a phy folder: ``cluster_info.tsv`` and ``cluster_<name>.tsv``, one line a cluster."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError
from .store import MAX_JSON, Store

#: What the column of cluster numbers is called, in small letters.
CLUSTER_COLUMNS = ("cluster_id", "id")
_FILE = re.compile(r"cluster_(.+)\.[tc]sv")
#: More columns than any table of clusters has.
MAX_COLUMNS = 1000

Columns = dict[str, "dict[int, str] | DamagedDataError"]
"""Text by cluster for each column; for a table that cannot be read, the error that says why."""


def table_rows(data: bytes, where: str) -> list[tuple[int, list[str]]]:
    """Return the lines of a table that are not empty, with their numbers; tabs or commas lie between its columns.

    Raises
    ------
    DamagedDataError
        If it is no table.
    """
    try:
        text = data.decode("utf-8-sig")
        if "\x00" in text:
            raise ValueError("there are zero bytes in it")
        first = next((line for line in text.splitlines() if line.strip()), "")
        reader = csv.reader(
            io.StringIO(text, newline=""), delimiter="\t" if "\t" in first else ",", strict=True
        )
        return [(reader.line_num, row) for row in reader if any(part.strip() for part in row)]
    except (ValueError, csv.Error) as error:
        raise DamagedDataError(f"{where} is not a table of cluster_id and one value: {error}.") from error


def read_columns(store: Store) -> Columns:
    """Read the columns of all tables of clusters in a folder.

    Columns of a table of its own (``cluster_KSLabel.tsv``) count before those of ``cluster_info.tsv``, which phy
    writes from them; ``.tsv`` before ``.csv``, and ``cluster_group`` before the ``cluster_groups`` of old versions.
    Tables without cluster numbers are left out. What ``cluster_group.tsv`` holds is called "group", also where Kilosort
    wrote it.
    """
    found: Columns = {}
    files = [name for name in store.names() if _FILE.fullmatch(name)]
    for file in sorted(files, key=_rank):
        stem = file[len("cluster_") : file.rindex(".")]
        try:
            for name, values in _columns(store, file, stem):
                found[name] = values
        except DamagedDataError as error:
            found[property_name(stem)] = error
    found.pop("", None)
    return found


def _rank(file: str) -> tuple[bool, bool, bool, str]:
    """Return what sorts tables so that those that count come last."""
    return (
        not file.startswith("cluster_info."),
        not file.startswith("cluster_groups."),
        file.endswith(".tsv"),
        file,
    )


def _columns(store: Store, file: str, stem: str) -> Iterator[tuple[str, dict[int, str]]]:
    where = store.where(file)
    rows = table_rows(store.read(file, limit=MAX_JSON) or b"", where)
    header = [title.strip() for title in rows[0][1]] if rows else []
    small = [title.lower() for title in header]
    at = next((small.index(title) for title in CLUSTER_COLUMNS if title in small), None)
    if at is None:
        return
    if len(header) > MAX_COLUMNS:
        raise DamagedDataError(f"{where} has {len(header)} columns, more than {MAX_COLUMNS}.")
    clusters: dict[int, list[str]] = {}
    for number, row in rows[1:]:
        cluster = re.fullmatch(r"\s*(-?[0-9]{1,18})(\.0*)?\s*", row[at]) if at < len(row) else None
        if cluster is None or len(row) > len(header):
            raise DamagedDataError(
                f"line {number} of {where} is no cluster number and a value, with a tab between them: {row!r}."
            )
        if int(cluster[1]) in clusters:
            raise DamagedDataError(f"cluster {cluster[1]} stands more than once in {where}.")
        clusters[int(cluster[1])] = row
    only = len(header) == 2 and stem in ("group", "groups")
    for place, title in enumerate(header):
        if place != at:
            name = "group" if only else property_name(title)
            yield name, {c: row[place].strip() if place < len(row) else "" for c, row in clusters.items()}


def property_name(title: str) -> str:
    """Return the name of a property for the title of a column: one that can also be the name of a file."""
    return re.sub(r"[^\w .%()+-]", "_", title)[:100].strip(" .")


def as_property(values: dict[int, str], unit_ids: npt.NDArray[np.int64]) -> npt.NDArray[np.generic]:
    """Return a column as one value a unit: whole numbers, numbers (NaN where there is none), or text ("").

    Parameters
    ----------
    values : dict of int to str
        By cluster.
    unit_ids : ndarray of int64, shape (n_units,)
    """
    texts = [values.get(unit, "") for unit in unit_ids.tolist()]
    numbers = [_number(text) for text in texts]
    if any(texts) and all(n is not None or not text for n, text in zip(numbers, texts, strict=True)):
        if all(type(n) is int and abs(n) < 2**62 for n in numbers):
            return np.array(numbers, np.int64)
        return np.array([np.nan if n is None else float(n) for n in numbers])
    return np.array(texts, dtype=str) if texts else np.empty(0, "<U1")


def _number(text: str) -> int | float | None:
    try:
        return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else float(text)
    except ValueError:
        return None
