"""Labels as a property of the units in a saved analyzer, added without rewriting it."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analyzer.analyzer import Analyzer
from ..analyzer.atomic_write import beside, is_folder, named_errors, target_path
from ..analyzer.file_kinds import NPY, ZARR_METADATA
from ..analyzer.identity import identity_of
from ..analyzer.layout import is_zarr3_analyzer
from ..analyzer.load import load
from ..analyzer.own_folders import ZARR_ARRAY
from ..errors import (
    OVERWRITE,
    AlreadyExistsError,
    DamagedDataError,
    ForeignTargetError,
    LabelsError,
    UnknownFormatError,
    WriteError,
    listing,
)
from ..unit_ids import as_text
from .journal_file import PATIENCE
from .records import Records
from .regular_file import lock
from .writing import put_bytes, write_file

if TYPE_CHECKING:
    import pandas as pd

_PROPERTIES = "sorting/properties"


def write_into_analyzer(found: Records, path: Any, overwrite: bool, *, name: str = "label") -> Path:
    """Add labels to a saved analyzer as a sorting property; one small array is written, nothing else.

    Parameters
    ----------
    found : Records
        A label for every unit of the analyzer.
    path : path
        Of a ``.zarr`` folder or a binary folder; it may be a link, but nothing is written through links in it.
    overwrite : bool
        Replace a property of that name, also one that is stored as Python objects and cannot be read here.
    name : str, default: "label"

    Raises
    ------
    UnknownFormatError
        If it is not a local folder, or a zarr store of format 3, which is only read.
    LabelsError
        If the labels are of other units, by their ids or, where an analyzer was labeled, by their spikes.
    ForeignTargetError
        If a folder or file on the way is a link, or something else than a property has its name.
    AlreadyExistsError, DamagedDataError, WriteError
    """
    folder = target_path(path)
    if not is_folder(folder):
        raise UnknownFormatError(
            f"{folder} is no folder. Save the analyzer first: analyzer.save_as(folder=...)."
        )
    if not isinstance(name, str) or not name.isidentifier():
        raise LabelsError(f"{name!r} cannot name a property. Use letters, digits and _.")
    with _alone(folder):
        _write(found, folder, name, overwrite)
    return folder


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other program of this package adds labels to the analyzer, and hold others off."""
    if os.name == "nt":  # folders are not opened there
        yield
        return
    with named_errors(folder):
        handle = os.open(folder, os.O_RDONLY)
    try:
        if not lock(handle, exclusive=True, patience=PATIENCE):
            raise WriteError(
                f"{folder} could not be written: another program has locked it for {PATIENCE:g} s."
            )
        yield
    finally:
        os.close(handle)


def _write(found: Records, folder: Path, name: str, overwrite: bool) -> None:
    analyzer = load(folder)
    if is_zarr3_analyzer(folder):
        raise UnknownFormatError(
            f"{folder} is a zarr store of format 3. Labels are added to analyzers of format 2 and to binary folders: make "
            'one with nbl.load(...).save_as("zarr", folder) and add them there, or export them as a file '
            '(labeler.export("labels.csv")).'
        )
    key = f"{_PROPERTIES}/{name}" if analyzer.format == "zarr" else f"{_PROPERTIES}/{name}.npy"
    _refuse_links(folder, "sorting", _PROPERTIES, f"{_PROPERTIES}/.zgroup", key, ".zmetadata")
    # A property stored as Python objects is not listed because it is never read, but it must not be overwritten either.
    there = name in analyzer.get_sorting_property_keys() or os.path.lexists(folder / key)
    if there and not overwrite:
        raise AlreadyExistsError(
            f"{folder} has the property '{name}' already. Pass ", OVERWRITE, " to replace it."
        )
    by_id = {as_text(unit): label for unit, label in zip(found.unit_ids, found.labels, strict=True)}
    ids = [as_text(unit) for unit in analyzer.unit_ids.tolist()]
    lacking = [unit for unit in ids if unit not in by_id]
    if lacking or len(ids) != len(by_id):
        raise LabelsError(
            f"the labels are of {len(by_id)} units, the analyzer has {len(ids)}; without a label: "
            f"{listing(lacking, 10)}."
        )
    _refuse_other_spikes(found.analyzer, analyzer, folder)
    values = np.array([by_id[unit] for unit in ids], dtype=str)
    if analyzer.format == "zarr":
        with named_errors(folder):
            _into_zarr(folder, key, values, overwrite)
    else:
        content = io.BytesIO()
        np.save(content, values, allow_pickle=False)
        write_file(folder / key, content.getvalue(), NPY, overwrite)


