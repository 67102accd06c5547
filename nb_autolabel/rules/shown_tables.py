"""Why and what if as people read them: shown units, failures first, what has no effect folded."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from ..metrics.formatting import limits_in_words, number, value_in_words
from ..metrics.shown_table import Row, counted, folded_html, html_table, on_screen, text_table

if TYPE_CHECKING:
    import pandas as pd

    from .explanation import Explanation
    from .sensitivity import Sensitivity

#: Sign, tone and place of the states of a criterion.
_STATES = {
    "fail": ("✗", "fail", 0),
    "nan": ("–", "warn", 1),
    "pass": ("✓", "pass", 2),
    "inactive": ("", "mute", 3),
}


def explanation_rows(found: Explanation) -> tuple[list[str], list[Row], list[Row]]:
    """Return the heads, the criteria that were judged (failures first), and those that are off."""
    judged: list[tuple[int, int, Row]] = []
    off: list[Row] = []
    for at, (key, row) in enumerate(zip(found.table.index, found.table.to_dict("records"), strict=True)):
        name, state = str(row["metric"]), str(row["state"])
        sign, tone, place = _STATES[state]
        low, high = (None if _is_none(row[end]) else float(row[end]) for end in ("min", "max"))
        value = float(row["value"])
        beside = abs(float(row["margin"])) if state == "fail" else np.nan
        cells = (
            sign,
            str(key),
            "no value" if np.isnan(value) else value_in_words(name, value),
            limits_in_words(name, low, high),
            "" if np.isnan(beside) else value_in_words(name, beside),
            "yes" if row["reason"] else "",
        )
        if state == "inactive":
            off.append(Row(cells, tone))
        else:
            judged.append((place, at, Row(cells, tone)))
    heads = ["", "criterion", "value", "wanted", "beyond by", "gives the label"]
    return heads, [row for _, _, row in sorted(judged, key=lambda one: one[:2])], off


def explanation_html(found: Explanation) -> str:
    """Return an explanation for a notebook."""
    heads, judged, off = explanation_rows(found)
    decided = escape(found.by_hand or found.rule)
    first = f"<p><strong>unit {escape(str(found.unit_id))}: {escape(found.label)}</strong>, {decided}</p>"
    changes = "".join(
        f"<li>To be <strong>{escape(change.label)}</strong>: {escape(change.text)}.</li>"
        for change in found.changes
    )
    return (
        first
        + html_table(heads, judged)
        + folded_html(
            counted(len(off), "criterion is off or has no metric", "criteria are off or have no metric"),
            html_table(heads, off) if off else "",
        )
        + (f"<ul>{changes}</ul>" if changes else "")
        + folded_html("in sentences", f"<pre>{escape(found.text)}</pre>")
    )


def sensitivity_rows(found: Sensitivity) -> tuple[list[str], list[Row], list[Row]]:
    """Return the heads, the limits that gain units of the label, and those without effect."""
    now = found.trace.counts()[found.target]
    gaining: list[Row] = []
    without: list[Row] = []
    for row in found.table.to_dict("records"):
        name = found.trace.rule_set[row["criterion"]].metric
        limit, bound = float(row["limit"]), str(row["bound"])
        words = [
            limits_in_words(name, *((at, None) if bound == "min" else (None, at)))
            for at in (limit, float(row["at"]))
        ]
        gain = int(row["most"]) - now
        if gain > 0:
            cells = (
                str(row["criterion"]),
                words[0],
                words[1],
                f"{row['most']} (+{gain})",
                number(float(row["per_step"])),
            )
            gaining.append(Row(cells))
        else:
            without.append(Row((str(row["criterion"]), words[0], "", str(now), "0"), "mute"))
    heads = ["criterion", "limit now", "limit with the most", f"{found.target} units", "gained a step"]
    return heads, gaining, without


def sensitivity_text(found: Sensitivity) -> str:
    """Return what moving single limits would do, on one screen."""
    heads, gaining, without = sensitivity_rows(found)
    lines = [found.text]
    if gaining:
        lines += ["", text_table(heads, gaining, 24)]
    if without:
        lines.append(
            f"{counted(len(without), 'other limit gains', 'other limits gain')} no {found.target} units (.table has all)."
        )
    return on_screen("\n".join(lines), ".table")


def sensitivity_html(found: Sensitivity) -> str:
    """Return what moving single limits would do, for a notebook."""
    heads, gaining, without = sensitivity_rows(found)
    words = escape(found.text).replace("\n", "<br>")
    return (
        f"<p>{words}</p>"
        + (html_table(heads, gaining) if gaining else "")
        + folded_html(
            f"{counted(len(without), 'limit gains', 'limits gain')} no {found.target} units",
            html_table(heads, without) if without else "",
        )
    )


def missing_rows(table: pd.DataFrame, n_units: int) -> tuple[list[str], list[Row], list[Row]]:
    """Return the heads, the criteria where values are missing (what decides most first), and the complete ones."""
    gaps: list[tuple[int, int, int, Row]] = []
    complete: list[Row] = []
    for at, (key, row) in enumerate(zip(table.index, table.to_dict("records"), strict=True)):
        missing, decided, state = int(row["missing"]), int(row["decided"]), str(row["state"])
        absent = state in ("not in the table", "arbitrary units")
        share = f"{missing} of {n_units} ({round(100 * missing / n_units)} %)" if n_units else "0"
        cells = (
            str(key),
            "all (no metric)"
            if state == "not in the table"
            else "all (arbitrary units)"
            if absent
            else share,
            "–" if absent or state == "off" else str(row["counts_as"]),
            "–" if absent or state == "off" else str(decided),
            {"active": "on"}.get(state, state),
        )
        if not missing:
            complete.append(Row(cells, "mute"))
        else:
            tone = "fail" if decided else "warn" if absent else "pass"
            gaps.append((-decided, -int(absent), at, Row(cells, tone)))
    heads = ["criterion", "missing", "counts as", "labels that would change", "criterion is"]
    return heads, [row for *_, row in sorted(gaps, key=lambda one: one[:3])], complete


def missing_sentence(table: pd.DataFrame) -> str:
    """Say in one sentence what depends on missing values."""
    deciding = int((table["decided"] > 0).sum())
    if not deciding:
        return "No label depends on the missing values of a single criterion."
    most = int(table["decided"].max())
    name = str(table["decided"].idxmax())
    one = f"{most} label{'s depend' if most != 1 else ' depends'} on missing values of {name}"
    return (
        f"{one}."
        if deciding == 1
        else f"Missing values of {deciding} criteria decide labels; most of {name}: {most}."
    )


def _is_none(value: Any) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))
