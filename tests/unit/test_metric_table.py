"""The table of metrics: where it comes from, which column is found, and what numbers come out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nb_autolabel.errors import MissingMetricError, NoMetricsError
from nb_autolabel.metrics.table import MetricTable

nan = np.nan


class Analyzer:
    """Anything with this method counts as an analyzer."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def get_metrics_extension_data(self) -> pd.DataFrame:
        return self.frame


@pytest.fixture(params=["alone", "beside a column of words"])
def values(request):
    """Values of a column; small tables that are all numbers are read another way than the rest."""
    beside = {} if request.param == "alone" else {"words": "text"}
    return lambda column: MetricTable.of(pd.DataFrame({"x": column}).assign(**beside)).values("x")


# ---------------------------------------------------------------- sources


def test_an_analyzer_a_frame_a_list_of_frames_and_a_table_are_all_accepted():
    frame = pd.DataFrame({"snr": [1.0, 2.0], "l_ratio": [3.0, 4.0]}, index=["b", "a"])
    parts = [frame[["snr"]], frame[["l_ratio"]]]
    table = MetricTable.of(frame)
    assert MetricTable.of(table) is table
    for source in (frame, Analyzer(frame), parts, tuple(parts)):
        found = MetricTable.of(source)
        assert found.names == ["snr", "l_ratio"]
        assert found.unit_ids.tolist() == ["b", "a"]
        assert len(found) == 2
        assert found.values("l_ratio").tolist() == [3.0, 4.0]


def test_frames_in_a_list_are_joined_by_unit_id_not_by_position():
    left = pd.DataFrame({"snr": [1.0, 2.0]}, index=["a", "b"])
    right = pd.DataFrame({"l_ratio": [20.0, 10.0]}, index=["b", "a"])
    table = MetricTable.of([left, right])
    assert dict(zip(table.unit_ids, table.values("l_ratio"), strict=True)) == {"a": 10.0, "b": 20.0}


def test_a_unit_that_one_frame_lacks_has_missing_values_there():
    table = MetricTable.of([pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"b": [3]})])
    assert np.array_equal(table.values("b"), [3.0, nan], equal_nan=True)


@pytest.mark.parametrize("as_source", [lambda frame: frame, Analyzer, lambda frame: [frame]])
def test_of_columns_with_the_same_name_the_first_counts(as_source):
    frame = pd.DataFrame([[1.0, 2.0, 3.0]], columns=["snr", "snr", "l_ratio"])
    table = MetricTable.of(as_source(frame))
    assert table.names == ["snr", "l_ratio"]
    assert table.values("snr").tolist() == [1.0]


def test_an_analyzer_without_metrics_says_which_extensions_to_compute():
    with pytest.raises(
        NoMetricsError, match="or SpikeInterface the extensions 'quality_metrics' and 'template_metrics'"
    ):
        MetricTable.of(Analyzer(pd.DataFrame(index=[1, 2])))


def test_a_path_is_opened_as_an_analyzer(demo_zip):
    assert MetricTable.of(demo_zip).names == MetricTable.of(str(demo_zip)).names
    assert "snr" in MetricTable.of(demo_zip)
    with pytest.raises(FileNotFoundError):
        MetricTable.of("nowhere.zarr")


@pytest.mark.parametrize("source", [None, 5, [], [pd.DataFrame(), 3], {"snr": [1.0]}])
def test_anything_else_is_refused_with_what_to_pass(source):
    with pytest.raises(NoMetricsError, match=f"cannot take metrics from {type(source).__name__}"):
        MetricTable.of(source)


# ---------------------------------------------------------------- names


def test_todays_name_is_found_as_it_is():
    table = MetricTable.of(pd.DataFrame({"snr": [1.0]}))
    assert "snr" in table
    assert table.find("snr") == ("snr", 1.0)


