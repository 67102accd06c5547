"""What a ``.skops`` file may name: refused by name is everything that does not belong to a classifier here."""

from __future__ import annotations

from typing import Any

from ...errors import UnsafeDataError, listing
from .archive import WAY_OUT, printable

#: Module of scikit-learn or numpy, and the classes in it. No module is imported because a file names it.
ALLOWED: dict[str, frozenset[str]] = {
    "builtins": frozenset({"dict", "list", "tuple", "str", "int", "float", "bool", "NoneType"}),
    "numpy": frozenset(
        {"ndarray", "dtype", "bool", "bool_", "int8", "int16", "int32", "int64"}
        | {"uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64", "str_"}
    ),
    "numpy.random.mtrand": frozenset({"RandomState"}),
    "numpy.random._generator": frozenset({"Generator"}),
    "sklearn._loss._loss": frozenset({"CyExponentialLoss", "CyHalfBinomialLoss"}),
    "sklearn._loss.link": frozenset({"HalfLogitLink", "Interval", "LogitLink"}),
    "sklearn._loss.loss": frozenset({"ExponentialLoss", "HalfBinomialLoss"}),
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
    "sklearn.tree._classes": frozenset(
        {"DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier"}
    ),
    "sklearn.tree._tree": frozenset({"Tree"}),
}
#: How skops may have stored them; other ways are of functions and methods.
LOADERS = frozenset(
    {"BunchNode", "DTypeNode", "DictNode", "JsonNode", "ListNode", "LossNode", "NdArrayNode", "ObjectNode"}
    | {"RandomGeneratorNode", "RandomStateNode", "TreeNode", "TupleNode", "TypeNode", "CachedNode"}
)
CLASSIFIERS = sorted(name for names in ALLOWED.values() for name in names if name.endswith("Classifier"))
_GENERATORS = frozenset({'"MT19937"', '"PCG64"', '"PCG64DXSM"', '"Philox"', '"SFC64"'})
_KEYS = ("__loader__", "__module__", "__class__")


def check_names(schema: Any, name: str) -> None:
    """Refuse a schema that names anything outside :data:`ALLOWED`, wherever it names it.

    Parameters
    ----------
    schema : object
        As JSON.
    name : str
        Of the file, for messages.

    Raises
    ------
    UnsafeDataError
    """
    todo = [schema]
    while todo:
        here = todo.pop()
        if isinstance(here, dict):
            if not here.keys().isdisjoint(_KEYS):
                _check(here, name)
            todo += here.values()
        elif isinstance(here, list):
            todo += here


def _check(state: dict[str, Any], name: str) -> None:
    loader, module, kind = (state.get(key) for key in _KEYS)
    texts = all(isinstance(said, str) for said in (loader, module, kind))
    # Until 1.6 scikit-learn calls the module of its losses by its last name alone.
    known = "sklearn._loss._loss" if module == "_loss" and loader == "LossNode" else module
    if not texts or loader not in LOADERS or kind not in ALLOWED.get(str(known), ()):
        raise UnsafeDataError(
            f"{printable(name)} asks for '{printable(module)}.{printable(kind)}' ({printable(loader)}), which is not on "
            f"the list of what a model file may hold here. It was not loaded. Read are, alone or in a pipeline: "
            f"{listing(CLASSIFIERS)}. {WAY_OUT}"
        )
    if loader in ("RandomStateNode", "RandomGeneratorNode"):
        generator = _generator(state.get("content"))
        if not isinstance(generator, str) or generator not in _GENERATORS:
            raise UnsafeDataError(
                f"{printable(name)} asks for 'numpy.random.{printable(generator)}' as its source of random numbers, "
                f"which is none. It was not loaded. {WAY_OUT}"
            )


def _generator(content: Any) -> Any:
    """Return which generator a state of random numbers names; the state itself is never used."""
    for _ in range(6):
        if not isinstance(content, dict):
            return content
        content = content.get("bit_generator", content.get("content"))
    return None
