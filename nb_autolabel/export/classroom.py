"""The labels of a class, collected in one folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..comparison.class_comparison import ClassComparison, natural
from ..comparison.class_truth import ClassTruth, truth_of_workshop
from ..comparison.sources import labeling
from ..errors import AutolabelError, LabelsError, listing
from ..unit_ids import as_text
from .labels import import_labels

if TYPE_CHECKING:
    import pandas as pd


def class_comparison(folder: Any, pattern: str = "*.csv", truth: Any = None) -> ClassComparison:
    """Compare the labels of a class, in which each labeled other units, and not all of them.

    Every pair is compared on the units that both have labeled. A file that is empty, damaged or without labels is left
    out and named in :attr:`ClassComparison.skipped`.

    Parameters
    ----------
    folder : path
        With one file a student, as :func:`nb_autolabel.export_labels` or a labeling session's download writes it; the
        file is called as the student.
    pattern : str, default: "*.csv"
    truth : Exercise, Analyzer with ``ground_truth``, or labels by unit id, optional
        What every unit is. Default: that of the bundled exercise where the files are of it, i.e. at least half of them
        label only units that a student of the file's name gets; else none, and students are compared with each other.
        False: none.

    Returns
    -------
    ClassComparison
        Named by file; :attr:`ClassComparison.students`, :attr:`ClassComparison.hardest`, :meth:`ClassComparison.plot`.

    Raises
    ------
    LabelsError
        If there are fewer than two files with labels, or `truth` is nothing of these.

    Examples
    --------
    >>> found = class_comparison("class")
    >>> found.students
    """
    return ClassComparison(*read_class(folder, pattern, truth))


def read_class(
    folder: Any, pattern: str = "*.csv", truth: Any = None
) -> tuple[dict[str, pd.Series[Any]], ClassTruth | None, dict[str, str]]:
    """Read the labels of a class; see :func:`class_comparison`.

    Returns
    -------
    labels : dict of str to pandas.Series
        By student.
    truth : ClassTruth or None
    skipped : dict of str to str
        Files that are left out, and why.

    Raises
    ------
    LabelsError
    """
    try:
        files = sorted(Path(folder).expanduser().glob(pattern), key=_order)
    except (TypeError, ValueError, OSError, RuntimeError, NotImplementedError) as error:
        raise LabelsError(
            f"the labels of a class are collected in one folder, and named by a pattern like '*.csv': {error}."
        ) from error
    known = None if truth is None or truth is False else ClassTruth.of(truth)
    found: dict[str, pd.Series[Any]] = {}
    skipped: dict[str, str] = {}
    for file in files:
        try:
            labels = _labels_of(file)
            _refuse_copy(file, labels, found)
        except (AutolabelError, OSError) as error:
            skipped[file.name] = _one_line(str(error), file)
        else:
            found[file.stem if file.stem not in found else file.name] = labels
    if len(found) < 2:
        left = f" Left out: {listing(f'{name} ({why})' for name, why in skipped.items())}." if skipped else ""
        raise LabelsError(
            f"{folder} has {len(files)} files {pattern}, and labels are in {len(found)} of them. Collect one of each "
            f"student.{left}"
        )
    if truth is None:
        known = truth_of_workshop({name: map(as_text, labels.index) for name, labels in found.items()})
    if known is not None and not any(
        as_text(unit) in known.labels for own in found.values() for unit in own.index
    ):
        raise LabelsError(
            f"no unit that the class has labeled is in {known.name}, which has {listing(known.labels, 8)}. Labels are "
            "matched by unit id: give the truth of the units that were labeled, or truth=False."
        )
    return found, known, skipped


def _labels_of(file: Path) -> pd.Series[Any]:
    """Return the labels in a file.

    Raises
    ------
    AutolabelError, OSError
        If there are none, or a unit has several.
    """
    if not file.is_file():
        raise LabelsError("it is no file.")
    if not file.stat().st_size:
        raise LabelsError("the file is empty.")
    labels = labeling(import_labels(file), file.stem).labels
    if not len(labels):
        raise LabelsError("no unit in it has a label.")
    ids = [as_text(unit) for unit in labels.index]
    twice = [unit for unit in dict.fromkeys(ids) if ids.count(unit) > 1]
    if twice:
        raise LabelsError(f"it labels some units twice: {listing(twice, 5)}.")
    return labels


def _refuse_copy(file: Path, labels: pd.Series[Any], found: dict[str, pd.Series[Any]]) -> None:
    """Refuse a file that was downloaded twice: "anna (1).csv" with the labels of "anna.csv".

    Raises
    ------
    LabelsError
    """
    name = _first_of(file)
    if name != file.stem and name in found and found[name].to_dict() == labels.to_dict():
        raise LabelsError(f"a copy of the file of {name}: the same labels.")


def _first_of(file: Path) -> str:
    """Return the name of a file without what a browser or a desktop adds to that of a copy."""
    copied = re.fullmatch(r"(.+?)(?: ?\(\d+\)| - Copy| copy(?: \d+)?)", file.stem)
    return copied[1] if copied else file.stem


def _order(file: Path) -> tuple[Any, ...]:
    """Key of the files in order of the students' names, a copy behind the file it was made of."""
    return natural(_first_of(file)), len(file.stem), file.name


def _one_line(text: str, file: Path) -> str:
    """Return why a file is left out, without its own path, in one line."""
    said = " ".join(text.replace(f"{file} ", "it ").replace(str(file), file.name).split())
    return said if len(said) <= 200 else f"{said[:197]}..."
