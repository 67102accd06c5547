"""Opening analyzers: a path, an address or a live object."""

from __future__ import annotations

import os
from typing import Any

from ..errors import DamagedDataError, UnknownFormatError
from .analyzer import Analyzer
from .folder_format import FolderSource
from .live import LiveSource, is_live
from .source import Source
from .stores import MAX_JSON, Store, open_store
from .zarr_format import ZarrSource


def load(source: Any, *, storage_options: dict[str, Any] | None = None) -> Analyzer:
    """Open a SortingAnalyzer without running anything that is stored in it.

    Parameters
    ----------
    source : path, str, or spikeinterface.SortingAnalyzer
        A ``.zarr`` folder, a binary folder, a ``.zarr.zip``, an address (``https://``, ``s3://``,
        ``gs://``, ``az://``), or an analyzer that is already in the kernel. An
        :class:`Analyzer` is returned as it is.
    storage_options : dict, optional
        Passed to fsspec's file system of the address; those that lead to another protocol are refused.

    Returns
    -------
    Analyzer
        Only metadata are read; everything else when it is asked for.

    Raises
    ------
    AnalyzerNotFoundError
        If nothing is there or the address does not answer.
    UnknownFormatError
        If it is not a SortingAnalyzer.
    DamagedDataError
        If a file that is needed cannot be read.
    """
    if isinstance(source, Analyzer):
        return source
    if is_live(source):
        return Analyzer(LiveSource(source))
    if not isinstance(source, str | os.PathLike):
        raise UnknownFormatError(
            f"cannot open a {type(source).__name__}. Give a path, an address, or a SortingAnalyzer."
        )
    return Analyzer(_source_of(open_store(source, storage_options)))


def _source_of(store: Store) -> Source:
    # One small file tells the format, also at an address that lists nothing or never answers.
    if store.read(".zgroup", MAX_JSON) is not None or store.size(".zmetadata") is not None:
        return ZarrSource(store)
    if store.read("sorting/numpysorting_info.json", MAX_JSON) is not None:
        return FolderSource(store)
    if store.read("zarr.json", MAX_JSON) is not None:
        raise UnknownFormatError(
            f"{store.name} is a zarr store of format 3; SortingAnalyzers are of format 2."
        )
    names = store.names()
    if "spikeinterface_info.json" in names:
        raise DamagedDataError(f"{store.where('sorting/numpysorting_info.json')} is missing.")
    if not names:
        raise UnknownFormatError(f"{store.name} is empty or lists nothing; no analyzer is there.")
    raise UnknownFormatError(
        f"{store.name} is not a SortingAnalyzer: it has neither .zmetadata (zarr) nor "
        f"sorting/numpysorting_info.json (binary folder). It holds: {', '.join(names[:10])}."
    )


def as_analyzer(source: Any) -> Any:
    """Return something with the interface of an Analyzer; what `load` takes is loaded."""
    return source if isinstance(source, Analyzer) else load(source)
