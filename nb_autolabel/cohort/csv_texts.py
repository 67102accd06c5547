"""The CSV files of all recordings, made together: reasons and labels are put in words once, not once a recording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..labels import canonical
from ..rules.missing import criteria_missing
from ..rules.trace import Trace

if TYPE_CHECKING:
    from .cohort import Cohort


class CsvTexts:
    """What :func:`nb_autolabel.export_labels` writes as CSV for each recording, without judging each one again.

    Parameters
    ----------
    cohort : Cohort
    labels : LiveLabels, labeler or Trace
        Of all units.
    """

    def __init__(self, cohort: Cohort, labels: Any) -> None:
        self._cohort = cohort
        trace: Trace = labels if isinstance(labels, Trace) else labels.trace
        columns: dict[str, list[Any]] = {
            "label": np.array(trace.names, dtype=object)[trace.codes].tolist(),
            "source": np.array(["rules", "hand"], dtype=object)[trace.manual.astype(np.intp)].tolist(),
            "time": [""] * len(trace.table),
            "note": [""] * len(trace.table),
            "reasons": trace.reason_keys,
            "criteria_missing": criteria_missing(trace),
        }
        overrides = None if _only_rules(labels) else getattr(labels, "overrides", None)
        if overrides is not None and len(overrides):
            for at, row in zip(trace.by_hand, overrides.itertuples(index=False), strict=True):
                columns["source"][at], columns["time"][at], columns["note"][at] = (
                    row.source,
                    row.time,
                    row.note,
                )
        self._head = ",".join(map(_quoted, ["unit_id", *columns])) + "\n"
        every = list(zip(*columns.values(), strict=True))
        # Of many units few kinds of rows are different.
        texts = {row: _line(row) for row in set(every)}
        self._rows = [texts[row] for row in every]
        self._starts = np.concatenate([[0], np.cumsum([len(reading) for reading in cohort.readings])])

    @staticmethod
    def can(labels: Any) -> bool:
        """Whether the files of these labels hold text alone and each unit has a label: else they are made one by one."""
        trace = labels if isinstance(labels, Trace) else getattr(labels, "trace", None)
        if not isinstance(trace, Trace) or any(canonical(name) is None for name in trace.names):
            return False
        if isinstance(labels, Trace) or _only_rules(labels):
            return True
        overrides = labels.overrides
        listed = list(overrides.index) == trace.table.unit_ids[list(trace.by_hand)].tolist()
        return list(labels.labels.columns) == ["label"] and listed

    def of(self, at: int) -> str | None:
        """Return the text for a recording by its position; None if its unit ids are neither whole numbers nor names."""
        ids = self._cohort.readings[at].units
        if len(set(ids)) < len(ids):
            return None
        kinds = set(map(type, ids))
        if kinds <= {int}:
            units = list(map(str, ids))
        elif kinds == {str} and all(ids):
            units = list(map(_quoted, ids))
        else:
            return None
        first, stop = int(self._starts[at]), int(self._starts[at + 1])
        rows = zip(units, self._rows[first:stop], strict=True)
        return self._head + "".join([f"{unit},{row}" for unit, row in rows])


def _only_rules(labels: Any) -> bool:
    """Whether labels are those of the rules alone, and text alone, without asking for tables."""
    from ..session.live_labels import LiveLabels

    live = getattr(labels, "live", labels)
    plain = isinstance(live, LiveLabels) and type(live).labels is LiveLabels.labels
    return plain and not live.session.by_hand


def _line(row: tuple[str | tuple[str, ...], ...]) -> str:
    """Return a row without its unit; several reasons stand in one cell."""
    return ",".join(_quoted(cell if isinstance(cell, str) else "; ".join(cell)) for cell in row) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
