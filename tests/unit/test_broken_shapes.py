"""Arrays of a zarr store that do not fit the units, channels or spikes are damaged, and named."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import DamagedDataError, MissingDataError, MissingExtensionError

from .test_broken_zarr import assert_broken, assert_rest_usable
from .test_reader_arrays import consolidate, put_array
from .test_reader_layout import UNITS, mask, write_zarr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_zarr(tmp_path / "small.zarr")


@pytest.mark.parametrize("rows", [5, 7, 0])
@pytest.mark.parametrize(
    ("extension", "key", "shape"),
    [
        ("templates", "average", (10, 4)),
        ("template_similarity", "similarity", (6,)),
        ("correlograms", "ccgs", (6, 5)),
        ("unit_locations", "unit_locations", (3,)),
    ],
)
def test_an_array_with_other_rows_than_units_is_damaged(
    rows: int, extension: str, key: str, shape: Any, folder: Path
):
    """Read through a selection, it would give the rows of other units, or of none."""
    put_array(folder, f"extensions/{extension}/{key}", np.zeros((rows, *shape)), described={"fill_value": 0})
    consolidate(folder)

    assert_broken(folder, rf"{extension}/{key} has shape \({rows}, .*expected 6 rows", extension, key)


def test_an_array_of_pairs_must_have_a_column_for_each_unit(folder: Path):
    put_array(folder, "extensions/template_similarity/similarity", np.zeros((6, 5)))
    consolidate(folder)

    assert_broken(folder, "similarity has shape .*expected 6 rows", "template_similarity", "similarity")


@pytest.mark.parametrize(
    ("extension", "key", "rows"),
    [
        ("spike_amplitudes", "amplitudes", 59),
        ("waveforms", "waveforms", 23),
        ("principal_components", "pca_projection", 30),
    ],
)
def test_data_of_spikes_with_other_rows_than_spikes_cannot_follow_a_selection(
    extension: str, key: str, rows: int, folder: Path
):
    put_array(folder, f"extensions/{extension}/{key}", np.zeros((rows, 2)), described={"fill_value": 0})
    consolidate(folder)

    with pytest.raises(DamagedDataError, match=rf"{key} has shape \({rows}, 2\), expected (60|24) rows"):
        nbl.load(folder).select_units(["u6", "u1"]).get_extension(extension).get_data(key)


def test_templates_on_other_channels_than_the_analyzer_has_are_damaged(folder: Path):
    put_array(folder, "extensions/templates/average", np.zeros((6, 10, 5)))
    consolidate(folder)

    with pytest.raises(DamagedDataError, match=r"average has shape \(6, 10, 5\), expected \(6, samples, 4\)"):
        nbl.load(folder).get_templates()


@pytest.mark.parametrize("shape", [(5, 4), (6, 3), (24,), (6, 4, 1)])
def test_a_sparsity_mask_of_another_shape_is_damaged(shape: tuple[int, ...], folder: Path):
    put_array(folder, "sparsity_mask", np.ones(shape, bool))
    consolidate(folder)

    with pytest.raises(DamagedDataError, match=r"sparsity_mask is bool .*expected bool \(6, 4\)"):
        nbl.load(folder)


def test_a_sparsity_mask_of_numbers_is_damaged(folder: Path):
    put_array(folder, "sparsity_mask", mask().astype("f4"))
    consolidate(folder)

    with pytest.raises(DamagedDataError, match=r"sparsity_mask is float32"):
        nbl.load(folder)


@pytest.mark.parametrize(
    ("name", "values", "match"),
    [
        ("sample_index", np.arange(59), "sample_index .59,. and unit_index .60,. differ"),
        ("unit_index", np.zeros((60, 2), int), "differ"),
        ("unit_index", np.full(60, 6), "unit_index runs from 6 to 6, but there are only 6"),
        ("unit_index", np.full(60, -1), "unit_index runs from -1"),
        ("unit_index", np.zeros(60), "unit_index is of float64, expected integers"),
        ("sample_index", np.full(60, "x"), "sample_index is of <U1, expected integers"),
        ("segment_slices", np.array([[0, 40]]), "segment_index runs from -1"),
        (
            "segment_slices",
            np.array([[0, 20], [20, 40], [40, 60]]),
            "segment_index runs from 0 to 2, but there are only 2",
        ),
        ("segment_slices", np.arange(4), r"segment_slices has shape \(4,\)"),
        ("segment_slices", np.array([[0.0, 40], [40, 60]]), "segment_slices is of float64"),
    ],
)
def test_spikes_that_do_not_fit_are_damaged(
    name: str, values: np.ndarray[Any, Any], match: str, folder: Path
):
    put_array(folder, f"sorting/spikes/{name}", values)
    consolidate(folder)
    analyzer = nbl.load(folder)

    with pytest.raises(DamagedDataError, match=match):
        _ = analyzer.spikes
    with pytest.raises(DamagedDataError, match=match):
        _ = analyzer.select_units(["u1"]).spikes
    assert analyzer.get_metrics_extension_data().shape == (6, 4)
    assert analyzer.select_units(["u1"]).get_templates().shape == (1, 10, 4)


@pytest.mark.parametrize("indices", [np.full(24, 60), np.full(24, -1), np.zeros(24), np.zeros((24, 2), int)])
def test_random_spikes_that_do_not_exist_are_damaged(indices: np.ndarray[Any, Any], folder: Path):
    put_array(folder, "extensions/random_spikes/random_spikes_indices", indices)
    consolidate(folder)

    with pytest.raises(DamagedDataError, match="random_spikes_indices"):
        nbl.load(folder).select_units(["u1"]).get_extension("waveforms").get_data()


def test_waveforms_without_random_spikes_cannot_follow_a_selection(folder: Path):
    shutil.rmtree(folder / "extensions/random_spikes")
    consolidate(folder)
    analyzer = nbl.load(folder)

    assert analyzer.get_extension("waveforms").get_data().shape == (24, 10, 2)
    with pytest.raises((MissingDataError, MissingExtensionError), match="random spikes are not stored"):
        analyzer.select_units(["u1"]).get_extension("waveforms").get_data()


@pytest.mark.parametrize(
    ("values", "match"),
    [
        (np.zeros(5), r"metrics/snr is float64 \(5,\)"),
        (np.zeros((6, 2)), r"metrics/snr is float64 \(6, 2\)"),
        (np.zeros(6, "V4"), "metrics/snr is .*expected numbers or text"),
    ],
)
def test_a_column_that_does_not_fit_is_named(values: np.ndarray[Any, Any], match: str, folder: Path):
    put_array(folder, "extensions/quality_metrics/metrics/snr", values)
    consolidate(folder)
    analyzer = nbl.load(folder)

    with pytest.raises(DamagedDataError, match=match):
        analyzer.get_metrics_extension_data()
    assert_rest_usable(analyzer, "quality_metrics")


@pytest.mark.parametrize(
    "index", [UNITS[:5], np.array(["u1"] * 6), np.array(["x1", *UNITS[1:]]), np.zeros((6, 1), int)]
)
def test_a_table_of_other_units_is_damaged(index: np.ndarray[Any, Any], folder: Path):
    put_array(folder, "extensions/quality_metrics/metrics/index", index)
    consolidate(folder)

    with pytest.raises(DamagedDataError, match="quality_metrics/metrics"):
        nbl.load(folder).get_metrics_extension_data()


def test_a_table_in_another_order_is_put_in_the_order_of_the_units(folder: Path):
    put_array(folder, "extensions/quality_metrics/metrics/index", UNITS[::-1].copy())
    consolidate(folder)

    metrics = nbl.load(folder).get_metrics_extension_data()

    assert metrics.index.tolist() == UNITS.tolist()
    assert metrics["snr"].tolist() == [5.25, 4.25, 3.25, 2.25, 1.25, 0.25]
