"""Reading an analyzer from a binary folder of ``.npy``, ``.csv`` and ``.json`` files."""

from __future__ import annotations

import io
import json
import math
import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, MissingDataError, UnsafeDataError
from .source import SPIKE_DTYPE, Entry, Header, Source, StoredExtension, check_spikes, indexed, json_dict
from .stores import MAX_JSON, Store, checked
from .zarr_format import broken, make_header

if TYPE_CHECKING:
    import pandas as pd

#: A table of metrics has one row a unit, and no row is longer than this.
CSV_ROW_BYTES = 2**16


class FolderSource(Source):
    """An analyzer in a binary folder."""

    format = "binary_folder"

    def __init__(self, store: Store) -> None:
        self.store = store
        self.location = store.name

    def _json(self, key: str, required: bool = False) -> dict[str, Any]:
        data = self.store.read(key, limit=MAX_JSON)
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
        """Map or read an array; objects are refused before anything is decoded."""
        where = self.store.where(key)
        path = self.store.local_path(key)
        try:
            file = None if path is None else self.store.open(key)
            if file is not None:
                with file:
                    return _array(file, os.fstat(file.fileno()).st_size, where)
            data = self.store.read(key)
            if data is None:
                raise MissingDataError(f"{where} is missing.")
            return _array(io.BytesIO(data), len(data), where)
        except (DamagedDataError, UnsafeDataError):
            raise
        except Exception as error:  # numpy reads the header with Python's parser, which has its own kinds
            raise DamagedDataError(f"array {where} cannot be read: {error}.") from error

    @cached_property
    def header(self) -> Header:
        """What is known from opening; reads the JSON files and the sparsity mask."""
        sorting = self._json("sorting/numpysorting_info.json", required=True)
        attributes = self._json("recording_info/recording_attributes.json")
        where = self.store.where("sorting/numpysorting_info.json")
        if "unit_ids" not in sorting:
            raise MissingDataError(f"{where} has no unit_ids.")
        names = self.store.names()
        return make_header(
            unit_ids=sorting["unit_ids"],
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
            raise DamagedDataError(
                f"{where} has dtype {stored.dtype}, expected the fields {SPIKE_DTYPE.names}."
            )
        for name in SPIKE_DTYPE.names or ():
            column = stored.dtype[name]
            if stored.ndim != 1 or column.kind not in "iu":
                raise DamagedDataError(
                    f"{where} is {stored.dtype} {stored.shape}, expected one row of integers a spike."
                )
        spikes = np.empty(len(stored), dtype=SPIKE_DTYPE)
        for name in SPIKE_DTYPE.names or ():
            spikes[name] = stored[name]
        return check_spikes(spikes, self.header, where)

    def property_names(self) -> list[str]:
        """Names of the sorting's properties, but of those that hold Python objects."""
        files = [n for n in self.store.names("sorting/properties") if n.endswith(".npy") and n[0] != "."]
        entries = {n[:-4]: self._entry(f"sorting/properties/{n}") for n in files}
        return [name for name, entry in entries.items() if entry.kind == "array" or entry.damaged]

    def read_property(self, name: str) -> npt.NDArray[Any]:
        """Return a property; see :meth:`Source.read_property`."""
        return np.array(self._npy(f"sorting/properties/{checked(name)}.npy"))

    def extension_names(self) -> list[str]:
        """Names of the extensions that are complete."""
        return list(self._extension_names)

    @cached_property
    def _extension_names(self) -> list[str]:
        names = []
        for name in self.store.names("extensions"):
            try:
                if "params.json" not in self.store.names(f"extensions/{name}"):
                    continue
            except DamagedDataError:
                # It is there; reading it tells what is wrong.
                names.append(name)
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
        entries: dict[str, Entry] = {}
        for file in self.store.names(folder):
            key = file.rsplit(".", 1)[0]
            if file in ("params.json", "info.json", "run_info.json") or key in ("", file):
                continue
            entry = self._entry(f"{folder}/{file}")
            # A pickle of the same name does not hide what can be read.
            if key not in entries or entries[key].kind == "opaque":
                entries[key] = entry
        return StoredExtension(
            name=name,
            params=self._json(f"{folder}/params.json", required=True),
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
                return broken(where, error)
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
        data = self.store.read(key, limit=CSV_ROW_BYTES * (len(self.header.unit_ids) + 1))
        if data is None:
            raise MissingDataError(f"{where} is missing.")
        try:
            # pandas 3 reads numbers back exactly; pandas 2 has to be asked to.
            exact: Any = {} if int(pd.__version__.split(".")[0]) >= 3 else {"float_precision": "round_trip"}
            frame = pd.read_csv(io.BytesIO(data), index_col=0, dtype={0: str}, **exact)
        except Exception as error:  # pandas and Python's parsers raise many kinds
            raise DamagedDataError(f"table {where} cannot be read: {error}.") from error
        frame.index = frame.index.map(str)
        return indexed(frame, self.header.unit_ids, where)


def _array(file: BinaryIO, size: int, where: str) -> npt.NDArray[Any]:
    """Return the array in an ``.npy`` file of `size` bytes; mapped if it is a file on this machine."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if dtype.hasobject:
        raise UnsafeDataError(f"{where} is not read: it holds Python objects; it stays bytes.")
    declared, there = math.prod(shape) * dtype.itemsize, size - file.tell()
    if declared != there:
        raise DamagedDataError(f"array {where}: its header declares {declared} bytes, {there} follow.")
    order: Literal["C", "F"] = "F" if fortran else "C"
    if isinstance(file, io.BytesIO) or not declared:
        return np.frombuffer(file.read(), dtype).reshape(shape, order=order)
    return np.memmap(file, dtype=dtype, mode="r", offset=file.tell(), shape=shape, order=order)
