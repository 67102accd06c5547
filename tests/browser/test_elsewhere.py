"""Not only in JupyterLab: Notebook 7, Voila, and notebooks that were saved and opened again."""

import json

import pytest

pytestmark = pytest.mark.browser

OPEN = "import nb_autolabel as nbl\nlabeler = nbl.BombcellLabeler(nbl.demo_analyzer())\nlabeler"


def drag_snr(lab, by=40):
    """Drag the lower limit of snr; return the counts before and after."""
    before = lab.counts()
    at = lab.handle("snr")
    lab.page.wait_for_timeout(400)
    lab.page.mouse.move(at["x"], at["y"])
    lab.page.mouse.down()
    lab.page.mouse.move(at["x"] + by / 2, at["y"])
    lab.page.mouse.move(at["x"] + by, at["y"])
    lab.page.wait_for_timeout(200)
    lab.page.mouse.up()
    after = lab.counts()
    assert after["good"] < before["good"]
    assert after["noise"] == before["noise"]
    return before, after


def test_in_notebook_7_a_drag_relabels_and_the_kernel_agrees(lab):
    lab.write([OPEN])
    lab.page.goto(f"{lab.address}/notebooks/test.ipynb")
    lab.page.wait_for_selector(".jp-Notebook", timeout=60_000)
    lab.wait_idle()
    lab.run_all()
    _, after = drag_snr(lab)
    lab.page.wait_for_timeout(500)
    assert lab.ask("labeler.counts") == after
    # Notebook 7 looks for a setting of its own that JupyterLab's server does not have.
    lab.errors[:] = [error for error in lab.errors if "reading 'schema'" not in error]


def test_in_voila_a_drag_relabels_and_undo_goes_through_the_kernel(lab):
    lab.write([OPEN])
    lab.page.goto(f"{lab.address}/voila/render/test.ipynb", timeout=90_000)
    before, after = drag_snr(lab)
    assert after != before
    bars = lab.page.get_by_role("img", name="Histogram of snr")
    clipped = "e => getComputedStyle(e.parentElement).overflow"
    assert bars.evaluate(clipped) == "visible", "the bars lie under the axis, outside of their element"
    lab.page.get_by_role("button", name="Undo", exact=False).first.click()
    lab.wait_counts(before)
    lab.page.goto(f"{lab.address}/lab")
    lab.page.wait_for_function("window.jupyterapp?.serviceManager", timeout=60_000)


def reopen(lab):
    """Save, shut the kernel down, open again: the new kernel has never heard of the widgets."""
    lab.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    lab.page.wait_for_timeout(1500)
    lab.page.evaluate("window.jupyterapp.serviceManager.sessions.shutdownAll()")
    lab.page.wait_for_timeout(500)
    lab.go("test.ipynb")


def test_a_notebook_saved_without_widget_state_still_shows_the_last_labels(lab):
    lab.open([OPEN])
    lab.run_all()
    _, after = drag_snr(lab)
    snapshot = lab.page.get_by_text("as last labeled")
    lab.page.wait_for_timeout(2500)
    assert snapshot.count() == 1
    assert not snapshot.is_visible(), "the live widget stands in its place"
    reopen(lab)
    snapshot.wait_for()
    text = snapshot.evaluate("e => e.closest('div').innerText")
    for label, count in after.items():
        assert f"{label} {count}" in text
    saved = json.loads((lab.root / "test.ipynb").read_text())
    assert len(json.dumps(saved)) < 50_000
    lab.errors.clear()  # ipywidgets reports the model that is not there


def test_a_notebook_saved_with_widget_state_still_relabels_without_its_kernel(lab):
    lab.open([OPEN])
    lab.run_all()
    _, after = drag_snr(lab)
    lab.page.evaluate(
        "window.jupyterapp.commands.execute('@jupyter-widgets/jupyterlab-manager:saveWidgetState')"
    )
    lab.page.wait_for_timeout(1000)
    reopen(lab)
    assert lab.counts() == after
    assert lab.ask("'labeler' in globals()") is False
    drag_snr(lab, 15)
    lab.page.get_by_role("tab", name="Table", exact=True).click()
    lab.page.get_by_text("142 units").first.wait_for()
