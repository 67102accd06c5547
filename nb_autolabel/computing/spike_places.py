"""Which of an analyzer's spikes SpikeInterface gets, in order of time, and what is stored for each of them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..analyzer.analyzer import Analyzer
from ..analyzer.array_kinds import kind_of
from .recording import Given, segments_of

Arrays = dict[str, npt.NDArray[Any]]
_RANDOM = ("random_spikes", "random_spikes_indices")


class SpikePlaces:
    """The spikes within the recording by segment and time: SpikeInterface takes this order for granted.

    Parameters
    ----------
    analyzer : Analyzer
    given : Given or None
        The recording; None leaves no spike out.

    Attributes
    ----------
    complete : bool
        Whether no spike lies behind the end of the recording.
    """

    def __init__(self, analyzer: Analyzer, given: Given | None) -> None:
        self._analyzer = analyzer
        spikes = analyzer.spikes
        inside = np.ones(len(spikes), dtype=bool)
        if given is not None:
            lengths = [
                given.recording.get_num_samples(segment_index=at) for at in range(segments_of(analyzer))
            ]
            inside = spikes["sample_index"] < np.array(lengths, np.int64)[spikes["segment_index"]]
        self.complete = bool(inside.all())
        kept = np.flatnonzero(inside)
        segments, samples = spikes["segment_index"][kept], spikes["sample_index"][kept]
        later = segments[1:] > segments[:-1]
        ordered = bool((later | ((segments[1:] == segments[:-1]) & (samples[1:] >= samples[:-1]))).all())
        self._places = kept if ordered else kept[np.lexsort((samples, segments))]
        self._same = ordered and self.complete

    @property
    def spikes(self) -> npt.NDArray[Any]:
        """A copy of the spikes in their order, shape (n_spikes,)."""
        found: npt.NDArray[Any] = self._analyzer.spikes[self._places]
        return found

    def to(self, extension: str, data: Arrays) -> Arrays:
        """Return arrays of a stored extension with their rows in the order of :attr:`spikes`."""
        if self._same:
            return data
        return {key: self._to(extension, key, array) for key, array in data.items()}

    def back(self, extension: str, data: Arrays, random_spikes: npt.NDArray[np.integer] | None) -> Arrays:
        """Return arrays that were computed for :attr:`spikes` with their rows in the order of the analyzer.

        Parameters
        ----------
        extension : str
        data : dict of str to ndarray
        random_spikes : ndarray of int or None
            Positions in :attr:`spikes` of the random spikes that were drawn; None where those of the analyzer were used.
        """
        if self._same:
            return data
        return {key: self._back(extension, key, array, random_spikes) for key, array in data.items()}

    @cached_property
    def _new(self) -> npt.NDArray[np.intp]:
        """Position in `spikes` of each spike of the analyzer; -1 of those that are left out."""
        new = np.full(len(self._analyzer.spikes), -1, dtype=np.intp)
        new[self._places] = np.arange(len(self._places))
        return new

    @cached_property
    def _random(self) -> npt.NDArray[np.intp]:
        """Rows of the analyzer's random spikes in the order of `spikes`, without those that are left out."""
        name, key = _RANDOM
        places = self._new[self._analyzer.get_extension(name).get_data(key)]
        order: npt.NDArray[np.intp] = np.argsort(places, kind="stable")
        kept: npt.NDArray[np.intp] = order[places[order] >= 0]
        return kept

    def _to(self, extension: str, key: str, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        kind = kind_of(extension, key)
        if kind == "spike":
            return array[self._places]
        if kind == "random spike":
            return array[self._random]
        return self._new[array[self._random]].astype(array.dtype) if kind == "spike index" else array

    def _back(
        self, extension: str, key: str, array: npt.NDArray[Any], random_spikes: npt.NDArray[np.integer] | None
    ) -> npt.NDArray[Any]:
        kind = kind_of(extension, key)
        if kind not in ("spike", "random spike", "spike index"):
            return array
        if kind == "spike":
            order = np.argsort(self._places)
        elif random_spikes is None:
            order = np.argsort(self._random)
        else:
            order = np.argsort(self._places[random_spikes])
        return self._places[array[order]].astype(array.dtype) if kind == "spike index" else array[order]
