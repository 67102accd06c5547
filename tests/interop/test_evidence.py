"""The evidence on the card is what SpikeInterface computes of the same units."""

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.evidence.autocorrelogram import Autocorrelogram, lag_counts
from nb_autolabel.evidence.exp_decay import decay
from nb_autolabel.evidence.over_time import presence
from nb_autolabel.evidence.refractory import violations
from nb_autolabel.evidence.spike_train import SpikeTrain
from nb_autolabel.metrics.extrema import widths
from nb_autolabel.widgets.card import describe
from tests.conftest import shared

si = pytest.importorskip("spikeinterface.full")


@pytest.fixture(scope="module", params=["formats/si0.105.3_two_segments.zarr", "neuropixels_kilosort.zarr"])
def both(request):
    path = shared(request.param)
    # Fitted models of components are pickled: they are left alone.
    return si.load_sorting_analyzer(path, load_extensions=False), nbl.load(path)


@pytest.mark.parametrize(("window", "bin_ms"), [(10.0, 0.25), (50.0, 1.0)])
def test_autocorrelograms_are_those_of_spikeinterface(both, window, bin_ms):
    theirs, ours = both
    ccgs, _ = si.compute_correlograms(theirs.sorting, window_ms=2 * window, bin_ms=bin_ms, method="numpy")
    for at, unit in enumerate(ours.unit_ids):
        train = SpikeTrain.of(ours, unit)
        lags = lag_counts(train, round(window * train.sampling_frequency / 1000))
        found = Autocorrelogram.of(lags, train.sampling_frequency, window, bin_ms).counts
        half = ccgs[at, at][ccgs.shape[2] // 2 :]
        np.testing.assert_array_equal(found[1:], half[1:])
        # SpikeInterface counts two spikes at one sample twice, as lags before and after.
        assert half[0] - found[0] == lags.counts[0]


def test_violations_and_presence_are_those_of_spikeinterface(both):
    theirs, ours = both
    misc = pytest.importorskip("spikeinterface.metrics.quality.misc_metrics")
    for period in (1.0, 2.0):
        settings = {
            "quality_metrics": {
                "rp_violation": {"refractory_period_ms": period, "censored_period_ms": 0.2},
                "isi_violation": {"isi_threshold_ms": period},
                "presence_ratio": {"bin_duration_s": 3.0, "mean_fr_ratio_thresh": 0.5},
            }
        }
        pairs = misc.compute_refrac_period_violations(
            theirs, refractory_period_ms=period, censored_period_ms=0.2
        )
        _, intervals = misc.compute_isi_violations(theirs, isi_threshold_ms=period)
        present = misc.compute_presence_ratios(theirs, bin_duration_s=3.0, mean_fr_ratio_thresh=0.5)
        for unit, their_unit in zip(ours.unit_ids, theirs.unit_ids, strict=True):
            train = SpikeTrain.of(ours, unit)
            found = violations(train, lag_counts(train, 1500), settings)
            assert found["rp_violation"]["violations"] == pairs.rp_violations[their_unit]
            assert found["isi_violation"]["violations"] == intervals[their_unit]
            assert presence(train, settings).ratio == pytest.approx(present[their_unit], nan_ok=True)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"peak_function": "min"},
        {"linear_fit": True, "channel_tolerance": 33, "min_channels_for_fit": 2, "normalize_decay": True},
        {"linear_fit": False, "channel_tolerance": 100, "min_channels_for_fit": 3, "num_channels_for_fit": 6},
    ],
)
def test_fits_over_distance_are_those_of_spikeinterface(both, settings):
    from scipy.signal import resample_poly
    from spikeinterface.metrics.template.metrics import get_exp_decay

    _, ours = both
    asked = {"peak_function": "ptp", "min_r2": 0.2, **settings}
    for unit in ours.unit_ids:
        template = ours.get_unit_template(unit)
        names = ours.channel_ids.tolist()
        places = ours.get_channel_locations()[[names.index(c) for c in ours.get_unit_channel_ids(unit)]]
        expected = get_exp_decay(
            resample_poly(template, up=10, down=1, axis=0), places, ours.sampling_frequency, **asked
        )
        found = decay(template, places, {"template_metrics": {"exp_decay": asked}})
        assert found.value == pytest.approx(expected, rel=1e-3, abs=1e-6, nan_ok=True)


def test_widths_are_those_of_spikeinterface(both):
    from scipy.signal import resample_poly
    from spikeinterface.metrics.template.metrics import get_trough_and_peak_idx, get_waveform_widths

    _, ours = both
    frequency = ours.sampling_frequency
    for at, unit in enumerate(ours.unit_ids):
        wave = ours.get_templates([unit])[0][:, ours.main_channel_indices[at]]
        info = get_trough_and_peak_idx(resample_poly(wave, up=10, down=1), frequency * 10, 0.3, 0.09, 0.2, 3)
        expected = get_waveform_widths(info, frequency * 10)
        for name, window in zip(
            ("trough", "peak_before", "peak_after"), widths(wave, frequency), strict=True
        ):
            width = (window.right - window.left) / frequency
            assert width == pytest.approx(expected[f"{name}_width"], rel=1e-3, nan_ok=True)


def test_the_card_of_a_live_analyzer_is_that_of_its_file(both):
    theirs, ours = both
    for at in (0, 3):
        known, arrays = describe(nbl.load(theirs), at, ("shape", "train"))
        other, parts = describe(ours, at, ("shape", "train"))
        assert known == other
        for name, values in arrays.items():
            np.testing.assert_allclose(values, parts[name], rtol=1e-6)
