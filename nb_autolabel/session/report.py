"""All three methods on one analyzer as one file to read: figures, tables, and the words for a paper."""

from __future__ import annotations

import base64
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._version import __version__
from ..analyzer.analyzer import Analyzer
from ..analyzer.atomic_write import target_path
from ..analyzer.file_kinds import HTML, PDF
from ..analyzer.kinds import refuse_foreign
from ..analyzer.load import load
from ..comparison.comparing import compare
from ..comparison.comparison import Comparison
from ..errors import AutolabelError, UnknownFormatError
from ..export.writing import write_file
from ..metrics.table import MetricTable
from ..plots.metric_histograms import plot_metric_histograms
from ..plots.unit_labels import plot_unit_labels
from ..plots.upset import plot_bombcell_labels_upset
from ..rules.explanation import only_for_want_of_values
from ..rules.presets import simple_thresholds
from .live_labels import LiveLabels
from .live_methods import LiveBombcell, LiveThresholds
from .live_unitrefine import LiveUnitRefine

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Content security policy of a report: no scripts, no connections, only embedded images.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"
#: Dots per inch of figures.
_DPI = 90


class Section:
    """A title with words, tables and figures."""

    def __init__(self, title: str) -> None:
        self.title = title
        #: Name by which a link in the page finds it.
        self.anchor = re.sub(r"\W+", "-", title).strip("-").lower()
        self.parts: list[Any] = []


def report(
    analyzer: Any,
    path: Any,
    *,
    thresholds: Any = None,
    bombcell_thresholds: Any = None,
    overwrite: bool = False,
) -> Path:
    """Write figures and tables of all three methods into one file.

    Parameters
    ----------
    analyzer : Analyzer, spikeinterface.SortingAnalyzer or path
    path : path
        Ending in ``.html`` (one file that loads nothing) or ``.pdf``.
    thresholds : dict, optional
        Of the simple filter. None: those of the how-to whose metrics are there.
    bombcell_thresholds : dict, optional
        None: the default ones.
    overwrite : bool, default: False

    Returns
    -------
    pathlib.Path

    Raises
    ------
    UnknownFormatError, AlreadyExistsError, ForeignTargetError, WriteError, NoMetricsError
    """
    target = target_path(path)
    kind = {".html": HTML, ".pdf": PDF}.get(target.suffix.lower())
    if kind is None:
        raise UnknownFormatError(f"a report is a file ending in .html or .pdf, not {target.name!r}.")
    refuse_foreign(target, kind, overwrite)
    analyzer = load(analyzer)
    with silently():
        sections = _sections(analyzer, thresholds, bombcell_thresholds)
        content = as_html(sections, _about(analyzer)) if kind is HTML else _as_pdf(sections)
    write_file(target, content, kind, overwrite)
    return target


