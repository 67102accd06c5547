"""Labels as a column of the units table of an NWB file, through pynwb."""

from __future__ import annotations

import contextlib
import shutil
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analyzer.atomic_write import beside, named_errors, target_path
from ..analyzer.file_kinds import NWB
from ..errors import (
    OVERWRITE,
    AlreadyExistsError,
    AutolabelError,
    DamagedDataError,
    LabelsError,
    MissingDependencyError,
    UnknownFormatError,
    listing,
)
from ..unit_ids import UnitIndex, as_index, as_list, as_text, repeated
from .records import Records

if TYPE_CHECKING:
    import pandas as pd

#: Columns in which SpikeInterface and neuroconv keep unit ids that are no whole numbers.
_NAMES = ("unit_name", "unit_id", "cluster_id", "original_cluster_id")


def write_nwb(found: Records, path: Any, overwrite: bool, *, name: str = "label") -> Path:
    """Add labels as a column to the units of an NWB file.

    Beside "label" stand "quality_label", the same, and "quality_score", the probability that a classifier gives it
    (NaN where none does): the names that are proposed for NWB. Under another name the column stands alone.

    A copy is changed and put in the file's place, so that the file is never half-written.

    Parameters
    ----------
    found : Records
        A label for every unit of the file.
    path : path
        Of an NWB file (HDF5) with a units table.
    overwrite : bool
        Replace the values of a column of that name.
    name : str, default: "label"

    Raises
    ------
    MissingDependencyError
        If pynwb is not installed.
    LabelsError
        If units of the file have no label, or it has no column that names each unit once.
    ForeignTargetError
        If it is another file, or a link to one.
    UnknownFormatError, AlreadyExistsError, WriteError

    Warns
    -----
    UserWarning
        If labels are of units that are not in the file.
    """
    if name == "id" or any(mark in name for mark in "/:\x00"):
        raise LabelsError(f"name={name!r} cannot be a column of NWB's units: no '/' or ':', and not 'id'.")
    pynwb = _pynwb()
    target = target_path(path)
    with named_errors(target):
        there = target.is_file() and target.stat().st_size
    if not there:
        raise UnknownFormatError(f"there is no NWB file at {target}. Labels are added to the units of one.")
    with beside(target, overwrite=True, kind=NWB) as partial:
        shutil.copyfile(target, partial)
        with _named(target) as stage, pynwb.NWBHDF5IO(str(partial), "r+") as file:
            units = _units(file.read(), target)
            columns = _columns(name, *_in_order(units, found, target))
            there_already = [column for column in columns if column in units.colnames]
            if there_already and not overwrite:
                raise AlreadyExistsError(
                    f"{target} has the column{'s' * (len(there_already) > 1)} {listing(map(repr, there_already))} "
                    "already. Pass ",
                    OVERWRITE,
                    " to replace it.",
                )
            for column, (values, description) in columns.items():
                if column in there_already:
                    stage.writing = True
                    _replace(units[column], values, target)
                else:
                    units.add_column(name=column, description=description, data=values)
            stage.writing = True
            file.write(units.get_ancestor("NWBFile"))
    return target


def _columns(name: str, labels: list[str], scores: list[float]) -> dict[str, tuple[list[Any], str]]:
    """Return the values and the description of each column that is written, by its name."""
    said = "given by nb_autolabel"
    columns: dict[str, tuple[list[Any], str]] = {name: (list(labels), f"label of the unit, {said}")}
    if name == "label":
        columns["quality_label"] = list(labels), f"quality of the unit, {said}"
        columns["quality_score"] = (
            list(scores),
            f"probability of the quality_label, from 0 to 1, {said}; NaN where no classifier gave one",
        )
    return columns


@dataclass
class _Stage:
    """Whether a file has been understood and is being written."""

    writing: bool = False


