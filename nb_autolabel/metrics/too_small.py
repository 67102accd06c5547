"""Whether amplitudes that are said to be in µV are too small to be: a gain that was not applied, or volts."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..analyzer.analyzer import Analyzer
from ..errors import AutolabelError
from .formatting import value_in_words
from .table import MetricTable

#: Median amplitude in µV below which spikes cannot be told from the noise of a recording, 5 to 10 µV.
SMALLEST = 10.0
#: Units from which on a median says something.
FEW = 3
_METRIC = "amplitude_median"


def too_small_in_words(table: MetricTable, templates: npt.NDArray[Any] | None = None) -> str:
    """Say that amplitudes are too small for µV; of several recordings, name each whose amplitudes are.

    Parameters
    ----------
    table : MetricTable
        Its ``amplitude_median`` is looked at, unless it is in arbitrary units.
    templates : ndarray, shape (n_units, n_samples), optional
        Templates on the main channels in µV, which are looked at where that metric is missing; None where they are in
        arbitrary units or not there.

    Returns
    -------
    str
        Empty if the median (of each recording) is at least 10 µV, or there are fewer than three values. Recordings with
        fewer values are judged by those of all such recordings together.
    """
    if table.unusable(_METRIC):
        return ""
    found, peaks = _sizes(table, templates)
    if table.recordings is None:
        median = _too_small(found)
        return "" if median is None else _of_one("", median, bool(peaks.all()))
    names, recording_of = table.recordings
    parts = [found[recording_of == at] for at in range(len(names))]
    few = np.array([np.isfinite(part).sum() < FEW for part in parts])
    together = _too_small(found[few[recording_of]]) is not None
    least = [1 if together else FEW if alone else 1 for alone in few]
    medians = [_too_small(part, enough) for part, enough in zip(parts, least, strict=True)]
    small = {name: each for name, each in zip(names, medians, strict=True) if each is not None}
    of_peaks = bool(
        peaks[np.isin(recording_of, [at for at, each in enumerate(medians) if each is not None])].all()
    )
    if len(small) == 1:
        name, median = next(iter(small.items()))
        return _of_one(f" of {name}", median, of_peaks)
    return _of_several(small, of_peaks) if small else ""


def _sizes(
    table: MetricTable, templates: npt.NDArray[Any] | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return how large each unit is, NaN where it is not known, and of which units that is the peak of the template."""
    sizes, peaks = np.full(len(table), np.nan), np.ones(len(table), dtype=bool)
    if _METRIC in table:
        absent = table.where_absent(_METRIC)
        peaks = np.zeros(len(table), dtype=bool) if absent is None else absent
        sizes = np.abs(np.asarray(table.values(_METRIC), dtype=np.float64))
    if templates is not None and templates.size:
        sizes = np.where(peaks, np.abs(np.asarray(templates, dtype=np.float64)).max(axis=1), sizes)
    return sizes, peaks


def _too_small(sizes: npt.NDArray[np.float64], least: int = FEW) -> float | None:
    """Return the median if it is too small for µV; None if it is not, or of fewer than `least` values."""
    known = np.sort(sizes[np.isfinite(sizes)])
    if len(known) < least:
        return None
    # np.median loads numpy.ma, which the command line does without.
    median = float(known[(len(known) - 1) // 2] + known[len(known) // 2]) / 2
    return median if 0 < median < SMALLEST else None


def _of_one(of: str, median: float, peaks: bool) -> str:
    what = "peak of the templates" if peaks else "amplitude"
    return (
        f"The median {what}{of} is {value_in_words(_METRIC, median)}, too small for spikes, which have about 30 to 300 µV. "
        "The gain of the recording was probably not applied, or the values are in V or mV. Limits in µV then fail nearly "
        "every unit: compute again from a recording with gains (gain_to_uV), or switch off the limits of amplitude_median."
    )


def _of_several(medians: dict[str, float], peaks: bool) -> str:
    what = "peaks of the templates" if peaks else "amplitudes"
    listed = [f"{name} ({value_in_words(_METRIC, median)})" for name, median in medians.items()]
    return (
        f"The median {what} of {len(listed)} recordings are too small for spikes, which have about 30 to 300 µV: "
        f"{', '.join(listed)}. Their gain was probably not applied, or the values are in V or mV. Limits in µV then fail "
        "nearly every unit of theirs: compute again from recordings with gains (gain_to_uV), or leave these recordings out."
    )


def too_small_of(analyzer: Analyzer, with_templates: bool = True) -> str:
    """Say that the amplitudes of an analyzer are too small for µV; empty where its metrics cannot be read.

    Parameters
    ----------
    analyzer : Analyzer
    with_templates : bool
        False reads no templates, which may be far away.
    """
    try:
        shown = with_templates and not analyzer.only_metrics and analyzer.voltage.unit == "µV"
        templates = analyzer.main_channel_templates if shown and analyzer.has_extension("templates") else None
        return too_small_in_words(MetricTable.of(analyzer), templates)
    except AutolabelError:
        return ""
