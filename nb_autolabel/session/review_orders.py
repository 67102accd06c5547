"""Orders in which units are reviewed: a registry of functions, by name."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..analyzer.analyzer import Analyzer
from ..classifiers.active_learning import Guess
from ..classifiers.adaptation import bundled_pair, bundled_training_data, own_labels
from ..classifiers.cascade import Cascade
from ..classifiers.label_probability import label_probability
from ..classifiers.model import as_single
from ..classifiers.similarity import Curves
from ..classifiers.unitrefine import unitrefine_trace
from ..comparison.comparing import compare
from ..errors import AutolabelError, LabelsError, listing, suggestion
from ..metrics.table import MetricTable
from ..rules.methods import bombcell_rules
from .audit_draw import AuditPlan
from .hand_labels import ManualLabels
from .session import Session
from .unit_filter import SURE, UNKNOWN, units_where


@dataclass
class Reviewed:
    """What is reviewed, for the functions that give an order.

    Attributes
    ----------
    analyzer : Analyzer
    session : Session
        Method, labels and selection as they are.
    hand : ManualLabels
        Labels by hand.
    memory : dict
        What an order keeps from one renewal to the next.
    """

    analyzer: Analyzer
    session: Session
    hand: ManualLabels
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def unit_ids(self) -> list[Any]:
        """Ids of all units, by position."""
        return list(self.hand.unit_ids)

    @property
    def unlabeled(self) -> list[int]:
        """Positions of the units without a label by hand."""
        return [at for at in range(len(self.unit_ids)) if at not in self.hand.entries]


@dataclass(frozen=True)
class Order:
    """One way through the units.

    Attributes
    ----------
    name, title : str
        For code, and for people.
    ids : callable
        ``ids(reviewed, **options)`` returns unit ids in the order in which they are shown. It raises LabelsError where
        there is none, with the reason.
    renewed : bool
        Whether it changes with every label that is given.
    options : tuple of str
        What `ids` takes besides.
    """

    name: str
    title: str
    ids: Callable[..., Sequence[Any]]
    renewed: bool = False
    options: tuple[str, ...] = ()


#: Orders by name, in the order of the menu.
ORDERS: dict[str, Order] = {}
#: Other names of orders.
ALIASES = {
    "most informative": "informative",
    "random audit": "audit",
    "random": "audit",
    "disagreement between methods": "disagreement",
    "disagreements": "disagreement",
}


def register_order(order: Order) -> None:
    """Add an order, or replace the one of the same name."""
    ORDERS[order.name] = order


def order_named(name: Any) -> Order:
    """Return an order by its name or title.

    Raises
    ------
    LabelsError
        If there is none.
    """
    text = str(name).strip().lower()
    found = ORDERS.get(ALIASES.get(text, text)) if isinstance(name, str) else None
    if found is None:
        hint = suggestion(text, [*ORDERS, *ALIASES]) if isinstance(name, str) else ""
        raise LabelsError(f"there is no order {str(name)[:60]!r}.{hint} Orders: {listing(ORDERS)}.")
    return found


def all_units(reviewed: Reviewed) -> list[Any]:
    """Return all units, as they stand in the sorting."""
    return list(reviewed.unit_ids)


def selection(reviewed: Reviewed, units: Any = None) -> list[Any]:
    """Return the selected units in the order of selecting, or those that are named."""
    named = units is not None
    places = reviewed.analyzer.unit_positions(units).tolist() if named else list(reviewed.session.selection)
    if not places:
        raise LabelsError("no unit is selected: select some, or name them, review('selection', units=[...]).")
    return [reviewed.unit_ids[at] for at in dict.fromkeys(places)]


def filtered(reviewed: Reviewed, where: Any = None, units: Any = None) -> list[Any]:
    """Return the units that a filter finds; `units` has those that the table lists, in its order."""
    if units is not None:
        places = reviewed.analyzer.unit_positions(units).tolist()
    elif where is not None:
        places = units_where(reviewed.session.trace, where, reviewed.session.by_hand)
    else:
        raise LabelsError("say which units: review('filter', where='snr > 5 and label == \"mua\"').")
    if not places:
        raise LabelsError(f"no unit passes the filter {where!r}." if where else "the table lists no unit.")
    return [reviewed.unit_ids[at] for at in places]


def unsure(reviewed: Reviewed) -> list[Any]:
    """Return the units that the method leaves undecided or cannot judge, or whose label has a probability below 0.6.

    The least sure ones come first.
    """
    session = reviewed.session
    refinement = session.refinement
    held = [] if refinement is None else refinement.to_review(session.trace, session.method, session.by_hand)
    trace = session.rule_set.apply(session.table, missing="inactive")
    labels = trace.labels.to_numpy()
    chance = label_probability(trace)
    unknown = np.isin(labels, UNKNOWN)
    doubtful = np.setdiff1d(np.flatnonzero(unknown | (chance < SURE)), held)
    if not len(doubtful) and not held:
        raise LabelsError(
            "this method calls no unit unsure. Another order: 'disagreement' has the units on which methods differ, "
            "'informative' those whose label says most about the other units."
        )
    rank = np.where(np.isnan(chance[doubtful]), -1.0, chance[doubtful])
    return [reviewed.unit_ids[at] for at in [*held, *doubtful[np.argsort(rank, kind="stable")]]]


def disagreement(reviewed: Reviewed) -> list[Any]:
    """Return the units whose labels differ between the method shown, Bombcell and UnitRefine.

    Units that are unsure because their label is not accepted, or they are unlike the training, count as their rules label
    them: that a label waits for a person is no disagreement.

    Those first of which the classifiers are surest; see :attr:`nb_autolabel.comparison.comparison.Comparison.disagreements`.
    """
    session = reviewed.session
    table = MetricTable.of(reviewed.analyzer)
    name = session.rule_set.name
    traces = {name: session.trace_of_method.holding({})} if name != "by hand" else {}
    others: dict[str, Callable[[], Any]] = {
        "bombcell": lambda: bombcell_rules().apply(table, missing="inactive"),
        "unitrefine": lambda: unitrefine_trace(table)[0].holding({}),
    }
    lacking = []
    for other, labeled in others.items():
        if other in traces:
            continue
        try:
            traces[other] = labeled()
        except AutolabelError as error:
            lacking.append(f"{other} does not work here: {error}")
    if len(traces) < 2:
        raise LabelsError(f"there are no two methods to compare. {' '.join(lacking)}")
    differ = compare(*traces.values(), names=list(traces)).disagreements
    if not len(differ):
        raise LabelsError(f"{listing(traces)} label all units alike.")
    places = reviewed.analyzer.unit_positions(differ.index.tolist()).tolist()
    return [reviewed.unit_ids[at] for at in places]


def informative(reviewed: Reviewed) -> list[Any]:
    """Return the units without a label by hand, those first whose label would tell most of the others.

    Every second one is drawn at random: only such labels measure how often the classifiers are wrong. See
    :meth:`nb_autolabel.classifiers.active_learning.Guess.ranked`.
    """
    memory = reviewed.memory
    if memory.get("analyzer") is not reviewed.analyzer:
        table = MetricTable.of(reviewed.analyzer)
        inputs = Cascade().inputs(table)
        curves = Curves.of(bundled_training_data().rows)
        guess = Guess(bundled_pair(), curves, as_single(inputs["noise_probability"].rows))
        plan = AuditPlan(len(reviewed.unit_ids), np.random.default_rng())
        memory.update(analyzer=reviewed.analyzer, table=table, guess=guess, plan=plan)
    labels = {reviewed.unit_ids[at]: str(entry.label) for at, entry in reviewed.hand.entries.items()}
    none: npt.NDArray[np.intp] = np.zeros(0, dtype=np.intp)
    places, truth = own_labels(memory["table"], labels, others="mark") if labels else (none, none)
    memory["guess"].learn(places, truth)
    return [reviewed.unit_ids[at] for at in memory["plan"].order(memory["guess"].ranked(), len(labels))]


def audit(reviewed: Reviewed, seed: Any = None, n: Any = None) -> list[Any]:
    """Return units without a label by hand, drawn at random.

    Parameters
    ----------
    reviewed : Reviewed
    seed : int, optional
        Gives the same units again; None draws one.
    n : int, optional
        How many; None: all.
    """
    places = reviewed.unlabeled
    if not places:
        raise LabelsError("all units have a label by hand.")
    seed = secrets.randbits(32) if seed is None else _whole(seed, "seed")
    reviewed.memory["seed"] = seed
    drawn = np.random.default_rng(seed).permutation(len(places))
    kept = drawn[: len(drawn) if n is None else max(1, _whole(n, "n"))]
    return [reviewed.unit_ids[places[at]] for at in kept]


def _whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= value < 2**63:
        raise LabelsError(f"{name} is a whole number of 0 or more; got {str(value)[:60]!r}.")
    return int(value)


for _order in (
    Order("selection", "selected units", selection, options=("units",)),
    Order("filter", "units of the table", filtered, options=("where", "units")),
    Order("unsure", "unsure", unsure),
    Order("disagreement", "disagreement between methods", disagreement),
    Order("informative", "most informative", informative, renewed=True),
    Order("audit", "random audit", audit, options=("seed", "n")),
    Order("all", "all units", all_units),
):
    register_order(_order)
