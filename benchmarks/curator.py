"""Play a curator who goes through 400 units by keyboard: JupyterLab in Chromium, kernel idle and 0.5 s late.

    python benchmarks/curator.py [--units 400] [--think 0.3] [--kernel idle late]

Runs in the environment of the tests (`.venv`). The curator looks at the unit that the card shows, thinks, and presses a
key; late is every answer of the kernel. Two things are held: that no label is on a unit that was not shown, and that each
unit has the label that was pressed while it was on screen. Printed: the time from the key until the next unit's evidence is
drawn (median, 95th percentile, in all), with thinking, and until the kernel has kept everything.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "scripts")]

from drag import KERNEL, server  # noqa: E402

#: The demo's units over and over, each metric a little different; pictures are those of the demo.
MANY = """
import os, numpy as np, pandas as pd, nb_autolabel as nbl
from nb_autolabel.widgets import card
class Many(nbl.Analyzer):
    def __init__(self, demo, n):
        super().__init__(demo.source)
        random, pick = np.random.default_rng(0), np.arange(n) % demo.get_num_units()
        frame = demo.get_metrics_extension_data().iloc[pick].reset_index(drop=True)
        numbers = frame.select_dtypes("number").columns
        frame[numbers] = frame[numbers] * random.normal(1, 0.05, (n, len(numbers)))
        self.__dict__.update(_metrics=frame, demo=demo, main_channel_templates=demo.main_channel_templates[pick])
    unit_ids = property(lambda self: self._metrics.index.to_numpy())
    get_num_units = lambda self: len(self._metrics)
    template_times_ms = property(lambda self: self.demo.template_times_ms)
describe = card.describe
card.describe = lambda analyzer, at, *most: describe(analyzer.demo, at % analyzer.demo.get_num_units(), *most)
analyzer = Many(nbl.demo_analyzer(), N_UNITS)
labeler = nbl.BombcellLabeler(analyzer, journal="curator.jsonl")
labeler.review("all")
"""
LATE = """
import asyncio
from nb_autolabel.widgets.card import UnitCard
from nb_autolabel.widgets.engine import Engine
for kind in (Engine, UnitCard):
    def late(self, content, buffers, before=kind._handle_custom_msg):
        asyncio.get_running_loop().call_later(0.5, before, self, content, buffers)
    kind._handle_custom_msg = late
