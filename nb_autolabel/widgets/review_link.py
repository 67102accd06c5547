"""A review between the kernel and the browser: what is gone through, where it is, the keys, and undo of labels."""

from __future__ import annotations

from typing import Any

from ..errors import LabelsError
from ..session.hand_labels import ManualLabels
from ..session.review import Review
from ..session.review_orders import ORDERS, Reviewed
from ..session.reviewing import last_labeled, take_back
from ..session.session import Session
from ..unit_ids import as_text
from .protocol import Reviewing, ShowUnit, StartReview

#: Orders that the browser gives the units of.
FROM_BROWSER = ("selection", "filter")


class ReviewLink:
    """Carries out what the browser asks of a review, and tells it of changes.

    Parameters
    ----------
    engine : Engine
        Has the state that the browser gets.
    analyzer : callable
        Returns the analyzer as it is now.
    session : Session
    hand : ManualLabels
    source : str
        Whose labels undo takes back.
    review : Review, optional
        None: that of the labelers of these labels.
    """

    def __init__(
        self,
        engine: Any,
        analyzer: Any,
        session: Session,
        hand: ManualLabels,
        source: str,
        review: Review | None = None,
    ) -> None:
        self._engine, self._analyzer, self._session = engine, analyzer, session
        self._hand, self._source = hand, source
        self._keys = Review.of(hand)
        self.review = review or self._keys
        self.review.join(self._reviewed())
        if self.review.place is not None:
            self._show(self.review.place)
        self.review.observe(self._on_queue, names="queue")
        self._keys.observe(self._on_keys, names=["keys", "merge_keys"])
        hand.observe(self._on_labels, names="entries")
        engine.take_review(
            self,
            _queue=self._queue(),
            _place=self.review.place,
            _last=self._last(),
            _orders=[[order.name, order.title] for order in ORDERS.values()],
            _seconds=list(self.review.seconds),
        )
        self._on_keys(None)

    def stop(self) -> None:
        """Let go of what is observed."""
        if self._engine.reviews is None:
            return
        self._engine.reviews = None
        self.review.unobserve(self._on_queue, names="queue")
        self._keys.unobserve(self._on_keys, names=["keys", "merge_keys"])
        self._hand.unobserve(self._on_labels, names="entries")

    def carry_out(self, asked: Reviewing) -> None:
        """Do what the browser asks for.

        Raises
        ------
        LabelsError
            Then nothing has changed.
        """
        review = self.review
        if isinstance(asked, ShowUnit):
            self._session.selection = () if asked.unit is None else (asked.unit,)
            review.move(None if asked.unit is None else self._name(asked.unit), asked.seconds)
            self._engine.put(_place=review.place)
        elif isinstance(asked, StartReview):
            if asked.order is None:
                review.stop()
                return
            if asked.order in FROM_BROWSER and not asked.units:
                raise LabelsError("the review was not started: no unit is selected or listed.")
            units = [self._hand.unit_ids[at] for at in asked.units] or None
            place = review.start(self._reviewed(), asked.order, units=units)
            if place is not None:
                self._show(place)
        else:
            unit = self._hand.unit_ids[asked.unit]
            take_back(self._hand, self._source, unit)
            self._session.selection = (asked.unit,)
            review.move(self._name(asked.unit))

    def after(self) -> None:
        """Renew the order, once what was asked for is acknowledged."""
        self.review.renew()

    def _reviewed(self) -> Reviewed:
        return Reviewed(self._analyzer(), self._session, self._hand)

    def _name(self, at: int) -> str:
        return as_text(self._hand.unit_ids[at])

    def _show(self, unit: str) -> None:
        names = [as_text(each) for each in self._hand.unit_ids]
        if unit in names:
            self._session.selection = (names.index(unit),)

    def _queue(self) -> dict[str, Any]:
        return {**self.review.queue, "place": self.review.place, "said": self.review.said}

    def _last(self) -> str | None:
        unit = last_labeled(self._hand, self._source)[1]
        return None if unit is None else as_text(unit)

    def _on_queue(self, change: Any) -> None:
        del change
        self._engine.put(_queue=self._queue(), _place=self.review.place, _seconds=list(self.review.seconds))

    def _on_keys(self, change: Any) -> None:
        del change
        self._engine.set_hand_keys(self._keys.keys, self._session.rule_set.labels, self._keys.merge_keys)

    def _on_labels(self, change: Any) -> None:
        del change
        self._engine.put(_last=self._last())
