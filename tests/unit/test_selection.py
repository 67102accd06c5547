"""A selection of units: every piece of data follows, in the order asked for; wrong selections are told."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import SelectionError, UnknownUnitError

from ..conftest import SAMPLES, shared, stable
from .test_reader_arrays import consolidate, put_array
from .test_reader_layout import UNITS, WRITE, extensions, mask, metrics, spikes, write_binary, write_zarr
from .test_reader_twins import assert_same_analyzer

ORDERS = {
    "two, turned round": [4, 1],
    "all, turned round": [5, 4, 3, 2, 1, 0],
    "all as they are": [0, 1, 2, 3, 4, 5],
    "one": [2],
    "at random": [3, 0, 5, 1],
}


@pytest.fixture(scope="module", params=WRITE)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small analyzer in each format; only read here."""
    return WRITE[request.param](tmp_path_factory.mktemp("small") / "small.zarr")


@pytest.fixture
def analyzer(folder: Path) -> nbl.Analyzer:
    return nbl.load(folder)


@pytest.mark.parametrize("order", ORDERS)
def test_each_kind_of_data_follows_in_its_own_way(order: str, analyzer: nbl.Analyzer):
    rows = ORDERS[order]
    chosen = analyzer.select_units(UNITS[rows])

    def read(extension: str, key: str | None = None) -> Any:
        return chosen.get_extension(extension).get_data(key)

    data, units = extensions(), spikes()["unit_index"]
    kept = np.isin(units, rows)
    random = data["random_spikes"]["random_spikes_indices"]
    assert chosen.unit_ids.tolist() == UNITS[rows].tolist()
    assert chosen.format == "memory"
    # per unit: rows
    np.testing.assert_array_equal(chosen.sparsity_mask, mask()[rows])
    np.testing.assert_array_equal(read("templates"), data["templates"]["average"][rows])
    np.testing.assert_array_equal(read("unit_locations"), data["unit_locations"]["unit_locations"][rows])
    np.testing.assert_array_equal(chosen.get_sorting_property("depth"), np.arange(6)[rows] * 10.0)
    assert chosen.get_metrics_extension_data()["snr"].to_dict() == metrics()["snr"].iloc[rows].to_dict()
    assert chosen.get_metrics_extension_data().index.tolist() == UNITS[rows].tolist()
    # per pair of units: rows and columns
    np.testing.assert_array_equal(
        read("template_similarity"), data["template_similarity"]["similarity"][rows][:, rows]
    )
    np.testing.assert_array_equal(read("correlograms", "ccgs"), data["correlograms"]["ccgs"][rows][:, rows])
    np.testing.assert_array_equal(read("correlograms", "bins"), data["correlograms"]["bins"])
    # per spike: the rows of the kept spikes, with their units renumbered
    assert chosen.spikes["sample_index"].tolist() == spikes()["sample_index"][kept].tolist()
    assert [rows[i] for i in chosen.spikes["unit_index"]] == units[kept].tolist()
    np.testing.assert_array_equal(read("spike_amplitudes"), data["spike_amplitudes"]["amplitudes"][kept])
    np.testing.assert_array_equal(read("spike_locations"), data["spike_locations"]["spike_locations"][kept])
    # per random spike: the rows of the kept ones, whose indices point into the kept spikes
    assert (
        spikes()["sample_index"][random[kept[random]]].tolist()
        == chosen.spikes["sample_index"][read("random_spikes")].tolist()
    )
    np.testing.assert_array_equal(read("waveforms"), data["waveforms"]["waveforms"][kept[random]])
    np.testing.assert_array_equal(
        read("principal_components"), data["principal_components"]["pca_projection"][kept[random]]
    )
    # per channel: unchanged
    np.testing.assert_array_equal(read("noise_levels"), data["noise_levels"]["noise_levels"])


@pytest.mark.parametrize("order", ORDERS)
def test_every_array_has_the_shape_that_its_entry_declares(order: str, analyzer: nbl.Analyzer):
    chosen = analyzer.select_units(UNITS[ORDERS[order]])

    for name in chosen.extension_names:
        extension = chosen.get_extension(name)
        for key in extension.data_names:
            if extension.entry(key).kind == "array":
                assert extension.get_data(key).shape == extension.entry(key).shape, (name, key)
                assert extension.get_data(key).dtype == extension.entry(key).dtype, (name, key)


