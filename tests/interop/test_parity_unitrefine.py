"""Classifiers go both ways: SpikeInterface applies what is trained here, and both apply the published one alike."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.classifiers.cascade import Cascade
from nb_autolabel.metrics.table import MetricTable

from ..conftest import shared

si = pytest.importorskip("spikeinterface", reason="needs SpikeInterface")

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def live(demo_folder):
    import spikeinterface.metrics
    import spikeinterface.postprocessing  # noqa: F401

    return si.load(demo_folder)


def test_spikeinterface_loads_and_applies_a_model_trained_here(live, tmp_path):
    from spikeinterface.curation import model_based_label_units

    labels = nbl.bombcell_label_units(live)["label"].replace({"non_soma": "good"})
    trained = nbl.train_unit_classifier(
        nbl.load(live), labels, positive="noise", growth=nbl.Growth(iterations=40)
    )
    folder = trained.save(tmp_path / "model")
    theirs = model_based_label_units(live, model_folder=folder, trust_model=True)
    ours = nbl.unitrefine_label_units(live, noise_neural_classifier=folder)
    chances = nbl.unitrefine_probabilities(live, noise_neural_classifier=folder)
    assert (theirs["prediction"].to_numpy() == ours["label"].to_numpy()).all()
    np.testing.assert_allclose(theirs["probability"], chances["conditional_probability"], atol=1e-9)


def test_settings_of_metrics_travel_with_a_model_and_are_those_spikeinterface_tells(
    live, demo_folder, tmp_path
):
    from spikeinterface.curation.model_based_curation import load_model

    labels = nbl.bombcell_label_units(live)["label"]
    trained = nbl.train_unit_classifier(nbl.load(demo_folder), labels, growth=nbl.Growth(iterations=20))
    folder = trained.save(tmp_path / "model")
    _, info = load_model(model_folder=folder, trust_model=True)
    stored = info["metric_params"]["quality_metric_params"]["metric_params"]
    theirs = live.get_extension("quality_metrics").params["metric_params"]
    assert stored == json.loads(json.dumps(theirs))
    (probability,) = Cascade(folder, None).inputs(MetricTable.of(live)).values()
    assert not [f for f in probability.findings if f.kind == "settings"]


def test_the_cascade_labels_like_spikeinterface(live, tmp_path):
    from spikeinterface.curation import unitrefine_label_units

    labels = nbl.bombcell_label_units(live)["label"].replace({"non_soma": "good"})
    folders = [
        nbl.train_unit_classifier(
            nbl.load(live), labels, positive=kind, growth=nbl.Growth(iterations=40)
        ).save(tmp_path / kind)
        for kind in ("noise", "good")
    ]
    theirs = unitrefine_label_units(live, *folders)
    ours = nbl.unitrefine_label_units(live, *folders)
    column = next(c for c in theirs if c.endswith("label"))
    assert (theirs[column].to_numpy() == ours["label"].to_numpy()).all()
    chance = next(c for c in theirs if c.endswith("probability"))
    # Theirs is conditional on the unit not being noise; ours under that name is that of the label.
    conditional = nbl.unitrefine_probabilities(live, *folders)["conditional_probability"]
    np.testing.assert_allclose(theirs[chance].astype(float), conditional, atol=1e-9)
    assert (ours["probability"] <= conditional + 1e-12).all()
    assert (ours["probability"] < conditional - 0.01).any()


def test_the_published_model_says_the_same_where_inputs_are_left_as_they_are(live):
    from spikeinterface.curation import model_based_label_units

    folder = shared("published_model")
    theirs = model_based_label_units(live, model_folder=folder, trust_model=True)
    ours = nbl.unitrefine_probabilities(live, sua_mua_classifier=folder, corrections="leave")[
        "sua_probability"
    ]
    np.testing.assert_allclose(theirs["probability"], np.maximum(ours, 1 - ours), atol=1e-9)
    corrected = nbl.unitrefine_probabilities(live, sua_mua_classifier=folder)["sua_probability"]
    assert np.abs(corrected - ours).max() > 0.02, "the sign of amplitude_median matters to this model"


def test_a_live_analyzer_gets_the_same_labels_as_its_file(live, demo_folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pd.testing.assert_frame_equal(
            nbl.unitrefine_label_units(live), nbl.unitrefine_label_units(nbl.load(demo_folder))
        )
