"""Labels as a column of the units table of an NWB file, through pynwb."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..analyzer.file_kinds import NWB
from ..analyzer.placing import beside, named_errors, target_path
from ..errors import (
    AlreadyExistsError,
    AutolabelError,
    LabelsError,
    MissingDependencyError,
    UnknownFormatError,
    listing,
)
from .records import Records

if TYPE_CHECKING:
    import pandas as pd

#: Columns in which SpikeInterface and neuroconv keep unit ids that are no whole numbers.
_NAMES = ("unit_name", "unit_id", "cluster_id", "original_cluster_id")


def write_nwb(found: Records, path: Any, overwrite: bool, *, name: str = "label") -> Path:
    """Add labels as a column to the units of an NWB file.

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
    ForeignTargetError
        If it is another file, or a link to one.
    UnknownFormatError, LabelsError, AlreadyExistsError, WriteError
    """
    pynwb = _pynwb()
    target = target_path(path)
    with named_errors(target):
        there = target.is_file() and target.stat().st_size
    if not there:
        raise UnknownFormatError(f"there is no NWB file at {target}. Labels are added to the units of one.")
    with beside(target, overwrite=True, kind=NWB) as partial:
        shutil.copyfile(target, partial)
        with _named(target), pynwb.NWBHDF5IO(str(partial), "r+") as file:
            units = _units(file.read(), target)
            labels = _in_order(units, found, target)
            if name in units.colnames:
                if not overwrite:
                    raise AlreadyExistsError(
                        f"{target} has the column '{name}' already. Pass overwrite=True to replace it."
                    )
                units[name].data[:] = labels
            else:
                units.add_column(
                    name=name, description="label of the unit, given by nb_autolabel", data=labels
                )
                file.write(units.get_ancestor("NWBFile"))
    return target


@contextlib.contextmanager
def _named(target: Path) -> Iterator[None]:
    """Turn what pynwb and HDF5 raise into errors that name the file."""
    try:
        yield
    except (AutolabelError, OSError):
        raise
    except Exception as error:  # pynwb has many kinds; HDF5 says RuntimeError where the disk is full
        if "write failed" in str(error) or "No space left" in str(error):
            raise OSError(f"{error}") from error
        raise UnknownFormatError(
            f"{target} cannot be used as an NWB file: {type(error).__name__}: {error}."
        ) from error


def read_nwb(path: Path, name: str = "label") -> pd.DataFrame:
    """Read labels from the units of an NWB file.

    Raises
    ------
    MissingDependencyError, UnknownFormatError, LabelsError
    """
    import pandas as pd

    pynwb = _pynwb()
    with pynwb.NWBHDF5IO(str(path), "r") as file:
        units = _units(file.read(), path)
        if name not in units.colnames:
            raise LabelsError(f"the units of {path} have no column {name!r}, only {listing(units.colnames)}.")
        labels = [text.decode() if isinstance(text, bytes) else str(text) for text in units[name].data[:]]
        ids = next(iter(_ids(units).values()))
    ids = [unit.item() if hasattr(unit, "item") else unit for unit in ids]
    return pd.DataFrame({"label": labels}, index=pd.Index(ids, name="unit_id"))


def _in_order(units: Any, found: Records, where: Path) -> list[str]:
    by_id = {str(unit): label for unit, label in zip(found.unit_ids, found.labels, strict=True)}
    found_by = {}
    for name, ids in _ids(units).items():
        texts = [str(unit) for unit in ids]
        if all(text in by_id for text in texts):
            found_by[name] = [by_id[text] for text in texts]
    if not found_by:
        raise LabelsError(
            f"{where} has {len(units)} units; not all of them are among the {len(by_id)} labeled ones."
        )
    first = next(iter(found_by.values()))
    if any(labels != first for labels in found_by.values()):
        raise LabelsError(
            f"the units of {where} could be meant by {listing(found_by)}, and they disagree. "
            "Label the units of that file, or remove the column that is no id."
        )
    return first


def _ids(units: Any) -> dict[str, list[Any]]:
    """Columns that may hold unit ids, the likeliest first; names come before NWB's own numbering."""
    columns = {key: list(units[key].data[:]) for key in _NAMES if key in units.colnames}
    columns["id"] = units.id[:].tolist()
    return {
        key: [unit.decode() if isinstance(unit, bytes) else unit for unit in ids]
        for key, ids in columns.items()
    }


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
