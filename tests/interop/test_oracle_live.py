"""A SortingAnalyzer that is already in the kernel is taken as it is, and stays as it is."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import UnknownUnitError

from ..conftest import shared
from ..unit.test_reader_twins import assert_same_analyzer
from .test_oracle_selection import assert_same, pickles_allowed  # noqa: F401

si = pytest.importorskip("spikeinterface", reason="needs a live SortingAnalyzer")

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore"),  # SpikeInterface and zarr 2 warn of their own future
    pytest.mark.usefixtures("pickles_allowed"),
]

KINDS = ["zarr", "binary_folder", "memory", "lazy"]


@pytest.fixture(params=KINDS)
def live(request: pytest.FixtureRequest) -> Any:
    """A live analyzer of each kind, made from the same sample."""
    if request.param == "binary_folder":
        return si.load(shared("formats/si0.105.3_binary"))
    analyzer = si.load(
        shared("formats/si0.105.3.zarr"), **({"lazy": True} if request.param == "lazy" else {})
    )
    return analyzer.copy() if request.param == "memory" else analyzer


def contents(live: Any) -> dict[str, Any]:
    """Everything a user could notice of a live analyzer, copied."""
    found: dict[str, Any] = {
        "unit_ids": live.unit_ids.tolist(),
        "channel_ids": live.channel_ids.tolist(),
        "mask": live.sparsity.mask.copy(),
        "vector": live.sorting.to_spike_vector().copy(),
        "properties": {
            k: copy.deepcopy(live.get_sorting_property(k)) for k in live.get_sorting_property_keys()
        },
        "format": live.format,
        "repr": repr(live),
    }
    for name, extension in live.extensions.items():
        found[f"{name} params"] = copy.deepcopy(extension.params)
        for key, value in extension.data.items():
            if isinstance(value, pd.DataFrame):
                columns = {c: value[c].to_numpy(dtype=float, na_value=np.nan) for c in value}
                found[f"{name}/{key}"] = columns
            elif isinstance(value, np.ndarray | dict):
                found[f"{name}/{key}"] = copy.deepcopy(value)
    return found


def test_it_gives_what_the_files_give(live: Any):
    ours = nbl.load(live)

    assert ours.format == live.format
    assert_same(live, ours)
    on_disk = nbl.load(shared("formats/si0.105.3.zarr"))
    assert ours.unit_ids.tolist() == on_disk.unit_ids.tolist()
    np.testing.assert_array_equal(ours.spikes, on_disk.spikes)
    np.testing.assert_array_equal(ours.get_templates(), on_disk.get_templates())
    np.testing.assert_array_equal(ours.get_templates(["7", "2"]), on_disk.get_templates(["7", "2"]))
    np.testing.assert_array_equal(ours.get_channel_locations(), on_disk.get_channel_locations())
    np.testing.assert_array_equal(ours.template_times_ms, on_disk.template_times_ms)
    assert ours.main_channel_ids.tolist() == on_disk.main_channel_ids.tolist()
    assert ours.get_total_duration() == on_disk.get_total_duration()
    assert sorted(ours.extension_names) == sorted(on_disk.extension_names)
    for name in ours.extension_names:
        if name != "principal_components":  # its models are objects
            assert sorted(ours.get_extension(name).data_names) == sorted(
                on_disk.get_extension(name).data_names
            )


def test_it_shows_itself_as_what_it_is(live: Any):
    ours = nbl.load(live)

    assert f"SortingAnalyzer: 8 channels - 10 units - 1 segments - {live.format} - sparse" in repr(ours)
    assert "no recording" in repr(ours)
    assert "Loaded 14 extensions" in repr(ours)
    assert "SortingAnalyzer" in ours._repr_html_()


def test_every_labeling_function_takes_it_directly(live: Any):
    on_disk = nbl.load(shared("formats/si0.105.3.zarr"))
    limits = {"snr": {"min": 5}, "num_spikes": {"min": 150}}

    by_limits = nbl.threshold_metrics_label_units(live, thresholds=limits)
    by_bombcell = nbl.bombcell_label_units(live)

    assert set(by_limits.iloc[:, 0]) == {"good", "noise"}
    for here, there in (
        (by_limits, nbl.threshold_metrics_label_units(on_disk, thresholds=limits)),
        (by_bombcell, nbl.bombcell_label_units(on_disk)),
    ):
        pd.testing.assert_frame_equal(here, there, check_index_type=False)


def test_units_are_selected_as_it_would_select_them(live: Any):
    # SpikeInterface 0.105.3 loses arrays when it selects from a lazily loaded analyzer.
    eager = si.load(shared("formats/si0.105.3.zarr")) if live._lazy else live
    for units in (live.unit_ids[::-1], live.unit_ids[[7, 1, 4]], live.unit_ids[[3]]):
        assert_same(eager.select_units(units), nbl.load(live).select_units(units))
    with pytest.raises(UnknownUnitError, match="no unit 'x'"):
        nbl.load(live).select_units(["x"])


@pytest.mark.parametrize("format", ["zarr", "binary_folder"])
def test_it_is_saved_as_what_it_is(live: Any, format: Any, tmp_path: Path):
    ours = nbl.load(live)

    saved = ours.save_as(format, tmp_path / "saved.zarr")
    chosen = ours.select_units(["8", "0"]).save_as(format, tmp_path / "chosen.zarr")

    assert_same_analyzer(ours, saved, dicts=False)
    assert_same_analyzer(ours.select_units(["8", "0"]), chosen, dicts=False)
    if format == "zarr":
        assert_same(live, nbl.load(si.load(tmp_path / "saved.zarr")))


def test_nothing_that_is_done_here_changes_it(live: Any, tmp_path: Path):
    live.load_all_saved_extension() if live.format != "memory" else None
    before = contents(live)
    ours = nbl.load(live)

    for name in ours.extension_names:
        extension = ours.get_extension(name)
        for key in extension.data_names:
            value = extension.get_data(key)
            if isinstance(value, np.ndarray):
                value[...] = np.zeros((), value.dtype)
            elif isinstance(value, pd.DataFrame):
                value.loc[:, :] = 0
            else:
                value.clear()
    ours.get_templates()[...] = 0
    ours.get_channel_locations()[...] = 0
    for key in ours.get_sorting_property_keys():
        values = ours.get_sorting_property(key)
        values[...] = np.zeros((), values.dtype)
    ours.settings.clear()
    ours.select_units(["3", "1"]).save_as("zarr", tmp_path / "saved", overwrite=True)
    nbl.bombcell_label_units(live)

    np.testing.assert_equal(contents(live), before)


def test_an_analyzer_that_is_attached_to_its_recording_says_so():
    recording, sorting = si.generate_ground_truth_recording(
        durations=[2.0], num_units=4, num_channels=6, seed=1
    )
    live = si.create_sorting_analyzer(sorting, recording, sparse=False)

    ours = nbl.load(live)

    assert "has recording" in repr(ours)
    assert "sparse" not in repr(ours)
    assert ours.sparsity_mask is None
    assert ours.get_total_duration() == 2.0
    assert ours.extension_names == []
    assert ours.get_metrics_extension_data().shape == (4, 0)


def test_metrics_with_missing_values_of_pandas_own_kind_are_saved(tmp_path: Path):
    """SpikeInterface turns the columns of its tables into types that hold ``pandas.NA``."""
    live = si.load(shared("formats/si0.105.3.zarr")).copy()
    table = live.get_extension("quality_metrics").data["metrics"].convert_dtypes()
    table["whole"] = pd.array([1, None, *range(8)], dtype="Int64")
    table["real"] = pd.array([0.5, None, *range(8)], dtype="Float64")
    table["yes"] = pd.array([True, None, *[False] * 8], dtype="boolean")
    live.get_extension("quality_metrics").data["metrics"] = table

    for kind in ("zarr", "binary_folder"):
        read = nbl.load(live).save_as(kind, tmp_path / f"{kind}.zarr").get_metrics_extension_data()
        for name in ("whole", "real"):
            assert read[name].isna().tolist() == [False, True] + [False] * 8
            assert pd.api.types.is_numeric_dtype(read[name]), (kind, name)
        assert float(read["whole"].iloc[9]) == 7
        assert read["snr"].tolist() == table["snr"].astype(float).tolist()


def test_a_table_in_another_order_is_put_in_the_order_of_the_units():
    live = si.load(shared("formats/si0.105.3.zarr")).copy()
    table = live.get_extension("quality_metrics").data["metrics"]
    live.get_extension("quality_metrics").data["metrics"] = table.iloc[::-1]

    ours = nbl.load(live)

    assert ours.get_metrics_extension_data()["snr"].tolist() == table["snr"].tolist()
    chosen = ours.select_units(["2", "9"])
    assert chosen.get_metrics_extension_data()["snr"].tolist() == table["snr"].loc[["2", "9"]].tolist()
    assert chosen.get_extension("quality_metrics").get_data().index.tolist() == ["2", "9"]
