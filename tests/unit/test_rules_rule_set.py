"""Rule sets as data: keys, sections and groups, changed copies, and the JSON round trip."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from nb_autolabel import Criterion, RuleSet, presets
from nb_autolabel.errors import RuleError
from nb_autolabel.rules.methods import bombcell_rules, threshold_rules
from nb_autolabel.rules.rule import Condition, Rule, all_fail, any_fails


@pytest.fixture
def rules() -> RuleSet:
    return bombcell_rules(
        {"noise": {"snr": {"min": 1}}, "mua": {"snr": {"min": 5}, "drift_ptp": {"max": 100}}}
    )


# ---------------------------------------------------------------- names


def test_a_key_is_section_and_metric_or_the_metric_alone():
    assert Criterion("snr", section="mua").key == "mua/snr"
    assert Criterion("snr").key == "snr"


def test_a_group_is_the_section_unless_given():
    assert Criterion("snr", section="mua").group == "mua"
    assert Criterion("trough_width", section="non-somatic", group="width").group == "width"


def test_a_criterion_is_found_by_key_or_by_a_metric_that_is_unambiguous(rules):
    assert rules["mua/snr"].min == 5
    assert rules["drift_ptp"].max == 100
    assert rules.index("drift_ptp") == 2


def test_an_ambiguous_metric_is_refused_with_the_keys_to_choose_from(rules):
    with pytest.raises(
        RuleError, match=r"'snr' stands in several sections\. Name one of: noise/snr, mua/snr"
    ):
        rules["snr"]


def test_an_unknown_criterion_is_refused_with_the_nearest_key(rules):
    with pytest.raises(
        RuleError, match=r"no criterion 'mua/sn'\. Did you mean 'mua/snr'\? Criteria: noise/snr, mua/snr"
    ):
        rules["mua/sn"]


def test_sections_and_labels_come_in_the_order_of_the_rules(rules):
    assert rules.sections == ("noise", "mua")
    assert rules.labels == ("noise", "mua", "non_soma", "good")


def test_the_same_key_twice_is_refused():
    with pytest.raises(RuleError, match="criteria appear twice: mua/snr"):
        RuleSet("x", (Criterion("snr", section="mua"), Criterion("snr", section="mua")), (), "good")


def test_bombcell_puts_its_non_somatic_metrics_in_the_groups_its_logic_combines():
    criteria = bombcell_rules().criteria
    assert {c.metric: c.group for c in criteria if c.section == "non-somatic"} == {
        "peak_before_to_trough_ratio": "ratio",
        "peak_before_to_peak_after_ratio": "ratio",
        "peak_before_width": "width",
        "trough_width": "width",
        "main_peak_to_trough_ratio": "main peak",
    }
    assert all(c.group == c.section for c in criteria if c.section != "non-somatic")


def test_the_group_names_of_non_somatic_metrics_mean_nothing_in_other_sections():
    assert bombcell_rules({"mua": {"trough_width": {"min": 1}}})["trough_width"].group == "mua"


# ---------------------------------------------------------------- changed copies


def test_changing_a_criterion_gives_a_copy_and_leaves_the_original(rules):
    changed = rules.with_criterion("mua/snr", min=4, max=9)
    assert (changed["mua/snr"].min, changed["mua/snr"].max) == (4, 9)
    assert rules["mua/snr"].min == 5
    assert changed["noise/snr"] == rules["noise/snr"]
    assert changed.keys == rules.keys


def test_a_changed_criterion_keeps_its_section_group_and_policy():
    changed = bombcell_rules(preset="bombcell").with_criterion("trough_width", min=1)["trough_width"]
    assert (changed.section, changed.group, changed.nan) == ("non-somatic", "width", "pass")


def test_a_change_to_nonsense_is_refused(rules):
    with pytest.raises(RuleError, match="metric 'snr': min='high' is not a number"):
        rules.with_criterion("mua/snr", min="high")


# ---------------------------------------------------------------- conditions and rules


def test_an_unknown_condition_is_refused():
    with pytest.raises(RuleError, match="condition 'not' is not known"):
        Condition("not", group="noise")


@pytest.mark.parametrize("kind", ["and", "or"])
def test_a_condition_of_no_parts_is_refused(kind):
    with pytest.raises(RuleError, match=f"condition '{kind}' needs parts"):
        Condition(kind)


def test_rules_apply_in_order_and_only_among_the_labels_they_name():
    table = pd.DataFrame({"a": [0.0, 0.0, 9.0], "b": [0.0, 9.0, 0.0]})
    criteria = (Criterion("a", min=1, group="a"), Criterion("b", min=1, group="b"))
    first, second = Rule("first", any_fails("a"), ("rest",)), Rule("second", any_fails("b"), ("rest",))
    chained = Rule("second", any_fails("b"), ("first",))

    def labels(*rules):
        return RuleSet("x", criteria, rules, "rest").apply(table).labels.tolist()

    assert labels(first, second) == ["first", "first", "second"]
    assert labels(second, first) == ["second", "first", "second"]
    assert labels(first, chained) == ["second", "first", "rest"]


def test_a_rule_among_labels_that_nothing_gives_reaches_no_unit():
    rules = RuleSet("x", (Criterion("a", min=1),), (Rule("noise", any_fails(""), ("never",)),), "good")
    assert rules.apply(pd.DataFrame({"a": [0.0]})).labels.tolist() == ["good"]


@pytest.mark.parametrize("condition", [any_fails, all_fail])
def test_a_condition_on_a_group_without_active_criteria_never_holds(condition):
    rules = RuleSet("x", (Criterion("a"),), (Rule("noise", condition(""), ("good",)),), "good")
    assert rules.apply(pd.DataFrame({"a": [0.0, np.nan]})).labels.tolist() == ["good", "good"]


# ---------------------------------------------------------------- JSON


@pytest.mark.parametrize("preset", sorted(presets()))
@pytest.mark.parametrize("split", [False, True])
def test_every_preset_survives_the_json_round_trip(preset, split):
    rules = bombcell_rules(preset=preset, split_non_somatic_good_mua=split)
    assert RuleSet.from_json(rules.to_json()) == rules
    assert RuleSet.from_dict(rules.to_dict()) == rules


@pytest.mark.parametrize("operator", ["and", "or"])
def test_a_filter_survives_the_json_round_trip_with_infinite_and_switched_off_limits(operator):
    thresholds = {
        "a": {"min": -np.inf, "max": None},
        "b": {"min": 2, "abs": True},
        "c": {"max": 0.5, "nan": "ignore"},
    }
    rules = threshold_rules(thresholds, "keep", "drop", operator, "pass")
    assert RuleSet.from_json(rules.to_json()) == rules


def test_the_json_form_is_plain_and_says_everything():
    data = json.loads(threshold_rules({"snr": {"min": 5}}).to_json())
    assert data == {
        "format": 1,
        "name": "thresholds",
        "default": "good",
        "labels": ["noise", "good"],
        "criteria": [
            {"metric": "snr", "min": 5, "max": None, "abs": False, "nan": "fail", "section": "", "group": ""}
        ],
        "rules": [{"label": "noise", "when": {"any": ""}, "among": ["good"]}],
    }


@pytest.mark.parametrize("data", [None, [], "x", {}, {"format": 0}, {"format": 2}, {"format": "1"}])
def test_something_that_is_no_rule_set_of_this_format_is_refused(data):
    with pytest.raises(RuleError, match="not a rule set of format 1"):
        RuleSet.from_dict(data)


@pytest.mark.parametrize("lost", ["name", "criteria", "rules", "default"])
def test_an_incomplete_rule_set_names_what_is_lost(rules, lost):
    data = rules.to_dict()
    del data[lost]
    with pytest.raises(RuleError, match=f"incomplete rule set: '{lost}'"):
        RuleSet.from_dict(data)


def test_an_unknown_field_of_a_criterion_is_refused(rules):
    data = rules.to_dict()
    data["criteria"][0]["minimum"] = 3
    with pytest.raises(RuleError, match="minimum"):
        RuleSet.from_dict(data)


@pytest.mark.parametrize(
    "when", [{}, {"any": "a", "all": "b"}, {"not": []}, {"and": []}, {"or": [{}]}, {"and": 5}, 5]
)
def test_a_condition_that_makes_no_sense_is_refused(rules, when):
    data = rules.to_dict()
    data["rules"][0]["when"] = when
    with pytest.raises(RuleError):
        RuleSet.from_dict(data)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000], ids=["empty", "cut", "deep"])
def test_text_that_is_not_json_is_refused(text):
    with pytest.raises(RuleError, match="not JSON"):
        RuleSet.from_json(text)
