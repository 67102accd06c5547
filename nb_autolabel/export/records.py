"""What is exported: the label of each unit, who gave it, and what it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import LabelsError
from ..rules.rule import RuleSet
from ..rules.trace import Trace

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Records:
    """Labels ready to be written.

    Attributes
    ----------
    frame : pandas.DataFrame
        Index: unit ids, named "unit_id". ``label``; ``probability`` where a classifier gave one; for a
        labeler also ``source`` ("rules" or who labeled by hand), ``time``, ``note``, ``reasons``.
    metrics : pandas.DataFrame or None
        Of the same units.
    rule_set : RuleSet or None
        The method that gave the labels.
    """

    frame: pd.DataFrame
    metrics: pd.DataFrame | None = None
    rule_set: RuleSet | None = None

    @property
    def unit_ids(self) -> list[Any]:
        """Unit ids as plain Python values."""
        return [unit.item() if hasattr(unit, "item") else unit for unit in self.frame.index.tolist()]

    @property
    def labels(self) -> list[str]:
        """Labels, one a unit."""
        return [str(label) for label in self.frame["label"]]


def records(source: Any) -> Records:
    """Take labels from a labeler, a trace, a table, a Series or a dictionary.

    Parameters
    ----------
    source : Labeler, Trace, DataFrame with ``label``, Series, or dict by unit id

    Raises
    ------
    LabelsError
        If it is nothing of these, a unit has no label, or a unit id stands there twice.
    """
    import pandas as pd

    trace = source if isinstance(source, Trace) else getattr(source, "trace", None)
    metrics, rule_set = None, None
    if isinstance(trace, Trace):
        frame = trace.label_frame("label") if isinstance(source, Trace) else source.labels.copy()
        frame["source"], frame["time"], frame["note"] = "rules", "", ""
        frame.loc[trace.manual, "source"] = "hand"
        overrides = getattr(source, "overrides", None)
        if overrides is not None and len(overrides):
            columns = ["source", "time", "note"]
            frame.loc[overrides.index, columns] = overrides[columns]
        frame["reasons"] = ["; ".join(keys) for keys in trace.reason_keys]
        metrics, rule_set = trace.table.frame, trace.rule_set
    elif isinstance(source, pd.DataFrame):
        if "label" not in source:
            raise LabelsError(f"the table has no column 'label'. Columns: {list(source.columns)}.")
        kept = [
            name for name in ("label", "probability", "source", "time", "note", "reasons") if name in source
        ]
        frame = source[kept].copy()
    elif isinstance(source, pd.Series):
        frame = source.to_frame("label")
    elif isinstance(source, Mapping):
        frame = pd.DataFrame({"label": list(source.values())}, index=pd.Index(list(source)))
    else:
        raise LabelsError(
            f"cannot take labels from {type(source).__name__}. Pass a labeler, a table with a column "
            "'label', a Series, or a dictionary by unit id."
        )
    if not frame.index.is_unique:
        twice = frame.index[frame.index.duplicated()].tolist()
        raise LabelsError(f"unit ids stand there twice: {twice[:10]}.")
    lacking = frame.index[frame["label"].isna()].tolist()
    if lacking:
        raise LabelsError(f"{len(lacking)} units have no label: {lacking[:10]}. Label or leave them out.")
    return Records(frame.rename_axis("unit_id"), metrics, rule_set)
