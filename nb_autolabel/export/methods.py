"""A paragraph for a paper: what was done to the units, with which numbers, versions and sources."""

from __future__ import annotations

from typing import Any

from .._version import __version__
from ..analyzer.analyzer import Analyzer
from ..classifiers.cascade_rules import NAME as UNITREFINE
from ..classifiers.provenance import Said
from ..metric_names import tools_of
from ..metrics.formatting import value_in_words
from ..metrics.table import renamed_in_words
from ..rules.criterion import Criterion
from ..rules.judgement import State
from ..rules.methods import bombcell_rules
from ..rules.missing import effect_of_missing, without_metric_in_words
from ..rules.presets import WITHOUT_NOISE, presets
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
    "Allen": (
        "Siegle J. H. et al. (2021). Survey of spiking in the mouse visual system reveals functional hierarchy. "
        "Nature 592:86-92."
    ),
    "IBL": (
        "International Brain Laboratory et al. (2022). Spike sorting pipeline for the International Brain "
        "Laboratory. figshare."
    ),
}
_BOMBCELL = "following Bombcell (Fabre et al., 2023)"
#: What is said of each table of limits, and what is cited with it.
_OF_PRESETS: dict[str, tuple[str, tuple[str, ...]]] = {
    "default": (
        f"{_BOMBCELL} with the limits of SpikeInterface's guide to automatic labeling",
        ("Bombcell",),
    ),
    "spikeinterface-0.104": (f"{_BOMBCELL} with the default limits of SpikeInterface 0.104", ("Bombcell",)),
    "spikeinterface-0.105": (f"{_BOMBCELL} with the default limits of SpikeInterface 0.105", ("Bombcell",)),
    "bombcell": (f"{_BOMBCELL} with its original limits, on SpikeInterface's metrics", ("Bombcell",)),
    "fitted": (
        f"{_BOMBCELL} with limits fitted to 2,945 units published with UnitRefine (Jain et al., 2025)",
        ("Bombcell", "UnitRefine"),
    ),
    "allen": ("by the criteria of the Allen Institute's usual unit filter (Siegle et al., 2021)", ("Allen",)),
    "ibl": (
        "by the single-unit criteria of the International Brain Laboratory (2022), on SpikeInterface's metrics",
        ("IBL",),
    ),
}


def methods_text(trace: Trace, analyzer: Analyzer, title: str, models: Said | str = "") -> str:
    """Describe how units were labeled: by what was really used, with its limits, and with its sources.

    Parameters
    ----------
    trace : Trace
    analyzer : Analyzer
    title : str
        Name of the method, for a method that is none of this package's.
    models : Said or str, optional
        Which classifiers; see :func:`nb_autolabel.classifiers.provenance.cascade_in_words`.

    Returns
    -------
    str
        A paragraph, an empty line, and the references.
    """
    version = analyzer.header.version
    computed = (
        f"SpikeInterface {version} (Buccino et al., 2020)"
        if version
        else "SpikeInterface (Buccino et al., 2020)"
    )
    made = f"from metrics computed with {computed}"
    several = analyzer.header.annotations.get("recordings") if analyzer.format == "cohort" else None
    if several is not None:
        made = f"in {several} recordings, by the same limits in all, {made}"
    elif analyzer.only_metrics:
        tools = [tool.name for tool in tools_of(renaming.column for renaming in analyzer.renamed)]
        names = f" with the names of {' and '.join(tools)}" if tools else ""
        made = f"from a table of metrics{names}, which does not say what computed them"
    said = _method(trace.rule_set, title, models)
    total = len(trace.table)
    many = {0: "No unit was", 1: "The only unit was"}.get(total, f"The {total} units were")
    sentences = [
        f"{many} labeled {said.how}with nb_autolabel {__version__}, {made}.",
        renamed_in_words(trace.table),
        *said.remarks,
        *_rules_in_words(trace),
        _missing_in_words(trace),
        *without_metric_in_words(trace, named_already=True),
    ]
    sentences += _undecided_in_words(trace)
    if trace.by_hand:
        hand = len(trace.by_hand)
        sentences.append(
            f"{hand} {'unit was' if hand == 1 else 'units were'} labeled by hand, whatever the rules say."
        )
    counts = trace.counts()
    shares = [f"{n} {label} ({100 * n / max(1, total):.1f} %)" for label, n in counts.items() if n]
    if shares:
        sentences.append(f"This gave {', '.join(shares)}.")
    cited = [*said.cites, *([] if analyzer.only_metrics and several is None else ["SpikeInterface"])]
    return " ".join(s for s in sentences if s) + "\n\n" + "\n".join(CITATIONS[name] for name in cited)


