"""Names that are spelled as code stay names: in the saved page, the report, and the live widget."""

import pytest
from playwright.sync_api import expect

import nb_autolabel as nbl
from tests import hostile_analyzer


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    return hostile_analyzer.write(tmp_path_factory.mktemp("hostile"))


@pytest.fixture
def opened(page):
    """Open a file in the browser; nothing it says may be an error, and no name of it may have run."""
    said = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)

    def go(path):
        page.goto(path.as_uri())
        return page

    yield go
    assert said == []
    assert page.evaluate("window.pwned") is None
    assert page.locator("b:has-text('si'), img[src='x']").count() == 0


def test_in_the_saved_page_hostile_names_are_shown_as_they_are_and_every_tab_works(hostile, opened, tmp_path):
    labeler = hostile_analyzer.labeler_of(hostile, tmp_path / "labels.jsonl")
    page = opened(labeler.save_html(tmp_path / "labels.html"))
    page.locator("[data-label]").first.wait_for()
    shown = {e.get_attribute("data-label"): int(e.inner_text()) for e in page.locator("[data-label]").all()}
    assert {label: n for label, n in shown.items() if n} == {k: n for k, n in labeler.counts.items() if n}
    for tab in page.get_by_role("tab").all():
        tab.click()
        assert page.get_by_role("tabpanel", name=tab.inner_text(), exact=True).is_visible()
    page.get_by_role("tab", name="Table", exact=True).click()
    page.get_by_role("row").filter(has_text=hostile_analyzer.UNITS[3]).nth(1).click()
    page.get_by_role("tab", name="Unit card", exact=True).click()
    page.get_by_text(f"unit {hostile_analyzer.UNITS[3]}").first.wait_for()
    field = page.get_by_role("spinbutton", name="$at max", exact=True)
    field.fill("0.95")
    field.press("Enter")
    expect(page.get_by_role("button", name="undo")).to_be_enabled()
    labeler.close()


def test_a_script_that_is_not_the_pages_own_is_not_run_by_it(hostile, page, tmp_path):
    labeler = hostile_analyzer.labeler_of(hostile, None)
    path = labeler.save_html(tmp_path / "labels.html")
    labeler.close()
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("</body>", "<script>window.pwned=1</script></body>"), encoding="utf-8")
    page.goto(path.as_uri())
    page.locator("[data-label]").first.wait_for()
    assert page.evaluate("window.pwned") is None


def test_in_the_report_hostile_names_are_text(hostile, opened, tmp_path):
    analyzer = nbl.load(hostile)
    limits = {name: {"max": 0.7} for name in hostile_analyzer.METRICS}
    page = opened(nbl.report(analyzer, tmp_path / "report.html", thresholds=limits))
    assert hostile_analyzer.METRICS[5] in page.inner_text("body")
    assert nbl.report(analyzer, tmp_path / "report.pdf", thresholds=limits).stat().st_size > 10_000


def test_in_jupyterlab_hostile_names_are_text_too_and_the_kernel_agrees(hostile, lab):
    lab.open(
        [
            f"import sys; sys.path.insert(0, {str(hostile_analyzer.REPO)!r})",
            f"from tests import hostile_analyzer; labeler = hostile_analyzer.labeler_of({str(hostile)!r}, None); labeler",
        ]
    )
    lab.run_all()
    shown = lab.counts()
    assert {k: n for k, n in shown.items() if n} == {k: n for k, n in lab.ask("labeler.counts").items() if n}
    for title in ("Table", "Unit card", "What if", "Missing", "Scatter"):
        lab.page.get_by_role("tab", name=title, exact=True).click()
    lab.page.wait_for_timeout(500)
    assert lab.page.evaluate("window.pwned") is None


def test_in_the_comparison_labels_by_hand_that_are_spelled_as_code_are_labels(lab):
    lab.open(
        [
            "import nb_autolabel as nbl; bench = nbl.Workbench(nbl.demo_analyzer(), journal=None)\n"
            "ids = bench.labeler.analyzer.unit_ids.tolist()\n"
            "bench.labeler.override({ids[0]: 'constructor', ids[1]: 'toString', ids[2]: '__proto__'}); bench"
        ]
    )
    lab.run_all()
    lab.page.get_by_role("tab", name="Compare", exact=True).click(timeout=60_000)
    for menu in lab.page.locator(".nbl-compare select").all():
        menu.select_option("by hand")
    lab.page.locator(".nbl-compare-matrix").get_by_text("constructor").first.wait_for()
    text = lab.page.locator(".nbl-compare-matrix").inner_text()
    assert "toString" in text
    assert "__proto__" in text
    assert "function" not in text
    assert "[object" not in text
