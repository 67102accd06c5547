"""The whole of a model file: steps that prepare the metrics, and the classifier that judges them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ...errors import ModelError, listing
from .boosting import hist_gradient_boosting
from .forests import ada_boost, forest, gradient_boosting, one_tree
from .nodes import MAX_COLUMNS, Node
from .preparing import Imputer, Rows, Step, imputer, min_max_scaler, robust_scaler, standard_scaler
from .reshaping import power_transformer, quantile_transformer
from .weights import dummy, logistic_regression, network

_STEPS: dict[str, Callable[[Node, int], Step]] = {
    "MinMaxScaler": min_max_scaler,
    "PowerTransformer": power_transformer,
    "QuantileTransformer": quantile_transformer,
    "RobustScaler": robust_scaler,
    "SimpleImputer": imputer,
    "StandardScaler": standard_scaler,
}
_CLASSIFIERS: dict[str, Callable[[Node, int], Judge]] = {
    "AdaBoostClassifier": ada_boost,
    "DecisionTreeClassifier": one_tree,
    "DummyClassifier": dummy,
    "ExtraTreeClassifier": one_tree,
    "ExtraTreesClassifier": forest,
    "GradientBoostingClassifier": gradient_boosting,
    "HistGradientBoostingClassifier": hist_gradient_boosting,
    "LogisticRegression": logistic_regression,
    "MLPClassifier": network,
    "RandomForestClassifier": forest,
}
_MAX_STEPS = 50


class Judge(Protocol):
    """A classifier between two classes."""

    @property
    def classes(self) -> npt.NDArray[Any]:
        """Its two classes."""

    @property
    def takes_missing(self) -> bool:
        """Whether it can judge a row with gaps."""

    def second(self, rows: Rows) -> Rows:
        """Return the probability of the second class, shape (n,)."""


@dataclass(frozen=True)
class RebuiltClassifier:
    """A classifier of a model file; answers like a fitted estimator of scikit-learn.

    Attributes
    ----------
    steps : tuple of Step
    judge : Judge
    n_features_in_ : int
    feature_names_in_ : tuple of str
        Empty if the file does not say.
    kind : str
        Name of the classifier in scikit-learn.
    """

    steps: tuple[Step, ...]
    judge: Judge
    n_features_in_: int
    feature_names_in_: tuple[str, ...]
    kind: str

    @property
    def classes_(self) -> npt.NDArray[Any]:
        """Its two classes."""
        return self.judge.classes

    @property
    def takes_missing(self) -> bool:
        """Whether it can judge a unit that lacks a metric."""
        fills = any(isinstance(step, Imputer) and np.isnan(step.gap) for step in self.steps)
        return fills or self.judge.takes_missing

    def predict_proba(self, rows: Any) -> Rows:
        """Return the probabilities of both classes.

        Parameters
        ----------
        rows : array_like, shape (n, n_features_in_)
            Computed in single precision if they are; NaN where missing. The columns of a DataFrame must be
            those of the training, in their order.

        Returns
        -------
        ndarray, shape (n, 2)

        Raises
        ------
        ModelError
            If rows do not fit, lack values that the classifier cannot do without, or it answers no probability.
        """
        self._check_columns(rows)
        try:
            given = np.asarray(rows)
            given = np.array(given, dtype=np.float32 if given.dtype == np.float32 else np.float64)
        except (TypeError, ValueError) as error:
            raise ModelError(f"the classifier takes rows of numbers: {error}.") from None
        if given.ndim != 2 or given.shape[1] != self.n_features_in_:
            raise ModelError(
                f"the classifier takes {self.n_features_in_} columns, not the shape {given.shape}."
            )
        if not len(given):
            return np.zeros((0, 2))
        with np.errstate(all="ignore"):
            for step in self.steps:
                given = step.transform(given)
            gaps = np.isnan(given).any(axis=1)
            if gaps.any() and not self.judge.takes_missing:
                raise ModelError(self._lacking(np.isnan(np.asarray(rows, dtype=np.float64)), int(gaps.sum())))
            second = self.judge.second(given)
        if second.shape != (len(given),) or not ((second >= 0) & (second <= 1)).all():
            raise ModelError("the classifier answers something that is no probability: its file is damaged.")
        return np.stack([1 - second, second], axis=1)

    def predict(self, rows: Any) -> npt.NDArray[Any]:
        """Return the class of each row, the first where both are as probable; see :meth:`predict_proba`."""
        found: npt.NDArray[Any] = self.classes_[np.argmax(self.predict_proba(rows), axis=1)]
        return found

    def _check_columns(self, rows: Any) -> None:
        columns = getattr(rows, "columns", None)
        if columns is None or not self.feature_names_in_:
            return
        given = [str(name) for name in columns]
        if given != list(self.feature_names_in_):
            raise ModelError(
                f"the classifier takes the columns {listing(self.feature_names_in_)}, in this order, not {listing(given)}."
            )

    def _lacking(self, gaps: npt.NDArray[np.bool_], count: int) -> str:
        columns = np.flatnonzero(gaps.any(axis=0)).tolist()
        names = [self.feature_names_in_[at] if self.feature_names_in_ else f"column {at}" for at in columns]
        return f"{self.kind} takes no missing values, and {count} units lack some: {listing(names)}."


def rebuild(root: Node) -> RebuiltClassifier:
    """Rebuild the classifier that a model file describes.

    Parameters
    ----------
    root : Node
        A classifier, or a pipeline that ends with one.

    Raises
    ------
    ModelError
        If it is something else, or its parts do not fit each other.
    """
    if root.loader != "ObjectNode":
        raise root.wrong("is not a classifier")
    parts = [root]
    if root.kind == "Pipeline":
        pairs = [step.items() for step in root.attribute("steps").items()]
        if not 0 < len(pairs) <= _MAX_STEPS or any(len(pair) != 2 for pair in pairs):
            raise root.attribute("steps").wrong(f"is not a list of 1 to {_MAX_STEPS} steps")
        parts = [pair[1] for pair in pairs if not _passes(pair[1])]
    if not parts or parts[-1].kind not in _CLASSIFIERS:
        kind = parts[-1].kind if parts else "nothing"
        raise root.wrong(f"ends with {kind}; read are {listing(_CLASSIFIERS)}")
    first = parts[0]
    width = count = first.attribute("n_features_in_").whole(MAX_COLUMNS)
    named = first.has("feature_names_in_")
    names = first.attribute("feature_names_in_").names(count) if named else ()
    steps = []
    for part in parts[:-1]:
        if part.kind not in _STEPS:
            raise part.wrong(
                f"is a {part.kind or 'something else'}; read before a classifier are {listing(_STEPS)}"
            )
        step = _STEPS[part.kind](part, width)
        width = step.width_out
        if not 0 < width <= MAX_COLUMNS:
            raise part.wrong(f"leaves {width} columns")
        steps.append(step)
    judge = _CLASSIFIERS[parts[-1].kind](parts[-1], width)
    return RebuiltClassifier(tuple(steps), judge, count, names, parts[-1].kind)


def _passes(part: Node) -> bool:
    return part.loader == "JsonNode" and part.value() in (None, "passthrough")
