"""Opening analyzers: a path, an address or a live object."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..errors import UnknownFormatError
from .analyzer import Analyzer
from .live import LiveSource, is_live
from .local_file import refuse_empty
from .open_source import source_in
from .phy_params import PARAMS
from .stores import open_store
from .table_file import read_table, table_at
from .table_source import TableSource, as_frame


def load(
    source: Any,
    *,
    storage_options: dict[str, Any] | None = None,
    gain_to_uV: Any = None,  # noqa: N803 (as SpikeInterface spells it)
) -> Analyzer:
    """Open a SortingAnalyzer, the folder of Kilosort or phy, or a table of metrics, without running anything stored in it.

    Parameters
    ----------
    source : path, str, spikeinterface.SortingAnalyzer, or pandas.DataFrame
        A ``.zarr`` folder, a binary folder, a ``.zarr.zip``, a folder that Kilosort or phy wrote (or its
        ``params.py``), an address (``https://``, ``s3://``, ``gs://``, ``az://``), or an analyzer that is already in
        the kernel. An :class:`Analyzer` is returned as it is. A table of metrics, as a DataFrame or as the path of a
        CSV or Parquet file (also phy's ``cluster_info.tsv``, Bombcell's saved metrics, unit tables of the Allen
        Institute and the IBL), gives an analyzer of format "table" with metrics and labels, without spikes and
        waveforms; which columns were taken for which metrics is in :attr:`Analyzer.renamed`.
    storage_options : dict, optional
        Passed to fsspec's file system of the address; those that lead to another protocol are refused. Where they do not
        say who asks (``key``, ``profile``, ``token``, ``anon``, ...), a bucket is read with the credentials that are
        found, or else anonymously.
    gain_to_uV : float or array-like, optional
        For the folder of Kilosort or phy, which does not say it: µV a bit of the recording (Neuropixels 1, AP at gain
        500: 2.34; Neuropixels 2: 0.763), for all channels or for each. Without it templates are in arbitrary units,
        and criteria in µV are off.

    Returns
    -------
    Analyzer
        Only metadata are read; everything else when it is asked for. Of the folder of Kilosort or phy (format
        "phy") also the times and clusters of all spikes are looked through.

    Raises
    ------
    AnalyzerNotFoundError
        If nothing is there, access is refused, or (ConnectionLostError) the address does not answer.
    UnknownFormatError
        If it is none of these, or `gain_to_uV` is no gain.
    DamagedDataError
        If a file that is needed cannot be read, or ids of a table are missing.
    LabelsError
        If a unit stands in a table twice.
    """
    if isinstance(source, Analyzer) or is_live(source):
        _refuse_gain(gain_to_uV)
    if isinstance(source, Analyzer):
        return source
    if getattr(type(source), "stands_for_analyzer", False):
        # Many recordings as one analyzer.
        _refuse_gain(gain_to_uV)
        return load(source.analyzer)
    if is_live(source):
        return Analyzer(LiveSource(source))
    frame = as_frame(source)
    if frame is not None:
        _refuse_gain(gain_to_uV)
        return Analyzer(TableSource(frame))
    if not isinstance(source, str | os.PathLike):
        raise UnknownFormatError(
            f"cannot open a {type(source).__name__}. Give a path, an address, a SortingAnalyzer, or a DataFrame of metrics."
        )
    refuse_empty(os.fsdecode(source))
    table = table_at(source)
    if table is not None:
        _refuse_gain(gain_to_uV)
        return Analyzer(read_table(table))
    return Analyzer(source_in(open_store(_folder_of(source), storage_options), gain_to_uV))


def _refuse_gain(gain_to_uV: Any) -> None:  # noqa: N803
    if gain_to_uV is not None:
        raise UnknownFormatError(
            "gain_to_uV is for the folder of Kilosort or phy, given as a path; an analyzer and a table have their units "
            "already. Leave it away."
        )


def _folder_of(source: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """Return the folder for its ``params.py``, which phy is started with."""
    text = os.fsdecode(source)
    return str(Path(text).parent) if Path(text).name == PARAMS and "://" not in text else source


def as_analyzer(source: Any) -> Any:
    """Return something with the interface of an Analyzer; what `load` takes is loaded."""
    return source if isinstance(source, Analyzer) else load(source)
