"""Labels as phy reads them: ``cluster_group.tsv`` and ``cluster_<name>.tsv`` in its folder."""

from __future__ import annotations

import csv
import io
import os
import re
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..analyzer.atomic_write import is_folder, target_path
from ..analyzer.file_kinds import PHY_TABLE
from ..analyzer.kinds import Kind
from ..errors import AutolabelError, LabelsError, UnknownFormatError, listing
from ..labels import PHY_GROUPS, phy_group
from ..unit_ids import as_text
from .phy_numbering import UNIT_IDS, clusters_of, is_same_folder, other_numbers, plain_id, refuse_other_ids
from .phy_tables import ClusterTable, Numbering, find_table, read_table
from .records import Records
from .writing import target_file, write_files

if TYPE_CHECKING:
    import pandas as pd


def write_phy(
    found: Records,
    path: Any,
    overwrite: bool,
    *,
    name: str = "label",
    numbering: Literal["units", "clusters"] | None = None,
) -> Path:
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
        Replace the two files, if they are there. ``cluster_group.tsv`` as Kilosort leaves it, a copy of
        ``cluster_KSLabel.tsv``, is nobody's curation and is replaced also without it. Tables that are not as this
        package wrote them (somebody curated in phy, or Kilosort wrote them) are kept beside as
        ``<name>.<time>.bak``, which phy does not read.
    name : str, default: "label"
    numbering : {"units", "clusters"}, optional
        Whether ids are those in ``cluster_si_unit_ids.tsv`` or phy's cluster numbers. Default: of an analyzer that was
        opened from this folder, clusters; else units, unless they could also be clusters, which is refused.

    Raises
    ------
    AlreadyExistsError, WriteError
    ForeignTargetError
        If something else than a table of clusters has one of the names, overwrite or not.
    LabelsError
        If the folder's clusters are of other units or could be either, or a label has line breaks.
    """
    folder = target_path(path)
    if numbering not in (None, "units", "clusters"):
        raise LabelsError(f"numbering={numbering!r} is not known: 'units' or 'clusters'.")
    reserved = ("group", "si_unit_ids", "si_unit_id", "id", "info", "KSLabel")
    if not isinstance(name, str) or not name.isidentifier() or name in reserved:
        raise LabelsError(
            f"name={name!r} cannot be used: letters, digits and _, and not one of phy's own columns."
        )
    if os.path.lexists(folder) and not is_folder(folder):
        raise UnknownFormatError(f"{folder} is no folder; phy's labels go into its folder.")
    units = found.plain_ids("a phy folder")
    broken = [text for text in (*found.labels, *map(str, units)) if re.search(r"[\r\n\x00]", text)]
    if broken:
        raise LabelsError(f"phy's tables have one line a cluster, and {broken[0]!r} has a line break in it.")
    untouched = _is_uncurated(folder)
    targets = [
        target_file(folder / f"cluster_{part}.tsv", overwrite or (part == "group" and untouched), PHY_TABLE)
        for part in ("group", name)
    ]
    if numbering is None and found.phy_folder is not None and is_same_folder(found.phy_folder, folder):
        numbering = "clusters"
    clusters = clusters_of(folder, units, numbering)
    groups = [phy_group(label) for label in found.labels]
    numbered = any(str(cluster) != as_text(unit) for cluster, unit in zip(clusters, units, strict=True))
    if numbered and numbering != "clusters":
        refuse_other_ids(units)
    files: list[tuple[Path, str | bytes, Kind]] = []
    for target, header, values in zip(targets, ("group", name), (groups, found.labels), strict=True):
        files.append((target, _tsv(header, clusters, values), PHY_TABLE))
    # Files are replaced in reverse order, the unit ids first: a reader never sees numbered clusters without the ids of
    # their units.
    if numbered and numbering != "clusters" and not (folder / UNIT_IDS).exists():
        files.append((folder / UNIT_IDS, _tsv("si_unit_id", clusters, units), PHY_TABLE))
    write_files([*files, *_copies(files, *targets)], overwrite or untouched)
    return folder


def _is_uncurated(folder: Path) -> bool:
    """Whether the groups of a folder are the copy of its labels that Kilosort makes, and nobody has labeled more."""
    try:
        given, groups, kilosorts = (find_table(folder, name) for name in ("label", "group", "KSLabel"))
    except AutolabelError:
        return False
    if given is not None or groups is None or groups.file.stem == "cluster_info":
        return False
    return _is_kilosorts(groups, kilosorts, None)


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
        groups, labels = read_table(group, "group"), read_table(label, columns[label])
    except (AutolabelError, ValueError, OSError):
        return False
    # Kilosort writes cluster_group.tsv and cluster_KSLabel.tsv with the same labels: those are not ours.
    if first != [f"cluster_id\t{name}" for name in columns.values()] or columns[label] == "KSLabel":
        return False
    if groups is None or labels is None:
        return False
    return groups.values == {cluster: phy_group(given) for cluster, given in labels.values.items()}


def read_phy(
    folder: Path,
    name: str | None = None,
    say: Callable[[str], None] = warnings.warn,
    as_clusters: bool | None = False,
) -> pd.DataFrame:
    """Read labels from a phy folder.

    Without a name the labels are those of ``cluster_label.tsv`` and the groups of ``cluster_group.tsv`` (or of
    ``cluster_info.tsv``) together: where the group of a cluster is not the one that its label stands for,
    somebody has regrouped it, and the group counts; elsewhere the label, which says more. Groups that are
    Kilosort's own are not a person's, and count only where there is nothing else.

    Parameters
    ----------
    folder : Path
    name : str, optional
        One table alone: ``cluster_<name>.tsv``, or a column of ``cluster_info.tsv``.
    say : callable, optional
        Is given a sentence about everything that is not obvious.
    as_clusters : bool, optional
        Call units by phy's cluster numbers, as an analyzer that is opened from the folder does; False: by the ids in
        ``cluster_si_unit_ids.tsv``. None: so too, and say so where these could be taken for cluster numbers.

    Returns
    -------
    pandas.DataFrame
        Index unit ids; ``label``, None where a cluster has none. Clusters that were made in phy are left out
        where the folder numbers its clusters otherwise than the units are called.

    Raises
    ------
    UnknownFormatError
        If there is no such table.
    DamagedDataError, LabelsError
    """
    import pandas as pd

    if name is not None:
        table = find_table(folder, name)
        if table is None:
            raise UnknownFormatError(
                f"{folder} has no cluster_{name}.tsv, and no such column in cluster_info.tsv. It has: {_tables(folder)}."
            )
        labels = table.labels
    else:
        labels = _together(folder, say)
    numbering = Numbering(None, {}) if as_clusters else Numbering.of(folder)
    strangers = numbering.strangers(cluster for cluster, label in labels.items() if label is not None)
    other = other_numbers(numbering, labels) if as_clusters is None else ""
    if other and not strangers:
        say(f"{folder}: {other}")
    if strangers:
        why = [
            f"{cluster} ({numbering.doubtful[cluster]})" if cluster in numbering.doubtful else str(cluster)
            for cluster in strangers
        ]
        say(
            f"{folder}: clusters {listing(why, 10)} are none of the units in {UNIT_IDS}; phy makes new clusters "
            f"when it merges and splits. Their labels are left out.{' ' * bool(other)}{other}"
        )
    # If one id is not a number, all are text: "7" beside "007" is not the number 7.
    names = {} if numbering.units is None else {c: plain_id(unit) for c, unit in numbering.units.items()}
    if not all(isinstance(unit, int) for unit in names.values()):
        names = dict(numbering.units or {})
    units: dict[Any, str | None] = {
        (cluster if numbering.units is None else names[cluster]): label
        for cluster, label in labels.items()
        if numbering.units is None or cluster in names
    }
    return pd.DataFrame({"label": pd.Series(list(units.values()), dtype=object)}).set_axis(
        pd.Index(list(units), name="unit_id", dtype=None if units else object)
    )


def _together(folder: Path, say: Callable[[str], None]) -> dict[int, str | None]:
    """Return the label of every cluster, the newest evidence of a person first."""
    given, groups, kilosorts = (find_table(folder, name) for name in ("label", "group", "KSLabel"))
    if given is None and groups is None:
        hint = " name='KSLabel' reads Kilosort's own labels." if kilosorts is not None else ""
        raise UnknownFormatError(
            f"{folder} has neither cluster_label.tsv nor cluster_group.tsv. It has: {_tables(folder)}.{hint}"
        )
    if groups is None or not any(groups.labels.values()):
        return given.labels if given is not None else groups.labels if groups is not None else {}
    _say_other_groups(folder, groups, say)
    own = _is_kilosorts(groups, kilosorts, given)
    if given is None:
        if own:
            say(f"{groups.file}: these are Kilosort's own labels; nobody has grouped the clusters by hand.")
        return groups.labels
    return given.labels if own else _merged(given, groups, say)


def _say_other_groups(folder: Path, taken: ClusterTable, say: Callable[[str], None]) -> None:
    """Name a second table of groups, as old versions of phy wrote it, where it says something else."""
    for name in ("cluster_group.csv", "cluster_groups.tsv", "cluster_groups.csv"):
        file = folder / name
        if file != taken.file and file.is_file():
            try:
                other = read_table(file, "group")
            except AutolabelError:
                continue
            if other is not None and other.labels != taken.labels:
                say(f"{file} has other groups than {taken.file.name}, which is taken.")


def _merged(given: ClusterTable, groups: ClusterTable, say: Callable[[str], None]) -> dict[int, str | None]:
    """Return labels where they stand for the group that a cluster has, else the group."""
    labels, hand = given.labels, groups.labels
    new = [cluster for cluster in hand if cluster not in labels]
    gone = [cluster for cluster in labels if cluster not in hand] if new else []
    found: dict[int, str | None] = {}
    regrouped = []
    for cluster in dict.fromkeys([*labels, *hand]):
        label, group = labels.get(cluster), hand.get(cluster)
        if cluster not in hand or (cluster in labels and _agree(label, group)):
            found[cluster] = label
        else:
            found[cluster] = group
            regrouped += [cluster] if label is not None else []
    if regrouped:
        say(
            f"{groups.file} has other groups than {given.file.name} for the clusters {listing(regrouped, 10)}: they "
            "were regrouped after the labels were written, and these groups are taken."
        )
    if gone:
        say(
            f"{groups.file} has the new clusters {listing(new, 10)} and no longer {listing(gone, 10)}, which "
            f"{given.file.name} labels: merged or split in phy. The old labels are left out."
        )
    return {cluster: label for cluster, label in found.items() if cluster not in gone}


def _agree(label: str | None, group: str | None) -> bool:
    """Whether a cluster with this label has this group; groups of somebody's own stand for themselves."""
    return label == group or phy_group(label) == (
        "unsorted" if group is None else PHY_GROUPS.get(group, group)
    )


def _is_kilosorts(groups: ClusterTable, kilosorts: ClusterTable | None, given: ClusterTable | None) -> bool:
    """Whether the groups are the copy of its labels that Kilosort makes, and nobody's.

    Written after our labels, groups that equal Kilosort's are a person's.
    """
    if groups.column.lower() == "kslabel" and kilosorts is None:
        return True
    if kilosorts is None or groups.labels != kilosorts.labels:
        return False
    return given is None or groups.file.stat().st_mtime_ns <= given.file.stat().st_mtime_ns


def _tables(folder: Path) -> str:
    return listing(sorted(file.name for file in folder.glob("cluster_*.[tc]sv")), 20)


def _tsv(header: str, clusters: list[int], values: list[Any]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(["cluster_id", header])
    writer.writerows(zip(clusters, values, strict=True))
    return text.getvalue()
