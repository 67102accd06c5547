"""Every intended difference from SpikeInterface 0.105, one test each, saying what differs and why.

Each test also shows what SpikeInterface does, so that it speaks up when SpikeInterface changes.
"""

from __future__ import annotations

import inspect
import warnings

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import MissingMetricError, RuleError
from nb_autolabel.rules.methods import bombcell_rules

pytest.importorskip("spikeinterface", reason="needs the oracle environment")
sc = pytest.importorskip("spikeinterface.curation")

nan = np.nan


def ours(metrics, thresholds, **options) -> list[str]:
    return nbl.threshold_metrics_label_units(metrics, thresholds, **options)["label"].tolist()


def theirs(metrics, thresholds, **options) -> list[str]:
    return sc.threshold_metrics_label_units(metrics, thresholds, **options)["label"].tolist()


def our_bombcell(metrics, thresholds) -> list[str]:
    return nbl.bombcell_label_units(metrics, thresholds)["label"].tolist()


def their_bombcell(metrics, thresholds) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sc.bombcell_label_units(external_metrics=metrics, thresholds=thresholds)[
            "bombcell_label"
        ].tolist()


def their_warnings(metrics, thresholds, **options) -> str:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sc.bombcell_label_units(external_metrics=metrics, thresholds=thresholds, **options)
    return "\n".join(str(w.message) for w in caught)


class Analyzer:
    """All that both packages ask of an analyzer here."""

    def __init__(self, metrics: pd.DataFrame) -> None:
        self.metrics = metrics

    def get_metrics_extension_data(self) -> pd.DataFrame:
        return self.metrics


# ---------------------------------------------------------------- what a threshold means


def test_amplitude_median_is_a_magnitude_here_because_spikeinterface_stores_it_signed():
    """Taken literally, the how-to's "amplitude_median min 40" finds no good unit at all."""
    table = pd.DataFrame({"amplitude_median": [-120.0, 120.0, -10.0]})
    limits = {"amplitude_median": {"greater": 40}}
    assert ours(table, limits) == ["good", "good", "noise"]
    assert theirs(table, limits) == ["noise", "good", "noise"]
    assert our_bombcell(table, {"mua": limits}) == ["good", "good", "mua"]
    assert their_bombcell(table, {"mua": limits}) == ["mua", "good", "mua"]


@pytest.mark.parametrize("absolute", [True, False])
def test_with_abs_said_the_amplitude_is_the_same_in_both(absolute):
    table = pd.DataFrame({"amplitude_median": [-120.0, 120.0, -10.0]})
    limits = {"amplitude_median": {"greater": 40, "abs": absolute}}
    assert ours(table, limits) == theirs(table, limits)
    assert our_bombcell(table, {"mua": limits}) == their_bombcell(table, {"mua": limits})


def test_older_metric_names_are_found_here_so_that_analyzers_of_older_versions_work():
    table = pd.DataFrame({"peak_to_valley": [0.0005, 0.002], "peak_trough_ratio": [-0.4, -0.4]})
    limits = {"peak_to_trough_duration": {"less": 0.001}}
    assert ours(table, limits) == ["good", "noise"]
    with pytest.raises(ValueError, match="not present"):
        theirs(table, limits)
    assert our_bombcell(table, {"noise": limits}) == ["good", "noise"]
    assert their_bombcell(table, {"noise": limits}) == ["good", "good"]  # left out, with a warning
    assert ours(table, {"peak_after_to_trough_ratio": {"less": 0.3}}) == ["noise", "noise"]  # sign turned


def test_min_and_max_are_understood_here_as_in_spikeinterface_0_104_and_the_how_to():
    table, limits = pd.DataFrame({"snr": [9.0, 2.0]}), {"snr": {"min": 5, "max": None}}
    assert ours(table, limits) == ["good", "noise"]
    with pytest.raises(ValueError, match="invalid keys"):
        theirs(table, limits)


def test_an_entry_may_have_its_own_policy_for_missing_values_here():
    table, limits = pd.DataFrame({"snr": [nan, 9.0]}), {"snr": {"greater": 5, "nan": "pass"}}
    assert ours(table, limits) == ["good", "good"]
    with pytest.raises(ValueError, match=r"invalid keys \{'nan'\}"):
        theirs(table, limits)


def test_what_spikeinterface_cannot_say_makes_it_refuse_an_export_rather_than_label_otherwise():
    rules = bombcell_rules(preset="bombcell")
    table = pd.DataFrame([dict.fromkeys((c.metric for c in rules.criteria), nan)])
    with pytest.raises(ValueError, match=r"invalid keys \{'nan'\}"):
        their_bombcell(table, rules.thresholds("greater/less"))


