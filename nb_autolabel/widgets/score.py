"""A score as a widget: the wrong units by what gives them away, and beside them the unit that was clicked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from ..analyzer.analyzer import Analyzer
from ..comparison.exercise import KINDS
from ..export.journal import Entry
from ..metrics.table import MetricTable
from ..rules.method import Method
from ..session.session import Session
from ..unit_ids import as_text
from .card import UnitCard
from .cells import replace_earlier
from .engine import Engine
from .hand import by_hand_only
from .histogram_grid import close_with_parts
from .histograms import bins_of
from .views import View, Waveforms

if TYPE_CHECKING:
    from .workshop import ShownScore


class ScoreList(View):
    """The sentence, the table of kinds, and a button for every wrong unit."""

    _kind = traitlets.Unicode("score").tag(sync=True)

    _sentence = traitlets.Unicode().tag(sync=True)
    _kinds = traitlets.List().tag(sync=True)
    """Rows of text: kind, right, label it should have, clue."""
    _wrong = traitlets.List().tag(sync=True)
    """Of each wrong unit its position ``at``, ``given``, ``truth``, ``kind`` and ``clue``."""


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


class ScoreWidget(ipywidgets.VBox):  # type: ignore[misc]
    """A score whose wrong units are opened by a click.

    Parameters
    ----------
    score : ShownScore

    Attributes
    ----------
    score : ShownScore
    """

    def __init__(self, score: ShownScore) -> None:
        self.score = score
        analyzer = score.analyzer
        places = analyzer.unit_positions(list(score.errors.index)).tolist()
        rows = score.errors.to_dict("records")
        self._session, engine = shown_units(
            analyzer, {at: row["given"] for at, row in zip(places, rows, strict=True)}
        )
        wrong = [
            {
                "at": at,
                "given": row["given"],
                "truth": row["truth"],
                "kind": row["kind"].replace("_", " "),
                "clue": KINDS[row["kind"]][1],
            }
            for at, row in zip(places, rows, strict=True)
        ]
        shown = ScoreList(
            engine,
            _sentence=score.sentence,
            _kinds=[list(row.cells) for row in score.by_kind()[1]],
            _wrong=wrong,
        )
        self.parts: dict[str, Any] = {"engine": engine, "score": shown}
        if wrong:
            self.parts |= unit_parts(engine, analyzer)
        super().__init__([part for name, part in self.parts.items() if name != "engine"])
        replace_earlier(self)

    @property
    def current(self) -> Any:
        """Id of the unit that is shown; None if there is none."""
        chosen = self._session.selection
        return self.score.analyzer.unit_ids[chosen[-1]].item() if chosen else None

    def show(self, unit_id: Any) -> None:
        """Show a unit, as a click on it does.

        Raises
        ------
        UnknownUnitError
        """
        self._session.selection = (int(self.score.analyzer.unit_positions([unit_id])[0]),)

    def close(self) -> None:
        """Remove the widgets of the score."""
        for part in self.__dict__.pop("parts", {}).values():
            close_with_parts(part)
        if self.comm is not None:
            self.layout.close()
        super().close()
