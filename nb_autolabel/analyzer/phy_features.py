"""How deep single spikes of a Kilosort folder are, from their features where no positions are stored."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError
from .phy_files import PhySpikes, open_array
from .store import Store

FEATURES, CHANNELS_OF, ROWS_OF = "pc_features.npy", "pc_feature_ind.npy", "pc_feature_spike_ids.npy"


def feature_depths(
    store: Store,
    spikes: PhySpikes,
    positions: npt.NDArray[np.float64] | None,
    rows: npt.NDArray[np.intp],
) -> npt.NDArray[np.float64] | None:
    """Return depths of spikes as the centre of mass of their first component over channels, as phy draws them.

    Parameters
    ----------
    store : Store
    spikes : PhySpikes
    positions : ndarray, shape (n_channels, 2), or None
        Of the channels, in µm.
    rows : ndarray of int, shape (n,)
        Rows of the files; only these are read.

    Returns
    -------
    ndarray of float64, shape (n,), or None
        In µm; NaN for a spike without features. None where the folder does not tell, or is not on this machine: the files
        are large.

    Raises
    ------
    DamagedDataError, UnsafeDataError
    """
    there = (
        all(store.size(key) is not None for key in (FEATURES, CHANNELS_OF)) and store.size(ROWS_OF) is None
    )
    if not there or positions is None or spikes.templates is None or store.local_path(FEATURES) is None:
        return None
    features, of_templates = open_array(store, FEATURES), open_array(store, CHANNELS_OF)
    if features is None or of_templates is None:
        return None
    shape, count = features.shape, len(spikes.times)
    expected = len(shape) == 3 and shape[0] == count and features.dtype.kind == "f" and 0 not in shape[1:]
    if not expected or len(of_templates.shape) != 2 or of_templates.shape[1] != shape[2]:
        raise DamagedDataError(
            f"array {store.where(FEATURES)} has shape {shape} and {store.where(CHANNELS_OF)} {of_templates.shape}, expected "
            f"({count}, components, channels) and (templates, channels)."
        )
    channels = np.asarray(of_templates.read(None), dtype=np.float64)
    known = np.isfinite(channels) & (channels >= 0) & (channels < len(positions))
    depths = positions[np.where(known, channels, 0).astype(np.intp), 1]
    templates = spikes.templates.whole(rows, len(channels))
    weights = np.maximum(features.read(rows)[:, 0].astype(np.float64), 0) ** 2 * known[templates]
    weights[~np.isfinite(weights)] = 0
    total = weights.sum(axis=1)
    found = np.full(len(rows), np.nan)
    some = total > 0
    found[some] = (weights[some] * depths[templates[some]]).sum(axis=1) / total[some]
    return found
