"""The kernel's end of the browser engine: inputs go over, labels are derived on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import anywidget
import numpy as np
import traitlets

from ..errors import LabelsError
from ..labels import vocabulary
from ..metrics.binning import Bins
from ..metrics.registry import Metric
from ..plots.palette import in_order
from ..rules.sensitivity import step_of
from ..session.hand_keys import free_merge_keys, keys_of_labels
from ..session.hand_words import hand_labels
from ..session.session import Session
from .assets import static
from .axes import apart, axis_of, ends, start, tallest
from .finite import FiniteState
from .protocol import (
    Command,
    Label,
    Reviewing,
    Select,
    SetCriteria,
    SetOption,
    command,
    envelope,
    limits_by_key,
    sendable,
)
from .refusals import refusal
from .review_state import ReviewState, looks_of

__all__ = ["Engine", "apart", "axis_of", "ends", "start", "tallest"]


class Engine(ReviewState, FiniteState, anywidget.AnyWidget):  # type: ignore[misc]
    """Keeps the session's inputs the same in the kernel and in the browser; labels are derived on both sides.

    Parameters
    ----------
    session : Session
    bins : list of Bins or None
        Histogram bins of each criterion; None where its metric is not there.
    on_override : callable, optional
        Called as ``on_override({position: label or None}, note)`` when units are labeled by hand in the
        browser. None: they cannot be.
    on_option : callable, optional
        Called as ``on_option(name, value, step)`` when an option of the method is changed in the browser.
    options : sequence of str
        Those that can be.
    bare : bool, default: False
        Whether views show values alone, and not what the rules say of them: to those who are to judge.
    """

    _esm = static("widget.js")
    _css = static("widgets.css")

    # Inputs. The browser never sets them: it sends messages, and shows what it has sent until they are acknowledged.
    limits = traitlets.Dict().tag(sync=True, echo_update=False)
    """Lower and upper limit of each criterion by its key, in stored units; None is off."""
    selection = traitlets.List(traitlets.Int()).tag(sync=True, echo_update=False)
    """Positions of the selected units."""
    by_hand = traitlets.Dict().tag(sync=True, echo_update=False)
    """Labels given by hand, by position as text."""
    error = traitlets.Unicode("").tag(sync=True)
    """What went wrong last, said where it is seen."""
    _acknowledged = traitlets.List(default_value=["", 0]).tag(sync=True)
    """Client and number of the message that was dealt with last."""
    _revision = traitlets.Int(0).tag(sync=True)
    """Grows with every change of criteria, rules or labels."""

    # Internal: sent once, and again with a new revision
    _keys = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _hand_labels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _hand_keys = traitlets.Dict().tag(sync=True)
    _hand_notes = traitlets.Dict().tag(sync=True)
    _steps = traitlets.List().tag(sync=True)
    _rules = traitlets.Dict().tag(sync=True)
    _values = traitlets.Bytes(b"").tag(sync=True)
    _bins = traitlets.Bytes(b"").tag(sync=True)
    _n_units = traitlets.Int(0).tag(sync=True)
    _gone = traitlets.Bytes(b"").tag(sync=True)
    """Units whose recording does not have the metric, uint8, one row a criterion; empty where every one has all."""
    _missing = traitlets.List(traitlets.Bool()).tag(sync=True)
    _unusable = traitlets.Dict().tag(sync=True)
    _axes = traitlets.List().tag(sync=True)
    _order = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _looks = traitlets.Dict().tag(sync=True)
    _ids = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _default_counts = traitlets.List(traitlets.Int()).tag(sync=True)
    _metric_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _metric_values = traitlets.Bytes(b"").tag(sync=True)
    _metric_units = traitlets.Dict().tag(sync=True)
    _history = traitlets.List(traitlets.Int(), default_value=[0, 0]).tag(sync=True)
    _snapshot = traitlets.Unicode("").tag(sync=True)
    _options = traitlets.Dict().tag(sync=True)
    """Options of the method that the browser can change."""
    _undecided = traitlets.Dict().tag(sync=True)
    """What is known of the units besides their probabilities; see ``Undecided`` in ``expected_error.js``."""
    _vocabulary = traitlets.Dict().tag(sync=True)
    """The vocabulary of labels; see :func:`nb_autolabel.labels.vocabulary`."""

    def __init__(
        self,
        session: Session,
        bins: list[Bins | None],
        on_override: Any = None,
        on_option: Any = None,
        options: Sequence[str] = (),
        *,
        bare: bool = False,
    ) -> None:
        self.bare = bare
        self._session = session
        self._on_option, self._option_names = on_option, tuple(options)
        self._on_override = on_override
        self._oldest = 0
        super().__init__(_snapshot=uuid4().hex, _vocabulary=vocabulary(), **self._state(bins))
        self.on_msg(self._on_message)
        session.observe(self._from_kernel, names=["method", "by_hand", "merges"])
        traitlets.link((session, "selection"), (self, "selection"), transform=(list, tuple))

    def _state(self, bins: list[Bins | None]) -> dict[str, Any]:
        """Return everything the browser gets, for the session's rule set as it is now."""
        session = self._session
        rules = session.rule_set
        labels = session.trace.names
        keys = self.label_keys
        shown = hand_labels(rules.labels, keys.values()) if self._on_override is not None else []
        order = in_order(labels)
        values = np.full((len(rules.criteria), len(session.table)), np.nan)
        missing = []
        for row, criterion in zip(values, rules.criteria, strict=True):
            found = session.table.find(criterion.metric) is not None
            missing.append(not found)
            if found:
                row[:] = session.table.values(criterion.metric)
        gone = [session.table.where_absent(criterion.metric) for criterion in rules.criteria]
        places = np.full(values.shape, -1, dtype="<i2")
        for row, cut in zip(places, bins, strict=True):
            if cut is not None:
                row[:] = cut.drawn_index
        names, matrix = _metrics(session)
        defaults = session.default_trace.counts()
        steps = [
            step_of(np.abs(row) if c.abs else row, c.metric)
            for row, c in zip(values, rules.criteria, strict=True)
        ]
        return {
            "limits": sendable(dict(zip(rules.keys, session.limits, strict=True))),
            "_keys": list(rules.keys),
            **self._by_hand(),
            **self._of_options(),
            "_hand_labels": [] if self.bare else in_order(shown),
            "_key_labels": in_order(shown),
            "_hand_keys": (hand_keys := keys_of_labels(keys, shown) if shown else {}),
            "_merge_keys": free_merge_keys(self.merge_keys, hand_keys),
            "_steps": [list(step) for step in steps],
            "_ids": [str(u) for u in session.table.unit_ids.tolist()],
            "_default_counts": [defaults.get(label, 0) for label in labels],
            "_metric_names": names,
            "_metric_values": matrix.astype("<f8").tobytes(),
            "_metric_units": {name: _meaning(session.table.meaning(name)) for name in names},
            "_rules": {**rules.to_dict(), "labels": list(labels)},
            "_values": values.astype("<f8").tobytes(),
            "_bins": places.tobytes(),
            "_n_units": len(session.table),
            "_missing": missing,
            "_gone": _as_bytes(gone, len(session.table)),
            "_unusable": {
                c.metric: session.table.unusable(c.metric)
                for c in rules.criteria
                if session.table.unusable(c.metric)
            },
            "_axes": [axis_of(c.metric, cut) for c, cut in zip(rules.criteria, bins, strict=True)],
            "_order": order,
            "_looks": looks_of(order, shown),
        }

    def _by_hand(self) -> dict[str, Any]:
        given = self._session.by_hand
        return {
            "by_hand": {str(at): entry.label for at, entry in given.items()},
            "_hand_notes": {str(at): entry.words for at, entry in given.items()},
            "_notes": {str(at): entry.note for at, entry in given.items() if entry.note},
        }

    def _of_options(self) -> dict[str, Any]:
        session = self._session
        known = {} if session.refinement is None else session.refinement.shown(session.by_hand)
        return {
            "_options": {name: _plain(session.method.options.get(name)) for name in self._option_names},
            "_undecided": dict(known),
        }

    @property
    def snapshot_name(self) -> str:
        """Name of the output that the notebook keeps for when nothing lives."""
        name: str = self._snapshot
        return name

    @property
    def metric_names(self) -> list[str]:
        """Metrics that the browser has the values of."""
        return list(self._metric_names)

    @property
    def shown_ids(self) -> list[str]:
        """Ids of the units as text, by position, as the browser names them."""
        return list(self._ids)

    def restructure(self, bins: list[Bins | None]) -> None:
        """Send everything again after other criteria or labels; one message, so the browser sees no half."""
        with self.hold_sync():
            keys = list(self._keys)
            for name, value in self._state(bins).items():
                setattr(self, name, value)
            self._revision += 1
            if self._keys != keys:
                self._oldest = self._revision

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take limits and selection that a browser has saved, checked; everything else is the kernel's."""
        try:
            if "limits" in sync_data:
                self._session.set_limits(limits_by_key(sync_data["limits"], self._keys))
            if "selection" in sync_data:
                self._session.selection = tuple(sync_data["selection"])
        except Exception as error:
            self.error = refusal(error)

    def receive(self, content: Any) -> None:
        """Carry out a message of the browser, whole or not at all, and say that it was dealt with.

        Parameters
        ----------
        content : Any
            As it came; see :mod:`nb_autolabel.widgets.protocol`.
        """
        session = self._session
        sender = envelope(content)
        try:
            asked = command(content, self._ids, session.rule_set.keys, self._oldest, self._option_names)
            if isinstance(asked, Label) and self._on_override is None:
                raise LabelsError("units cannot be labeled by hand in this view.")
            with session.all_or_nothing():
                self._carry_out(asked)
            self.error = ""
        except Exception as error:
            self.error = refusal(error)
        # Last: until it knows this, the browser shows what it has asked for.
        if sender is not None:
            self._acknowledged = [sender.client, sender.number]
        if self.reviews is not None:
            self.reviews.after()

    def _on_message(self, widget: Any, content: Any, buffers: Any) -> None:
        del widget, buffers
        self.receive(content)

    def _carry_out(self, asked: Command) -> None:
        session = self._session
        if isinstance(asked, SetCriteria):
            rules = session.rule_set
            for key, policy in asked.missing.items():
                rules = rules.with_criterion(key, nan=policy)
            session.set_method(session.method.with_rules(rules).with_limits(asked.limits), asked.gesture)
        elif isinstance(asked, Select):
            session.selection = asked.units
        elif isinstance(asked, SetOption):
            self._on_option(asked.name, asked.value, asked.gesture)
        elif isinstance(asked, Label):
            self._on_override(dict.fromkeys(asked.units, asked.label), asked.note)
        elif isinstance(asked, Reviewing):
            self.carry_out_review(asked)
        else:
            {"undo": session.undo, "redo": session.redo, "reset": session.reset}[asked]()

    def _from_kernel(self, change: Any) -> None:
        del change
        self._history = list(self._session.history)
        rules = self._session.rule_set
        if list(rules.keys) != self._keys or list(self._session.trace.names) != self._rules.get("labels"):
            return  # what the browser does not know yet comes with the new structure, in one message
        limits = sendable(dict(zip(rules.keys, self._session.limits, strict=True)))
        if limits != self.limits:
            self.limits = limits
        for name, value in {**self._by_hand(), **self._of_options()}.items():
            if getattr(self, name) != value:
                setattr(self, name, value)


