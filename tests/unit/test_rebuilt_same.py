"""What is rebuilt from a model file says what scikit-learn says, kind by kind, with gaps where the kind takes them."""

import pickle

import numpy as np
import pandas as pd
import pytest
import skops.io

from nb_autolabel.classifiers.skops_file import load_skops
from nb_autolabel.errors import ModelError

from .model_kinds import KINDS, _built, fitted, rows_and_labels, written

pytestmark = [
    # Networks that are not trained to the end; scikit-learn 1.6 with the newest scipy.
    pytest.mark.filterwarnings("ignore:Stochastic Optimizer:UserWarning", "ignore:lbfgs failed:UserWarning"),
    pytest.mark.filterwarnings("ignore:scipy.optimize:DeprecationWarning"),
]


def other_rows(kind: str, gaps: bool = True):
    """Rows that the classifier was not fitted on, further out, some with gaps."""
    random = np.random.default_rng(3)
    rows = random.normal(size=(400, 4)) * 3
    if kind == "power_box_cox":
        rows = np.exp(rows / 3)
    rows[:40] = rows_and_labels(0.0, positive=kind == "power_box_cox")[0][:40]
    rows[:, 3] = np.ceil(rows[:, 3])
    if gaps:
        rows[random.random(rows.shape) < 0.2] = np.nan
        rows[0] = np.nan
    return rows


def test_every_kind_that_is_built_is_tried():
    assert sorted(KINDS) == sorted(_built())


@pytest.mark.parametrize("single", [False, True], ids=["double", "single"])
@pytest.mark.parametrize("kind", KINDS)
def test_probabilities_are_those_of_scikit_learn(kind, single, tmp_path):
    model, _ = fitted(kind, single=single)
    skops.io.dump(model, tmp_path / "model.skops")
    rebuilt = load_skops(tmp_path / "model.skops")
    assert rebuilt.classes_.tolist() == model.classes_.tolist()
    assert rebuilt.takes_missing
    rows = other_rows(kind)
    for given in (rows, rows.astype(np.float32)):
        expected, found = model.predict_proba(given.copy()), rebuilt.predict_proba(given)
        # Weights in single precision are multiplied in another order, depending on the processor.
        exact = 1e-12 if expected.dtype == np.float64 else 5e-7
        assert np.abs(found - expected).max() <= exact
        assert len(np.unique(found[:, 1])) > 1 or kind.startswith("dummy"), "the kind tells rows apart"
    assert np.isnan(rows).any(), "rows are left as they were"


@pytest.mark.parametrize("kind", ["logistic", "network", "boosting", "forest", "ada", "gradient", "dummy"])
def test_classes_may_be_texts_and_columns_have_names(kind, tmp_path):
    model, rows = fitted(kind, texts=True)
    table = pd.DataFrame(rows, columns=["snr", "firing_rate", "d_prime", "signal/noise"])
    model.fit(table, np.where(rows_and_labels()[1], "noise", "good"))
    skops.io.dump(model, tmp_path / "model.skops")
    rebuilt = load_skops(tmp_path / "model.skops")
    assert rebuilt.classes_.tolist() == ["good", "noise"]
    assert rebuilt.feature_names_in_ == tuple(table.columns)
    other = pd.DataFrame(other_rows(kind), columns=table.columns)
    np.testing.assert_allclose(rebuilt.predict_proba(other), model.predict_proba(other), atol=1e-12)


@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.parametrize("strategy", ["median", "most_frequent", "constant"])
@pytest.mark.filterwarnings("ignore:Skipping features", "ignore:Currently, when")
def test_a_metric_that_no_unit_of_the_training_had_is_left_out_or_filled_as_in_scikit_learn(
    strategy, keeps, tmp_path
):
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.tree import DecisionTreeClassifier

    rows, labels = rows_and_labels()
    rows[:, 1] = np.nan
    imputer = SimpleImputer(strategy=strategy, keep_empty_features=keeps, add_indicator=True)
    model = make_pipeline(imputer, DecisionTreeClassifier(random_state=0)).fit(rows, labels)
    skops.io.dump(model, tmp_path / "model.skops")
    other = other_rows("tree")
    found = load_skops(tmp_path / "model.skops").predict_proba(other)
    np.testing.assert_allclose(found, model.predict_proba(other), atol=1e-12)


