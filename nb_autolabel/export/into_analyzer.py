"""Labels as a property of the units in a saved analyzer, added without rewriting it."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analyzer.opening import load
from ..analyzer.placing import beside
from ..errors import AlreadyExistsError, LabelsError, UnknownFormatError, listing
from ..unit_ids import as_text
from .records import Records
from .writing import write_file

if TYPE_CHECKING:
    import pandas as pd


def write_into_analyzer(found: Records, path: Any, overwrite: bool, *, name: str = "label") -> Path:
    """Add labels to a saved analyzer as a sorting property; one small array is written, nothing else.

    Parameters
    ----------
    found : Records
        A label for every unit of the analyzer.
    path : path
        Of a ``.zarr`` folder or a binary folder.
    overwrite : bool
        Replace a property of that name.
    name : str, default: "label"

    Raises
    ------
    UnknownFormatError
        If it is not a local folder.
    LabelsError
        If the labels are of other units.
    AlreadyExistsError
    """
    folder = Path(path).expanduser().absolute()
    if not folder.is_dir():
        raise UnknownFormatError(
            f"{folder} is no folder. Save the analyzer first: analyzer.save_as(folder=...)."
        )
    if not name.isidentifier():
        raise LabelsError(f"{name!r} cannot name a property. Use letters, digits and _.")
    analyzer = load(folder)
    if name in analyzer.get_sorting_property_keys() and not overwrite:
        raise AlreadyExistsError(
            f"{folder} has the property '{name}' already. Pass overwrite=True to replace it."
        )
    by_id = {as_text(unit): label for unit, label in zip(found.unit_ids, found.labels, strict=True)}
    ids = [as_text(unit) for unit in analyzer.unit_ids.tolist()]
    lacking = [unit for unit in ids if unit not in by_id]
    if lacking or len(ids) != len(by_id):
        raise LabelsError(
            f"the labels are of {len(by_id)} units, the analyzer has {len(ids)}; without a label: "
            f"{listing(lacking, 10)}."
        )
    values = np.array([by_id[unit] for unit in ids])
    if analyzer.format == "zarr":
        _into_zarr(folder, name, values)
    else:
        content = io.BytesIO()
        np.save(content, values, allow_pickle=False)
        write_file(folder / "sorting" / "properties" / f"{name}.npy", content.getvalue())
    return folder


def _into_zarr(folder: Path, name: str, values: np.ndarray[Any, Any]) -> None:
    """Write an array of format 2 by hand: one uncompressed chunk, which every reader understands."""
    key = f"sorting/properties/{name}"
    values = values.astype(values.dtype.newbyteorder("<"))
    meta = {
        "zarr_format": 2, "shape": list(values.shape), "chunks": [max(1, len(values))], "dtype": values.dtype.str,
        "compressor": None, "fill_value": "", "order": "C", "filters": None,
    }  # fmt: skip
    # While the array is exchanged the store does not name it, so no reader finds half of each.
    _name_in_store(folder, key, None)
    if not (folder / "sorting" / "properties").is_dir():
        (folder / "sorting" / "properties").mkdir()
        write_file(folder / "sorting" / "properties" / ".zgroup", json.dumps({"zarr_format": 2}))
    with beside(folder / key, overwrite=True) as partial:
        partial.mkdir()
        (partial / ".zarray").write_text(json.dumps(meta, indent=4), encoding="utf-8")
        (partial / "0").write_bytes(values.tobytes())
    _name_in_store(folder, key, meta)


def _name_in_store(folder: Path, key: str, meta: dict[str, Any] | None) -> None:
    file = folder / ".zmetadata"
    if not os.path.lexists(file):
        return
    data = json.loads(file.read_text(encoding="utf-8"))
    entries = data["metadata"]
    known = [path for path in entries if path.startswith(f"{key}/")]
    if meta is None and not known:
        return
    for path in known:
        del entries[path]
    if meta is not None:
        entries[f"{key}/.zarray"] = meta
        entries.setdefault("sorting/properties/.zgroup", {"zarr_format": 2})
    write_file(file, json.dumps(data, indent=4))


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
