"""Which labels can be accepted unseen: their expected error, and the largest set whose mean lies within a budget.

A classifier's probability that a label is right is recalibrated by a logistic model of *being right*: its logit is a line
over the logit of the probability, and the line differs between recordings: where labels are better than usual its
intercept is higher, and it is steeper. How much recordings differ was learnt on the labelled units
(``scripts/expected_error.py``); labels of one's own, of units drawn at random, tell more of this recording's line.
``frontend/src/core/expected_error.js`` says the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from ..errors import RuleError, listing
from ..labels import CLASS_NAMES, CLASSES, canonical
from .log_odds import logistic

Question = Literal["good or not", "noise or not", "label"]
#: What is asked of a label: is it right that the unit is good, that it is noise, or the label as a whole?
QUESTIONS: tuple[Question, ...] = get_args(Question)
#: Posterior standard deviations by which the intercept is lowered before the cut.
SAFE = 1.0
#: Probabilities are kept this far from 0 and 1, so that one unit never counts as impossible.
SMALLEST = 1e-6
#: Of the normal distribution, for 95 %.
NORMAL_95 = 1.959963984540054
_FILE = Path(__file__).parent / "bundled" / "expected_error.json"
STEPS, TOLERANCE = 100, 1e-12
#: Points and weights of the quadrature, for the standard normal distribution.
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(15)


@dataclass(frozen=True)
class Posterior:
    """What is known of a recording's intercept.

    Attributes
    ----------
    intercepts, weights : ndarray, shape (15,)
        Values that it may have, and their probabilities.
    """

    intercepts: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]

    @property
    def mean(self) -> float:
        """Mean of the intercept."""
        return float(self.weights @ self.intercepts)

    @property
    def spread(self) -> float:
        """Standard deviation of the intercept."""
        return float(np.sqrt(self.weights @ (self.intercepts - self.mean) ** 2))


@dataclass(frozen=True)
class Calibration:
    """How often labels are right, given their probability.

    In a recording whose intercept deviates by d from the mean, a label of probability p is right with the log-odds
    ``intercept + d + (slope + tilt * d) * logit(p)``.

    Attributes
    ----------
    slope, intercept : float
        Means over recordings.
    spread : float
        Standard deviation of the intercept of a recording that was not seen.
    tilt : float, default: 0
        By how much a recording's slope deviates where its intercept deviates by one.
    """

    slope: float
    intercept: float
    spread: float
    tilt: float = 0.0

    def posterior(self, log_odds: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> Posterior:
        """Return what is known of this recording's intercept, after labels of units drawn at random.

        Gauss-Hermite quadrature around the most probable value, scaled by the curvature there.

        Parameters
        ----------
        log_odds : ndarray, shape (n,)
            Of the probability that each unit's label is right.
        right : ndarray of bool, shape (n,)
            Whether it is, by the curator's label.
        """
        seen, sign = np.asarray(log_odds, dtype=np.float64), np.where(right, 1.0, -1.0)
        usual, moved = self.intercept + self.slope * seen, 1 + self.tilt * seen
        precision = 1 / self.spread**2
        deviation, low, high = 0.0, -np.inf, np.inf
        step = 2.0
        for _ in range(STEPS):
            chance = logistic(usual + deviation * moved)
            pull = float((((sign > 0) - chance) * moved).sum()) - precision * deviation
            curve = float((chance * (1 - chance) * moved**2).sum()) + precision
            # The slope falls steadily, so its sign tells on which side the top lies.
            low, high = (deviation, high) if pull > 0 else (low, deviation)
            # The logistic curve is flat far away, where Newton's step is too long and may come back to where it was: a step
            # that leaves what is known, or is longer than half the one before, is replaced by the middle.
            before, step = abs(step), min(1.0, max(-1.0, pull / curve))
            bounded = np.isfinite(low) and np.isfinite(high)
            if bounded and (not low <= deviation + step <= high or abs(step) > before / 2):
                step = (low + high) / 2 - deviation
            deviation += step
            if abs(step) < TOLERANCE:
                break
        at = deviation + NODES / np.sqrt(curve)
        log = -np.logaddexp(0, -sign * (usual + at[:, None] * moved)).sum(axis=1) - precision * at**2 / 2
        weights = WEIGHTS * np.exp(NODES**2 / 2 + log - log.max())
        return Posterior(self.intercept + at, weights / weights.sum())

    def errors(self, log_odds: npt.NDArray[np.float64], intercept: float) -> npt.NDArray[np.float64]:
        """Return the expected error of each label, given the recording's intercept; shape (n,).

        It never grows with the probability: a slope is never below 0.
        """
        slope = max(0.0, self.slope + self.tilt * (intercept - self.intercept))
        return 1.0 - logistic(intercept + slope * log_odds)


@dataclass(frozen=True)
class Cut:
    """Which labels are accepted.

    Attributes
    ----------
    accepted : ndarray of bool, shape (n,)
    errors : ndarray, shape (n,)
        Expected error of each label, over what is known of the intercept; NaN where there is no probability.
    safe_errors : ndarray, shape (n,)
        The error with the intercept lowered by `safe` standard deviations: these are cut.
    expected, low, high : float
        Mean error of the accepted labels, and its 95 % interval: the intercept's and that of chance. NaN if there are none.
    intercept, spread : float
        Posterior of this recording's intercept.
    """

    accepted: npt.NDArray[np.bool_]
    errors: npt.NDArray[np.float64]
    safe_errors: npt.NDArray[np.float64]
    expected: float
    low: float
    high: float
    intercept: float
    spread: float


def cut(
    calibration: Calibration,
    log_odds: npt.NDArray[np.float64],
    budget: float,
    *,
    known: npt.NDArray[np.float64] | None = None,
    right: npt.NDArray[np.bool_] | None = None,
    safe: float = SAFE,
) -> Cut:
    """Accept the largest set of labels whose mean safe expected error is within the budget.

    Parameters
    ----------
    calibration : Calibration
    log_odds : ndarray, shape (n,)
        Of the probability that each label is right; NaN: it cannot be accepted.
    budget : float
    known, right : ndarray, shape (m,), optional
        The same of units labelled by hand that were drawn at random, and whether their label was right.
    safe : float, default: 1
        Standard deviations by which the intercept is lowered before the cut.
    """
    none = np.zeros(0)
    posterior = calibration.posterior(
        none if known is None else known, none.astype(bool) if right is None else right
    )
    mean, spread = posterior.mean, posterior.spread
    errors = np.zeros(len(log_odds))
    for at, weight in zip(posterior.intercepts.tolist(), posterior.weights.tolist(), strict=True):
        errors += weight * calibration.errors(log_odds, at)
    safe_errors = calibration.errors(log_odds, mean - safe * spread)
    accepted = within(safe_errors, budget)
    some = log_odds[accepted]
    if not len(some):
        return Cut(accepted, errors, safe_errors, np.nan, np.nan, np.nan, mean, spread)
    each = errors[accepted]
    expected = float(each.mean())
    best, worst = (
        float(calibration.errors(some, mean + sign * NORMAL_95 * spread).mean()) for sign in (1, -1)
    )
    chance = NORMAL_95 * float(np.sqrt((each * (1 - each)).sum())) / len(each)
    low = max(0.0, expected - float(np.hypot(expected - best, chance)))
    high = min(1.0, expected + float(np.hypot(worst - expected, chance)))
    return Cut(accepted, errors, safe_errors, expected, low, high, mean, spread)


def within(errors: npt.NDArray[np.float64], budget: float) -> npt.NDArray[np.bool_]:
    """Return the largest set with a mean error of at most the budget, shape (n,); NaN is never in it.

    Of the sets of one size, that of the smallest errors has the smallest mean, and that mean grows with the size. Of equal
    errors at the border, those of the first units are taken.
    """
    order = np.argsort(errors, kind="stable")[: int(np.isfinite(errors).sum())]
    means = np.cumsum(errors[order]) / np.arange(1, len(order) + 1)
    # Means of equal errors differ in their last digits, to and fro: the first one above the budget ends the set.
    above = np.flatnonzero(means > budget)
    found = np.zeros(len(errors), dtype=bool)
    found[order[: above[0] if len(above) else len(order)]] = True
    return found


def log_odds_of(probability: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the logit of probabilities, as far as the model reads it; NaN stays."""
    kept = np.clip(probability, SMALLEST, 1 - SMALLEST)
    found: npt.NDArray[np.float64] = np.log(kept) - np.log1p(-kept)
    return found