"""
#: The curator in the page: waits until the card shows a unit, thinks, presses a key on what has the focus.
CURATOR = """async ({ units, think }) => {
    const keys = { g: "good", m: "mua", n: "noise", s: "non_soma" };
    const wait = (ms) => new Promise((done) => setTimeout(done, ms));
    const bar = () => document.querySelector(".nbl-card .nbl-label-bar");
    const given = {}, times = [];
    const start = performance.now();
    let pressed = 0, last = null;
    for (let i = 0; i < units; i++) {
        const until = performance.now() + 60_000;
        let unit;
        const shown = () => {
            const picture = document.querySelector(".nbl-card canvas[aria-label*='of unit ']");
            return picture?.getAttribute("aria-label").match(/of unit ([^\\s:]+)/)[1];
        };
        const card = () => document.querySelector(".nbl-card").innerText.slice(0, 300);
        const fail = (error) => ({ given, times, error: `${error}: ${card()}` });
        // The next unit's evidence is drawn ...
        while (!(unit = shown()) || unit === last) {
            if (performance.now() > until) return fail(`unit ${i} was not shown`);
            await new Promise(requestAnimationFrame);
        }
        if (pressed) times.push(performance.now() - pressed);
        const title = document.querySelector(".nbl-card .nbl-card-title").innerText;
        if (!title.startsWith(`unit ${unit}`)) return fail(`the picture is of ${unit}`);
        // ... and keys count for it: thinking takes longer than that.
        while (bar().dataset.seen !== unit) await new Promise(requestAnimationFrame);
        await wait(think * 1000 * (0.5 + Math.random()));
        const key = "gmns"[Math.floor(Math.random() * 4)];
        pressed = performance.now();
        document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
        given[unit] = keys[key];
        last = unit;
    }
    return { given, times, seconds: (performance.now() - start) / 1000 };
}"""


def play(page, address: str, root: Path, units: int, think: float, late: bool) -> None:  # type: ignore[no-untyped-def]
    """Open a notebook, curate all units, hold what must be, print a line."""
    import nbformat

    folder = root / ("late" if late else "idle")
    folder.mkdir()
    setup = f"import os; os.chdir({str(folder)!r})\n" + MANY.replace("N_UNITS", str(units))
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(setup), nbformat.v4.new_code_cell("labeler")]
    )
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    name = f"{folder.name}.ipynb"
    nbformat.write(notebook, root / name)
    page.goto(f"{address}/lab/tree/{name}?reset")
    page.wait_for_selector(".jp-Notebook", timeout=60_000)
    session = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session"
    page.wait_for_function(f"{session}?.kernel?.status === 'idle'", timeout=60_000)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_selector(".nbl-card .nbl-label-bar", timeout=90_000)
    page.locator(".nbl-card").scroll_into_view_if_needed()
    page.wait_for_timeout(2000)
    run = f"async (code) => {{ await {KERNEL}.requestExecute({{ code, store_history: false }}).done; }}"
    if late:
        page.evaluate(run, LATE)
    page.evaluate("() => document.querySelector('.nbl-root').focus({ preventScroll: true })")
    start = time.perf_counter()
    found = page.evaluate(CURATOR, {"units": units, "think": think})
    if "error" in found and os.environ.get("SHOT"):
        page.screenshot(path=os.environ["SHOT"])
    assert "error" not in found, found["error"]
    # The kernel has everything once nothing is pending.
    page.wait_for_function("() => !document.querySelector('.nbl-card-title').innerText.includes('saving')")
    page.wait_for_timeout(1500 if not late else 4000)
    whole = time.perf_counter() - start
    script = f"""async (code) => {{
        const future = {KERNEL}.requestExecute({{ code, store_history: false }});
        let text = "";
        future.onIOPub = (m) => {{ text += m.content.text ?? ""; }};
        await future.done;
        return text;
    }}"""
    code = "import json; print('@@' + json.dumps({str(k): v for k, v in labeler.overrides['label'].items()}) + '@@')"
    kept = json.loads(re.search("@@(.*)@@", page.evaluate(script, code))[1])  # type: ignore[index]
    assert kept == found["given"], "a label is on a unit that was not shown, or one that was is not labeled"
    times = sorted(found["times"])
    overhead = sum(times) / 1000
    print(
        f"| {units} | {'0.5 s late' if late else 'idle'} | {statistics.median(times):.0f} ms | "
        f"{times[int(0.95 * (len(times) - 1))]:.0f} ms | {overhead:.0f} s | {found['seconds']:.0f} s | {whole:.0f} s | "
        f"{len(kept)} of {units}, none on another unit |",
        flush=True,
    )


def main() -> None:
    """Play both kernels and print a table."""
    from find_chromium import find
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--units", type=int, default=400)
    parser.add_argument("--think", type=float, default=0.3, help="seconds of thinking a unit, on average")
    parser.add_argument("--kernel", nargs="+", choices=("idle", "late"), default=["idle", "late"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder)
        process, address = server(root)
        arguments = ["--disable-gpu", "--disable-background-networking"]
        arguments += ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=find(), args=arguments)
        print(
            "| units | kernel | key to next unit | 95 % | in all | with thinking | all kept after | labels |"
        )
        print("|---|---|---|---|---|---|---|---|")
        try:
            for late in (kernel == "late" for kernel in options.kernel):
                page = browser.new_page(viewport={"width": 1440, "height": 1000})
                play(page, address, root, options.units, options.think, late)
                page.evaluate("window.jupyterapp.serviceManager.sessions.shutdownAll()")
                page.close()
        finally:
            browser.close()
            process.terminate()


if __name__ == "__main__":
    main()
