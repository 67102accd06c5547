"""The JavaScript and CSS files of the widgets, read as text.

They are built from ``frontend/`` into ``nb_autolabel/static/``: ``widget.js`` has the engine and every view, so
that the code travels once for all widgets; ``view.js`` is what each view is for anywidget; ``page.js`` is the
script of a saved page.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_STATIC = Path(__file__).parents[1] / "static"


@cache
def static(name: str) -> str:
    """Return the text of a built file.

    Text, not a path: anywidget watches a path and keeps every instance alive.
    """
    return (_STATIC / name).read_text(encoding="utf-8")
