"""Spike trains, counts, templates and main channels of single units."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import DamagedDataError, MissingDataError, MissingExtensionError, UnknownUnitError

from ..conftest import SAMPLES, shared
from .test_reader_layout import (
    CHANNELS,
    PARAMS,
    UNITS,
    WRITE,
    extensions,
    main_channel_ids,
    mask,
    spikes,
    write_binary,
)


@pytest.fixture(scope="module", params=WRITE)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small analyzer in each format; only read here."""
    return WRITE[request.param](tmp_path_factory.mktemp("small") / "small.zarr")


@pytest.fixture
def analyzer(folder: Path) -> nbl.Analyzer:
    return nbl.load(folder)


def test_a_spike_train_is_the_ascending_samples_of_one_unit_in_one_segment(analyzer: nbl.Analyzer):
    for at, unit in enumerate(UNITS):
        for segment in (0, 1):
            train = analyzer.get_unit_spike_train(unit, segment_index=segment)
            rows = (spikes()["unit_index"] == at) & (spikes()["segment_index"] == segment)
            assert train.tolist() == sorted(spikes()["sample_index"][rows])
    assert analyzer.get_unit_spike_train("u1", 2).tolist() == []


def test_counts_are_by_unit_and_over_all_segments(analyzer: nbl.Analyzer):
    assert analyzer.count_num_spikes_per_unit() == dict.fromkeys(UNITS.tolist(), 10)


