"""Execute the notebooks and write each as a page of the documentation, with its figures and its widgets as saved pages.

    python scripts/render_notebooks.py [NAME ...]

Writes ``build/notebooks/<name>.md`` and the folder ``build/notebooks/<name>/``; ``mkdocs build`` takes them from there (see
``docs_hooks.py``). A page that was made from the same notebook and the same package is left as it is.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbconvert import MarkdownExporter

REPO = Path(__file__).parents[1]
RENDERED = REPO / "build" / "notebooks"
#: Notebooks that have a page, in the order of the navigation, and what each is for.
PAGES = {
    "auto_label_units": "The tutorial: every function of SpikeInterface's how-to, and the live widgets.",
    "your_own_data": "From your own recording or Kilosort folder to labels.",
    "understand_thresholds": "What each threshold asks, and what it decides.",
    "many_recordings": "Forty recordings labeled with the same limits.",
    "train_a_classifier": "A classifier from labels of your own.",
    "compare_methods": "Where methods, presets and curators differ, and why.",
    "workshop": "Thirty units to label, with a score.",
    "workshop_solutions": "The solutions of the workshop, and the labels of a class.",
}
WIDGET = "application/vnd.jupyter.widget-view+json"
#: Run after a cell that shows a widget: saves it as a page where it can be.
SAVE = """
import IPython
getattr([*IPython.get_ipython().user_ns["_oh"].values()][-1], "save_html", lambda path: None)({path!r})
"""
#: What stands in for widgets that only a running notebook shows.
PICTURES = {
    "LabelingSession": (
        "guide_session.png",
        "A labeling session: the card of a unit, and buttons and keys for labels",
    ),
    "CompareTable": ("guide_compare.png", "Methods side by side, and the units they disagree on"),
}


def main(names: list[str]) -> None:
    """Render the notebooks that changed."""
    for name in names or PAGES:
        key = key_of(name)
        kept = RENDERED / name / "key.txt"
        if kept.is_file() and kept.read_text(encoding="utf-8") == key:
            continue
        print(f"executing {name} ...", flush=True)
        folder = RENDERED / name
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        content = nbformat.read(REPO / "notebooks" / f"{name}.ipynb", as_version=4)
        execute(content, folder)
        text, files = markdown(content, name)
        for file, data in files.items():
            (folder / file).write_bytes(data)
        (RENDERED / f"{name}.md").write_text(text, encoding="utf-8")
        kept.write_text(key, encoding="utf-8")


def key_of(name: str) -> str:
    """Return what a page depends on: the notebook, this script, and the package."""
    said = hashlib.sha256()
    package = sorted((REPO / "nb_autolabel").rglob("*"))
    for file in [REPO / "notebooks" / f"{name}.ipynb", Path(__file__), *package]:
        if file.is_file() and file.suffix != ".pyc":
            said.update(file.read_bytes())
    return said.hexdigest()


def execute(content: Any, folder: Path) -> None:
    """Run a notebook in a folder of its own; widgets that can be saved become pages in `folder`."""
    with tempfile.TemporaryDirectory() as place:
        client = NotebookClient(content, timeout=600, resources={"metadata": {"path": place}})
        with client.setup_kernel():
            for at, cell in enumerate(content.cells):
                # A student enters a name; without it the workshop stops.
                shown = cell.source
                cell.source = shown.replace('name = "your name"', 'name = "anna"')
                client.execute_cell(cell, at)
                cell.source = shown
                widgets = [o for o in cell.get("outputs", []) if WIDGET in o.get("data", {})]
                if widgets:
                    live = folder / f"live_{at}.html"
                    hidden = nbformat.v4.new_code_cell(SAVE.format(path=str(live)))
                    content.cells.append(hidden)
                    client.execute_cell(hidden, len(content.cells) - 1, store_history=False)
                    content.cells.pop()
                    stand_in(widgets, live)
    for cell in content.cells:
        cell.outputs = [o for o in cell.outputs if o.get("name") != "stderr"] if "outputs" in cell else []
        if cell.cell_type != "code":
            del cell["outputs"]


def stand_in(widgets: list[Any], live: Path) -> None:
    """Put the saved page, its table or a picture in place of widgets."""
    for output in widgets:
        data = output["data"]
        data.pop(WIDGET)
        plain = "".join(data.get("text/plain", ""))
        if live.is_file() and output is widgets[-1]:
            said = "The widget as a page that is saved and needs no kernel: drag a limit."
            data["text/html"] = (
                f'<iframe src="{live.name}" title="The widget" loading="lazy" style="width: 100%; height: 900px; '
                f'border: 1px solid #8884"></iframe>\n<p>{said} <a href="{live.name}">Open it alone</a>.</p>'
            )
        elif "text/html" not in data:
            picture = next((p for kind, p in PICTURES.items() if plain.startswith(kind)), None)
            if picture:
                data["text/html"] = f'<p><img src="../../images/{picture[0]}" alt="{escape(picture[1])}"></p>'
            else:
                data["text/html"] = "<p><em>A widget, which a running notebook shows.</em></p>"


def markdown(content: Any, name: str) -> tuple[str, dict[str, bytes]]:
    """Return a notebook as Markdown and its figures by their file names.

    Parameters
    ----------
    content : NotebookNode
    name : str
        Of the notebook; figures are in a folder of that name beside the page.
    """
    text, found = MarkdownExporter().from_notebook_node(content)
    # Tables of pandas look like the other tables of the documentation.
    text = text.replace('<table border="1" class="dataframe">', "<table>")
    files: dict[str, bytes] = {}
    for file, data in found["outputs"].items():
        files[file] = data
        text = text.replace(f"]({file})", f"]({name}/{file})")
    notebook = f"notebooks/{name}.ipynb"
    head, _, rest = text.lstrip().partition("\n")
    return f"{head}\n\n*{PAGES[name]} This page is `{notebook}`, executed.*\n{rest}", files


def without_results(name: str) -> str:
    """Return a notebook as Markdown where it was not executed."""
    content = nbformat.read(REPO / "notebooks" / f"{name}.ipynb", as_version=4)
    text, _ = markdown(content, name)
    return text.replace(", executed.*", "; `make docs` adds its results.*", 1)


if __name__ == "__main__":
    main(sys.argv[1:])
