"""A paragraph for a paper: what was done to the units, with which numbers, versions and sources."""

from __future__ import annotations

from .._version import __version__
from ..analyzer.analyzer import Analyzer
from ..metrics.words import value_in_words
from ..rules.criterion import Criterion
from ..rules.rule import Condition, RuleSet
from ..rules.trace import Trace

#: What is cited, by name.
CITATIONS = {
    "Bombcell": (
        "Fabre J. M. J., van Beest E. H., Peters A. J., Carandini M., Harris K. D. (2023). Bombcell: automated "
        "curation and cell classification of spike-sorted electrophysiology data. Zenodo. "
        "https://github.com/Julie-Fabre/bombcell"
    ),
    "UnitRefine": (
        "Jain A. et al. (2025). UnitRefine: a community toolbox for automated spike sorting curation. bioRxiv. "
        "https://github.com/anoushkajain/UnitRefine"
    ),
    "SpikeInterface": (
        "Buccino A. P., Hurwitz C. L., Garcia S., Magland J., Siegle J. H., Hurwitz R., Hennig M. H. (2020). "
        "SpikeInterface, a unified framework for spike sorting. eLife 9:e61834."
    ),
}


def methods_text(trace: Trace, analyzer: Analyzer, title: str, models: str = "") -> str:
    """Describe how units were labeled.

    Parameters
    ----------
    trace : Trace
    analyzer : Analyzer
    title : str
        Name of the method: "Bombcell", "UnitRefine", or that of a simple filter.
    models : str, optional
        Which classifiers, in words.

    Returns
    -------
    str
        A paragraph, an empty line, and the references.
    """
    version = analyzer._header.version
    computed = (
        f"SpikeInterface {version} (Buccino et al., 2020)"
        if version
        else "SpikeInterface (Buccino et al., 2020)"
    )
    how = {
        "Bombcell": "following Bombcell (Fabre et al., 2023)",
        "UnitRefine": f"by UnitRefine's pair of classifiers (Jain et al., 2025){f', {models}' if models else ''}",
    }.get(title, "by thresholds")
    sentences = [
        f"{_units_were(len(trace.table))} labeled {how} with nb_autolabel {__version__}, from metrics computed "
        f"with {computed}.",
        *_rules_in_words(trace.rule_set, set(trace.missing)),
        _missing_in_words(trace),
    ]
    if trace.by_hand:
        many = len(trace.by_hand)
        sentences.append(f"{many} {'unit was' if many == 1 else 'units were'} labeled by hand.")
    counts = trace.counts()
    total = max(1, len(trace.table))
    shares = [f"{n} {label} ({100 * n / total:.1f} %)" for label, n in counts.items() if n]
    if shares:
        sentences.append(f"This gave {', '.join(shares)}.")
    cited = [name for name in (title, "SpikeInterface") if name in CITATIONS]
    return " ".join(s for s in sentences if s) + "\n\n" + "\n".join(CITATIONS[name] for name in cited)


def _units_were(many: int) -> str:
    """Name units at the start of a sentence."""
    return {0: "No unit was", 1: "The only unit was"}.get(many, f"The {many} units were")


def _rules_in_words(rule_set: RuleSet, absent: set[str]) -> list[str]:
    lines: list[str] = []
    for rule in rule_set.rules:
        words = _condition(rule_set, rule.when, absent)
        if not words:
            continue
        among = (
            "Units were labeled" if not lines else f"Units that were {' or '.join(rule.among)} so far became"
        )
        lines.append(f"{among} {rule.label} if {words}.")
    lines.append(f"All other units were labeled {rule_set.default}.")
    return lines


def _condition(rule_set: RuleSet, condition: Condition, absent: set[str]) -> str:
    if condition.kind in ("any", "all"):
        parts = [
            _failing(c)
            for c in rule_set.criteria
            if c.group == condition.group and c.active and c.key not in absent
        ]
        return (" or " if condition.kind == "any" else " and ").join(parts)
    parts = [_condition(rule_set, part, absent) for part in condition.parts]
    if condition.kind == "and":
        return " and ".join(f"({part})" for part in parts) if all(parts) else ""
    return ", or ".join(part for part in parts if part)


def _failing(criterion: Criterion) -> str:
    name = f"|{criterion.metric}|" if criterion.abs else criterion.metric
    parts = []
    if criterion.min is not None:
        parts.append(f"below {value_in_words(criterion.metric, float(criterion.min))}")
    if criterion.max is not None:
        parts.append(f"above {value_in_words(criterion.metric, float(criterion.max))}")
    return f"{name} was {' or '.join(parts)}"


def _joined(condition: Condition) -> set[str]:
    """Return the groups of which all must fail; there an ignored value does not save a unit."""
    found = {condition.group} if condition.kind == "all" else set()
    for part in condition.parts:
        found |= _joined(part)
    return found


def _policy(criterion: Criterion, together: set[str]) -> str:
    return "fail" if criterion.nan == "ignore" and criterion.group in together else criterion.nan


def _missing_in_words(trace: Trace) -> str:
    criteria = trace.rule_set.criteria
    some = [
        k
        for k, c in enumerate(criteria)
        if c.active and c.key not in trace.missing and (trace.states[k] == 2).any()
    ]
    together = {group for rule in trace.rule_set.rules for group in _joined(rule.when)}
    parts = []
    for policy, words in (
        ("fail", "counted as failing"),
        ("pass", "counted as passing"),
        ("ignore", "were ignored"),
    ):
        names = [criteria[k].metric for k in some if _policy(criteria[k], together) == policy]
        if names:
            parts.append(f"missing values of {', '.join(dict.fromkeys(names))} {words}")
    active = [key for key in trace.missing if trace.rule_set[key].active]
    absent = [trace.rule_set[key] for key in active if key not in trace.unusable]
    unusable = [trace.rule_set[key].metric for key in active if key in trace.unusable]
    if absent:
        names = [criterion.metric for criterion in absent]
        parts.append(
            f"{', '.join(dict.fromkeys(names))} could not be judged, because the metric was not computed"
        )
    if unusable:
        parts.append(f"{', '.join(dict.fromkeys(unusable))} could not be judged: {trace.table.arbitrary}")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""
