"""One array of a zarr store (format 2), read chunk by chunk, whatever zarr is installed.

zarr 2 decodes pickles that a file asks for, and zarr 3 cannot open these stores at all once they
hold an object array. What is needed is small: the ``.zarray`` JSON, the chunks, the codecs.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, MissingDataError, UnsafeDataError
from .codecs import check_codecs, undo_filters, unpack
from .stores import Store, checked

Rows = slice | npt.NDArray[np.intp] | None

#: An array larger than this must be backed by stored bytes ...
UNBACKED_BYTES = 2**30
#: ... at least one for this many.
BACKING = 1000
MAX_CHUNKS = 1_000_000
MAX_DIMENSIONS = 32
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

    Raises
    ------
    UnsafeDataError
        If it holds objects or uses a codec that is not on the list.
    DamagedDataError
        If its description makes no sense.
    """

    def __init__(self, store: Store, path: str, meta: Any) -> None:
        self.store = store
        self.path = checked(path)
        try:
            self._parse(meta)
        except (UnsafeDataError, DamagedDataError) as error:
            raise type(error)(f"array {self.where}: {error}") from error
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
            raise DamagedDataError(f"array {self.where}: its .zarray makes no sense ({error!r}).") from error

    @property
    def where(self) -> str:
        """Full path, for messages."""
        return self.store.where(self.path)

    def _parse(self, meta: Any) -> None:
        if meta["zarr_format"] != 2:
            raise DamagedDataError(f"zarr_format {meta['zarr_format']!r} is not 2.")
        filters, compressor = meta.get("filters"), meta.get("compressor")
        check_codecs(filters, compressor)
        self.dtype = _dtype(meta["dtype"])
        self.shape = tuple(_count(n, 0) for n in meta["shape"])
        self.chunks = tuple(_count(n, 1) for n in meta["chunks"])
        if len(self.shape) != len(self.chunks) or len(self.shape) > MAX_DIMENSIONS:
            raise DamagedDataError(f"shape {self.shape} and chunks {self.chunks} do not fit each other.")
        self.order = meta.get("order", "C")
        if self.order not in ("C", "F"):
            raise DamagedDataError(f"order {self.order!r} is neither C nor F.")
        self.separator = meta.get("dimension_separator", ".")
        if self.separator not in (".", "/"):
            raise DamagedDataError(f"dimension_separator {self.separator!r} is neither . nor /.")
        self._filters, self._compressor = filters, compressor
        self.fill_value = _fill_value(meta.get("fill_value"), self.dtype)

    def read(self, rows: Rows = None) -> npt.NDArray[Any]:
        """Read the array, or some of its rows; only the chunks they lie in are read.

        Parameters
        ----------
        rows : slice or int array, optional
            Positions along the first axis, in the order wanted, counted as numpy counts them.
            None reads all.

        Returns
        -------
        ndarray

        Raises
        ------
        DamagedDataError
            If a chunk cannot be read, or the array declares far more than is stored.
        IndexError
            For a row that does not exist.
        """
        if not self.shape:
            return self._chunk(()).reshape(()).copy()
        n_rows, height = self.shape[0], self.chunks[0]
        asked = range(*rows.indices(n_rows)) if isinstance(rows, slice) else rows
        self._check_size(n_rows if asked is None else len(asked), 0)
        wanted = None if asked is None else _positions(asked, n_rows)
        count = n_rows if wanted is None else len(wanted)
        others = [range(math.ceil(n / c)) for n, c in zip(self.shape[1:], self.chunks[1:], strict=True)]
        blocks = range(math.ceil(n_rows / height)) if wanted is None else np.unique(wanted // height).tolist()
        self._check_size(count, len(blocks) * math.prod(map(len, others)))
        out = np.empty((count, *self.shape[1:]), dtype=self.dtype)
        if not out.size:
            return out
        for block in blocks:
            if wanted is None:
                target: Any = slice(block * height, min((block + 1) * height, n_rows))
                inside: Any = slice(0, target.stop - target.start)
            else:
                target = np.flatnonzero(wanted // height == block)
                inside = wanted[target] - block * height
            for place in itertools.product(*others):
                chunk = self._chunk((block, *place))
                window = tuple(
                    slice(i * c, min((i + 1) * c, n))
                    for i, c, n in zip(place, self.chunks[1:], self.shape[1:], strict=True)
                )
                crop = tuple(slice(0, w.stop - w.start) for w in window)
                out[(target, *window)] = chunk[(slice(None), *crop)][inside]
        return out

    def _check_size(self, n_rows: int, n_chunks: int) -> None:
        """Refuse to read what is declared but cannot be there."""
        if n_chunks > MAX_CHUNKS:
            raise DamagedDataError(f"array {self.where}: {n_chunks} chunks are declared; refused.")
        nbytes = n_rows * math.prod(self.shape[1:]) * self.dtype.itemsize
        nbytes = max(nbytes, n_chunks * math.prod(self.chunks) * self.dtype.itemsize)
        if nbytes > UNBACKED_BYTES:
            stored = sum(self.store.size(f"{self.path}/{n}") or 0 for n in self.store.names(self.path))
            if nbytes > BACKING * stored:
                raise DamagedDataError(
                    f"array {self.where}: shape {self.shape} in chunks {self.chunks} declares {nbytes} bytes "
                    f"but only {stored} are stored; refused."
                )

    def _chunk(self, place: tuple[int, ...]) -> npt.NDArray[Any]:
        name = self.separator.join(map(str, place)) if place else "0"
        key = f"{self.path}/{name}"
        expected = math.prod(self.chunks) * self.dtype.itemsize
        # Filters may store wider values than the array has: 16 bytes each at the most.
        limit = expected if not self._filters else max(expected, math.prod(self.chunks) * 16)
        # What cannot be compressed grows a little.
        data = self.store.read(key, limit=2 * limit + 2**16)
        if data is None:
            if self.fill_value is None:
                raise MissingDataError(f"array {self.where}: chunk {key} is missing.")
            return np.broadcast_to(np.array(self.fill_value, dtype=self.dtype), self.chunks)
        try:
            decoded = undo_filters(self._filters, unpack(self._compressor, data, limit))
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


def _positions(rows: range | npt.NDArray[Any], count: int) -> npt.NDArray[np.intp]:
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


def _count(value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least or value > 2**48:
        raise DamagedDataError(f"{value!r} is not a size.")
    return value


def _dtype(spec: Any) -> np.dtype[Any]:
    if isinstance(spec, list):
        spec = [tuple(tuple(p) if isinstance(p, list) else p for p in field) for field in spec]
    dtype: np.dtype[Any] = np.dtype(spec)
    if dtype.hasobject:
        raise UnsafeDataError("it holds Python objects; it stays bytes.")
    if not 0 < dtype.itemsize <= MAX_ITEM_BYTES:
        raise DamagedDataError(f"dtype {spec!r} has values of {dtype.itemsize} bytes.")
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
        raise DamagedDataError(f"fill_value {value!r} is not a value of its dtype.")
    return np.array(value, dtype=dtype).reshape(())[()]
