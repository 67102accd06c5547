"""Tables of metrics as people have them: which column holds the ids, which are numbers, which have another tool's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, LabelsError, NoMetricsError, listing
from ..labels_by_unit import numbered_only
from ..metric_names import Renaming, measured, renamings
from ..unit_ids import as_list, as_text, is_missing, refuse_repeated, same_units
from .checks import as_ids

if TYPE_CHECKING:
    import pandas as pd

#: Columns that hold unit ids, the likeliest first.
ID_COLUMNS = ("unit_id", "cluster_id", "id", "phy_clusterID", "si_unit_id")
#: Further columns that are ids where those of the likelier ones repeat: tables of several probes or sessions.
UNIQUE_IDS = ("uuids", "cluster_uuid", "uuid")
#: Above this, whole numbers and floating-point numbers are not the same any more.
_EXACT = 2.0**53


def by_unit(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table by unit id, where a column holds the ids; as a metric they would mean nothing.

    Parameters
    ----------
    frame : pandas.DataFrame
        An index that is more than the numbers of the rows is kept.

    Raises
    ------
    NoMetricsError
        If the rows are called by numbers and a column of ids has other ones.
    """
    columns = [str(name) for name in frame.columns]
    index = frame.index
    unnamed = index.names == [None] and index.dtype.kind in "iu"
    counting = numbered_only(index) or (unnamed and index.tolist() == list(range(len(frame))))
    for name in (*ID_COLUMNS, *UNIQUE_IDS):
        if columns.count(name) != 1 or name not in frame.columns:
            continue
        ids = frame[name]
        if counting and ids.notna().all() and (name == "unit_id" or ids.is_unique):
            return frame.set_index(name)
        if same_units(index.tolist(), ids.tolist()):
            return frame.drop(columns=name)
        if unnamed and not counting and name in ID_COLUMNS[:3]:
            raise NoMetricsError(
                f"the rows of this table of metrics are called by numbers, and its column '{name}' names other units, as "
                f"in a part of a larger table. Use table.set_index('{name}'), or drop or rename the column if it holds no "
                "ids."
            )
    if counting and columns.count("clusterID") == 1 and renamings(columns):
        # Bombcell for MATLAB counts clusters from 1.
        ids = frame["clusterID"]
        whole = numbers(ids)
        if not np.isnan(whole).any() and ids.is_unique:
            first = 1 if len(whole) and whole.min() >= 1 else 0
            return frame.drop(columns="clusterID").set_axis(ids.to_numpy() - first)
    return frame


