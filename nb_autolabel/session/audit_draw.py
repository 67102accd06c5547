"""Which cards of a labeling session are drawn at random, to measure the error of the labels."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

#: What is said of such a card.
DRAWN_AT_RANDOM = "drawn at random, to measure the error"
#: What is said of the others.
ASKED_FOR = "its label tells most of the others"


def is_audit(labels: int) -> bool:
    """Whether the next card is drawn at random, after so many labels: every second one is.

    Units that a session asks for are the difficult ones: errors among them say nothing of the errors among all.
    """
    return labels % 2 == 1


def draw(n_units: int, labeled: Collection[int], later: Collection[int], random: np.random.Generator) -> int:
    """Return the position of a unit without a label, drawn at random; -1 if there is none.

    Parameters
    ----------
    n_units : int
    labeled : collection of int
        Positions of units that have a label.
    later : collection of int
        Positions of units that come after all others.
    random : Generator
    """
    left = np.setdiff1d(np.arange(n_units), np.array(sorted(labeled), dtype=np.intp))
    first = np.setdiff1d(left, np.array(sorted(later), dtype=np.intp))
    pool = first if len(first) else left
    return int(random.choice(pool)) if len(pool) else -1
