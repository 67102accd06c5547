"""What lies in a folder, told from its names and a few small files: an analyzer, a folder of Kilosort or phy, or neither."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import (
    AutolabelError,
    ConnectionLostError,
    DamagedDataError,
    MissingDataError,
    UnknownFormatError,
)
from .folder_format import FolderSource
from .json_text import parse_json
from .open_source import source_in
from .phy_files import CLUSTERS, SPIKE_TEMPLATES, TIMES, SpikeColumn
from .phy_params import read_params
from .source import Source
from .store import MAX_JSON, Store
from .zarr_recognition import SPIKE_ARRAYS
from .zip_store import ZipStore

#: Files at the top of a zarr store.
ZARR_TOPS = (".zgroup", ".zmetadata", "zarr.json")
_INFO = "spikeinterface_info.json"
#: Extensions that hold the metrics units are labeled by.
_METRICS = ("quality_metrics", "template_metrics")


@dataclass(frozen=True)
class Found:
    """Something that was found.

    Attributes
    ----------
    path : str
        What :func:`nb_autolabel.load` takes.
    format : str or None
        "zarr", "binary_folder" or "phy"; None for what is a problem only.
    units, channels, spikes, extensions : int or None
        How many; None where it takes more than a look to know it.
    metrics : bool or None
        Whether metrics were computed.
    problem : str
        Why it cannot be opened; empty if nothing is known against it.
    """

    path: str
    format: str | None = None
    units: int | None = None
    channels: int | None = None
    spikes: int | None = None
    extensions: int | None = None
    metrics: bool | None = None
    problem: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as a row of a table."""
        return asdict(self)


def problem_at(path: str, error: Exception, format: str | None = None) -> Found:
    """Return the row of what cannot be looked at."""
    said = str(error) if isinstance(error, AutolabelError) else f"{type(error).__name__}: {error}"
    return Found(path, format, problem=" ".join(said.split()))


def raise_if_gone(error: Exception) -> None:
    """Raise an error that means that the server of all does not answer any more.

    Raises
    ------
    ConnectionLostError
    """
    if isinstance(error, ConnectionLostError) and not error.answered:
        raise error


def looked_at(store: Store, names: Collection[str], *, only_where: bool = False) -> Found | None:
    """Say what lies in a folder; None if it is neither an analyzer nor the folder of Kilosort or phy.

    Parameters
    ----------
    store : Store
    names : collection of str
        What lies directly in it.
    only_where : bool, default: False
        For those who read what is found anyway: what says itself that it is an analyzer is not opened to count its units.
    """
    guess = None
    try:
        guess = _guess(store, names)
        if guess is None:
            return _cut_short(store.name, names)
        if only_where and guess != "phy" and _says_it(store, names):
            return Found(store.name, guess)
        return _phy(store) if guess == "phy" else _analyzer(store)
    except UnknownFormatError as error:
        # Another zarr store, unless it says itself that it is an analyzer.
        return problem_at(store.name, error, guess) if _claims(store, names) else None
    except Exception as error:  # whatever one folder holds, the others are listed
        raise_if_gone(error)
        return problem_at(store.name, error, guess)


def _cut_short(path: str, names: Collection[str]) -> Found | None:
    """Say that a folder with the name of a zarr store was not written or copied to its end, where it can only be that."""
    if not path.rstrip("/").lower().endswith(".zarr") or (names and "extensions" not in names):
        return None
    holds = "is empty" if not names else "holds extensions, but neither .zmetadata, .zgroup nor zarr.json"
    return Found(path, "zarr", problem=f"{path} {holds}: it was not written or copied to its end.")


def _guess(store: Store, names: Collection[str]) -> str | None:
    """Return the format that the names of files speak for."""
    if any(name in names for name in ZARR_TOPS):
        return "zarr"
    if _INFO in names:
        # SpikeInterface keeps recordings and sortings in such folders too.
        return "binary_folder" if _claims(store, names) else None
    if "sorting" in names and "extensions" in names:
        return "binary_folder"
    return "phy" if TIMES in names else None


def _claims(store: Store, names: Collection[str]) -> bool:
    """Return True if a folder says that it is an analyzer, or cannot be asked."""
    for name in (_INFO, ".zattrs", "zarr.json"):
        if name not in names:
            continue
        try:
            data = store.read(name, MAX_JSON)
            said = None if data is None else parse_json(data, store.where(name))
        except DamagedDataError:
            return True
        if isinstance(said, dict):
            attributes = said.get("attributes") if name == "zarr.json" else said
            info = said if name == _INFO else (attributes or {}).get("spikeinterface_info")
            if isinstance(info, dict):
                return bool(info.get("object", "SortingAnalyzer") == "SortingAnalyzer")
    return False


def _says_it(store: Store, names: Collection[str]) -> bool:
    """Whether a file beside the metadata, a small one, says that this is an analyzer."""
    return store.traffic is None and (_INFO in names or ".zattrs" in names) and _claims(store, names)


def _analyzer(store: Store) -> Found:
    source = source_in(store)
    header, extensions = source.header, source.extension_names()
    return Found(
        store.name,
        source.format,
        units=len(header.unit_ids),
        channels=len(header.channel_ids),
        spikes=_spikes(source, store),
        extensions=len(extensions),
        metrics=any(name in extensions for name in _METRICS),
    )


def _spikes(source: Source, store: Store) -> int | None:
    """Return the number of spikes where the description of an array tells it."""
    tree = getattr(source, "tree", None)
    if tree is not None:
        return int(tree.array(f"sorting/spikes/{SPIKE_ARRAYS[0]}").shape[0])
    if isinstance(source, FolderSource) and store.local_path("sorting/spikes.npy") is not None:
        from .phy_files import open_array

        array = open_array(store, "sorting/spikes.npy")
        return None if array is None else int(array.shape[0])
    return None


def _phy(store: Store) -> Found:
    """Look at a folder of Kilosort or phy; spikes are not read, so units are not counted."""
    read_params(store)
    if store.traffic is not None:
        # At an address, the head of a file cannot be had without the file.
        return Found(store.name, "phy")
    times = SpikeColumn.open(store, TIMES)
    clusters = SpikeColumn.open(store, CLUSTERS) or SpikeColumn.open(store, SPIKE_TEMPLATES)
    if times is None or clusters is None:
        raise MissingDataError(
            f"{store.where(CLUSTERS)} is missing: it says which spike is of which cluster."
        )
    if len(times) != len(clusters):
        raise DamagedDataError(
            f"{clusters.where} is of {len(clusters)} spikes, but {times.where} of {len(times)}."
        )
    return Found(store.name, "phy", spikes=len(times))


def zip_at(path: Path) -> Found | None:
    """Say what lies in a zip file; None if it is no analyzer and not named as one."""
    named = path.name.lower().endswith(".zarr.zip")
    try:
        found = _analyzer(ZipStore(path))
    except Exception as error:  # as above
        return problem_at(str(path), error, "zarr") if named else None
    return found
