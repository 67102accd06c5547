"""Labels as CSV or Parquet, narrow (labels alone) or wide (with every metric)."""

from __future__ import annotations

import csv
import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..analyzer.delimited_text import is_quoted, table_text, whole_number
from ..analyzer.file_kinds import CSV_TABLE, PARQUET
from ..analyzer.table_file import PARQUET_ERRORS, need_pyarrow
from ..errors import DamagedDataError, LabelsError, WriteError, listing
from ..labels_by_unit import numbered_only
from ..unit_ids import as_text, is_missing
from .records import Records
from .writing import target_file, write_file

if TYPE_CHECKING:
    import pandas as pd

#: Columns that are text whatever they look like.
_TEXTS = ("label", "source", "time", "note", "reasons", "criteria_missing")
#: Columns that may hold the unit ids, the likeliest first; a table that pandas wrote has its index unnamed.
_IDS = ("unit_id", "cluster_id", "si_unit_id", "unit_name", "unit", "id", "", "Unnamed: 0", "index")
#: Columns before "unit_id" that are part of it.
_SESSIONS = ("session", "recording")
#: Columns of other tools that may hold labels; suggested if there is no column "label".
_OTHERS = ("quality", "group", "KSLabel", "bc_unitType", "bombcell_label", "unitrefine_label", "prediction")


def table_of(found: Records, wide: bool) -> pd.DataFrame:
    """Return labels as a table whose first column is ``unit_id`` (of several sessions: ``session``, ``unit_id``).

    A wide one has every metric. A metric called as one of the other columns has "(metric)" behind its name,
    unless it repeats the ids.
    """
    import pandas as pd

    frame = found.frame
    if wide:
        if found.metrics is None:
            raise LabelsError("a wide table needs the metrics: export a labeler, or use wide=False.")
        metrics = found.metrics
        if "unit_id" in metrics and [str(unit) for unit in metrics["unit_id"]] == [
            str(u) for u in found.unit_ids
        ]:
            metrics = metrics.drop(columns="unit_id")
        taken = {*frame, *frame.index.names}
        metrics = metrics.rename(columns={name: f"{name} (metric)" for name in metrics if name in taken})
        frame = pd.concat([frame, metrics], axis=1)
    return frame.reset_index()


