"""UnitRefine as a labeler: probabilities as draggable histograms, and the metrics that moved them."""

from __future__ import annotations

from html import escape
from typing import Any, ClassVar

import ipywidgets
import traitlets

from ..classifiers.accepted import Accepted
from ..classifiers.cascade import Cascade, explain_probabilities
from ..classifiers.expected_error import SAFE
from ..classifiers.inputs import Corrections, Inputs
from ..classifiers.undecided import Unfamiliar, is_bundled
from ..session.hand_labels import ManualLabels, Where
from ..session.kept_limits import told_elsewhere
from ..session.live_unitrefine import LiveUnitRefine
from .accepting import Accepting
from .engine import Engine
from .labeler import Labeler
from .views import View


class Moves(View):
    """Which metrics moved a unit's probability, or, without a selection, those of all units."""

    _kind = traitlets.Unicode("contributions").tag(sync=True)

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
    thresholds : dict or path of a JSON file, optional
        Where the probabilities decide, in sections "noise", "sua", "unsure".
    revision : str, optional
    corrections : {"apply", "leave"}, default: "apply"
    accept : dict, optional
        What :meth:`accept` takes: ``{"error": 0.05, "question": "good or not"}``.
    noise_share : float, optional
        About how much of the recording is noise; see :attr:`noise_share`.
    unfamiliar : {"unsure", "keep"}, default: "unsure"
        What units are called whose waveforms are unlike those of all neural units that the bundled pair learnt from.
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

    browser_options: ClassVar[tuple[str, ...]] = ("accept", "noise_share", "unfamiliar", "adapted")
    sections: ClassVar[dict[str, str]] = {
        "noise": "Noise: probability above the limit",
        "sua": "Multi-unit: probability of a single unit, if it is not noise, below the limit",
        "unsure": "Unsure: between a limit here and the one above (off until switched on)",
    }

    why_title: ClassVar[str] = "Why"

    def __init__(
        self,
        analyzer: Any,
        noise_neural_classifier: Any = None,
        sua_mua_classifier: Any = None,
        *,
        thresholds: Any = None,
        revision: str | None = None,
        corrections: Corrections = "apply",
        accept: Any = None,
        noise_share: float | None = None,
        unfamiliar: Unfamiliar = "unsure",
        journal: Where | ManualLabels = "auto",
    ) -> None:
        with told_elsewhere():
            self._classified = LiveUnitRefine(
                analyzer,
                noise_neural_classifier,
                sua_mua_classifier,
                thresholds=thresholds,
                revision=revision,
                corrections=corrections,
                accept=accept,
                noise_share=noise_share,
                unfamiliar=unfamiliar,
                journal=journal,
            )
        super().__init__(self._classified)

    def take(self, live: Any) -> None:
        """Keep the classifiers."""
        self._classified = live

    def accept(
        self,
        error: float | None = 0.05,
        question: str = "label",
        *,
        safe: float = SAFE,
        pace: float | None = None,
    ) -> Accepted | None:
        """Accept the labels whose expected error lies within a budget; the others become "unsure".

        Parameters
        ----------
        error : float or None, default: 0.05
            None: labels are as the classifiers give them again.
        question : {"good or not", "noise or not", "label"}, default: "label"
            What a label has to be right about.
        safe : float, default: 1
            Posterior standard deviations of safety.
        pace : float, optional
            Seconds that a unit takes, for the minutes left. Default: as measured, else 3.

        Returns
        -------
        Accepted or None

        Raises
        ------
        RuleError, ModelError

        Examples
        --------
        >>> labeler.accept(error=0.05, question="good or not")
        >>> labeler.to_review
        """
        found = self._classified.accept(error, question, safe=safe, pace=pace)
        if "accepting" in self.parts:
            self.parts["accepting"].tell_pace()
        return found

    @property
    def accepted(self) -> Accepted | None:
        """What is accepted as the labels are now; None where nothing was asked."""
        return self._classified.accepted

    @property
    def to_review(self) -> list[Any]:
        """Ids of the units without a decision, the most uncertain first; those labeled by hand are left out."""
        return self._classified.to_review

    @property
    def noise_share(self) -> float | None:
        """About how much of the recording is noise: the noise stage is shifted until its mean says so. None: not told."""
        return self._classified.noise_share

    @noise_share.setter
    def noise_share(self, share: float | None) -> None:
        self._classified.noise_share = share

    @property
    def inputs(self) -> Any:
        """What was found about the metrics the classifiers got, as a table."""
        return self._classified.inputs

    def make_why(self, engine: Engine) -> dict[str, Any]:
        """Make the views of what moved the probabilities, and of what was found about the inputs."""
        cascade, inputs = self._classified.cascade, self._classified.classifier_inputs
        found: dict[str, Any] = {
            "moves": Moves(engine, cascade, inputs),
            "inputs": ipywidgets.HTML(inputs_html(inputs)),
        }
        if is_bundled(cascade):
            found["accepting"] = Accepting(engine, self._classified)
        return found

    def make_controls(self) -> list[Any]:
        """Make the controls of what is accepted, where that was learnt."""
        return [self.parts["accepting"]] if "accepting" in self.parts else []

    def on_metrics(self) -> None:
        """Follow other metrics: other probabilities, and other things found about the inputs."""
        cascade, inputs = self._classified.cascade, self._classified.classifier_inputs
        self.replace_part("moves", Moves(self.engine, cascade, inputs))
        self.parts["inputs"].value = inputs_html(inputs)


def inputs_html(inputs: dict[str, Inputs]) -> str:
    """Return what was found about the inputs as HTML."""
    parts = []
    for column, found in inputs.items():
        classifier = found.classifier
        rows = "".join(
            f"<tr><td>{escape(f.feature if len(f.feature) < 40 else 'several')}</td>"
            f"<td>{escape(f.shown_kind)}</td>"
            f"<td style='white-space:normal'>{escape(f.text)}</td></tr>"
            for f in found.findings
        )
        table = f"<table class='nbl-card-criteria'>{rows}</table>" if rows else "<p>Nothing to remark.</p>"
        parts.append(
            f"<p><b>{escape(column)}</b>, from {escape(classifier.source)}: {len(classifier.features)} metrics; "
            f"{found.n_lacking} units lack some, {found.n_outside} have some outside the training data.</p>{table}"
        )
    return f"<div class='nbl-view nbl-inputs'>{''.join(parts)}</div>"
