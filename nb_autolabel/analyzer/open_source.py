"""Opening what an analyzer reads from, by the format of what is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import AnalyzerNotFoundError, DamagedDataError, UnknownFormatError
from .phy_files import TIMES
from .source import Source
from .store import MAX_JSON, Store
from .stores import open_store

#: What :class:`nb_autolabel.analyzer.zarr3_tree.Tree3` reads first.
_ZARR3 = "zarr.json"


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


#: Folders in which sorters and their wrappers put what Kilosort writes.
_BELOW = ("kilosort4", "sorter_output", "phy", "output", "imec0_ks2", "kilosort3", "kilosort2")


def source_in(store: Store, gain: Any = None) -> Source:
    """Return the source for a store, by the format of what is in it.

    Parameters
    ----------
    store : Store
    gain : float or array-like, optional
        ``gain_to_uV``, for the folder of Kilosort or phy, which does not say it.

    Raises
    ------
    UnknownFormatError
        If it is none of the known, or another one and `gain` is given.
    DamagedDataError
    """
    source = _source_in(store, gain)
    if gain is not None and source.format != "phy":
        raise UnknownFormatError(
            f"{store.name} is an analyzer, which says itself what its voltages are: gain_to_uV is for the folder of "
            "Kilosort or phy. Leave it out."
        )
    return source


def _source_in(store: Store, gain: Any) -> Source:
    # Each format is loaded where it is met: no run meets all of them.
    # One small file tells the format, also at an address that lists nothing or never answers.
    if store.read(".zgroup", MAX_JSON) is not None or store.size(".zmetadata") is not None:
        from .zarr_format import ZarrSource

        return ZarrSource(store)
    if store.read("sorting/numpysorting_info.json", MAX_JSON) is not None:
        from .folder_format import FolderSource

        return FolderSource(store)
    if store.size(_ZARR3) is not None:
        from .zarr3_tree import Tree3
        from .zarr_format import ZarrSource

        return ZarrSource(store, Tree3)
    if store.size(TIMES) is not None:
        from .phy_source import PhySource

        return PhySource(store, gain)
    names = store.names()
    if "spikeinterface_info.json" in names:
        raise DamagedDataError(f"{store.where('sorting/numpysorting_info.json')} is missing.")
    if store.denied:
        raise AnalyzerNotFoundError(f"{store.name} cannot be read: {store.denied}.")
    if not names:
        raise UnknownFormatError(f"{store.name} is empty or lists nothing; no analyzer is there.")
    inner = [name for name in names if name in _BELOW and store.size(f"{name}/{TIMES}") is not None]
    hint = f" Open the folder '{inner[0]}' in it: a Kilosort or phy folder." if inner else ""
    raise UnknownFormatError(
        f"{store.name} is not a SortingAnalyzer, nor the folder of Kilosort or phy: it has neither .zmetadata or "
        "zarr.json (zarr) nor "
        f"sorting/numpysorting_info.json (binary folder) nor {TIMES}. It holds: {', '.join(names[:10])}.{hint}"
    )
