"""Classifiers that are weights: logistic regression, small networks, and the share of a class alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from .nodes import MAX_COLUMNS, Node
from .preparing import Rows


@dataclass(frozen=True)
class Network:
    """Layers of weights; logistic regression is one layer.

    Attributes
    ----------
    layers : tuple
        Weights, shape (n_in, n_out), and intercepts, shape (n_out,), of each.
    activation : {"identity", "logistic", "tanh", "relu"}
        Of the layers but the last, which gives log-odds.
    classes : ndarray, shape (2,)
    times : float
        Log-odds are multiplied by this.
    """

    layers: tuple[tuple[Rows, Rows], ...]
    activation: str
    classes: npt.NDArray[Any]
    times: float = 1.0
    takes_missing: ClassVar[bool] = False

    def second(self, rows: Rows) -> Rows:
        """Return the probability of the second class, shape (n,), in the precision of rows and weights."""
        from scipy.special import expit

        for at, (weights, intercepts) in enumerate(self.layers):
            rows = rows @ weights + intercepts
            if at < len(self.layers) - 1:
                rows = self._activated(rows)
        found: Rows = expit(rows.ravel() * rows.dtype.type(self.times))
        return found

    def _activated(self, rows: Rows) -> Rows:
        from scipy.special import expit

        if self.activation == "relu":
            return np.maximum(rows, 0)
        if self.activation == "tanh":
            return np.tanh(rows)
        return rows if self.activation == "identity" else expit(rows)


@dataclass(frozen=True)
class Share:
    """The same probability for every unit (``DummyClassifier``)."""

    share: float
    classes: npt.NDArray[Any]
    takes_missing: ClassVar[bool] = True

    def second(self, rows: Rows) -> npt.NDArray[np.float64]:
        """Return the probability of the second class, shape (n,)."""
        return np.full(len(rows), self.share)


def logistic_regression(node: Node, width: int) -> Network:
    """Rebuild a ``LogisticRegression``."""
    classes = node.attribute("classes_").labels()
    weights = node.attribute("coef_").numbers(1, width).T
    intercept = node.attribute("intercept_").numbers(1)
    # Until 1.7, "multinomial" meant one weight for each class, of which the second is minus the first.
    both = (
        node.version() < (1, 8)
        and node.has("multi_class")
        and node.attribute("multi_class").value() == "multinomial"
    )
    return Network(((weights, intercept),), "identity", classes, 2.0 if both else 1.0)


def network(node: Node, width: int) -> Network:
    """Rebuild an ``MLPClassifier``."""
    classes = node.attribute("classes_").labels()
    node.attribute("out_activation_").text("logistic")
    activation = node.attribute("activation").text("identity", "logistic", "tanh", "relu")
    weights, intercepts = node.attribute("coefs_").items(), node.attribute("intercepts_").items()
    if not 0 < len(weights) <= 100 or len(intercepts) != len(weights):
        raise node.wrong("does not have as many intercepts as layers")
    layers = []
    for at, (by, plus) in enumerate(zip(weights, intercepts, strict=True)):
        found = plus.array()
        size = 1 if at == len(weights) - 1 else len(found) if found.ndim == 1 else 0
        if not 0 < size <= MAX_COLUMNS:
            raise plus.wrong(f"is no layer of 1 to {MAX_COLUMNS}")
        layers.append((by.numbers(width, size), plus.numbers(size)))
        width = size
    return Network(tuple(layers), activation, classes)


def dummy(node: Node, width: int) -> Share:
    """Rebuild a ``DummyClassifier``, unless it draws lots."""
    classes = node.attribute("classes_").labels()
    strategy = node.attribute("strategy").text("prior", "most_frequent", "uniform", "constant")
    prior = node.attribute("class_prior_").numbers(2)
    if (prior < 0).any() or abs(float(prior.sum()) - 1) > 1e-6:
        raise node.attribute("class_prior_").wrong("does not sum up to one")
    if strategy == "constant":
        told = node.attribute("constant")
        given = told.value()
        if given not in classes.tolist():
            raise told.wrong("is none of the classes")
        return Share(float(given == classes.tolist()[1]), classes)
    share = {"prior": float(prior[1]), "most_frequent": float(prior[1] > prior[0]), "uniform": 0.5}[strategy]
    return Share(min(share, 1.0), classes)
