"""Many recordings: a drag moves every row, a click limits all views to one, in a notebook and in a saved page."""

import re

import pandas as pd
import pytest

import nb_autolabel as nbl
from tests.unit.cohorts import metrics_of

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect
pytestmark = pytest.mark.browser

NAMES = ["r10", "r2", "r1"]


@pytest.fixture(scope="module")
def table():
    parts = [
        metrics_of(at, units=40).reset_index().assign(recording=name, mouse=f"m{1 + at % 2}")
        for at, name in enumerate(NAMES)
    ]
    return pd.concat(parts, ignore_index=True)


def opener(page, name):
    return page.get_by_role("table", name="Recordings").get_by_role("button", name=name, exact=True)


def number(page, label):
    return page.locator(f"[data-label={label}].nbl-count-number")


def test_in_a_saved_page_a_click_limits_the_views_and_rows_follow_a_limit(table, browser, tmp_path):
    labeler = nbl.BombcellLabeler(nbl.Cohort(table), journal=None)
    context = browser.new_context(offline=True, viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(labeler.save_html(tmp_path / "labels.html").as_uri())
    sessions = labeler.live.analyzer.source.tabulate(labeler.trace)
    opener(page, "r2").click()
    expect(number(page, "noise")).to_have_text(str(sessions.loc["r2", "noise"]))
    labeler.set_limit("mua/snr", min=1000)
    moved = labeler.live.analyzer.source.tabulate(labeler.trace)
    field = page.get_by_role("spinbutton", name="snr min", exact=True)
    field.fill("1000")
    field.press("Enter")
    expect(number(page, "mua")).to_have_text(str(moved.loc["r2", "mua"]))
    row = page.locator("tr", has=page.get_by_role("button", name="r1", exact=True))
    gained = int(moved.loc["r1", "mua"] - sessions.loc["r1", "mua"])
    expect(row).to_contain_text(f"+{gained} mua")
    page.get_by_role("combobox", name="Group recordings by").select_option(label="by mouse (2)")
    opener(page, "mouse m1").click()
    expect(page.get_by_text("all views: mouse m1 (2 recordings), 80 units")).to_be_visible()
    page.get_by_role("tab", name="Table", exact=True).click()
    expect(page.get_by_text(re.compile("^80 units$"))).to_be_visible()
    labeler.close()
    context.close()
    assert wrong == []


def test_in_a_notebook_a_click_limits_the_views_and_the_kernel_keeps_all_units(lab, table, tmp_path):
    path = tmp_path / "units.csv"
    table.to_csv(path, index=False)
    lab.open(
        [
            f"import nb_autolabel as nbl, pandas as pd\ncohort = nbl.Cohort(pd.read_csv({str(path)!r}))\n"
            "labeler = nbl.BombcellLabeler(cohort, journal=None)\nlabeler"
        ]
    )
    lab.run_all()
    page = lab.page
    opener(page, "r2").click()
    noise = lab.ask("int(cohort.sessions_for(labeler).loc['r2', 'noise'])")
    expect(number(page, "noise")).to_have_text(str(noise))
    assert lab.ask("sum(labeler.counts.values())") == len(table)
    opener(page, "r2").click()
    expect(number(page, "noise")).to_have_text(str(lab.ask("labeler.counts['noise']")))