def test_a_simple_filter_takes_thresholds_in_sections_here():
    table, limits = pd.DataFrame({"snr": [9.0, 2.0]}), {"noise": {"snr": {"greater": 5}}, "mua": {}}
    assert ours(table, limits) == ["good", "noise"]
    with pytest.raises(ValueError, match="not present"):
        theirs(table, limits)


def test_a_nan_of_any_float_type_switches_a_limit_off_here():
    """SpikeInterface knows only Python's NaN as "off"; against numpy's float32 NaN every unit fails there."""
    table, limits = pd.DataFrame({"snr": [9.0, 2.0]}), {"snr": {"greater": np.float32("nan")}}
    with pytest.warns(UserWarning, match="no criterion is left"):
        assert ours(table, limits) == ["good", "good"]
    assert theirs(table, limits) == ["noise", "noise"]


def test_a_float32_column_is_compared_at_full_precision_here():
    """As the browser does, and SpikeInterface itself after loading from disk, where it makes doubles of them.

    Its float32 frame differs only for a value that is the very rounding of the limit.
    """
    limits = {"snr": {"less": 0.1}}
    table = pd.DataFrame({"snr": np.array([0.1, 0.09], dtype="float32")})  # 0.1 becomes 0.100000001
    assert ours(table, limits) == ["noise", "good"]
    assert theirs(table, limits) == ["good", "good"]
    assert theirs(table.astype("float64"), limits) == ["noise", "good"]


# ---------------------------------------------------------------- mistakes are errors here


@pytest.mark.parametrize("thresholds", [{"nosie": {"snr": {"greater": 5}}}, {"snr": {"greater": 5}}])
def test_unknown_sections_are_refused_here_where_spikeinterface_ignores_them(thresholds):
    table = pd.DataFrame({"snr": [1.0]})
    with pytest.raises(RuleError, match="unknown section"):
        our_bombcell(table, thresholds)
    assert their_bombcell(table, thresholds) == ["good"]


def test_unknown_keys_are_refused_by_both_and_named():
    table, limits = pd.DataFrame({"snr": [1.0]}), {"snr": {"greatr": 5}}
    with pytest.raises(ValueError, match=r"unknown key 'greatr'\. Did you mean 'greater'"):
        ours(table, limits)
    with pytest.raises(ValueError, match="greatr"):
        theirs(table, limits)


def test_with_no_metric_there_is_no_label_here_where_spikeinterface_calls_every_unit_good():
    table, thresholds = pd.DataFrame({"depth": [1.0, 2.0]}), {"noise": {"snr": {"greater": 5}}}
    with pytest.raises(MissingMetricError, match="none of the 1 metrics"):
        our_bombcell(table, thresholds)
    assert their_bombcell(table, thresholds) == ["good", "good"]


def test_a_missing_metric_whose_limits_are_off_deserves_no_warning_here():
    off = {"greater": None, "less": None}
    table, thresholds = pd.DataFrame({"depth": [1.0]}), {"mua": {"snr": off, "depth": {"greater": 0}}}
    assert our_bombcell(table, thresholds) == ["good"]  # a warning would be an error
    assert "have not been computed" in their_warnings(table, thresholds)


@pytest.mark.parametrize("limit", [True, "5"])
def test_a_limit_that_is_no_number_is_refused_here(limit):
    """SpikeInterface takes True as 1 and fails on text inside numpy."""
    table = pd.DataFrame({"snr": [9.0]})
    with pytest.raises(RuleError, match="is not a number"):
        ours(table, {"snr": {"greater": limit}})
    if limit is True:
        assert theirs(table, {"snr": {"greater": limit}}) == ["good"]


def test_two_equal_labels_are_refused_here_because_the_result_would_say_nothing():
    table = pd.DataFrame({"snr": [9.0, 1.0]})
    with pytest.raises(RuleError, match="both 'good'"):
        ours(table, {"snr": {"greater": 5}}, fail_label="good")
    assert theirs(table, {"snr": {"greater": 5}}, fail_label="good") == ["good", "good"]


def test_labels_are_text_here_where_spikeinterface_takes_anything():
    table = pd.DataFrame({"snr": [9.0, 1.0]})
    with pytest.raises(RuleError, match="a label is a non-empty string, not 1"):
        ours(table, {"snr": {"greater": 5}}, pass_label=1, fail_label=0)
    assert theirs(table, {"snr": {"greater": 5}}, pass_label=1, fail_label=0) == [1, 0]


