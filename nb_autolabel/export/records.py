"""What is exported: the label of each unit, who gave it, and what it was read from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import LabelsError, listing
from ..labels import canonical
from ..labels_by_unit import given_labels
from ..rules.missing import criteria_missing
from ..rules.rule import RuleSet
from ..rules.trace import Trace
from ..unit_ids import as_index, as_list, is_missing, is_writable, repeated

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Records:
    """Labels ready to be written.

    Attributes
    ----------
    frame : pandas.DataFrame
        Index: unit ids, named "unit_id", or pairs named ("session", "unit_id"). ``label``;
        ``probability`` where a classifier gave one; for a labeler also ``source`` ("rules" or who labeled
        by hand), ``time``, ``note``, ``reasons``, and ``criteria_missing``: keys of the criteria that could not be
        judged of the unit, because their metric or its value is missing.
    metrics : pandas.DataFrame or None
        Of the same units.
    rule_set : RuleSet or None
        The method that gave the labels.
    merges : tuple of tuple of unit id
        Units that are to be merged, of a labeler.
    phy_folder : str or None
        Folder of Kilosort or phy from which the labeled analyzer was opened: its units are called by phy's clusters.
    analyzer : Analyzer or None
        That the method labeled; None where labels are given by id.
    """

    frame: pd.DataFrame
    metrics: pd.DataFrame | None = None
    rule_set: RuleSet | None = None
    merges: tuple[tuple[Any, ...], ...] = ()
    phy_folder: str | None = None
    analyzer: Any = None

    @property
    def unit_ids(self) -> list[Any]:
        """Unit ids as plain Python values."""
        return as_list(self.frame.index)

    def plain_ids(self, where: str) -> list[int | str]:
        """Return the unit ids for a format that knows whole numbers and text only.

        Parameters
        ----------
        where : str
            Name of the format, for the message.

        Raises
        ------
        LabelsError
            If ids are pairs, or anything else.
        """
        ids: list[int | str] = []
        for given in self.unit_ids:
            unit = int(given) if isinstance(given, float) and given.is_integer() else given
            if isinstance(unit, tuple):
                raise LabelsError(
                    f"{where} is of one sorting, and these units are of several sessions, like {unit!r}. "
                    "Export one session after the other, labels.xs('monday'); CSV and Parquet take them all."
                )
            if isinstance(unit, bool) or not isinstance(unit, int | str):
                raise LabelsError(f"{where} knows whole numbers and text as unit ids, not {unit!r}.")
            ids.append(unit)
        return ids

    @property
    def labels(self) -> list[str]:
        """Labels, one a unit."""
        return [str(label) for label in self.frame["label"]]


def records(source: Any) -> Records:
    """Take labels from a labeler, a trace, a table, a Series or a dictionary.

    Parameters
    ----------
    source : Labeler, Trace, DataFrame with ``label``, Series, or dict by unit id
        A labeler's or trace's labels stay as the method spells them; others are spelled as
        :func:`nb_autolabel.labels.canonical` does.

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
        frame["criteria_missing"] = criteria_missing(trace)
        metrics, rule_set = trace.table.frame, trace.rule_set
    else:
        try:
            ids, values = given_labels(source)
        except LabelsError as error:
            raise LabelsError(f"cannot take labels: {error} A labeler or a trace can be given too.") from None
        if ids is None:
            raise LabelsError("a list of labels names no units. Give a Series or a dictionary by unit id.")
        more = ("probability", "source", "time", "note", "reasons", "criteria_missing")
        kept = {
            name: list(source[name])
            for name in more
            if hasattr(type(source), "columns") and name in source.columns
        }
        for text in (text for values in kept.values() for text in values):
            if isinstance(text, str) and not is_writable(text):
                raise LabelsError(f"{text!r} holds characters that no file can hold.")
        frame = pd.DataFrame({"label": [canonical(label) for label in values], **kept}, index=as_index(ids))
    frame = frame.set_axis(_checked(frame.index))
    without = {label for label in set(frame["label"].tolist()) if canonical(label) is None}
    lacking = (
        [u for u, label in zip(frame.index, frame["label"], strict=True) if label in without]
        if without
        else []
    )
    if lacking:
        raise LabelsError(
            f"{len(lacking)} units have no label: {listing(lacking, 10)}. Label or leave them out."
        )
    if metrics is not None:
        metrics = metrics.set_axis(frame.index)
    merges = getattr(source, "merges", ()) if isinstance(trace, Trace) else ()
    analyzer = trace.table.analyzer if isinstance(trace, Trace) else None
    groups = tuple(tuple(group) for group in merges)
    return Records(frame, metrics, rule_set, groups, opened_phy_folder(analyzer), analyzer)


def opened_phy_folder(source: Any) -> str | None:
    """Return the folder of Kilosort or phy from which an analyzer, or that of a labeler, was opened; None if it was not."""
    if hasattr(type(source), "loc"):
        return None
    analyzer = getattr(source, "analyzer", source)
    origin: Any = getattr(getattr(analyzer, "source", None), "origin", None)
    return origin.location if getattr(origin, "format", None) == "phy" else None


def _checked(index: pd.Index[Any]) -> pd.Index[Any]:
    """Return unit ids as they are written: bytes as text, each once.

    Raises
    ------
    LabelsError
        If an id stands there twice, also as number and as text, which files do not tell apart.
    """
    if index.nlevels > 2:
        raise LabelsError(
            f"unit ids have {index.nlevels} parts, {list(index.names)}; ids are one value, or (session, unit)."
        )
    ids = as_list(index)
    if any(is_missing(unit) or unit in ("", b"") for unit in ids):
        raise LabelsError(f"every label needs the id of its unit; ids: {listing(map(repr, ids), 12)}.")
    twice = repeated(ids)
    if twice:
        raise LabelsError(
            f"unit ids stand there twice: {listing(map(repr, twice), 10)}. Each unit has one label."
        )
    ids = [unit.decode("utf-8", "backslashreplace") if isinstance(unit, bytes) else unit for unit in ids]
    return as_index(ids) if index.nlevels > 1 or ids != as_list(index) else index.rename("unit_id")
