"""Where spikes are too small to be found."""

from __future__ import annotations

import numpy as np

from ..analyzer.analyzer import Analyzer
from ..errors import DamagedDataError

#: Sorters usually take what exceeds so many times the noise.
TIMES_NOISE = 5.0


def detection_floor(analyzer: Analyzer, unit: int) -> float:
    """Return the least amplitude that is usually detected on a unit's main channel: 5 times the noise there.

    Which threshold the sorter used is not stored with an analyzer.

    Parameters
    ----------
    analyzer : Analyzer
    unit : int
        Position of the unit.

    Returns
    -------
    float
        A magnitude, in the unit of ``analyzer.voltage``.

    Raises
    ------
    MissingExtensionError, MissingDataError, DamagedDataError
    """
    levels = np.asarray(analyzer.get_extension("noise_levels").get_data())
    main = int(analyzer.main_channel_indices[unit])
    if levels.shape != (analyzer.get_num_channels(),) or not np.isfinite(levels[main]):
        raise DamagedDataError("the stored noise levels do not fit the channels.")
    return float(np.abs(analyzer.voltage.slopes(levels[main], main))) * TIMES_NOISE
