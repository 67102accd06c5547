"""Tables that list recordings by path, and tables of metrics whose rows are of several recordings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analyzer.metric_frame import ID_COLUMNS
from ..errors import Argument, SelectionError, listing, suggestion
from ..labels_by_unit import numbered_only
from ..unit_ids import as_text, is_missing

if TYPE_CHECKING:
    import pandas as pd

#: Columns that hold paths, the likeliest first.
PATHS = ("path", "paths", "folder", "address", "analyzer")
#: Columns that name recordings in a table of paths.
NAMES = ("recording", "name")
#: Columns that name the recording of a unit.
RECORDINGS = (
    "recording",
    "recording_id",
    "session",
    "session_id",
    "probe_id",
    "pid",
    "ecephys_session_id",
    "ecephys_probe_id",
)


def by_path(frame: pd.DataFrame) -> list[tuple[str, str, dict[str, Any]]] | None:
    """Return path, name ("" if there is none) and description of each recording of a table of paths.

    Parameters
    ----------
    frame : pandas.DataFrame

    Returns
    -------
    list of tuple, or None
        None if no column holds paths.

    Raises
    ------
    SelectionError
        If a row has no path.
    """
    columns = [str(name) for name in frame.columns]
    path = next((name for name in PATHS if columns.count(name) == 1), None)
    if path is None or not all(isinstance(each, str) or _is_path(each) for each in frame[path].dropna()):
        return None
    lacking = int(frame[path].isna().sum())
    if lacking:
        raise SelectionError(
            f"{lacking} rows of the table have no path in column '{path}'. Fill them in or drop them."
        )
    name = next((each for each in NAMES if columns.count(each) == 1), None)
    about = [each for each in columns if each not in (path, name)]
    rows = frame.set_axis(columns, axis=1)
    return [
        (
            str(row[path]),
            "" if name is None or is_missing(row[name]) else as_text(row[name]),
            {each: row[each] for each in about},
        )
        for row in rows.to_dict("records")
    ]


def _is_path(each: Any) -> bool:
    return hasattr(each, "__fspath__")


def recording_column(frame: pd.DataFrame) -> str | None:
    """Return the column that names the recording of each unit; None if none of the usual names is there.

    Raises
    ------
    SelectionError
        If it could be one of several.
    """
    flat = _flat(frame)
    there = [name for name in RECORDINGS if list(flat.columns).count(name) == 1]
    if len(there) <= 1:
        return there[0] if there else None
    # A probe belongs to one session: the column that splits all others is the one.
    finest = [
        name
        for name in there
        if all(_says_one_thing(flat.groupby(name)[other]) for other in there if other != name)
    ]
    if not finest:
        raise SelectionError(
            f"the columns {listing(there)} could name the recording, and none of them alone tells all apart. Say which: ",
            Argument("recording", there[0]),
            ", or several together: ",
            Argument("recording", there[:2]),
            ".",
        )
    return finest[0]


def by_recording(
    frame: pd.DataFrame, recording: Any = None
) -> Iterator[tuple[str, pd.DataFrame, dict[str, Any]]]:
    """Yield name, metrics and description of each recording of a table of units.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a unit.
    recording : str or list of str, optional
        Column, or columns, that name the recording; default: the one with a usual name.

    Yields
    ------
    name : str
    part : pandas.DataFrame
        The rows of the recording, without the columns that name and describe it.
    about : dict of str to str
        Columns of text that say one thing of all units of a recording, whatever the recording.

    Raises
    ------
    SelectionError
        If there is no such column, it could be one of several, or a unit is of no recording.
    """
    flat = _flat(frame)
    columns = _columns(flat, recording)
    lacking = flat[columns].isna().any(axis=1)
    if lacking.any():
        raise SelectionError(
            f"{int(lacking.sum())} units are of no recording: column {listing(columns)} is empty there."
        )
    names = [
        "/".join(map(as_text, each)) for each in zip(*(flat[name].tolist() for name in columns), strict=True)
    ]
    groups = flat.groupby(np.array(names, dtype=object), sort=False)
    about = [
        name
        for name in flat.columns
        if name not in (*columns, *ID_COLUMNS)
        and (name in RECORDINGS or flat[name].dtype.kind not in "iufb")
        and _says_one_thing(groups[name])
    ]
    # A copy puts columns of one kind together, so that rows of all are taken at once.
    rest = flat.drop(columns=[*columns, *about]).copy()
    numbered = any(each in rest.columns for each in ID_COLUMNS) and _numbered(flat)
    for name, rows in groups.indices.items():
        said = {each: flat[each].iloc[rows[0]] for each in about}
        together = len(rows) == rows[-1] - rows[0] + 1
        kept = rest.iloc[rows[0] : rows[-1] + 1] if together else rest.iloc[rows]
        yield str(name), kept.reset_index(drop=True) if numbered else kept, said


def _says_one_thing(groups: Any) -> bool:
    """Whether a column has one value in each group."""
    return bool((groups.nunique(dropna=False) <= 1).all())  # noqa: PD101 (of each group, not of one series)


def _columns(flat: pd.DataFrame, recording: Any) -> list[str]:
    if recording is None:
        found = recording_column(flat)
        if found is None:
            raise SelectionError(
                "this table has neither a column 'path' nor one that names the recording of each unit. Say which does: ",
                Argument("recording", "..."),
                f". Columns: {listing(flat.columns, 20)}.",
            )
        return [found]
    named = [recording] if isinstance(recording, str) else list(recording)
    for name in named:
        if list(flat.columns).count(name) != 1:
            raise SelectionError(
                f"there is no column {name!r} that names the recording.{suggestion(name, flat.columns)} "
                f"Columns: {listing(flat.columns, 20)}."
            )
    return [str(name) for name in named]


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose index is that of the units alone; levels that name recordings become columns."""
    frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    if frame.index.nlevels > 1:
        return frame.reset_index()
    if frame.index.name in RECORDINGS:
        return frame.reset_index()
    return frame


def _numbered(flat: pd.DataFrame) -> bool:
    return numbered_only(flat.index) or flat.index.tolist() == list(range(len(flat)))
