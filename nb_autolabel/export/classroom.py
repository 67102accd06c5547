"""The labels of a class, collected in one folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..comparison.comparing import compare
from ..comparison.comparison import Comparison
from ..errors import LabelsError
from .labels import import_labels


def class_comparison(folder: Any, pattern: str = "*.csv") -> Comparison:
    """Compare the labels of a class on the units that everybody has labeled.

    Parameters
    ----------
    folder : path
        With one file a student, as :func:`nb_autolabel.export_labels` writes it.
    pattern : str, default: "*.csv"

    Returns
    -------
    Comparison
        Named by file.

    Raises
    ------
    LabelsError
        If there are fewer than two files, or no common units.
    """
    try:
        files = sorted(Path(folder).expanduser().glob(pattern))
    except (TypeError, ValueError, OSError, RuntimeError, NotImplementedError) as error:
        raise LabelsError(
            f"the labels of a class are collected in one folder, and named by a pattern like '*.csv': {error}."
        ) from error
    if len(files) < 2:
        raise LabelsError(f"{folder} has {len(files)} files {pattern}. Collect one of each student.")
    return compare(*[import_labels(file) for file in files], names=[file.stem for file in files])
