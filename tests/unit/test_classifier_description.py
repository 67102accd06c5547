"""``model_info.json`` is data of other people: read with limits, and used only where it has the form it should have."""

import json
import os

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.classifiers.description import MAX_INFO, read_description
from nb_autolabel.classifiers.inputs import check_inputs
from nb_autolabel.errors import ModelError

from .model_kinds import written


def described(tmp_path, info):
    """A folder with a model of four metrics, and a description of it."""
    written("boosting", tmp_path / "model.skops")
    names = ["snr", "firing_rate", "d_prime", "num_spikes"]
    params = {"quality_metric_params": {"metric_names": names}}
    (tmp_path / "model_info.json").write_text(json.dumps({"metric_params": params, **info}), encoding="utf-8")
    return tmp_path


def test_nothing_is_known_where_there_is_no_description(tmp_path):
    assert read_description(tmp_path / "model_info.json") == {}


def test_a_byte_order_mark_is_no_obstacle(tmp_path):
    (tmp_path / "model_info.json").write_text('{"license": "MIT"}', encoding="utf-8-sig")
    assert read_description(tmp_path / "model_info.json") == {"license": "MIT"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe{\x00}\x00", "not JSON"),
        (b"[1, 2]", "holds list"),
        (b"[" * 100_000, "too deeply"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, "too deeply"),
        (b'{"a":' + b"1" * 5000 + b"}", "not JSON"),
        (b" " * (MAX_INFO + 1), "regular file of at most"),
    ],
)
def test_what_is_no_description_is_refused_by_name(data, message, tmp_path):
    (tmp_path / "model_info.json").write_bytes(data)
    with pytest.raises(ModelError, match=message):
        read_description(tmp_path / "model_info.json")


def test_a_pipe_in_place_of_the_description_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "model_info.json")
    with pytest.raises(ModelError, match="regular file"):
        read_description(tmp_path / "model_info.json")


@pytest.mark.parametrize(
    "told",
    [
        *(None, 3, "x", [], {"snr": None}, {"snr": [1]}, {"snr": {"median": True}}),
        *({"snr": {"median": "x", "low": None}}, {"snr": {"median": 10**400}}),
        {"snr": {"low": float("nan"), "high": float("inf")}},
    ],
)
@pytest.mark.parametrize("key", ["statistics", "groups"])
def test_knowledge_of_another_form_is_left_out_and_labels_are_given(key, told, tmp_path):
    classifier = nbl.load_unit_classifier(described(tmp_path, {key: told}))
    found = check_inputs(nbl.demo_analyzer(), classifier)
    assert np.isfinite(classifier.probability(found.rows)).all()
    assert all(np.isfinite(list(known.values())).all() for known in classifier.statistics.values())


@pytest.mark.parametrize(
    "group", [{"loss": 1}, {"features": ["snr"]}, {"features": [1], "loss": 0.1}, [], None]
)
def test_groups_of_another_form_are_left_out(group, tmp_path):
    good = {"features": ["amplitude_cutoff"], "loss": -0.02, "more": 1}
    info = read_description(described(tmp_path, {"groups": {"bad": group, "good": good}}) / "model_info.json")
    assert info["groups"] == {"good": good}


def test_a_description_that_calls_both_classes_the_same_is_refused(tmp_path):
    with pytest.raises(ModelError, match="calls both of its classes 'noise'"):
        nbl.load_unit_classifier(
            described(tmp_path, {"label_conversion": {"False": "noise", "True": "noise"}})
        )


def test_the_class_that_is_meant_is_found_in_every_spelling_of_the_vocabulary():
    from nb_autolabel.classifiers.model import NOISE, SUA, UnitClassifier
    from nb_autolabel.errors import ModelError

    for labels, names, at in [
        (("Single Unit", "MUA"), SUA, 0), (("multi-unit", "good"), SUA, 1), (("su", "mu"), SUA, 0),
        (("Noise", "Neuron"), NOISE, 0), (("0", "1"), SUA, 1),
    ]:  # fmt: skip
        assert UnitClassifier("x", ("snr",), labels).positive(names) == at
    with pytest.raises(ModelError, match="the wrong way round"):
        UnitClassifier("x", ("snr",), ("Neuron", "noise")).positive(SUA)
