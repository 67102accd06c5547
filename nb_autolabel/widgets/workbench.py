"""All methods side by side on one analyzer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ipywidgets
import traitlets

from ..analyzer.load import load
from ..comparison.comparison import Comparison, compare
from ..metrics.table import MetricTable
from ..rules.presets import simple_thresholds
from .by_hand import ManualLabels, Where
from .compare import Compare
from .labeler import Labeler
from .labelers import BombcellLabeler, ThresholdLabeler
from .unitrefine_labeler import UnitRefineLabeler

#: What the open tab's labeler does, reached through the workbench.
_OF_THE_LABELER = (
    "clear_override",
    "counts",
    "explain",
    "export",
    "labels",
    "methods_text",
    "missing_values",
    "override",
    "overrides",
    "redo",
    "reset",
    "save_html",
    "select_units",
    "sensitivity",
    "to_code",
    "trace",
    "undo",
)


class Workbench(ipywidgets.Tab):  # type: ignore[misc]
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
        first, *rest = (labeler._session for labeler in self.labelers.values())
        for other in rest:
            traitlets.link((first, "selection"), (other, "selection"))
        self._compare_tab = Compare(self.labelers, others)
        super().__init__(
            children=[*self.labelers.values(), self._compare_tab],
            titles=(*(labeler._title for labeler in self.labelers.values()), "Compare"),
            selected_index=1,
        )

    @property
    def labeler(self) -> Labeler:
        """The labeler whose tab is open (Bombcell's while comparing); the properties below are its."""
        at = 1 if self.selected_index is None else self.selected_index
        return list(self.labelers.values())[at if at < len(self.labelers) else 1]

    @property
    def thresholds(self) -> dict[str, Any]:
        """Thresholds of the open tab; see :class:`Labeler`."""
        return self.labeler.thresholds

    @thresholds.setter
    def thresholds(self, thresholds: Any) -> None:
        self.labeler.thresholds = thresholds

    @property
    def selection(self) -> list[Any]:
        """Selected units of the open tab; see :class:`Labeler`."""
        return self.labeler.selection

    @selection.setter
    def selection(self, unit_ids: Iterable[Any]) -> None:
        self.labeler.selection = list(unit_ids)

    def comparison(self) -> Comparison:
        """Compare the methods as they are now, and the labels by hand if there are any; see :func:`compare`."""
        methods = {
            name: labeler._session.rule_set.apply(labeler.trace.table, missing="inactive")
            for name, labeler in self.labelers.items()
        }
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


def _forwarded(name: str) -> property:
    return property(
        lambda self: getattr(self.labeler, name), doc=f"{name} of the open tab; see :class:`Labeler`."
    )


for _name in _OF_THE_LABELER:
    setattr(Workbench, _name, _forwarded(_name))
