"""The views that draw themselves in the browser. Each talks to the session's engine only."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

import anywidget
import numpy as np
import traitlets

from ..errors import listing
from .assets import static
from .engine import Engine
from .finite import FiniteState

_LOG = logging.getLogger(__name__)


class View(FiniteState, anywidget.AnyWidget):  # type: ignore[misc]
    """A view of a session; also works alone in a cell of its own. Each sets ``_kind``, its name in the front end.

    Parameters
    ----------
    engine : Engine
    """

    _esm = static("view.js")

    #: State that the browser may change; everything else is the kernel's.
    _writable: ClassVar[tuple[str, ...]] = ()

    engine = anywidget.WidgetTrait().tag(sync=True)
    """The session's engine."""

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take the state that the browser saves, as far as the browser may change it."""
        taken = {name: value for name, value in sync_data.items() if name in self._writable}
        if len(taken) != len(sync_data):
            _LOG.warning("the browser may not change %s", listing(set(sync_data) - set(taken)))
        try:
            super().set_state(taken)
        except traitlets.TraitError as error:
            _LOG.warning("a change of the browser was refused: %s", error)
            self.send_state(list(taken))

    def __init__(self, engine: Engine, **state: Any) -> None:
        super().__init__(engine=engine, **state)


class Counts(View):
    """Number of units per label, their shares, and the change since the defaults."""

    _kind = traitlets.Unicode("label_counts").tag(sync=True)


class SectionBar(View):
    """Leads to each section of criteria, and says how many units fail there."""

    _kind = traitlets.Unicode("sections").tag(sync=True)

    titles = traitlets.List().tag(sync=True)
    """Pairs of a section and its short title."""


class Tools(View):
    """Undo, redo, reset, and what went wrong."""

    _kind = traitlets.Unicode("history").tag(sync=True)

    title = traitlets.Unicode().tag(sync=True)
    """Name of the method."""


class Upset(View):
    """Combinations of the criteria that gave units a label."""

    _kind = traitlets.Unicode("upset").tag(sync=True)

    label = traitlets.Unicode("noise").tag(sync=True)
    """Label explained at first."""


class WhatIf(View):
    """Counts of each label as every single limit moves; a click sets the limit."""

    _kind = traitlets.Unicode("sensitivity").tag(sync=True)


class UnitTable(View):
    """All units with label, reasons and metrics; sorted and filtered in the browser."""

    _kind = traitlets.Unicode("unit_table").tag(sync=True)


class Scatter(View):
    """Two metrics against each other, with draggable limits."""

    _kind = traitlets.Unicode("scatter").tag(sync=True)
    _writable = ("x", "y")

    x = traitlets.Unicode().tag(sync=True)
    """Metric on the x axis."""
    y = traitlets.Unicode().tag(sync=True)
    """Metric on the y axis."""

    @traitlets.validate("x", "y")  # type: ignore[untyped-decorator]
    def _known(self, proposal: Any) -> str:
        name: str = proposal["value"]
        if name not in self.engine.metric_names:
            raise traitlets.TraitError(f"there is no metric {name!r}.")
        return name


class Waveforms(View):
    """Templates on the best channel of each unit, one panel a label.

    Parameters
    ----------
    engine : Engine
    analyzer : Analyzer
        With the extension "templates".
    """

    _kind = traitlets.Unicode("waveforms").tag(sync=True)

    _templates = traitlets.Bytes(b"").tag(sync=True)
    _ids = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _times = traitlets.List(traitlets.Float()).tag(sync=True)
    _ylim = traitlets.List(traitlets.Float()).tag(sync=True)
    _volt = traitlets.Unicode("µV").tag(sync=True)
    """Unit of the templates."""

    def __init__(self, engine: Engine, analyzer: Any) -> None:
        templates = analyzer.main_channel_templates
        low, high = -1.0, 1.0
        drawn = templates[np.isfinite(templates).all(axis=1)]
        if drawn.size:
            low = float(np.quantile(drawn.min(axis=1), 0.01)) * 1.1
            high = float(np.quantile(drawn.max(axis=1), 0.99)) * 1.1
        super().__init__(
            engine,
            _templates=templates.astype("<f4").tobytes(),
            _ids=[str(u) for u in analyzer.unit_ids.tolist()],
            _times=analyzer.template_times_ms.tolist(),
            _ylim=[low, max(high, low + 1e-6)],
            _volt=analyzer.voltage.unit,
        )
