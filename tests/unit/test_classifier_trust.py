"""Model files: the published one predicts as published, hostile ones are refused by name and never run."""

import json
import pickle
import shutil
import zipfile

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.classifiers.inputs import check_inputs
from nb_autolabel.classifiers.skops_file import load_skops
from nb_autolabel.errors import ModelError, ModelNotFoundError, UnsafeDataError

from ..conftest import shared

SEEN: list[str] = []


def trap(*_):
    SEEN.append("run")


class Trap:
    def __reduce__(self):
        return trap, ()


@pytest.fixture
def model(tmp_path):
    """A small honest model file."""
    import skops.io
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    random = np.random.default_rng(0)
    table = pd.DataFrame({"snr": random.normal(size=60), "firing_rate": random.normal(size=60)})
    fitted = make_pipeline(SimpleImputer(strategy="median"), RandomForestClassifier(5, random_state=0)).fit(
        table, table.snr > 0
    )
    skops.io.dump(fitted, tmp_path / "model.skops")
    return tmp_path / "model.skops"


def rewrite(path, change):
    """Change the schema of a .skops file."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(files["schema.json"])
    change(schema)
    files["schema.json"] = json.dumps(schema).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)


def test_the_published_model_predicts_what_it_predicted_when_it_was_published():
    folder = shared("published_model")
    expected = pd.read_csv(folder / "expected.csv").set_index("cluster_id")
    classifier = nbl.load_unit_classifier(folder)
    metrics = expected[[c for c in expected if not c.startswith("expected")]]
    chance = classifier.probability(check_inputs(metrics, classifier).rows)
    assert ((chance > 0.5).astype(int) == expected["expected_label"]).all()
    assert np.abs(chance - expected["expected_probability_1"]).max() < 1e-12
    other = classifier.probability(check_inputs(metrics, classifier).rows, 0)
    assert np.abs(other - expected["expected_probability_0"]).max() < 1e-12


def test_the_signed_amplitude_of_today_does_not_reach_the_published_model_unnoticed():
    classifier = nbl.load_unit_classifier(shared("published_model"))
    demo = nbl.demo_analyzer()
    found = check_inputs(demo, classifier)
    at = classifier.features.index("amplitude_median")
    assert (found.rows[:, at] >= 0).all()
    assert "magnitude" in found.text
    left = check_inputs(demo, classifier, corrections="leave")
    assert (left.rows[:, at] < 0).any()
    assert "left as it is" in left.text


def test_an_honest_model_is_loaded(model):
    assert load_skops(model).predict_proba(pd.DataFrame({"snr": [1.0], "firing_rate": [0.0]})).shape == (1, 2)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("builtins", "eval"),
        ("sklearn.utils._joblib", "Parallel"),
        ("tests.unit.nothing", "Trap"),
    ],
)
def test_a_type_outside_the_list_is_refused_by_name(model, module, name):
    def change(schema):
        schema["__module__"], schema["__class__"] = module, name

    rewrite(model, change)
    with pytest.raises(UnsafeDataError, match=f"'{module}.{name}'"):
        load_skops(model)


@pytest.mark.parametrize(
    "loader", ["FunctionNode", "MethodNode", "PartialNode", "ReduceNode", "OperatorFuncNode"]
)
def test_a_way_of_building_that_calls_what_a_file_names_is_refused(model, loader):
    rewrite(model, lambda schema: schema.update(__loader__=loader))
    with pytest.raises(UnsafeDataError, match=loader):
        load_skops(model)


@pytest.mark.parametrize("name", ["model.pkl", "model.skops", "model.joblib"])
def test_a_pickle_is_refused_unopened_whatever_it_is_called(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(UnsafeDataError, match="pickle"):
        nbl.load_unit_classifier(path)
    assert SEEN == []


def test_a_folder_with_a_pickle_only_is_refused(tmp_path):
    (tmp_path / "best_model.pkl").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(UnsafeDataError, match="best_model.pkl"):
        nbl.load_unit_classifier(tmp_path)
    assert SEEN == []


def test_half_a_file_is_a_clear_error(model):
    data = model.read_bytes()
    model.write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError, match=r"model\.skops"):
        load_skops(model)


def test_a_folder_without_a_model_says_what_it_holds(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(ModelNotFoundError, match=r"notes\.txt"):
        nbl.load_unit_classifier(tmp_path)


def test_a_description_that_is_no_json_is_a_clear_error(model):
    model.with_name("model_info.json").write_text("{")
    with pytest.raises(ModelError, match=r"model_info\.json"):
        nbl.load_unit_classifier(model)


def test_class_names_come_from_the_description(model):
    info = {"label_conversion": {"False": "neural", "True": "noise"}}
    model.with_name("model_info.json").write_text(json.dumps(info))
    assert nbl.load_unit_classifier(model.parent).labels == ("neural", "noise")
    shutil.move(model.with_name("model_info.json"), model.with_name("other.json"))
    assert nbl.load_unit_classifier(model).labels == ("False", "True")


def test_what_is_known_of_the_training_is_read_in_the_units_of_the_metrics_only(tmp_path):
    import skops.io
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PowerTransformer, StandardScaler

    random = np.random.default_rng(0)
    table = pd.DataFrame({"snr": random.gamma(3, 2, 80), "firing_rate": random.gamma(2, 2, 80)})
    median = SimpleImputer(strategy="median")
    plain = make_pipeline(median, StandardScaler(), LogisticRegression(solver="liblinear"))
    reshaped = make_pipeline(
        median, PowerTransformer(), StandardScaler(), LogisticRegression(solver="liblinear")
    )
    for number, pipeline in enumerate((plain, reshaped)):
        skops.io.dump(pipeline.fit(table, table.snr > 5), tmp_path / f"{number}.skops")
        for source in (pipeline, tmp_path / f"{number}.skops"):
            known = nbl.load_unit_classifier(source).statistics["snr"]
            assert known["median"] == pytest.approx(table.snr.median())
            if pipeline is plain:
                assert known["low"] == pytest.approx(table.snr.mean() - 10 * table.snr.std(ddof=0))
            else:
                assert set(known) == {"median"}, "a scaler after other steps knows other units"


@pytest.mark.parametrize("source", ["\0", "a" * 5000, "~nobody_of_this_name/x.skops", "a/b\ud800.skops"])
def test_a_path_that_no_file_can_have_is_a_clear_error(source):
    with pytest.raises(ModelNotFoundError, match="there is no classifier"):
        nbl.load_unit_classifier(source)


class Odd:
    """Says that it is a classifier."""

    n_features_in_ = 2
    feature_names_in_ = ("snr", "firing_rate")

    def predict_proba(self, rows):
        return np.full((len(rows), 2), 0.5)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({}, "is not a fitted classifier"),
        ({"classes_": 3}, "is not a fitted classifier|has"),
        ({"classes_": ["noise", "noise"]}, "calls both of its classes 'noise'"),
        ({"classes_": [1, 2, 3]}, "has 3 classes"),
        ({"classes_": [1, 2], "n_features_in_": 3}, "takes 3 and names 2"),
        ({"classes_": ["a", "\ud800"]}, "no text"),
    ],
)
def test_an_object_that_is_no_classifier_between_two_classes_is_refused(attributes, message):
    odd = Odd()
    for name, value in attributes.items():
        setattr(odd, name, value)
    with pytest.raises(ModelError, match=message):
        nbl.load_unit_classifier(odd)


def test_an_object_that_lists_its_classes_is_used_as_it_is():
    odd = Odd()
    odd.classes_ = ["good", "noise"]
    classifier = nbl.load_unit_classifier(odd)
    assert classifier.labels == ("good", "noise")
    np.testing.assert_array_equal(classifier.probability(np.zeros((3, 2))), [0.5, 0.5, 0.5])
