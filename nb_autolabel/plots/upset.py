"""Which criteria gave units their label, and in which combinations."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..errors import LabelsError, MissingDependencyError
from ..metrics.table import MetricTable
from .figure import Plot, labels_of, spelled, styled
from .metric_histograms import rules_for
from .palette import in_order, look


def plot_bombcell_labels_upset(
    sorting_analyzer: Any,
    unit_labels: Any = None,
    thresholds: Any = None,
    unit_labels_to_plot: Sequence[str] | None = None,
    min_subset_size: int = 1,
    figsize: tuple[float, float] | None = None,
    style: Any = None,
) -> Plot:
    """Draw an upset plot of the reasons for each label: one figure a label.

    Counted are the reasons of the decision itself (:meth:`Trace.reasons`), so the bars of a label
    add up to its units.

    Parameters
    ----------
    sorting_analyzer : Analyzer, spikeinterface.SortingAnalyzer, pandas.DataFrame or path
    unit_labels : pandas.Series, DataFrame, dict or sequence, optional
        Labels of the units. None takes those that the thresholds give.
    thresholds : dict or path of a JSON file, optional
        None takes Bombcell's defaults.
    unit_labels_to_plot : sequence of str, optional
        None shows every label that has reasons.
    min_subset_size : int, default: 1
        Leave out combinations of fewer units; the title says how many units that leaves out.
    figsize : (float, float), optional
        In inches, of each figure.
    style : str, dict or path, optional
        A style of matplotlib for this figure, for instance "dark_background" in a notebook with a dark theme. None takes the
        one that is set.

    Returns
    -------
    Plot
        ``figure`` is the first of ``figures``, ``axes`` its axes.

    Raises
    ------
    LabelsError
        If no label to plot has any units with reasons.

    Warns
    -----
    UserWarning
        If labels were given that do not follow from the thresholds; such units are not counted.

    References
    ----------
    Lex et al., UpSet: Visualization of Intersecting Sets, IEEE TVCG 2014; drawn with upsetplot.
    """
    with styled(style):
        return _upsets(
            sorting_analyzer, unit_labels, thresholds, unit_labels_to_plot, min_subset_size, figsize
        )


def _upsets(
    sorting_analyzer: Any,
    unit_labels: Any,
    thresholds: Any,
    unit_labels_to_plot: Sequence[str] | None,
    min_subset_size: int,
    figsize: tuple[float, float] | None,
) -> Plot:
    table = MetricTable.of(sorting_analyzer)
    given = None if unit_labels is None else labels_of(unit_labels, table.unit_ids.to_numpy())
    trace = rules_for(thresholds, given).apply(table, missing="inactive")
    names = {spelled(name): name for name in trace.names}
    own = np.array([spelled(name) for name in trace.names], dtype=object)[trace.codes]
    labels = own if given is None else given
    wanted = in_order(labels) if unit_labels_to_plot is None else list(map(spelled, unit_labels_to_plot))
    figures, axes = [], []
    for label in wanted:
        named = labels == label
        strangers = int((named & (own != label)).sum())
        if strangers:
            warnings.warn(
                f"{strangers} of {int(named.sum())} units labeled '{label}' are not so labeled by these "
                "thresholds; they have no reasons here and are not counted.",
                UserWarning,
                stacklevel=4,
            )
        reasons = trace.reasons(names.get(label, label))
        reasons = reasons.loc[named[own == label]].set_axis(
            [f"   {trace.rule_set[key].metric}" for key in reasons.columns], axis=1
        )
        if reasons.empty:
            continue
        figure, drawn = _draw(label, reasons, min_subset_size, figsize)
        figures.append(figure)
        axes.append(drawn)
    if not figures:
        raise LabelsError(
            f"no unit has a reason for {', '.join(wanted) or 'any label'}: there is nothing to draw. "
            f"Counts: {', '.join(f'{k} {v}' for k, v in trace.counts().items())}."
        )
    return Plot(figures[0], np.array(axes[0], dtype=object), figures)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Hide deprecations that upsetplot itself causes with newer pandas; users can do nothing about them."""
    with warnings.catch_warnings():
        for category in (FutureWarning, DeprecationWarning, PendingDeprecationWarning):
            warnings.simplefilter("ignore", category)
        yield


def _draw(label: str, reasons: Any, min_subset_size: int, figsize: Any) -> tuple[Any, list[Any]]:
    try:
        with _quiet():
            from upsetplot import UpSet
    except ImportError as error:
        raise MissingDependencyError(
            "upset plots need the package upsetplot-bombcell: pip install upsetplot-bombcell"
        ) from error
    reasons = reasons.loc[:, reasons.any(axis=0)]
    combined = reasons.value_counts()
    shown = combined[combined >= min_subset_size]
    if shown.empty:
        raise LabelsError(f"no combination of reasons for '{label}' has {min_subset_size} units or more.")
    color = look(label).color
    if reasons.shape[1] == 1:
        figure = _draw_single(str(reasons.columns[0]), int(shown.sum()), color, figsize)
    else:
        figure = _draw_combinations(UpSet, shown, color, figsize)
    left_out = int(combined.sum() - shown.sum())
    note = f", {left_out} in smaller combinations not shown" if left_out else ""
    figure.suptitle(
        f"{label}: why (n={int(combined.sum())}{note})", fontsize=12, fontweight="bold", color=color
    )
    return figure, list(figure.axes)


def _draw_combinations(upset: Any, shown: Any, color: str, figsize: Any) -> Any:
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    figure = plt.figure(figsize=figsize)
    with _quiet():
        drawn = upset(
            shown,
            subset_size="sum",
            show_counts=True,
            sort_by="cardinality",
            sort_categories_by="cardinality",
            facecolor=color,
            element_size=None if figsize else 30,
        ).plot(fig=figure)
    drawn["intersections"].set_ylabel("units")
    drawn["intersections"].yaxis.set_major_locator(MaxNLocator(5, integer=True))
    drawn["totals"].set_xlabel("units failing", fontsize=9)
    # Each bar has its number: an axis beside it would repeat it, and its grid crosses the numbers.
    drawn["totals"].set_xticks([])
    for part in ("intersections", "totals"):
        drawn[part].grid(visible=False)
    return figure


def _draw_single(reason: str, count: int, color: str, figsize: Any) -> Any:
    """Draw the same for one reason alone, which upsetplot cannot."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    figure, (bar, dot) = plt.subplots(
        2, 1, figsize=figsize or (3.6, 3.2), sharex=True, height_ratios=(4, 1), layout="constrained"
    )
    bar.bar([0], [count], width=0.5, color=color)
    bar.annotate(str(count), (0, count), ha="center", va="bottom")
    bar.set(ylabel="units", xlim=(-1, 1), xticks=[])
    bar.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    bar.spines[["top", "right", "bottom"]].set_visible(False)
    dot.plot([0], [0], "o", color=color, markersize=11)
    dot.set_yticks([0], [reason])
    dot.spines[:].set_visible(False)
    return figure
