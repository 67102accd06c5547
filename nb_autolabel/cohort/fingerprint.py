"""What changes where a recording was computed again: sizes and times of the few files that are read of it."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..analyzer.store import MAX_JSON
from ..analyzer.stores import open_store
from ..errors import AutolabelError

#: Folders and files of an analyzer of which something is read.
_ANALYZER = (
    ".zmetadata",
    ".zattrs",
    ".zgroup",
    "zarr.json",
    "spikeinterface_info.json",
    "settings.json",
    "sorting",
    "extensions/quality_metrics",
    "extensions/template_metrics",
    "extensions/spiketrain_metrics",
    "extensions/templates",
)
#: Of the sorting the spikes are not looked at; they lie deeper, or beside these.
_SORTING = (
    "numpysorting_info.json",
    "unit_ids",
    "properties/main_channel_id",
    "properties/main_channel_id.npy",
)
#: Files of the folder of Kilosort or phy.
_PHY = (".npy", ".tsv", ".csv", ".py")
#: Metadata of a zarr store beside each of its arrays and groups.
_BESIDE = (".zarray", ".zattrs", ".zgroup")
#: Small files of an address, whose text is compared since their times are not known.
_REMOTE = (
    ".zmetadata",
    "zarr.json",
    "sorting/numpysorting_info.json",
    "extensions/quality_metrics/metrics.csv",
    "params.py",
)
#: More files are not looked at.
MOST = 20_000


def fingerprint_of(path: str, storage_options: dict[str, Any] | None = None) -> str:
    """Return 32 hexadecimal digits that change when what is read of a recording changes; "" where nothing tells it.

    Parameters
    ----------
    path : str
        As :func:`nb_autolabel.load` takes it. On this machine names, sizes and times of the metrics, templates and
        unit ids are looked at and nothing is opened; of an address, a few small files are read.
    storage_options : dict, optional
    """
    digest = hashlib.sha256()
    if "://" in path:
        try:
            store = open_store(path, storage_options)
            texts = [store.read(name, MAX_JSON) for name in _REMOTE]
        except (AutolabelError, OSError):
            return ""
        if not any(texts):
            return ""
        for text in texts:
            digest.update(b"\0" if text is None else hashlib.sha256(text).digest())
        return digest.hexdigest()[:32]
    top = Path(path)
    rows: list[str] = []
    try:
        if top.is_file():
            rows.append(_stamp("", top.stat()))
        else:
            _look(top, rows)
    except OSError:
        return ""
    digest.update("\n".join(sorted(rows)).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:32] if rows else ""


def _look(top: Path, rows: list[str]) -> None:
    # Thousands of files are looked at, so paths stay text.
    with os.scandir(top) as entries:
        for entry in entries:
            if entry.name.lower().endswith((*_PHY, ".parquet", ".pqt")) and entry.is_file():
                rows.append(_stamp(entry.name, entry.stat()))
    # Where the metadata of all arrays lie in one file, those beside each array are not read.
    beside = () if os.path.exists(f"{top}/.zmetadata") else _BESIDE  # noqa: PTH110
    for name in _ANALYZER:
        wanted = [f"{name}/{each}" for each in _SORTING] if name == "sorting" else [name]
        for key in wanted:
            place = f"{top}/{key}"
            try:
                state = os.stat(place)  # noqa: PTH116
            except (FileNotFoundError, NotADirectoryError):
                continue
            if stat.S_ISDIR(state.st_mode):
                _walk(place, key, rows, beside)
            else:
                rows.append(_stamp(key, state))


def _walk(folder: str, key: str, rows: list[str], beside: Sequence[str]) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if len(rows) > MOST:
                return
            name = f"{key}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                _walk(entry.path, name, rows, beside)
            elif entry.name not in _BESIDE or entry.name in beside:
                rows.append(_stamp(name, entry.stat()))


def _stamp(name: str, found: os.stat_result) -> str:
    return f"{name}\t{found.st_size}\t{found.st_mtime_ns}"
