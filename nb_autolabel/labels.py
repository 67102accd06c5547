"""The vocabulary of labels: what each is called, here and by other tools, and what counts as no label."""

from __future__ import annotations

import re
from typing import Any

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
NO_LABEL: frozenset[str] = frozenset(
    {
        "",
        "unsorted",
        "none",
        "nan",
        "na",
        "n_a",
        "<na>",
        "nat",
        "null",
        "unlabeled",
        "unlabelled",
        "not_labeled",
    }
    | {"not_labelled", "unclassified"}
)


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
        without the blanks around it; None for blanks, "unsorted", None, NaN and the like.

    Examples
    --------
    >>> canonical("NON-SOMA MUA"), canonical(" MUA "), canonical("unsorted"), canonical("Interneuron")
    ('non_soma_mua', 'mua', None, 'Interneuron')
    """
    if isinstance(label, bytes):
        label = label.decode("utf-8", "backslashreplace")
    if not isinstance(label, str):
        missing = label is None or str(label) in ("nan", "<NA>", "NaT")
        return None if missing else str(label)
    text = label.strip().strip("\x00").strip()
    plain = re.sub(r"[\s\-./_]+", "_", text.lower()).strip("_")
    if plain in NO_LABEL:
        return None
    plain = SYNONYMS.get(plain, plain)
    return plain if plain in KNOWN else text
