"""A score as a widget: the wrong units by what gives them away, and beside them the unit that was clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import traitlets

from ..comparison.exercise import KINDS
from .shown_units import ShownUnits, shown_units, unit_parts
from .views import View

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


class ScoreWidget(ShownUnits):
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
        session, engine = shown_units(
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
        opened = unit_parts(engine, analyzer) if wrong else {}
        super().__init__(analyzer, session, {"engine": engine, "score": shown, **opened})
