"""Parsing JSON written by other programs, with bounds on its size and nesting that are checked before parsing."""

from __future__ import annotations

import json
from typing import Any

from ..errors import DamagedDataError

#: Lists and dictionaries in one file; each takes memory, however short it is written.
MAX_CONTAINERS = 1_000_000
#: How deep they may be nested.
MAX_NESTING = 100
_CONTAINERS = frozenset((dict, list))


def parse_json(data: bytes, where: str) -> Any:
    """Return what a JSON text holds; a byte order mark and UTF-16 or UTF-32 are understood.

    Parameters
    ----------
    data : bytes
        Not longer than the caller allows.
    where : str
        For messages.

    Raises
    ------
    DamagedDataError
        If it is not JSON, or far larger or deeper than metadata are.
    """
    count = data.count(b"[") + data.count(b"{")
    if count > MAX_CONTAINERS:
        raise DamagedDataError(f"{where} holds {count} lists and dictionaries, more than {MAX_CONTAINERS}.")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DamagedDataError(f"{where} is not JSON: {error}.") from error
    if count > MAX_NESTING and _is_deep(value):
        raise DamagedDataError(f"{where} is nested more than {MAX_NESTING} deep.")
    return value


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_NESTING + 1):
        # json.loads makes plain dictionaries and lists only.
        level = [
            v
            for one in level
            if type(one) in _CONTAINERS
            for v in (one.values() if type(one) is dict else one)
            if type(v) in _CONTAINERS
        ]
        if not level:
            return False
    return True
