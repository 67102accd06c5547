"""Opening a ``.skops`` file without running anything from it.

skops builds objects of the classes a file names. Which ones it may name is decided here, by a fixed
list, before skops sees the file; and the trees of what was built are checked, because scikit-learn
follows their node numbers without looking.
"""

from __future__ import annotations

import json
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelError, UnsafeDataError, listing

#: Bytes that a model may unpack to.
MAX_BYTES = 2_000_000_000
#: What a file may name: module of scikit-learn or numpy, and classes in it.
ALLOWED: dict[str, frozenset[str]] = {
    "builtins": frozenset({"dict", "list", "tuple", "str", "int", "float", "bool", "NoneType"}),
    "numpy": frozenset(
        {"ndarray", "dtype", "bool", "bool_", "int8", "int16", "int32", "int64"}
        | {"uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64", "str_"}
    ),
    "numpy.random.mtrand": frozenset({"RandomState"}),
    "numpy.random._generator": frozenset({"Generator"}),
    "sklearn._loss._loss": frozenset({"CyHalfBinomialLoss"}),
    "sklearn._loss.link": frozenset({"Interval", "LogitLink"}),
    "sklearn._loss.loss": frozenset({"HalfBinomialLoss"}),
    "sklearn.dummy": frozenset({"DummyClassifier"}),
    "sklearn.ensemble._forest": frozenset({"ExtraTreesClassifier", "RandomForestClassifier"}),
    "sklearn.ensemble._gb": frozenset({"GradientBoostingClassifier"}),
    "sklearn.ensemble._hist_gradient_boosting.binning": frozenset({"_BinMapper"}),
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting": frozenset(
        {"HistGradientBoostingClassifier"}
    ),
    "sklearn.ensemble._hist_gradient_boosting.predictor": frozenset({"TreePredictor"}),
    "sklearn.ensemble._weight_boosting": frozenset({"AdaBoostClassifier"}),
    "sklearn.impute._base": frozenset({"SimpleImputer", "MissingIndicator"}),
    "sklearn.linear_model._logistic": frozenset({"LogisticRegression"}),
    "sklearn.neural_network._multilayer_perceptron": frozenset({"MLPClassifier"}),
    "sklearn.neural_network._stochastic_optimizers": frozenset({"AdamOptimizer", "SGDOptimizer"}),
    "sklearn.pipeline": frozenset({"Pipeline"}),
    "sklearn.preprocessing._data": frozenset(
        {"MinMaxScaler", "PowerTransformer", "QuantileTransformer", "RobustScaler", "StandardScaler"}
    ),
    "sklearn.preprocessing._label": frozenset({"LabelBinarizer", "LabelEncoder"}),
    "sklearn.svm._classes": frozenset({"SVC"}),
    "sklearn.tree._classes": frozenset(
        {"DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier"}
    ),
    "sklearn.tree._tree": frozenset({"Tree"}),
}
#: How skops may build them; other ways call functions or methods that a file names.
LOADERS = frozenset(
    {"BunchNode", "DTypeNode", "DictNode", "JsonNode", "ListNode", "LossNode", "NdArrayNode", "ObjectNode"}
    | {"RandomGeneratorNode", "RandomStateNode", "TreeNode", "TupleNode", "TypeNode", "CachedNode"}
)


def load_skops(path: str | Path) -> Any:
    """Load a scikit-learn estimator from a ``.skops`` file.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    sklearn estimator

    Raises
    ------
    UnsafeDataError
        If the file is a pickle, or names anything outside :data:`ALLOWED`.
    ModelError
        If it is damaged, or scikit-learn cannot use it.
    """
    path = Path(path)
    schema = _schema(path)
    named = _named(schema)
    for loader, module, name in sorted(named):
        # Until 1.6 scikit-learn calls this module by its last name; skops takes it from scikit-learn.
        old_loss = (loader, module, name) == ("LossNode", "_loss", "CyHalfBinomialLoss")
        if not old_loss and (loader not in LOADERS or name not in ALLOWED.get(module, ())):
            raise UnsafeDataError(
                f"{path.name} asks for '{module}.{name}' ({loader}), which is not on the list of what a model may "
                f"hold. It was not loaded. Classifiers of scikit-learn in a pipeline are accepted: "
                f"{listing(sorted(c for m, cs in ALLOWED.items() for c in cs if c.endswith('Classifier')))}."
            )
    import skops.io
    from sklearn.exceptions import InconsistentVersionWarning

    trusted = [f"{module}.{name}" for _, module, name in named]
    with warnings.catch_warnings():
        # Models are used across versions on purpose; what differs between versions is mended below.
        warnings.simplefilter("ignore", InconsistentVersionWarning)
        try:
            model = skops.io.load(path, trusted=sorted(set(trusted)))
        except Exception as error:
            raise ModelError(f"{path.name} cannot be loaded: {type(error).__name__}: {error}") from error
    for part in parts_of(model):
        _check_trees(part, path.name)
        _mend(part)
    return model


