"""What SpikeInterface 0.105 computes: its metrics by computation, and what each needs.

A table of its own, so that it can be said without SpikeInterface what would become available.
``tests/interop/test_computing.py`` holds it against SpikeInterface.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from ..classifiers.cascade import Cascade
from ..errors import MissingMetricError, listing, suggestion
from ..metrics.registry import other_names
from ..rules.presets import SIMPLE, preset_thresholds, presets

QUALITY, TEMPLATE = "quality_metrics", "template_metrics"
#: What is given rather than computed: traces, places of the channels, amplitudes that are voltages, voltages of which the
#: unit is the analyzer's.
RECORDING, POSITIONS, VOLTAGES, UNIT = "recording", "positions", "voltages", "unit"
#: What each extension is computed from; names joined by "|" are alternatives.
EXTENSIONS: dict[str, tuple[str, ...]] = {
    "random_spikes": (),
    "noise_levels": (RECORDING,),
    "waveforms": ("random_spikes", RECORDING),
    "templates": ("random_spikes", f"waveforms|{RECORDING}"),
    "spike_amplitudes": ("templates", RECORDING),
    "spike_locations": ("templates", RECORDING, POSITIONS),
    "principal_components": ("random_spikes", "waveforms"),
}


@dataclass(frozen=True)
class Computation:
    """One computation of SpikeInterface, which gives one or several columns.

    Attributes
    ----------
    name : str
        As SpikeInterface calls it: "isi_violation".
    columns : tuple of str
        Metrics that it gives.
    needs : tuple of str
        Extensions, or :data:`RECORDING`, :data:`POSITIONS`, :data:`VOLTAGES`, :data:`UNIT`; names joined by "|" are
        alternatives.
    extension : str
        Extension that holds its metrics.
    usual : bool
        False for what SpikeInterface leaves out unless it is asked for, because it takes very long.
    """

    name: str
    columns: tuple[str, ...]
    needs: tuple[str, ...] = ()
    extension: str = QUALITY
    usual: bool = True

    @property
    def step(self) -> str:
        """What is computed in one go: all metrics of templates, all of principal components, else the computation."""
        if self.extension == TEMPLATE:
            return TEMPLATE
        return "metrics of principal components" if "principal_components" in self.needs else self.name


def _quality(name: str, *columns: str, needs: tuple[str, ...] = (), usual: bool = True) -> Computation:
    return Computation(name, columns or (name,), needs, usual=usual)


def _template(name: str, *columns: str, needs: tuple[str, ...] = ()) -> Computation:
    return Computation(name, columns or (name,), ("templates", *needs), TEMPLATE)


_AMPLITUDES = ("spike_amplitudes|amplitude_scalings",)
_COMPONENTS = ("principal_components",)
COMPUTATIONS = (
    _quality("num_spikes"),
    _quality("firing_rate"),
    _quality("presence_ratio"),
    _quality("snr", needs=("noise_levels", "templates")),
    _quality("isi_violation", "isi_violations_ratio", "isi_violations_count"),
    _quality("rp_violation", "rp_contamination", "rp_violations"),
    _quality("sliding_rp_violation"),
    _quality("synchrony", "sync_spike_2", "sync_spike_4", "sync_spike_8"),
    _quality("firing_range"),
    _quality("amplitude_cv", "amplitude_cv_median", "amplitude_cv_range", needs=("spike_amplitudes",)),
    _quality("amplitude_cutoff", needs=_AMPLITUDES),
    _quality("noise_cutoff", "noise_cutoff", "noise_ratio", needs=_AMPLITUDES),
    _quality("amplitude_median", needs=("spike_amplitudes", VOLTAGES, UNIT)),
    _quality("drift", "drift_ptp", "drift_std", "drift_mad", needs=("spike_locations",)),
    _quality("sd_ratio", needs=("templates", "spike_amplitudes", RECORDING)),
    _quality("mahalanobis", "isolation_distance", "l_ratio", needs=_COMPONENTS),
    _quality("d_prime", needs=_COMPONENTS),
    _quality("nearest_neighbor", "nn_hit_rate", "nn_miss_rate", needs=_COMPONENTS),
    _quality("silhouette", needs=_COMPONENTS),
    _quality(
        "nn_advanced",
        "nn_isolation",
        "nn_noise_overlap",
        needs=("principal_components", "waveforms", "templates", RECORDING),
        usual=False,
    ),
    _template("peak_to_trough_duration"),
    _template("half_width", "trough_half_width", "peak_half_width"),
    _template("repolarization_slope", needs=(UNIT,)),
    _template("recovery_slope", needs=(UNIT,)),
    _template("number_of_peaks", "num_positive_peaks", "num_negative_peaks"),
    _template("main_to_next_extremum_duration"),
    _template(
        "waveform_ratios",
        "peak_before_to_trough_ratio",
        "peak_after_to_trough_ratio",
        "peak_before_to_peak_after_ratio",
        "main_peak_to_trough_ratio",
    ),
    _template("waveform_widths", "trough_width", "peak_before_width", "peak_after_width"),
    _template("waveform_baseline_flatness"),
    _template("velocity_fits", "velocity_above", "velocity_below", needs=(POSITIONS,)),
    _template("exp_decay", needs=(POSITIONS,)),
    _template("spread", needs=(POSITIONS,)),
)
_BY_NAME = {computation.name: computation for computation in COMPUTATIONS}
_BY_COLUMN = {column: computation for computation in COMPUTATIONS for column in computation.columns}


def asked_for(metrics: Iterable[str]) -> tuple[tuple[Computation, ...], frozenset[str]]:
    """Return the computations that a list names, and the columns that it names.

    Parameters
    ----------
    metrics : iterable of str
        Metrics ("isi_violations_ratio"), also under older names; computations as SpikeInterface calls them
        ("isi_violation"), which stand for all their columns; "quality_metrics" and "template_metrics" for all of one
        kind.

    Raises
    ------
    MissingMetricError
        For a name that is none of these.
    """
    named = [metrics] if isinstance(metrics, str) else list(metrics)
    found: dict[str, Computation] = {}
    columns: set[str] = set()
    for name in named:
        several = [c for c in COMPUTATIONS if c.extension == name and c.usual]
        exact = None
        if name in _BY_COLUMN:
            exact = name
        elif isinstance(name, str) and name not in _BY_NAME and not several:
            exact = next((new for new, _ in other_names(name) if new in _BY_COLUMN), None)
        if exact is not None:
            several = [_BY_COLUMN[exact]]
        elif isinstance(name, str) and name in _BY_NAME:
            several = [_BY_NAME[name]]
        if not several:
            known = [*_BY_COLUMN, *_BY_NAME, QUALITY, TEMPLATE]
            raise MissingMetricError(
                f"SpikeInterface computes no metric {name!r}.{suggestion(name, known)} "
                f"It computes: {listing(_BY_COLUMN)}."
            )
        found |= {c.name: c for c in several}
        columns |= {exact} if exact is not None else {column for c in several for column in c.columns}
    return tuple(c for c in COMPUTATIONS if c.name in found), frozenset(columns)


@cache
def methods_by_metric() -> dict[str, tuple[str, ...]]:
    """Return the methods of this package that use a metric, by metric."""
    used: dict[str, list[str]] = {}
    for preset in presets():
        for section in preset_thresholds(preset).values():
            for name in section:
                used.setdefault(name, []).append("Bombcell")
    for classifier in Cascade().classifiers.values():
        for name in classifier.features:
            used.setdefault(name, []).append("UnitRefine")
    for name in SIMPLE:
        used.setdefault(name, []).append("the simple filter")
    return {name: tuple(dict.fromkeys(methods)) for name, methods in used.items()}


def in_words(columns: Iterable[str]) -> str:
    """Return metrics by the methods that use them: "snr, drift_ptp (Bombcell, UnitRefine); drift_std (UnitRefine)"."""
    used = methods_by_metric()
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in columns:
        groups.setdefault(used.get(name, ()), []).append(name)
    ordered = sorted(groups.items(), key=lambda group: -len(group[0]))
    return "; ".join(
        f"{listing(names)} ({listing(methods) if methods else 'used by no method'})"
        for methods, names in ordered
    )
