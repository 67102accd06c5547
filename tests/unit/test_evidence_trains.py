"""What follows from a unit's spike train is what counting one by one gives, in every segment for itself."""

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.evidence.autocorrelogram import Autocorrelogram, interval_counts, lag_counts
from nb_autolabel.evidence.lag_bins import log_binned, log_edges
from nb_autolabel.evidence.over_time import density, firing_rate, presence
from nb_autolabel.evidence.refractory import periods, violations
from nb_autolabel.evidence.spike_train import SpikeTrain

RATE = 30_000.0


def train_of(*segments, lengths=None):
    parts = tuple(np.sort(np.asarray(part, dtype=np.int64)) for part in segments)
    lengths = lengths or [int(part.max(initial=0)) + 1 for part in parts]
    return SpikeTrain(parts, None, np.array(lengths), RATE)


def counted(train, max_lag):
    """Pairs by lag, one after another."""
    found = np.zeros(max_lag + 1)
    for part in train.segments:
        for i, first in enumerate(part.tolist()):
            for second in part[i + 1 :].tolist():
                if second - first <= max_lag:
                    found[second - first] += 1
    return found


@pytest.mark.parametrize(
    "segments",
    [
        [[]],
        [[5]],
        [[5, 5, 5]],
        [[0, 10, 2**40]],
        [[0, 1, 2, 3, 4, 5, 6]],
        [[], [3, 4], []],
        [np.random.default_rng(1).integers(0, 20_000, 300)],
        [
            np.random.default_rng(2).integers(0, 200_000, 300),
            np.random.default_rng(3).integers(0, 3_000, 200),
        ],
        [np.concatenate([np.full(40, 77), np.random.default_rng(4).integers(0, 10**6, 100)])],
    ],
)
def test_pairs_are_those_counted_one_by_one_and_never_of_two_segments(segments):
    train = train_of(*segments)
    lags = lag_counts(train, 1500)
    assert lags.exact
    np.testing.assert_array_equal(lags.counts, counted(train, 1500))


def test_of_too_many_pairs_a_part_is_counted_and_scaled_and_that_is_said():
    train = train_of(np.random.default_rng(0).integers(0, 3_000_000, 60_000), np.zeros(3000, int))
    exact, part = lag_counts(train, 1500), lag_counts(train, 1500, most_pairs=1_000_000)
    assert exact.exact
    assert not part.exact
    assert part.counts.sum() == pytest.approx(exact.counts.sum(), rel=0.1)
    # Lags that many pairs have come out as well as their number allows.
    near = part.counts[1:].reshape(15, 100).sum(axis=1)
    assert near == pytest.approx(exact.counts[1:].reshape(15, 100).sum(axis=1), rel=0.15)


def test_many_spikes_at_one_sample_take_no_time_in_proportion_to_their_square():
    lags = lag_counts(train_of(np.zeros(200_000, int)), 1500)
    assert not lags.exact
    assert lags.counts[0] == pytest.approx(200_000 * 199_999 / 2, rel=0.5)


