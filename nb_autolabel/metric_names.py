"""What other tools call the metrics of the field, and how their values become those of SpikeInterface 0.105.

A tool is recognised by columns that only it writes, since "waveform_duration" is in µs where Bombcell writes it for phy
and in ms in the tables of the Allen Institute. What measures something else under a similar name is not taken for it:
phy's ``amp`` and Kilosort's ``ContamPct``, the peak-to-peak ``amplitude`` of the Allen Institute, cumulative drifts.

Sources: Bombcell (https://github.com/Julie-Fabre/bombcell), AllenSDK's table of units, ``clusters.metrics`` of the
International Brain Laboratory (brainbox), phy's ``cluster_info.tsv``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

#: Older name in SpikeInterface -> (today's name, factor): value of today's metric = factor x value of the older one.
OLDER_NAMES: dict[str, tuple[str, float]] = {
    "peak_to_valley": ("peak_to_trough_duration", 1.0),
    "peak_trough_ratio": ("peak_after_to_trough_ratio", -1.0),
    "half_width": ("trough_half_width", 1.0),
}
#: IBL's sliding refractory test says only whether at most this contamination can be claimed.
IBL_CONTAMINATION = 0.1


@dataclass(frozen=True)
class Renaming:
    """A column of another tool's table, and the metric that it is.

    Attributes
    ----------
    column : str
        Name in the table.
    metric : str
        Name of the metric.
    factor : float
        Value of the metric = factor x value of the column, or factor / value for "reciprocal".
    kind : {"factor", "reciprocal", "passed"}
        "passed": 1 says that the contamination is at most :data:`IBL_CONTAMINATION`, 0 that this cannot be said.
    remark : str
        Why, or what to mind.
    """

    column: str
    metric: str
    factor: float = 1.0
    kind: Literal["factor", "reciprocal", "passed"] = "factor"
    remark: str = ""

    def convert(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return values of the column as values of the metric, shape as given."""
        if self.kind == "factor":
            return values if self.factor == 1.0 else values * self.factor
        values = values.astype(np.float64)
        if self.kind == "reciprocal":
            with np.errstate(divide="ignore"):
                return np.asarray(self.factor / values)
        return np.where(np.isnan(values), np.nan, np.where(values > 0, IBL_CONTAMINATION, 1.0))

    def __str__(self) -> str:
        how = {"factor": f" x {self.factor:g}", "reciprocal": " (1 over it)", "passed": ""}[self.kind]
        how = "" if self.kind == "factor" and self.factor == 1.0 else how
        return f"{self.column}{how} is {self.metric}{f' ({self.remark})' if self.remark else ''}"


@dataclass(frozen=True)
class Tool:
    """Tables of a tool.

    Attributes
    ----------
    name : str
        For people.
    marks : frozenset of str
        Columns of which any says that the table is of this tool.
    names : tuple of Renaming
    """

    name: str
    marks: frozenset[str]
    names: tuple[Renaming, ...]


