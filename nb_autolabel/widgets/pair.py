"""The tab "Pairs": a unit beside a neighbour, what speaks for one cell or two, and merges that are suggested."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets

from ..errors import MessageError, listing
from ..session.live_labels import LiveLabels
from .engine import Engine
from .named_units import named_units
from .pair_message import described, merged_in_words
from .protocol import request_number
from .refusals import refusal
from .views import View

#: What the browser can ask for besides looking.
_DEEDS = ("suggest", "clear", "reject", "reconsider")


class PairOfUnits(View):
    """Two units beside each other. What is shown is read when they are looked at.

    The browser asks with ``{"request": number, "unit": id, "other": id or null}``; null is the most alike. The answer
    has the unit's ``neighbours`` and everything about the pair. ``{"request": number, "merged": [ids]}`` asks for what
    units would be if they were merged. ``{"request": number, "do": "suggest", "units": [ids]}`` suggests to merge units,
    "clear" takes them out of their groups, "reject" takes a proposal out of the queue and
    "reconsider" puts it back.

    Parameters
    ----------
    engine : Engine
    live : LiveLabels
    """

    _kind = traitlets.Unicode("pair").tag(sync=True)

    _asks = traitlets.Bool(True).tag(sync=True)
    """There is a kernel to ask; a saved page does not have this."""
    _why_not = traitlets.Unicode("").tag(sync=True)
    """Why there are no pairs; empty where there are."""
    _merges = traitlets.List().tag(sync=True)
    """Units that are to be merged, by id as text."""
    _proposals = traitlets.List().tag(sync=True)
    """Units that a file proposes to merge, by id as text."""
    _rejected = traitlets.List().tag(sync=True)
    """Proposals that were rejected, by id as text."""

    def __init__(self, engine: Engine, live: LiveLabels) -> None:
        self._live = live
        super().__init__(engine)
        self._follow()
        live.session.observe(self._follow, names=["merges", "proposed", "rejected", "table"])
        self.on_msg(self._on_message)

    def _follow(self, change: Any = None) -> None:
        del change
        self._why_not = self._live.why_no_pairs()
        ids, session = self.engine.shown_ids, self._live.session
        self._merges = [[ids[at] for at in group] for group in session.merges]
        self._proposals = [[ids[at] for at in group] for group in session.proposed]
        self._rejected = [[ids[at] for at in group] for group in session.rejected]

    def _on_message(self, widget: Any, content: Any, buffers: Any) -> None:
        del widget, buffers
        answer = {"request": request_number(content)}
        try:
            if not isinstance(content, dict):
                raise MessageError(f"a question is a dictionary; got a {type(content).__name__}.")
            if "do" in content:
                self._do(content)
                self.send(answer)
                return
            if "merged" in content:
                places = named_units(content["merged"], self.engine.shown_ids)
                self.send({**answer, "merged": merged_in_words(self._live.merged_at(places))})
                return
            known, arrays = self._looked_at(content)
        except Exception as error:
            self.send({**answer, "error": refusal(error)})
        else:
            self.send(
                {**answer, "arrays": list(arrays), **known},
                [np.ascontiguousarray(a, dtype="<f4").tobytes() for a in arrays.values()],
            )

    def _looked_at(self, content: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        live, ids = self._live, self.engine.shown_ids
        (unit,) = named_units([content.get("unit")], ids)
        near = live.neighbours_of(unit)
        known: dict[str, Any] = {
            "unit": ids[unit],
            "neighbours": [
                [ids[at], *(value if np.isfinite(value) else None for value in values)]
                for at, *values in near
            ],
        }
        asked = content.get("other")
        if asked is None and not near:
            return {**known, "said": "", "missing": ["There is no other unit to compare with."]}, {}
        (other,) = (near[0][0],) if asked is None else named_units([asked], ids)
        pair = live.pair_at(unit, other)
        own, first, second = live.where(unit, other)
        more, arrays = described(pair, own, (first, second))
        return {**known, "other": ids[other], **more}, arrays

    def _do(self, content: dict[str, Any]) -> None:
        deed = content["do"]
        if deed not in _DEEDS or set(content) != {"do", "units", "request"}:
            raise MessageError(f"this tab can {listing(_DEEDS)} units, and nothing else.")
        ids = self._live.analyzer.unit_ids
        units = [ids[at].item() for at in named_units(content["units"], self.engine.shown_ids)]
        if deed == "suggest":
            self._live.suggest_merge(units)
        elif deed == "clear":
            self._live.clear_merge(units)
        elif deed == "reconsider":
            self._live.reconsider_proposal(units)
        else:
            self._live.reject_proposal(units)
