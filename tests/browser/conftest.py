"""A real JupyterLab in a real Chromium, driven as a person would."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPO

KERNEL = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"


def _chromium() -> str | None:
    spec = importlib.util.spec_from_file_location("find_chromium", REPO / "scripts" / "find_chromium.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: str | None = module.find()
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    path = _chromium()
    if path is None:
        pytest.skip("there is no Chromium; `make test` installs one")
    quiet = [
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    return {"executable_path": path, "args": [*quiet, *(["--no-sandbox"] if os.geteuid() == 0 else [])]}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address and folder of a JupyterLab without announcements, tokens or saved settings."""
    pytest.importorskip("jupyterlab")
    home = tmp_path_factory.mktemp("jupyter")
    config, root = home / "config", home / "root"
    (config / "labconfig").mkdir(parents=True)
    root.mkdir()
    announcements = {"@jupyterlab/apputils-extension:announcements": True}
    (config / "labconfig" / "page_config.json").write_text(json.dumps({"disabledExtensions": announcements}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--IdentityProvider.token=",
        "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True",
        f"--ServerApp.root_dir={root}",
    ]
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(config), "JUPYTER_DATA_DIR": str(home / "data")}
    with (home / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], env=environment, stdout=log, stderr=log, cwd=root
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/api", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, (home / "server.log").read_text()
                time.sleep(0.25)
        yield address, root
    finally:
        process.terminate()
        process.wait(timeout=20)


@dataclass
class Lab:
    """A notebook open in JupyterLab."""

    page: Any
    address: str
    root: Path
    errors: list[str] = field(default_factory=list)

    def open(self, cells: list[str], name: str = "test.ipynb") -> None:
        """Write a notebook with these cells, open it, wait for its kernel."""
        self.write(cells, name)
        self.go(name)

    def write(self, cells: list[str], name: str = "test.ipynb") -> None:
        """Write a notebook with these cells."""
        import nbformat

        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        notebook.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        nbformat.write(notebook, self.root / name)

    def go(self, name: str) -> None:
        """Open a notebook that lies in the server's folder."""
        self.page.goto(f"{self.address}/lab/tree/{name}?reset")
        self.page.wait_for_selector(".jp-Notebook", timeout=60_000)
        self.wait_idle()
        self.page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")

    def wait_idle(self, timeout: float = 60_000) -> None:
        """Wait until the kernel has nothing to do."""
        session = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session"
        self.page.wait_for_function(f"{session}?.kernel?.status === 'idle'", timeout=timeout)

    def run_all(self) -> None:
        """Run every cell."""
        self.page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")

    def start(self, code: str) -> None:
        """Give the kernel something to do, without waiting for it."""
        self.page.evaluate(f"code => {{ {KERNEL}.requestExecute({{ code, store_history: false }}); }}", code)

    def ask(self, expression: str) -> Any:
        """Evaluate an expression in the kernel; the value comes as JSON."""
        # JupyterLab delivers the messages of widgets in a subshell, beside cells: those on their way are let through first.
        code = (
            "import json as _json, time as _time; _time.sleep(0.1); "
            f"print('@@' + _json.dumps({expression}) + '@@')"
        )
        script = f"""async (code) => {{
            const future = {KERNEL}.requestExecute({{ code, store_history: false }});
            let text = "";
            future.onIOPub = (m) => {{ text += m.content.text ?? ""; if (m.content.evalue) text += m.content.evalue; }};
            await future.done;
            return text;
        }}"""
        text = self.page.evaluate(script, code)
        found = re.search("@@(.*)@@", text, re.DOTALL)
        assert found, text
        return json.loads(found[1])

    def agrees(self, expression: str, expected: Any) -> None:
        """Wait until the kernel has a value."""
        for _ in range(50):
            found = self.ask(expression)
            if found == expected:
                return
            self.page.wait_for_timeout(100)
        assert found == expected

    def counts(self) -> dict[str, int]:
        """Return the numbers that are shown per label."""
        shown = self.page.locator("[data-label]")
        shown.first.wait_for(timeout=60_000)
        return {e.get_attribute("data-label"): int(e.inner_text()) for e in shown.all()}

    def wait_counts(self, expected: dict[str, int]) -> None:
        """Wait until the labels that occur have these numbers."""
        for label, number in expected.items():
            self.page.wait_for_function(
                "([l, n]) => document.querySelector(`[data-label='${l}']`)?.innerText === n",
                arg=[label, str(number)],
                timeout=15_000,
            )

    def take_error(self, error: str) -> None:
        """Keep an error of the page, unless it is one that Jupyter Notebook itself has where it starts slowly."""
        if not error.startswith("Command 'filebrowser:open-path' not registered."):
            self.errors.append(error)

    def handle(self, metric: str, which: int = 0, nth: int = 0) -> dict[str, float]:
        """Scroll a criterion into view and return the middle of its handle on the screen."""
        field = self.page.get_by_role("spinbutton", name=f"{metric} min", exact=True).nth(nth)
        field.wait_for()
        field.evaluate("e => e.scrollIntoView({ block: 'center' })")
        self.page.wait_for_timeout(200)
        box: dict[str, float] = field.evaluate(
            """(input, which) => {
                let cell = input;
                while (!cell.querySelector("[role='slider']")) cell = cell.parentElement;
                const r = cell.querySelectorAll("[role='slider']")[which].getBoundingClientRect();
                return { x: r.x + r.width / 2, y: r.y + r.height / 2 };
            }""",
            which,
        )
        return box


@pytest.fixture
def lab(page: Any, server: tuple[str, Path]) -> Iterator[Lab]:
    """A browser page on the server; fails if the page reported an error."""
    page.set_viewport_size({"width": 1400, "height": 1300})
    opened = Lab(page, *server)
    for kept in opened.root.glob("overrides_*.jsonl"):
        kept.unlink()  # limits that another journey has left
    page.on("pageerror", lambda error: opened.take_error(f"{error}\n{error.stack}"))
    yield opened
    assert opened.errors == []
    page.evaluate("window.jupyterapp.serviceManager.sessions.shutdownAll()")
