"""Thresholds as people write them: two dialects, sections, JSON files, and what is said of mistakes."""

from __future__ import annotations

import copy
import json
from types import MappingProxyType

import numpy as np
import pytest

from nb_autolabel.errors import RuleError
from nb_autolabel.rules.methods import bombcell_rules, threshold_rules


def limits(thresholds):
    """Criteria read from thresholds, as ``{key: (min, max, abs)}``."""
    return {c.key: (c.min, c.max, c.abs) for c in threshold_rules(thresholds).criteria}


# ---------------------------------------------------------------- dictionaries


def test_min_max_and_greater_less_mean_the_same():
    words = {
        "snr": {"min": 5, "max": None},
        "drift_ptp": {"max": 100},
        "x": {"min": -1, "max": 1, "abs": True},
    }
    other = {"snr": {"greater": 5, "less": None}, "drift_ptp": {"less": 100}}
    other["x"] = {"greater": -1, "less": 1, "abs": True}
    assert limits(words) == limits(other)
    assert limits(words) == {"snr": (5, None, False), "drift_ptp": (None, 100, False), "x": (-1, 1, True)}


def test_both_dialects_may_stand_side_by_side_even_in_one_entry():
    assert limits({"a": {"min": 1, "less": 2}, "b": {"greater": 3}}) == {
        "a": (1, 2, False),
        "b": (3, None, False),
    }


@pytest.mark.parametrize(
    "entry", [{"min": 1, "greater": 1}, {"max": 1, "less": None}, {"greater": 1, "min": 2}]
)
def test_a_limit_given_under_both_names_is_refused(entry):
    with pytest.raises(RuleError, match=r"metric 'snr': (min|max) is given twice, also as '\w+'"):
        threshold_rules({"snr": entry})


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("mim", " Did you mean 'min'?"),
        ("Max", " Did you mean 'max'?"),
        ("lesser", " Did you mean 'less'?"),
        ("zzz", ""),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_known_one(key, hint):
    with pytest.raises(RuleError) as caught:
        threshold_rules({"snr": {key: 5}})
    assert str(caught.value) == (
        f"metric 'snr': unknown key '{key}'.{hint} Known keys: min, max, greater, less, abs, nan."
    )


def test_an_unknown_key_in_a_section_is_named_with_its_section():
    with pytest.raises(RuleError, match="metric 'snr' in section 'mua': unknown key 'mn'"):
        bombcell_rules({"mua": {"snr": {"mn": 5}}})


@pytest.mark.parametrize("value", ["yes", 1, 0, np.True_, []])
def test_abs_is_true_or_false_and_nothing_like_it(value):
    with pytest.raises(RuleError, match=r"metric 'snr': abs=.* is not True or False"):
        threshold_rules({"snr": {"min": 5, "abs": value}})


@pytest.mark.parametrize("entry", [5, None, [1, 2], "5"])
def test_an_entry_that_is_no_dictionary_is_refused_with_an_example(entry):
    with pytest.raises(
        RuleError, match=r"metric 'snr': thresholds are a dictionary like \{'min': 5, 'max': None\}"
    ):
        threshold_rules({"snr": entry})


def test_a_metric_is_named_by_a_string():
    with pytest.raises(RuleError, match="named by a string, not 3"):
        threshold_rules({3: {"min": 1}})


def test_an_entry_without_limits_is_read_as_inactive():
    assert not threshold_rules({"snr": {}})["snr"].active


def test_any_mapping_will_do_and_is_left_as_it_was():
    thresholds = {"noise": {"snr": {"greater": 5, "less": np.nan}}, "mua": {}}
    before = copy.deepcopy(thresholds)
    bombcell_rules(MappingProxyType(thresholds))
    threshold_rules(thresholds)
    assert repr(thresholds) == repr(before)


@pytest.mark.parametrize("thresholds", [5, [("snr", {"min": 5})], None])
def test_anything_but_a_dictionary_or_a_path_is_refused(thresholds):
    with pytest.raises(RuleError, match="a dictionary or the path of a JSON file, not"):
        threshold_rules(thresholds)


# ---------------------------------------------------------------- magnitudes


def test_amplitude_median_is_a_magnitude_unless_abs_says_otherwise():
    assert threshold_rules({"amplitude_median": {"min": 40}})["amplitude_median"].abs
    assert threshold_rules({"amplitude_median": {"min": 40, "abs": None}})["amplitude_median"].abs
    assert not threshold_rules({"amplitude_median": {"min": 40, "abs": False}})["amplitude_median"].abs


def test_other_metrics_are_signed_unless_abs_says_otherwise():
    assert not threshold_rules({"velocity_above": {"max": 1}})["velocity_above"].abs
    assert threshold_rules({"velocity_above": {"max": 1, "abs": True}})["velocity_above"].abs


# ---------------------------------------------------------------- sections


def test_a_simple_filter_accepts_sections_and_flattens_them():
    nested = {"noise": {"a": {"min": 1}}, "mua": {"b": {"max": 2}}, "non-somatic": {}}
    assert limits(nested) == {"a": (1, None, False), "b": (None, 2, False)}


def test_a_simple_filter_ignores_an_empty_section():
    assert limits({"noise": {}, "mua": {}, "non-somatic": {}}) == {}


def test_a_metric_in_two_sections_cannot_be_flattened():
    with pytest.raises(RuleError, match="criteria appear twice: snr"):
        threshold_rules({"noise": {"snr": {"min": 1}}, "mua": {"snr": {"min": 5}}})


