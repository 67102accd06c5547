"""The table of metrics: one row a unit, one column a metric, looked up by today's or older names."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..analyzer.metric_frame import by_unit, numbers, with_todays_names
from ..analyzer.source import Recordings
from ..errors import MissingMetricError, NoMetricsError, listing, suggestion
from ..metric_names import Renaming
from ..unit_ids import UnitIndex, as_index, as_list
from .registry import Metric, metric, other_names
from .settings import Settings, computed_with

if TYPE_CHECKING:
    import pandas as pd

#: Units of metrics that are voltages, and what they are called where no gain is known.
_VOLTS = {"µV": "a.u.", "mV/s": "a.u./s"}
#: Tables with at most this many cells are converted to one array at once.
SMALL = 100_000


class Column(NamedTuple):
    """A metric as found in the table: the stored column and the factor that turns it into the asked one."""

    name: str
    factor: float


class MetricTable:
    """Metrics of all units, read-only.

    Parameters
    ----------
    frame : pandas.DataFrame
        Index: unit ids. Columns: metrics (numeric; values that are not numbers count as missing).
        Of columns with the same name the first counts.
    analyzer : Analyzer or spikeinterface.SortingAnalyzer, optional
        Where it comes from, if it tells how metrics were computed.
    """

    def __init__(self, frame: pd.DataFrame, analyzer: Any = None) -> None:
        if not frame.columns.is_unique:
            frame = frame.loc[:, ~frame.columns.duplicated()]
        self._frame = frame
        self._begin(frame.columns.tolist(), analyzer)

    def _begin(self, names: list[Any], analyzer: Any) -> None:
        """Note what is known besides the values.

        Parameters
        ----------
        names : list
            Of the stored columns, in their order.
        analyzer : Analyzer, spikeinterface.SortingAnalyzer or None
        """
        self._analyzer = analyzer
        self.arbitrary = ""
        """Why voltages are in arbitrary units; empty where they are in µV, as those of a plain table are taken to be."""
        self.renamed: tuple[Renaming, ...] = tuple(getattr(analyzer, "renamed", ()))
        """Columns that are metrics under another tool's names; the frame has the metrics' own names."""
        self.absent: dict[str, npt.NDArray[np.bool_]] = dict(getattr(analyzer, "absent_metrics", {}))
        """Units of recordings without a metric, by the metric's stored name; of one recording it is empty."""
        self.recordings: Recordings = getattr(analyzer, "recordings", None)
        self._arrays: dict[str, npt.NDArray[Any]] = {}
        self._positions = {name: at for at, name in enumerate(names)}

    @classmethod
    def of(cls, source: Any) -> MetricTable:
        """Return the table of an analyzer, a DataFrame, several DataFrames or another table.

        Parameters
        ----------
        source : Analyzer, spikeinterface.SortingAnalyzer, path, pandas.DataFrame, list of them, or MetricTable
            Anything with ``get_metrics_extension_data()`` counts as an analyzer. A table whose rows are only
            numbered and that has a column ``unit_id``, ``cluster_id`` or ``id`` has its unit ids there. Metrics under
            another tool's names get their own; see :attr:`renamed`.

        Returns
        -------
        MetricTable

        Raises
        ------
        NoMetricsError
            If the analyzer has no metrics or the source is nothing of the above.
        """
        if isinstance(source, MetricTable):
            return source
        from ..analyzer.live import is_live

        if getattr(type(source), "stands_for_analyzer", False):
            source = source.analyzer
        if isinstance(source, str | os.PathLike) or is_live(source):
            # Wrap live analyzers too: their tables may cover only some of the units, or units that were removed.
            from ..analyzer.load import load

            source = load(source)
        if hasattr(source, "get_metrics_extension_data"):
            held = getattr(getattr(source, "source", None), "metrics_held", lambda: None)()
            if held is not None and held[1]:
                from .column_table import ColumnTable

                return ColumnTable(held[0], held[1], source)._of_voltage(source)
            frame = source.get_metrics_extension_data()
            if frame.shape[1] == 0:
                raise NoMetricsError(
                    "this analyzer has no metrics. nbl.compute_metrics(analyzer) computes them, or SpikeInterface the "
                    "extensions 'quality_metrics' and 'template_metrics'; or pass a DataFrame of metrics."
                )
            voltage = getattr(source, "voltage", None)
            return cls(frame if voltage is None else _shown(frame, source), source)._of_voltage(source)
        import pandas as pd

        if isinstance(source, pd.DataFrame):
            return cls._of_tool(by_unit(source))
        if isinstance(source, list | tuple) and source and all(isinstance(s, pd.DataFrame) for s in source):
            return cls._of_tool(_side_by_side([by_unit(frame) for frame in source]))
        raise NoMetricsError(
            f"cannot take metrics from {type(source).__name__}. "
            "Pass an analyzer, a DataFrame indexed by unit id, or a list of such DataFrames."
        )

    def _of_voltage(self, source: Any) -> MetricTable:
        """Note why voltages are in arbitrary units, if those of an analyzer are."""
        voltage = getattr(source, "voltage", None)
        if voltage is not None and voltage.unit == "a.u.":
            self.arbitrary = str(voltage.reason)
        return self

    @classmethod
    def _of_tool(cls, frame: pd.DataFrame) -> MetricTable:
        """Return a table whose metrics may have another tool's names."""
        named, renamed = with_todays_names(frame)
        table = cls(named)
        table.renamed = renamed
        return table

    @property
    def frame(self) -> pd.DataFrame:
        """The table as it is stored: index unit ids, columns metrics."""
        return self._frame

    @property
    def analyzer(self) -> Any:
        """The analyzer that the metrics come from; None if they come from plain tables."""
        return self._analyzer

    @property
    def unit_ids(self) -> pd.Index[Any]:
        """Unit ids, in the order of the rows."""
        return self.frame.index

    @cached_property
    def settings(self) -> Settings:
        """What the metrics were computed with, ``{extension: {metric: {setting: value}}}``; empty if not known."""
        return computed_with(self._analyzer) if hasattr(self._analyzer, "get_extension") else {}

    @property
    def names(self) -> list[str]:
        """Stored column names."""
        return [str(c) for c in self.frame.columns]

    def __len__(self) -> int:
        return len(self.frame)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.find(name) is not None

    def find(self, name: str) -> Column | None:
        """Find the stored column for a metric, also under the names other versions use.

        Parameters
        ----------
        name : str
            Metric name.

        Returns
        -------
        Column or None
            None if the table has it under no name, or cannot be judged by it; see :meth:`unusable`.
        """
        return None if self.unusable(name) else self.look_up(name)

    def unusable(self, name: str) -> str:
        """Say why a metric that is in the table cannot be judged; empty where it can.

        A limit in µV says nothing of values in arbitrary units.

        Parameters
        ----------
        name : str
            Metric name.
        """
        if not self.arbitrary or metric(name).unit not in _VOLTS or self.look_up(name) is None:
            return ""
        return f"{name} cannot be judged: {self.arbitrary}"

    def meaning(self, name: str) -> Metric:
        """Return what is known of a metric, with the unit it has in this table.

        Parameters
        ----------
        name : str
            Metric name.
        """
        known = metric(name)
        if self.arbitrary and known.unit in _VOLTS:
            return replace(known, unit=_VOLTS[known.unit], factor=1.0)
        return known

    def look_up(self, name: str) -> Column | None:
        """Find the stored column for a metric, whether it can be judged or not; see :meth:`find`.

        Parameters
        ----------
        name : str
            Metric name.
        """
        if name in self._positions:
            return Column(name, 1.0)
        for other, factor in other_names(name):
            if other in self._positions:
                return Column(other, factor)
        for renaming in self.renamed:
            # The column's own name is found too, for limits in the units of its tool.
            if renaming.column == name and renaming.kind == "factor":
                return Column(renaming.metric, 1.0 / renaming.factor)
        return None

    def where_absent(self, name: str) -> npt.NDArray[np.bool_] | None:
        """Return the units whose recording does not have a metric; None if all have it.

        Parameters
        ----------
        name : str
            Metric name.
        """
        column = self.look_up(name) if self.absent else None
        return None if column is None else self.absent.get(column.name)

    @cached_property
    def _matrix(self) -> npt.NDArray[Any] | None:
        """The whole table as one array, where that is cheap: looking columns up one by one is not."""
        if self.frame.size > SMALL:
            return None
        matrix: npt.NDArray[Any] = self.frame.to_numpy()
        if matrix.dtype.kind == "f":
            matrix = matrix.astype(np.float64, copy=False)
        return matrix if matrix.dtype.kind in "fiu" else None

    def _stored(self, name: str) -> npt.NDArray[Any]:
        if self._matrix is not None:
            return self._matrix[:, self._positions[name]]
        return numbers(self.frame[name])

    def require(self, name: str) -> Column:
        """Like :meth:`find`, but a missing metric is an error that suggests the nearest name.

        Raises
        ------
        MissingMetricError
        """
        column = self.find(name)
        if column is None and self.unusable(name):
            raise MissingMetricError(f"{self.unusable(name)}.")
        if column is None:
            raise MissingMetricError(
                f"metric '{name}' is not in this analyzer.{suggestion(name, self.names)} "
                f"It has {len(self.names)} metrics: {listing(sorted(self.names))}."
            )
        return column

    def values(self, name: str) -> npt.NDArray[Any]:
        """Return the values of a metric, signed as asked for.

        Parameters
        ----------
        name : str
            Metric name, today's or an older one.

        Returns
        -------
        ndarray, shape (n_units,)
            float64, or the stored integers; NaN where missing. Do not write into it.

        Raises
        ------
        MissingMetricError
        """
        if name not in self._arrays:
            column = self.look_up(name) or self.require(name)
            array = self._stored(column.name)
            self._arrays[name] = array if column.factor == 1.0 else array * column.factor
        return self._arrays[name]


