"""Make the pictures of README and documentation from running widgets in Chromium, so that they never go stale.

    python scripts/make_pictures.py

Writes ``docs/images/*.png`` and ``notebooks/images/drag.webp``. Needs the test tools (`make test` installs them).
"""

from __future__ import annotations

import importlib.util
import io
import tempfile
from pathlib import Path
from typing import Any

import guide_pictures  # beside this file
from PIL import Image
from playwright.sync_api import sync_playwright

import nb_autolabel as nbl

ROOT = Path(__file__).resolve().parents[1]
SIZE = {"width": 1280, "height": 860}


def chromium() -> str:
    """Return the path of a Chromium."""
    spec = importlib.util.spec_from_file_location("find_chromium", ROOT / "scripts" / "find_chromium.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(module.find())


def tab(page: Any, name: str) -> None:
    """Open a tab and wait until it is painted."""
    page.get_by_role("tab", name=name, exact=True).click()
    page.wait_for_timeout(700)


def drag(page: Any, target: Path) -> None:
    """Record a limit being dragged to and fro."""
    handle = page.get_by_role("slider", name="snr min handle")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + 4, box["y"] + 24
    page.mouse.move(x, y)
    page.mouse.down()
    frames = []
    steps = [*range(0, 84, 6), *range(84, -30, -6), *range(-30, 1, 6)]
    for step in steps:
        page.mouse.move(x + step, y)
        page.wait_for_timeout(80)
        image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        frames.append(image.resize((960, round(960 * image.height / image.width)), Image.Resampling.LANCZOS))
    page.mouse.up()
    frames[0].save(
        target, save_all=True, append_images=frames[1:], duration=110, loop=0, quality=70, method=4
    )
    print(target, f"{target.stat().st_size / 1e6:.2f} MB")


def card(page: Any, target: Path) -> None:
    """Take the card of a unit as a whole, also what a window of this size does not show."""
    tab(page, "Unit card")
    shown = "overflow: visible !important; max-height: none !important; position: static !important;"
    page.add_style_tag(content=f".nbl-page-side, .nbl-page-panel {{ {shown} }}")
    page.wait_for_timeout(500)
    page.locator(".nbl-card").screenshot(path=target)


def main() -> None:
    """Make all pictures."""
    images = ROOT / "docs" / "images"
    images.mkdir(exist_ok=True)
    labeler = nbl.BombcellLabeler(nbl.demo_analyzer(), split_non_somatic_good_mua=True, journal=None)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as player:
        page_file = labeler.save_html(Path(folder) / "labels.html")
        browser = player.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto(page_file.as_uri())
        page.wait_for_timeout(1500)
        drag(page, ROOT / "notebooks" / "images" / "drag.webp")
        page.get_by_role("button", name="Undo").click()
        page.wait_for_timeout(500)
        page.evaluate("window.scrollTo(0, 0)")
        tab(page, "Table")
        page.locator("[data-unit='4']").click()
        for name, title in (
            ("labeler", "Unit card"),
            ("whatif", "What if"),
            ("missing", "Missing"),
            ("why", "Failed criteria"),
        ):
            tab(page, title)
            page.evaluate("window.scrollTo(0, 0)")
            page.screenshot(path=images / f"{name}.png")
        card(page, images / "card.png")
        guide_pictures.make(browser)
        browser.close()


if __name__ == "__main__":
    main()
