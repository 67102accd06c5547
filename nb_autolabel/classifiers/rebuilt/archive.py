"""The zip file behind a ``.skops`` model: its schema and its arrays, with limits before the work."""

from __future__ import annotations

import ast
import io
import json
import math
import re
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ...errors import AutolabelError, ModelError

#: Bytes that a model file may have; a download that is larger is not started.
MAX_FILE = 300_000_000
#: Bytes of all arrays that a model asks for, an array that it names twice counted twice.
MAX_BYTES = 250_000_000
#: Bytes of one array.
MAX_ARRAY = 100_000_000
#: Bytes of the description of the objects; where it is not ASCII, a character may take four times as much.
MAX_SCHEMA, MAX_WIDE_SCHEMA = 32_000_000, 8_000_000
#: Lists, dictionaries and entries in the description: each costs some hundred bytes once it is read.
MAX_ENTRIES = 2_000_000
#: Bytes of the list of files in the archive, of which each takes about 65.
MAX_DIRECTORY = 4_000_000
#: What reading a damaged or hostile zip file, JSON text or array header can raise.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    OverflowError,
    MemoryError,
    SyntaxError,
    RuntimeError,
)
WAY_OUT = "If you trust it, load it yourself and pass the fitted scikit-learn classifier instead of the file."
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2}
_MAX_HEADER = 4096
_NUMBER = re.compile(r"[<>|=]?(?:b1|[iu][1248]|f[248]|U\d{1,4})")
_PADDING = re.compile(r"\|?V\d{1,3}")


