"""Which unit the card is asked for, how finely, and what its pictures have in common."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..analyzer.analyzer import Analyzer
from ..errors import MissingDataError
from ..evidence.spike_train import SpikeTrain

Known = dict[str, Any]
"""Plain values that are sent."""
Arrays = dict[str, npt.NDArray[Any]]
"""Arrays that are sent."""

#: Channels of a template that are shown at most.
MOST_CHANNELS = 24
#: Neighbours that are named.
NEIGHBOURS = 5
#: Spikes up to which each is shown as a point.
MAX_AMPLITUDES = 2000


class Detail(NamedTuple):
    """How much is sent of a unit."""

    times: int = 160
    """Bins of the recording's time."""
    values: int = 72
    """Bins of amplitudes and depths."""
    points: int = MAX_AMPLITUDES
    singles: int = 50
    cloud: int = 300


#: What a kernel sends.
FULL = Detail()


@dataclass(frozen=True, eq=False)
class Asked:
    """The unit that is asked for.

    Attributes
    ----------
    analyzer : Analyzer
    unit : int
        Its position.
    detail : Detail
    """

    analyzer: Analyzer
    unit: int
    detail: Detail

    @property
    def unit_id(self) -> Any:
        """Its id."""
        return self.analyzer.unit_ids[self.unit]

    @cached_property
    def train(self) -> SpikeTrain:
        """Its spikes; read once for all pictures."""
        return SpikeTrain.of(self.analyzer, self.unit_id)


def channels_of(analyzer: Analyzer, unit: int) -> npt.NDArray[np.intp]:
    """Return the positions of the channels a unit has data on."""
    mask = analyzer.sparsity_mask
    return np.arange(analyzer.get_num_channels()) if mask is None else np.flatnonzero(mask[unit])


def strongest_of(template: npt.NDArray[Any]) -> tuple[npt.NDArray[np.intp], int]:
    """Return the channels that are shown, in their order, and which of these is the main one."""
    strength = np.abs(template).max(axis=0)
    # A dense analyzer has the unit on every channel; the strongest say where it is.
    kept = np.sort(np.argsort(strength)[::-1][:MOST_CHANNELS])
    return kept, int(np.argmax(strength[kept]))


def similar(asked: Asked) -> list[list[Any]]:
    """Return the units with the most similar templates: position and similarity.

    Raises
    ------
    MissingExtensionError, MissingDataError, DamagedDataError
    """
    alike = (
        asked.analyzer.get_extension("template_similarity")
        .get_data("similarity", rows=np.array([asked.unit]))[0]
        .astype(np.float64)
    )
    numbers = np.flatnonzero(np.isfinite(alike))
    order = [int(i) for i in numbers[np.argsort(alike[numbers])[::-1]] if i != asked.unit][:NEIGHBOURS]
    return [[i, float(alike[i])] for i in order]


def only_numbers(values: Any, otherwise: str) -> None:
    """Refuse values of which one is NaN or infinite.

    Raises
    ------
    MissingDataError
        Saying so.
    """
    if not np.isfinite(np.asarray(values, dtype=np.float64)).all():
        raise MissingDataError(otherwise)
