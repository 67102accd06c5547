"""Anything that labels units, as labels, decisions and confidences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..classifiers.cascade_rules import NAME as UNITREFINE
from ..classifiers.label_probability import label_probability
from ..errors import LabelsError
from ..labels import ALIKE, canonical, folded
from ..labels_by_unit import given_labels
from ..rules.methods import bombcell_rules
from ..rules.presets import presets
from ..rules.trace import Trace
from ..unit_ids import as_index

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ALIKE", "Labeling", "labeling"]


@dataclass(frozen=True)
class Labeling:
    """Labels of one method, preset or person.

    Attributes
    ----------
    name : str
    labels : pandas.Series
        By unit id, in one spelling; units without a label are left out.
    confidence : pandas.Series or None
        From 0 to 1: the probability of the label; None if nothing is known, as for thresholds.
    trace : Trace or None
        The decision, where there is one.
    """

    name: str
    labels: pd.Series[Any]
    confidence: pd.Series[Any] | None = None
    trace: Trace | None = None


def labeling(source: Any, name: str, analyzer: Any = None, merge: Mapping[str, str] = ALIKE) -> Labeling:
    """Return labels, confidence and trace of a source.

    Parameters
    ----------
    source : Labeler, Trace, DataFrame with ``label``, Series, dict, name of a preset, or of a property of the units
    name : str
    analyzer : Analyzer or DataFrame, optional
        For presets and properties ("KSLabel" of a Kilosort folder).
    merge : dict of str to str
        Labels taken for others.

    Raises
    ------
    LabelsError
        If it is nothing of these.
    """
    import pandas as pd

    if not isinstance(merge, Mapping) or not all(isinstance(x, str) for pair in merge.items() for x in pair):
        raise LabelsError(
            f"merge={merge!r}: labels are taken for others by a dictionary, as {{'sua': 'good'}}; or {{}}."
        )
    held = source if isinstance(source, Trace) else getattr(source, "trace", None)
    trace = (
        held if isinstance(held, Trace) else None
    )  # an array has a method of that name, a Series maybe a unit
    if isinstance(source, str) and analyzer is None:
        raise LabelsError(f"to label with the preset {source!r}, pass analyzer=...")
    if isinstance(source, str) and source not in presets():
        source = _property(source, analyzer)
    if isinstance(source, str):
        trace = bombcell_rules(preset=source).apply(analyzer, missing="inactive")
    confidence = None
    if trace is not None:
        frame = None if isinstance(source, Trace | str) else source.labels
        labels = trace.labels
        if isinstance(frame, pd.DataFrame) and "probability" in frame:
            confidence = frame["probability"]
        elif trace.rule_set.name == UNITREFINE:
            confidence = pd.Series(label_probability(trace), index=labels.index)
    else:
        labels, confidence = _given(source, name)
    labels = labels.astype(object).map(canonical)
    labels = labels[labels.notna()]
    merged = {folded(label): other for label, other in merge.items()}
    return Labeling(
        name, labels.map(lambda label: merged.get(folded(label), label)).astype(object), confidence, trace
    )


def _property(name: str, analyzer: Any) -> Any:
    """Return the labels that a property of the units holds; the name where there is no such property.

    Raises
    ------
    LabelsError
        For the groups of a phy folder in which nobody has curated.
    """
    import pandas as pd

    known = analyzer.get_sorting_property_keys() if hasattr(analyzer, "get_sorting_property_keys") else []
    if name not in known:
        return name
    values = pd.Series(
        analyzer.get_sorting_property(name), index=as_index(analyzer.unit_ids.tolist()), dtype=object
    )
    if name == "group" and "KSLabel" in known:
        kilosorts = analyzer.get_sorting_property("KSLabel")
        if [canonical(str(a)) for a in values] == [canonical(str(b)) for b in kilosorts]:
            raise LabelsError(
                "the groups of this folder are Kilosort's own labels (cluster_group.tsv equals cluster_KSLabel.tsv): nobody "
                "has curated them. Compare with 'KSLabel'."
            )
    return values


def _given(source: Any, name: str) -> tuple[pd.Series[Any], pd.Series[Any] | None]:
    """Return labels that somebody has given, and their probabilities where a table has them."""
    import pandas as pd

    if isinstance(source, pd.DataFrame) and "label" not in source:
        raise LabelsError(f"'{name}' has no column 'label', only {list(source.columns)}.")
    if not isinstance(source, pd.DataFrame | pd.Series | Mapping):
        raise LabelsError(
            f"'{name}' is {type(source).__name__}. Compare labelers, label tables, Series, dictionaries by "
            "unit id, traces, or names of presets."
        )
    ids, values = given_labels(source)
    index = as_index(ids or [])
    given = pd.Series(values, index=index, dtype=object)
    if not isinstance(source, pd.DataFrame) or list(source.columns).count("probability") != 1:
        return given, None
    # Use the column only if its values are probabilities (between 0 and 1).
    known = pd.to_numeric(source["probability"], errors="coerce").astype(float)
    return given, known.where(known.between(0, 1)).set_axis(index)
