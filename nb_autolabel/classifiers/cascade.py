"""The one or two classifiers of UnitRefine in a row: inputs, probabilities, and what moved them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..metrics.table import MetricTable
from .inputs import Corrections, Inputs, check_inputs
from .model import NOISE, SUA, UnitClassifier
from .store import load_unit_classifier

if TYPE_CHECKING:
    import pandas as pd

NOISE_COLUMN, SUA_COLUMN = "noise_probability", "sua_probability"


class InputWarning(UserWarning):
    """The metrics given to a classifier differ from what it was trained on, or were corrected."""


class Cascade:
    """The one or two classifiers of a run.

    Parameters
    ----------
    noise_neural_classifier, sua_mua_classifier : optional
        As in :func:`unitrefine_label_units`.
    revision : str, optional
    """

    def __init__(
        self, noise_neural_classifier: Any = None, sua_mua_classifier: Any = None, revision: str | None = None
    ) -> None:
        if noise_neural_classifier is None and sua_mua_classifier is None:
            noise_neural_classifier, sua_mua_classifier = "bundled:noise", "bundled:sua"
        self.classifiers: dict[str, UnitClassifier] = {}
        for column, given, names in (
            (NOISE_COLUMN, noise_neural_classifier, NOISE),
            (SUA_COLUMN, sua_mua_classifier, SUA),
        ):
            if given is not None:
                classifier = load_unit_classifier(given, revision)
                classifier.positive(names)
                self.classifiers[column] = classifier

    def positive(self, column: str) -> int:
        """Return which class of a classifier is the one whose probability is given."""
        return self.classifiers[column].positive(NOISE if column == NOISE_COLUMN else SUA)

    def inputs(self, table: MetricTable, corrections: Corrections = "apply") -> dict[str, Inputs]:
        """Check the inputs of each classifier."""
        return {
            column: check_inputs(table, classifier, corrections)
            for column, classifier in self.classifiers.items()
        }

    def probabilities(self, inputs: dict[str, Inputs], table: MetricTable) -> dict[str, Any]:
        """Return the probability of each classifier for every unit, by column.

        NaN for a unit of which nothing is known: no spikes, or none of the classifier's metrics. A
        classifier would return a probability all the same, that of typical training data.
        """
        found = {}
        silent = without_spikes(table)
        for column, classifier in self.classifiers.items():
            rows = inputs[column].rows
            chance = classifier.probability(rows, self.positive(column))
            unknown = silent | ~np.isfinite(rows).any(axis=1)
            found[column] = np.where(unknown, np.nan, chance) if unknown.any() else chance
        return found


def without_spikes(table: MetricTable) -> npt.NDArray[np.bool_]:
    """Tell which units have no spike, as far as the table says; shape (n_units,)."""
    found = np.zeros(len(table), dtype=bool)
    for name in ("num_spikes", "firing_rate"):
        if table.find(name) is not None:
            found |= np.asarray(table.values(name), dtype=np.float64) == 0
    return found


def some_unknown(probabilities: Mapping[str, Any]) -> bool:
    """Tell whether any unit lacks a probability."""
    return any(bool(np.isnan(column).any()) for column in probabilities.values())


def with_probabilities(table: MetricTable, probabilities: Mapping[str, Any]) -> MetricTable:
    """Return a table with the probabilities as further columns."""
    kept = table.frame.drop(columns=[name for name in probabilities if name in table.frame])
    return with_frame(table, kept.assign(**probabilities))


def with_frame(table: MetricTable, frame: pd.DataFrame) -> MetricTable:
    """Return a table of the same units with other columns, which knows what the first does of its recordings."""
    made = MetricTable(frame)
    made.renamed, made.absent, made.recordings = table.renamed, table.absent, table.recordings
    return made


def warn_of(inputs: Mapping[str, Inputs]) -> None:
    """Say what was found about the inputs, once."""
    texts = list(dict.fromkeys(i.text for i in inputs.values() if i.text))
    if texts:
        warnings.warn(" ".join(texts), InputWarning, stacklevel=3)


def explain_probabilities(cascade: Cascade, inputs: Mapping[str, Inputs], column: str) -> Any:
    """Return each metric's contribution to a probability; see :meth:`UnitClassifier.contributions`.

    Raises
    ------
    ModelError
        If the run has no such probability.
    """
    if column not in cascade.classifiers:
        raise ModelError(f"there is no {column} here: that classifier was left out.")
    return cascade.classifiers[column].contributions(inputs[column].rows, cascade.positive(column))
