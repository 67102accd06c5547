"""Distribution of each metric that has thresholds, stacked by label, with the limits drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import MissingMetricError, listing
from ..metrics.binning import Bins, cut, round_ticks
from ..metrics.formatting import number
from ..metrics.registry import Scale, metric
from ..metrics.table import MetricTable
from ..rules.criterion import Criterion
from ..rules.methods import bombcell_rules, threshold_rules
from ..rules.rule import RuleSet
from ..rules.threshold_io import is_sectioned, read_thresholds
from .figure import Plot, grid, labels_of, paper, plain, styled
from .palette import in_order, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def rules_for(thresholds: Any, labels: Any = None) -> RuleSet:
    """Return the method that thresholds belong to: Bombcell where they stand in sections."""
    if thresholds is None:
        return bombcell_rules(split_non_somatic_good_mua=_is_split(labels))
    data = read_thresholds(thresholds)
    if is_sectioned(data):
        return bombcell_rules(data, split_non_somatic_good_mua=_is_split(labels))
    return threshold_rules(data)


def _is_split(labels: Any) -> bool:
    return labels is None or not any(str(label) == "non_soma" for label in labels)


def plot_metric_histograms(
    sorting_analyzer: Any,
    thresholds: Any = None,
    metrics_to_plot: Sequence[str] | None = None,
    unit_labels: Any = None,
    figsize: tuple[float, float] | None = None,
    max_columns: int = 4,
    style: Any = None,
) -> Plot:
    """Draw a histogram of every metric that has thresholds.

    Bars are stacked by label; what a limit rejects is shaded; far tails are gathered in the last
    bin and counted, as are missing values.

    Parameters
    ----------
    sorting_analyzer : Analyzer, spikeinterface.SortingAnalyzer, pandas.DataFrame or path
    thresholds : dict or path of a JSON file, optional
        Flat or in Bombcell's sections. None takes Bombcell's defaults.
    metrics_to_plot : sequence of str, optional
        Only these metrics.
    unit_labels : pandas.Series, DataFrame, dict or sequence, optional
        Labels to colour by. None takes those that the thresholds give.
    figsize : (float, float), optional
        In inches.
    max_columns : int, default: 4
    style : str, dict or path, optional
        A style of matplotlib for this figure, for instance "dark_background" in a notebook with a dark theme. None takes the
        one that is set.

    Returns
    -------
    Plot
        With ``figure`` and ``axes``.

    Raises
    ------
    MissingMetricError
        If none of the metrics is there, or one asked for is not.
    """
    with styled(style):
        return _histograms(sorting_analyzer, thresholds, metrics_to_plot, unit_labels, figsize, max_columns)


def _histograms(
    sorting_analyzer: Any,
    thresholds: Any,
    metrics_to_plot: Sequence[str] | None,
    unit_labels: Any,
    figsize: tuple[float, float] | None,
    max_columns: int,
) -> Plot:
    table = MetricTable.of(sorting_analyzer)
    unit_ids = table.unit_ids.to_numpy()
    given = None if unit_labels is None else labels_of(unit_labels, unit_ids)
    rule_set = rules_for(thresholds, given)
    trace = rule_set.apply(table, missing="inactive")
    labels = trace.labels.to_numpy() if given is None else given
    shown = _criteria(rule_set, table, metrics_to_plot)
    figure, all_axes = grid(len(shown), max_columns, (3.4, 2.5), figsize)
    order = in_order(labels)
    for axes, criterion in zip(all_axes, shown, strict=True):
        values, bins, limits = binned(criterion, table)
        _draw_bars(axes, bins, labels, order)
        _draw_limits(axes, criterion, bins, limits)
        _describe(axes, criterion, bins, values)
    for axes in all_axes[:: min(max_columns, len(shown))]:
        axes.set_ylabel("units", fontsize=9)
        axes.yaxis.set_label_coords(-0.4 / (axes.get_window_extent().width / figure.dpi), 0.5)
    handles = [figure_patch(label, order) for label in order]
    figure.legend(
        handles=handles,
        loc="upper right",
        ncols=max(1, len(handles)),
        frameon=False,
        fontsize=9,
        handlelength=1.2,
    )
    return Plot(figure, np.array(all_axes, dtype=object))


def _criteria(rule_set: RuleSet, table: MetricTable, wanted: Sequence[str] | None) -> list[Criterion]:
    criteria = {c.metric: c for c in rule_set.criteria}
    if wanted is None:
        found = [c for c in rule_set.criteria if table.find(c.metric) is not None]
        if not found:
            raise MissingMetricError(
                f"none of the metrics with thresholds is there: {listing(criteria)}. "
                f"There are: {listing(sorted(table.names))}."
            )
        return found
    for name in wanted:
        table.require(name)
    return [criteria.get(name) or Criterion(name, abs=metric(name).magnitude) for name in wanted]


def binned(
    criterion: Criterion, table: MetricTable, scale: Scale | None = None
) -> tuple[npt.NDArray[np.float64], Bins, tuple[float | None, float | None]]:
    """Return a criterion's values, bins and limits in the units that are shown."""
    known = metric(criterion.metric)
    stored = np.asarray(table.values(criterion.metric), dtype=np.float64)
    values = (np.abs(stored) if criterion.abs else stored) * known.factor
    low = None if criterion.min is None else criterion.min * known.factor
    high = None if criterion.max is None else criterion.max * known.factor
    return values, cut(known, values, (low, high), scale=scale), (low, high)


