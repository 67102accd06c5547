"""Saving: written beside the target, then renamed into place."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy.typing as npt

from ..errors import DamagedDataError, ForeignTargetError, UnknownFormatError, listing
from .following import BULKY, kind_of
from .kinds import holds
from .own_folders import ANALYZER
from .placing import beside, target_path
from .source import Entry, Source
from .spike_order import in_order, segment_order
from .stores import is_inside

if TYPE_CHECKING:
    from .analyzer import Analyzer

#: A progress bar is shown from this many bytes on.
BAR_FROM = 50 * 2**20
#: Rows are copied in blocks of about this many bytes, so that a long copy needs little memory.
BLOCK_BYTES = 16 * 2**20
#: Layout that is written: that of this SpikeInterface version.
LAYOUT_VERSION = "0.105.3"
#: Python objects that SpikeInterface makes again when it needs them, and times that computing took: nobody misses them.
FITTED, RUN_TIMES = "pca_model", "runtime_s"


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
        self, analyzer: Analyzer, spikes: npt.NDArray[Any], properties: dict[str, npt.NDArray[Any]]
    ) -> None:
        """Store unit ids, spikes ordered by segment, properties, annotations."""

    def recording_info(self, attributes: dict[str, Any], probegroup: dict[str, Any] | None) -> None:
        """Store what is known of the recording."""

    def root(self, info: dict[str, Any], settings: dict[str, Any], mask: Any) -> None:
        """Store settings and sparsity."""

    def finish(self) -> None:
        """Make the whole readable."""


def save(
    analyzer: Analyzer,
    format: Literal["zarr", "binary_folder"],
    folder: str | os.PathLike[str] | None,
    *,
    overwrite: bool,
    slim: bool,
    progress_bar: bool,
) -> Analyzer:
    """Write an analyzer; see :meth:`Analyzer.save_as`."""
    from .opening import load

    if format not in ("zarr", "binary_folder"):
        raise UnknownFormatError(f"format={format!r} cannot be written. Use 'zarr' or 'binary_folder'.")
    if folder is None:
        raise UnknownFormatError("save_as needs a folder: save_as(folder=...).")
    target = _target(folder, format)
    _refuse_own(analyzer._source, target)
    with beside(target, overwrite, ANALYZER) as partial, _settled(format):
        left_out = _write(analyzer, _writer(format, partial), slim=slim, progress_bar=progress_bar)
    if left_out:
        warnings.warn(
            f"{target.name} is saved without what only Python objects could hold: {'; '.join(left_out)}.",
            UserWarning,
            stacklevel=3,
        )
    return load(target)


@contextlib.contextmanager
def _settled(format: str) -> Iterator[None]:
    """Before what is half-written is removed, wait for what still writes into it."""
    try:
        yield
    except BaseException:
        if format == "zarr":
            from .zarr_writer import settle

            settle()
        raise


def _target(folder: Any, format: str) -> Path:
    target = target_path(folder)
    given = Path(os.fsdecode(folder))
    if given.name in ("", "..") or given.expanduser().parts[-1:] != given.parts[-1:]:
        raise ForeignTargetError(f"{target} is a folder that holds others. Name a folder of its own in it.")
    if format == "zarr" and target.suffix != ".zarr":
        target = target.with_name(target.name + ".zarr")
    return target


def _refuse_own(source: Source, target: Path) -> None:
    """Refuse to write over, into or around a place that the analyzer reads from."""
    place: Source | None = source
    while place is not None:
        location = (place.location or "").removeprefix("file://")
        if location and "://" not in location:
            read = Path(location).absolute()
            if holds(target, read) or holds(read, target):
                raise ForeignTargetError(
                    f"{target} is left alone, asked to overwrite or not: this analyzer is read from {read}, which would be "
                    "replaced or written into. Choose another folder; when all is well, remove the old one yourself."
                )
        place = getattr(place, "parent", None)


def _writer(format: str, folder: Path) -> Writer:
    if format == "zarr":
        from .zarr_writer import ZarrWriter

        return ZarrWriter(folder)
    from .folder_writer import FolderWriter

    return FolderWriter(folder)


def _write(analyzer: Analyzer, writer: Writer, *, slim: bool, progress_bar: bool) -> list[str]:
    """Write everything and return what could not be."""
    header = analyzer._header
    settings = {"return_in_uV": True, **header.settings}
    if "return_scaled" in settings:
        settings["return_in_uV"] = settings.pop("return_scaled")
    names = [n for n in analyzer.extension_names if not (slim and n in BULKY)]
    info = {"version": LAYOUT_VERSION, "dev_mode": False, "object": "SortingAnalyzer"}
    writer.root(info, settings, header.sparsity_mask)
    writer.recording_info(header.recording_attributes, header.probegroup)
    order = segment_order(analyzer.spikes)
    properties = {key: analyzer.get_sorting_property(key) for key in analyzer.get_sorting_property_keys()}
    hidden = analyzer._source.hidden_properties().items()
    properties.update({key: values for key, values in hidden if values is not None})
    writer.sorting(analyzer, analyzer.spikes if order is None else analyzer.spikes[order], properties)
    left_out = analyzer._source.unreadable()
    pieces = [(name, key) for name in names for key in analyzer.get_extension(name).data_names]
    total = sum(analyzer.get_extension(n).entry(k).nbytes for n, k in pieces)
    with _bar(total, progress_bar) as advance:
        for name in names:
            extension = analyzer.get_extension(name)
            for key in extension.opaque_names:
                # Python objects are left out; what is damaged must not get lost unnoticed.
                if extension.entry(key).damaged:
                    extension.get_data(key)
            lost = [key for key in extension.opaque_names if not key.startswith(FITTED)]
            writer.extension(name, extension.params, extension.run_info, extension.info)
            for key in extension.data_names:
                path = f"extensions/{name}/{key}"
                entry = in_order(name, key, extension.entry(key), order)
                if entry is None:
                    lost.append(key)
                elif entry.kind == "frame":
                    writer.frame(path, extension.get_data(key))
                elif entry.kind == "dict":
                    kept = writer.value(path, entry.read(None))
                    lost += [] if kept or key == RUN_TIMES else [key]
                else:
                    writer.array(path, entry, advance)
            left_out += [f"{listing(lost, 5)} of extension '{name}'"] if lost else []
    writer.finish()
    return left_out


@contextlib.contextmanager
def _bar(total: int, wanted: bool) -> Iterator[Callable[[int], None]]:
    if not wanted or total < BAR_FROM:
        yield lambda n: None
        return
    from tqdm.auto import tqdm

    with tqdm(total=total, unit="B", unit_scale=True, desc="saving") as bar:
        yield lambda n: bar.update(n) and None


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
