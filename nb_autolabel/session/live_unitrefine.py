"""UnitRefine's classifiers as live labels: limits on their probabilities."""

from __future__ import annotations

from typing import Any, ClassVar

from ..analyzer.analyzer import Analyzer
from ..analyzer.load import load
from ..classifiers.cascade import NOISE_COLUMN, SUA_COLUMN, Cascade, some_unknown, with_probabilities
from ..classifiers.cascade_rules import unitrefine_rules
from ..classifiers.inputs import Corrections
from ..classifiers.provenance import Said, cascade_in_words
from ..classifiers.unitrefine import labels_with_probabilities
from ..export.classifier_code import classifier_options
from ..metrics.table import MetricTable
from ..rules.method import Method
from ..rules.rule import RuleSet
from .hand_labels import ManualLabels, Where
from .live_labels import LiveLabels
from .live_methods import completed


class LiveUnitRefine(LiveLabels):
    """UnitRefine's classifiers; see :class:`nb_autolabel.UnitRefineLabeler` for the parameters.

    Attributes
    ----------
    cascade : Cascade
        The classifiers.
    classifier_inputs : dict of str to Inputs
        What each classifier got, by the column of its probability.

    Raises
    ------
    ModelNotFoundError, ModelError, UnsafeDataError, MissingMetricError, NoMetricsError, RuleError
    """

    title: ClassVar[str] = "UnitRefine"
    function: ClassVar[str] = "unitrefine_label_units"

    def __init__(
        self,
        analyzer: Any,
        noise_neural_classifier: Any = None,
        sua_mua_classifier: Any = None,
        *,
        thresholds: Any = None,
        revision: str | None = None,
        corrections: Corrections = "apply",
        journal: Where | ManualLabels = "auto",
    ) -> None:
        self._given: dict[str, Any] = {
            "noise_neural_classifier": noise_neural_classifier,
            "sua_mua_classifier": sua_mua_classifier,
            "revision": revision,
            "corrections": corrections,
        }
        analyzer = load(analyzer)
        self.cascade = Cascade(noise_neural_classifier, sua_mua_classifier, revision)
        table = self.table_of(analyzer)
        super().__init__(analyzer, Method.of(self._made_rules(thresholds), "unitrefine"), table, journal)

    def table_of(self, analyzer: Analyzer) -> MetricTable:
        """Return the metrics, and the probabilities that the classifiers give by them."""
        table = MetricTable.of(analyzer)
        inputs = self.cascade.inputs(table, self._given["corrections"])
        probabilities = self.cascade.probabilities(inputs, table)
        self.classifier_inputs, self._probabilities = inputs, probabilities
        return with_probabilities(table, probabilities)

    def rows_as_labeled(self, rows: MetricTable) -> MetricTable:
        """Return rows of metrics with the probabilities that the classifiers give by them."""
        rows = super().rows_as_labeled(rows)
        inputs = self.cascade.inputs(rows, self._given["corrections"])
        return with_probabilities(rows, self.cascade.probabilities(inputs, rows))

    @property
    def labels(self) -> Any:
        """Current labels, labels by hand included, with the columns of :func:`unitrefine_label_units`."""
        return labels_with_probabilities(self.trace)

    @property
    def inputs(self) -> Any:
        """What was found about the metrics the classifiers got, as a table."""
        import pandas as pd

        frames = [found.frame().assign(classifier=name) for name, found in self.classifier_inputs.items()]
        return pd.concat(frames, ignore_index=True)

    def rules_for(self, thresholds: Any) -> RuleSet:
        """Return the criteria shown with the limits of a dictionary; what it does not name is switched off."""
        return completed(self.rule_set, self._made_rules(thresholds))

    def _made_rules(self, thresholds: Any) -> RuleSet:
        return unitrefine_rules(thresholds, tuple(self._probabilities), some_unknown(self._probabilities))

    def models_in_words(self) -> Said:
        """Say which classifiers labeled."""
        return cascade_in_words(self.cascade, self.classifier_inputs)

    def code_options(self) -> dict[str, Any]:
        """Return the arguments of :func:`unitrefine_label_units` besides the thresholds."""
        given = dict(self._given)
        corrections = given.pop("corrections")
        used = {
            "noise_neural_classifier": self.cascade.classifiers.get(NOISE_COLUMN),
            "sua_mua_classifier": self.cascade.classifiers.get(SUA_COLUMN),
        }
        options = classifier_options(given, used, self.analyzer)
        return options if corrections == "apply" else {**options, "corrections": corrections}
