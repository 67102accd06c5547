"""Threshold tables that people know by name.

Sources: ``default`` is the table printed in SpikeInterface's how-to on automatic labeling;
``spikeinterface-0.104`` and ``-0.105`` are ``bombcell_get_default_thresholds`` of those versions;
``bombcell`` follows Fabre et al., Bombcell (https://github.com/Julie-Fabre/bombcell).

``allen`` is the usual unit filter of the Allen Institute's Neuropixels data (Siegle et al., 2021, Nature 592;
releases differ in the presence ratio, 0.9 or 0.95). AllenSDK leaves a unit out that lacks one of the three
values, so a missing value fails here.

``ibl`` is the International Brain Laboratory's single-unit criteria (IBL et al., 2022, "Spike sorting
pipeline for the International Brain Laboratory", figshare): a missing value fails all three. Two of its metrics
are other formulas than SpikeInterface's of the same purpose: IBL's amplitudes are peak-to-peak, and its
noise cutoff is computed otherwise. So the labels are those of IBL's limits on SpikeInterface's metrics,
not IBL's own.

``fitted`` are the default limits moved to where they agree best with the curators of UnitRefine's 2,945
units (Jain et al., 2025; seven recordings of three mice), by :func:`nb_autolabel.fit_thresholds`; made by
``scripts/fit_preset.py``. With each mouse left out in turn, limits fitted to the other two raise accuracy
from 0.625 to 0.661 and macro-F1 from 0.579 to 0.635 (in every mouse, by 0.03, 0.10 and 0.07). These metrics
are of SpikeInterface 0.102. Flatness, drift and the non-somatic criteria are the default ones: these units
lack the metrics, or no other limit is better.

In ``default`` the limit of ``peak_before_to_trough_ratio`` can never decide: it is passed up to 3, and from
0.8 on ``main_peak_to_trough_ratio`` has made the unit non-somatic already.
"""

from __future__ import annotations

import copy
from typing import Any

from ..errors import RuleError, listing, suggestion
from ..metrics.table import MetricTable

Thresholds = dict[str, dict[str, dict[str, Any]]]


#: The simple filter of the how-to.
SIMPLE: dict[str, dict[str, float]] = {
    "snr": {"min": 5},
    "firing_rate": {"min": 0.1, "max": 200},
    "rp_contamination": {"max": 0.5},
}


def simple_thresholds(table: MetricTable) -> dict[str, dict[str, float]]:
    """Return the simple filter of the how-to, as far as its metrics are in the table."""
    return {name: limits for name, limits in SIMPLE.items() if table.find(name) is not None}


def _limits(low: float | None, high: float | None, **more: Any) -> dict[str, Any]:
    return {"min": low, "max": high, **more}


_NOISE = {
    "num_positive_peaks": _limits(None, 2),
    "num_negative_peaks": _limits(None, 1),
    "peak_to_trough_duration": _limits(0.0001, 0.00115),
    "waveform_baseline_flatness": _limits(None, 0.5),
    "peak_after_to_trough_ratio": _limits(None, 0.8),
    "exp_decay": _limits(0.01, 0.1),
}
_MUA = {
    "amplitude_median": _limits(40, None),
    "snr": _limits(5, None),
    "amplitude_cutoff": _limits(None, 0.2),
    "num_spikes": _limits(300, None),
    "rp_contamination": _limits(None, 0.1),
    "presence_ratio": _limits(0.7, None),
    "drift_ptp": _limits(None, 100),
}
_NON_SOMATIC = {
    "peak_before_to_trough_ratio": _limits(None, 3),
    "peak_before_width": _limits(0.00015, None),
    "trough_width": _limits(0.0002, None),
    "peak_before_to_peak_after_ratio": _limits(None, 3),
    "main_peak_to_trough_ratio": _limits(None, 0.8),
}
_MUA_104 = {**_MUA, "amplitude_median": _limits(30, None, abs=True)}
_MUA_105 = {
    "amplitude_median": _limits(30, None, abs=True),
    "snr": _limits(5, None),
    "amplitude_cutoff": _limits(None, 0.2),
    "num_spikes": _limits(300, None),
    "sliding_rp_violation": _limits(None, 0.1, nan="fail"),
    "presence_ratio": _limits(0.7, None),
    "drift_ptp": _limits(None, 100),
    "isolation_distance": _limits(20, None),
    "l_ratio": _limits(None, 0.3),
}
# The original measures trough over peak-before and takes < 5 as non-somatic: peak-before over
# trough above 1/5. Widths of 4 and 5 samples are given for 30 kHz.
_ORIGINAL_NOISE = {
    name: {**limits, "nan": "fail" if name.startswith("num_") else "pass"}
    for name, limits in {**_NOISE, "waveform_baseline_flatness": _limits(None, 0.3)}.items()
}
_ORIGINAL_MUA = {name: {**limits, "nan": "pass"} for name, limits in _MUA.items() if name != "drift_ptp"} | {
    "drift_ptp": _limits(None, None)
}
_ORIGINAL_NON_SOMATIC = {
    "peak_before_to_trough_ratio": _limits(None, 0.2, nan="pass"),
    "peak_before_width": _limits(4 / 30000, None, nan="pass"),
    "trough_width": _limits(5 / 30000, None, nan="pass"),
    "peak_before_to_peak_after_ratio": _limits(None, 3, nan="pass"),
    "main_peak_to_trough_ratio": _limits(None, 0.8, nan="pass"),
}

