"""Bombcell's criteria and the simple filter as live labels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Literal

from ..analyzer.load import load
from ..errors import RuleError, listing, suggestion
from ..metrics.table import MetricTable
from ..rules.criterion import NanPolicy
from ..rules.method import Method
from ..rules.methods import MissingCriteria, bombcell_rules, threshold_rules
from ..rules.rule import RuleSet
from .hand_labels import ManualLabels, Where
from .live_labels import LiveLabels


class LiveBombcell(LiveLabels):
    """Bombcell's criteria; see :class:`nb_autolabel.BombcellLabeler` for the parameters.

    Raises
    ------
    RuleError, NoMetricsError, MissingMetricError

    Examples
    --------
    >>> live = LiveBombcell(demo_analyzer(), preset="allen")
    >>> clean = live.select_units(drop="noise")
    """

    title: ClassVar[str] = "Bombcell"
    function: ClassVar[str] = "bombcell_label_units"

    def __init__(
        self,
        analyzer: Any,
        thresholds: Any = None,
        *,
        preset: str = "default",
        label_non_somatic: bool = True,
        split_non_somatic_good_mua: bool = False,
        missing_criteria: MissingCriteria = "unjudged",
        journal: Where | ManualLabels = "auto",
    ) -> None:
        options: dict[str, Any] = {
            "preset": preset,
            "label_non_somatic": label_non_somatic,
            "split_non_somatic_good_mua": split_non_somatic_good_mua,
            "missing_criteria": missing_criteria,
        }
        method = Method.of(bombcell_rules(thresholds, **options), **options)
        super().__init__(analyzer, method, journal=journal)

    def rules_for(self, thresholds: Any) -> RuleSet:
        """Return the criteria shown with the limits of a dictionary; what it does not name is switched off."""
        return completed(self.rule_set, bombcell_rules(thresholds, **self.method.options))

    def set_option(self, option: str, value: Any) -> None:
        """Change "preset", "label_non_somatic", "split_non_somatic_good_mua" or "missing_criteria"; one step for undo."""
        options = {**self.method.options, option: value}
        if option == "preset":
            self.session.set_method(Method.of(bombcell_rules(None, **options), self.method.kind, **options))
            return
        # Other rules for the same criteria; limits, and where they started, stay.
        rules, defaults = (
            replace(each, rules=bombcell_rules(each.thresholds(), **options).rules)
            for each in (self.method.rules, self.method.defaults)
        )
        self.session.set_method(replace(self.method, rules=rules, defaults=defaults, options=options))


class LiveThresholds(LiveLabels):
    """A simple filter; see :class:`nb_autolabel.ThresholdLabeler` for the parameters.

    Raises
    ------
    MissingMetricError, RuleError, NoMetricsError
    """

    title: ClassVar[str] = "Thresholds"
    function: ClassVar[str] = "threshold_metrics_label_units"

    def __init__(
        self,
        analyzer: Any,
        thresholds: Any,
        *,
        pass_label: str = "good",  # noqa: S107 (a label, not a password)
        fail_label: str = "noise",
        operator: Literal["and", "or"] = "and",
        nan_policy: NanPolicy = "fail",
        journal: Where | ManualLabels = "auto",
    ) -> None:
        options: dict[str, Any] = {
            "pass_label": pass_label,
            "fail_label": fail_label,
            "operator": operator,
            "nan_policy": nan_policy,
        }
        rule_set = threshold_rules(thresholds, **options)
        if not rule_set.criteria:
            raise RuleError("no thresholds were given. Name at least one metric: {'snr': {'min': 5}}.")
        analyzer = load(analyzer)
        table = MetricTable.of(analyzer)
        for criterion in rule_set.criteria:
            table.require(criterion.metric)
        super().__init__(analyzer, Method.of(rule_set, **options), journal=journal)

    def add(self, metric: str, min: float | None = None, max: float | None = None) -> None:
        """Add a criterion.

        Parameters
        ----------
        metric : str
            A metric of the analyzer that has no criterion yet.
        min, max : float, optional
            Limits in the stored unit; None is off.

        Raises
        ------
        MissingMetricError, RuleError
        """
        self.session.table.require(metric)
        if metric in self.rule_set.keys:
            raise RuleError(f"there is a criterion for '{metric}' already.")
        (criterion,) = threshold_rules({metric: {"min": min, "max": max}}, **self.method.options).criteria
        self.session.set_method(self.method.with_added(criterion))

    def remove(self, metric: str) -> None:
        """Remove a criterion; the last one cannot be removed.

        Raises
        ------
        RuleError
        """
        self.rule_set.index(metric)
        if len(self.rule_set.criteria) == 1:
            raise RuleError(f"'{metric}' is the last criterion. Switch its limits off instead.")
        self.session.set_method(self.method.without(metric))

    def rules_for(self, thresholds: Any) -> RuleSet:
        """Return the criteria shown with the limits of a dictionary; what it does not name is switched off."""
        return completed(self.rule_set, threshold_rules(thresholds, **self.method.options))

    def set_option(self, option: str, value: Any) -> None:
        """Change "operator", "nan_policy", "pass_label" or "fail_label"; one step for undo."""
        old = self.method.options[option]
        options = {**self.method.options, option: value}

        def changed(rules: RuleSet) -> RuleSet:
            criteria = rules.criteria
            if option == "nan_policy":
                criteria = tuple(replace(c, nan=value) if c.nan == old else c for c in criteria)
            return replace(threshold_rules({}, **options), criteria=criteria)

        rules, defaults = changed(self.method.rules), changed(self.method.defaults)
        self.session.set_method(replace(self.method, rules=rules, defaults=defaults, options=options))


def completed(shown: RuleSet, given: RuleSet) -> RuleSet:
    """Return the shown rule set with the limits of the given one; what is not named is switched off.

    Raises
    ------
    RuleError
        If a criterion is named that is not shown.
    """
    unknown = [key for key in given.keys if key not in shown.keys]
    if unknown:
        raise RuleError(
            f"this labeler has no criterion {listing(unknown)}.{suggestion(unknown[0], shown.keys)} "
            f"It has: {listing(shown.keys)}."
        )
    named = {c.key: c for c in given.criteria}
    criteria = tuple(named.get(c.key) or replace(c, min=None, max=None) for c in shown.criteria)
    return replace(shown, criteria=criteria)
