"""One histogram a criterion: an axis of bqplot, and fields, bars and handles that are drawn in the browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bqplot
import ipywidgets
import numpy as np
import traitlets

from ..metrics.binning import Bins, round_ticks
from ..metrics.formatting import number
from ..metrics.registry import Scale
from ..plots.metric_histograms import binned
from ..rules.criterion import Criterion
from ..session.session import Session
from .engine import apart, ends, start
from .views import View

#: Of the bars with their axis; ``--nbl-plot`` in the style sheet is the same.
HEIGHT = "96px"
#: Under the bar of units whose metric has no value.
NO_VALUE = "no value"


class LimitFields(View):
    """Title, number fields and bars of one criterion."""

    _kind = traitlets.Unicode("limits").tag(sync=True)

    criterion = traitlets.Unicode().tag(sync=True)
    """Key of the criterion."""
    unit = traitlets.Unicode().tag(sync=True)
    """Unit of the fields."""
    meaning = traitlets.Unicode().tag(sync=True)
    """Shown when the pointer rests on the title."""
    note = traitlets.Unicode().tag(sync=True)
    """Missing values, clipped tails."""
    scale = traitlets.Unicode("linear").tag(sync=True)
    """Scale of the axis; the button beside the title asks for the other one."""
    defaults = traitlets.List().tag(sync=True)
    """Limits that "reset" goes back to, in stored units."""


@dataclass
class Histogram:
    """Axis of one criterion.

    Attributes
    ----------
    bins : Bins
    figure : bqplot.Figure
    ticks : list of (float, str)
        Places on the axis and what stands there.
    owned : list of Widget
        What to close with it.
    """

    bins: Bins
    figure: bqplot.Figure
    ticks: list[tuple[float, str]]
    owned: list[Any]


class Shared:
    """What all histograms have in common; a widget each of their own would make the first display slow."""

    def __init__(self) -> None:
        self.room = bqplot.LinearScale(min=0, max=1, allow_padding=False)
        self.figure = ipywidgets.Layout(
            width="100%", height=HEIGHT, min_height=HEIGHT, min_width="0", flex=f"0 0 {HEIGHT}", margin="0"
        )
        self.cell = ipywidgets.Layout(min_width="0", flex="0 0 auto")
        self.fields = ipywidgets.Layout(min_width="0", flex="1 1 auto")

    def close(self) -> None:
        """Close them all."""
        for widget in vars(self).values():
            widget.close()


def bins_of(criterion: Criterion, session: Session, scale: Scale | None = None) -> Bins | None:
    """Bins of a criterion in shown units; None if its metric is not in the table."""
    if session.table.find(criterion.metric) is None:
        return None
    return binned(criterion, session.table, scale)[1]


def make_histogram(bins: Bins, shared: Shared, unit: str = "") -> Histogram:
    """Build the axis of a criterion; :class:`LimitFields` paints bars under it and puts handles over it."""
    low, high = ends(bins)
    # Without room at its ends, so that the axis is the one the bars are painted on.
    x = bqplot.LinearScale(min=start(bins), max=high, allow_padding=False)
    ticks = _ticks(bins.edges[0], bins.edges[-1], 4, bins.scale == "log")
    for name, place in apart(bins).items():
        # Not so near to a number that the words touch.
        room = place + (0.2 if name == "missing" else 0.08) * (high - start(bins))
        values = ticks["tick_values"]
        ticks["tick_values"] = np.append(values[(values > room) | (values < low)], place)
        ticks["tick_labels"][tick_key(place)] = NO_VALUE if name == "missing" else "0"
    _add_unit(ticks, start(bins), high, unit)
    axis = bqplot.Axis(
        scale=x, grid_lines="none", tick_style={"font-size": "clamp(10px, 0.625rem, 14px)"}, **ticks
    )
    figure = bqplot.Figure(
        marks=[],
        axes=[axis],
        fig_margin={"top": 6, "bottom": 22, "left": 34, "right": 16},
        padding_x=0.0,
        padding_y=0.0,
        scale_x=shared.room,
        scale_y=shared.room,
        background_style={"fill": "none"},
        display_toolbar=False,
        layout=shared.figure,
        title="",
    )
    shown = [(float(v), str(ticks["tick_labels"][tick_key(float(v))])) for v in ticks["tick_values"]]
    return Histogram(bins, figure, shown, [figure, axis, x])


def _ticks(low: float, high: float, at_most: int, log: bool) -> dict[str, Any]:
    values = round_ticks(low, high, at_most, log)
    texts = [number(float(f"{v:.6g}")) for v in values]
    if log:
        values = np.log10(values)
    # bqplot looks a label up by the tick's value as JavaScript writes it.
    keys = [tick_key(v) for v in values]
    return {
        "tick_values": np.asarray(values, dtype=float),
        "tick_labels": dict(zip(keys, texts, strict=True)),
    }


def _add_unit(ticks: dict[str, Any], begin: float, end: float, unit: str) -> None:
    """Write the unit behind the last number that leaves it room."""
    if not unit:
        return
    texts = ticks["tick_labels"]
    for value in sorted(ticks["tick_values"].tolist(), reverse=True):
        text = f"{texts[tick_key(value)]} {unit}"
        # Half of the words reach beyond the tick: a letter takes 3 % of the axis, and the margin holds six of them.
        if texts[tick_key(value)] != NO_VALUE and (value - begin) / (end - begin) + 0.015 * len(text) <= 1.1:
            texts[tick_key(value)] = text
            return


def tick_key(value: float) -> str:
    """Write a number as JavaScript does, since bqplot looks tick labels up by it."""
    return repr(float(value)).removesuffix(".0")


def note_of(bins: Bins) -> str:
    """Say what the bars do not show."""
    parts = []
    if bins.n_missing:
        parts.append(f"{bins.n_missing} {units(bins.n_missing)} without a value")
    if bins.n_below:
        parts.append(f"←\u00a0{bins.n_below} {units(bins.n_below)} off scale")
    if bins.n_above:
        parts.append(f"{bins.n_above} {units(bins.n_above)} off scale\u00a0→")
    if bins.n_saturated:
        parts.append(f"{bins.n_saturated} saturated (▾)")
    return "; ".join(parts)


def units(many: int) -> str:
    """Return the word for so many units."""
    return "unit" if many == 1 else "units"
