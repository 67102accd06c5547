"""What is known of each metric, as far as labels depend on it."""

from __future__ import annotations

import pytest

from nb_autolabel import bombcell_get_default_thresholds, presets
from nb_autolabel.metrics.registry import OLDER_NAMES, REGISTRY, Metric, metric, other_names


def test_only_amplitude_median_is_a_magnitude():
    assert [name for name, known in REGISTRY.items() if known.magnitude] == ["amplitude_median"]


def test_only_a_missing_sliding_rp_violation_is_itself_a_bad_result():
    assert [name for name, known in REGISTRY.items() if known.nan_is_failure] == ["sliding_rp_violation"]


def test_every_metric_is_registered_once_under_its_own_name_with_a_meaning():
    assert all(name == known.name and known.meaning for name, known in REGISTRY.items())


def test_every_metric_that_a_preset_uses_is_registered():
    used = {m for p in presets() for section in bombcell_get_default_thresholds(p).values() for m in section}
    assert used <= set(REGISTRY)


def test_an_unknown_metric_is_a_plain_signed_number():
    assert metric("my_own") == Metric("my_own")
    assert (metric("my_own").factor, metric("my_own").scale, metric("my_own").magnitude) == (
        1.0,
        "linear",
        False,
    )


def test_a_shown_value_is_the_stored_one_times_a_factor():
    assert metric("peak_to_trough_duration").factor == 1000.0
    assert metric("peak_to_trough_duration").title == "peak_to_trough_duration (ms)"
    assert metric("snr").title == "snr"


def test_the_older_names_are_the_three_that_changed():
    assert OLDER_NAMES == {
        "peak_to_valley": ("peak_to_trough_duration", 1.0),
        "peak_trough_ratio": ("peak_after_to_trough_ratio", -1.0),
        "half_width": ("trough_half_width", 1.0),
    }


@pytest.mark.parametrize("older", sorted(OLDER_NAMES))
def test_other_names_undo_one_another(older):
    ((newer, factor),) = other_names(older)
    ((back, other_factor),) = other_names(newer)
    assert back == older
    assert factor * other_factor == 1.0


def test_a_metric_that_was_never_renamed_has_no_other_name():
    assert other_names("snr") == ()