def test_a_unit_without_spikes_counts_zero(tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    np.save(folder / "sorting/spikes.npy", spikes()[spikes()["unit_index"] != 5])
    analyzer = nbl.load(folder)

    assert analyzer.count_num_spikes_per_unit() == {**dict.fromkeys(UNITS[:5].tolist(), 10), "u6": 0}
    assert analyzer.get_unit_spike_train("u6").size == 0
    assert analyzer.select_units(["u6"]).spikes.size == 0


@pytest.mark.parametrize("sample", SAMPLES)
def test_spike_trains_of_a_sample_hold_all_its_spikes_in_order(sample: str):
    analyzer = nbl.load(shared(sample))

    counts = analyzer.count_num_spikes_per_unit()
    for unit in analyzer.unit_ids:
        trains = [analyzer.get_unit_spike_train(unit, i) for i in range(analyzer.get_num_segments())]
        assert sum(map(len, trains)) == counts[unit]
        assert all((np.diff(train) >= 0).all() for train in trains)
        assert all(
            train.size == 0 or train[-1] < analyzer.get_num_samples(i) for i, train in enumerate(trains)
        )
    assert sum(counts.values()) == len(analyzer.spikes)


def test_templates_come_in_the_order_asked_for(analyzer: nbl.Analyzer):
    average = extensions()["templates"]["average"]

    np.testing.assert_array_equal(analyzer.get_templates(), average)
    np.testing.assert_array_equal(analyzer.get_templates(["u5", "u1", "u2"]), average[[4, 0, 1]])
    np.testing.assert_array_equal(analyzer.get_templates(UNITS[::-1]), average[::-1])
    np.testing.assert_array_equal(analyzer.get_templates([]), average[:0])
    np.testing.assert_array_equal(
        analyzer.get_templates(["u3"], operator="std"), extensions()["templates"]["std"][[2]]
    )


def test_an_operator_that_was_not_computed_is_an_error_that_lists_the_others(analyzer: nbl.Analyzer):
    with pytest.raises(MissingDataError, match="no 'median'.*It has: average, std"):
        analyzer.get_templates(operator="median")


def test_the_median_stands_in_for_an_average_that_was_not_computed(tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    (folder / "extensions/templates/average.npy").rename(folder / "extensions/templates/median.npy")
    analyzer = nbl.load(folder)

    np.testing.assert_array_equal(analyzer.get_templates(), extensions()["templates"]["average"])
    assert analyzer.template_times_ms.size == 10


def test_a_units_template_is_on_the_units_channels(analyzer: nbl.Analyzer):
    for at, unit in enumerate(UNITS):
        template = analyzer.get_unit_template(unit)
        assert template.shape == (10, 2)
        np.testing.assert_array_equal(template, extensions()["templates"]["average"][at][:, mask()[at]])
        assert analyzer.get_unit_channel_ids(unit).tolist() == np.array(CHANNELS)[mask()[at]].tolist()


def test_times_of_the_template_samples_are_zero_at_the_spike(analyzer: nbl.Analyzer):
    times = analyzer.template_times_ms

    assert PARAMS["templates"]["ms_before"] == 0.1
    np.testing.assert_allclose(times, (np.arange(10) - 3) / 30)
    assert times[3] == 0


@pytest.mark.parametrize("before", [None, "0.1", [0.1], 1e300, True])
def test_without_a_sensible_ms_before_a_third_of_the_template_lies_before_the_spike(
    before: object, tmp_path: Path
):
    folder = write_binary(tmp_path / "small")
    (folder / "extensions/templates/params.json").write_text(json.dumps({"ms_before": before}))

    times = nbl.load(folder).template_times_ms

    assert times.size == 10
    assert times[0] < 0 < times[-1]
    assert np.isfinite(times).all()


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_time_zero_of_a_sample_is_where_its_templates_are_large(sample: str):
    analyzer = nbl.load(shared(sample))

    size = np.abs(analyzer.main_channel_templates).max(axis=0)

    assert size[np.abs(analyzer.template_times_ms) < 0.5].max() == size.max()


@pytest.fixture
def stored_channels(tmp_path: Path) -> Path:
    """The file that says which channel is the main one of each unit."""
    return write_binary(tmp_path / "small") / "sorting/properties/main_channel_id.npy"


def test_main_channels_are_those_stored(stored_channels: Path):
    np.save(stored_channels, np.array(["c3", "c2", "c1", "c0", "c3", "c3"]))
    analyzer = nbl.load(stored_channels.parents[2])

    assert analyzer.main_channel_ids.tolist() == ["c3", "c2", "c1", "c0", "c3", "c3"]
    assert analyzer.main_channel_indices.tolist() == [3, 2, 1, 0, 3, 3]


def test_main_channels_that_are_not_stored_are_where_the_template_is_largest(stored_channels: Path):
    stored_channels.unlink()

    assert nbl.load(stored_channels.parents[2]).main_channel_ids.tolist() == main_channel_ids().tolist()


def test_main_channels_that_do_not_exist_are_not_believed(stored_channels: Path):
    np.save(stored_channels, np.array(["c9"] * 6))

    assert nbl.load(stored_channels.parents[2]).main_channel_ids.tolist() == main_channel_ids().tolist()


def test_without_templates_the_main_channel_lies_amid_the_channels_of_the_unit(stored_channels: Path):
    folder = stored_channels.parents[2]
    stored_channels.unlink()
    shutil.rmtree(folder / "extensions/templates")
    analyzer = nbl.load(folder)

    for at, index in enumerate(analyzer.main_channel_indices):
        heights = np.arange(4) * 20.0
        distance = np.abs(heights - heights[mask()[at]].mean())
        assert distance[index] == distance.min()


def test_without_templates_and_sparsity_nothing_tells_the_main_channel(stored_channels: Path):
    folder = stored_channels.parents[2]
    stored_channels.unlink()
    shutil.rmtree(folder / "extensions/templates")
    (folder / "sparsity_mask.npy").unlink()

    with pytest.raises(MissingExtensionError, match="no extension 'templates'"):
        _ = nbl.load(folder).main_channel_indices


def test_the_main_template_is_the_largest_one_of_the_unit(analyzer: nbl.Analyzer):
    templates = extensions()["templates"]["average"]

    assert analyzer.main_channel_templates.shape == (6, 10)
    for at, template in enumerate(analyzer.main_channel_templates):
        assert np.abs(template).max() == np.float32(np.abs(templates[at]).max())


@pytest.mark.parametrize("unknown", ["u7", 1, None, 1.5, ("u1",), ["u1"], b"u9", np.array(["u1"])])
def test_an_unknown_unit_is_an_error_that_names_it_and_the_others(unknown: object, analyzer: nbl.Analyzer):
    for ask in (analyzer.get_unit_spike_train, analyzer.get_unit_template, analyzer.get_unit_channel_ids):
        with pytest.raises(UnknownUnitError, match=r"there is no unit .*Units: u1, u2, u3"):
            ask(unknown)
    with pytest.raises(KeyError):
        analyzer.get_templates([unknown])


def test_a_number_where_ids_are_text_is_told_so(analyzer: nbl.Analyzer):
    with pytest.raises(UnknownUnitError, match="Unit ids here are str, not int"):
        analyzer.get_unit_spike_train(1)


def test_ids_may_be_numpy_values(demo_folder: Path):
    analyzer = nbl.load(demo_folder)

    for unit in analyzer.unit_ids[:3]:
        assert isinstance(unit, np.generic)
        np.testing.assert_array_equal(
            analyzer.get_unit_spike_train(unit), analyzer.get_unit_spike_train(unit.item())
        )


def test_properties_are_read_by_name(analyzer: nbl.Analyzer):
    assert analyzer.get_sorting_property_keys() == ["depth", "main_channel_id"]
    assert analyzer.get_sorting_property("depth").tolist() == [0, 10, 20, 30, 40, 50]


def test_templates_that_hold_no_array_are_damaged(tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    np.save(folder / "extensions/templates/average.npy", np.float64(3))

    with pytest.raises(DamagedDataError, match=r"average\.npy has shape \(\)"):
        nbl.load(folder).get_templates()