def _metrics(session: Session) -> tuple[list[str], np.ndarray[Any, np.dtype[np.float64]]]:
    """Return all metrics of the table that hold numbers, and those of the criteria under the names they use."""
    table = session.table
    names = list(dict.fromkeys([*(c.metric for c in session.rule_set.criteria), *table.names]))
    names = [name for name in names if table.look_up(name) is not None]
    rows = [np.asarray(table.values(name), dtype=np.float64) for name in names]
    return names, np.array(rows).reshape(len(names), len(table))


def _plain(value: Any) -> Any:
    """Return an option as the browser knows it: of those that hold more than plain data, whether they are on."""
    return value if value is None or isinstance(value, bool | int | float | str | dict) else bool(value)


def _as_bytes(masks: list[np.ndarray[Any, np.dtype[np.bool_]] | None], n_units: int) -> bytes:
    if all(mask is None or not mask.any() for mask in masks):
        return b""
    rows = [np.zeros(n_units, dtype=bool) if mask is None else mask for mask in masks]
    return np.array(rows, dtype=np.uint8).tobytes()


def _meaning(known: Metric) -> dict[str, Any]:
    return {
        "unit": known.unit,
        "factor": known.factor,
        "scale": known.scale,
        "magnitude": known.magnitude,
        "whole": known.whole,
    }
