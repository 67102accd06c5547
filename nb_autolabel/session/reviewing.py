"""What a labeler can do to go through its units, and to take labels by hand back one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..analyzer.analyzer import Analyzer
from ..errors import LabelsError
from .hand_labels import ManualLabels
from .hand_steps import HandStep
from .session import Session

if TYPE_CHECKING:
    from .review import Review


class CanReview:
    """The part of :class:`LiveLabels` that goes through units."""

    analyzer: Analyzer
    session: Session
    hand: ManualLabels

    def review(
        self,
        order: Any = None,
        *,
        where: Any = None,
        units: Any = None,
        seed: int | None = None,
        n: int | None = None,
        keys: Any = None,
    ) -> Review:
        """Go through units one after the other; see ``docs/guides/review.md``.

        Parameters
        ----------
        order : {"selection", "filter", "unsure", "disagreement", "most informative", "random audit", "all"}, optional
            None goes on where a review stopped, else through all units.
        where : str, optional
            With "filter": ``snr > 5 and label == "mua"``, as in the unit table.
        units : list of unit id, optional
            With "selection" or "filter": these, in their order.
        seed, n : int, optional
            With "random audit": the same units again, and how many.
        keys : dict or list of str, optional
            As :attr:`hand_keys` takes them.

        Returns
        -------
        Review
            Says how far it is, and how long a unit takes.

        Raises
        ------
        LabelsError, RuleError, UnknownUnitError
            If there is no such order, or no unit in it.
        """
        # The orders need the classifiers, which take longer to load than to label.
        from .review import Review
        from .review_orders import Reviewed

        found = Review.of(self.hand)
        reviewed = Reviewed(self.analyzer, self.session, self.hand)
        if order is None and where is not None:
            order = "filter"
        if order is None and units is not None:
            order = "selection"
        before = dict(found.keys)
        if keys is not None:
            found.set_keys(keys)
        try:
            if order is None and found.queue:
                found.join(reviewed)
                found.renew()
            else:
                found.start(
                    reviewed, "all" if order is None else order, where=where, units=units, seed=seed, n=n
                )
        except Exception:
            if keys is not None:
                found.set_keys(before)
            raise
        if found.place is not None:
            self.session.selection = (place_of(self.hand, found.place),)
        return found

    @property
    def hand_keys(self) -> dict[str, str]:
        """Label by key. A dictionary sets some keys, a list of labels gives them the digits 1 to 9; both are remembered."""
        from .review import Review

        return dict(Review.of(self.hand).keys)

    @hand_keys.setter
    def hand_keys(self, keys: Any) -> None:
        from .review import Review

        Review.of(self.hand).set_keys(keys)

    def units_where(self, where: str) -> list[Any]:
        """Return the ids of the units that a filter finds, in the words and units of the unit table.

        Raises
        ------
        RuleError
            That says what cannot be read.
        """
        from .unit_filter import units_where

        session = self.session
        return [self.hand.unit_ids[at] for at in units_where(session.trace, where, session.by_hand)]


def place_of(hand: ManualLabels, unit: str) -> int:
    """Return the position of a unit that is named by its id as text."""
    return [str(each) for each in hand.unit_ids].index(unit)


def last_labeled(hand: ManualLabels, source: str) -> tuple[HandStep | None, Any]:
    """Return the last giving of labels that can be taken back, and the id of its unit; None if there is none.

    After a restart of the kernel it is the unit that this curator labeled last, if nobody else has since.
    """
    step = hand.last_step(source)
    if step is not None:
        return step, step.units[-1]
    own = [at for at, entry in hand.entries.items() if entry.source == source]
    return None, hand.unit_ids[own[-1]] if own else None


def take_back(hand: ManualLabels, source: str, unit: Any = None) -> Any:
    """Take the last labels by hand back; returns the id of their unit, None if there are none.

    Parameters
    ----------
    hand : ManualLabels
    source : str
        Who takes back.
    unit : unit id, optional
        That it must be about.

    Raises
    ------
    LabelsError
        If it is about another unit, or cannot be kept. Then nothing has changed.
    """
    hand.refresh()
    step, last = last_labeled(hand, source)
    if unit is not None and last != unit:
        raise LabelsError(f"nothing was taken back: the label of unit {unit} is not the last one.")
    if last is None:
        return None
    if step is not None:
        hand.move(step, back=True)
    elif hand.journal is not None:
        hand.label(last, None, source)
    return last
