"""Why a label, what if, labels by hand, comparison; and all of it in a page without a kernel."""

import re

import pytest

import nb_autolabel as nbl
from tests.browser.conftest import KERNEL

pytestmark = pytest.mark.browser
#: Buttons that set the limit that gains most.
BEST = re.compile(r"^Set .* to .*: \d+ ")

OPEN = "import nb_autolabel as nbl\nlabeler = nbl.BombcellLabeler(nbl.demo_analyzer(), journal='{}')\nlabeler"


@pytest.fixture
def shown(lab, request):
    name = f"{request.node.name[:40]}.jsonl"
    lab.open([OPEN.format(name)])
    lab.run_all()
    lab.counts()
    lab.wait_idle()
    return lab


def tab(page, name):
    page.get_by_role("tab", name=name, exact=True).last.click()


def test_a_unit_is_labeled_by_hand_with_a_key_and_the_label_survives_a_drag_and_a_restart(shown):
    unit = shown.ask("labeler.labels.index[labeler.labels['label'] == 'mua'][0]")
    shown.ask(f"setattr(labeler, 'selection', [{unit!r}])")
    tab(shown.page, "Unit card")
    shown.page.get_by_text(f"unit {unit}: mua").wait_for()
    shown.page.get_by_role("textbox", name="Note for the label by hand").fill("clean")
    card = shown.page.locator(".nbl-card")
    card.focus()
    card.press("g")
    shown.page.get_by_text("1 by hand").wait_for()
    shown.page.get_by_text(f"unit {unit}: good, by hand").wait_for()
    assert shown.ask("labeler.overrides['note'].tolist()") == ["clean"]
    field = shown.page.get_by_role("spinbutton", name="snr min", exact=True)
    field.fill("30")
    field.press("Enter")
    shown.page.wait_for_timeout(500)
    assert shown.ask(f"labeler.labels.loc[{unit!r}, 'label']") == "good"
    assert shown.counts() == shown.ask("labeler.counts")
    shown.page.evaluate(f"() => {KERNEL}.restart()")
    shown.wait_idle()
    assert shown.ask("'labeler' in globals()") is False
    shown.run_all()
    shown.wait_idle()
    shown.page.get_by_text("1 by hand").wait_for()
    assert shown.ask(f"labeler.labels.loc[{unit!r}, 'label']") == "good"


def test_the_smallest_change_is_made_with_one_click(shown):
    unit = shown.ask(
        "next(u for u in labeler.labels.index if labeler.explain(u).changes[0].label == 'noise')"
    )
    shown.ask(f"setattr(labeler, 'selection', [{unit!r}])")
    tab(shown.page, "Unit card")
    shown.page.get_by_role("button", name=f"Make unit {unit} noise").click()
    shown.page.get_by_text(f"unit {unit}: noise").wait_for()
    shown.page.wait_for_timeout(400)
    assert shown.ask(f"labeler.labels.loc[{unit!r}, 'label']") == "noise"
    assert shown.ask("labeler.undo()") is True


def test_what_if_ranks_limits_as_the_kernel_does_and_sets_one(shown):
    tab(shown.page, "What if")
    best = shown.page.get_by_role("button", name=BEST).first
    best.wait_for()
    promised = int(best.get_attribute("aria-label").rsplit(":", 1)[1].split()[0])
    row = shown.ask("labeler.sensitivity().table[['criterion', 'bound', 'most']].values[0].tolist()")
    assert f"{row[0]} {row[1]}" in best.get_attribute("aria-label")
    assert promised == row[2]
    best.click()
    shown.page.wait_for_timeout(500)
    assert shown.ask("labeler.counts['good']") == promised
    assert shown.counts()["good"] == promised