@contextlib.contextmanager
def _named(target: Path) -> Iterator[_Stage]:
    """Turn what pynwb and HDF5 raise into errors that name the file."""
    stage = _Stage()
    try:
        yield stage
    except (AutolabelError, OSError):
        raise
    except Exception as error:  # pynwb has many kinds; HDF5 raises RuntimeError where the disk is full
        if stage.writing:
            raise OSError(f"{type(error).__name__}: {error}") from error
        raise UnknownFormatError(
            f"{target} cannot be used as an NWB file: {type(error).__name__}: {error}."
        ) from error


def read_nwb(
    path: Path,
    name: str = "label",
    known: UnitIndex | None = None,
    say: Callable[[str], None] = warnings.warn,
) -> pd.DataFrame:
    """Read labels from the units of an NWB file.

    Parameters
    ----------
    path : Path
    name : str, default: "label"
        Column of the units.
    known : UnitIndex, optional
        The column of ids is the one that holds these; default: the likeliest one that names each unit once.
    say : callable, optional
        Is given a sentence about a column of ids that cannot be used.

    Raises
    ------
    MissingDependencyError, UnknownFormatError
    DamagedDataError
        If it is no NWB file, or not whole.
    LabelsError
        If there is no such column, no column names each unit once, or two that disagree could be meant.
    """
    import pandas as pd

    with _opened(path, "r", path) as (_, nwbfile):
        units = _units(nwbfile, path)
        if name not in units.colnames:
            raise LabelsError(f"the units of {path} have no column {name!r}, only {listing(units.colnames)}.")
        labels = _values(units, name, path)
        columns = _ids(units)
    unique = {key: ids for key, ids in columns.items() if not _repeated(ids)}
    if not unique:
        raise _no_ids(path, columns)
    first = next(iter(columns))
    if known is None:
        chosen = next(iter(unique))
        if first not in unique:
            say(
                f"{path}: '{first}' names {_repeated(columns[first])} more than once; the units are called by '{chosen}'."
            )
        return pd.DataFrame({"label": labels}, index=as_index(unique[chosen]))
    places = {key: known.positions(ids, others="mark").tolist() for key, ids in unique.items()}
    most = max(sum(at >= 0 for at in found) for found in places.values())
    best = [key for key, found in places.items() if sum(at >= 0 for at in found) == most]
    meant = [{at: label for at, label in zip(places[key], labels, strict=True) if at >= 0} for key in best]
    if any(other != meant[0] for other in meant[1:]):
        raise _unclear(path, best)
    return pd.DataFrame({"label": labels}, index=as_index(unique[best[0]]))


def _in_order(units: Any, found: Records, where: Path) -> tuple[list[str], list[float]]:
    """Return the label of each of the file's units, and its probability."""
    by_id = dict(zip(map(as_text, found.plain_ids("an NWB file")), found.labels, strict=True))
    columns = _ids(units)
    fitting = {key: ids for key, ids in columns.items() if all(as_text(unit) in by_id for unit in ids)}
    if not fitting:
        raise LabelsError(
            f"{where} has {len(units)} units; not all of them are among the {len(by_id)} labeled ones."
        )
    unique = {key: [as_text(unit) for unit in ids] for key, ids in fitting.items() if not _repeated(ids)}
    if not unique:
        raise _no_ids(where, fitting)
    labels = {key: [by_id[unit] for unit in ids] for key, ids in unique.items()}
    first = next(iter(labels))
    if any(other != labels[first] for other in labels.values()):
        raise _unclear(where, labels)
    others = [unit for unit in by_id if unit not in set(unique[first])]
    if others:
        warnings.warn(
            f"{where} has no units {listing(others, 10)}; their labels are not written.",
            UserWarning,
            stacklevel=4,
        )
    given = found.frame["probability"] if "probability" in found.frame else [np.nan] * len(found.frame)
    try:
        numbers = np.asarray(given, dtype=float).tolist()
    except (TypeError, ValueError):
        raise LabelsError("the column 'probability' of the labels holds more than numbers.") from None
    scores = dict(zip(by_id, numbers, strict=True))
    return labels[first], [scores[unit] for unit in unique[first]]


