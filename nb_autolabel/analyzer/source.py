"""What every kind of analyzer must answer: a zarr store, a binary folder, a live object, a selection."""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, UnsafeDataError
from .spikes_by_unit import SpikesByUnit
from .zarr_array import Rows

if TYPE_CHECKING:
    import pandas as pd

#: One spike: its sample in its segment, the position of its unit, its segment.
SPIKE_DTYPE = np.dtype([("sample_index", "<i8"), ("unit_index", "<i8"), ("segment_index", "<i8")])


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


class Entry:
    """One named piece of an extension's data, read when asked for.

    Parameters
    ----------
    kind : {"array", "frame", "dict", "opaque"}
        "opaque": stored as Python objects, never decoded.
    read : callable
        ``read(rows)`` for arrays (rows: slice, int array or None), ``read(None)`` otherwise.
    shape : callable
        Returns the shape without reading the data; () for frames and dicts.
    where : str
        For messages.
    damaged : bool
        True for an opaque entry that should be readable and is not.
    """

    def __init__(
        self,
        kind: Literal["array", "frame", "dict", "opaque"],
        read: Callable[[Rows], Any],
        *,
        shape: Callable[[], tuple[int, ...]] = tuple,
        dtype: np.dtype[Any] | None = None,
        where: str = "",
        damaged: bool = False,
    ) -> None:
        self.kind = kind
        self.damaged = damaged
        self.read = read
        self.where = where
        self.dtype = dtype
        self._shape = shape

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an array, without reading it."""
        return self._shape()

    @property
    def nbytes(self) -> int:
        """Size of an array in bytes, without reading it; 0 for other kinds."""
        return math.prod(self.shape) * self.dtype.itemsize if self.dtype is not None else 0

    @classmethod
    def opaque(cls, where: str, why: str) -> Entry:
        """Make an entry that exists but is never decoded."""

        def refuse(rows: Rows) -> Any:
            del rows
            raise UnsafeDataError(f"{where} is not read: {why}")

        return cls("opaque", refuse, where=where)

    @classmethod
    def of(cls, value: Any, where: str = "") -> Entry:
        """Make an entry for data that are in memory already; what is read is a copy of them."""
        if isinstance(value, np.ndarray) and not value.dtype.hasobject:
            return cls(
                "array",
                lambda rows: np.array(value if rows is None else value[rows]),
                shape=lambda: value.shape,
                dtype=value.dtype,
                where=where,
            )
        if isinstance(value, dict | list):
            return cls("dict", lambda rows: copy.deepcopy(value), where=where)
        return cls.opaque(where, f"it is a {type(value).__name__} object.")


def broken(where: str, error: DamagedDataError) -> Entry:
    """Make an entry that says what is wrong when it is read."""

    def fail(rows: Rows) -> Any:
        del rows
        raise error

    return Entry("opaque", fail, where=where, damaged=True)


class Kept:
    """What a function returns, read once for each version of the source.

    Parameters
    ----------
    read : callable
    version : callable
        Returns the version of the source; see :attr:`Source.version`.
    """

    def __init__(self, read: Callable[[], Any], version: Callable[[], Hashable] = lambda: 0) -> None:
        self._read, self._version = read, version
        self._value: tuple[Hashable, Any] | None = None

    def __call__(self) -> Any:
        """Return the value; whoever changes it changes a copy."""
        version = self._version()
        kept = self._value
        if kept is None or kept[0] != version:
            kept = self._value = (version, self._read())
        return kept[1]


@dataclass(frozen=True)
class StoredExtension:
    """An extension as stored: parameters and entries that are read when asked for."""

    name: str
    params: dict[str, Any]
    info: dict[str, Any]
    run_info: dict[str, Any]
    entries: dict[str, Entry]


class Source(ABC):
    """Everything an :class:`Analyzer` reads from.

    Attributes
    ----------
    format : str
        "zarr", "binary_folder" or "memory".
    location : str or None
        Path or address.
    """

    format: str
    location: str | None

    @property
    @abstractmethod
    def header(self) -> Header:
        """What is known from opening."""

    @property
    def version(self) -> Hashable:
        """Changes when something was written where the source reads from, and the source is still what was opened."""
        return 0

    @abstractmethod
    def spikes(self) -> npt.NDArray[Any]:
        """Read all spikes, dtype SPIKE_DTYPE, ordered by segment and sample."""

    @cached_property
    def kept_spikes(self) -> npt.NDArray[Any]:
        """All spikes, read once; read-only. Selections of units share them."""
        spikes = self.spikes()
        spikes.flags.writeable = False
        return spikes

    @property
    def has_kept_spikes(self) -> bool:
        """True if the spikes were read and kept."""
        return "kept_spikes" in self.__dict__

    @cached_property
    def spikes_by_unit(self) -> SpikesByUnit:
        """Which of :attr:`kept_spikes` belong to which unit; computed once."""
        return SpikesByUnit.of(self.kept_spikes["unit_index"], len(self.header.unit_ids))

    @abstractmethod
    def property_names(self) -> list[str]:
        """Names of the sorting's properties."""

    @abstractmethod
    def read_property(self, name: str) -> npt.NDArray[Any]:
        """Return a property, one row a unit."""

    def hidden_properties(self) -> dict[str, npt.NDArray[Any] | None]:
        """Return properties stored as Python objects: what a copy keeps of them, or None where nothing can be kept."""
        return {}

    def unreadable(self) -> list[str]:
        """Say in words what is stored beside the extensions, and is lost in a copy."""
        return [f"property '{name}'" for name, kept in self.hidden_properties().items() if kept is None]

    @abstractmethod
    def extension_names(self) -> list[str]:
        """Names of the extensions that are complete."""

    @abstractmethod
    def extension(self, name: str) -> StoredExtension:
        """Return an extension by name."""


