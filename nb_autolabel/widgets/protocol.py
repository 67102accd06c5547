"""What the browser may ask of a labeler: each message is checked as a whole before anything changes.

``docs/protocol.md`` describes the messages for those who write a view; ``frontend/src/state/types.js`` has their types.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from ..errors import MessageError, listing
from ..labels import canonical
from ..rules.criterion import NAN_POLICIES
from ..session.positions import in_short
from ..unit_ids import is_writable
from .named_units import named_units

Limit = tuple[float | None, float | None]
Travel = Literal["undo", "redo", "reset"]
#: Characters of a label or a note at most.
LONGEST_TEXT = 2_000


@dataclass(frozen=True)
class SetCriteria:
    """Limits of some criteria, and what their missing values count as; the others stay.

    Attributes
    ----------
    limits : dict of str to (float or None, float or None)
        By key of the criterion, in stored units.
    missing : dict of str to {"fail", "pass", "ignore"}
        By key of the criterion.
    gesture : str
        Messages in a row of one gesture are one step for undo.
    """

    limits: Mapping[str, Limit] = field(default_factory=dict)
    missing: Mapping[str, Any] = field(default_factory=dict)
    gesture: str = ""


@dataclass(frozen=True)
class SetOption:
    """An option of the method.

    Attributes
    ----------
    name : str
    value : Any
        Plain data, as the method checks it.
    gesture : str
        Messages in a row of one gesture are one step for undo.
    """

    name: str
    value: Any
    gesture: str = ""


@dataclass(frozen=True)
class Select:
    """Positions of the units to select; the last one was selected last."""

    units: tuple[int, ...]


@dataclass(frozen=True)
class Label:
    """A label by hand for some units; None leaves them to the rules.

    Attributes
    ----------
    units : tuple of int
        Positions.
    label : str or None
    note : str
    """

    units: tuple[int, ...]
    label: str | None
    note: str


@dataclass(frozen=True)
class StartReview:
    """Go through units in an order, whose units the browser names where it knows them; order None ends it.

    Attributes
    ----------
    order : str or None
    units : tuple of int
        Positions; empty where the kernel finds them.
    """

    order: str | None
    units: tuple[int, ...]


@dataclass(frozen=True)
class ShowUnit:
    """The unit of a review that is shown now (None: none any more), and the seconds that the one before took."""

    unit: int | None
    seconds: float | None


@dataclass(frozen=True)
class TakeBack:
    """Take the last label by hand back, if it is that of this unit (its position)."""

    unit: int


Reviewing = StartReview | ShowUnit | TakeBack
Command = SetCriteria | Select | Label | SetOption | Travel | StartReview | ShowUnit | TakeBack


@dataclass(frozen=True)
class Envelope:
    """What every message also says: who sent it, and its number.

    Attributes
    ----------
    client : str
        Each browser window that shows the labeler has its own.
    number : int
        Grows with every message of a client; the kernel says when it has dealt with one.
    """

    client: str
    number: int


def envelope(content: Any) -> Envelope | None:
    """Return who sent a message, however wrong the rest of it is; None if it does not say so."""
    if not isinstance(content, dict):
        return None
    client, number = content.get("client"), content.get("id")
    if not isinstance(client, str) or len(client) > 64 or type(number) is not int or not 0 <= number < 2**53:
        return None
    return Envelope(client, number)


def command(
    content: Any, unit_ids: Sequence[str], keys: Sequence[str], oldest: int, options: Sequence[str] = ()
) -> Command:
    """Read a message.

    Parameters
    ----------
    content : Any
        As it came from the browser: a dictionary with ``type``, ``client``, ``id`` and what the type needs.
    unit_ids : sequence of str
        Ids of the units as text, by position.
    keys : sequence of str
        Of the criteria that there are.
    oldest : int
        The revision since which the criteria have been what they are: a message about criteria of an earlier one
        is late, and may mean others.
    options : sequence of str
        Options of the method that the browser may change.

    Raises
    ------
    MessageError, LabelsError, UnknownUnitError
        If any part of it is not as it must be.
    """
    if not isinstance(content, dict):
        raise MessageError(f"a message is a dictionary; got {in_short(content)}.")
    if envelope(content) is None:
        raise MessageError(f"a message says who sent it and its number; got {in_short(content)}.")
    kind = content.get("type")
    known: dict[str, tuple[tuple[str, ...], Callable[[], Command]]] = {
        "set": (("revision", "limits", "missing", "gesture"), lambda: _criteria(content, keys, oldest)),
        "select": (("units",), lambda: Select(_units(content["units"], unit_ids))),
        "label": (("units", "label", "note"), lambda: _label(content, unit_ids)),
        "option": (("name", "value", "gesture"), lambda: _option(content, options)),
        **{name: ((), lambda name=name: name) for name in get_args(Travel)},  # type: ignore[misc]
        "review": (("order", "units"), lambda: _review(content, unit_ids)),
        "show": (("unit", "seconds"), lambda: _show(content, unit_ids)),
        "take_back": (("unit",), lambda: TakeBack(*named_units([content["unit"]], unit_ids))),
    }
    if not isinstance(kind, str) or kind not in known:
        raise MessageError(f"the message's type is {in_short(kind)}; known are {listing(known)}.")
    parts, read = known[kind]
    wanted = {"type", "client", "id", *parts}
    if set(content) != wanted:
        wrong = sorted(map(str, wanted ^ set(content)))
        raise MessageError(
            f"a message of type {kind!r} has {listing(sorted(wanted))}; wrong: {in_short(wrong)}."
        )
    return read()


def request_number(content: Any) -> int:
    """Return the number that the answer to a view's question must have; -1 if it has none."""
    number = content.get("request") if isinstance(content, dict) else None
    return number if type(number) is int and 0 <= number < 2**53 else -1


