"""Checking the header that a store declares: sizes that fit each other, plausible numbers."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError
from .checks import as_ids
from .codecs import shortened
from .header import Header
from .rows import Rows
from .store import Store

#: More segments than any recording has; each costs time.
MAX_SEGMENTS = 10_000
#: More units, channels and extensions than any analyzer has.
MAX_UNITS = MAX_CHANNELS = 2**20
MAX_EXTENSIONS = 1000


class Readable(Protocol):
    """An array that is not read yet."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape, as declared."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Its type."""

    def read(self, rows: Rows) -> npt.NDArray[Any]:
        """Read it, or some rows."""


def make_header(
    *,
    unit_ids: Any,
    mask: Readable | None,
    sampling_frequency: Any,
    num_segments: Any,
    info: dict[str, Any],
    settings: dict[str, Any],
    described: bool,
    attributes: dict[str, Any],
    probegroup: Any,
    annotations: Any,
    where: str,
) -> Header:
    """Check what a store declares about the analyzer and return it as a header.

    Raises
    ------
    DamagedDataError
        If sizes do not fit each other or a needed value is missing.
    """
    if not isinstance(unit_ids, list | np.ndarray) or len(unit_ids) > MAX_UNITS:
        raise DamagedDataError(f"{where}: unit_ids is not a list of at most {MAX_UNITS} units.")
    unit_ids = as_ids(unit_ids, f"{where}: unit_ids")
    # What numpy has for it loads masked arrays first.
    if len(set(unit_ids.tolist())) != len(unit_ids):
        raise DamagedDataError(f"{where}: unit ids repeat.")
    if type(sampling_frequency) not in (int, float) or not 0 < sampling_frequency < 1e12:
        raise DamagedDataError(f"{where}: sampling_frequency is {shortened(sampling_frequency)}.")
    if type(num_segments) is not int or not 1 <= num_segments <= MAX_SEGMENTS:
        raise DamagedDataError(f"{where}: num_segments is {shortened(num_segments)}.")
    channels = attributes.get("channel_ids")
    if channels is None:
        count = mask.shape[1] if mask is not None and len(mask.shape) == 2 else attributes.get("num_channels")
        if type(count) is not int or not 0 <= count <= MAX_CHANNELS:
            raise DamagedDataError(f"{where}: the channels are not described (recording_info).")
        channels = np.arange(count)
    if not isinstance(channels, list | np.ndarray) or len(channels) > MAX_CHANNELS:
        raise DamagedDataError(f"{where}: channel_ids is not a list of at most {MAX_CHANNELS} channels.")
    channel_ids = as_ids(channels, f"{where}: channel_ids")
    if mask is not None and (mask.shape != (len(unit_ids), len(channel_ids)) or mask.dtype != bool):
        raise DamagedDataError(
            f"{where}: sparsity_mask is {mask.dtype} {mask.shape}, "
            f"expected bool ({len(unit_ids)}, {len(channel_ids)})."
        )
    return Header(
        unit_ids=unit_ids,
        channel_ids=channel_ids,
        sampling_frequency=float(sampling_frequency),
        num_segments=num_segments,
        version=str(info.get("version", "")),
        settings=settings,
        recording="described" if described else "none",
        recording_attributes=attributes,
        probegroup=probegroup if isinstance(probegroup, dict) else None,
        sparsity_mask=None if mask is None else mask.read(None),
        annotations=annotations if isinstance(annotations, dict) else {},
    )


def check_extensions(store: Store, names: list[str]) -> None:
    """Refuse a folder of more extensions than any analyzer has.

    Raises
    ------
    DamagedDataError
    """
    if len(names) > MAX_EXTENSIONS:
        raise DamagedDataError(
            f"{store.where('extensions')} holds {len(names)} extensions, more than {MAX_EXTENSIONS}."
        )
