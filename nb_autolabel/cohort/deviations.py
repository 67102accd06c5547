"""Recordings that differ from the others: by the share that fails a criterion, or by the values of its metric."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..metrics.formatting import value_in_words
from ..metrics.registry import metric
from ..metrics.table import MetricTable
from ..rules.judgement import State
from ..rules.trace import Trace
from .quantiles import median, quantiles_by

#: The share that fails; the median of values that are sizes, compared as a factor; the mean rank of other values.
Kind = Literal["failing", "factor", "ranks"]
Floats = npt.NDArray[np.float64]
#: Metrics that are compared whatever the method asks for: signal and noise, gain, spikes, drift, contamination.
WATCHED = (
    "amplitude_median",
    "snr",
    "num_spikes",
    "presence_ratio",
    "drift_ptp",
    "rp_contamination",
    "isi_violations_ratio",
)
#: What is compared besides: the noise of the recording in the unit of amplitudes; see :func:`noise_of`.
NOISE = "noise level"
#: With fewer recordings none stands out: nobody can say what is usual.
FEWEST = 5
#: Units that a recording needs to be judged by a criterion.
FEWEST_UNITS = 8
#: Chance that any recording of a cohort is marked that is like the others, as far as the model holds.
FALSE_ALARM = 0.05
#: Differences that matter: in the share that fails, as a factor (here its logarithm), and in the chance that a unit has a
#: larger value than one of another recording.
LEAST: dict[Kind, float] = {"failing": 0.10, "factor": float(np.log(1.5)), "ranks": 0.12}
#: Recordings of one study differ at least so much, as a standard deviation on the scales that are compared.
FLOOR: dict[Kind, float] = {"failing": 0.04, "factor": 0.10, "ranks": 0.04}
#: MAD times this is the standard deviation of a normal distribution.
_MAD = 1.4826


@dataclass(frozen=True)
class Deviation:
    """One way in which a recording differs.

    Attributes
    ----------
    recording : int
        Position.
    criterion : str
        Key of the criterion, or name of the metric.
    kind : {"failing", "factor", "ranks"}
    score : float
        Distance from the usual in robust standard deviations, signed.
    text : str
    """

    recording: int
    criterion: str
    kind: Kind
    score: float
    text: str


@dataclass(frozen=True)
class _Series:
    """One number a recording with what it varies by for the number of its units alone."""

    criterion: str
    kind: Kind
    values: Floats
    errors: Floats
    shown: Floats


def deviations(trace: Trace, recording_of: npt.NDArray[np.integer], count: int) -> list[Deviation]:
    """Find recordings that differ from the others, the furthest away first.

    For each criterion two numbers of each recording are compared: the share of units that fail it (as the arcsine of its
    root, of which the sampling error does not depend on the share), and what is usual of its metric's values: the logarithm
    of the median of what is a size, so that also a factor shows that makes no unit fail, and else the mean rank among the
    units of all recordings. What is usual is the median; how much
    recordings differ is the median absolute deviation, never less than that of most criteria or :data:`FLOOR`. Limits
    allow for the number of recordings and criteria (Bonferroni) and for the uncertainty of the deviation of few
    recordings; and a difference must be large enough to matter.

    Parameters
    ----------
    trace : Trace
    recording_of : ndarray of int, shape (n_units,)
    count : int
        Number of recordings.

    Returns
    -------
    list of Deviation
        Empty where there are fewer than 5 recordings.
    """
    return [] if count < FEWEST else _compared(list(_series(trace, recording_of, count)), count)


def _compared(every: list[_Series], count: int) -> list[Deviation]:
    every = [each for each in every if (~np.isnan(each.values)).sum() >= FEWEST]
    spreads = [_spread(each) for each in every]
    usual: dict[Kind, float] = {
        kind: float(median([s for s, each in zip(spreads, every, strict=True) if each.kind == kind] or [0.0]))
        for kind in LEAST
    }
    # The share that fails and the values of a metric say much the same.
    limit = _limit(count, len({_metric(each.criterion) for each in every}))
    ratios = next(
        (
            each.values
            for each in every
            if each.criterion == "snr" or each.criterion.endswith("/snr")
            if each.kind == "factor"
        ),
        np.full(count, np.nan),
    )
    snr = np.exp(ratios - median(ratios)) if np.isfinite(ratios).any() else ratios
    found = []
    for each, spread in zip(every, spreads, strict=True):
        scale = max(spread, usual[each.kind], FLOOR[each.kind])
        middle = median(each.values)
        scores = (each.values - middle) / np.sqrt(scale**2 + each.errors**2)
        typical = float(median(each.shown))
        away = each.shown - typical if each.kind == "failing" else each.values - middle
        for at in np.flatnonzero((np.abs(scores) > limit) & (np.abs(away) >= LEAST[each.kind])):
            text = _in_words(each, float(each.shown[at]), typical, float(snr[at]))
            found.append(Deviation(int(at), each.criterion, each.kind, float(scores[at]), text))
    return sorted(found, key=lambda d: -abs(d.score))


def shares_that_differ(
    names: Sequence[str], counts: npt.NDArray[np.integer], units: npt.NDArray[np.integer]
) -> list[Deviation]:
    """Find recordings with another share of a label than the others, of labels that no criterion explains.

    Parameters
    ----------
    names : sequence of str
        Labels.
    counts : ndarray of int, shape (n_labels, n_recordings)
    units : ndarray of int, shape (n_recordings,)
    """
    if len(units) < FEWEST:
        return []
    every = [_failing(name, many, units) for name, many in zip(names, counts, strict=True)]
    return [replace(each, text=each.text.replace(" fail ", " are ")) for each in _compared(every, len(units))]


def _metric(criterion: str) -> str:
    return criterion.rsplit("/", 1)[-1]


def _limit(count: int, metrics: int) -> float:
    """Return the score beyond which a recording stands out."""
    tests = max(1, count * metrics)
    normal = NormalDist().inv_cdf(1 - FALSE_ALARM / (2 * tests))
    # The deviation of few recordings is itself known badly: its variance is estimated about 0.37 times as well as the
    # standard deviation's, and the quantile of Student's distribution is approximated to the first order.
    freedom = max(3.0, 0.37 * 2 * (count - 1))
    return normal * (1 + (normal**2 + 1) / (4 * freedom * 4))


def _spread(series: _Series) -> float:
    """Return how much recordings differ beyond what their numbers of units explain."""
    known = ~np.isnan(series.values)
    values = series.values[known]
    if not len(values):
        return 0.0
    total = _MAD * float(median(np.abs(values - median(values))))
    return float(np.sqrt(max(0.0, total**2 - float(median(series.errors[known] ** 2)))))


def _series(trace: Trace, recording_of: npt.NDArray[np.integer], count: int) -> Iterator[_Series]:
    done: set[str] = set()
    for k, criterion in enumerate(trace.rule_set.criteria):
        if trace.judgement(k) is None:
            continue
        states = trace.states[k]
        judged = (states == State.PASS) | (states == State.FAIL)
        n = np.bincount(recording_of[judged], minlength=count)
        failed = np.bincount(recording_of[states == State.FAIL], minlength=count)
        yield _failing(criterion.key, failed, n)
        if criterion.metric not in done:
            done.add(criterion.metric)
            yield _values(criterion.metric, trace.values[k], recording_of, count)
    for name in WATCHED:
        if name not in done and trace.table.find(name) is not None:
            yield _values(name, np.abs(trace.table.values(name).astype(np.float64)), recording_of, count)
    noise = noise_of(trace.table, recording_of, count)
    if noise is not None:
        yield _values(NOISE, noise, recording_of, count)


def noise_of(table: MetricTable, recording_of: npt.NDArray[np.integer], count: int) -> Floats | None:
    """Return the noise that each unit tells of: its amplitude over its signal-to-noise ratio, in the unit of amplitudes.

    All units of a recording tell the same noise, whatever their amplitudes, so that few of them are enough to see that a
    recording is noisy or has a wrong gain. Units with a ratio below the recording's median are left out: the template
    of spikes that are none says nothing.

    Returns
    -------
    ndarray, shape (n_units,), or None
        NaN where it is not known; None where a metric is not in the table.
    """
    if table.find("amplitude_median") is None or table.find("snr") is None:
        return None
    size = np.abs(table.values("amplitude_median").astype(np.float64))
    ratio = np.abs(table.values("snr").astype(np.float64))
    usable = np.isfinite(size) & np.isfinite(ratio) & (size > 0) & (ratio > 0)
    least = quantiles_by(recording_of[usable], ratio[usable], count, [0.5])[0]
    usable &= ratio >= least[recording_of]
    noise = np.full(len(size), np.nan)
    noise[usable] = size[usable] / ratio[usable]
    return noise


def _failing(key: str, failed: npt.NDArray[np.integer], n: npt.NDArray[np.integer]) -> _Series:
    enough = n >= FEWEST_UNITS
    share = np.where(enough, failed / np.maximum(n, 1), np.nan)
    angle = np.where(enough, np.arcsin(np.sqrt((failed + 0.375) / (n + 0.75))), np.nan)
    return _Series(key, "failing", angle, 0.5 / np.sqrt(n + 0.5), share)


def _values(name: str, values: Floats, recording_of: npt.NDArray[np.integer], count: int) -> _Series:
    known = ~np.isnan(values)
    of, here = recording_of[known], values[known]
    n = np.bincount(of, minlength=count)
    enough = n >= FEWEST_UNITS
    shown = np.where(enough, quantiles_by(of, here, count, [0.5])[0], np.nan)
    ordered = np.sort(here)
    if _is_size(ordered):
        positive = here > 0
        quarter, middle, three = quantiles_by(of[positive], np.log(here[positive]), count, [0.25, 0.5, 0.75])
        # Of the median of normally distributed values.
        errors = 1.2533 * np.nan_to_num(three - quarter) / 1.349 / np.sqrt(np.maximum(n, 1))
        return _Series(name, "factor", np.where(enough, middle, np.nan), errors, shown)
    # Mean ranks of equal values, from 0 to 1; scipy.stats has them and takes a second to load.
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))[: len(ordered)]
    stops = np.concatenate([starts[1:], [len(ordered)]])[: len(starts)]
    ranks = ((starts + stops) / 2)[np.searchsorted(ordered[starts], here)] / max(1, len(here))
    sums = np.bincount(of, weights=ranks, minlength=count)
    mean = np.where(enough, sums / np.maximum(n, 1), np.nan)
    return _Series(name, "ranks", mean, np.sqrt(1 / (12 * np.maximum(n, 1.0))), shown)


def _is_size(ordered: Floats) -> bool:
    """Whether values are sizes that compare as factors: hardly any is zero or below, and none stands for many units.

    Parameters
    ----------
    ordered : ndarray
        The values in ascending order.
    """
    if not len(ordered) or not np.isfinite(ordered[[0, -1]]).all() or (ordered > 0).mean() <= 0.98:
        return False
    # No value stands there so often that it meets itself this far on.
    step = int(np.ceil(0.1 * len(ordered))) - 1
    return step > 0 and bool((ordered[step:] != ordered[:-step]).all())


def _in_words(series: _Series, here: float, usual: float, snr: float) -> str:
    """Say what differs.

    Parameters
    ----------
    series : _Series
    here, usual : float
        In this recording and in the others.
    snr : float
        Signal-to-noise ratio here as a factor of the usual one; NaN if it is not known.
    """
    if series.criterion == NOISE:
        times = here / usual
        # Noise that is really larger hides the signals; a wrong gain changes both.
        gain = abs(np.log(snr)) < abs(np.log(times)) / 2 if snr > 0 else False
        said = ", amplitudes too: is the gain right?" if gain else ""
        noise, others = (value_in_words("amplitude_median", each) for each in (here, usual))
        return f"noise level {noise}, {others} elsewhere ({times:.2g} times{said})"
    if series.kind == "failing":
        return f"{100 * here:.0f} % fail {series.criterion}, {100 * usual:.0f} % elsewhere"
    name = series.criterion
    text = f"median {name} {value_in_words(name, here)}, {value_in_words(name, usual)} elsewhere"
    if metric(name).unit in ("µV", "a.u.") and usual > 0 and here > 0:
        return f"{text} ({here / usual:.2g} times: is the gain right?)"
    return text


def reasons(found: Sequence[Deviation], recording: int, at_most: int = 3) -> str:
    """Say in which ways a recording differs, the strongest first; "" if in none.

    Of a metric with both a share that fails and other values only the stronger is said.

    Parameters
    ----------
    found : sequence of Deviation
    recording : int
    at_most : int, default: 3
    """
    said: dict[str, str] = {}
    for each in found:
        if each.recording == recording:
            said.setdefault(_metric(each.criterion), each.text)
    more = len(said) - at_most
    texts = list(said.values())[:at_most]
    return "; ".join([*texts, *([f"and {more} more"] if more > 0 else [])])
