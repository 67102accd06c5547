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

import math
from contextlib import closing
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, MissingDataError, SourceChangedError, UnsafeDataError
from .chunk_reading import ChunkRequest, read_chunks
from .chunk_selection import RowSelection
from .codecs import check_codecs, shortened, undo_filters, unpack
from .rows import Rows
from .store import MAX_JSON, Store, checked
from .zarr_metadata import dtype_of, fill_value_of, sizes_of

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

    #: Name of the file that describes the array.
    described_in = ".zarray"
    #: Whether it holds texts of any length: each chunk is as wide as its own longest, whatever `dtype` says.
    any_length = False

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
                f"array {self.where}: its {self.described_in} makes no sense ({shortened(error)})."
            ) from error
        # zarr 3 names the separator in every .zarray, zarr 2 names none in a folder of its default layout.
        self._whole = whole and "dimension_separator" not in meta and not self.fill_value

    def at(self, path: str) -> ZarrArray:
        """Return the array at another path of the store that is described by the same text."""
        # The sizes of chunks are worked out once for all arrays that are described alike.
        _ = self._most_stored
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.path = checked(path)
        return other

    @property
    def where(self) -> str:
        """Full path, for messages."""
        return self.store.where(self.path)

    def _parse(self, meta: Any) -> None:
        if meta["zarr_format"] != 2:
            raise DamagedDataError(f"zarr_format {shortened(meta['zarr_format'])} is not 2.")
        filters, compressor = meta.get("filters"), meta.get("compressor")
        check_codecs(filters, compressor)
        self.dtype = dtype_of(meta["dtype"])
        self.shape, self.chunks = sizes_of(meta["shape"], 0), sizes_of(meta["chunks"], 1)
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
        self.fill_value = fill_value_of(meta.get("fill_value"), self.dtype)

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
        wanted = RowSelection(self, rows)
        with closing(read_chunks(self.store, wanted.requests(), cached=cached)) as chunks:
            return wanted.filled(chunks)

    def chunk_request(self, place: tuple[int, ...]) -> ChunkRequest:
        """Return the request for a chunk, by its position along each axis."""
        return ChunkRequest(self._key(place), self._most_stored, partial(self.decoded, place))

    @cached_property
    def _chunk_bytes(self) -> int:
        return math.prod(self.chunks) * self.dtype.itemsize

    @cached_property
    def _most_bytes(self) -> int:
        """Bytes of a chunk before its filters are undone; they may store wider values, of 16 bytes at the most."""
        return max(self._chunk_bytes, math.prod(self.chunks) * 16) if self._filters else self._chunk_bytes

    @property
    def _most_stored(self) -> int:
        """Bytes that the file of a chunk may have; what cannot be compressed grows a little."""
        return 2 * self._most_bytes + 2**16 if self._compressor else self._most_bytes

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
        names = [n for n in self.store.names(self.path) if not n.startswith(".") and n != self.described_in]
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
        expected = self._chunk_bytes
        if data is None:
            self._check_missing(self._key(place))
            return np.broadcast_to(self._filled(), self.chunks)
        if expected > max(UNBACKED_BYTES, BACKING * len(data)):
            raise DamagedDataError(
                f"array {self.where}: chunk {self.store.where(self._key(place))} declares {expected} bytes in {len(data)}; "
                "refused."
            )
        try:
            return self._unpacked(data)
        except (DamagedDataError, UnsafeDataError) as error:
            raise type(error)(
                f"array {self.where}: chunk {self.store.where(self._key(place))} cannot be read: {error}."
            ) from error

    def _filled(self) -> npt.NDArray[Any]:
        """Return what one value of a missing chunk stands for."""
        return np.array(self.fill_value, dtype=self.dtype)

    def _unpacked(self, data: bytes) -> npt.NDArray[Any]:
        """Return the values of a chunk.

        Raises
        ------
        DamagedDataError, UnsafeDataError
            If the bytes are none.
        """
        limit = self._most_bytes
        decoded = undo_filters(self._filters, unpack(self._compressor, data, limit), limit)
        raw = np.frombuffer(
            np.ascontiguousarray(decoded) if isinstance(decoded, np.ndarray) else decoded, "u1"
        )
        if raw.nbytes != self._chunk_bytes:
            raise DamagedDataError(f"it has {raw.nbytes} bytes, expected {self._chunk_bytes}")
        return raw.view(self.dtype).reshape(self.chunks, order=self.order)

    def _check_missing(self, key: str) -> None:
        """Raise an error if a missing chunk does not stand for the fill value; see the module's docstring."""
        where = self.store.where(key)
        if self.fill_value is None or self._whole:
            raise MissingDataError(
                f"array {self.where}: chunk {where} is missing. Copy the analyzer again, or compute it again."
            )
        if self.store.read(f"{self.path}/{self.described_in}", MAX_JSON) is None:
            raise SourceChangedError(
                f"array {self.where} is not there any more: neither chunk {where} nor its {self.described_in} is found. "
                "Open the analyzer again with nbl.load(...)."
            )
        if self._altered_above(key):
            raise SourceChangedError(
                f"array {self.where} has changed since the analyzer was opened: chunk {where} is missing. "
                "Open it again with nbl.load(...)."
            )

    def _altered_above(self, key: str) -> bool:
        """Whether files came or went where a chunk would lie: folders may lie in folders, as far as there are any."""
        parts = key.split("/")
        folders = ("/".join(parts[:depth]) for depth in range(self.path.count("/") + 1, len(parts)))
        return any(
            self.store.altered(folder)
            for folder in folders
            if folder == self.path or self.store.stamp(folder) != "missing"
        )
