"""A small study of eight recordings, two of them unlike the others, to try how many recordings are labeled at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from .analyzer import Analyzer
from .atomic_write import target_path
from .computed_source import ComputedExtension, ComputedSource
from .demo import demo_analyzer, new_folder

#: Units of each recording.
_UNITS = 60
#: What is multiplied in the metrics of the two recordings that are unlike the others.
_NOISY = {"snr": 0.4, "d_prime": 0.5, "isolation_distance": 0.4}
_DRIFTING = {"drift_ptp": 5.0, "drift_std": 5.0, "drift_mad": 5.0}
_RECORDINGS: dict[str, dict[str, float]] = {
    "mouse1/day1.zarr": {},
    "mouse1/day2.zarr": {},
    "mouse2/day1.zarr": {},
    "mouse2/day2.zarr": _NOISY,
    "mouse3/day1.zarr": {},
    "mouse3/day2.zarr": {},
    "mouse4/day1.zarr": _DRIFTING,
    "mouse4/day2.zarr": {},
}


def demo_study(folder: str | os.PathLike[str]) -> Path:
    """Write eight small analyzers of four mice, each with 60 units of the bundled recording.

    Every value of a metric is a little changed, so that no recording is like another. In ``mouse2/day2`` the noise is
    2.5 times as high, and in ``mouse4/day1`` the drift is five times as large.

    Parameters
    ----------
    folder : str or os.PathLike
        Made, with the folders above it; must not exist yet.

    Returns
    -------
    Path
        The folder, absolute.

    Raises
    ------
    AlreadyExistsError
        If something is there already.
    WriteError
        If the system refuses.

    Examples
    --------
    >>> cohort = Cohort(demo_study("study") / "**")
    """
    target = target_path(folder)
    with new_folder(target) as partial:
        for seed, (place, factors) in enumerate(_RECORDINGS.items()):
            _bent(seed, factors).save_as(format="zarr", folder=partial / place, slim=True)
    return target


def _bent(seed: int, factors: dict[str, float]) -> Analyzer:
    """Return some units of the bundled analyzer with changed metrics."""
    random = np.random.default_rng(seed)
    demo = demo_analyzer()
    chosen = demo.select_units(demo.unit_ids[np.sort(random.permutation(len(demo.unit_ids))[:_UNITS])])
    changed = {
        name: _extension(chosen, name, random, factors) for name in ("quality_metrics", "template_metrics")
    }
    return Analyzer(ComputedSource(chosen.source, chosen.header, changed, []))


def _extension(
    analyzer: Analyzer, name: str, random: np.random.Generator, factors: dict[str, float]
) -> ComputedExtension:
    extension = analyzer.get_extension(name)
    table = extension.get_data("metrics").copy()
    for metric in table.columns:
        values = table[metric]
        if values.dtype.kind == "f":
            jitter = np.exp(random.normal(0.0, 0.02, len(table)))
            table[metric] = values * jitter * factors.get(str(metric), 1.0)
    data: dict[str, Any] = {"metrics": table}
    return ComputedExtension(dict(extension.params), dict(extension.info), data)
