"""The metrics that a Kilosort or phy folder gives without a computation: counts, and numbers in its tables of clusters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError
from .header import Header
from .phy_tables import Columns, as_property

if TYPE_CHECKING:
    import pandas as pd

#: Columns of tables of clusters that are no metrics: numbers of channels and shanks, and what is computed here exactly.
_NO_METRICS = re.compile(
    r"ch|sh|channel|shank|group|.*_?(id|ids|index)|n_spikes|fr|firing_rate|num_spikes|probe", re.IGNORECASE
)
#: Metrics in volts; in which unit another program wrote them is not known.
VOLTAGES = ("amplitude_median", "repolarization_slope", "recovery_slope")


def metric_frame(header: Header, counts: npt.NDArray[np.int64], columns: Columns) -> pd.DataFrame:
    """Return the number of spikes and the firing rate, and numbers that programs have added to the folder.

    Parameters
    ----------
    header : Header
    counts : ndarray of int64, shape (n_units,)
        Spikes of each unit.
    columns : dict
        Columns of the tables of clusters.

    Returns
    -------
    pandas.DataFrame
        Index: unit ids. ``num_spikes`` and ``firing_rate`` (Hz) as SpikeInterface defines them; other columns of
        numbers under their own names.
    """
    import pandas as pd

    frame = pd.DataFrame({"num_spikes": counts}, index=pd.Index(header.unit_ids))
    seconds = header.recording_attributes["num_samples"][0] / header.sampling_frequency
    frame["firing_rate"] = counts / seconds if seconds else np.float64(0.0)
    for name, values in columns.items():
        if _NO_METRICS.fullmatch(name) or name in VOLTAGES or isinstance(values, DamagedDataError):
            continue
        column = as_property(values, header.unit_ids)
        if column.dtype.kind in "if":
            frame[name] = column
    return frame
