"""The metadata of a zarr store of format 3: one ``zarr.json`` a group or array, or all of them in that of the root."""

from __future__ import annotations

from typing import Any

from ..errors import DamagedDataError, UnsafeDataError
from .checks import json_dict
from .codecs import shortened
from .header_checks import check_extensions
from .json_text import parse_json
from .store import MAX_JSON, Store
from .zarr3_array import ZarrArray3, check_understood
from .zarr_array import ZarrArray
from .zarr_tree import Tree

#: The file with the description of a group or array.
NODE = "zarr.json"
_GROUP = ("zarr_format", "node_type", "attributes", "consolidated_metadata")


class Tree3(Tree):
    """The metadata of a store of format 3, asked for in the terms of format 2: ``.zarray`` and ``.zattrs`` of a path."""

    consolidated_in = root_in = NODE

    def __init__(self, store: Store) -> None:
        self.store = store
        self._files: dict[str, Any] = {}
        self._children: dict[str, set[str]] = {}
        self._all: dict[str, Any] | None = None
        root = self._json(NODE)
        self._root = None if root is None else self._checked(root, NODE)
        consolidated = (self._root or {}).get("consolidated_metadata")
        if consolidated is not None:
            where = f"consolidated_metadata of {store.where(NODE)}"
            consolidated = json_dict(consolidated, where)
            if consolidated.get("kind", "inline") != "inline":
                raise DamagedDataError(
                    f"{where} is of kind {shortened(consolidated['kind'])}, expected inline."
                )
            nodes = json_dict(consolidated.get("metadata"), where)
            self._all = {f"{path}/{NODE}": node for path, node in nodes.items()}
        self._enter_all()
        check_extensions(store, sorted(self._children.get("extensions", ())))

    def _json(self, key: str) -> Any:
        data, where = self.store.read(key, limit=MAX_JSON), self.store.where(key)
        return None if data is None else json_dict(parse_json(data, where), where)

    def _checked(self, node: Any, key: str) -> dict[str, Any]:
        """Return the description of a group or array.

        Raises
        ------
        DamagedDataError
            If it is none of format 3.
        """
        where = self.store.where(key)
        found = json_dict(node, where)
        version, kind = found.get("zarr_format"), found.get("node_type")
        if type(version) is not int or version != 3:
            raise DamagedDataError(f"{where}: zarr_format {shortened(version)} is not 3.")
        if kind not in ("group", "array"):
            raise DamagedDataError(f"{where}: node_type {shortened(kind)} is neither group nor array.")
        if kind == "group":
            try:
                check_understood(found, _GROUP)
            except UnsafeDataError as error:
                raise DamagedDataError(f"{where}: {error}") from error
        return found

    def _node(self, path: str) -> dict[str, Any] | None:
        """Return the description of a group or array; None if there is none."""
        if not path:
            return self._root
        key = f"{path}/{NODE}"
        if self._all is None and key not in self._files:
            self._files[key] = self._json(key)
        node = (self._files if self._all is None else self._all).get(key)
        return None if node is None else self._checked(node, key)

    def meta(self, path: str, name: str) -> Any:
        """Return the description of an array (``.zarray``) or the attributes (``.zattrs``); None if there are none."""
        node = self._node(path)
        if node is None:
            return None
        if name == ".zattrs":
            return node.get("attributes")
        return node if node["node_type"] == {".zarray": "array", ".zgroup": "group"}[name] else None

    def as_stored(self, path: str, name: str) -> Any:
        """Read the description of an array again from the store, bypassing the consolidated metadata."""
        del name
        return self._json(f"{path}/{NODE}")

    def attributes_in(self, path: str) -> str:
        """Return the key of the file with the attributes of a group or array."""
        return f"{path}/{NODE}" if path else NODE

    def _opened(self, path: str, meta: Any) -> ZarrArray:
        return ZarrArray3(self.store, path, meta)

    def first_chunk(self, path: str) -> str:
        """Return the key of the chunk where an array of one axis begins; none has to be there."""
        try:
            return self.array(path).first_chunk
        except (DamagedDataError, UnsafeDataError):
            return f"{path}/c/0"
