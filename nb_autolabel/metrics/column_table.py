"""A table of metrics held as arrays: pandas, which takes longer to load than many recordings to label, is not needed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .table import MetricTable

if TYPE_CHECKING:
    import pandas as pd


class ColumnTable(MetricTable):
    """Metrics of all units as one array each, read-only; the DataFrame is made when it is asked for.

    Parameters
    ----------
    unit_ids : ndarray, shape (n_units,)
        Integers or text.
    columns : dict of str to ndarray, shape (n_units,)
        Metrics: integers or float64.
    analyzer : Analyzer, optional
        Where they come from.
    """

    def __init__(
        self, unit_ids: npt.NDArray[Any], columns: Mapping[str, npt.NDArray[Any]], analyzer: Any = None
    ) -> None:
        self._ids = unit_ids
        self._columns = dict(columns)
        self._begin(list(self._columns), analyzer)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The same as a DataFrame: index unit ids, columns metrics."""
        import pandas as pd

        return pd.DataFrame(self._columns, index=self.unit_ids, copy=False)

    @cached_property
    def unit_ids(self) -> pd.Index[Any]:
        """Unit ids, in the order of the rows."""
        import pandas as pd

        index: pd.Index[Any] = pd.Index(self._ids)
        return index

    @property
    def names(self) -> list[str]:
        """Stored column names."""
        return list(self._columns)

    def __len__(self) -> int:
        return len(self._ids)

    def _stored(self, name: str) -> npt.NDArray[Any]:
        values = self._columns[name]
        return values if values.dtype.kind in "iu" else values.astype(np.float64, copy=False)
