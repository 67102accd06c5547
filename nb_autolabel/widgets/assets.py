"""The JavaScript and CSS files of the widgets, read as text.

Text, not a path: anywidget watches a path and keeps every instance alive.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@cache
def esm(*names: str) -> str:
    """Return the module of a view: the code that all views share, then its own files.

    One text, because anywidget imports a module from a Blob, where relative imports fail.
    """
    return "\n".join(asset(f"{name}.js") for name in ("common", *names))


@cache
def asset(name: str) -> str:
    """Return the text of a file beside this module."""
    return (_HERE / name).read_text(encoding="utf-8")
