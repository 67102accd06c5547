"""What labeling needs of one recording: metrics, how they were computed, and the templates of the main channels."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..analyzer.address import without_secrets
from ..analyzer.analyzer import Analyzer
from ..analyzer.identity import recording_digest
from ..analyzer.load import load
from ..analyzer.selection import select
from ..errors import AutolabelError
from ..metric_names import Renaming
from ..metrics.column_table import ColumnTable
from ..metrics.settings import Settings, computed_with
from ..metrics.table import MetricTable

if TYPE_CHECKING:
    import pandas as pd

#: Units whose templates are read at once.
BLOCK = 64
#: Properties of units that are text are kept up to this many characters.
LONGEST = 64


@dataclass(frozen=True, eq=False)
class Columns:
    """Metrics as arrays: pandas is loaded only where a table is asked for.

    Attributes
    ----------
    unit_ids : ndarray, shape (n_units,)
        Integers or text.
    values : dict of str to ndarray, shape (n_units,)
        Integers or float64.
    """

    unit_ids: npt.NDArray[Any]
    values: dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Reading:
    """What was read of one recording.

    Attributes
    ----------
    held : Columns or pandas.DataFrame
        The metrics; see `metrics`.
    format : str
        Of what was opened.
    settings : dict
        What the metrics were computed with, ``{extension: {metric: {setting: value}}}``; empty where it is not stored.
    version : str
        SpikeInterface version that wrote the analyzer, or "".
    sampling_frequency : float
        In Hz; NaN of a table.
    voltage : str
        "µV" or "a.u.".
    voltage_reason : str
        Why voltages are in arbitrary units.
    templates : ndarray of float32, shape (n_units, n_samples), or None
        Of the main channel of each unit; NaN where a unit has none.
    times_ms : ndarray of float64, shape (n_samples,), or None
        Time of each sample of a template relative to the spike.
    texts : dict of str to ndarray of str, shape (n_units,)
        Columns of text that a table, or the folder of Kilosort or phy, says of its units.
    renamed : tuple of Renaming
        Metrics that were found under another tool's names.
    notes : tuple of str
        What could not be read and is not needed.
    digest : str
        Of the recording, by which journals know it; "" of a table.
    with_templates : bool
        False if templates were not asked for.
    """

    held: Columns | pd.DataFrame
    format: str = "table"
    settings: Settings = field(default_factory=dict)
    version: str = ""
    sampling_frequency: float = float("nan")
    voltage: str = "µV"
    voltage_reason: str = ""
    templates: npt.NDArray[np.float32] | None = None
    times_ms: npt.NDArray[np.float64] | None = None
    texts: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    renamed: tuple[Renaming, ...] = ()
    notes: tuple[str, ...] = ()
    digest: str = ""
    with_templates: bool = True

    def __len__(self) -> int:
        return len(self.held.unit_ids if isinstance(self.held, Columns) else self.held)

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """The metrics; index: unit ids as the recording has them. Voltages are in `voltage`."""
        if not isinstance(self.held, Columns):
            return self.held
        import pandas as pd

        ids = self.held.unit_ids
        index = pd.Index(ids if ids.dtype.kind in "iu" else ids.tolist())
        return pd.DataFrame(self.held.values, index=index, copy=False)

    @property
    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """The metrics as arrays, by name, shape (n_units,) each."""
        if isinstance(self.held, Columns):
            return self.held.values
        return {str(name): self.held[name].to_numpy() for name in self.held.columns}

    @property
    def units(self) -> list[Any]:
        """Unit ids as the recording has them."""
        ids: list[Any] = (self.held.unit_ids if isinstance(self.held, Columns) else self.held.index).tolist()
        return ids

    @property
    def table(self) -> MetricTable:
        """The metrics as a labeling method takes them."""
        held = self.held
        table = ColumnTable(held.unit_ids, held.values) if isinstance(held, Columns) else MetricTable(held)
        table.renamed = self.renamed
        table.arbitrary = self.voltage_reason if self.voltage == "a.u." else ""
        return table


@dataclass(frozen=True)
class Problem:
    """Why a recording could not be read.

    Attributes
    ----------
    text : str
        In words; passwords of addresses do not stand in it.
    """

    text: str

    @classmethod
    def of(cls, error: BaseException) -> Problem:
        """Return what an error says."""
        said = str(error) if isinstance(error, AutolabelError) else f"{type(error).__name__}: {error}"
        return cls(without_secrets(" ".join(said.split())) or type(error).__name__)


def read_recording(
    path: str | os.PathLike[str], storage_options: dict[str, Any] | None = None, templates: bool = True
) -> Reading | Problem:
    """Read what labeling needs of one recording; nothing else of it is opened.

    Parameters
    ----------
    path : path or str
        What :func:`nb_autolabel.load` takes.
    storage_options : dict, optional
        As for :func:`nb_autolabel.load`.
    templates : bool, default: True
        Also read the templates; labels do not need them.

    Returns
    -------
    Reading or Problem
        A problem where it cannot be read, whatever is the matter: the other recordings go on.
    """
    try:
        return reading_of(load(path, storage_options=storage_options), templates)
    except Exception as error:  # whatever one recording holds, the others are read
        return Problem.of(error)


def reading_of(analyzer: Analyzer, with_templates: bool = True) -> Reading:
    """Read what labeling needs of an open analyzer.

    Parameters
    ----------
    analyzer : Analyzer
    with_templates : bool, default: True

    Returns
    -------
    Reading

    Raises
    ------
    NoMetricsError
        If it has no metrics.
    AutolabelError
        If these cannot be read.
    """
    held, settings, renamed = _metrics(analyzer)
    templates, times, notes = _templates(analyzer) if with_templates else (None, None, [])
    voltage = analyzer.voltage
    return Reading(
        held,
        format=analyzer.format,
        settings=settings,
        version=str(analyzer.header.version),
        sampling_frequency=float(analyzer.sampling_frequency),
        voltage=voltage.unit,
        voltage_reason=str(voltage.reason) if voltage.unit == "a.u." else "",
        templates=templates,
        times_ms=times,
        texts=_texts(analyzer),
        renamed=renamed,
        notes=tuple(notes),
        digest="" if analyzer.only_metrics else recording_digest(analyzer.header),
        with_templates=with_templates,
    )


def _metrics(analyzer: Analyzer) -> tuple[Columns | pd.DataFrame, Settings, tuple[Renaming, ...]]:
    """Return the metrics, what they were computed with, and which had another tool's names."""
    # Stored in counts of the converter, they are converted where the whole table is read.
    columns = analyzer.source.metric_columns() if analyzer.voltage.gain is None else None
    if columns is not None:
        return Columns(analyzer.unit_ids, columns), computed_with(analyzer), tuple(analyzer.renamed)
    table = MetricTable.of(analyzer)
    return _plain(table), table.settings, table.renamed


