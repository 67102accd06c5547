"""The table of recordings: their labels with intervals, what decides, how they were computed, and which stand out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..comparison.intervals import wilson
from ..errors import LabelsError
from ..labels import canonical
from ..labels_by_unit import given_labels
from ..metrics.table import MetricTable
from ..plots.palette import in_order
from ..rules.trace import Trace
from ..unit_ids import UnitIndex
from .deviations import Deviation, deviations, reasons, shares_that_differ
from .settings import other_settings, other_versions

if TYPE_CHECKING:
    import pandas as pd

    from .opened import OpenedCohort

#: Columns of text.
TEXTS = ("decides", "metrics_missing", "other_settings", "version", "other_version", "stands_out", "problem")
#: Criteria that are named as deciding most.
NAMED = 3


def sessions_table(cohort: OpenedCohort, labels: Any) -> pd.DataFrame:
    """Return one row a recording; see :meth:`Cohort.sessions_for`."""
    import pandas as pd

    trace = labels if isinstance(labels, Trace) else getattr(labels, "trace", None)
    of, count = cohort.recording_of, len(cohort.names)
    if isinstance(trace, Trace):
        _check(trace, cohort)
        names, codes = trace.names, trace.codes.astype(np.intp)
    else:
        trace = None
        names, codes = codes_of(labels, cohort)
    known = codes >= 0
    units = np.bincount(of[known], minlength=count)
    columns: dict[str, Any] = {"units": np.bincount(of, minlength=count)}
    counts = _counts(of, codes, len(names), count)
    for name, many in zip(names, counts, strict=True):
        low, high = wilson(many, units)
        with np.errstate(divide="ignore", invalid="ignore"):
            columns |= {name: many, f"{name}_share": many / units, f"{name}_low": low, f"{name}_high": high}
    settings = other_settings([reading.settings for reading in cohort.readings])
    versions = [reading.version for reading in cohort.readings]
    found = deviations(trace, of, count) if trace is not None else shares_that_differ(names, counts, units)
    columns |= {
        "decides": _decides(trace, of, count),
        "metrics_missing": _missing(cohort, trace),
        "other_settings": ["; ".join(each) for each in settings],
        "version": versions,
        "other_version": other_versions(versions),
        "stands_out": _stands_out(found, settings),
        "problem": ["" for _ in range(count)],
    }
    made = pd.DataFrame(columns, index=pd.Index(cohort.names, name="recording", dtype=object))
    about = cohort.about.rename(columns={name: f"{name} (given)" for name in cohort.about if name in made})
    made = about.join(made)
    broken = cohort.problems["problem"]
    made.loc[broken.index, "problem"] = broken
    counted = ["units", *names]
    made[counted] = made[counted].fillna(0).astype(int)
    texts = list(TEXTS)
    made[texts] = made[texts].fillna("")
    return made


def counts_of(cohort: OpenedCohort, trace: Trace) -> npt.NDArray[np.intp]:
    """Return the units of each label in each recording, shape (n_labels, n_recordings)."""
    return _counts(cohort.recording_of, trace.codes, len(trace.names), len(cohort.names))


def _counts(
    of: npt.NDArray[np.integer], codes: npt.NDArray[np.integer], labels: int, count: int
) -> npt.NDArray[np.intp]:
    known = codes >= 0
    both = codes[known].astype(np.intp) * count + of[known]
    return np.bincount(both, minlength=labels * count).reshape(labels, count)


def which_stand_out(cohort: OpenedCohort, trace: Trace) -> list[str]:
    """Return for each recording in which ways it differs from the others, "" if in none."""
    settings = other_settings([reading.settings for reading in cohort.readings])
    return _stands_out(deviations(trace, cohort.recording_of, len(cohort.names)), settings)


def unreadable(cohort: OpenedCohort) -> pd.DataFrame:
    """Return the table of recordings of which none could be read."""
    texts = dict.fromkeys([*TEXTS[:-1]], "")
    return cohort.about.assign(units=0, **texts, problem=cohort.problems["problem"])


def _check(trace: Trace, cohort: OpenedCohort) -> None:
    if len(trace.table) != len(cohort.recording_of):
        raise LabelsError(
            f"these labels are of {len(trace.table)} units, the cohort has {len(cohort.recording_of)}. Make the labeler "
            "of the cohort: LiveBombcell(cohort)."
        )


def codes_of(labels: Any, cohort: OpenedCohort) -> tuple[tuple[str, ...], npt.NDArray[np.intp]]:
    """Return the labels that occur, and which one each unit has; -1 where it has none.

    Raises
    ------
    LabelsError
    """
    ids, values = given_labels(labels)
    if ids is None:
        if len(values) != len(cohort.recording_of):
            raise LabelsError(
                f"{len(values)} labels for {len(cohort.recording_of)} units. Give one a unit, or name units."
            )
        places = np.arange(len(values), dtype=np.intp)
    else:
        places = UnitIndex(cohort.analyzer.unit_ids, "the cohort").positions(list(ids))
    spelled = [canonical(value) for value in values]
    names = tuple(in_order([label for label in spelled if label is not None]))
    codes = np.full(len(cohort.recording_of), -1, dtype=np.intp)
    for at, label in zip(places.tolist(), spelled, strict=True):
        if label is not None:
            codes[at] = names.index(label)
    return names, codes


def _decides(trace: Trace | None, of: npt.NDArray[np.integer], count: int) -> list[str]:
    """Name the criteria that are reasons for most labels in each recording, with the number of units."""
    if trace is None:
        return [""] * count
    counters: list[Counter[str]] = [Counter() for _ in range(count)]
    for at, keys in zip(of.tolist(), trace.reason_keys, strict=True):
        counters[at].update(keys)
    return [", ".join(f"{key} {many}" for key, many in each.most_common(NAMED)) for each in counters]


def _missing(cohort: OpenedCohort, trace: Trace | None) -> list[str]:
    """Name the metrics of active criteria that a recording does not have, or not for any unit.

    Without a method, the metrics that other recordings have.
    """
    table = MetricTable.of(cohort.analyzer)
    if trace is None:
        wanted = table.names
    else:
        asked = dict.fromkeys(c.metric for c in trace.rule_set.criteria if c.active)
        # Not those that the method itself computes, as UnitRefine its probabilities.
        wanted = [name for name in asked if table.look_up(name) or not trace.table.look_up(name)]
    said = []
    for reading in cohort.readings:
        own = reading.table
        gone = [name for name in wanted if own.find(name) is None or _all_missing(own.values(name))]
        said.append(", ".join(gone))
    return said


def _all_missing(values: Any) -> bool:
    return len(values) > 0 and bool(np.isnan(np.asarray(values, dtype=np.float64)).all())


def _stands_out(found: list[Deviation], settings: list[list[str]]) -> list[str]:
    said = []
    for at, other in enumerate(settings):
        # Where half of the recordings differ, none of them is the odd one.
        rare = bool(other) and sum(each == other for each in settings) <= len(settings) / 4
        computed = f"metrics computed otherwise: {'; '.join(other[:2])}" if rare else ""
        more = f" and {len(other) - 2} more" if rare and len(other) > 2 else ""
        said.append("; ".join(filter(None, [reasons(found, at), computed + more])))
    return said
