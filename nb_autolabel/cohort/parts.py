"""Labels of a cohort, recording by recording, with the unit ids that each recording has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..labels import canonical
from ..metrics.table import MetricTable
from ..rules.trace import Trace
from ..unit_ids import UnitIndex

if TYPE_CHECKING:
    import pandas as pd

    from .cohort import Cohort


@dataclass(frozen=True)
class Part:
    """The labels of one recording as a labeler of it alone has them; what exports take.

    Attributes
    ----------
    trace : Trace
    labels : pandas.DataFrame
        Index: unit ids of the recording.
    overrides : pandas.DataFrame
        Labels by hand.
    merges : tuple of tuple
        Ids of units that are to be merged.
    """

    trace: Trace
    labels: pd.DataFrame
    overrides: pd.DataFrame | None = None
    merges: tuple[tuple[Any, ...], ...] = ()


def part_of(cohort: Cohort, labels: Any, recording: str) -> Part | pd.Series[Any]:
    """Return the labels of one recording out of those of all.

    Parameters
    ----------
    cohort : Cohort
    labels : LiveLabels, labeler, Trace, or labels by unit id
        Of all units.
    recording : str

    Returns
    -------
    Part, or pandas.Series
        A Series by the recording's unit ids, of the units that have one, where no method gave the labels.
    """
    rows = cohort.rows(recording)
    reading = cohort.readings[cohort.names.index(recording)]
    own = reading.metrics.index
    trace = labels if isinstance(labels, Trace) else getattr(labels, "trace", None)
    if not isinstance(trace, Trace):
        return _given(cohort, labels, rows, own)
    first = int(rows[0]) if len(rows) else 0

    def here(of_all: Mapping[int, str]) -> dict[int, str]:
        return {at - first: said for at, said in of_all.items() if first <= at < first + len(rows)}

    alone = trace.rule_set.apply(
        _rows(trace.table, rows, own, reading.table), missing="inactive", by_hand=here(trace.by_hand)
    ).holding(here(trace.held))
    if isinstance(labels, Trace):
        return Part(alone, alone.label_frame("label"))
    overrides = labels.overrides
    if len(overrides):
        index = UnitIndex(trace.table.unit_ids)
        places = index.positions(list(overrides.index))
        mine = (places >= first) & (places < first + len(rows))
        overrides = overrides[mine].set_axis(own[places[mine] - first])
    ids = own.tolist()
    suggested = getattr(getattr(getattr(labels, "live", labels), "session", None), "merges", ())
    merges = tuple(
        tuple(ids[at - first] for at in group) for group in suggested if first <= group[0] < first + len(rows)
    )
    return Part(alone, labels.labels.iloc[rows].set_axis(own), overrides, merges)


def _rows(
    table: MetricTable, rows: npt.NDArray[np.intp], own: pd.Index[Any], alone: MetricTable
) -> MetricTable:
    """Return the rows of one recording, without metrics that it does not have."""
    gone = [name for name, where in table.absent.items() if len(rows) and where[rows].all()]
    made = MetricTable(table.frame.iloc[rows].drop(columns=gone).set_axis(own))
    made.renamed = alone.renamed
    made.arbitrary = alone.arbitrary
    return made


def _given(cohort: Cohort, labels: Any, rows: npt.NDArray[np.intp], own: pd.Index[Any]) -> pd.Series[Any]:
    import pandas as pd

    from .sessions import codes_of

    names, codes = codes_of(labels, cohort)
    here = codes[rows]
    values = [canonical(names[code]) for code in here[here >= 0]]
    return pd.Series(values, index=own[here >= 0], dtype=object, name="label")
