"""Export labels to other tools' formats and import them again."""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from ..analyzer.atomic_write import is_folder, named_errors, target_path
from ..errors import AnalyzerNotFoundError, Argument, LabelsError, UnknownFormatError, listing, suggestion
from ..labels import canonical
from ..unit_ids import UnitIndex, as_index, as_list, as_text, is_missing, is_writable
from .curation_json import write_curation
from .into_analyzer import read_from_analyzer, write_into_analyzer
from .json_files import read_json
from .nwb import read_nwb, write_nwb
from .phy import read_phy, write_phy
from .phy_numbering import is_same_folder
from .records import opened_phy_folder, records
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


#: Characters of a name at most; it becomes part of a file's name.
_LONGEST_NAME = 100


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
        "analyzer" adds a sorting property to a saved analyzer; "nwb" adds columns to the units of
        an NWB file: "label", and the proposed "quality_label" and "quality_score" beside it.
    overwrite : bool, default: False
        Replace a file of the same kind; anything else that lies there stays.
    **options
        "curation_json": ``label`` (name of the definition, "quality"), ``remove`` (labels whose units are
        removed). "phy", "analyzer", "nwb": ``name`` ("label"). "phy": ``numbering`` ("units" or "clusters": whether ids
        are those of ``cluster_si_unit_ids.tsv``, where there is one, or phy's own). "csv", "parquet": ``wide`` (False;
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
    _check_names(options)
    chosen = check_format(path, format)
    _check_options(chosen, options)
    with named_errors(path):
        return _WRITERS[chosen](records(labels), path, overwrite, **options)


def check_format(path: Path, format: Any = None) -> Format:
    """Return the format in which labels are written to a path, before anything is computed.

    Raises
    ------
    UnknownFormatError
        If the format is not known, or not given and the path does not tell it.
    """
    chosen: Any = _format_of(path) if format is None else format
    if not isinstance(chosen, str) or chosen not in _WRITERS:
        raise UnknownFormatError(
            f"format={chosen!r} is not known.{suggestion(chosen, _WRITERS)} Formats: {listing(_WRITERS)}."
        )
    return chosen  # type: ignore[return-value]


def import_labels(
    path: str | os.PathLike[str],
    format: Format | None = None,
    *,
    name: str | None = None,
    unit_ids: Any = None,
) -> Any:
    """Read what :func:`export_labels`, SpikeInterface, its GUI, sortingview, Bombcell or phy have written.

    Labels come back in one spelling ("MUA" as "mua", "NON-SOMA" as "non_soma"), whatever tool wrote them; units
    without one (blank, "unsorted", None) are left out. Tables are read by their headers.

    Parameters
    ----------
    path : path
        File, phy folder, or analyzer.
    format : str, optional
        As for :func:`export_labels`; default: by what lies there.
    name : str, optional
        Which label, column or property; default: "label" ("quality" of a curation; of a phy folder, see
        :func:`nb_autolabel.export.phy.read_phy`).
    unit_ids : Analyzer, labeler, DataFrame of metrics or sequence of ids, optional
        Ids to give the labels, matched as text: phy's tables cannot tell the text "7" from 7. Labels of other
        units are left out. An analyzer that was opened from the phy folder gets the labels of its clusters.

    Returns
    -------
    pandas.DataFrame
        Index: unit ids; ``label`` and whatever else was stored. For thresholds: a dictionary. Of a curation,
        ``attrs["merges"]`` has the groups of units that it merges: ``labeler.override(labels)`` takes them as proposals.

    Raises
    ------
    AnalyzerNotFoundError
        If nothing lies at the path.
    UnknownFormatError
        If it is a file of another kind.
    LabelsError
        If a unit is named twice, or none of `unit_ids` is.
    DamagedDataError, MissingDependencyError

    Warns
    -----
    UserWarning
        If something in the file is not taken (merges, splits, labels of other units), or its labels are not
        what they seem (phy's groups that are Kilosort's own).
    """
    place = _place(path)
    chosen = _format_of(place) if format is None else format
    if not isinstance(chosen, str):
        raise UnknownFormatError(f"format={chosen!r} is not known. Formats: {listing(_WRITERS)}.")
    if name is not None and (not isinstance(name, str) or len(name) > _LONGEST_NAME):
        raise LabelsError(f"name={str(name)[:120]!r} is no name: text of at most {_LONGEST_NAME} characters.")
    known = None if unit_ids is None else UnitIndex(_ids_of(unit_ids), "the given units")
    notes: list[str] = []
    if chosen == "phy":
        opened = opened_phy_folder(unit_ids)
        own = opened is not None and is_same_folder(opened, place)
        found = read_phy(place, name, notes.append, True if own else None if known is None else False)
    else:
        found = _read(place, chosen, name, format is not None, known, notes.append)
    if not isinstance(found, dict):
        merges = found.attrs.get("merges")
        found = _labeled(found, place)
        if known is not None:
            found = _with_ids(found, known, place, notes.append)
        if merges:
            found.attrs["merges"] = merges
    for note in notes:
        warnings.warn(note, UserWarning, stacklevel=2)
    return found


def _check_options(format: str, options: dict[str, Any]) -> None:
    """Refuse options that a format does not have.

    Raises
    ------
    UnknownFormatError
    """
    parameters = inspect.signature(_WRITERS[format]).parameters.values()
    known = [p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY]
    for option in options:
        if option not in known:
            raise UnknownFormatError(
                f"'{format}' has no such option: {option!r}.{suggestion(option, known)} It has: {listing(known)}."
            )


def _check_names(options: dict[str, Any]) -> None:
    """Refuse names of columns, properties and definitions that no format can hold.

    Raises
    ------
    LabelsError
    """
    for option in ("name", "label"):
        name = options.get(option, "label")
        if (
            not isinstance(name, str)
            or not name.strip()
            or len(name) > _LONGEST_NAME
            or not is_writable(name)
        ):
            raise LabelsError(
                f"{option}={str(name)[:120]!r} is no name: text of at most {_LONGEST_NAME} characters, not blank."
            )


def _place(path: Any) -> Path:
    """Return the path of what lies there.

    Raises
    ------
    AnalyzerNotFoundError
    """
    try:
        place = Path(path).expanduser()
        if place.is_file() or place.is_dir():
            return place
        if place.exists():  # opening a pipe would wait for whoever writes to it, and a device may have no end
            raise AnalyzerNotFoundError(f"{place} is a pipe, a socket or a device, and no file or folder.")
    except TypeError:
        raise AnalyzerNotFoundError(
            f"labels are read from the path of a file or folder, not from {type(path).__name__}."
        ) from None
    except AnalyzerNotFoundError:
        raise
    except (OSError, RuntimeError, ValueError) as error:
        raise AnalyzerNotFoundError(f"nothing can be read at {str(path)[:200]}: {error}.") from error
    raise AnalyzerNotFoundError(f"nothing lies at {place}.")


def _read(
    place: Path,
    chosen: str,
    name: str | None,
    asked: bool,
    known: UnitIndex | None,
    say: Callable[[str], None],
) -> Any:
    if chosen == "csv":
        return read_csv(place, name)
    if chosen == "parquet":
        return read_parquet(place, name)
    if chosen == "analyzer":
        return read_from_analyzer(place, name or "label")
    if chosen == "nwb":
        return read_nwb(place, name or "label", known, say)
    if chosen in ("curation_json", "thresholds_json"):
        return read_json(place, chosen if asked else None, name, say)
    raise UnknownFormatError(f"format={chosen!r} is not known. Formats: {listing(_WRITERS)}.")


def _labeled(found: Any, place: Path) -> Any:
    """Return the units that have a label, in one spelling, each once.

    Raises
    ------
    LabelsError
        If a unit stands there twice or has no id.
    """
    ids = as_list(found.index)
    if any(is_missing(unit) or unit in ("", b"") for unit in ids):
        raise LabelsError(f"{place} has labels without a unit id.")
    UnitIndex(ids, str(place))
    labels = [canonical(label) for label in found["label"]]
    found = found.assign(label=labels)
    if any(isinstance(unit, bytes) for unit in ids):
        found = found.set_axis(as_index([as_text(u) if isinstance(u, bytes) else u for u in ids]))
    return found[found["label"].notna().to_numpy()]


def _with_ids(found: Any, known: UnitIndex, place: Path, say: Callable[[str], None]) -> Any:
    """Return labels with the ids of the units they belong to; others are left out, and named."""
    ids = as_list(found.index)
    places = known.positions(ids, others="mark")
    others = [unit for unit, at in zip(ids, places, strict=True) if at < 0]
    text = f"{place} labels {len(others)} units that are not there: {listing(map(repr, others), 10)}."
    if others and len(others) == len(ids):
        raise LabelsError(f"{text} There are {len(known)}: {listing(map(repr, known.ids), 12)}.")
    if others:
        say(f"{text} They are left out.")
    found = found[places >= 0]
    return found.set_axis(as_index([known.ids[at] for at in places if at >= 0]))


def _ids_of(source: Any) -> Any:
    """Return unit ids of an analyzer, a labeler, a table or a sequence."""
    if isinstance(source, str | bytes | os.PathLike):
        raise LabelsError(f"unit_ids={source!r}: give the analyzer itself, nbl.load(...), or a list of ids.")
    if hasattr(source, "columns") or (hasattr(source, "index") and hasattr(source, "loc")):
        return source.index
    source = getattr(source, "analyzer", source)
    return getattr(source, "unit_ids", source)


def _format_of(path: Path) -> str:
    by_ending = {
        ".json": "curation_json",
        ".csv": "csv",
        ".tsv": "csv",
        ".parquet": "parquet",
        ".nwb": "nwb",
        ".zarr": "analyzer",
    }
    if path.suffix.lower() in by_ending:
        return by_ending[path.suffix.lower()]
    if is_folder(path):
        if (path / "sorting").is_dir():
            return "analyzer"
        if any(path.glob("cluster_*.[ct]sv")) or (path / "params.py").exists():
            return "phy"
    raise UnknownFormatError(
        f"which format is {path}? Say it: ", Argument("format"), f" one of {listing(_WRITERS)}."
    )
