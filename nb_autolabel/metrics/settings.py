"""The settings metrics were computed with: a model knows those of its training data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import AutolabelError

#: Extensions of metrics, and what UnitRefine calls their settings in ``model_info.json``.
STORED = {"quality_metrics": "quality_metric_params", "template_metrics": "template_metric_params"}
#: Where SpikeInterface keeps settings by metric: since 0.102, and in 0.101 (there not those of templates).
_KEYS = ("metric_params", "qm_params")

#: Columns of computations that do not begin with the name of their computation.
_COLUMNS = {
    "rp_violation": ("rp_",),
    "synchrony": ("sync_",),
    "nearest_neighbor": ("nn_hit_rate", "nn_miss_rate"),
    "mahalanobis": ("isolation_distance", "l_ratio"),
    "noise_cutoff": ("noise_cutoff", "noise_ratio"),
    "nn_advanced": ("nn_isolation", "nn_noise_overlap"),
    "half_width": ("half_width", "trough_half_width", "peak_half_width"),
    "number_of_peaks": ("num_positive_peaks", "num_negative_peaks"),
    "velocity_fits": ("velocity_",),
    "waveform_widths": ("trough_width", "peak_before_width", "peak_after_width"),
    "waveform_ratios": ("peak_before_to", "peak_after_to", "main_peak_to"),
    "waveform_baseline_flatness": ("waveform_baseline_flatness",),
}

Settings = dict[str, dict[str, dict[str, Any]]]
"""Setting by extension, metric and name."""


def computed_with(analyzer: Any) -> Settings:
    """Return the settings of an analyzer's metrics.

    Parameters
    ----------
    analyzer : Analyzer or spikeinterface.SortingAnalyzer

    Returns
    -------
    dict
        ``{extension: {metric: {setting: value}}}``; empty where an analyzer does not tell. Metrics have the
        names SpikeInterface computes them by, such as ``isi_violation``.
    """
    found: Settings = {}
    for name in STORED:
        try:
            extension = analyzer.get_extension(name) if analyzer.has_extension(name) else None
            found[name] = by_metric(getattr(extension, "params", None))
        except AutolabelError:
            # If the settings cannot be read, the metrics are used all the same.
            found[name] = {}
    return found


def by_metric(params: Any) -> dict[str, dict[str, Any]]:
    """Return the settings by metric out of the parameters of an extension, as JSON would give them back."""
    if not isinstance(params, Mapping):
        return {}
    kept: Mapping[Any, Any] = next((params[key] for key in _KEYS if isinstance(params.get(key), Mapping)), {})
    # All at once: converting each by itself takes most of the time of opening an analyzer.
    return _plain({str(m): dict(s) for m, s in kept.items() if isinstance(s, Mapping)})


def common(several: Iterable[Settings]) -> Settings:
    """Return the settings of the metrics that were computed alike in all of several analyzers."""
    first, *others = [*several] or [{}]
    return {
        name: {
            metric: settings
            for metric, settings in metrics.items()
            if all(other.get(name, {}).get(metric) == settings for other in others)
        }
        for name, metrics in first.items()
    }


def differences(here: Settings, there: Settings) -> list[tuple[str, dict[str, tuple[Any, Any]]]]:
    """Compare the settings of metrics, as far as both sides tell them.

    Returns
    -------
    list of tuple
        Metric, and ``{setting: (here, there)}`` of those that differ. A setting only one side has, because
        its version of SpikeInterface has no other, does not count.
    """
    found = []
    for name in STORED:
        for metric, settings in here.get(name, {}).items():
            other = there.get(name, {}).get(metric, {})
            differ = {
                key: (value, other[key])
                for key, value in settings.items()
                if key in other and not _same(value, other[key])
            }
            if differ:
                found.append((metric, differ))
    return found


def concerns(metric: str, columns: Iterable[str]) -> bool:
    """Return whether any of these columns comes from a computation."""
    return any(column.startswith(_COLUMNS.get(metric, (metric,))) for column in columns)


def _same(one: Any, other: Any) -> bool:
    # 0.104 and before store a list of methods where 0.105 stores its only one.
    return json.dumps(_alone(one), sort_keys=True) == json.dumps(_alone(other), sort_keys=True)


def _alone(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    def other(value: Any) -> Any:
        return value.tolist() if hasattr(value, "tolist") else str(value)

    plain: dict[str, Any] = json.loads(json.dumps(dict(settings), default=other, skipkeys=True))
    return plain
