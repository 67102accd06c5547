"""The labelers: a method, its views, and what the kernel reads from them. Composition only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import ipywidgets

from ..analyzer.analyzer import Analyzer
from ..analyzer.opening import load
from ..errors import RuleError, SelectionError, listing, suggestion
from ..metrics.registry import metric
from ..metrics.table import MetricTable
from ..rules.criterion import NanPolicy
from ..rules.methods import bombcell_rules, threshold_rules
from ..rules.rule import RuleSet
from ..rules.trace import Trace
from .engine import Engine
from .histograms import LimitFields, bins_of, make_histogram, note_of
from .session import Session
from .views import Counts, Waveforms

if TYPE_CHECKING:
    import pandas as pd

_SECTION_TITLES = {
    "noise": "Noise: any failure",
    "mua": "Multi-unit: any failure",
    "non-somatic": "Non-somatic",
}


class Labeler(ipywidgets.VBox):  # type: ignore[misc]
    """Live labels of an analyzer's units; made by its subclasses.

    Limits are dragged on the histograms or typed beside them. Labels, counts, histograms and
    waveforms follow in the browser at once, and the kernel reads the same from the properties here.

    Parameters
    ----------
    analyzer : Analyzer, spikeinterface.SortingAnalyzer or path
    rule_set : RuleSet
    """

    _owned: Sequence[Any] = ()

    def __init__(self, analyzer: Any, rule_set: RuleSet) -> None:
        self._analyzer: Analyzer = load(analyzer)
        table = MetricTable.of(self._analyzer)
        if not any(table.find(c.metric) for c in rule_set.criteria):
            for criterion in rule_set.criteria[:1]:
                table.require(criterion.metric)
        self._session = Session(table, rule_set)
        super().__init__(children=self._build(), layout=ipywidgets.Layout(width="100%"))

    # ------------------------------------------------------------------ what the kernel reads

    @property
    def analyzer(self) -> Analyzer:
        """The analyzer whose units are labeled."""
        return self._analyzer

    @property
    def rule_set(self) -> RuleSet:
        """The method with its current limits."""
        rule_set: RuleSet = self._session.rule_set
        return rule_set

    @property
    def trace(self) -> Trace:
        """The decision on every unit, from which everything shown is read."""
        return self._session.trace

    @property
    def labels(self) -> pd.DataFrame:
        """Current labels: index unit ids, one column ``label``."""
        return self.trace.label_frame("label")

    @property
    def counts(self) -> dict[str, int]:
        """Number of units per label."""
        return self.trace.counts()

    @property
    def thresholds(self) -> dict[str, Any]:
        """Current limits as a dictionary, as the labeling functions take it.

        Assigning one replaces all limits; it must name criteria of this labeler.
        """
        return self.rule_set.thresholds()

    @thresholds.setter
    def thresholds(self, thresholds: Any) -> None:
        self._session.set_limits(self._limits_from(thresholds))

    @property
    def selection(self) -> list[Any]:
        """Ids of the selected units; may be assigned."""
        return [self._analyzer.unit_ids[at].item() for at in self._session.selection]

    @selection.setter
    def selection(self, unit_ids: Iterable[Any]) -> None:
        self._session.selection = tuple(int(at) for at in self._analyzer.unit_positions(unit_ids))

    def select_units(
        self, keep: str | Iterable[str] | None = None, drop: str | Iterable[str] | None = None
    ) -> Analyzer:
        """Return an analyzer with the units of some labels, as they are now.

        Parameters
        ----------
        keep, drop : str or iterable of str
            Labels to keep, or labels to leave out; exactly one of the two.

        Returns
        -------
        Analyzer

        Raises
        ------
        SelectionError
            If both or neither is given, a label is not one of this method's, or no unit is left.
        """
        if (keep is None) == (drop is None):
            raise SelectionError("say which labels to keep, or which to drop: select_units(drop='noise').")
        named = keep if keep is not None else drop
        wanted = [named] if isinstance(named, str) else list(named or ())
        known = self.rule_set.labels
        for label in wanted:
            if label not in known:
                raise SelectionError(
                    f"there is no label {label!r}.{suggestion(label, known)} Labels: {listing(known)}."
                )
        chosen = self.trace.labels.isin(wanted).to_numpy()
        kept = chosen if keep is not None else ~chosen
        if not kept.any():
            raise SelectionError(
                f"no unit is left. Counts: {listing(f'{k} {v}' for k, v in self.counts.items())}."
            )
        return self._analyzer.select_units(self._analyzer.unit_ids[kept])

    def reset(self) -> None:
        """Put all limits back to where they started."""
        self._session.set_limits([(c.min, c.max) for c in self._session.defaults.criteria])

    def close(self) -> None:
        """Remove the labeler and everything it is made of from the browser and the kernel."""
        for widget in [*self._owned, self] if self._owned else ():
            for part in ("scale_x", "scale_y", "layout", "style"):
                if isinstance(getattr(widget, part, None), ipywidgets.Widget):
                    getattr(widget, part).close()
            if widget is not self:
                widget.close()
        self._owned = []
        super().close()

    # ------------------------------------------------------------------ how it is built

    def _limits_from(self, thresholds: Any) -> list[Any]:
        raise NotImplementedError  # each method reads its own dictionaries

    def _build(self) -> list[Any]:
        session = self._session
        criteria = session.rule_set.criteria
        bins = [bins_of(c, session) for c in criteria]
        histograms = [
            None if cut is None else make_histogram(c, cut, session)
            for c, cut in zip(criteria, bins, strict=True)
        ]
        engine = Engine(session, bins, [None if h is None else h.marks for h in histograms])
        cells: dict[str, list[Any]] = {}
        missing: list[str] = []
        owned: list[Any] = []
        for at, (criterion, histogram) in enumerate(zip(criteria, histograms, strict=True)):
            if histogram is None:
                missing.append(criterion.metric)
                continue
            known = metric(criterion.metric)
            fields = LimitFields(
                engine=engine,
                position=at,
                unit=known.unit,
                meaning=known.meaning,
                note=note_of(histogram.bins),
                defaults=[criterion.min, criterion.max],
            )
            cell = ipywidgets.VBox([fields, histogram.figure], layout=_layout(min_width="0", flex="0 0 auto"))
            cells.setdefault(criterion.section, []).append(cell)
            owned += [*histogram.owned, fields, cell]
        counts = Counts(engine)
        views: list[Any] = [counts]
        if self._analyzer.has_extension("templates"):
            views.append(Waveforms(engine, self._analyzer))
        else:
            views.append(_html("No waveforms: the extension 'templates' was not computed."))
        if missing:
            views.append(
                _html(f"Left out, because the metric is not in this analyzer: {escape(listing(missing))}.")
            )
        grid = []
        for section, members in cells.items():
            if section:
                grid.append(_html(_SECTION_TITLES.get(section, section), "nbl-section"))
            grid.append(
                ipywidgets.GridBox(
                    members,
                    layout=_layout(
                        grid_template_columns="repeat(auto-fill, minmax(205px, 1fr))",
                        grid_gap="4px 10px",
                        width="100%",
                        flex="0 0 auto",
                    ),
                )
            )
        scroll = ipywidgets.VBox(grid, layout=_layout(max_height="560px", overflow="auto", width="100%"))
        self._owned = [*owned, engine, *views, *grid, scroll]
        return [*views, scroll]


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
    ) -> None:
        self._options: dict[str, Any] = {
            "preset": preset,
            "label_non_somatic": label_non_somatic,
            "split_non_somatic_good_mua": split_non_somatic_good_mua,
        }
        super().__init__(analyzer, bombcell_rules(thresholds, **self._options))

    def _limits_from(self, thresholds: Any) -> list[Any]:
        return _limits_in(self.rule_set, bombcell_rules(thresholds, **self._options))


class ThresholdLabeler(Labeler):
    """A simple filter as live controls: all (or at least one) of the criteria must hold.

    Parameters
    ----------
    analyzer : Analyzer, spikeinterface.SortingAnalyzer or path
    thresholds : dict or path of a JSON file
        ``{"snr": {"min": 5}, ...}``; a metric with both limits None is shown, switched off.
    pass_label, fail_label, operator, nan_policy
        As in :func:`nb_autolabel.threshold_metrics_label_units`.

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
    ) -> None:
        self._options: dict[str, Any] = {
            "pass_label": pass_label,
            "fail_label": fail_label,
            "operator": operator,
            "nan_policy": nan_policy,
        }
        rule_set = threshold_rules(thresholds, **self._options)
        if not rule_set.criteria:
            raise RuleError("no thresholds were given. Name at least one metric: {'snr': {'min': 5}}.")
        analyzer = load(analyzer)
        table = MetricTable.of(analyzer)
        for criterion in rule_set.criteria:
            table.require(criterion.metric)
        super().__init__(analyzer, rule_set)

    def _limits_from(self, thresholds: Any) -> list[Any]:
        return _limits_in(self.rule_set, threshold_rules(thresholds, **self._options))


def _limits_in(shown: RuleSet, given: RuleSet) -> list[Any]:
    """Limits of `given` in the order of `shown`; what is not named is switched off."""
    unknown = [key for key in given.keys if key not in shown.keys]
    if unknown:
        raise RuleError(
            f"this labeler has no criterion {listing(unknown)}. It has: {listing(shown.keys)}. "
            "Make a new labeler to use others."
        )
    named = {c.key: (c.min, c.max) for c in given.criteria}
    return [named.get(key, (None, None)) for key in shown.keys]


def _layout(**values: Any) -> Any:
    return ipywidgets.Layout(**values)


def _html(text: str, style: str = "nbl-limits-note") -> Any:
    widget = ipywidgets.HTML(f"<div class='{style}'>{text}</div>")
    widget.layout.width = "100%"
    widget.layout.flex = "0 0 auto"
    return widget
