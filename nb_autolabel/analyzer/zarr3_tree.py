"""The metadata of a zarr store of format 3: one ``zarr.json`` a group or array, or all of them in that of the root."""

from __future__ import annotations

from typing import Any

from ..errors import MissingDataError
from .checks import json_dict
from .header_checks import check_extensions
from .store import MAX_JSON, Store
from .zarr3_array import ZarrArray3
from .zarr_array import ZarrArray
from .zarr_tree import Tree

_FILE = "zarr.json"


def is_format_3(store: Store) -> bool:
    """Whether a store is of format 3; one that has the metadata of both formats is read as format 2."""
    return store.read(".zgroup", MAX_JSON) is None and store.size(".zmetadata") is None


def open_tree(store: Store) -> Tree:
    """Return the metadata of a zarr store.

    Raises
    ------
    DamagedDataError
    """
    return Tree3(store) if is_format_3(store) else Tree(store)


class Tree3(Tree):
    """The metadata of a store of format 3, in the terms of format 2: ``.zarray`` and ``.zattrs`` of each path."""

    consolidated_in = root_in = _FILE

    def __init__(self, store: Store) -> None:
        self.store = store
        self._files: dict[str, Any] = {}
        self._children: dict[str, set[str]] = {}
        self._all: dict[str, Any] | None = None
        where = store.where(_FILE)
        root = self._json(_FILE)
        self._root = {} if root is None else json_dict(root, where)
        consolidated = self._root.get("consolidated_metadata")
        if isinstance(consolidated, dict):
            nodes = json_dict(consolidated.get("metadata"), where)
            self._all = {f"{path}/{_FILE}": node for path, node in nodes.items()}
        self._enter_all()
        check_extensions(store, sorted(self._children.get("extensions", ())))

    def _node(self, path: str) -> dict[str, Any] | None:
        """Return the description of a group or array; None if there is none."""
        if not path:
            return self._root
        key = f"{path}/{_FILE}"
        if self._all is not None:
            node = self._all.get(key)
        else:
            if key not in self._files:
                self._files[key] = self._json(key)
            node = self._files[key]
        return None if node is None else json_dict(node, self.store.where(key))

    def meta(self, path: str, name: str) -> Any:
        """Return the description of an array (``.zarray``) or the attributes (``.zattrs``); None if there are none."""
        node = self._node(path)
        if node is None:
            return None
        if name == ".zarray":
            return node if node.get("node_type") == "array" else None
        if name == ".zgroup":
            return node if node.get("node_type") == "group" else None
        return node.get("attributes") or None

    def as_stored(self, path: str, name: str) -> Any:
        """Read the description of an array again from the store, bypassing the consolidated metadata."""
        del name
        return self._json(f"{path}/{_FILE}")

    def children(self, path: str) -> list[str]:
        """Names of the groups and arrays below a path."""
        if self._all is not None:
            return sorted(self._children.get(path, ()))
        names = [n for n in self.store.names(path) if n != _FILE and not n.startswith(".")]
        if path == "extensions":
            check_extensions(self.store, names)
        return [n for n in names if self.has(f"{path}/{n}" if path else n)]

    def first_chunk(self, path: str) -> str:
        """Return the key of the chunk where an array of one axis begins; none has to be there."""
        return self.array(path).first_chunk if self.is_array(path) else f"{path}/c/0"

    def array(self, path: str) -> ZarrArray:
        """Return the array at a path.

        Raises
        ------
        MissingDataError, UnsafeDataError, DamagedDataError
        """
        meta = self.meta(path, ".zarray")
        if meta is None:
            raise MissingDataError(f"array {self.store.where(path)} is missing.")
        return ZarrArray3(self.store, path, meta)
