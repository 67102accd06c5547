"""Fitted thresholds, shown with what each is worth, and given to a labeler."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets

from ..classifiers.fitting import FittedThresholds
from ..errors import AutolabelError


def fitted_panel(fitted: FittedThresholds, labeler: Any) -> Any:
    """Return a widget that shows fitted thresholds, with a button that gives them to a labeler.

    Parameters
    ----------
    fitted : FittedThresholds
    labeler : BombcellLabeler

    Returns
    -------
    ipywidgets.VBox
    """
    rows = "".join(
        f"<tr><td>{escape(row['metric'])} {row['bound']}</td><td>{row['before']:g}</td><td>{row['after']:g} "
        f"{escape(row['unit'])}</td><td>{row['gain']:+.3f}</td></tr>"
        for row in fitted.changes.to_dict("records")
    )
    table = ipywidgets.HTML(
        f"<p>{escape(fitted.text)}</p><table><tr><th>limit</th><th>before</th><th>after</th>"
        f"<th>macro-F1</th></tr>{rows}</table>"
    )
    button = ipywidgets.Button(description="Apply", tooltip="Set these thresholds in the labeler")
    said = ipywidgets.HTML()
    button.on_click(_applying(fitted, labeler, said))
    return ipywidgets.VBox([table, ipywidgets.HBox([button, said])])


def _applying(fitted: FittedThresholds, labeler: Any, said: Any) -> Callable[[Any], None]:
    def work(_: Any) -> None:
        try:
            fitted.apply(labeler)
            said.value = "applied; undo takes them back"
        except AutolabelError as error:
            said.value = escape(str(error))

    return work
