"""What was read, kept in a folder of Parquet files: one a recording, each whole or not there, all of them deletable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..analyzer.address import without_secrets
from ..analyzer.atomic_write import beside, target_path
from ..analyzer.kinds import Kind
from ..errors import AutolabelError
from ..metric_names import Renaming
from .reading import Columns, Reading

if TYPE_CHECKING:
    import pyarrow as pa

#: Changes whenever something else is read, or written otherwise: older files are read anew then.
FORMAT = 1
#: A file may not take more bytes than this when it is unpacked.
LARGEST = 2**30
_KEY = b"nb_autolabel"
#: A file of this folder is replaced whatever is in it: names are made of digests.
_OWN = Kind("a reading that was kept", lambda path: "")
#: Types of numbers, as pyarrow and as numpy call them.
_NUMBERS = {"int64": "<i8", "double": "<f8", "float": "<f4"}
_METRIC, _TEXT, _TEMPLATE, _UNIT = "metric ", "text ", "template", "unit_id"


@dataclass(frozen=True)
class Cache:
    """A folder of readings.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    def file(self, path: str) -> Path:
        """Return the file for a recording, whether it is there or not."""
        return (
            self.folder
            / f"{hashlib.sha256(path.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.parquet"
        )

    def get(self, path: str, fingerprint: str, templates: bool = True) -> Reading | None:
        """Return what was kept of a recording; None if nothing was, it has changed, or the file is damaged.

        Parameters
        ----------
        path : str
            Of the recording.
        fingerprint : str
            As :func:`fingerprint_of` gives it now; "" finds nothing.
        templates : bool, default: True
            Whether templates are needed.
        """
        file = self.file(path)
        if not fingerprint or not file.is_file() or file.is_symlink():
            return None
        try:
            found = _read(file, path, fingerprint, templates)
        except Exception:  # whatever lies there, the recording is read anew
            return None
        return None if found is None or (templates and not found.with_templates) else found

    def put(self, path: str, fingerprint: str, reading: Reading) -> str:
        """Keep a reading; return why it could not be kept, or "".

        Parameters
        ----------
        path, fingerprint
            As for :meth:`get`; they must have been looked at before the recording was read.
        reading : Reading
        """
        if not fingerprint:
            return ""
        try:
            target = target_path(self.folder / self.file(path).name)
            with beside(target, True, _OWN) as partial:
                _write(partial, path, fingerprint, reading)
        except (AutolabelError, OSError, ImportError, ValueError, TypeError, OverflowError) as error:
            return " ".join(str(error).split())
        return ""


def _write(file: Path, path: str, fingerprint: str, reading: Reading) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    units = reading.units
    whole = all(type(unit) is int for unit in units)
    ids = column_of(np.array(units, dtype=np.int64)) if whole else texts_of(units)
    columns: dict[str, pa.Array] = {_UNIT: ids}
    for name, values in reading.columns.items():
        columns[f"{_METRIC}{name}"] = column_of(values)
    for name, said_of in reading.texts.items():
        columns[f"{_TEXT}{name}"] = texts_of(said_of.tolist())
    if reading.templates is not None:
        flat = column_of(np.ascontiguousarray(reading.templates, dtype=np.float32).ravel())
        columns[_TEMPLATE] = pa.FixedSizeListArray.from_arrays(flat, reading.templates.shape[1])
    said = described(path, fingerprint, reading)
    table = pa.table(columns).replace_schema_metadata({_KEY: json.dumps(said).encode()})
    pq.write_table(
        table, file, compression="zstd", compression_level=1, write_statistics=False, use_dictionary=False
    )


def column_of(values: npt.NDArray[Any]) -> pa.Array:
    """Return numbers as pyarrow has them; its own conversion loads pandas."""
    import pyarrow as pa

    kind = next((name for name, known in _NUMBERS.items() if values.dtype == np.dtype(known)), None)
    if kind is None or not len(values):
        return pa.array(values)
    held = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(pa.type_for_alias(kind), len(values), [None, held])


def texts_of(texts: Sequence[str]) -> pa.Array:
    """Return texts as pyarrow has them; its own conversion loads pandas."""
    import pyarrow as pa

    data = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, data)])
    if ends[-1] >= 2**31:
        raise ValueError("the texts are longer than 2 GB.")
    return pa.StringArray.from_buffers(
        len(data), pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(b"".join(data))
    )


