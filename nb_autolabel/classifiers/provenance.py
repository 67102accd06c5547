"""Which classifiers labeled the units, in words for a paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from .._version import __version__
from .cascade import NOISE_COLUMN, SUA_COLUMN, Cascade
from .inputs import Inputs
from .model import UnitClassifier
from .rebuilt.pipeline import RebuiltClassifier

_STEPS = {NOISE_COLUMN: "noise against neural", SUA_COLUMN: "single against multi unit"}
_SCHEME, _CITED = "UnitRefine's two-step scheme", " (Jain et al., 2025)"


@dataclass(frozen=True)
class Said:
    """What is said of the classifiers of a run.

    Attributes
    ----------
    how : str
        The rest of "The units were labeled ...".
    remarks : tuple of str
        Sentences on what the classifiers got.
    cites : tuple of str
        What is cited, by the names of the citations in the methods paragraph.
    """

    how: str
    remarks: tuple[str, ...] = ()
    cites: tuple[str, ...] = ("UnitRefine",)


def cascade_in_words(cascade: Cascade, inputs: Mapping[str, Inputs] | None = None) -> Said:
    """Say which classifiers labeled, where they come from, and what was done to their inputs.

    Parameters
    ----------
    cascade : Cascade
    inputs : dict of str to Inputs, optional
        What was found about the metrics they got.
    """
    made = {column: classifier_in_words(c) for column, c in cascade.classifiers.items()}
    if len(made) == 1:
        ((column, words),) = made.items()
        how = f"by one classifier, {_STEPS[column]}, of {_SCHEME}{_CITED}: {words}, "
    elif len(set(made.values())) == 1:
        words = next(iter(made.values()))
        how = f"by {words}, in {_SCHEME}{'' if _CITED in words else _CITED}, "
    else:
        parts = "; ".join(f"for {_STEPS[column]} {words}" for column, words in made.items())
        how = f"by two classifiers in {_SCHEME}{_CITED}, {parts}, "
    return Said(how, tuple(_remarks(inputs or {})))


def classifier_in_words(classifier: UnitClassifier) -> str:
    """Say what one classifier is and where it comes from.

    Parameters
    ----------
    classifier : UnitClassifier
    """
    source, origin, adaptation = classifier.source, classifier.origin, classifier.adaptation
    adapted = f" and adapted with {len(adaptation.labels)} labels" if adaptation else ""
    if origin == "bundled":
        units = classifier.info.get("units")
        many = f"{units:,} " if isinstance(units, int) else ""
        return (
            f"gradient-boosted trees of nb_autolabel {__version__}, trained on {many}units published with "
            f"UnitRefine (Jain et al., 2025){adapted}"
        )
    if origin == "own trees":
        return (
            f"gradient-boosted trees trained with nb_autolabel {__version__} on the user's own units{adapted}"
        )
    kind = _kind(classifier)
    if origin == "this session":
        known = classifier.info.get("recordings")
        many = f" of {known} recording{'' if known == 1 else 's'}" if isinstance(known, int) else ""
        return f"{kind} trained with nb_autolabel {__version__} on labeled units{many} of the user's own"
    if classifier.revision:
        return f"{kind} of the Hugging Face Hub's repository {source} (revision {classifier.revision})"
    if origin == "object":
        return f"{kind} that the user had fitted with scikit-learn"
    path = PurePath(source)
    return f"{kind} read from the {'file' if path.suffix == '.skops' else 'folder'} '{path.name}'"


def _kind(classifier: UnitClassifier) -> str:
    """Name the estimator, that of the last step of a pipeline."""
    model: Any = classifier.pipeline
    if model is None:
        return "gradient-boosted trees" if classifier.origin == "this session" else "a classifier of trees"
    if isinstance(model, RebuiltClassifier):
        name = model.kind
    else:
        while getattr(model, "steps", None):
            model = model.steps[-1][1]
        name = type(model).__name__
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


def _remarks(inputs: Mapping[str, Inputs]) -> list[str]:
    found = [finding for one in inputs.values() for finding in one.findings]
    said = [f.text for f in found if f.has_changed_values]
    gone = [name for f in found if f.kind == "missing" for name in f.feature.split(", ")]
    if gone:
        said.append(f"The classifiers had to do without {', '.join(dict.fromkeys(gone))}.")
    return list(dict.fromkeys(text[0].upper() + text[1:] for text in said))
