"""What a format offers for writing an analyzer, and what all formats share: blocks, chunks, names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy.typing as npt

from ..errors import DamagedDataError
from .array_kinds import kind_of
from .entry import Entry
from .header import Header
from .store import is_inside

#: Rows are copied in blocks of about this many bytes, so that a long copy needs little memory.
BLOCK_BYTES = 16 * 2**20
#: Layout that is written: that of this SpikeInterface version.
LAYOUT_VERSION = "0.105.3"


class Writer(Protocol):
    """What a format offers for writing; paths are ``/``-separated."""

    def attributes(self, path: str, **values: Any) -> None:
        """Store JSON values for a group."""

    def array(self, path: str, entry: Entry, advance: Callable[[int], None]) -> None:
        """Store an array, block by block."""

    def frame(self, path: str, frame: Any) -> None:
        """Store a table."""

    def extension(self, name: str, params: Any, run_info: Any, info: Any) -> None:
        """Start an extension."""

    def value(self, path: str, value: Any) -> bool:
        """Store a dictionary, where the format can without Python objects; return whether it could."""

    def sorting(
        self, header: Header, spikes: npt.NDArray[Any], properties: dict[str, npt.NDArray[Any]]
    ) -> None:
        """Store unit ids, spikes ordered by segment, properties, annotations."""

    def recording_info(self, attributes: dict[str, Any], probegroup: dict[str, Any] | None) -> None:
        """Store what is known of the recording."""

    def root(self, info: dict[str, Any], settings: dict[str, Any], mask: Any) -> None:
        """Store settings and sparsity."""

    def finish(self) -> None:
        """Make the whole readable."""


def blocks(entry: Entry, multiple: int = 1) -> Iterator[slice]:
    """Yield row ranges of about BLOCK_BYTES, whole multiples of `multiple` rows."""
    count = entry.shape[0]
    height = block_rows(entry.nbytes, count, BLOCK_BYTES)
    height = max(multiple, height // multiple * multiple)
    for start in range(0, count, height):
        yield slice(start, min(start + height, count))


def block_rows(nbytes: int, count: int, target: int) -> int:
    """Return the number of rows that make about `target` bytes, at least 1."""
    return max(1, min(count, target * count // nbytes)) if nbytes else max(1, count)


def chunk_rows(extension: str, key: str, entry: Entry) -> int:
    """Rows of a chunk: small where units are read one by one, larger for what is read whole."""
    small = kind_of(extension, key) in ("unit", "unit pair", "random spike")
    return block_rows(entry.nbytes, entry.shape[0], 2**20 if small else 8 * 2**20)


def storable(name: Any, *taken: str) -> str:
    """Return a name as a part of a path, if it can be one.

    Raises
    ------
    DamagedDataError
    """
    text = str(name)
    if not is_inside(text) or "/" in text or text.startswith(".") or text in taken:
        raise DamagedDataError(f"the name {text!r} cannot be stored in this format. Rename it, then save.")
    return text
