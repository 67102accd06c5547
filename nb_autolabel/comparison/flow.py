"""How units flow between the labels of several sources: an alluvial diagram."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..plots.figure import Plot
from ..plots.palette import in_order, look

if TYPE_CHECKING:
    import pandas as pd

#: Width of a column, in parts of the distance between two.
WIDTH = 0.12
#: Gap between the blocks of a column, in parts of all units.
GAP = 0.02


def plot_flow(labels: pd.DataFrame, figsize: tuple[float, float] | None = None) -> Plot:
    """Draw one column a source, blocks of its labels, and bands of units between them.

    Parameters
    ----------
    labels : pandas.DataFrame
        One column a source.
    figsize : tuple of float, optional
        In inches.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path

    names = list(labels.columns)
    every = in_order(labels.to_numpy().ravel().tolist())
    figure, axes = plt.subplots(figsize=figsize or (2.2 * len(names) + 1.0, 4.2))
    total = max(1, len(labels))
    tops = [_tops(labels[name].tolist(), every, total) for name in names]
    for at, name in enumerate(names):
        for label in every:
            count = int((labels[name] == label).sum())
            if not count:
                continue
            bottom = tops[at][label] - count / total
            style = look(label, every)
            axes.add_patch(
                Rectangle(
                    (at - WIDTH / 2, bottom),
                    WIDTH,
                    count / total,
                    facecolor=style.color,
                    hatch=style.hatch,
                    edgecolor="white",
                )
            )
            axes.text(
                at,
                bottom + count / total / 2,
                f"{label}\n{count}",
                ha="center",
                va="center",
                fontsize=8,
                bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
            )
        axes.text(at, 1.0 + GAP * len(every), name, ha="center", va="bottom", fontweight="bold")
    for at in range(len(names) - 1):
        left, right = dict(tops[at]), dict(tops[at + 1])
        for one in every:
            for other in every:
                count = int(((labels[names[at]] == one) & (labels[names[at + 1]] == other)).sum())
                if not count:
                    continue
                tall = count / total
                x0, x1, middle = at + WIDTH / 2, at + 1 - WIDTH / 2, at + 0.5
                y0, y1 = left[one], right[other]
                points = [
                    (x0, y0),
                    (middle, y0),
                    (middle, y1),
                    (x1, y1),
                    (x1, y1 - tall),
                    (middle, y1 - tall),
                    (middle, y0 - tall),
                    (x0, y0 - tall),
                    (x0, y0),
                ]
                kinds = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
                axes.add_patch(
                    PathPatch(Path(points, kinds), facecolor=look(one, every).color, alpha=0.35, linewidth=0)
                )
                left[one] -= tall
                right[other] -= tall
    axes.set_xlim(-0.5, len(names) - 0.5)
    axes.set_ylim(-0.02, 1.08 + GAP * len(every))
    axes.axis("off")
    return Plot(figure, np.array([axes]))


def _tops(given: list[str], every: list[str], total: int) -> dict[str, float]:
    """Upper end of each label's block; the first label of the order on top."""
    present = [label for label in every if label in given]
    top = 1.0 + GAP * (len(present) - 1)
    found = {}
    for label in present:
        found[label] = top
        top -= given.count(label) / total + GAP
    return found
