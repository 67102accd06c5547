"""Lines of a journal that hold limits: what was changed of a method since its start."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any

from .journal_pieces import pieces

#: Most bytes of such a line.
_LONGEST = 2**24
_POLICIES = ("fail", "pass", "ignore")


@dataclass(frozen=True)
class KeptLimits:
    """What was changed of a method since its start; nothing where everything is as it started.

    Attributes
    ----------
    method : str
        Kind of the method.
    start : str
        Digest of the method at its start: limits of another start are not taken.
    units : str
        Fingerprint of the sorting.
    time : str
        ISO 8601, UTC.
    limits : dict of str to (float or None, float or None)
        By key of the criterion, in stored units; criteria that were added stand here too.
    missing : dict of str to str
        What missing values count as, by key of the criterion.
    options : dict
        Of the method, by name: texts, numbers, None; of "accept" a dictionary of such values, of "adapted" pairs of them.
    removed : tuple of str
        Keys of criteria that were removed.
    """

    method: str
    start: str
    units: str
    time: str
    limits: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    removed: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether everything is as it started."""
        return not (self.limits or self.missing or self.options or self.removed)

    @property
    def line(self) -> bytes:
        """The line of a journal that says it, of ASCII."""
        return json.dumps({"kind": "limits", **asdict(self)}, ensure_ascii=True).encode("ascii") + b"\n"


def kept_limits(line: bytes) -> KeptLimits | None:
    """Return the limits that a line of a journal holds; None if it holds none, or not what limits can be."""
    if len(line) > _LONGEST or b'"limits"' not in line:
        return None
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or said.get("kind") != "limits":
        return None
    texts: list[Any] = [said.get(name) for name in ("method", "start", "units", "time")]
    limits: Any = said.get("limits")
    missing: Any = said.get("missing")
    options: Any = said.get("options")
    removed: Any = said.get("removed")
    right = (
        all(isinstance(text, str) for text in texts)
        and isinstance(limits, dict)
        and all(
            isinstance(pair, list) and len(pair) == 2 and all(map(_is_limit, pair))
            for pair in limits.values()
        )
        and isinstance(missing, dict)
        and all(isinstance(policy, str) and policy in _POLICIES for policy in missing.values())
        and isinstance(options, dict)
        and all(_is_option(name, value) for name, value in options.items())
        and isinstance(removed, list)
        and all(isinstance(key, str) for key in removed)
    )
    if not right:
        return None
    pairs = {key: (low, high) for key, (low, high) in limits.items()}
    method, start, units, time = texts
    return KeptLimits(method, start, units, time, pairs, missing, options, tuple(removed))


def latest_limits(data: bytes, units: str) -> dict[tuple[str, str], KeptLimits]:
    """Return the limits that were kept last for a sorting, by method and its start.

    Parameters
    ----------
    data : bytes
        Of a journal.
    units : str
        Fingerprint of the sorting.
    """
    found = (kept_limits(line) for line in pieces(data))
    return {(kept.method, kept.start): kept for kept in found if kept is not None and kept.units == units}


def _is_option(name: str, value: Any) -> bool:
    """Tell whether an option can be that of a method; whether it is one, the method says itself."""
    if name == "accept" and isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if name == "adapted" and isinstance(value, list):
        return all(isinstance(pair, list) and len(pair) == 2 and all(map(_is_plain, pair)) for pair in value)
    return _is_plain(value)


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | bool | int | float | None)


def _is_limit(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | None):
        return False
    try:
        return value is None or not math.isnan(value)
    except OverflowError:  # a whole number that no floating-point number holds
        return False
