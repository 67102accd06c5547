"""Draw the rooms of the package and what imports what, read from the code: ``docs/images/architecture.svg``."""

from __future__ import annotations

import ast
from html import escape
from pathlib import Path

import nb_autolabel

PACKAGE = Path(nb_autolabel.__file__).parent
TARGET = PACKAGE.parent / "docs" / "images" / "architecture.svg"
#: From the ground up, with what each is for.
ROOMS = {
    "analyzer": "opens and writes SortingAnalyzers without unpickling",
    "metrics": "what each metric means; the table of values",
    "rules": "criteria, rules, the one trace, why and what if",
    "classifiers": "UnitRefine: apply, trust, train, adapt",
    "plots": "static figures",
    "comparison": "agreement of methods and curators",
    "export": "files for other tools, report, journal",
    "widgets": "session, engine (Python and JavaScript), views",
}


def imports(file: Path) -> set[str]:
    """Return the rooms that a file imports at any place."""
    depth = len(file.relative_to(PACKAGE).parts)
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == depth and node.module:
            found.add(node.module.split(".")[0])
    return found


def svg() -> str:
    """Return the drawing: one box a room, the ground below, a line to each room that it imports."""
    names = list(ROOMS)
    high, wide, left = 58, 520, 250
    uses = {
        room: set().union(*(imports(f) for f in (PACKAGE / room).glob("*.py"))) & set(names) - {room}
        for room in names
    }
    top = {room: 20 + high * (len(names) - 1 - at) for at, room in enumerate(names)}
    parts = []
    for room in names:
        for other in sorted(uses[room]):
            reach = 14 + 22 * (names.index(room) - names.index(other))
            y0, y1 = top[room] + 22, top[other] + 14
            parts.append(
                f'<path d="M{left} {y0} C{left - reach} {y0} {left - reach} {y1} {left} {y1}" fill="none" '
                'stroke="#0072b2" stroke-opacity="0.55" marker-end="url(#tip)"/>'
            )
    for room, purpose in ROOMS.items():
        files = len(list((PACKAGE / room).glob("*.py"))) - 1
        y = top[room]
        parts.append(
            f'<rect x="{left}" y="{y}" width="{wide}" height="40" rx="5" fill="#e8f4f0" stroke="#009e73"/>'
            f'<text x="{left + 12}" y="{y + 25}" font-weight="bold">{room}</text>'
            f'<text x="{left + 120}" y="{y + 25}" fill="#444">{escape(purpose)} ({files} files)</text>'
        )
    height = 20 + high * len(names)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + wide + 20}" height="{height}" '
        'font-family="sans-serif" font-size="13"><defs><marker id="tip" viewBox="0 0 6 6" refX="6" refY="3" '
        'markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 6 3 0 6z" fill="#0072b2"/></marker></defs>'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(svg(), encoding="utf-8")
    print(TARGET)