def test_bombcell_may_use_a_metric_in_two_sections():
    rules = bombcell_rules({"noise": {"snr": {"min": 1}}, "mua": {"snr": {"min": 5}}})
    assert rules.keys == ("noise/snr", "mua/snr")


def test_an_unknown_section_is_named_with_the_nearest_known_one():
    with pytest.raises(RuleError) as caught:
        bombcell_rules({"noise": {}, "nonsomatic": {"trough_width": {"min": 1}}})
    assert str(caught.value) == (
        "unknown section 'nonsomatic'. Did you mean 'non-somatic'? Sections: noise, mua, non-somatic."
    )


def test_flat_thresholds_for_bombcell_are_refused_because_its_sections_decide():
    with pytest.raises(RuleError, match=r"unknown section 'snr'.* Thresholds of Bombcell stand in sections"):
        bombcell_rules({"snr": {"min": 5}})


@pytest.mark.parametrize("read", [bombcell_rules, threshold_rules])
def test_a_section_that_is_no_dictionary_is_refused(read):
    with pytest.raises(RuleError, match="section 'mua' is not a dictionary of metrics: None"):
        read({"noise": {"snr": {"min": 5}}, "mua": None})


@pytest.mark.parametrize("thresholds", [{}, {"noise": {}}, {"noise": {}, "mua": {}, "non-somatic": {}}])
def test_bombcell_accepts_empty_and_absent_sections(thresholds):
    assert bombcell_rules(thresholds).criteria == ()


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("as_path", [str, lambda path: path])
def test_a_json_file_is_read_like_the_dictionary_it_holds(tmp_path, as_path):
    thresholds = {"noise": {"snr": {"greater": 5, "less": None}}, "mua": {"drift_ptp": {"max": 100}}}
    path = tmp_path / "limits.json"
    path.write_text(json.dumps(thresholds), encoding="utf-8")
    assert bombcell_rules(as_path(path)) == bombcell_rules(thresholds)
    assert threshold_rules(as_path(path)) == threshold_rules(thresholds)


def test_nan_and_infinity_in_a_json_file_mean_off_and_infinite(tmp_path):
    path = tmp_path / "limits.json"
    path.write_text('{"snr": {"min": NaN, "max": Infinity}}', encoding="utf-8")
    assert limits(path) == {"snr": (None, np.inf, False)}


def test_a_missing_file_is_named():
    with pytest.raises(RuleError, match=r"cannot read thresholds from nowhere\.json: No such file"):
        threshold_rules("nowhere.json")


def test_a_folder_is_not_read_as_a_file(tmp_path):
    with pytest.raises(RuleError, match=r"cannot read thresholds from .*: Is a directory"):
        threshold_rules(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"snr": {"min": 5},}', b"\xff\xfe", b"[" * 100_000],
    ids=["empty", "cut", "comma", "bytes", "deep"],
)
def test_a_broken_file_is_named_as_not_json(tmp_path, content):
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(RuleError, match=r"broken\.json is not JSON: "):
        threshold_rules(path)


@pytest.mark.parametrize(
    ("content", "kind"), [("[1]", "list"), ("5", "int"), ("null", "NoneType"), ('"snr"', "str")]
)
def test_a_json_file_that_holds_no_dictionary_is_refused(tmp_path, content, kind):
    path = tmp_path / "limits.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RuleError, match=rf"limits\.json holds {kind}, not a dictionary of thresholds"):
        threshold_rules(path)


# ---------------------------------------------------------------- writing


def test_writing_gives_back_the_words_that_were_read():
    thresholds = {
        "noise": {"snr": {"min": 5, "max": None}},
        "mua": {"x": {"min": None, "max": 2, "abs": True}},
    }
    assert bombcell_rules(thresholds).thresholds() == thresholds


def test_writing_in_the_other_dialect_changes_only_the_names_of_the_limits():
    rules = bombcell_rules({"noise": {"snr": {"min": 5}}, "mua": {"x": {"max": 2, "abs": True}}})
    assert rules.thresholds("greater/less") == {
        "noise": {"snr": {"greater": 5, "less": None}},
        "mua": {"x": {"greater": None, "less": 2, "abs": True}},
    }


@pytest.mark.parametrize("absolute", [True, False])
def test_amplitude_median_is_always_written_with_abs_for_readers_without_that_default(absolute):
    rules = threshold_rules({"amplitude_median": {"min": 40, "abs": absolute}})
    assert rules.thresholds("greater/less")["amplitude_median"]["abs"] is absolute


def test_a_flat_filter_is_written_flat():
    assert threshold_rules({"snr": {"greater": 5}}).thresholds() == {"snr": {"min": 5, "max": None}}


def test_a_policy_for_missing_values_is_written_only_where_reading_would_not_give_it():
    entries = {"a": {"max": 1, "nan": "pass"}, "b": {"max": 1, "nan": "fail"}}
    written = bombcell_rules({"noise": entries, "mua": entries}).thresholds()
    assert written["noise"] == {"a": {"min": None, "max": 1, "nan": "pass"}, "b": {"min": None, "max": 1}}
    assert written["mua"]["b"] == {"min": None, "max": 1, "nan": "fail"}


def test_an_unknown_dialect_is_refused():
    with pytest.raises(
        RuleError, match=r"dialect 'lower/upper' is not known\. Use one of: min/max, greater/less"
    ):
        threshold_rules({}).thresholds("lower/upper")
