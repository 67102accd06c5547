"""Positions of units, checked."""

from __future__ import annotations

from typing import Any

from ..errors import MessageError


def checked_positions(value: Any, n_units: int) -> tuple[int, ...]:
    """Return positions of units, each once.

    Raises
    ------
    MessageError
    """
    if not isinstance(value, list | tuple) or len(value) > n_units:
        raise MessageError(f"units are a list of at most {n_units} positions; got {in_short(value)}.")
    for at in value:
        if type(at) is not int or not 0 <= at < n_units:
            raise MessageError(f"there is no unit at position {in_short(at)}; there are {n_units} units.")
    if len(set(value)) != len(value):
        raise MessageError("a unit is named twice.")
    return tuple(value)


def in_short(value: Any) -> str:
    """Return what a value is for a message: its text if that is short, whatever came."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of very many digits, a list of very many levels
        text = f"a {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."
