"""What a classifier gets, beside what it was trained on, as people read it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from ..metrics.formatting import limits_in_words
from ..metrics.shown_table import Row, counted, folded_html, html_table

if TYPE_CHECKING:
    import pandas as pd

    from .inputs import Inputs


def ranges(found: Inputs) -> pd.DataFrame:
    """Return the range of every metric here and in the training data; see :attr:`Inputs.table`."""
    import pandas as pd

    said: dict[str, list[str]] = {}
    for finding in found.findings:
        for name in finding.feature.split(", "):
            said.setdefault(name, []).append(finding.text)
    rows = []
    for at, name in enumerate(found.classifier.features):
        values = found.rows[:, at]
        finite = values[np.isfinite(values)]
        known = found.classifier.statistics.get(name, {})
        rows.append(
            {
                "low": float(finite.min()) if finite.size else np.nan,
                "high": float(finite.max()) if finite.size else np.nan,
                "training_low": float(known.get("low", np.nan)),
                "training_high": float(known.get("high", np.nan)),
                "outside": int(found.outside[:, at].sum()),
                "missing": int(np.isnan(values).sum()),
                "finding": " ".join(said.get(name, [])),
            }
        )
    return pd.DataFrame(rows, index=pd.Index(found.classifier.features, name="metric"))


def inputs_html(found: Inputs) -> str:
    """Return the sentence and the metrics that differ for a notebook, those with most units outside first."""
    units, features = found.rows.shape
    table = ranges(found)
    table = table.iloc[np.argsort(-(table["outside"] + table["missing"]).to_numpy(), kind="stable")]
    differ: list[Row] = []
    alike: list[Row] = []
    for name, row in zip(table.index, table.to_dict("records"), strict=True):
        outside, missing = int(row["outside"]), int(row["missing"])
        cells = (
            str(name),
            _range(str(name), float(row["low"]), float(row["high"])),
            _range(str(name), float(row["training_low"]), float(row["training_high"])),
            str(outside),
            str(missing),
            str(row["finding"]),
        )
        if row["finding"]:
            differ.append(Row(cells, "fail" if missing == units else "warn"))
        else:
            alike.append(Row(cells, "pass"))
    heads = ["metric", "your range", "training range", "units outside", "units without", "what was found"]
    source = escape(str(found.classifier.source))
    first = (
        f"<p>{units} units, {features} metrics for the classifier from {source}. {found.n_lacking} units lack some of the "
        f"metrics, {found.n_outside} have some outside the training data's range.</p>"
    )
    shown = html_table(heads, differ) if differ else "<p>Nothing differs from the training data.</p>"
    return (
        first
        + shown
        + folded_html(
            f"{counted(len(alike), 'metric is', 'metrics are')} as in training",
            html_table(heads, alike) if alike else "",
        )
    )


def _range(name: str, low: float, high: float) -> str:
    return "–" if np.isnan(low) or np.isnan(high) else limits_in_words(name, low, high)
