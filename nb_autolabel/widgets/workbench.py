"""All methods side by side on one analyzer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets
import traitlets

from ..analyzer.load import load
from ..comparison.comparing import compare
from ..comparison.comparison import Comparison
from ..metrics.table import MetricTable
from ..rules.presets import simple_thresholds
from ..session.hand_labels import ManualLabels, Where
from ..session.live_labels import LiveLabels
from ..session.session import INPUTS
from .compare import Compare
from .labeler import Labeler
from .labelers import BombcellLabeler, ThresholdLabeler
from .labeling_api import LabelingApi
from .unitrefine_labeler import UnitRefineLabeler


class Workbench(LabelingApi, ipywidgets.Tab):  # type: ignore[misc]
    """All methods on one analyzer, one tab each, and a tab that compares them.

    What a :class:`Labeler` can do the workbench does with the labeler of the open tab.

    Parameters
    ----------
    analyzer : Analyzer, spikeinterface.SortingAnalyzer or path
    thresholds : dict, optional
        For the simple filter. None takes those of the how-to whose metrics are there.
    classifiers : dict, optional
        Arguments of :class:`UnitRefineLabeler`. None takes the bundled pair.
    journal : str or Path, "auto" or None
        As for :class:`BombcellLabeler`; labels by hand are the same in all tabs.
    others : dict of str to labels, optional
        Ground truth or curators' labels by unit id, for the tab "Compare".

    Attributes
    ----------
    labelers : dict of str to Labeler
        "thresholds", "bombcell" and "unitrefine".
    """

    def __init__(
        self,
        analyzer: Any,
        thresholds: Any = None,
        classifiers: dict[str, Any] | None = None,
        journal: Where = "auto",
        others: Mapping[str, Any] | None = None,
    ) -> None:
        analyzer = load(analyzer)
        manual = ManualLabels.of(analyzer, journal)
        if thresholds is None:
            table = MetricTable.of(analyzer)
            thresholds = simple_thresholds(table) or {table.names[0]: {}}
        self.labelers: dict[str, Labeler] = {
            "thresholds": ThresholdLabeler(analyzer, thresholds, journal=manual),
            "bombcell": BombcellLabeler(analyzer, journal=manual),
            "unitrefine": UnitRefineLabeler(analyzer, journal=manual, **(classifiers or {})),
        }
        first, *rest = (labeler.live.session for labeler in self.labelers.values())
        for other in rest:
            traitlets.link((first, "selection"), (other, "selection"))
        for labeler in self.labelers.values():
            labeler.live.session.observe(lambda change: self.publish(), names=INPUTS)
            labeler.live.observe(self._follow_analyzer, names="analyzer")
        self._compare_tab = Compare(self.labelers, others)
        super().__init__(
            children=[*self.labelers.values(), self._compare_tab],
            titles=(*(labeler.live.title for labeler in self.labelers.values()), "Compare"),
            selected_index=1,
        )
        super().observe(lambda change: self.publish(), names="selected_index")

    def _follow_analyzer(self, change: Any) -> None:
        """Let all methods label by metrics that were computed for one of them."""
        for labeler in self.labelers.values():
            labeler.live.take_metrics(change["new"])

    @property
    def labeler(self) -> Labeler:
        """The labeler whose tab is open (Bombcell's while comparing); the properties below are its."""
        at = 1 if self.selected_index is None else self.selected_index
        return list(self.labelers.values())[at if at < len(self.labelers) else 1]

    @property
    def live(self) -> LiveLabels:
        """The live labels of the open tab."""
        return self.labeler.live

    def save_html(self, path: Any, *, overwrite: bool = False) -> Any:
        """Write the labeler of the open tab as one file; see :meth:`Labeler.save_html`."""
        return self.labeler.save_html(path, overwrite=overwrite)

    def comparison(self) -> Comparison:
        """Compare the methods as they are now, and the labels by hand if there are any; see :func:`compare`."""
        methods = {name: labeler.live.session.trace_of_method for name, labeler in self.labelers.items()}
        by_hand = self.labeler.overrides["label"]
        if len(by_hand):
            return compare(*methods.values(), by_hand, names=[*methods, "by hand"])
        return compare(*methods.values(), names=list(methods))

    def close(self) -> None:
        """Remove the workbench and its labelers from the browser and the kernel."""
        if "_compare_tab" in self.__dict__:
            self.__dict__.pop("_compare_tab").close()
        for labeler in self.__dict__.pop("labelers", {}).values():
            labeler.close()
        if self.comm is not None:
            self.layout.close()
        super().close()