def limits_by_key(value: Any, keys: Sequence[str]) -> dict[str, Limit]:
    """Return limits, a pair of numbers or None a criterion; numbers too large for JSON come back as infinity.

    Raises
    ------
    MessageError
    """
    found = {}
    for key, pair in _dict(value, "limits", keys).items():
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise MessageError(f"a limit is a pair of numbers or null; got {in_short(pair)}.")
        found[key] = (_number(pair[0]), _number(pair[1]))
    return found


def sendable(limits: Mapping[str, Limit]) -> dict[str, list[float | None]]:
    """Return limits as JSON can say them: it has no infinity, the largest number does as well."""
    biggest = float.fromhex("0x1.fffffffffffffp+1023")
    return {
        key: [x if x is None else min(max(x, -biggest), biggest) for x in pair]
        for key, pair in limits.items()
    }


def _criteria(content: dict[str, Any], keys: Sequence[str], oldest: int) -> SetCriteria:
    revision = content["revision"]
    if type(revision) is not int:
        raise MessageError(f"a revision is a whole number; got {in_short(revision)}.")
    if revision < oldest:
        raise MessageError(
            "the criteria have changed since; a limit that was on its way to the earlier ones was left out."
        )
    missing = _dict(content["missing"], "'missing'", keys)
    for policy in missing.values():
        if not isinstance(policy, str) or policy not in NAN_POLICIES:
            raise MessageError(f"missing values count as {listing(NAN_POLICIES)}, not {in_short(policy)}.")
    limits = limits_by_key(content["limits"], keys)
    return SetCriteria(limits, missing, _text(content["gesture"], "'gesture'"))


def _option(content: dict[str, Any], options: Sequence[str]) -> SetOption:
    name = content["name"]
    if not isinstance(name, str) or name not in options:
        known = (
            f"known are {listing(options)}" if options else "this method has none that can be changed here"
        )
        raise MessageError(f"there is no option {in_short(name)}; {known}.")
    gesture = _text(content["gesture"], "'gesture'")
    # Two steps of different options are never one, whatever their gestures are called.
    return SetOption(name, _plain(content["value"], 0), f"{name} {gesture}" if gesture else "")


def _plain(value: Any, depth: int) -> Any:
    """Return plain data of a few parts; what it means the method checks."""
    if isinstance(value, dict) and depth < 2 and len(value) <= 10:
        return {_text(name, "a part's name"): _plain(part, depth + 1) for name, part in value.items()}
    if value is None or isinstance(value, bool):
        return value
    return _text(value, "an option") if isinstance(value, str) else _number(value)


def _units(value: Any, unit_ids: Sequence[str]) -> tuple[int, ...]:
    """Return the positions of units to select; there may be none."""
    return () if isinstance(value, list | tuple) and not value else named_units(value, unit_ids)


def _label(content: dict[str, Any], unit_ids: Sequence[str]) -> Label:
    units = named_units(content["units"], unit_ids)
    label = content["label"]
    if label is not None and canonical(_text(label, "the label")) is None:
        raise MessageError(f"a label by hand is text that says something; {in_short(label)} stands for none.")
    return Label(units, label, _text(content["note"], "the note"))


def _review(content: dict[str, Any], unit_ids: Sequence[str]) -> StartReview:
    order, units = content["order"], content["units"]
    if order is not None and not _text(order, "the order").strip():
        raise MessageError("an order has a name; this one is empty.")
    return StartReview(order, () if units is None else _units(units, unit_ids))


def _show(content: dict[str, Any], unit_ids: Sequence[str]) -> ShowUnit:
    unit, seconds = content["unit"], content["seconds"]
    if seconds is not None and (
        isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < 1e9
    ):
        raise MessageError(f"seconds are a number of 0 or more, or null; got {in_short(seconds)}.")
    return ShowUnit(
        None if unit is None else named_units([unit], unit_ids)[0],
        None if seconds is None else float(seconds),
    )


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MessageError(f"{in_short(value)} is not a number. A limit is a number, or null for none.")
    if isinstance(value, float) and math.isnan(value):
        raise MessageError("NaN is no limit. A limit is a number, or null for none.")
    if isinstance(value, int) and abs(value) > 2**1023:
        raise MessageError(f"a limit is a number of ordinary size; got one of {value.bit_length()} bits.")
    # The largest number stands for infinity, which JSON cannot say; see sendable().
    return math.copysign(math.inf, value) if abs(value) >= float.fromhex("0x1.fffffffffffffp+1023") else value


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise MessageError(f"{what} is text of at most {LONGEST_TEXT} characters; got {in_short(value)}.")
    if not is_writable(value):
        raise MessageError(f"{what} holds characters that no file can hold: {in_short(value)}.")
    return value


def _dict(value: Any, what: str, keys: Sequence[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MessageError(f"{what} is a dictionary with some of {listing(keys)}; got {in_short(value)}.")
    others = [key for key in value if key not in keys]
    if others:
        raise MessageError(f"{what} has {in_short(others[0])}; known are {listing(keys)}.")
    return value
