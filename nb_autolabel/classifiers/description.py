"""What a model says of itself in ``model_info.json``: read with limits, and only in the form it should have."""

from __future__ import annotations

import json
import math
import stat
from pathlib import Path
from typing import Any

from ..errors import ModelError

#: Name of the file, as UnitRefine writes it.
INFO = "model_info.json"
#: Bytes of the file, and how deep its lists and dictionaries may be nested.
MAX_INFO, MAX_NESTED = 4_000_000, 40


def read_description(path: Path) -> dict[str, Any]:
    """Read what a model says of itself.

    Parameters
    ----------
    path : Path
        Of ``model_info.json``; it may be missing.

    Returns
    -------
    dict
        Empty if there is none. ``statistics`` and ``groups``, which warnings are made from, are left out
        where they do not have the form that this package writes.

    Raises
    ------
    ModelError
        If it is no regular file, too large, or no JSON dictionary.
    """
    try:
        status = path.stat()
    except OSError:
        return {}
    if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_INFO:
        raise ModelError(
            f"{path} is not a regular file of at most {MAX_INFO} bytes, as the description of a model is."
        )
    try:
        info = json.loads(path.read_text(encoding="utf-8-sig"))
    except RecursionError:
        raise ModelError(f"{path} is nested too deeply.") from None
    except (ValueError, OSError) as error:
        raise ModelError(f"{path} is not JSON: {error}.") from None
    if not isinstance(info, dict):
        raise ModelError(f"{path} holds {type(info).__name__}, not a dictionary.")
    if _nested(info) > MAX_NESTED:
        raise ModelError(f"{path} is nested too deeply: more than {MAX_NESTED} levels.")
    checks = {"statistics": _statistics, "groups": _groups}
    return {key: checks[key](value) if key in checks else value for key, value in info.items()}


def _statistics(told: Any) -> dict[str, dict[str, float]]:
    entries = told.items() if isinstance(told, dict) else ()
    return {
        name: {key: float(value) for key, value in known.items() if _is_number(value)}
        for name, known in entries
        if isinstance(known, dict)
    }


def _groups(told: Any) -> dict[str, Any]:
    entries = told.items() if isinstance(told, dict) else ()
    return {
        name: group
        for name, group in entries
        if isinstance(group, dict)
        and _is_number(group.get("loss"))
        and isinstance(group.get("features"), list)
        and all(isinstance(feature, str) for feature in group["features"])
    }


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < 1e300
        and not math.isnan(value)
    )


def _nested(value: Any) -> int:
    level, depth = [value], 0
    while level:
        depth += 1
        inside = [list(v.values()) if isinstance(v, dict) else v for v in level if isinstance(v, dict | list)]
        level = [one for several in inside for one in several]
    return depth
