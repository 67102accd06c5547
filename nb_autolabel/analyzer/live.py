"""Reading a SpikeInterface SortingAnalyzer that is already in the kernel."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, MissingExtensionError, SourceChangedError
from .address import without_secrets
from .checks import as_ids, indexed
from .chunk_cache import ChunkCache
from .entry import Entry, StoredExtension
from .header import Header
from .lazy_array import LazyArray, check_map, map_under
from .local_file import absolute, stamp_of, state_in
from .plain_values import without_objects
from .rows import Rows
from .source import SPIKE_DTYPE, Source, check_spikes

#: Files of an analyzer's folder that are written once, whatever is computed: of zarr, of a binary folder.
_WRITTEN_ONCE = ("sorting/unit_ids/0", "sorting/numpysorting_info.json")


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
        self.location = None
        self._folder: Path | None = None
        if live.format != "memory":
            self.location = without_secrets(str(live.folder))
            if "://" not in self.location:
                self._folder = absolute(Path(self.location))
                self.location = str(self._folder)
        self._stamps = self._current()
        self._cache = ChunkCache()

    def _current(self) -> list[Hashable]:
        return [state_in(stamp_of(self._folder / key)) for key in _WRITTEN_ONCE] if self._folder else []

    def _asked(self, what: str, ask: Callable[[], Any]) -> Any:
        """Return what SpikeInterface answers; what it reads from the folder may fail."""
        try:
            return ask()
        except Exception as error:  # whatever a broken or removed folder makes it raise
            self._check_folder(what)
            raise DamagedDataError(
                f"SpikeInterface cannot load {what} of {self.location}: {error}."
            ) from error

    def _check_folder(self, where: str) -> None:
        """Refuse what was read lazily from a folder that is not what it was: SpikeInterface gives zeros then."""
        if self._current() != self._stamps:
            raise SourceChangedError(
                f"{where} cannot be read: its folder {self.location} has been replaced or removed. Load it again."
            )

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
            unit_ids=np.array(as_ids(_fixed(live.unit_ids), "unit_ids of the live analyzer")),
            channel_ids=np.array(as_ids(_fixed(live.channel_ids), "channel_ids of the live analyzer")),
            sampling_frequency=float(live.sampling_frequency),
            num_segments=int(live.get_num_segments()),
            version=str(getattr(__import__("sys").modules.get("spikeinterface"), "__version__", "")),
            settings=settings,
            recording=recording,
            recording_attributes=_plain(attributes),
            probegroup=None if probegroup is None else probegroup.to_dict(array_as_list=True),
            sparsity_mask=None if live.sparsity is None else np.array(live.sparsity.mask, dtype=bool),
            annotations=_plain(self._annotations()),
        )

    @property
    def recording(self) -> Any:
        """The recording of the live object, a ``spikeinterface.BaseRecording``; None if it has none."""
        live = self._live
        return live.recording if live.has_recording() or live.has_temporary_recording() else None

    def spikes(self) -> npt.NDArray[Any]:
        """Return all spikes; see :meth:`Source.spikes`."""
        vector = self._live.sorting.to_spike_vector()
        where = "the spikes of the live analyzer"
        check_map(vector, where)
        spikes = np.empty(len(vector), dtype=SPIKE_DTYPE)
        for name in SPIKE_DTYPE.names or ():
            spikes[name] = vector[name]
        return check_spikes(spikes, self.header, where)

    def property_names(self) -> list[str]:
        """Names of the sorting's properties that are plain arrays, or text or numbers with missing values."""
        return [name for name, values in self._properties() if values is not None]

    def _properties(self) -> list[tuple[str, npt.NDArray[Any] | None]]:
        sorting = self._live.sorting
        return [(str(key), without_objects(sorting.get_property(key))) for key in sorting.get_property_keys()]

    def read_property(self, name: str) -> npt.NDArray[Any]:
        """Return a property; see :meth:`Source.read_property`."""
        return np.array(dict(self._properties())[name])

    def _annotations(self) -> dict[str, Any]:
        sorting = self._live.sorting
        return {str(key): sorting.get_annotation(key) for key in sorting.get_annotation_keys()}

    def hidden_properties(self) -> dict[str, npt.NDArray[Any] | None]:
        """Return the names of properties that hold other Python objects; see :meth:`Source.hidden_properties`."""
        return {name: None for name, values in self._properties() if values is None}

    def unreadable(self) -> list[str]:
        """Say which properties and annotations are Python objects; see :meth:`Source.unreadable`."""
        annotations = [
            f"annotation '{key}'" for key, value in self._annotations().items() if not _is_whole(value)
        ]
        return super().unreadable() + annotations

    def extension_names(self) -> list[str]:
        """Names of the extensions that are loaded or saved."""
        live = self._live
        names = list(live.extensions)
        if live.format != "memory":
            saved = self._asked("the list of extensions", live.get_saved_extension_names)
            names += [n for n in saved if n not in names]
        return names

    def extension(self, name: str) -> StoredExtension:
        """Return an extension; see :meth:`Source.extension`."""
        extension = self._asked(f"extension '{name}'", lambda: self._live.get_extension(name))
        if extension is None:
            raise MissingExtensionError(f"this analyzer has no extension '{name}'.", extension=name)
        where = f"extension '{name}' of the live analyzer"
        return StoredExtension(
            name=name,
            params=_plain(dict(extension.params or {})),
            info={},
            run_info=_plain(dict(getattr(extension, "run_info", None) or {})),
            entries={
                key: self._entry(value, f"{where}, '{key}'", f"extensions/{name}/{key}")
                for key, value in extension.data.items()
            },
        )

    def _entry(self, value: Any, where: str, path: str) -> Entry:
        if hasattr(value, "columns") and hasattr(value, "loc"):
            return Entry(
                "frame", lambda rows: indexed(value.copy(), self.header.unit_ids, where), where=where
            )
        if isinstance(value, np.ndarray) and not map_under(value):
            return Entry.of(value, where)
        if not (hasattr(value, "shape") and hasattr(value, "dtype")) or np.dtype(value.dtype).hasobject:
            return Entry.of(value, where)

        # A zarr array that is loaded lazily, or a memory map: rows are read through it.
        array = LazyArray(value, where, self._cache, partial(self._state_of, path))

        def read(rows: Rows) -> npt.NDArray[Any]:
            data = array.read(rows)
            self._check_folder(where)
            return data

        return Entry("array", read, shape=lambda: array.shape, dtype=array.dtype, where=where)

    def _state_of(self, path: str) -> Hashable:
        """Return what changes when an array is written again; None where that is not known."""
        if self._folder is None:
            return None
        for array, consolidated in ((".zarray", ".zmetadata"), ("zarr.json", "zarr.json")):
            if (self._folder / path / array).is_file():
                return tuple(stamp_of(self._folder / key) for key in (consolidated, f"{path}/{array}"))
        return None


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
        return [_plain(v) if _is_plain(v) else str(v) for v in data]
    if isinstance(data, np.ndarray):
        return data.tolist()
    return data.item() if isinstance(data, np.generic) else data


def _is_whole(value: Any) -> bool:
    if isinstance(value, dict | list | tuple):
        return all(_is_whole(v) for v in (value.values() if isinstance(value, dict) else value))
    return _is_plain(value)


def _is_plain(value: Any) -> bool:
    if isinstance(value, np.ndarray | np.generic):
        return value.dtype.kind in "biuU" or value.dtype in (np.float16, np.float32, np.float64)
    return value is None or isinstance(value, str | int | float | bool | dict | list | tuple)
