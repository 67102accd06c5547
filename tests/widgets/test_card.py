"""The unit card shows what is stored, and says which extension is missing."""

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.evidence.floor import detection_floor
from nb_autolabel.widgets.card import describe, packed
from nb_autolabel.widgets.card_parts import PARTS
from tests.conftest import shared


@pytest.fixture(scope="module")
def demo():
    return nbl.demo_analyzer()


def test_every_part_is_read_from_the_analyzer(demo):
    spikes = np.array(list(demo.count_num_spikes_per_unit().values()))
    at = int(spikes.argmax())
    known, arrays = describe(demo, at)
    unit = demo.unit_ids[at]
    assert known["missing"] == []
    assert np.allclose(arrays["template"].T, demo.get_unit_template(unit)[:, :24])
    train = demo.get_unit_spike_train(unit)
    lags = (train[np.newaxis, :] - train[:, np.newaxis]) * 1000 / demo.sampling_frequency
    assert arrays["acg_log_edges"][[0, -1]] == pytest.approx([0.3, 50.0])
    edges = arrays["acg_log_edges"] - 1e-9
    assert np.array_equal(arrays["acg_log"], np.histogram(lags, edges)[0])
    assert arrays["isi"].sum() == known["spikes"] - 1
    assert known["spikes"] == demo.count_num_spikes_per_unit()[unit]
    for name in ("amplitude", "depth"):
        assert arrays[f"{name}_histogram"].sum() == known["spikes"]
        assert arrays[f"{name}_density"].shape == (np.prod(known[name]["shape"]),)
    assert "times" not in arrays, "many spikes are a density"
    few, points = describe(demo, int(spikes.argmin()))
    assert len(points["times"]) == len(points["amplitudes"]) == few["spikes"] <= 2000
    assert known["amplitude"]["floor"] == pytest.approx(-detection_floor(demo, at))
    assert known["clouds"]["units"][0] == at
    assert len(known["curated"]["labels"]) == 10
    assert known["channels"][known["main"]] == str(demo.main_channel_ids[at])
    similar = demo.get_extension("template_similarity").get_data()[at].copy()
    similar[at] = -1
    assert known["neighbours"][0][0] == int(similar.argmax())


def test_what_was_not_computed_is_named():
    analyzer = nbl.load(shared("neuropixels_kilosort.zarr"))
    known, arrays = describe(analyzer, 0)
    assert known["missing"][0] == (
        "No amplitudes: the extension 'spike_amplitudes' was not computed. "
        'sorting_analyzer.compute(["spike_amplitudes"]) computes it.'
    )
    assert [text.split(":")[0] for text in known["missing"][1:]] == [
        "No depths over time",
        "No single waveforms",
        "No principal components",
    ]
    assert "acg" in arrays, "spikes are there"
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
    assert len(buffers) == len(content["arrays"]) == len(content["types"])
    sent.clear()
    for number, part in enumerate(PARTS):
        card._handle_custom_msg({"unit": unit, "request": number, "part": part, "ahead": True}, [])
    assert sorted(name for got, _ in sent for name in got["arrays"]) == sorted(content["arrays"])
    assert "template" in sent[0][0]["arrays"], "what is quick comes first"
    assert "acg" in sent[1][0]["arrays"]
    for wrong in ("shapes", "", 3, [], {"shape": 1}):
        card._handle_custom_msg({"unit": unit, "request": 9, "part": wrong}, [])
        assert "the card has no part" in sent[-1][0]["error"]
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


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_unit_with_hardly_any_spike_has_a_card(demo, count, tmp_path):
    folder = tmp_path / "few"
    demo.select_units(demo.unit_ids[:2]).save_as(format="binary_folder", folder=folder, slim=True)
    file = folder / "sorting" / "spikes.npy"
    stored = np.load(file)
    kept = np.flatnonzero(stored["unit_index"] == 0)[:count]
    np.save(file, stored[np.sort(np.concatenate([kept, np.flatnonzero(stored["unit_index"] == 1)]))])
    known, arrays = describe(nbl.load(folder), 0)
    if count == 0:
        assert "No spike train: the unit has no spikes." in known["missing"]
        assert "acg" not in arrays
    else:
        assert known["spikes"] == count
        assert arrays["isi"].sum() == max(0, count - 1)
        assert np.isfinite(np.concatenate([np.ravel(a) for a in arrays.values()])).all()


def test_the_browser_forgets_what_it_knew_when_there_is_another_analyzer(demo):
    labeler = nbl.BombcellLabeler(demo, journal=None)
    card = labeler.view("card")
    before = card._shown
    card.show(demo.select_units(demo.unit_ids))
    assert card._shown == before + 1
    labeler.close()


def test_arrays_are_sent_as_bytes_of_the_type_that_is_named():
    sent = packed({"a": np.array([1.5]), "b": np.array([3], np.uint8), "c": np.array([-2], np.int16)})
    assert [len(part) for part in sent] == [4, 1, 2]
