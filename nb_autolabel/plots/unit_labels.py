"""Waveforms of all units, overlaid by label."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..analyzer.load import as_analyzer
from ..errors import LabelsError, listing
from .figure import Plot, grid, ink, labels_of, plain, spelled, styled
from .palette import in_order, look


def plot_unit_labels(
    sorting_analyzer: Any,
    unit_labels: Any,
    labels_order: Sequence[str] | None = None,
    max_columns: int = 3,
    ylims: tuple[float, float] | None = None,
    figsize: tuple[float, float] | None = None,
    style: Any = None,
) -> Plot:
    """Overlay the templates of all units on their best channels, one panel a label.

    Parameters
    ----------
    sorting_analyzer : Analyzer, spikeinterface.SortingAnalyzer or path
        With the extension "templates".
    unit_labels : pandas.Series, DataFrame, dict or sequence
        Label of each unit; matched by unit id where it has an index.
    labels_order : sequence of str, optional
        Labels to show, in order. None shows all that occur.
    max_columns : int, default: 3
    ylims : (float, float), optional
        In µV (in arbitrary units where no gain is known). None takes the range that holds 99 % of the samples.
    figsize : (float, float), optional
        In inches.
    style : str, dict or path, optional
        A style of matplotlib for this figure, for instance "dark_background" in a notebook with a dark theme. None takes the
        one that is set.

    Returns
    -------
    Plot
        With ``figure`` and ``axes``.

    Raises
    ------
    MissingExtensionError, LabelsError
    """
    with styled(style):
        return _overlays(sorting_analyzer, unit_labels, labels_order, max_columns, ylims, figsize)


def _overlays(
    sorting_analyzer: Any,
    unit_labels: Any,
    labels_order: Sequence[str] | None,
    max_columns: int,
    ylims: tuple[float, float] | None,
    figsize: tuple[float, float] | None,
) -> Plot:
    from matplotlib.collections import LineCollection

    analyzer = as_analyzer(sorting_analyzer)
    labels = labels_of(unit_labels, analyzer.unit_ids)
    order = in_order(labels) if labels_order is None else list(map(spelled, labels_order))
    if not order:
        raise LabelsError("there is no label to show.")
    unknown = set(labels) - set(order) if labels_order is not None else set()
    if unknown:
        raise LabelsError(f"labels_order leaves out labels that occur: {listing(sorted(unknown))}.")
    templates = analyzer.main_channel_templates
    times = analyzer.template_times_ms
    columns = len(order) if len(order) <= max_columns else math.ceil(len(order) / 2)
    figure, all_axes = grid(len(order), columns, (4.2, 3.2), figsize)
    limits = ylims or _limits(templates)
    for at, (axes, label) in enumerate(zip(all_axes, order, strict=True)):
        of_label = templates[labels == label]
        # Leave out templates with infinite or missing values: they would make the mean and the axis unusable.
        chosen = of_label[np.isfinite(of_label).all(axis=1)]
        lost = len(of_label) - len(chosen)
        note = f", {lost} without template" if lost else ""
        color = look(label, order).color
        plain(axes)
        if len(chosen):
            alpha = float(np.clip(12 / len(chosen), 0.12, 0.6))
            lines = np.stack([np.broadcast_to(times, chosen.shape), chosen], axis=-1)
            axes.add_collection(LineCollection(list(lines), colors=color, alpha=alpha, linewidths=0.8))
            axes.plot(times, chosen.mean(axis=0), color=ink(), linewidth=1.8, label="mean")
        else:
            axes.text(0.5, 0.5, "no units", ha="center", va="center", transform=axes.transAxes, color="0.5")
        axes.set_title(
            f"{label} (n={len(of_label)}{note})",
            fontsize=11,
            color=color,
            fontweight="bold",
        )
        axes.set_xlim(times[0], times[-1])
        axes.set_ylim(*limits)
        axes.set_xlabel("time (ms)", fontsize=9)
        if at % columns == 0:
            axes.set_ylabel(f"amplitude ({analyzer.voltage.unit})", fontsize=9)
    return Plot(figure, np.array(all_axes, dtype=object))


def _limits(templates: np.ndarray[Any, Any]) -> tuple[float, float]:
    templates = templates[np.isfinite(templates).all(axis=1)]
    if templates.size == 0:
        return -1.0, 1.0
    low = float(np.quantile(templates.min(axis=1), 0.01)) * 1.08
    high = float(np.quantile(templates.max(axis=1), 0.99)) * 1.08
    return (low, high) if high > low else (low - 1.0, high + 1.0)
