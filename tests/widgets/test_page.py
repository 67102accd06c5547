"""The saved page holds everything and loads nothing."""

import base64
import hashlib
import re

import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import AlreadyExistsError
from nb_autolabel.widgets import page
from tests.conftest import shared


@pytest.mark.parametrize("method", [nbl.BombcellLabeler, nbl.UnitRefineLabeler])
def test_the_page_is_small_loads_nothing_and_is_not_replaced_unasked(tmp_path, method):
    labeler = method(nbl.demo_analyzer(), journal=None)
    path = labeler.save_html(tmp_path / "labels.html")
    text = path.read_text(encoding="utf-8")
    assert path.stat().st_size < 6_000_000
    assert "default-src 'none'" in text
    assert not re.search(r"<(link|img|iframe)|src=|@import|https?://(?!www\.w3\.org)", text)
    with pytest.raises(AlreadyExistsError):
        labeler.save_html(path)
    labeler.close()


def test_an_analyzer_without_templates_has_a_page_too(tmp_path):
    labeler = nbl.BombcellLabeler(nbl.load(shared("neuropixels_kilosort.zarr")), journal=None)
    assert labeler.save_html(tmp_path / "labels.html").stat().st_size > 50_000
    labeler.close()


def test_a_page_of_very_many_units_leaves_cards_out_and_numbers_json_lacks_become_null(monkeypatch):
    labeler = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=None)
    monkeypatch.setattr(page, "MAX_CARDS", 100_000)
    assert 0 < len(page._cards(labeler)) < 30
    assert page.Packer().pack({"a": [float("nan"), float("inf"), 1.5]}) == {"a": [None, None, 1.5]}
    labeler.close()


def test_keys_of_the_data_that_look_like_the_pages_own_come_back_as_they_were():
    packer = page.Packer()
    packed = packer.pack({"$at": {"$$at": 1}, "data": b"12345678"})
    assert packed == {"$$at": {"$$$at": 1}, "data": {"$at": [0, 8]}}


def test_of_all_scripts_the_policy_allows_the_pages_own_alone_and_no_form(tmp_path):
    labeler = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=None)
    text = labeler.save_html(tmp_path / "labels.html").read_text(encoding="utf-8")
    code = re.search(r"<script type='module'>(.*?)</script>", text, re.DOTALL)[1]
    hashed = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert f"script-src 'sha256-{hashed}';" in policy
    assert "form-action 'none'; base-uri 'none'" in policy
    assert "unsafe-inline" not in policy.replace("style-src 'unsafe-inline'", "")
    labeler.close()
