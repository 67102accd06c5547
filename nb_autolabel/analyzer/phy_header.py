"""The header of a Kilosort or phy folder: its units, its channels and shanks, how long it lasts."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, MissingDataError, UnknownFormatError
from .header import Header
from .header_checks import MAX_CHANNELS
from .phy_files import PhySpikes, open_array
from .phy_params import PhyParams
from .store import Store

CHANNEL_MAP, CHANNEL_POSITIONS, CHANNEL_SHANKS = (
    "channel_map.npy",
    "channel_positions.npy",
    "channel_shanks.npy",
)

_NO_GAIN = (
    "a Kilosort or phy folder does not say how many µV a bit of the data is, so that amplitudes are in arbitrary units; "
    "nbl.load(folder, gain_to_uV=...) tells it (Neuropixels 1, AP at gain 500: 2.34; Neuropixels 2: 0.763)"
)


def read_channels(store: Store) -> tuple[dict[str, npt.NDArray[Any]], int | None]:
    """Read what the folder says of its channels.

    Returns
    -------
    files : dict of str to ndarray
        By file name, those that are there: indices in the recording (n,), positions (n, 2) in µm, shanks (n,).
    n_channels : int or None
        None if none is there.

    Raises
    ------
    DamagedDataError, UnsafeDataError
        If they are no numbers, or of different numbers of channels.
    """
    found: dict[str, npt.NDArray[Any]] = {}
    for key in (CHANNEL_MAP, CHANNEL_POSITIONS, CHANNEL_SHANKS):
        array, where = open_array(store, key), store.where(key)
        if array is None:
            continue
        shape, widths = array.shape, ((2,), (3,)) if key == CHANNEL_POSITIONS else ((), (1,))
        if not shape or shape[1:] not in widths or array.dtype.kind not in "iuf" or shape[0] > MAX_CHANNELS:
            expected = "(channels, 2)" if key == CHANNEL_POSITIONS else "(channels,) or (channels, 1)"
            raise DamagedDataError(
                f"array {where} is {array.dtype} {shape}, expected numbers of shape {expected}."
            )
        values = array.read(None)
        if not np.isfinite(values).all():
            raise DamagedDataError(f"array {where} holds values that are no numbers.")
        found[key] = (
            values.astype(np.float64) if key == CHANNEL_POSITIONS else _whole(values.reshape(-1), where)
        )
    counts = {key: len(values) for key, values in found.items()}
    if len(set(counts.values())) > 1:
        said = ", ".join(f"{key} of {count}" for key, count in counts.items())
        raise DamagedDataError(f"the files of {store.name} are of different numbers of channels: {said}.")
    return found, next(iter(counts.values()), None)


def _whole(values: npt.NDArray[Any], where: str) -> npt.NDArray[np.int64]:
    if values.size and (
        values.min() < -(2**31) or values.max() >= 2**31 or (values != np.floor(values)).any()
    ):
        raise DamagedDataError(f"array {where} holds values that are no whole numbers of channels or shanks.")
    return values.astype(np.int64)


def checked_gain(gain: Any, n_channels: int) -> list[float] | None:
    """Return the gain of each channel, in µV a bit; None if it is not known.

    Raises
    ------
    UnknownFormatError
        If it is neither a positive number nor one for each channel.
    """
    if gain is None:
        return None
    try:
        values = np.asarray(gain)
        values = values if values.dtype.kind in "iuf" else np.full(1, np.nan)
        gains = np.broadcast_to(values.astype(np.float64), (n_channels,))
    except (ValueError, TypeError, OverflowError):
        gains = np.full(n_channels, np.nan)
    if not (np.isfinite(gains) & (gains > 0)).all():
        raise UnknownFormatError(
            f"gain_to_uV={str(gain)[:60]} is no gain: a positive number of µV a bit is expected, or one for each of "
            f"{n_channels} channels (Neuropixels 1, AP at gain 500: 2.34; Neuropixels 2: 0.763)."
        )
    found: list[float] = gains.tolist()
    return found


def phy_header(
    spikes: PhySpikes,
    params: PhyParams,
    files: dict[str, npt.NDArray[Any]],
    n_channels: int,
    recorded: int | None,
    gain: Any,
) -> Header:
    """Return the header of a folder.

    Parameters
    ----------
    spikes : PhySpikes
    params : PhyParams
    files : dict of str to ndarray
        See :func:`read_channels`.
    n_channels : int
    recorded : int or None
        Samples of the recording, where they are known.
    gain : float, array-like or None
        In µV a bit.
    """
    indices = files.get(CHANNEL_MAP, np.arange(n_channels))
    if len(np.unique(indices)) != n_channels:
        indices = np.arange(n_channels)
    gains = checked_gain(gain, n_channels)
    shanks = files.get(CHANNEL_SHANKS, np.zeros(n_channels, np.int64))
    # Kilosort may find spikes a few samples behind the end.
    known = recorded is not None and recorded >= spikes.end - params.sample_rate
    samples = max(spikes.end, recorded or 0) if known else spikes.end
    properties: dict[str, Any] = {"group": shanks.tolist()}
    if gains is not None:
        properties |= {"gain_to_uV": gains, "offset_to_uV": [0.0] * n_channels}
    return Header(
        unit_ids=spikes.unit_ids,
        channel_ids=np.asarray(indices, np.int64),
        sampling_frequency=params.sample_rate,
        num_segments=1,
        settings={"return_in_uV": gains is not None, "peak_sign": "both", "peak_mode": "extremum"},
        recording="described" if params.dat_paths else "none",
        recording_attributes={
            "channel_ids": indices.tolist(),
            "sampling_frequency": params.sample_rate,
            "num_channels": n_channels,
            "num_samples": [samples],
            "is_filtered": True,
            "dtype": "float32",
            "properties": properties,
        },
        probegroup=_probegroup(files, n_channels),
        annotations={"duration_from": "the recording's size" if known else "the last spike"},
        voltage_reason=_NO_GAIN if gains is None else "",
    )


def _probegroup(files: dict[str, npt.NDArray[Any]], n_channels: int) -> dict[str, Any] | None:
    """Describe the probe as probeinterface does; channels that share their place belong to probes of their own."""
    if CHANNEL_POSITIONS not in files:
        return None
    positions = files[CHANNEL_POSITIONS]
    shanks = files.get(CHANNEL_SHANKS, np.zeros(n_channels, np.int64))
    apart = len(np.unique(positions, axis=0)) < n_channels
    parts = [np.flatnonzero(shanks == shank) for shank in np.unique(shanks)] if apart else []
    probes = [_probe(positions, shanks, part) for part in parts or [np.arange(n_channels)]]
    return {"probes": probes}


def _probe(
    positions: npt.NDArray[Any], shanks: npt.NDArray[Any], part: npt.NDArray[np.intp]
) -> dict[str, Any]:
    ndim = positions.shape[1]
    axes = np.eye(ndim)[:2].tolist()
    return {
        "ndim": ndim,
        "si_units": "um",
        "annotations": {},
        "contact_annotations": {},
        "contact_positions": positions[part].tolist(),
        "contact_plane_axes": [axes] * len(part),
        "contact_shapes": ["circle"] * len(part),
        "contact_shape_params": [{"radius": 5.0}] * len(part),
        "device_channel_indices": part.tolist(),
        "contact_ids": [str(at) for at in part.tolist()],
        "shank_ids": [str(shank) for shank in shanks[part].tolist()],
    }


def count_channels(n_channels: int | None, store: Store) -> int:
    """Return the number of channels, if anything says it.

    Raises
    ------
    MissingDataError
    """
    if n_channels is None:
        raise MissingDataError(
            f"{store.name} has neither templates.npy nor {CHANNEL_MAP} nor {CHANNEL_POSITIONS}: nothing says how many "
            "channels there are."
        )
    return n_channels