def test_a_gap_may_be_written_as_a_number(tmp_path):
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.tree import DecisionTreeClassifier

    rows, labels = rows_and_labels(gaps=0.0)
    rows[::7, 0] = -1
    model = make_pipeline(SimpleImputer(missing_values=-1), DecisionTreeClassifier(random_state=0))
    skops.io.dump(model.fit(rows, labels), tmp_path / "model.skops")
    other = other_rows("tree", gaps=False)
    found = load_skops(tmp_path / "model.skops").predict_proba(other)
    np.testing.assert_allclose(found, model.predict_proba(other), atol=1e-12)


@pytest.mark.parametrize("kind", ["logistic", "gradient", "ada", "network"])
def test_a_classifier_without_imputer_names_the_metrics_that_units_lack(kind, tmp_path):
    model, rows = fitted(kind)
    alone = model.steps[-1][1].fit(
        pd.DataFrame(rows_and_labels(gaps=0.0)[0], columns=list("abcd")), rows_and_labels()[1]
    )
    skops.io.dump(alone, tmp_path / "model.skops")
    rebuilt = load_skops(tmp_path / "model.skops")
    assert not rebuilt.takes_missing
    whole = rows_and_labels(gaps=0.0)[0]
    assert rebuilt.predict_proba(whole).shape == (len(rows), 2)
    whole[3:5, 2] = np.nan
    with pytest.raises(ModelError, match="2 units lack some: c"):
        rebuilt.predict_proba(whole)


def test_rows_of_another_width_are_refused_and_no_rows_are_none(tmp_path):
    rebuilt = load_skops(written("forest", tmp_path / "model.skops"))
    assert rebuilt.predict_proba(np.zeros((0, 4))).shape == (0, 2)
    with pytest.raises(ModelError, match="takes 4 columns"):
        rebuilt.predict_proba(np.zeros((3, 5)))
    with pytest.raises(ModelError, match="rows of numbers"):
        rebuilt.predict_proba([["a", "b", "c", "d"]])


def test_columns_in_another_order_are_refused_and_classes_are_those_of_scikit_learn(tmp_path):
    model, rows = fitted("forest", texts=True)
    table = pd.DataFrame(rows, columns=list("abcd"))
    model.fit(table, np.where(rows_and_labels()[1], "noise", "good"))
    skops.io.dump(model, tmp_path / "model.skops")
    rebuilt = load_skops(tmp_path / "model.skops")
    assert (rebuilt.predict(table) == model.predict(table)).all()
    with pytest.raises(ModelError, match="in this order"):
        rebuilt.predict_proba(table[list("bacd")])


def test_box_cox_names_the_columns_that_it_cannot_take(tmp_path):
    rebuilt = load_skops(written("power_box_cox", tmp_path / "model.skops"))
    with pytest.raises(ModelError, match=r"columns \[2\]"):
        rebuilt.predict_proba(np.array([[1.0, 2.0, -3.0, 4.0]]))


@pytest.mark.parametrize(
    "kind", ["forest", "boosting", "network", "standard", "quantile_normal", "power", "indicator"]
)
def test_what_is_rebuilt_can_be_sent_to_another_process(kind, tmp_path):
    rebuilt = load_skops(written(kind, tmp_path / "model.skops"))
    rows = other_rows(kind)
    again = pickle.loads(pickle.dumps(rebuilt))
    np.testing.assert_array_equal(again.predict_proba(rows), rebuilt.predict_proba(rows))


def test_nothing_of_what_is_rebuilt_can_be_written_to(tmp_path):
    judge = load_skops(written("forest", tmp_path / "model.skops")).judge
    with pytest.raises(ValueError, match="read-only"):
        judge.trees.left[0] = 7
