"""The histograms of all criteria, in sections that fold, in as many columns as the cell is wide."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import Any

import ipywidgets

from ..errors import listing
from ..metrics.binning import Bins
from ..metrics.registry import Scale, metric
from ..rules.criterion import Criterion
from ..session.session import Session
from .engine import Engine
from .histograms import Histogram, LimitFields, Shared, bins_of, make_histogram, note_of
from .views import SectionBar

_SECTION_TITLES = {
    "": "Criteria",
    "noise": "Noise: a unit that fails any of these",
    "mua": "Multi-unit: not noise, but fails any of these",
    "non-somatic": "Non-somatic: (a ratio fails and both widths are narrow) or the main peak fails",
}


class HistogramGrid(ipywidgets.VBox):  # type: ignore[misc]
    """Histograms with their number fields, one a criterion.

    Parameters
    ----------
    session : Session
    titles : dict of str to str
        Titles of the sections, where they differ from Bombcell's.
    """

    def __init__(self, session: Session, titles: dict[str, str] | None = None) -> None:
        self._session = session
        self._titles = _SECTION_TITLES | (titles or {})
        self._histograms: dict[tuple[str, bool], Histogram] = {}
        self._shared = Shared()
        self._scales: dict[str, Scale] = {}
        self._fields: dict[tuple[str, bool], LimitFields] = {}
        self._cells: list[Any] = []
        self._frames: list[Any] = []
        self._bar: SectionBar | None = None
        super().__init__(layout=_layout(width="100%"))
        self.add_class("nbl-histograms")

    def bins(self) -> list[Bins | None]:
        """Return the bins of every criterion for the engine, making what is new; None where there is no metric."""
        found = (self._histogram(criterion) for criterion in self._session.rule_set.criteria)
        return [None if histogram is None else histogram.bins for histogram in found]

    @property
    def bar(self) -> SectionBar:
        """The bar that leads to each section; there is one once the grid was filled."""
        if self._bar is None:
            raise AssertionError("the grid is filled before its bar is asked for")
        return self._bar

    def shown(self) -> list[tuple[str, LimitFields, Histogram]]:
        """Return title of the section, fields and axis of every criterion that is shown, in order."""
        return [
            (
                self._titles.get(c.section, c.section),
                self._fields[c.key, c.abs],
                self._histograms[c.key, c.abs],
            )
            for c in self._session.rule_set.criteria
            if (c.key, c.abs) in self._histograms
        ]

    def _histogram(self, criterion: Criterion) -> Histogram | None:
        key = (criterion.key, criterion.abs)
        if key not in self._histograms:
            bins = bins_of(criterion, self._session, self._scales.get(criterion.metric))
            if bins is None:
                return None
            self._histograms[key] = make_histogram(bins, self._shared, metric(criterion.metric).unit)
        return self._histograms[key]

    def fill(self, engine: Engine) -> None:
        """Lay the histograms out for the session's rule set as it is now."""
        old, old_cells, unused = self._frames, self._cells, self._fields
        self._fields, self._cells, self._frames = {}, [], []
        defaults = {c.key: [c.min, c.max] for c in self._session.defaults.criteria}
        cells: dict[str, list[Any]] = {}
        missing = []
        for criterion in self._session.rule_set.criteria:
            histogram = self._histogram(criterion)
            if histogram is None:
                missing.append(criterion.metric)
                continue
            known = metric(criterion.metric)
            state = {
                "criterion": criterion.key,
                "note": note_of(histogram.bins),
                "scale": histogram.bins.scale,
                "defaults": defaults.get(criterion.key, [None, None]),
            }
            key = (criterion.key, criterion.abs)
            fields = unused.pop(key, None)
            if fields is None:
                fields = LimitFields(
                    engine, unit=known.unit, meaning=known.meaning, layout=self._shared.fields, **state
                )
                fields.on_msg(partial(self._on_message, engine, criterion.metric))
            else:
                with fields.hold_sync():
                    for name, value in state.items():
                        setattr(fields, name, value)
            cell = ipywidgets.VBox([fields, histogram.figure], layout=self._shared.cell)
            cell.add_class("nbl-histogram")
            cells.setdefault(criterion.section, []).append(cell)
            self._fields[key] = fields
            self._cells.append(cell)
        shown: list[Any] = []
        table = self._session.table
        unusable = [name for name in missing if table.unusable(name)]
        missing = [name for name in missing if name not in unusable]
        if unusable:
            shown.append(_html(f"Off: {escape(listing(unusable))}; {escape(table.arbitrary)}."))
        if missing:
            note = f"Left out, because this analyzer does not have the metric: {escape(listing(missing))}."
            shown.append(_html(note))
        titles = [(section, self._titles.get(section, section)) for section in cells]
        short = [[section, title.partition(":")[0]] for section, title in titles]
        if self._bar is None:
            self._bar = SectionBar(engine, titles=short)
        else:
            self._bar.titles = short
        for at, (section, title) in enumerate(titles):
            box = ipywidgets.Box(cells[section], layout=_layout(width="100%", display="grid"))
            box.add_class("nbl-cells")
            fold = ipywidgets.Accordion(
                children=[box],
                titles=(title,),
                selected_index=0,
                layout=_layout(width="100%", flex="0 0 auto"),
            )
            fold.add_class("nbl-fold")
            fold.add_class(f"nbl-fold-{at}")
            shown.append(fold)
            self._frames.append(box)
        self._frames += shown
        self.children = [self._bar, *shown]
        _close_all(old, [*old_cells, *unused.values()])

    def renew(self, engine: Engine) -> None:
        """Draw every metric anew: the table holds others, or other values."""
        self._redraw(engine, list(self._histograms))

    def _redraw(self, engine: Engine, keys: list[tuple[str, bool]]) -> None:
        old = [self._histograms.pop(key) for key in keys]
        engine.restructure(self.bins())
        self.fill(engine)
        for histogram in old:
            for part in histogram.owned:
                part.close()

    def _on_message(self, engine: Engine, name: str, widget: Any, content: Any, buffers: Any) -> None:
        """Draw a metric on the scale that was asked for."""
        del widget, buffers
        if isinstance(content, dict) and content.get("scale") in ("linear", "log", "clip"):
            self._scales[name] = content["scale"]
            self._redraw(engine, [key for key in self._histograms if f"/{key[0]}".endswith(f"/{name}")])

    def close(self) -> None:
        """Close everything the grid is made of."""
        for histogram in self._histograms.values():
            for widget in histogram.owned:
                widget.close()
        _close_all(self._frames, [*self._fields.values(), *self._cells])
        self._shared.close()
        if self._bar is not None:
            close_with_parts(self._bar)
        self._histograms, self._fields, self._cells, self._frames = {}, {}, [], []
        super().close()


def _close_all(frames: list[Any], sharing: list[Any]) -> None:
    """Close frames with their layouts, and widgets that share one without it."""
    for widget in frames:
        close_with_parts(widget)
    for widget in sharing:
        widget.close()


def close_parts(box: Any) -> None:
    """Close all widgets under ``parts`` of a box, and its layout, before the box itself; a second time does nothing."""
    for part in box.__dict__.pop("parts", {}).values():
        close_with_parts(part)
    if box.comm is not None:
        box.layout.close()


def close_with_parts(widget: Any) -> None:
    """Close a widget with the models it has made for itself."""
    for part in ("layout", "style"):
        if isinstance(getattr(widget, part, None), ipywidgets.Widget):
            getattr(widget, part).close()
    widget.close()


def _layout(**values: Any) -> Any:
    return ipywidgets.Layout(**values)


def _html(text: str) -> Any:
    widget = ipywidgets.HTML(f"<div class='nbl-limits-note'>{text}</div>")
    widget.layout.width = "100%"
    widget.layout.flex = "0 0 auto"
    return widget
