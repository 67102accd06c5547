"""phy's tables: one line a cluster, read by their header."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..analyzer.phy_tables import CLUSTER_COLUMNS, table_rows
from ..errors import DamagedDataError, LabelsError, listing
from ..file_bytes import MAX_JSON, read_bytes
from ..labels import canonical
from ..unit_ids import repeated

#: Tables that hold the unit ids of clusters: SpikeInterface's own, and as phy saves it again.
_UNIT_IDS = ("cluster_si_unit_ids.tsv", "cluster_si_unit_id.tsv")


@dataclass(frozen=True)
class ClusterTable:
    """One column of a table of clusters.

    Attributes
    ----------
    file : Path
    column : str
        As it is called in the header.
    values : dict of int to str
        By cluster; "" where there is none.
    """

    file: Path
    column: str = ""
    values: dict[int, str] = field(default_factory=dict)

    @property
    def labels(self) -> dict[int, str | None]:
        """Labels by cluster as this package spells them; None where a cluster has none."""
        return {cluster: canonical(value) for cluster, value in self.values.items()}


def find_table(folder: Path, name: str) -> ClusterTable | None:
    """Return the column of a folder that has a name: of ``cluster_<name>.tsv``, else of ``cluster_info.tsv``.

    Parameters
    ----------
    folder : Path
    name : str
        "group", "KSLabel", "label", ...

    Returns
    -------
    ClusterTable or None
        None if there is no such file or column.

    Raises
    ------
    DamagedDataError, LabelsError
    """
    stems = ["cluster_group", "cluster_groups"] if name == "group" else [f"cluster_{name}"]
    for file in (folder / f"{stem}{ending}" for stem in stems for ending in (".tsv", ".csv")):
        if file.is_file():
            return read_table(file, name)
    for file in (folder / "cluster_info.tsv", folder / "cluster_info.csv"):
        if file.is_file():
            return read_table(file, name, only=True)
    return None


def read_table(file: Path, name: str, only: bool = False) -> ClusterTable | None:
    """Read one column of a table; tabs or commas between its columns.

    Parameters
    ----------
    file : Path
    name : str
        The column; any capitals. In a table of two columns the other one counts whatever it is called.
    only : bool, default: False
        Take the column of that name or none.

    Returns
    -------
    ClusterTable or None
        None if `only` and there is no such column.

    Raises
    ------
    DamagedDataError
        If it is no table with a header, or does not say which column is meant.
    LabelsError
        If a cluster stands there twice.
    """
    rows = _rows(file)
    if not rows:
        return None if only else ClusterTable(file)
    header = [title.strip() for title in rows[0][1]]
    small = [title.lower() for title in header]
    clusters = next((small.index(title) for title in CLUSTER_COLUMNS if title in small), None)
    if clusters is None and only:
        return None
    if clusters is None:
        raise DamagedDataError(
            f"{file} has no column 'cluster_id': its first line is {listing(map(repr, header), 12)}."
        )
    others = [at for at in range(len(header)) if at != clusters]
    place = next((at for at in others if small[at] == name.lower()), None)
    if place is None and only:
        return None
    if place is None and len(others) == 1:
        place = others[0]
    if place is None:
        raise DamagedDataError(
            f"{file} has no column {name!r}: its columns are {listing(map(repr, header), 12)}."
        )
    values: dict[int, str] = {}
    for number, row in rows[1:]:
        cluster = (
            re.fullmatch(r"\s*(-?[0-9]{1,100})(\.0*)?\s*", row[clusters]) if clusters < len(row) else None
        )
        if cluster is None or len(row) > len(header):
            raise DamagedDataError(
                f"line {number} of {file} is no cluster number and a value, with a tab between them: {row!r}."
            )
        if int(cluster[1]) in values:
            raise LabelsError(f"units occur more than once in {file}: cluster {cluster[1]}.")
        values[int(cluster[1])] = row[place] if place < len(row) else ""
    return ClusterTable(file, header[place], values)


def unit_in_table(text: str) -> str:
    """Return the unit id that a table of clusters means: programs that keep ids as floating-point numbers write 7.0."""
    return re.sub(r"^(-?[0-9]+)\.0+$", r"\1", text)


def _rows(file: Path) -> list[tuple[int, list[str]]]:
    """Return the lines that are not empty, with their numbers."""
    try:
        data = read_bytes(file, MAX_JSON)
    except (OSError, ValueError) as error:
        raise DamagedDataError(f"{file} cannot be read: {error}.") from error
    return table_rows(data, str(file))


@dataclass(frozen=True)
class Numbering:
    """Which unit is which cluster of a folder.

    Attributes
    ----------
    units : dict of int to str, or None
        Unit id as text by cluster; None where clusters have the ids of the units.
    doubtful : dict of int to str
        Why a cluster of the table is none of its units: it came from a merge or split in phy.
    """

    units: dict[int, str] | None
    doubtful: dict[int, str]

    @classmethod
    def of(cls, folder: Path) -> Numbering:
        """Read the numbering of a folder.

        phy gives the clusters it makes numbers above all others. In SpikeInterface's folders there is one template
        a unit, so that those are told by their number, even where phy has handed a parent's unit id on to them.

        Raises
        ------
        DamagedDataError, LabelsError
        """
        file = next((folder / name for name in _UNIT_IDS if (folder / name).is_file()), None)
        if file is None:
            return cls(None, {})
        table = read_table(file, "si_unit_id")
        values = (
            {} if table is None else {cluster: unit_in_table(unit) for cluster, unit in table.values.items()}
        )
        templates = _count_templates(folder)
        twice = set(repeated(values.values()))
        doubtful = {}
        for cluster, unit in values.items():
            if templates is not None and cluster >= templates:
                doubtful[cluster] = "made in phy"
            elif not unit.strip():
                doubtful[cluster] = "without a unit id"
            elif unit in twice:
                doubtful[cluster] = f"one of several of unit {unit}"
        units = {cluster: unit for cluster, unit in values.items() if cluster not in doubtful}
        return cls(units, doubtful)

    def strangers(self, clusters: Iterable[int]) -> list[int]:
        """Return clusters that are none of the numbered units."""
        return [] if self.units is None else [cluster for cluster in clusters if cluster not in self.units]


def _count_templates(folder: Path) -> int | None:
    """Return how many templates a folder has, from the header of its file; None if that cannot be told."""
    try:
        with (folder / "templates.npy").open("rb") as file:
            version = np.lib.format.read_magic(file)
            read = (
                np.lib.format.read_array_header_1_0
                if version == (1, 0)
                else np.lib.format.read_array_header_2_0
            )
            shape, _, _ = read(file)
    except (OSError, ValueError):
        return None
    return int(shape[0]) if shape else None
