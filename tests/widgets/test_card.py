"""The unit card shows what is stored, and says which extension is missing."""

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.widgets.card import describe
from tests.conftest import shared


@pytest.fixture(scope="module")
def demo():
    return nbl.demo_analyzer()


def test_every_part_is_read_from_the_analyzer(demo):
    known, arrays = describe(demo, 3)
    unit = demo.unit_ids[3]
    assert known["missing"] == []
    assert np.allclose(arrays["template"].T, demo.get_unit_template(unit)[:, :24])
    assert np.array_equal(arrays["acg"], demo.get_extension("correlograms").get_data("ccgs")[3, 3])
    assert np.array_equal(arrays["isi"], demo.get_extension("isi_histograms").get_data("isi_histograms")[3])
    assert known["spikes"] == demo.count_num_spikes_per_unit()[unit]
    assert len(arrays["times"]) == len(arrays["amplitudes"]) == min(known["spikes"], 2000)
    similar = demo.get_extension("template_similarity").get_data()[3].copy()
    similar[3] = -1
    assert known["neighbours"][0][0] == int(similar.argmax())


def test_what_was_not_computed_is_named():
    analyzer = nbl.load(shared("neuropixels_kilosort.zarr"))
    known, arrays = describe(analyzer, 0)
    assert known["missing"] == ["No amplitudes: the extension 'spike_amplitudes' was not computed."]
    assert "amplitudes" not in arrays
    assert "template" in arrays


def test_the_card_answers_the_browser_with_bytes(demo, monkeypatch):
    labeler = nbl.BombcellLabeler(demo)
    card = labeler.view("card")
    sent = []
    monkeypatch.setattr(card, "send", lambda content, buffers=None: sent.append((content, buffers)))
    unit = str(demo.unit_ids[5])
    card._handle_custom_msg({"unit": unit, "request": 7}, [])
    ((content, buffers),) = sent
    assert (content["unit"], content["request"]) == (unit, 7)
    assert len(buffers) == len(content["arrays"])
    for number, wrong in enumerate(["99999", "5; import os", None, [], 10**30, True]):
        card._handle_custom_msg({"unit": wrong, "request": number}, [])
        content, buffers = sent[-1]
        assert content["request"] == number, "every question is answered"
        assert "error" in content
        assert buffers is None
    labeler.close()


def test_views_are_had_by_name(demo):
    labeler = nbl.BombcellLabeler(demo)
    for name in ("counts", "histograms", "waveforms", "upset", "table", "card", "scatter", "keep"):
        assert labeler.view(name) is labeler.parts[name]
    with pytest.raises(KeyError, match="Did you mean 'upset'"):
        labeler.view("upsets")
    labeler.close()
