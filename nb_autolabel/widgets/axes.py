"""The axis of a histogram as the browser draws it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..metrics.binning import Bins
from ..metrics.registry import metric


def axis_of(name: str, bins: Bins | None) -> dict[str, Any] | None:
    """Return the axis of a histogram as the browser draws it; ``frontend/src/core/axis.js`` has its type."""
    if bins is None:
        return None
    known = metric(name)
    low, high = ends(bins)
    unit_bins = known.whole and bins.scale != "log" and bool(np.isclose(bins.edges[1] - bins.edges[0], 1.0))
    return {
        "factor": known.factor,
        "log": bins.scale == "log",
        "whole": known.whole,
        "half": 0.5 if unit_bins else 0.0,
        "low": low,
        "high": high,
        "from": start(bins),
        "bins": bins.drawn,
        "missing": bool(bins.n_missing),
        "zero": bool(bins.n_zero),
        "saturated": bool(bins.n_saturated),
        "saturates": None if known.saturates is None else known.saturates * known.factor,
        "tallest": tallest(bins),
    }


def ends(bins: Bins) -> tuple[float, float]:
    """Return both ends of a histogram's axis, as powers of ten on a log axis."""
    edges = np.log10(bins.edges[[0, -1]]) if bins.scale == "log" else bins.edges
    return float(edges[0]), float(edges[-1])


def start(bins: Bins) -> float:
    """Return where the drawing begins: zero on a log axis and missing values stand apart, left of the axis."""
    low, high = ends(bins)
    bars = (8.0 if bins.n_zero else 3.0) if bins.n_missing else 2.0 if bins.n_zero else 0.0
    return low - bars * (high - low) / (len(bins.edges) - 1)


def apart(bins: Bins) -> dict[str, float]:
    """Return the middle of the bins that stand left of the axis: "zero" and "missing", as far as they are there."""
    low, high = ends(bins)
    width = (high - low) / (len(bins.edges) - 1)
    found = {"zero": low - width} if bins.n_zero else {}
    return found | ({"missing": low - (7.0 if bins.n_zero else 2.0) * width} if bins.n_missing else {})


def tallest(bins: Bins) -> float:
    """Return the highest stack. Moving units between labels never changes it, so the scale can stand still."""
    return max(1.0, float(bins.counts().max(initial=1)), float(bins.n_missing), float(bins.n_zero))
