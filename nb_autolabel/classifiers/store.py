"""Where classifiers come from: the bundled pair, a folder, a file, an object, the Hugging Face Hub."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import AutolabelError, ModelError, ModelNotFoundError, UnsafeDataError, listing
from .boosting import columns_of
from .by_missing import TreesByMissing, Without
from .description import INFO, read_description
from .model import UnitClassifier
from .skops_file import load_skops
from .trees import Trees

_BUNDLED = Path(__file__).parent / "bundled"
__all__ = ["INFO", "bundled", "bundled_files", "load_unit_classifier", "model_card", "of_estimator"]


def load_unit_classifier(source: Any, revision: str | None = None) -> UnitClassifier:
    """Load a classifier of units.

    Parameters
    ----------
    source : str, Path, sklearn estimator or UnitClassifier
        A repository of the Hugging Face Hub ("user/name"), a folder with a ``.skops`` file (and
        ``model_info.json``), a ``.skops`` file, a fitted scikit-learn classifier, or
        "bundled:noise" / "bundled:sua". A model of the Hub that is in its cache is used as it is;
        otherwise it is downloaded.
    revision : str, optional
        Branch, tag or commit of a repository.

    Returns
    -------
    UnitClassifier

    Raises
    ------
    ModelNotFoundError
        If nothing lies there, or the Hub cannot be reached and the cache does not have it.
    UnsafeDataError
        If it is a pickle, or holds anything that is not on the list of what a model may hold.
    ModelError
        If it cannot be read as a classifier between two classes.
    """
    if isinstance(source, UnitClassifier):
        return source
    if hasattr(source, "predict_proba"):
        made = of_estimator(source, {}, f"a {type(source).__name__}")
        return replace(made, origin="object")
    if not isinstance(source, str | Path):
        raise ModelError(
            f"a classifier is a folder, a .skops file, a repository of the Hub ('user/name') or a fitted "
            f"scikit-learn classifier, not {type(source).__name__}."
        )
    text = str(source)
    if text in ("bundled:noise", "bundled:sua"):
        return bundled(text.removeprefix("bundled:"))
    try:
        path = Path(source).expanduser()
        if path.exists():
            return replace(_from_disk(path), address=text)
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, AutolabelError):
            raise
        # For example a folder without read permission, or a name that is too long for a file.
        raise ModelNotFoundError(f"there is no classifier to be read at {text!r}: {error}.") from None
    if isinstance(source, Path) or path.suffix or text.count("/") != 1 or text.startswith((".", "/", "~")):
        raise ModelNotFoundError(
            f"there is no classifier at '{source}'. Give a folder with a .skops file, a .skops file, a repository of "
            "the Hub as 'user/name', or nothing for the bundled classifiers."
        )
    from .hub import download

    folder, found = download(text, revision)
    # The Hub's cache keeps each commit in a folder of its name.
    return replace(_from_disk(folder, source=found), revision=folder.name, address=text)


def _from_disk(path: Path, source: str | None = None) -> UnitClassifier:
    if path.is_dir():
        files = sorted(path.glob("*.skops"))
        if not files:
            others = [file.name for file in path.iterdir() if file.suffix in (".pkl", ".pickle", ".joblib")]
            if others:
                raise UnsafeDataError(
                    f"{path} holds a pickle ({listing(others)}) and no .skops file. Opening a pickle runs code from "
                    "the file; it was not opened."
                )
            raise ModelNotFoundError(
                f"there is no .skops file in {path}. It holds: {listing(p.name for p in path.iterdir())}."
            )
        if len(files) > 1:
            raise ModelError(
                f"{path} holds several models: {listing(f.name for f in files)}. Give one of the files."
            )
        file, info = files[0], read_description(path / INFO)
    else:
        file, info = path, read_description(path.with_name(INFO))
    return of_estimator(load_skops(file), info, source or str(path))


def of_estimator(model: Any, info: dict[str, Any], source: str) -> UnitClassifier:
    """Describe a fitted scikit-learn classifier.

    Raises
    ------
    ModelError
        If it is not fitted, has other than two classes, or does not say which metrics it needs.
    """
    classes = _classes(model)
    if classes is None or len(classes) != 2 or not hasattr(model, "predict_proba"):
        what = "is not a fitted classifier" if classes is None else f"has {len(classes)} classes"
        raise ModelError(
            f"the model from {source} {what}; a fitted classifier between two classes is needed."
        )
    stored = getattr(model, "feature_names_in_", None)
    names = [str(n) for n in stored] if stored is not None and len(stored) else _names_in(info)
    count = getattr(model, "n_features_in_", len(names))
    if not names or len(names) != count:
        raise ModelError(
            f"the model from {source} does not say which metrics it needs: it takes {count} and names {len(names)}. "
            f"Fit it on a DataFrame, or name them under 'metric_params' in {INFO}."
        )
    told = info.get("label_conversion")
    labels = [str(told.get(str(c), c)) if isinstance(told, dict) else str(c) for c in classes]
    if labels[0] == labels[1]:
        raise ModelError(f"the model from {source} calls both of its classes {labels[0]!r}.")
    for name in (*names, *labels):
        if any("\ud800" <= letter <= "\udfff" for letter in name):
            raise ModelError(f"the model from {source} has a name that is no text: {name!r}.")
    return UnitClassifier(source, tuple(names), (labels[0], labels[1]), pipeline=model, info=info)


def _classes(model: Any) -> list[Any] | None:
    """Return the classes of a fitted classifier, None if it has none."""
    try:
        classes = getattr(model, "classes_", None)
        return None if classes is None else list(np.asarray(classes).tolist())
    except Exception:  # an unfitted estimator may raise anything here
        return None


def _names_in(info: dict[str, Any]) -> list[str]:
    found: list[str] = []
    params = info.get("metric_params")
    for part in params.values() if isinstance(params, dict) else ():
        named = part.get("metric_names") if isinstance(part, dict) else None
        found += [str(name) for name in named] if isinstance(named, list) else []
    return found


@cache
def bundled(which: str) -> UnitClassifier:
    """Return one of the bundled classifiers.

    Parameters
    ----------
    which : {"noise", "sua"}
        Noise against neural, or single against multi unit.
    """
    info = json.loads((_BUNDLED / f"{which}.json").read_text(encoding="utf-8"))
    features = info["features"]
    without = tuple(
        Without(
            columns_of(info["groups"][group]["features"], features),
            partial(_bundled_trees, bundled_name(which, group)),
        )
        for group in info["grown without"]
    )
    trees = TreesByMissing(_bundled_trees(which), without)
    return UnitClassifier(
        "bundled",
        tuple(features),
        tuple(info["labels"]),
        trees=trees,
        info=info,
        magnitudes=frozenset(info["magnitudes"]),
        origin="bundled",
        address=f"bundled:{which}",
    )


def bundled_name(which: str, group: str) -> str:
    """Return the name of the file of the trees that were grown without a group of metrics."""
    return f"{which}_without_{group.replace(' ', '_')}"


def _bundled_trees(name: str) -> Trees:
    with np.load(_BUNDLED / f"{name}.npz", allow_pickle=False) as stored:
        return Trees.from_arrays(dict(stored))


def model_card() -> str:
    """Return what is to be known of the bundled classifiers: data, licence, scores, limits (Markdown)."""
    return (_BUNDLED / "README.md").read_text(encoding="utf-8")


def bundled_files() -> list[Path]:
    """Return the files of the bundled classifiers."""
    return sorted(file for file in _BUNDLED.iterdir() if file.suffix in (".npz", ".json", ".md"))
