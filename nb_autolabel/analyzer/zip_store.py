"""A zip file as a store."""

from __future__ import annotations

import zipfile
from collections.abc import Hashable
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import DamagedDataError, LinkedOutsideError
from .local_file import stamp_of
from .store import Store, checked, is_inside, is_name
from .zip_archive import ZipArchive, children, is_link

#: A member of a zip file larger than this ...
ZIP_BYTES = 2**28
#: ... may not unpack to more than this many times its packed size.
ZIP_RATIO = 200


class ZipStore(Store):
    """A zip file; its store may lie at the root or in the one folder at the root."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._archive = ZipArchive(path)
        self._infos  # noqa: B018 (a file that is no zip is told now)

    def __getstate__(self) -> dict[str, Any]:
        return {"name": self.name, "_archive": self._archive}

    @cached_property
    def _infos(self) -> dict[str, zipfile.ZipInfo]:
        infos = {n: i for n, i in self._archive.members().items() if is_inside(n)}
        tops = {name.split("/", 1)[0] for name in infos if not name.startswith("__MACOSX/")}
        prefix = ""
        if len(tops) == 1 and not any("/" not in name for name in infos):
            prefix = next(iter(tops)) + "/"
        return {n[len(prefix) :]: i for n, i in infos.items() if n.startswith(prefix)}

    @cached_property
    def _names(self) -> list[str]:
        return sorted(self._infos)

    @cached_property
    def _links(self) -> frozenset[str]:
        return frozenset(name for name, info in self._infos.items() if is_link(info))

    def _refuse_links(self, key: str) -> None:
        parts = key.split("/") if self._links else []
        for depth in range(1, len(parts) + 1):
            if (link := "/".join(parts[:depth])) in self._links:
                raise LinkedOutsideError(
                    f"{self.where(link)} is a link in the archive, which is not followed. Zip the files themselves."
                )

    def _read(self, key: str) -> bytes | None:
        self._refuse_links(checked(key))
        info = self._infos.get(key)
        if info is None:
            return None
        if info.file_size > max(ZIP_BYTES, ZIP_RATIO * info.compress_size):
            raise DamagedDataError(
                f"{self.where(key)} claims to unpack from {info.compress_size} to {info.file_size} bytes; refused."
            )
        return self._archive.unpacked(info, self.where(key))

    def names(self, key: str = "") -> list[str]:
        """Names below a folder; see :meth:`Store.names`."""
        self._refuse_links(key)
        return [n for n in children(self._names, key) if is_name(n)]

    def stamp(self, key: str) -> Hashable:
        """Return the state of the zip file, whatever the member; see :meth:`Store.stamp`."""
        del key
        return stamp_of(Path(self.name))

    def size(self, key: str) -> int | None:
        """Return a member's unpacked size; see :meth:`Store.size`."""
        info = self._infos.get(checked(key))
        return None if info is None else info.file_size