def _read(file: Path, path: str, fingerprint: str, templates: bool) -> Reading | None:
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as opened:
        said = json.loads((opened.schema_arrow.metadata or {})[_KEY])
        kept = opened.metadata
        size = sum(kept.row_group(at).total_byte_size for at in range(kept.num_row_groups))
        is_it = (said["cache"], said["path"]) == (FORMAT, without_secrets(path))
        # What was kept with templates is the same without them as long as the beginning is.
        is_it = is_it and said["fingerprint"][: len(fingerprint)] == fingerprint
        if not is_it or size > LARGEST:
            return None
        names = opened.schema_arrow.names
        wanted = [name for name in names if name != _TEMPLATE or templates]
        table = opened.read(columns=wanted if len(wanted) < len(names) else None, use_threads=False)
    units = _array(table[_UNIT])
    metrics = {
        name[len(_METRIC) :]: _array(table[name]) for name in table.column_names if name.startswith(_METRIC)
    }
    if any(values.dtype.kind not in "iuf" for values in metrics.values()):
        return None
    kept_templates = None
    if _TEMPLATE in table.column_names:
        kept_templates = _array(table[_TEMPLATE].combine_chunks().flatten()).reshape(len(units), -1)
        kept_templates = kept_templates.astype(np.float32, copy=False)
    times = (
        None if said["times_ms"] is None or not templates else np.array(said["times_ms"], dtype=np.float64)
    )
    if kept_templates is not None and (times is None or kept_templates.shape[1:] != times.shape):
        return None
    texts = {
        name[len(_TEXT) :]: np.array(table[name].to_pylist(), dtype=str)
        for name in table.column_names
        if name.startswith(_TEXT)
    }
    return reading_from(
        said, Columns(units if units.dtype.kind in "iu" else _as_text(units), metrics), texts, kept_templates, times,
        templates and _of(bool, said["with_templates"]),
    )  # fmt: skip


def described(path: str, fingerprint: str, reading: Reading) -> dict[str, Any]:
    """Return everything of a reading but its arrays, as JSON takes it.

    Parameters
    ----------
    path, fingerprint
        Of the recording, as for :meth:`Cache.put`.
    reading : Reading
    """
    return {
        "cache": FORMAT,
        "path": without_secrets(path),
        "fingerprint": fingerprint,
        "format": reading.format,
        "settings": reading.settings,
        "version": reading.version,
        "sampling_frequency": None if np.isnan(reading.sampling_frequency) else reading.sampling_frequency,
        "voltage": reading.voltage,
        "voltage_reason": reading.voltage_reason,
        "times_ms": None if reading.times_ms is None else reading.times_ms.tolist(),
        "renamed": [asdict(each) for each in reading.renamed],
        "notes": list(reading.notes),
        "digest": reading.digest,
        "with_templates": reading.with_templates,
    }


def reading_from(
    said: dict[str, Any],
    metrics: Columns,
    texts: dict[str, Any] | None = None,
    templates: Any = None,
    times: Any = None,
    with_templates: bool = False,
) -> Reading:
    """Return a reading for what :func:`described` returned of it, and its arrays.

    Raises
    ------
    KeyError, TypeError, ValueError
        If something was altered.
    """
    text: Callable[[str], str] = lambda key: _of(str, said[key])  # noqa: E731
    rate = said["sampling_frequency"]
    return Reading(
        metrics,
        format=text("format"),
        settings=_settings(said["settings"]),
        version=text("version"),
        sampling_frequency=float("nan") if rate is None else float(rate),
        voltage=text("voltage"),
        voltage_reason=text("voltage_reason"),
        templates=templates,
        times_ms=times,
        texts=texts or {},
        renamed=tuple(_renaming(**each) for each in said["renamed"]),
        notes=tuple(_of(str, each) for each in said["notes"]),
        digest=text("digest"),
        with_templates=with_templates,
    )


def _as_text(units: Any) -> Any:
    """Return ids as an array of text."""
    ids = [_of(str, unit) for unit in units.tolist()]
    return np.array(ids) if ids else np.zeros(0, dtype="<U1")


def _array(column: Any) -> Any:
    if hasattr(column, "combine_chunks"):
        column = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    kind = _NUMBERS.get(str(column.type))
    if str(column.type) == "string":
        return np.array(column.to_pylist(), dtype=object)
    if kind is None or column.null_count or not len(column):
        return column.to_numpy(zero_copy_only=False)
    # pyarrow's own conversion loads pandas.
    values = np.frombuffer(column.buffers()[1], dtype=kind)
    return values[column.offset : column.offset + len(column)]


def _of(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{kind.__name__} is expected.")
    return value


def _settings(said: Any) -> Any:
    for metrics in _of(dict, said).values():
        for each in _of(dict, metrics).values():
            _of(dict, each)
    return said


def _renaming(column: Any, metric: Any, factor: Any, kind: Any, remark: Any) -> Renaming:
    if kind not in ("factor", "reciprocal", "passed"):
        raise ValueError(f"{kind!r} is no kind of renaming.")
    return Renaming(_of(str, column), _of(str, metric), float(factor), kind, _of(str, remark))
