"""Whether SpikeInterface, phy and this package read a place, from the files they document that they need.

The requirements are those of SpikeInterface 0.105 (``load_sorting_analyzer``, ``read_phy``) and phylib 2.7
(``TemplateModel``). Nothing of them is imported; ``tests/interop/test_doctor.py`` holds the answers against both.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from .._version import __version__
from ..analyzer.analyzer import Analyzer
from ..analyzer.json_text import parse_json
from ..analyzer.phy_files import AMPLITUDES, CLUSTERS, SPIKE_TEMPLATES, TIMES, SpikeColumn, open_array
from ..analyzer.phy_params import MAX_BYTES, PARAMS, literals
from ..analyzer.store import MAX_JSON, Store
from ..analyzer.zarr3_tree import Tree3
from ..errors import AutolabelError, listing
from .diagnosis import Reader

_CHANNEL_MAP, _POSITIONS = "channel_map.npy", "channel_positions.npy"
#: Types of channel numbers that phylib takes.
_WHOLE = ("uint32", "int32", "int64")


def readers_of(
    path: str, analyzer: Analyzer | None, store: Store | None, problem: str = "", recognised: bool = True
) -> tuple[Reader, ...]:
    """Return who reads what lies at a path.

    Parameters
    ----------
    path : str
        Without passwords.
    analyzer : Analyzer or None
        As this package opens it; None where it does not.
    store : Store or None
        None for a table and a live object.
    problem : str
        Why this package does not open it.
    recognised : bool
        Whether it is known what it should be, where this package does not open it: others may still read some of it.
    """
    own = Reader(
        "nb_autolabel",
        analyzer is not None,
        f"nbl.load({path!r})" if analyzer is not None else problem,
        __version__,
    )
    if analyzer is None and recognised:
        why = "cannot be told: what lies there is damaged or incomplete, see above."
        others = (("SpikeInterface", installed("spikeinterface")), ("phy", installed("phy", "phylib")))
        return own, *(Reader(name, None, why, known) for name, known in others)
    return own, _spikeinterface(path, analyzer, store), _phy(path, analyzer, store)


def installed(*packages: str) -> str:
    """Return the version of the first of some packages that is installed; it is not imported."""
    for package in packages:
        try:
            found = version(package)
        except PackageNotFoundError:
            continue
        return found if package == packages[0] else f"{package} {found}"
    return ""


def _spikeinterface(path: str, analyzer: Analyzer | None, store: Store | None) -> Reader:
    reads, why = False, "it is no analyzer and no folder of Kilosort or phy."
    if analyzer is None:
        pass
    elif analyzer.format == "table":
        why = "it opens no tables of metrics; give it as a DataFrame where a function takes one."
    elif analyzer.format == "memory" and store is not None:
        why = "it is in memory only: analyzer.save_as(folder='session.zarr') writes what it opens."
    elif store is None:
        reads, why = True, "it is in this kernel already."
    elif analyzer.format == "phy":
        reads, why = _of_phy_folder(path, store)
    elif analyzer.format == "binary_folder":
        reads, why = _of_binary_folder(path, store)
    elif analyzer.format == "zarr":
        reads, why = _of_zarr(path, analyzer, store)
    return Reader("SpikeInterface", reads, why, installed("spikeinterface"))


def _of_zarr(path: str, analyzer: Analyzer, store: Store) -> tuple[bool, str]:
    tree: Any = getattr(analyzer.source.origin, "tree", None)
    if isinstance(tree, Tree3):
        return False, (
            "zarr format 3: SpikeInterface 0.105 rests on zarr 2. "
            f'nbl.load({path!r}).save_as(folder="copy.zarr") writes format 2.'
        )
    if path.lower().endswith(".zip"):
        return False, "it opens no zip files: unpack it into a folder whose name ends in .zarr."
    lacking = [name for name in ("settings",) if tree.attrs("").get(name) is None]
    lacking += [name for name in ("sorting", "recording_info") if not tree.has(name)]
    if tree.has("recording_info") and tree.attrs("recording_info").get("recording_attributes") is None:
        lacking.append("recording_attributes")
    if lacking:
        return False, f"the store lacks {listing(lacking)}, which it needs; save_as() writes a complete one."
    if store.traffic is not None or PurePosixPath(path.rstrip("/")).suffix == ".zarr":
        return True, f"si.load_sorting_analyzer({path!r})"
    return True, f"si.load_sorting_analyzer({path!r}, format='zarr'); the name does not end in .zarr."


def _of_binary_folder(path: str, store: Store) -> tuple[bool, str]:
    if store.traffic is not None:
        return False, "a binary folder at an address: it opens zarr there only; download it."
    needed = ("settings.json", "sorting/numpysorting_info.json", "sorting/spikes.npy")
    lacking = [
        key for key in (*needed, "recording_info/recording_attributes.json") if store.size(key) is None
    ]
    if lacking:
        return False, f"the folder lacks {listing(lacking)}, which it needs; save_as() writes a complete one."
    settings = parse_json(store.read("settings.json", MAX_JSON) or b"{}", store.where("settings.json"))
    if not isinstance(settings, dict):
        return False, "settings.json is no dictionary."
    if PurePosixPath(path.rstrip("/")).suffix == ".zarr":
        return (
            True,
            f"si.load_sorting_analyzer({path!r}, format='binary_folder'); the name ends in .zarr, but it is none.",
        )
    return True, f"si.load_sorting_analyzer({path!r})"


def _of_phy_folder(path: str, store: Store) -> tuple[bool, str]:
    if store.traffic is not None:
        return False, "it opens folders of Kilosort and phy on this machine only; download it."
    lacking = [key for key in (PARAMS, TIMES) if store.size(key) is None]
    if store.size(CLUSTERS) is None and store.size(SPIKE_TEMPLATES) is None:
        lacking.append(CLUSTERS)
    if lacking:
        return False, f"the folder lacks {listing(lacking)}."
    return True, f"si.read_phy({path!r}) as a sorting, without templates and metrics; it runs params.py."


def _phy(path: str, analyzer: Analyzer | None, store: Store | None) -> Reader:
    known = installed("phy", "phylib")
    if analyzer is None or store is None or analyzer.format != "phy":
        why = "it opens folders with params.py and spike_times.npy."
        if analyzer is not None and analyzer.format in ("zarr", "binary_folder"):
            why += ' SpikeInterface\'s export_to_phy writes one; labeler.export(folder, "phy") puts labels into it.'
        return Reader("phy", False, why, known)
    if store.traffic is not None:
        return Reader("phy", False, "it opens folders on this machine only; download it.", known)
    try:
        against = _against_phy(store)
    except AutolabelError as error:
        against = str(error)
    if against:
        return Reader("phy", False, against, known)
    given = literals(store.read(PARAMS, MAX_BYTES) or b"", store.where(PARAMS))
    unsaid = [name for name in ("dat_path", "dtype") if name not in given]
    if unsaid:
        why = f"params.py gives no {listing(unsaid)} as a plain value, which phy needs; dat_path may be ''."
        return Reader("phy", None, why, known)
    return Reader("phy", True, f"phy template-gui {path.rstrip('/')}/params.py", known)


def _against_phy(store: Store) -> str:
    """Say what phy would stop at; empty if nothing is known."""
    lacking = [key for key in (PARAMS, SPIKE_TEMPLATES, _CHANNEL_MAP, _POSITIONS) if store.size(key) is None]
    if lacking:
        return f"the folder lacks {listing(lacking)}, which phy needs."
    channels, places = open_array(store, _CHANNEL_MAP), open_array(store, _POSITIONS)
    count = 0 if channels is None else max(channels.shape, default=0)
    if channels is not None and channels.dtype.name not in _WHOLE:
        return f"{_CHANNEL_MAP} is of {channels.dtype.name}; phy takes {listing(_WHOLE)}."
    shapes = {
        _POSITIONS: (count, 2),
        "whitening_mat.npy": (count, count),
        "whitening_mat_inv.npy": (count, count),
    }
    for key, wanted in shapes.items():
        array = places if key == _POSITIONS else open_array(store, key)
        if array is not None and array.shape != wanted:
            return f"{key} is of shape {array.shape}; phy needs {wanted}."
    times = SpikeColumn.open(store, TIMES)
    for key in (SPIKE_TEMPLATES, CLUSTERS, AMPLITUDES):
        array = open_array(store, key)
        if times is not None and array is not None and max(array.shape, default=0) != len(times):
            return f"{key} is not of as many spikes as {TIMES}."
    last = -np.inf
    if times is None:
        return ""
    for block in times.blocks():
        samples = times.read(block).astype(np.float64)
        if samples.size and (samples[0] < last or (np.diff(samples) < 0).any()):
            return f"{TIMES} is not in the order of time, which phy needs."
        last = samples[-1] if samples.size else last
    return ""
