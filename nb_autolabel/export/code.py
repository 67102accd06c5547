"""Code that reproduces thresholds, labels and a selection of units without any widget."""

from __future__ import annotations

import keyword
from collections.abc import Iterable
from pprint import pformat
from typing import Any

from ..analyzer.address import is_shortened
from ..analyzer.analyzer import Analyzer
from ..errors import SelectionError


def checked_name(name: object) -> str:
    """Return a name that a variable can have.

    Raises
    ------
    SelectionError
    """
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
        raise SelectionError(
            f"{name!r} cannot be the name of a variable. Use letters, digits and _, like clean_units."
        )
    return name


def analyzer_code(analyzer: Analyzer) -> str:
    """Return lines that open the analyzer again, as variable ``analyzer``."""
    from ..analyzer.demo import demo_path

    source, parent = analyzer.source, analyzer.source.origin
    if parent.location is None:
        return "# analyzer: the SortingAnalyzer that was labeled; it lives in memory, so open or compute it first"
    if parent.location == str(demo_path()):
        code = "analyzer = nbl.demo_analyzer()"
    else:
        code = _loading_code(parent.location, parent.has_options)
    if source is not parent:
        code += f".select_units({pformat(analyzer.unit_ids.tolist(), compact=True, width=100)})"
    return code


def _loading_code(location: str, has_options: bool) -> str:
    """Return lines that open a path or an address; what may be secret has a place to put it in again."""
    lines, arguments = [], repr(location)
    if is_shortened(location):
        lines += [
            "# Put the whole address here: a user name, password or signature is not written down.",
            f"address = {location!r}",
        ]
        arguments = "address"
    if has_options:
        lines += [
            "# Put the storage options here: they may hold passwords and are not written down.",
            "storage_options = {}",
        ]
        arguments += ", storage_options=storage_options"
    return "\n".join([*lines, f"analyzer = nbl.load({arguments})"])


def labeling_code(
    analyzer: Analyzer,
    function: str,
    thresholds: dict[str, Any],
    options: dict[str, Any],
    keep: Iterable[str] | None = None,
    variable: str = "clean",
    by_hand: dict[Any, str] | None = None,
) -> str:
    """Return code that labels the units again, and keeps those with some labels.

    Parameters
    ----------
    analyzer : Analyzer
    function : str
        Name of the labeling function.
    thresholds : dict
        As they are now.
    options : dict
        Other arguments of the function.
    keep : iterable of str, optional
        Labels to keep; None leaves the selection out.
    variable : str
        Name for the analyzer with the kept units.
    by_hand : dict, optional
        Labels given by hand, by unit id.
    """
    probable = function == "unitrefine_label_units"
    lines = [
        "import nb_autolabel as nbl",
        "",
        analyzer_code(analyzer),
        *(['inf = float("inf")'] if "inf" in pformat(thresholds) else []),
        f"thresholds = {pformat(thresholds, width=100, sort_dicts=False)}",
        f"labels = nbl.{function}(",
        "    analyzer,",
        "    thresholds=thresholds,",
        *(f"    {name}={value!r}," for name, value in options.items()),
        # Its probabilities are those of the labels by hand.
        *([f"    by_hand={pformat(by_hand, width=100, sort_dicts=False)},"] if by_hand and probable else []),
        ")",
        *_by_hand_code({} if probable else by_hand or {}),
        'print(labels["label"].value_counts())',
    ]
    if keep is not None:
        lines += [
            f'kept = labels["label"].isin({list(keep)!r})',
            f"{checked_name(variable)} = analyzer.select_units(analyzer.unit_ids[kept])",
        ]
    return "\n".join(lines) + "\n"


def _by_hand_code(by_hand: dict[Any, str]) -> list[str]:
    """Return lines that give labels by hand, one a label."""
    lines = []
    for label in dict.fromkeys(by_hand.values()):
        units = [unit for unit, given in by_hand.items() if given == label]
        text = pformat(units, compact=True, width=100)
        lines.append(f'labels.loc[{text}, "label"] = {label!r}  # by hand')
    return lines
