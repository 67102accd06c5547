"""The unit of an analyzer's voltages: microvolts as stored, microvolts converted from counts, or arbitrary units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .header import Header


@dataclass(frozen=True, eq=False)
class Voltage:
    """How stored voltages become what is shown.

    Attributes
    ----------
    unit : {"µV", "a.u."}
        Of what is shown.
    gain, offset : ndarray of float64, shape (n_channels,), or None
        Shown value = gain x stored value + offset; None where voltages are shown as they are stored.
    reason : str
        Why they are converted or in arbitrary units; empty where they are stored in µV.
    """

    unit: Literal["µV", "a.u."]
    gain: npt.NDArray[np.float64] | None = None
    offset: npt.NDArray[np.float64] | None = None
    reason: str = ""

    def shown(self, values: npt.NDArray[Any], channels: Any) -> npt.NDArray[Any]:
        """Return stored values in the unit that is shown.

        Parameters
        ----------
        values : ndarray
        channels : int or ndarray of int
            Position of the channel of each value; broadcast against `values`.
        """
        if self.gain is None or self.offset is None:
            return values
        converted: npt.NDArray[Any] = values * self.gain[channels] + self.offset[channels]
        return converted.astype(values.dtype) if values.dtype.kind == "f" else converted

    def slopes(self, values: npt.NDArray[Any], channels: Any) -> npt.NDArray[Any]:
        """Return differences or slopes in the unit that is shown: an offset does not matter to them."""
        return values if self.gain is None else values * self.gain[channels]


def voltage_of(header: Header) -> Voltage:
    """Determine the unit of an analyzer's voltages.

    SpikeInterface stores µV where the analyzer was made with ``return_in_uV=True`` (before 0.102
    ``return_scaled``), its default, and counts of the converter otherwise. Counts are converted where
    the recording's gains and offsets are stored; without them nobody knows what they are.

    Parameters
    ----------
    header : Header
    """
    said = header.settings.get("return_in_uV", header.settings.get("return_scaled", True))
    if said is not False:
        return Voltage("µV")
    n_channels = len(header.channel_ids)
    properties = header.recording_attributes.get("properties")
    known = properties if isinstance(properties, dict) else {}
    gain = _column(known.get("gain_to_uV"), n_channels)
    offset = _column(known.get("offset_to_uV"), n_channels)
    if gain is None or (gain == 0).any():
        return Voltage(
            "a.u.",
            reason=header.voltage_reason
            or "the analyzer holds counts of the converter (return_in_uV is false) and no gain, "
            "so that amplitudes are in arbitrary units",
        )
    if offset is None:
        offset = np.zeros(n_channels)
    return Voltage(
        "µV",
        gain,
        offset,
        "the analyzer holds counts of the converter (return_in_uV is false); they are converted to µV by "
        "the stored gains",
    )


def _column(values: Any, n_channels: int) -> npt.NDArray[np.float64] | None:
    """Return one finite number a channel; None if that is not what is stored."""
    try:
        column = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    return column if column.shape == (n_channels,) and np.isfinite(column).all() else None
