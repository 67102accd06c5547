"""The view of many recordings: one row each, with its labels and why it stands out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from ..cohort.source import CohortSource
from ..unit_ids import as_text, is_missing
from .engine import Engine
from .views import View

if TYPE_CHECKING:
    import pandas as pd

    from ..session.session import Session

    Tabulate = Callable[[Any], pd.DataFrame]


class Recordings(View):
    """Labels of each recording as a row that follows the limits; a click limits all views to it.

    Parameters
    ----------
    engine : Engine
    session : Session
        Of the units of all recordings.
    source : CohortSource
        Of the recordings.
    tabulate : callable
        Returns the table of the recordings for labels; see :meth:`Cohort.sessions_for`.
    """

    _kind = traitlets.Unicode("recordings").tag(sync=True)

    _names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """Recordings, also those that could not be read; everything else is in this order."""
    _recording_of = traitlets.Bytes(b"").tag(sync=True)
    """int32, shape (n_units,): position of each unit's recording."""
    _columns = traitlets.List().tag(sync=True)
    """Columns that describe recordings: title, values (text, numbers, or None)."""
    _default_counts = traitlets.Dict().tag(sync=True)
    """Units of each label at the defaults, one number a recording."""
    _stands_out = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """In which ways each recording differs from the others at the defaults; "" if in none."""
    _problems = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """Why a recording could not be read; "" where it was."""
    _lacking = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """Metrics of criteria that a recording does not have; "" where most recordings lack the same."""

    def __init__(self, engine: Engine, session: Session, source: CohortSource, tabulate: Tabulate) -> None:
        self._tabulate = tabulate
        sessions = self._tabulated(session)
        names = [str(name) for name in sessions.index]
        place = {name: at for at, name in enumerate(names)}
        rows = np.array([place[name] for name in source.names], dtype="<i4")
        about = sessions.iloc[:, : list(sessions).index("units")]
        super().__init__(
            engine,
            _names=names,
            _recording_of=rows[source.recording_of].tobytes(),
            _columns=[{"title": str(title), "values": _values(about[title])} for title in about],
            **_said(sessions, session),
        )

    def renew(self, session: Session) -> None:
        """Follow other defaults: other counts at them, and other recordings that stand out."""
        with self.hold_sync():
            for name, value in _said(self._tabulated(session), session).items():
                setattr(self, name, value)

    def _tabulated(self, session: Session) -> pd.DataFrame:
        return self._tabulate(session.default_trace)


def recordings_of(engine: Engine, session: Session, analyzer: Any) -> dict[str, Recordings]:
    """Return the view by its name; nothing where the units are not those of a cohort."""
    source = analyzer.source
    if not isinstance(source, CohortSource) or source.tabulate is None:
        return {}
    return {"recordings": Recordings(engine, session, source, source.tabulate)}


def _said(sessions: pd.DataFrame, session: Session) -> dict[str, Any]:
    labels = [name for name in session.trace.names if name in sessions]
    lacking = [str(text) for text in sessions["metrics_missing"]]
    usual, many = Counter(lacking).most_common(1)[0]
    return {
        "_default_counts": {name: [int(many) for many in sessions[name]] for name in labels},
        "_stands_out": [str(text) for text in sessions["stands_out"]],
        "_problems": [str(text) for text in sessions["problem"]],
        "_lacking": ["" if text == usual and 2 * many > len(lacking) else text for text in lacking],
    }


def _values(column: pd.Series) -> list[str | int | float | None]:
    """Return what describes recordings as the browser sorts it: numbers as such, everything else as text."""
    numbers = column.dtype.kind in "iuf"
    values = [None if is_missing(value) else value for value in column.tolist()]
    # A day is said without its midnight.
    return [v if v is None or numbers else as_text(v).removesuffix(" 00:00:00") for v in values]