_SAMPLES = "samples at 30 kHz"
_BOMBCELL = (
    Renaming("nPeaks", "num_positive_peaks"),
    Renaming("nTroughs", "num_negative_peaks"),
    Renaming("waveformDuration_peakTrough", "peak_to_trough_duration", 1e-6, remark="µs"),
    Renaming("waveformBaselineFlatness", "waveform_baseline_flatness"),
    Renaming("scndPeakToTroughRatio", "peak_after_to_trough_ratio"),
    Renaming("spatialDecaySlope", "exp_decay"),
    Renaming("peak1ToPeak2Ratio", "peak_before_to_peak_after_ratio"),
    Renaming("mainPeakToTroughRatio", "main_peak_to_trough_ratio"),
    Renaming("troughToPeak2Ratio", "peak_before_to_trough_ratio", kind="reciprocal"),
    Renaming("mainPeak_before_width", "peak_before_width", 1 / 30000, remark=_SAMPLES),
    Renaming("mainPeak_after_width", "peak_after_width", 1 / 30000, remark=_SAMPLES),
    Renaming("mainTrough_width", "trough_width", 1 / 30000, remark=_SAMPLES),
    Renaming("rawAmplitude", "amplitude_median", remark="µV, of the mean waveform"),
    Renaming("signalToNoiseRatio", "snr"),
    Renaming("fractionRPVs_estimatedTauR", "rp_contamination"),
    Renaming("nSpikes", "num_spikes"),
    Renaming("presenceRatio", "presence_ratio"),
    Renaming("percentageSpikesMissing_gaussian", "amplitude_cutoff", 0.01, remark="percent"),
    Renaming("maxDriftEstimate", "drift_ptp"),
    Renaming("isolationDistance", "isolation_distance"),
    Renaming("isoD", "isolation_distance"),
    Renaming("Lratio", "l_ratio"),
    Renaming("silhouetteScore", "silhouette"),
)
_BOMBCELL_IN_PHY = (
    Renaming("n_peaks", "num_positive_peaks"),
    Renaming("n_troughs", "num_negative_peaks"),
    Renaming("waveform_duration", "peak_to_trough_duration", 1e-6, remark="µs"),
    Renaming("wv_baseline_flatness", "waveform_baseline_flatness"),
    Renaming("peak_2_to_trough", "peak_after_to_trough_ratio"),
    Renaming("spatial_decay_slope", "exp_decay"),
    Renaming("peak_1_to_peak_2", "peak_before_to_peak_after_ratio"),
    Renaming("peak_main_to_trough", "main_peak_to_trough_ratio"),
    Renaming("SNR", "snr"),
    Renaming("frac_RPVs", "rp_contamination"),
    Renaming("percentage_spikes_missing", "amplitude_cutoff", 0.01, remark="percent"),
    Renaming("max_drift", "drift_ptp"),
    Renaming("L-ratio", "l_ratio"),
    Renaming("silhouette_score", "silhouette"),
)
_IBL = (
    Renaming("spike_count", "num_spikes"),
    Renaming("amp_median", "amplitude_median", 1e6, remark="V"),
    Renaming("contamination", "isi_violations_ratio"),
    Renaming("contamination_alt", "rp_contamination"),
    Renaming("missed_spikes_est", "amplitude_cutoff"),
    Renaming(
        "slidingRP_viol",
        "sliding_rp_violation",
        kind="passed",
        remark=f"1 passed, taken as {IBL_CONTAMINATION:g}; 0 not passed, taken as 1",
    ),
)
_ALLEN = (
    Renaming("isi_violations", "isi_violations_ratio"),
    Renaming("isi_viol", "isi_violations_ratio"),
    Renaming("waveform_duration", "peak_to_trough_duration", 1e-3, remark="ms"),
    Renaming("duration", "peak_to_trough_duration", 1e-3, remark="ms"),
    Renaming("waveform_halfwidth", "trough_half_width", 1e-3, remark="ms"),
    Renaming("halfwidth", "trough_half_width", 1e-3, remark="ms"),
    Renaming("waveform_PT_ratio", "peak_after_to_trough_ratio"),
    Renaming("waveform_pt_ratio", "peak_after_to_trough_ratio"),
    Renaming("PT_ratio", "peak_after_to_trough_ratio"),
    Renaming("waveform_spread", "spread"),
    Renaming("L_ratio", "l_ratio"),
    Renaming("max_drift", "drift_ptp"),
    Renaming("silhouette_score", "silhouette"),
)
_PHY = (Renaming("n_spikes", "num_spikes"), Renaming("fr", "firing_rate"))


def _marks(names: Iterable[Renaming], *without: str) -> frozenset[str]:
    return frozenset(each.column for each in names if each.column not in without)


TOOLS: tuple[Tool, ...] = (
    Tool("Bombcell", _marks(_BOMBCELL) | {"phy_clusterID", "percentageSpikesMissing_symmetric"}, _BOMBCELL),
    Tool(
        "Bombcell in phy",
        _marks(_BOMBCELL_IN_PHY, "waveform_duration", "SNR", "max_drift", "L-ratio", "silhouette_score"),
        _BOMBCELL_IN_PHY,
    ),
    Tool("IBL", frozenset({"slidingRP_viol", "missed_spikes_est", "contamination_alt", "amp_std_dB"}), _IBL),
    Tool(
        "Allen Institute",
        frozenset({"isi_violations", "isi_viol", "waveform_halfwidth", "waveform_PT_ratio", "PT_ratio"}),
        _ALLEN,
    ),
    Tool("phy", frozenset({"n_spikes", "KSLabel", "ContamPct"}), _PHY),
)


def tools_of(columns: Iterable[str]) -> list[Tool]:
    """Return the tools whose columns a table has."""
    there = set(columns)
    return [tool for tool in TOOLS if tool.marks & there]


def renamings(columns: Iterable[str]) -> list[Renaming]:
    """Return which columns of a table are metrics under another tool's names.

    Parameters
    ----------
    columns : iterable of str
        A column that is called as the metric already is that metric; of several names of one metric the first counts.

    Returns
    -------
    list of Renaming
    """
    there = list(columns)
    taken = set(there)
    found = []
    for tool in tools_of(there):
        for renaming in tool.names:
            if renaming.column in there and renaming.metric not in taken:
                taken.add(renaming.metric)
                found.append(renaming)
    return found


def measured(renaming: Renaming, values: npt.NDArray[np.float64]) -> Renaming | None:
    """Return a renaming as the values of its column have it; None where they are something else.

    Parameters
    ----------
    renaming : Renaming
    values : ndarray of float64, shape (n_units,)
    """
    from dataclasses import replace

    known = values[np.isfinite(values)]
    if not known.size:
        return renaming
    if renaming.metric == "exp_decay" and np.median(known) < 0:
        return None  # the slope of a line, in another unit
    if renaming.column == "amp_median" and np.median(np.abs(known)) > 1.0:
        return replace(renaming, factor=1.0, remark="µV already")  # no spike has a volt
    return renaming
