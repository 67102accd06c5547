"""Rule sets of the two threshold methods, built from dictionaries of thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ..errors import RuleError, listing, suggestion
from .criterion import NAN_POLICIES, Criterion, NanPolicy
from .presets import ORIGINAL_LOGIC, WITHOUT_NOISE, check_preset, preset_thresholds
from .rule import Condition, Rule, RuleSet, all_fail, any_fails, no_value, no_values
from .threshold_io import is_sectioned, read_criterion, read_thresholds, usual_nan

#: What becomes of units that a rule cannot judge.
MissingCriteria = Literal["unjudged", "ignore"]
SECTIONS = ("noise", "mua", "non-somatic")
_RATIO = ("peak_before_to_trough_ratio", "peak_before_to_peak_after_ratio")
_WIDTH = ("peak_before_width", "trough_width")
_GROUPS = (
    dict.fromkeys(_RATIO, "ratio")
    | dict.fromkeys(_WIDTH, "width")
    | {"main_peak_to_trough_ratio": "main peak"}
)

#: Groups of the non-somatic criteria.
NON_SOMATIC_GROUPS = ("ratio", "width", "main peak", "other non-somatic")


def threshold_rules(
    thresholds: Any,
    pass_label: str = "good",  # noqa: S107 (a label, not a password)
    fail_label: str = "noise",
    operator: Literal["and", "or"] = "and",
    nan_policy: NanPolicy = "fail",
) -> RuleSet:
    """Rule set of a simple filter: all (or at least one) of the criteria must hold.

    Parameters
    ----------
    thresholds : dict or path of a JSON file
        ``{metric: {"min":, "max":, "abs":, "nan":}}``; sections are accepted and flattened.
    pass_label, fail_label : str
    operator : {"and", "or"}
    nan_policy : {"fail", "pass", "ignore"}
        See :class:`Criterion`.

    Raises
    ------
    RuleError
    """
    if operator not in ("and", "or"):
        raise RuleError(f"operator={operator!r} is not known. Use 'and' or 'or'.")
    if nan_policy not in NAN_POLICIES:
        raise RuleError(f"nan_policy={nan_policy!r} is not known. Use one of: {listing(NAN_POLICIES)}.")
    for label in (pass_label, fail_label):
        if not isinstance(label, str) or not label:
            raise RuleError(f"a label is a non-empty string, not {label!r}.")
    if pass_label == fail_label:
        raise RuleError(f"pass_label and fail_label are both {pass_label!r}. Give two different labels.")
    data = read_thresholds(thresholds)
    pairs: list[tuple[str, Any]] = []
    if is_sectioned(data):
        for section, entries in data.items():
            if not isinstance(entries, Mapping):
                raise RuleError(f"section '{section}' is not a dictionary of metrics: {entries!r}.")
            pairs += entries.items()
    else:
        pairs += [(name, entry) for name, entry in data.items() if not (name in SECTIONS and entry == {})]
    criteria = tuple(read_criterion(name, entry, nan=nan_policy) for name, entry in pairs)
    when = any_fails("") if operator == "and" else all_fail("")
    return RuleSet("thresholds", criteria, (Rule(fail_label, when, (pass_label,)),), pass_label)


def bombcell_rules(
    thresholds: Any = None,
    *,
    label_non_somatic: bool = True,
    split_non_somatic_good_mua: bool = False,
    preset: str = "default",
    missing_criteria: MissingCriteria = "ignore",
) -> RuleSet:
    """Rule set of Bombcell: noise, then mua, then good; then non-somatic among what is not noise.

    Noise: any noise criterion fails, a missing value included. Mua: any mua criterion fails; a
    missing value does not (except for ``sliding_rp_violation``). Non-somatic: (any ratio fails and
    both widths fail, a missing width counting as narrow) or the main peak is large; metrics beyond
    the five built-in ones count together, when none of them passes, as in SpikeInterface 0.105.
    The preset "bombcell" asks for both ratios and for real widths, as the original does. Under "allen"
    and "ibl", which know no noise, a unit of which none of the criteria has a value is "unjudged".

    With ``missing_criteria="unjudged"`` the same holds for every rule: where none of a rule's criteria has a value of a
    unit, because metrics are not there or values are missing, the units that the rule would tell apart are "unjudged".
    Without the multi-unit criteria those that would be good; without the non-somatic ones those that would be good or
    mua; without the noise criteria all.

    Parameters
    ----------
    thresholds : dict, path of a JSON file, or None
        In sections "noise", "mua", "non-somatic"; None takes those of `preset`.
    label_non_somatic : bool
        False skips the non-somatic step.
    split_non_somatic_good_mua : bool
        True gives ``non_soma_good`` and ``non_soma_mua`` instead of ``non_soma``.
    preset : str
        See :func:`nb_autolabel.presets`.
    missing_criteria : {"ignore", "unjudged"}, default: "ignore"
        "ignore" leaves out what cannot be judged, as SpikeInterface 0.105 does.

    Raises
    ------
    RuleError

    References
    ----------
    Fabre et al., Bombcell, https://github.com/Julie-Fabre/bombcell; the combination of conditions
    is that of ``bombcell_label_units`` in SpikeInterface 0.105.3.
    """
    check_preset(preset)
    check_missing_criteria(missing_criteria)
    if thresholds is None:
        thresholds = preset_thresholds(preset)
    known = _fingerprint(thresholds, label_non_somatic, split_non_somatic_good_mua, preset, missing_criteria)
    if known is not None and known in _built:
        return _built[known]
    data: Mapping[str, Any] = read_thresholds(thresholds)
    criteria = [
        _bombcell_criterion(section, name, entry)
        for section in _known_sections(data)
        for name, entry in data.get(section, {}).items()
    ]
    rules = [
        Rule("noise", any_fails("noise"), ("good",)),
        Rule("mua", any_fails("mua"), ("good",)),
    ]
    if label_non_somatic:
        when = _non_somatic(original=preset in ORIGINAL_LOGIC)
        if split_non_somatic_good_mua:
            rules += [Rule("non_soma_good", when, ("good",)), Rule("non_soma_mua", when, ("mua",))]
        else:
            rules += [Rule("non_soma", when, ("good", "mua"))]
    if preset in WITHOUT_NOISE:
        rules.append(Rule("unjudged", no_value("mua"), ("good", "mua")))
    elif missing_criteria == "unjudged":
        rules += _unjudged(criteria, rules, label_non_somatic)
    rule_set = RuleSet("bombcell", tuple(criteria), tuple(rules), "good")
    if known is not None:
        if len(_built) >= REMEMBERED:
            _built.clear()
        _built[known] = rule_set
    return rule_set


def check_missing_criteria(value: object) -> None:
    """Make sure that it is said in a known way what becomes of criteria without a metric.

    Raises
    ------
    RuleError
    """
    if value not in ("unjudged", "ignore"):
        raise RuleError(f"missing_criteria={value!r} is not known. Use 'unjudged' or 'ignore'.")


def _unjudged(criteria: list[Criterion], rules: list[Rule], label_non_somatic: bool) -> list[Rule]:
    """Return rules for units that other rules could not judge, for each of these that has criteria."""
    there = {c.group for c in criteria}
    given = [rule.label for rule in rules if rule.label != "noise"]
    made = []
    if "mua" in there:
        # A unit that is non-somatic is so whether it is good or mua.
        made.append(Rule("unjudged", no_value("mua"), ("good", "non_soma_good")))
    if label_non_somatic:
        groups = [group for group in NON_SOMATIC_GROUPS if group in there]
        if groups:
            made.append(Rule("unjudged", no_values(groups), ("good", "mua")))
    if "noise" in there:
        made.append(Rule("unjudged", no_value("noise"), (*dict.fromkeys(given), "good")))
    return made


#: Cache of rule sets by their arguments; they are frozen, so they can be shared.
_built: dict[Any, RuleSet] = {}
REMEMBERED = 64


def _fingerprint(thresholds: Any, *options: Any) -> Any:
    """Return something hashable that is the same only for the same thresholds; None if there is nothing such.

    Types count, because True equals 1 and is no limit.
    """
    if type(thresholds) is not dict:
        return None
    try:
        parts = tuple(
            (
                section,
                tuple(
                    (name, *((k, v, type(v)) for k, v in entry.items())) for name, entry in entries.items()
                ),
            )
            for section, entries in thresholds.items()
        )
        found = (parts, options)
        hash(found)
    except (AttributeError, TypeError):
        return None
    return found


def _known_sections(data: Mapping[str, Any]) -> tuple[str, ...]:
    for section, entries in data.items():
        if section not in SECTIONS:
            hint = (
                ""
                if is_sectioned(data)
                else " Thresholds of Bombcell stand in sections; limits without sections are for threshold labeling "
                "(threshold_metrics_label_units, --method thresholds)."
            )
            raise RuleError(
                f"unknown section {section!r}.{suggestion(section, SECTIONS)}{hint} Sections: {listing(SECTIONS)}."
            )
        if not isinstance(entries, Mapping):
            raise RuleError(f"section '{section}' is not a dictionary of metrics: {entries!r}.")
    return SECTIONS


def _bombcell_criterion(section: str, name: str, entry: Any) -> Criterion:
    group = _GROUPS.get(name, "other non-somatic") if section == "non-somatic" else section
    return read_criterion(name, entry, section=section, group=group, nan=usual_nan(section, name))


def _non_somatic(original: bool) -> Condition:
    ratio = all_fail("ratio") if original else any_fails("ratio")
    narrow = Condition("and", parts=(ratio, all_fail("width")))
    return Condition("or", parts=(narrow, any_fails("main peak"), all_fail("other non-somatic")))
