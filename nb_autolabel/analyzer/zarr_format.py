"""Reading an analyzer from a zarr store (format 2), local, zipped or remote."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import (
    DamagedDataError,
    MissingDataError,
    UnknownFormatError,
    UnsafeDataError,
)
from .codecs import unpack
from .source import (
    SPIKE_DTYPE,
    Entry,
    Header,
    Source,
    StoredExtension,
    check_spikes,
    indexed,
    json_dict,
    legible,
)
from .stores import MAX_JSON, Store, checked, is_inside
from .zarr_array import Rows, ZarrArray

if TYPE_CHECKING:
    import pandas as pd

#: More segments than any recording has; each costs time.
MAX_SEGMENTS = 10_000


class Tree:
    """The metadata of a store: attributes, arrays and children by path.

    Read from ``.zmetadata`` in one go where it is there, else file by file.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._all: dict[str, Any] | None = None
        self._files: dict[str, Any] = {}
        try:
            consolidated = self._json(".zmetadata")
            if consolidated is not None:
                self._all = json_dict(
                    json_dict(consolidated, store.where(".zmetadata")).get("metadata"),
                    store.where(".zmetadata"),
                )
        except DamagedDataError:
            # The file repeats what the others say; where those can be listed, it is not needed.
            if not store.names():
                raise
        self._children: dict[str, set[str]] = {}
        # A key that leads out of the store is no part of the tree.
        for key in filter(is_inside, self._all or ()):
            parts = key.split("/")
            for depth in range(len(parts) - 1):
                self._children.setdefault("/".join(parts[:depth]), set()).add(parts[depth])

    def _json(self, key: str) -> Any:
        data = self.store.read(key, limit=MAX_JSON)
        if data is None:
            return None
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            raise DamagedDataError(f"{self.store.where(key)} is not JSON: {error}.") from error

    def _meta(self, path: str, name: str) -> Any:
        key = f"{path}/{name}" if path else name
        if self._all is not None:
            return self._all.get(key)
        if key not in self._files:
            self._files[key] = self._json(key)
        return self._files[key]

    def attrs(self, path: str) -> dict[str, Any]:
        """Attributes of a group or array, {} if it has none."""
        found = self._meta(path, ".zattrs")
        where = self.store.where(f"{path}/.zattrs" if path else ".zattrs")
        return {} if found is None else json_dict(found, where)

    def has(self, path: str) -> bool:
        """Return True if there is a group or array at the path."""
        return any(self._is_there(path, name) for name in (".zarray", ".zgroup", ".zattrs"))

    def _is_there(self, path: str, name: str) -> bool:
        try:
            return self._meta(path, name) is not None
        except DamagedDataError:
            return True

    def is_array(self, path: str) -> bool:
        """Return True if there is an array at the path."""
        return self._is_there(path, ".zarray")

    def children(self, path: str) -> list[str]:
        """Names of the groups and arrays below a path."""
        if self._all is not None:
            return sorted(self._children.get(path, ()))
        names = [n for n in self.store.names(path) if not n.startswith(".")]
        return [n for n in names if self.has(f"{path}/{n}" if path else n)]

    def array(self, path: str) -> ZarrArray:
        """Return the array at a path.

        Raises
        ------
        MissingDataError, UnsafeDataError, DamagedDataError
        """
        meta = self._meta(path, ".zarray")
        if meta is None:
            raise MissingDataError(f"array {self.store.where(path)} is missing.")
        return ZarrArray(self.store, path, meta)


