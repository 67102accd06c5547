"""How a comparison is shown: as text on one screen, and in a notebook."""

from __future__ import annotations

from html import escape
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from ..metrics.shown_table import Row, counted, folded_html, html_table, on_screen, text_table
from ..unit_ids import as_text
from .agreement import FEWEST, Kappa

if TYPE_CHECKING:
    from .comparison import Comparison

#: Units with different labels that are listed.
_LISTED = 10
_CELL = "padding:2px 10px;text-align:right"


def comparison_text(found: Comparison) -> str:
    """Return the sentence, the agreement of every pair and, of one pair, its matrix."""
    lines = [_sentence(found), text_table(*_agreement(found), 20)]
    if len(found.names) == 2:
        lines.append(found.matrix().to_string(max_rows=12, max_cols=10))
    return on_screen("\n".join(lines), ".agreement")


def comparison_html(found: Comparison) -> str:
    """Return the sentence, the agreement, the matrices and the first disagreements."""
    pairs = list(combinations(found.names, 2))
    rows = [
        Row((as_text(unit), *map(str, row[:-1]), "–" if np.isnan(row[-1]) else f"{row[-1]:.2f}"), "fail")
        for unit, row in zip(
            found.disagreements.index[:_LISTED],
            found.disagreements.head(_LISTED).to_numpy().tolist(),
            strict=True,
        )
    ]
    many = len(found.disagreements)
    listed = html_table(["unit", *found.names, "confidence"], rows) if rows else ""
    matrices = [_matrix(found, *pair) for pair in pairs]
    return (
        f"<p>{escape(_sentence(found))}</p>"
        + html_table(*_agreement(found))
        + matrices[0]
        + folded_html(counted(len(matrices) - 1, "more pair", "more pairs"), "".join(matrices[1:]))
        + folded_html(
            f"{many} units they disagree on" + (f", the first {_LISTED}" if many > _LISTED else ""), listed
        )
    )


def _agreement(found: Comparison) -> tuple[list[str], list[Row]]:
    rows = []
    for (one, other), row in zip(found.agreement.index, found.agreement.to_dict("records"), strict=True):
        kappa = Kappa(**{str(name): value for name, value in row.items()})
        rows.append(
            Row(
                (
                    str(one),
                    str(other),
                    f"{100 * kappa.agreement:.0f} %",
                    str(kappa.n_units),
                    kappa.text.removeprefix("kappa "),
                )
            )
        )
    return ["first", "second", "same label", "units", "kappa"], rows


def _matrix(found: Comparison, one: str, other: str) -> str:
    """Return a matrix with its agreeing cells green and its disagreeing cells red, the stronger the more units."""
    table = found.matrix(one, other)
    counts: Any = table.to_numpy()
    most = max(1, int(counts.max()))
    head = "".join(f"<th style='{_CELL}'>{escape(str(name))}</th>" for name in table.columns)
    lines = []
    for r, name in enumerate(table.index):
        cells = ""
        for c in range(len(table.columns)):
            many = int(counts[r, c])
            color = "0,158,115" if r == c else "213,94,0"
            shade = f";background:rgba({color},{0.1 + 0.5 * many / most:.2f})" if many else ""
            cells += f"<td style='{_CELL}{shade}'>{many or '·'}</td>"
        lines.append(f"<tr><th style='text-align:left'>{escape(str(name))}</th>{cells}</tr>")
    corner = f"<th style='text-align:left'>{escape(one)} ↓ {escape(other)} →</th>"
    return f"<table><thead><tr>{corner}{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _sentence(found: Comparison) -> str:
    text = f"{len(found.labels)} units labeled by {', '.join(found.names)}"
    if found.left_out:
        text += f" ({len(found.left_out)} left out, not labeled by all)"
    few = "" if len(found.labels) >= FEWEST else f"; too few units (below {FEWEST}) for intervals of kappa"
    return f"{text}; {len(found.disagreements)} with different labels{few}"