def _draw_bars(axes: Axes, bins: Bins, labels: npt.NDArray[Any], order: list[str]) -> None:
    from matplotlib.collections import PolyCollection

    # One more bar for zero, left of a logarithmic axis.
    edges = [np.stack([bins.edges[:-1], bins.edges[1:]], axis=1)]
    if bins.n_zero:
        edges.append(np.array([[_left_of(bins, 1.5), _left_of(bins, 0.5)]]))
    places = np.concatenate(edges)
    base = np.zeros(len(places))
    corners, colors = [], []
    # The first label is at the bottom: bars on a common base line are compared most easily.
    for label in order:
        counts = bins.counts(labels == label)
        if bins.n_zero:
            counts = np.append(counts, bins.zeros(labels == label))
        some = np.flatnonzero(counts)
        left, right = places[some].T
        bottom, top = base[some], (base + counts)[some]
        corners.append(
            np.stack([[left, bottom], [left, top], [right, top], [right, bottom]]).transpose(2, 0, 1)
        )
        colors += [look(label, order).color] * len(some)
        base = base + counts
    if corners:  # there are units
        axes.add_collection(
            PolyCollection(
                list(np.concatenate(corners)), facecolors=colors, edgecolors=paper(), linewidths=0.3
            ),
            autolim=False,
        )
    axes.set_xlim(_start(bins), bins.edges[-1])
    axes.set_ylim(0, max(1.0, base.max() * 1.15))
    if bins.n_saturated:
        middle = bins.edges[-2:].mean()
        axes.text(middle, base[len(bins.edges) - 2], "▾", ha="center", va="bottom", fontsize=9)


def _left_of(bins: Bins, many: float) -> float:
    """Return a place so many bins left of a logarithmic axis."""
    return float(bins.edges[0] / (bins.edges[1] / bins.edges[0]) ** many)


def _start(bins: Bins) -> float:
    return _left_of(bins, 2.0) if bins.n_zero else float(bins.edges[0])


def _draw_limits(
    axes: Axes, criterion: Criterion, bins: Bins, limits: tuple[float | None, float | None]
) -> None:
    unit = metric(criterion.metric).unit
    low, high = limits
    texts = []
    # A lower limit above zero rejects zero too.
    lowest = _start(bins) if low is not None and low > 0 else bins.edges[0]
    for value, sign, edge in ((low, "≥", lowest), (high, "≤", bins.edges[-1])):
        if value is None:
            continue
        # Draw a limit of a whole number between two bars, not through one.
        at = (
            value + (0.5 if sign == "≤" else -0.5)
            if metric(criterion.metric).whole and bins.scale != "log"
            else value
        )
        axes.axvspan(*sorted((edge, at)), color="0.5", alpha=0.15, linewidth=0)
        axes.axvline(at, color="#D55E00", linewidth=1.4, linestyle="--")
        texts.append(f"{sign} {number(value)}" + (f" {unit}" if unit else ""))
    if texts:
        axes.text(
            0.98,
            0.97,
            "\n".join(texts),
            transform=axes.transAxes,
            ha="right",
            va="top",
            fontsize=8,
            color="#B04A00",
            bbox={"facecolor": paper(), "alpha": 0.75, "edgecolor": "none", "pad": 1.0},
        )


def _describe(axes: Axes, criterion: Criterion, bins: Bins, values: npt.NDArray[np.float64]) -> None:
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    known = metric(criterion.metric)
    log = bins.scale == "log"
    if log:
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
    # Set the ticks explicitly: a locator computes twice as many and drops half of them.
    places = round_ticks(bins.edges[0], bins.edges[-1], 4, log)
    texts = [number(float(f"{v:.6g}")) for v in places]
    if bins.n_zero:
        zero = _left_of(bins, 1.0)
        far = np.log(places / zero) > 0.1 * np.log(bins.edges[-1] / zero)
        texts = ["0", *(text for text, kept in zip(texts, far, strict=True) if kept)]
        places = np.array([zero, *places[far]])
    axes.xaxis.set_major_locator(FixedLocator(places.tolist()))
    axes.xaxis.set_major_formatter(FixedFormatter(texts))
    counts = [v for v in round_ticks(0.0, axes.get_ylim()[1], 3) if v == int(v)]
    axes.yaxis.set_major_locator(FixedLocator(counts))
    axes.yaxis.set_major_formatter(FixedFormatter([number(v) for v in counts]))
    plain(axes)
    name = f"|{criterion.metric}|" if criterion.abs else criterion.metric
    # A fixed position saves the search for the place with the least overlap.
    axes.set_title(name, fontsize=9.5, loc="left", y=1.03)
    notes = []
    if bins.n_below:
        notes.append(f"← {bins.n_below} off scale")
    if bins.n_above:
        notes.append(f"{bins.n_above} off scale →")
    if bins.n_missing:
        notes.append(f"{bins.n_missing} without a value")
    if bins.n_saturated:
        notes.append(f"{bins.n_saturated} saturated (▾)")
    shown = known.unit + ("; " if known.unit and notes else "") + ", ".join(notes)
    if not np.isfinite(values).any():
        shown = "no values"
    axes.set_xlabel(shown, fontsize=8.5)
    height = axes.get_window_extent().height / axes.figure.dpi
    axes.xaxis.set_label_coords(0.5, -0.24 / height)


def figure_patch(label: str, order: list[str]) -> Any:
    """Return a legend entry for a label."""
    from matplotlib.patches import Patch

    return Patch(facecolor=look(label, order).color, label=label)
