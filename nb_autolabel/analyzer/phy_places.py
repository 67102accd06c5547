"""Where the spikes of a Kilosort folder are on the probe: ``spike_positions.npy``, and its mean over each unit's spikes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError
from .checks import check_rows
from .header_checks import Readable
from .phy_files import POSITIONS, PhySpikes, open_array
from .rows import Rows
from .store import Store


@dataclass(frozen=True, eq=False)
class SpikePlaces:
    """Positions of spikes, read when they are asked for.

    Attributes
    ----------
    array : Readable
        Shape (n_spikes, 2 or 3), in µm.
    spikes : PhySpikes
    where : str
        For messages.
    """

    array: Readable
    spikes: PhySpikes
    where: str

    @classmethod
    def open(cls, store: Store, spikes: PhySpikes) -> SpikePlaces | None:
        """Open the positions of a folder, if they are there.

        Raises
        ------
        DamagedDataError, UnsafeDataError
        """
        array, where = open_array(store, POSITIONS), store.where(POSITIONS)
        if array is None:
            return None
        count, shape = len(spikes.times), array.shape
        check_rows(shape, count, where, "spike")
        if len(shape) != 2 or shape[1] not in (2, 3) or array.dtype.kind != "f":
            raise DamagedDataError(
                f"array {where} is {array.dtype} {shape}, expected floating point numbers ({count}, 2)."
            )
        return cls(array, spikes, where)

    @property
    def axes(self) -> list[str]:
        """Names of the coordinates."""
        return ["x", "y", "z"][: self.array.shape[1]]

    @property
    def dtype(self) -> np.dtype[np.void]:
        """Type of the positions as SpikeInterface has them."""
        return np.dtype([(name, "<f8") for name in self.axes])

    def read(self, rows: Rows = None) -> npt.NDArray[np.floating]:
        """Read positions in the order of the file, shape (n_rows, 2 or 3).

        Raises
        ------
        DamagedDataError
            If one is no number.
        """
        values = self.array.read(rows)
        if not np.isfinite(values).all():
            raise DamagedDataError(
                f"array {self.where} holds positions that are no numbers (NaN or infinite)."
            )
        return values

    def named(self, values: npt.NDArray[np.floating]) -> npt.NDArray[np.void]:
        """Return positions as SpikeInterface has them, with named coordinates, shape (n_rows,)."""
        found = np.empty(len(values), self.dtype)
        for at, name in enumerate(self.axes):
            found[name] = values[:, at]
        return found

    def means(self) -> npt.NDArray[np.float64]:
        """Return the mean position of each unit's spikes, reading them block by block, shape (n_units, 2 or 3)."""
        n_units = len(self.spikes.unit_ids)
        sums = np.zeros((n_units, len(self.axes)))
        for block in self.spikes.times.blocks():
            values = self.read(block)
            units = self.spikes.units_of(self.spikes.clusters.whole(block))
            for axis in range(sums.shape[1]):
                sums[:, axis] += np.bincount(units, weights=values[:, axis], minlength=n_units)
        return sums / self.spikes.counts[:, np.newaxis]
