"""Reading ``params.py`` of a Kilosort or phy folder as text: it is never run."""

from __future__ import annotations

import ast
import math
import os
import re
import stat
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DamagedDataError, MissingDataError
from .codecs import shortened
from .store import Store

PARAMS = "params.py"
#: Those that Kilosort and phy write have some hundred bytes.
MAX_BYTES = 2**16


@dataclass(frozen=True)
class PhyParams:
    """What ``params.py`` says of the recording.

    Attributes
    ----------
    sample_rate : float
        In Hz.
    dat_paths : tuple of str
        Files of the recording, as written there; they may not exist any more.
    n_channels : int or None
        Channels in these files.
    itemsize : int or None
        Bytes of a value in these files.
    offset : int
        Bytes before the first value of each file.
    dtype : str
        Type of a value in these files as numpy calls it; empty where it is not given.
    hp_filtered : bool
        Whether the recording is high-pass filtered already.
    """

    sample_rate: float
    dat_paths: tuple[str, ...] = ()
    n_channels: int | None = None
    itemsize: int | None = None
    offset: int = 0
    dtype: str = ""
    hp_filtered: bool = False


def read_params(store: Store) -> PhyParams:
    """Read ``params.py``; names that are not given as literals are left out.

    Raises
    ------
    MissingDataError
        If there is no such file.
    DamagedDataError
        If it gives no sampling rate, or is no text.
    """
    where = store.where(PARAMS)
    data = store.read(PARAMS, limit=MAX_BYTES)
    if data is None:
        raise MissingDataError(
            f"{where} is missing: it holds the sampling rate. Write it there, as Kilosort does: "
            "a line 'sample_rate = 30000.0'."
        )
    given = literals(data, where)
    rate: Any = given.get("sample_rate")
    if type(rate) not in (int, float) or not (math.isfinite(rate) and 0 < rate < 1e12):
        found = "does not give" if rate is None else f"gives {shortened(rate)} for"
        raise DamagedDataError(
            f"{where} {found} sample_rate: a number is expected, as in 'sample_rate = 30000.0'. The file is read as text "
            "and not run, so that a calculation counts for nothing."
        )
    paths = given.get("dat_path")
    listed = paths if isinstance(paths, list | tuple) else [paths]
    n_channels, offset = given.get("n_channels_dat"), given.get("offset", 0)
    return PhyParams(
        sample_rate=float(rate),
        dat_paths=tuple(path for path in listed if isinstance(path, str) and path),
        n_channels=n_channels if type(n_channels) is int and 0 < n_channels < 2**24 else None,
        itemsize=_itemsize(given.get("dtype")),
        offset=offset if type(offset) is int and 0 <= offset < 2**40 else 0,
        dtype="" if _itemsize(given.get("dtype")) is None else given["dtype"],
        hp_filtered=given.get("hp_filtered") is True,
    )


def literals(data: bytes, where: str) -> dict[str, Any]:
    """Return the names that Python text assigns literals to; everything else in it counts for nothing.

    Raises
    ------
    DamagedDataError
        If it is no text.
    """
    if b"\0" in data:
        raise DamagedDataError(f"{where} is no text: there are zero bytes in it.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    # A Windows path in ordinary quotes is no valid Python; then every line counts that is.
    parts = [text] if _parsed(text) is not None else text.splitlines()
    found: dict[str, Any] = {}
    for part in parts:
        tree = _parsed(part.strip() if part is not text else part)
        for name, value in _assignments(tree):
            try:
                found[name] = ast.literal_eval(value)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                found.pop(name, None)
    return found


def _parsed(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of backslashes in paths
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return None


def _assignments(tree: ast.Module | None) -> Iterator[tuple[str, ast.expr]]:
    for line in tree.body if tree is not None else ():
        if isinstance(line, ast.Assign):
            yield from ((target.id, line.value) for target in line.targets if isinstance(target, ast.Name))
        elif isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value is not None:
            yield line.target.id, line.value


def _itemsize(name: Any) -> int | None:
    if not isinstance(name, str) or not re.fullmatch(r"[<>=|]?[a-z]+[0-9]*", name):
        return None
    try:
        dtype = np.dtype(name)
    except TypeError:
        return None
    return dtype.itemsize if dtype.kind in "iuf" else None


def recorded_samples(params: PhyParams, folder: Path | None) -> int | None:
    """Return the number of samples of the recording, from the size of its files; they are not opened.

    Parameters
    ----------
    params : PhyParams
    folder : Path or None
        Folder of params.py, from which relative paths go out; None if it is not on this machine.

    Returns
    -------
    int or None
        None if a file is not there, or its size is no whole number of samples.
    """
    if folder is None or not params.dat_paths or params.n_channels is None or params.itemsize is None:
        return None
    frame = params.n_channels * params.itemsize
    samples = 0
    for path in params.dat_paths:
        size = _size(path, folder)
        if size is None or size <= params.offset or (size - params.offset) % frame:
            return None
        samples += (size - params.offset) // frame
    return samples


def _size(path: str, folder: Path) -> int | None:
    # A path of another computer would be asked for over the network; a compressed file does not tell its samples.
    if path.startswith(("//", "\\\\")) or path.lower().endswith((".cbin", ".gz", ".zip", ".npy")):
        return None
    try:
        found = os.stat(folder / path)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None
