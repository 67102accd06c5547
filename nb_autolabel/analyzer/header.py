"""What is known of an analyzer from opening it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Header:
    """What is read when an analyzer is opened.

    Attributes
    ----------
    unit_ids : ndarray, shape (n_units,)
        Integers or fixed-width strings.
    channel_ids : ndarray, shape (n_channels,)
    sampling_frequency : float
        In Hz.
    num_segments : int
    version : str
        SpikeInterface version that wrote it, or "".
    settings : dict
        ``return_in_uV``, ``peak_sign``, ``peak_mode`` as far as stored.
    recording : {"described", "attached", "none"}
        Whether the recording's whereabouts are stored, or it is there, or neither.
    recording_attributes : dict
        As stored: channel_ids, sampling_frequency, num_samples, properties, ...
    probegroup : dict or None
        As probeinterface writes it.
    sparsity_mask : ndarray of bool, shape (n_units, n_channels), or None
        None if dense.
    annotations : dict
        Of the sorting.
    voltage_reason : str
        Why voltages are in arbitrary units or converted, where the kind of data says more than the settings.
    """

    unit_ids: npt.NDArray[Any]
    channel_ids: npt.NDArray[Any]
    sampling_frequency: float
    num_segments: int
    version: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    recording: Literal["described", "attached", "none"] = "none"
    recording_attributes: dict[str, Any] = field(default_factory=dict)
    probegroup: dict[str, Any] | None = None
    sparsity_mask: npt.NDArray[np.bool_] | None = None
    annotations: dict[str, Any] = field(default_factory=dict)
    voltage_reason: str = ""
