"""Opening analyzers: a path, an address or a live object."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..errors import UnknownFormatError
from .analyzer import Analyzer
from .live import LiveSource, is_live
from .open_source import source_in
from .phy_params import PARAMS
from .stores import open_store


def load(
    source: Any,
    *,
    storage_options: dict[str, Any] | None = None,
    gain_to_uV: Any = None,  # noqa: N803 (as SpikeInterface spells it)
) -> Analyzer:
    """Open a SortingAnalyzer, or the folder of Kilosort or phy, without running anything that is stored in it.

    Parameters
    ----------
    source : path, str, or spikeinterface.SortingAnalyzer
        A ``.zarr`` folder, a binary folder, a ``.zarr.zip``, a folder that Kilosort or phy wrote (or its
        ``params.py``), an address (``https://``, ``s3://``, ``gs://``, ``az://``), or an analyzer that is already in
        the kernel. An :class:`Analyzer` is returned as it is.
    storage_options : dict, optional
        Passed to fsspec's file system of the address; those that lead to another protocol are refused.
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
        If nothing is there or the address does not answer.
    UnknownFormatError
        If it is none of these, or `gain_to_uV` is no gain.
    DamagedDataError
        If a file that is needed cannot be read.
    """
    if gain_to_uV is not None and (isinstance(source, Analyzer) or is_live(source)):
        raise UnknownFormatError(
            "gain_to_uV is for the folder of Kilosort or phy, given as a path; this is an analyzer already."
        )
    if isinstance(source, Analyzer):
        return source
    if is_live(source):
        return Analyzer(LiveSource(source))
    if not isinstance(source, str | os.PathLike):
        raise UnknownFormatError(
            f"cannot open a {type(source).__name__}. Give a path, an address, or a SortingAnalyzer."
        )
    return Analyzer(source_in(open_store(_folder_of(source), storage_options), gain_to_uV))


def _folder_of(source: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """Return the folder for its ``params.py``, which phy is started with."""
    text = os.fsdecode(source)
    return str(Path(text).parent) if Path(text).name == PARAMS and "://" not in text else source


def as_analyzer(source: Any) -> Any:
    """Return something with the interface of an Analyzer; what `load` takes is loaded."""
    return source if isinstance(source, Analyzer) else load(source)
