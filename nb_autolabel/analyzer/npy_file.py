"""An ``.npy`` file on this machine, read row by row where it can be, never mapped into memory."""

from __future__ import annotations

import itertools
import math
import os
import struct
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError, MissingDataError, UnsafeDataError
from .rows import Rows, positions
from .zarr_metadata import MAX_DIMENSIONS

#: Bytes that a header may have; those that numpy writes are far shorter.
MAX_HEADER = 2**14
#: Rows with a gap smaller than this between them are read together, including the gap ...
GAP_BYTES = 2**16
#: ... in blocks of about this many bytes.
BLOCK_BYTES = 2**23


class NpyFile:
    """An array in a file; its header is read at once, its rows when they are asked for.

    Parameters
    ----------
    opened : callable
        Opens the file for reading; returns None if it is not there.
    where : str
        For messages.

    Attributes
    ----------
    shape : tuple of int
    dtype : dtype

    Raises
    ------
    MissingDataError, DamagedDataError, UnsafeDataError
    """

    def __init__(self, opened: Callable[[], BinaryIO | None], where: str) -> None:
        self._opened, self._where = opened, where
        with self._open() as file:
            self.shape, fortran, self.dtype = read_header(file, _size(file), where)
            # A single column, as MATLAB's writers store it, lies the same in both orders.
            self._fortran = fortran and sum(n != 1 for n in self.shape) > 1
            self._offset = file.tell()

    @property
    def column_major(self) -> bool:
        """Whether rows lie all over the file, so that reading one reads all."""
        return self._fortran

    def _open(self) -> BinaryIO:
        file = self._opened()
        if file is None:
            raise MissingDataError(f"{self._where} is missing.")
        return file

    def read(self, rows: Rows = None) -> npt.NDArray[Any]:
        """Read the array, or some of its rows.

        Parameters
        ----------
        rows : slice or int array, optional
            Positions along the first axis, as numpy counts them. None reads all.

        Returns
        -------
        ndarray
            The caller's own.

        Raises
        ------
        DamagedDataError
            If the file has become shorter, or cannot be read.
        IndexError
            For a row that does not exist.
        """
        with self._open() as file:
            if rows is None or not self.shape or self._fortran:
                whole = self._block(file, 0, math.prod(self.shape))
                whole = whole.reshape(self.shape, order="F" if self._fortran else "C")
                return whole if rows is None else np.array(whole[rows])
            return self._rows(file, rows)

    def _rows(self, file: BinaryIO, rows: slice | npt.NDArray[np.intp]) -> npt.NDArray[Any]:
        count, width = self.shape[0], math.prod(self.shape[1:])
        asked = range(*rows.indices(count)) if isinstance(rows, slice) else rows
        if isinstance(asked, range) and asked.step == 1:
            block = self._block(file, asked.start * width, len(asked) * width)
            return block.reshape(len(asked), *self.shape[1:])
        wanted = positions(asked, count)
        out = np.empty((len(wanted), *self.shape[1:]), self.dtype)
        if not out.size:
            return out
        order = np.argsort(wanted, kind="stable")
        ascending = wanted[order]
        bytes_of_row = max(1, width * self.dtype.itemsize)
        cuts = np.flatnonzero(np.diff(ascending) > max(1, GAP_BYTES // bytes_of_row)) + 1
        for near in np.split(order, cuts):
            for part in _blocks(wanted[near], max(1, BLOCK_BYTES // bytes_of_row)):
                chosen = near[part]
                low, high = int(wanted[chosen[0]]), int(wanted[chosen[-1]]) + 1
                block = self._block(file, low * width, (high - low) * width)
                out[chosen] = block.reshape(high - low, *self.shape[1:])[wanted[chosen] - low]
        return out

    def _block(self, file: BinaryIO, start: int, count: int) -> npt.NDArray[Any]:
        """Read `count` values from position `start` on, in the order of the file."""
        needed = self._offset + (start + count) * self.dtype.itemsize
        out = np.empty(count, self.dtype)
        try:
            if _size(file) >= needed:
                file.seek(self._offset + start * self.dtype.itemsize)
                left = out.view("u1").data if out.nbytes else memoryview(b"")
                while left.nbytes:
                    got = file.readinto(left)  # type: ignore[attr-defined]
                    if not got:
                        break
                    left = left[got:]
                if not left.nbytes:
                    return out
        except OSError as error:
            raise DamagedDataError(f"array {self._where} cannot be read: {error}.") from error
        raise DamagedDataError(
            f"array {self._where} has become shorter since it was opened. Open the analyzer again with nbl.load(...)."
        )


def after_header(data: bytes) -> int:
    """Return where the values of an ``.npy`` file begin, whatever kind of values they are; 0 if it is no such file."""
    wide = data[6:8] != b"\x01\x00"
    size = 4 if wide else 2
    length = int.from_bytes(data[8 : 8 + size], "little")
    return 8 + size + length if data.startswith(np.lib.format.MAGIC_PREFIX) and length <= MAX_HEADER else 0


def read_header(file: BinaryIO, size: int, where: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Read the header of an ``.npy`` file, and leave the file where the values begin.

    Parameters
    ----------
    file : file
        At its beginning.
    size : int
        Bytes that it has.
    where : str
        For messages.

    Returns
    -------
    shape, fortran_order, dtype

    Raises
    ------
    DamagedDataError
        If it is not what numpy writes, or declares other than what follows.
    UnsafeDataError
        If the array holds Python objects.
    """
    try:
        version = np.lib.format.read_magic(file)
        wide = version != (1, 0)
        length = struct.unpack("<I" if wide else "<H", file.read(4 if wide else 2))[0]
        if length > MAX_HEADER:
            raise DamagedDataError(f"array {where}: its header has {length} bytes, more than {MAX_HEADER}.")
        file.seek(-4 if wide else -2, os.SEEK_CUR)
        read = np.lib.format.read_array_header_2_0 if wide else np.lib.format.read_array_header_1_0
        shape, fortran, dtype = read(file)
    except DamagedDataError:
        raise
    except Exception as error:  # numpy reads the header with Python's parser, which has its own kinds
        raise DamagedDataError(f"array {where} cannot be read: {error}.") from error
    if dtype.hasobject:
        raise UnsafeDataError(f"{where} is not read: it holds Python objects; it stays bytes.")
    if len(shape) > MAX_DIMENSIONS or any(type(n) is not int or n < 0 for n in shape):
        raise DamagedDataError(f"array {where}: its header declares the shape {shape}.")
    declared, there = math.prod(shape) * dtype.itemsize, size - file.tell()
    if declared != there:
        raise DamagedDataError(f"array {where}: its header declares {declared} bytes, {there} follow.")
    # numpy refuses also an array without values if the other sizes multiply to more.
    if dtype.itemsize == 0 or math.prod(n for n in shape if n) * dtype.itemsize >= 2**62:
        raise DamagedDataError(f"array {where}: its header declares {dtype} {shape}.")
    return shape, fortran, dtype


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size


def _blocks(ascending: npt.NDArray[np.intp], rows: int) -> list[slice]:
    """Cut ascending positions into parts that span at most `rows` rows each."""
    cuts = [0]
    while cuts[-1] < len(ascending):
        cuts.append(int(np.searchsorted(ascending, ascending[cuts[-1]] + rows)))
    return [slice(a, b) for a, b in itertools.pairwise(cuts)]
