"""Fabricated model files: nothing of theirs is imported or called, and what does not fit is refused by name."""

from __future__ import annotations

import copy
import json
import subprocess
import sys

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.classifiers.skops_file import load_skops
from nb_autolabel.errors import ModelError, UnsafeDataError

from .model_kinds import (
    attributes,
    last_step,
    load_npy,
    members,
    npy,
    plain,
    rezipped,
    rows_and_labels,
    written,
)

WAY_OUT = "pass the fitted scikit-learn classifier"


@pytest.fixture
def file(tmp_path):
    """Writes a file of a kind whose schema, and the arrays named in it, were changed."""

    def write(kind, change, array=None):
        path = written(kind, tmp_path / "model.skops")
        held = members(path)
        schema = json.loads(held["schema.json"])
        model = last_step(schema)
        if array is None:
            change(attributes(model), schema)
        else:
            name = array(attributes(model))["file"]
            changed = load_npy(held[name])
            held[name] = npy(changed if (other := change(changed)) is None else other)
        held["schema.json"] = json.dumps(schema).encode()
        return rezipped(path, held)

    return write


def tree_of(state, part="nodes"):
    return attributes(attributes(state)["tree_"])[part]


#: Where the nodes of the first tree of a kind lie, and what they call children and columns.
TREES = {
    "tree": (lambda a: attributes(a["tree_"])["nodes"], "left_child", "right_child", "feature"),
    "forest": (lambda a: tree_of(a["estimators_"]["content"][0]), "left_child", "right_child", "feature"),
    "extra_forest": (
        lambda a: tree_of(a["estimators_"]["content"][0]),
        "left_child",
        "right_child",
        "feature",
    ),
    "ada_deep": (lambda a: tree_of(a["estimators_"]["content"][0]), "left_child", "right_child", "feature"),
    "gradient": (
        lambda a: tree_of(a["estimators_"]["content"][0]["content"][0]),
        "left_child",
        "right_child",
        "feature",
    ),
    "boosting": (
        lambda a: attributes(a["_predictors"]["content"][0]["content"][0])["nodes"],
        "left",
        "right",
        "feature_idx",
    ),
}


def _set(side, value):
    def change(nodes, names):
        nodes[names[side]][0] = (
            value if np.iinfo(nodes.dtype[names[side]]).min < 0 or value >= 0 else 2**32 + value
        )

    return change


def _far(nodes, names):
    nodes[names[2]][0] = 4


def _negative(nodes, names):
    nodes[names[2]][0] = -1


def _shared(nodes, names):
    nodes[names[1]][0] = nodes[names[0]][0]


def _second_way(nodes, names):
    leaf = nodes["is_leaf"] != 0 if "is_leaf" in nodes.dtype.names else nodes[names[0]] == -1
    inner = np.flatnonzero(~leaf)
    nodes[names[1]][0] = nodes[names[1]][inner[1]]


