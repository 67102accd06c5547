"""Spikes that come sooner than one neuron can fire again, counted as the metrics of contamination count them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..metrics.settings import Settings
from .autocorrelogram import LagCounts, lag_counts
from .spike_train import SpikeTrain

#: Of each computation: the settings that say until when and from when on a spike violates the refractory period, in
#: ms, and SpikeInterface's default of both.
SETTINGS = {
    "rp_violation": (("refractory_period_ms", 1.0), ("censored_period_ms", 0.0)),
    "isi_violation": (("isi_threshold_ms", 1.5), ("min_isi_ms", 0.0)),
    "sliding_rp_violation": (("max_ref_period_ms", 10.0), ("exclude_ref_period_below_ms", 0.5)),
}
#: No refractory period is longer.
_LONGEST_MS = 50.0


def periods(settings: Settings) -> dict[str, tuple[float, float, bool]]:
    """Return the refractory periods of the metrics of contamination.

    Parameters
    ----------
    settings : dict
        As from :func:`nb_autolabel.metrics.settings.computed_with`.

    Returns
    -------
    dict of str to tuple
        By the computation's name: until when and from when on a spike violates it, in ms, and whether that is
        stored with the metrics (else SpikeInterface's default).
    """
    stored = settings.get("quality_metrics", {})
    found = {}
    for name, ((until, usual_until), (since, usual_since)) in SETTINGS.items():
        known = stored.get(name, {})
        last = _milliseconds(known.get(until), usual_until)
        first = _milliseconds(known.get(since), usual_since)
        found[name] = (last, min(first, last), known.get(until) == last)
    return found


def _milliseconds(value: Any, otherwise: float) -> float:
    known = isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= _LONGEST_MS
    return float(value) if known else otherwise


def violations(train: SpikeTrain, lags: LagCounts, settings: Settings) -> dict[str, dict[str, Any]]:
    """Count violations of the refractory period.

    Parameters
    ----------
    train : SpikeTrain
    lags : LagCounts
        Of the train, up to 50 ms.
    settings : dict
        Of the analyzer's metrics.

    Returns
    -------
    dict of str to dict
        By computation: ``until`` and ``since`` in ms, ``stored``, ``violations`` (of "rp_violation" pairs of spikes, of
        "isi_violation" intervals, as SpikeInterface counts them), and ``exact``.
    """
    found: dict[str, dict[str, Any]] = {}
    samples = train.sampling_frequency / 1000
    for name, (until, since, stored) in periods(settings).items():
        known: dict[str, Any] = {"until": until, "since": since, "stored": stored, "exact": lags.exact}
        if name == "isi_violation":
            threshold = until / 1000
            known["exact"] = True
            # Differences of seconds, as SpikeInterface takes them: an interval of just the threshold is decided by rounding.
            known["violations"] = sum(
                int((np.diff(part / train.sampling_frequency) < threshold).sum()) for part in train.segments
            )
        elif name == "rp_violation":
            last = round(until * samples)
            exact = lags if lags.exact else lag_counts(train, last)
            # SpikeInterface does not leave out the pairs within the censored period.
            known["violations"] = round(float(exact.counts[: last + 1].sum()))
            known["exact"] = exact.exact
        found[name] = known
    return found
