"""Reading an analyzer from a zarr store (format 2 or 3), local, zipped or remote."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Hashable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from ..errors import (
    AutolabelError,
    DamagedDataError,
    MissingDataError,
    SourceChangedError,
    UnknownFormatError,
    UnsafeDataError,
)
from .checks import as_ids, indexed, json_dict, legible
from .chunk_selection import read_together
from .codecs import unpack
from .entry import Entry, Kept, StoredExtension, broken
from .header import Header
from .header_checks import MAX_SEGMENTS, make_header
from .json_text import parse_json
from .recognition import Recognition
from .rows import Rows
from .source import METRIC_EXTENSIONS, SPIKE_DTYPE, Source, check_spikes
from .store import MAX_JSON, Store, checked
from .zarr_array import ZarrArray
from .zarr_recognition import SPIKE_ARRAYS, check_ids, read_unit_ids, recognition_of
from .zarr_tree import Tree

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")

#: Compression of the times of many spikes is worse than this, because the times differ.
SPIKE_BACKING = 64


class ZarrSource(Source):
    """An analyzer in a zarr store.

    Parameters
    ----------
    store : Store
    format : type, default: Tree
        Of its metadata: those of format 2 or 3.
    """

    format = "zarr"

    def __init__(self, store: Store, format: type[Tree] = Tree) -> None:
        self.store = store
        self.location = store.name
        before = store.stamp(format.consolidated_in)
        self.tree = format(store)
        root = self.tree.attrs("")
        if not self.tree.has("sorting") and "spikeinterface_info" not in root:
            raise UnknownFormatError(f"{store.name} is a zarr store, but not a SortingAnalyzer.")
        self._root, self._before = root, before

    @property
    def has_options(self) -> bool:
        """See :attr:`Source.has_options`."""
        return self.store.has_options

    @cached_property
    def header(self) -> Header:
        """What is known from opening; reads the metadata and the unit ids."""
        header = self._header()
        self._recognition: Recognition = recognition_of(self.store, self.tree, header.unit_ids)
        if self.store.stamp(self.tree.consolidated_in) != self._before:
            raise SourceChangedError(f"{self.store.name} was written to while it was opened. Open it again.")
        return header

    def _header(self) -> Header:
        tree = self.tree
        info = json_dict(self._root.get("spikeinterface_info", {}), self.store.where(tree.attributes_in("")))
        kind = info.get("object", "SortingAnalyzer")
        if kind != "SortingAnalyzer":
            raise UnknownFormatError(f"{self.store.name} holds a {str(kind)[:100]}, not a SortingAnalyzer.")
        sorting = tree.attrs("sorting")
        recording = tree.attrs("recording_info")
        attributes = json_dict(
            recording.get("recording_attributes", {}), self.store.where(tree.attributes_in("recording_info"))
        )
        where = self.store.where(tree.attributes_in("sorting"))
        unit_ids = read_unit_ids(tree)
        return make_header(
            unit_ids=unit_ids,
            mask=tree.array("sparsity_mask") if tree.is_array("sparsity_mask") else None,
            sampling_frequency=sorting.get("sampling_frequency", attributes.get("sampling_frequency")),
            num_segments=sorting.get("num_segments"),
            info=info,
            settings=json_dict(self._root.get("settings", {}), self.store.where(tree.attributes_in(""))),
            described=tree.is_array("recording"),
            attributes=attributes,
            probegroup=recording.get("probegroup"),
            annotations=sorting.get("annotations") or {},
            where=where,
        )

    def _reading(self, path: str, read: Callable[[], T]) -> T:
        """Return what is read at a path, if the store is still what was opened."""
        _ = self.header  # remembers the state of the store at opening
        return self._recognition.reading(path, read)

    @cached_property
    def _may_keep(self) -> bool:
        """Whether chunks may be kept: it must show in the state of a file, or in the metadata, when they are written."""
        return self.store.stamp("") is not None or self.tree.is_consolidated

    @property
    def version(self) -> Hashable:
        """See :attr:`Source.version`."""
        _ = self.header
        return self._recognition.changes

    def spikes(self) -> npt.NDArray[Any]:
        """Return all spikes; see :meth:`Source.spikes`."""
        return self._reading("sorting/spikes", self._spikes)

    def _spikes(self) -> npt.NDArray[Any]:
        where = self.store.where("sorting/spikes")
        samples, units, slices = (self.tree.array(f"sorting/spikes/{name}") for name in SPIKE_ARRAYS)
        for name, array in zip(SPIKE_ARRAYS, (samples, units, slices), strict=True):
            if array.dtype.kind not in "iu":
                raise DamagedDataError(f"array {where}/{name} is of {array.dtype}, expected integers.")
        if samples.shape != units.shape or len(samples.shape) != 1:
            raise DamagedDataError(
                f"{where}: sample_index {samples.shape} and unit_index {units.shape} differ."
            )
        if len(slices.shape) != 2 or slices.shape[1] != 2:
            raise DamagedDataError(
                f"{where}: segment_slices has shape {slices.shape}, expected (segments, 2)."
            )
        if slices.shape[0] > MAX_SEGMENTS:
            raise DamagedDataError(f"{where}: segment_slices is of {slices.shape[0]} segments.")
        # Refuse false claims before memory is taken: the table of spikes needs three times as much as one array.
        samples.check_claim(SPIKE_BACKING)
        units.check_claim()
        spikes = np.empty(samples.shape[0], dtype=SPIKE_DTYPE)
        stored, spikes["sample_index"], spikes["unit_index"] = read_together([slices, samples, units])
        edges = stored.tolist()
        spikes["segment_index"] = -1
        done = 0
        for segment, (start, stop) in enumerate(edges):
            if start == stop:
                continue
            if not done <= start < stop <= len(spikes):
                raise DamagedDataError(
                    f"{where}: segment_slices has rows {start} to {stop} for segment {segment}, "
                    f"expected from {done} to at most {len(spikes)}."
                )
            spikes["segment_index"][start:stop] = segment
            done = stop
        return check_spikes(spikes, self.header, where)

    def property_names(self) -> list[str]:
        """Names of the sorting's properties, but of those that hold Python objects."""
        return [n for n, entry in self._properties().items() if entry.kind == "array" or entry.damaged]

    def hidden_properties(self) -> dict[str, npt.NDArray[Any] | None]:
        """Return the names of properties that hold Python objects; see :meth:`Source.hidden_properties`."""
        return {
            n: None for n, entry in self._properties().items() if entry.kind != "array" and not entry.damaged
        }

    def _properties(self) -> dict[str, Entry]:
        names = self.tree.children("sorting/properties")
        return {name: self._entry(f"sorting/properties/{name}") for name in names}

    def read_property(self, name: str) -> npt.NDArray[Any]:
        """Return a property; see :meth:`Source.read_property`."""
        path = f"sorting/properties/{name}"
        return self._reading(path, lambda: self.tree.array(path).read())

    def extension_names(self) -> list[str]:
        """Names of the extensions that are complete."""
        names = []
        for name in self.tree.children("extensions"):
            try:
                attrs = self.tree.attrs(f"extensions/{name}")
            except DamagedDataError:
                # List it nevertheless: the user learns what is wrong when it is read.
                names.append(name)
                continue
            run_info = attrs.get("run_info")
            if "params" in attrs and not (
                isinstance(run_info, dict) and run_info.get("run_completed") is False
            ):
                names.append(name)
        return names

    def extension(self, name: str) -> StoredExtension:
        """Return an extension; see :meth:`Source.extension`."""
        path = f"extensions/{checked(name)}"
        attrs = self.tree.attrs(path)
        where = self.store.where(self.tree.attributes_in(path))
        return StoredExtension(
            name=name,
            params=json_dict(attrs.get("params") or {}, where),
            info=json_dict(attrs.get("info") or {}, where),
            run_info=json_dict(attrs.get("run_info") or {}, where),
            entries={child: self._entry(f"{path}/{child}") for child in self.tree.children(path)},
        )

    def _entry(self, path: str) -> Entry:
        where = self.store.where(path)
        try:
            return self._readable(path, where)
        except UnsafeDataError as error:
            return Entry.opaque(where, str(error))
        except DamagedDataError as error:
            return broken(where, error)

    def _readable(self, path: str, where: str) -> Entry:
        if not self.tree.is_array(path):
            if self.tree.attrs(path).get("dataframe"):
                frame = Kept(lambda: self._frame(path), lambda: self.version)
                return Entry("frame", lambda rows: self._reading(path, frame), where=where)
            return Entry.opaque(where, "it is neither an array nor a table.")
        meta = self.tree.meta(path, ".zarray")
        if self.tree.attrs(path).get("dict") and _is_json_array(meta):
            return Entry(
                "dict", lambda rows: self._reading(path, lambda: self._dict(path, meta)), where=where
            )
        array = self.tree.array(path)
        if self.tree.attrs(path).get("dict") and array.dtype.kind == "U" and math.prod(array.shape) == 1:
            return Entry("dict", lambda rows: self._reading(path, lambda: _json_in(array)), where=where)
        cached = self._may_keep

        def read(rows: Rows) -> Any:
            return self._reading(path, lambda: array.read(rows, cached=cached))

        dtype = None if array.any_length else array.dtype
        return Entry("array", read, shape=lambda: array.shape, dtype=dtype, where=where)

    def _frame(self, path: str) -> pd.DataFrame:
        import pandas as pd

        index, columns = self._table(path)
        frame = pd.DataFrame(columns, index=pd.Index(index))
        return indexed(frame, self.header.unit_ids, self.store.where(path))

    def metric_columns(self) -> dict[str, npt.NDArray[Any]] | None:
        """Return all metrics as arrays; see :meth:`Source.metric_columns`."""
        unit_ids = self.header.unit_ids
        found: dict[str, npt.NDArray[Any]] = {}
        try:
            there = self.extension_names()
            for name in (each for each in METRIC_EXTENSIONS if each in there):
                path = f"extensions/{name}/metrics"
                if self.tree.is_array(path) or not self.tree.attrs(path).get("dataframe"):
                    return None
                index, columns = self._reading(path, partial(self._table, path))
                if (index.dtype.kind == "U") != (unit_ids.dtype.kind == "U") or not np.array_equal(
                    index, unit_ids
                ):
                    return None
                for key, values in columns.items():
                    if values.dtype.kind not in "iuf" or not values.dtype.isnative:
                        return None
                    kept = values if values.dtype.kind in "iu" else values.astype(np.float64, copy=False)
                    found.setdefault(key, kept)
        except AutolabelError:
            # The same is found, and said, where they are read as tables.
            return None
        return found or None

    def _table(self, path: str) -> tuple[npt.NDArray[Any], dict[str, npt.NDArray[Any]]]:
        """Read a table: the ids of its rows, and its columns."""
        where = self.store.where(path)
        arrays = self._columns_of(path)
        index_array = self.tree.array(f"{path}/index")
        check_ids(index_array, f"array {where}/index")
        for name, array in arrays.items():
            if array.shape != index_array.shape or array.dtype.kind not in "biufcU":
                raise DamagedDataError(
                    f"array {where}/{name} is {array.dtype} {array.shape}, "
                    f"expected numbers or text of shape {index_array.shape}."
                )
        ids, *values = read_together([index_array, *arrays.values()])
        index = as_ids(ids, f"array {where}/index")
        columns = {
            name: legible(column, f"array {where}/{name}")
            for name, column in zip(arrays, values, strict=True)
        }
        return index, columns

    def _columns_of(self, path: str) -> dict[str, ZarrArray]:
        """Return the arrays of a table's columns, but of those that hold Python objects."""
        arrays = {}
        for name in self._columns(path):
            with contextlib.suppress(UnsafeDataError):
                arrays[name] = self.tree.array(f"{path}/{name}")
        return arrays

    def _columns(self, path: str, below: str = "") -> list[str]:
        """Names of a table's columns; that of "signal/noise" lies in a group "signal"."""
        names = []
        for child in self.tree.children(f"{path}/{below}".rstrip("/")):
            name = below + child
            if name == "index":
                continue
            deeper = [] if self.tree.is_array(f"{path}/{name}") else self._columns(path, f"{name}/")
            names += deeper or [name]
        return names

    def _dict(self, path: str, meta: Any) -> Any:
        # numcodecs' json2 codec: a JSON list of the values, then the dtype, then the shape.
        where = self.store.where(path)
        data = self.store.read(f"{path}/0", limit=MAX_JSON)
        if data is None:
            raise MissingDataError(f"array {where}: chunk 0 is missing.")
        try:
            return parse_json(unpack(meta.get("compressor"), data, MAX_JSON), "its chunk 0")[0]
        except (ValueError, LookupError, TypeError) as error:
            raise DamagedDataError(f"array {where} cannot be read: {error}.") from error


def _json_in(array: ZarrArray) -> Any:
    """Return a dictionary that is stored as one text of JSON: format 3 has no arrays of Python objects."""
    text = str(array.read().reshape(())[()])
    return parse_json(text.encode("utf-8", "surrogatepass"), f"array {array.where}")


def _is_json_array(meta: Any) -> bool:
    filters = meta.get("filters") if isinstance(meta, dict) else None
    return isinstance(filters, list) and [f.get("id") for f in filters if isinstance(f, dict)] == ["json2"]
