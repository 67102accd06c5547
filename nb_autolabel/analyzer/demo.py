"""The bundled analyzer: a small simulated recording, so that every example runs without a download."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from .analyzer import Analyzer
from .load import load


def demo_analyzer() -> Analyzer:
    """Open the bundled analyzer: 142 simulated units on 96 channels of a Neuropixels 2.0 shank.

    It has the 14 extensions of a usual analyzer in small form, and a sorting property
    ``ground_truth`` that says how each unit was made: single, merged, contaminated, noise,
    few_spikes, axonal. ``scripts/make_demo_analyzer.py`` in the repository makes it.

    Returns
    -------
    Analyzer
    """
    return load(demo_path())


def demo_path() -> Path:
    """Return where the bundled analyzer lies."""
    return Path(str(files("nb_autolabel") / "bundled" / "demo.zarr.zip"))
