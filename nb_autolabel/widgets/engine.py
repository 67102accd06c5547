"""The kernel's end of the browser engine: inputs go over, labels are derived on both sides."""

from __future__ import annotations

import logging
from typing import Any
from uuid import uuid4

import anywidget
import numpy as np
import traitlets
from ipywidgets import widget_serialization

from ..errors import AutolabelError, LabelsError
from ..labels import KEYS
from ..metrics.binning import Bins
from ..metrics.registry import Metric, metric
from ..plots.palette import in_order, look
from ..rules.sensitivity import step_of
from .assets import asset, engine_module
from .by_hand import hand_labels, in_method
from .finite import FiniteState
from .messages import Limits, Message, checked
from .session import Session

_LOG = logging.getLogger(__name__)
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

_NO_RENDER = "export default { render() {} };"


class Derived(anywidget.AnyWidget):  # type: ignore[misc]
    """What the browser derives for its views. It never goes back to the kernel."""

    _esm = _NO_RENDER
    codes = traitlets.Bytes(b"").tag(sync=True)
    """Label of each unit, as an index into the rule set's labels; at first as the kernel has it."""
    # The browser adds states, reasons and only, one entry a criterion.


class Engine(FiniteState, anywidget.AnyWidget):  # type: ignore[misc]
    """Keeps the session's inputs the same in the kernel and in the browser.

    Parameters
    ----------
    session : Session
    bins : list of Bins or None
        Histogram bins of each criterion; None where its metric is not there.
    marks : list of dict or None
        bqplot marks of each criterion's histogram: the handles of its limits.
    on_override : callable, optional
        Called as ``on_override({position: label or None}, note)`` when units are labeled by hand in the
        browser. None: they cannot be.
    """

    _esm = engine_module()
    _css = asset("widgets.css")

    # Inputs, synced both ways
    limits = traitlets.List().tag(sync=True, echo_update=False)
    """Lower and upper limit of each criterion in stored units; None is off."""
    selection = traitlets.List(traitlets.Int()).tag(sync=True, echo_update=False)
    """Positions of the selected units."""

    by_hand = traitlets.Dict().tag(sync=True, echo_update=False)
    """Labels given by hand, by position as text."""

    # Internal: sent once
    _hand_labels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _hand_keys = traitlets.Dict().tag(sync=True)
    _hand_notes = traitlets.Dict().tag(sync=True)
    _steps = traitlets.List().tag(sync=True)
    _rules = traitlets.Dict().tag(sync=True)
    _values = traitlets.Bytes(b"").tag(sync=True)
    _bins = traitlets.Bytes(b"").tag(sync=True)
    _n_units = traitlets.Int(0).tag(sync=True)
    _missing = traitlets.List(traitlets.Bool()).tag(sync=True)
    _unusable = traitlets.Dict().tag(sync=True)
    _axes = traitlets.List().tag(sync=True)
    _marks = traitlets.List().tag(sync=True, **widget_serialization)
    _derived = traitlets.Instance(Derived).tag(sync=True, **widget_serialization)
    _order = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _looks = traitlets.Dict().tag(sync=True)
    _ids = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _default_counts = traitlets.List(traitlets.Int()).tag(sync=True)
    _metric_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _metric_values = traitlets.Bytes(b"").tag(sync=True)
    _metric_units = traitlets.Dict().tag(sync=True)
    _history = traitlets.List(traitlets.Int(), default_value=[0, 0]).tag(sync=True)
    _error = traitlets.Unicode("").tag(sync=True)
    _snapshot = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self, session: Session, bins: list[Bins | None], marks: list[Any], on_override: Any = None
    ) -> None:
        self._session = session
        self._on_override = on_override
        super().__init__(_derived=Derived(), _snapshot=uuid4().hex, **self._state(bins, marks))
        self._derived.codes = self._initial_codes()
        self.on_msg(self._on_message)
        session.observe(self._from_kernel, names=["method", "by_hand"])
        traitlets.link((session, "selection"), (self, "selection"), transform=(list, tuple))

    def _state(self, bins: list[Bins | None], marks: list[Any]) -> dict[str, Any]:
        """Return everything the browser gets, for the session's rule set as it is now."""
        session = self._session
        rules = session.rule_set
        labels = session.trace.names
        shown = hand_labels(rules.labels) if self._on_override is not None else []
        order = in_order(labels)
        values = np.full((len(rules.criteria), len(session.table)), np.nan)
        missing = []
        for row, criterion in zip(values, rules.criteria, strict=True):
            found = session.table.find(criterion.metric) is not None
            missing.append(not found)
            if found:
                row[:] = session.table.values(criterion.metric)
        places = np.full(values.shape, -1, dtype="<i2")
        for row, cut in zip(places, bins, strict=True):
            if cut is not None:
                row[:] = np.where(cut.index < 0, len(cut.edges) - 1, cut.index)
        names, matrix = _metrics(session)
        defaults = session.defaults.apply(session.table, missing="inactive").counts()
        steps = [
            step_of(np.abs(row) if c.abs else row, c.metric)
            for row, c in zip(values, rules.criteria, strict=True)
        ]
        return {
            "limits": _sendable(session.limits),
            **self._by_hand(),
            "_hand_labels": in_order(shown),
            "_hand_keys": {in_method(label, shown): key for key, label in KEYS.items()},
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
            "_unusable": {
                c.metric: session.table.unusable(c.metric)
                for c in rules.criteria
                if session.table.unusable(c.metric)
            },
            "_axes": [_axis(c.metric, cut) for c, cut in zip(rules.criteria, bins, strict=True)],
            "_marks": marks,
            "_order": order,
            "_looks": {name: _look(name, order) for name in in_order([*order, *shown])},
        }

    def _by_hand(self) -> dict[str, Any]:
        given = self._session.by_hand
        return {
            "by_hand": {str(at): entry.label for at, entry in given.items()},
            "_hand_notes": {str(at): entry.words for at, entry in given.items()},
        }

    def _initial_codes(self) -> bytes:
        return bytes(self._session.trace.codes.astype("u1").tobytes())

    def restructure(self, bins: list[Bins | None], marks: list[Any]) -> None:
        """Send everything again after other criteria or labels; one message, so the browser sees no half."""
        with self.hold_sync():
            for name, value in self._state(bins, marks).items():
                setattr(self, name, value)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take the state that the browser saves: limits and selection, checked; everything else is the kernel's."""
        inputs = {name: sync_data[name] for name in ("limits", "selection") if name in sync_data}
        if inputs:
            self._on_message(self, {"set": inputs}, [])

    def _on_message(self, widget: Any, content: Any, buffers: Any) -> None:
        """Carry out a message of the browser, whole or not at all."""
        del widget, buffers
        session = self._session
        try:
            message = checked(content, self._ids, len(session.rule_set.criteria))
            if message.override and self._on_override is None:
                raise LabelsError("units cannot be labeled by hand in this view.")
            with session.all_or_nothing():
                self._carry_out(message)
            self._error = ""
        except Exception as error:
            # Said where it is seen; the state of the kernel is as it was before the message.
            if isinstance(error, AutolabelError):
                _LOG.warning("a message of the browser was refused: %s", error)
                self._error = str(error)
            else:
                _LOG.exception("a message of the browser could not be carried out")
                self._error = f"{type(error).__name__}: {error}"
            self._say_again()

    def _carry_out(self, message: Message) -> None:
        session = self._session
        if message.do:
            {"undo": session.undo, "redo": session.redo, "reset": session.reset}[message.do]()
        if message.nan:
            at, policy = message.nan
            key = session.rule_set.keys[at]
            session.set_rules(session.rule_set.with_criterion(key, nan=policy))
        if message.limits is not None:
            pairs = dict(zip(session.rule_set.keys, _received(message.limits), strict=True))
            session.set_limits(pairs, message.step)
        if message.selection is not None:
            session.selection = message.selection
        if message.override:
            # Last, because it is written to the journal: what fails before it leaves the journal alone.
            units, label, note = message.override
            self._on_override(dict.fromkeys(units, label), note)

    def _say_again(self) -> None:
        """Send the inputs as they are in the kernel: the browser may show what was refused."""
        self.limits = _sendable(self._session.limits)
        self.selection = list(self._session.selection)
        for name, value in self._by_hand().items():
            setattr(self, name, value)
        self.send_state(["limits", "selection", "by_hand"])

    def _from_kernel(self, change: Any) -> None:
        del change
        self._history = list(self._session.history)
        limits = _sendable(self._session.limits)
        if limits != self.limits:
            self.limits = limits
        if list(self._session.trace.names) != self._rules.get("labels"):
            return  # a label that the browser does not know yet comes with the new structure, in one message
        for name, value in self._by_hand().items():
            if getattr(self, name) != value:
                setattr(self, name, value)

    def close(self) -> None:
        """Close both models."""
        self._derived.layout.close()
        self._derived.close()
        super().close()


