"""The folder of a trained classifier: told from any other folder, and written whole."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from ..analyzer.atomic_write import beside, target_path
from ..analyzer.kinds import Kind
from ..errors import listing
from .store import INFO

#: What :func:`write_model_folder` writes.
MODEL, CARD = "best_model.skops", "README.md"


def write_model_folder(path: Any, overwrite: bool, pipeline: Any, info: dict[str, Any], card: str) -> Path:
    """Write a classifier as the folder that UnitRefine and SpikeInterface read.

    Parameters
    ----------
    path : path
    overwrite : bool
        Replace a folder that this function wrote before; never any other.
    pipeline : sklearn estimator
    info : dict
    card : str
        Markdown.

    Returns
    -------
    Path
        The folder, absolute.

    Raises
    ------
    AlreadyExistsError, ForeignTargetError, WriteError
    """
    import skops.io

    folder = target_path(path)
    with beside(folder, overwrite, MODEL_FOLDER) as new:
        new.mkdir()
        skops.io.dump(pipeline, new / MODEL)
        (new / INFO).write_text(json.dumps(info, indent=1) + "\n", encoding="utf-8")
        (new / CARD).write_text(card, encoding="utf-8")
    return folder


def _foreign_in_model(folder: Path) -> str:
    names = sorted({path.name for path in folder.iterdir()} - {".DS_Store"})
    foreign = [name for name in names if name not in (MODEL, INFO, CARD) or not _is_file(folder / name)]
    if foreign:
        return f"it holds what does not belong to a model: {listing(foreign, 5)}."
    if names and not (MODEL in names and zipfile.is_zipfile(folder / MODEL)):
        return "it holds no model."
    return ""


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


MODEL_FOLDER = Kind("the folder of a model", _foreign_in_model, folder=True)
