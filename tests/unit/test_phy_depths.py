"""Depths of spikes in a Kilosort folder without positions come from the features, row by row."""

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.widgets.card import describe
from tests.kilosort_folder import make_kilosort_folder


@pytest.fixture(params=[False, True], ids=["in order", "out of order"])
def made(tmp_path, request):
    """A folder whose spikes' features say on which channel each of them is."""
    found = make_kilosort_folder(tmp_path / "ks", curated=request.param)
    random = np.random.default_rng(1)
    count = len(found.times)
    nearest = random.integers(0, 4, count)
    features = np.full((count, 3, 4), -1.0, np.float32)
    features[np.arange(count), 0, nearest] = 3.0
    channels = np.stack([random.permutation(10)[:4] for _ in range(6)])
    found.save(pc_features=features, pc_feature_ind=channels.astype(np.uint32))
    (found.folder / "spike_positions.npy").unlink()
    if request.param:
        found.save(spike_times=found.times[::-1].copy())
    depths = found.positions[channels[found.templates_of_spikes, nearest], 1]
    return found, depths


def test_each_spike_is_as_deep_as_its_features_say(made):
    found, depths = made
    analyzer = nbl.load(found.folder)
    order = np.argsort(np.load(found.folder / "spike_times.npy"), kind="stable")
    rows = np.arange(0, len(order), 7)
    np.testing.assert_allclose(analyzer.source.depths_of_spikes(rows), depths[order][rows])


def test_the_card_draws_them_also_of_a_selection_of_units(made):
    found, depths = made
    analyzer = nbl.load(found.folder)
    unit = analyzer.unit_ids[2]
    own = depths[found.clusters == unit]
    for opened in (analyzer, analyzer.select_units(analyzer.unit_ids[[3, 2]])):
        at = opened.unit_ids.tolist().index(unit)
        known, arrays = describe(opened, at, ("train",))
        assert known["depth"]["said"].startswith("From their first principal components")
        assert arrays["depth_histogram"].sum() == len(own)
        edges = np.linspace(known["depth"]["low"], known["depth"]["high"], len(arrays["depth_histogram"]) + 1)
        np.testing.assert_array_equal(arrays["depth_histogram"], np.histogram(own, edges)[0])


def test_a_spike_without_features_has_no_depth_and_the_others_stay(made):
    found, _ = made
    features = np.load(found.folder / "pc_features.npy")
    features[:10] = 0
    features[10, 0, 0] = np.nan
    found.save(pc_features=features)
    analyzer = nbl.load(found.folder)
    values = analyzer.source.depths_of_spikes(np.arange(len(found.times)))
    assert np.isnan(values).sum() in (10, 11)
    assert describe(analyzer, 0, ("train",))[1]["depth_histogram"].sum() > 0


@pytest.mark.parametrize("wrong", ["shape", "channels", "no array", "part"])
def test_features_that_do_not_fit_are_said_and_harm_nothing_else(made, wrong):
    found, _ = made
    if wrong == "shape":
        found.save(pc_features=np.zeros((5, 3, 4), np.float32))
    elif wrong == "channels":
        found.save(pc_feature_ind=np.zeros((6, 9)))
    elif wrong == "part":
        found.save(pc_feature_spike_ids=np.arange(5))
    else:
        (found.folder / "pc_features.npy").write_bytes(b"not an array")
    known, arrays = describe(nbl.load(found.folder), 0, ("train",))
    assert "depth_density" not in arrays
    assert any(text.startswith("No depths over time: ") for text in known["missing"])
    assert "acg" in arrays


def test_channels_that_are_none_count_for_nothing(made):
    found, _ = made
    found.save(pc_feature_ind=np.full((6, 4), 99.0))
    values = nbl.load(found.folder).source.depths_of_spikes(np.arange(20))
    assert np.isnan(values).all()
