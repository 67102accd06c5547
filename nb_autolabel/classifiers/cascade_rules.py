"""UnitRefine's decisions as rules over the probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import RuleError, suggestion
from ..rules.rule import Rule, RuleSet, any_fails, no_value
from ..rules.threshold_io import read_criterion, read_thresholds, usual_nan
from .cascade import NOISE_COLUMN, SUA_COLUMN

#: Name of the method, by which its traces are known.
NAME = "unitrefine"
#: Where the classifiers decide, and no "unsure".
DEFAULTS: dict[str, dict[str, dict[str, float | None]]] = {
    "noise": {NOISE_COLUMN: {"min": None, "max": 0.5}},
    "sua": {SUA_COLUMN: {"min": 0.5, "max": None}},
    "unsure": {
        NOISE_COLUMN: {"min": None, "max": None},
        SUA_COLUMN: {"min": None, "max": None},
    },
}


def unitrefine_rules(
    thresholds: Any = None, columns: tuple[str, ...] = (NOISE_COLUMN, SUA_COLUMN), gaps: bool = False
) -> RuleSet:
    """Rule set over the probabilities: noise, else single unit or multi-unit; in between, unsure.

    Noise where ``noise_probability`` is above its limit; else mua where ``sua_probability`` is below
    its limit; else sua. Units whose probability lies between these limits and those of the section
    "unsure" are unsure.

    Parameters
    ----------
    thresholds : dict or path of a JSON file, optional
        In sections "noise", "sua", "unsure", each with limits "min" and "max" (or "greater" and "less") of its
        probabilities. None: 0.5 each, nothing unsure. A section that is not named keeps its default; of a
        section that is named, what is left out is off.
    columns : tuple of str
        Probabilities that are there.
    gaps : bool, default: False
        Whether some units lack a probability; then those are "unjudged" where it would decide.

    Raises
    ------
    RuleError
    """
    data: Mapping[str, Any] = {} if thresholds is None else read_thresholds(thresholds)
    for section, entries in data.items():
        if section not in DEFAULTS or not isinstance(entries, Mapping):
            raise RuleError(
                f"unknown section {section!r}.{suggestion(section, DEFAULTS)} Sections: {', '.join(DEFAULTS)}."
            )
        for name in entries:
            if name not in DEFAULTS[section]:
                raise RuleError(
                    f"section '{section}' has no {name!r}. It has: {', '.join(DEFAULTS[section])}."
                )
    criteria = []
    for section, entries in DEFAULTS.items():
        for name, usual in entries.items():
            if name not in columns:
                continue
            limits = data[section].get(name, {}) if section in data else usual
            if not isinstance(limits, Mapping) or not {"abs", "nan"}.isdisjoint(limits):
                raise RuleError(
                    f"limits of '{section}/{name}' are a dictionary with 'min' and 'max': {limits!r}."
                )
            group = f"unsure {name}" if section == "unsure" else section
            criteria.append(
                read_criterion(name, limits, section=section, group=group, nan=usual_nan(section, name))
            )
    best = "sua" if SUA_COLUMN in columns else "neural"
    return RuleSet(NAME, tuple(criteria), _rules(columns, best, gaps), best)


def _rules(columns: tuple[str, ...], best: str, gaps: bool) -> tuple[Rule, ...]:
    rules = []
    if NOISE_COLUMN in columns:
        rules += [Rule("noise", any_fails("noise"), (best,))]
        rules += [Rule("unsure", any_fails(f"unsure {NOISE_COLUMN}"), (best,))]
    if SUA_COLUMN in columns:
        rules += [Rule("mua", any_fails("sua"), ("sua",))]
        rules += [Rule("unsure", any_fails(f"unsure {SUA_COLUMN}"), ("sua",))]
    if gaps and NOISE_COLUMN in columns:
        rules += [Rule("unjudged", no_value("noise"), ("noise", "unsure", "mua", best))]
    if gaps and SUA_COLUMN in columns:
        rules += [Rule("unjudged", no_value("sua"), ("mua", "unsure", "sua"))]
    return tuple(rules)
