"""Reading an analyzer from a binary folder of ``.npy``, ``.csv`` and ``.json`` files."""

from __future__ import annotations

import io
import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, MissingDataError, UnsafeDataError
from .source import SPIKE_DTYPE, Entry, Header, Source, StoredExtension, check_spikes, indexed, json_dict
from .stores import Store, checked
from .zarr_format import _broken, make_header

if TYPE_CHECKING:
    import pandas as pd


class FolderSource(Source):
    """An analyzer in a binary folder."""

    format = "binary_folder"

    def __init__(self, store: Store) -> None:
        self.store = store
        self.location = store.name

    def _json(self, key: str, required: bool = False) -> dict[str, Any]:
        data = self.store.read(key)
        if data is None:
            if required:
                raise MissingDataError(f"{self.store.where(key)} is missing.")
            return {}
        try:
            return json_dict(json.loads(data), self.store.where(key))
        except (ValueError, RecursionError) as error:
            if isinstance(error, DamagedDataError):
                raise
            raise DamagedDataError(f"{self.store.where(key)} is not JSON: {error}.") from error

    def _npy(self, key: str) -> npt.NDArray[Any]:
        """Map or read an array; objects are refused by numpy, which is never allowed to unpickle."""
        where = self.store.where(key)
        path = self.store.local_path(key)
        try:
            if path is not None and path.stat().st_size > 0:
                try:
                    return np.load(path, mmap_mode="r", allow_pickle=False)
                except ValueError:
                    # Too short, empty or of objects: reading the bytes tells which.
                    pass
            data = self.store.read(key)
            if data is None:
                raise MissingDataError(f"{where} is missing.")
            return _npy_from_bytes(data)
        except (ValueError, EOFError, OSError, SyntaxError, TypeError, MemoryError) as error:
            if isinstance(error, DamagedDataError):
                raise
            if "allow_pickle" in str(error) or "Python objects in dtype" in str(error):
                raise UnsafeDataError(f"{where} is not read: it holds Python objects; it stays bytes.") from error
            raise DamagedDataError(f"array {where} cannot be read: {error}.") from error

    @cached_property
    def header(self) -> Header:
        """What is known from opening; reads the JSON files and the sparsity mask."""
        sorting = self._json("sorting/numpysorting_info.json", required=True)
        attributes = self._json("recording_info/recording_attributes.json")
        where = self.store.where("sorting/numpysorting_info.json")
        unit_ids = np.asarray(sorting.get("unit_ids", []))
        if unit_ids.dtype.hasobject or (unit_ids.size and unit_ids.dtype.kind not in "iuU"):
            raise DamagedDataError(f"{where}: unit_ids are neither all numbers nor all names.")
        names = self.store.names()
        return make_header(
            unit_ids=unit_ids,
            mask=np.array(self._npy("sparsity_mask.npy")) if "sparsity_mask.npy" in names else None,
            sampling_frequency=sorting.get("sampling_frequency", attributes.get("sampling_frequency")),
            num_segments=sorting.get("num_segments"),
            info=self._json("spikeinterface_info.json"),
            settings=self._json("settings.json"),
            described=any(n in names for n in ("recording.json", "recording.pickle", "recording.pkl")),
            attributes=attributes,
            probegroup=self._json("recording_info/probegroup.json"),
            annotations=self._json("sorting/annotations.json"),
            where=where,
        )

    def spikes(self) -> npt.NDArray[Any]:
        """Return all spikes; see :meth:`Source.spikes`."""
        stored = self._npy("sorting/spikes.npy")
        where = self.store.where("sorting/spikes.npy")
        if stored.dtype.names is None or set(SPIKE_DTYPE.names or ()) - set(stored.dtype.names):
            raise DamagedDataError(f"{where} has dtype {stored.dtype}, expected the fields {SPIKE_DTYPE.names}.")
        spikes = np.empty(len(stored), dtype=SPIKE_DTYPE)
        for name in SPIKE_DTYPE.names or ():
            spikes[name] = stored[name]
        return check_spikes(spikes, self.header, where)

    def property_names(self) -> list[str]:
        """Names of the sorting's properties that can be read."""
        files = [n for n in self.store.names("sorting/properties") if n.endswith(".npy")]
        return [n[:-4] for n in files if self._entry(f"sorting/properties/{n}").kind == "array"]

    def read_property(self, name: str) -> npt.NDArray[Any]:
        """Return a property; see :meth:`Source.read_property`."""
        return np.array(self._npy(f"sorting/properties/{checked(name)}.npy"))

    def extension_names(self) -> list[str]:
        """Names of the extensions that are complete."""
        names = []
        for name in self.store.names("extensions"):
            files = self.store.names(f"extensions/{name}")
            if "params.json" not in files:
                continue
            try:
                completed = self._json(f"extensions/{name}/run_info.json").get("run_completed")
            except DamagedDataError:
                completed = None
            if completed is not False:
                names.append(name)
        return names

    def extension(self, name: str) -> StoredExtension:
        """Return an extension; see :meth:`Source.extension`."""
        folder = f"extensions/{checked(name)}"
        entries = {}
        for file in self.store.names(folder):
            if file not in ("params.json", "info.json", "run_info.json") and "." in file:
                entries[file.rsplit(".", 1)[0]] = self._entry(f"{folder}/{file}")
        return StoredExtension(
            name=name,
            params=self._json(f"{folder}/params.json"),
            info=self._json(f"{folder}/info.json"),
            run_info=self._json(f"{folder}/run_info.json"),
            entries=entries,
        )

    def _entry(self, key: str) -> Entry:
        where = self.store.where(key)
        kind = key.rsplit(".", 1)[-1]
        if kind == "npy":
            try:
                array = self._npy(key)
            except UnsafeDataError as error:
                return Entry.opaque(where, str(error))
            except DamagedDataError as error:
                return _broken(where, error)
            return Entry(
                "array",
                lambda rows: np.array(array if rows is None else array[rows]),
                shape=lambda: array.shape,
                dtype=array.dtype,
                where=where,
            )
        if kind == "csv":
            return Entry("frame", lambda rows: self._csv(key), where=where)
        if kind == "json":
            return Entry("dict", lambda rows: self._json(key), where=where)
        return Entry.opaque(where, f"a .{kind} file would run code when it is loaded; it stays bytes.")

    def _csv(self, key: str) -> pd.DataFrame:
        import pandas as pd

        where = self.store.where(key)
        data = self.store.read(key)
        if data is None:
            raise MissingDataError(f"{where} is missing.")
        try:
            # pandas 3 reads numbers back exactly; pandas 2 has to be asked to.
            exact: Any = {} if int(pd.__version__.split(".")[0]) >= 3 else {"float_precision": "round_trip"}
            frame = pd.read_csv(io.BytesIO(data), index_col=0, dtype={0: str}, **exact)
        except (ValueError, pd.errors.ParserError) as error:
            raise DamagedDataError(f"table {where} cannot be read: {error}.") from error
        frame.index = frame.index.map(str)
        return indexed(frame, self.header.unit_ids, where)


def _npy_from_bytes(data: bytes) -> npt.NDArray[Any]:
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    if dtype.hasobject:
        raise ValueError("Object arrays cannot be loaded when allow_pickle=False")
    needed = int(np.prod([int(n) for n in shape], dtype=object)) * dtype.itemsize if shape else dtype.itemsize
    if needed != len(data) - file.tell():
        raise ValueError(f"its header declares {needed} bytes, {len(data) - file.tell()} follow")
    file.seek(0)
    return np.load(file, allow_pickle=False)
