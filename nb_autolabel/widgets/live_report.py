"""A report with a labeler in it that lives without a kernel."""

from __future__ import annotations

from typing import Any

from ..session.live_labels import LiveLabels
from ..session.live_unitrefine import LiveUnitRefine
from ..session.twins import apart
from .labeler import Labeler
from .page import document, page_of
from .unitrefine_labeler import UnitRefineLabeler


def with_live_labels(live: Any, title: str, before: str, after: str, style: str) -> str:
    """Return a page with live labels between two parts of a report.

    Parameters
    ----------
    live : LiveLabels or labeler
        Not changed, and not followed by the page.
    title : str
    before, after : str
        HTML.
    style : str
        Style sheet of the two parts.
    """
    shown: LiveLabels = apart(live.live if isinstance(live, Labeler) else live)
    labeler = (UnitRefineLabeler if isinstance(shown, LiveUnitRefine) else Labeler).showing(shown)
    try:
        return document(title, page_of(labeler), before, after, style)
    finally:
        labeler.close()
