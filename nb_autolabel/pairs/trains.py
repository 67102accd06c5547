"""The spike train that several units would have as one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..evidence.spike_train import SpikeTrain


def merged_train(trains: Sequence[SpikeTrain]) -> SpikeTrain:
    """Return the spike train of several units as one; no spike is left out, also not one that is there twice.

    Parameters
    ----------
    trains : sequence of SpikeTrain
        Of one sorting; one or more.

    Returns
    -------
    SpikeTrain
        Its :meth:`SpikeTrain.arranged` puts values in order that stand one unit after another, those of each unit in the
        order of its own train.
    """
    n_samples = np.max([train.n_samples for train in trains], axis=0)
    starts = np.cumsum(n_samples) - n_samples
    place = np.concatenate(
        [
            part + start
            for train in trains
            for part, start in zip(train.segments, starts.tolist(), strict=True)
        ]
    )
    order = np.argsort(place, kind="stable")
    parts = np.split(place[order], np.searchsorted(place, starts[1:], sorter=order))
    segments = tuple(part - start for part, start in zip(parts, starts.tolist(), strict=True))
    return SpikeTrain(segments, order, n_samples, trains[0].sampling_frequency)
