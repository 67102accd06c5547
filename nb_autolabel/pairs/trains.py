"""Spike trains of units, segment by segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ..analyzer.analyzer import Analyzer

Samples = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Train:
    """When a unit fires.

    Attributes
    ----------
    segments : tuple of ndarray of int64
        Samples of the spikes of each segment, ascending.
    lengths : tuple of int
        Samples of each segment.
    sampling_frequency : float
        In Hz.
    """

    segments: tuple[Samples, ...]
    lengths: tuple[int, ...]
    sampling_frequency: float

    @property
    def count(self) -> int:
        """Number of spikes."""
        return sum(map(len, self.segments))

    @property
    def duration(self) -> float:
        """Duration of all segments together, in s."""
        return sum(self.lengths) / self.sampling_frequency

    @cached_property
    def in_a_row(self) -> Samples:
        """Samples of all spikes, as if the segments followed one another without a gap."""
        starts = np.cumsum([0, *self.lengths[:-1]])
        parts = [train + start for train, start in zip(self.segments, starts, strict=True)]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    @property
    def times(self) -> npt.NDArray[np.float64]:
        """Times of all spikes in s, as if the segments followed one another without a gap."""
        times: npt.NDArray[np.float64] = self.in_a_row / self.sampling_frequency
        return times


def train_of(analyzer: Analyzer, unit: int) -> Train:
    """Return the spike train of a unit.

    Parameters
    ----------
    analyzer : Analyzer
    unit : int
        Position of the unit.

    Raises
    ------
    DamagedDataError
        If the spikes cannot be read.
    """
    n_segments = analyzer.get_num_segments()
    mine = analyzer.spikes[analyzer.get_unit_spike_rows(analyzer.unit_ids[unit])]
    samples = mine["sample_index"].astype(np.int64)
    edges = np.searchsorted(mine["segment_index"], np.arange(n_segments + 1))
    segments = tuple(samples[low:high] for low, high in pairwise(edges))
    lengths = tuple(analyzer.get_num_samples(at) for at in range(n_segments))
    return Train(segments, lengths, float(analyzer.sampling_frequency))


def merged_train(trains: Sequence[Train]) -> Train:
    """Return the spike train of several units as one; no spike is left out, also not one that is there twice."""
    first = trains[0]
    together = tuple(
        np.sort(np.concatenate(parts), kind="stable")
        for parts in zip(*(train.segments for train in trains), strict=True)
    )
    return Train(together, first.lengths, first.sampling_frequency)


def in_order_of_time(trains: Sequence[Train], values: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Return what several units have for each of their spikes, in the order of their merged train.

    Parameters
    ----------
    trains : sequence of Train
    values : sequence of ndarray, shape (n_spikes of the unit,)
    """
    order = np.argsort(np.concatenate([train.in_a_row for train in trains]), kind="stable")
    found: npt.NDArray[Any] = np.concatenate(values)[order]
    return found
