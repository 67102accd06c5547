"""One look for each label, in every figure and widget.

Colours are those of Okabe and Ito's palette for all kinds of colour vision (https://jfly.uni-koeln.de/color/);
each label has a hatch of its own too, so that it is told apart without colour.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..labels import canonical


class Look(NamedTuple):
    """Colour (``#rrggbb``) and hatch (matplotlib's signs) of a label."""

    color: str
    hatch: str


#: In the order in which labels are shown.
LOOKS: dict[str, Look] = {
    "good": Look("#009E73", ""),
    "sua": Look("#009E73", ""),
    "mua": Look("#E69F00", "///"),
    "non_soma": Look("#0072B2", "..."),
    "non_soma_good": Look("#0072B2", "..."),
    "non_soma_mua": Look("#56B4E9", "oo"),
    "unsure": Look("#CC79A7", "++"),
    "neural": Look("#009E73", ""),
    "noise": Look("#8C8C8C", "xxx"),
    "not labeled": Look("#9FB3C8", ""),
}
_OTHERS = (
    Look("#CC79A7", "++"),
    Look("#D55E00", "\\\\\\"),
    Look("#F0E442", "--"),
    Look("#000000", "**"),
)


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
    return _OTHERS[at % len(_OTHERS)]


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
