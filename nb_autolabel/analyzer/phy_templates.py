"""The templates of a Kilosort or phy folder, in the units of the data, and what follows from them.

Kilosort's templates are those of whitened data. ``whitening_mat_inv.npy`` undoes that, as phy does:
``templates @ whitening_mat_inv``. A unit that was merged or split in phy has spikes of several templates; its
template is their mean, weighted by its spikes of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError
from .header_checks import MAX_CHANNELS, Readable
from .npy_file import NpyFile
from .phy_files import KeptWhole, PhySpikes, open_array
from .store import Store
from .templates import MAX_SAMPLES

TEMPLATES, SIMILAR = "templates.npy", "similar_templates.npy"
_CHANNELS_OF = ("templates_ind.npy", "template_ind.npy")
_INVERSE, _WHITENING, _APPLIED = "whitening_mat_inv.npy", "whitening_mat.npy", "whitening_mat_dat.npy"
#: Values that are multiplied at once.
_BLOCK = 2**24
#: Pairs of unit and template that are counted in a table of all pairs.
_COUNTED = 2**24
#: Channels up to this distance from a unit's main channel tell where it is, in µm (as in SpikeInterface).
RADIUS_UM = 75.0


@dataclass(frozen=True, eq=False)
class Mixture:
    """Which templates the spikes of each unit have.

    Attributes
    ----------
    units, templates, counts : ndarray of int64, shape (n_pairs,)
        Position of the unit, number of the template, spikes; ordered by unit.
    """

    units: npt.NDArray[np.int64]
    templates: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, spikes: PhySpikes, n_templates: int) -> Mixture:
        """Count the spikes of each unit by template, block by block."""
        n_units = len(spikes.unit_ids)
        if spikes.alike or spikes.templates is None:
            return cls(np.arange(n_units), spikes.unit_ids, spikes.counts)
        table = np.zeros(n_units * n_templates if n_units * n_templates <= _COUNTED else 0, np.int64)
        others: dict[int, int] = {}
        for block in spikes.times.blocks():
            pairs = spikes.units_of(spikes.clusters.whole(block)) * n_templates
            pairs = pairs + spikes.templates.whole(block, n_templates)
            if table.size:
                table += np.bincount(pairs, minlength=table.size)
                continue
            found, counts = np.unique(pairs, return_counts=True)
            for pair, count in zip(found.tolist(), counts.tolist(), strict=True):
                others[pair] = others.get(pair, 0) + count
        pairs = np.flatnonzero(table) if table.size else np.array(sorted(others), np.int64)
        counted = (
            table[pairs] if table.size else np.array([others[pair] for pair in pairs.tolist()], np.int64)
        )
        return cls(pairs // n_templates, pairs % n_templates, counted)

    def pairs_of(self, unit: int) -> slice:
        """Return where the pairs of a unit lie."""
        low, high = np.searchsorted(self.units, [unit, unit + 1])
        return slice(int(low), int(high))


class PhyTemplates:
    """Templates of a folder, read when they are asked for.

    Parameters
    ----------
    store : Store
    n_channels : int
    array : Readable
        ``templates.npy``, opened and checked.
    """

    def __init__(self, store: Store, n_channels: int, array: Readable) -> None:
        self._store, self._n_channels, self._array = store, n_channels, array

    @property
    def n_channels(self) -> int:
        """Number of channels."""
        return self._n_channels

    @property
    def count(self) -> int:
        """Number of templates."""
        return self._array.shape[0]

    @property
    def n_samples(self) -> int:
        """Number of samples of a template."""
        return self._array.shape[1]

    @property
    def n_before(self) -> int:
        """Sample at which templates have their spike.

        Kilosort 4 takes 20 of 61 samples before it. Kilosort 2 and 3 write 82, of which the first 21 are empty.
        """
        return 40 if self.n_samples == 82 else int(20 * self.n_samples / 61)

    @classmethod
    def open(cls, store: Store, n_channels: int | None) -> PhyTemplates | None:
        """Open the templates of a folder, if there are any.

        Parameters
        ----------
        store : Store
        n_channels : int or None
            As other files say; None if none does.

        Raises
        ------
        DamagedDataError, UnsafeDataError
        """
        array, where = open_array(store, TEMPLATES), store.where(TEMPLATES)
        if array is None:
            return None
        shape = array.shape
        if len(shape) != 3 or array.dtype.kind != "f" or not 0 < shape[1] <= MAX_SAMPLES:
            raise DamagedDataError(
                f"array {where} is {array.dtype} {shape}, expected floating point numbers (templates, samples, channels)."
            )
        local = _channels_of(store, shape)
        if local is None and n_channels not in (None, shape[2]):
            raise DamagedDataError(
                f"array {where} has shape {shape}, expected (templates, samples, {n_channels}): there are {n_channels} "
                "channels."
            )
        count = shape[2] if n_channels is None else n_channels
        if not 0 < count <= MAX_CHANNELS:
            raise DamagedDataError(f"array {where} has shape {shape}: templates of {count} channels.")
        if isinstance(array, NpyFile) and array.column_major:
            array = KeptWhole(array)
        return cls(store, count, array)

    @cached_property
    def _local(self) -> npt.NDArray[np.int64] | None:
        """Channels on which each template is stored, (templates, stored channels); None if on all in their order."""
        where = self._store.where(_CHANNELS_OF[0])
        array = _channels_of(self._store, self._array.shape)
        if array is None:
            return None
        values = array.read(None)
        unused = (values == -1) | (values == self._n_channels)
        known = unused | ((values >= 0) & (values < self._n_channels) & (values == np.floor(values)))
        if not known.all():
            raise DamagedDataError(
                f"array {where} names channel {values[~known][0]}, but there are {self._n_channels} channels (-1 or "
                f"{self._n_channels} stand for none)."
            )
        local = np.where(unused, -1, values).astype(np.int64)
        every = np.arange(self._n_channels)
        return None if values.shape[1:] == every.shape and bool((local == every).all()) else local

    @cached_property
    def unwhitening(self) -> npt.NDArray[np.float64] | None:
        """What whitened templates are multiplied with from the right, (n_channels, n_channels); None for nothing.

        Raises
        ------
        DamagedDataError
            If the matrix of the folder is none that can be used.
        """
        inverse, applied = self._matrix(_INVERSE), self._matrix(_APPLIED)
        if inverse is None:
            whitening = self._matrix(_WHITENING)
            inverse = None if whitening is None else self._inverted(whitening, _WHITENING)
        if applied is not None and (inverse is None or is_scale(inverse)):
            # Kilosort 4 gives phy a mere scale, and keeps the matrix with which it multiplied (channels, samples).
            return self._inverted(applied, _APPLIED).T
        return inverse

    def _matrix(self, key: str) -> npt.NDArray[np.float64] | None:
        array, where = open_array(self._store, key), self._store.where(key)
        if array is None:
            return None
        expected = (self._n_channels, self._n_channels)
        if array.shape != expected or array.dtype.kind not in "iuf":
            raise DamagedDataError(f"array {where} is {array.dtype} {array.shape}, expected {expected}.")
        values = array.read(None).astype(np.float64)
        if not np.isfinite(values).all():
            raise DamagedDataError(f"array {where} holds values that are no numbers.")
        return values

    def _inverted(self, matrix: npt.NDArray[np.float64], key: str) -> npt.NDArray[np.float64]:
        try:
            inverse = np.linalg.inv(matrix)
        except np.linalg.LinAlgError as error:
            raise DamagedDataError(f"array {self._store.where(key)} has no inverse: {error}.") from error
        return np.asarray(inverse, np.float64)

    def of_units(
        self, mixture: Mixture, units: npt.NDArray[np.intp], gain: npt.NDArray[np.float64] | None = None
    ) -> npt.NDArray[np.float32]:
        """Return the templates of units, in the units of the data.

        Parameters
        ----------
        mixture : Mixture
        units : ndarray of int, shape (n_wanted,)
            Positions of units.
        gain : ndarray, shape (n_channels,), optional
            What they are multiplied with in the end.

        Returns
        -------
        ndarray of float32, shape (n_wanted, n_samples, n_channels)
        """
        out = np.zeros((len(units), self.n_samples, self._n_channels), np.float32)
        matrix = self.unwhitening
        scale = None if matrix is None or not is_scale(matrix) else float(matrix.flat[0])
        height = max(1, _BLOCK // max(1, self.n_samples * self._n_channels))
        for start in range(0, len(units), height):
            mean = self._means(mixture, units[start : start + height])
            if scale is not None:
                mean = mean * scale
            elif matrix is not None:
                mean = mean @ matrix
            out[start : start + height] = mean if gain is None else mean * gain
        return out

    def channels_of_units(self, mixture: Mixture, units: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
        """Return on which channels the sorter fitted each unit: where its whitened template is not zero.

        Parameters
        ----------
        mixture : Mixture
        units : ndarray of int, shape (n_wanted,)
            Positions of units.

        Returns
        -------
        ndarray of bool, shape (n_wanted, n_channels)
        """
        out = np.zeros((len(units), self._n_channels), bool)
        height = max(1, _BLOCK // max(1, self.n_samples * self._n_channels))
        for start in range(0, len(units), height):
            out[start : start + height] = (self._means(mixture, units[start : start + height]) != 0).any(1)
        return out

    def _means(self, mixture: Mixture, units: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        """Return the mean whitened templates of units on all channels."""
        mine = [mixture.pairs_of(int(unit)) for unit in units]
        wanted = np.unique(
            np.concatenate([mixture.templates[part] for part in mine] or [np.empty(0, np.int64)])
        )
        if wanted.size and wanted[-1] >= self.count:
            raise DamagedDataError(
                f"array {self._store.where(TEMPLATES)} has {self.count} templates, and spikes of template {wanted[-1]}."
            )
        stored = self._array.read(wanted.astype(np.intp))
        means = np.zeros((len(units), self.n_samples, self._n_channels))
        for at, part in enumerate(mine):
            weights = mixture.counts[part] / max(1, int(mixture.counts[part].sum()))
            places = np.searchsorted(wanted, mixture.templates[part])
            for place, weight, template in zip(places, weights, mixture.templates[part], strict=True):
                if self._local is None:
                    means[at] += weight * stored[place]
                else:
                    channels = self._local[template]
                    means[at][:, channels[channels >= 0]] += weight * stored[place][:, channels >= 0]
        return means


def _channels_of(store: Store, shape: tuple[int, ...]) -> Readable | None:
    """Open the list of channels on which each template is stored, if there is one.

    Raises
    ------
    DamagedDataError
        If it does not fit the templates.
    """
    for key in _CHANNELS_OF:
        array = open_array(store, key)
        if array is not None:
            if array.shape != (shape[0], shape[2]) or array.dtype.kind not in "iuf":
                raise DamagedDataError(
                    f"array {store.where(key)} is {array.dtype} {array.shape}, expected {(shape[0], shape[2])}: the "
                    "channels of each template."
                )
            return array
    return None


def is_scale(matrix: npt.NDArray[np.float64]) -> bool:
    """Return True for a multiple of the identity: data were whitened before, or not at all."""
    return bool(np.array_equal(matrix, np.eye(len(matrix)) * matrix.flat[0])) if matrix.size else False


def centres_of_mass(
    templates: npt.NDArray[np.float32], positions: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return where units are: the mean position of the channels near the main one, weighted by peak-to-peak amplitude.

    Parameters
    ----------
    templates : ndarray, shape (n_units, n_samples, n_channels)
    positions : ndarray, shape (n_channels, 2)
        In µm.

    Returns
    -------
    ndarray, shape (n_units, 2)
        In µm; NaN for a unit without a template.
    """
    found = np.full((len(templates), positions.shape[1]), np.nan)
    for unit, template in enumerate(templates):
        main = positions[int(np.abs(template).max(axis=0).argmax())]
        near = np.linalg.norm(positions - main, axis=1) <= RADIUS_UM
        weights = np.ptp(template[:, near].astype(np.float64), axis=0)
        if weights.sum() > 0:
            found[unit] = weights @ positions[near] / weights.sum()
    return found
