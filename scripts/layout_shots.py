"""Take screenshots of a labeler at all widths, themes and text sizes, to look at them after a change of the layout.

    python scripts/layout_shots.py FOLDER [--widths 600,900] [--heights 1050] [--themes dark] [--units 5000] [--only lab]

Writes ``FOLDER/<lab|page>_<units>_<theme>_<width>x<height>_<percent>.png``: of the labeler in JupyterLab, and of its
saved page. Prints what scrolls inside the labeler, and what lies outside the window. Needs the test tools.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from make_pictures import chromium
from playwright.sync_api import sync_playwright

WIDTHS, HEIGHTS, SIZES = (600, 900, 1440, 2200), (800, 1050, 1700), (100, 150, 200)
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
MAKE = """
import nbformat as _nbformat, numpy as np, pandas as pd
import nb_autolabel as nbl
from nb_autolabel.metrics.table import MetricTable
analyzer = nbl.demo_analyzer()
n = {units}
if n != analyzer.get_num_units():
    table = analyzer.get_metrics_extension_data()
    rng = np.random.default_rng(0)
    table = table.iloc[rng.integers(0, len(table), n)].reset_index(drop=True)
    numeric = table.select_dtypes("number").columns
    table[numeric] *= rng.normal(1, 0.02, (n, len(numeric)))
    analyzer = table
labeler = nbl.BombcellLabeler(analyzer, journal=None)
"""
#: What a person could stumble over: boxes that scroll by themselves, and elements wider than what they lie in.
LOOK = """(root) => {
    const found = new Set();
    for (const el of root.querySelectorAll('*')) {
        const { overflowX, overflowY } = getComputedStyle(el);
        const name = `${el.tagName.toLowerCase()}.${[...el.classList].join('.')}`;
        const box = el.getBoundingClientRect();
        const [over, high] = [el.scrollWidth - el.clientWidth, el.scrollHeight - el.clientHeight];
        if (/auto|scroll/.test(overflowY) && el.clientHeight && high > 1) found.add(`${name} scrolls by ${high}`);
        if (/auto|scroll/.test(overflowX) && el.clientWidth && over > 1) found.add(`${name} scrolls sideways by ${over}`);
        if (el.closest('svg, .nbl-table-box')) continue;
        if (box.width && box.right > innerWidth + 1) found.add(`${name} reaches ${Math.round(box.right - innerWidth)} out`);
    }
    return [...found].slice(0, 12);
}"""


@contextmanager
def jupyterlab(root: Path) -> Iterator[str]:
    """Run a JupyterLab in a folder; gives its address."""
    config = root / "config"
    (config / "labconfig").mkdir(parents=True)
    off = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (config / "labconfig" / "page_config.json").write_text(json.dumps(off))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--IdentityProvider.token=",
    ]
    options += ["--LabApp.expose_app_in_browser=True", f"--ServerApp.root_dir={root}"]
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(config), "JUPYTER_DATA_DIR": str(root / "data")}
    with (root / "server.log").open("w") as log:
        command = [sys.executable, "-m", "jupyterlab", *options]
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=root)
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/api", timeout=5).close()
                break
            except OSError:
                time.sleep(0.25)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def lab_page(browser: Any, address: str, root: Path, code: str, ready: str = "[data-label]") -> Any:
    """Open a notebook whose second cell shows the labeler, and run it."""
    cells = [
        nbformat.v4.new_code_cell(code),
        nbformat.v4.new_code_cell("labeler"),
        nbformat.v4.new_code_cell("1"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, root / "shots.ipynb")
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.on("pageerror", lambda error: print("page error:", error))
    page.goto(f"{address}/lab/tree/shots.ipynb?reset")
    page.wait_for_selector(".jp-Notebook", timeout=60_000)
    session = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session"
    page.wait_for_function(f"{session}?.kernel?.status === 'idle'", timeout=60_000)
    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets[0].inputHidden = true")
    page.evaluate("{ window.jupyterapp.commands.execute('notebook:run-all-cells') }")
    page.locator(ready).first.wait_for(timeout=120_000)
    page.wait_for_timeout(2500)
    return page


def shoot(page: Any, target: Path, root: str, percent: int) -> None:
    """Set the size of texts, wait until it is painted, and keep a picture."""
    page.evaluate(f"document.documentElement.style.fontSize = '{percent}%'")
    page.wait_for_timeout(900)
    page.screenshot(path=target)
    print(target.name, *page.locator(root).first.evaluate(LOOK), sep="\n    ")


def main() -> None:
    """Take the pictures that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    numbers = lambda text: [int(part) for part in text.split(",")]  # noqa: E731
    parser.add_argument("--widths", type=numbers, default=WIDTHS)
    parser.add_argument("--heights", type=numbers, default=HEIGHTS)
    parser.add_argument("--sizes", type=numbers, default=SIZES, help="sizes of texts in percent")
    parser.add_argument("--themes", type=lambda text: text.split(","), default=list(THEMES))
    parser.add_argument("--units", type=int, default=142)
    parser.add_argument("--only", choices=("lab", "page"))
    parser.add_argument("--tab", help="tab to open first")
    parser.add_argument("--scroll", type=int, default=0, help="how far to turn the wheel first, in px")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    code = MAKE.format(units=asked.units)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as player:
        root = Path(folder)
        browser = player.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        if asked.only != "page":
            with jupyterlab(root) as address:
                page = lab_page(browser, address, root, code)
                take(page, "lab", ".nbl-labeler, .jp-OutputArea-output", asked)
                page.evaluate("window.jupyterapp.serviceManager.sessions.shutdownAll()")
        if asked.only != "lab":
            made: dict[str, Any] = {}
            exec(code, made)
            made["labeler"].save_html(root / "page.html")
            page = browser.new_page()
            page.goto((root / "page.html").as_uri())
            page.wait_for_timeout(1500)
            take(page, "page", "#nbl-page", asked)
        browser.close()


def take(page: Any, where: str, root: str, asked: argparse.Namespace) -> None:
    """Take every picture of an open page."""
    for theme in asked.themes:
        if where == "lab":
            change = "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })"
            page.evaluate(change, THEMES[theme])
        page.emulate_media(color_scheme=theme)
        if asked.tab:
            page.get_by_role("tab", name=asked.tab, exact=True).click()
        for width in asked.widths:
            for height in asked.heights:
                page.set_viewport_size({"width": width, "height": height})
                page.locator("[data-label]").first.scroll_into_view_if_needed()
                for percent in asked.sizes:
                    if asked.scroll:
                        page.mouse.move(width * 0.3, height * 0.7)
                        page.mouse.wheel(0, asked.scroll)
                    name = f"{where}_{asked.units}_{theme}_{width}x{height}_{percent}.png"
                    shoot(page, asked.folder / name, root, percent)


if __name__ == "__main__":
    main()