class ZarrSource(Source):
    """An analyzer in a zarr store."""

    format = "zarr"

    def __init__(self, store: Store) -> None:
        self.store = store
        self.location = store.name
        self.tree = Tree(store)
        root = self.tree.attrs("")
        if not self.tree.has("sorting") and "spikeinterface_info" not in root:
            raise UnknownFormatError(f"{store.name} is a zarr store, but not a SortingAnalyzer.")
        self._root = root

    @cached_property
    def header(self) -> Header:
        """What is known from opening; reads the metadata and the unit ids."""
        tree = self.tree
        info = json_dict(self._root.get("spikeinterface_info", {}), self.store.where(".zattrs"))
        kind = info.get("object", "SortingAnalyzer")
        if kind != "SortingAnalyzer":
            raise UnknownFormatError(f"{self.store.name} holds a {kind}, not a SortingAnalyzer.")
        sorting = tree.attrs("sorting")
        recording = tree.attrs("recording_info")
        attributes = json_dict(
            recording.get("recording_attributes", {}), self.store.where("recording_info/.zattrs")
        )
        where = self.store.where("sorting/.zattrs")
        unit_ids = tree.array("sorting/unit_ids").read()
        mask = tree.array("sparsity_mask").read() if tree.is_array("sparsity_mask") else None
        return make_header(
            unit_ids=unit_ids,
            mask=mask,
            sampling_frequency=sorting.get("sampling_frequency", attributes.get("sampling_frequency")),
            num_segments=sorting.get("num_segments"),
            info=info,
            settings=json_dict(self._root.get("settings", {}), self.store.where(".zattrs")),
            described=tree.is_array("recording"),
            attributes=attributes,
            probegroup=recording.get("probegroup"),
            annotations=sorting.get("annotations") or {},
            where=where,
        )

    def spikes(self) -> npt.NDArray[Any]:
        """Return all spikes; see :meth:`Source.spikes`."""
        samples = self.tree.array("sorting/spikes/sample_index").read()
        units = self.tree.array("sorting/spikes/unit_index").read()
        slices = self.tree.array("sorting/spikes/segment_slices").read()
        where = self.store.where("sorting/spikes")
        for name, column in (("sample_index", samples), ("unit_index", units), ("segment_slices", slices)):
            if column.dtype.kind not in "iu":
                raise DamagedDataError(f"array {where}/{name} is of {column.dtype}, expected integers.")
        if samples.shape != units.shape or samples.ndim != 1:
            raise DamagedDataError(
                f"{where}: sample_index {samples.shape} and unit_index {units.shape} differ."
            )
        if slices.ndim != 2 or slices.shape[1] != 2:
            raise DamagedDataError(
                f"{where}: segment_slices has shape {slices.shape}, expected (segments, 2)."
            )
        spikes = np.empty(len(samples), dtype=SPIKE_DTYPE)
        spikes["sample_index"] = samples
        spikes["unit_index"] = units
        spikes["segment_index"] = -1
        for segment, (start, stop) in enumerate(slices.tolist()):
            spikes["segment_index"][max(start, 0) : max(stop, 0)] = segment
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
        values: npt.NDArray[Any] = self.tree.array(f"sorting/properties/{name}").read()
        return values

    def extension_names(self) -> list[str]:
        """Names of the extensions that are complete."""
        names = []
        for name in self.tree.children("extensions"):
            try:
                attrs = self.tree.attrs(f"extensions/{name}")
            except DamagedDataError:
                # It is there; reading it tells what is wrong.
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
        where = self.store.where(f"{path}/.zattrs")
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
                return Entry("frame", lambda rows: self._frame(path), where=where)
            return Entry.opaque(where, "it is neither an array nor a table.")
        meta = self.tree._meta(path, ".zarray")
        if self.tree.attrs(path).get("dict") and _is_json_array(meta):
            return Entry("dict", lambda rows: self._dict(path, meta), where=where)
        array = self.tree.array(path)
        return Entry("array", array.read, shape=lambda: array.shape, dtype=array.dtype, where=where)

    def _frame(self, path: str) -> pd.DataFrame:
        import pandas as pd

        where = self.store.where(path)
        index = self.tree.array(f"{path}/index").read()
        if index.ndim != 1 or index.dtype.kind not in "iuU":
            raise DamagedDataError(f"array {where}/index is {index.dtype} {index.shape}, expected unit ids.")
        columns = {}
        for name in self.tree.children(path):
            if name == "index":
                continue
            values = _column(self, f"{path}/{name}")
            if values is None:
                continue
            if values.shape != index.shape or values.dtype.kind not in "biufcU":
                raise DamagedDataError(
                    f"array {where}/{name} is {values.dtype} {values.shape}, "
                    f"expected numbers or text of shape {index.shape}."
                )
            columns[name] = legible(values, f"array {where}/{name}")
        index = legible(index, f"array {where}/index")
        return indexed(pd.DataFrame(columns, index=pd.Index(index)), self.header.unit_ids, where)

    def _dict(self, path: str, meta: Any) -> Any:
        # numcodecs' json2 codec: a JSON list of the values, then the dtype, then the shape.
        where = self.store.where(path)
        data = self.store.read(f"{path}/0", limit=MAX_JSON)
        if data is None:
            raise MissingDataError(f"array {where}: chunk 0 is missing.")
        try:
            values = json.loads(unpack(meta.get("compressor"), data, MAX_JSON))
            return values[0]
        except (ValueError, LookupError, TypeError, RecursionError, UnsafeDataError) as error:
            raise DamagedDataError(f"array {where} cannot be read: {error}.") from error


