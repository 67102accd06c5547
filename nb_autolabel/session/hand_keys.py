"""Keys that give labels by hand: letters for the usual ones, digits for a set of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import LabelsError, listing
from ..labels import KEYS, canonical
from .hand_words import in_method, writable

#: Keys that do something else.
TAKEN = {"u": "undo", "?": "help", " ": "next"}
#: Keys that answer a proposal to merge units, as long as no label has them.
MERGE_KEYS = {"accept": "y", "reject": "x"}
#: Most labels of one's own that have a digit.
DIGITS = "123456789"


def checked_keys(given: Any) -> dict[str, str]:
    """Return a label by key, from a dictionary, or from a list of labels that get the digits 1 to 9.

    Parameters
    ----------
    given : dict of str to str, or list of str
        A dictionary replaces the letters that it names and their labels: ``{"g": "good", "b": "noise", "1": "axon"}``.
        The usual labels that it does not name keep their keys.

    Raises
    ------
    LabelsError
        If a key is not one letter or digit, does something else, or two keys would be the same; or a label is none.
    """
    if isinstance(given, Mapping):
        wanted = dict(given)
    elif isinstance(given, str) or not isinstance(given, Iterable):
        raise LabelsError(
            "keys are a dictionary like {'g': 'good', '1': 'axon'}, or a list of labels for the digits 1 to 9; "
            f"got {type(given).__name__}."
        )
    else:
        labels = list(given)
        if len(labels) > len(DIGITS):
            raise LabelsError(f"{len(labels)} labels; the digits 1 to 9 are for nine.")
        wanted = dict(zip(DIGITS, labels, strict=False))
    found: dict[str, str] = {}
    for key, label in wanted.items():
        text = str(key) if type(key) is int else key
        text = _key(text)
        if text in found:
            raise LabelsError(f"the key {text!r} is given twice.")
        if not isinstance(label, str) or not canonical(label):
            raise LabelsError(f"a label is text, like {listing(KEYS.values())}; got {str(label)[:60]!r}.")
        found[text] = canonical(writable(label, "a label")) or ""
    named = set(found.values())
    usual = {key: label for key, label in KEYS.items() if label not in named and key not in found}
    return {**usual, **found}


def _key(given: Any) -> str:
    """Return a key as it is compared."""
    if (
        not isinstance(given, str)
        or len(given) != 1
        or not (given.isascii() and given.isalnum())
        or given == "0"
    ):
        raise LabelsError(f"a key is one letter a to z or a digit 1 to 9; got {str(given)[:20]!r}.")
    text = given.lower()
    if text in TAKEN:
        raise LabelsError(f"the key {text!r} is for {TAKEN[text]}. Free: another letter or digit.")
    return text


def checked_merge_keys(given: Any, labels: Mapping[str, str]) -> dict[str, str]:
    """Return the keys that accept and reject a proposal to merge units.

    Parameters
    ----------
    given : dict of str to str
        ``{"accept": "y", "reject": "x"}``, or one of these: the other keeps its usual key.
    labels : mapping of str to str
        Label by key: these keys are taken.

    Raises
    ------
    LabelsError
        If it is something else, a key gives a label or does something else, or both keys are the same.
    """
    if not isinstance(given, Mapping) or not set(given) <= set(MERGE_KEYS):
        got = listing(map(repr, given)) if isinstance(given, Mapping) else type(given).__name__
        raise LabelsError(f"keys of proposals are a dictionary like {MERGE_KEYS}; got {got}.")
    named = {deed: _key(str(key) if type(key) is int else key) for deed, key in given.items()}
    for key in named.values():
        if key in labels:
            raise LabelsError(
                f"the key {key!r} gives the label {labels[key]!r}. Free: another letter or digit."
            )
    found = {**MERGE_KEYS, **named}
    if len(set(found.values())) < len(found):
        raise LabelsError(f"the key {found['accept']!r} cannot accept a proposal and reject it.")
    return found


def free_merge_keys(keys: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, str]:
    """Return the keys of proposals that no label has; a label that has one wins.

    Parameters
    ----------
    keys : mapping of str to str
        Key by deed.
    labels : mapping of str to str
        Key by label, as a method spells it.
    """
    return {deed: key for deed, key in keys.items() if key not in labels.values()}


def keys_of_labels(keys: Mapping[str, str], labels: Iterable[str]) -> dict[str, str]:
    """Return the key of each label as a method spells it; labels without one get the digits that are free.

    Parameters
    ----------
    keys : mapping of str to str
        Label by key.
    labels : iterable of str
        That can be given by hand under the method.
    """
    shown = list(labels)
    found: dict[str, str] = {}
    for key, label in keys.items():
        found.setdefault(in_method(label, shown), key)
    free = iter(digit for digit in DIGITS if digit not in keys)
    for label in shown:
        if label not in found:
            digit = next(free, None)
            if digit is None:
                break
            found[label] = digit
    return found