def _refuse_other_spikes(labeled: Any, target: Analyzer, folder: Path) -> None:
    """Refuse an analyzer whose units have the ids of those that were labeled, and other spikes.

    Raises
    ------
    LabelsError
    """
    if not isinstance(labeled, Analyzer) or labeled.only_metrics:
        return
    ours, theirs = identity_of(labeled), identity_of(target)
    # Where spikes cannot be read, every unit has the same digest.
    if any(len(set(each.trains)) < 2 for each in (ours, theirs)):
        return
    known = dict(zip(map(as_text, ours.unit_ids), ours.trains, strict=True))
    other = [
        unit
        for unit, train in zip(theirs.unit_ids, theirs.trains, strict=True)
        if known.get(as_text(unit), train) != train
    ]
    if other:
        raise LabelsError(
            f"{folder} is another sorting: its units {listing(map(repr, other), 10)} have other spikes than the units of "
            "these ids that were labeled. Nothing was written. If the ids mean the same units all the same, give the labels "
            "by id: nbl.export_labels(labeler.labels, ...)."
        )


def _refuse_links(folder: Path, *keys: str) -> None:
    for key in keys:
        place = folder / key
        if place.is_symlink():
            raise ForeignTargetError(
                f"{place} is a link to {place.readlink()}. Nothing is written through a link in an analyzer; "
                "put what it leads to in its place first."
            )


def _into_zarr(folder: Path, key: str, values: np.ndarray[Any, Any], overwrite: bool) -> None:
    """Write an array of format 2 by hand: one uncompressed chunk, which every reader understands."""
    values = values.astype(values.dtype.newbyteorder("<"))
    meta = {
        "zarr_format": 2, "shape": list(values.shape), "chunks": [max(1, len(values))], "dtype": values.dtype.str,
        "compressor": None, "fill_value": "", "order": "C", "filters": None,
    }  # fmt: skip
    file = folder / ".zmetadata"
    before = file.read_bytes() if os.path.lexists(file) else None
    # Write everything to temporary files first. Then remove the array's entry from the metadata, replace the array, and
    # add the entry again: a reader never sees metadata and data that do not match.
    try:
        with contextlib.ExitStack() as placed:
            if before is not None:
                named, unnamed = _naming(before, file, key, meta), _naming(before, file, key, None)
                put_bytes(placed.enter_context(beside(file, True, ZARR_METADATA)), named)
            group = folder / _PROPERTIES / ".zgroup"
            if not os.path.lexists(group):
                put_bytes(placed.enter_context(beside(group, False, ZARR_METADATA)), b'{"zarr_format": 2}')
            array = placed.enter_context(beside(folder / key, overwrite, ZARR_ARRAY))
            array.mkdir()
            put_bytes(array / ".zarray", json.dumps(meta, indent=4).encode())
            if len(values):
                put_bytes(array / "0", values.tobytes())
            if before is not None and unnamed != before:
                put_bytes(placed.enter_context(beside(file, True, ZARR_METADATA)), unnamed)
    except BaseException:
        if before is not None and file.read_bytes() != before:
            write_file(file, before, ZARR_METADATA, True)
        raise


def _naming(content: bytes, file: Path, key: str, meta: dict[str, Any] | None) -> bytes:
    """Return consolidated metadata that name an array, or do not."""
    try:
        data = json.loads(content)
        entries = data["metadata"]
        known = [path for path in entries if path.startswith(f"{key}/")]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedDataError(f"{file} is not zarr's metadata: {error!r}. Nothing was written.") from error
    if meta is None and not known:
        return content
    for path in known:
        del entries[path]
    if meta is not None:
        entries[f"{key}/.zarray"] = meta
        entries.setdefault(f"{_PROPERTIES}/.zgroup", {"zarr_format": 2})
    return json.dumps(data, indent=4).encode()


def read_from_analyzer(path: Any, name: str = "label") -> pd.DataFrame:
    """Read labels from a property of an analyzer's units.

    Raises
    ------
    LabelsError
        If there is no such property.
    """
    import pandas as pd

    analyzer = load(path)
    keys = analyzer.get_sorting_property_keys()
    if name not in keys:
        raise LabelsError(f"the analyzer has no property {name!r}. It has: {listing(keys)}.")
    values = analyzer.get_sorting_property(name)
    return pd.DataFrame({"label": values.astype(object)}, index=pd.Index(analyzer.unit_ids, name="unit_id"))
