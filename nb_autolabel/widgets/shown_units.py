"""A box of views in which units are opened by a click, with labels that were given: a score, or a class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets

from ..analyzer.analyzer import Analyzer
from ..export.journal import Entry
from ..metrics.table import MetricTable
from ..rules.method import Method
from ..session.session import Session
from ..unit_ids import as_text
from .card import UnitCard
from .cells import replace_earlier
from .engine import Engine
from .hand import by_hand_only
from .histogram_grid import close_parts
from .histograms import bins_of
from .views import Waveforms


class ShownUnits(ipywidgets.VBox):  # type: ignore[misc]
    """Views of some units of an analyzer, one of which is shown.

    Parameters
    ----------
    analyzer : Analyzer
    session : Session
        Whose selection is the unit that is shown; see :func:`shown_units`.
    parts : dict of str to widget
        In the order in which they stand; the engine is not seen.
    """

    def __init__(self, analyzer: Analyzer, session: Session, parts: dict[str, Any]) -> None:
        self._analyzer, self._session = analyzer, session
        self.parts = parts
        super().__init__([part for name, part in parts.items() if name != "engine"])
        replace_earlier(self)

    @property
    def current(self) -> Any:
        """Id of the unit that is shown; None if there is none."""
        chosen = self._session.selection
        return self._analyzer.unit_ids[chosen[-1]].item() if chosen else None

    def show(self, unit_id: Any) -> None:
        """Show a unit, as a click on it does.

        Raises
        ------
        UnknownUnitError
        """
        self._session.selection = (int(self._analyzer.unit_positions([unit_id])[0]),)

    def close(self) -> None:
        """Remove the widgets."""
        close_parts(self)
        super().close()


def shown_units(analyzer: Analyzer, labels: Mapping[int, str]) -> tuple[Session, Engine]:
    """Return a session and its engine that show units with labels that were given, the first of them selected.

    Parameters
    ----------
    analyzer : Analyzer
    labels : dict of int to str
        By position of the unit.
    """
    table = MetricTable.of(analyzer)
    session = Session(table, Method.of(by_hand_only(table)))
    ids = analyzer.unit_ids
    session.by_hand = {at: Entry(as_text(ids[at].item()), label, "") for at, label in labels.items()}
    session.selection = tuple(labels)[:1]
    return session, Engine(session, [bins_of(criterion, session) for criterion in session.rule_set.criteria])


def unit_parts(engine: Engine, analyzer: Analyzer) -> dict[str, Any]:
    """Return the views that show the selected unit: its card, and the waveforms where they are stored."""
    parts: dict[str, Any] = {"card": UnitCard(engine, analyzer)}
    if analyzer.has_extension("templates"):
        parts["waveforms"] = Waveforms(engine, analyzer)
    return parts
