"""The labeler: live labels and the views of them, composed."""

from __future__ import annotations

from html import escape
from typing import Any, ClassVar

import ipywidgets

from ..errors import MissingExtensionError, listing, suggestion
from ..metrics.table import renamed_in_words
from ..metrics.too_small import too_small_in_words
from ..session.live_labels import LiveLabels
from ..session.session import INPUTS, Session
from .card import UnitCard, no_card
from .cells import replace_earlier
from .engine import Engine
from .histogram_grid import HistogramGrid, close_parts, close_with_parts
from .keep import KeepUnits
from .labeling_api import LabelingApi
from .missing_panel import MissingPanel
from .pair import PairOfUnits
from .recordings import recordings_of
from .review_link import ReviewLink
from .snapshot import Snapshot
from .views import Counts, Scatter, Tools, UnitTable, Upset, Waveforms, WhatIf


class Labeler(LabelingApi, ipywidgets.VBox):  # type: ignore[misc]
    """Live labels of an analyzer's units as a widget; made by its subclasses.

    Limits are dragged on the histograms or typed beside them. Labels, counts and every view follow
    in the browser at once, and the kernel reads the same from the properties here.

    Parameters
    ----------
    live : LiveLabels

    Attributes
    ----------
    parts : dict of str to Widget
        What it is made of; names of views as :meth:`view` takes them, others begin with ``_``.
    """

    sections: ClassVar[dict[str, str]] = {}
    """Titles of the sections of histograms, where they differ from Bombcell's."""
    why_title: ClassVar[str] = "Failed criteria"
    """Title of the tab that says why units have their labels."""
    browser_options: ClassVar[tuple[str, ...]] = ()
    """Options of the method that views change by messages."""

    def __init__(self, live: LiveLabels) -> None:
        self._live = live
        self._structure = _structure(live.session)
        self.parts: dict[str, Any] = {}
        self._options_shown: dict[str, Any] = {}
        super().__init__(children=self._build(), layout=ipywidgets.Layout(width="100%"))
        self.add_class("nbl-labeler")
        # Keys are listened to on the whole labeler, so that they count wherever it was clicked.
        self.add_class("nbl-root")
        self._reviews = ReviewLink(
            self.engine, lambda: live.analyzer, live.session, live.hand, live.hand.source
        )
        self._snapshot = Snapshot(self.engine.snapshot_name, live.title)
        live.session.observe(self._follow, names=["method", "by_hand"])
        live.session.observe(self._follow_metrics, names=["table"])
        live.session.observe(lambda change: self.publish(), names=INPUTS)
        self.engine.error = " ".join(filter(None, (live.hand.said, live.restored)))
        replace_earlier(self)

    @classmethod
    def showing(cls, live: LiveLabels) -> Labeler:
        """Return a labeler of live labels that are there already; it closes them when it is closed."""
        labeler = cls.__new__(cls)
        labeler.take(live)
        Labeler.__init__(labeler, live)
        return labeler

    def take(self, live: LiveLabels) -> None:
        """Keep what the views of the method need of its live labels."""

    @property
    def live(self) -> LiveLabels:
        """The live labels that are shown: the same without a widget."""
        return self._live

    @property
    def engine(self) -> Engine:
        """The kernel's end of what the views share."""
        engine: Engine = self.parts["_engine"]
        return engine

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

    def view(self, name: str) -> Any:
        """Return one of the views, to show it in a cell of its own; it stays linked with the others.

        Parameters
        ----------
        name : {"counts", "histograms", "waveforms", "upset", "moves", "inputs", "table", "card", "whatif", "gaps", ...}
            Also "scatter" and "keep", and "recordings" for a cohort.
            "upset" for thresholds and Bombcell, "moves" and "inputs" for UnitRefine.

        Raises
        ------
        MissingExtensionError
            If there is no such view, or the extension it needs was not computed.
        """
        if name not in self.parts or name.startswith("_"):
            shown = [part for part in self.parts if not part.startswith("_")]
            hint = " It needs the extension 'templates'." if name == "waveforms" else suggestion(name, shown)
            raise MissingExtensionError(f"there is no view '{name}'.{hint} Views: {listing(shown)}.")
        return self.parts[name]

    def review(self, order: Any = None, **options: Any) -> Any:
        """Go through units one after the other, and open the tab "Unit"; see :meth:`LiveLabels.review`."""
        found = super().review(order, **options)
        tabs = self.parts["_tabs"]
        tabs.selected_index = list(tabs.children).index(self.parts["card"])
        return found

    def close(self) -> None:
        """Remove the labeler and everything it is made of from the browser and the kernel."""
        if "_snapshot" in self.__dict__:
            self._snapshot.stop()
        if "_reviews" in self.__dict__:
            self._reviews.stop()
        if "_live" in self.__dict__:
            self._live.close()
        close_parts(self)
        super().close()

    def _ipython_display_(self) -> None:
        """Show the widget, and what is to be seen where it cannot live."""
        from IPython.display import display

        self.engine.on_display()
        display(self._repr_mimebundle_(), raw=True)
        self._snapshot.show(self.trace)

    # ------------------------------------------------------------------ what a method adds

    def make_why(self, engine: Engine) -> dict[str, Any]:
        """Make the views that say why units have their labels, by name."""
        return {"upset": Upset(engine, label=self.rule_set.rules[0].label)}

    def make_controls(self) -> list[Any]:
        """Make the controls of the method itself, beside undo and reset."""
        return []

    def linked(self, **controls: Any) -> list[Any]:
        """Let controls of the method's options show them as they are, and change them."""
        for option, control in controls.items():
            control.observe(lambda change, option=option: self._asked(option, change["new"]), names="value")
        self._options_shown = controls
        return list(controls.values())

    def _asked(self, option: str, value: Any) -> None:
        if value != self.method.options[option]:
            self.live.set_option(option, value)

    # ------------------------------------------------------------------ how it is built

    def _build(self) -> list[Any]:
        live, parts = self._live, self.parts
        session = live.session
        grid = HistogramGrid(session, self.sections)
        engine = Engine(
            session,
            grid.bins(),
            on_override=lambda labels, note: session.set_by_hand(
                live.hand.with_labels(session, labels, note)
            ),
            on_option=live.set_option,
            options=self.browser_options,
        )
        grid.fill(engine)
        parts.update(counts=Counts(engine), histograms=grid)
        if live.analyzer.has_extension("templates"):
            parts["waveforms"] = Waveforms(engine, live.analyzer)
        x, y = (engine.metric_names * 2)[:2]
        for first, second in (("snr", "amplitude_median"), ("firing_rate", "presence_ratio")):
            if first in engine.metric_names and second in engine.metric_names:
                x, y = first, second
                break
        why = self.make_why(engine)
        parts.update(recordings_of(engine, session, live.analyzer))
        parts.update(
            why,
            table=UnitTable(engine),
            card=UnitCard(engine, live.analyzer),
            pairs=PairOfUnits(engine, live),
            whatif=WhatIf(engine),
            gaps=MissingPanel(engine, live),
            scatter=Scatter(engine, x=x, y=y),
            keep=KeepUnits(
                engine,
                lambda keep: self.select_units(keep=keep),
                lambda keep, name: self.to_code(keep=keep, variable=name),
                self.export,
                lambda: len(self.trace.table),
            ),
        )
        titles = {"recordings": "Recordings"} if "recordings" in parts else {}
        titles |= dict(zip(why, (self.why_title, "Inputs"), strict=False))
        titles |= {
            "table": "Table",
            "card": "Unit card",
            "pairs": "Pairs",
            "whatif": "What if",
            "gaps": "Missing",
        }
        titles |= {"scatter": "Scatter", "keep": "Keep"}
        tabs = ipywidgets.Tab(
            children=[parts[name] for name in titles],
            titles=tuple(titles.values()),
        )
        tabs.add_class("nbl-tabs")
        grid.layout.width = None
        tools = Tools(engine, title=live.title)
        controls = self.make_controls()
        head = ipywidgets.Box(
            [tools, *controls],
            layout=ipywidgets.Layout(
                display="flex", flex_flow="row wrap", width="100%", align_items="center"
            ),
        )
        middle = ipywidgets.Box([grid, tabs])
        middle.add_class("nbl-middle")
        note: list[Any] = []
        if "waveforms" not in parts:
            lacking = no_card(live.analyzer) or "No waveforms: the extension 'templates' was not computed."
            note = [ipywidgets.HTML(f"<div class='nbl-soft'>{escape(lacking)}</div>")]
        renamed = renamed_in_words(session.table)
        if renamed:
            note.append(ipywidgets.HTML(f"<div class='nbl-soft nbl-renamed'>{escape(renamed)}</div>"))
        known = "waveforms" in parts and live.analyzer.voltage.unit == "µV"
        small = too_small_in_words(session.table, live.analyzer.main_channel_templates if known else None)
        if small:
            note.append(
                ipywidgets.HTML(f"<div class='nbl-soft nbl-too-small' role='note'>⚠ {escape(small)}</div>")
            )
        parts.update(_engine=engine, _tools=tools, _head=head, _tabs=tabs, _middle=middle)
        parts.update({f"_control{at}": widget for at, widget in enumerate([*controls, *note])})
        return [head, parts["counts"], *([parts["waveforms"]] if "waveforms" in parts else []), *note, middle]

    def _follow(self, change: Any) -> None:
        """Follow a change: controls of options, other criteria, other labels."""
        del change
        for option, control in self._options_shown.items():
            control.value = self.method.options[option]
        now = _structure(self.live.session)
        if now != self._structure:
            self._structure = now
            grid = self.parts["histograms"]
            self.engine.restructure(grid.bins())
            grid.fill(self.engine)
            if "recordings" in self.parts:
                self.parts["recordings"].renew(self.live.session)
            self.on_structure()
        self._snapshot.renew(lambda: self.trace)

    def _follow_metrics(self, change: Any) -> None:
        """Follow other metrics: every view that shows them, and what the analyzer has besides."""
        del change
        live, parts = self._live, self.parts
        self._structure = _structure(live.session)
        parts["histograms"].renew(self.engine)
        parts["card"].show(live.analyzer)
        if "recordings" in parts:
            parts["recordings"].renew(live.session)
        if "waveforms" in parts:
            self.replace_part("waveforms", Waveforms(self.engine, live.analyzer))
        self.on_structure()
        self.on_metrics()
        self._snapshot.renew(lambda: self.trace)

    def replace_part(self, name: str, new: Any) -> None:
        """Put another view in the place of one that shows what is fixed when it is made."""
        old = self.parts[name]
        self.parts[name] = new
        for box in (self, self.parts["_tabs"]):
            if old in box.children:
                box.children = [new if child is old else child for child in box.children]
        close_with_parts(old)

    def on_metrics(self) -> None:
        """Follow other metrics, where a method's views show what it makes of them."""

    def on_structure(self) -> None:
        """Follow other criteria or labels, where a method's controls list them."""


def _structure(session: Session) -> Any:
    rule_set = session.rule_set
    criteria = tuple((c.key, c.abs, c.nan, c.group) for c in rule_set.criteria)
    started = tuple((c.key, c.min, c.max) for c in session.defaults.criteria)
    return criteria, rule_set.rules, rule_set.default, session.trace.names, started
