"""UnitRefine as a labeler: probabilities as draggable histograms, and the metrics that moved them."""

from __future__ import annotations

from html import escape
from typing import Any, ClassVar

import ipywidgets
import numpy as np
import traitlets

from ..analyzer.load import load
from ..classifiers.inputs import Corrections, Inputs
from ..classifiers.unitrefine import (
    Cascade,
    explain_probabilities,
    labels_with_probabilities,
    some_unknown,
    unitrefine_rules,
    with_probabilities,
)
from ..classifiers.words import Said, cascade_in_words
from ..metrics.table import MetricTable
from ..rules.method import Method
from ..rules.rule import RuleSet
from .assets import view_module
from .by_hand import ManualLabels, Where
from .engine import Engine
from .labeler import Labeler
from .labelers import completed
from .views import View


class Moves(View):
    """Which metrics moved a unit's probability, or, without a selection, those of all units."""

    _esm = view_module("moves")

    _columns = traitlets.List().tag(sync=True)
    """One entry a probability: column, features, method."""
    _starts = traitlets.List(traitlets.Float()).tag(sync=True)
    """Where the contributions to each probability start."""
    _contributions = traitlets.List().tag(sync=True)
    """float32, (n_units, n_features), one buffer a column."""
    _rows = traitlets.List().tag(sync=True)
    """Values as the classifier got them, as the contributions."""
    _flags = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """What was found about each unit's inputs."""

    def __init__(self, engine: Engine, cascade: Cascade, inputs: dict[str, Inputs]) -> None:
        columns, starts, moved, rows = [], [], [], []
        for column in cascade.classifiers:
            part, start, method = explain_probabilities(cascade, inputs, column)
            columns.append(
                {"column": column, "features": list(inputs[column].classifier.features), "method": method}
            )
            starts.append(start)
            moved.append(part.astype("<f4").tobytes())
            rows.append(inputs[column].rows.astype("<f4").tobytes())
        super().__init__(
            engine,
            _columns=columns,
            _starts=starts,
            _contributions=moved,
            _rows=rows,
            _flags=[str(text) for text in next(iter(inputs.values())).per_unit],
        )


class UnitRefineLabeler(Labeler):
    """UnitRefine's classifiers with live decision thresholds.

    Parameters
    ----------
    analyzer : Analyzer, spikeinterface.SortingAnalyzer or path
    noise_neural_classifier, sua_mua_classifier : optional
        As in :func:`nb_autolabel.unitrefine_label_units`; neither: the bundled pair.
    thresholds : dict, optional
        Where the probabilities decide, in sections "noise", "sua", "unsure".
    revision : str, optional
    corrections : {"apply", "leave"}, default: "apply"
    journal : str or Path, "auto" or None
        As for :class:`BombcellLabeler`.

    Raises
    ------
    ModelNotFoundError, ModelError, UnsafeDataError, MissingMetricError, NoMetricsError, RuleError

    Examples
    --------
    >>> labeler = UnitRefineLabeler(demo_analyzer())
    >>> labeler.labels["probability"]
    """

    _title: ClassVar[str] = "UnitRefine"
    _function: ClassVar[str] = "unitrefine_label_units"
    _sections: ClassVar[dict[str, str]] = {
        "noise": "Noise: probability above the limit",
        "sua": "Multi-unit: probability of a single unit, if it is not noise, below the limit",
        "unsure": "Unsure: between a limit here and the one above (off until switched on)",
    }

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
        self._cascade = Cascade(noise_neural_classifier, sua_mua_classifier, revision)
        table = MetricTable.of(analyzer)
        self._inputs = self._cascade.inputs(table, corrections)
        self._probabilities = self._cascade.probabilities(self._inputs, table)
        table = with_probabilities(table, self._probabilities)
        rules = self._made_rules(thresholds)
        super().__init__(analyzer, Method.of(rules, "unitrefine"), table, journal)

    @property
    def labels(self) -> Any:
        """Current labels, labels by hand included, with the columns of :func:`unitrefine_label_units`."""
        return labels_with_probabilities(self.trace)

    @property
    def inputs(self) -> Any:
        """What was found about the metrics the classifiers got, as a table."""
        import pandas as pd

        frames = [found.frame().assign(classifier=column) for column, found in self._inputs.items()]
        return pd.concat(frames, ignore_index=True)

    def _rules_for(self, thresholds: Any) -> RuleSet:
        return completed(self.rule_set, self._made_rules(thresholds))

    def _made_rules(self, thresholds: Any) -> RuleSet:
        return unitrefine_rules(thresholds, tuple(self._probabilities), some_unknown(self._probabilities))

    def _models(self) -> Said:
        return cascade_in_words(self._cascade, self._inputs)

    def _code_options(self) -> dict[str, Any]:
        return {
            name: value if isinstance(value, str) else str(value)
            for name, value in self._given.items()
            if value is not None and (name != "corrections" or value != "apply")
        }

    def _why(self, engine: Engine) -> dict[str, Any]:
        return {
            "moves": Moves(engine, self._cascade, self._inputs),
            "inputs": ipywidgets.HTML(inputs_html(self._inputs)),
        }


def inputs_html(inputs: dict[str, Inputs]) -> str:
    """Return what was found about the inputs as HTML."""
    parts = []
    for column, found in inputs.items():
        classifier = found.classifier
        lacking = int(np.isnan(found.rows).any(axis=1).sum())
        far = int(found.outside.any(axis=1).sum())
        rows = "".join(
            f"<tr><td>{escape(f.feature if len(f.feature) < 40 else 'several')}</td>"
            f"<td>{'corrected' if f.corrected and f.kind in ('sign', 'unit') else escape(f.kind)}</td>"
            f"<td style='white-space:normal'>{escape(f.text)}</td></tr>"
            for f in found.findings
        )
        table = f"<table class='nbl-card-criteria'>{rows}</table>" if rows else "<p>Nothing to remark.</p>"
        parts.append(
            f"<p><b>{escape(column)}</b>, from {escape(classifier.source)}: {len(classifier.features)} metrics; "
            f"{lacking} units lack some, {far} have some outside the training data.</p>{table}"
        )
    return f"<div class='nbl-view nbl-inputs'>{''.join(parts)}</div>"