def check_rows(shape: tuple[int, ...], count: int, where: str, what: str = "unit") -> None:
    """Refuse an array that does not have one row a unit (or a spike).

    Raises
    ------
    DamagedDataError
    """
    if shape[:1] != (count,):
        raise DamagedDataError(f"array {where} has shape {shape}, expected {count} rows (one a {what}).")


def check_spikes(spikes: npt.NDArray[Any], header: Header, where: str) -> npt.NDArray[Any]:
    """Return the spikes if each belongs to a unit and a segment that exist.

    Raises
    ------
    DamagedDataError
    """
    for name, count in (("unit_index", len(header.unit_ids)), ("segment_index", header.num_segments)):
        column = spikes[name]
        if column.size and (column.min() < 0 or column.max() >= count):
            raise DamagedDataError(
                f"{where}: {name} runs from {column.min()} to {column.max()}, but there are only {count}."
            )
    return spikes


def legible(values: npt.NDArray[Any], where: str) -> npt.NDArray[Any]:
    """Return an array unless it holds text with characters that do not exist, which pandas could not keep.

    Raises
    ------
    DamagedDataError
    """
    if values.dtype.kind == "U" and values.size and values.dtype.itemsize:
        codes = np.ascontiguousarray(values).view(np.dtype(np.uint32).newbyteorder(values.dtype.byteorder))
        if bool(((codes > 0x10FFFF) | ((codes >= 0xD800) & (codes <= 0xDFFF))).any()):
            raise DamagedDataError(f"{where} holds text that is no Unicode.")
    return values


def as_ids(values: Any, what: str) -> npt.NDArray[Any]:
    """Return ids as an array of integers or of text; ids of bytes are read as UTF-8.

    Parameters
    ----------
    values : list or ndarray
    what : str
        For messages.

    Raises
    ------
    DamagedDataError
    """
    try:
        ids = np.asarray(values)
        if ids.dtype.kind == "S":
            ids = np.char.decode(ids, "utf-8") if ids.size else ids.astype("<U1")
    except (ValueError, OverflowError, RecursionError) as error:
        raise DamagedDataError(f"{what} cannot be read: {error}.") from error
    if ids.ndim == 1 and not ids.size and ids.dtype.kind not in "iuU":
        # Where there are none, numpy takes them for floats.
        ids = ids.astype("<i8")
    if ids.ndim != 1 or ids.dtype.kind not in "iuU":
        raise DamagedDataError(
            f"{what} is {ids.dtype} {ids.shape}, expected a list of whole numbers or of names."
        )
    return legible(ids, what)


def indexed(frame: pd.DataFrame, unit_ids: npt.NDArray[Any], where: str) -> pd.DataFrame:
    """Return a frame with the unit ids as index, in their order.

    Raises
    ------
    DamagedDataError
        If the frame's rows are not the analyzer's units.
    """
    import pandas as pd

    want = pd.Index(unit_ids)
    have = frame.index.map(_as_text)
    want_text = want.map(_as_text)
    if not have.equals(want_text) and (len(want) or len(have)):
        if len(have) != len(want) or set(have) != set(want_text):
            raise DamagedDataError(
                f"{where}: its {len(have)} rows are not the analyzer's {len(want)} units. "
                "Compute it again for all units, or select these units with SpikeInterface first."
            )
        frame = frame.iloc[have.get_indexer(want_text)]
    frame.index = want
    return frame


def _as_text(unit: Any) -> str:
    return unit.decode("utf-8", "replace") if isinstance(unit, bytes) else str(unit)


def json_dict(data: Any, where: str) -> dict[str, Any]:
    """Return JSON data that must be a dictionary.

    Raises
    ------
    DamagedDataError
    """
    if not isinstance(data, dict):
        raise DamagedDataError(f"{where} should hold a JSON dictionary, not {type(data).__name__}.")
    return data
