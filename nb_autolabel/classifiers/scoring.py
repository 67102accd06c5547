"""Scores of probabilities for noise, mua and good units."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..labels import CLASS_NAMES

#: Classes in this order wherever there are three columns.
CLASSES = CLASS_NAMES


def three(noise: npt.NDArray[Any], sua: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return the probabilities of noise, mua and good from those of a cascade; shape (n, 3)."""
    return np.stack([noise, (1 - noise) * (1 - sua), (1 - noise) * sua], axis=1)


def decide(noise: npt.NDArray[Any], sua: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """Return the class a cascade decides for at 0.5, as indices into :data:`CLASSES`."""
    return np.where(noise > 0.5, 0, np.where(sua >= 0.5, 2, 1))


def calibration_error(
    probabilities: npt.NDArray[np.float64], truth: npt.NDArray[Any], bins: int = 10
) -> float:
    """Return the expected calibration error: how far confidence and accuracy lie apart.

    Units are binned by the probability of their most probable class (Naeini et al. 2015).
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    total = 0.0
    for at in range(bins):
        here = place == at
        if here.any():
            total += here.mean() * abs(confidence[here].mean() - right[here].mean())
    return float(total)


def scores(noise: npt.NDArray[Any], sua: npt.NDArray[Any], truth: npt.NDArray[Any]) -> dict[str, float]:
    """Return accuracy, macro-F1, log-loss and calibration error of a cascade.

    Parameters
    ----------
    noise, sua : ndarray, shape (n,)
        Probabilities.
    truth : ndarray of int, shape (n,)
        Indices into :data:`CLASSES`.
    """
    from sklearn.metrics import accuracy_score, log_loss

    chances, decided = three(noise, sua), decide(noise, sua)
    return {
        "accuracy": float(accuracy_score(truth, decided)),
        "macro_f1": float(macro_f1(truth, decided)),
        "log_loss": float(log_loss(truth, np.clip(chances, 1e-9, 1), labels=[0, 1, 2])),
        "calibration_error": calibration_error(chances, truth),
    }


def macro_f1(truth: npt.NDArray[Any], decided: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return the mean F1 of the classes that occur in the truth.

    Parameters
    ----------
    truth : ndarray, shape (n,)
    decided : ndarray, shape (..., n)
        Several decisions are scored at once.

    Returns
    -------
    ndarray of float64, shape (...)
    """
    parts = []
    for label in np.unique(truth):
        there, said = truth == label, decided == label
        parts.append(2 * (there & said).sum(axis=-1) / np.maximum(1, there.sum() + said.sum(axis=-1)))
    mean: npt.NDArray[np.float64] = np.mean(parts, axis=0)
    return mean


def informativeness(probabilities: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return how much a label of each unit would tell: the entropy of its three probabilities, in bits.

    Parameters
    ----------
    probabilities : ndarray, shape (n_units, 3)

    Returns
    -------
    ndarray, shape (n_units,)

    References
    ----------
    Settles (2009), Active learning literature survey: uncertainty sampling.
    """
    p = np.clip(probabilities, 1e-12, 1.0)
    entropy: npt.NDArray[np.float64] = -(p * np.log2(p)).sum(axis=1)
    return entropy
