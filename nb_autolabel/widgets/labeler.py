"""The labeler: a session, its views, and what the kernel reads from them. Composition only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

import ipywidgets

from ..analyzer.analyzer import Analyzer
from ..analyzer.opening import load
from ..errors import MissingExtensionError, SelectionError, listing, suggestion
from ..export.code import labeling_code
from ..metrics.table import MetricTable
from ..rules.rule import RuleSet
from ..rules.trace import Trace
from .card import UnitCard
from .cells import replace_earlier
from .engine import Engine
from .histogram_grid import HistogramGrid, close_with_parts
from .keep import KeepUnits
from .session import Session
from .snapshot import Snapshot
from .views import Counts, Scatter, Tools, UnitTable, Upset, Waveforms

if TYPE_CHECKING:
    import pandas as pd


class Labeler(ipywidgets.VBox):  # type: ignore[misc]
    """Live labels of an analyzer's units; made by its subclasses.

    Limits are dragged on the histograms or typed beside them. Labels, counts and every view follow
    in the browser at once, and the kernel reads the same from the properties here.

    Parameters
    ----------
    analyzer : Analyzer, spikeinterface.SortingAnalyzer or path
    rule_set : RuleSet
    table : MetricTable, optional
        The analyzer's metrics, and what the method adds to them.
    """

    _title: ClassVar[str] = "Labels"
    _function: ClassVar[str] = ""
    _sections: ClassVar[dict[str, str]] = {}
    _parts: dict[str, Any]

    def __init__(self, analyzer: Any, rule_set: RuleSet, table: MetricTable | None = None) -> None:
        self._analyzer: Analyzer = load(analyzer)
        table = MetricTable.of(self._analyzer) if table is None else table
        if not any(table.find(c.metric) for c in rule_set.criteria):
            for criterion in rule_set.criteria[:1]:
                table.require(criterion.metric)
        self._session = Session(table, rule_set)
        self._parts = {}
        self._parts = {}
        super().__init__(children=self._build(), layout=ipywidgets.Layout(width="100%"))
        self._snapshot = Snapshot(self._parts["_engine"]._snapshot, self._title)
        self._session.observe(self._restructure, names="rule_set")
        self._session.observe(self._renew_snapshot, names="rule_set")
        replace_earlier(self)

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

        Assigning one replaces all limits; metrics that it does not name are switched off.
        """
        return self.rule_set.thresholds()

    @thresholds.setter
    def thresholds(self, thresholds: Any) -> None:
        self._set_thresholds(thresholds)

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
        kept = self.trace.labels.isin(self._kept_labels(keep, drop)).to_numpy()
        if not kept.any():
            counts = listing(f"{label} {n}" for label, n in self.counts.items())
            raise SelectionError(f"no unit is left. Counts: {counts}.")
        return self._analyzer.select_units(self._analyzer.unit_ids[kept])

    def to_code(
        self,
        keep: str | Iterable[str] | None = None,
        drop: str | Iterable[str] | None = None,
        variable: str = "clean",
    ) -> str:
        """Return code that gives the same labels, and keeps the same units, without any widget.

        Parameters
        ----------
        keep, drop : str or iterable of str, optional
            As in :meth:`select_units`; neither leaves the selection out.
        variable : str, default: "clean"
            Name for the analyzer with the kept units.
        """
        kept = None if keep is None and drop is None else self._kept_labels(keep, drop)
        return labeling_code(
            self._analyzer, self._function, self.thresholds, self._code_options(), kept, variable
        )

    def _kept_labels(self, keep: str | Iterable[str] | None, drop: str | Iterable[str] | None) -> list[str]:
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
        return wanted if keep is not None else [label for label in known if label not in wanted]

    def undo(self) -> bool:
        """Take the last change of limits back (a whole drag is one); False if there is none."""
        return self._session.undo()

    def redo(self) -> bool:
        """Make the change again that was undone last; False if there is none."""
        return self._session.redo()

    def reset(self) -> None:
        """Put all limits back to where they started."""
        self._session.reset()

    def view(self, name: str) -> Any:
        """Return one of the views, to show it in a cell of its own; it stays linked with the others.

        Parameters
        ----------
        name : {"counts", "histograms", "waveforms", "upset", "moves", "inputs", "table", "card", "scatter", "keep"}
            "upset" for thresholds and Bombcell, "moves" and "inputs" for UnitRefine.

        Raises
        ------
        MissingExtensionError
            If there is no such view, or the extension it needs was not computed.
        """
        if name not in self._parts or name.startswith("_"):
            shown = [part for part in self._parts if not part.startswith("_")]
            hint = " It needs the extension 'templates'." if name == "waveforms" else suggestion(name, shown)
            raise MissingExtensionError(f"there is no view '{name}'.{hint} Views: {listing(shown)}.")
        return self._parts[name]

    def close(self) -> None:
        """Remove the labeler and everything it is made of from the browser and the kernel."""
        if "_snapshot" in self.__dict__:
            self._snapshot.stop()
        for widget in self.__dict__.pop("_parts", {}).values():
            close_with_parts(widget)
        if self.comm is not None:
            self.layout.close()
        super().close()

    def _ipython_display_(self) -> None:
        """Show the widget, and what is to be seen where it cannot live."""
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)
        self._snapshot.show(self.trace)

    def _renew_snapshot(self, change: Any) -> None:
        del change
        self._snapshot.renew(lambda: self.trace)

    # ------------------------------------------------------------------ what a method says of itself

    def _set_thresholds(self, thresholds: Any) -> None:
        """Take a dictionary of thresholds as this method reads it."""
        self._session.set_rules(self._rules_for(thresholds))

    def _rules_for(self, thresholds: Any) -> RuleSet:
        raise AssertionError("each method reads its own dictionaries")

    def _code_options(self) -> dict[str, Any]:
        return {}

    def _why(self, engine: Engine) -> dict[str, Any]:
        """Make the view that says why units have their labels."""
        return {"upset": Upset(engine, label=self._session.rule_set.rules[0].label)}

    def _controls(self) -> list[Any]:
        """Make the controls of the method itself, beside undo and reset."""
        return []

    # ------------------------------------------------------------------ how it is built

    def _build(self) -> list[Any]:
        session, parts = self._session, self._parts
        grid = HistogramGrid(session, self._sections)
        engine = Engine(session, *grid.marks())
        grid.fill(engine)
        parts.update(counts=Counts(engine), histograms=grid)
        if self._analyzer.has_extension("templates"):
            parts["waveforms"] = Waveforms(engine, self._analyzer)
        x, y = (engine._metric_names * 2)[:2]
        for first, second in (("snr", "amplitude_median"), ("firing_rate", "presence_ratio")):
            if first in engine._metric_names and second in engine._metric_names:
                x, y = first, second
                break
        why = self._why(engine)
        parts.update(
            why,
            table=UnitTable(engine),
            card=UnitCard(engine, self._analyzer),
            scatter=Scatter(engine, x=x, y=y),
            keep=KeepUnits(
                engine,
                lambda keep: self.select_units(keep=keep),
                lambda keep, name: self.to_code(keep=keep, variable=name),
            ),
        )
        titles = dict(zip(why, ("Why", "Inputs"), strict=False))
        titles |= {"table": "Units", "card": "Unit", "scatter": "Scatter", "keep": "Keep"}
        tabs = ipywidgets.Tab(
            children=[parts[name] for name in titles],
            titles=tuple(titles.values()),
            layout=ipywidgets.Layout(flex="1 1 400px", min_width="0"),
        )
        tabs.add_class("nbl-tabs")
        grid.layout.flex = "1 1 440px"
        grid.layout.width = "auto"
        grid.layout.min_width = "0"
        tools = Tools(engine, title=self._title)
        controls = self._controls()
        head = ipywidgets.Box(
            [tools, *controls],
            layout=ipywidgets.Layout(
                display="flex", flex_flow="row wrap", width="100%", align_items="center"
            ),
        )
        middle = ipywidgets.Box(
            [grid, tabs],
            layout=ipywidgets.Layout(
                display="flex", flex_flow="row wrap", width="100%", align_items="stretch", grid_gap="10px"
            ),
        )
        note = []
        if "waveforms" not in parts:
            note = [ipywidgets.HTML("No waveforms: the extension 'templates' was not computed.")]
        parts.update(_engine=engine, _tools=tools, _head=head, _tabs=tabs, _middle=middle)
        parts.update({f"_control{at}": widget for at, widget in enumerate([*controls, *note])})
        return [head, parts["counts"], *([parts["waveforms"]] if "waveforms" in parts else note), middle]

    def _restructure(self, change: Any) -> None:
        """Follow a change of more than limits: other criteria, other labels."""
        old, new = change["old"], change["new"]
        if old is not None and _structure(old) != _structure(new):
            grid, engine = self._parts["histograms"], self._parts["_engine"]
            engine.restructure(*grid.marks())
            grid.fill(engine)


def _structure(rule_set: RuleSet) -> Any:
    criteria = tuple((c.key, c.abs, c.nan, c.group) for c in rule_set.criteria)
    return criteria, rule_set.rules, rule_set.default