def _undecided_in_words(trace: Trace) -> list[str]:
    """Say how many units were left undecided whatever the limits say, by reason."""
    reasons = [reason.partition(" ")[0] for reason in trace.held.values()]
    strange, beyond = sum(first == "its" for first in reasons), sum(first == "expected" for first in reasons)
    said = []
    if strange:
        said.append(
            f"{strange} of them {'was' if strange == 1 else 'were'} left undecided (unsure), since the waveform was unlike "
            "those of all neural units of the training."
        )
    if beyond:
        said.append(f"{beyond} more {'was' if beyond == 1 else 'were'} left undecided by the expected error.")
    return said


def _method(rule_set: RuleSet, title: str, models: Said | str) -> Said:
    """Say what method a rule set is, by its own content: a title says nothing of limits that were changed."""
    if rule_set.name == UNITREFINE:
        if isinstance(models, Said):
            return models
        more = f" ({models})" if models else ""
        return Said(f"by classifiers in UnitRefine's two-step scheme (Jain et al., 2025){more}, ")
    if rule_set.name == "bombcell":
        return _preset(rule_set)
    return Said("by thresholds " if rule_set.name == "thresholds" else f"by {title} ", cites=())


def _preset(rule_set: RuleSet) -> Said:
    """Say which table the limits are from, and whose rules combine them."""
    now = _limits(rule_set)
    tables = {name: _limits(bombcell_rules(preset=name)) for name in presets()}
    for name, limits in tables.items():
        if limits == now:
            how, cites = _OF_PRESETS[name]
            return Said(f"{how}, ", cites=cites)
    for name in WITHOUT_NOISE:
        if now.keys() == tables[name].keys():
            how, cites = _OF_PRESETS[name]
            return Said(f"{how}, but with other limits, ", cites=cites)
    bombcell = {key for name, table in tables.items() if name not in WITHOUT_NOISE for key in table}
    if now.keys() <= bombcell and any(key.startswith("noise/") for key in now):
        return Said(f"{_BOMBCELL} with limits of the user's own, ", cites=("Bombcell",))
    return Said("by thresholds ", cites=())


def _limits(rule_set: RuleSet) -> dict[str, Any]:
    return {c.key: (c.min, c.max, c.abs, c.nan) for c in rule_set.criteria if c.active}


def _rules_in_words(trace: Trace) -> list[str]:
    rule_set, absent = trace.rule_set, set(trace.missing)
    lines: list[str] = []
    for rule in rule_set.rules:
        # Mention rules about missing values only if they decided for some unit.
        words = (
            ""
            if rule.when.asks_for_missing and not trace.where(rule).any()
            else _condition(rule_set, rule.when, absent)
        )
        if not words:
            continue
        among = (
            "Units were labeled" if not lines else f"Units that were {' or '.join(rule.among)} so far became"
        )
        lines.append(f"{among} {rule.label} if {words}.")
    if not lines:
        return [f"No criterion was set, so that nothing but {rule_set.default} could be said of any unit."]
    lines.append(f"All other units were labeled {rule_set.default}.")
    return lines


def _condition(rule_set: RuleSet, condition: Condition, absent: set[str]) -> str:
    limited = [c for c in rule_set.criteria if c.group == condition.group and c.active]
    mine = [c for c in limited if c.key not in absent]
    if condition.kind == "missing":
        return f"nothing was known of {', '.join(c.metric for c in limited)}" if limited else ""
    if condition.kind in ("any", "all"):
        parts = [_failing(c) for c in mine]
        return (" or " if condition.kind == "any" else " and ").join(parts)
    parts = [_condition(rule_set, part, absent) for part in condition.parts]
    if condition.asks_for_missing:
        return " and ".join(part for part in parts if part)
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


def _missing_in_words(trace: Trace) -> str:
    criteria = trace.rule_set.criteria
    some = [
        k
        for k, c in enumerate(criteria)
        if c.active and c.key not in trace.missing and (trace.states[k] == State.NAN).any()
    ]
    effects = {k: effect_of_missing(trace.rule_set, k) for k in some}
    parts = []
    for counts in ("failed", "passed", "ignored"):
        alike = [k for k in some if effects[k].counts == counts]
        if alike:
            listed = ", ".join(dict.fromkeys(criteria[k].metric for k in alike))
            parts.append(f"missing values of {listed} {effects[alike[0]].past}")
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
