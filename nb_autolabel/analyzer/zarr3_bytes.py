"""Texts of any length, and checksums, as format 3 stores them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError
from .text_chunks import check_texts

#: Checksums of more bytes than this are not checked where no compiled code for them is installed.
SLOW_CHECKSUM = 2**18


def texts(data: bytes, count: int, most: int) -> npt.NDArray[Any]:
    """Return texts (``vlen-utf8``): their number, then each behind its length in bytes.

    Parameters
    ----------
    data : bytes
    count : int
        How many there must be.
    most : int
        Bytes that the result may have; a character takes four.

    Raises
    ------
    DamagedDataError
    """
    found = int.from_bytes(data[:4], "little")
    if len(data) < 4 or found != count or len(data) < 4 + 4 * count:
        raise DamagedDataError(f"it has {found} texts in {len(data)} bytes, expected {count}")
    values, longest, at = [], 1, 4
    for _ in range(count):
        start = at + 4
        at = start + int.from_bytes(data[at:start], "little")
        if start > len(data) or at > len(data):
            raise DamagedDataError("a text reaches beyond its end")
        try:
            text = data[start:at].decode("utf-8")
        except UnicodeDecodeError as error:
            raise DamagedDataError(f"a text is not UTF-8 ({error.reason})") from error
        values.append(text)
        longest = max(longest, len(text))
    if at != len(data):
        raise DamagedDataError(f"its texts end after {at} bytes, but there are {len(data)}")
    check_texts(count, longest, most)
    return np.array(values, dtype=f"U{longest}")


def without_checksum(data: bytes) -> bytes:
    """Return bytes without their CRC32C at the end, which is checked.

    Raises
    ------
    DamagedDataError
        If it is not theirs.
    """
    if len(data) < 4:
        raise DamagedDataError("it has no checksum")
    content, stored = data[:-4], int.from_bytes(data[-4:], "little")
    computed = _crc32c(content)
    if computed is not None and computed != stored:
        raise DamagedDataError(f"its checksum is {computed:#010x}, not {stored:#010x} as stored")
    return content


def _crc32c(data: bytes) -> int | None:
    """Return the CRC32C of bytes; None if they are many and there is no compiled code for it."""
    try:
        import google_crc32c
    except ImportError:
        return slow_crc32c(data) if len(data) <= SLOW_CHECKSUM else None
    return int(google_crc32c.value(data))


def slow_crc32c(data: bytes) -> int:
    """Return the CRC32C (Castagnoli) of bytes, byte by byte."""
    table, crc = _table(), 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


@cache
def _table() -> list[int]:
    table = list(range(256))
    for _ in range(8):
        table = [(crc >> 1) ^ (0x82F63B78 if crc & 1 else 0) for crc in table]
    return table
