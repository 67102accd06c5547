"""The methods as labelers."""

from __future__ import annotations

from typing import Any, Literal

import ipywidgets

from ..errors import RuleError
from ..rules.criterion import NAN_POLICIES, NanPolicy
from ..rules.methods import MissingCriteria
from ..rules.presets import presets
from ..session.hand_labels import ManualLabels, Where
from ..session.kept_limits import told_elsewhere
from ..session.live_methods import LiveBombcell, LiveThresholds
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
    missing_criteria : {"unjudged", "ignore"}, default: "unjudged"
        What becomes of units that a rule cannot tell apart because none of its criteria has a value: "unjudged" calls
        them so, "ignore" labels them by the other rules alone, as SpikeInterface does.
    journal : str or Path, "auto" or None
        File that keeps labels given by hand; see :meth:`Labeler.override`. "auto" is
        ``overrides_<sorting>.jsonl`` in the working directory; None keeps them in memory. Limits are kept there too,
        and are back when the same method is opened again (with "auto" in a notebook only); :meth:`Labeler.reset`
        starts from the defaults.

    Raises
    ------
    RuleError, NoMetricsError, MissingMetricError

    Examples
    --------
    >>> labeler = BombcellLabeler(demo_analyzer())
    >>> clean = labeler.select_units(drop="noise")
    """

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
        with told_elsewhere():
            live = LiveBombcell(
                analyzer,
                thresholds,
                preset=preset,
                label_non_somatic=label_non_somatic,
                split_non_somatic_good_mua=split_non_somatic_good_mua,
                missing_criteria=missing_criteria,
                journal=journal,
            )
        super().__init__(live)

    def make_controls(self) -> list[Any]:
        """Make the controls of the method's options."""
        preset = ipywidgets.Dropdown(
            options=list(presets()),
            value=self.method.options["preset"],
            description="preset",
            style={"description_width": "initial"},
            layout=ipywidgets.Layout(width="auto", margin="2px 10px 2px 2px"),
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
        return self.linked(preset=preset, label_non_somatic=somatic, split_non_somatic_good_mua=split)


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
        with told_elsewhere():
            self._filter = LiveThresholds(
                analyzer,
                thresholds,
                pass_label=pass_label,
                fail_label=fail_label,
                operator=operator,
                nan_policy=nan_policy,
                journal=journal,
            )
        super().__init__(self._filter)

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
        self._filter.add(metric, min, max)

    def remove(self, metric: str) -> None:
        """Remove a criterion; the last one cannot be removed.

        Raises
        ------
        RuleError
        """
        self._filter.remove(metric)

    def make_controls(self) -> list[Any]:
        """Make the controls of the method's options."""
        operator = ipywidgets.Dropdown(
            options=[("all must hold", "and"), ("one must hold", "or")],
            value=self.method.options["operator"],
            description="criteria",
            style={"description_width": "initial"},
            layout=ipywidgets.Layout(width="auto", margin="2px 10px 2px 2px"),
        )
        policy = ipywidgets.Dropdown(
            options=list(NAN_POLICIES),
            value=self.method.options["nan_policy"],
            description="missing",
            tooltip="What a missing value counts as",
            style={"description_width": "initial"},
            layout=ipywidgets.Layout(width="auto", margin="2px 10px 2px 2px"),
        )
        names = [name for name in self.live.session.table.names if name not in self.rule_set.keys]
        add = ipywidgets.Dropdown(
            options=["add a criterion …", *sorted(names)], layout=ipywidgets.Layout(width="200px")
        )
        remove = ipywidgets.Dropdown(
            options=["remove one …", *self.rule_set.keys], layout=ipywidgets.Layout(width="160px")
        )
        add.observe(lambda change: self._chosen(add, self.add), names="value")
        remove.observe(lambda change: self._chosen(remove, self.remove), names="value")
        self._menus = add, remove
        return [*self.linked(operator=operator, nan_policy=policy), add, remove]

    def _chosen(self, menu: Any, work: Any) -> None:
        metric = menu.value
        if menu.index == 0 or metric is None:
            return
        try:
            work(metric)
        except RuleError as error:
            self.engine.error = str(error)
        menu.index = 0

    def on_structure(self) -> None:
        """List the criteria that can be added and removed now."""
        add, remove = self._menus
        names = [name for name in self.live.session.table.names if name not in self.rule_set.keys]
        if list(add.options[1:]) != sorted(names):
            add.options = ["add a criterion …", *sorted(names)]
            remove.options = ["remove one …", *self.rule_set.keys]


def _narrow() -> Any:
    return ipywidgets.Layout(width="auto")
