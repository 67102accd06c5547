"""Labels as CSV or Parquet, narrow (labels alone) or wide (with every metric)."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..analyzer.file_kinds import CSV_TABLE, PARQUET
from ..errors import DamagedDataError, LabelsError, MissingDependencyError
from .records import Records
from .writing import target_file, write_file

if TYPE_CHECKING:
    import pandas as pd

#: Columns that are text whatever they look like.
_TEXTS = ("label", "source", "time", "note", "reasons")


def table_of(found: Records, wide: bool) -> pd.DataFrame:
    """Return labels as a table whose first column is ``unit_id``; wide with every metric."""
    import pandas as pd

    frame = found.frame
    if wide:
        if found.metrics is None:
            raise LabelsError("a wide table needs the metrics: export a labeler, or use wide=False.")
        frame = pd.concat([frame, found.metrics.drop(columns=list(frame), errors="ignore")], axis=1)
    return frame.rename_axis("unit_id").reset_index()


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
    """Write a Parquet file; needs pyarrow.

    Raises
    ------
    AlreadyExistsError, ForeignTargetError, WriteError, LabelsError, MissingDependencyError
    """
    _need_pyarrow()
    target = target_file(path, overwrite, PARQUET)
    content = io.BytesIO()
    table_of(found, wide).to_parquet(content, index=False)
    write_file(target, content.getvalue(), PARQUET, overwrite)
    return target


def read_csv(path: Path) -> pd.DataFrame:
    """Read labels from a CSV file with the columns ``unit_id`` and ``label``; others are kept.

    Raises
    ------
    DamagedDataError
    """
    import pandas as pd

    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        quoted = _ids_are_quoted(path)
    except (ValueError, OSError) as error:
        raise DamagedDataError(f"{path} is not a CSV file: {error}.") from error
    for name in frame.columns:
        if name in _TEXTS or (quoted and name in ("unit_id", frame.columns[0])):
            continue
        numbers = pd.to_numeric(frame[name].where(frame[name] != ""), errors="coerce")
        if numbers.notna().sum() == (frame[name] != "").sum():
            frame[name] = numbers
    return _indexed(frame, path)


def read_parquet(path: Path) -> pd.DataFrame:
    """Read labels from a Parquet file, as :func:`read_csv`.

    Raises
    ------
    DamagedDataError, MissingDependencyError
    """
    import pandas as pd

    _need_pyarrow()
    try:
        frame = pd.read_parquet(path)
    except (ValueError, OSError) as error:
        raise DamagedDataError(f"{path} is not a Parquet file: {error}.") from error
    return _indexed(frame, path)


def _indexed(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    if "label" not in frame:
        raise DamagedDataError(f"{path} has no column 'label', only {list(frame.columns)}.")
    if "unit_id" not in frame:
        frame = frame.rename(columns={str(frame.columns[0]): "unit_id"})
    for name in _TEXTS:
        if name in frame:
            frame[name] = frame[name].astype(object).where(frame[name].notna(), "")
    frame = frame.set_index("unit_id")
    if frame.index.dtype.kind not in "iu":
        frame.index = frame.index.astype(object)
    return frame[frame["label"] != ""]


def _ids_are_quoted(path: Path) -> bool:
    """Whether the ids are text: their column is quoted in the first row of values."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, first = file.readline(), file.readline()
    names = next(csv.reader([header]), [])
    place = names.index("unit_id") if "unit_id" in names else 0
    fields = re.findall(r'(?:^|,)("(?:[^"]|"")*"|[^,]*)', first.rstrip("\r\n"))
    return place < len(fields) and fields[place].startswith('"')


def _need_pyarrow() -> None:
    try:
        import pyarrow  # noqa: F401 (pandas writes with it)
    except ImportError as error:
        raise MissingDependencyError(
            "Parquet needs pyarrow: pip install 'nb_autolabel[parquet]'. Or write a CSV file."
        ) from error
