"""The comparison of a class, whose hardest units open their cards. Widgets are loaded when it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..analyzer.load import load
from ..comparison.class_comparison import ClassComparison
from ..errors import LabelsError, NoMetricsError
from ..export.classroom import read_class
from ..unit_ids import as_text
from .cells import beside_plain

if TYPE_CHECKING:
    from .class_widget import ClassWidget

__all__ = ["ShownClass", "class_comparison"]


class ShownClass(ClassComparison):
    """The labels of a class, shown by a notebook as a widget: a click on one of the hardest units opens its card.

    Attributes
    ----------
    evidence : Analyzer or None
        Whose unit cards are opened; None where only labels are known.
    """

    evidence: Any = None

    def widget(self) -> ClassWidget:
        """Return a new widget of the class.

        Raises
        ------
        LabelsError
            If there is no analyzer of the units that two students have labeled.
        NoMetricsError
        """
        from .class_widget import ClassWidget

        if not self._is_shown():
            raise LabelsError(
                "no unit that two students have labeled is in an analyzer, so no unit card can be opened. Give the analyzer "
                "whose units were labeled: class_comparison(folder, analyzer=analyzer)."
            )
        return ClassWidget(self)

    def _is_shown(self) -> bool:
        if self.evidence is None:
            return False
        known = set(map(as_text, self.evidence.unit_ids.tolist()))
        return any(as_text(unit) in known for unit in self.hardest.index)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Show the widget; text and tables are for where no kernel runs."""
        del include, exclude
        plain = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if not self._is_shown():
            return plain
        try:
            return beside_plain(self.widget(), plain)
        except NoMetricsError:
            return plain


def class_comparison(
    folder: Any, pattern: str = "*.csv", truth: Any = None, *, analyzer: Any = None
) -> ShownClass:
    """Compare the labels of a class, in which each labeled other units, and not all of them.

    Every pair is compared on the units that both have labeled. A file that is empty, damaged or without labels is left
    out and named in :attr:`ClassComparison.skipped`. A notebook shows the students, the labels on shared units, and the
    hardest units, whose cards open at a click.

    Parameters
    ----------
    folder : path
        With one file a student, as :func:`nb_autolabel.export_labels` or a labeling session's download writes it; the
        file is called as the student.
    pattern : str, default: "*.csv"
    truth : Exercise, Analyzer with ``ground_truth``, or labels by unit id, optional
        What every unit is. Default: that of the bundled exercise where the files are of it, i.e. at least half of them
        label only units that a student of the file's name gets; else none, and students are compared with each other.
        False: none.
    analyzer : Analyzer, SortingAnalyzer or path, optional
        Whose units were labeled: their cards are opened. Default: that of `truth`.

    Returns
    -------
    ShownClass
        Named by file; :attr:`ClassComparison.students`, :attr:`ClassComparison.hardest`, :meth:`ClassComparison.plot`.

    Raises
    ------
    LabelsError
        If there are fewer than two files with labels, or `truth` is nothing of these.
    AutolabelError
        If `analyzer` cannot be opened.

    Examples
    --------
    >>> found = class_comparison("class")
    >>> found.students
    """
    given = None if analyzer is None else load(analyzer)
    labels, known, skipped = read_class(folder, pattern, truth)
    found = ShownClass(labels, known, skipped)
    found.evidence = given if given is not None or known is None else known.analyzer
    return found
