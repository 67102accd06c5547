"""A classifier of units: what it asks for, what it answers, and what it was trained on."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import AutolabelError, ModelError, listing
from ..labels import PAIR_CLASSES, SINGLE_UNIT, canonical
from .by_missing import Grown
from .correction import Adapted
from .log_odds import shared_out
from .rebuilt.pipeline import RebuiltClassifier
from .rebuilt.preparing import Imputer, Scaler
from .skops_file import parts_of

if TYPE_CHECKING:
    from ..metrics.table import MetricTable

#: Names of the class whose probability is given, as :func:`nb_autolabel.labels.canonical` spells them.
NOISE = (PAIR_CLASSES["noise"][1],)
SUA = SINGLE_UNIT
#: What is known to be the other class of either model.
_OTHERS = {canonical(name) for name in (*(pair[0] for pair in PAIR_CLASSES.values()), "neuron")}
#: Random orders that explain a classifier without trees, for few values and for many.
ORDERS, ORDERS_OF_MANY, MANY_VALUES = 12, 2, 50_000
#: Where a classifier comes from: the package; trees grown on units of the user's own, to be adapted; one that was
#: trained in this kernel; a fitted estimator of scikit-learn; a file, folder or repository.
Origin = Literal["bundled", "own trees", "this session", "object", "file"]


@dataclass(frozen=True, eq=False)
class Adaptation:
    """What a pair was adapted to: all that is needed to adapt it again.

    Attributes
    ----------
    metrics : MetricTable
    labels : dict
        Label by unit id, as it was given.
    own_base : bool
        Whether trees on units of the user's own were adapted, not the bundled ones.
    """

    metrics: MetricTable
    labels: Mapping[Any, str]
    own_base: bool

    def __repr__(self) -> str:
        return f"Adaptation({len(self.labels)} labels)"


@dataclass(frozen=True, eq=False)
class UnitClassifier:
    """A classifier between two kinds of units.

    Attributes
    ----------
    source : str
        Where it came from: "bundled", a path, a repository of the Hub.
    features : tuple of str
        Metrics it asks for, by the names of its training data, in order.
    labels : tuple of str
        Names of its two classes.
    trees : Trees, TreesByMissing or Adapted, optional
        The classifier itself, as arrays ...
    pipeline : RebuiltClassifier or sklearn estimator, optional
        ... or as what was rebuilt from a file, or an estimator that was passed, with ``predict_proba``.
    info : dict
        What is known of the training: ``statistics`` {feature: {"median", "low", "high", "missing",
        "negative"}}, license, citation, scores.
    magnitudes : frozenset of str
        Features that it takes the absolute value of, by definition.
    revision : str
        Commit of the repository of the Hub that it comes from; "" if it comes from elsewhere.
    origin : {"bundled", "own trees", "this session", "object", "file"}
        What `source` says in words.
    address : str
        What loads it again (path, repository, "bundled:noise"); "" if it lives in memory only.
    adaptation : Adaptation, optional
        If it was adapted to a recording.
    adapted_part : {"noise", "sua", ""}
        Which of the pair that was adapted.
    """

    source: str
    features: tuple[str, ...]
    labels: tuple[str, str]
    trees: Grown | Adapted | None = None
    pipeline: Any = None
    info: dict[str, Any] = field(default_factory=dict)
    magnitudes: frozenset[str] = frozenset()
    revision: str = ""
    origin: Origin = "file"
    address: str = ""
    adaptation: Adaptation | None = None
    adapted_part: str = ""

    def __repr__(self) -> str:
        return (
            f"UnitClassifier({self.labels[0]} against {self.labels[1]}, from {self.source}, "
            f"{len(self.features)} metrics: {listing(self.features, 8)})"
        )

    def remember_address(self, address: str) -> None:
        """Note where the classifier was saved, so that code can load it from there."""
        object.__setattr__(self, "address", address)

    def positive(self, names: tuple[str, ...]) -> int:
        """Return which class is meant by names; the second if the model names its classes by numbers."""
        for at, label in enumerate(self.labels):
            if canonical(label) in names:
                return at
        known = {*_OTHERS, *NOISE, *SUA}
        if all(canonical(label.lower()) in known for label in self.labels):
            raise ModelError(
                f"the classifier from {self.source} tells {self.labels[0]} from {self.labels[1]}; "
                f"here one that knows {names[0]!r} is needed. Are the two classifiers given the wrong way round?"
            )
        return 1

    def probability(self, rows: npt.NDArray[np.float64], at: int = 1) -> npt.NDArray[np.float64]:
        """Return the probability of one class.

        Parameters
        ----------
        rows : ndarray of float64, shape (n, n_features)
            In the order of :attr:`features`; NaN where missing.
        at : {0, 1}
            Which class.

        Raises
        ------
        ModelError
            If the classifier takes no missing values and some are, or scikit-learn cannot use the pipeline.
        """
        if len(rows) == 0:
            return np.zeros(0)
        rows = as_single(rows)
        if self.trees is not None:
            second = self.trees.probability(rows)
            return second if at == 1 else 1.0 - second
        try:
            found: npt.NDArray[np.float64] = np.asarray(self.pipeline.predict_proba(self._frame(rows)))[:, at]
        except AutolabelError:
            raise
        except Exception as error:
            import sklearn

            raise ModelError(
                f"the classifier from {self.source} does not work with scikit-learn {sklearn.__version__}: "
                f"{type(error).__name__}: {error}. Without arguments the bundled classifiers are used."
            ) from error
        return found

    def _frame(self, rows: npt.NDArray[Any]) -> Any:
        rows = rows.astype(np.float32)
        if not hasattr(self.pipeline, "feature_names_in_"):
            return rows
        import pandas as pd

        return pd.DataFrame(rows, columns=list(self.features))

    def contributions(
        self, rows: npt.NDArray[np.float64], at: int = 1
    ) -> tuple[npt.NDArray[np.float64], float, str]:
        """Return how much each metric moved each unit's probability.

        They are indicative: setting a metric to its median moves the probability otherwise for many units.

        Parameters
        ----------
        rows : ndarray of float64, shape (n, n_features)
        at : {0, 1}
            Which class's probability.

        Returns
        -------
        contributions : ndarray, shape (n, n_features)
            They sum to the probability minus `start`.
        start : float
            Probability where they start: of trees that at the mean log-odds of the training rows, masked
            copies included (not the share of such units); of others that of the typical unit.
        method : str
            How they were found, with its source.
        """
        rows = as_single(rows)
        if self.trees is not None:
            moved, start = shared_out(self.trees.contributions(rows), self.trees.mean_margin)
            if at == 0:
                moved, start = -moved, 1.0 - start
            said = (
                "changes of the mean along each tree's path (Saabas 2014), shared out on the probability; indicative, "
                "not what another value would change. They start at the mean log-odds of the training, "
                "which is not the share of such units there"
            )
            return moved, start, said
        return self._permuted(rows, at)

    def _permuted(self, rows: npt.NDArray[np.float64], at: int) -> tuple[Any, float, str]:
        """Shapley values over random orders of the metrics, from the typical unit (Štrumbelj & Kononenko 2014)."""
        n, width = rows.shape
        typical = self.typical(rows)
        random = np.random.default_rng(0)
        moved = np.zeros(rows.shape)
        orders = ORDERS if n * width < MANY_VALUES else ORDERS_OF_MANY
        for _ in range(orders):
            order = random.permutation(width)
            steps = np.repeat(np.broadcast_to(typical, rows.shape)[None], width + 1, axis=0).copy()
            for step, column in enumerate(order):
                steps[step + 1 :, :, column] = rows[:, column]
            chance = self.probability(steps.reshape(-1, width), at).reshape(width + 1, n)
            moved[:, order] += np.diff(chance, axis=0).T
        start = float(self.probability(typical[None], at)[0])
        said = "Shapley values over random orders from the typical unit (Štrumbelj & Kononenko 2014)"
        return moved / orders, start, said

    def typical(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the median unit of the training, where that is known, else of `rows`."""
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a metric that all units lack
            here = np.nanmedian(rows, axis=0) if len(rows) else np.full(len(self.features), np.nan)
        known = [self.statistics.get(f, {}).get("median") for f in self.features]
        return np.array([h if k is None else k for k, h in zip(known, here, strict=True)], dtype=np.float64)

    @cached_property
    def statistics(self) -> dict[str, dict[str, float]]:
        """What is known of each feature in the training data; empty if nothing is."""
        stored = self.info.get("statistics")
        if isinstance(stored, dict):
            return stored
        return _from_pipeline(self.pipeline, self.features) if self.pipeline is not None else {}

    @property
    def takes_missing(self) -> bool:
        """Whether it can judge a unit that lacks a metric."""
        if self.trees is not None:
            return True
        if isinstance(self.pipeline, RebuiltClassifier):
            return self.pipeline.takes_missing
        from sklearn.ensemble import HistGradientBoostingClassifier
        from sklearn.impute import SimpleImputer

        kinds = (SimpleImputer, HistGradientBoostingClassifier)
        return any(isinstance(part, kinds) for part in parts_of(self.pipeline))


