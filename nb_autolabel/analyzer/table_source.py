"""A table of metrics as what an analyzer reads from: units and metrics, and nothing else."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import numpy.typing as npt

from ..errors import MissingDataError, MissingExtensionError, UnknownFormatError
from .entry import Entry, StoredExtension
from .header import Header
from .metric_frame import (
    by_unit,
    each_column_once,
    ids_of,
    is_text,
    numbers,
    refuse_unused_ids,
    with_todays_names,
)
from .source import Source

if TYPE_CHECKING:
    import pandas as pd

#: The extension that holds the metrics.
EXTENSION = "quality_metrics"
#: What is said wherever something else than metrics is asked for.
ONLY_METRICS = "this is a table of metrics"


class TableSource(Source):
    """Units and metrics of a table.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a unit. Ids in a column ``unit_id``, ``cluster_id`` or ``id``, or in the index. Columns of numbers are
        metrics (a boolean is 0 or 1), those of text are properties of the units.
    location : str or None
        File that it was read from.

    Raises
    ------
    NoMetricsError, DamagedDataError, LabelsError
        If the ids are missing, repeated or no ids.
    """

    format = "table"
    only_metrics = ONLY_METRICS

    def __init__(self, frame: pd.DataFrame, location: str | None = None) -> None:
        import pandas as pd

        self.location = location
        where = location or "the table"
        frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
        frame = by_unit(frame if frame.columns.is_unique else each_column_once(frame, where))
        refuse_unused_ids(frame, where)
        self._unit_ids = ids_of(frame.index, where)
        named, self.renamed = with_todays_names(frame)
        columns: dict[str, npt.NDArray[Any]] = {}
        self._texts: dict[str, npt.NDArray[Any]] = {}
        for name, column in named.items():
            values = numbers(column)
            if is_text(column, values):
                self._texts[str(name)] = _as_texts(column)
            else:
                columns[str(name)] = values
        self._frame = pd.DataFrame(columns, index=pd.Index(self._unit_ids))

    @cached_property
    def header(self) -> Header:
        """The unit ids; nothing is known of channels or of the recording."""
        return Header(
            unit_ids=self._unit_ids,
            channel_ids=np.zeros(0, dtype="<i8"),
            sampling_frequency=float("nan"),
            num_segments=0,
        )

    def spikes(self) -> npt.NDArray[Any]:
        """Refuse: a table has none.

        Raises
        ------
        MissingDataError
        """
        raise MissingDataError(
            f"{ONLY_METRICS}; spikes need the analyzer or the Kilosort folder: nbl.load(path)."
        )

    def property_names(self) -> list[str]:
        """Names of the columns of text."""
        return list(self._texts)

    def read_property(self, name: str) -> npt.NDArray[Any]:
        """Return a column of text."""
        return self._texts[name].copy()

    def extension_names(self) -> list[str]:
        """Return the name of the one extension, which holds the metrics."""
        return [EXTENSION]

    def extension(self, name: str) -> StoredExtension:
        """Return the metrics as an extension."""
        if name != EXTENSION:
            raise MissingExtensionError(f"{ONLY_METRICS}; it has no '{name}'.", extension=name)
        entry = Entry("frame", lambda rows: self._frame, where=self.location or "the table of metrics")
        return StoredExtension(name, {}, {}, {}, {"metrics": entry})


def as_frame(source: Any) -> pd.DataFrame | None:
    """Return a table in the kernel as a DataFrame of pandas, also one of polars or pyarrow; None for anything else."""
    if not hasattr(type(source), "columns"):
        return None
    import pandas as pd

    if not isinstance(source, pd.DataFrame) and callable(getattr(source, "to_pandas", None)):
        source = source.to_pandas()
    return source if isinstance(source, pd.DataFrame) else None


def refuse_saving(what: str = ONLY_METRICS) -> NoReturn:
    """Refuse to save a table of metrics as an analyzer, and say what to do instead.

    Parameters
    ----------
    what : str
        What it is, for the message.

    Raises
    ------
    UnknownFormatError
    """
    raise UnknownFormatError(
        f"{what}: without spikes it cannot be saved as an analyzer. Labels: labeler.export('labels.csv'). Metrics "
        "and labels: labeler.export('units.parquet', wide=True). Metrics alone: "
        "analyzer.get_metrics_extension_data().to_csv('metrics.csv')."
    )


def _as_texts(series: pd.Series[Any]) -> npt.NDArray[Any]:
    """Return a column as text, blank where it is missing."""
    texts = series.astype(object).where(series.notna(), "")
    return np.array([_writable(str(text)) for text in texts], dtype=str)


def _writable(text: str) -> str:
    """Return text without characters that no file can hold."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