@contextmanager
def silently() -> Iterator[None]:
    """Draw without a display, close all figures, and ignore warnings: the report states them in its text."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    before = set(plt.get_fignums())
    with warnings.catch_warnings(), mpl.rc_context({"figure.max_open_warning": 0}):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            for number in set(plt.get_fignums()) - before:
                plt.close(number)


def _sections(analyzer: Analyzer, simple: Any, bombcell: Any) -> list[Section]:
    table = MetricTable.of(analyzer)
    if simple is None:
        simple = simple_thresholds(table)
    every: list[LiveLabels] = []
    if simple:
        every.append(LiveThresholds(analyzer, simple, journal=None))
    every.append(LiveBombcell(analyzer, bombcell, journal=None))
    remark = ""
    try:
        every.append(LiveUnitRefine(analyzer, journal=None))
    except AutolabelError as error:
        remark = f"UnitRefine could not label: {error}"
    first = Section("Summary")
    first.parts += [_counts(every), *([remark] if remark else [])]
    sections = [first]
    for live in every:
        section = Section(live.title)
        section.parts.append(live.methods_text())
        labels = live.trace.labels
        if analyzer.has_extension("templates"):
            section.parts.append(plot_unit_labels(analyzer, labels).figure)
        if isinstance(live, LiveBombcell):
            section.parts.append(plot_metric_histograms(analyzer, bombcell, unit_labels=labels).figure)
            wanting = only_for_want_of_values(live.rule_set)
            drawn = [
                label
                for label in live.trace.names
                if label not in wanting and live.trace.reasons(label).any(axis=None)
            ]
            if drawn:
                section.parts += plot_bombcell_labels_upset(
                    analyzer, labels, bombcell, unit_labels_to_plot=drawn
                ).figures
        elif isinstance(live, LiveThresholds):
            section.parts.append(plot_metric_histograms(analyzer, simple, unit_labels=labels).figure)
        section.parts += ["What single limits would gain:", live.sensitivity().table.head(8)]
        sections.append(section)
    if len(every) > 1:
        found = compare(*(live.trace for live in every), names=[live.title for live in every])
        sections.append(_agreement(found))
    return sections


def _counts(every: list[LiveLabels]) -> Any:
    import pandas as pd

    return pd.DataFrame({live.title: pd.Series(live.counts) for live in every}).fillna(0).astype(int)


def _agreement(found: Comparison) -> Section:
    section = Section("Agreement")
    differ = len(found.disagreements)
    section.parts += [
        f"{differ} of {len(found.labels)} units are labeled differently by some method. Cohen's kappa:",
        found.agreement.round(3),
        found.plot().figure,
        f"Units labeled differently, {found.disagreements_order}:",
        found.disagreements.head(25).round(3),
    ]
    return section


def _png(figure: Figure) -> bytes:
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=_DPI, bbox_inches="tight")
    return content.getvalue()


def _about(analyzer: Analyzer) -> str:
    channels = "" if analyzer.only_metrics else f", {analyzer.get_num_channels()} channels"
    return f"{analyzer.get_num_units()} units{channels}"


def as_html(sections: list[Section], about: str, title: str = "Unit labels") -> str:
    """Return sections as one page that loads nothing and runs no code.

    Parameters
    ----------
    sections : list of Section
        Text, tables (anything with ``to_html``) and figures of matplotlib.
    about : str
        Line below the title.
    title : str
    """
    about = f"{about}; nb_autolabel {__version__}"
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'>"
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><title>{escape(title)}</title><style>'
        "body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:2em auto;padding:0 1em;color:#222;"
        "background:#fff}img{max-width:100%;height:auto}table{border-collapse:collapse;font-size:13px}"
        "td,th{padding:2px 10px;text-align:right;border-bottom:1px solid #ddd}.table{overflow-x:auto}</style>"
        f"<h1>{escape(title)}</h1><p>{escape(about)}</p>{body_of(sections)}</html>\n"
    )


def body_of(sections: list[Section]) -> str:
    """Return the HTML of sections, one heading each; see :func:`as_html`."""
    body = []
    for section in sections:
        body.append(f"<h2 id='{section.anchor}'>{escape(section.title)}</h2>")
        for part in section.parts:
            if isinstance(part, str):
                body += [f"<p>{escape(line)}</p>" for line in part.splitlines() if line]
            elif hasattr(part, "to_html"):
                body.append(f"<div class='table'>{part.to_html(float_format=lambda v: f'{v:.4g}')}</div>")
            else:
                image = base64.b64encode(_png(part)).decode()
                body.append(f"<img alt='{escape(section.title)}' src='data:image/png;base64,{image}'>")
    return "".join(body)


def _as_pdf(sections: list[Section]) -> bytes:
    import textwrap

    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    content = io.BytesIO()
    with PdfPages(content) as pages:
        for section in sections:
            lines: list[str] = []
            figures = []
            for part in section.parts:
                if isinstance(part, str):
                    lines += [
                        wrapped for line in part.splitlines() for wrapped in textwrap.wrap(line, 105) or [""]
                    ]
                elif hasattr(part, "to_string"):
                    lines += ["", *part.to_string(float_format=lambda v: f"{v:.4g}").splitlines(), ""]
                else:
                    figures.append(part)
            for start in range(0, max(1, len(lines)), 60):
                page = Figure(figsize=(8.3, 11.7))
                page.text(0.08, 0.95, section.title, fontsize=16, weight="bold", va="top", parse_math=False)
                page.text(
                    0.08,
                    0.91,
                    "\n".join(lines[start : start + 60]),
                    fontsize=7,
                    family="monospace",
                    va="top",
                    parse_math=False,
                )
                pages.savefig(page)
            for figure in figures:
                pages.savefig(figure, bbox_inches="tight")
    return content.getvalue()
