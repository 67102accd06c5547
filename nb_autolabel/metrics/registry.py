"""What each metric means: its unit, how people read it, its sign, its older names.

Names and meanings are those of SpikeInterface 0.105 (``spikeinterface.metrics``); names of other tools stand in
``nb_autolabel.metric_names``. Older names are found,
but a name does not mean an equal value: definitions and default settings changed between 0.101 and 0.105
(``amplitude_cutoff`` more than once, widths and ratios of the template with the search for its peaks).
The bundled classifiers were trained on metrics of SpikeInterface 0.102. A metric that is not listed here
works all the same, as a plain number on a linear axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..metric_names import OLDER_NAMES

Scale = Literal["linear", "log", "clip"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of the field.

    Parameters
    ----------
    name : str
        Column name in the metric table (SpikeInterface 0.105).
    unit : str
        Unit shown to people, after multiplying the stored value by `factor`.
    factor : float
        Stored value x factor = shown value (1000 turns seconds into ms).
    scale : {"linear", "log", "clip"}
        Axis that shows its usual distribution best; "clip" is linear with the far tail gathered
        in the last bin, "log" has a bin of its own for zero.
    magnitude : bool
        True if the sign is a convention and thresholds mean the absolute value.
        SpikeInterface stores ``amplitude_median`` signed since 0.101.
    nan_is_failure : bool
        True if NaN is itself a bad result. ``sliding_rp_violation`` is NaN when no contamination
        level is reached with 90 % confidence, be it for violations or for too few spikes.
    whole : bool
        True for counts.
    saturates : float or None
        Largest stored value there can be, where many units have it because nothing better could be said.
    meaning : str
        One line for tooltips.
    """

    name: str
    unit: str = ""
    factor: float = 1.0
    scale: Scale = "linear"
    magnitude: bool = False
    nan_is_failure: bool = False
    whole: bool = False
    saturates: float | None = None
    meaning: str = ""

    @property
    def title(self) -> str:
        """Name with its shown unit: ``peak_to_trough_duration (ms)``."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


_KNOWN = (
    Metric("num_spikes", "spikes", scale="log", whole=True, meaning="number of spikes"),
    Metric("firing_rate", "Hz", scale="log", meaning="mean firing rate"),
    Metric("presence_ratio", meaning="share of time bins in which the unit fires"),
    Metric("snr", scale="clip", meaning="peak amplitude over the noise of its channel"),
    Metric(
        "isi_violations_ratio",
        scale="log",
        meaning="rate of contaminating spikes that would explain the refractory violations, relative to the "
        "unit's own rate; can exceed 1",
    ),
    Metric("isi_violations_count", scale="log", whole=True, meaning="number of refractory violations"),
    Metric(
        "rp_contamination",
        "%",
        100.0,
        "clip",
        saturates=1.0,
        meaning="contamination from refractory violations; 100 % is also said where there are more violations than "
        "any contamination explains (saturated)",
    ),
    Metric("rp_violations", scale="log", whole=True, meaning="number of refractory period violations"),
    Metric(
        "sliding_rp_violation",
        "%",
        100.0,
        nan_is_failure=True,
        meaning="lowest contamination that can be claimed with 90 % confidence; missing where none up to 35 % can, "
        "because of violations or of too few spikes",
    ),
    Metric("sync_spike_2", scale="clip", meaning="share of spikes shared with another unit"),
    Metric("sync_spike_4", scale="clip", meaning="share of spikes shared with three other units"),
    Metric("sync_spike_8", scale="clip", meaning="share of spikes shared with seven other units"),
    Metric("firing_range", "Hz", scale="clip", meaning="spread of the firing rate over time"),
    Metric("amplitude_cv_median", scale="clip", meaning="median variability of the amplitude"),
    Metric("amplitude_cv_range", scale="clip", meaning="spread of the variability of the amplitude"),
    Metric(
        "amplitude_cutoff",
        "%",
        100.0,
        "log",
        meaning="estimated share of spikes below the detection threshold; missing where there are too few spikes",
    ),
    Metric("noise_cutoff", scale="clip", meaning="how abruptly the amplitude histogram is cut"),
    Metric("noise_ratio", scale="clip", meaning="height of the lowest amplitude bin over the highest"),
    Metric("amplitude_median", "µV", scale="clip", magnitude=True, meaning="median spike amplitude"),
    Metric("drift_ptp", "µm", scale="clip", meaning="peak-to-peak drift"),
    Metric("drift_std", "µm", scale="clip", meaning="standard deviation of the drift"),
    Metric("drift_mad", "µm", scale="clip", meaning="median absolute deviation of the drift"),
    Metric("sd_ratio", scale="clip", meaning="amplitude spread over what noise and drift explain"),
    Metric(
        "isolation_distance",
        scale="log",
        meaning="squared Mahalanobis distance that holds as many foreign spikes as own",
    ),
    Metric("l_ratio", scale="log", meaning="overlap with other spikes in feature space, per spike"),
    Metric("d_prime", scale="clip", meaning="separation from other units by linear discriminant"),
    Metric("silhouette", meaning="cluster separation, -1 to 1"),
    Metric("nn_hit_rate", meaning="nearest neighbours in the same unit"),
    Metric("nn_miss_rate", scale="clip", meaning="nearest neighbours of others in this unit"),
    Metric(
        "nn_isolation",
        meaning="nearest neighbours in the same unit, against the unit most like it, 0 to 1; 1 is isolated",
    ),
    Metric(
        "nn_noise_overlap",
        meaning="nearest neighbours among snippets of noise, 0 to 1; 0 is no overlap",
    ),
    Metric("peak_to_trough_duration", "ms", 1000.0, meaning="time from trough to the peak after it"),
    Metric("trough_half_width", "ms", 1000.0, meaning="width of the trough at half height"),
    Metric("peak_half_width", "ms", 1000.0, meaning="width of the peak at half height"),
    Metric("half_width", "ms", 1000.0, meaning="width at half height"),
    Metric("trough_width", "ms", 1000.0, meaning="width of the trough"),
    Metric("peak_before_width", "ms", 1000.0, meaning="width of the peak before the trough"),
    Metric("peak_after_width", "ms", 1000.0, meaning="width of the peak after the trough"),
    Metric("main_to_next_extremum_duration", "ms", 1000.0, meaning="time from the main extremum to the next"),
    Metric("repolarization_slope", "mV/s", 1e-3, scale="clip", meaning="slope from the trough upwards"),
    Metric("recovery_slope", "mV/s", 1e-3, scale="clip", meaning="slope after the peak"),
    Metric("num_positive_peaks", whole=True, meaning="positive peaks of the template"),
    Metric("num_negative_peaks", whole=True, meaning="troughs of the template"),
    Metric(
        "waveform_baseline_flatness",
        scale="clip",
        meaning="largest deviation of the baseline from its mean, over that of the whole template",
    ),
    Metric("peak_after_to_trough_ratio", scale="clip", meaning="peak after over trough"),
    Metric("peak_before_to_trough_ratio", scale="clip", meaning="peak before over trough"),
    Metric("peak_before_to_peak_after_ratio", scale="clip", meaning="peak before over peak after"),
    Metric("main_peak_to_trough_ratio", scale="clip", meaning="larger peak over trough"),
    Metric(
        "exp_decay",
        "1/µm",
        scale="clip",
        meaning="spatial decay of the amplitude: constant of the exponential fit (with linear_fit=True the slope of "
        "a line, in another unit)",
    ),
    Metric("velocity_above", "µm/ms", scale="clip", meaning="propagation above the main channel"),
    Metric("velocity_below", "µm/ms", scale="clip", meaning="propagation below the main channel"),
    Metric("spread", "µm", scale="clip", meaning="extent over the probe"),
    Metric("noise_probability", meaning="probability of being noise"),
    Metric("sua_probability", meaning="probability of being a single unit, if it is not noise"),
)

REGISTRY: dict[str, Metric] = {metric.name: metric for metric in _KNOWN}

__all__ = ["OLDER_NAMES", "REGISTRY", "Metric", "Scale", "metric", "other_names"]


def metric(name: str) -> Metric:
    """Return what is known of a metric; an unknown one is a plain number on a linear axis.

    Parameters
    ----------
    name : str
        Column name.

    Returns
    -------
    Metric
    """
    return REGISTRY.get(name) or Metric(name)


def other_names(name: str) -> tuple[tuple[str, float], ...]:
    """Return the names under which other versions store the same metric.

    Parameters
    ----------
    name : str
        The name asked for.

    Returns
    -------
    tuple of (str, float)
        Other column name, and the factor that turns its values into those of `name`.
    """
    found = [(old, factor) for old, (new, factor) in OLDER_NAMES.items() if new == name]
    if name in OLDER_NAMES:
        new, factor = OLDER_NAMES[name]
        found.append((new, 1.0 / factor))
    return tuple(found)
