"""The tab Pairs answers the browser: a pair in bytes, the merged unit, suggestions, and refusals in words."""

import json
from itertools import pairwise

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import MissingExtensionError
from nb_autolabel.pairs.pair import pair_of
from nb_autolabel.widgets.pair_message import MAX_AMPLITUDES, described
from tests.simulated_pairs import make_pairs_folder


@pytest.fixture(scope="module")
def demo():
    return nbl.demo_analyzer()


@pytest.fixture
def labeler(demo):
    made = nbl.BombcellLabeler(demo, journal=None)
    yield made
    made.close()


@pytest.fixture
def ask(labeler, monkeypatch):
    return asked(labeler, monkeypatch)


def asked(labeler, monkeypatch):
    view = labeler.view("pairs")
    sent = []
    monkeypatch.setattr(view, "send", lambda content, buffers=None: sent.append((content, buffers)))

    def ask(**content):
        view._handle_custom_msg({"request": len(sent), **content}, [])
        assert sent[-1][0]["request"] == len(sent) - 1, "every question is answered"
        # JSON as a browser reads it knows no NaN.
        json.dumps(sent[-1][0], allow_nan=False)
        return sent[-1]

    return ask


def arrays_of(content, buffers):
    return {
        name: np.frombuffer(buffer, "<f4") for name, buffer in zip(content["arrays"], buffers, strict=True)
    }


def test_the_most_alike_neighbour_comes_first_and_everything_about_the_pair(labeler, ask, demo):
    unit = str(demo.unit_ids[60])
    content, buffers = ask(unit=unit, other=None)
    near = content["neighbours"]
    assert content["other"] == near[0][0]
    assert [alike for _, alike, _ in near] == sorted((alike for _, alike, _ in near), reverse=True)
    pair = labeler.pair(unit, content["other"])
    assert content["said"] == str(pair.verdict)
    arrays = arrays_of(content, buffers)
    assert arrays["ccg"].tolist() == pair.cross.counts.tolist()
    half = len(arrays["log_edges"]) - 1
    zero, samples = (
        len(pair.cross.lags) // 2,
        np.round(arrays["log_edges"] * demo.sampling_frequency / 1000).astype(int),
    )
    for at, (low, high) in enumerate(pairwise(samples.tolist())):
        assert arrays["ccg_log"][half + at] == pair.cross.lags[zero + low : zero + high].sum()
        assert arrays["ccg_log"][half - 1 - at] == pair.cross.lags[zero - high + 1 : zero - low + 1].sum()
    assert len(arrays["times_one"]) == min(MAX_AMPLITUDES, pair.evidence.spikes[0])
    n_channels = len(content["channels"])
    assert arrays["places"].shape == (2 * n_channels,)
    for which in ("one", "other"):
        assert len(arrays[f"template_{which}"]) == n_channels * content["samples"]


def test_any_two_units_are_compared_when_they_are_named(ask, demo):
    places = demo.get_channel_locations()[demo.main_channel_indices, 1]
    one, other = str(demo.unit_ids[places.argmin()]), str(demo.unit_ids[places.argmax()])
    content, _ = ask(unit=one, other=other)
    assert content["other"] == other
    assert content["verdict"] == "two cells"
    stored = demo.get_extension("template_similarity").get_data()[places.argmin(), places.argmax()]
    assert content["similarity"] == pytest.approx(float(stored), abs=0.005)
    assert content["similarity"] < 0.8


def test_what_the_merged_unit_would_be_follows_the_limits(labeler, ask, demo):
    units = labeler.labels.index[labeler.labels["label"] == "good"][:2].astype(str).tolist()
    merged = ask(merged=units)[0]["merged"]
    assert merged["labels"] == list(labeler.merged(units).labels)
    assert merged["metrics"]["num_spikes"] == sum(demo.count_num_spikes_per_unit()[unit] for unit in units)
    named = [name for _, names in merged["unknown"] for name in names]
    assert {"snr", "drift_ptp", "exp_decay"} <= set(named)
    labeler.set_limit("mua/num_spikes", min=1e9)
    assert ask(merged=units)[0]["merged"]["labels"] == ["mua"]


def test_a_merge_is_suggested_shown_and_taken_back(labeler, ask, demo):
    view = labeler.view("pairs")
    a, b, c = (str(demo.unit_ids[at]) for at in (3, 7, 9))
    assert "error" not in ask(do="suggest", units=[a, b])[0]
    assert view._merges == [[a, b]]
    assert labeler.engine._history == [1, 0]
    ask(do="suggest", units=[b, c])
    assert view._merges == [[a, b, c]]
    labeler.engine.receive({"type": "undo", "client": "c", "id": 1})
    assert view._merges == [[a, b]]
    ask(do="clear", units=[a, b])
    assert (view._merges, labeler.merges) == ([], [])
    assert labeler.undo()
    assert labeler.merges == [tuple(demo.unit_ids[[3, 7]].tolist())]


