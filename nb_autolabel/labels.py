"""The vocabulary of labels, the only place that lists them: names, keys, looks, spellings, and what other tools say.

Everything else reads it from here: Python by importing, the browser through :func:`vocabulary`. Colours are those
of Okabe and Ito's palette for all kinds of colour vision (https://jfly.uni-koeln.de/color/); labels that are shown
together differ in their hatch too, so that they are told apart without colour.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from .errors import LabelsError


class Look(NamedTuple):
    """Colour (``#rrggbb``) and hatch (matplotlib's signs) of a label."""

    color: str
    hatch: str


class Label(NamedTuple):
    """A label of this package.

    Attributes
    ----------
    name : str
    look : Look
    key : str
        Key that gives it by hand; "" if it has none.
    phy : str
        phy's group for it; phy knows good, mua, noise and unsorted.
    kind : int or None
        Class that classifiers learn from it, see :data:`CLASS_NAMES`; None if they learn nothing.
    broad : str
        The label that it is a name for, or a part of: "sua" is "good", "non_soma_mua" is "non_soma". "" if none.
    by_hand : bool
        Whether a person can give it. "unsure" is what a method says that does not know.
    """

    name: str
    look: Look
    key: str = ""
    phy: str = "unsorted"
    kind: int | None = None
    broad: str = ""
    by_hand: bool = True


#: In the order in which labels are shown.
LABELS: tuple[Label, ...] = (
    Label("good", Look("#009E73", ""), "g", "good", 2),
    Label("sua", Look("#009E73", ""), "", "good", 2, "good"),
    Label("mua", Look("#E69F00", "///"), "m", "mua", 1),
    Label("non_soma", Look("#0072B2", "..."), "s", "mua", 2),
    Label("non_soma_good", Look("#0072B2", "..."), "", "good", 2, "non_soma"),
    Label("non_soma_mua", Look("#56B4E9", "oo"), "", "mua", 1, "non_soma"),
    Label("unsure", Look("#CC79A7", "++"), by_hand=False),
    Label("neural", Look("#009E73", ""), "", "good", by_hand=False),
    Label("noise", Look("#8C8C8C", "xxx"), "n", "noise", 0),
    Label("unjudged", Look("#9FB3C8", "--"), by_hand=False),
)
#: What a unit without a label is shown as.
UNLABELED = "not labeled"

#: Every label that a method of this package gives.
KNOWN: tuple[str, ...] = tuple(label.name for label in LABELS)
#: Looks in the order in which labels are shown.
LOOKS: dict[str, Look] = {label.name: label.look for label in LABELS} | {UNLABELED: Look("#9FB3C8", "")}
#: Looks of labels of the user's own, one after the other.
OTHER_LOOKS: tuple[Look, ...] = (
    Look("#CC79A7", "++"),
    Look("#D55E00", "\\\\\\"),
    Look("#F0E442", "--"),
    Look("#000000", "**"),
)
#: Label by key, for labels by hand; in the order of the keys on the label bar.
KEYS: dict[str, str] = {label.key: label.name for key in "gmns" for label in LABELS if label.key == key}
#: Group of phy by label.
PHY_GROUPS: dict[str, str] = {label.name: label.phy for label in LABELS if label.phy != "unsorted"}
#: What the classes of classifiers are called, by number.
CLASS_NAMES: tuple[str, ...] = ("noise", "mua", "good")
#: Class by label: 0 noise, 1 multi unit, 2 single unit.
CLASSES: dict[str, int] = {
    label.name: label.kind
    for name in (*CLASS_NAMES, *KNOWN)
    for label in LABELS
    if label.name == name and label.kind is not None
}
#: The two classes of each classifier of a pair; the probability of the second is given.
PAIR_CLASSES: dict[str, tuple[str, str]] = {"noise": ("neural", "noise"), "sua": ("mua", "sua")}
#: Names of a single unit.
SINGLE_UNIT: tuple[str, ...] = ("sua", "good")
#: The same under two names: a single unit is "good" for Bombcell and phy, "sua" for UnitRefine.
ALIKE: dict[str, str] = {name: "good" for name in SINGLE_UNIT if name != "good"}
#: Labels that methods give and people do not.
OF_METHODS: tuple[str, ...] = tuple(label.name for label in LABELS if not label.by_hand)

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


#: Signs that count as one "_" in a spelling: blanks, hyphens, dots and slashes.
_SEPARATORS = r"[\s\-./_]+"


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


def broad(label: str) -> str:
    """Return the label that another is a name for or a part of: "sua" is "good", "non_soma_good" is "non_soma"."""
    return next((known.broad for known in LABELS if known.name == label and known.broad), label)


def phy_group(label: Any) -> str:
    """Return phy's group for a label: good, mua, noise, or unsorted for labels that phy does not know."""
    return PHY_GROUPS.get(canonical(label) or "", "unsorted")


def _plain(text: str) -> str:
    return re.sub(_SEPARATORS, "_", text.lower()).strip("_")


def vocabulary() -> dict[str, Any]:
    """Return the vocabulary as plain JSON, for the browser.

    Returns
    -------
    dict
        ``labels``: one dictionary a label, in the order in which they are shown, with ``name``, ``color``, ``hatch``,
        ``key`` ("" for none), ``phy`` (group), ``kind`` (class of classifiers: 0 noise, 1 mua, 2 single unit, or None),
        ``broad`` (the label that it is a name for or a part of; itself for most) and ``by_hand``. ``other_looks``:
        looks of labels of the user's own. ``unlabeled``: name and look of units without a label. ``alike``: names of
        the same label. ``synonyms``: label by other spelling. ``no_label``: spellings of none. ``separators``: regular
        expression of what counts as "_" in a spelling, once it is in lower case and without blanks around it.
    """
    return {
        "labels": [
            {
                "name": label.name,
                **label.look._asdict(),
                "key": label.key,
                "phy": label.phy,
                "kind": label.kind,
                "broad": label.broad or label.name,
                "by_hand": label.by_hand,
            }
            for label in LABELS
        ],
        "other_looks": [look._asdict() for look in OTHER_LOOKS],
        "unlabeled": {"name": UNLABELED, **LOOKS[UNLABELED]._asdict()},
        "alike": dict(ALIKE),
        "synonyms": dict(SYNONYMS),
        "no_label": sorted(NO_LABEL),
        "separators": _SEPARATORS,
    }
