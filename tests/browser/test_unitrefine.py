"""Classifiers and labels by hand, in JupyterLab."""

import pytest

from .conftest import KERNEL

pytestmark = pytest.mark.browser

OPEN = "import nb_autolabel as nbl\nlabeler = nbl.UnitRefineLabeler(nbl.demo_analyzer())\nlabeler"
HAND = "import nb_autolabel as nbl\nsession = nbl.LabelingSession(nbl.demo_analyzer(), 'hand.jsonl')\nsession"


def test_dragging_a_decision_threshold_relabels_and_a_unit_shows_what_moved_it(lab):
    lab.open([OPEN])
    lab.run_all()
    before = lab.counts()
    field = lab.page.get_by_role("spinbutton", name="sua_probability min", exact=True).first
    at = lab.handle("sua_probability", nth=0)
    lab.page.mouse.move(at["x"], at["y"])
    lab.page.mouse.down()
    lab.page.mouse.move(at["x"] + 20, at["y"])
    lab.page.mouse.move(at["x"] + 40, at["y"])
    lab.page.wait_for_timeout(200)
    lab.page.mouse.up()
    after = lab.counts()
    assert after["sua"] < before["sua"]
    assert float(field.input_value()) > 0.5
    lab.page.wait_for_timeout(400)
    assert lab.ask("labeler.counts") == after
    lab.ask("setattr(labeler, 'selection', [labeler.analyzer.unit_ids[3]])")
    lab.page.get_by_text("to start with").wait_for()
    lab.page.get_by_role("combobox", name="Probability to explain").select_option(label="sua probability")
    chance = lab.ask("float(labeler.trace.values[labeler.rule_set.index('sua/sua_probability')][3])")
    text = lab.page.get_by_text("to start with").inner_text()
    shown = float(text.split("to start with, ")[1].split(" %")[0])
    assert shown == pytest.approx(100 * chance, abs=0.6)
    lab.page.get_by_role("tab", name="Inputs", exact=True).click()
    lab.page.get_by_text("outside the training data").first.wait_for()


def test_units_are_labeled_by_keys_and_the_labels_outlive_the_kernel(lab):
    lab.open([HAND])
    lab.run_all()
    bar = lab.page.get_by_label("Label units by hand")
    bar.wait_for(timeout=60_000)
    lab.wait_idle()
    cells = lab.page.locator(".jp-Cell").count()
    first = lab.ask("session.current")
    bar.focus()
    ready = "document.querySelector('.nbl-hand .nbl-label-bar')?.dataset.seen"
    for number, key in enumerate(["g", "m", "n", "s"], 1):
        lab.page.wait_for_function(ready)
        bar.press(key)
        lab.page.get_by_text(f"{number} of 142 labeled").wait_for()
    given = lab.ask("session.labels['label'].tolist()")
    assert given == ["good", "mua", "noise", "non_soma"]
    assert lab.ask("str(session.labels.index[0])") == str(first)
    bar.press("u")
    lab.page.get_by_text("3 of 142 labeled").wait_for()
    lab.page.wait_for_function(ready)
    lab.page.get_by_role("button", name="Label good, key g").click()
    lab.page.get_by_text("4 of 142 labeled: 2 good").wait_for()
    assert lab.page.locator(".jp-Cell").count() == cells, "keys stay in the widget"
    lab.page.locator(".nbl-waveforms").scroll_into_view_if_needed()
    lab.page.get_by_label("Waveforms of 2 units labeled good", exact=True).wait_for()
    lab.page.get_by_label("Waveforms of 138 units labeled not labeled", exact=True).wait_for()
    lab.page.evaluate(f"() => {KERNEL}.restart()")
    lab.page.wait_for_timeout(1000)
    lab.wait_idle()
    lab.run_all()
    lab.page.get_by_text("4 of 142 labeled").first.wait_for(timeout=60_000)
