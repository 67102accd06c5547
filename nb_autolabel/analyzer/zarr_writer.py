"""Writing an analyzer as a zarr store (format 2) that SpikeInterface reads, with zarr 2 or 3."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .entry import Entry
from .header import Header
from .plain_values import as_text
from .writer import blocks, chunk_rows, storable

#: Seconds to wait for writes that go on after one has failed.
SETTLE = 30.0


def settle() -> None:
    """Wait until zarr 3 has finished writing: when one chunk fails, its threads still write the others."""
    import zarr

    if int(zarr.__version__.split(".")[0]) < 3:
        return
    import asyncio

    from zarr.core.sync import sync

    async def others() -> None:
        running = asyncio.all_tasks() - {asyncio.current_task()}
        if running:
            await asyncio.wait(running, timeout=SETTLE)

    sync(others())


class ZarrWriter:
    """Writes into a new folder; see :class:`nb_autolabel.analyzer.writer.Writer`."""

    def __init__(self, folder: Path) -> None:
        import zarr

        self._folder = str(folder)
        self._v3 = int(zarr.__version__.split(".")[0]) >= 3
        options: dict[str, Any] = {"zarr_format": 2} if self._v3 else {}
        self._root = zarr.open_group(self._folder, mode="w", **options)

    def _group(self, path: str) -> Any:
        return self._root.require_group(path) if path else self._root

    def _create(self, path: str, shape: tuple[int, ...], dtype: Any, rows: int, delta: bool = False) -> Any:
        import numcodecs

        compressor = numcodecs.Blosc(cname="zstd", clevel=5, shuffle=numcodecs.Blosc.BITSHUFFLE)
        filters = [numcodecs.Delta(dtype=np.dtype(dtype).str)] if delta else None
        chunks = (max(1, rows), *(max(1, n) for n in shape[1:]))[: len(shape)]
        parent, name = path.rsplit("/", 1) if "/" in path else ("", path)
        group = self._group(parent)
        if self._v3:
            return group.create_array(
                name=name, shape=shape, dtype=dtype, chunks=chunks, compressors=compressor, filters=filters
            )
        return group.create_dataset(
            name, shape=shape, dtype=dtype, chunks=chunks, compressor=compressor, filters=filters
        )

    def _put(self, path: str, values: np.ndarray[Any, Any], delta: bool = False) -> None:
        values = as_text(values)
        array = self._create(path, values.shape, values.dtype, len(values), delta)
        if values.size:
            array[...] = values

    def attributes(self, path: str, **values: Any) -> None:
        """Store JSON values for a group."""
        self._group(path).attrs.update(values)

    def root(self, info: dict[str, Any], settings: dict[str, Any], mask: Any) -> None:
        """Store settings and sparsity."""
        self.attributes("", spikeinterface_info=info, settings=settings)
        if mask is not None:
            self._put("sparsity_mask", mask)
        self._group("extensions")

    def recording_info(self, attributes: dict[str, Any], probegroup: dict[str, Any] | None) -> None:
        """Store what is known of the recording."""
        self.attributes("recording_info", recording_attributes=attributes)
        if probegroup:
            self.attributes("recording_info", probegroup=probegroup)

    def sorting(
        self, header: Header, spikes: npt.NDArray[Any], properties: dict[str, npt.NDArray[Any]]
    ) -> None:
        """Store unit ids, spikes ordered by segment, properties, annotations."""
        self.attributes(
            "sorting",
            sampling_frequency=header.sampling_frequency,
            num_segments=header.num_segments,
            annotations=header.annotations,
            provenance=None,
        )
        self._put("sorting/unit_ids", header.unit_ids)
        self._put("sorting/spikes/sample_index", spikes["sample_index"], delta=True)
        self._put("sorting/spikes/unit_index", spikes["unit_index"], delta=True)
        segments = np.arange(header.num_segments + 1)
        edges = np.searchsorted(spikes["segment_index"], segments)
        self._put("sorting/spikes/segment_slices", np.column_stack([edges[:-1], edges[1:]]).astype("<i8"))
        self._group("sorting/properties")
        for key, values in properties.items():
            self._put(f"sorting/properties/{storable(key)}", values)

    def extension(self, name: str, params: Any, run_info: Any, info: Any) -> None:
        """Start an extension."""
        values = {"params": params, "run_info": run_info or {"run_completed": True}}
        self.attributes(f"extensions/{name}", **values, **({"info": info} if info else {}))

    def array(self, path: str, entry: Entry, advance: Callable[[int], None]) -> None:
        """Store an array, block by block."""
        _, extension, key = path.split("/")
        if entry.dtype is None:  # texts, as wide as the longest that is read
            self._put(path, entry.read(None))
            return
        if not entry.shape:
            self._create(path, (), entry.dtype, 1)[...] = entry.read(None)
            return
        rows = chunk_rows(extension, key, entry)
        array = self._create(path, entry.shape, entry.dtype, rows)
        for block in blocks(entry, multiple=rows):
            values = entry.read(block)
            array[block] = values
            advance(values.nbytes)

    def frame(self, path: str, frame: Any) -> None:
        """Store a table: a group with one array a column."""
        self.attributes(path, dataframe=True)
        self._put(f"{path}/index", frame.index.to_numpy())
        for name in frame.columns:
            self._put(f"{path}/{storable(name, 'index')}", frame[name].to_numpy())

    def value(self, path: str, value: Any) -> bool:
        """Store nothing and return False: in zarr a dictionary would be an array of Python objects."""
        return False

    def finish(self) -> None:
        """Write the consolidated metadata that SpikeInterface opens."""
        import zarr

        if self._v3:
            zarr.consolidate_metadata(self._folder, zarr_format=2)
        else:
            zarr.consolidate_metadata(self._folder)
