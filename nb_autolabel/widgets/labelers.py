"""The methods as labelers, and all of them side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Literal

import ipywidgets

from ..analyzer.load import load
from ..errors import RuleError, listing, suggestion
from ..metrics.table import MetricTable
from ..rules.criterion import NAN_POLICIES, NanPolicy
from ..rules.method import Method
from ..rules.methods import bombcell_rules, threshold_rules
from ..rules.presets import presets
from ..rules.rule import RuleSet
from .by_hand import ManualLabels, Where
from .labeler import Labeler


class BombcellLabeler(Labeler):
    """Bombcell's criteria as live controls.

    Parameters
    ----------
    analyzer : Analyzer, spikeinterface.SortingAnalyzer or path
        With quality and template metrics; criteria whose metric is not there are left out and named.
    thresholds : dict or path of a JSON file, optional
        In sections "noise", "mua", "non-somatic". None takes those of `preset`.
    preset : str, default: "default"
        See :func:`nb_autolabel.presets`.
    label_non_somatic : bool, default: True
    split_non_somatic_good_mua : bool, default: False
        As in :func:`nb_autolabel.bombcell_label_units`.
    journal : str or Path, "auto" or None
        File that keeps labels given by hand; see :meth:`Labeler.override`. "auto" is
        ``overrides_<sorting>.jsonl`` in the working directory; None keeps them in memory.

    Raises
    ------
    RuleError, NoMetricsError, MissingMetricError

    Examples
    --------
    >>> labeler = BombcellLabeler(demo_analyzer())
    >>> clean = labeler.select_units(drop="noise")
    """

    _title: ClassVar[str] = "Bombcell"
    _function: ClassVar[str] = "bombcell_label_units"

    def __init__(
        self,
        analyzer: Any,
        thresholds: Any = None,
        *,
        preset: str = "default",
        label_non_somatic: bool = True,
        split_non_somatic_good_mua: bool = False,
        journal: Where | ManualLabels = "auto",
    ) -> None:
        options: dict[str, Any] = {
            "preset": preset,
            "label_non_somatic": label_non_somatic,
            "split_non_somatic_good_mua": split_non_somatic_good_mua,
        }
        method = Method.of(bombcell_rules(thresholds, **options), **options)
        super().__init__(analyzer, method, journal=journal)

    def _rules_for(self, thresholds: Any) -> RuleSet:
        return completed(self.rule_set, bombcell_rules(thresholds, **self.method.options))

    def _controls(self) -> list[Any]:
        preset = ipywidgets.Dropdown(
            options=list(presets()),
            value=self.method.options["preset"],
            description="preset",
            layout=ipywidgets.Layout(width="230px"),
        )
        somatic = ipywidgets.Checkbox(
            value=self.method.options["label_non_somatic"],
            description="non-somatic",
            indent=False,
            layout=_narrow(),
        )
        split = ipywidgets.Checkbox(
            value=self.method.options["split_non_somatic_good_mua"],
            description="split good and mua",
            indent=False,
            layout=_narrow(),
        )
        return self._linked(preset=preset, label_non_somatic=somatic, split_non_somatic_good_mua=split)

    def _set_option(self, option: str, value: Any) -> None:
        options = {**self.method.options, option: value}
        if option == "preset":
            self._session.set_method(Method.of(bombcell_rules(None, **options), self.method.kind, **options))
            return
        # Other rules for the same criteria; limits, and where they started, stay.
        rules, defaults = (
            replace(each, rules=bombcell_rules(each.thresholds(), **options).rules)
            for each in (self.method.rules, self.method.defaults)
        )
        self._session.set_method(replace(self.method, rules=rules, defaults=defaults, options=options))


class ThresholdLabeler(Labeler):
    """A simple filter as live controls: all (or at least one) of the criteria must hold.

    Parameters
    ----------
    analyzer : Analyzer, spikeinterface.SortingAnalyzer or path
    thresholds : dict or path of a JSON file
        ``{"snr": {"min": 5}, ...}``; a metric with both limits None is shown, switched off.
    pass_label, fail_label, operator, nan_policy
        As in :func:`nb_autolabel.threshold_metrics_label_units`.
    journal : str or Path, "auto" or None
        As for :class:`BombcellLabeler`.

    Raises
    ------
    MissingMetricError, RuleError, NoMetricsError
    """

    _title: ClassVar[str] = "Thresholds"
    _function: ClassVar[str] = "threshold_metrics_label_units"

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
        self._session.table.require(metric)
        if metric in self.rule_set.keys:
            raise RuleError(f"there is a criterion for '{metric}' already.")
        (criterion,) = threshold_rules({metric: {"min": min, "max": max}}, **self.method.options).criteria
        self._session.set_method(self.method.with_added(criterion))

    def remove(self, metric: str) -> None:
        """Remove a criterion; the last one cannot be removed.

        Raises
        ------
        RuleError
        """
        self.rule_set.index(metric)
        if len(self.rule_set.criteria) == 1:
            raise RuleError(f"'{metric}' is the last criterion. Switch its limits off instead.")
        self._session.set_method(self.method.without(metric))

    def _rules_for(self, thresholds: Any) -> RuleSet:
        return completed(self.rule_set, threshold_rules(thresholds, **self.method.options))

    def _controls(self) -> list[Any]:
        operator = ipywidgets.Dropdown(
            options=[("all must hold", "and"), ("one must hold", "or")],
            value=self.method.options["operator"],
            description="criteria",
            layout=ipywidgets.Layout(width="210px"),
        )
        policy = ipywidgets.Dropdown(
            options=list(NAN_POLICIES),
            value=self.method.options["nan_policy"],
            description="missing",
            tooltip="What a missing value counts as",
            layout=ipywidgets.Layout(width="180px"),
        )
        names = [name for name in self._session.table.names if name not in self.rule_set.keys]
        add = ipywidgets.Dropdown(
            options=["add a criterion …", *sorted(names)], layout=ipywidgets.Layout(width="200px")
        )
        remove = ipywidgets.Dropdown(
            options=["remove one …", *self.rule_set.keys], layout=ipywidgets.Layout(width="160px")
        )
        add.observe(lambda change: self._chosen(add, self.add), names="value")
        remove.observe(lambda change: self._chosen(remove, self.remove), names="value")
        self._menus = add, remove
        return [*self._linked(operator=operator, nan_policy=policy), add, remove]

    def _chosen(self, menu: Any, work: Any) -> None:
        metric = menu.value
        if menu.index == 0 or metric is None:
            return
        try:
            work(metric)
        except RuleError as error:
            self._parts["_engine"]._error = str(error)
        menu.index = 0

    def _restructure(self, change: Any) -> None:
        super()._restructure(change)
        add, remove = self._menus
        names = [name for name in self._session.table.names if name not in self.rule_set.keys]
        if list(add.options[1:]) != sorted(names):
            add.options = ["add a criterion …", *sorted(names)]
            remove.options = ["remove one …", *self.rule_set.keys]

    def _set_option(self, option: str, value: Any) -> None:
        old = self.method.options[option]
        options = {**self.method.options, option: value}

        def changed(rules: RuleSet) -> RuleSet:
            criteria = rules.criteria
            if option == "nan_policy":
                criteria = tuple(replace(c, nan=value) if c.nan == old else c for c in criteria)
            return replace(threshold_rules({}, **options), criteria=criteria)

        rules, defaults = changed(self.method.rules), changed(self.method.defaults)
        self._session.set_method(replace(self.method, rules=rules, defaults=defaults, options=options))


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


def _narrow() -> Any:
    return ipywidgets.Layout(width="auto")