def test_rows_of_a_selection_are_rows_of_the_kept_units(analyzer: nbl.Analyzer):
    chosen = analyzer.select_units(["u5", "u3", "u1"])

    for name, key in (
        ("templates", "average"),
        ("waveforms", "waveforms"),
        ("template_similarity", "similarity"),
    ):
        whole = chosen.get_extension(name).get_data(key)
        for rows in (np.array([2, 0]), slice(1, 3), slice(None, None, -1), np.array([-1])):
            np.testing.assert_array_equal(chosen.get_extension(name).get_data(key, rows=rows), whole[rows])


def test_spike_trains_and_templates_of_the_kept_units_are_what_they_were(analyzer: nbl.Analyzer):
    chosen = analyzer.select_units(["u6", "u2"])

    for unit in ("u6", "u2"):
        for segment in (0, 1):
            np.testing.assert_array_equal(
                chosen.get_unit_spike_train(unit, segment), analyzer.get_unit_spike_train(unit, segment)
            )
        np.testing.assert_array_equal(chosen.get_unit_template(unit), analyzer.get_unit_template(unit))
        assert chosen.get_unit_channel_ids(unit).tolist() == analyzer.get_unit_channel_ids(unit).tolist()
    assert chosen.count_num_spikes_per_unit() == {"u6": 10, "u2": 10}
    assert chosen.main_channel_ids.tolist() == analyzer.main_channel_ids[[5, 1]].tolist()
    assert chosen.get_total_duration() == analyzer.get_total_duration()
    with pytest.raises(UnknownUnitError):
        chosen.get_unit_spike_train("u1")


def test_the_selection_of_a_selection_is_the_selection(analyzer: nbl.Analyzer):
    direct = analyzer.select_units(["u2", "u6"])
    step_by_step = (
        analyzer.select_units(["u6", "u3", "u2", "u1"]).select_units(["u3", "u2", "u6"]).remove_units(["u3"])
    )

    assert_same_analyzer(direct, step_by_step)


def test_removing_units_keeps_the_others_in_order(analyzer: nbl.Analyzer):
    assert analyzer.remove_units(["u5", "u2"]).unit_ids.tolist() == ["u1", "u3", "u4", "u6"]
    assert_same_analyzer(analyzer.remove_units(["u5", "u2"]), analyzer.select_units(["u1", "u3", "u4", "u6"]))
    assert analyzer.remove_units([]).unit_ids.tolist() == UNITS.tolist()
    assert analyzer.remove_units(["u5", "u5"]).get_num_units() == 5


@pytest.mark.parametrize("sample", SAMPLES)
def test_all_units_of_a_sample_selected_give_the_sample(sample: str):
    analyzer = nbl.load(shared(sample))

    assert_same_analyzer(analyzer, analyzer.select_units(analyzer.unit_ids))


@pytest.mark.parametrize("sample", SAMPLES)
def test_there_and_back_again_gives_the_sample(sample: str):
    analyzer = nbl.load(shared(sample))
    order = np.random.default_rng(3).permutation(analyzer.get_num_units())

    chosen = analyzer.select_units(analyzer.unit_ids[order])

    assert chosen.unit_ids.tolist() != analyzer.unit_ids.tolist()
    assert_same_analyzer(analyzer, chosen.select_units(analyzer.unit_ids))


def test_a_selection_does_not_change_the_analyzer(analyzer: nbl.Analyzer):
    chosen = analyzer.select_units(["u6", "u2"])
    chosen.get_extension("templates").get_data()[:] = -1
    table = chosen.get_metrics_extension_data()
    table["snr"] = -1

    assert analyzer.unit_ids.tolist() == UNITS.tolist()
    np.testing.assert_array_equal(analyzer.get_templates(), extensions()["templates"]["average"])
    assert chosen.get_metrics_extension_data()["snr"].tolist() == [5.25, 1.25]


