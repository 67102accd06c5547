"""Positions of the channels, read from the description of a probe by probeinterface."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, MissingDataError
from .header import Header


def channel_locations(header: Header, where: str) -> npt.NDArray[np.float64]:
    """Return channel positions from the probe, or from the recording's ``location`` property.

    Parameters
    ----------
    header : Header
    where : str
        For messages.

    Returns
    -------
    ndarray, shape (n_channels, 2 or 3)
        In µm, in the order of the channels (the probe's ``device_channel_indices``).

    Raises
    ------
    MissingDataError
        If neither is stored.
    DamagedDataError
        If the probe does not fit the channels.
    """
    n_channels = len(header.channel_ids)
    probes = (header.probegroup or {}).get("probes")
    if probes:
        try:
            positions = np.concatenate([np.asarray(p["contact_positions"], dtype=float) for p in probes])
            wiring = [p.get("device_channel_indices") for p in probes]
            if all(w is not None for w in wiring):
                order = np.concatenate([np.asarray(w, dtype=np.intp) for w in wiring])
                positions, order = positions[order >= 0], order[order >= 0]
                positions = positions[np.argsort(order, kind="stable")]
            if positions.ndim != 2 or positions.shape[1] not in (2, 3):
                raise ValueError(f"contact_positions has shape {positions.shape}")
        except (LookupError, TypeError, ValueError, OverflowError, AttributeError) as error:
            raise DamagedDataError(f"{where}: the probe cannot be read ({error}).") from error
        if len(positions) == n_channels:
            return positions
        raise DamagedDataError(f"{where}: the probe has {len(positions)} contacts for {n_channels} channels.")
    properties = header.recording_attributes.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    stored = properties.get("location") or properties.get("contact_vector")
    if isinstance(stored, list) and len(stored) == n_channels:
        try:
            return np.asarray(stored, dtype=float).reshape(n_channels, -1)
        except ValueError:
            pass
    raise MissingDataError(f"{where}: no probe is described, so channel positions are not known.")
