"""The part of the engine that is about labels by hand one after the other: keys, the queue, undo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import traitlets

from ..errors import LabelsError
from ..labels import KEYS
from ..plots.palette import in_order, look
from ..session.hand_keys import MERGE_KEYS, free_merge_keys, keys_of_labels
from ..session.hand_words import hand_labels

#: matplotlib's hatch signs, as the style sheet calls them.
_HATCHES = {
    "": "plain",
    "/": "stripes",
    "\\": "stripes",
    ".": "dots",
    "o": "rings",
    "x": "cross",
    "+": "plus",
    "-": "stripes",
    "*": "dots",
}


class ReviewState(traitlets.HasTraits):  # type: ignore[misc]
    """State of a review, and who carries out what the browser asks of it."""

    _queue = traitlets.Dict().tag(sync=True)
    """What is gone through; see :attr:`nb_autolabel.session.review.Review.queue`."""
    _place = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    _seconds = traitlets.List().tag(sync=True)
    _orders = traitlets.List().tag(sync=True)
    _last = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    """Id of the unit whose label undo takes back."""
    _notes = traitlets.Dict().tag(sync=True)
    """What was noted with labels by hand, by position as text."""
    _displayed = traitlets.Int(0).tag(sync=True)
    """How often the labeler was displayed: one that has just been run takes the keys."""
    _key_labels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """Labels that keys and buttons give."""

    _merge_keys = traitlets.Dict().tag(sync=True)
    """Keys that accept and reject a proposal to merge units."""

    #: Whether views show values alone.
    bare: bool = False
    #: Carries out what is asked; None: nothing is reviewed in this view.
    reviews: Any = None
    #: Label by key.
    label_keys: Mapping[str, str] = KEYS
    #: Keys that accept and reject a proposal to merge units.
    merge_keys: Mapping[str, str] = MERGE_KEYS

    def set_hand_keys(
        self, keys: Mapping[str, str], labels: tuple[str, ...], merge_keys: Mapping[str, str]
    ) -> None:
        """Let other keys give labels by hand.

        Parameters
        ----------
        keys : mapping of str to str
            Label by key.
        labels : tuple of str
            Labels of the method.
        merge_keys : mapping of str to str
            Keys that accept and reject a proposal to merge units.
        """
        self.label_keys, self.merge_keys = dict(keys), dict(merge_keys)
        shown = hand_labels(labels, keys.values())
        hand_keys = keys_of_labels(keys, shown)
        order = list(getattr(self, "_order", []))
        self.put(
            _hand_labels=[] if self.bare else in_order(shown),
            _key_labels=in_order(shown),
            _hand_keys=hand_keys,
            _merge_keys=free_merge_keys(merge_keys, hand_keys),
            _looks=looks_of(order, shown),
        )

    def take_review(self, reviews: Any, **state: Any) -> None:
        """Let a review carry out what is asked of it; see :class:`nb_autolabel.widgets.review_link.ReviewLink`."""
        self.reviews = reviews
        self.put(**state)

    def carry_out_review(self, asked: Any) -> None:
        """Do what the browser asks of the review.

        Raises
        ------
        LabelsError
        """
        if self.reviews is None:
            raise LabelsError("units are not reviewed in this view.")
        self.reviews.carry_out(asked)

    def put(self, **state: Any) -> None:
        """Set state that the browser gets, in one message."""
        with self.hold_sync():
            for name, value in state.items():
                setattr(self, name, value)

    def on_display(self) -> None:
        """Take note that a cell displays the labeler."""
        self._displayed += 1


def looks_of(order: list[str], by_hand: list[str]) -> dict[str, dict[str, str]]:
    """Return colour and hatch of the labels that are shown and of those that can be given by hand."""
    return {name: _look(name, order) for name in in_order([*order, *by_hand])}


def _look(label: str, order: list[str]) -> dict[str, str]:
    found = look(label, order)
    return {"color": found.color, "hatch": _HATCHES[found.hatch[:1]]}
