"""Going through units one after the other: the order, where one is, how long a unit takes, and going on after a restart."""

from __future__ import annotations

import hashlib
import statistics
from collections import Counter
from collections.abc import Mapping
from typing import Any

import traitlets

from ..errors import LabelsError
from ..labels import KEYS
from ..unit_ids import as_text
from .audit_draw import ASKED_FOR, DRAWN_AT_RANDOM
from .hand_keys import MERGE_KEYS, checked_keys, checked_merge_keys
from .hand_labels import HAND, ManualLabels
from .review_file import read_review, review_path, write_review
from .review_orders import Reviewed, order_named

#: Times above this are pauses, and are left out of the time a unit takes; in seconds.
PAUSE = 60.0
#: Times that are kept.
KEPT = 500
#: Units of which the browser is told that they were drawn at random, at most.
TOLD = 1000


class Review(traitlets.HasTraits):  # type: ignore[misc]
    """A queue of units; one for all labelers that share a journal, and one for the labeling sessions of each curator.

    Units are named by id, so that it goes on where it stopped after a restart of the kernel, in whatever order the units
    are then.

    Attributes
    ----------
    order : str
        Name of the order; empty where nothing is reviewed.
    units : list of str
        Ids as text, in their order.
    place : str or None
        Id of the unit that is shown.
    """

    queue = traitlets.Dict()
    """What is gone through: ``number`` (grows with every start), ``order``, ``title``, ``units``, ``drawn``: those that come
    next because they were drawn at random, and ``why``: what is said of those drawn and of the others, in words, where
    units come for a reason. Empty: nothing."""
    keys = traitlets.Dict(KEYS)
    """Label by key."""
    merge_keys = traitlets.Dict(MERGE_KEYS)
    """Keys that answer a proposal to merge units."""
    said = traitlets.Unicode("")
    """Why where it stands cannot be kept; empty if it can."""

    @classmethod
    def of(cls, hand: ManualLabels, name: str = "review") -> Review:
        """Return a review of these labels by hand by its name; always the same."""
        if name not in hand.reviews:
            hand.reviews[name] = cls(hand, name)
        found: Review = hand.reviews[name]
        return found

    @classmethod
    def of_session(cls, hand: ManualLabels, source: str) -> Review:
        """Return the review of the labeling sessions of a curator."""
        named = (
            "" if source == HAND else "-" + hashlib.sha256(source.encode("utf-8", "replace")).hexdigest()[:8]
        )
        return cls.of(hand, f"session{named}")

    def __init__(self, hand: ManualLabels, name: str) -> None:
        super().__init__()
        #: The labels by hand.
        self.hand = hand
        self._path = None if hand.journal is None else review_path(hand.journal.path, name)
        self._places = {as_text(unit): at for at, unit in enumerate(hand.unit_ids)}
        self._reviewed: Reviewed | None = None
        self._seed: int | None = None
        self._stale = False
        self.place: str | None = None
        self.seconds: list[float] = []
        kept = None if self._path is None else read_review(self._path)
        if kept is not None:
            self._take(kept)
        hand.observe(self._on_labels, names="entries")

    def _take(self, kept: dict[str, Any]) -> None:
        units = [unit for unit in kept["units"] if unit in self._places]
        self.seconds, self._seed = kept["seconds"][-KEPT:], kept["seed"]
        try:
            self.keys = checked_keys(kept["keys"])
            # A label that has got one of these keys since has won.
            self.merge_keys = checked_merge_keys(kept["merge_keys"], {})
            order = order_named(kept["order"]) if kept["order"] else None
        except LabelsError:
            return
        if order is None or not units:
            return
        self.place = kept["place"] if kept["place"] in units else next(iter(self.left_of(units)), None)
        self.hand.drawn.update(self._places[unit] for unit in kept["drawn"] if unit in self._places)
        self.queue = self._queue_of(1, order.name, order.title, units)

    # ------------------------------------------------------------------ what can be read

    @property
    def order(self) -> str:
        """Name of the order; empty where nothing is reviewed."""
        return str(self.queue.get("order", ""))

    @property
    def units(self) -> list[str]:
        """Ids as text, in their order."""
        return list(self.queue.get("units", []))

    @property
    def why(self) -> str:
        """Why the unit that is shown comes now, in words: drawn at random, or asked for."""
        reasons = self.queue.get("why")
        if self.place is None or not reasons:
            return ""
        return str(reasons["drawn" if self._is_drawn(self._places[self.place], self.order) else "asked"])

    @property
    def given(self) -> dict[str, str]:
        """Labels by hand of the units in the queue, by id as text."""
        entries = self.hand.entries
        return {u: str(entries[at].label) for u in self.units if (at := self._places[u]) in entries}

    def left_of(self, units: list[str]) -> list[str]:
        """Return those without a label by hand."""
        entries = self.hand.entries
        return [unit for unit in units if self._places[unit] not in entries]

    @property
    def progress(self) -> tuple[int, int]:
        """How many units have a label by hand, of how many."""
        return len(self.given), len(self.units)

    @property
    def seconds_per_unit(self) -> float | None:
        """Median time a unit took, without pauses of more than a minute; None before the first."""
        return statistics.median(self.seconds) if self.seconds else None

    @property
    def minutes_left(self) -> float | None:
        """Minutes that the units without a label take at this pace; None before the first."""
        pace = self.seconds_per_unit
        return None if pace is None else pace * len(self.left_of(self.units)) / 60

    def __repr__(self) -> str:
        if not self.queue:
            return "No review: labeler.review('most informative') starts one."
        done, n = self.progress
        counts = ", ".join(f"{many} {label}" for label, many in Counter(self.given.values()).most_common())
        pace = "" if self.seconds_per_unit is None else f", {self.seconds_per_unit:.1f} s a unit"
        at = f"unit {self.place} is shown" if self.place is not None else "no unit is shown"
        return f"Review of {n} units ({self.queue['title']}): {done} labeled{f' ({counts})' if counts else ''}{pace}; {at}."

    # ------------------------------------------------------------------ what is done

    def start(self, reviewed: Reviewed, order: Any, *, keep: bool = True, **options: Any) -> str | None:
        """Go through units in an order; returns the id of the first one as text.

        Parameters
        ----------
        reviewed : Reviewed
        order : str
            See :data:`nb_autolabel.session.review_orders.ORDERS`.
        keep : bool, default: True
            False: nothing is written before a unit was dealt with.
        **options
            What the order takes: ``units``, ``where``, ``seed``, ``n``. None: not given.

        Raises
        ------
        LabelsError, RuleError, UnknownUnitError
            If there is no such order, or no unit in it. Then nothing has changed.
        """
        found = order_named(order)
        given = {name: value for name, value in options.items() if value is not None}
        other = [name for name in given if name not in found.options]
        if other:
            takes = ", ".join(found.options) or "nothing else"
            raise LabelsError(f"the order {found.name!r} takes {takes}; not {other[0]}.")
        units = list(dict.fromkeys(as_text(unit) for unit in found.ids(reviewed, **given)))
        unknown = [unit for unit in units if unit not in self._places]
        if unknown or not units:
            raise LabelsError(
                f"the order {found.name!r} has unit {unknown[0]!r}, which is not here."
                if unknown
                else f"no unit is left in the order {found.name!r}: all have a label by hand."
            )
        self._reviewed, self._seed, self._stale = reviewed, reviewed.memory.get("seed"), False
        self.seconds = []
        self.place = next(iter(self.left_of(units)), units[0])
        number = int(self.queue.get("number", 0)) + 1
        self.queue = self._queue_of(number, found.name, found.title, units)
        self._note_drawn()
        if keep:
            self._keep()
        return self.place

    def move(self, unit: str | None, seconds: float | None = None) -> None:
        """Take note which unit is shown now, and how long the last one took."""
        if not self.queue or (unit is not None and unit not in self._places):
            return
        if seconds is not None and 0 < seconds <= PAUSE:
            self.seconds = [*self.seconds, round(float(seconds), 3)][-KEPT:]
        self.place = unit
        self._note_drawn()
        self._keep()

    def stop(self) -> None:
        """End the review; labels stay."""
        self.place, self._reviewed = None, None
        self.queue = {}
        self._keep()

    def set_keys(self, keys: Any) -> None:
        """Set the keys for labels by hand; they are remembered.

        Raises
        ------
        LabelsError
            See :func:`nb_autolabel.session.hand_keys.checked_keys`.
        """
        self.keys = checked_keys(keys)
        self._keep()

    def set_merge_keys(self, keys: Any) -> None:
        """Set the keys that answer a proposal to merge units; they are remembered.

        Raises
        ------
        LabelsError
            See :func:`nb_autolabel.session.hand_keys.checked_merge_keys`.
        """
        self.merge_keys = checked_merge_keys(keys, self.keys)
        self._keep()

    def join(self, reviewed: Reviewed) -> None:
        """Let what shows these units renew the order, where nobody does yet: after a restart of the kernel."""
        if self._reviewed is None and self.queue:
            self._reviewed, self._stale = reviewed, True

    def renew(self) -> None:
        """Put the units in a new order if labels were given since and it depends on them."""
        if not self._stale or self._reviewed is None or not self.queue:
            return
        self._stale = False
        order = order_named(self.order)
        if not order.renewed:
            return
        there = set(self.units)
        new = [unit for unit in map(as_text, order.ids(self._reviewed)) if unit in there]
        old = [unit for unit in self.units if unit not in set(new)]
        self.queue = self._queue_of(self.queue["number"], order.name, order.title, [*old, *new])

    def _queue_of(self, number: int, order: str, title: str, units: list[str]) -> dict[str, Any]:
        drawn = [unit for unit in units if self._is_drawn(self._places[unit], order)][:TOLD]
        found = {"number": number, "order": order, "title": title, "units": units, "drawn": drawn}
        if order in ("informative", "audit"):
            found["why"] = {"drawn": DRAWN_AT_RANDOM, "asked": ASKED_FOR}
        return found

    def _is_drawn(self, at: int, order: str) -> bool:
        """Whether a unit comes in an order because it was drawn at random."""
        plan = None if self._reviewed is None else self._reviewed.memory.get("plan")
        planned = plan is not None and order == "informative" and plan.is_drawn(at)
        return order == "audit" or planned or self.hand.is_drawn(at)

    def _note_drawn(self) -> None:
        """Let the label of the unit that is shown say that it was drawn at random."""
        if self.place is not None and self.queue and self._is_drawn(self._places[self.place], self.order):
            self.hand.drawn.add(self._places[self.place])

    def _on_labels(self, change: Any) -> None:
        del change
        self._stale = True

    def _keep(self) -> None:
        if self._path is None:
            return
        shown = [] if self.place is None else [self.place]
        known: Mapping[str, Any] = {
            "order": self.order,
            "units": self.units,
            "place": self.place,
            "drawn": [unit for unit in shown if self.hand.is_drawn(self._places[unit])],
        }
        keys = {"keys": dict(self.keys), "merge_keys": dict(self.merge_keys)}
        self.said = write_review(self._path, {**known, "seconds": self.seconds, "seed": self._seed, **keys})
