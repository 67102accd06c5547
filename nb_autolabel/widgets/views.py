"""The views that draw themselves in the browser: counts and waveforms."""

from __future__ import annotations

from typing import Any

import anywidget
import numpy as np
import traitlets
from ipywidgets import widget_serialization

from .assets import asset
from .engine import Engine


class Counts(anywidget.AnyWidget):  # type: ignore[misc]
    """Number of units per label, live.

    Parameters
    ----------
    engine : Engine
    """

    _esm = asset("counts.js")
    _css = asset("widgets.css")

    engine = traitlets.Any().tag(sync=True, **widget_serialization)
    """The session's engine."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine=engine)


class Waveforms(anywidget.AnyWidget):  # type: ignore[misc]
    """Templates on the best channel of each unit, one panel a label.

    Parameters
    ----------
    engine : Engine
    analyzer : Analyzer
        With the extension "templates".
    """

    _esm = asset("waveforms.js")
    _css = asset("widgets.css")

    engine = traitlets.Any().tag(sync=True, **widget_serialization)
    """The session's engine."""
    _templates = traitlets.Bytes(b"").tag(sync=True)
    _ids = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _times = traitlets.List(traitlets.Float()).tag(sync=True)
    _ylim = traitlets.List(traitlets.Float()).tag(sync=True)

    def __init__(self, engine: Engine, analyzer: Any) -> None:
        templates = analyzer.main_channel_templates
        low, high = -1.0, 1.0
        if templates.size:
            low = float(np.quantile(templates.min(axis=1), 0.01)) * 1.1
            high = float(np.quantile(templates.max(axis=1), 0.99)) * 1.1
        super().__init__(
            engine=engine,
            _templates=templates.astype("<f4").tobytes(),
            _ids=[str(u) for u in analyzer.unit_ids.tolist()],
            _times=analyzer.template_times_ms.tolist(),
            _ylim=[low, max(high, low + 1e-6)],
        )
