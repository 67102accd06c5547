"""Groups of units that are to be merged: a unit is in one at most."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

Unit = TypeVar("Unit")
Groups = tuple[tuple[int, ...], ...]


def joined(groups: Iterable[Iterable[Unit]], more: Iterable[Unit] = ()) -> tuple[tuple[Unit, ...], ...]:
    """Return groups of which none has a unit in common with another: 1+2 and 2+3 are 1+2+3.

    Parameters
    ----------
    groups : iterable of iterable of hashable
        In the order of giving.
    more : iterable of hashable
        One more group.

    Returns
    -------
    tuple of tuple
        Groups of two units or more, in the order in which their first unit came; so are the units in each.
    """
    found: list[list[Unit]] = []
    for group in [*groups, more]:
        new = list(dict.fromkeys(group))
        touched = [known for known in found if set(known) & set(new)]
        together = list(dict.fromkeys([*(unit for known in touched for unit in known), *new]))
        at = found.index(touched[0]) if touched else len(found)
        found = [known for known in found if known not in touched]
        found.insert(at, together)
    return tuple(tuple(group) for group in found if len(group) > 1)


def parted(groups: Iterable[Iterable[Unit]], units: Iterable[Unit]) -> tuple[tuple[Unit, ...], ...]:
    """Return groups without some units; a group of which one unit is left is none."""
    gone = set(units)
    left = (tuple(unit for unit in group if unit not in gone) for group in groups)
    return tuple(group for group in left if len(group) > 1)
