"""Saving: written beside the target, then renamed into place."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy.typing as npt

from ..errors import ForeignTargetError, UnknownFormatError, listing
from .array_kinds import BULKY
from .atomic_write import beside, target_path
from .checks import check_rows
from .extension import Extension
from .kinds import holds
from .own_folders import ANALYZER
from .source import Source
from .spike_order import in_order, segment_order
from .writer import LAYOUT_VERSION, Writer

#: A progress bar is shown from this many bytes on.
BAR_FROM = 50 * 2**20
#: Left out without a warning: fitted models, which SpikeInterface fits again when it needs them, and run times.
FITTED, RUN_TIMES = "pca_model", "runtime_s"


def save(
    source: Source,
    format: Literal["zarr", "binary_folder"],
    folder: str | os.PathLike[str] | None,
    *,
    overwrite: bool,
    slim: bool,
    progress_bar: bool,
) -> Path:
    """Write an analyzer and return where it is; see :meth:`Analyzer.save_as`."""
    if format not in ("zarr", "binary_folder"):
        raise UnknownFormatError(f"format={format!r} cannot be written. Use 'zarr' or 'binary_folder'.")
    if folder is None:
        raise UnknownFormatError("save_as needs a folder: save_as(folder=...).")
    target = _target(folder, format)
    _refuse_own(source, target)
    with beside(target, overwrite, ANALYZER) as partial, _settled(format):
        left_out = _write(source, _writer(format, partial), slim=slim, progress_bar=progress_bar)
    if left_out:
        warnings.warn(
            f"{target.name} is saved without what only Python objects could hold: {'; '.join(left_out)}.",
            UserWarning,
            stacklevel=3,
        )
    return target


@contextlib.contextmanager
def _settled(format: str) -> Iterator[None]:
    """After an error, wait for threads that still write before the temporary folder is removed."""
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
    location = (source.origin.location or "").removeprefix("file://")
    if not location or "://" in location:
        return
    read = Path(location).absolute()
    if holds(target, read) or holds(read, target):
        raise ForeignTargetError(
            f"{target} is left alone, asked to overwrite or not: this analyzer is read from {read}, which would be "
            "replaced or written into. Choose another folder; when all is well, remove the old one yourself."
        )


def _writer(format: str, folder: Path) -> Writer:
    if format == "zarr":
        from .zarr_writer import ZarrWriter

        return ZarrWriter(folder)
    from .folder_writer import FolderWriter

    return FolderWriter(folder)


def _write(source: Source, writer: Writer, *, slim: bool, progress_bar: bool) -> list[str]:
    """Write everything and return what could not be."""
    header = source.header
    settings = {"return_in_uV": True, **header.settings}
    if "return_scaled" in settings:
        settings["return_in_uV"] = settings.pop("return_scaled")
    names = [n for n in source.extension_names() if not (slim and n in BULKY)]
    info = {"version": LAYOUT_VERSION, "dev_mode": False, "object": "SortingAnalyzer"}
    writer.root(info, settings, header.sparsity_mask)
    writer.recording_info(header.recording_attributes, header.probegroup)
    spikes = source.kept_spikes
    order = segment_order(spikes)
    writer.sorting(header, spikes if order is None else spikes[order], _properties(source))
    extensions = [Extension(source.extension(name), len(header.unit_ids)) for name in names]
    left_out = source.unreadable()
    total = sum(extension.entry(key).nbytes for extension in extensions for key in extension.data_names)
    with _bar(total, progress_bar) as advance:
        for extension in extensions:
            name = extension.name
            for key in extension.opaque_names:
                # Python objects are left out; reading damaged data raises the error that says so.
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


def _properties(source: Source) -> dict[str, npt.NDArray[Any]]:
    """Return the properties of the sorting, and what a copy keeps of those that are Python objects."""
    properties = {}
    for name in source.property_names():
        properties[name] = source.read_property(name)
        check_rows(properties[name].shape, len(source.header.unit_ids), f"of property '{name}'")
    hidden = source.hidden_properties().items()
    return {**properties, **{name: values for name, values in hidden if values is not None}}


@contextlib.contextmanager
def _bar(total: int, wanted: bool) -> Iterator[Callable[[int], None]]:
    if not wanted or total < BAR_FROM:
        yield lambda n: None
        return
    from tqdm.auto import tqdm

    with tqdm(total=total, unit="B", unit_scale=True, desc="saving") as bar:
        yield lambda n: bar.update(n) and None
