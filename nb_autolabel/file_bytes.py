"""Small files of other programs, read whole: regular files only, and not more of them than can be meant."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

#: Bytes of a JSON file at most, and of a table of text.
MAX_JSON, MAX_TABLE = 2**26, 2**30


def read_bytes(path: Path, limit: int) -> bytes:
    """Return what a file holds. A pipe, which would be waited for, or a device, which has no end, is not read.

    Parameters
    ----------
    path : Path
        Links are followed.
    limit : int
        Bytes.

    Raises
    ------
    OSError
    ValueError
        If it is no regular file, or has more bytes.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise ValueError("it is no regular file")
        if found.st_size > limit:
            raise ValueError(f"it has {found.st_size} bytes, more than {limit}")
        data = file.read(limit + 1)
    if len(data) > limit:
        raise ValueError(f"it has more than {limit} bytes")
    return data


def read_json(path: Path) -> Any:
    """Return what a JSON file holds; a byte order mark, UTF-16 and UTF-32 are understood.

    Raises
    ------
    OSError
    ValueError
        If it is no JSON, an object names something twice, or text holds half of a surrogate pair, which nothing can write.
    RecursionError
        If it is nested too deeply.
    """
    data = read_bytes(path, MAX_JSON)
    value = json.loads(data, object_pairs_hook=_each_once)
    if b"\\u" in data.replace(b"\0", b""):
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({repr(name) for name in names if names.count(name) > 1})[:5]
        raise ValueError(f"{', '.join(twice)} stands there twice")
    return found