# ---------------------------------------------------------------- tables


@pytest.mark.parametrize("column", [[9.0, "?"], [9.0, None], ["9", "1"]])
def test_values_that_are_no_numbers_count_as_missing_here_where_spikeinterface_stops(column):
    table = pd.DataFrame({"snr": column}, dtype=object)
    assert ours(table, {"snr": {"greater": 5}}) == ["good", "noise"]
    with pytest.raises(TypeError):
        theirs(table, {"snr": {"greater": 5}})


def test_of_a_column_in_two_tables_the_first_counts_here_where_spikeinterface_stops():
    tables = [pd.DataFrame({"snr": [9.0, 1.0]}), pd.DataFrame({"snr": [1.0, 9.0]})]
    assert our_bombcell(tables, {"mua": {"snr": {"greater": 5}}}) == ["good", "mua"]
    with pytest.raises((ValueError, IndexError)):
        their_bombcell(tables, {"mua": {"snr": {"greater": 5}}})


def test_the_simple_filter_takes_an_analyzer_here():
    analyzer = Analyzer(pd.DataFrame({"snr": [9.0, 1.0]}))
    assert ours(analyzer, {"snr": {"greater": 5}}) == ["good", "noise"]
    with pytest.raises(ValueError, match=r"Only .*DataFrame is supported"):
        theirs(analyzer, {"snr": {"greater": 5}})


def test_external_metrics_are_used_instead_of_the_analyzers_here_as_spikeinterface_documents():
    """Its docstring says so too, but its code then takes the analyzer's metrics."""
    analyzer, external = Analyzer(pd.DataFrame({"snr": [1.0]})), pd.DataFrame({"snr": [9.0]})
    thresholds = {"mua": {"snr": {"greater": 5}}}
    assert nbl.bombcell_label_units(analyzer, thresholds, external_metrics=external)["label"].tolist() == [
        "good"
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = sc.bombcell_label_units(analyzer, thresholds, external_metrics=external)
    assert found["bombcell_label"].tolist() == ["mua"]


# ---------------------------------------------------------------- call and result


def test_the_label_column_is_called_label_here_as_in_the_how_to():
    table, thresholds = pd.DataFrame({"snr": [9.0]}), {"mua": {"snr": {"greater": 5}}}
    assert nbl.bombcell_label_units(table, thresholds).columns.tolist() == ["label"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = sc.bombcell_label_units(external_metrics=table, thresholds=thresholds)
    assert found.columns.tolist() == ["bombcell_label"]


def test_bombcell_takes_the_arguments_of_the_how_to_two_of_which_spikeinterface_now_deprecates():
    arguments = list(inspect.signature(nbl.bombcell_label_units).parameters)
    assert arguments[:6] == [
        "sorting_analyzer",
        "thresholds",
        "label_non_somatic",
        "split_non_somatic_good_mua",
        "external_metrics",
        "implementation",
    ]
    assert "split_non_somatic" in inspect.signature(sc.bombcell_label_units).parameters
    told = their_warnings(
        pd.DataFrame({"snr": [9.0]}), {}, label_non_somatic=True, split_non_somatic_good_mua=True
    )
    assert "'label_non_somatic' is deprecated" in told
    assert "'split_non_somatic_good_mua' is deprecated" in told


def test_the_simple_filter_takes_the_arguments_of_spikeinterface_in_its_order_with_its_defaults():
    mine = inspect.signature(nbl.threshold_metrics_label_units).parameters
    other = inspect.signature(sc.threshold_metrics_label_units).parameters
    assert [(p.name, p.default) for p in mine.values()] == [(p.name, p.default) for p in other.values()]


def test_the_default_thresholds_are_the_how_tos_here_and_a_preset_has_those_of_0_105():
    ours_now, other = nbl.bombcell_get_default_thresholds(), sc.bombcell_get_default_thresholds()
    assert ours_now["mua"]["amplitude_median"] == {"min": 40, "max": None}
    assert other["mua"]["amplitude_median"] == {"greater": 30, "less": None, "abs": True}
    assert "rp_contamination" in ours_now["mua"]
    assert set(nbl.bombcell_get_default_thresholds("spikeinterface-0.105")["mua"]) == set(other["mua"])


def test_a_file_that_is_not_there_is_a_rule_error_here():
    with pytest.raises(RuleError, match=r"cannot read thresholds from nowhere\.json"):
        ours(pd.DataFrame({"snr": [1.0]}), "nowhere.json")
    with pytest.raises(FileNotFoundError):
        theirs(pd.DataFrame({"snr": [1.0]}), "nowhere.json")
