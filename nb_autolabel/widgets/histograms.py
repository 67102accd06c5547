"""One bqplot histogram a criterion, stacked by label, with limits that can be dragged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import anywidget
import bqplot
import ipywidgets
import numpy as np
import traitlets
from ipywidgets import widget_serialization

from ..metrics.binning import Bins, round_ticks
from ..metrics.registry import Scale, metric
from ..plots.figure import number
from ..plots.metric_histograms import binned
from ..plots.palette import in_order, look
from ..rules.criterion import Criterion
from .assets import asset, esm
from .session import Session

#: Colour of limits, from the palette for all kinds of colour vision.
LIMIT_COLOR = "#D55E00"
#: Where the handle of a limit that is off waits, on an axis that shows 0 to 1.
OUT_OF_SIGHT = -10.0


class LimitFields(anywidget.AnyWidget):  # type: ignore[misc]
    """Title and number fields of one criterion."""

    _esm = esm("limits")
    _css = asset("widgets.css")

    engine = traitlets.Any().tag(sync=True, **widget_serialization)
    """The session's engine, which holds the limits."""
    position = traitlets.Int().tag(sync=True)
    """Which criterion."""
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
    """Marks and figure of one criterion."""

    bins: Bins
    figure: bqplot.Figure
    marks: dict[str, Any]
    owned: list[Any]


def bins_of(criterion: Criterion, session: Session, scale: Scale | None = None) -> Bins | None:
    """Bins of a criterion in shown units; None if its metric is not in the table."""
    if session.table.find(criterion.metric) is None:
        return None
    return binned(criterion, session.table, scale)[1]


def make_histogram(criterion: Criterion, bins: Bins, session: Session) -> Histogram:
    """Build the bqplot figure of a criterion as the kernel has it; the engine moves it from then on."""
    log = bins.scale == "log"
    edges = np.log10(bins.edges) if log else bins.edges
    low, high = float(edges[0]), float(edges[-1])
    width = edges[1] - edges[0]
    places = (edges[:-1] + edges[1:]) / 2
    if bins.n_missing:
        # Missing values stand apart, left of the axis.
        places = np.append(places, low - 2.0 * width)
    x = bqplot.LinearScale(min=low - (3.0 * width if bins.n_missing else 0.0), max=high)
    # Moving units between labels never changes the height of a stack, so the scale can stand still.
    tallest = max(1.0, float(bins.counts().max(initial=1)))
    y = bqplot.LinearScale(min=0.0, max=tallest * 1.06)
    share = bqplot.LinearScale(min=0, max=1)
    trace = session.trace
    order = in_order(trace.rule_set.labels)
    rank = {name: at for at, name in enumerate(trace.rule_set.labels)}
    heights = np.stack([_heights(bins, trace.codes == rank[name]) for name in order])
    bars = bqplot.Bars(
        x=places,
        y=heights,
        scales={"x": x, "y": y},
        type="stacked",
        colors=[look(name, order).color for name in order],
        padding=0.04,
        stroke="transparent",
        stroke_width=0.0,
    )
    shade = bqplot.Lines(
        x=[[]], y=[[]], scales={"x": x, "y": share}, fill="bottom", stroke_width=0.0,
        colors=["#7f7f7f"] * 2,
        fill_colors=["#7f7f7f"] * 2,
        fill_opacities=[0.16] * 2,
        opacities=[0.0] * 2,
    )  # fmt: skip
    lines = bqplot.Lines(
        x=[[]],
        y=[[]],
        scales={"x": x, "y": share},
        colors=[LIMIT_COLOR] * 2,
        stroke_width=1.6,
    )
    handles = bqplot.Scatter(
        x=[], y=[], scales={"x": x, "y": share}, colors=[LIMIT_COLOR], marker="rectangle", default_size=420,
        default_skew=0.9, stroke="white", enable_move=True, restrict_x=True, update_on_move=True,
        drag_size=1.4, interactions={"click": "none"},
    )  # fmt: skip
    ticks = _ticks(bins.edges[0], bins.edges[-1], 4, log)
    if bins.n_missing:
        ticks["tick_values"] = np.append(ticks["tick_values"], places[-1])
        ticks["tick_labels"][_js(places[-1])] = "none"
    axis = bqplot.Axis(scale=x, grid_lines="none", **ticks)
    count = bqplot.Axis(scale=y, side="left", grid_lines="none", **_ticks(0.0, tallest, 2, False))
    layout = ipywidgets.Layout(
        width="100%", height="128px", min_height="128px", min_width="0", flex="0 0 128px"
    )
    figure = bqplot.Figure(
        marks=[shade, bars, lines, handles],
        axes=[axis, count],
        fig_margin={"top": 6, "bottom": 22, "left": 34, "right": 8},
        padding_x=0.0,
        padding_y=0.0,
        display_toolbar=False,
        layout=layout,
        title="",
    )
    figure.axes[0].tick_style = figure.axes[1].tick_style = {"font-size": "10px"}
    marks = {"bars": bars, "lines": lines, "shade": shade, "handles": handles}
    _place_limits(marks, criterion, bins)
    return Histogram(bins, figure, marks, [figure, axis, count, x, y, share, *marks.values()])


