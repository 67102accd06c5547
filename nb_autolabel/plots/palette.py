"""The look of each label, the same in every figure and widget; the table is in :mod:`nb_autolabel.labels`."""

from __future__ import annotations

from collections.abc import Iterable

from ..labels import LOOKS, OTHER_LOOKS, Look, canonical

__all__ = ["LOOKS", "Look", "in_order", "look"]


def look(label: str, among: Iterable[str] = ()) -> Look:
    """Return a label's look.

    Parameters
    ----------
    label : str
    among : iterable of str
        The labels shown together; a label of the user's own gets a look by its place among those.
    """
    known = _known(label)
    if known is not None:
        return LOOKS[known]
    own = [name for name in sorted(set(among)) if _known(name) is None]
    at = own.index(label) if label in own else 0
    return OTHER_LOOKS[at % len(OTHER_LOOKS)]


def in_order(labels: Iterable[str]) -> list[str]:
    """Return distinct labels in the order in which they are shown; unknown ones last, by name."""
    order = list(LOOKS)

    def rank(name: str) -> tuple[int, str]:
        known = _known(name)
        return (len(order) if known is None else order.index(known), name)

    return sorted(set(labels), key=rank)


def _known(label: str) -> str | None:
    """Return a label as it is called in :data:`LOOKS`, in whatever capitals it is written; None if it is not there."""
    if label in LOOKS:
        return label
    meant = canonical(label)
    return meant if meant in LOOKS else None
