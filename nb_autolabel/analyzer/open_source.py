"""Opening what an analyzer reads from, by the format of what is there."""

from __future__ import annotations

from pathlib import Path

from ..errors import DamagedDataError, UnknownFormatError
from .folder_format import FolderSource
from .source import Source
from .store import MAX_JSON, Store
from .stores import open_store
from .zarr_format import ZarrSource


def open_source(path: Path) -> Source:
    """Return the source for a path on this machine.

    An address is opened by :func:`nb_autolabel.load` itself: what opens it would otherwise stand in one frame more
    of the traceback of an error.

    Raises
    ------
    AnalyzerNotFoundError, UnknownFormatError, DamagedDataError
        See :func:`nb_autolabel.load`.
    """
    return source_in(open_store(path))


def source_in(store: Store) -> Source:
    """Return the source for a store, by the format of what is in it."""
    # One small file tells the format, also at an address that lists nothing or never answers.
    if store.read(".zgroup", MAX_JSON) is not None or store.size(".zmetadata") is not None:
        return ZarrSource(store)
    if store.read("zarr.json", MAX_JSON) is not None:
        return ZarrSource(store)
    if store.read("sorting/numpysorting_info.json", MAX_JSON) is not None:
        return FolderSource(store)
    names = store.names()
    if "spikeinterface_info.json" in names:
        raise DamagedDataError(f"{store.where('sorting/numpysorting_info.json')} is missing.")
    if not names:
        raise UnknownFormatError(f"{store.name} is empty or lists nothing; no analyzer is there.")
    raise UnknownFormatError(
        f"{store.name} is not a SortingAnalyzer: it has neither .zmetadata (zarr) nor "
        f"sorting/numpysorting_info.json (binary folder). It holds: {', '.join(names[:10])}."
    )
