"""How the labels of a class are shown: as text, in a notebook, as a figure."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from ..labels import KEYS, broad
from ..metrics.shown_table import Row, counted, folded_html, html_table, on_screen, text_table
from ..plots.figure import Plot
from ..plots.palette import in_order, look
from ..unit_ids import as_text

if TYPE_CHECKING:
    from .class_comparison import ClassComparison

#: Units of the hardest ones that are shown.
HARDEST = 8
#: Letters of labels in the cells of the heat map.
_LETTERS = {label: key for key, label in KEYS.items()}


def class_as_text(found: ClassComparison) -> str:
    """Return the sentence, the table of students and the hardest units, on one screen."""
    heads, rows = student_rows(found)
    hard = "; ".join(
        f"{as_text(unit)} ({'' if found.truth is None else row['truth'] + '; '}given {row['given']})"
        for unit, row in zip(found.hardest.index[:3], found.hardest.to_dict("records"), strict=False)
    )
    parts = [_sentence(found), text_table(heads, rows, 30), f"Hardest units: {hard}." if hard else ""]
    return on_screen("\n".join(part for part in parts if part), ".students")


def class_as_html(found: ClassComparison) -> str:
    """Return the sentence, the students, the heat map and the hardest units with what gives them away."""
    hard = [
        Row(
            (
                as_text(unit),
                row["truth"] or "–",
                f"{round(100 * row['share'])} % of {row['labeled']}",
                row["given"],
                row["clue"],
                row["evidence"],
            ),
            "fail" if row["share"] < 0.5 else "pass",
        )
        for unit, row in zip(found.hardest.index[:HARDEST], found.hardest.to_dict("records"), strict=False)
    ]
    known = "right" if found.truth is not None else "gave the most frequent label"
    parts = [
        f"<p>{escape(_sentence(found))}</p>",
        html_table(*student_rows(found)),
        heat_map_html(found),
        html_table(["unit", "it is", known, "labels given", "clue", "evidence"], hard, "The hardest units")
        if hard
        else "",
        folded_html(
            f"{counted(len(found.skipped), 'file', 'files')} left out",
            html_table(["file", "why"], [Row(item) for item in found.skipped.items()])
            if found.skipped
            else "",
        ),
    ]
    return "".join(parts)


def student_rows(found: ClassComparison) -> tuple[list[str], list[Row]]:
    """Return the table of students as people read it."""
    rows = []
    for name, row in zip(found.names, found.students.to_dict("records"), strict=True):
        right = "–"
        if found.truth is not None and row["scored"]:
            right = (
                f"{row['right']} of {row['scored']} ({round(100 * row['share'])} %; "
                f"{round(100 * row['share_low'])} to {round(100 * row['share_high'])})"
            )
        marked = f"{name} (same as {row['same_as']})" if row["same_as"] else name
        rows.append(
            Row((marked, str(row["labeled"]), right, _kappa(row)), "pass" if row["labeled"] else "mute")
        )
    against = "with the truth" if found.truth is not None else "with most others"
    return ["student", "labeled", "right (%; 95 % interval)", f"kappa {against} (95 % interval)"], rows


def heat_map_html(found: ClassComparison) -> str:
    """Return students x shared units as a table of coloured cells; a wrong label has a frame."""
    units = found.shared
    if not units:
        return "<p>No unit is labeled by two students.</p>"
    table = found.labels.loc[units]
    truth = None if found.truth is None else found.truth.loc[units].tolist()
    every = sorted({broad(label) for label in table.to_numpy().ravel() if label is not None})
    cell = "width:18px;min-width:18px;padding:1px;text-align:center;font-size:10px;color:#000"
    heads = "".join(f"<th style='font-size:10px;padding:1px'>{escape(as_text(u))}</th>" for u in units)
    lines = []
    if truth is not None:
        cells = "".join(_cell(label, None, every, cell) for label in truth)
        lines.append(f"<tr><th style='text-align:left'>truth</th>{cells}</tr>")
    for name in found.names:
        given = [None if label is None else broad(label) for label in table[name]]
        cells = "".join(
            _cell(label, None if truth is None else truth[at], every, cell) for at, label in enumerate(given)
        )
        lines.append(f"<tr><th style='text-align:left'>{escape(name)}</th>{cells}</tr>")
    legend = ", ".join(f"{_LETTERS.get(label, label[:1])} {label}" for label in in_order(every))
    framed = "; a frame: not the truth" if truth is not None else ""
    return (
        f"<p>Labels on {len(units)} shared units ({escape(legend)}; empty: not labeled{framed})</p>"
        f"<div style='overflow-x:auto'><table><thead><tr><th></th>{heads}</tr></thead><tbody>{''.join(lines)}</tbody>"
        "</table></div>"
    )


def plot_class(found: ClassComparison, figsize: tuple[float, float] | None) -> Plot:
    """Draw the heat map; a cross marks a label that is not the truth."""
    import matplotlib.pyplot as plt
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    units = found.shared
    table = found.labels.loc[units]
    given = [[None if x is None else broad(x) for x in table[name]] for name in found.names]
    every = in_order(label for row in given for label in row if label is not None)
    rows, names = list(given), list(found.names)
    truth = None if found.truth is None else found.truth.loc[units].tolist()
    if truth is not None:
        rows, names = [truth, *rows], ["truth", *names]
    pixels = np.ones((len(rows), max(1, len(units)), 3))
    for r, row in enumerate(rows):
        for c, label in enumerate(row):
            if label is not None:
                pixels[r, c] = to_rgb(look(label, every).color)
    size = figsize or (max(4.0, 0.28 * len(units) + 2.2), 0.24 * len(rows) + 1.2)
    figure, axes = plt.subplots(figsize=size, layout="constrained")
    axes.imshow(pixels, aspect="auto", interpolation="nearest")
    if truth is not None:
        wrong = [
            (c, r + 1)
            for r, row in enumerate(given)
            for c, label in enumerate(row)
            if label is not None and truth[c] is not None and label != truth[c]
        ]
        if wrong:
            axes.plot(*zip(*wrong, strict=True), "x", color="black", markersize=5)
        axes.axhline(0.5, color="black", linewidth=1)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_xticks(range(len(units)), list(map(as_text, units)), fontsize=7, rotation=90)
    axes.set_xlabel("unit" if units else "no unit is labeled by two students")
    marked = "" if truth is None else " (×: not the truth)"
    axes.set_title(f"Labels of the class{marked}", fontsize=10, loc="left")
    shown = in_order({*every, *(label for label in truth or [] if label is not None)})
    axes.legend(
        handles=[Patch(color=look(label, every).color, label=label) for label in shown],
        loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8, frameon=False,
    )  # fmt: skip
    return Plot(figure, np.array([axes]))


def _cell(label: str | None, true: str | None, every: list[str], style: str) -> str:
    if label is None:
        return f"<td style='{style}'></td>"
    frame = ";outline:2px solid #d55e00;outline-offset:-2px" if true is not None and true != label else ""
    color = look(label, every).color
    words = f"{label}{f', not {true}' if frame else ''}"
    letter = escape(_LETTERS.get(label, label[:1]))
    return f"<td style='{style};background:{color}{frame}' title='{escape(words)}'>{letter}</td>"


def _kappa(row: Any) -> str:
    if np.isnan(row["kappa"]):
        none = "no others to compare with" if row["same_as"] else "no units to compare"
        return f"– (one label on {row['compared']} units)" if row["compared"] else f"– ({none})"
    if np.isnan(row["kappa_low"]):
        return f"{row['kappa']:.2f} (too few: {row['compared']} units)"
    return f"{row['kappa']:.2f} ({row['kappa_low']:.2f} to {row['kappa_high']:.2f})"


def _sentence(found: ClassComparison) -> str:
    given = int(found.labels.notna().to_numpy().sum())
    text = f"{len(found.names)} students gave {given} labels to {len(found.labels)} units"
    common = list(found.agreement["n_units"])
    text += f"; two students have {min(common)} to {max(common)} units in common."
    if found.truth is None:
        text += " No truth is known: kappa is that with the label most of the others gave."
    twins = list(dict.fromkeys(tuple(sorted((n, *o), key=found.names.index)) for n, o in found.same.items()))
    for group in twins[:3]:
        names = f"{', '.join(group[:-1])} and {group[-1]}"
        text += f" The labels of {names} are all the same: their agreement is no evidence and is not counted."
    if len(twins) > 3:
        text += (
            f" {counted(len(twins) - 3, 'more group has', 'more groups have')} the same labels (see .same)."
        )
    if found.skipped:
        text += f" Left out: {', '.join(list(found.skipped)[:6])}{' …' if len(found.skipped) > 6 else ''} (see .skipped)."
    return text
