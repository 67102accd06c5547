"""The JavaScript and CSS files of the widgets, read as text.

Text, not a path: anywidget watches a path and keeps every instance alive.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
#: What views are made of, in this order, before the views themselves.
_SHARED = ("common", "axis", "bars", "filter", "rules", "why", "agreement", "hand_bar")
_VIEWS = (
    "card",
    "compare",
    "counts",
    "gaps",
    "hand",
    "keep",
    "limits",
    "moves",
    "scatter",
    "table",
    "tools",
    "upset",
    "waveforms",
    "whatif",
)


@cache
def engine_module() -> str:
    """Return the module of the engine, with the code of every view in it.

    One text, because anywidget imports a module from a Blob, where relative imports fail; and in the
    engine, because every widget would send and parse its own copy otherwise.
    """
    shared = [asset(f"{name}.js") for name in _SHARED]
    views = [
        f"VIEWS.{name} = (() => {{\n{asset(f'{name}.js').replace('export default', 'return')}\n}})();"
        for name in _VIEWS
    ]
    return "\n".join([*shared, *views, asset("engine.js")])


@cache
def view_module(name: str) -> str:
    """Return the module of a view: it asks the engine for its code."""
    return asset("view.js").replace("NAME", name)


@cache
def asset(name: str) -> str:
    """Return the text of a file beside this module."""
    return (_HERE / name).read_text(encoding="utf-8")
