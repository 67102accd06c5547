"""Reading tables of metrics from files: CSV, phy's ``cluster_info.tsv``, Parquet."""

from __future__ import annotations

import csv
import io
import os
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DamagedDataError, MissingDependencyError
from ..labels_by_unit import numbered_only
from .delimited_text import is_quoted, table_text, whole_number
from .local_file import absolute
from .metric_frame import ID_COLUMNS, each_column_once
from .table_source import TableSource

if TYPE_CHECKING:
    import pandas as pd

#: Endings of tables of text.
TEXT = (".csv", ".tsv", ".txt")
#: First bytes of a Parquet file.
_PARQUET = b"PAR1"
#: What pandas and pyarrow raise of a file that is no Parquet table, or a damaged one.
PARQUET_ERRORS = (ValueError, OSError, TypeError, LookupError, OverflowError, NotImplementedError)
#: Tables that tools save in a folder of their own.
SAVED_IN_FOLDERS = (
    "templates._bc_qMetrics.parquet",
    "templates._bc_qMetrics.csv",
    "clusters.metrics.pqt",
    "clusters.metrics.csv",
)
#: Files that make a folder something else: a Kilosort folder, an analyzer.
_NOT_A_TABLE = ("params.py", "spike_times.npy", ".zgroup", ".zmetadata", "zarr.json", "sorting")
#: What stands for no value.
_MISSING = (
    "",
    "nan",
    "NaN",
    "NAN",
    "-nan",
    "NA",
    "N/A",
    "n/a",
    "#N/A",
    "<NA>",
    "None",
    "null",
    "NULL",
    "NaT",
)
#: Names of the column that pandas or R writes the index to.
_UNNAMED = ("", "Unnamed: 0", "index")


def table_at(source: str | os.PathLike[str]) -> Path | None:
    """Return the file of a table of metrics at a path; None where there is something else or nothing.

    Parameters
    ----------
    source : path
        A file, or a folder in which Bombcell or the IBL's pipeline has saved its metrics.
    """
    text = os.fsdecode(source)
    try:
        path = absolute(
            Path(re.sub(r"^\s*file://(localhost(?=/))?", "", text, flags=re.IGNORECASE)).expanduser()
        )
        if path.is_dir():
            if any((path / name).exists() for name in _NOT_A_TABLE):
                return None
            return next((path / name for name in SAVED_IN_FOLDERS if (path / name).is_file()), None)
        if not path.is_file():
            return None
        if path.suffix.lower() in TEXT:
            return path
        with path.open("rb") as file:
            return path if file.read(len(_PARQUET)) == _PARQUET else None
    except (OSError, RuntimeError, ValueError):
        return None


def read_table(path: Path) -> TableSource:
    """Read a table of metrics.

    Parameters
    ----------
    path : Path
        As :func:`table_at` gives it.

    Raises
    ------
    DamagedDataError
        If it is no table, or its ids are missing or no ids.
    LabelsError
        If a unit stands there twice.
    MissingDependencyError
        If Parquet cannot be read here.
    """
    return TableSource(frame_at(path), str(path))


def frame_at(path: Path) -> pd.DataFrame:
    """Return the rows of a table as they are in the file; errors are those of :func:`read_table`."""
    return _text(path) if path.suffix.lower() in TEXT else _parquet(path)


def need_pyarrow() -> None:
    """Refuse Parquet where pandas cannot read and write it.

    Raises
    ------
    MissingDependencyError
    """
    try:
        import pyarrow  # noqa: F401 (pandas reads and writes with it)
    except ImportError as error:
        raise MissingDependencyError(
            "Parquet needs pyarrow: pip install 'nb_autolabel[parquet]'. Or write a CSV file."
        ) from error


def _parquet(path: Path) -> pd.DataFrame:
    import pandas as pd

    need_pyarrow()
    try:
        frame = pd.read_parquet(path, engine="pyarrow")
    except PARQUET_ERRORS as error:
        raise DamagedDataError(f"{path} is not a Parquet table: {error}.") from error
    return _index_from(frame)


def _text(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        text, between = table_text(path)
        with warnings.catch_warnings():
            # Rows are longer than the header, so values cannot be assigned to columns.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            header = pd.read_csv(io.StringIO(text, newline=""), sep=between, index_col=False, nrows=0).columns
            ids = [name for name in header if name in (*ID_COLUMNS, *_UNNAMED)]
            frame = pd.read_csv(
                io.StringIO(text, newline=""),
                sep=between,
                index_col=False,
                dtype=dict.fromkeys(ids, str),
                keep_default_na=False,
                na_values={name: _MISSING for name in header if name not in ids},
                low_memory=False,
                decimal=_decimal(text, between),
            )
        frame = _each_name_once(frame, text, between, path)
    except pd.errors.ParserWarning:
        raise DamagedDataError(f"{path} has rows with more values than its header has names.") from None
    except pd.errors.EmptyDataError:
        raise DamagedDataError(f"{path} is empty; a table has a header and a row a unit.") from None
    except (ValueError, OSError, csv.Error) as error:
        raise DamagedDataError(f"{path} is not a table of text: {error}.") from error
    if frame.empty and not ids:
        raise DamagedDataError(
            f"{path} is no table of metrics: it has no rows and no column of unit ids ({', '.join(ID_COLUMNS)}). "
            "A table of metrics has a header with the names of metrics and one row per unit."
        )
    for name in ids:
        values = frame[name].astype(object)
        whole: list[Any] = [whole_number(unit) for unit in values]
        if None not in whole and not is_quoted(text, between, name):
            frame[name] = whole
        else:
            frame[name] = values.where(values.str.strip() != "", None)
    return _index_from(frame)


def _each_name_once(frame: pd.DataFrame, text: str, between: str, path: Path) -> pd.DataFrame:
    """Return a table without the columns that pandas has numbered because the header names them twice.

    Raises
    ------
    DamagedDataError
        If their values differ.
    """
    header = next(csv.reader(io.StringIO(text.lstrip("\r\n"), newline=""), delimiter=between), [])
    if len(set(header)) == len(header) or len(header) != frame.shape[1]:
        return frame
    # Columns without a name are told apart.
    names = [name or str(frame.columns[at]) for at, name in enumerate(header)]
    return each_column_once(frame.set_axis(names, axis=1), str(path))


def _decimal(text: str, between: str) -> str:
    """Return the decimal sign: spreadsheets of some countries write 1,5 between semicolons."""
    comma = between == ";" and re.search(r"\d,\d", text) and not re.search(r"\d\.\d", text)
    return "," if comma else "."


def _index_from(frame: pd.DataFrame) -> pd.DataFrame:
    """Use an unnamed first column, where a tool wrote its index, as the ids if no other column has them."""
    if frame.shape[1] and str(frame.columns[0]) in _UNNAMED and numbered_only(frame.index):
        first = frame.columns[0]
        if any(name in frame.columns for name in ID_COLUMNS):
            return frame.drop(columns=first)
        return frame.set_index(first).rename_axis("unit_id")
    return frame