def _sendable(limits: list[tuple[float | None, float | None]]) -> list[list[float | None]]:
    """Return limits as JSON can say them: it has no infinity, the largest number does as well."""
    biggest = float(np.finfo(np.float64).max)
    return [[x if x is None else min(max(x, -biggest), biggest) for x in pair] for pair in limits]


def _received(limits: Limits) -> list[tuple[float | None, float | None]]:
    """Return limits as they were before :func:`_sendable`."""
    biggest = float(np.finfo(np.float64).max)

    def one(x: float | None) -> float | None:
        return float(np.copysign(np.inf, x)) if x is not None and abs(x) >= biggest else x

    return [(one(low), one(high)) for low, high in limits]


def _metrics(session: Session) -> tuple[list[str], np.ndarray[Any, np.dtype[np.float64]]]:
    """Return all metrics of the table that hold numbers, and those of the criteria under the names they use."""
    table = session.table
    names = list(dict.fromkeys([*(c.metric for c in session.rule_set.criteria), *table.names]))
    names = [name for name in names if table.look_up(name) is not None]
    rows = [np.asarray(table.values(name), dtype=np.float64) for name in names]
    return names, np.array(rows).reshape(len(names), len(table))


def _meaning(known: Metric) -> dict[str, Any]:
    return {
        "unit": known.unit,
        "factor": known.factor,
        "scale": known.scale,
        "magnitude": known.magnitude,
        "whole": known.whole,
    }


