"""Fitted classifiers of every kind that is read from ``.skops`` files, small, and files of them to be changed."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

COLUMNS = 4


def rows_and_labels(gaps: float = 0.1, positive: bool = False) -> tuple[Any, Any]:
    """Rows of four metrics, some of them missing, and which of two classes they are."""
    random = np.random.default_rng(7)
    rows = random.normal(size=(160, COLUMNS))
    labels = rows[:, 0] + rows[:, 1] * rows[:, 2] > 0
    rows[:, 3] = np.round(rows[:, 3])  # values that occur many times
    if positive:
        rows = np.exp(rows)
    rows[random.random(rows.shape) < gaps] = np.nan
    return rows, labels


def _classifiers() -> dict[str, Any]:
    """Classifiers that take no gaps themselves."""
    from sklearn import dummy, ensemble, linear_model, neural_network, tree

    tree3 = tree.DecisionTreeClassifier(max_depth=3, random_state=0)
    gradient = ensemble.GradientBoostingClassifier
    return {
        "logistic": linear_model.LogisticRegression(),
        "logistic_liblinear": linear_model.LogisticRegression(solver="liblinear", fit_intercept=False),
        "tree": tree3,
        "tree_by_leaves": tree.DecisionTreeClassifier(max_leaf_nodes=6, criterion="entropy", random_state=0),
        "tree_pruned": tree.DecisionTreeClassifier(ccp_alpha=0.02, random_state=0),
        "extra_tree": tree.ExtraTreeClassifier(random_state=0),
        "forest": ensemble.RandomForestClassifier(4, class_weight="balanced", random_state=0),
        "extra_forest": ensemble.ExtraTreesClassifier(4, random_state=0),
        "gradient": gradient(n_estimators=4, random_state=0),
        "gradient_exponential": gradient(n_estimators=4, loss="exponential", subsample=0.7, random_state=0),
        "gradient_zero": gradient(n_estimators=4, init="zero", learning_rate=0.7, random_state=0),
        "gradient_stopped": gradient(n_estimators=60, n_iter_no_change=2, random_state=0),
        "ada": ensemble.AdaBoostClassifier(n_estimators=5, random_state=0),
        "ada_deep": ensemble.AdaBoostClassifier(tree3, n_estimators=3, learning_rate=0.5, random_state=0),
        "network": neural_network.MLPClassifier((5, 3), max_iter=4, random_state=0),
        "network_tanh": neural_network.MLPClassifier(
            (3,), "tanh", solver="lbfgs", max_iter=4, random_state=0
        ),
        "network_logistic": neural_network.MLPClassifier(
            (3,), "logistic", solver="sgd", max_iter=4, random_state=0
        ),
        "network_identity": neural_network.MLPClassifier((2,), "identity", max_iter=4, random_state=0),
        "dummy": dummy.DummyClassifier(),
        "dummy_often": dummy.DummyClassifier(strategy="most_frequent"),
        "dummy_even": dummy.DummyClassifier(strategy="uniform"),
        "dummy_same": dummy.DummyClassifier(strategy="constant", constant=1),
    }


def _with_gaps() -> dict[str, Any]:
    """Classifiers that take gaps themselves."""
    from sklearn import ensemble, tree

    boosting = ensemble.HistGradientBoostingClassifier
    return {
        "boosting": boosting(max_iter=4, random_state=0),
        "boosting_stopped": boosting(max_iter=40, early_stopping=True, n_iter_no_change=2, random_state=0),
        "boosting_monotonic": boosting(
            max_iter=4, monotonic_cst=[1, 0, -1, 0], max_features=0.5, random_state=0
        ),
        "tree_with_gaps": tree.DecisionTreeClassifier(random_state=0),
        "forest_with_gaps": ensemble.RandomForestClassifier(4, random_state=0),
        "extra_forest_with_gaps": ensemble.ExtraTreesClassifier(4, random_state=0),
    }


def _prepared() -> dict[str, list[Any]]:
    """Steps before a classifier."""
    from sklearn import impute, preprocessing

    imputer = impute.SimpleImputer
    median = imputer(strategy="median")
    quantile = preprocessing.QuantileTransformer
    return {
        "mean": [imputer()],
        "most_frequent": [imputer(strategy="most_frequent")],
        "constant": [imputer(strategy="constant", fill_value=-1.5)],
        "constant_default": [imputer(strategy="constant")],
        "indicator": [imputer(strategy="median", add_indicator=True)],
        "standard": [median, preprocessing.StandardScaler()],
        "standard_first": [preprocessing.StandardScaler(), median],
        "standard_mean": [median, preprocessing.StandardScaler(with_std=False)],
        "standard_spread": [median, preprocessing.StandardScaler(with_mean=False)],
        "robust": [median, preprocessing.RobustScaler(quantile_range=(5, 95), unit_variance=True)],
        "robust_center": [median, preprocessing.RobustScaler(with_scaling=False)],
        "min_max": [median, preprocessing.MinMaxScaler((-1, 2))],
        "min_max_clip": [median, preprocessing.MinMaxScaler(clip=True)],
        "power": [median, preprocessing.PowerTransformer()],
        "power_plain": [median, preprocessing.PowerTransformer(standardize=False)],
        "quantile": [median, quantile(n_quantiles=20, random_state=0)],
        "quantile_normal": [median, quantile(n_quantiles=20, output_distribution="normal", random_state=0)],
        "passthrough": [median, "passthrough"],
    }


def _built() -> dict[str, Callable[[], tuple[Any, Any]]]:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PowerTransformer

    median = SimpleImputer(strategy="median")

    def fit(model: Any, rows: Any, labels: Any) -> tuple[Any, Any]:
        return model.fit(rows, labels), rows

    found: dict[str, Callable[[], tuple[Any, Any]]] = {}
    for name, model in _classifiers().items():
        found[name] = lambda model=model: fit(make_pipeline(median, model), *rows_and_labels())
    for name, model in _with_gaps().items():
        found[name] = lambda model=model: fit(model, *rows_and_labels())
    for name, steps in _prepared().items():
        last = RandomForestClassifier(3, random_state=0) if "plain" in name else LogisticRegression()
        found[name] = lambda steps=steps, last=last: fit(make_pipeline(*steps, last), *rows_and_labels())
    boxes = make_pipeline(median, PowerTransformer("box-cox"), LogisticRegression())
    found["power_box_cox"] = lambda: fit(boxes, *rows_and_labels(positive=True))
    return found


def fitted(kind: str, single: bool = False, texts: bool = False) -> tuple[Any, Any]:
    """A fitted estimator and the rows that it was fitted on."""
    with warnings.catch_warnings():
        # Networks that are not trained to the end; scikit-learn 1.6 with the newest scipy.
        warnings.simplefilter("ignore")
        return _fitted(kind, single, texts)


def _fitted(kind: str, single: bool, texts: bool) -> tuple[Any, Any]:
    import sklearn.base

    model, rows = _built()[kind]()
    if single or texts:
        labels = rows_and_labels(positive=kind == "power_box_cox")[1]
        rows = rows.astype(np.float32) if single else rows
        model = sklearn.base.clone(model).fit(rows, np.where(labels, "noise", "good") if texts else labels)
    return model, rows


KINDS = [
    *("logistic", "logistic_liblinear", "tree", "tree_by_leaves", "tree_pruned", "extra_tree", "forest"),
    *(
        "extra_forest",
        "gradient",
        "gradient_exponential",
        "gradient_zero",
        "gradient_stopped",
        "ada",
        "ada_deep",
    ),
    *(
        "network",
        "network_tanh",
        "network_logistic",
        "network_identity",
        "dummy",
        "dummy_often",
        "dummy_even",
    ),
    *(
        "dummy_same",
        "boosting",
        "boosting_stopped",
        "boosting_monotonic",
        "tree_with_gaps",
        "forest_with_gaps",
    ),
    *("extra_forest_with_gaps", "mean", "most_frequent", "constant", "constant_default", "indicator"),
    *("standard", "standard_first", "standard_mean", "standard_spread", "robust", "robust_center", "min_max"),
    *("min_max_clip", "power", "power_plain", "power_box_cox", "quantile", "quantile_normal", "passthrough"),
]


def written(kind: str, path: Path, **options: bool) -> Path:
    """A ``.skops`` file of one kind."""
    import skops.io

    skops.io.dump(fitted(kind, **options)[0], path)
    return path


def members(path: Path) -> dict[str, bytes]:
    """Return what a model file holds, by name."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rezipped(path: Path, held: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    """Write a model file from what it holds."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in held.items():
            archive.writestr(name, data)
    return path


def npy(array: Any) -> bytes:
    """Return an array as the bytes of a file."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def load_npy(data: bytes) -> Any:
    """Return an array that can be changed."""
    return np.load(io.BytesIO(data), allow_pickle=False).copy()


def attributes(state: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes of an object in a schema."""
    return state["content"]["content"]


def last_step(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the classifier of a schema."""
    if schema["__class__"] != "Pipeline":
        return schema
    return attributes(schema)["steps"]["content"][-1]["content"][1]


def plain(value: Any) -> dict[str, Any]:
    """Return a single value as skops writes it."""
    named = {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode"}
    return {**named, "content": json.dumps(value), "is_json": True}