class Archive:
    """A ``.skops`` file, opened for its schema and arrays.

    Parameters
    ----------
    path : Path

    Raises
    ------
    ModelError
        If it is no zip file, is damaged, or goes beyond a limit of this module.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._spent = 0
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise self.broken("it is not a regular file")
            if status.st_size > MAX_FILE:
                raise self.too_large(f"it has {status.st_size} bytes", MAX_FILE)
            self._file = _Bounded(path.open("rb", buffering=0), self)
        except OSError as error:
            raise self.broken(error.strerror or type(error).__name__) from None
        try:
            self._zip = zipfile.ZipFile(self._file)
            self._members = self._checked()
        except BROKEN as error:
            self._file.close()
            raise self._named(error) from None
        self._file.most = MAX_ARRAY

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._file.close()

    def _checked(self) -> dict[str, zipfile.ZipInfo]:
        found: dict[str, zipfile.ZipInfo] = {}
        for entry in self._zip.infolist():
            name = entry.filename
            if name in found:
                raise self.broken(f"it holds '{printable(name)}' twice")
            if name.startswith(("/", "\\")) or ":" in name or ".." in re.split(r"[/\\]", name):
                raise self.broken(f"the name '{printable(name)}' leads out of it")
            found[name] = entry
        return found

    def schema(self) -> Any:
        """Return the description of the objects, as JSON."""
        raw = self._read("schema.json", MAX_SCHEMA)
        entries = sum(raw.count(sign) for sign in (b"{", b"[", b",", b":"))
        if entries > MAX_ENTRIES:
            raise self.too_large(f"its description has {entries} entries", MAX_ENTRIES)
        if not raw.isascii() and len(raw) > MAX_WIDE_SCHEMA:
            raise self.too_large(f"its description has {len(raw)} bytes, not all ASCII", MAX_WIDE_SCHEMA)
        try:
            return json.loads(raw)
        except (ValueError, RecursionError, MemoryError) as error:
            raise self._named(error) from None

    def array(self, name: object) -> npt.NDArray[Any]:
        """Return an array of numbers or text, read only.

        Raises
        ------
        ModelError
            If it is not there, holds objects, or is damaged.
        """
        data = self._read(name, MAX_ARRAY)
        try:
            found = _array(data)
        except BROKEN as error:
            raise self.broken(f"the array '{printable(name)}' cannot be read: {_short(error)}") from None
        found.flags.writeable = False
        return found

    def _read(self, name: object, most: int) -> bytes:
        entry = self._members.get(name) if isinstance(name, str) else None
        if entry is None:
            raise self.broken(f"it lacks '{printable(name)}'")
        if entry.file_size > most:
            raise self.too_large(f"'{printable(name)}' unpacks to {entry.file_size} bytes", most)
        self._spent += entry.file_size
        if self._spent > MAX_BYTES:
            raise self.too_large("its arrays unpack to more than that", MAX_BYTES)
        if entry.compress_type not in _METHODS or entry.flag_bits & 1:
            raise self.broken(f"'{printable(name)}' is encrypted, or packed in a way that is not read here")
        try:
            data = self._zip.read(entry)
        except BROKEN as error:
            raise self._named(error) from None
        if len(data) != entry.file_size:
            raise self.broken(f"'{printable(name)}' is cut off")
        return data

    def broken(self, why: str) -> ModelError:
        """Return an error that says what is wrong with the file."""
        return ModelError(f"{printable(self.name)} is no .skops file that can be read: {why}.")

    def too_large(self, what: str, most: int) -> ModelError:
        """Return an error that says which limit the file goes beyond."""
        return ModelError(f"{printable(self.name)} is too large: {what}; at most {most} are read. {WAY_OUT}")

    def _named(self, error: BaseException) -> BaseException:
        return error if isinstance(error, AutolabelError) else self.broken(_short(error))


class _Bounded(io.BufferedReader):
    """A file of which no more than so many bytes are read at once."""

    def __init__(self, raw: io.RawIOBase, archive: Archive) -> None:
        super().__init__(raw)
        self.most = MAX_DIRECTORY
        self._archive = archive

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            size = self.most + 1
        if size > self.most + 1:
            raise self._archive.too_large(f"{size} bytes of it are one piece", self.most)
        return super().read(size)


def _array(data: bytes) -> npt.NDArray[Any]:
    """Read a ``.npy`` file of numbers or text; nothing else is decoded."""
    if data[:6] != b"\x93NUMPY" or data[6] not in (1, 2, 3):
        raise ValueError("it does not begin like one")
    long = data[6] > 1
    start = 12 if long else 10
    length = int.from_bytes(data[8:start], "little")
    if length > _MAX_HEADER or start + length > len(data):
        raise ValueError("its header is too long")
    header = ast.literal_eval(
        data[start : start + length].decode("utf-8" if data[6] == 3 else "latin1").strip()
    )
    if not isinstance(header, dict) or set(header) != {"descr", "fortran_order", "shape"}:
        raise ValueError("its header is not that of an array")
    shape, order = header["shape"], header["fortran_order"]
    if not (
        isinstance(shape, tuple)
        and len(shape) <= 3
        and all(type(size) is int and 0 <= size <= MAX_ARRAY for size in shape)
        and isinstance(order, bool)
    ):
        raise ValueError("its shape is none")
    kind = _dtype(header["descr"])
    rest = len(data) - start - length
    if math.prod(shape) * kind.itemsize != rest:
        raise ValueError(f"its shape {shape} does not fit its {rest} bytes")
    flat = np.frombuffer(data, kind, offset=start + length)
    return flat.reshape(shape, order="F" if order else "C")


def _dtype(described: Any) -> np.dtype[Any]:
    """Return the type of an array from its header: numbers, text, or named columns of numbers."""
    if isinstance(described, str) and _NUMBER.fullmatch(described):
        found = np.dtype(described)
    elif isinstance(described, list) and 0 < len(described) <= 32:
        for field in described:
            if not (
                isinstance(field, tuple) and len(field) == 2 and all(isinstance(part, str) for part in field)
            ):
                raise ValueError("its columns are not plain")
            if not (_NUMBER if field[0] else _PADDING).fullmatch(field[1]):
                raise ValueError("its columns are not numbers")
        found = np.lib.format.descr_to_dtype(described)
    else:
        raise ValueError("it holds something other than numbers or text")
    if found.hasobject or found.itemsize == 0:
        raise ValueError("it holds something other than numbers or text")
    return found


def printable(name: object) -> str:
    """Return a name from a file as it can be shown: short, and without control characters."""
    text = str(name)[:100] if isinstance(name, str | int | float) else type(name).__name__
    return "".join(c if c.isprintable() else "?" for c in text)


def _short(error: BaseException) -> str:
    text = printable(str(error)) or type(error).__name__
    return "it is nested too deeply" if isinstance(error, RecursionError) else text.rstrip(".")
