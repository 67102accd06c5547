"""Units that the browser names when it labels them: by id, never by their place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import LabelsError, UnknownUnitError
from ..unit_ids import refuse_repeated


def named_units(units: Any, unit_ids: Sequence[str]) -> tuple[int, ...]:
    """Return the positions of units that a message of the browser names by id.

    Parameters
    ----------
    units : Any
        As it came: a list of ids.
    unit_ids : sequence of str
        Ids of all units as text, by position.

    Raises
    ------
    UnknownUnitError, LabelsError
        If it is no list of ids, names no unit or one that is not there, or one twice.
    """
    if not isinstance(units, list | tuple) or not units or len(units) > len(unit_ids):
        raise LabelsError(f"a label by hand names its units, at most {len(unit_ids)} of them, by id.")
    places = {unit: at for at, unit in enumerate(unit_ids)}
    found = []
    for unit in units:
        short = isinstance(unit, str) or (type(unit) is int and unit.bit_length() <= 64)
        at = places.get(str(unit)) if short else None
        if at is None:
            named = repr(str(unit)[:60]) if short else f"{type(unit).__name__}: units are named by their ids"
            raise UnknownUnitError(f"there is no unit {named}.")
        found.append(at)
    refuse_repeated([unit_ids[at] for at in found], "the message")
    return tuple(found)
