"""Code that loads or makes again the classifiers of a labeling, so that a cell with it runs in a new kernel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..analyzer.analyzer import Analyzer
from ..classifiers.model import Adaptation, UnitClassifier
from ..errors import ModelError
from ..metrics.table import MetricTable
from .expression import Expression, analyzer_code, dictionary_code, is_in_memory

_LOST = "The code cannot load the classifier for {what}: it lives in the memory of this kernel only. "


@dataclass
class _Pairs:
    """The adapted pairs that the code makes, each once, however many classifiers of it are used."""

    analyzer: Analyzer
    made: list[Adaptation]

    def variable(self, adaptation: Adaptation) -> str:
        known = [id(a) for a in self.made]
        if id(adaptation) not in known:
            self.made.append(adaptation)
            known.append(id(adaptation))
        at = known.index(id(adaptation))
        return "pair" if at == 0 else f"pair_{at + 1}"


def classifier_options(
    given: Mapping[str, Any], used: Mapping[str, UnitClassifier | None], analyzer: Analyzer
) -> dict[str, Any]:
    """Return the classifiers of a labeling as arguments of a function call in code.

    Parameters
    ----------
    given : dict of str to Any
        Arguments as the user gave them: paths, repositories, classifiers, fitted estimators; None is left out.
    used : dict of str to UnitClassifier
        What they became, by argument.
    analyzer : Analyzer
        What was labeled; variable ``analyzer`` of the code.

    Returns
    -------
    dict of str to str or Expression

    Raises
    ------
    ModelError
        If a classifier lives in memory only, and nothing tells how to make it again.
    """
    pairs = _Pairs(analyzer, [])
    options: dict[str, Any] = {}
    for name, value in given.items():
        classifier = used.get(name)
        if value is None:
            continue
        if classifier is None or isinstance(value, str | Path):
            options[name] = str(value)  # a relative path stays relative
        else:
            options[name] = _loaded(classifier, name, pairs)
    return options


def _loaded(classifier: UnitClassifier, argument: str, pairs: _Pairs) -> Any:
    """Return the address of a classifier, or an expression that makes it again."""
    if classifier.address and classifier.revision:
        return Expression(
            f"nbl.load_unit_classifier({classifier.address!r}, revision={classifier.revision!r})"
        )
    if classifier.address:
        return classifier.address
    if classifier.adaptation is not None:
        variable = pairs.variable(classifier.adaptation)
        return Expression(
            f"{variable}.{classifier.adapted_part}",
            _adapting(classifier.adaptation, variable, argument, pairs.analyzer),
        )
    lost = _LOST.format(what=argument)
    if classifier.origin == "this session":
        raise ModelError(
            f"{lost}Save what was trained, trained.save('my_model'); then ask for the code again."
        )
    raise ModelError(
        f"{lost}Save it, skops.io.dump(classifier, 'my_model.skops'), and give the path instead: "
        f"UnitRefineLabeler(analyzer, {argument}='my_model.skops')."
    )


def _adapting(adaptation: Adaptation, variable: str, argument: str, analyzer: Analyzer) -> tuple[str, ...]:
    """Return lines that adapt the bundled pair again, with the labels that were used.

    Raises
    ------
    ModelError
        If it was not the bundled pair, or the metrics are neither of this analyzer nor of one that can be opened.
    """
    lost = _LOST.format(what=argument)
    if adaptation.own_base:
        raise ModelError(
            f"{lost}It was adapted from units of your own. nbl.train_unit_classifier makes one that can be saved "
            "and loaded; or adapt the bundled pair."
        )
    lines, units = [], "analyzer"
    metrics = adaptation.metrics
    if not MetricTable.of(analyzer).frame.equals(metrics.frame):
        source = metrics.analyzer
        if not isinstance(source, Analyzer) or is_in_memory(source):
            raise ModelError(
                f"{lost}It was adapted to metrics of other units, which no file holds. Adapt it to an analyzer that "
                "can be opened again: nbl.adapt(nbl.load(path), labels)."
            )
        units = f"{variable}_units"
        lines.append(analyzer_code(source, units))
    lines += [f"{variable} = nbl.adapt({units}, {dictionary_code(adaptation.labels)})"]
    return tuple(lines)
