"""The exercise of a workshop, whose score opens every wrong unit. Widgets are loaded when a score is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..analyzer.analyzer import Analyzer
from ..comparison.exercise import Exercise as PlainExercise
from ..comparison.exercise import Score
from .cells import beside_plain

if TYPE_CHECKING:
    from .score import ScoreWidget

__all__ = ["Exercise", "ShownScore"]


@dataclass(frozen=True, repr=False)
class ShownScore(Score):
    """A score that a notebook shows as a widget: a click on a wrong unit opens its card with what gives it away.

    Attributes
    ----------
    analyzer : Analyzer
        The units that were labeled.
    """

    analyzer: Analyzer

    def widget(self) -> ScoreWidget:
        """Return a new widget of the score.

        Raises
        ------
        NoMetricsError
        """
        from .score import ScoreWidget

        return ScoreWidget(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Show the widget; text and table are for where no kernel runs."""
        del include, exclude
        plain = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if not self.labeled:
            return plain
        return beside_plain(self.widget(), plain)


class Exercise(PlainExercise):
    """Simulated units whose truth is hidden, with a score that is a widget; see the class it extends.

    Examples
    --------
    >>> exercise = Exercise("anna", difficulty="easy")
    >>> session = LabelingSession(exercise.analyzer, "anna.jsonl")
    >>> exercise.score(session.labels)
    """

    def score(self, labels: Any) -> ShownScore:
        """Compare labels with the truth; a notebook shows the score as a widget.

        Parameters
        ----------
        labels : DataFrame with ``label``, Series or dict by unit id
            "sua" counts as good; ``non_soma_good`` and ``non_soma_mua`` as non_soma. Units without a label
            count as not labeled yet.

        Returns
        -------
        ShownScore

        Raises
        ------
        LabelsError
            If units of another exercise are labeled, or one is labeled twice.
        """
        return ShownScore(**vars(super().score(labels)), analyzer=self.analyzer)
