"""The spikes of an analyzer, all of them and those of each unit."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from .extensions import AnalyzerExtensions
from .spike_data import SpikeData


class AnalyzerSpikes(AnalyzerExtensions):
    """The part of an :class:`Analyzer` that gives its spikes."""

    @property
    def spikes(self) -> npt.NDArray[Any]:
        """All spikes: structured (sample_index, unit_index, segment_index), by segment and sample; read once."""
        return self._source.kept_spikes

    def get_unit_spike_train(self, unit_id: Any, segment_index: int = 0) -> npt.NDArray[np.int64]:
        """Return the samples at which a unit fires in a segment, ascending.

        Raises
        ------
        UnknownUnitError
        """
        mine = self.spikes[self.get_unit_spike_rows(unit_id)]
        train: npt.NDArray[np.int64] = mine["sample_index"][mine["segment_index"] == segment_index]
        return np.sort(train, kind="stable")

    def get_unit_spike_rows(self, unit_id: Any) -> npt.NDArray[np.intp]:
        """Return the rows of a unit's spikes in :attr:`spikes`, ascending.

        All spikes are ordered by unit once; then this takes time in proportion to the unit's spikes.

        Raises
        ------
        UnknownUnitError
        """
        (at,) = self.unit_positions([unit_id])
        return self._source.spikes_by_unit.rows(int(at))

    def get_unit_spike_data(
        self, unit_id: Any, extension_name: str, name: str | None = None
    ) -> npt.NDArray[Any]:
        """Return what an extension holds for each spike of a unit: amplitudes, locations.

        The whole array is read once and kept, ordered by unit, so that a page of all units reads it once. Kept
        arrays take no more memory together than the spikes; those that were not used for longest go first.

        Parameters
        ----------
        unit_id
        extension_name : str
            "spike_amplitudes", "spike_locations", "amplitude_scalings".
        name : str, optional
            As for :meth:`Extension.get_data`.

        Returns
        -------
        ndarray, shape (n_unit_spikes, ...)
            One row for each of :meth:`get_unit_spike_rows`.

        Raises
        ------
        UnknownUnitError, MissingExtensionError, MissingDataError
        DamagedDataError
            If it does not have one row a spike.
        """
        (at,) = self.unit_positions([unit_id])
        extension = self.get_extension(extension_name)
        return self._spike_data.of_unit(extension, name or extension.main_name, int(at))

    @cached_property
    def _spike_data(self) -> SpikeData:
        return SpikeData(self._source)

    def count_num_spikes_per_unit(self) -> dict[Any, int]:
        """Return the number of spikes of each unit, by unit id."""
        counts = self._source.spikes_by_unit.counts
        return dict(zip(self.unit_ids.tolist(), counts.tolist(), strict=True))

    def get_num_samples(self, segment_index: int = 0) -> int:
        """Return the number of samples of a segment.

        Where the recording's length is not stored, up to the last spike.
        """
        stored = self._header.recording_attributes.get("num_samples")
        stored = stored if isinstance(stored, list) else [stored]
        known = stored[segment_index] if segment_index < len(stored) else None
        if type(known) is int and 0 <= known < 2**62:
            return known
        return int(self._last_samples[segment_index]) + 1 if segment_index < self.get_num_segments() else 0

    @cached_property
    def _last_samples(self) -> npt.NDArray[np.int64]:
        """Sample of the last spike of each segment, -1 where there is none."""
        last = np.full(self.get_num_segments(), -1, dtype=np.int64)
        np.maximum.at(last, self.spikes["segment_index"], self.spikes["sample_index"])
        return last

    def get_total_duration(self) -> float:
        """Return the duration of all segments together, in s."""
        samples = sum(self.get_num_samples(i) for i in range(self.get_num_segments()))
        return samples / self.sampling_frequency
