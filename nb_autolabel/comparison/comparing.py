"""Comparing labelings from wherever they come: labelers, tables, presets, curators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import LabelsError, listing
from .comparison import Comparison
from .sources import ALIKE, labeling

if TYPE_CHECKING:
    pass


def compare(
    *sources: Any,
    names: list[str] | None = None,
    analyzer: Any = None,
    merge: Mapping[str, str] = ALIKE,
    **named: Any,
) -> Comparison:
    """Compare labelers, label tables, presets, curators or the ground truth.

    Parameters
    ----------
    *sources, **named : Labeler, Trace, DataFrame with ``label``, Series, dict, name of a preset or of a property
        Two or more; by keyword to name them: ``compare(bombcell=labeler, anna=her_labels)``. Properties are those of
        the analyzer's units, such as "KSLabel" of a Kilosort folder.
    names : list of str, optional
        Names of the positional ones.
    analyzer : Analyzer or DataFrame of metrics, optional
        Needed for presets and properties given by name.
    merge : dict of str to str, default: {"sua": "good"}
        Labels that are taken for others.

    Returns
    -------
    Comparison

    Raises
    ------
    LabelsError
        If there are fewer than two, or they have no unit in common.

    Examples
    --------
    >>> compare("default", "spikeinterface-0.105", analyzer=demo_analyzer())
    """
    given = names or [_name(source, at) for at, source in enumerate(sources)]
    if len(given) != len(sources):
        raise LabelsError(f"{len(given)} names were given for {len(sources)} labelings.")
    given = _distinct(given)
    twice = [name for name in (*given, *named) if (*given, *named).count(name) > 1]
    reserved = [name for name in (*given, *named) if name in ("units", "confidence")]
    if twice or reserved:
        raise LabelsError(
            f"labelings need names of their own; {listing({*twice, *reserved})} cannot be used."
        )
    every = dict(zip(given, sources, strict=True)) | named
    if len(every) < 2:
        raise LabelsError("compare takes two labelings or more: compare(labeler, other_labels).")
    return Comparison([labeling(source, name, analyzer, merge) for name, source in every.items()])


def _name(source: Any, at: int) -> str:
    if isinstance(source, str):
        return source
    # Tables and Series give out their columns and units as attributes: a unit may be called "title".
    title = None if hasattr(source, "loc") else getattr(source, "title", None)
    return title.lower() if isinstance(title, str) and title else f"labels {at + 1}"


def _distinct(names: list[str]) -> list[str]:
    return [
        name if names.count(name) == 1 else f"{name} {names[: at + 1].count(name)}"
        for at, name in enumerate(names)
    ]
