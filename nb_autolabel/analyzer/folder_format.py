"""Reading an analyzer from a binary folder of ``.npy``, ``.csv`` and ``.json`` files."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Hashable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, MissingDataError, SourceChangedError, UnsafeDataError
from .checks import indexed, json_dict
from .entry import Entry, Kept, StoredExtension, broken
from .header import Header
from .header_checks import Readable, check_extensions, make_header
from .json_text import parse_json
from .local_file import state_in
from .npy_file import NpyFile, after_header, read_header
from .pickled_text import plain_array
from .recognition import Recognition
from .rows import Rows
from .source import SPIKE_DTYPE, Source, check_spikes
from .store import MAX_JSON, Store, checked

if TYPE_CHECKING:
    import pandas as pd

#: A table of metrics has one row a unit; neither its header nor a row is longer than this.
CSV_HEADER_BYTES, CSV_ROW_BYTES = 2**18, 2**16
#: More metrics than any table has.
MAX_COLUMNS = 10_000
#: Files that are written once, when an analyzer is made.
IDENTITY = ("spikeinterface_info.json", "sorting/numpysorting_info.json")

T = TypeVar("T")


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
        return json_dict(parse_json(data, self.store.where(key)), self.store.where(key))

    def _npy(self, key: str) -> Readable:
        """Open an array; objects are refused before anything is decoded."""
        where = self.store.where(key)
        path = self.store.local_path(key)
        if path is not None:
            return NpyFile(partial(self.store.open, key), where)
        data = self.store.read(key)
        if data is None:
            raise MissingDataError(f"{where} is missing.")
        return NpyBytes(data, where)

    @property
    def has_options(self) -> bool:
        """See :attr:`Source.has_options`."""
        return self.store.has_options

    @cached_property
    def header(self) -> Header:
        """What is known from opening; reads the JSON files and the sparsity mask."""
        about = self._about()
        self._recognition = Recognition(
            self.store,
            watched=IDENTITY,
            spikes=["sorting/spikes.npy"],
            content=self._whose,
            same=_same,
            opened=[json.dumps(one, sort_keys=True) for one in about],
        )
        self._spikes_stamp = self.store.stamp("sorting/spikes.npy")
        return self._header(*about)

    def _about(self) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Read the JSON files that identify the analyzer: of the sorting, the recording and the settings."""
        return (
            self._json("sorting/numpysorting_info.json", required=True),
            self._json("recording_info/recording_attributes.json"),
            self._json("settings.json"),
        )

    def _whose(self) -> list[str]:
        # Compared as text, because NaN is not equal to itself.
        return [json.dumps(one, sort_keys=True) for one in self._about()]

    def _reading(self, key: str, read: Callable[[], T], opened: Hashable = None) -> T:
        """Read a file; raise SourceChangedError if the folder, or the file since the state `opened`, has changed."""
        _ = self.header  # reading it is what opens the folder

        def checked_read() -> T:
            value = read()
            self._check_file(key, opened)
            return value

        try:
            return self._recognition.reading("", checked_read)
        except DamagedDataError:
            self._check_file(key, opened)
            raise

    def _check_file(self, key: str, opened: Hashable) -> None:
        if opened is not None and state_in(self.store.stamp(key)) != state_in(opened):
            raise SourceChangedError(
                f"{self.store.where(key)} has been written again since it was opened. "
                "Open the analyzer again with nbl.load(...)."
            )

    @property
    def version(self) -> Hashable:
        """See :attr:`Source.version`."""
        _ = self.header
        return self._recognition.changes

    def _header(
        self, sorting: dict[str, Any], attributes: dict[str, Any], settings: dict[str, Any]
    ) -> Header:
        where = self.store.where("sorting/numpysorting_info.json")
        if "unit_ids" not in sorting:
            raise MissingDataError(f"{where} has no unit_ids.")
        names = self.store.names()
        check_extensions(self.store, self.store.names("extensions"))
        return make_header(
            unit_ids=sorting["unit_ids"],
            mask=self._npy("sparsity_mask.npy") if "sparsity_mask.npy" in names else None,
            sampling_frequency=sorting.get("sampling_frequency", attributes.get("sampling_frequency")),
            num_segments=sorting.get("num_segments"),
            info=self._json("spikeinterface_info.json"),
            settings=settings,
            described=any(n in names for n in ("recording.json", "recording.pickle", "recording.pkl")),
            attributes=attributes,
            probegroup=self._json("recording_info/probegroup.json"),
            annotations=self._json("sorting/annotations.json") or self._older_annotations(),
            where=where,
        )

    def _older_annotations(self) -> Any:
        """Annotations where SpikeInterface before 0.105 kept them."""
        try:
            return self._json("sorting/si_folder.json").get("annotations")
        except DamagedDataError:
            return None

    def spikes(self) -> npt.NDArray[Any]:
        """Return all spikes; see :meth:`Source.spikes`."""
        _ = self.header
        return self._reading("sorting/spikes.npy", self._spikes, self._spikes_stamp)

    def _spikes(self) -> npt.NDArray[Any]:
        stored = self._npy("sorting/spikes.npy")
        where = self.store.where("sorting/spikes.npy")
        if stored.dtype.names is None or set(SPIKE_DTYPE.names or ()) - set(stored.dtype.names):
            raise DamagedDataError(
                f"{where} has dtype {stored.dtype}, expected the fields {SPIKE_DTYPE.names}."
            )
        for name in SPIKE_DTYPE.names or ():
            column = stored.dtype[name]
            if len(stored.shape) != 1 or column.kind not in "iu":
                raise DamagedDataError(
                    f"{where} is {stored.dtype} {stored.shape}, expected one row of integers a spike."
                )
        values = stored.read(None)
        spikes = np.empty(len(values), dtype=SPIKE_DTYPE)
        for name in SPIKE_DTYPE.names or ():
            spikes[name] = values[name]
        return check_spikes(spikes, self.header, where)

    def property_names(self) -> list[str]:
        """Names of the sorting's properties, but of those that hold Python objects."""
        return self._reading("sorting/properties", self._property_names)

    def _property_names(self) -> list[str]:
        return [n for n, entry in self._properties.items() if entry.kind == "array" or entry.damaged]

    def hidden_properties(self) -> dict[str, npt.NDArray[Any] | None]:
        """Return text and numbers out of pickled arrays; see :meth:`Source.hidden_properties`."""
        hidden = [n for n, entry in self._properties.items() if entry.kind == "opaque" and not entry.damaged]
        return {name: self._out_of_pickle(f"sorting/properties/{name}.npy") for name in hidden}

    def _out_of_pickle(self, key: str) -> npt.NDArray[Any] | None:
        if (self.store.size(key) or 0) > MAX_JSON:
            return None
        data = self.store.read(key) or b""
        values = plain_array(data[after_header(data) :])
        return values if values is not None and len(values) == len(self.header.unit_ids) else None

    @property
    def _properties(self) -> dict[str, Entry]:
        files = [n for n in self.store.names("sorting/properties") if n.endswith(".npy") and n[0] != "."]
        return {n[:-4]: self._entry(f"sorting/properties/{n}") for n in files}

    def read_property(self, name: str) -> npt.NDArray[Any]:
        """Return a property; see :meth:`Source.read_property`."""
        key = f"sorting/properties/{checked(name)}.npy"
        return self._reading(key, lambda: self._npy(key).read(None))

    def extension_names(self) -> list[str]:
        """Names of the extensions that are complete."""
        return list(self._extension_names)

    @cached_property
    def _extension_names(self) -> list[str]:
        return self._reading("extensions", self._complete_extensions)

    def _complete_extensions(self) -> list[str]:
        names = []
        found = self.store.names("extensions")
        check_extensions(self.store, found)
        for name in found:
            try:
                if "params.json" not in self.store.names(f"extensions/{name}"):
                    continue
            except DamagedDataError:
                # List it nevertheless: the user learns what is wrong when it is read.
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
        return self._reading(folder, lambda: self._extension(name, folder))

    def _extension(self, name: str, folder: str) -> StoredExtension:
        entries: dict[str, Entry] = {}
        for file in self.store.names(folder):
            key = file.rsplit(".", 1)[0]
            if file in ("params.json", "info.json", "run_info.json") or key in ("", file):
                continue
            entry = self._entry(f"{folder}/{file}")
            # Where a pickle and a readable file have the same name, the readable file is used.
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
        stamp = self.store.stamp(key)
        if kind == "npy":
            try:
                array = self._npy(key)
            except UnsafeDataError as error:
                return Entry.opaque(where, str(error))
            except DamagedDataError as error:
                return broken(where, error)
            return Entry(
                "array",
                lambda rows: self._reading(key, lambda: array.read(rows), stamp),
                shape=lambda: array.shape,
                dtype=array.dtype,
                where=where,
            )
        if kind == "csv":
            frame = Kept(lambda: self._csv(key), lambda: self.version)
            return Entry("frame", lambda rows: self._reading(key, frame, stamp), where=where)
        if kind == "json":
            return Entry("dict", lambda rows: self._reading(key, lambda: self._json(key), stamp), where=where)
        return Entry.opaque(where, f"a .{kind} file would run code when it is loaded; it stays bytes.")

    def _csv(self, key: str) -> pd.DataFrame:
        import pandas as pd

        where = self.store.where(key)
        data = self.store.read(key, limit=CSV_HEADER_BYTES + CSV_ROW_BYTES * len(self.header.unit_ids))
        if data is None:
            raise MissingDataError(f"{where} is missing.")
        columns = max((line.count(b",") for line in data.splitlines()), default=0)
        if columns > MAX_COLUMNS:
            raise DamagedDataError(f"table {where} has {columns} columns, more than {MAX_COLUMNS}.")
        try:
            # pandas 3 reads numbers back exactly; pandas 2 has to be asked to.
            exact: Any = {} if int(pd.__version__.split(".")[0]) >= 3 else {"float_precision": "round_trip"}
            # A unit may be called "NA" or "": its id is text, never a missing value.
            frame = pd.read_csv(io.BytesIO(data), index_col=0, dtype={0: str}, **exact)
            frame.index = pd.Index(
                pd.read_csv(io.BytesIO(data), usecols=[0], dtype=str, na_filter=False).iloc[:, 0]
            )
        except Exception as error:  # pandas and Python's parsers raise many kinds
            raise DamagedDataError(f"table {where} cannot be read: {error}.") from error
        return indexed(frame, self.header.unit_ids, where)


def _same(opened: list[str], now: list[str], part: str) -> bool:
    # A binary folder has no common metadata file; each file is compared by its own state.
    return bool(part) or opened == now


class NpyBytes:
    """An ``.npy`` file that is in memory already; offers what :class:`NpyFile` offers."""

    def __init__(self, data: bytes, where: str) -> None:
        file = io.BytesIO(data)
        self.shape, fortran, self.dtype = read_header(file, len(data), where)
        values = (
            np.frombuffer(data, self.dtype, offset=file.tell())
            if 0 not in self.shape
            else np.empty(0, self.dtype)
        )
        self._values = values.reshape(self.shape, order="F" if fortran else "C")

    def read(self, rows: Rows = None) -> npt.NDArray[Any]:
        """Return a copy of the array, or of some rows."""
        return np.array(self._values if rows is None else self._values[rows])
