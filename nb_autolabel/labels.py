"""The vocabulary of labels: what each is called, here and by other tools, and what counts as no label."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from .errors import LabelsError

#: Label and key, for labels by hand.
KEYS: dict[str, str] = {"g": "good", "m": "mua", "n": "noise", "s": "non_soma"}

#: phy knows good, mua, noise and unsorted.
PHY_GROUPS: dict[str, str] = {
    "good": "good",
    "sua": "good",
    "neural": "good",
    "mua": "mua",
    "noise": "noise",
    "non_soma": "mua",
    "non_soma_good": "good",
    "non_soma_mua": "mua",
}

#: Class that classifiers learn from a label: 0 noise, 1 multi unit, 2 single unit.
CLASSES: dict[str, int] = {
    "noise": 0,
    "mua": 1,
    "good": 2,
    "sua": 2,
    "non_soma": 2,
    "non_soma_good": 2,
    "non_soma_mua": 1,
}

#: What the classes are called, by number.
CLASS_NAMES: tuple[str, ...] = ("noise", "mua", "good")

#: The same under two names: a single unit is "good" for Bombcell and phy, "sua" for UnitRefine.
ALIKE: dict[str, str] = {"sua": "good"}

#: Every label that a method of this package gives.
KNOWN: tuple[str, ...] = (
    "good",
    "sua",
    "mua",
    "non_soma",
    "non_soma_good",
    "non_soma_mua",
    "noise",
    "neural",
    "unsure",
    "unjudged",
)

#: Other spellings, in lower case, with "_" for every run of blanks, hyphens, dots and slashes.
SYNONYMS: dict[str, str] = {
    "single": "sua",
    "single_unit": "sua",
    "singleunit": "sua",
    "su": "sua",
    "multi": "mua",
    "multi_unit": "mua",
    "multiunit": "mua",
    "mu": "mua",
    "nonsoma": "non_soma",
    "nonsomatic": "non_soma",
    "non_somatic": "non_soma",
    "nonsoma_good": "non_soma_good",
    "nonsomatic_good": "non_soma_good",
    "non_somatic_good": "non_soma_good",
    "nonsoma_mua": "non_soma_mua",
    "nonsomatic_mua": "non_soma_mua",
    "non_somatic_mua": "non_soma_mua",
}

#: What stands for "no label" in files of this and other tools, spelled as the synonyms are.
NO_LABEL: frozenset[str] = frozenset({
    "", "unsorted", "none", "nan", "na", "n_a", "<na>", "nat", "null",
    "unlabeled", "unlabelled", "not_labeled", "not_labelled", "unclassified",
})  # fmt: skip


def canonical(label: Any) -> str | None:
    """Return a label as this package spells it, or None where there is no label.

    Parameters
    ----------
    label : Any
        Text as any tool writes it ("MUA", "NON-SOMA GOOD", b"good"), or a missing value.

    Returns
    -------
    str or None
        A label of :data:`KNOWN` if it is one of these in another spelling; a label of the user's own
        without the blanks around it; None for blanks, "unsorted", None, NaN and the like. A number is its
        text, 1.0 the same as 1.

    Raises
    ------
    LabelsError
        For a list or anything else that holds several values.

    Examples
    --------
    >>> canonical("NON-SOMA MUA"), canonical(" MUA "), canonical("unsorted"), canonical("Interneuron")
    ('non_soma_mua', 'mua', None, 'Interneuron')
    """
    if isinstance(label, bytes):
        label = label.decode("utf-8", "backslashreplace")
    if not isinstance(label, str):
        if hasattr(label, "__len__") and label is not np.ma.masked:
            raise LabelsError(f"a label is one text, not {type(label).__name__} like {str(label)[:80]}.")
        missing = label is None or str(label) in ("nan", "<NA>", "NaT", "--")
        if not missing and isinstance(label, float) and label.is_integer():
            label = int(label)
        return None if missing else str(label)
    text = str(label).strip().strip("\x00").strip()
    plain = _plain(text)
    if plain in NO_LABEL:
        return None
    plain = SYNONYMS.get(plain, plain)
    return plain if plain in KNOWN else text


def folded(label: str) -> str:
    """Return what all spellings of a label have in common: no capitals, one sign for blanks and hyphens.

    Examples
    --------
    >>> folded("Purkinje-like") == folded("purkinje like")
    True
    """
    known = canonical(label) or ""
    return _plain(known) or known


def in_spelling_of(label: Any, known: Iterable[str]) -> str | None:
    """Return a label as a method or table spells it, where that has it; else as :func:`canonical` does.

    Parameters
    ----------
    label : Any
    known : iterable of str
        Labels of the method or table.
    """
    meant = canonical(label)
    if meant is None:
        return None
    names = list(known)
    if isinstance(label, str) and label in names:
        return label
    return next((name for name in names if folded(name) == folded(meant)), meant)


def of_several(labels: Iterable[Any]) -> str | None:
    """Return the label of a unit that has several: the first that says how good it is, else the first.

    Examples
    --------
    >>> of_several(["accept", "MUA"]), of_several(["accept"])
    ('mua', 'accept')
    """
    given = [label for label in map(canonical, labels) if label is not None]
    return next((label for label in given if label in KNOWN), given[0] if given else None)


def phy_group(label: Any) -> str:
    """Return phy's group for a label: good, mua, noise, or unsorted for labels that phy does not know."""
    return PHY_GROUPS.get(canonical(label) or "", "unsorted")


def _plain(text: str) -> str:
    return re.sub(r"[\s\-./_]+", "_", text.lower()).strip("_")
