"""The spikes of one unit, segment by segment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ..analyzer.analyzer import Analyzer


@dataclass(frozen=True, eq=False)
class SpikeTrain:
    """When a unit fires.

    Attributes
    ----------
    segments : tuple of ndarray of int64
        Samples of its spikes in each segment, ascending. Segments are never joined: what lies between them was
        not recorded.
    order : ndarray of int or None, shape (n_spikes,)
        Puts what is stored for each spike of the unit in the order of `segments`; None where it has that order.
    n_samples : ndarray of int64, shape (n_segments,)
        Length of each segment.
    sampling_frequency : float
        In Hz.
    """

    segments: tuple[npt.NDArray[np.int64], ...]
    order: npt.NDArray[np.intp] | None
    n_samples: npt.NDArray[np.int64]
    sampling_frequency: float

    @classmethod
    def of(cls, analyzer: Analyzer, unit_id: object) -> SpikeTrain:
        """Read the spikes of a unit.

        Raises
        ------
        UnknownUnitError, DamagedDataError
        """
        rows = analyzer.get_unit_spike_rows(unit_id)
        spikes, count = analyzer.spikes, analyzer.get_num_segments()
        samples: npt.NDArray[np.int64] = spikes["sample_index"][rows]
        segment = spikes["segment_index"][rows] if count > 1 else np.zeros(0, np.int64)
        # A sample number that grows over all segments: one comparison tells whether all is in order.
        place = samples + segment * (int(samples.max(initial=0)) + 1) if count > 1 else samples
        order = None
        if (place[1:] < place[:-1]).any():
            order = np.argsort(place, kind="stable")
            samples = samples[order]
            segment = segment[order] if count > 1 else segment
        parts: tuple[npt.NDArray[np.int64], ...] = (samples,)
        if count > 1:
            edges = np.searchsorted(segment, np.arange(count + 1))
            parts = tuple(samples[a:b] for a, b in pairwise(edges.tolist()))
        lengths = np.array([analyzer.get_num_samples(s) for s in range(count)], dtype=np.int64)
        # A stored length that is too short would put spikes beyond the end of the picture.
        last = np.array([part[-1] + 1 if len(part) else 0 for part in parts], dtype=np.int64)
        return cls(parts, order, np.maximum(lengths, last), analyzer.sampling_frequency)

    @property
    def n_spikes(self) -> int:
        """Number of spikes in all segments."""
        return sum(len(part) for part in self.segments)

    @property
    def duration(self) -> float:
        """Length of all segments together, in s."""
        return float(self.n_samples.sum()) / self.sampling_frequency

    @cached_property
    def starts(self) -> npt.NDArray[np.int64]:
        """Sample at which each segment begins where all are put one after another."""
        before: npt.NDArray[np.int64] = np.cumsum(self.n_samples) - self.n_samples
        return before

    @cached_property
    def samples(self) -> npt.NDArray[np.int64]:
        """Samples of all spikes where the segments are put one after another, ascending."""
        moved = [part + start for part, start in zip(self.segments, self.starts.tolist(), strict=True)]
        return moved[0] if len(moved) == 1 else np.concatenate([*moved, np.zeros(0, np.int64)])

    @property
    def times(self) -> npt.NDArray[np.float64]:
        """Times of all spikes in s where the segments are put one after another, ascending."""
        times: npt.NDArray[np.float64] = self.samples / self.sampling_frequency
        return times

    @property
    def breaks(self) -> list[float]:
        """Times at which a segment ends and the next begins, in s from the start of the first."""
        return [start / self.sampling_frequency for start in self.starts[1:].tolist()]

    @property
    def rate(self) -> float:
        """Spikes a second that follow a spike at a short lag if a unit fires at random, at the mean rate of its segment.

        With one segment the mean firing rate. With several, spikes in a segment see the rate of that segment.
        """
        if not self.n_spikes:
            return 0.0
        lengths = self.n_samples / self.sampling_frequency
        counts = np.array([len(part) for part in self.segments], dtype=np.float64)
        known = lengths > 0
        return float((counts[known] ** 2 / lengths[known]).sum() / counts.sum())

    def arranged(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Put values of the unit's spikes, in the order of :meth:`Analyzer.get_unit_spike_rows`, in that of the segments."""
        return values if self.order is None else values[self.order]