def each_column_once(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return a table with one column of each name; copies are dropped.

    Raises
    ------
    DamagedDataError
        If columns of one name differ: which one is meant cannot be told.
    """
    for name in dict.fromkeys(frame.columns[frame.columns.duplicated()]):
        several = frame.loc[:, [each == name for each in frame.columns]]
        first = several.iloc[:, 0]
        if not all(first.equals(several.iloc[:, at]) for at in range(1, several.shape[1])):
            raise DamagedDataError(
                f"{where} has {several.shape[1]} columns called {name!r}, and their values differ. Rename or drop all but "
                "one."
            )
    return frame.loc[:, ~frame.columns.duplicated()]


def refuse_unused_ids(frame: pd.DataFrame, where: str) -> None:
    """Refuse a table whose rows are only numbered although it has a column of ids: they are missing or repeated.

    Parameters
    ----------
    frame : pandas.DataFrame
        As :func:`by_unit` gives it.
    where : str
        For messages.

    Raises
    ------
    DamagedDataError, LabelsError
    """
    name = next((name for name in ID_COLUMNS if name in frame.columns), None)
    if name is not None and numbered_only(frame.index):
        ids_of(frame.set_index(name).index, where)


def ids_of(index: pd.Index[Any], where: str) -> npt.NDArray[Any]:
    """Return the ids of an index as an array of whole numbers or of text.

    Raises
    ------
    DamagedDataError
        If they are neither, or an id is missing.
    LabelsError
        If an id stands there twice.
    """
    if index.nlevels > 1:
        raise DamagedDataError(
            f"{where} has ids of {index.nlevels} parts, {list(index.names)}: units of several sessions. Load one session "
            "after the other, for example nbl.load(table.xs('monday'))."
        )
    ids = as_list(index)
    lacking = sum(map(is_missing, ids))
    if lacking:
        raise DamagedDataError(
            f"{where} has {lacking} rows without a unit id. Fill them in or drop the rows: table.dropna(subset=...)."
        )
    if all(isinstance(unit, float) for unit in ids) and ids:
        if not all(unit.is_integer() and abs(unit) < _EXACT for unit in ids):
            raise DamagedDataError(
                f"{where} has unit ids that are no whole numbers: {listing(map(repr, ids), 5)}. Name the column of ids "
                "'unit_id'."
            )
        ids = [int(unit) for unit in ids]
    texts = [as_text(unit) for unit in ids]
    try:
        refuse_repeated(texts, where)
    except LabelsError as error:
        raise LabelsError(
            f"{error} Of a table of several probes or sessions load one after the other, or give a column 'unit_id' "
            "with ids of their own."
        ) from None
    if any(text.endswith("\0") for text in texts):
        raise DamagedDataError(
            f"{where} has unit ids that end with a zero byte, which arrays of text drop: {listing(map(repr, ids), 5)}."
        )
    if any(isinstance(unit, bool) or not isinstance(unit, int | str | bytes | float) for unit in ids):
        raise DamagedDataError(
            f"{where} has unit ids that are neither numbers nor text: {listing(map(repr, ids), 5)}. Name the column of "
            "ids 'unit_id'."
        )
    if not all(isinstance(unit, int) for unit in ids):
        ids = texts
    return as_ids(ids, f"the ids of {where}")


def numbers(series: pd.Series[Any]) -> npt.NDArray[Any]:
    """Return a column as numbers, float64 or the stored integers; NaN for whatever is none.

    Dates, durations and complex numbers are not metrics; converted to numbers they would be compared with limits.
    """
    kind = getattr(series.dtype, "kind", "O")
    if isinstance(series.dtype, np.dtype) and kind in "fiu":
        return series.to_numpy(dtype="float64" if kind == "f" else None)
    import pandas as pd

    if kind in "mMc":
        return np.full(len(series), np.nan)
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(object)
    try:
        return pd.to_numeric(series, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    except (TypeError, ValueError, OverflowError):
        plain = [value if _fits(value) else None for value in series]
        return pd.to_numeric(pd.Series(plain, dtype=object), errors="coerce").to_numpy(
            dtype="float64", na_value=np.nan
        )


def _fits(value: Any) -> bool:
    """Whether a value may be a number that floating-point numbers hold."""
    if isinstance(value, int):
        return abs(value) < 10**308
    return isinstance(value, float | str | np.number)


def is_text(series: pd.Series[Any], values: npt.NDArray[Any]) -> bool:
    """Whether a column says something about the units in words: most of what is there is no number.

    Parameters
    ----------
    series : pandas.Series
    values : ndarray
        The column as :func:`numbers` gives it.
    """
    if getattr(series.dtype, "kind", "O") in "fiub" or values.dtype.kind != "f":
        return False
    there = int(series.notna().sum())
    return there > 0 and 2 * int((~np.isnan(values)).sum()) < there


def with_todays_names(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Renaming, ...]]:
    """Return a table in which other tools' metrics have the names and units of SpikeInterface, and what was renamed.

    A column whose values cannot be given back from the metric stays beside it.

    Parameters
    ----------
    frame : pandas.DataFrame
        Not changed.
    """
    named = renamings([name for name in frame.columns if isinstance(name, str)])
    found: list[Renaming] = []
    made = frame
    renamed: dict[str, str] = {}
    for renaming in named:
        values = numbers(_rates(frame[renaming.column], renaming))
        known = measured(renaming, values.astype(np.float64))
        if known is None:
            continue
        if made is frame:
            made = frame.copy()
        if known.kind == "factor":
            made[known.column] = known.convert(values)
            renamed[known.column] = known.metric
        else:
            made[known.metric] = known.convert(values)
        found.append(known)
    return made.rename(columns=renamed) if renamed else made, tuple(found)


def _rates(series: pd.Series[Any], renaming: Renaming) -> pd.Series[Any]:
    """Return phy's firing rates as numbers where it wrote "5.3 spk/s"."""
    if renaming.metric != "firing_rate" or getattr(series.dtype, "kind", "O") in "fiub":
        return series
    return series.astype(str).str.replace(r"\s*(spk/s|Hz)\s*$", "", regex=True)
