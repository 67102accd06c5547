"""How long a curator waits for the card of a unit with a million spikes: JupyterLab in Chromium.

    python benchmarks/card_in_lab.py [--spikes 1000000] [--minutes 60]

Runs in the environment of the tests (`.venv`). Printed is the time from the key until the first picture of the unit is
drawn, and until all are: of units that nobody has looked at (goals: 100 ms and 300 ms), and of the next unit in a queue,
which was fetched ahead while the curator looked at the one before (goal: 150 ms for all). Beside it, the processor time that
the kernel and the page took for it (with what was fetched ahead): other work on the machine makes the first two longer.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "scripts")]

from card import folder_with_large_units  # noqa: E402
from drag import KERNEL, server  # noqa: E402

#: Units with very many spikes: the last ones, which "previous unit" leads to from the first, and those of the queue.
COLD, QUEUE = (141, 140, 139, 138), (10, 11, 12, 13, 14, 15)
#: Presses a key as a curator does, and waits for the pictures of the unit that comes.
LOOK = """async ({ key }) => {
    const card = document.querySelector(".nbl-card");
    const frame = () => new Promise(requestAnimationFrame);
    const titled = () => card.querySelector(".nbl-card-title").innerText.match(/unit ([^\\s:,]+)/)?.[1];
    const named = () => card.querySelector("canvas[aria-label*='of unit ']")?.getAttribute("aria-label");
    const drawn = () => named()?.match(/of unit ([^\\s:]+)/)?.[1];
    const whole = () => !/reading more|waiting for the kernel/.test(card.querySelector(".nbl-bar").innerText);
    const before = drawn();
    const start = performance.now();
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { ...key, bubbles: true, cancelable: true }));
    while (drawn() === before || !drawn()) { await frame(); if (performance.now() - start > 30000) return null; }
    const first = performance.now() - start;
    while (!whole()) { await frame(); if (performance.now() - start > 30000) return null; }
    await frame();
    return { unit: titled(), first, all: performance.now() - start };
}"""


class Clock:
    """Processor time of the kernel and of the page, in ms."""

    def __init__(self, page: Any, kernel: int) -> None:
        self._session, self._kernel = page.context.new_cdp_session(page), kernel
        self._session.send("Performance.enable")

    def __call__(self) -> tuple[float, float]:
        """Return both, since they were started."""
        fields = Path(f"/proc/{self._kernel}/stat").read_text().rsplit(")", 1)[1].split()
        kernel = 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return kernel, 1000 * next(each["value"] for each in metrics if each["name"] == "TaskDuration")


def looked(page: Any, clock: Clock, key: dict[str, Any], think: int) -> dict[str, Any]:
    """Press a key, and return what it took."""
    page.wait_for_timeout(think)
    before = clock()
    found: dict[str, Any] = page.evaluate(LOOK, {"key": key})
    assert found, "a unit was not shown within 30 s"
    kernel, work = (now - then for now, then in zip(clock(), before, strict=True))
    return {**found, "kernel": kernel, "page": work}


def say(name: str, found: list[dict[str, Any]]) -> None:
    """Print a line of a table."""
    parts = [
        f"{statistics.median(look[part] for look in found):.0f} ms ({max(look[part] for look in found):.0f})"
        for part in ("first", "all", "kernel", "page")
    ]
    print(f"| {name} | {len(found)} | {' | '.join(parts)} |", flush=True)


def main() -> None:
    """Print a table."""
    import nbformat
    from find_chromium import find
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--spikes", type=int, default=1_000_000)
    parser.add_argument("--minutes", type=float, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder)
        made = folder_with_large_units(root, asked.spikes, asked.minutes, (*COLD, *QUEUE))
        code = (
            "import nb_autolabel as nbl\n"
            f"analyzer = nbl.load({str(made)!r}, gain_to_uV=0.763)\n"
            "labeler = nbl.BombcellLabeler(analyzer, journal=None)\n"
            "labeler.review('selection', units=[analyzer.unit_ids[0]])"
        )
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(code), nbformat.v4.new_code_cell("labeler")]
        )
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(notebook, root / "card.ipynb")
        process, address = server(root)
        arguments = ["--disable-gpu", "--disable-background-networking"]
        arguments += ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=find(), args=arguments)
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.goto(f"{address}/lab/tree/card.ipynb?reset")
            page.wait_for_selector(".jp-Notebook", timeout=60_000)
            session = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session"
            page.wait_for_function(f"{session}?.kernel?.status === 'idle'", timeout=60_000)
            page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
            page.wait_for_selector(".nbl-card canvas[aria-label*='of unit ']", timeout=180_000)
            page.locator(".nbl-card").scroll_into_view_if_needed()
            run = (
                f"async (code) => {{ await {KERNEL}.requestExecute({{ code, store_history: false }}).done; }}"
            )
            page.evaluate(
                run, "from nb_autolabel.session.review import Review; Review.of(labeler.live.hand).stop()"
            )
            page.wait_for_timeout(3000)
            page.evaluate("() => document.querySelector('.nbl-root').focus({ preventScroll: true })")
            page.evaluate(run, f"import os; open({str(root / 'kernel')!r}, 'w').write(str(os.getpid()))")
            clock = Clock(page, int((root / "kernel").read_text()))
            print(
                f"| {asked.spikes:,} spikes | looks | key to first picture, median (most) | to all | kernel | page |"
            )
            print("|---|---|---|---|---|---|")
            back = {"key": "ArrowUp", "altKey": True}
            say("not looked at before", [looked(page, clock, back, 1500) for _ in COLD])
            page.evaluate(
                run, f"labeler.review('selection', units=[analyzer.unit_ids[at] for at in {QUEUE!r}])"
            )
            page.wait_for_timeout(3000)
            label = {"key": "g"}
            say(
                "next in a queue, after 1 s",
                [looked(page, clock, label, 1000) for _ in QUEUE[1:]],
            )
        finally:
            browser.close()
            process.terminate()


if __name__ == "__main__":
    main()