def parts_of(model: Any) -> list[Any]:
    """Return an estimator, the steps of a pipeline, and the estimators of an ensemble."""
    found = [model]
    for _, step in getattr(model, "steps", None) or ():
        found += parts_of(step)
    members = getattr(model, "estimators_", None)
    for member in np.ravel(np.asarray(members, dtype=object)) if members is not None else ():
        found += parts_of(member)
    return found


def _schema(path: Path) -> Any:
    if not zipfile.is_zipfile(path):
        start = path.read_bytes()[:2] if path.is_file() else b""
        if path.suffix in (".pkl", ".pickle", ".joblib") or start[:1] in (b"\x80", b"\x1f", b"x"):
            raise UnsafeDataError(
                f"{path.name} is a pickle: opening it would run code from the file. "
                "Ask its author for a .skops file, or load it yourself and pass the classifier object."
            )
        raise ModelError(f"{path.name} is no .skops file, or only a part of one.")
    try:
        with zipfile.ZipFile(path) as archive:
            total = sum(entry.file_size for entry in archive.infolist())
            if total > MAX_BYTES:
                raise ModelError(f"{path.name} unpacks to {total} bytes; at most {MAX_BYTES} are accepted.")
            return json.loads(archive.read("schema.json"))
    except (KeyError, OSError, ValueError, zipfile.BadZipFile, RecursionError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{path.name} is no .skops file, or a damaged one: {error}.") from None


def _named(schema: Any) -> set[tuple[str, str, str]]:
    """Return everything that a schema names: loader, module, class."""
    found: set[tuple[str, str, str]] = set()
    todo = [schema]
    while todo:
        here = todo.pop()
        if isinstance(here, dict):
            if "__loader__" in here or "__class__" in here or "__module__" in here:
                found.add(tuple(str(here.get(f"__{key}__")) for key in ("loader", "module", "class")))  # type: ignore[arg-type]
            todo += here.values()
        elif isinstance(here, list):
            todo += here
    return found


def _check_trees(part: Any, name: str) -> None:
    """Refuse trees whose nodes point outside the tree."""
    trees = []
    tree = getattr(part, "tree_", None)
    if tree is not None:
        trees.append((tree.children_left, tree.children_right, tree.feature, tree.n_features))
    for stage in getattr(part, "_predictors", None) or ():
        for predictor in stage:
            nodes = predictor.nodes
            inner = nodes[~nodes["is_leaf"].astype(bool)]
            width = int(getattr(part, "n_features_in_", 0))
            if len(inner) and (
                max(inner["left"].max(), inner["right"].max()) >= len(nodes)
                or not (0 <= inner["feature_idx"].min() <= inner["feature_idx"].max() < width)
                or inner["is_categorical"].any()
            ):
                raise ModelError(f"{name} holds a tree whose nodes point outside of it.")
    for left, right, feature, width in trees:
        inner = left >= 0
        here = np.arange(len(left))
        if inner.any() and not (
            (left[inner] > here[inner]).all()
            and (right[inner] > here[inner]).all()
            and max(left[inner].max(), right[inner].max()) < len(left)
            and 0 <= feature[inner].min() <= feature[inner].max() < width
        ):
            raise ModelError(f"{name} holds a tree whose nodes point outside of it.")


def _mend(part: Any) -> None:
    """Give an estimator from an older scikit-learn the attributes that newer versions look for."""
    if type(part).__name__ == "SimpleImputer" and not hasattr(part, "_fill_dtype"):
        # Since 1.8; before, the type of the filled array was that of the statistics.
        part._fill_dtype = np.asarray(part.statistics_).dtype
