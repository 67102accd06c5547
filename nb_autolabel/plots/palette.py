"""One look for each label, in every figure and widget.

Colours are those of Okabe and Ito's palette for all kinds of colour vision (https://jfly.uni-koeln.de/color/);
each label has a hatch of its own too, so that it is told apart without colour.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


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
    "unjudged": Look("#9FB3C8", "--"),
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
    if label in LOOKS:
        return LOOKS[label]
    own = [name for name in sorted(set(among)) if name not in LOOKS]
    at = own.index(label) if label in own else 0
    return _OTHERS[at % len(_OTHERS)]


def in_order(labels: Iterable[str]) -> list[str]:
    """Return distinct labels in the order in which they are shown; unknown ones last, by name."""
    known = list(LOOKS)
    return sorted(set(labels), key=lambda name: (known.index(name) if name in known else len(known), name))
