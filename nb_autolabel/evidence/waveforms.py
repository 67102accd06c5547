"""Single waveforms and projections that are stored for some spikes of a unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..analyzer.analyzer import Analyzer
from ..errors import DamagedDataError, MissingDataError

#: Arrays up to so many bytes are read from end to end for one unit; of larger ones, rows that lie together.
READ_WHOLE = 64 * 2**20
#: The same for arrays that are fetched from an address.
FETCH_WHOLE = 4 * 2**20


def rows_of_random_spikes(analyzer: Analyzer, unit_id: Any) -> npt.NDArray[np.intp]:
    """Return which rows of "waveforms" and "principal_components" belong to a unit.

    Raises
    ------
    UnknownUnitError, MissingExtensionError, DamagedDataError
    """
    indices = np.asarray(analyzer.get_extension("random_spikes").get_data())
    spikes = analyzer.spikes
    if indices.ndim != 1 or (len(indices) and (indices.min() < 0 or indices.max() >= len(spikes))):
        raise DamagedDataError("the random spikes that are stored are not among the spikes.")
    (at,) = analyzer.unit_positions([unit_id])
    return np.flatnonzero(spikes["unit_index"][indices] == at)


def some_rows(
    analyzer: Analyzer, unit_id: Any, extension_name: str, at_most: int
) -> tuple[npt.NDArray[Any], int]:
    """Read what is stored for random spikes of a unit.

    Parameters
    ----------
    analyzer : Analyzer
    unit_id
    extension_name : {"waveforms", "principal_components"}
    at_most : int
        Rows. They are spread over the recording where the array is small; where it is large, they lie together, so that
        few chunks are read.

    Returns
    -------
    rows : ndarray, shape (n_rows, ...)
    stored : int
        How many are stored of the unit.

    Raises
    ------
    UnknownUnitError, MissingExtensionError, MissingDataError, DamagedDataError
    """
    extension = analyzer.get_extension(extension_name)
    entry = extension.entry(extension.main_name)
    if entry.kind != "array":
        entry.read(None)  # says why it cannot be read
        raise MissingDataError(f"{entry.where} is no array with one row a random spike.")
    mine = rows_of_random_spikes(analyzer, unit_id)
    shape = entry.shape
    count = len(analyzer.get_extension("random_spikes").get_data())
    if not shape or shape[0] != count:
        raise DamagedDataError(f"{entry.where} has shape {shape}, expected {count} rows, one a random spike.")
    chosen = mine
    if len(mine) > at_most:
        size = float(np.prod(shape, dtype=np.float64)) * 4
        if size <= (READ_WHOLE if analyzer.source.traffic is None else FETCH_WHOLE):
            chosen = mine[np.linspace(0, len(mine) - 1, at_most).astype(np.intp)]
        else:
            first = (len(mine) - at_most) // 2
            chosen = mine[first : first + at_most]
    if not len(chosen):
        raise MissingDataError("none is stored of this unit.")
    return np.asarray(extension.get_data(extension.main_name, rows=chosen)), len(mine)