def _ticks(low: float, high: float, at_most: int, log: bool) -> dict[str, Any]:
    values = round_ticks(low, high, at_most, log)
    texts = [number(float(f"{v:.6g}")) for v in values]
    if log:
        values = np.log10(values)
    # bqplot looks a label up by the tick's value as JavaScript writes it.
    keys = [_js(v) for v in values]
    return {
        "tick_values": np.asarray(values, dtype=float),
        "tick_labels": dict(zip(keys, texts, strict=True)),
    }


def _js(value: float) -> str:
    """Write a number as JavaScript does."""
    return repr(float(value)).removesuffix(".0")


def _heights(bins: Bins, chosen: Any) -> Any:
    """Units per bar, those without a value last."""
    counts = bins.counts(chosen).astype(float)
    return np.append(counts, float((chosen & (bins.index < 0)).sum())) if bins.n_missing else counts


def _place_limits(marks: dict[str, Any], criterion: Criterion, bins: Bins) -> None:
    """Put lines, shading and handles where the limits are, as the engine does."""
    factor = metric(criterion.metric).factor
    half = 0.5 if metric(criterion.metric).whole and np.isclose(bins.edges[1] - bins.edges[0], 1.0) else 0.0
    log = bins.scale == "log"
    ends = (float(bins.edges[0]), float(bins.edges[-1]))
    places, on = [], []
    for limit, shift, end in ((criterion.min, -half, ends[0]), (criterion.max, half, ends[1])):
        place = end if limit is None else float(np.clip(limit * factor + shift, *ends))
        places.append((np.log10(end), np.log10(place)) if log else (end, place))
        on.append(limit is not None)
    # bqplot cannot draw a mark without points: a limit that is off has no height and no handle in sight.
    marks["lines"].x = np.array([[place, place] for _, place in places])
    marks["lines"].y = np.array([[0.0, float(shown)] for shown in on])
    marks["shade"].x = np.array(places)
    marks["shade"].y = np.array([[float(shown)] * 2 for shown in on])
    marks["handles"].x = np.array([place for _, place in places])
    marks["handles"].y = np.array([0.5 if shown else OUT_OF_SIGHT for shown in on])


def note_of(bins: Bins) -> str:
    """Say what the bars do not show."""
    parts = []
    if bins.n_missing:
        parts.append(f"{bins.n_missing} missing")
    if bins.n_below:
        parts.append(f"{bins.n_below} below the axis")
    if bins.n_above:
        parts.append(f"{bins.n_above} beyond the axis")
    return ", ".join(parts)
