"""A score as a widget: the wrong units by what gives them away, and beside them the unit that was clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

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
        table = MetricTable.of(analyzer)
        places = analyzer.unit_positions(list(score.errors.index)).tolist()
        rows = score.errors.to_dict("records")
        self._session = Session(table, Method.of(by_hand_only(table)))
        self._session.by_hand = {
            at: Entry(as_text(unit), row["given"], "")
            for at, unit, row in zip(places, score.errors.index, rows, strict=True)
        }
        self._session.selection = tuple(places[:1])
        engine = Engine(
            self._session,
            [bins_of(criterion, self._session) for criterion in self._session.rule_set.criteria],
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
            self.parts["card"] = UnitCard(engine, analyzer)
            if analyzer.has_extension("templates"):
                self.parts["waveforms"] = Waveforms(engine, analyzer)
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
