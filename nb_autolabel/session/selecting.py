"""Keeping the units of some labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..analyzer.analyzer import Analyzer
from ..errors import SelectionError, is_one_of, listing, suggestion
from ..labels import in_spelling_of
from ..rules.trace import Trace


def kept_labels(
    trace: Trace, keep: str | Iterable[str] | None, drop: str | Iterable[str] | None
) -> list[str]:
    """Return the labels to keep, as the method spells them.

    Raises
    ------
    SelectionError
        If both or neither is given, or a label is not one of the method's.
    """
    if (keep is None) == (drop is None):
        raise SelectionError("say which labels to keep, or which to drop: select_units(drop='noise').")
    named = keep if keep is not None else drop
    known = trace.names
    several: list[Any] = [named] if isinstance(named, str) or not isinstance(named, Iterable) else list(named)
    wanted: list[str] = [in_spelling_of(label, known) or label for label in several]
    for label in wanted:
        if not is_one_of(label, known):
            raise SelectionError(
                f"there is no label {label!r}.{suggestion(label, known)} Labels: {listing(known)}."
            )
    return wanted if keep is not None else [label for label in known if label not in wanted]


def selected(
    analyzer: Analyzer, trace: Trace, keep: str | Iterable[str] | None, drop: str | Iterable[str] | None
) -> Analyzer:
    """Return an analyzer with the units of some labels, and with the labels as the sorting property ``label``.

    Raises
    ------
    SelectionError
        As :func:`kept_labels`, and if no unit is left.
    """
    kept = trace.labels.isin(kept_labels(trace, keep, drop)).to_numpy()
    if not kept.any():
        counts = listing(f"{label} {n}" for label, n in trace.counts().items())
        raise SelectionError(f"no unit is left. Counts: {counts}.")
    labels = np.array(trace.labels.to_numpy()[kept].tolist())
    return analyzer.select_units(analyzer.unit_ids[kept]).with_property("label", labels)
