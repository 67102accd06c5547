"""The simple filter of the how-to: operators, labels, missing metrics, empty tables."""

from __future__ import annotations

import copy
import json

import numpy as np
import pandas as pd
import pytest

from nb_autolabel import threshold_metrics_label_units
from nb_autolabel.errors import MissingMetricError, RuleError

nan = np.nan


@pytest.fixture
def metrics() -> pd.DataFrame:
    return pd.DataFrame(
        {"snr": [9.0, 2.0, 9.0, 2.0], "firing_rate": [5.0, 5.0, 900.0, 900.0]}, index=["a", "b", "c", "d"]
    )


LIMITS = {"snr": {"min": 5}, "firing_rate": {"min": 0.1, "max": 200}}


def labels(metrics, thresholds=LIMITS, **options) -> list[str]:
    return threshold_metrics_label_units(metrics, thresholds, **options)["label"].tolist()


def test_under_and_every_criterion_must_hold(metrics):
    assert labels(metrics) == ["good", "noise", "noise", "noise"]


def test_under_or_one_criterion_is_enough(metrics):
    assert labels(metrics, operator="or") == ["good", "good", "good", "noise"]


@pytest.mark.parametrize("operator", ["and", "or"])
@pytest.mark.parametrize("thresholds", [{}, {"snr": {}}, {"snr": {"min": None, "max": nan}}])
def test_without_an_active_criterion_everything_passes(metrics, operator, thresholds):
    with pytest.warns(UserWarning, match="no criterion is left.*without any evidence"):
        assert labels(metrics.assign(snr=nan), thresholds, operator=operator) == ["good"] * 4


def test_an_inactive_criterion_does_not_count_as_the_one_that_holds_under_or(metrics):
    assert labels(metrics, {"snr": {"min": 5}, "firing_rate": {}}, operator="or") == [
        "good",
        "noise",
        "good",
        "noise",
    ]


def test_labels_column_and_index_are_as_asked_for(metrics):
    found = threshold_metrics_label_units(metrics, LIMITS, "keep", "drop", column_name="verdict")
    assert found.columns.tolist() == ["verdict"]
    assert found["verdict"].to_dict() == {"a": "keep", "b": "drop", "c": "drop", "d": "drop"}


def test_the_arguments_stand_in_the_order_of_the_how_to(metrics):
    by_position = threshold_metrics_label_units(metrics, LIMITS, "keep", "drop", "or", "pass", "verdict")
    assert by_position["verdict"].tolist() == ["keep", "keep", "keep", "drop"]


def test_thresholds_may_be_a_file(metrics, tmp_path):
    path = tmp_path / "limits.json"
    path.write_text(json.dumps(LIMITS), encoding="utf-8")
    assert labels(metrics, path) == labels(metrics, str(path)) == labels(metrics)


def test_a_missing_metric_is_an_error_that_names_the_nearest_one(metrics):
    with pytest.raises(MissingMetricError) as caught:
        threshold_metrics_label_units(metrics, {"snr_": {"min": 5}})
    assert str(caught.value) == (
        "metric 'snr_' is not in this analyzer. Did you mean 'snr'? It has 2 metrics: firing_rate, snr."
    )


@pytest.mark.parametrize("builtin", [KeyError, ValueError])
def test_a_missing_metric_is_also_the_builtin_error_a_user_would_catch(metrics, builtin):
    with pytest.raises(builtin):
        threshold_metrics_label_units(metrics, {"nothing_like_it": {"min": 5}})


def test_even_a_switched_off_metric_has_to_be_there_so_that_typing_errors_are_noticed(metrics):
    with pytest.raises(MissingMetricError, match="metric 'drift_ptp'"):
        threshold_metrics_label_units(metrics, {"drift_ptp": {"min": None}})


def test_an_older_metric_name_in_the_table_is_found():
    table = pd.DataFrame({"peak_to_valley": [0.0005, 0.002], "peak_trough_ratio": [-0.4, -0.4]})
    assert labels(table, {"peak_to_trough_duration": {"max": 0.001}}) == ["good", "noise"]
    assert labels(table, {"peak_after_to_trough_ratio": {"min": 0.4, "max": 0.4}}) == ["good", "good"]


def test_an_older_metric_name_in_the_thresholds_is_found_with_its_sign():
    table = pd.DataFrame(
        {"peak_to_trough_duration": [0.0005, 0.002], "peak_after_to_trough_ratio": [0.4, 0.4]}
    )
    assert labels(table, {"peak_to_valley": {"max": 0.001}}) == ["good", "noise"]
    assert labels(table, {"peak_trough_ratio": {"min": -0.4, "max": -0.4}}) == ["good", "good"]


def test_amplitude_median_is_compared_as_a_magnitude_unless_abs_is_false():
    table = pd.DataFrame({"amplitude_median": [-80.0, 80.0, -10.0]})
    assert labels(table, {"amplitude_median": {"min": 40}}) == ["good", "good", "noise"]
    assert labels(table, {"amplitude_median": {"min": 40, "abs": False}}) == ["noise", "good", "noise"]


@pytest.mark.parametrize("operator", ["and", "or"])
def test_an_empty_table_gives_an_empty_table_of_labels(operator):
    empty = pd.DataFrame(columns=["snr", "firing_rate"], index=pd.Index([], name="unit"))
    found = threshold_metrics_label_units(empty, LIMITS, operator=operator)
    assert found.shape == (0, 1)
    assert found.index.name == "unit"


def test_one_unit_is_enough():
    assert labels(pd.DataFrame({"snr": [5.0]}), {"snr": {"min": 5}}) == ["good"]


@pytest.mark.parametrize("dtype", ["Float64", "Int64", "float32", "int16", "object", "string", "category"])
def test_the_column_type_makes_no_difference(dtype):
    table = pd.DataFrame({"snr": pd.Series([9, 2, 5]).astype(dtype)})
    assert labels(table, {"snr": {"min": 5}}) == ["good", "noise", "good"]


def test_values_that_are_no_numbers_count_as_missing():
    table = pd.DataFrame({"snr": [9.0, "?", None, pd.NA, "9"]}, dtype=object)
    assert labels(table, {"snr": {"min": 5}}) == ["good", "noise", "noise", "noise", "good"]
    assert labels(table, {"snr": {"min": 5}}, nan_policy="pass") == ["good"] * 5


def test_neither_the_metrics_nor_the_thresholds_are_changed(metrics):
    table = metrics.astype(object)
    before, limits = table.copy(), copy.deepcopy(LIMITS)
    threshold_metrics_label_units(table, limits, operator="or", nan_policy="ignore")
    pd.testing.assert_frame_equal(table, before)
    assert limits == LIMITS


def test_an_unknown_operator_is_refused(metrics):
    with pytest.raises(RuleError, match=r"operator='xor' is not known\. Use 'and' or 'or'"):
        labels(metrics, operator="xor")


@pytest.mark.parametrize("label", ["", None, 1])
@pytest.mark.parametrize("argument", ["pass_label", "fail_label"])
def test_a_label_is_a_non_empty_string(metrics, argument, label):
    with pytest.raises(RuleError, match="a label is a non-empty string"):
        labels(metrics, **{argument: label})


def test_two_equal_labels_are_refused_because_the_result_would_say_nothing(metrics):
    with pytest.raises(RuleError, match="pass_label and fail_label are both 'good'"):
        labels(metrics, fail_label="good")
