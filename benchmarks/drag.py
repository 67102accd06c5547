"""How fast the screen follows a drag: JupyterLab in Chromium, kernel idle and kernel blocked.

    python benchmarks/drag.py [--moves 60]

Runs in the environment of the tests (`.venv`). The snr limit is dragged through its histogram. For
every move of the pointer it prints how long the page worked until the counts had their new numbers
(counts), and until the frame with all visible views was painted (frame), as median and 95th
percentile; beside it the time from running the cell to the first counts. Then the same with 5,000,
20,000 and 50,000 units, and what SpikeInterface takes to label again and redraw its three figures, if it is there.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))

KERNEL = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
#: Many units made of the 142 of the demo, each metric and template a little different.
MANY = """
import numpy as np, pandas as pd, nb_autolabel as nbl
class Many(nbl.Analyzer):
    def __init__(self, demo, n):
        super().__init__(demo.source)
        random, pick = np.random.default_rng(0), np.arange(n) % demo.get_num_units()
        frame = demo.get_metrics_extension_data().iloc[pick].reset_index(drop=True)
        numbers = frame.select_dtypes("number").columns
        frame[numbers] = frame[numbers] * random.normal(1, 0.05, (n, len(numbers)))
        traces = demo.main_channel_templates[pick] * random.normal(1, 0.1, (n, 1)).astype("f4")
        self.__dict__.update(_metrics=frame, main_channel_templates=traces, times=demo.template_times_ms)
    template_times_ms = property(lambda self: self.times)
    unit_ids = property(lambda self: self._metrics.index.to_numpy())
    get_num_units = lambda self: len(self._metrics)
