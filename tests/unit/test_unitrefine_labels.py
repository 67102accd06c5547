"""UnitRefine's cascade: labels from probabilities, by rules that can be traced."""

import warnings

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.classifiers.cascade_rules import unitrefine_rules
from nb_autolabel.errors import MissingMetricError, ModelError, ModelNotFoundError, RuleError

from ..conftest import shared


@pytest.fixture(scope="module")
def demo():
    return nbl.demo_analyzer()


@pytest.fixture
def estimators(demo):
    """A pair of scikit-learn pipelines fitted on two metrics."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    table = demo.get_metrics_extension_data()[["snr", "firing_rate"]].astype(float)

    def fit(target):
        return make_pipeline(
            SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(solver="liblinear")
        ).fit(table, target)

    return fit(np.where(table.snr < 5, "noise", "neural")), fit(np.where(table.firing_rate < 2, "mua", "sua"))


def test_the_bundled_pair_labels_the_demo_without_any_argument_or_warning(demo):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        labels = nbl.unitrefine_label_units(demo)
    assert list(labels.columns) == ["label", "probability"]
    assert set(labels["label"]) <= {"noise", "mua", "sua", "unsure"}
    decided = labels["label"] != "unsure"  # others are unlike the training
    assert decided.mean() > 0.8
    assert labels["probability"][decided].between(0.25, 1).all()  # (1 - 0.5) * 0.5 at the least
    assert labels["probability"][~decided].isna().all()
    assert labels.index.equals(demo.get_metrics_extension_data().index)


def test_labels_follow_from_the_probabilities(demo):
    chances = nbl.unitrefine_probabilities(demo)
    labels = nbl.unitrefine_label_units(demo, unfamiliar="keep")
    noise = chances["noise_probability"] > 0.5
    sua = ~noise & (chances["sua_probability"] >= 0.5)
    assert (labels["label"] == np.where(noise, "noise", np.where(sua, "sua", "mua"))).all()
    neural = 1 - chances["noise_probability"]
    expected = np.where(
        noise,
        chances["noise_probability"],
        np.where(sua, neural * chances["sua_probability"], neural * (1 - chances["sua_probability"])),
    )
    np.testing.assert_allclose(labels["probability"], expected)
    conditional = np.where(
        noise,
        chances["noise_probability"],
        np.where(sua, chances["sua_probability"], 1 - chances["sua_probability"]),
    )
    np.testing.assert_allclose(chances["conditional_probability"], conditional)


def test_probabilities_say_for_each_unit_which_inputs_are_missing_or_far_off(demo):
    chances = nbl.unitrefine_probabilities(demo)
    table = demo.get_metrics_extension_data()
    gap = table.index[table["amplitude_cutoff"].isna()][0]
    assert "missing" in chances.loc[gap, "inputs"]
    assert "amplitude_cutoff" in chances.loc[gap, "inputs"]
    assert (chances["n_missing"] >= 0).all()
    assert ((chances["n_outside"] > 0) == chances["inputs"].str.contains("outside training")).mean() > 0.9


def test_one_classifier_alone_gives_its_two_labels(demo, estimators):
    noise, sua = estimators
    assert set(nbl.unitrefine_label_units(demo, noise_neural_classifier=noise)["label"]) == {
        "noise",
        "neural",
    }
    assert set(nbl.unitrefine_label_units(demo, sua_mua_classifier=sua)["label"]) == {"mua", "sua"}
    assert next(iter(nbl.unitrefine_probabilities(demo, sua_mua_classifier=sua).columns)) == "sua_probability"


def test_pipelines_of_scikit_learn_decide_as_they_do_themselves(demo, estimators):
    noise, sua = estimators
    table = demo.get_metrics_extension_data()[["snr", "firing_rate"]].astype(float)
    labels = nbl.unitrefine_label_units(demo, noise, sua)["label"]
    expected = np.where(noise.predict(table) == "noise", "noise", sua.predict(table))
    assert (labels == expected).all()


def test_classifiers_given_the_wrong_way_round_are_noticed(demo, estimators):
    noise, sua = estimators
    with pytest.raises(ModelError, match="wrong way round"):
        nbl.unitrefine_label_units(demo, noise_neural_classifier=sua, sua_mua_classifier=noise)


def test_no_warning_when_a_class_does_not_occur(demo):
    few = demo.get_metrics_extension_data()
    calm = few[nbl.unitrefine_label_units(demo)["label"] == "sua"].head(5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert set(nbl.unitrefine_label_units(calm)["label"]) == {"sua"}


def test_a_band_of_doubt_is_labeled_unsure(demo):
    band = {
        "noise": {"noise_probability": {"max": 0.6}},
        "sua": {"sua_probability": {"min": 0.4}},
        "unsure": {"noise_probability": {"max": 0.3}, "sua_probability": {"min": 0.7}},
    }
    labels = nbl.unitrefine_label_units(demo, thresholds=band, unfamiliar="keep")
    chances = nbl.unitrefine_probabilities(demo)
    p, q = chances["noise_probability"], chances["sua_probability"]
    expected = np.where(
        p > 0.6,
        "noise",
        np.where(p > 0.3, "unsure", np.where(q < 0.4, "mua", np.where(q < 0.7, "unsure", "sua"))),
    )
    assert (labels["label"] == expected).all()
    assert "unsure" in set(labels["label"])
    assert labels.loc[labels["label"] == "unsure", "probability"].isna().all()


@pytest.mark.parametrize(
    ("thresholds", "message"),
    [
        ({"nois": {}}, "Did you mean 'noise'"),
        ({"noise": {"snr": {"min": 1}}}, "noise_probability"),
        ({"sua": {"sua_probability": 0.5}}, "'min' and 'max'"),
        ([1], "dictionary"),
        ({"noise": {"noise_probability": {"max": 0.5, "nan": "pass"}}}, "'min' and 'max'"),
        ({"noise": {"noise_probability": {"max": 0.5, "less": 0.4}}}, "given twice"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused(thresholds, message):
    with pytest.raises(RuleError, match=message):
        unitrefine_rules(thresholds)


def test_an_analyzer_without_principal_components_is_labeled_and_the_cost_is_said():
    analyzer = nbl.load(shared("neuropixels_kilosort.zarr"))
    with pytest.warns(nbl.InputWarning, match="principal components"):
        labels = nbl.unitrefine_label_units(analyzer)
    assert len(labels) == 15


def test_older_files_are_read_under_their_older_names():
    analyzer = nbl.load(shared("formats/si0.101.2.zarr"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nbl.InputWarning)
        labels = nbl.unitrefine_label_units(analyzer)
    assert len(labels) == 10


@pytest.mark.parametrize(
    "source", ["no/such/folder/here", "model.skops", "./nothing", "just_a_name", "/tmp/nothing.skops"]
)
def test_a_classifier_that_is_nowhere_is_an_error_that_names_what_is_accepted(demo, source):
    with pytest.raises(ModelNotFoundError, match="bundled"):
        nbl.unitrefine_label_units(demo, source)


def test_something_that_is_no_classifier_is_refused(demo):
    with pytest.raises(ModelError, match="fitted scikit-learn classifier"):
        nbl.unitrefine_label_units(demo, noise_neural_classifier=42)


def test_a_table_without_any_metric_of_the_model_is_an_error():
    with pytest.raises(MissingMetricError, match="needs"):
        nbl.unitrefine_label_units(pd.DataFrame({"other": [1.0, 2.0]}))


def test_ten_thousand_units_get_the_same_labels_as_one_by_one(demo):
    table = demo.get_metrics_extension_data()
    many = pd.concat([table] * 71, ignore_index=True)
    labels = nbl.unitrefine_label_units(many)["label"].to_numpy().reshape(71, -1)
    assert (labels == nbl.unitrefine_label_units(table)["label"].to_numpy()).all()


def test_no_units_are_no_error(demo):
    assert len(nbl.unitrefine_label_units(demo.get_metrics_extension_data().head(0))) == 0
