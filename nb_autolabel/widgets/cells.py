"""Which cell a labeler was made in, so that running the cell again leaves nothing of the old one behind."""

from __future__ import annotations

import weakref
from typing import Any

#: Labelers by the cell that made them, with the execution in which it did.
_made: dict[str, list[tuple[int, weakref.ref[Any]]]] = {}


def running_cell() -> tuple[str, int] | None:
    """Return the id of the running cell and the number of its execution; None outside a notebook."""
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    shell = get_ipython()
    parent = getattr(shell, "parent_header", None) or getattr(
        getattr(shell, "kernel", None), "_parent_header", None
    )
    if callable(getattr(shell, "get_parent", None)):
        parent = shell.get_parent()
    cell = ((parent or {}).get("metadata") or {}).get("cellId")
    return (str(cell), int(shell.execution_count)) if cell else None


def beside_plain(widget: Any, plain: dict[str, Any]) -> dict[str, Any]:
    """Return what a notebook shows of a widget, with text and HTML for where no kernel runs."""
    made = widget._repr_mimebundle_()
    # IPython lets a widget answer with data, or with data and metadata.
    data = made[0] if isinstance(made, tuple) else made
    return {**(data or {}), **plain}


def replace_earlier(labeler: Any) -> None:
    """Close the labelers that an earlier run of this cell made.

    Their outputs are gone from the notebook; their models in the browser and the kernel would stay.
    """
    here = running_cell()
    if here is None:
        return
    cell, run = here
    kept = []
    for earlier, reference in _made.get(cell, []):
        old = reference()
        if old is not None and earlier != run:
            old.close()
        elif old is not None:
            kept.append((earlier, reference))
    _made[cell] = [*kept, (run, weakref.ref(labeler))]
