"""A recording as a binary file, with its parameters in ``params.py`` beside it: read as text, never run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..analyzer.analyzer import Analyzer
from ..analyzer.phy_params import PARAMS, PhyParams, read_params
from ..analyzer.phy_source import PhySource
from ..analyzer.stores import open_store
from ..errors import AnalyzerNotFoundError, RecordingError, UnknownFormatError, listing

#: High-pass filter of raw recordings, in Hz.
HIGHPASS_HZ = 300.0
_COMPRESSED = (".cbin", ".gz", ".zip", ".xz", ".bz2")
_WRITTEN = "n_channels_dat = 385, dtype = 'int16', offset = 0, sample_rate = 30000.0, hp_filtered = False"


@dataclass(frozen=True)
class Binary:
    """Files of a recording and their parameters.

    Attributes
    ----------
    files : tuple of Path
        In the order of time; they are one recording.
    params : PhyParams
    """

    files: tuple[Path, ...]
    params: PhyParams

    @classmethod
    def at(cls, path: Any, analyzer: Analyzer) -> Binary:
        """Find a recording by its path.

        Parameters
        ----------
        path : str or os.PathLike
            A binary file, with ``params.py`` beside it or in the analyzer's own folder; or ``params.py`` or its folder,
            which name the file.
        analyzer : Analyzer

        Raises
        ------
        RecordingError, AnalyzerNotFoundError, MissingDataError, DamagedDataError
        """
        if not isinstance(path, str | os.PathLike):
            raise RecordingError(
                f"recording= is a recording of SpikeInterface or the path of a binary file, not a {type(path).__name__}."
            )
        given = Path(os.fsdecode(path)).expanduser()
        if "://" in os.fsdecode(path):
            raise RecordingError(
                f"{path} is an address. Give a file on this machine, or open it with SpikeInterface."
            )
        if not given.exists():
            raise AnalyzerNotFoundError(f"{given} is not there; recording= is the path of a binary file.")
        if given.is_dir() or given.name == PARAMS:
            folder = given if given.is_dir() else given.parent
            params = _params(folder)
            files = tuple(folder / name for name in params.dat_paths)
            lost = [str(file) for file in files if not file.is_file()]
            if not files or lost:
                raise RecordingError(
                    f"{folder / PARAMS} names {listing(lost) if lost else 'no recording (dat_path)'}"
                    f"{', which is not there' if lost else ''}. Give the path of the recording itself."
                )
        else:
            files = (given,)
            params = _params_for(given, analyzer)
        found = cls(files, params)
        found.check()
        return found

    def check(self) -> None:
        """Refuse files that do not hold what the parameters say.

        Raises
        ------
        RecordingError
        """
        params = self.params
        lacking = [
            name
            for name, value in (("n_channels_dat", params.n_channels), ("dtype", params.dtype))
            if not value
        ]
        if lacking:
            raise RecordingError(
                f"{PARAMS} of {self.files[0]} does not give {listing(lacking)}. It needs: {_WRITTEN}."
            )
        frame = (params.n_channels or 1) * (params.itemsize or 1)
        for file in self.files:
            if file.suffix.lower() in _COMPRESSED:
                raise RecordingError(
                    f"{file} is compressed. Decompress it, or open it with SpikeInterface and pass that recording."
                )
            size = file.stat().st_size - params.offset
            if size <= 0 or size % frame:
                raise RecordingError(
                    f"{file} has {file.stat().st_size} bytes, which is no whole number of samples of {params.n_channels} "
                    f"channels of {params.dtype} after {params.offset} bytes: the parameters are not those of this file."
                )

    @property
    def said(self) -> str:
        """What it is and what is done with it, for the record."""
        name = listing(file.name for file in self.files)
        if self.params.hp_filtered:
            return f"{name}, as it is (hp_filtered)"
        return f"{name}, high-pass filtered at {HIGHPASS_HZ:g} Hz, common median reference"

    def read(self) -> Any:
        """Return the recording, memory-mapped, not filtered; all files as one segment."""
        from spikeinterface.core import concatenate_recordings, read_binary

        params = self.params
        each = [
            read_binary(
                file,
                sampling_frequency=params.sample_rate,
                dtype=params.dtype,
                num_channels=params.n_channels,
                file_offset=params.offset,
            )
            for file in self.files
        ]
        return each[0] if len(each) == 1 else concatenate_recordings(each)


def filtered(recording: Any) -> Any:
    """Return a recording high-pass filtered and with the median of all channels taken away, as before sorting."""
    from spikeinterface.preprocessing import common_reference, highpass_filter

    return common_reference(
        highpass_filter(recording, freq_min=HIGHPASS_HZ), operator="median", reference="global"
    )


def _params_for(file: Path, analyzer: Analyzer) -> PhyParams:
    if (file.parent / PARAMS).is_file():
        return _params(file.parent)
    origin = analyzer.source.origin
    if isinstance(origin, PhySource):
        return read_params(origin.store)
    raise RecordingError(
        f"there is no {PARAMS} beside {file}, which says what it holds. Write one: {_WRITTEN}; or open the recording with "
        "SpikeInterface and pass that."
    )


def _params(folder: Path) -> PhyParams:
    try:
        return read_params(open_store(folder))
    except UnknownFormatError as error:
        raise RecordingError(str(error)) from error
