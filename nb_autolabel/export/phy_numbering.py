"""Which cluster of a phy folder a unit is: phy's numbers and the ids of units are told apart."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..errors import LabelsError, listing
from .phy_tables import Numbering, unit_in_table

#: SpikeInterface's export_to_phy numbers the clusters and keeps the unit ids here.
UNIT_IDS = "cluster_si_unit_ids.tsv"


def is_same_folder(one: str, other: Path) -> bool:
    """Whether two paths lead to the same folder."""
    try:
        return Path(one).samefile(other)
    except (OSError, ValueError):
        return False


def clusters_of(folder: Path, unit_ids: list[int | str], meant: str | None) -> list[int]:
    """Return the cluster of each unit.

    Parameters
    ----------
    folder : Path
    unit_ids : list
    meant : {"units", "clusters"} or None
        What the ids are; None where only the folder tells it.

    Raises
    ------
    LabelsError
    """
    # Look for tables before reading the unit ids: another writer may be adding both, and writes the unit ids first.
    numbers = (folder / "params.py").exists() or any(folder.glob("cluster_*.tsv"))
    numbering = Numbering.of(folder)
    plain = [plain_id(str(unit)) for unit in unit_ids]
    if meant == "clusters":
        others = [unit for unit, cluster in zip(unit_ids, plain, strict=True) if not isinstance(cluster, int)]
        if others:
            raise LabelsError(f"{listing(map(repr, others), 10)} are no numbers of phy's clusters.")
        return plain
    if numbering.units is not None:
        by_text = {unit: cluster for cluster, unit in numbering.units.items()}
        lost = [unit for unit in unit_ids if str(unit) not in by_text]
        if lost:
            raise LabelsError(
                f"{folder} has no cluster for the units {listing(lost, 10)}. Is it of this sorting? Units that were "
                "merged or split in phy have none."
            )
        clusters = [by_text[str(unit)] for unit in unit_ids]
        known = {*numbering.units, *numbering.doubtful}
        if meant is None and clusters != plain and known.issuperset(plain):
            at = next(at for at, cluster in enumerate(clusters) if cluster != plain[at])
            raise LabelsError(
                f"{folder} numbers its clusters otherwise than its units are called, and these ids could be both: "
                f"{unit_ids[at]!r} may be the unit of cluster {clusters[at]}, or cluster {plain[at]}. Nothing was written. "
                "Say what they are: numbering='units' (as SpikeInterface calls them) or numbering='clusters' (as phy and "
                "nbl.load of this folder do)."
            )
        return clusters
    if all(isinstance(unit, int) for unit in plain):
        return plain
    if numbers:
        raise LabelsError(
            f"{folder} numbers its clusters, and unit ids like {unit_ids[0]!r} are no numbers. Use the folder that "
            "SpikeInterface's export_to_phy makes, or an empty one."
        )
    return list(range(len(unit_ids)))


def refuse_other_ids(units: list[int | str]) -> None:
    """Refuse unit ids that the table of unit ids does not give back as they are.

    Raises
    ------
    LabelsError
    """
    others = [unit for unit in units if unit_in_table(str(unit)) != str(unit) or not str(unit).strip()]
    if others:
        raise LabelsError(
            f"a phy folder cannot hold the unit ids {listing(map(repr, others), 10)}: blank ones are none there, and "
            "'1.0' is read as 1. CSV files and curations hold them."
        )


def other_numbers(numbering: Numbering, clusters: Iterable[int]) -> str:
    """Say that units are not called by their clusters, where an id of a labeled one is the number of another cluster."""
    units = {cluster: (numbering.units or {}).get(cluster) for cluster in clusters}
    known = {str(cluster) for cluster in (*(numbering.units or ()), *numbering.doubtful)}
    if not any(unit in known and unit != str(cluster) for cluster, unit in units.items()):
        return ""
    return (
        f"units are called by their ids in {UNIT_IDS}, not by phy's cluster numbers, as nbl.load of this folder does. For "
        "an analyzer that was opened from it, import_labels(folder, unit_ids=analyzer) gives the cluster numbers."
    )


def plain_id(text: str) -> Any:
    """Return an id as a whole number where it is written as one, else as it is."""
    try:
        number = int(text)
    except ValueError:
        return text
    return number if str(number) == text else text
