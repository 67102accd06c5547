"""Nothing that is no finite number goes to the browser as JSON, which knows no NaN and no infinity."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def finite(value: Any) -> Any:
    """Return plain data in which NaN and infinities are None, and numpy's numbers plain ones.

    Parameters
    ----------
    value : Any
        Dictionaries, lists, tuples and plain values; binary data stay as they are.
    """
    if isinstance(value, dict):
        return {key: finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [finite(part) for part in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


class FiniteState:
    """A widget whose messages are JSON that every browser reads."""

    def _send(self, msg: Any, buffers: Any = None) -> None:
        super()._send(finite(msg), buffers)  # type: ignore[misc]

    def get_state(self, *args: Any, **kwargs: Any) -> Any:
        """Return the widget's state without numbers that JSON lacks; see :meth:`ipywidgets.Widget.get_state`."""
        return finite(super().get_state(*args, **kwargs))  # type: ignore[misc]