def write_csv(found: Records, path: Any, overwrite: bool, *, wide: bool = False) -> Path:
    """Write a CSV file. Text is quoted and numbers are not, so that ids come back as they were.

    Raises
    ------
    AlreadyExistsError, ForeignTargetError, WriteError, LabelsError
    """
    target = target_file(path, overwrite, CSV_TABLE)
    text = io.StringIO()
    table_of(found, wide).to_csv(text, index=False, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    write_file(target, text.getvalue(), CSV_TABLE, overwrite)
    return target


def write_parquet(found: Records, path: Any, overwrite: bool, *, wide: bool = False) -> Path:
    """Write a Parquet file; needs pyarrow. Values of several types in one column become text, as in a CSV file.

    Raises
    ------
    AlreadyExistsError, ForeignTargetError, WriteError, LabelsError, MissingDependencyError
    """
    need_pyarrow()
    target = target_file(path, overwrite, PARQUET)
    content = io.BytesIO()
    try:
        of_one_type(table_of(found, wide)).to_parquet(content, index=False)
    except (ValueError, TypeError, OverflowError, NotImplementedError, LookupError) as error:
        raise WriteError(
            f"{target} could not be written: a Parquet file cannot hold this table ({error}). Write a CSV file."
        ) from error
    write_file(target, content.getvalue(), PARQUET, overwrite)
    return target


def of_one_type(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose columns hold values of one type each; columns that do not are turned to text.

    Parquet files know no columns of numbers and text, whole numbers beyond 64 bits, or complex numbers.
    """
    made = frame
    for at, column in enumerate(frame.columns):
        values = frame.iloc[:, at]
        if values.dtype.kind == "c" or (values.dtype == object and not _is_plain(list(values))):
            made = frame.copy() if made is frame else made
            made[column] = [None if is_missing(value) else as_text(value) for value in values]
    return made


def _is_plain(values: list[Any]) -> bool:
    there = [value for value in values if not is_missing(value)]
    types = {type(value) for value in there}
    if types == {int}:
        return all(-(2**63) <= value < 2**63 for value in there)
    return len(types) <= 1 and types <= {str, bool, float}


def read_csv(path: Path, name: str | None = None) -> pd.DataFrame:
    """Read labels from a table as text: commas, semicolons or tabs between its columns, by its header.

    Parameters
    ----------
    path : Path
    name : str, optional
        Column that holds the labels; default: ``label``. Other columns are kept.

    Raises
    ------
    DamagedDataError
        If it is no such table, or has no column of ids or labels.
    """
    import pandas as pd

    try:
        text, between = table_text(path)
        with warnings.catch_warnings():
            # Rows are longer than the header, so values cannot be assigned to columns.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                io.StringIO(text, newline=""), dtype=str, keep_default_na=False, sep=between, index_col=False
            ).fillna("")
    except pd.errors.ParserWarning:
        raise DamagedDataError(f"{path} has rows with more values than its header has names.") from None
    except (ValueError, OSError, csv.Error) as error:
        raise DamagedDataError(f"{path} is not a CSV file: {error}.") from error
    _each_name_once(text, between, path, name or "label")
    ids = _id_columns(list(frame.columns), path)
    quoted = {column for column in ids if is_quoted(text, between, column)}
    for column in frame.columns:
        if column in (*_TEXTS, name) or column in quoted:
            continue
        values = frame[column]
        if column in ids:
            whole = [whole_number(unit) for unit in values]
            if None not in whole:
                frame[column] = whole
            continue
        numbers = pd.to_numeric(values.where(values != ""), errors="coerce")
        if numbers.notna().sum() == (values != "").sum():
            frame[column] = numbers
    return _indexed(frame, path, name)


def read_parquet(path: Path, name: str | None = None) -> pd.DataFrame:
    """Read labels from a Parquet file, as :func:`read_csv`.

    Raises
    ------
    DamagedDataError, MissingDependencyError
    """
    import pandas as pd

    need_pyarrow()
    try:
        frame = pd.read_parquet(path)
    except PARQUET_ERRORS as error:
        raise DamagedDataError(f"{path} is not a Parquet file: {error}.") from error
    if not numbered_only(frame.index):
        frame.index.names = [level if level not in frame else None for level in frame.index.names]
        frame = frame.reset_index()
    return _indexed(frame, path, name)


def _indexed(frame: pd.DataFrame, path: Path, name: str | None) -> pd.DataFrame:
    columns = [str(column) for column in frame.columns]
    ids = _id_columns(columns, path)
    wanted = name or "label"
    if wanted not in columns or wanted in ids:
        others = [column for column in columns if column in _OTHERS] if name is None else []
        hint = f" Say which holds the labels: name={others[0]!r}." if others else ""
        raise DamagedDataError(
            f"{path} has no column {wanted!r}, only {listing(map(repr, columns), 20)}.{hint}"
        )
    if wanted != "label":
        frame = frame.rename(columns={"label": "label (column)"}).rename(columns={wanted: "label"})
    for text in _TEXTS:
        if text in frame:
            frame[text] = frame[text].astype(object).where(frame[text].notna(), "")
    frame = frame.set_index(ids if len(ids) > 1 else ids[0])
    if len(ids) == 1 and frame.index.dtype.kind not in "iu":
        frame.index = frame.index.astype(object)
    return frame


def _id_columns(columns: list[str], path: Path) -> list[str]:
    """Return the columns that name the units.

    Raises
    ------
    DamagedDataError
        If there is none.
    """
    found = next((name for name in _IDS if name in columns), None)
    if found is None:
        raise DamagedDataError(
            f"{path} has no column 'unit_id', only {listing(map(repr, columns), 20)}. Name the column of unit ids so."
        )
    before = columns[: columns.index(found)]
    return [*before, found] if len(before) == 1 and before[0] in _SESSIONS else [found]


def _each_name_once(text: str, between: str, path: Path, wanted: str) -> None:
    """Refuse a header that names the labels or the ids twice.

    Raises
    ------
    DamagedDataError
    """
    header = next(csv.reader(io.StringIO(text, newline=""), delimiter=between), [])
    twice = [name for name in dict.fromkeys(header) if header.count(name) > 1 and name in (wanted, *_IDS)]
    if twice and twice != [""]:
        raise DamagedDataError(f"{path} has several columns called {listing(map(repr, twice))}.")
