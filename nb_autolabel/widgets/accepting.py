"""Which labels are accepted, the share of noise, and adapting to one's own labels, as one row above the labels."""

from __future__ import annotations

from typing import Any

import traitlets

from ..classifiers.accepted import USUAL_PACE
from ..classifiers.expected_error import stored
from ..errors import AutolabelError
from ..labels import CLASSES
from ..session.adapting import FROM
from ..session.live_unitrefine import LiveUnitRefine
from .engine import Engine
from .views import View

#: Between two estimates of what adapting would do, so many labels are given.
EVERY = 5
_FOLLOWED = ["method", "by_hand", "table"]


class Accepting(View):
    """Question, budget, what follows from them; more options; the offer to adapt.

    Parameters
    ----------
    engine : Engine
    live : LiveUnitRefine
    """

    _kind = traitlets.Unicode("accepting").tag(sync=True)

    _adapting = traitlets.Dict().tag(sync=True)
    """``labels`` by hand that count, ``from`` how many it is offered, ``said`` what it would do, ``adapted``."""
    _measured = traitlets.List().tag(sync=True)
    """What was measured on left-out mice: question, budget, own labels, share accepted, error among them."""
    _noise_help = traitlets.Unicode("").tag(sync=True)
    """What telling the share of noise helps or harms, as measured."""
    _pace = traitlets.Float(0.0).tag(sync=True)
    """Seconds a unit, as told; 0: as measured, else as usual."""
    _usual_pace = traitlets.Float(USUAL_PACE).tag(sync=True)
    """Seconds a unit where nobody has measured them."""

    def __init__(self, engine: Engine, live: LiveUnitRefine) -> None:
        self._live = live
        self._said = ("", -EVERY)
        table = stored()["table"]
        keys = ("question", "budget", "own", "share", "error")
        super().__init__(
            engine,
            _measured=[{key: row[key] for key in keys} for row in table],
            _noise_help=noise_help(),
            _adapting=self._state(),
            _pace=live.pace or 0.0,
        )
        live.session.observe(self._follow, names=_FOLLOWED)
        self._follows = True

    def close(self) -> None:
        """Stop following the labels."""
        if self.__dict__.get("_follows"):
            self._follows = False
            self._live.session.unobserve(self._follow, names=_FOLLOWED)
        super().close()

    def tell_pace(self) -> None:
        """Take the seconds a unit that were told."""
        self._pace = self._live.pace or 0.0

    def _follow(self, change: Any) -> None:
        del change
        now = self._state()
        if now != self._adapting:
            self._adapting = now

    def _state(self) -> dict[str, Any]:
        live = self._live
        labels = sum(entry.label in CLASSES for entry in live.session.by_hand.values())
        adapted = live.adapting.is_adapted
        used = len(live.method.options.get("adapted") or ())
        said = ""
        if labels >= FROM and not live.adapting.is_done:
            # Estimating takes a moment, so it is not done with every label.
            if labels < self._said[1] or labels >= self._said[1] + EVERY:
                self._said = (self._estimate(), labels)
            # What the pair is adapted to already is not offered again.
            said = "" if adapted and used >= self._said[1] else self._said[0]
        return {"labels": labels, "from": FROM, "said": said, "adapted": adapted, "used": used}

    def _estimate(self) -> str:
        try:
            offer = self._live.adapting.offer()
        except AutolabelError as error:
            return str(error)
        return "" if offer is None else offer.text


def noise_help() -> str:
    """Return what telling the share of noise helps or harms, in a sentence, as ``scripts/expected_error.py`` measured it."""
    known = {what: f"{share:.1%}" for what, share in stored()["noise_share"].items()}
    return (
        "Shifts the noise classifier so that its mean over the units says this share. On left-out mice "
        f"{known['not told']} of the labels were right without it; {known['true share']} if the true share is told, "
        f"{known['rounded to 20 %']} if it is rounded to the next 20 %, {known['10 points too much']} if 10 points too "
        f"much, {known['10 points too little']} if 10 points too little. If you do not know it, leave it off "
        "and label some units."
    )
