"""Taking labels along, and bringing them back."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from ..analyzer.placing import is_folder, named_errors, target_path
from ..errors import (
    AnalyzerNotFoundError,
    DamagedDataError,
    LabelsError,
    UnknownFormatError,
    listing,
    suggestion,
)
from .curation_json import read_curation, write_curation
from .into_analyzer import read_from_analyzer, write_into_analyzer
from .nwb import read_nwb, write_nwb
from .phy import read_phy, write_phy
from .records import records
from .tables import read_csv, read_parquet, write_csv, write_parquet
from .thresholds import write_thresholds_json

Format = Literal["curation_json", "phy", "csv", "parquet", "thresholds_json", "analyzer", "nwb"]
_WRITERS: dict[str, Callable[..., Path]] = {
    "curation_json": write_curation,
    "phy": write_phy,
    "csv": write_csv,
    "parquet": write_parquet,
    "thresholds_json": write_thresholds_json,
    "analyzer": write_into_analyzer,
    "nwb": write_nwb,
}


def export_labels(
    labels: Any,
    path: str | os.PathLike[str],
    format: Format | None = None,
    *,
    overwrite: bool = False,
    **options: Any,
) -> Path:
    """Write labels for another tool; :func:`import_labels` reads all of these back.

    Parameters
    ----------
    labels : Labeler, Trace, DataFrame with ``label``, Series, or dict by unit id
    path : path
        File, or for "phy" and "analyzer" the folder.
    format : {"curation_json", "phy", "csv", "parquet", "thresholds_json", "analyzer", "nwb"}, optional
        Default: by the path's ending (``.json`` is a curation). A curation is SpikeInterface's format 2;
        "analyzer" adds a sorting property to a saved analyzer; "nwb" adds a column to the units of
        an NWB file.
    overwrite : bool, default: False
        Replace a file of the same kind; anything else that lies there stays.
    **options
        "curation_json": ``label`` (name of the definition, "quality"), ``remove`` (labels whose units are
        removed). "phy", "analyzer", "nwb": ``name`` ("label"). "csv", "parquet": ``wide`` (False;
        True adds every metric). "thresholds_json": ``dialect`` ("greater/less" or "min/max").

    Returns
    -------
    pathlib.Path
        What was written.

    Raises
    ------
    ForeignTargetError
        If what lies there is not of the format that is written: never replaced, overwrite or not.
    WriteError
        If it cannot be written.
    AlreadyExistsError, LabelsError, UnknownFormatError, MissingDependencyError, RuleError

    Examples
    --------
    >>> export_labels(labeler, "curation.json", remove="noise")
    >>> export_labels(labeler, "kilosort/output", "phy", overwrite=True)
    """
    path = target_path(path)
    chosen = format or _format_of(path)
    if chosen not in _WRITERS:
        raise UnknownFormatError(
            f"format={chosen!r} is not known.{suggestion(chosen, _WRITERS)} Formats: {listing(_WRITERS)}."
        )
    try:
        with named_errors(path):
            return _WRITERS[chosen](records(labels), path, overwrite, **options)
    except TypeError as error:
        if "unexpected keyword" in str(error):
            raise UnknownFormatError(f"'{chosen}' has no such option: {error}.") from None
        raise


def import_labels(
    path: str | os.PathLike[str],
    format: Format | None = None,
    *,
    name: str | None = None,
    unit_ids: Any = None,
) -> Any:
    """Read what :func:`export_labels`, SpikeInterface or phy have written.

    Parameters
    ----------
    path : path
        File, phy folder, or analyzer.
    format : str, optional
        As for :func:`export_labels`; default: by what lies there.
    name : str, optional
        Which label, column or property; default: "label" ("quality" of a curation).
    unit_ids : Analyzer or sequence, optional
        Ids to give the labels, matched as text: phy's tables cannot tell the text "7" from 7.

    Returns
    -------
    pandas.DataFrame
        Index: unit ids; ``label`` and whatever else was stored. For thresholds: a dictionary.

    Raises
    ------
    AnalyzerNotFoundError
        If nothing lies at the path.
    UnknownFormatError, DamagedDataError, LabelsError, MissingDependencyError
    """
    place = Path(path).expanduser()
    if not place.exists():
        raise AnalyzerNotFoundError(f"nothing lies at {place}.")
    chosen = format or _format_of(place)
    found = _read(place, chosen, name, format is not None)
    return found if unit_ids is None or isinstance(found, dict) else _with_ids(found, unit_ids, place)


def _read(place: Path, chosen: str, name: str | None, asked: bool) -> Any:
    if chosen == "csv":
        return read_csv(place)
    if chosen == "parquet":
        return read_parquet(place)
    if chosen == "phy":
        return read_phy(place, name or "label")
    if chosen == "analyzer":
        return read_from_analyzer(place, name or "label")
    if chosen == "nwb":
        return read_nwb(place, name or "label")
    if chosen in ("curation_json", "thresholds_json"):
        return _read_json(place, chosen, name, asked)
    raise UnknownFormatError(f"format={chosen!r} is not known. Formats: {listing(_WRITERS)}.")


def _with_ids(found: Any, unit_ids: Any, place: Path) -> Any:
    ids = getattr(unit_ids, "unit_ids", unit_ids)
    known = {str(unit): unit for unit in (ids.tolist() if hasattr(ids, "tolist") else ids)}
    others = [unit for unit in found.index.tolist() if str(unit) not in known]
    if others:
        raise LabelsError(f"{place} labels {len(others)} units that are not there: {listing(others, 10)}.")
    return found.set_axis([known[str(unit)] for unit in found.index.tolist()]).rename_axis("unit_id")


def _read_json(place: Path, chosen: str, name: str | None, asked: bool) -> Any:
    try:
        data = json.loads(place.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise DamagedDataError(f"{place} is not JSON: {error}.") from error
    if not isinstance(data, dict):
        raise DamagedDataError(f"{place} holds {type(data).__name__}, neither a curation nor thresholds.")
    if "unit_ids" in data and not (asked and chosen == "thresholds_json"):
        return read_curation(data, str(place), name)
    if asked and chosen == "curation_json":
        raise DamagedDataError(f"{place} is no curation: it has no 'unit_ids'.")
    return data


def _format_of(path: Path) -> str:
    by_ending = {
        ".json": "curation_json",
        ".csv": "csv",
        ".parquet": "parquet",
        ".nwb": "nwb",
        ".zarr": "analyzer",
    }
    if path.suffix.lower() in by_ending:
        return by_ending[path.suffix.lower()]
    if is_folder(path):
        if (path / "sorting").is_dir():
            return "analyzer"
        if any(path.glob("cluster_*.tsv")) or (path / "params.py").exists():
            return "phy"
    raise UnknownFormatError(f"which format is {path}? Say it: format= one of {listing(_WRITERS)}.")
