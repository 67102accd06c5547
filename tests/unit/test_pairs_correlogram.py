"""Correlograms count what counting pair by pair counts, never across segments, and know what chance gives."""

import numpy as np
import pytest

from nb_autolabel.evidence.spike_train import SpikeTrain
from nb_autolabel.pairs import cross_correlogram
from nb_autolabel.pairs.cross_correlogram import correlogram, lags_of, own_lags_of, pairs_a_sample
from nb_autolabel.pairs.take_over import take_over
from nb_autolabel.pairs.trains import merged_train

RATE = 30000.0


def train(*segments, lengths=None):
    samples = tuple(np.sort(np.asarray(each, np.int64)) for each in segments)
    return SpikeTrain(samples, None, np.array(lengths or [3_000_000 for _ in samples]), RATE)


def counted(one, other, window):
    """Lags of all pairs, one by one."""
    found = np.zeros(2 * window, np.int64)
    for first, second in zip(one.segments, other.segments, strict=True):
        for i, a in enumerate(first):
            for j, b in enumerate(second):
                if (one is not other or i != j) and -window <= b - a < window:
                    found[b - a + window] += 1
    return found


@pytest.mark.parametrize("seed", range(5))
def test_lags_are_those_of_counting_pair_by_pair(seed):
    random = np.random.default_rng(seed)
    one = train(random.integers(0, 900, 60), random.integers(0, 900, 10))
    other = train(random.integers(0, 900, 45), random.integers(0, 900, 30))
    assert lags_of(one, other, 40).tolist() == counted(one, other, 40).tolist()
    assert own_lags_of(one, 40).tolist() == counted(one, one, 40).tolist()


def test_a_train_without_spikes_has_no_lags():
    empty, one = train([]), train([3, 8])
    for a, b in ((empty, one), (one, empty), (empty, empty)):
        assert not lags_of(a, b, 10).any()
    assert not own_lags_of(empty, 10).any()
    assert correlogram(empty, one).chance == 0
    assert correlogram(empty, empty).spread == 0


def test_no_pair_reaches_across_segments():
    """The same sample in another segment is another time."""
    one, other = train([100], []), train([], [101])
    assert not correlogram(one, other).lags.any()
    assert pairs_a_sample(one, other) == 0
    both = merged_train([train([100, 5000], [7]), train([2], [3, 100])])
    assert [each.tolist() for each in both.segments] == [[2, 100, 5000], [3, 7, 100]]


def test_a_bin_holds_whole_samples_so_that_all_hold_equally_many():
    """0.25 ms are 7.5 samples at 30 kHz: bins of 7 and 8 by turns would be a comb."""
    found = correlogram(train([0]), train([1]))
    assert found.width == 8
    assert found.bin_ms == pytest.approx(0.2667, abs=1e-4)
    assert len(found.counts) * found.bin_ms >= 100
    middle = len(found.counts) // 2
    assert np.flatnonzero(found.counts).tolist() == [middle]
    assert np.flatnonzero(correlogram(train([1]), train([0])).counts).tolist() == [middle - 1]


def test_windows_on_both_sides_leave_out_their_lower_end():
    pairs = correlogram(train([1000]), train([1000, 1015, 1016, 1045, 1046, 985, 984, 955, 954]))
    same, refractory = pairs.between(0, 0.5), pairs.between(0.5, 1.5)
    assert (same.before, same.after) == (1, 2)
    assert (refractory.before, refractory.after) == (2, 2)


def test_chance_is_what_independent_units_have_also_where_their_rates_change():
    """A unit of the first half and a unit of the second one are expected to have no pairs at all."""
    random = np.random.default_rng(1)
    n, length = 20_000, int(600 * RATE)
    flat = [train(random.integers(0, length, n), lengths=(length,)) for _ in range(2)]
    early, late = (
        train(random.integers(low, high, n), lengths=(length,))
        for low, high in ((0, length // 2), (length // 2, length))
    )
    for one, other in ((flat[0], flat[1]), (early, flat[0])):
        found = correlogram(one, other)
        many, expected = int(found.lags.sum()), found.chance_a_sample * len(found.lags)
        assert abs(many - expected) < 4 * np.sqrt(expected)
        assert found.spread == pytest.approx(np.sqrt(found.chance))
    assert correlogram(early, late).chance < 0.02 * correlogram(early, flat[0]).chance


def test_of_units_with_very_many_spikes_a_part_is_counted_and_chance_is_of_that_part(monkeypatch):
    random = np.random.default_rng(2)
    length = int(300 * RATE)
    one, other = (train(random.integers(0, length, 30_000), lengths=(length,)) for _ in range(2))
    whole = correlogram(one, other), correlogram(one, one)
    monkeypatch.setattr(cross_correlogram, "MOST_PAIRS", 50_000)
    for found, all_of_it in zip((correlogram(one, other), correlogram(one, one)), whole, strict=True):
        assert found.part < 0.3
        assert found.spikes == pytest.approx(found.part * 30_000)
        assert found.chance == pytest.approx(all_of_it.chance * found.part, rel=0.05)
        assert abs(found.counts.mean() - found.chance) < 0.03 * found.chance
    assert correlogram(one, one).lags[len(whole[1].lags) // 2] < 30


def test_what_spikes_have_follows_the_order_of_the_merged_train():
    one, other = train([5, 20], [1]), train([7], [0, 3])
    values = merged_train([one, other]).arranged(np.array([5, 20, 101, 7, 100, 103]))
    assert values.tolist() == [5, 7, 20, 100, 101, 103]


@pytest.mark.parametrize("many", [500, 150_000])
def test_the_moment_at_which_one_unit_takes_over_is_found(many):
    random = np.random.default_rng(0)
    early, late = np.sort(random.uniform(0, 240, many)), np.sort(random.uniform(240, 900, many))
    found = take_over((late, early), (np.full(many, 8.0), np.full(many, -7.0)))
    assert (found.first, found.share) == (1, pytest.approx(1.0, abs=0.01))
    assert found.time == pytest.approx(240, abs=2)
    assert found.amplitudes == (-7.0, 8.0)
    together = take_over((early, np.sort(random.uniform(0, 240, many))))
    assert together.share < 0.1
    assert together.amplitudes is None


def test_one_spike_each_has_a_moment_too():
    assert take_over((np.array([1.0]), np.array([3.0]))).time == 2.0
    assert take_over((np.array([2.0]), np.array([2.0]))).share == 0.0
