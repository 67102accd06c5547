"""Sorting the spikes by segment, and with them everything that is stored per spike.

Both formats name the spikes of a segment by where they start and end, so they must lie together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .array_kinds import kind_of
from .checks import check_rows
from .entry import Entry
from .rows import Rows

Order = npt.NDArray[np.intp] | None


def segment_order(spikes: npt.NDArray[Any]) -> Order:
    """Return the stable order of the spikes by segment; None if they are in this order.

    Parameters
    ----------
    spikes : ndarray of SPIKE_DTYPE, shape (n_spikes,)
    """
    segments = spikes["segment_index"]
    if not bool((segments[1:] < segments[:-1]).any()):
        return None
    return np.argsort(segments, kind="stable")


def in_order(extension: str, key: str, entry: Entry, order: Order) -> Entry | None:
    """Return an entry whose rows follow the spikes.

    Returns
    -------
    Entry or None
        None where it has as many rows as there are spikes, and it is not known whether they are theirs.

    Raises
    ------
    DamagedDataError
        If it should have one row a spike and has not.
    """
    if order is None or entry.kind != "array":
        return entry
    kind = kind_of(extension, key)
    if kind is None:
        return None if entry.shape[:1] == order.shape else entry
    if kind == "spike":
        check_rows(entry.shape, len(order), entry.where, "spike")
        return _changed(entry, lambda rows: entry.read(order if rows is None else order[rows]))
    if kind == "spike index":
        new = np.empty_like(order)
        new[order] = np.arange(len(order))
        return _changed(entry, lambda rows: new[entry.read(rows)].astype(entry.dtype))
    return entry


def _changed(entry: Entry, read: Callable[[Rows], Any]) -> Entry:
    return Entry("array", read, shape=lambda: entry.shape, dtype=entry.dtype, where=entry.where)