def test_proposals_are_a_queue_that_is_answered(labeler, ask, demo):
    view = labeler.view("pairs")
    a, b, c, d = (str(demo.unit_ids[at]) for at in (3, 7, 9, 12))
    labeler.propose_merges([[a, b], [c, d]])
    assert view._proposals == [[a, b], [c, d]]
    ask(do="suggest", units=[a, b])
    assert (view._proposals, view._merges) == ([[c, d]], [[a, b]])
    ask(do="reject", units=[c, d])
    assert (view._proposals, view._merges) == ([], [[a, b]])
    assert "no proposal" in ask(do="reject", units=[c, d])[0]["error"]
    assert view._rejected == [[c, d]]
    ask(do="reconsider", units=[d, c])
    assert (view._proposals, view._rejected) == ([[c, d]], [])
    assert "was rejected" in ask(do="reconsider", units=[c, d])[0]["error"]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"unit": "99999", "other": None},
        {"unit": None, "other": None},
        {"unit": "3", "other": "3"},
        {"unit": "3", "other": []},
        {"unit": "3", "other": 10**30},
        {"merged": ["3"]},
        {"merged": "3"},
        {"merged": ["3", "3"]},
        {"do": "suggest", "units": ["3"]},
        {"do": "suggest", "units": ["3", "3"]},
        {"do": "suggest", "units": ["3", "99999"]},
        {"do": "suggest", "units": ["3", "7"], "more": 1},
        {"do": "close", "units": ["3", "7"]},
        {"do": ["suggest"], "units": ["3", "7"]},
        {"do": "suggest"},
        {"do": "clear", "units": []},
    ],
)
def test_a_wrong_question_is_refused_in_words_and_changes_nothing(labeler, ask, wrong):
    content, buffers = ask(**wrong)
    assert content["error"]
    assert "Error:" not in content["error"], content["error"]
    assert buffers is None
    assert (labeler.merges, labeler.live.session.history) == ([], (0, 0))


def test_a_kilosort_folder_has_pairs_from_its_own_files(tmp_path, monkeypatch):
    labeler = nbl.BombcellLabeler(nbl.load(make_pairs_folder(tmp_path / "ks")), journal=None)
    ask = asked(labeler, monkeypatch)
    content, buffers = ask(unit="0", other="1")
    assert content["verdict"] == "one cell"
    assert content["over"] == pytest.approx(300, abs=5)
    assert (content["volt"], content["amplitude_unit"]) == ("a.u.", "a.u.")
    assert len(arrays_of(content, buffers)["amplitudes_one"]) == content["spikes"][0]
    merged = ask(merged=["0", "1"])[0]["merged"]
    assert "amplitude_median" not in merged["metrics"], "nobody knows the unit of these amplitudes"
    assert merged["alone"][0]["rp_contamination"] is not None
    labeler.close()


def test_what_is_not_there_is_said_with_what_would_give_it(demo, monkeypatch):
    hidden = {"spike_amplitudes", "templates", "template_similarity", "unit_locations"}
    few = demo.select_units(demo.unit_ids[:4])
    read = type(few).get_extension

    def get_extension(self, name):
        if name in hidden:
            raise MissingExtensionError("not here", extension=name)
        return read(self, name)

    monkeypatch.setattr(type(few), "get_extension", get_extension)
    monkeypatch.setattr(type(few), "has_extension", lambda self, name: name not in hidden)
    pair = pair_of(few, 0, 1)
    known, arrays = described(pair, few, (0, 1))
    said = " ".join(known["missing"])
    assert "extension 'spike_amplitudes' was not computed" in said
    assert "extension 'templates' was not computed" in said
    assert set(arrays) >= {"ccg", "acg_one", "acg_other", "times_one"}
    assert not len(arrays["amplitudes_one"])
    assert pair.verdict.kind in ("two cells", "cannot be told")


def test_a_table_of_metrics_says_why_there_is_nothing(demo, monkeypatch):
    labeler = nbl.ThresholdLabeler(demo.get_metrics_extension_data(), {"snr": {"min": 5}}, journal=None)
    assert "spikes are needed" in labeler.view("pairs")._why_not
    assert "spikes are needed" in asked(labeler, monkeypatch)(unit="3", other="7")[0]["error"]
    labeler.close()


def test_one_unit_alone_has_nobody_to_be_compared_with(demo, monkeypatch):
    labeler = nbl.BombcellLabeler(demo.select_units(demo.unit_ids[:1]), journal=None)
    content, _ = asked(labeler, monkeypatch)(unit=str(demo.unit_ids[0]), other=None)
    assert content["missing"] == ["There is no other unit to compare with."]
    labeler.close()


def test_a_workbench_has_one_list_of_merges_for_all_methods(demo, tmp_path):
    bench = nbl.Workbench(demo, journal=tmp_path / "j.jsonl")
    a, b = demo.unit_ids[[3, 7]].tolist()
    bench.labelers["bombcell"].suggest_merge([a, b])
    assert {name: each.merges for name, each in bench.labelers.items()} == {
        name: [(a, b)] for name in bench.labelers
    }
    assert bench.merges == [(a, b)]
    assert bench.labelers["thresholds"].undo()
    assert bench.merges == []
    bench.close()


def test_a_saved_page_has_the_tab_without_a_kernel_to_ask(labeler, tmp_path):
    from nb_autolabel.widgets.page import own_state

    state = own_state(labeler.view("pairs"))
    assert state["_kind"] == "pair"
    assert "_asks" not in state
    labeler.save_html(tmp_path / "page.html")
