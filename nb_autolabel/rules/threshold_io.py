"""Reading and writing thresholds as dictionaries and JSON files, in both ways people write them.

``{"snr": {"min": 5}}`` (the how-to, SpikeInterface 0.104) and ``{"snr": {"greater": 5}}``
(SpikeInterface 0.105), flat or in sections.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from ..errors import RuleError, listing, suggestion
from ..file_bytes import read_json
from ..metrics.registry import metric
from .criterion import Criterion, NanPolicy

#: What each accepted key means.
_KEYS = {"min": "min", "max": "max", "greater": "min", "less": "max", "abs": "abs", "nan": "nan"}
_OUT = {"min/max": ("min", "max"), "greater/less": ("greater", "less")}


def read_thresholds(source: Any) -> dict[str, Any]:
    """Return thresholds given as a dictionary or as the path of a JSON file.

    Parameters
    ----------
    source : dict, str or pathlib.Path

    Returns
    -------
    dict

    Raises
    ------
    RuleError
        If the file is missing or not JSON, or the source is something else.
    """
    if isinstance(source, Mapping):
        return dict(source)
    if not isinstance(source, str | Path):
        raise RuleError(
            f"thresholds are a dictionary or the path of a JSON file, not {type(source).__name__}: {source!r}."
        )
    path = Path(source)
    if not str(source):
        raise RuleError("thresholds='' names no file.")
    try:
        data = read_json(path)
    except OSError as error:
        raise RuleError(f"cannot read thresholds from {path}: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise RuleError(f"{path} is not JSON: {error}.") from error
    if not isinstance(data, dict):
        raise RuleError(f"{path} holds {type(data).__name__}, not a dictionary of thresholds.")
    try:
        check_thresholds(data)
    except RuleError as error:
        raise RuleError(f"{path}: {error}") from error
    return data


def check_thresholds(data: Mapping[str, Any]) -> None:
    """Make sure that a file holds thresholds, and nothing else.

    Raises
    ------
    RuleError
        If an entry cannot be read, or there is none.
    """
    criteria = []
    for name, entry in data.items():
        sectioned = isinstance(entry, Mapping) and any(isinstance(inner, Mapping) for inner in entry.values())
        if sectioned:
            criteria += [
                read_criterion(inner, limits, section=name, nan="fail") for inner, limits in entry.items()
            ]
        else:
            criteria.append(read_criterion(name, entry, nan="fail"))
    if not criteria or not any(set(entry) & set(_KEYS) for entry in _entries(data)):
        raise RuleError('there are no thresholds in it, as in {"snr": {"min": 5}}.')


def _entries(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    parts = [value for value in data.values() if isinstance(value, Mapping)]
    return parts + [inner for part in parts for inner in part.values() if isinstance(inner, Mapping)]


def is_sectioned(thresholds: Mapping[str, Any]) -> bool:
    """Tell sections of metrics (``{"noise": {"snr": {...}}}``) from a flat dictionary of metrics."""
    return any(
        isinstance(value, Mapping) and any(isinstance(inner, Mapping) for inner in value.values())
        for value in thresholds.values()
    )


def usual_nan(section: str, name: str) -> NanPolicy:
    """Return what a missing value counts as in a section of Bombcell's thresholds."""
    if section == "noise" or (section == "mua" and metric(name).nan_is_failure):
        return "fail"
    return "ignore"


def read_criterion(name: str, entry: Any, *, section: str = "", group: str = "", nan: NanPolicy) -> Criterion:
    """Read one entry, ``{"min": 5, "max": None, "abs": True, "nan": "fail"}``.

    Parameters
    ----------
    name : str
        Metric.
    entry : dict
        Keys ``min``/``greater``, ``max``/``less``, ``abs``, ``nan``; each may be left out.
    section, group : str
        See :class:`Criterion`.
    nan : {"fail", "pass", "ignore"}
        Used where the entry has no ``nan``.

    Raises
    ------
    RuleError
        For an unknown key, a limit given twice, or a value that is no number.
    """
    where = f"metric '{name}'" + (f" in section '{section}'" if section else "")
    if not isinstance(name, str):
        raise RuleError(f"a metric is named by a string, not {name!r}.")
    if not isinstance(entry, Mapping):
        raise RuleError(
            f"{where}: thresholds are a dictionary like {{'min': 5, 'max': None}}, not {entry!r}."
        )
    found: dict[str, Any] = {}
    for key, value in entry.items():
        if key not in _KEYS:
            raise RuleError(
                f"{where}: unknown key {key!r}.{suggestion(key, _KEYS)} Known keys: {listing(_KEYS)}."
            )
        meaning = _KEYS[key]
        if meaning in found:
            raise RuleError(f"{where}: {meaning} is given twice, also as {key!r}. Use one of the two names.")
        found[meaning] = value
    absolute = found.get("abs")
    if absolute is None:
        absolute = metric(name).magnitude
    if not isinstance(absolute, bool):
        raise RuleError(f"{where}: abs={absolute!r} is not True or False.")
    return Criterion(
        metric=name,
        min=found.get("min"),
        max=found.get("max"),
        abs=absolute,
        nan=nan if found.get("nan") is None else found["nan"],
        section=section,
        group=group,
    )


def write_thresholds(
    criteria: Iterable[Criterion], dialect: Literal["min/max", "greater/less"] = "min/max"
) -> dict[str, Any]:
    """Return criteria as a dictionary, nested by section where they have one.

    Both limits are always written. ``abs`` is written where it differs from the metric's default;
    in "greater/less", whose other readers have no such default, also where it agrees with one.
    ``nan`` is written where reading would not give it: in a section whose usual policy is another,
    in a flat dictionary unless every criterion fails a missing value.

    Raises
    ------
    RuleError
        For an unknown dialect.
    """
    if dialect not in _OUT:
        raise RuleError(f"dialect {dialect!r} is not known. Use one of: {listing(_OUT)}.")
    low, high = _OUT[dialect]
    criteria = tuple(criteria)
    flat = "fail" if all(c.nan == "fail" for c in criteria if c.active) else None
    out: dict[str, Any] = {}
    for criterion in criteria:
        entry: dict[str, Any] = {low: criterion.min, high: criterion.max}
        magnitude = metric(criterion.metric).magnitude
        if criterion.abs != magnitude or (magnitude and dialect == "greater/less"):
            entry["abs"] = criterion.abs
        usual = usual_nan(criterion.section, criterion.metric) if criterion.section else flat
        if criterion.active and criterion.nan != usual:
            entry["nan"] = criterion.nan
        target = out.setdefault(criterion.section, {}) if criterion.section else out
        target[criterion.metric] = entry
    return out
