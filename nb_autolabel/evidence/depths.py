"""How deep the spikes of a unit are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..analyzer.analyzer import Analyzer
from ..errors import MissingDataError, MissingExtensionError
from .spike_train import SpikeTrain

#: Spikes whose features are read where locations are not stored.
MOST_FEATURES = 4000


class Depths(NamedTuple):
    """Depths of spikes of a unit."""

    samples: npt.NDArray[np.int64]
    """Where the spikes are in the recording, segments one after another."""
    values: npt.NDArray[np.float32]
    """In µm; NaN where it is not known."""
    said: str
    """What else is to be said of them; empty if they are stored."""


def spike_depths(analyzer: Analyzer, unit: int, train: SpikeTrain) -> Depths:
    """Read the depths of a unit's spikes: stored locations, or what a Kilosort folder's features say.

    Parameters
    ----------
    analyzer : Analyzer
    unit : int
        Position of the unit.
    train : SpikeTrain
        Its spikes.

    Raises
    ------
    MissingExtensionError
        If nothing tells them.
    MissingDataError, DamagedDataError
    """
    unit_id = analyzer.unit_ids[unit]
    try:
        where = analyzer.get_unit_spike_data(unit_id, "spike_locations")
    except MissingExtensionError:
        found = _of_features(analyzer, unit_id, train)
        if found is None:
            raise
        return found
    if "y" not in (where.dtype.names or ()):
        raise MissingDataError("the stored locations have no coordinate y.")
    return Depths(train.samples, train.arranged(where)["y"].astype(np.float32), "")


def _of_features(analyzer: Analyzer, unit_id: object, train: SpikeTrain) -> Depths | None:
    rows = analyzer.get_unit_spike_rows(unit_id)
    origin = analyzer.source.origin
    if origin is not analyzer.source:
        # A selection of units counts its own spikes.
        (places,) = np.nonzero(origin.header.unit_ids == unit_id)
        if len(places) != 1:
            return None
        rows = origin.spikes_by_unit.rows(int(places[0]))
    if len(rows) != train.n_spikes:
        return None
    rows = train.arranged(rows)
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_FEATURES)).astype(np.intp))
    values = origin.depths_of_spikes(rows[chosen])
    if values is None:
        return None
    part = f"{len(chosen):,} of the spikes, from" if len(chosen) < len(rows) else "From"
    return Depths(
        train.samples[chosen],
        values.astype(np.float32),
        f"{part} their first principal components: centre of mass over channels.",
    )
