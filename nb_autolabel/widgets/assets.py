"""The JavaScript and CSS files of the widgets, read as text.

Text, not a path: anywidget watches a path and keeps every instance alive.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@cache
def asset(name: str) -> str:
    """Return the text of a file beside this module."""
    return (_HERE / name).read_text(encoding="utf-8")