def _plain(table: MetricTable) -> pd.DataFrame:
    """Return the metrics as numbers alone, whole ones as they are, without columns that hold none."""
    import pandas as pd

    kinds = [dtype.kind for dtype in table.frame.dtypes]
    if all(
        kind in "iu" or dtype == np.float64 for kind, dtype in zip(kinds, table.frame.dtypes, strict=True)
    ):
        return table.frame
    columns = {}
    for name in table.frame.columns:
        values = table.values(name)
        columns[str(name)] = values if values.dtype.kind in "iu" else values.astype(np.float64)
    return pd.DataFrame(columns, index=table.frame.index, copy=False)


def _templates(
    analyzer: Analyzer,
) -> tuple[npt.NDArray[np.float32] | None, npt.NDArray[np.float64] | None, list[str]]:
    """Return the templates of the main channels and their times, a few units at a time; None where they cannot be read."""
    if not analyzer.has_extension("templates") or not analyzer.get_num_units():
        return None, None, []
    try:
        times = analyzer.template_times_ms
        parts = []
        for start in range(0, analyzer.get_num_units(), BLOCK):
            rows = np.arange(start, min(start + BLOCK, analyzer.get_num_units()), dtype=np.intp)
            parts.append(Analyzer(select(analyzer.source, rows)).main_channel_templates)
        templates = np.concatenate(parts)
    except (AutolabelError, OSError, ValueError, LookupError) as error:
        return None, None, [f"templates are not shown: {Problem.of(error).text}"]
    return templates, times, []


def _texts(analyzer: Analyzer) -> dict[str, npt.NDArray[Any]]:
    """Return what a table or the folder of Kilosort or phy says of its units in words, such as labels of curators."""
    found: dict[str, npt.NDArray[Any]] = {}
    if analyzer.format not in ("table", "phy"):
        return found
    for name in analyzer.get_sorting_property_keys():
        try:
            values = analyzer.get_sorting_property(name)
        except AutolabelError:
            continue
        if values.ndim == 1 and values.dtype.kind == "U":
            found[name] = values.astype(f"<U{min(LONGEST, max(1, values.dtype.itemsize // 4))}")
    return found
