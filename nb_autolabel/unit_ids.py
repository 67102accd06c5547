"""Finding units by id: the id itself, or its text where only one unit has it. Never by position."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import LabelsError, UnknownUnitError, listing, suggestion


def as_text(unit: Any) -> str:
    """Return an id as text: 7, 7.0, "7" and b"7" all give "7"; a tuple (session, unit) gives its parts.

    Parameters
    ----------
    unit : Any
    """
    if hasattr(unit, "item") and not isinstance(unit, str | bytes):
        unit = unit.item()
    if isinstance(unit, bytes):
        return unit.decode("utf-8", "backslashreplace")
    if isinstance(unit, float) and unit.is_integer():
        return str(int(unit))
    if isinstance(unit, tuple):
        return f"({', '.join(map(as_text, unit))})"
    return str(unit)


class UnitIndex:
    """Positions of units by id.

    Parameters
    ----------
    unit_ids : iterable
        Ids in order; each occurs once.
    of : str, default: "this analyzer"
        Whose units they are, for messages.

    Raises
    ------
    LabelsError
        If an id stands there twice.
    """

    def __init__(self, unit_ids: Iterable[Any], of: str = "this analyzer") -> None:
        ids = unit_ids.tolist() if hasattr(unit_ids, "tolist") else list(unit_ids)
        self.ids: list[Any] = ids
        self.of = of
        self._exact: dict[tuple[bool, Any], int] = {}
        self._by_text: dict[str, list[int]] = {}
        for at, unit in enumerate(ids):
            self._exact.setdefault((isinstance(unit, str), unit), at)
            self._by_text.setdefault(as_text(unit), []).append(at)
        if len(self._exact) != len(ids):
            refuse_repeated(ids, of)

    def __len__(self) -> int:
        return len(self.ids)

    def get(self, unit: Any) -> int | None:
        """Return a unit's position; None if there is no such unit.

        Raises
        ------
        UnknownUnitError
            If its text names several units.
        """
        try:
            exact = self._exact.get((isinstance(unit, str), unit))
        except TypeError:
            exact = None
        if exact is not None and not isinstance(unit, bool):
            return exact
        found = self._by_text.get(as_text(unit), [])
        if len(found) > 1:
            raise UnknownUnitError(
                f"unit {unit!r} could be any of {listing(repr(self.ids[at]) for at in found)} of {self.of}. "
                "Give the id as it is stored."
            )
        return found[0] if found else None

    def positions(self, units: Iterable[Any], *, others: str = "raise") -> npt.NDArray[np.intp]:
        """Return the positions of units, in their order.

        Parameters
        ----------
        units : iterable
        others : {"raise", "mark"}, default: "raise"
            What to do with units that are not there; marked ones have position -1.

        Returns
        -------
        ndarray of int, shape (n,)

        Raises
        ------
        UnknownUnitError
            If a unit is not there, or its text names several.
        LabelsError
            If two of them are the same unit.
        """
        units = list(units)
        found = [self.get(unit) for unit in units]
        lost = [unit for unit, at in zip(units, found, strict=True) if at is None]
        if lost and others == "raise":
            raise UnknownUnitError(
                f"{self.of} has no unit {listing(map(repr, lost), 10)}.{suggestion(as_text(lost[0]), self._by_text)} "
                f"It has {len(self)}: {listing(map(repr, self.ids), 12)}."
            )
        there = [at for at in found if at is not None]
        if len(set(there)) != len(there):
            refuse_repeated([as_text(unit) for unit in units], "what is given")
        return np.array([-1 if at is None else at for at in found], dtype=np.intp)


def refuse_repeated(units: Iterable[Any], where: str) -> None:
    """Refuse ids that stand there twice.

    Raises
    ------
    LabelsError
        Naming them.
    """
    seen: set[Any] = set()
    twice = [unit for unit in units if unit in seen or seen.add(unit)]  # type: ignore[func-returns-value]
    if twice:
        raise LabelsError(
            f"units occur more than once in {where}: {listing(map(repr, dict.fromkeys(twice)), 10)}. "
            "Each unit can be named once."
        )
