"""Every number of every preset, as labeling_rules.md and the how-to print them."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd
import pytest

from nb_autolabel import (
    bombcell_get_default_thresholds,
    bombcell_label_units,
    fit_thresholds,
    presets,
)
from nb_autolabel.errors import RuleError
from tests.conftest import shared

#: What the how-to prints, written out.
HOW_TO = {
    "mua": {
        "amplitude_cutoff": {"max": 0.2, "min": None},
        "amplitude_median": {"max": None, "min": 40},
        "drift_ptp": {"max": 100, "min": None},
        "num_spikes": {"max": None, "min": 300},
        "presence_ratio": {"max": None, "min": 0.7},
        "rp_contamination": {"max": 0.1, "min": None},
        "snr": {"max": None, "min": 5},
    },
    "noise": {
        "exp_decay": {"max": 0.1, "min": 0.01},
        "num_negative_peaks": {"max": 1, "min": None},
        "num_positive_peaks": {"max": 2, "min": None},
        "peak_after_to_trough_ratio": {"max": 0.8, "min": None},
        "peak_to_trough_duration": {"max": 0.00115, "min": 0.0001},
        "waveform_baseline_flatness": {"max": 0.5, "min": None},
    },
    "non-somatic": {
        "main_peak_to_trough_ratio": {"max": 0.8, "min": None},
        "peak_before_to_peak_after_ratio": {"max": 3, "min": None},
        "peak_before_to_trough_ratio": {"max": 3, "min": None},
        "peak_before_width": {"max": None, "min": 0.00015},
        "trough_width": {"max": None, "min": 0.0002},
    },
}


def test_the_default_thresholds_are_exactly_what_the_how_to_prints():
    assert bombcell_get_default_thresholds() == HOW_TO


def test_there_are_seven_presets_each_with_a_line_of_text():
    assert list(presets()) == [
        "default",
        "spikeinterface-0.104",
        "spikeinterface-0.105",
        "bombcell",
        "fitted",
        "allen",
        "ibl",
    ]
    assert all(text.strip() and "\n" not in text for text in presets().values())


def test_spikeinterface_0_104_differs_only_in_the_amplitude():
    amplitude = {"amplitude_median": {"min": 30, "max": None, "abs": True}}
    assert bombcell_get_default_thresholds("spikeinterface-0.104") == {
        **HOW_TO,
        "mua": {**HOW_TO["mua"], **amplitude},
    }


def test_spikeinterface_0_105_has_the_sliding_test_and_two_metrics_of_principal_components():
    assert bombcell_get_default_thresholds("spikeinterface-0.105") == {
        **HOW_TO,
        "mua": {
            "amplitude_median": {"min": 30, "max": None, "abs": True},
            "snr": {"min": 5, "max": None},
            "amplitude_cutoff": {"min": None, "max": 0.2},
            "num_spikes": {"min": 300, "max": None},
            "sliding_rp_violation": {"min": None, "max": 0.1, "nan": "fail"},
            "presence_ratio": {"min": 0.7, "max": None},
            "drift_ptp": {"min": None, "max": 100},
            "isolation_distance": {"min": 20, "max": None},
            "l_ratio": {"min": None, "max": 0.3},
        },
    }


def test_the_original_bombcell_has_its_own_flatness_and_widths_and_lets_missing_values_pass():
    assert bombcell_get_default_thresholds("bombcell") == {
        "noise": {
            "num_positive_peaks": {"min": None, "max": 2, "nan": "fail"},
            "num_negative_peaks": {"min": None, "max": 1, "nan": "fail"},
            "peak_to_trough_duration": {"min": 0.0001, "max": 0.00115, "nan": "pass"},
            "waveform_baseline_flatness": {"min": None, "max": 0.3, "nan": "pass"},
            "peak_after_to_trough_ratio": {"min": None, "max": 0.8, "nan": "pass"},
            "exp_decay": {"min": 0.01, "max": 0.1, "nan": "pass"},
        },
        "mua": {
            "amplitude_median": {"min": 40, "max": None, "nan": "pass"},
            "snr": {"min": 5, "max": None, "nan": "pass"},
            "amplitude_cutoff": {"min": None, "max": 0.2, "nan": "pass"},
            "num_spikes": {"min": 300, "max": None, "nan": "pass"},
            "rp_contamination": {"min": None, "max": 0.1, "nan": "pass"},
            "presence_ratio": {"min": 0.7, "max": None, "nan": "pass"},
            "drift_ptp": {"min": None, "max": None},
        },
        "non-somatic": {
            "peak_before_to_trough_ratio": {"min": None, "max": 0.2, "nan": "pass"},
            "peak_before_width": {"min": 4 / 30000, "max": None, "nan": "pass"},
            "trough_width": {"min": 5 / 30000, "max": None, "nan": "pass"},
            "peak_before_to_peak_after_ratio": {"min": None, "max": 3, "nan": "pass"},
            "main_peak_to_trough_ratio": {"min": None, "max": 0.8, "nan": "pass"},
        },
    }


def test_the_original_widths_are_133_and_167_microseconds():
    widths = bombcell_get_default_thresholds("bombcell")["non-somatic"]
    assert round(widths["peak_before_width"]["min"] * 1e6) == 133
    assert round(widths["trough_width"]["min"] * 1e6) == 167


def test_the_allen_filter_has_three_limits_and_a_missing_value_fails_each():
    assert bombcell_get_default_thresholds("allen") == {
        "mua": {
            "isi_violations_ratio": {"min": None, "max": 0.5, "nan": "fail"},
            "amplitude_cutoff": {"min": None, "max": 0.1, "nan": "fail"},
            "presence_ratio": {"min": 0.9, "max": None, "nan": "fail"},
        }
    }


def test_the_fitted_limits_are_what_fitting_to_the_shared_units_gives():
    files = sorted(Path(shared("labelled_units")).glob("*.csv"))
    data = pd.concat([pd.read_csv(f).assign(recording=f.stem) for f in files], ignore_index=True)
    metrics = data.drop(columns=["majority_vote", "is_noise", "cluster_id", "recording"])
    found = fit_thresholds(metrics, data.majority_vote, recordings=data.recording.tolist())
    ours = bombcell_get_default_thresholds("fitted")
    assert found.thresholds == ours
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for preset, least in (("default", 0.62), ("fitted", 0.67)):
            said = bombcell_label_units(metrics, preset=preset, label_non_somatic=False)["label"]
            assert (said == data.majority_vote).mean() > least
    assert ours["non-somatic"] == HOW_TO["non-somatic"]
    assert found.after["macro_f1"] > found.before["macro_f1"] + 0.03, "on recordings left out"


def test_the_ibl_criteria_are_three_and_a_missing_value_fails_each():
    assert bombcell_get_default_thresholds("ibl") == {
        "mua": {
            "sliding_rp_violation": {"min": None, "max": 0.1, "nan": "fail"},
            "noise_cutoff": {"min": None, "max": 5, "nan": "fail"},
            "amplitude_median": {"min": 50, "max": None, "abs": True, "nan": "fail"},
        }
    }


@pytest.mark.parametrize("preset", sorted(presets()))
def test_a_returned_table_can_be_changed_without_changing_the_next_one(preset):
    untouched = repr(bombcell_get_default_thresholds(preset))
    others = {name: repr(bombcell_get_default_thresholds(name)) for name in presets()}
    table = bombcell_get_default_thresholds(preset)
    for section in table.values():
        for entry in section.values():
            entry["max"] = 12345
        section.clear()
    assert repr(bombcell_get_default_thresholds(preset)) == untouched
    assert {name: repr(bombcell_get_default_thresholds(name)) for name in presets()} == others


def test_an_unknown_preset_is_refused_with_the_nearest_one_and_all_there_are():
    with pytest.raises(RuleError) as caught:
        bombcell_get_default_thresholds("spikeinterface-0.15")
    assert str(caught.value) == (
        "there is no preset 'spikeinterface-0.15'. Did you mean 'spikeinterface-0.105'? Presets: default, "
        "spikeinterface-0.104, spikeinterface-0.105, bombcell, fitted, allen, ibl."
    )
