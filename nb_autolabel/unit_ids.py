"""Find units by id: by the id itself, or by its text if only one unit has that text. Never by position."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .errors import LabelsError, UnknownUnitError, listing

if TYPE_CHECKING:
    import pandas as pd


#: From here on, several whole numbers share one floating-point number.
_TOO_LARGE = 2.0**53
#: Characters of an id that are compared with others.
_LONGEST = 200


def is_missing(value: Any) -> bool:
    """Whether a value stands for none: None, NaN, NaT or pandas' NA."""
    return value is None or (str(value) in ("nan", "NaT", "<NA>") and not isinstance(value, str | bytes))


def is_writable(text: str) -> bool:
    """Whether text can be stored in files; halves of surrogate pairs cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def as_text(unit: Any) -> str:
    """Return an id as text: 7, 7.0, "7" and b"7" all give "7"; a tuple (session, unit) gives its parts.

    Parameters
    ----------
    unit : Any
    """
    if isinstance(unit, np.generic) and not isinstance(unit, str | bytes):
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
        ids = as_list(unit_ids)
        self.ids: list[Any] = ids
        self.of = of
        self._exact: dict[tuple[bool, Any], int] = {}
        self._by_text: dict[str, list[int]] = {}
        for at, unit in enumerate(ids):
            try:
                self._exact.setdefault((isinstance(unit, str), unit), at)
            except TypeError:
                raise LabelsError(
                    f"{unit!r} cannot be a unit id. Ids are numbers, text, or (session, unit)."
                ) from None
            self._by_text.setdefault(as_text(unit), []).append(at)
        if len(self._exact) != len(ids):
            refuse_repeated(ids, of)

    def __len__(self) -> int:
        return len(self.ids)

    def get(self, unit: Any) -> int | None:
        """Return a unit's position; None if there is no such unit.

        A missing value is no unit. Neither is a floating-point number from 2**53 on: it is the same for several
        whole numbers.

        Raises
        ------
        UnknownUnitError
            If its text names several units.
        """
        if is_missing(unit) or (isinstance(unit, float) and abs(unit) >= _TOO_LARGE):
            return None
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

    def suggestion(self, unit: Any) -> str:
        """Return ``" Did you mean 7 (a number)?"`` for the id most like one that is not there, or an empty string.

        The same number counts as alike, whatever is written around it: "unit_7" and "007" are like 7. The type is said
        where it is another.

        Parameters
        ----------
        unit : Any
        """
        text = as_text(unit)
        near = difflib.get_close_matches(text[:_LONGEST], list(self._by_text), n=1, cutoff=0.6)
        # An id with the same number is a better guess than one whose text is like it: 70 is not like "unit_7".
        same = self._with_numbers(_numbers_in(text))
        places = same if len(same) == 1 else self._by_text[near[0]] if near else same
        if not places:
            return ""
        found = self.ids[places[0]]
        kind = "" if _kind(found) == _kind(unit) else f" ({_kind(found)})"
        return f" Did you mean {found!r}{kind}?"

    def _with_numbers(self, numbers: tuple[int, ...]) -> list[int]:
        """Return the positions of ids in which these numbers stand; none if there are none."""
        if not numbers:
            return []
        return [at for text, places in self._by_text.items() if _numbers_in(text) == numbers for at in places]

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
                f"{self.of} has no unit {listing(map(repr, lost), 10)}.{self.suggestion(lost[0])} "
                f"It has {len(self)}: {listing(map(repr, self.ids), 12)}."
            )
        there = [at for at in found if at is not None]
        if len(set(there)) != len(there):
            refuse_repeated([as_text(unit) for unit in units], "what is given")
        return np.array([-1 if at is None else at for at in found], dtype=np.intp)


def _numbers_in(text: str) -> tuple[int, ...]:
    """Return the whole numbers that stand in text; of absurdly long ones nothing."""
    return tuple(int(digits) for digits in re.findall(r"\d+", text[:_LONGEST], re.ASCII))


def _kind(unit: Any) -> str:
    """Say what type an id has, for people."""
    if isinstance(unit, str):
        return "text"
    if isinstance(unit, bytes):
        return "bytes"
    if isinstance(unit, tuple):
        return "a pair" if len(unit) == 2 else "a tuple"
    number = isinstance(unit, int | float | np.number) and not isinstance(unit, bool)
    return "a number" if number else type(unit).__name__


def as_list(unit_ids: Iterable[Any]) -> list[Any]:
    """Return ids as a list of plain Python values.

    Parameters
    ----------
    unit_ids : iterable
    """
    ids = unit_ids.tolist() if hasattr(unit_ids, "tolist") else list(unit_ids)
    return [unit.item() if isinstance(unit, np.generic) else unit for unit in ids]


def as_index(unit_ids: Iterable[Any]) -> pd.Index[Any]:
    """Return ids as an index named "unit_id"; pairs as one named ("session", "unit_id").

    Parameters
    ----------
    unit_ids : iterable
    """
    import pandas as pd

    ids = as_list(unit_ids)
    if ids and all(isinstance(unit, tuple) and len(unit) == len(ids[0]) for unit in ids):
        names = ["session", "unit_id"] if len(ids[0]) == 2 else None
        return pd.MultiIndex.from_tuples(ids, names=names)
    index: pd.Index[Any] = pd.Index(
        ids, name="unit_id", dtype=object if len({type(unit) for unit in ids}) > 1 else None
    )
    return index


def same_units(one: Iterable[Any], other: Iterable[Any]) -> bool:
    """Whether two lists name the same units in the same order."""
    return [(is_missing(u), as_text(u)) for u in one] == [(is_missing(u), as_text(u)) for u in other]


def repeated(unit_ids: Iterable[Any]) -> list[Any]:
    """Return the ids whose text occurs more than once, in order."""
    ids = list(unit_ids)
    counts = Counter(map(as_text, ids))
    return [unit for unit in ids if counts[as_text(unit)] > 1]


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
