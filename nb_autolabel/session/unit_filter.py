"""Units that a filter finds, in the words and units of the unit table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..classifiers.label_probability import label_probability
from ..errors import RuleError
from ..labels import OF_METHODS
from ..rules.trace import Trace
from ..unit_ids import as_text
from .filter_text import FilterError, Name, parse_filter

#: Names that are no metrics.
WORDS = ("unit", "label", "reasons", "by_hand", "note", "unsure", "pending", "probability")
#: A label of a classifier with a smaller probability counts as unsure.
SURE = 0.6
#: Labels of a method that does not know.
UNKNOWN = tuple(name for name in OF_METHODS if name != "neural")
#: Characters of a filter at most.
LONGEST = 2_000


def units_where(trace: Trace, where: Any, by_hand: Mapping[int, Any] | None = None) -> list[int]:
    """Return the positions of the units that a filter finds.

    Metrics are compared as the unit table shows them: in the unit shown (ms, %), and as magnitudes where the criterion
    takes them so.

    Parameters
    ----------
    trace : Trace
    where : str
        ``snr > 5 and label == "mua"``; also ``reasons``, ``by_hand``, ``note``, ``unsure``, ``probability``, ``pending``.
    by_hand : mapping of int to Entry, optional
        Labels by hand by position.

    Raises
    ------
    RuleError
        That says in words what cannot be read.
    """
    if not isinstance(where, str) or not where.strip() or len(where) > LONGEST:
        raise RuleError(
            f"a filter is text of at most {LONGEST} characters, like 'snr > 5 and label == \"mua\"'; "
            f"got {str(where)[:60]!r}."
        )
    look_up = names_of(trace, by_hand or {})
    names = [*WORDS, *trace.table.names, *(f'"{label}"' for label in trace.names)]
    try:
        test = parse_filter(where, look_up, names)
    except FilterError as error:
        raise RuleError(f"the filter {where[:200]!r} cannot be read: {error}.") from None
    return [at for at in range(len(trace.table)) if test(at)]


def names_of(trace: Trace, by_hand: Mapping[int, Any]) -> Callable[[str], Name | None]:
    """Return what a name in a filter stands for; see :func:`units_where`."""
    table, criteria = trace.table, trace.rule_set.criteria
    unit_ids = [as_text(unit) for unit in table.unit_ids.tolist()]
    labels = trace.labels.to_numpy().tolist()
    deciding = _reasons(trace)

    def words(name: str) -> Name | None:
        if name == "unit":
            return Name(lambda at: unit_ids[at])
        if name == "label":
            return Name(lambda at: str(labels[at]))
        if name == "reasons":
            return Name(lambda at: deciding[at], bare=True)
        if name == "by_hand":
            return Name(lambda at: str(by_hand[at].label) if at in by_hand else "", bare=True)
        if name == "note":
            return Name(lambda at: str(by_hand[at].note) if at in by_hand else "", bare=True)
        if name == "pending":
            return Name(lambda at: False, bare=True)
        if name == "probability" and trace.rule_set.name == "unitrefine":
            chance = label_probability(trace)
            return Name(lambda at: float(chance[at]))
        if name == "unsure":
            chance = label_probability(trace)
            doubtful = [
                at not in by_hand and (trace.names[trace.codes[at]] in UNKNOWN or bool(chance[at] < SURE))
                for at in range(len(table))
            ]
            return Name(lambda at: doubtful[at], bare=True)
        return None

    def look_up(name: str) -> Name | None:
        known = words(name) if name in WORDS else None
        if known is not None or name in WORDS or table.look_up(name) is None:
            return known
        magnitude = {criterion.abs for criterion in criteria if criterion.metric == name}
        meaning = table.meaning(name)
        values = shown_values(
            table.values(name), meaning.factor, any(magnitude) if magnitude else meaning.magnitude
        )
        return Name(lambda at: float(values[at]))

    return look_up


def shown_values(values: npt.NDArray[Any], factor: float, magnitude: bool) -> npt.NDArray[np.float64]:
    """Return stored values as the unit table shows them, shape (n_units,): in the unit shown, to twelve digits."""
    found = np.asarray(values, dtype=np.float64)
    if factor != 1:
        found = np.array([float(f"{value:.12g}") for value in (found * factor).tolist()], dtype=np.float64)
    return np.abs(found) if magnitude else found


def _reasons(trace: Trace) -> list[list[str]]:
    """Return for each unit the metrics of the criteria that gave it its label."""
    metric_of = {criterion.key: criterion.metric for criterion in trace.rule_set.criteria}
    return [list(dict.fromkeys(metric_of[key] for key in keys)) for keys in trace.reason_keys]
