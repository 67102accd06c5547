"""What the browser may ask of a labeler: each message is checked as a whole before anything changes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import MessageError, listing
from ..labels import canonical
from ..rules.criterion import NAN_POLICIES
from ..unit_ids import is_writable
from .named_units import named_units

Do = Literal["undo", "redo", "reset"]
Limits = tuple[tuple[float | None, float | None], ...]

_KEYS = ("do", "override", "nan", "set", "step")
#: Characters of a label or a note at most.
LONGEST_TEXT = 2_000


@dataclass(frozen=True)
class Message:
    """A message that can be carried out.

    Attributes
    ----------
    do : {"undo", "redo", "reset"} or None
    override : tuple of (tuple of int, str or None, str), or None
        Positions of units, the label they get by hand (None leaves them to the rules), a note.
    nan : tuple of (int, str) or None
        Position of a criterion, and what its missing values count as.
    limits : tuple of (float or None, float or None), or None
        One pair a criterion, in stored units.
    selection : tuple of int, or None
        Positions of units.
    step : str
        Messages in a row with the same step are one step for undo.
    """

    do: Do | None = None
    override: tuple[tuple[int, ...], str | None, str] | None = None
    nan: tuple[int, str] | None = None
    limits: Limits | None = None
    selection: tuple[int, ...] | None = None
    step: str = ""


def checked(content: Any, unit_ids: Sequence[str], n_criteria: int) -> Message:
    """Read a message.

    Parameters
    ----------
    content : Any
        As it came from the browser.
    unit_ids : sequence of str
        Ids of the units as text, by position.
    n_criteria : int

    Returns
    -------
    Message

    Raises
    ------
    MessageError
        If any part of it is not as it must be.
    """
    content = _dict(content, "a message", _KEYS)
    inputs = _dict(content.get("set", {}), "'set'", ("limits", "selection"))
    do = content.get("do")
    if do is not None and do not in ("undo", "redo", "reset"):
        raise MessageError(f"'do' is {_short(do)}; undo, redo and reset are known.")
    return Message(
        do=do,
        override=_override(content["override"], unit_ids) if "override" in content else None,
        nan=_nan(content["nan"], n_criteria) if "nan" in content else None,
        limits=checked_limits(inputs["limits"], n_criteria) if "limits" in inputs else None,
        selection=checked_positions(inputs["selection"], len(unit_ids)) if "selection" in inputs else None,
        step=_text(content.get("step", ""), "'step'"),
    )


def checked_by_key(content: Any, unit_ids: Sequence[str]) -> tuple[str, int, str]:
    """Read what a labeling session's bar asks for.

    Parameters
    ----------
    content : Any
        As it came from the browser: ``{"label": ..., "unit": id, "n": number}``, or ``{"do": "undo" or "next", "unit":
        id, "n": number}``.
    unit_ids : sequence of str
        Ids of the units as text, by position.

    Returns
    -------
    do : {"label", "undo", "next"}
    unit : int
        Its position.
    label : str
        Empty where nothing is labeled.

    Raises
    ------
    MessageError, LabelsError, UnknownUnitError
        If any part of it is not as it must be.
    """
    content = _dict(content, "a message", ("label", "do", "unit", "n"))
    if ("label" in content) == ("do" in content) or content.get("do", "next") not in ("undo", "next"):
        raise MessageError(f"a message has a label, or asks for undo or next; got {_short(content)}.")
    if "unit" not in content:
        raise MessageError(
            f"nothing was labeled: the message does not say which unit is meant; got {_short(content)}."
        )
    (unit,) = named_units([content["unit"]], unit_ids)
    label = _text(content.get("label", ""), "the label")
    if "label" in content and not label.strip():
        raise MessageError("a label by hand is text; this one is empty.")
    return content.get("do", "label"), unit, label


def checked_limits(value: Any, n_criteria: int) -> Limits:
    """Return limits, a pair of numbers or None a criterion.

    Raises
    ------
    MessageError
    """
    if not isinstance(value, list | tuple) or len(value) != n_criteria:
        raise MessageError(f"limits are a list of {n_criteria} pairs, one a criterion; got {_short(value)}.")
    pairs = []
    for pair in value:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise MessageError(f"a limit is a pair of numbers or null; got {_short(pair)}.")
        pairs.append((_number(pair[0]), _number(pair[1])))
    return tuple(pairs)


def checked_positions(value: Any, n_units: int) -> tuple[int, ...]:
    """Return positions of units, each once.

    Raises
    ------
    MessageError
    """
    if not isinstance(value, list | tuple) or len(value) > n_units:
        raise MessageError(f"units are a list of at most {n_units} positions; got {_short(value)}.")
    for at in value:
        if type(at) is not int or not 0 <= at < n_units:
            raise MessageError(f"there is no unit at position {_short(at)}; there are {n_units} units.")
    if len(set(value)) != len(value):
        raise MessageError("a unit is named twice.")
    return tuple(value)


def _override(value: Any, unit_ids: Sequence[str]) -> tuple[tuple[int, ...], str | None, str]:
    value = _dict(value, "'override'", ("units", "label", "note"))
    units = named_units(value.get("units"), unit_ids)
    label = value.get("label")
    if label is not None and canonical(_text(label, "the label")) is None:
        raise MessageError(f"a label by hand is text that says something; {_short(label)} stands for none.")
    return units, label, _text(value.get("note", ""), "the note")


def _nan(value: Any, n_criteria: int) -> tuple[int, str]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise MessageError(f"'nan' is a criterion and what its missing values count as; got {_short(value)}.")
    at, policy = value
    if type(at) is not int or not 0 <= at < n_criteria:
        raise MessageError(f"there is no criterion at position {_short(at)}; there are {n_criteria}.")
    if not isinstance(policy, str) or policy not in NAN_POLICIES:
        raise MessageError(f"missing values count as {listing(NAN_POLICIES)}, not {_short(policy)}.")
    return at, policy


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MessageError(f"{_short(value)} is not a number. A limit is a number, or null for none.")
    if isinstance(value, float) and math.isnan(value):
        raise MessageError("NaN is no limit. A limit is a number, or null for none.")
    if isinstance(value, int) and abs(value) > 2**1023:
        raise MessageError(f"a limit is a number of ordinary size; got one of {value.bit_length()} bits.")
    return value


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise MessageError(f"{what} is text of at most {LONGEST_TEXT} characters; got {_short(value)}.")
    if not is_writable(value):
        raise MessageError(f"{what} holds characters that no file can hold: {_short(value)}.")
    return value


def _dict(value: Any, what: str, keys: Sequence[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MessageError(f"{what} is a dictionary with some of {listing(keys)}; got {_short(value)}.")
    others = [key for key in value if key not in keys]
    if others:
        raise MessageError(f"{what} has {_short(others[0])}; known are {listing(keys)}.")
    return value


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of very many digits, a list of very many levels
        text = f"a {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."
