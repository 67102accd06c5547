"""Tables as people read them: as text that fits on a screen, and as HTML for a notebook."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

#: Characters of a line, and lines, that a text shows at most.
WIDTH, HEIGHT = 100, 40
#: Backgrounds of rows by their tone; they are seen on white and on black.
_TONES = {
    "fail": "background:rgba(213,94,0,0.18)",
    "pass": "",
    "warn": "background:rgba(230,159,0,0.18)",
    "mute": "opacity:0.65",
}


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes
    ----------
    cells : tuple of str
    tone : {"pass", "fail", "warn", "mute"}
        "fail" and "warn" are coloured, "mute" is faint.
    """

    cells: tuple[str, ...]
    tone: str = "pass"


def on_screen(text: str, more: str = "") -> str:
    """Return text of lines of at most 100 characters and at most 40 lines.

    Longer lines are wrapped at blanks, and what follows a blank line's indent keeps it. Lines that are left out are
    counted in the last one.

    Parameters
    ----------
    text : str
    more : str
        Where the rest is, like ``.table``.
    """
    lines: list[str] = []
    for line in text.splitlines():
        inner = line[: len(line) - len(line.lstrip())][: WIDTH // 2]
        lines += textwrap.wrap(
            line, WIDTH, subsequent_indent=f"{inner}  ", break_on_hyphens=False, drop_whitespace=True
        ) or [""]
    if len(lines) > HEIGHT:
        rest = len(lines) - HEIGHT + 1
        lines = [*lines[: HEIGHT - 1], f"… {rest} more lines{f'; {more} has all' if more else ''}"]
    return "\n".join(lines)


def text_table(heads: Sequence[str], rows: Sequence[Row], most: int = HEIGHT - 6) -> str:
    """Return a table as text of at most 100 characters a line.

    Parameters
    ----------
    heads : sequence of str
    rows : sequence of Row
    most : int
        Rows that are shown; the others are counted.
    """
    if not rows:
        return ""
    shown = [tuple(heads), *(row.cells for row in rows[:most])]
    widths = [max(len(cells[at]) for cells in shown) for at in range(len(heads))]
    while sum(widths) + 2 * (len(widths) - 1) > WIDTH and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    lines = [
        "  ".join(_cut(cell, width).ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for cells in shown
    ]
    if len(rows) > most:
        lines.append(f"… and {len(rows) - most} more")
    return "\n".join(lines)


def html_table(heads: Sequence[str], rows: Iterable[Row], caption: str = "") -> str:
    """Return a table as HTML; everything in it is text."""
    style = "text-align:left;padding:2px 8px;vertical-align:top"
    head = "".join(f"<th style='{style}'>{escape(name)}</th>" for name in heads)
    lines = []
    for row in rows:
        cells = "".join(f"<td style='{style}{_wrapping(cell)}'>{escape(cell)}</td>" for cell in row.cells)
        lines.append(f"<tr style='{_TONES[row.tone]}'>{cells}</tr>")
    title = f"<caption style='text-align:left'>{escape(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def folded_html(summary: str, inner: str) -> str:
    """Return HTML that is opened by a click; empty where there is nothing in it."""
    return f"<details><summary>{escape(summary)}</summary>{inner}</details>" if inner else ""


def counted(many: int, one: str, several: str) -> str:
    """Return a number with its words: ``counted(1, "limit gains", "limits gain")`` is "1 limit gains"."""
    return f"{many} {one if many == 1 else several}"


def _wrapping(text: str) -> str:
    """Return the style that keeps short text, such as a limit with its unit, in one line."""
    return ";white-space:nowrap" if len(text) <= 30 else ""


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