def _side_by_side(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Join the columns of several tables by unit id; the ids are those of the first.

    Raises
    ------
    LabelsError, UnknownUnitError
        If a unit stands in a table twice, or an id could be any of several.
    """
    import pandas as pd

    if all(frame.index.equals(frames[0].index) for frame in frames):
        return pd.concat(frames, axis=1)
    units = UnitIndex(frames[0].index, "the first table")
    aligned = [frames[0]]
    for frame in frames[1:]:
        ids = as_list(frame.index)
        places = units.positions(ids, others="mark").tolist()
        known = [unit if at < 0 else units.ids[at] for unit, at in zip(ids, places, strict=True)]
        aligned.append(frame.set_axis(as_index(known)))
    return pd.concat([frame.rename_axis(aligned[0].index.names) for frame in aligned], axis=1)


def _shown(frame: pd.DataFrame, analyzer: Any) -> pd.DataFrame:
    """Return the metrics with voltages in the unit in which the analyzer shows them."""
    if analyzer.voltage.gain is None:
        return frame
    frame = frame.copy()
    for name in frame.columns:
        unit = metric(str(name)).unit
        if unit in _VOLTS:
            values = numbers(frame[name]).astype(np.float64)
            convert = analyzer.voltage.shown if unit == "µV" else analyzer.voltage.slopes
            frame[name] = convert(values, analyzer.main_channel_indices)
    return frame


def renamed_in_words(table: MetricTable) -> str:
    """Say which metrics were found under another tool's names, and how they were converted; empty if none was.

    Parameters
    ----------
    table : MetricTable
    """
    if not table.renamed:
        return ""
    return f"Metrics under another tool's names: {'; '.join(map(str, table.renamed))}."
