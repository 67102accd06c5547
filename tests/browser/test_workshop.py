"""A student labels the last unit, is told so, takes the labels along, and opens a wrong unit from the score."""

import re

import pytest
from playwright.sync_api import expect

import nb_autolabel as nbl

pytestmark = pytest.mark.browser

CELL = """import nb_autolabel as nbl
exercise = nbl.Exercise('dora', 'easy')
truth = exercise.truth
session = nbl.LabelingSession(exercise.analyzer, journal='dora.jsonl')
for unit in truth.index[:-1]:
    session.label(unit, 'noise' if truth[unit] == 'mua' else truth[unit])
session.next()
session"""


def test_the_end_is_said_labels_are_downloaded_and_a_wrong_unit_opens(lab, tmp_path):
    lab.open([CELL, "exercise.score(session.labels)"])
    lab.run_all()
    page = lab.page
    page.get_by_text(re.compile(r"^29 of 30 labeled")).wait_for(timeout=60_000)
    lab.wait_idle()
    page.get_by_role("button", name="Label good, key g").click()
    expect(page.get_by_text("✓ Done: all 30 units are labeled.")).to_be_visible(timeout=30_000)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download the labels as a CSV file").click()
    assert saved.value.suggested_filename == "dora.csv"
    saved.value.save_as(tmp_path / "dora.csv")
    lab.wait_idle()
    kept = lab.ask("session.labels['label'].to_dict()")
    assert nbl.import_labels(tmp_path / "dora.csv")["label"].to_dict() == kept
    wrong = page.get_by_role("group", name="Wrong labels").get_by_role("button")
    wrong.nth(1).click()
    expect(wrong.nth(1)).to_have_attribute("aria-pressed", "true")
    unit = wrong.nth(1).inner_text().split(":")[0]
    expect(page.locator(".nbl-score-clue")).to_contain_text(f"Unit {unit}: you said noise, it is mua")
    card = (
        page.locator(".nbl-score")
        .locator("xpath=..")
        .locator(".nbl-card .nbl-card-title, .nbl-card strong")
        .first
    )
    expect(card).to_contain_text(f"unit {unit}")