def test_what_a_missing_value_counts_as_is_switched_in_the_panel(shown):
    tab(shown.page, "Missing")
    shown.page.get_by_role("combobox", name="A missing mua/amplitude_cutoff counts as").select_option("fail")
    shown.page.wait_for_timeout(800)
    assert shown.ask("labeler.rule_set['amplitude_cutoff'].nan") == "fail"
    assert shown.counts() == shown.ask("labeler.counts")
    decided = shown.ask("int(labeler.missing_values().loc['mua/amplitude_cutoff', 'decided'])")
    shown.page.get_by_role(
        "button", name=f"Select the {decided} units that a missing amplitude_cutoff decides"
    ).click()
    shown.page.wait_for_timeout(300)
    assert len(shown.ask("labeler.selection")) == decided


def test_methods_are_compared_and_a_cell_selects_its_units_in_all(lab):
    lab.open(["import nb_autolabel as nbl\nbench = nbl.Workbench(nbl.demo_analyzer(), journal=None)\nbench"])
    lab.run_all()
    lab.page.get_by_role("tab", name="Compare", exact=True).click()
    cell = lab.page.get_by_role("button", name="units: noise for bombcell, mua for unitrefine")
    number = int(cell.get_attribute("aria-label").split()[0])
    assert number == lab.ask("int(bench.comparison().matrix('bombcell', 'unitrefine').loc['noise', 'mua'])")
    kappa = lab.ask("['%.2f' % v for v in bench.comparison().kappa('bombcell', 'unitrefine')[:3]]")
    lab.page.get_by_text(f"κ {kappa[0]} (95 %: {kappa[1]} to {kappa[2]})").wait_for()
    cell.click()
    lab.page.wait_for_timeout(500)
    for name in ("thresholds", "bombcell", "unitrefine"):
        assert len(lab.ask(f"bench.labelers['{name}'].selection")) == number


@pytest.fixture
def saved_page(browser, tmp_path):
    """A page opened from disk with the network cut; fails on anything that goes wrong in it."""
    labeler = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=None)
    path = labeler.save_html(tmp_path / "labels.html")
    context = browser.new_context(offline=True, viewport={"width": 1320, "height": 1000})
    page = context.new_page()
    wrong, asked = [], []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.get_by_role("slider").first.wait_for()
    yield page, labeler
    assert wrong == []
    assert [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []
    context.close()
    labeler.close()


def counts(page):
    return page.locator("[data-label].nbl-count-number").evaluate_all(
        "all => Object.fromEntries(all.map(e => [e.dataset.label, Number(e.textContent)]))"
    )


def test_in_a_page_without_kernel_and_network_thresholds_drag_and_views_link(saved_page):
    page, labeler = saved_page
    assert counts(page) == labeler.counts
    handle = page.get_by_role("slider", name="num_negative_peaks max handle")
    box = handle.bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 20, steps=6)
    page.mouse.up()
    page.wait_for_timeout(500)
    limit = float(page.get_by_role("spinbutton", name="num_negative_peaks max", exact=True).input_value())
    labeler.thresholds = {
        **labeler.thresholds,
        "noise": {**labeler.thresholds["noise"], "num_negative_peaks": {"max": limit}},
    }
    assert counts(page) == labeler.counts
    assert limit > 1
    page.get_by_role("button", name="units:").first.click()
    tab(page, "Table")
    page.locator("[data-unit][aria-selected='true']").first.wait_for()
    tab(page, "What if")
    page.get_by_role("button", name=BEST).first.click()
    tab(page, "Unit card")
    page.get_by_role("img", name="autocorrelogram of unit").wait_for()
    before = counts(page)
    page.get_by_role("button", name="Label good, key g").click()
    page.get_by_text("by hand in this page").wait_for()
    assert counts(page)["good"] > before["good"]
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the labels as a CSV file").click()
    text = download.value.path().read_text()
    assert text.count('"good"') == counts(page)["good"]
    for _ in range(3):
        page.get_by_role("button", name="Undo").click()
    page.wait_for_timeout(300)
    labeler.reset()
    assert counts(page) == labeler.counts
