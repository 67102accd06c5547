"""Opening analyzers: a path, an address or a live object."""

from __future__ import annotations

import os
from typing import Any

from ..errors import UnknownFormatError
from .analyzer import Analyzer
from .live import LiveSource, is_live
from .open_source import source_in
from .stores import open_store
from .table_file import read_table, table_at
from .table_source import TableSource, as_frame


def load(source: Any, *, storage_options: dict[str, Any] | None = None) -> Analyzer:
    """Open a SortingAnalyzer, or a table of metrics, without running anything that is stored in it.

    Parameters
    ----------
    source : path, str, spikeinterface.SortingAnalyzer, or pandas.DataFrame
        A ``.zarr`` folder, a binary folder, a ``.zarr.zip``, an address (``https://``, ``s3://``,
        ``gs://``, ``az://``), or an analyzer that is already in the kernel. An
        :class:`Analyzer` is returned as it is. A table of metrics, as a DataFrame or as the path of a CSV or Parquet
        file (also phy's ``cluster_info.tsv``, Bombcell's saved metrics, unit tables of the Allen Institute and the
        IBL), gives an analyzer of format "table" with metrics and labels, without spikes and waveforms; which columns
        were taken for which metrics is in :attr:`Analyzer.renamed`.
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
        If it is neither a SortingAnalyzer nor a table.
    DamagedDataError
        If a file that is needed cannot be read, or ids of a table are missing.
    LabelsError
        If a unit stands in a table twice.
    """
    if isinstance(source, Analyzer):
        return source
    if is_live(source):
        return Analyzer(LiveSource(source))
    frame = as_frame(source)
    if frame is not None:
        return Analyzer(TableSource(frame))
    if not isinstance(source, str | os.PathLike):
        raise UnknownFormatError(
            f"cannot open a {type(source).__name__}. Give a path, an address, a SortingAnalyzer, or a DataFrame of metrics."
        )
    table = table_at(source)
    if table is not None:
        return Analyzer(read_table(table))
    return Analyzer(source_in(open_store(source, storage_options)))


def as_analyzer(source: Any) -> Any:
    """Return something with the interface of an Analyzer; what `load` takes is loaded."""
    return source if isinstance(source, Analyzer) else load(source)
