"""Opening analyzers: a path, an address or a live object."""

from __future__ import annotations

import os
from typing import Any

from ..errors import UnknownFormatError
from .analyzer import Analyzer
from .live import LiveSource, is_live
from .open_source import source_in
from .stores import open_store


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
    return Analyzer(source_in(open_store(source, storage_options)))


def as_analyzer(source: Any) -> Any:
    """Return something with the interface of an Analyzer; what `load` takes is loaded."""
    return source if isinstance(source, Analyzer) else load(source)