def asked_probability(
    labels: Sequence[str] | npt.NDArray[Any],
    noise: npt.NDArray[np.float64] | None,
    sua: npt.NDArray[np.float64] | None,
    question: Question,
) -> npt.NDArray[np.float64]:
    """Return the joint probability that each label is right as to a question, shape (n,); NaN where nothing is said.

    Parameters
    ----------
    labels : sequence of str, shape (n,)
        As the classifiers' rules give them; "unsure" and "unjudged" have no probability.
    noise, sua : ndarray, shape (n,), or None
        Probability of noise; of a single unit, if not noise. None: there is no such classifier.
    question : {"good or not", "noise or not", "label"}
        A unit that is called mua is right as to "good or not" if it is not good.
    """
    n = len(labels)
    noise_, sua_ = (np.zeros(n) if noise is None else noise), (np.full(n, np.nan) if sua is None else sua)
    good = (1 - noise_) * sua_
    of: dict[str, npt.NDArray[np.float64]]
    if question == "noise or not":
        noise_ = np.full(n, np.nan) if noise is None else noise_
        of = {"noise": noise_, **dict.fromkeys(("neural", "mua", "good"), 1 - noise_)}
    elif question == "good or not":
        of = {"noise": 1 - good, "mua": 1 - good, "good": good}
    else:
        neural = {"mua": (1 - noise_) * (1 - sua_), "good": good}
        of = neural if noise is None else {"noise": noise_, "neural": 1 - noise_, **neural}
    found = np.full(n, np.nan)
    names = np.array([class_of(label) or "" for label in labels], dtype=object)
    for name, values in of.items():
        here = names == name
        found[here] = values[here]
    return found


