"""Writing an analyzer as a binary folder of ``.npy``, ``.csv`` and ``.json`` files."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .entry import Entry
from .header import Header
from .plain_values import as_text
from .writer import LAYOUT_VERSION, blocks, storable


class FolderWriter:
    """Writes into a new folder; see :class:`nb_autolabel.analyzer.writer.Writer`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True)

    def _file(self, path: str) -> Path:
        file = self._folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        return file

    def _json(self, path: str, value: Any) -> None:
        self._file(path).write_text(json.dumps(value, indent=4), encoding="utf-8")

    def _npy(self, path: str, values: np.ndarray[Any, Any]) -> None:
        np.save(self._file(path), as_text(values), allow_pickle=False)

    def attributes(self, path: str, **values: Any) -> None:
        """Store JSON values, one file each."""
        for name, value in values.items():
            self._json(f"{path}/{name}.json" if path else f"{name}.json", value)

    def root(self, info: dict[str, Any], settings: dict[str, Any], mask: Any) -> None:
        """Store settings and sparsity."""
        self.attributes("", spikeinterface_info=info, settings=settings)
        if mask is not None:
            self._npy("sparsity_mask.npy", mask)
        (self._folder / "extensions").mkdir()

    def recording_info(self, attributes: dict[str, Any], probegroup: dict[str, Any] | None) -> None:
        """Store what is known of the recording."""
        self.attributes("recording_info", recording_attributes=attributes)
        if probegroup:
            self.attributes("recording_info", probegroup=probegroup)

    def sorting(
        self, header: Header, spikes: npt.NDArray[Any], properties: dict[str, npt.NDArray[Any]]
    ) -> None:
        """Store unit ids, spikes ordered by segment, properties, annotations."""
        info = {
            "sampling_frequency": header.sampling_frequency,
            "unit_ids": header.unit_ids.tolist(),
            "num_segments": header.num_segments,
        }
        self.attributes("sorting", numpysorting_info=info, annotations=header.annotations)
        # Read by SpikeInterface's own loader of sortings, never by this package.
        described = {
            "class": "spikeinterface.core.sortingfolder.NumpyFolderSorting",
            "module": "spikeinterface",
            "version": LAYOUT_VERSION,
            "kwargs": {"folder_path": ".", "mmap_mode": None},
            "annotations": {},
            "properties": {},
            "relative_paths": True,
        }
        self.attributes("sorting", si_folder=described)
        self._npy("sorting/spikes.npy", spikes)
        (self._folder / "sorting/properties").mkdir()
        for key, values in properties.items():
            self._npy(f"sorting/properties/{storable(key)}.npy", values)

    def extension(self, name: str, params: Any, run_info: Any, info: Any) -> None:
        """Start an extension."""
        self.attributes(f"extensions/{name}", params=params, run_info=run_info or {"run_completed": True})
        if info:
            self.attributes(f"extensions/{name}", info=info)

    def array(self, path: str, entry: Entry, advance: Callable[[int], None]) -> None:
        """Store an array, block by block."""
        file = self._file(f"{path}.npy")
        if 0 in entry.shape or not entry.shape or entry.dtype is None:
            np.save(file, entry.read(None), allow_pickle=False)
            return
        # Not a memory map: on a full disk, writing to one ends the process (SIGBUS) instead of raising an error.
        described = {
            "descr": np.lib.format.dtype_to_descr(entry.dtype),
            "fortran_order": False,
            "shape": entry.shape,
        }
        with file.open("xb") as opened:
            np.lib.format.write_array_header_2_0(opened, described)
            for block in blocks(entry):
                values = np.ascontiguousarray(entry.read(block), dtype=entry.dtype)
                opened.write(values.data.cast("B") if values.dtype.names is None else values.tobytes())
                advance(values.nbytes)

    def frame(self, path: str, frame: Any) -> None:
        """Store a table as CSV; floats in full precision."""
        # As 64-bit numbers: the short text of a 32-bit number reads back as another 64-bit number.
        narrow = [name for name in frame.columns if frame[name].dtype == np.float32]
        wide = frame.astype(dict.fromkeys(narrow, "float64"))
        text = wide.to_csv(lineterminator="\n")
        if "\r" in text:
            # Readers take a carriage return for the end of a line, and pandas does not quote it by default.
            text = wide.to_csv(lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        self._file(f"{path}.csv").write_text(text, encoding="utf-8", newline="")

    def value(self, path: str, value: Any) -> bool:
        """Store a dictionary as JSON."""
        self._json(f"{path}.json", value)
        return True

    def finish(self) -> None:
        """Do nothing: each file is complete when it is written."""
