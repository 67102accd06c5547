"""Labels as phy reads them: ``cluster_group.tsv`` and ``cluster_<name>.tsv`` in its folder."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..analyzer.file_kinds import PHY_TABLE
from ..analyzer.kinds import Kind
from ..analyzer.placing import is_folder, target_path
from ..errors import DamagedDataError, LabelsError, UnknownFormatError, listing
from .records import Records
from .writing import target_file, write_files

if TYPE_CHECKING:
    import pandas as pd

#: phy knows good, mua, noise and unsorted; the label itself stands in ``cluster_<name>.tsv``.
GROUPS = {
    "good": "good",
    "sua": "good",
    "neural": "good",
    "mua": "mua",
    "noise": "noise",
    "non_soma": "mua",
    "non_soma_good": "good",
    "non_soma_mua": "mua",
}
#: SpikeInterface's export_to_phy numbers the clusters and keeps the unit ids here.
_UNIT_IDS = "cluster_si_unit_ids.tsv"


def write_phy(found: Records, path: Any, overwrite: bool, *, name: str = "label") -> Path:
    """Write labels into a phy folder.

    ``cluster_group.tsv`` gets phy's groups, ``cluster_<name>.tsv`` the labels as they are. Where the
    folder was made by SpikeInterface's ``export_to_phy``, its cluster numbers are used; unit ids that
    are no whole numbers are numbered in order, with the ids in ``cluster_si_unit_ids.tsv``.

    Parameters
    ----------
    found : Records
    path : path
        phy's folder; made if it is not there.
    overwrite : bool
        Replace the two files, if they are there. Tables that are not as this package wrote them (somebody
        curated in phy, or Kilosort wrote them) are kept beside as ``<name>.<time>.bak``, which phy does not read.
    name : str, default: "label"

    Raises
    ------
    AlreadyExistsError, WriteError
    ForeignTargetError
        If something else than a table of clusters has one of the names, overwrite or not.
    LabelsError
        If the folder's clusters are of other units.
    """
    folder = target_path(path)
    if not isinstance(name, str) or not name.isidentifier() or name in ("group", "si_unit_ids", "id"):
        raise LabelsError(
            f"name={name!r} cannot be used: letters, digits and _, and not one of phy's own columns."
        )
    if os.path.lexists(folder) and not is_folder(folder):
        raise UnknownFormatError(f"{folder} is no folder; phy's labels go into its folder.")
    targets = [target_file(folder / f"cluster_{part}.tsv", overwrite, PHY_TABLE) for part in ("group", name)]
    clusters = _clusters(folder, found.unit_ids)
    groups = [GROUPS.get(label, "unsorted") for label in found.labels]
    numbered = any(str(cluster) != str(unit) for cluster, unit in zip(clusters, found.unit_ids, strict=True))
    files: list[tuple[Path, str | bytes, Kind]] = []
    if numbered and not (folder / _UNIT_IDS).exists():
        files.append((folder / _UNIT_IDS, _tsv("si_unit_id", clusters, found.unit_ids), PHY_TABLE))
    for target, header, values in zip(targets, ("group", name), (groups, found.labels), strict=True):
        files.append((target, _tsv(header, clusters, values), PHY_TABLE))
    write_files([*files, *_copies(files, *targets)], overwrite)
    return folder


def _copies(
    new: list[tuple[Path, str | bytes, Kind]], group: Path, label: Path
) -> Iterator[tuple[Path, bytes, Kind]]:
    """Yield copies of the tables that are replaced, unless both are as this package wrote them."""
    if _is_ours(group, label):
        return
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    for target, content, kind in new:
        old = target.read_bytes() if target.exists() else b""
        if old and old != str(content).encode("utf-8", "replace"):
            names = (target.with_name(f"{target.name}.{stamp}{n}.bak") for n in chain([""], count(2)))
            yield next(name for name in names if not os.path.lexists(name)), old, kind


def _is_ours(group: Path, label: Path) -> bool:
    """Whether the groups are those of the labels beside them; a person who used phy has changed one of the two."""
    columns = {file: file.stem.removeprefix("cluster_") for file in (group, label)}
    try:
        first = [file.read_text(encoding="utf-8").partition("\n")[0] for file in columns]
        groups, labels = _read_tsv(group), _read_tsv(label)
    except (DamagedDataError, ValueError, OSError):
        return False
    # Kilosort writes its own labels into both tables.
    if first != [f"cluster_id\t{name}" for name in columns.values()] or columns[label] == "KSLabel":
        return False
    return groups == {cluster: GROUPS.get(given, "unsorted") for cluster, given in labels.items()}


def read_phy(folder: Path, name: str = "label") -> pd.DataFrame:
    """Read labels from a phy folder: ``cluster_<name>.tsv`` where it is, else ``cluster_group.tsv``.

    Returns
    -------
    pandas.DataFrame
        Index unit ids; ``label``.

    Raises
    ------
    UnknownFormatError, DamagedDataError
    """
    import pandas as pd

    for part in (name, "group"):
        file = folder / f"cluster_{part}.tsv"
        if file.exists():
            break
    else:
        raise UnknownFormatError(f"{folder} has neither cluster_{name}.tsv nor cluster_group.tsv.")
    labels = _read_tsv(file)
    ids = _read_tsv(folder / _UNIT_IDS) if (folder / _UNIT_IDS).exists() else {}
    units = [_plain(ids[cluster]) if cluster in ids else cluster for cluster in labels]
    return pd.DataFrame({"label": list(labels.values())}, index=pd.Index(units, name="unit_id"))


def _clusters(folder: Path, unit_ids: list[Any]) -> list[int]:
    if (folder / _UNIT_IDS).exists():
        known = {_plain(unit): cluster for cluster, unit in _read_tsv(folder / _UNIT_IDS).items()}
        by_text = {str(unit): cluster for unit, cluster in known.items()}
        lost = [unit for unit in unit_ids if str(unit) not in by_text]
        if lost:
            raise LabelsError(
                f"{folder} has no cluster for the units {listing(lost, 10)}. Is it of this sorting?"
            )
        return [by_text[str(unit)] for unit in unit_ids]
    plain = [_plain(str(unit)) for unit in unit_ids]
    if all(isinstance(unit, int) for unit in plain):
        return plain
    if (folder / "params.py").exists() or any(folder.glob("cluster_*.tsv")):
        raise LabelsError(
            f"{folder} numbers its clusters, and unit ids like {unit_ids[0]!r} are no numbers. Use the folder that "
            "SpikeInterface's export_to_phy makes, or an empty one."
        )
    return list(range(len(unit_ids)))


def _tsv(header: str, clusters: list[int], values: list[Any]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(["cluster_id", header])
    writer.writerows(zip(clusters, values, strict=True))
    return text.getvalue()


def _read_tsv(file: Path) -> dict[int, str]:
    try:
        rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"), newline=""), delimiter="\t"))
        return {int(row[0]): row[1] for row in rows[1:] if row}
    except (ValueError, IndexError) as error:
        raise DamagedDataError(f"{file} is not a table of cluster_id and one value: {error}.") from error


def _plain(text: str) -> Any:
    try:
        number = int(text)
    except ValueError:
        return text
    return number if str(number) == text else text
