"""What people do with a labeler, in JupyterLab."""

import shutil

import pytest

from tests.conftest import REPO

pytestmark = pytest.mark.browser

OPEN = "import nb_autolabel as nbl\nlabeler = nbl.BombcellLabeler(nbl.demo_analyzer())\nlabeler"


def test_the_screen_shows_what_the_kernel_has(lab):
    lab.open([OPEN])
    lab.run_all()
    shown = lab.counts()
    assert shown == lab.ask("labeler.counts")
    assert sum(shown.values()) == 142
    assert lab.page.get_by_role("img", name=f"Waveforms of {shown['good']} units labeled good").is_visible()


def test_dragging_a_limit_relabels_while_the_kernel_is_busy_and_the_kernel_agrees_afterwards(lab):
    lab.open([OPEN])
    lab.run_all()
    before = lab.counts()
    at = lab.handle("snr")
    lab.wait_idle()
    lab.start("import time; time.sleep(6)")
    lab.page.wait_for_timeout(200)
    lab.page.mouse.move(at["x"], at["y"])
    lab.page.mouse.down()
    seen = []
    for step in range(1, 13):
        lab.page.mouse.move(at["x"] + 6 * step, at["y"])
        lab.page.wait_for_timeout(30)
        seen.append(lab.counts()["good"])
    during = lab.counts()
    bars = lab.page.get_by_role("img", name=f"Waveforms of {during['good']} units labeled good")
    bars.wait_for(timeout=2000)
    kernel = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"
    assert lab.page.evaluate(kernel) == "busy"
    lab.page.mouse.up()
    assert during["good"] < before["good"]
    assert during["noise"] == before["noise"]
    assert len(set(seen)) > 3, "labels follow step by step, not only at the end"
    assert seen == sorted(seen, reverse=True)
    field = lab.page.get_by_role("spinbutton", name="snr min", exact=True)
    limit = float(field.input_value())
    lab.page.wait_for_timeout(100)
    # Asked while the kernel is still busy, as a cell that is run right after a drag.
    assert lab.page.evaluate(kernel) == "busy"
    assert lab.ask("labeler.counts") == during == lab.counts()
    assert lab.ask("labeler.thresholds['mua']['snr']['min']") == pytest.approx(limit)


def test_a_typed_number_relabels_an_empty_field_switches_off_and_reset_brings_it_back(lab):
    lab.open([OPEN])
    lab.run_all()
    before = lab.counts()
    field = lab.page.get_by_role("spinbutton", name="num_spikes min", exact=True)
    field.fill("2000")
    field.press("Enter")
    lab.agrees("labeler.thresholds['mua']['num_spikes']", {"min": 2000, "max": None})
    lab.wait_counts({"good": lab.ask("labeler.counts")["good"]})
    assert lab.counts() == lab.ask("labeler.counts") != before
    field.fill("")
    field.press("Enter")
    lab.page.wait_for_timeout(300)
    lab.agrees("labeler.thresholds['mua']['num_spikes']", {"min": None, "max": None})
    assert lab.counts() == lab.ask("labeler.counts")
    lab.page.get_by_role("button", name="reset num_spikes").click()
    lab.wait_counts(before)
    lab.agrees("labeler.thresholds['mua']['num_spikes']", {"min": 300, "max": None})


def test_a_limit_is_typed_in_the_unit_that_is_shown(lab):
    lab.open([OPEN])
    lab.run_all()
    lab.counts()
    field = lab.page.get_by_role("spinbutton", name="peak_to_trough_duration min", exact=True)
    assert field.input_value() == "0.1"
    field.fill("0.3")
    field.press("Enter")
    lab.page.wait_for_timeout(300)
    assert lab.ask("labeler.thresholds['noise']['peak_to_trough_duration']") == {
        "min": 0.0003,
        "max": 0.00115,
    }
    assert lab.counts() == lab.ask("labeler.counts")


def test_thresholds_set_in_the_kernel_show_on_the_screen(lab):
    change = "t = labeler.thresholds; t['mua']['snr']['min'] = 15; labeler.thresholds = t"
    lab.open([OPEN])
    lab.run_all()
    lab.counts()
    lab.ask(f"exec({change!r})")
    expected = lab.ask("labeler.counts")
    lab.wait_counts(expected)
    assert lab.page.get_by_role("spinbutton", name="snr min", exact=True).input_value() == "15"


def test_clicking_a_waveform_selects_its_unit_in_the_kernel(lab):
    lab.open([OPEN])
    lab.run_all()
    shown = lab.counts()
    panel = lab.page.get_by_role("img", name=f"Waveforms of {shown['mua']} units labeled mua")
    panel.wait_for()
    box = panel.bounding_box()
    lab.page.mouse.click(box["x"] + box["width"] * 0.34, box["y"] + box["height"] * 0.5)
    lab.page.wait_for_timeout(500)
    (unit,) = lab.ask("labeler.selection")
    assert lab.ask(f"labeler.labels.loc[{unit!r}, 'label']") == "mua"


def test_keys_typed_in_a_field_never_reach_the_notebook(lab):
    lab.open([OPEN])
    lab.run_all()
    lab.counts()
    cells = lab.page.locator(".jp-Cell").count()
    field = lab.page.get_by_role("spinbutton", name="snr min", exact=True)
    field.click()
    for key in ["a", "b", "d", "d", "x", "m", "1", "Shift+m"]:
        field.press(key)
    lab.page.wait_for_timeout(300)
    assert lab.page.locator(".jp-Cell").count() == cells


def test_two_labelers_in_one_notebook_do_not_touch_each_other(lab):
    second = "other = nbl.ThresholdLabeler(nbl.demo_analyzer(), {'snr': {'min': 5}, 'drift_ptp': {'max': 100}})\nother"
    lab.open([OPEN, second])
    lab.run_all()
    lab.page.get_by_role("spinbutton", name="snr min", exact=True).nth(1).wait_for(timeout=60_000)
    before = lab.ask("labeler.counts")
    field = lab.page.get_by_role("spinbutton", name="snr min", exact=True).nth(1)
    field.fill("20")
    field.press("Enter")
    lab.page.wait_for_timeout(400)
    assert lab.ask("other.thresholds['snr']['min']") == 20
    assert lab.ask("labeler.counts") == before
    assert lab.page.get_by_role("spinbutton", name="snr min", exact=True).first.input_value() == "5"


def test_the_tutorial_runs_from_top_to_bottom(lab):
    shutil.copy(REPO / "notebooks" / "auto_label_units.ipynb", lab.root / "tutorial.ipynb")
    lab.go("tutorial.ipynb")
    lab.run_all()
    lab.page.wait_for_function(
        "[...document.querySelectorAll('.jp-InputPrompt')].every((e) => e.textContent.trim() !== '[*]:')",
        timeout=120_000,
    )
    lab.wait_idle(120_000)
    assert lab.page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    assert lab.ask("clean.get_num_units()") == 142 - lab.ask("labeler.counts['noise']")
