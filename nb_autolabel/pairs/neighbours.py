"""How alike and how far apart units are, and which ones are worth comparing."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..analyzer.analyzer import Analyzer
from ..errors import AutolabelError
from .verdict import NEAR_UM

#: Units whose templates are compared where similarities are not stored.
MOST_COMPARED = 48


def places_of(analyzer: Analyzer) -> npt.NDArray[np.float64] | None:
    """Return where the units are in µm, shape (n_units, 2): their locations, else their main channels; None if not known."""
    try:
        found = np.asarray(analyzer.get_extension("unit_locations").get_data(), dtype=np.float64)[:, :2]
        if np.isfinite(found).all():
            return found
    except (AutolabelError, LookupError, ValueError):
        pass
    try:
        channels: npt.NDArray[np.float64] = analyzer.get_channel_locations()[
            analyzer.main_channel_indices, :2
        ]
    except (AutolabelError, LookupError, ValueError):
        return None
    return channels


def distances(analyzer: Analyzer, unit: int) -> npt.NDArray[np.float64]:
    """Return the distance of every unit from one in µm, shape (n_units,); NaN where places are not known."""
    places = places_of(analyzer)
    if places is None:
        return np.full(analyzer.get_num_units(), np.nan)
    found: npt.NDArray[np.float64] = np.linalg.norm(places - places[unit], axis=1)
    return found


def similarities(analyzer: Analyzer, unit: int, others: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """Return how alike the templates of units are to that of one: the cosine.

    As stored in the extension "template_similarity"; else computed from the templates, as SpikeInterface does by default.

    Parameters
    ----------
    analyzer : Analyzer
    unit : int
    others : ndarray of int, shape (n_others,)

    Returns
    -------
    ndarray of float64, shape (n_others,)
        NaN where it is not known.
    """
    try:
        stored = analyzer.get_extension("template_similarity").get_data("similarity", rows=np.array([unit]))
        alike: npt.NDArray[np.float64] = np.asarray(stored, dtype=np.float64)[0][others]
        return alike
    except (AutolabelError, LookupError, ValueError):
        pass
    try:
        ids = analyzer.unit_ids[[unit, *others.tolist()]]
        if len(set(ids.tolist())) < len(ids):
            return np.full(len(others), np.nan)
        templates = np.asarray(analyzer.get_templates(ids), dtype=np.float64)
    except (AutolabelError, LookupError, ValueError):
        return np.full(len(others), np.nan)
    flat = templates.reshape(len(templates), -1)
    norms = np.linalg.norm(flat, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: npt.NDArray[np.float64] = (flat[1:] @ flat[0]) / (norms[1:] * norms[0])
    return found


def neighbours(analyzer: Analyzer, unit: int, at_most: int = 8) -> list[tuple[int, float, float]]:
    """Return the units that may be parts of the same cell, the most alike first.

    Parameters
    ----------
    analyzer : Analyzer
    unit : int
        Position of the unit.
    at_most : int, default: 8

    Returns
    -------
    list of (int, float, float)
        Position, similarity of the templates, distance in µm; NaN where not known. Units that are farther apart than
        cells are seen come after all others.
    """
    away = distances(analyzer, unit)
    others = np.flatnonzero(np.arange(len(away)) != unit)
    if not analyzer.has_extension("template_similarity") and len(others) > MOST_COMPARED:
        others = others[np.argsort(away[others], kind="stable")[:MOST_COMPARED]]
    alike = similarities(analyzer, unit, others)
    far = ~(away[others] <= NEAR_UM) & np.isfinite(away[others])
    order = np.lexsort((away[others], -np.nan_to_num(alike, nan=-2.0), far))[:at_most]
    return [(int(others[i]), float(alike[i]), float(away[others[i]])) for i in order]


def similarity(analyzer: Analyzer, one: int, other: int) -> float | None:
    """Return how alike two templates are; None where it is not known."""
    (found,) = similarities(analyzer, one, np.array([other], dtype=np.intp))
    return float(found) if np.isfinite(found) else None


def distance(analyzer: Analyzer, one: int, other: int) -> float | None:
    """Return how far two units are apart in µm; None where it is not known."""
    found: Any = distances(analyzer, one)[other]
    return float(found) if np.isfinite(found) else None
