"""JSON files: curations of SpikeInterface, of sortingview and figpack, and thresholds, told apart by what is in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DamagedDataError, RuleError, UnknownFormatError, listing
from ..file_bytes import read_json as read_json_file
from ..labels import of_several
from ..rules.threshold_io import check_thresholds
from ..unit_ids import as_index
from .curation_json import read_curation
from .merges_in_files import merges_of

if TYPE_CHECKING:
    import pandas as pd


def read_json(place: Path, asked: str | None, name: str | None, say: Callable[[str], None]) -> Any:
    """Read labels or thresholds.

    Parameters
    ----------
    place : Path
    asked : {"curation_json", "thresholds_json"}, optional
        What it is said to be.
    name : str, optional
        Label definition of a curation.
    say : callable
        Is given a sentence about everything that is not taken.

    Returns
    -------
    pandas.DataFrame or dict
        Labels; thresholds as they stand there, after their own reader has understood them.

    Raises
    ------
    DamagedDataError
        If it is no JSON, or not whole.
    UnknownFormatError
        If it is something else.
    LabelsError
    """
    data = load_json(place)
    if not isinstance(data, dict):
        raise DamagedDataError(f"{place} holds {type(data).__name__}, neither a curation nor thresholds.")
    if asked != "thresholds_json":
        if isinstance(data.get("labelsByUnit"), dict):
            return read_sortingview(data, str(place), say)
        if "manual_labels" in data or {"format_version", "unit_ids"} <= data.keys():
            return read_curation(data, str(place), name, say)
        if asked == "curation_json":
            raise DamagedDataError(
                f"{place} is no curation: it has neither 'manual_labels' nor 'labelsByUnit'."
            )
    try:
        check_thresholds(data)
    except RuleError as error:
        raise UnknownFormatError(
            f"{place} is neither a curation (with 'manual_labels' or 'labelsByUnit') nor thresholds "
            f'({{"snr": {{"min": 5}}}}): {_looks_like(data)}, and {str(error)[:300]}'
        ) from error
    return data


def load_json(place: Path) -> Any:
    """Return what a JSON file holds, as :func:`nb_autolabel.file_bytes.read_json`.

    Raises
    ------
    DamagedDataError
        If it is no JSON, or an object names something twice.
    """
    try:
        return read_json_file(place)
    except (ValueError, RecursionError, OSError) as error:
        raise DamagedDataError(f"{place} is not JSON: {error}.") from error


def read_sortingview(data: dict[str, Any], where: str, say: Callable[[str], None]) -> pd.DataFrame:
    """Read the labels of a curation by sortingview or figpack.

    A unit's first label that says how good it is (good, mua, noise, ...) is its label, else its first one as it
    is: "accept" and "reject" are not translated. ``all_labels`` has all of a unit's labels.

    Parameters
    ----------
    data : dict
        ``labelsByUnit``, and perhaps ``mergeGroups``.
    where : str
    say : callable

    Raises
    ------
    DamagedDataError
    """
    import pandas as pd

    labels = {}
    for unit, given in data["labelsByUnit"].items():
        several = [given] if isinstance(given, str) else given
        if not isinstance(several, list) or not all(isinstance(label, str) for label in several):
            raise DamagedDataError(f"{where}: the labels of unit {unit!r} are no list of texts: {given!r}.")
        labels[unit] = several
    if all(re.fullmatch(r"0|-?[1-9][0-9]{0,99}", unit) for unit in labels):
        labels = {int(unit): several for unit, several in labels.items()}
    units = [unit for unit, several in labels.items() if of_several(several) is not None]
    merges = data.get("mergeGroups") or []
    if isinstance(merges, list) and merges:
        named = listing(
            ("+".join(map(str, group)) if isinstance(group, list) else str(group) for group in merges), 6
        )
        say(
            f"{where} has more than labels, which is not taken: merges ({named}). SpikeInterface's apply_curation does it."
        )
    frame = pd.DataFrame(
        {
            "label": [of_several(labels[unit]) for unit in units],
            "all_labels": ["; ".join(labels[unit]) for unit in units],
        },
        index=as_index(units),
    )
    frame.attrs["merges"] = merges_of(data, where, strict=False)
    return frame


def _looks_like(data: dict[str, Any]) -> str:
    """Say in words what a JSON object looks like."""
    if not data:
        return "it is an empty object"
    if "curation_steps" in data:
        return "it is a sequence of curations, of which each is read from a file of its own"
    if all(isinstance(value, str) for value in data.values()):
        return "it looks like labels by unit id, which a CSV file with the columns unit_id and label holds"
    return f"it holds {listing(map(repr, data), 8)}"