def as_single(rows: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Round values to single precision, as SpikeInterface does before it asks a model; NaN where that overflows.

    A unit whose value lies next to a split would get another label there otherwise.
    """
    with np.errstate(over="ignore"):
        rounded = rows.astype(np.float32).astype(np.float64)
    rounded[~np.isfinite(rounded)] = np.nan
    return rounded


def _from_pipeline(pipeline: Any, features: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Read the medians and spreads that an imputer and a scaler after it remember of the training data."""
    found: dict[str, dict[str, float]] = {name: {} for name in features}
    for part in _steps(pipeline):
        if isinstance(part, Imputer) or _is_imputer(part):
            medians = part.statistics if isinstance(part, Imputer) else getattr(part, "statistics_", None)
            if medians is None or len(medians) != len(features) or part.strategy != "median":
                break
            _note(found, "median", np.asarray(medians, dtype=np.float64))
        else:
            names = ("mean", "scale") if isinstance(part, Scaler) else ("mean_", "scale_")
            mean, scale = (getattr(part, name, None) for name in names)
            if mean is not None and scale is not None and len(mean) == len(features):
                # 10 standard deviations contain at least 99 % of the values of any distribution (Chebyshev's inequality).
                _note(found, "low", np.asarray(mean - 10 * scale, dtype=np.float64))
                _note(found, "high", np.asarray(mean + 10 * scale, dtype=np.float64))
            # After any other step, the values are no longer in the units of the metrics: stop.
            break
    return {name: known for name, known in found.items() if known}


def _is_imputer(part: Any) -> bool:
    """Whether a step of a pipeline is scikit-learn's; nothing is imported for steps that were rebuilt from a file."""
    imputing = sys.modules.get("sklearn.impute")
    return imputing is not None and isinstance(part, imputing.SimpleImputer)


def _steps(pipeline: Any) -> list[Any]:
    steps = getattr(pipeline, "steps", None) or [(None, pipeline)]
    return [step[1] if isinstance(step, tuple) and len(step) == 2 else step for step in steps]


def _note(found: dict[str, dict[str, float]], key: str, values: npt.NDArray[np.float64]) -> None:
    for known, value in zip(found.values(), values.tolist(), strict=True):
        if np.isfinite(value):
            known[key] = value
