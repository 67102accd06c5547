"""Draw the rooms of the package and of its front end, and what imports what: ``docs/images/architecture.svg``.

Both are read from the code; a test holds that the drawing is current.
"""

from __future__ import annotations

import ast
import re
from html import escape
from pathlib import Path

import nb_autolabel

PACKAGE = Path(nb_autolabel.__file__).parent
TARGET = PACKAGE.parent / "docs" / "images" / "architecture.svg"
SOURCES = PACKAGE.parent / "frontend" / "src"
#: From the ground up, with what each is for.
ROOMS = {
    "analyzer": "opens and writes SortingAnalyzers without unpickling",
    "metrics": "what each metric means; the table of values",
    "rules": "criteria, rules, the one trace, why and what if",
    "classifiers": "UnitRefine: apply, trust, train, adapt",
    "evidence": "what a unit is judged by, from spikes and template",
    "computing": "missing metrics: SpikeInterface, on arrays read here",
    "pairs": "two units: one cell or two, and merged",
    "plots": "static figures",
    "comparison": "agreement of methods and curators",
    "export": "files for other tools, report, journal",
    "session": "live labels: a labeler without a widget",
    "cohort": "many recordings: found, read, kept, compared",
    "widgets": "the engine, one widget a view, composition",
}


#: The browser's half, the same way.
FRONTEND = {
    "core": "rules, what if, bins, numbers: no page, no widget",
    "state": "store, protocol, the kernel that a saved page plays",
    "ui": "elements, canvases, handles, keys",
    "card": "pictures of one unit, one file a picture",
    "views": "one file a view",
    "hosts": "entries: the notebook, a view in it, a saved page",
}


def imports_of_module(file: Path) -> set[str]:
    """Return the rooms that an ES module imports."""
    return set(re.findall(r'^import .*"\.\./(\w+)/', file.read_text(encoding="utf-8"), re.MULTILINE))


def imports(file: Path) -> set[str]:
    """Return the rooms that a file imports at any place."""
    depth = len(file.relative_to(PACKAGE).parts)
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == depth and node.module:
            found.add(node.module.split(".")[0])
    return found


def column(rooms: dict[str, str], folder: Path, ending: str, left: int, bottom: int) -> str:
    """Return one column: a box a room, the ground below, a line to each room that it imports."""
    high, wide = 58, 520
    names = list(rooms)
    read = imports if ending == "py" else imports_of_module
    top = {room: bottom - high * (at + 1) for at, room in enumerate(names)}
    parts = []
    for room in names:
        uses = set().union(*(read(f) for f in (folder / room).rglob(f"*.{ending}"))) & set(names) - {room}
        for other in sorted(uses):
            reach = 14 + 22 * (names.index(room) - names.index(other))
            y0, y1 = top[room] + 22, top[other] + 14
            parts.append(
                f'<path d="M{left} {y0} C{left - reach} {y0} {left - reach} {y1} {left} {y1}" fill="none" '
                'stroke="#0072b2" stroke-opacity="0.55" marker-end="url(#tip)"/>'
            )
    for room, purpose in rooms.items():
        files = len([f for f in (folder / room).rglob(f"*.{ending}") if f.stem != "__init__"])
        y = top[room]
        parts.append(
            f'<rect x="{left}" y="{y}" width="{wide}" height="40" rx="5" fill="#e8f4f0" stroke="#009e73"/>'
            f'<text x="{left + 12}" y="{y + 25}" font-weight="bold">{room}</text>'
            f'<text x="{left + 100}" y="{y + 25}" fill="#444">{escape(purpose)} ({files} files)</text>'
        )
    return "".join(parts)


def svg() -> str:
    """Return the drawing: the package on the left, its front end on the right."""
    height = 44 + 58 * len(ROOMS)
    python = column(ROOMS, PACKAGE, "py", 250, height - 4)
    javascript = column(FRONTEND, SOURCES, "js", 920, height - 4)
    titles = (
        '<text x="250" y="20" font-weight="bold">nb_autolabel (Python)</text>'
        f'<text x="920" y="{height - 58 * len(FRONTEND) - 14}" font-weight="bold">frontend/src (JavaScript), '
        "built into nb_autolabel/static</text>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="1460" height="{height}" '
        'font-family="sans-serif" font-size="13"><defs><marker id="tip" viewBox="0 0 6 6" refX="6" refY="3" '
        'markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 6 3 0 6z" fill="#0072b2"/></marker></defs>'
        f'<rect width="100%" height="100%" fill="#fff"/>{titles}{python}{javascript}</svg>\n'
    )


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(svg(), encoding="utf-8")
    print(TARGET)