def _is_json_array(meta: Any) -> bool:
    filters = meta.get("filters") if isinstance(meta, dict) else None
    return isinstance(filters, list) and [f.get("id") for f in filters if isinstance(f, dict)] == ["json2"]


def broken(where: str, error: DamagedDataError) -> Entry:
    """Make an entry that says what is wrong when it is read."""

    def fail(rows: Rows) -> Any:
        del rows
        raise error

    return Entry("opaque", fail, where=where, damaged=True)


def _column(source: ZarrSource, path: str) -> Any:
    """Read a table's column; None if it is stored as objects."""
    try:
        return source.tree.array(path).read()
    except UnsafeDataError:
        return None


def make_header(
    *,
    unit_ids: Any,
    mask: npt.NDArray[Any] | None,
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
    """Check what a store says of itself and return it as a header.

    Raises
    ------
    DamagedDataError
        If sizes do not fit each other or a needed value is missing.
    """
    unit_ids = _ids(unit_ids, f"{where}: unit_ids")
    if len(np.unique(unit_ids)) != len(unit_ids):
        raise DamagedDataError(f"{where}: unit ids repeat.")
    if not isinstance(sampling_frequency, int | float) or not 0 < sampling_frequency < 1e12:
        raise DamagedDataError(f"{where}: sampling_frequency is {sampling_frequency!r}.")
    if type(num_segments) is not int or not 1 <= num_segments <= MAX_SEGMENTS:
        raise DamagedDataError(f"{where}: num_segments is {num_segments!r}.")
    channels = attributes.get("channel_ids")
    if channels is None:
        count = mask.shape[1] if mask is not None and mask.ndim == 2 else attributes.get("num_channels")
        if not isinstance(count, int) or not 0 <= count <= 2**24:
            raise DamagedDataError(f"{where}: the channels are not described (recording_info).")
        channels = list(range(count))
    channel_ids = _ids(channels, f"{where}: channel_ids")
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
        sparsity_mask=mask,
        annotations=annotations if isinstance(annotations, dict) else {},
    )


def _ids(values: Any, what: str) -> npt.NDArray[Any]:
    """Return ids as an array of integers or of text.

    Raises
    ------
    DamagedDataError
    """
    try:
        ids = np.asarray(values)
    except (ValueError, OverflowError) as error:
        raise DamagedDataError(f"{what} cannot be read: {error}.") from error
    if ids.ndim != 1 or (ids.size and ids.dtype.kind not in "iuU"):
        raise DamagedDataError(f"{what} is {ids.dtype} {ids.shape}, expected a list of numbers or of names.")
    return legible(ids, what)
