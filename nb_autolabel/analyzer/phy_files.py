"""The arrays of a Kilosort or phy folder: one row a spike, read block by block and checked once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, MissingDataError
from .checks import check_rows
from .folder_format import NpyBytes
from .header_checks import MAX_UNITS, Readable
from .npy_file import NpyFile
from .rows import Rows
from .store import Store

TIMES, CLUSTERS, SPIKE_TEMPLATES = "spike_times.npy", "spike_clusters.npy", "spike_templates.npy"
AMPLITUDES, POSITIONS = "amplitudes.npy", "spike_positions.npy"
#: Spikes that are looked at together.
BLOCK = 2**20
#: More spikes than any sorting has.
MAX_SPIKES = 2**32
#: Samples after this one are no samples.
MAX_SAMPLE = 2**62
#: Cluster numbers up to this one are counted in a table of all numbers.
_COUNTED = 2**22


def open_array(store: Store, key: str) -> Readable | None:
    """Open an ``.npy`` file of a folder, if it is there; only its header is read where it lies on this machine.

    Raises
    ------
    DamagedDataError, UnsafeDataError
    """
    where = store.where(key)
    if store.local_path(key) is not None:
        return NpyFile(partial(store.open, key), where)
    data = store.read(key)
    return None if data is None else NpyBytes(data, where)


class KeptWhole:
    """An array whose rows lie all over its file, as MATLAB writes it: read once as a whole, and kept.

    Parameters
    ----------
    array : Readable
    """

    def __init__(self, array: Readable) -> None:
        self._array = array
        self.shape, self.dtype = array.shape, array.dtype

    @cached_property
    def _values(self) -> npt.NDArray[Any]:
        return self._array.read(None)

    def read(self, rows: Rows = None) -> npt.NDArray[Any]:
        """Return the array, or some rows."""
        return np.array(self._values if rows is None else self._values[rows])


@dataclass(frozen=True)
class SpikeColumn:
    """One value a spike, stored as (n,) or (n, 1).

    Attributes
    ----------
    array : Readable
    where : str
        For messages.
    """

    array: Readable
    where: str

    @classmethod
    def open(cls, store: Store, key: str, count: int | None = None) -> SpikeColumn | None:
        """Open a column, if it is there, and check that it has one number a spike.

        Raises
        ------
        DamagedDataError, UnsafeDataError
        """
        array, where = open_array(store, key), store.where(key)
        if array is None:
            return None
        shape = array.shape
        if len(shape) not in (1, 2) or shape[1:] not in ((), (1,)) or array.dtype.kind not in "iuf":
            raise DamagedDataError(
                f"array {where} is {array.dtype} {shape}, expected one number a spike: (n,) or (n, 1)."
            )
        if count is not None:
            check_rows(shape, count, where, "spike")
        return cls(array, where)

    def __len__(self) -> int:
        return self.array.shape[0]

    def read(self, rows: Rows = None) -> npt.NDArray[np.generic]:
        """Return some values, shape (n,), as they are stored."""
        return self.array.read(rows).reshape(-1)

    def whole(self, rows: Rows = None, limit: int = MAX_SAMPLE) -> npt.NDArray[np.int64]:
        """Return some values as integers from 0 to `limit` - 1.

        Raises
        ------
        DamagedDataError
            If one is none.
        """
        values = self.read(rows)
        if not values.size:
            return np.empty(0, np.int64)
        if values.dtype.kind == "f" and not (
            np.isfinite(values).all() and (values == np.floor(values)).all()
        ):
            raise DamagedDataError(f"array {self.where} holds values that are no whole numbers.")
        low, high = values.min(), values.max()
        if low < 0 or high >= limit:
            raise DamagedDataError(
                f"array {self.where} runs from {low} to {high}; values from 0 to {limit - 1} are expected."
            )
        return values.astype(np.int64, copy=False)

    def blocks(self) -> Iterator[slice]:
        """Give slices that cover all spikes."""
        return (slice(start, min(start + BLOCK, len(self))) for start in range(0, len(self), BLOCK))


@dataclass(frozen=True, eq=False)
class PhySpikes:
    """The spikes of a folder, as far as they are known from looking through them once.

    Attributes
    ----------
    times, clusters : SpikeColumn
    templates : SpikeColumn or None
        Kilosort's template of each spike; None where nothing tells it.
    unit_ids, counts : ndarray of int64, shape (n_units,)
        Clusters that have spikes, ascending, and how many.
    end : int
        Sample after the last spike; 0 without spikes.
    ordered : bool
        Whether times ascend.
    alike : bool
        Whether every spike's cluster has the number of its template: nothing was merged or split.
    """

    times: SpikeColumn
    clusters: SpikeColumn
    templates: SpikeColumn | None
    unit_ids: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    end: int
    ordered: bool
    alike: bool

    def units_of(self, clusters: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the positions of units by their clusters.

        Raises
        ------
        DamagedDataError
            If a cluster is none that was there when the folder was opened.
        """
        found = np.searchsorted(self.unit_ids, clusters) if clusters.size else np.empty(0, np.int64)
        if found.size and (
            found.max() >= len(self.unit_ids) or not np.array_equal(self.unit_ids[found], clusters)
        ):
            raise DamagedDataError(
                f"array {self.clusters.where} names clusters that it did not when it was opened. "
                "Open the folder again with nbl.load(...)."
            )
        return found


