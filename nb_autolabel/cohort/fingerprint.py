"""What changes where a recording was computed again: sizes and times of the few files that are read of it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Sequence
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
    "sparsity_mask",
    "sparsity_mask.npy",
)
#: The templates: files beside their data say how they were computed.
_TEMPLATES = "extensions/templates"
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


def fingerprint_of(path: str, storage_options: dict[str, Any] | None = None, templates: bool = True) -> str:
    """Return hexadecimal digits that change when what is read of a recording changes; "" where nothing tells it.

    Those without templates are the beginning of those with templates, so that what was read with templates is known also
    where none are needed.

    Parameters
    ----------
    path : str
        As :func:`nb_autolabel.load` takes it. On this machine names, sizes and times of the metrics, templates and
        unit ids are looked at and nothing is opened; of an address, a few small files are read.
    storage_options : dict, optional
    templates : bool, default: True
        Whether templates are read; their data are not looked at else.
    """
    if "://" in path:
        try:
            store = open_store(path, storage_options)
            texts = [store.read(name, MAX_JSON) for name in _REMOTE]
        except (AutolabelError, OSError):
            return ""
        if not any(texts):
            return ""
        said = b"".join(b"\0" if text is None else hashlib.sha256(text).digest() for text in texts)
        return _digits(said) + (_digits(b"") if templates else "")
    rows: list[str] = []
    data: list[str] = []
    try:
        state = os.stat(path)  # noqa: PTH116
        if stat.S_ISREG(state.st_mode):
            rows.append(_stamp("", state))
        else:
            _look(path, rows, data if templates else None)
    except OSError:
        return ""
    if not rows and not data:
        return ""
    return _digits(_joined(rows)) + (_digits(_joined(data)) if templates else "")


def _digits(said: bytes) -> str:
    return hashlib.sha256(said).hexdigest()[:32]


def _joined(rows: list[str]) -> bytes:
    return "\n".join(sorted(rows)).encode("utf-8", "surrogateescape")


def _look(top: str, rows: list[str], data: list[str] | None) -> None:
    """Look at what is read of a recording; at the data of templates too, if there is a list for them."""
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
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        _look_at_templates(f"{top}/{_TEMPLATES}", rows, data, beside)


def _look_at_templates(folder: str, rows: list[str], data: list[str] | None, beside: Sequence[str]) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{_TEMPLATES}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                if data is not None:
                    _walk(entry.path, name, data, beside)
            elif entry.name.endswith(".npy"):
                if data is not None:
                    data.append(_stamp(name, entry.stat()))
            elif entry.name not in _BESIDE or entry.name in beside:
                rows.append(_stamp(name, entry.stat()))


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
