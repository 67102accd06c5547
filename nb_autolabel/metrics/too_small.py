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
    """Say that amplitudes are too small for µV.

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
        Empty if the median is at least 10 µV, or there are fewer than three values.
    """
    if table.unusable(_METRIC):
        return ""
    if _METRIC in table:
        found, what = np.abs(np.asarray(table.values(_METRIC), dtype=np.float64)), "amplitude"
    elif templates is not None and templates.size:
        found, what = np.abs(np.asarray(templates, dtype=np.float64)).max(axis=1), "peak of the templates"
    else:
        return ""
    found = found[np.isfinite(found)]
    if len(found) < FEW or not 0 < (median := float(np.median(found))) < SMALLEST:
        return ""
    return (
        f"The median {what} is {value_in_words(_METRIC, median)}, too small for spikes, which have about 30 to 300 µV. The "
        "gain of the recording was probably not applied, or the values are in V or mV. Limits in µV then fail nearly every "
        "unit: compute again from a recording with gains (gain_to_uV), or switch off the limits of amplitude_median."
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
