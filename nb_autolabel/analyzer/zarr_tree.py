"""The metadata of a zarr store (format 2), read from the consolidated file or file by file."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ..errors import DamagedDataError, MissingDataError
from .checks import json_dict
from .header_checks import check_extensions
from .json_text import parse_json
from .store import MAX_DEPTH, MAX_JSON, MAX_KEY, Store, is_inside
from .zarr_array import ZarrArray

#: More keys than the metadata of any analyzer have (thousands of channels have a PCA model each).
MAX_KEYS = 200_000
#: Files of metadata in an array or group.
_METADATA = frozenset((".zarray", ".zattrs", ".zgroup"))


class Tree:
    """The metadata of a store of format 2: attributes, arrays and children by path.

    Read from ``.zmetadata`` in one go where it is there, else file by file.
    """

    #: The file that is written last, whatever is stored; and the one with the attributes of the root.
    consolidated_in, root_in = ".zmetadata", ".zattrs"

    def __init__(self, store: Store) -> None:
        self.store = store
        self._all: dict[str, Any] | None = None
        self._files: dict[str, Any] = {}
        self._arrays: dict[str, ZarrArray] = {}
        try:
            consolidated = self._json(".zmetadata")
            if consolidated is not None:
                where = store.where(".zmetadata")
                self._all = json_dict(json_dict(consolidated, where).get("metadata"), where)
        except DamagedDataError:
            # The same metadata lie in single files; where the store can list these, they are used instead.
            if not store.names():
                raise
        self._children: dict[str, set[str]] = {}
        self._enter_all()
        check_extensions(store, sorted(self._children.get("extensions", ())))

    def __getstate__(self) -> dict[str, Any]:
        # In another process, arrays are described again: what is sent stays small.
        return {**self.__dict__, "_arrays": {}}

    def _enter_all(self) -> None:
        if len(self._all or ()) > MAX_KEYS:
            raise DamagedDataError(
                f"{self.store.where(self.consolidated_in)} has {len(self._all or ())} keys, more than {MAX_KEYS}."
            )
        entered: set[str] = set()
        for key in self._all or ():
            # Of the files of one array or group the names differ, and the way to them is entered once.
            above, _, name = key.rpartition("/")
            if above not in entered or name not in _METADATA:
                self._enter(key)
                entered.add(above)

    def _enter(self, key: str) -> None:
        """Note which groups and arrays a key of the consolidated metadata lies below.

        Raises
        ------
        DamagedDataError
            For a key that is longer or deeper than any name of an analyzer.
        """
        if len(key) > MAX_KEY or key.count("/") >= MAX_DEPTH:
            raise DamagedDataError(
                f"{self.store.where(self.consolidated_in)} has the key '{key[:40]}...' of {len(key)} characters and "
                f"{key.count('/') + 1} parts; at most {MAX_KEY} and {MAX_DEPTH} are read."
            )
        # A key that leads out of the store is no part of the tree.
        if is_inside(key):
            above = key.rpartition("/")[0]
            # What lies above a known folder is known too.
            while above:
                before, _, name = above.rpartition("/")
                known = self._children.setdefault(before, set())
                if name in known:
                    break
                known.add(name)
                above = before

    def _json(self, key: str) -> Any:
        data = self.store.read(key, limit=MAX_JSON)
        return None if data is None else parse_json(data, self.store.where(key))

    def below(self, path: str) -> dict[str, Any]:
        """Metadata of everything below a path, by key; only as far as consolidated."""
        return {key: meta for key, meta in (self._all or {}).items() if key.startswith(f"{path}/")}

    def as_stored(self, path: str, name: str) -> Any:
        """Read a file of metadata again from the store, bypassing the consolidated metadata."""
        return self._json(f"{path}/{name}")

    def meta(self, path: str, name: str) -> Any:
        """Return a file of metadata (``.zarray``, ``.zattrs``) of a group or array; None if it has none."""
        key = f"{path}/{name}" if path else name
        if self._all is not None:
            return self._all.get(key)
        if key not in self._files:
            self._files[key] = self._json(key)
        return self._files[key]

    def attrs(self, path: str) -> dict[str, Any]:
        """Attributes of a group or array, {} if it has none."""
        found = self.meta(path, ".zattrs")
        return {} if found is None else json_dict(found, self.store.where(self.attributes_in(path)))

    def attributes_in(self, path: str) -> str:
        """Return the key of the file with the attributes of a group or array."""
        return f"{path}/.zattrs" if path else ".zattrs"

    def has(self, path: str) -> bool:
        """Return True if there is a group or array at the path."""
        return any(self._is_there(path, name) for name in (".zarray", ".zgroup", ".zattrs"))

    def _is_there(self, path: str, name: str) -> bool:
        try:
            return self.meta(path, name) is not None
        except DamagedDataError:
            return True

    def is_array(self, path: str) -> bool:
        """Return True if there is an array at the path."""
        return self._is_there(path, ".zarray")

    def children(self, path: str) -> list[str]:
        """Names of the groups and arrays below a path."""
        if self._all is not None:
            return sorted(self._children.get(path, ()))
        names = [n for n in self.store.names(path) if not n.startswith(".") and n != self.root_in]
        if path == "extensions":
            check_extensions(self.store, names)
        return [n for n in names if self.has(f"{path}/{n}" if path else n)]

    def array(self, path: str) -> ZarrArray:
        """Return the array at a path.

        Raises
        ------
        MissingDataError, UnsafeDataError, DamagedDataError
        """
        meta = self.meta(path, ".zarray")
        if meta is None:
            raise MissingDataError(f"array {self.store.where(path)} is missing.")
        return self._opened(path, meta)

    def _opened(self, path: str, meta: Any) -> ZarrArray:
        # The columns of a table are described alike; by their text, since 1, 1.0 and True are equal.
        text = repr(meta)
        known = self._arrays.get(text)
        if known is None:
            known = self._arrays[text] = ZarrArray(self.store, path, meta, whole=self._by_spikeinterface)
        return known if known.path == path else known.at(path)

    def first_chunk(self, path: str) -> str:
        """Return the key of the chunk where an array of one axis begins; none has to be there."""
        return f"{path}/0"

    @cached_property
    def _by_spikeinterface(self) -> bool:
        return "spikeinterface_info" in self.attrs("")

    @property
    def is_consolidated(self) -> bool:
        """Return True if all metadata come from one file."""
        return self._all is not None
