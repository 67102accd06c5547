"""Words for labels by hand: which there are, and how a method spells them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..errors import LabelsError
from ..labels import ALIKE, KEYS, OF_METHODS, UNLABELED, broad, canonical
from ..unit_ids import is_writable

#: For every unit, whatever the method; it adds its own labels.
USUAL = tuple(KEYS.values())


def hand_labels(labels: Iterable[str], further: Iterable[str] = ()) -> list[str]:
    """Return what a unit can be labeled by hand under a method with these labels, and labels of one's own."""
    known = list(labels)
    own = [label for label in known if label not in (*OF_METHODS, UNLABELED)]
    own = list(dict.fromkeys([*own, *(in_method(label, own) for label in further if label not in USUAL)]))
    there = {broad(label) for label in own}
    return [*own, *(label for label in USUAL if broad(label) not in there)]


def in_method(label: str, labels: Iterable[str]) -> str:
    """Return a label as a method calls it: "good" is "sua" for UnitRefine."""
    known = list(labels)
    if label in known:
        return label
    for plain in (canonical, lambda text: ALIKE.get(str(canonical(text)), canonical(text))):
        for own in known:
            if plain(own) == plain(label):
                return own
    return label


def writable(text: Any, what: str) -> str:
    """Return text that a file can hold.

    Raises
    ------
    LabelsError
    """
    if not isinstance(text, str):
        raise LabelsError(f"{what} is text; got {type(text).__name__}.")
    if not is_writable(text):
        raise LabelsError(f"{what} holds characters that no file can hold: {text!r}.")
    return text
