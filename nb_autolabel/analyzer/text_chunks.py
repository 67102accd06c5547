"""Chunks of texts of any length: bounds on what they take, and putting them together."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError
from .zarr_metadata import MAX_ITEM_BYTES

#: Texts that are read together take at most so many bytes: each as many as the longest, four a character.
MAX_TEXTS = 2**26
#: A chunk of texts, as stored and not packed, has at most so many bytes.
MAX_TEXT_CHUNK = 2**24


def check_texts(count: int, longest: int, most: int = MAX_TEXTS) -> None:
    """Refuse texts that would take too much memory side by side.

    Parameters
    ----------
    count, longest : int
        How many, and the characters of the longest.
    most : int, default: MAX_TEXTS
        Bytes that they may take.

    Raises
    ------
    DamagedDataError
    """
    if 4 * longest > MAX_ITEM_BYTES or 4 * longest * count > most:
        raise DamagedDataError(
            f"it holds {count} texts, the longest of {longest} characters: more than {MAX_ITEM_BYTES // 4} "
            f"characters, or {most} bytes together, are not read"
        )


def as_wide_as_longest(
    chunks: Iterator[npt.NDArray[Any]], count: int, texts: int, where: str
) -> tuple[list[npt.NDArray[Any]], np.dtype[Any]]:
    """Return the next chunks of texts, and the type that holds all of their texts.

    Parameters
    ----------
    chunks : iterator of ndarray
        As wide as their own longest text.
    count : int
        How many chunks to take.
    texts : int
        How many texts are wanted of them.
    where : str
        The array, for messages.

    Raises
    ------
    DamagedDataError
        If they take too much memory.
    """
    taken: list[npt.NDArray[Any]] = []
    total, longest = 0, 1
    for chunk in itertools.islice(chunks, count):
        total, longest = total + chunk.nbytes, max(longest, chunk.dtype.itemsize // 4)
        try:
            check_texts(texts, longest)
            check_texts(total // 4, 1)
        except DamagedDataError as error:
            raise DamagedDataError(f"array {where}: {error}.") from error
        taken.append(chunk)
    return taken, np.dtype(f"U{longest}")