BROKEN = {
    "left-2": _set(0, -2),
    "right-2": _set(1, -2),
    "left-far-below": _set(0, -(2**31)),
    "left-far": _set(0, 10**6),
    "right-far": _set(1, 2**31 - 1),
    "own-left": _set(0, 0),
    "own-right": _set(1, 0),
    "column-beyond": _far,
    "column-below": _negative,
    "one-child-twice": _shared,
    "two-parents": _second_way,
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("kind", sorted(TREES))
def test_nodes_that_make_no_tree_are_refused_in_every_kind_of_forest(kind, change, file):
    where, *names = TREES[kind]
    with pytest.raises(ModelError, match=r"model\.skops holds no classifier.*(tree|column)"):
        load_skops(file(kind, lambda nodes: change(nodes, names), where))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
@pytest.mark.parametrize("kind", ["boosting", "gradient"])
def test_a_leaf_that_is_not_finite_is_refused(kind, value, file):
    def change(array):
        if array.dtype.names:
            array["value"][array["is_leaf"] != 0] = value
        else:
            array[:] = value

    where = TREES["boosting"][0] if kind == "boosting" else None
    where = where or (lambda a: tree_of(a["estimators_"]["content"][0]["content"][0], "values"))
    with pytest.raises(ModelError, match=r"leaf|fit"):
        load_skops(file(kind, change, where))


@pytest.mark.parametrize("value", [np.nan, -0.5, 3.0])
def test_shares_of_classes_that_are_none_are_refused(value, file):
    def change(values):
        values[1, 0, 1] = value

    with pytest.raises(ModelError, match=r"sum up to one|fit"):
        load_skops(file("forest", change, lambda a: tree_of(a["estimators_"]["content"][0], "values")))


def test_values_for_fewer_nodes_than_there_are_are_refused(file):
    where = lambda a: tree_of(a["estimators_"]["content"][0], "values")  # noqa: E731
    with pytest.raises(ModelError, match="values that do not fit"):
        load_skops(file("forest", lambda values: values[:-1], where))


@pytest.mark.parametrize("kind", ["gradient", "boosting"])
def test_a_stage_with_more_trees_than_results_is_refused(kind, file):
    def change(attributes, _):
        stage = attributes["estimators_" if kind == "gradient" else "_predictors"]["content"][0]
        stage["content"] += [copy.deepcopy(stage["content"][0]) for _ in range(50)]

    with pytest.raises(ModelError, match=r"\[0\] is not one"):
        load_skops(file(kind, change))


def test_a_tree_where_the_start_of_boosting_should_be_is_refused(file):
    def change(attributes, _):
        attributes["init_"] = copy.deepcopy(attributes["estimators_"]["content"][0]["content"][0])

    with pytest.raises(ModelError, match="init_ is not the share"):
        load_skops(file("gradient", change))


def test_support_vectors_are_refused_with_the_way_out_and_work_as_an_object(tmp_path):
    import skops.io
    from sklearn.svm import SVC

    class Calibrated(SVC):
        """Answers probabilities, as SVC(probability=True) did."""

        def predict_proba(self, rows):
            second = 1 / (1 + np.exp(-self.decision_function(rows)))
            return np.stack([1 - second, second], axis=1)

    rows, labels = rows_and_labels(gaps=0.0)
    model = SVC().fit(rows, labels)
    skops.io.dump(model, tmp_path / "svc.skops")
    with pytest.raises(UnsafeDataError, match=rf"'sklearn\.svm\._classes\.SVC'.*{WAY_OUT}"):
        load_skops(tmp_path / "svc.skops")
    import pandas as pd

    table = pd.DataFrame(rows, columns=list("abcd"))
    classifier = nbl.load_unit_classifier(Calibrated().fit(table, np.where(labels, "noise", "good")))
    expected = classifier.pipeline.predict_proba(table.astype(np.float32))[:, 1]
    np.testing.assert_allclose(classifier.probability(rows), expected)


@pytest.mark.parametrize("function", ["seed", "shuffle", "os.system", "__class__", None, [1]])
@pytest.mark.parametrize("kind", ["network", "boosting"])
def test_a_function_named_as_a_source_of_random_numbers_is_refused(kind, function, file):
    def change(attributes, _):
        if kind == "network":
            attributes["_random_state"]["content"]["content"]["bit_generator"] = plain(function)
        else:
            generator = attributes["_feature_subsample_rng"]["content"]["bit_generator"]
            generator["content"]["bit_generator"] = plain(function)

    with pytest.raises(UnsafeDataError, match=r"numpy\.random"):
        load_skops(file(kind, change))


def test_a_module_beside_the_notebook_is_not_imported_whatever_a_file_names(file, tmp_path):
    def change(attributes, _):
        loss = attributes["_loss"]["content"]["content"]["closs"]
        loss.update(__module__="_loss", __class__="CyHalfBinomialLoss", __loader__="LossNode")

    file("gradient", change)
    for name in ("_loss", "skops", "sklearn"):
        (tmp_path / f"{name}.py").write_text("open('imported', 'w').write(__name__)\nraise SystemExit(3)\n")
    code = (
        "import sys, numpy as np, nb_autolabel\n"
        "sys.path.insert(0, '')\n"
        "from nb_autolabel.classifiers.skops_file import load_skops\n"
        "print(load_skops('model.skops').predict_proba(np.zeros((1, 4))).tolist())\n"
        "print([name for name in ('_loss', 'skops', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "imported").exists()
    answer, imported = done.stdout.splitlines()
    assert abs(sum(json.loads(answer)[0]) - 1) < 1e-12
    assert imported == "[]", "neither skops nor scikit-learn sees a file"


@pytest.mark.parametrize("name", ["Evil", "CyHalfBinomialLoss.__init__", "CyPinballLoss"])
def test_another_name_in_the_module_of_losses_is_refused(name, file):
    def change(attributes, _):
        attributes["_loss"]["content"]["content"]["closs"].update(__module__="_loss", __class__=name)

    with pytest.raises(UnsafeDataError, match=rf"_loss\.{name}"):
        load_skops(file("gradient", change))


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("boosting", "_preprocessor", "categories"),
        ("boosting", "is_categorical_", "categories"),
        ("ada", "estimator_weights_", "weights"),
        ("logistic", "coef_", "not an array|shape|not a list"),
        ("network", "coefs_", "not a list"),
        ("forest", "classes_", "not a list"),
        ("forest", "estimators_", "not a list"),
    ],
)
def test_an_attribute_of_another_kind_is_refused(kind, name, message, file):
    def change(attributes, _):
        attributes[name] = copy.deepcopy(attributes["n_features_in_"]) | {
            "content": "true",
            "__loader__": "JsonNode",
        }

    with pytest.raises(ModelError, match=f"{message}|not an array|is not a number"):
        load_skops(file(kind, change))


