"""The templates of an analyzer and the main channels of its units."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, is_one_of
from .extension import Extension
from .spikes import AnalyzerSpikes

#: More samples than any template has.
MAX_SAMPLES = 1_000_000


class AnalyzerTemplates(AnalyzerSpikes):
    """The part of an :class:`Analyzer` that gives its templates."""

    def get_templates(
        self, unit_ids: Iterable[Any] | None = None, operator: str = "average"
    ) -> npt.NDArray[np.floating[Any]]:
        """Return templates on all channels.

        Parameters
        ----------
        unit_ids : iterable, optional
            Units, in the order wanted; only their chunks are read. None gives all.
        operator : str, default: "average"
            "average", "median", "std", as computed.

        Returns
        -------
        ndarray, shape (n_units, n_samples, n_channels)
            As stored: in µV if the analyzer's settings say ``return_in_uV``, else in counts (see
            :attr:`voltage`); zero outside a unit's channels.

        Raises
        ------
        MissingExtensionError, MissingDataError, UnknownUnitError
        """
        extension = self.get_extension("templates")
        if (
            is_one_of(operator, ("average",))
            and operator not in extension.data_names
            and "median" in extension.data_names
        ):
            operator = "median"
        self._template_shape(extension, operator)
        rows = None if unit_ids is None else self.unit_positions(unit_ids)
        templates: npt.NDArray[np.floating[Any]] = extension.get_data(operator, rows=rows)
        return templates

    def _template_shape(self, extension: Extension, operator: str) -> tuple[int, ...]:
        entry = extension.entry(operator)
        if entry.kind != "array":
            entry.read(None)  # says why it cannot be read
        fits = len(entry.shape) == 3 and entry.shape[2] == self.get_num_channels()
        if not fits or not 0 < entry.shape[1] <= MAX_SAMPLES:
            raise DamagedDataError(
                f"array {entry.where} has shape {entry.shape}, "
                f"expected ({self.get_num_units()}, samples, {self.get_num_channels()})."
            )
        return entry.shape

    def get_unit_template(self, unit_id: Any, operator: str = "average") -> npt.NDArray[np.floating[Any]]:
        """Return a unit's template on its sparse channels, shape (n_samples, n_unit_channels).

        The channels are those of :meth:`get_unit_channel_ids`. See :meth:`get_templates`.
        """
        template: npt.NDArray[np.floating[Any]] = self.get_templates([unit_id], operator)[0]
        return template[:, self._unit_channels(unit_id)]

    def _unit_channels(self, unit_id: Any) -> npt.NDArray[np.intp]:
        (at,) = self.unit_positions([unit_id])
        mask = self.sparsity_mask
        return np.arange(self.get_num_channels()) if mask is None else np.flatnonzero(mask[at])

    def get_unit_channel_ids(self, unit_id: Any) -> npt.NDArray[Any]:
        """Return the ids of the channels a unit has data on."""
        return self.channel_ids[self._unit_channels(unit_id)]

    @property
    def template_times_ms(self) -> npt.NDArray[np.float64]:
        """Time of each template sample relative to the spike, in ms."""
        extension = self.get_extension("templates")
        names = [n for n in ("average", "median") if n in extension.data_names] or extension.data_names
        n_samples = self._template_shape(extension, names[0] if names else "average")[1]
        before: Any = extension.params.get("ms_before")
        known = type(before) in (int, float) and abs(before) < 1e6
        n_before = int(before * self.sampling_frequency / 1000) if known else n_samples / 3
        samples = np.arange(n_samples, dtype=np.float64) - n_before
        return np.asarray(samples * (1000.0 / self.sampling_frequency), dtype=np.float64)

    @cached_property
    def main_channel_indices(self) -> npt.NDArray[np.intp]:
        """Position of each unit's main channel.

        As stored (``main_channel_id``, SpikeInterface 0.105), else the channel where the template is
        largest in magnitude, else, of a sparse analyzer, the channel nearest to the unit's channels.

        Raises
        ------
        MissingExtensionError
            If nothing tells it.
        """
        lookup = {channel: at for at, channel in enumerate(self.channel_ids.astype(str).tolist())}
        try:
            names = self.get_sorting_property("main_channel_id").astype(str).ravel().tolist()
        except DamagedDataError:  # it is missing, or cannot be read
            names = []
        stored = [lookup.get(name, -1) for name in names]
        if -1 not in stored and len(stored) == self.get_num_units():
            return np.array(stored, dtype=np.intp)
        if self.has_extension("templates") or self.sparsity_mask is None:
            best: npt.NDArray[np.intp] = np.abs(self.get_templates()).max(axis=1).argmax(axis=1)
            return best
        locations = self.get_channel_locations()
        centres = [locations[mask].mean(axis=0) for mask in self.sparsity_mask]
        return np.array([np.linalg.norm(locations - c, axis=1).argmin() for c in centres], dtype=np.intp)

    @property
    def main_channel_ids(self) -> npt.NDArray[Any]:
        """Id of each unit's main channel."""
        return self.channel_ids[self.main_channel_indices]

    @cached_property
    def main_channel_templates(self) -> npt.NDArray[np.float32]:
        """Template of each unit on the channel where it is largest, (n_units, n_samples), in ``voltage.unit``.

        A unit whose template holds values that are not finite is NaN throughout.
        """
        templates = self.get_templates()
        finite = np.isfinite(templates).all(axis=(1, 2))
        if not finite.all():
            templates = np.where(finite[:, np.newaxis, np.newaxis], templates, 0)
        if self.voltage.gain is not None:
            templates = self.voltage.shown(templates, np.arange(self.get_num_channels()))
        strength = np.abs(templates).max(axis=1)
        if self.sparsity_mask is not None:
            strength[~self.sparsity_mask] = 0
        best = strength.argmax(axis=1)
        found = templates[np.arange(len(templates)), :, best].astype(np.float32)
        found[~finite] = np.nan
        return found
