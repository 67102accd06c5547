"""Keys label the unit that is seen, wherever the widget was clicked, and never reach the notebook."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

OPEN = """import nb_autolabel as nbl
demo = nbl.demo_analyzer()
session = nbl.LabelingSession(demo{}, '{}')
session"""
TITLE = ".nbl-hand .nbl-card-title"
SEEN = "document.querySelector('.nbl-hand .nbl-label-bar')?.dataset.seen"


def start(lab, request, units=""):
    """Run a cell that shows a session; returns its bar."""
    lab.open([OPEN.format(units, f"{request.node.name[:40]}.jsonl"), "1 + 1"])
    lab.run_all()
    bar = lab.page.get_by_label("Label units by hand")
    bar.wait_for(timeout=60_000)
    lab.page.get_by_text(re.compile(r"^0 of \d+ labeled$")).wait_for()
    lab.wait_idle()
    return bar


@pytest.fixture
def bar(lab, request):
    return start(lab, request)


def given(lab):
    """Labels so far, by unit id."""
    return lab.ask("session.labels['label'].to_dict()")


def focus(lab):
    lab.page.evaluate("document.querySelector('.nbl-session').focus()")


def seen(lab):
    """Wait until keys label a unit, and return its id."""
    lab.page.wait_for_function(SEEN)
    return lab.page.evaluate(SEEN)


def test_keys_pressed_while_the_kernel_is_busy_label_units_that_were_on_screen_and_no_other(lab, bar):
    focus(lab)
    first = seen(lab)
    lab.start("import time; time.sleep(4)")
    lab.page.wait_for_timeout(200)
    expected = {}
    on_screen = "document.querySelector('.nbl-hand .nbl-label-bar').dataset.seen"
    for key in "nngm":
        # Between what is on screen and the key nothing happens: both are in one task of the page.
        press = "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))"
        unit = lab.page.evaluate(
            f"(key) => {{ const unit = {on_screen}; {press}; return unit ?? null; }}", key
        )
        if unit is not None:
            expected[unit] = {"n": "noise", "g": "good", "m": "mua"}[key]
        lab.page.wait_for_timeout(300)
    lab.wait_idle()
    lab.page.wait_for_timeout(500)
    kept = given(lab)
    assert kept == expected
    assert kept[first] == "noise"
    last = list(kept)[-1]
    seen(lab)
    lab.page.keyboard.press("u")
    lab.page.get_by_text(f"{len(kept) - 1} of 142 labeled").wait_for()
    assert lab.page.locator(TITLE).inner_text().startswith(f"unit {last}")


def test_three_presses_at_once_are_one_label(lab, bar):
    focus(lab)
    unit = seen(lab)
    press = "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'g', bubbles: true }))"
    lab.page.evaluate(f"() => {{ {press}; {press}; {press}; }}")
    lab.page.get_by_text("1 of 142 labeled: 1 good").wait_for()
    lab.page.wait_for_timeout(500)
    assert given(lab) == {unit: "good"}
    held = "new KeyboardEvent('keydown', { key: 'g', bubbles: true, repeat: true })"
    lab.page.evaluate(f"() => document.activeElement.dispatchEvent({held})")
    lab.page.wait_for_timeout(300)
    assert given(lab) == {unit: "good"}, "a key that is held down is no further label"


def test_after_the_last_unit_keys_label_nothing(lab, request):
    start(lab, request, ".select_units(demo.unit_ids[:3])")
    focus(lab)
    for number, key in enumerate("gmn", 1):
        seen(lab)
        lab.page.keyboard.press(key)
        lab.page.get_by_text(f"{number} of 3 labeled").wait_for()
    before = given(lab)
    assert sorted(before.values()) == ["good", "mua", "noise"]
    assert lab.page.locator(TITLE).inner_text() == "all units are labeled"
    for key in "ssss ":
        lab.page.keyboard.press(key)
        lab.page.wait_for_timeout(60)
    lab.page.wait_for_timeout(300)
    assert given(lab) == before
    lab.page.keyboard.press("u")
    lab.page.get_by_text("2 of 3 labeled").wait_for()


def test_keys_count_at_once_and_after_a_click_anywhere_and_m_makes_no_markdown_of_the_cell(lab, bar):
    cells = "window.jupyterapp.shell.currentWidget.content.model.cells"
    kinds = f"Array.from({cells}, (cell) => cell.type)"
    assert lab.page.evaluate(kinds) == ["code", "code"]
    seen(lab)
    lab.page.keyboard.press("m")
    lab.page.get_by_text("1 of 142 labeled: 1 mua").wait_for()
    places = [
        (lab.page.get_by_role("img", name="autocorrelogram of unit"), None),
        (lab.page.locator(".nbl-card-criteria"), None),
        (lab.page.locator(".nbl-panel-over").last, {"x": 60, "y": 80}),
        (lab.page.locator(".nbl-panel figcaption").first, None),
        (lab.page.locator(".nbl-session"), {"x": 3, "y": 1}),
        (lab.page.locator(".nbl-hand .nbl-soft").first, None),
    ]
    for number, (place, position) in enumerate(places, 2):
        place.click(position=position)
        lab.page.wait_for_timeout(150)
        if lab.page.get_by_text("no unit is selected").count():
            # A click beside all waveforms: the queue goes on with its unit.
            lab.page.keyboard.press("Space")
            lab.page.wait_for_timeout(150)
        if not lab.page.evaluate(SEEN):
            # Where the card is out of sight a key labels nothing, and brings it back.
            lab.page.keyboard.press("m")
            lab.page.wait_for_timeout(150)
        if len(given(lab)) < number:
            seen(lab)
            lab.page.keyboard.press("m")
        lab.page.get_by_text(f"{number} of 142 labeled: {number} mua").wait_for()
    for key in [
        *"abcdefghijklmnopqrstuvwxyz",
        *"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789?",
        "Shift+Enter",
        "Control+Enter",
        "Delete",
    ]:
        lab.page.keyboard.press(key)
    assert lab.page.evaluate(kinds) == ["code", "code"], "no key of the session reaches the notebook"
    assert lab.page.get_by_role("button", name="Click here to label with keys").is_hidden()


def test_who_types_elsewhere_labels_nothing_and_is_told_where_to_click(lab, bar):
    hint = lab.page.get_by_role("button", name="Click here to label with keys")
    editor = lab.page.locator(".jp-Cell .cm-content").last
    editor.click()
    hint.wait_for()
    lab.page.keyboard.type("gmns")
    assert "gmns" in editor.inner_text()
    assert given(lab) == {}
    hint.click()
    hint.wait_for(state="hidden")
    seen(lab)
    lab.page.keyboard.press("s")
    lab.page.get_by_text("1 of 142 labeled: 1 non_soma").wait_for()


def test_a_session_that_appears_while_somebody_types_takes_no_key_from_them(lab, request):
    lab.open(["import time; time.sleep(8)", OPEN.format("", f"{request.node.name[:40]}.jsonl"), ""])
    lab.run_all()
    editor = lab.page.locator(".jp-Cell .cm-content").last
    # Running all cells moves the focus first; only after it somebody types.
    lab.page.wait_for_timeout(1500)
    editor.click()
    expect(editor).to_be_focused()
    lab.page.get_by_label("Label units by hand").wait_for(timeout=60_000)
    lab.page.get_by_role("button", name="Click here to label with keys").wait_for()
    lab.page.keyboard.type("gmns")
    assert "gmns" in editor.inner_text()
    lab.wait_idle()
    assert given(lab) == {}


def test_a_label_that_cannot_be_kept_comes_back_visibly_and_its_unit_can_be_shown(lab, bar):
    focus(lab)
    unit = seen(lab)
    lab.ask("session.journal.path.mkdir()")
    lab.page.keyboard.press("g")
    bar.get_by_text(re.compile(f"unit {unit} was not labeled good.*is a folder")).wait_for()
    lab.page.get_by_text("0 of 142 labeled").wait_for()
    assert given(lab) == {}
    lab.ask("session.journal.path.rmdir()")
    bar.get_by_role("button", name=f"Show unit {unit}").click()
    lab.page.wait_for_timeout(200)
    assert seen(lab) == unit
    lab.page.keyboard.press("g")
    lab.page.get_by_text("1 of 142 labeled: 1 good").wait_for()
    lab.wait_idle()
    assert given(lab) == {unit: "good"}
    assert bar.get_by_role("alert").inner_text() == ""