def is_right(label: str, truth: str, question: Question) -> bool | None:
    """Tell whether a label is right as to a question, by a curator's; None where the curator's says nothing of it."""
    said, true = class_of(label), class_of(truth)
    if said is None or true is None:
        return None
    if question == "noise or not":
        return (said == "noise") == (true == "noise")
    if said == "neural" or true == "neural":
        return (true == "noise") == (said == "noise") if question == "label" and said == "neural" else None
    if question == "good or not":
        return (said == "good") == (true == "good")
    return said == true


def class_of(label: str) -> str | None:
    """Return what a label says: "noise", "mua", "good", "neural"; None if it is none of them."""
    plain = canonical(label) or ""
    return plain if plain == "neural" else CLASS_NAMES[CLASSES[plain]] if plain in CLASSES else None


def checked(error: Any, question: Any, safe: Any = SAFE) -> dict[str, Any]:
    """Return what is asked to be accepted, if it can be.

    Raises
    ------
    RuleError
    """
    if not _is_number(error) or not 0 < float(error) < 1:
        raise RuleError(
            f"error={str(error)[:40]}: the error that may be expected is a share above 0 and below 1, like 0.05; "
            "None accepts nothing."
        )
    if not _is_number(safe) or not -10 <= float(safe) <= 10:
        raise RuleError(f"safe={str(safe)[:40]}: it is a number of standard deviations, like 1.")
    if not isinstance(question, str) or question not in QUESTIONS:
        raise RuleError(f"there is no question {str(question)[:60]!r}. Questions: {listing(QUESTIONS)}.")
    return {"error": float(error), "question": str(question), "safe": float(safe)}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


@cache
def bundled_calibrations() -> Mapping[str, Calibration]:
    """Return what was learnt for the bundled pair, by question."""
    known = stored()["questions"]
    return {
        name: Calibration(*(each[part] for part in ("slope", "intercept", "spread", "tilt")))
        for name, each in known.items()
    }


@cache
def stored() -> Mapping[str, Any]:
    """Return the file that ``scripts/expected_error.py`` wrote."""
    found: Mapping[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found
