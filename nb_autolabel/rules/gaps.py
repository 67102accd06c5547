"""Where values are missing, and what that decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .trace import Judgement, State, Trace

if TYPE_CHECKING:
    import pandas as pd


def missing_table(trace: Trace) -> pd.DataFrame:
    """Return every criterion with what is missing, and the labels that hang on it.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    pandas.DataFrame
        Index: criterion. ``state``: "active", "off" (no limit is on), "not in the table", or
        "arbitrary units" (a limit in µV cannot judge them);
        ``missing``: units without a value; ``nan``: what a missing value counts as ("fail", "pass",
        "ignore"); ``decided``: units that would have another label if these missing values passed
        (or, where they pass, if they failed).
    """
    import pandas as pd

    rows = []
    for k, criterion in enumerate(trace.rule_set.criteria):
        absent = criterion.key in trace.missing
        active = trace.judgement(k) is not None
        gaps = np.isnan(trace.values[k])
        if absent:
            state = "arbitrary units" if criterion.key in trace.unusable else "not in the table"
        else:
            state = "active" if active else "off"
        rows.append(
            {
                "criterion": criterion.key,
                "metric": criterion.metric,
                "state": state,
                "missing": len(gaps) if absent else int(gaps.sum()),
                "nan": criterion.nan,
                "decided": _decided(trace, k) if active and gaps.any() else 0,
            }
        )
    columns = ["criterion", "metric", "state", "missing", "nan", "decided"]
    return pd.DataFrame(rows, columns=columns).set_index("criterion")


def _decided(trace: Trace, k: int) -> int:
    found = trace.judgement(k)
    assert found is not None  # noqa: S101 (only active criteria are asked)
    failed = found.failed
    if trace.rule_set.criteria[k].nan == "pass":
        failed = failed | (trace.states[k] == State.NAN)
    return int((trace.codes_if(k, Judgement(failed, None)) != trace.codes).sum())