@pytest.mark.parametrize(
    ("rate", "bin_ms", "samples"), [(30_000, 0.25, 8), (32_000, 0.25, 8), (1_000, 0.25, 1), (25_000, 1.0, 25)]
)
def test_bins_are_whole_samples_so_that_a_flat_correlogram_is_flat(rate, bin_ms, samples):
    lags = lag_counts(train_of(np.arange(5000)), 2000)
    found = Autocorrelogram.of(lags, rate, 10, bin_ms)
    assert found.bin_ms == pytest.approx(1000 * samples / rate)
    assert len(found.counts) == (10 * rate // 1000) // samples
    expected = [lags.counts[b * samples : (b + 1) * samples].sum() for b in range(len(found.counts))]
    np.testing.assert_array_equal(found.counts, expected)


def test_a_random_train_fires_at_its_rate_at_every_lag():
    """The level "at random" is what a train without refractory period shows, with segments of unlike rates too."""
    random = np.random.default_rng(5)
    lengths = [3_000_000, 9_000_000]
    train = train_of(
        *(random.integers(0, n, k) for n, k in zip(lengths, (20_000, 12_000), strict=True)), lengths=lengths
    )
    lags = lag_counts(train, 1500)
    seen = lags.counts[1:].sum() / train.n_spikes / (1500 / RATE)
    assert train.rate == pytest.approx((20_000**2 / 100 + 12_000**2 / 300) / 32_000)
    assert seen == pytest.approx(train.rate, rel=0.03)


def test_intervals_are_those_of_the_histogram_whether_short_or_long():
    random = np.random.default_rng(6)
    parts = [np.cumsum(random.lognormal(6, 3, 2000).astype(np.int64)), np.array([0, 0, 3, 10**8])]
    edges = np.geomspace(0.1, 1e5, 97) * RATE / 1000
    edges[[0, -1]] = -1, np.inf
    expected = sum(np.histogram(np.diff(part), edges)[0] for part in parts)
    np.testing.assert_array_equal(interval_counts(train_of(*parts)), expected)
    assert interval_counts(train_of([4])).sum() == 0


def test_the_stored_settings_of_metrics_give_the_refractory_period_and_else_the_default():
    stored = {"quality_metrics": {"rp_violation": {"refractory_period_ms": 2.5, "censored_period_ms": 0.1}}}
    assert periods(stored)["rp_violation"] == (2.5, 0.1, True)
    assert periods({})["rp_violation"] == (1.0, 0.0, False)
    assert periods({})["isi_violation"] == (1.5, 0.0, False)
    for wrong in ("a", None, -1, float("nan"), 1e9, [1]):
        stored["quality_metrics"]["rp_violation"]["refractory_period_ms"] = wrong
        assert periods(stored)["rp_violation"][0] == 1.0


def test_violations_are_the_metrics_of_the_bundled_recording():
    demo = nbl.demo_analyzer()
    table = demo.get_metrics_extension_data()
    from nb_autolabel.metrics.settings import computed_with

    settings = computed_with(demo)
    for unit in demo.unit_ids[:40]:
        train = SpikeTrain.of(demo, unit)
        found = violations(train, lag_counts(train, 1500), settings)
        assert found["rp_violation"]["violations"] == table.loc[unit, "rp_violations"]
        assert found["isi_violation"]["violations"] == table.loc[unit, "isi_violations_count"]
        assert presence(train, settings).ratio == pytest.approx(table.loc[unit, "presence_ratio"])
        assert train.n_spikes / train.duration == pytest.approx(table.loc[unit, "firing_rate"])


def test_violations_stay_exact_where_the_correlogram_is_drawn_from_a_part():
    train = train_of(np.random.default_rng(7).integers(0, 3_000_000, 20_000))
    exact = violations(train, lag_counts(train, 1500), {})
    part = violations(train, lag_counts(train, 1500, most_pairs=10_000), {})
    for name in ("rp_violation", "isi_violation"):
        assert part[name] == exact[name]
        assert part[name]["exact"]


def test_the_rate_over_time_counts_every_spike_once():
    train = train_of([0, 10, 99], [0, 50], lengths=[100, 100])
    rates = firing_rate(train, 4)
    assert rates.tolist() == [2 * RATE / 50, RATE / 50, RATE / 50, RATE / 50]
    assert train.breaks == [100 / RATE]
    assert firing_rate(train_of([]), 4).tolist() == [0, 0, 0, 0]


def test_a_density_holds_every_spike_that_has_a_number_and_says_how_many_lie_beyond():
    random = np.random.default_rng(8)
    samples = np.sort(random.integers(0, 1000, 5000))
    values = random.normal(-50, 5, 5000).astype(np.float32)
    values[:3] = np.nan, np.inf, -1e6
    found = density(samples, values, 1000, (20, 10), shown=-30.0)
    assert found.counts.sum() == 4998
    assert found.outside == 1
    assert found.low < -60
    assert found.high > -30, "the value that is asked for is on the axis"
    np.testing.assert_array_equal(
        found.counts.sum(axis=1), np.histogram(samples[2:], np.linspace(0, 1000, 21))[0]
    )
    assert density(samples, np.full(5000, np.nan), 1000, (20, 10)) is None
    assert density(samples, np.full(5000, 3.0), 1000, (20, 10)).counts.sum() == 5000


def test_spikes_that_are_not_in_order_are_put_in_order_with_what_is_stored_for_them():
    demo = nbl.demo_analyzer()

    class Shuffled:
        """The demo's first unit with its spikes in another order."""

        sampling_frequency = demo.sampling_frequency
        spikes = demo.spikes

        def get_num_segments(self):
            return 1

        def get_num_samples(self, segment_index=0):
            return demo.get_num_samples(segment_index)

        def get_unit_spike_rows(self, unit_id):
            return np.random.default_rng(0).permutation(demo.get_unit_spike_rows(unit_id))

    train = SpikeTrain.of(Shuffled(), demo.unit_ids[0])
    plain = SpikeTrain.of(demo, demo.unit_ids[0])
    np.testing.assert_array_equal(train.samples, plain.samples)
    rows = Shuffled().get_unit_spike_rows(demo.unit_ids[0])
    np.testing.assert_array_equal(train.arranged(demo.spikes["sample_index"][rows]), plain.samples)


@pytest.mark.parametrize("rate", [30_000.0, 32_000.0, 25_000.0, 20_000.0, 1_000.0, 10.0, 0.5])
def test_logarithmic_bins_hold_whole_samples_each_lag_once_and_none_is_too_narrow(rate):
    edges = log_edges(rate)
    widths = np.diff(edges)
    assert (widths >= max(1, round(0.1 * rate / 1000))).all()
    counts = np.arange(edges[-1] + 5)
    assert log_binned(counts, edges).sum() == counts[edges[0] : edges[-1]].sum()
    if rate >= 20_000:
        assert edges[[0, -1]] * 1000 / rate == pytest.approx([0.3, 50], abs=0.03)
        assert 20 <= len(widths) <= 27
        # Equal steps on the axis where bins are wider than the narrowest: 12 a decade.
        assert widths[-8:] / edges[-9:-1] == pytest.approx(10 ** (1 / 12) - 1, abs=0.02)


def test_a_rate_without_any_structure_is_level_in_logarithmic_bins():
    """Bins of different widths show the same rate: a train at random has no slope that comes from the axis."""
    n, length = 60_000, 3_000_000 * 10
    train = train_of(np.random.default_rng(1).integers(0, length, n), lengths=[length])
    edges = log_edges(RATE)
    rates = log_binned(lag_counts(train, int(edges[-1])).counts, edges) / (n * np.diff(edges) / RATE)
    spread = np.sqrt(train.rate / (n * np.diff(edges) / RATE))
    assert (np.abs(rates - train.rate) < 4 * spread).all()


def test_lags_that_were_not_counted_are_none_in_logarithmic_bins():
    assert log_binned(np.ones(40), np.array([9, 30, 60, 1500])).tolist() == [21, 10, 0]
