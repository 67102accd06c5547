"""A page on many recordings: their table, those that stand out, distributions by group, and the words for a paper."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._version import __version__
from ..analyzer.atomic_write import target_path
from ..analyzer.file_kinds import HTML
from ..analyzer.kinds import refuse_foreign
from ..errors import NoMetricsError, SelectionError, UnknownFormatError, listing, suggestion
from ..export.writing import write_file
from ..metrics.registry import metric
from ..metrics.too_small import too_small_in_words
from ..plots.palette import look
from ..session.report import Section, body_of, silently
from .deviations import WATCHED

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from .cohort import Cohort

#: A described column is a group if it has at least two and at most this many values.
MOST_GROUPS = 40
_LIVE = "All units, live"
#: Of the sections, beside a labeler that has its own style; in light and dark.
_STYLE = """
.nbl-report{font:15px/1.5 system-ui,sans-serif;max-width:1500px;margin:0 auto;padding:4px 16px}
.nbl-report h1{font-size:24px;margin:12px 0 0}.nbl-report h2{font-size:19px;margin:22px 0 6px}
.nbl-report p{margin:6px 0;max-width:105ch}.nbl-report nav{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:14px}
.nbl-report img{max-width:100%;height:auto;background:#fff}.nbl-report .table{overflow:auto;max-height:75vh}
.nbl-report table{border-collapse:collapse;font-size:13px;border:0}
.nbl-report td,.nbl-report th{padding:2px 10px;text-align:right;border:0;border-bottom:1px solid #8884}
.nbl-report thead th{position:sticky;top:0;background:Canvas}.nbl-report tbody th{font-weight:400;text-align:left}
"""
#: Metrics whose distributions are drawn.
_DRAWN = 8


def write_report(cohort: Cohort, path: Any, *, by: str | None = None, overwrite: bool = False) -> Path:
    """Write the page; see :meth:`Cohort.report`."""
    target = target_path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise UnknownFormatError(f"the report of a cohort is a file ending in .html, not {target.name!r}.")
    refuse_foreign(target, HTML, overwrite)
    groups = _groups(cohort, by)
    if not cohort.readings:
        raise NoMetricsError(
            f"none of {len(cohort.places)} recordings could be read; there is nothing to report."
        )
    with silently():
        content = _page(cohort, _sections(cohort, groups))
    write_file(target, content, HTML, overwrite)
    return target


def _page(cohort: Cohort, sections: list[Section]) -> str:
    """Return the page: what to know at first, the live labels of all units, and the rest."""
    title = "Labels of many recordings"
    names = [(section.anchor, section.title) for section in sections]
    first = 2
    names.insert(first, ("nbl-live", _LIVE))
    links = "".join(f"<a href='#{escape(anchor)}'>{escape(name)}</a>" for anchor, name in names)
    before = (
        f"<header class='nbl-report'><h1>{title}</h1><p>{escape(_about(cohort))}; nb_autolabel {__version__}</p>"
        f"<nav>{links}</nav></header><section class='nbl-report'>{body_of(sections[:first])}"
        f"<h2 id='nbl-live'>{_LIVE}</h2><p>Drag a limit: the labels of all units, the recordings and every view follow. "
        "What the other sections of this page say is as it was when the page was written.</p></section>"
    )
    after = f"<section class='nbl-report'>{body_of(sections[first:])}</section>"
    # The widgets are a room above this one, so they are looked up when a page is asked for.
    live_report = import_module("nb_autolabel.widgets.live_report")
    text: str = live_report.with_live_labels(cohort.live, title, before, after, _STYLE)
    return text


def _about(cohort: Cohort) -> str:
    broken = len(cohort.problems)
    more = f", {broken} could not be read" if broken else ""
    return f"{len(cohort.names)} recordings{more}, {len(cohort.recording_of)} units"


def _groups(cohort: Cohort, by: str | None) -> list[str]:
    """Return the described columns by which recordings are grouped.

    Raises
    ------
    SelectionError
        If there is no column of that name.
    """
    about = cohort.about.loc[cohort.names]
    if by is not None:
        if by not in about.columns:
            raise SelectionError(
                f"there is no column {by!r} that describes recordings.{suggestion(by, about.columns)} "
                f"There are: {listing(about.columns)}."
            )
        return [by]
    return [str(name) for name in about.columns if 2 <= about[name].astype(str).nunique() <= MOST_GROUPS]


def _sections(cohort: Cohort, groups: Sequence[str]) -> list[Section]:
    sessions, trace = cohort.sessions, cohort.trace
    labels = [name for name in trace.names if f"{name}_share" in sessions]
    first = Section("Summary")
    counts = trace.counts()
    total = max(1, len(trace.table))
    first.parts += [
        ", ".join(f"{many} {name} ({100 * many / total:.1f} %)" for name, many in counts.items() if many)
        or "no units",
        *filter(None, [too_small_in_words(trace.table)]),
        cohort.live.methods_text(),
    ]
    odd = Section("Recordings that stand out")
    strange = sessions.loc[sessions["stands_out"] != "", ["units", "stands_out"]]
    odd.parts += (
        [strange] if len(strange) else ["No recording differs from the others by more than is usual."]
    )
    if len(cohort.problems):
        odd.parts += ["These could not be read:", cohort.problems]
    told = Section("Recordings")
    told.parts += [
        _table(sessions, labels, list(cohort.about.columns)),
        _bars(sessions.loc[cohort.names], labels),
    ]
    sections = [first, odd, told]
    for group in groups:
        section = Section(f"By {group}")
        section.parts += [_by_group(cohort, group, labels), *_distributions(cohort, group)]
        sections.append(section)
    if not groups:
        section = Section("Distributions")
        section.parts += _distributions(cohort, None)
        sections.append(section)
    return sections


def _table(sessions: pd.DataFrame, labels: Sequence[str], about: Sequence[Any]) -> pd.DataFrame:
    """Return the table to read: shares in percent with their intervals."""
    described = [name for name in about if name in sessions] + [
        f"{n} (given)" for n in about if f"{n} (given)" in sessions
    ]
    made = sessions[[*described, "units"]].copy()
    for name in labels:
        parts = zip(*(100 * sessions[f"{name}_{what}"] for what in ("share", "low", "high")), strict=True)
        made[f"{name} %"] = [
            "" if np.isnan(s) else f"{s:.0f} ({low:.0f} to {high:.0f})" for s, low, high in parts
        ]
    for name in ("decides", "metrics_missing", "other_settings", "other_version", "stands_out", "problem"):
        if (sessions[name] != "").any():
            made[name.replace("_", " ")] = sessions[name]
    return made


def _by_group(cohort: Cohort, group: str, labels: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    of = cohort.about.loc[cohort.names, group].astype(str).to_numpy()
    sessions = cohort.sessions.loc[cohort.names]
    counts = sessions[["units", *labels]].groupby(of).sum()
    shares = {f"{name} %": 100 * counts[name] / counts["units"].clip(lower=1) for name in labels}
    made = pd.DataFrame({"recordings": pd.Series(of).value_counts(), "units": counts["units"], **shares})
    return made.round(1).rename_axis(group)


def _bars(sessions: pd.DataFrame, labels: Sequence[str]) -> Figure:
    """Draw the shares of the labels of each recording, one line each, in the order of the table."""
    from matplotlib.figure import Figure

    height = min(60.0, 1.2 + 0.2 * len(sessions))
    figure = Figure(figsize=(9, height), layout="constrained")
    axes = figure.subplots()
    at = np.arange(len(sessions))
    left = np.zeros(len(sessions))
    for name in labels:
        share = sessions[f"{name}_share"].fillna(0).to_numpy()
        axes.barh(at, share, left=left, color=look(name, labels).color, label=name, height=0.85)
        left += share
    marked = [
        f"{name} *" if odd else name for name, odd in zip(sessions.index, sessions["stands_out"], strict=True)
    ]
    axes.set_yticks(at, marked, fontsize=7, parse_math=False)
    axes.set(xlim=(0, 1), ylim=(len(sessions) - 0.4, -0.6), xlabel="share of units (* stands out)")
    figure.legend(loc="outside upper center", ncols=max(1, len(labels)), frameon=False)
    return figure


def _distributions(cohort: Cohort, group: str | None) -> list[Any]:
    """Draw the watched metrics: one box a group, or one a recording."""
    from matplotlib.figure import Figure

    table = cohort.trace.table
    there = [
        name for name in dict.fromkeys([*WATCHED, *_metrics_of(cohort)]) if table.find(name) is not None
    ][:_DRAWN]
    names = list(cohort.names)
    of = cohort.recording_of
    if group is not None:
        texts = cohort.about.loc[cohort.names, group].astype(str).tolist()
        names = sorted(set(texts))
        of = np.array([names.index(text) for text in texts])[of]
    if not there or len(names) > 4 * MOST_GROUPS:
        return []
    rows = -(-len(there) // 2)
    figure = Figure(figsize=(11, rows * (1.1 + 0.16 * len(names))), layout="constrained")
    every = np.atleast_1d(figure.subplots(rows, 2, squeeze=False)).ravel()
    for axes, name in zip(every, there, strict=False):
        known = metric(name)
        values = table.values(name).astype(np.float64) * known.factor
        parts = [values[(of == at) & np.isfinite(values)] for at in range(len(names))]
        axes.boxplot(
            parts, orientation="horizontal", showfliers=False, widths=0.7, medianprops={"color": "#d55e00"}
        )
        axes.set_yticks(np.arange(len(names)) + 1, names, fontsize=6, parse_math=False)
        axes.invert_yaxis()
        if (
            known.scale == "log"
            and all((part > 0).all() for part in parts)
            and any(len(part) for part in parts)
        ):
            axes.set_xscale("log")
        axes.set_title(known.title, fontsize=9)
    for axes in every[len(there) :]:
        axes.axis("off")
    return ["Boxes: quarters and median; whiskers: 1.5 times the box.", figure]


def _metrics_of(cohort: Cohort) -> list[str]:
    return [criterion.metric for criterion in cohort.trace.rule_set.criteria if criterion.active]
