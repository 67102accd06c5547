"""Labels as SpikeInterface's curation JSON, format version 2.

The format is that of ``spikeinterface.curation.curation_model.Curation`` (0.105), read by its
``apply_curation`` and by the curation widgets that follow it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..analyzer.file_kinds import CURATION
from ..errors import DamagedDataError, LabelsError, listing, suggestion
from ..plots.palette import LOOKS
from .records import Records
from .writing import target_file, write_file

if TYPE_CHECKING:
    import pandas as pd

#: Offered beside the labels that are given; the model asks for two or more.
_USUAL = ("good", "mua", "noise")


def write_curation(
    found: Records, path: Any, overwrite: bool, *, label: str = "quality", remove: Iterable[str] = ()
) -> Path:
    """Write labels as a curation.

    Parameters
    ----------
    found : Records
    path : path
        File to write.
    overwrite : bool
    label : str, default: "quality"
        Name of the label definition, which becomes the property of the units.
    remove : iterable of str, default: ()
        Units with these labels are listed as removed; read back they are "noise".

    Raises
    ------
    AlreadyExistsError, ForeignTargetError, WriteError
    LabelsError
        If no unit has a label that is to be removed, and it is none that is usual.
    """
    target = target_file(path, overwrite, CURATION)
    removed = {remove} if isinstance(remove, str) else set(remove)
    for name in removed - set(found.labels) - set(LOOKS):
        raise LabelsError(f"remove={name!r}: no unit has this label.{suggestion(name, found.labels)}")
    pairs = list(zip(found.unit_ids, found.labels, strict=True))
    options = list(dict.fromkeys([*found.labels, *_USUAL]))
    curation = {
        "format_version": "2",
        "unit_ids": [unit for unit, _ in pairs],
        "label_definitions": {label: {"name": label, "label_options": options, "exclusive": True}},
        "manual_labels": [
            {"unit_id": unit, "labels": {label: [given]}} for unit, given in pairs if given not in removed
        ],
        "removed": [unit for unit, given in pairs if given in removed],
        "merges": [],
        "splits": [],
    }
    write_file(target, json.dumps(curation, indent=2) + "\n", CURATION, overwrite)
    return target


def read_curation(data: dict[str, Any], where: str, label: str | None = None) -> pd.DataFrame:
    """Read labels from a curation of version 1 or 2.

    Parameters
    ----------
    data : dict
    where : str
        For messages.
    label : str, optional
        Which label definition; default: "quality", else the first one.

    Returns
    -------
    pandas.DataFrame
        Index unit ids; ``label``. Removed units without a label are "noise".

    Raises
    ------
    LabelsError, DamagedDataError
    """
    import pandas as pd

    known = list(data.get("label_definitions") or {})
    chosen = label or ("quality" if "quality" in known or not known else known[0])
    if label is not None and label not in known:
        raise LabelsError(f"{where} has no label definition {label!r}, only {listing(known)}.")
    labels: dict[Any, str] = {}
    try:
        for entry in data.get("manual_labels") or []:
            given = entry.get("labels", entry).get(chosen)
            if given:
                labels[entry["unit_id"]] = given if isinstance(given, str) else str(given[0])
        for unit in data.get("removed") or data.get("removed_units") or []:
            labels.setdefault(unit, "noise")
        order = [unit for unit in data["unit_ids"] if unit in labels]
    except (AttributeError, KeyError, TypeError, IndexError) as error:
        raise DamagedDataError(
            f"{where} is not a curation as SpikeInterface writes it: {error!r}."
        ) from error
    return pd.DataFrame({"label": [labels[unit] for unit in order]}, index=pd.Index(order, name="unit_id"))
