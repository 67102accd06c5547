"""One array of a zarr store (format 2), read chunk by chunk, whatever zarr is installed.

zarr 2 decodes pickles that a file asks for, and zarr 3 cannot open these stores at all once they
hold an object array. What is needed is small: the ``.zarray`` JSON, the chunks, the codecs.

A chunk that is not there stands for the fill value in format 2: zarr 3 writes no chunk that holds
nothing else. It stands for it here only

- where the array itself is there still (its ``.zarray``), and no file came to it or went from it since
  the store was opened;
- unless the array is one that SpikeInterface wrote (`whole`). It writes with zarr 2, which writes every
  chunk, so a missing one was lost: by a copy that was interrupted, by a synchronised folder.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, MissingDataError, SourceChangedError, UnsafeDataError
from .chunk_reading import ChunkRequest, read_chunks
from .codecs import check_codecs, shortened, undo_filters, unpack
from .stores import MAX_JSON, Store, checked

Rows = slice | npt.NDArray[np.intp] | None

#: An array, or a chunk that is stored, larger than this must be backed by stored bytes ...
UNBACKED_BYTES = 2**26
#: ... and so must an array whose chunks are larger than this together, one after the other ...
UNBACKED_WORK = 2**30
#: ... at least one for this many: Blosc packs zeros to an 8000th as SpikeInterface sets it.
BACKING = 10_000
#: More chunks than this ...
UNBACKED_CHUNKS = 1000
#: ... must be backed by stored files, at least one for this many.
CHUNK_BACKING = 100
MAX_CHUNKS = 1_000_000
#: Where a store lists nothing, the sizes of so many chunks tell that of all.
SAMPLED_CHUNKS = 5
MAX_DIMENSIONS = 32
#: More fields than this in one value are refused.
MAX_FIELDS = 1000
#: No value of an array is larger than this (a text, a structure).
MAX_ITEM_BYTES = 2**20


class ZarrArray:
    """A lazily read array.

    Parameters
    ----------
    store : Store
    path : str
        Where the array lies in the store.
    meta : dict
        Its ``.zarray``.
    whole : bool, default: False
        SpikeInterface wrote the store, so that every chunk of an array that zarr 2 wrote is there.

    Raises
    ------
    UnsafeDataError
        If it holds objects or uses a codec that is not on the list.
    DamagedDataError
        If its description makes no sense.
    """

    def __init__(self, store: Store, path: str, meta: Any, *, whole: bool = False) -> None:
        self.store = store
        self.path = checked(path)
        self._meta = meta
        try:
            self._parse(meta)
        except (UnsafeDataError, DamagedDataError) as error:
            raise type(error)(f"array {self.where}: {error}") from error
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
            raise DamagedDataError(
                f"array {self.where}: its .zarray makes no sense ({shortened(error)})."
            ) from error
        # zarr 3 names the separator in every .zarray, zarr 2 names none in a folder of its default layout.
        self._whole = whole and "dimension_separator" not in meta and not self.fill_value

    @property
    def where(self) -> str:
        """Full path, for messages."""
        return self.store.where(self.path)

    def _parse(self, meta: Any) -> None:
        if meta["zarr_format"] != 2:
            raise DamagedDataError(f"zarr_format {shortened(meta['zarr_format'])} is not 2.")
        filters, compressor = meta.get("filters"), meta.get("compressor")
        check_codecs(filters, compressor)
        self.dtype = _dtype(meta["dtype"])
        self.shape, self.chunks = _sizes(meta["shape"], 0), _sizes(meta["chunks"], 1)
        if len(self.shape) != len(self.chunks):
            raise DamagedDataError(f"shape {self.shape} and chunks {self.chunks} do not fit each other.")
        # numpy refuses also an array without values if the other sizes multiply to more.
        if math.prod(n for n in self.shape if n) * self.dtype.itemsize >= 2**62:
            raise DamagedDataError(f"shape {self.shape} is larger than any array can be; refused.")
        self.order = meta.get("order", "C")
        if self.order not in ("C", "F"):
            raise DamagedDataError(f"order {shortened(self.order)} is neither C nor F.")
        self.separator = meta.get("dimension_separator", ".")
        if self.separator not in (".", "/"):
            raise DamagedDataError(f"dimension_separator {shortened(self.separator)} is neither . nor /.")
        self._filters, self._compressor = filters, compressor
        self.fill_value = _fill_value(meta.get("fill_value"), self.dtype)

    @property
    def first_chunk(self) -> str:
        """Key of the chunk where the array begins."""
        return self._key((0,) * len(self.shape))

    def check_claim(self, backing: int = BACKING) -> None:
        """Refuse an array that declares far more than is stored, before anything of it is read.

        Parameters
        ----------
        backing : int
            A large array must be backed by one stored byte for so many.

        Raises
        ------
        DamagedDataError
        """
        n_rows, n_chunks = (self.shape[0] if self.shape else 1), math.prod(map(len, self.places()))
        self.check_size(n_rows, n_chunks, backing)

    def places(self) -> list[range]:
        """Positions of the chunks along each axis."""
        return [range(math.ceil(n / c)) for n, c in zip(self.shape, self.chunks, strict=True)]

    def read(self, rows: Rows = None, *, cached: bool = False) -> npt.NDArray[Any]:
        """Read the array, or some of its rows; only the chunks they lie in are read.

        Parameters
        ----------
        rows : slice or int array, optional
            Positions along the first axis, in the order wanted, counted as numpy counts them.
            None reads all.
        cached : bool, default: False
            Keep decoded chunks for the next reads, see :mod:`.chunk_cache`. An array that does not fit into the
            cache is not kept when it is read whole.

        Returns
        -------
        ndarray
            The caller's own.

        Raises
        ------
        DamagedDataError
            If a chunk cannot be read, or the array declares far more than is stored.
        MissingDataError, SourceChangedError
            If a chunk is missing that does not stand for the fill value.
        IndexError
            For a row that does not exist.
        """
        if rows is None and cached:
            cached = self.store.chunk_cache.fits(math.prod(self.shape) * self.dtype.itemsize)
        wanted = Selection(self, rows)
        with closing(read_chunks(self.store, wanted.requests(), cached=cached)) as chunks:
            return wanted.filled(chunks)

    def chunk_request(self, place: tuple[int, ...]) -> ChunkRequest:
        """Return the request for a chunk, by its position along each axis."""
        # What cannot be compressed grows a little.
        stored = 2 * self._most_bytes + 2**16 if self._compressor else self._most_bytes
        return ChunkRequest(self._key(place), stored, partial(self.decoded, place))

    @property
    def _chunk_bytes(self) -> int:
        return math.prod(self.chunks) * self.dtype.itemsize

    @property
    def _most_bytes(self) -> int:
        """Bytes of a chunk before its filters are undone; they may store wider values, of 16 bytes at the most."""
        return max(self._chunk_bytes, math.prod(self.chunks) * 16) if self._filters else self._chunk_bytes

    def check_size(self, n_rows: int, n_chunks: int, backing: int = BACKING) -> None:
        """Refuse to read what is declared but cannot be there."""
        if n_chunks > MAX_CHUNKS:
            raise DamagedDataError(f"array {self.where}: {n_chunks} chunks are declared; refused.")
        nbytes = n_rows * max(8, math.prod(self.shape[1:]) * self.dtype.itemsize)
        unpacked = n_chunks * math.prod(self.chunks) * self.dtype.itemsize
        if nbytes <= UNBACKED_BYTES and unpacked <= UNBACKED_WORK and n_chunks <= UNBACKED_CHUNKS:
            return
        files, stored = self._stored()
        if nbytes > max(UNBACKED_BYTES, backing * stored) or unpacked > max(UNBACKED_WORK, backing * stored):
            raise DamagedDataError(
                f"array {self.where}: shape {self.shape} in chunks {self.chunks} declares "
                f"{max(nbytes, unpacked)} bytes but only {stored} are stored; refused."
            )
        if n_chunks > max(UNBACKED_CHUNKS, CHUNK_BACKING * files):
            raise DamagedDataError(
                f"array {self.where}: {n_chunks} chunks are declared but only {files} are stored; refused."
            )

    def _stored(self) -> tuple[int, int]:
        """Return how many chunks are stored and their bytes; from some of them where none are listed."""
        names = [n for n in self.store.names(self.path) if not n.startswith(".")]
        if names and self.separator == ".":
            return len(names), sum(self.store.size(f"{self.path}/{n}") or 0 for n in names)
        total = math.prod(map(len, self.places()))
        sampled = [total * at // SAMPLED_CHUNKS for at in range(min(total, SAMPLED_CHUNKS))]
        grid = [len(places) for places in self.places()]
        places = (
            [tuple(int(i) for i in np.unravel_index(at, grid)) for at in sampled] if total <= 2**62 else []
        )
        sizes = [size for size in (self.store.size(self._key(place)) for place in places) if size is not None]
        share = total / max(1, len(places))
        return int(len(sizes) * share), int(sum(sizes) * share)

    def _key(self, place: tuple[int, ...]) -> str:
        return f"{self.path}/{self.separator.join(map(str, place)) if place else '0'}"

    def decoded(self, place: tuple[int, ...], data: bytes | None) -> npt.NDArray[Any]:
        """Return a chunk for the bytes of its file.

        Parameters
        ----------
        place : tuple of int
            Its position along each axis.
        data : bytes or None
            None if there is no such file.

        Raises
        ------
        DamagedDataError, UnsafeDataError
            If the bytes are not such a chunk.
        MissingDataError, SourceChangedError
            If it is missing and does not stand for the fill value.
        """
        key, expected, limit = self._key(place), self._chunk_bytes, self._most_bytes
        if data is None:
            self._check_missing(key)
            return np.broadcast_to(np.array(self.fill_value, dtype=self.dtype), self.chunks)
        if expected > max(UNBACKED_BYTES, BACKING * len(data)):
            raise DamagedDataError(
                f"array {self.where}: chunk {self.store.where(key)} declares {expected} bytes in {len(data)}; refused."
            )
        try:
            decoded = undo_filters(self._filters, unpack(self._compressor, data, limit), limit)
        except (DamagedDataError, UnsafeDataError) as error:
            raise type(error)(
                f"array {self.where}: chunk {self.store.where(key)} cannot be read: {error}."
            ) from error
        raw = np.frombuffer(
            np.ascontiguousarray(decoded) if isinstance(decoded, np.ndarray) else decoded, "u1"
        )
        if raw.nbytes != expected:
            raise DamagedDataError(
                f"array {self.where}: chunk {self.store.where(key)} has {raw.nbytes} bytes, expected {expected}."
            )
        return raw.view(self.dtype).reshape(self.chunks, order=self.order)

    def _check_missing(self, key: str) -> None:
        """Refuse to take a missing chunk for the fill value unless it stands for it; see the module."""
        where = self.store.where(key)
        if self.fill_value is None or self._whole:
            raise MissingDataError(
                f"array {self.where}: chunk {where} is missing. Copy the analyzer again, or compute it again."
            )
        if self.store.read(f"{self.path}/.zarray", MAX_JSON) is None:
            raise SourceChangedError(
                f"array {self.where} is not there any more: neither chunk {where} nor its .zarray is found. "
                "Open the analyzer again with nbl.load(...)."
            )
        if self.store.altered(self.path):
            raise SourceChangedError(
                f"array {self.where} has changed since the analyzer was opened: chunk {where} is missing. "
                "Open it again with nbl.load(...)."
            )


class Selection:
    """Rows of an array and the chunks that hold them.

    Parameters
    ----------
    array : ZarrArray
    rows : slice or int array, optional
        As for :meth:`ZarrArray.read`.

    Raises
    ------
    DamagedDataError
        If the array declares far more than is stored.
    IndexError
        For a row that does not exist.
    """

    def __init__(self, array: ZarrArray, rows: Rows = None) -> None:
        self._array = array
        self._wanted: npt.NDArray[np.intp] | None = None
        self._count = 1
        self._blocks: Sequence[int] = [0]
        self._others: list[range] = []
        if not array.shape:
            return
        n_rows = array.shape[0]
        asked = range(*rows.indices(n_rows)) if isinstance(rows, slice) else rows
        array.check_size(n_rows if asked is None else len(asked), 0)
        self._wanted = None if asked is None else positions(asked, n_rows)
        first, *self._others = array.places()
        blocks = first if self._wanted is None else np.unique(self._wanted // array.chunks[0]).tolist()
        self._count = n_rows if self._wanted is None else len(self._wanted)
        array.check_size(self._count, len(blocks) * math.prod(map(len, self._others)))
        self._blocks = blocks if self._count and all(array.shape[1:]) else []

    def places(self) -> Iterator[tuple[int, ...]]:
        """Positions of the chunks along each axis, in the order in which :meth:`filled` takes them."""
        if not self._array.shape:
            return iter([()])
        return itertools.product(self._blocks, *self._others)

    def requests(self) -> Iterator[ChunkRequest]:
        """Return the requests for these chunks."""
        return map(self._array.chunk_request, self.places())

    def filled(self, chunks: Iterator[npt.NDArray[Any]]) -> npt.NDArray[Any]:
        """Return the rows, taken out of their chunks, which come in the order of `requests`."""
        array = self._array
        if not array.shape:
            return next(chunks).reshape(()).copy()
        out = np.empty((self._count, *array.shape[1:]), dtype=array.dtype)
        chosen: dict[int, tuple[Any, Any]] = {}
        for block, *place in self.places():
            if block not in chosen:
                chosen = {block: self._inside(block)}
            target, inside = chosen[block]
            window = tuple(
                slice(i * c, min((i + 1) * c, n))
                for i, c, n in zip(place, array.chunks[1:], array.shape[1:], strict=True)
            )
            crop = tuple(slice(0, w.stop - w.start) for w in window)
            out[(target, *window)] = next(chunks)[(slice(None), *crop)][inside]
        return out

    def _inside(self, block: int) -> tuple[Any, Any]:
        """Return which of the wanted rows lie in a row of chunks, and where in these they lie."""
        height, wanted = self._array.chunks[0], self._wanted
        if wanted is None:
            stop = min((block + 1) * height, self._array.shape[0])
            return slice(block * height, stop), slice(0, stop - block * height)
        target = np.flatnonzero(wanted // height == block)
        return target, wanted[target] - block * height


def read_together(arrays: Sequence[ZarrArray]) -> list[npt.NDArray[Any]]:
    """Read several arrays of one store whole; at an address, their chunks are fetched at the same time.

    Raises
    ------
    DamagedDataError, MissingDataError, SourceChangedError
        As :meth:`ZarrArray.read`, for the first array that cannot be read.
    """
    if not arrays:
        return []
    selections = [Selection(array) for array in arrays]
    requests = itertools.chain.from_iterable(selection.requests() for selection in selections)
    with closing(read_chunks(arrays[0].store, requests)) as chunks:
        return [selection.filled(chunks) for selection in selections]


def positions(rows: range | npt.NDArray[Any], count: int) -> npt.NDArray[np.intp]:
    """Return rows as positions from the start; negative rows and masks mean what they mean to numpy."""
    if isinstance(rows, range):
        return np.arange(rows.start, rows.stop, rows.step)
    wanted = np.asarray(rows)
    if wanted.dtype == bool and wanted.shape == (count,):
        return np.flatnonzero(wanted)
    wanted = wanted.astype(np.intp)
    if wanted.size and (wanted.min() < -count or wanted.max() >= count):
        raise IndexError(f"rows {wanted.min()} to {wanted.max()} are asked for, but there are {count} rows.")
    return np.where(wanted < 0, wanted + count, wanted)


def _sizes(values: Any, least: int) -> tuple[int, ...]:
    if not isinstance(values, list) or len(values) > MAX_DIMENSIONS:
        raise DamagedDataError(f"{shortened(values)} is no list of at most {MAX_DIMENSIONS} sizes.")
    for value in values:
        if type(value) is not int or value < least or value > 2**48:
            raise DamagedDataError(f"{shortened(value)} is not a size.")
    return tuple(values)


#: A type as format 2 writes it: byte order, kind, bytes, unit of time.
_TYPESTR = re.compile(r"[<>|=]?[?A-Za-z]\d*(\[\w+\])?", re.ASCII)


def _dtype(spec: Any) -> np.dtype[Any]:
    if not isinstance(spec, list) and not (isinstance(spec, str) and _TYPESTR.fullmatch(spec)):
        raise DamagedDataError(f"dtype {shortened(spec)} is not a type.")
    if isinstance(spec, list):
        if not 0 < len(spec) <= MAX_FIELDS:
            raise DamagedDataError(f"dtype {shortened(spec)} has {len(spec)} fields.")
        spec = [tuple(tuple(p) if isinstance(p, list) else p for p in field) for field in spec]
    dtype: np.dtype[Any] = np.dtype(spec)
    if dtype.hasobject:
        raise UnsafeDataError("it holds Python objects; it stays bytes.")
    if not 0 < dtype.itemsize <= MAX_ITEM_BYTES:
        raise DamagedDataError(f"dtype {shortened(spec)} has values of {dtype.itemsize} bytes.")
    return dtype


def _fill_value(value: Any, dtype: np.dtype[Any]) -> Any:
    if value is None:
        return None
    if dtype.kind in "VS" and isinstance(value, str):
        try:
            raw = base64.b64decode(value, validate=True)
        except binascii.Error:
            return np.zeros((), dtype)[()]
        return np.frombuffer(raw, dtype)[0] if len(raw) == dtype.itemsize else np.zeros((), dtype)[()]
    if dtype.kind in "VU" and value in (0, ""):
        return np.zeros((), dtype)[()]
    if isinstance(value, str) and dtype.kind in "fc":
        value = float(value)
    if not isinstance(value, int | float | str | list):
        raise DamagedDataError(f"fill_value {shortened(value)} is not a value of its dtype.")
    return np.array(value, dtype=dtype).reshape(())[()]
