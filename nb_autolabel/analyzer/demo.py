"""The bundled analyzer: a small simulated recording, so that every example runs without a download."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from ..errors import AlreadyExistsError
from .analyzer import Analyzer
from .atomic_write import beside
from .kinds import Kind
from .load import load

_FOLDER = Kind("a new folder", lambda path: f"{path.name} is there already.", folder=True)


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


@contextlib.contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give a place to write a folder to, which is put at a target where nothing is yet.

    Raises
    ------
    AlreadyExistsError
        If something is there already.
    WriteError
        If the system refuses.
    """
    if os.path.lexists(target):
        raise AlreadyExistsError(f"{target} is there already. Choose another folder, or use it as it is.")
    with beside(target, False, _FOLDER) as partial:
        partial.mkdir()
        yield partial


def demo_path() -> Path:
    """Return where the bundled analyzer lies."""
    return Path(str(files("nb_autolabel") / "bundled" / "demo.zarr.zip"))