def look_through(store: Store, n_templates: int | None) -> PhySpikes:
    """Read times, clusters and templates of all spikes block by block, check them, and count the clusters.

    Parameters
    ----------
    store : Store
    n_templates : int or None
        Number of templates; None if there are none.

    Raises
    ------
    MissingDataError, DamagedDataError, UnsafeDataError
    """
    times = SpikeColumn.open(store, TIMES)
    if times is None:
        raise MissingDataError(f"{store.where(TIMES)} is missing.")
    if len(times) > MAX_SPIKES:
        raise DamagedDataError(f"array {times.where} has {len(times)} rows, more than {MAX_SPIKES} spikes.")
    curated = SpikeColumn.open(store, CLUSTERS, len(times))
    templates = SpikeColumn.open(store, SPIKE_TEMPLATES, len(times))
    alike, clusters = curated is None, curated if curated is not None else templates
    if clusters is None:
        raise MissingDataError(
            f"{store.where(CLUSTERS)} and {SPIKE_TEMPLATES} are missing: nothing says which unit a spike is of."
        )
    counter, ordered, before, same = _Counter(clusters.where), True, -1, True
    for block in times.blocks():
        samples = times.whole(block)
        ordered = ordered and _ascending(samples, before)
        before = max(before, int(samples.max()))
        numbers = clusters.whole(block)
        counter.add(numbers)
        if templates is not None and not alike:
            shapes = templates.whole(block, n_templates if n_templates is not None else MAX_SAMPLE)
            same = same and np.array_equal(numbers, shapes)
        elif templates is not None and n_templates is not None:
            templates.whole(block, n_templates)
    ids, counts = counter.result()
    if templates is None and n_templates is not None and (not ids.size or ids[-1] < n_templates):
        # Without spike_templates.npy a cluster is the template of its number, as Kilosort leaves them.
        templates, same = clusters, True
    return PhySpikes(times, clusters, templates, ids, counts, before + 1, ordered, alike or same)


def _ascending(samples: npt.NDArray[np.int64], before: int) -> bool:
    return bool(samples[0] >= before) and not bool((samples[1:] < samples[:-1]).any())


class _Counter:
    """Counts how often each number occurs."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._counts = np.zeros(0, np.int64)
        self._others: dict[int, int] = {}

    def add(self, numbers: npt.NDArray[np.int64]) -> None:
        if numbers.size and int(numbers.max()) < _COUNTED:
            found = np.bincount(numbers)
            if len(found) > len(self._counts):
                found[: len(self._counts)] += self._counts
                self._counts = found
            else:
                self._counts[: len(found)] += found
        elif numbers.size:
            for number, count in zip(
                *map(np.ndarray.tolist, np.unique(numbers, return_counts=True)), strict=True
            ):
                self._others[number] = self._others.get(number, 0) + count
            self._check(len(self._others))

    def _check(self, count: int) -> None:
        if count > MAX_UNITS:
            raise DamagedDataError(f"array {self._where} names more than {MAX_UNITS} clusters.")

    def result(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return numbers that occur, ascending, and how often."""
        ids = np.flatnonzero(self._counts)
        every = dict(zip(ids.tolist(), self._counts[ids].tolist(), strict=True))
        for number, count in self._others.items():
            every[number] = every.get(number, 0) + count
        self._check(len(every))
        ordered = sorted(every)
        return np.array(ordered, np.int64), np.array([every[number] for number in ordered], np.int64)
