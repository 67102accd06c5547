"""The labeler: a session, its views, and what the kernel reads from them. Composition only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

import ipywidgets
import numpy as np

from ..analyzer.analyzer import Analyzer
from ..analyzer.load import load
from ..analyzer.selection import SelectedSource
from ..classifiers.words import Said
from ..errors import LabelsError, MissingExtensionError, SelectionError, listing, suggestion
from ..export.code import labeling_code
from ..export.labels import export_labels
from ..export.methods import methods_text
from ..labels import canonical, in_spelling_of
from ..metrics.table import MetricTable
from ..rules.criterion import NanPolicy
from ..rules.gaps import missing_table
from ..rules.method import Method
from ..rules.rule import RuleSet
from ..rules.sensitivity import Sensitivity
from ..rules.trace import Trace
from ..rules.why import Explanation, explain
from ..unit_ids import as_text, given_labels, refuse_repeated
from .by_hand import ManualLabels, Where
from .card import UnitCard
from .cells import replace_earlier
from .engine import Engine
from .histogram_grid import HistogramGrid, close_with_parts
from .keep import KeepUnits
from .session import Session
from .snapshot import Snapshot
from .views import Counts, Gaps, Scatter, Tools, UnitTable, Upset, Waveforms, WhatIf

if TYPE_CHECKING:
    import pandas as pd


class Labeler(ipywidgets.VBox):  # type: ignore[misc]
    """Live labels of an analyzer's units; made by its subclasses.

    Limits are dragged on the histograms or typed beside them. Labels, counts and every view follow
    in the browser at once, and the kernel reads the same from the properties here.

    Parameters
    ----------
    analyzer : Analyzer, spikeinterface.SortingAnalyzer or path
    method : Method
    table : MetricTable, optional
        The analyzer's metrics, and what the method adds to them.
    journal : str or Path, "auto", None or ManualLabels, default: "auto"
        Where labels given by hand are kept; see :meth:`override`.
    """

    _title: ClassVar[str] = "Labels"
    _function: ClassVar[str] = ""
    _sections: ClassVar[dict[str, str]] = {}
    _parts: dict[str, Any]

    def __init__(
        self,
        analyzer: Any,
        method: Method,
        table: MetricTable | None = None,
        journal: Where | ManualLabels = "auto",
    ) -> None:
        self._analyzer: Analyzer = load(analyzer)
        table = MetricTable.of(self._analyzer) if table is None else table
        if not any(table.find(c.metric) for c in method.rules.criteria):
            for criterion in method.rules.criteria[:1]:
                table.require(criterion.metric)
        self._session = Session(table, method)
        self._manual = (
            journal if isinstance(journal, ManualLabels) else ManualLabels.of(self._analyzer, journal)
        )
        self._manual.follow(self._session)
        self._structure = _structure(self._session)
        self._parts = {}
        self._options_shown: dict[str, Any] = {}
        super().__init__(children=self._build(), layout=ipywidgets.Layout(width="100%"))
        self._snapshot = Snapshot(self._parts["_engine"]._snapshot, self._title)
        self._session.observe(self._restructure, names=["method", "by_hand"])
        self._session.observe(self._renew_snapshot, names=["method", "by_hand"])
        self._parts["_engine"]._error = self._manual.said
        replace_earlier(self)

    # ------------------------------------------------------------------ what the kernel reads

    @property
    def analyzer(self) -> Analyzer:
        """The analyzer whose units are labeled."""
        return self._analyzer

    @property
    def rule_set(self) -> RuleSet:
        """The method with its current limits."""
        return self._session.rule_set

    @property
    def method(self) -> Method:
        """The method with its options, its start and its current limits."""
        method: Method = self._session.method
        return method

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

    # ------------------------------------------------------------------ labels by hand

    @property
    def overrides(self) -> pd.DataFrame:
        """Labels given by hand: index unit ids; columns label, rules (what they alone say), source, time, note."""
        return self._manual.frame(self._session)

    def override(self, unit_ids: Any, label: str | None = None, note: str = "") -> None:
        """Label units by hand. That wins over the rules, whatever the limits are, and can be undone.

        It is kept in the journal at once, so it is there again after a restart of the kernel, and for
        the other methods too.

        Parameters
        ----------
        unit_ids : unit id, list of them, or labels by unit id (dict, Series, or DataFrame with ``label``)
            Units without a label (None, NaN, "", "unsorted") are left as they are.
        label : str, optional
            Any; "good", "mua", "noise" and "non_soma" are usual, in any capitals. Not with labels by unit id.
        note : str, default: ""
            Why.

        Raises
        ------
        UnknownUnitError, LabelsError
        """
        if hasattr(unit_ids, "items"):
            if label is not None:
                raise LabelsError("labels by unit id need no other label: override({unit_id: 'noise'}).")
            ids, labels = given_labels(unit_ids)
            given = [(unit, own) for unit, own in zip(ids or [], labels, strict=True) if canonical(own)]
            refuse_repeated([as_text(unit) for unit in ids or []], "these labels")
        elif label is None:
            raise LabelsError("say which label: override(unit_id, 'noise'), or clear_override(unit_id).")
        elif isinstance(label, str) and canonical(label) is None:
            raise LabelsError(
                f"a label is text that says something; {label!r} stands for none. Or: clear_override(unit_id)."
            )
        else:
            given = [(unit, label) for unit in _as_list(unit_ids)]
        places = self._analyzer.unit_positions([unit for unit, _ in given]).tolist()
        wanted = {at: self._in_own_words(own) for at, (_, own) in zip(places, given, strict=True)}
        self._session.set_by_hand(self._manual.with_labels(self._session, wanted, note))

    def _in_own_words(self, label: Any) -> Any:
        """Return a label as the method spells it; what is no text stays, and is refused later."""
        if isinstance(label, bytes):
            label = label.decode("utf-8", "backslashreplace")
        return in_spelling_of(label, self.rule_set.labels) if isinstance(label, str) else label

    def clear_override(self, unit_ids: Any = None) -> None:
        """Leave units to the rules again; None: all units.

        Raises
        ------
        UnknownUnitError
        """
        if unit_ids is None:
            self._session.set_by_hand({})
            return
        places = self._analyzer.unit_positions(_as_list(unit_ids)).tolist()
        self._session.set_by_hand({at: e for at, e in self._session.by_hand.items() if at not in places})

    # ------------------------------------------------------------------ why and what if

    def explain(self, unit_id: Any) -> Explanation:
        """Say why a unit has its label, and the smallest change that would give it each other one.

        Parameters
        ----------
        unit_id : int or str

        Returns
        -------
        Explanation
            Shows itself as text; ``text``, ``table`` (one row a criterion) and ``changes``.

        Raises
        ------
        UnknownUnitError
        """
        entry = self._session.by_hand.get(self.trace.position(unit_id))
        return explain(self.trace, unit_id, "" if entry is None else entry.words)

    def sensitivity(self, target: str | None = None) -> Sensitivity:
        """Count the labels as every single limit moves, ranked by the units gained per step.

        Parameters
        ----------
        target : str, optional
            Label to gain; default: the best one of the method ("good", "sua").

        Returns
        -------
        Sensitivity
            ``table`` (ranked), ``curve(criterion, bound)``; shows itself in words.

        Raises
        ------
        RuleError
        """
        return Sensitivity(self.trace, target)

    def missing_values(self) -> pd.DataFrame:
        """Say where values are missing and what that decides; see :func:`missing_table`."""
        return missing_table(self.trace)

    def set_nan_policy(self, criterion: str, policy: NanPolicy) -> None:
        """Say what a missing value of one criterion counts as.

        Parameters
        ----------
        criterion : str
            Key ("mua/snr") or unambiguous metric.
        policy : {"fail", "pass", "ignore"}
            See :class:`Criterion`.

        Raises
        ------
        RuleError
        """
        self._session.set_rules(self.rule_set.with_criterion(criterion, nan=policy))

    def select_units(
        self, keep: str | Iterable[str] | None = None, drop: str | Iterable[str] | None = None
    ) -> Analyzer:
        """Return an analyzer with the units of some labels, as they are now.

        The labels go with it, as the sorting property ``label``, also when it is saved.

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
        made = self._analyzer.select_units(self._analyzer.unit_ids[kept])
        if isinstance(made._source, SelectedSource):
            made._source.properties["label"] = np.array(self.trace.labels.to_numpy()[kept].tolist())
        return made

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
            self._analyzer,
            self._function,
            self.thresholds,
            self._code_options(),
            kept,
            variable,
            self.overrides["label"].to_dict(),
        )

    def export(self, path: Any, format: Any = None, *, overwrite: bool = False, **options: Any) -> Any:
        """Write the labels as they are now for another tool; see :func:`nb_autolabel.export_labels`."""
        return export_labels(self, path, format, overwrite=overwrite, **options)

    def save_html(self, path: Any, *, overwrite: bool = False) -> Any:
        """Write the labeler as one file that needs no kernel and no network.

        In it thresholds still drag and every view follows; labels can be given by hand and saved as CSV.
        Its Content-Security-Policy allows no connection: it loads nothing from elsewhere, runs no script but its own
        and submits no form.

        Parameters
        ----------
        path : path
            Usually ending in ``.html``.
        overwrite : bool, default: False

        Returns
        -------
        pathlib.Path

        Raises
        ------
        AlreadyExistsError
            If the file exists and `overwrite` is False.
        ForeignTargetError
            If something else than an HTML page lies there, overwrite or not.
        WriteError
            If the file cannot be written.
        """
        from .page import save_html

        return save_html(self, path, overwrite)

    def methods_text(self) -> str:
        """Return a paragraph for a paper: numbers, versions and sources of these labels."""
        return methods_text(self.trace, self._analyzer, self._title, self._models())

    def _models(self) -> Said | str:
        """Say which classifiers labeled, where there are some."""
        return ""

    def _kept_labels(self, keep: str | Iterable[str] | None, drop: str | Iterable[str] | None) -> list[str]:
        if (keep is None) == (drop is None):
            raise SelectionError("say which labels to keep, or which to drop: select_units(drop='noise').")
        named = keep if keep is not None else drop
        known = self.trace.names
        wanted = [
            in_spelling_of(label, known) or label
            for label in ([named] if isinstance(named, str) else named or ())
        ]
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
        name : {"counts", "histograms", "waveforms", "upset", "moves", "inputs", "table", "card", "whatif", "gaps", ...}
            Also "scatter" and "keep".
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
        if "_manual" in self.__dict__:
            self._manual.unfollow(self._session)
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
        return dict(self.method.options)

    def _why(self, engine: Engine) -> dict[str, Any]:
        """Make the view that says why units have their labels."""
        return {"upset": Upset(engine, label=self._session.rule_set.rules[0].label)}

    def _controls(self) -> list[Any]:
        """Make the controls of the method itself, beside undo and reset."""
        return []

    def _linked(self, **controls: Any) -> list[Any]:
        """Let controls of the method's options show them as they are, and change them."""
        for option, control in controls.items():
            control.observe(lambda change, option=option: self._asked(option, change["new"]), names="value")
        self._options_shown = controls
        return list(controls.values())

    def _asked(self, option: str, value: Any) -> None:
        if value != self.method.options[option]:
            self._set_option(option, value)

    def _set_option(self, option: str, value: Any) -> None:
        raise AssertionError("each method with options sets its own")

    # ------------------------------------------------------------------ how it is built

    def _build(self) -> list[Any]:
        session, parts = self._session, self._parts
        grid = HistogramGrid(session, self._sections)
        engine = Engine(
            session,
            *grid.marks(),
            on_override=lambda labels, note: session.set_by_hand(
                self._manual.with_labels(session, labels, note)
            ),
        )
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
            whatif=WhatIf(engine),
            gaps=Gaps(engine),
            scatter=Scatter(engine, x=x, y=y),
            keep=KeepUnits(
                engine,
                lambda keep: self.select_units(keep=keep),
                lambda keep, name: self.to_code(keep=keep, variable=name),
            ),
        )
        titles = dict(zip(why, ("Why", "Inputs"), strict=False))
        titles |= {"table": "Units", "card": "Unit", "whatif": "What if", "gaps": "Missing"}
        titles |= {"scatter": "Scatter", "keep": "Keep"}
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
        del change
        for option, control in self._options_shown.items():
            control.value = self.method.options[option]
        now = _structure(self._session)
        if now != self._structure:
            self._structure = now
            grid, engine = self._parts["histograms"], self._parts["_engine"]
            engine.restructure(*grid.marks())
            grid.fill(engine)


def _structure(session: Session) -> Any:
    rule_set = session.rule_set
    criteria = tuple((c.key, c.abs, c.nan, c.group) for c in rule_set.criteria)
    started = tuple((c.key, c.min, c.max) for c in session.defaults.criteria)
    return criteria, rule_set.rules, rule_set.default, session.trace.names, started


def _as_list(unit_ids: Any) -> list[Any]:
    if isinstance(unit_ids, str) or not isinstance(unit_ids, Iterable):
        return [unit_ids]
    return list(unit_ids)