@pytest.mark.parametrize(
    ("kind", "name", "change", "message"),
    [
        ("forest", "classes_", lambda a: np.arange(3), "3 classes"),
        ("forest", "classes_", lambda a: np.zeros(2, int), "two different classes"),
        ("forest", "classes_", lambda a: np.array([0.0, np.nan]), "neither a number nor a text"),
        ("forest", "classes_", lambda a: np.array(["\ud800", "b"]), "neither a number nor a text"),
        ("logistic", "coef_", lambda a: a[:, :-1], r"shape \(1, 3\)"),
        ("logistic", "coef_", lambda a: a * np.nan, "not finite"),
        ("logistic", "intercept_", lambda a: a + np.inf, "not finite"),
        ("ada", "estimator_weights_", lambda a: a[:1], "give 5 trees"),
        ("ada", "estimator_weights_", lambda a: a * 0, "sums up to nothing"),
        ("ada", "estimator_weights_", lambda a: a * np.inf, "not finite"),
        (
            "ada",
            "estimator_weights_",
            lambda a: np.where(np.arange(len(a)) % 2, np.inf, -np.inf),
            "not finite",
        ),
        ("boosting", "_baseline_prediction", lambda a: a * np.nan, "not finite"),
        ("boosting", "_baseline_prediction", lambda a: np.zeros((1, 3)), r"shape \(1, 3\)"),
        ("dummy", "class_prior_", lambda a: a * 3, "sum up to one"),
    ],
)
def test_an_array_that_does_not_fit_is_refused(kind, name, change, message, file):
    with pytest.raises(ModelError, match=message):
        load_skops(file(kind, change, lambda attributes: attributes[name]))


@pytest.mark.parametrize("strategy", ["stratified", "x", 7, None])
def test_a_classifier_that_draws_lots_is_refused(strategy, file):
    with pytest.raises(ModelError, match=rf"read here is.*{WAY_OUT}"):
        load_skops(file("dummy", lambda attributes, _: attributes.update(strategy=plain(strategy))))


@pytest.mark.parametrize(
    ("kind", "name", "change", "message"),
    [
        ("standard", "scale_", lambda a: a * 0, "divides by zero"),
        ("standard", "mean_", lambda a: a[:2], r"shape \(2,\)"),
        ("robust", "scale_", lambda a: a + np.inf, "not finite"),
        ("quantile", "quantiles_", lambda a: a[::-1], "do not rise"),
        ("quantile", "references_", lambda a: a * 2, "beyond 0 to 1"),
        ("power", "lambdas_", lambda a: a * np.nan, "not finite"),
        ("mean", "statistics_", lambda a: np.array(list("abcd")), "not an array of numbers"),
        ("mean", "statistics_", lambda a: a * np.nan, "leaves 0 columns"),
    ],
)
def test_a_step_that_does_not_fit_is_refused(kind, name, change, message, tmp_path):
    path = written(kind, tmp_path / "model.skops")
    held = members(path)
    steps = attributes(json.loads(held["schema.json"]))["steps"]["content"]
    found = attributes(steps[-2]["content"][1])[name]["file"]
    held[found] = npy(change(load_npy(held[found])))
    with pytest.raises(ModelError, match=message):
        load_skops(rezipped(path, held))


def test_marks_of_gaps_in_columns_that_there_are_not_are_refused(tmp_path):
    path = written("indicator", tmp_path / "model.skops")
    held = members(path)
    imputer = attributes(json.loads(held["schema.json"]))["steps"]["content"][0]["content"][1]
    name = attributes(attributes(imputer)["indicator_"])["features_"]["file"]
    for wrong in ([0, 1, 2, 4], [-1, 0, 1, 2], [0, 0, 1, 2], [[0, 1]], [0.0, 1.0]):
        with pytest.raises(ModelError, match=r"columns|list of columns"):
            load_skops(rezipped(path, {**held, name: npy(np.array(wrong))}))


def test_a_pipeline_that_ends_with_no_classifier_or_holds_one_inside_is_refused(tmp_path):
    path = written("standard", tmp_path / "model.skops")
    held = members(path)

    def without(change):
        schema = json.loads(held["schema.json"])
        change(attributes(schema)["steps"]["content"])
        return rezipped(path, {**held, "schema.json": json.dumps(schema).encode()})

    with pytest.raises(ModelError, match="ends with StandardScaler"):
        load_skops(without(lambda steps: steps.pop()))
    with pytest.raises(ModelError, match="is a LogisticRegression; read before a classifier"):
        load_skops(without(lambda steps: steps.insert(1, copy.deepcopy(steps[-1]))))
    with pytest.raises(ModelError, match="steps is not a list of 1"):
        load_skops(without(lambda steps: steps.clear()))
