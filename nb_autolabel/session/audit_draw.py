"""Which units of a review are drawn at random, to measure the error of the labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

#: What is said of such a unit.
DRAWN_AT_RANDOM = "drawn at random, to measure the error"
#: What is said of the others.
ASKED_FOR = "its label says most about the other units"
#: Units that stay where they are when the order is renewed: the one shown, and those that the browser has fetched ahead.
STAY = 3


def is_audit(labels: int) -> bool:
    """Whether the next unit is drawn at random, after so many labels: every second one is.

    Units that a session asks for are the difficult ones: errors among them say nothing of the errors among all.
    """
    return labels % 2 == 1


class AuditPlan:
    """Units in the order in which they come: those asked for, and between them others drawn at random.

    Parameters
    ----------
    n_units : int
    random : Generator
        Draws one order of all units; the next random unit is always the first of it without a label.
    """

    def __init__(self, n_units: int, random: np.random.Generator) -> None:
        self._random: list[int] = random.permutation(n_units).tolist()
        self._plan: dict[int, bool] = {}

    def order(self, ranked: Sequence[int], labels: int) -> list[int]:
        """Return the units without a label in their order.

        Parameters
        ----------
        ranked : sequence of int
            Positions of the units without a label, those that are asked for first at the front.
        labels : int
            How many labels there are.
        """
        left = set(ranked)
        plan = dict([(at, drawn) for at, drawn in self._plan.items() if at in left][:STAY])
        drawn = not list(plan.values())[-1] if plan else is_audit(labels)
        sources = {False: iter(ranked), True: iter([at for at in self._random if at in left])}
        while len(plan) < len(left):
            plan[next(at for at in sources[drawn] if at not in plan)] = drawn
            drawn = not drawn
        self._plan = plan
        return list(plan)

    def is_drawn(self, at: int) -> bool:
        """Whether a unit comes because it was drawn at random, by its position."""
        return self._plan.get(at, False)