def _look(label: str, order: list[str]) -> dict[str, str]:
    found = look(label, order)
    return {"color": found.color, "hatch": _HATCHES[found.hatch[:1]]}


def _axis(name: str, bins: Bins | None) -> dict[str, Any] | None:
    if bins is None:
        return None
    known = metric(name)
    low, high = ends(bins)
    unit_bins = known.whole and bins.scale != "log" and bool(np.isclose(bins.edges[1] - bins.edges[0], 1.0))
    return {
        "factor": known.factor,
        "log": bins.scale == "log",
        "whole": known.whole,
        "half": 0.5 if unit_bins else 0.0,
        "low": low,
        "high": high,
        "from": start(bins),
        "bins": len(bins.edges) - 1 + bool(bins.n_missing),
        "missing": bool(bins.n_missing),
        "tallest": tallest(bins),
    }


def ends(bins: Bins) -> tuple[float, float]:
    """Return both ends of a histogram's axis, as powers of ten on a log axis."""
    edges = np.log10(bins.edges[[0, -1]]) if bins.scale == "log" else bins.edges
    return float(edges[0]), float(edges[-1])


def start(bins: Bins) -> float:
    """Return where the drawing begins: missing values stand apart, left of the axis."""
    low, high = ends(bins)
    return low - (3.0 * (high - low) / (len(bins.edges) - 1) if bins.n_missing else 0.0)


def tallest(bins: Bins) -> float:
    """Return the highest stack. Moving units between labels never changes it, so the scale can stand still."""
    return max(1.0, float(bins.counts().max(initial=1)), float(bins.n_missing))
