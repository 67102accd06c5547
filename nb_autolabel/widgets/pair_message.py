"""What the tab "Pairs" is sent of two units: plain values, and arrays beside them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ..analyzer.analyzer import Analyzer
from ..errors import AutolabelError
from ..evidence.lag_bins import log_edges
from ..pairs.merged_unit import MergedUnit
from ..pairs.pair import Pair
from ..pairs.verdict import TAKES_OVER
from ..unit_ids import as_text

#: Amplitudes of a unit shown at most; more would only cover each other.
MAX_AMPLITUDES = 3000
#: Channels shown at most: those where either template is largest.
MAX_CHANNELS = 10
#: Channels on which both templates are smaller than this part of their largest value are left out.
SMALLEST = 0.1

Arrays = dict[str, npt.NDArray[Any]]


def described(pair: Pair, analyzer: Analyzer, places: tuple[int, int]) -> tuple[dict[str, Any], Arrays]:
    """Return what is shown of a pair.

    Parameters
    ----------
    pair : Pair
    analyzer : Analyzer
        That has the units' templates.
    places : (int, int)
        Positions of the units there.

    Returns
    -------
    known : dict
        Plain values without NaN; ``missing`` has a sentence for each part that cannot be shown.
    arrays : dict of ndarray
    """
    cross = pair.cross
    over = pair.evidence.over
    known: dict[str, Any] = {
        "verdict": pair.verdict.kind,
        "said": str(pair.verdict),
        "similarity": _number(pair.similarity),
        "distance": _number(pair.distance),
        "spikes": list(pair.evidence.spikes),
        "around": [each.spikes for each in (cross, *pair.autos)],
        "bin_ms": cross.bin_ms,
        "chance": [_number(each.chance) for each in (cross, *pair.autos)],
        "duration": pair.trains[0].duration,
        "starts": pair.trains[0].breaks,
        "over": over.time if over is not None and over.share >= TAKES_OVER else None,
        "missing": list(pair.missing),
    }
    arrays: Arrays = {"ccg": cross.counts, "acg_one": pair.autos[0].counts, "acg_other": pair.autos[1].counts}
    edges = log_edges(cross.sampling_frequency)
    for name, each in (("ccg", cross), ("acg_one", pair.autos[0]), ("acg_other", pair.autos[1])):
        arrays[f"{name}_log"] = each.log_counts(edges)
    arrays["log_edges"] = edges * 1000 / cross.sampling_frequency
    for name, at in (("one", 0), ("other", 1)):
        times = pair.trains[at].times
        values = np.zeros(0) if pair.amplitudes is None else pair.amplitudes[at]
        chosen = _some(len(times))
        arrays[f"times_{name}"] = times[chosen]
        arrays[f"amplitudes_{name}"] = values[chosen] if len(values) == len(times) else np.zeros(0)
    known["amplitude_unit"] = _amplitude_unit(analyzer)
    try:
        more, templates = _templates(analyzer, places)
        known |= more
        arrays |= templates
    except (AutolabelError, LookupError, ValueError) as error:
        known["missing"].append(f"No templates: {error}")
    return known, arrays


def merged_in_words(merged: MergedUnit) -> dict[str, Any]:
    """Return the merged unit as it is shown: values by metric (None for NaN), labels, what is not known by what it needs."""
    needs: dict[str, list[str]] = {}
    for name, need in merged.unknown.items():
        needs.setdefault(need, []).append(name)
    return {
        "metrics": {name: _number(value) for name, value in merged.metrics.items()},
        "alone": [{name: _number(value) for name, value in each.items()} for each in merged.alone],
        "labels": list(merged.labels),
        "guessed": list(merged.guessed),
        "unknown": [[need, names] for need, names in needs.items()],
    }


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _some(count: int) -> npt.NDArray[np.intp]:
    if count <= MAX_AMPLITUDES:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, MAX_AMPLITUDES, replace=False))


def _amplitude_unit(analyzer: Analyzer) -> str:
    try:
        if analyzer.get_extension("spike_amplitudes").params.get("unit") == "a.u.":
            return "a.u."
    except AutolabelError:
        pass
    return analyzer.voltage.unit


def _templates(analyzer: Analyzer, places: tuple[int, int]) -> tuple[dict[str, Any], Arrays]:
    """Return both templates on the channels where either is largest."""
    templates = np.asarray(analyzer.get_templates(analyzer.unit_ids[list(places)]), dtype=np.float64)
    if not np.isfinite(templates).all():
        raise ValueError("they hold values that are no numbers.")
    templates = analyzer.voltage.shown(templates, np.arange(templates.shape[2]))
    mask = analyzer.sparsity_mask
    if mask is not None:
        templates = np.where(mask[list(places)][:, np.newaxis], templates, 0.0)
    strength = np.abs(templates).max(axis=(0, 1))
    chosen = np.sort(np.argsort(strength, kind="stable")[::-1][:MAX_CHANNELS])
    chosen = chosen[strength[chosen] > SMALLEST * strength.max()] if strength.any() else chosen[:1]
    try:
        where = analyzer.get_channel_locations()[chosen, :2]
    except AutolabelError:
        where = np.column_stack([np.zeros(len(chosen)), -np.arange(len(chosen), dtype=np.float64)])
    times = analyzer.template_times_ms
    known = {
        "samples": int(templates.shape[1]),
        "sample_ms": 1e3 / analyzer.sampling_frequency,
        "channels": [as_text(channel) for channel in analyzer.channel_ids[chosen].tolist()],
        "volt": analyzer.voltage.unit,
        "first_ms": float(times[0]) if len(times) else 0.0,
    }
    arrays = {
        "template_one": templates[0][:, chosen].T,
        "template_other": templates[1][:, chosen].T,
        "places": where,
    }
    return known, arrays
