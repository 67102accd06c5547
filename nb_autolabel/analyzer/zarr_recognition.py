"""Detecting that another analyzer was written into a zarr store; see :mod:`.recognition`."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError
from .checks import as_ids
from .header_checks import MAX_UNITS
from .recognition import Recognition
from .store import Store
from .zarr_array import ZarrArray
from .zarr_tree import Tree

#: Arrays that hold the spikes.
SPIKE_ARRAYS = ("sample_index", "unit_index", "segment_slices")


def recognition_of(store: Store, tree: Tree, unit_ids: npt.NDArray[Any]) -> Recognition:
    """Return the recogniser for the analyzer in a zarr store; see :mod:`.recognition`."""
    first = tree.array("sorting/unit_ids").first_chunk
    return Recognition(
        store,
        watched=[tree.consolidated_in if tree.is_consolidated else tree.root_in, first],
        spikes=[tree.first_chunk(f"sorting/spikes/{name}") for name in SPIKE_ARRAYS[:2]],
        content=partial(_content, store, type(tree)),
        same=_same,
        opened=(tree, _whose(tree), unit_ids),
    )


#: The metadata, the part of them that identifies the analyzer as text, and the unit ids.
_Content = tuple[Tree, str, npt.NDArray[Any]]


def _content(store: Store, format: type[Tree]) -> _Content:
    tree = format(store)
    return tree, _whose(tree), read_unit_ids(tree)


def _same(opened: _Content, now: _Content, part: str) -> bool:
    (old, old_whose, old_ids), (new, new_whose, new_ids) = opened, now
    if not part:
        return old_whose == new_whose and np.array_equal(old_ids, new_ids)
    top = "/".join(part.split("/")[:2]) if part.startswith("extensions/") else part
    if old.is_consolidated != new.is_consolidated or _text(old.below(top)) != _text(new.below(top)):
        return False
    if not old.is_array(part):
        return True
    # The consolidated metadata are written last; until then only the array's own .zarray shows a change.
    try:
        stored = new.as_stored(part, ".zarray")
    except DamagedDataError:
        return False
    return stored is None or _text(stored) == _text(old.meta(part, ".zarray"))


def _whose(tree: Tree) -> str:
    """Return the metadata that identify the analyzer, as text, without the unit ids."""
    root, recording = tree.attrs(""), tree.attrs("recording_info")
    arrays = ["sorting/unit_ids", "sparsity_mask", *(f"sorting/spikes/{name}" for name in SPIKE_ARRAYS)]
    sorting = {key: tree.attrs("sorting").get(key) for key in ("sampling_frequency", "num_segments")}
    described = [tree.meta(path, ".zarray") for path in arrays]
    return _text([root.get("settings"), recording.get("recording_attributes"), sorting, described])


def _text(value: Any) -> str:
    """Return JSON data as text: compared as values, NaN would not equal itself."""
    return json.dumps(value, sort_keys=True)


def read_unit_ids(tree: Tree) -> npt.NDArray[Any]:
    """Read the unit ids; see :func:`read_ids`."""
    return read_ids(tree.array("sorting/unit_ids"), f"array {tree.store.where('sorting/unit_ids')}")


def read_ids(array: ZarrArray, what: str) -> npt.NDArray[Any]:
    """Read ids from a store, once it is clear that there are not more than units can be.

    Raises
    ------
    DamagedDataError
    """
    check_ids(array, what)
    return as_ids(array.read(), what)


def check_ids(array: ZarrArray, what: str) -> None:
    """Refuse an array of more ids than units can be, before it is read.

    Raises
    ------
    DamagedDataError
    """
    if len(array.shape) != 1 or array.shape[0] > MAX_UNITS:
        raise DamagedDataError(f"{what} has shape {array.shape}, expected a list of at most {MAX_UNITS} ids.")
