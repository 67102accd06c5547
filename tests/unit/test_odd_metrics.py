"""Odd tables of metrics: joined by unit id, never by position; what is no number is missing; what is unclear is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import LabelsError, MissingDataError, NoMetricsError, RuleError
from nb_autolabel.metrics.table import MetricTable

from .test_reader_arrays import consolidate, put_array
from .test_reader_layout import write_binary, write_zarr
from .test_reader_odd import IDS

QUALITY = pd.DataFrame({"snr": [1.0, 6.0, 7.0]}, index=[3, 1, 2])
SHAPES = pd.DataFrame({"half_width": [1e-4, 2e-4, 3e-4]}, index=["1", "2", "3"])


def test_tables_whose_ids_are_of_another_type_are_joined_by_unit():
    """Joined as they are, numbers and text make twice as many units, all with half of their metrics missing."""
    for shapes in (SHAPES, SHAPES.rename(index=int), SHAPES.set_axis(pd.Index([1, 2, 3], dtype="Int64"))):
        joined = MetricTable.of([QUALITY, shapes]).frame
        assert joined.index.tolist() == [3, 1, 2]
        assert joined["half_width"].tolist() == [3e-4, 1e-4, 2e-4]


def test_a_unit_that_stands_in_one_of_the_tables_only_has_missing_values():
    joined = MetricTable.of([QUALITY, SHAPES.iloc[:2]]).frame
    np.testing.assert_array_equal(joined.loc[[3, 1, 2], "half_width"], [np.nan, 1e-4, 2e-4])


def test_a_unit_that_stands_twice_in_one_of_the_tables_is_refused():
    with pytest.raises(LabelsError, match="more than once"):
        MetricTable.of([QUALITY, SHAPES.set_axis(["1", "1", "2"])])


def test_a_part_of_a_numbered_table_does_not_call_its_units_by_their_rows():
    """The row numbers that are left over would be taken for ids of other units."""
    table = pd.DataFrame({"unit_id": [10, 20, 30, 40], "snr": [1.0, 6.0, 7.0, 8.0]})
    with pytest.raises(NoMetricsError, match="set_index"):
        nbl.threshold_metrics_label_units(table.iloc[[0, 2, 3]], {"snr": {"min": 5}})
    for whole in (table, table.set_axis([0, 1, 2, 3]), table.iloc[2:].set_index("unit_id")):
        labels = nbl.threshold_metrics_label_units(whole, {"snr": {"min": 5}})
        assert labels.loc[[30, 40], "label"].tolist() == ["good", "good"]
    named = table.assign(unit_id=[5.0, 6.0, 7.0, 8.0]).set_axis(list("abcd"))
    assert MetricTable.of(named).names == ["unit_id", "snr"]


NO_NUMBERS = {"date": pd.Timestamp("2020"), "duration": pd.Timedelta("9s"), "complex": 9 + 2j}


@pytest.mark.parametrize("value", NO_NUMBERS.values(), ids=NO_NUMBERS.keys())
def test_what_is_no_number_is_a_missing_value(value):
    """A date is stored as a count of nanoseconds, which passes any lower limit."""
    metrics = QUALITY.assign(snr=value)
    assert np.isnan(MetricTable.of(metrics).values("snr")).all()
    labels = nbl.threshold_metrics_label_units(metrics, {"snr": {"min": 5}})
    assert labels["label"].tolist() == ["noise"] * 3


def test_a_limit_beyond_all_numbers_is_a_rule_error():
    with pytest.raises(RuleError, match="beyond all numbers"):
        nbl.threshold_metrics_label_units(QUALITY, {"snr": {"min": 10**400}})
    assert (
        nbl.threshold_metrics_label_units(QUALITY, {"snr": {"max": 10**30}})["label"].tolist() == ["good"] * 3
    )


def test_a_table_of_metrics_that_is_gone_from_a_folder_is_said(tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    analyzer = nbl.load(folder)
    (folder / "extensions/quality_metrics/metrics.csv").unlink()
    with pytest.warns(UserWarning, match="'quality_metrics' .* holds no table of metrics"):
        assert analyzer.get_metrics_extension_data().columns.tolist() == ["half_width"]


def test_average_templates_that_are_not_there_are_not_replaced_by_others(tmp_path: Path):
    """The extension's standard deviation has the same shape."""
    folder = write_binary(tmp_path / "small")
    (folder / "extensions/templates/average.npy").unlink()
    with pytest.raises(MissingDataError, match="no 'average'"):
        nbl.load(folder).get_extension("templates").get_data()


NAMES = [
    ["a\rb", "a\nb", '"q"', "a,b", " lead", "007"],
    ["NA", "nan", "None", "#x", "</script>", "$at"],
    ["1e5", "0x1", "1_0", "True", "-0", "+1"],
    ["01", "1", "001", "10", "a", "A"],
]


@pytest.mark.parametrize("format", ["zarr", "binary_folder"])
@pytest.mark.parametrize("ids", NAMES, ids=lambda ids: ids[0])
def test_units_of_any_name_come_back_with_their_metrics(ids, format, tmp_path: Path):
    """In a CSV file a carriage return ends a line, and "NA" is a missing value, unless somebody sees to it."""
    folder = write_zarr(tmp_path / "small.zarr")
    for path in IDS:
        put_array(folder, path, np.array(ids))
    analyzer = nbl.load(consolidate(folder) or folder)
    saved = nbl.load(analyzer.save_as(format, tmp_path / "saved").folder)
    assert saved.unit_ids.tolist() == ids
    pd.testing.assert_frame_equal(saved.get_metrics_extension_data(), analyzer.get_metrics_extension_data())
