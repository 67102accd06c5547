"""The metrics of many recordings, kept in one Parquet file: reading it takes a fraction of what a file for each takes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..analyzer.atomic_write import beside, target_path
from ..analyzer.kinds import Kind
from ..errors import AutolabelError
from .cache import FORMAT, LARGEST, column_of, described, reading_from, texts_of
from .reading import Columns, Reading

#: Name of the file in the folder of what was read.
NAME = "together.parquet"
#: Fewer recordings are kept one by one; more units than this too, since the file is written as a whole.
FEWEST, MOST_UNITS = 8, 500_000
_KEY = b"nb_autolabel"
_OWN = Kind("readings that were kept", lambda path: "")
_UNIT = "unit_id"
_NUMBERS = {"int64": "<i8", "double": "<f8"}


@dataclass(frozen=True)
class Part:
    """One recording of the file.

    Attributes
    ----------
    said : dict
        As :func:`described` returns it.
    metrics : Columns
    """

    said: dict[str, Any]
    metrics: Columns


class Together:
    """What is kept of many recordings, without templates and text; only of such as have the same metrics.

    Parameters
    ----------
    folder : Path
        Folder of what was read. A file that is damaged, or is none of this package, counts as none.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / NAME
        self.parts: dict[str, Part] = {}
        if self.file.is_file() and not self.file.is_symlink():
            try:
                self.parts = _read(self.file)
            except Exception:  # whatever lies there, the recordings are read anew
                self.parts = {}

    def get(self, path: str, fingerprint: str) -> Reading | None:
        """Return what was kept of a recording; None if nothing was, or it has changed; see :meth:`Cache.get`."""
        part = self.parts.get(path)
        if part is None or not fingerprint or part.said["fingerprint"] != fingerprint:
            return None
        try:
            return reading_from(part.said, part.metrics)
        except (KeyError, TypeError, ValueError):
            return None

    def add(self, several: Sequence[tuple[str, str, Reading]]) -> set[str]:
        """Keep readings beside those that are there; return the paths of those that are kept.

        Parameters
        ----------
        several : sequence of (path, fingerprint, Reading)
        """
        new = {}
        for path, fingerprint, reading in several:
            part = _part(path, fingerprint, reading)
            if part is not None:
                new[path] = part
        if not new:
            return set()
        kind = _kind(next(iter(new.values())))
        new = {path: part for path, part in new.items() if _kind(part) == kind}
        others = {path: part for path, part in self.parts.items() if path not in new and _kind(part) == kind}
        every = {**others, **new}
        if sum(len(part.metrics.unit_ids) for part in every.values()) > MOST_UNITS:
            every = new
        units = sum(len(part.metrics.unit_ids) for part in every.values())
        if len(every) < FEWEST or units > MOST_UNITS:
            return set()
        try:
            with beside(target_path(self.file), True, _OWN) as partial:
                _write(partial, list(every.values()))
        except (AutolabelError, OSError, ImportError, ValueError, TypeError):
            # Kept one by one then, and what is the matter is said there.
            return set()
        self.parts = every
        return set(new)


def _part(path: str, fingerprint: str, reading: Reading) -> Part | None:
    """Return what is kept of a reading; None where it is kept in a file of its own."""
    if "://" in path or not fingerprint or reading.texts or reading.times_ms is not None:
        return None
    ids = reading.units
    whole = bool(ids) and all(type(unit) is int for unit in ids)
    if not whole and not all(type(unit) is str for unit in ids):
        return None
    columns = {
        name: np.ascontiguousarray(values, dtype=np.int64 if values.dtype.kind in "i" else np.float64)
        for name, values in reading.columns.items()
        if values.dtype.kind in "if"
    }
    if len(columns) < len(reading.columns):
        return None
    said = {**described(path, fingerprint, reading), "path": path, "with_templates": False}
    return Part(said, Columns(np.array(ids, dtype=np.int64) if whole else np.array(ids, dtype=str), columns))


def _kind(part: Part) -> tuple[Any, ...]:
    return (
        part.metrics.unit_ids.dtype.kind,
        tuple((name, values.dtype.kind) for name, values in part.metrics.values.items()),
    )


def _write(file: Path, parts: Sequence[Part]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    ids = np.concatenate([part.metrics.unit_ids for part in parts])
    columns = {_UNIT: column_of(ids) if ids.dtype.kind == "i" else texts_of(ids.tolist())}
    for at, name in enumerate(parts[0].metrics.values):
        columns[f"{at} {name}"] = column_of(np.concatenate([part.metrics.values[name] for part in parts]))
    said = [{**part.said, "units": len(part.metrics.unit_ids)} for part in parts]
    text = json.dumps({"cache": FORMAT, "parts": said}).encode()
    table = pa.table(columns).replace_schema_metadata({_KEY: text})
    # Measured values hardly pack, and unpacking them takes most of the time of reading.
    pq.write_table(table, file, compression="none", write_statistics=False, use_dictionary=False)


def _read(file: Path) -> dict[str, Part]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as opened:
        kept = opened.metadata
        if sum(kept.row_group(at).total_byte_size for at in range(kept.num_row_groups)) > LARGEST:
            return {}
        found = json.loads((opened.schema_arrow.metadata or {})[_KEY])
        if found["cache"] != FORMAT:
            return {}
        table = opened.read(use_threads=False)
    if [each["cache"] for each in found["parts"]] != [FORMAT] * len(found["parts"]):
        return {}
    named = str(table.schema.field(_UNIT).type) == "string"
    ids = np.array(table[_UNIT].to_pylist(), dtype=str) if named else _array(table[_UNIT])
    columns = {name.partition(" ")[2]: _array(table[name]) for name in table.column_names if name != _UNIT}
    parts, start = {}, 0
    for said in found["parts"]:
        stop = start + int(said.pop("units"))
        values = {name: column[start:stop] for name, column in columns.items()}
        parts[str(said["path"])] = Part(said, Columns(ids[start:stop], values))
        start = stop
    return parts if start == len(ids) else {}


def _array(column: Any) -> npt.NDArray[Any]:
    """Return a column of numbers.

    pyarrow's own conversion loads pandas.
    """
    chunk = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    if chunk.null_count:
        raise ValueError("a value is missing.")
    values = np.frombuffer(chunk.buffers()[1], dtype=_NUMBERS[str(column.type)])
    return values[chunk.offset : chunk.offset + len(chunk)]
