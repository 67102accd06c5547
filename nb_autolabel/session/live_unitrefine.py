"""UnitRefine's classifiers as live labels: limits on their probabilities."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

from ..analyzer.analyzer import Analyzer
from ..analyzer.load import load
from ..classifiers.accepted import Accepted, checked_pace
from ..classifiers.cascade import NOISE_COLUMN, SUA_COLUMN, Cascade, some_unknown, with_probabilities
from ..classifiers.cascade_rules import unitrefine_rules
from ..classifiers.expected_error import SAFE
from ..classifiers.inputs import Corrections
from ..classifiers.provenance import Said, cascade_in_words
from ..classifiers.undecided import OPTIONS, Undecided, Unfamiliar, checked_options
from ..classifiers.unitrefine import labels_with_probabilities
from ..errors import RuleError
from ..export.classifier_code import classifier_options
from ..metrics.table import MetricTable
from ..rules.method import Method
from ..rules.rule import RuleSet
from .adapting import Adapting, Given, adapted_cascade
from .hand_labels import ManualLabels, Where
from .live_labels import LiveLabels
from .live_methods import completed
from .undecided import UndecidedUnits, audit_of


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
        accept: Any = None,
        noise_share: float | None = None,
        unfamiliar: Unfamiliar = "unsure",
        journal: Where | ManualLabels = "auto",
    ) -> None:
        self._given: dict[str, Any] = {
            "noise_neural_classifier": noise_neural_classifier,
            "sua_mua_classifier": sua_mua_classifier,
            "revision": revision,
            "corrections": corrections,
        }
        analyzer = load(analyzer)
        self._first = self.cascade = Cascade(noise_neural_classifier, sua_mua_classifier, revision)
        self._adapted_by: Given = ()
        #: Seconds a unit, where they are told; see :attr:`seconds_per_unit`.
        self.pace: float | None = None
        table = self.table_of(analyzer)
        options = checked_options(self.cascade, accept=accept, noise_share=noise_share, unfamiliar=unfamiliar)
        method = Method.of(self._made_rules(thresholds), "unitrefine", **options, adapted=())
        super().__init__(analyzer, method, table, journal)
        self.session.refinement, self.session.on_method = self._undecided, self._follow_method
        # The journal may have had an adapted pair.
        self._follow_method(self.method)

    def table_of(self, analyzer: Analyzer) -> MetricTable:
        """Return the metrics, and the probabilities that the classifiers give by them."""
        table = MetricTable.of(analyzer)
        self.cascade = adapted_cascade(table, self._adapted_by) if self._adapted_by else self._first
        inputs = self.cascade.inputs(table, self._given["corrections"])
        probabilities = self.cascade.probabilities(inputs, table)
        self.classifier_inputs, self._probabilities = inputs, probabilities
        known = Undecided.of(self.cascade, inputs, table)
        if not hasattr(self, "_undecided"):
            self._undecided = UndecidedUnits(known)
        self._undecided.known = known
        return with_probabilities(table, probabilities)

    def _follow_method(self, method: Method) -> None:
        """Let the probabilities follow, where a step adapts the classifiers or takes that back."""
        wanted = method.options.get("adapted", ())
        if wanted != self._adapted_by:
            before, self._adapted_by = self._adapted_by, wanted
            try:
                table = self.table_of(self.analyzer)
            except Exception:
                self._adapted_by = before
                raise
            self.session.table = table

    # ------------------------------------------------------------------ what a person should look at

    def set_option(self, option: str, value: Any, step: str = "") -> None:
        """Change "accept", "noise_share", "unfamiliar" or "adapted"; one step for undo.

        Parameters
        ----------
        option : str
        value : Any
            For "accept": None, or a dictionary with "error" and "question", and "safe". For "adapted": whether the
            bundled pair is adapted, to the labels by hand as they are now.
        step : str, default: ""
            Changes in a row with the same name are one step for undo.

        Raises
        ------
        RuleError, ModelError, LabelsError
        """
        if option == "adapted":
            if not isinstance(value, bool):
                raise RuleError(
                    f"the classifiers are adapted or not: True or False; got {str(value)[:40]!r}."
                )
            made: Any = self.adapting.given() if value else ()
        else:
            made = checked_options(self.cascade, **{option: value})[option]
        self._put_option(option, made, step)

    def put_back_option(self, option: str, value: Any) -> None:
        """Set an option as a journal has kept it: of "adapted", the labels that the pair was adapted to.

        Raises
        ------
        RuleError, ModelError, LabelsError
        """
        if option == "adapted":
            self._put_option(option, self.adapting.given_before(value))
        else:
            self.set_option(option, value)

    def _put_option(self, option: str, made: Any, step: str = "") -> None:
        self.session.set_method(replace(self.method, options={**self.method.options, option: made}), step)

    def accept(
        self,
        error: float | None = 0.05,
        question: str = "label",
        *,
        safe: float = SAFE,
        pace: float | None = None,
    ) -> Accepted | None:
        """Accept the labels whose expected error lies within a budget; the others become "unsure".

        The largest set of labels is accepted whose mean expected error is at most `error`. It is an expectation, not a
        guarantee: see the guide "Expected error". One step for undo.

        Parameters
        ----------
        error : float or None, default: 0.05
            None: labels are as the classifiers give them again.
        question : {"good or not", "noise or not", "label"}, default: "label"
            What a label has to be right about.
        safe : float, default: 1
            Posterior standard deviations by which the recording's intercept is lowered before the cut.
        pace : float, optional
            Seconds that a unit takes, for the minutes left. Default: as it was measured, else 3.

        Returns
        -------
        Accepted or None

        Raises
        ------
        RuleError
            If it is no share, or there is no such question.
        ModelError
            If the classifiers are not the bundled pair, adapted or not.
        """
        if pace is not None:
            self.pace = checked_pace(pace)
        self.set_option(
            "accept", None if error is None else {"error": error, "question": question, "safe": safe}
        )
        return self.accepted

    @property
    def accepted(self) -> Accepted | None:
        """What is accepted as the labels are now; None where nothing was asked."""
        trace = self.trace
        return self._undecided.summary(trace, self.method, self.session.by_hand, self.seconds_per_unit)

    @property
    def seconds_per_unit(self) -> float | None:
        """Seconds that a unit takes: as told, else as measured in a review; None where nobody knows."""
        if self.pace is not None:
            return self.pace
        from .review import Review

        return Review.of(self.hand).seconds_per_unit

    @property
    def to_review(self) -> list[Any]:
        """Ids of the units without a decision, the most uncertain first; those labeled by hand are left out."""
        places = self._undecided.to_review(self.trace, self.method, self.session.by_hand)
        return [self.analyzer.unit_ids[at].item() for at in places]

    @property
    def unfamiliar_units(self) -> list[Any]:
        """Ids of the units whose waveforms are unlike those of all neural units of the training."""
        return self.analyzer.unit_ids[self._undecided.known.unfamiliar].tolist()  # type: ignore[no-any-return]

    @property
    def noise_share(self) -> float | None:
        """Told share of noise, to which the noise stage is shifted; None leaves it as it is. May be assigned."""
        share: float | None = self.method.options["noise_share"]
        return share

    @noise_share.setter
    def noise_share(self, share: float | None) -> None:
        self.set_option("noise_share", share)

    @cached_property
    def adapting(self) -> Adapting:
        """What the labels by hand would make of the bundled pair."""
        return Adapting(self)

    def rows_as_labeled(self, rows: MetricTable) -> MetricTable:
        """Return rows of metrics with the probabilities that the classifiers give by them."""
        rows = super().rows_as_labeled(rows)
        inputs = self.cascade.inputs(rows, self._given["corrections"])
        return with_probabilities(rows, self.cascade.probabilities(inputs, rows))

    @property
    def labels(self) -> Any:
        """Current labels, labels by hand included, with the columns of :func:`unitrefine_label_units`."""
        options = self.method.options
        trace = self.trace
        frame = labels_with_probabilities(trace)
        if options["accept"]:
            audit = audit_of(self.session.by_hand)
            frame["expected_error"] = self._undecided.errors(trace, self.method, audit)
        return frame

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
        said = cascade_in_words(self.cascade, self.classifier_inputs)
        options, found = self.method.options, self.accepted
        remarks = list(said.remarks)
        if options["noise_share"] is not None:
            remarks.append(
                f"The classifier of noise was shifted so that its mean probability is {options['noise_share']:g}."
            )
        if found is not None:
            remarks.append(
                f"The largest set of labels was accepted whose mean expected error as to '{found.question}' is at most "
                f"{found.error:g}, calibrated by {found.audit} labels by hand of units drawn at random."
            )
        return replace(said, remarks=tuple(remarks))

    def code_options(self) -> dict[str, Any]:
        """Return the arguments of :func:`unitrefine_label_units` besides the thresholds."""
        given = dict(self._given)
        corrections = given.pop("corrections")
        if self._adapted_by:
            given |= {
                "noise_neural_classifier": self.cascade.classifiers.get(NOISE_COLUMN),
                "sua_mua_classifier": self.cascade.classifiers.get(SUA_COLUMN),
            }
        used = {
            "noise_neural_classifier": self.cascade.classifiers.get(NOISE_COLUMN),
            "sua_mua_classifier": self.cascade.classifiers.get(SUA_COLUMN),
        }
        options = classifier_options(given, used, self.analyzer)
        if corrections != "apply":
            options["corrections"] = corrections
        asked = {
            key: value
            for key, value in self.method.options.items()
            if key in OPTIONS and value != OPTIONS[key]
        }
        if "accept" in asked:
            ids = self.analyzer.unit_ids
            drawn = [ids[at].item() for at in audit_of(self.session.by_hand)]
            asked["accept"] = {**asked["accept"], **({"audit": drawn} if drawn else {})}
        return {**options, **asked}