def _replace(column: Any, labels: list[Any], where: Path) -> None:
    """Replace the values of a column.

    Raises
    ------
    LabelsError
        If it holds no text.
    """
    try:
        column.data[:] = labels
    except (TypeError, ValueError) as error:
        raise LabelsError(
            f"column {column.name!r} of the units of {where} holds no text, one label a unit. Choose another: name=..."
        ) from error


def _no_ids(where: Path, columns: dict[str, list[Any]]) -> LabelsError:
    named = listing(f"'{key}' ({_repeated(ids)})" for key, ids in columns.items())
    return LabelsError(
        f"units of {where} cannot be told apart by {named}: these occur more than once. Label by the "
        "file's own ids (nwbfile.units.id), or give the units a column 'unit_name' that names each once."
    )


def _unclear(where: Path, columns: Iterable[str]) -> LabelsError:
    return LabelsError(
        f"the units of {where} could be meant by {listing(columns)}, and they disagree. "
        "Label the units of that file, or remove the column that is no id."
    )


def _repeated(ids: list[Any]) -> str:
    """Name the ids that occur more than once; empty if there are none."""
    return listing(dict.fromkeys(map(as_text, repeated(ids))), 6) if repeated(ids) else ""


def _ids(units: Any) -> dict[str, list[Any]]:
    """Columns that may hold unit ids, the likeliest first; names come before NWB's own numbering.

    Columns with several values a unit hold none: what is stored of those is where the values of a unit end.
    """
    named = {key: units[key] for key in _NAMES if key in units.colnames}
    columns = {
        key: list(column.data[:])
        for key, column in named.items()
        if getattr(column, "target", None) is None and np.ndim(column.data) == 1
    }
    columns["id"] = units.id[:].tolist()
    return {
        key: as_list(as_text(unit) if isinstance(unit, bytes) else unit for unit in ids)
        for key, ids in columns.items()
    }


def _values(units: Any, name: str, where: Path) -> list[Any]:
    """Return a column with one value a unit.

    Raises
    ------
    LabelsError
        If it has several.
    """
    column = units[name]
    values = list(column.data[:])
    elements = getattr(column, "elements", None)
    if elements is not None:
        if not all(0 <= code < len(elements.data) for code in values):
            raise DamagedDataError(
                f"column {name!r} of the units of {where} refers to words that are not there."
            )
        values = [elements.data[code] for code in values]
    if len(values) != len(units) or getattr(column, "target", None) is not None or np.ndim(column.data) > 1:
        raise LabelsError(
            f"column {name!r} of the units of {where} has not one label a unit. Columns: {listing(units.colnames)}."
        )
    return values


@contextlib.contextmanager
def _opened(path: Path, mode: str, where: Path) -> Iterator[tuple[Any, Any]]:
    """Open an NWB file; gives pynwb's file and what it holds.

    Raises
    ------
    DamagedDataError
        If pynwb cannot read it.
    """
    pynwb = _pynwb()
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(pynwb.NWBHDF5IO(str(path), mode))
            nwbfile = file.read()
        except Exception as error:  # h5py, hdmf and pynwb raise many kinds
            raise DamagedDataError(f"{where} cannot be read as an NWB file (HDF5): {error}.") from error
        try:
            yield file, nwbfile
        except AutolabelError:
            raise
        except Exception as error:  # what is read later, as damaged as the rest
            raise DamagedDataError(f"{where} cannot be read: {error}.") from error


def _units(nwbfile: Any, where: Path) -> Any:
    if nwbfile.units is None or len(nwbfile.units) == 0:
        raise UnknownFormatError(f"{where} has no units.")
    return nwbfile.units


def _pynwb() -> Any:
    try:
        import pynwb
    except ImportError as error:
        raise MissingDependencyError("NWB files need pynwb: pip install 'nb_autolabel[nwb]'.") from error
    return pynwb
