"""Finding analyzers, and folders of Kilosort and phy, below a folder or an address."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import AnalyzerNotFoundError, Argument, ConnectionLostError, UnknownFormatError
from .folder_store import FolderStore
from .found import ZARR_TOPS, Found, looked_at, problem_at, raise_if_gone, zip_at
from .local_file import refuse_empty
from .store import Listed, Store
from .stores import open_store
from .zip_store import ZipStore

if TYPE_CHECKING:
    import pandas as pd

#: Levels of folders below the first that are looked into.
MAX_LEVELS = 8
#: Names that are looked at, in all.
MAX_LOOKED = 1_000_000
#: Folders of an address that are looked at together.
_AT_ONCE = 8
_LITTER = "__MACOSX"


def find_analyzers(
    place: str | os.PathLike[str],
    *,
    depth: int = MAX_LEVELS,
    max_entries: int = MAX_LOOKED,
    storage_options: dict[str, Any] | None = None,
) -> pd.DataFrame:
    """List the analyzers, and the folders of Kilosort and phy, in and below a folder or an address.

    Names are looked at, and a few small files of what was found; no spikes, waveforms or metrics. What was found is
    not searched itself. Hidden folders are skipped, and links below the folder are not followed.

    Parameters
    ----------
    place : path or str
        A folder, a ``.zarr.zip``, or an address that lists what it has (buckets do, many http servers do not).
    depth : int, default: 8
        Levels of folders below the first one; with 0 only the place itself is looked at.
    max_entries : int, default: 1,000,000
        Names of files and folders, in all, after which the search ends; the last row says so then.
    storage_options : dict, optional
        As for :func:`nb_autolabel.load`.

    Returns
    -------
    pandas.DataFrame
        One row for each, sorted by path, with the columns ``path`` (what :func:`nb_autolabel.load` takes), ``format``
        ("zarr", "binary_folder", "phy"), ``units``, ``channels``, ``spikes``, ``extensions`` (how many; missing where it
        takes more than a look to know it), ``metrics`` (whether metrics were computed) and ``problem``, which is empty
        or says why one cannot be opened. A folder that cannot be listed is a row with a problem and no format.

    Raises
    ------
    AnalyzerNotFoundError
        If nothing is at the place, or access to it is refused; ConnectionLostError if it does not answer.
    UnknownFormatError
        If an address lists nothing, the place is another kind of file, or a bound is no whole number.
    """
    import pandas as pd

    search = _Search(_whole("depth", depth, 0), _whole("max_entries", max_entries, 1))
    if not isinstance(place, str | os.PathLike):
        raise UnknownFormatError(f"cannot search a {type(place).__name__}. Give a folder or an address.")
    refuse_empty(os.fsdecode(place))
    rows = _rows(place, search, storage_options)
    frame = pd.DataFrame(
        [row.as_dict() for row in rows], columns=list(Found.__dataclass_fields__), dtype=object
    )
    counts = ["units", "channels", "spikes", "extensions"]
    kinds = {**dict.fromkeys(counts, "Int64"), "metrics": "boolean"}
    return frame.astype({**kinds, "path": object, "format": object, "problem": object})


def places_below(
    place: str | os.PathLike[str], storage_options: dict[str, Any] | None = None
) -> list[tuple[str, str]]:
    """Return path and problem ("" if none is known) of what :func:`find_analyzers` finds, without opening it.

    Raises
    ------
    AnalyzerNotFoundError, UnknownFormatError
        As there.
    """
    search = _Search(MAX_LEVELS, MAX_LOOKED, only_where=True)
    return [(row.path, row.problem) for row in _rows(place, search, storage_options)]


def _rows(
    place: str | os.PathLike[str], search: _Search, storage_options: dict[str, Any] | None
) -> list[Found]:
    store = open_store(place, storage_options)
    if isinstance(store, ZipStore):
        found = zip_at(Path(store.name))
        return [] if found is None else [found]
    return sorted(search.below(store), key=lambda row: row.path.split("/"))


def _whole(name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__") or value.__index__() < least:
        raise UnknownFormatError(
            Argument(name, value), f" is not accepted. Give a whole number, {least} or more."
        )
    return int(value.__index__())


@dataclass
class _Look:
    """What was seen in one folder."""

    found: list[Found]
    inner: list[Store]
    looked: int


class _Search:
    def __init__(self, depth: int, most: int, *, only_where: bool = False) -> None:
        self._depth, self._most, self._only_where = depth, most, only_where

    def below(self, top: Store) -> Iterator[Found]:
        """Give what lies in and below a store, level by level."""
        left = self._most
        seen = self._at_top(top)
        level = seen.inner
        yield from seen.found
        left -= seen.looked
        for _ in range(self._depth):
            inner: list[Store] = []
            for part in _in_parts(level):
                for seen in self._looks(part, left):
                    yield from seen.found
                    left -= seen.looked
                    inner += seen.inner
                if left < 0:
                    break
            if left < 0:
                break
            level = inner
        if left < 0:
            yield Found(
                top.name,
                problem=f"more than {self._most} names were looked at; the rest was not. Search folders below it, or raise "
                "max_entries.",
            )

    def _at_top(self, top: Store) -> _Look:
        refused: AnalyzerNotFoundError | None = None
        entries: list[Listed] = []
        try:
            entries = top.listed(self._most)
        except ConnectionLostError:
            raise
        except AnalyzerNotFoundError as error:
            refused = error
        if entries or top.traffic is None:
            return self._look(top, entries)
        # An address that lists nothing can still be an analyzer.
        found = looked_at(top, ZARR_TOPS)
        if found is not None and not found.problem:
            return _Look([found], [], 0)
        if refused is not None:
            raise refused
        raise UnknownFormatError(
            f"{top.name} lists nothing, so that nothing can be found there. Buckets list their folders, many http servers "
            "do not: give nbl.load the whole address of an analyzer."
        )

    def _looks(self, stores: list[Store], left: int) -> Iterator[_Look]:
        if len(stores) > 1 and stores[0].traffic is not None:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(_AT_ONCE, "nb_autolabel-find") as pool:
                yield from pool.map(lambda store: self._listed(store, left), stores)
            return
        for store in stores:
            if left < 0:
                return
            seen = self._listed(store, left)
            left -= seen.looked
            yield seen

    def _listed(self, store: Store, left: int) -> _Look:
        try:
            entries = store.listed(left)
        except Exception as error:  # whatever is wrong with one folder, the others are listed
            raise_if_gone(error)
            return _Look([problem_at(store.name, error)], [], 0)
        return self._look(store, entries)

    def _look(self, store: Store, entries: list[Listed]) -> _Look:
        names = {entry.name for entry in entries}
        found = looked_at(store, names, only_where=self._only_where)
        if found is not None:
            return _Look([found], [], len(entries))
        zips = _zips(store, sorted(n for n in names if n.lower().endswith(".zip") and not n.startswith(".")))
        # Below an array of a zarr store there are chunks only.
        folders = [] if ".zarray" in names or "zarr.json" in names else _folders(entries)
        return _Look(zips, [store.below(name) for name in folders], len(entries))


def _folders(entries: list[Listed]) -> list[str]:
    return sorted(e.name for e in entries if e.is_folder and e.name[0] != "." and e.name != _LITTER)


def _zips(store: Store, names: list[str]) -> list[Found]:
    if isinstance(store, FolderStore):
        files = [store.root / name for name in names]
        seen = [zip_at(file) for file in files if file.is_file() and not file.is_symlink()]
        return [found for found in seen if found is not None]
    remote = "a zip file is opened on this machine only; download it."
    return [Found(store.where(n), "zarr", problem=remote) for n in names if n.lower().endswith(".zarr.zip")]


def _in_parts(stores: list[Store]) -> Iterator[list[Store]]:
    """Give stores a few at a time, so that the search can end between them."""
    for first in range(0, len(stores), 10 * _AT_ONCE):
        yield stores[first : first + 10 * _AT_ONCE]
