"""Spikes that a folder holds in no order of time give the same pairs, merged metrics and trains as in order."""

import json
from pathlib import Path

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.evidence.over_time import firing_rate, presence
from nb_autolabel.evidence.spike_train import SpikeTrain
from nb_autolabel.widgets.pair_message import described

#: Per spike, beside the spikes themselves.
PER_SPIKE = (
    "spike_amplitudes/amplitudes.npy",
    "amplitude_scalings/amplitude_scalings.npy",
    "amplitude_scalings/collision_mask.npy",
    "spike_locations/spike_locations.npy",
)


def in_two_segments(folder: Path) -> Path:
    """Write six units of the demo as two segments, each with times of its own that begin at 0."""
    demo = nbl.demo_analyzer()
    demo.select_units(demo.unit_ids[:6]).save_as(format="binary_folder", folder=folder)
    spikes = np.load(folder / "sorting" / "spikes.npy")
    half = demo.get_num_samples() // 2
    late = spikes["sample_index"] >= half
    spikes["segment_index"] = late
    spikes["sample_index"] -= half * late
    np.save(folder / "sorting" / "spikes.npy", spikes)
    for path, name, value in (
        ("sorting/numpysorting_info.json", "num_segments", 2),
        ("recording_info/recording_attributes.json", "num_samples", [half, demo.get_num_samples() - half]),
    ):
        known = json.loads((folder / path).read_text())
        (folder / path).write_text(json.dumps(known | {name: value}))
    return folder


def shuffle(folder: Path) -> Path:
    """Put the spikes of a folder, and what it holds for each, in no order at all: segments too are mixed."""
    spikes = np.load(folder / "sorting" / "spikes.npy")
    order = np.random.default_rng(3).permutation(len(spikes))
    for path in [folder / "sorting" / "spikes.npy", *(folder / "extensions" / name for name in PER_SPIKE)]:
        np.save(path, np.load(path)[order])
    return folder


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The units with their spikes in order, and in none."""
    root = tmp_path_factory.mktemp("unordered")
    return nbl.load(in_two_segments(root / "ordered")), nbl.load(shuffle(in_two_segments(root / "shuffled")))


def test_pairs_and_their_merged_unit_are_those_of_the_spikes_in_order(both):
    right, found = (nbl.LiveBombcell(analyzer, journal=None) for analyzer in both)
    ids = both[0].unit_ids
    for one, other in ((0, 1), (2, 5)):
        expected, pair = right.pair(ids[one], ids[other]), found.pair(ids[one], ids[other])
        assert str(pair.verdict) == str(expected.verdict)
        for mine, theirs in zip((pair.cross, *pair.autos), (expected.cross, *expected.autos), strict=True):
            assert mine.lags.sum() > 0
            np.testing.assert_array_equal(mine.lags, theirs.lags)
            assert mine.chance == pytest.approx(theirs.chance)
        assert pair.evidence.over == expected.evidence.over
        assert pair.merged.metrics == pytest.approx(expected.merged.metrics, nan_ok=True)
        sent, drawn = described(pair, both[1], (one, other)), described(expected, both[0], (one, other))
        assert sent[0] == drawn[0]
        for name in ("times_one", "amplitudes_one", "times_other", "amplitudes_other"):
            np.testing.assert_array_equal(sent[1][name], drawn[1][name])


def test_pairs_are_counted_within_the_segments_that_spikes_belong_to(both):
    """Pair by pair: the lags of two units in each of the two segments."""
    right = nbl.LiveBombcell(both[1], journal=None).pair(*both[1].unit_ids[:2])
    window = len(right.cross.lags) // 2
    expected = np.zeros(2 * window, np.int64)
    spikes = both[1].spikes
    for segment in range(2):
        here = spikes[spikes["segment_index"] == segment]
        one, other = (here["sample_index"][here["unit_index"] == unit] for unit in (0, 1))
        lags = (other[np.newaxis, :] - one[:, np.newaxis]).ravel()
        expected += np.bincount(lags[(lags >= -window) & (lags < window)] + window, minlength=2 * window)
    np.testing.assert_array_equal(right.cross.lags, expected)


def test_a_train_is_ascending_as_it_says(both):
    for unit in both[0].unit_ids:
        for segment in range(2):
            train = both[1].get_unit_spike_train(unit, segment)
            assert (np.diff(train) >= 0).all()
            np.testing.assert_array_equal(train, both[0].get_unit_spike_train(unit, segment))


def test_amplitudes_rate_and_presence_over_time_are_those_of_the_spikes_in_order(both):
    unit = both[0].unit_ids[2]
    expected, train = (SpikeTrain.of(analyzer, unit) for analyzer in both)
    stored = [analyzer.get_unit_spike_data(unit, "spike_amplitudes", "amplitudes") for analyzer in both]
    np.testing.assert_array_equal(train.arranged(stored[1]), expected.arranged(stored[0]))
    np.testing.assert_array_equal(firing_rate(train, 40), firing_rate(expected, 40))
    np.testing.assert_array_equal(presence(train, {}).present, presence(expected, {}).present)