def test_ids_may_be_any_iterable(analyzer: nbl.Analyzer):
    import pandas as pd

    for ids in (
        ("u4", "u2"),
        np.array(["u4", "u2"]),
        pd.Index(["u4", "u2"]),
        pd.Series(["u4", "u2"]),
        iter(["u4", "u2"]),
    ):
        assert analyzer.select_units(ids).unit_ids.tolist() == ["u4", "u2"]


def test_an_unknown_extension_is_left_out_with_a_warning(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    shutil.copytree(folder / "extensions/templates", folder / "extensions/my_own")
    consolidate(folder)
    analyzer = nbl.load(folder)
    assert "my_own" in analyzer.extension_names

    with pytest.warns(UserWarning, match="extensions my_own are left out") as caught:
        chosen = analyzer.select_units(["u1"])

    assert caught[0].filename == __file__
    assert "my_own" not in chosen.extension_names
    assert len(chosen.extension_names) == 12
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chosen.select_units(["u1"])


def test_random_spikes_that_are_not_in_order_stay_beside_their_waveforms(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    random = np.random.default_rng(5).permutation(60)[:24]
    put_array(folder, "extensions/random_spikes/random_spikes_indices", random)
    put_array(folder, "extensions/waveforms/waveforms", np.repeat(random, 20).reshape(24, 10, 2).astype("f4"))
    consolidate(folder)

    chosen = nbl.load(folder).select_units(["u6", "u2"])

    kept = np.flatnonzero(np.isin(spikes()["unit_index"], [1, 5]))
    rows = chosen.get_extension("random_spikes").get_data()
    assert chosen.get_extension("waveforms").get_data()[:, 0, 0].tolist() == kept[rows].tolist()


@pytest.mark.parametrize("selected", [False, True])
@pytest.mark.parametrize(
    "values", [["good", "mua", "noise"], np.array([1.5, np.nan, 3]), np.eye(3, dtype=bool)]
)
def test_a_property_goes_with_an_analyzer_that_is_saved_or_selected_from(
    values: Any, selected: bool, tmp_path: Path
):
    folder = write_binary(tmp_path / "small")
    whole = nbl.load(folder)
    ids = ["u5", "u1", "u3"]
    values = values if selected else [*values, *values]
    analyzer = whole.select_units(ids) if selected else whole

    made = analyzer.with_property("mine", values)

    np.testing.assert_array_equal(made.get_sorting_property("mine"), np.array(values))
    assert "mine" not in analyzer.get_sorting_property_keys()
    np.testing.assert_array_equal(made.spikes, analyzer.spikes)
    np.testing.assert_array_equal(made.get_templates(), analyzer.get_templates())
    first = made.unit_ids[[2, 0]]
    few = made.select_units(first).with_property("depth", [1, 2])
    saved = few.save_as("zarr", tmp_path / "saved")
    np.testing.assert_array_equal(saved.get_sorting_property("mine"), np.array(values)[[2, 0]])
    assert saved.get_sorting_property("depth").tolist() == [1, 2]
    assert not list(folder.rglob("mine*"))


def test_a_property_that_exists_is_replaced_in_the_new_analyzer_only(tmp_path: Path):
    analyzer = nbl.load(write_binary(tmp_path / "small"))

    made = analyzer.with_property("depth", np.arange(6)).with_property("depth", np.arange(6) + 1)

    assert made.get_sorting_property("depth").tolist() == [1, 2, 3, 4, 5, 6]
    assert analyzer.get_sorting_property("depth").tolist() == [0, 10, 20, 30, 40, 50]
    assert made.get_sorting_property_keys() == analyzer.get_sorting_property_keys()


@pytest.mark.parametrize(
    "values",
    ["good", 3, None, [1, 2], ["a", "b", "c", "d", "e", None], [object()] * 6, [[1], [1, 2], 3, 4, 5, 6], {}],
    ids=stable,
)
def test_values_that_are_no_property_are_refused(values: Any, tmp_path: Path):
    analyzer = nbl.load(write_binary(tmp_path / "small"))

    with pytest.raises(SelectionError, match="'mine'.*(one row|one a unit)"):
        analyzer.with_property("mine", values)
    for key in ("", None, 3):
        with pytest.raises(SelectionError, match="name of a property is text"):
            analyzer.with_property(key, np.arange(6))
