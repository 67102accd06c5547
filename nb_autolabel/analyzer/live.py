"""A SpikeInterface SortingAnalyzer that is already in the kernel, seen through the same interface."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import MissingExtensionError
from .address import without_secrets
from .source import SPIKE_DTYPE, Entry, Header, Source, StoredExtension, indexed


def is_live(source: Any) -> bool:
    """Return True for a ``spikeinterface.SortingAnalyzer``, without importing SpikeInterface."""
    return any(
        c.__name__ == "SortingAnalyzer" and c.__module__.split(".", 1)[0] == "spikeinterface"
        for c in type(source).__mro__
    )


class LiveSource(Source):
    """Reads a live SortingAnalyzer; the object is the user's own and is never changed.

    Parameters
    ----------
    live : spikeinterface.SortingAnalyzer
    """

    def __init__(self, live: Any) -> None:
        self._live = live
        self.format = str(live.format)
        self.location = None if live.format == "memory" else without_secrets(str(live.folder))

    @cached_property
    def header(self) -> Header:
        """What the live object says of itself."""
        live = self._live
        attributes = dict(live.rec_attributes or {})
        probegroup = attributes.pop("probegroup", None)
        recording: Literal["attached", "none"] = "none"
        if live.has_recording() or live.has_temporary_recording():
            recording = "attached"
        settings = {
            name: getattr(live, name)
            for name in ("return_in_uV", "peak_sign", "peak_mode")
            if hasattr(live, name)
        }
        if "return_in_uV" not in settings and hasattr(live, "return_scaled"):
            settings["return_in_uV"] = live.return_scaled
        return Header(
            unit_ids=np.array(_fixed(live.unit_ids)),
            channel_ids=np.array(_fixed(live.channel_ids)),
            sampling_frequency=float(live.sampling_frequency),
            num_segments=int(live.get_num_segments()),
            version=str(getattr(__import__("sys").modules.get("spikeinterface"), "__version__", "")),
            settings=settings,
            recording=recording,
            recording_attributes=_plain(attributes),
            probegroup=None if probegroup is None else probegroup.to_dict(array_as_list=True),
            sparsity_mask=None if live.sparsity is None else np.array(live.sparsity.mask, dtype=bool),
            annotations={},
        )

    def spikes(self) -> npt.NDArray[Any]:
        """Return all spikes; see :meth:`Source.spikes`."""
        vector = self._live.sorting.to_spike_vector()
        spikes = np.empty(len(vector), dtype=SPIKE_DTYPE)
        for name in SPIKE_DTYPE.names or ():
            spikes[name] = vector[name]
        return spikes

    def property_names(self) -> list[str]:
        """Names of the sorting's properties that are plain arrays."""
        sorting = self._live.sorting
        return [
            key
            for key in sorting.get_property_keys()
            if not _fixed(sorting.get_property(key)).dtype.hasobject
        ]

    def read_property(self, name: str) -> npt.NDArray[Any]:
        """Return a property; see :meth:`Source.read_property`."""
        return np.array(_fixed(self._live.sorting.get_property(name)))

    def extension_names(self) -> list[str]:
        """Names of the extensions that are loaded or saved."""
        live = self._live
        names = list(live.extensions)
        if live.format != "memory":
            names += [n for n in live.get_saved_extension_names() if n not in names]
        return names

    def extension(self, name: str) -> StoredExtension:
        """Return an extension; see :meth:`Source.extension`."""
        extension = self._live.get_extension(name)
        if extension is None:
            raise MissingExtensionError(f"this analyzer has no extension '{name}'.")
        where = f"extension '{name}' of the live analyzer"
        return StoredExtension(
            name=name,
            params=_plain(dict(extension.params or {})),
            info={},
            run_info=_plain(dict(getattr(extension, "run_info", None) or {})),
            entries={key: self._entry(value, f"{where}, '{key}'") for key, value in extension.data.items()},
        )

    def _entry(self, value: Any, where: str) -> Entry:
        if hasattr(value, "columns") and hasattr(value, "loc"):
            return Entry(
                "frame", lambda rows: indexed(value.copy(), self.header.unit_ids, where), where=where
            )
        return _live_entry(value, where)


def _live_entry(value: Any, where: str) -> Entry:
    if not isinstance(value, np.ndarray) and hasattr(value, "shape") and hasattr(value, "dtype"):
        # A lazily loaded zarr array or a memory map: rows are read through it.
        return Entry(
            "array",
            lambda rows: np.asarray(value[:]) if rows is None else np.asarray(value[:])[rows],
            shape=lambda: tuple(value.shape),
            dtype=np.dtype(value.dtype),
            where=where,
        )
    return Entry.of(value, where)


def _fixed(values: Any) -> npt.NDArray[Any]:
    """Turn object arrays of text into fixed-width text; others stay as they are."""
    array = np.asarray(values)
    if array.dtype.hasobject and all(isinstance(v, str) for v in array.ravel()):
        return array.astype(str)
    return array


def _plain(data: Any) -> Any:
    """Turn numpy values inside dictionaries and lists into plain Python ones; drop what is neither."""
    if isinstance(data, dict):
        return {str(k): _plain(v) for k, v in data.items() if _is_plain(v)}
    if isinstance(data, list | tuple):
        return [_plain(v) for v in data]
    if isinstance(data, np.ndarray):
        return data.tolist()
    return data.item() if isinstance(data, np.generic) else data


def _is_plain(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return not value.dtype.hasobject and value.dtype.names is None
    return value is None or isinstance(value, str | int | float | bool | np.generic | dict | list | tuple)
