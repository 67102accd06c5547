"""Labels in any form that people give them, matched with units by id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from .errors import LabelsError, listing
from .labels import canonical
from .unit_ids import UnitIndex, as_list, is_writable, same_units


def given_labels(labels: Any, column: str = "label") -> tuple[list[Any] | None, list[Any]]:
    """Return the unit ids and the values of labels in any form.

    Parameters
    ----------
    labels : DataFrame, Series, dict by unit id, list or array
        A table whose rows are only numbered and that has a column ``unit_id`` has its ids there.
    column : str, default: "label"
        Of a DataFrame.

    Returns
    -------
    ids : list or None
        None for a list or an array, which has no ids.
    values : list

    Raises
    ------
    LabelsError
        If it is nothing of these, or the column is not there.
    """
    ids, values = _given(labels, column)
    for text in (*(ids or ()), *values):
        if isinstance(text, str) and not is_writable(text):
            raise LabelsError(f"{text!r} holds characters that no file can hold.")
    return ids, values


def _given(labels: Any, column: str) -> tuple[list[Any] | None, list[Any]]:
    """Return the unit ids and the values of labels in any form."""
    if hasattr(type(labels), "columns"):  # a Series gives out its units as attributes
        names = [str(name) for name in labels.columns]
        if names.count(column) != 1:
            raise LabelsError(f"labels as a table need a column '{column}', once. Columns: {listing(names)}.")
        ids = labels["unit_id"] if "unit_id" in names and _ids_are_in_column(labels) else labels.index
        return as_list(ids), list(labels[column])
    if hasattr(labels, "index") and hasattr(labels, "loc"):
        return as_list(labels.index), list(labels)
    if isinstance(labels, Mapping):
        return as_list(labels), list(labels.values())
    if isinstance(labels, list | tuple) or (hasattr(labels, "__array__") and np.ndim(labels) == 1):
        return None, list(labels)
    raise LabelsError(
        f"labels are a Series or a dictionary by unit id, or a table with a column '{column}', "
        f"not {type(labels).__name__}."
    )


def _ids_are_in_column(frame: Any) -> bool:
    """Whether the rows of a table are only numbered, and its column ``unit_id`` says which units they are.

    Raises
    ------
    LabelsError
        If index and column name different units.
    """
    if numbered_only(frame.index) or (frame.index.names == [None] and frame.index.dtype.kind in "iu"):
        return True
    if same_units(frame.index.tolist(), frame["unit_id"].tolist()):
        return False
    raise LabelsError(
        "the index of the table and its column 'unit_id' name different units. Drop the column, or use it: "
        "table.set_index('unit_id')."
    )


def numbered_only(index: Any) -> bool:
    """Whether an index just counts the rows, as pandas makes it where none is given."""
    import pandas as pd

    return isinstance(index, pd.RangeIndex) and index.name is None


def matched_labels(labels: Any, unit_ids: Iterable[Any], of: str = "this analyzer") -> dict[int, str | None]:
    """Find the units of labels by their ids.

    Parameters
    ----------
    labels : DataFrame with ``label``, Series, dict by unit id, list or array
        A list or an array has no ids: it is taken in the order of the units, and has one label a unit.
        So is a table or Series with exactly the ids of the units in their order, even repeated ones.
    unit_ids : iterable
    of : str
        Whose units they are, for messages.

    Returns
    -------
    dict of int to str or None
        Label by position of the unit, as :func:`canonical` spells it, in the order in which they are given.
        None where the label is missing; units that are not named are not there.

    Raises
    ------
    LabelsError
        If units are unknown, named twice, or the number of a list differs.
    UnknownUnitError
        If an id could be any of several units.
    """
    ids, values = given_labels(labels)
    units = as_list(unit_ids)
    if ids is None and len(values) != len(units):
        raise LabelsError(
            f"there are {len(units)} units and {len(values)} labels. Give one a unit, in their order."
        )
    meant = [canonical(label) for label in values]
    if ids is None or same_units(ids, units):
        return dict(enumerate(meant))
    places = UnitIndex(units, of).positions(ids, others="mark").tolist()
    lost = [unit for unit, at in zip(ids, places, strict=True) if at < 0]
    if lost:
        order = " If they are in the order of the units, give them as a list: labels.tolist()."
        raise LabelsError(
            f"{len(lost)} labels are of units that are not in {of}: {listing(map(repr, lost), 10)}. "
            f"It has {len(units)}: {listing(map(repr, units), 12)}. Labels are matched by unit id; leave the others out."
            f"{order if len(ids) == len(units) and not isinstance(labels, Mapping) else ''}"
        )
    return dict(zip(places, meant, strict=True))
