"""Execute a notebook without a browser, write it as an HTML page, print the label counts it shows.

python scripts/run_tutorial.py notebooks/auto_label_units.ipynb tutorial.html
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter


def main(notebook: Path, page: Path) -> None:
    """Execute, write, print."""
    content = nbformat.read(notebook, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            content, timeout=300, resources={"metadata": {"path": folder}}, store_widget_state=True
        )
        client.execute()
    html, _ = HTMLExporter().from_notebook_node(content)
    partial = page.with_suffix(".partial")
    partial.write_text(html, encoding="utf-8")
    partial.replace(page)
    for cell in content.cells:
        if "value_counts()" in cell.source:
            print(cell.source.strip().splitlines()[-1])
            for output in cell.get("outputs", []):
                print(output.get("data", {}).get("text/plain", output.get("text", "")))
            print()
    print(f"The executed notebook: {page.resolve()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