@pytest.mark.parametrize(
    ("stored", "asked", "factor"),
    [
        ("peak_to_valley", "peak_to_trough_duration", 1.0),
        ("peak_trough_ratio", "peak_after_to_trough_ratio", -1.0),
        ("half_width", "trough_half_width", 1.0),
    ],
)
def test_a_metric_is_found_under_the_other_versions_name_both_ways(stored, asked, factor):
    for column, name in ((stored, asked), (asked, stored)):
        table = MetricTable.of(pd.DataFrame({column: [0.25, nan]}))
        assert name in table
        assert table.find(name) == (column, factor)
        assert np.array_equal(table.values(name), [factor * 0.25, nan], equal_nan=True)


def test_a_column_of_the_name_asked_for_wins_over_the_other_versions_name():
    table = MetricTable.of(pd.DataFrame({"peak_to_valley": [1.0], "peak_to_trough_duration": [2.0]}))
    assert table.values("peak_to_trough_duration").tolist() == [2.0]
    assert table.values("peak_to_valley").tolist() == [1.0]


def test_a_missing_metric_is_an_error_with_the_nearest_name_and_all_there_are():
    table = MetricTable.of(pd.DataFrame({"snr": [1.0], "drift_ptp": [1.0]}))
    assert table.find("drift_pt") is None
    assert "drift_pt" not in table
    for ask in (table.require, table.values):
        with pytest.raises(MissingMetricError) as caught:
            ask("drift_pt")
        assert str(caught.value) == (
            "metric 'drift_pt' is not in this analyzer. Did you mean 'drift_ptp'? It has 2 metrics: drift_ptp, snr."
        )


def test_a_name_like_nothing_there_gets_no_suggestion():
    with pytest.raises(MissingMetricError, match=r"'zzz' is not in this analyzer\. It has 1 metrics: snr"):
        MetricTable.of(pd.DataFrame({"snr": [1.0]})).require("zzz")


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint8", "uint64"])
def test_integers_stay_as_they_are_stored(values, dtype):
    assert values(np.array([1, 2], dtype=dtype)).dtype == dtype


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_fractions_come_out_in_double_precision_with_the_stored_value(values, dtype):
    stored = np.array([0.1, nan, np.inf], dtype=dtype)
    assert values(stored).dtype == "float64"
    assert np.array_equal(values(stored), stored, equal_nan=True)


@pytest.mark.parametrize(
    "column",
    [
        pd.array([1, None, 0], dtype="Int64"),
        pd.array([1, None, 0], dtype="Float64"),
        pd.array([True, None, False], dtype="boolean"),
        pd.array(["1", "none", "0"], dtype="string"),
        pd.Categorical([1.0, nan, 0.0]),
        pd.arrays.SparseArray([1.0, nan, 0.0]),
        np.array([1, pd.NA, 0], dtype=object),
        np.array([1.0, None, "0"], dtype=object),
        np.array(["1.0", "", "0"], dtype=object),
    ],
    ids=lambda column: str(column.dtype),
)
def test_nullable_and_untyped_columns_give_numbers_and_nan(values, column):
    assert values(column).dtype == "float64"
    assert np.array_equal(values(column), [1.0, nan, 0.0], equal_nan=True)


def test_a_column_of_words_is_all_missing(values):
    assert np.isnan(values(["good", "bad"])).all()


def test_truth_values_count_as_one_and_zero(values):
    assert values([True, False]).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("dtype", ["float64", "int64", "object", "Float64"])
def test_an_empty_column_gives_an_empty_array(values, dtype):
    assert values(pd.Series([], dtype=dtype)).shape == (0,)


def test_reading_values_does_not_change_the_frame():
    frame = pd.DataFrame({"peak_trough_ratio": [1.0, nan], "words": ["1", "x"], "n": [1, 2]})
    before = frame.copy()
    table = MetricTable.of(frame)
    for name in ("peak_after_to_trough_ratio", "words", "n"):
        table.values(name)
    pd.testing.assert_frame_equal(frame, before)
