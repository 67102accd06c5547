"""Code that reproduces thresholds, labels and a selection of units without any widget."""

from __future__ import annotations

import keyword
from collections.abc import Iterable
from pprint import pformat
from typing import Any

from ..analyzer.analyzer import Analyzer
from ..errors import SelectionError
from .expression import Expression, analyzer_code


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
        Other arguments of the function; an :class:`Expression` brings the lines that it needs.
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
        *dict.fromkeys(line for v in options.values() if isinstance(v, Expression) for line in v.setup),
        *(['inf = float("inf")'] if "inf" in pformat(thresholds) else []),
        f"thresholds = {pformat(thresholds, width=100, sort_dicts=False)}",
        f"labels = nbl.{function}(",
        "    analyzer,",
        "    thresholds=thresholds,",
        *(f"    {name}={value!r}," for name, value in options.items()),
        # unitrefine_label_units gives the probability of the label by hand, so it must know it.
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
