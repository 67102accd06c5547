"""Finding the store for a path or an address: a folder, a zip file, a remote place."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path
from typing import Any

from ..errors import AnalyzerNotFoundError, UnknownFormatError
from .address import address_of, without_secrets
from .folder_store import FolderStore
from .local_file import absolute
from .store import Store
from .zip_store import ZipStore

_ACCEPTED = (
    "Give a .zarr folder, a binary folder, a .zarr.zip, the folder of Kilosort or phy, or a table of metrics "
    "(.csv, .tsv, .parquet)."
)


def open_store(source: str | os.PathLike[str], storage_options: dict[str, Any] | None = None) -> Store:
    """Return the store for a path or an address.

    Raises
    ------
    AnalyzerNotFoundError
        If nothing is there.
    UnknownFormatError
        If it is a file that is not a zip, or an address of a protocol that is not opened.
    """
    text = os.fsdecode(source)
    if address_of(text) is not None:
        from .remote_store import RemoteStore  # its libraries take time to load

        return RemoteStore(text, storage_options)
    try:
        path = absolute(
            Path(re.sub(r"^\s*file://(localhost(?=/))?", "", text, flags=re.IGNORECASE)).expanduser()
        )
        if path.is_dir():
            return FolderStore(path)
        there = path.exists()
    except (OSError, RuntimeError) as error:  # a name that is too long, nobody's home
        raise AnalyzerNotFoundError(
            f"nothing can be opened at {without_secrets(text)[:200]!r}: {error.args[-1]}."
        ) from error
    if not there:
        slashes = re.match(r"\s*[A-Za-z][A-Za-z0-9+.\-]+:/[^/]", text)
        hint = " An address is given as text, with two slashes." if slashes else ""
        raise AnalyzerNotFoundError(f"there is nothing at {without_secrets(str(path))}.{hint} {_ACCEPTED}")
    if not path.is_file() or not zipfile.is_zipfile(path):
        raise UnknownFormatError(f"{path} is neither a folder nor a zip file. {_ACCEPTED}")
    return ZipStore(path)
