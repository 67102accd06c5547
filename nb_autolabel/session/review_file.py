"""Where a review stopped, and the keys for labels by hand, kept in a file beside the journal."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

from ..analyzer.kinds import Kind
from ..errors import AutolabelError, LabelsError
from ..export.regular_file import open_regular
from ..export.writing import write_file

_MARK = "nb_autolabel_review"
#: Bytes at most: of a hundred thousand units.
_LARGEST = 2**23


def _foreign(path: Path) -> str:
    return "" if read_review(path) is not None else "it is not what a review keeps."


#: The file of a review.
KIND = Kind("what a review keeps", _foreign)


def review_path(journal: Path, name: str) -> Path:
    """Return where a review of a journal is kept: ``labels.jsonl`` has ``labels.review.json``."""
    return journal.with_name(f"{journal.stem}.{name}.json")


def read_review(path: Path) -> dict[str, Any] | None:
    """Return what a review kept, each part as it must be; None if nothing is there, or it is something else.

    Links, pipes and the like are not opened.
    """
    try:
        handle = open_regular(path, os.O_RDONLY)
        if handle is None:
            return None
        with os.fdopen(handle, "rb") as file:
            data = json.loads(file.read(_LARGEST))
    except (OSError, LabelsError, ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or data.get(_MARK) != 1:
        return None
    return {
        "order": _text(data.get("order")),
        "units": _texts(data.get("units")),
        "place": _text(data.get("place")) or None,
        "drawn": _texts(data.get("drawn")),
        "seconds": [x for x in _list(data.get("seconds")) if _is_seconds(x)],
        "seed": data.get("seed") if type(data.get("seed")) is int else None,
        "keys": _words(data.get("keys")),
        "merge_keys": _words(data.get("merge_keys")),
    }


def write_review(path: Path, state: dict[str, Any]) -> str:
    """Keep where a review is; return why it could not, empty if it could."""
    try:
        write_file(path, json.dumps({_MARK: 1, **state}) + "\n", KIND, overwrite=True)
    except (AutolabelError, OSError) as error:
        return f"where this review stands is not kept: {error}"
    return ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    return list(dict.fromkeys(each for each in _list(value) if isinstance(each, str)))


def _words(value: Any) -> dict[str, str]:
    said = value if isinstance(value, dict) else {}
    return {key: text for key, text in said.items() if isinstance(text, str)}


def _is_seconds(value: Any) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
    )
