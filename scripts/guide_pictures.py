"""Pictures of the guides, made from what functions and widgets show.

    python scripts/guide_pictures.py

Writes ``docs/images/guide_*.png``; ``scripts/make_pictures.py`` does so too. Needs the test tools.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from playwright.sync_api import sync_playwright

import nb_autolabel as nbl

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
_STYLE = (
    "<meta charset='utf-8'><style>body{font:13px sans-serif;margin:12px;background:#fff;color:#222} "
    "table{border-collapse:collapse}</style>"
)


def page_with(browser: Any, width: int, height: int) -> Any:
    """Return a new page."""
    return browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")


def shown(browser: Any, name: str, html: str, width: int = 1000, most: int = 900) -> None:
    """Photograph what an object shows in a notebook."""
    page = page_with(browser, width, 200)
    page.set_content(_STYLE + html)
    height = min(most, int(page.evaluate("document.body.scrollHeight")) + 12)
    page.set_viewport_size({"width": width, "height": height})
    page.screenshot(path=IMAGES / f"guide_{name}.png")
    page.close()


def labeler_page(browser: Any, name: str, labeler: Any, folder: Path, act: Callable[[Any], None]) -> None:
    """Photograph the saved page of a labeler after something was done in it."""
    page = page_with(browser, 1280, 760)
    page.goto(labeler.save_html(folder / f"{name}.html").as_uri())
    page.wait_for_timeout(1500)
    act(page)
    page.wait_for_timeout(700)
    page.screenshot(path=IMAGES / f"guide_{name}.png")
    page.close()


def open_tab(*titles: str) -> Callable[[Any], None]:
    """Return what opens the first tab that there is of some titles."""

    def act(page: Any) -> None:
        for title in titles:
            tab = page.get_by_role("tab", name=title, exact=True)
            if tab.count():
                tab.click()
                break
        page.evaluate("window.scrollTo(0, 0)")

    return act


def pair_picture(browser: Any, folder: Path) -> None:
    """Photograph the tab Pairs in JupyterLab: it needs a kernel."""
    from layout_shots import MAKE, jupyterlab, lab_page

    root = folder / "lab"
    root.mkdir()
    with jupyterlab(root) as address:
        code = MAKE.format(units=142) + "labeler.selection = [labeler.analyzer.unit_ids[56]]"
        page = lab_page(browser, address, root, code)
        page.get_by_role("tab", name="Pairs", exact=True).click()
        page.wait_for_timeout(4000)
        page.locator(".nbl-tabs").first.screenshot(path=IMAGES / "guide_pairs.png")
        page.close()


def session_picture(browser: Any) -> None:
    """Photograph a labeling session in JupyterLab: only a kernel shows one."""
    from layout_shots import (
        jupyterlab,
        lab_page,
    )  # beside this file; it imports make_pictures, which imports this

    code = (
        'import nb_autolabel as nbl\nexercise = nbl.Exercise("anna", difficulty="easy")\n'
        'labeler = nbl.LabelingSession(exercise.analyzer, journal="anna.jsonl")'
    )
    with tempfile.TemporaryDirectory() as folder, jupyterlab(Path(folder)) as address:
        page = lab_page(browser, address, Path(folder), code, ".nbl-session")
        session = page.locator(".nbl-session").first
        for key in "gmg":
            session.focus()
            page.keyboard.press(key)
            page.wait_for_timeout(1500)
        session.evaluate("element => element.scrollIntoView()")
        page.wait_for_timeout(1500)
        box = session.bounding_box()
        clip = {
            "x": box["x"],
            "y": max(0, box["y"]),
            "width": box["width"],
            "height": min(box["height"], 860),
        }
        page.screenshot(path=IMAGES / "guide_session.png", clip=clip)
        page.evaluate("window.jupyterapp.serviceManager.sessions.shutdownAll()")
        page.close()


def a_class(folder: Path) -> Path:
    """Write the labels of twelve made-up students."""
    rng = random.Random(5)
    for name in ("ada", "ben", "cleo", "dora", "emil", "finn", "gro", "hana", "ivo", "jana", "kim", "lea"):
        truth = nbl.Exercise(name, "easy").truth
        units = rng.sample(list(truth.index), rng.randint(14, 30))
        given = {u: truth[u] if rng.random() < 0.75 else rng.choice(["good", "mua", "noise"]) for u in units}
        nbl.export_labels(given, folder / f"{name}.csv")
    return folder


def make(browser: Any) -> None:
    """Make all pictures of guides."""
    demo = nbl.demo_analyzer()
    live = nbl.LiveBombcell(demo, journal=None)
    unitrefine = nbl.LiveUnitRefine(demo, journal=None)
    classifier = nbl.load_unit_classifier("bundled:noise")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "class").mkdir()
        found = nbl.class_comparison(a_class(folder / "class"))
        shown(browser, "classroom", found._repr_html_(), most=1100)
        kilosort = nbl.demo_kilosort_folder(folder / "kilosort4")
        shown(browser, "kilosort", nbl.doctor(kilosort)._repr_html_().replace(f"{folder}/", ""))
        few = demo.select_units(demo.unit_ids[:20]).save_as("zarr", folder / "session.zarr", slim=True)
        shown(browser, "own_data", nbl.doctor(few.folder)._repr_html_().replace(f"{folder}/", ""))
        shown(browser, "compare", nbl.compare(bombcell=live, unitrefine=unitrefine)._repr_html_(), 700)
        shown(browser, "train", nbl.check_inputs(demo, classifier)._repr_html_())
        shown(browser, "explain", live.explain(demo.unit_ids[3])._repr_html_(), 760)
        written = live.export(folder / "labels.csv")
        table = pd.read_csv(written).head(8)[["unit_id", "label", "source", "reasons"]].fillna("")
        shown(browser, "export", f"<p><code>labels.csv</code></p>{table.to_html(index=False)}", 760)
        study = nbl.demo_study(folder / "study")
        cohort = nbl.Cohort(study)
        cohort_labeler = nbl.BombcellLabeler(cohort, journal=None)
        labeler_page(browser, "many_recordings", cohort_labeler, folder, open_tab("Recordings"))
        labeler = nbl.BombcellLabeler(demo, journal=None)

        def select(page: Any) -> None:
            open_tab("Units", "Table")(page)
            page.locator("[data-unit='4']").click()
            open_tab("Unit", "Unit card")(page)

        labeler_page(browser, "by_hand", labeler, folder, select)

        def review(page: Any) -> None:
            select(page)
            page.get_by_role("combobox", name="Go through units in an order").select_option("filter")
            page.wait_for_timeout(500)
            page.keyboard.press("g")

        labeler_page(browser, "review", labeler, folder, review)

        def help_on_keys(page: Any) -> None:
            select(page)
            page.get_by_role("button", name="List the keys").click()

        labeler_page(browser, "keys", labeler, folder, help_on_keys)
        refine = nbl.UnitRefineLabeler(demo, journal=None)
        label_at_random(refine, 25)
        refine.accept(0.05, "good or not")
        labeler_page(browser, "expected_error", refine, folder, open_tab("Table"))
        pair_picture(browser, folder)
    session_picture(browser)
    plot = nbl.plot_metric_histograms(
        demo, metrics_to_plot=["snr", "rp_contamination", "num_spikes"], max_columns=3
    )
    plot.figure.savefig(IMAGES / "guide_headless.png", dpi=100)


def label_at_random(labeler: Any, many: int) -> None:
    """Label units that are drawn at random by how the bundled recording was made, as audit units of a review are."""
    classes = {"noise": "noise", "single": "good"}
    truth = [classes.get(str(made), "mua") for made in labeler.analyzer.get_sorting_property("ground_truth")]
    drawn = np.random.default_rng(1).permutation(len(truth))[:many].tolist()
    labeler.live.hand.drawn.update(drawn)
    labeler.override({labeler.analyzer.unit_ids[at]: truth[at] for at in drawn})


def main() -> None:
    """Make the pictures of guides."""
    from make_pictures import chromium  # beside this file

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        make(browser)
        browser.close()


if __name__ == "__main__":
    main()