analyzer = Many(nbl.demo_analyzer(), N_UNITS)
"""
WATCH = """() => {
    window.nblTimes = { counts: [], frame: [] };
    let start = 0;
    // The first listener of all: what the page does with the move comes after it.
    window.addEventListener("pointermove", () => {
        start = performance.now();
        const mine = start;
        requestAnimationFrame(() => setTimeout(() => window.nblTimes.frame.push(performance.now() - mine)));
    }, true);
    new MutationObserver((changes) => {
        if (changes.some((c) => (c.target.closest ? c.target : c.target.parentElement)?.closest("[data-label]")))
            window.nblTimes.counts.push(performance.now() - start);
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def server(root: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start a JupyterLab without announcements and tokens."""
    config = root / "config" / "labconfig"
    config.mkdir(parents=True)
    quiet = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (config / "page_config.json").write_text(json.dumps(quiet))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token="]
    options += ["--LabApp.expose_app_in_browser=True", f"--ServerApp.root_dir={root}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options],
        env={**os.environ, "JUPYTER_CONFIG_DIR": str(config.parent)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5).close()
            return process, address
        except OSError:
            time.sleep(0.25)
    sys.exit("JupyterLab did not start")


def drag(page, moves: int, blocked: bool) -> dict[str, list[float]]:  # type: ignore[no-untyped-def]
    """Drag the snr limit to and fro; return the times of every move in ms."""
    field = page.get_by_role("spinbutton", name="snr min", exact=True)
    field.evaluate("e => e.scrollIntoView({ block: 'center' })")
    page.wait_for_timeout(300)
    box = field.evaluate(
        """(input) => {
            let cell = input;
            while (!cell.querySelector("[role='slider']")) cell = cell.parentElement;
            const r = cell.querySelector("[role='slider']").getBoundingClientRect();
            return { x: r.x + r.width / 2, y: r.y + r.height / 2 };
        }"""
    )
    if blocked:
        page.evaluate(f"() => {{ {KERNEL}.requestExecute({{ code: 'import time; time.sleep(20)' }}); }}")
        page.wait_for_timeout(300)
    page.mouse.move(box["x"], box["y"])
    page.mouse.down()
    page.mouse.move(box["x"] + 3, box["y"])
    page.wait_for_timeout(200)
    page.evaluate("() => { window.nblTimes.counts = []; window.nblTimes.frame = []; }")
    for move in range(moves):
        page.mouse.move(box["x"] + 3 + (move * 7) % 90, box["y"])
        page.wait_for_timeout(120)
    page.mouse.up()
    page.wait_for_timeout(300)
    times: dict[str, list[float]] = page.evaluate("window.nblTimes")
    return times


def measure(page, address: str, root: Path, cells: list[str], moves: int, units: str) -> None:  # type: ignore[no-untyped-def]
    """Open a notebook, drag with the kernel idle and blocked, print a line each."""
    import nbformat

    name = f"drag{len(list(root.glob('*.ipynb')))}.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, root / name)
    page.goto(f"{address}/lab/tree/{name}?reset")
    page.wait_for_selector(".jp-Notebook", timeout=60_000)
    session = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session"
    page.wait_for_function(f"{session}?.kernel?.status === 'idle'", timeout=60_000)
    page.evaluate(WATCH)
    # All but the last cell first, so that the first paint is that of the cell with the labeler.
    first = cells[:-1]
    script = f"async (code) => {{ await {KERNEL}.requestExecute({{ code }}).done; }}"
    page.evaluate(script, "\n".join(first))
    page.evaluate(
        "async () => { const c = window.jupyterapp.shell.currentWidget.content; c.activeCellIndex = c.widgets.length - 1; }"
    )
    start = time.perf_counter()
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-cell')")
    page.wait_for_selector("[data-label]", timeout=60_000)
    seconds = time.perf_counter() - start
    page.wait_for_timeout(3000)
    for kernel in ("idle", "blocked"):
        times = drag(page, moves, kernel == "blocked")
        frames = sorted(times["frame"])
        late = frames[int(0.95 * (len(frames) - 1))]
        print(
            f"| {units} | {kernel} | {seconds:.1f} s | {statistics.median(times['counts']):.0f} ms | "
            f"{statistics.median(frames):.0f} ms | {late:.0f} ms |",
            flush=True,
        )


def redraw(root: Path) -> None:
    """Print what SpikeInterface takes for the same, if its environment is there."""
    oracle = os.environ.get("NB_AUTOLABEL_ORACLE", str(HERE.parent / ".venv-oracle" / "bin" / "python"))
    if not Path(oracle).exists():
        print("\nSpikeInterface is not there (`make test` sets its environment up): not compared.")
        return
    with zipfile.ZipFile(HERE.parent / "nb_autolabel" / "bundled" / "demo.zarr.zip") as bundled:
        bundled.extractall(root / "demo.zarr")
    found = [root / "demo.zarr", *(root / "demo.zarr").glob("*.zarr")]
    store = next(path for path in reversed(found) if path.exists())
    done = subprocess.run(
        [oracle, str(HERE / "redraw.py"), str(store)], capture_output=True, text=True, check=True
    )
    seconds = statistics.median(json.loads(done.stdout.splitlines()[-1]))
    print(f"\nSpikeInterface, 142 units, labels and three figures again: {1000 * seconds:.0f} ms")


def main() -> None:
    """Measure and print a table."""
    from find_chromium import find
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--moves", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder)
        process, address = server(root)
        arguments = ["--disable-gpu", "--disable-background-networking"]
        arguments += ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=find(), args=arguments)
        print("| units | kernel | first counts | counts median | frame median | frame 95 % |")
        print("|---|---|---|---|---|---|")
        try:
            show = "labeler = nbl.BombcellLabeler(analyzer, split_non_somatic_good_mua=True)\nlabeler"
            few = "import nb_autolabel as nbl; nbl.BombcellLabeler; analyzer = nbl.demo_analyzer()"
            many = [(f"{n:,}", few + MANY.replace("N_UNITS", str(n))) for n in (5_000, 20_000, 50_000)]
            for units, setup in (("142", few), *many):
                page = browser.new_page(viewport={"width": 1400, "height": 1100})
                measure(page, address, root, [setup, show], options.moves, units)
                page.close()
            redraw(root)
        finally:
            browser.close()
            process.terminate()


if __name__ == "__main__":
    main()
