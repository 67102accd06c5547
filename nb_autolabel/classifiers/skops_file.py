"""Opening a ``.skops`` file without running anything from it.

skops builds objects of the classes a file names, and scikit-learn follows the node numbers in them
without looking. Neither sees a file here: what is known is read as numbers, checked, and rebuilt as
arrays of our own (:mod:`nb_autolabel.classifiers.rebuilt`).
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import AutolabelError, ModelError, UnsafeDataError
from .rebuilt.allowlist import check_names
from .rebuilt.archive import BROKEN, WAY_OUT, Archive, printable
from .rebuilt.nodes import Node
from .rebuilt.pipeline import RebuiltClassifier, rebuild

_PICKLES = (".pkl", ".pickle", ".joblib")


def load_skops(path: str | Path) -> RebuiltClassifier:
    """Read a classifier from a ``.skops`` file.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    RebuiltClassifier

    Raises
    ------
    UnsafeDataError
        If the file is a pickle, or names anything that is not on the list of what it may hold.
    ModelError
        If it is damaged, too large, or its parts do not fit each other.
    """
    path = Path(path)
    _refuse_pickle(path)
    try:
        with Archive(path) as archive:
            schema = archive.schema()
            check_names(schema, path.name)
            return rebuild(Node(schema, archive, "the model"))
    except AutolabelError:
        raise
    except (*BROKEN, AttributeError, ArithmeticError) as error:
        raise ModelError(
            f"{printable(path.name)} is no .skops file that can be read: {type(error).__name__}. {WAY_OUT}"
        ) from error


def parts_of(model: Any) -> list[Any]:
    """Return an estimator, the steps of a pipeline, and the estimators of an ensemble."""
    found = [model]
    for pair in getattr(model, "steps", None) or ():
        found += parts_of(pair[1]) if isinstance(pair, tuple) and len(pair) == 2 else [pair]
    members = getattr(model, "estimators_", None)
    for member in np.ravel(np.asarray(members, dtype=object)) if members is not None else ():
        found += parts_of(member)
    return found


def _refuse_pickle(path: Path) -> None:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return
        with path.open("rb") as file:
            start = file.read(2)
    except OSError:
        return
    if start != b"PK" and (path.suffix in _PICKLES or start[:1] in (b"\x80", b"\x1f", b"x")):
        raise UnsafeDataError(
            f"{printable(path.name)} is a pickle: opening it would run code from the file. "
            "Ask its author for a .skops file, or load it yourself and pass the classifier object."
        )