# Written by scripts/fit_preset.py.
_FITTED_NOISE = {
    **_NOISE,
    "num_positive_peaks": _limits(None, 3),
    "peak_after_to_trough_ratio": _limits(None, 1.19),
    "exp_decay": _limits(0.00747, 0.1),
}
_FITTED_MUA = {
    **_MUA,
    "amplitude_median": _limits(49.2, None),
    "snr": _limits(1.33, None),
    "rp_contamination": _limits(None, 0.196),
    "presence_ratio": _limits(0.0879, None),
}

_PRESETS: dict[str, tuple[str, Thresholds]] = {
    "default": (
        "Bombcell as SpikeInterface's how-to prints it",
        {"noise": _NOISE, "mua": _MUA, "non-somatic": _NON_SOMATIC},
    ),
    "spikeinterface-0.104": (
        "Bombcell in SpikeInterface 0.104: amplitude from 30 µV",
        {"noise": _NOISE, "mua": _MUA_104, "non-somatic": _NON_SOMATIC},
    ),
    "spikeinterface-0.105": (
        "Bombcell in SpikeInterface 0.105: sliding refractory test, isolation distance, L-ratio",
        {"noise": _NOISE, "mua": _MUA_105, "non-somatic": _NON_SOMATIC},
    ),
    "bombcell": (
        "the original Bombcell (Fabre et al.): flatness 0.3, no drift limit, missing values pass",
        {"noise": _ORIGINAL_NOISE, "mua": _ORIGINAL_MUA, "non-somatic": _ORIGINAL_NON_SOMATIC},
    ),
    "fitted": (
        "Bombcell's limits fitted to 2,945 units that curators labeled (UnitRefine, Jain et al.)",
        {"noise": _FITTED_NOISE, "mua": _FITTED_MUA, "non-somatic": _NON_SOMATIC},
    ),
    "allen": (
        "the Allen Institute's usual filter; a missing value fails, as in AllenSDK",
        {
            "mua": {
                "isi_violations_ratio": _limits(None, 0.5, nan="fail"),
                "amplitude_cutoff": _limits(None, 0.1, nan="fail"),
                "presence_ratio": _limits(0.9, None, nan="fail"),
            }
        },
    ),
    "ibl": (
        "the International Brain Laboratory's limits, on SpikeInterface's metrics; a missing value fails",
        {
            "mua": {
                "sliding_rp_violation": _limits(None, 0.1, nan="fail"),
                "noise_cutoff": _limits(None, 5, nan="fail"),
                "amplitude_median": _limits(50, None, abs=True, nan="fail"),
            }
        },
    ),
}

#: Presets whose five non-somatic criteria combine as in the original Bombcell.
ORIGINAL_LOGIC = ("bombcell",)
#: Presets that tell good units from the rest and know no noise.
WITHOUT_NOISE = ("allen", "ibl")


def presets() -> dict[str, str]:
    """Return the names of the built-in threshold tables with a line on each.

    Returns
    -------
    dict of str to str
    """
    return {name: text for name, (text, _) in _PRESETS.items()}


def check_preset(preset: object) -> None:
    """Make sure that there is a preset of this name.

    Raises
    ------
    RuleError
    """
    if not isinstance(preset, str) or preset not in _PRESETS:
        raise RuleError(
            f"there is no preset {preset!r}.{suggestion(preset, _PRESETS)} Presets: {listing(_PRESETS)}."
        )


def preset_thresholds(preset: str) -> Thresholds:
    """Return a fresh copy of a preset's thresholds, in sections.

    Raises
    ------
    RuleError
        If there is no such preset.
    """
    check_preset(preset)
    return copy.deepcopy(_PRESETS[preset][1])


def bombcell_get_default_thresholds(preset: str = "default") -> Thresholds:
    """Return Bombcell's default thresholds.

    Durations are in seconds, amplitudes in µV, distances in µm; ``None`` switches a limit off.

    Parameters
    ----------
    preset : str, default: "default"
        One of :func:`presets`. The default is the table of SpikeInterface's how-to.

    Returns
    -------
    dict
        ``{"noise": {metric: {"min":, "max":}}, "mua": {...}, "non-somatic": {...}}``, a fresh copy.

    Raises
    ------
    RuleError
        If there is no such preset.
    """
    return preset_thresholds(preset)
