"""What the figures share: the object they return, the grid they draw in, labels as they are given."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import FigureStyleError, LabelsError, listing
from ..labels import UNLABELED, canonical
from ..labels_by_unit import given_labels
from ..unit_ids import UnitIndex, same_units

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Margins of a grid of axes in inches: left, right, bottom, top, between columns, between rows.
MARGINS = (0.62, 0.15, 0.55, 0.75, 0.5, 0.85)


@dataclass
class Plot:
    """A drawn figure.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    axes : ndarray of matplotlib.axes.Axes
        Those that are drawn in, flat, in the order of drawing.
    figures : list of matplotlib.figure.Figure
        All, where there is more than one.
    """

    figure: Figure
    axes: npt.NDArray[Any]
    figures: list[Figure] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"Plot({len(self.figures)} figure{'s' * (len(self.figures) != 1)}, {len(self.axes)} axes)"

    def __post_init__(self) -> None:
        from matplotlib.text import Text

        if not self.figures:
            self.figures = [self.figure]
        for figure in self.figures:
            for text in figure.findobj(Text):
                # Names of labels, metrics and units may contain a $: do not parse it as mathematics.
                text.set_parse_math(False)


def grid(
    n: int, columns: int, cell: tuple[float, float], figsize: tuple[float, float] | None
) -> tuple[Figure, list[Axes]]:
    """Make a figure with `n` axes in rows, with room above for a title.

    Margins are kept in inches, so labels fit at any size without a layout engine.
    """
    import matplotlib.pyplot as plt

    columns = max(1, min(columns, n))
    rows = math.ceil(n / columns)
    size = figsize or (cell[0] * columns + 0.3, cell[1] * rows + 0.5)
    figure = plt.figure(figsize=size)
    left, right, bottom, top, wide, high = MARGINS
    width = max(0.3, (size[0] - left - right - wide * (columns - 1)) / columns)
    height = max(0.3, (size[1] - bottom - top - high * (rows - 1)) / rows)
    axes = []
    for at in range(n):
        row, column = divmod(at, columns)
        x = left + column * (width + wide)
        y = size[1] - top - (row + 1) * height - row * high
        axes.append(figure.add_axes((x / size[0], y / size[1], width / size[0], height / size[1])))
    return figure, axes


@contextlib.contextmanager
def styled(style: Any) -> Iterator[None]:
    """Draw in a style of matplotlib, over that which is set.

    Parameters
    ----------
    style : str, dict, path or list of them, or None
        As :func:`matplotlib.style.use` takes it, for instance "dark_background" in a notebook with a dark theme.

    Raises
    ------
    FigureStyleError
        If matplotlib does not know it.
    """
    if style is None:
        yield
        return
    import matplotlib.pyplot as plt

    try:
        context = plt.style.context(style)
        context.__enter__()
    except (OSError, TypeError, ValueError, KeyError, AttributeError) as error:
        raise FigureStyleError(
            f"matplotlib knows no style {style!r}. Give one of matplotlib.style.available, for instance "
            "'dark_background', or a dictionary of rcParams."
        ) from error
    try:
        yield
    finally:
        context.__exit__(None, None, None)


def ink() -> Any:
    """Return the colour of lines and texts in the style that is set."""
    import matplotlib as mpl

    return mpl.rcParams["text.color"]


def paper() -> Any:
    """Return the colour behind the axes in the style that is set."""
    import matplotlib as mpl

    return mpl.rcParams["axes.facecolor"]


def plain(axes: Axes) -> None:
    """Take the frame's top and right away and make the ticks small."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)


def spelled(label: Any) -> str:
    """Return a label as figures call it."""
    return canonical(label) or UNLABELED


def labels_of(unit_labels: Any, unit_ids: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return labels as strings in the order of the units, in one spelling.

    Parameters
    ----------
    unit_labels : pandas.Series, DataFrame with one column or a ``label`` column, dict, or sequence
        A Series, DataFrame or dict is matched by unit id, a sequence by position. Blanks, None and
        "unsorted" are "not labeled".
    unit_ids : ndarray

    Raises
    ------
    LabelsError
        If units are missing or the number differs.
    """
    if hasattr(type(unit_labels), "columns"):
        names = list(unit_labels.columns)
        if "label" not in names and len(names) != 1:
            raise LabelsError(
                f"which column holds the labels? Columns: {listing(names)}. Pass one, labels['label']."
            )
        if "label" not in names:
            unit_labels = unit_labels[names[0]]
    ids, values = given_labels(unit_labels)
    units = unit_ids.tolist()
    if ids is None and len(values) != len(units):
        raise LabelsError(
            f"{len(values)} labels were given for {len(units)} units. Give one a unit, in order."
        )
    if ids is None or same_units(ids, units):
        found = dict(enumerate(map(canonical, values)))
    else:
        # Labels of units that are not drawn are ignored.
        index = UnitIndex(units, "this analyzer")
        places = index.positions(ids, others="mark").tolist()
        found = {at: canonical(label) for at, label in zip(places, values, strict=True) if at >= 0}
    missing = [unit for at, unit in enumerate(units) if at not in found]
    if missing:
        order = (
            " Labels in the order of the units go as a list: labels.tolist()."
            if len(values) == len(units)
            else ""
        )
        raise LabelsError(f"{len(missing)} units have no label: {listing(missing, 10)}.{order}")
    return np.array([found[at] or UNLABELED for at in range(len(units))], dtype=object)
