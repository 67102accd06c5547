"""The marks of the unit card stand where the criteria measure."""

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.metrics.extrema import extrema, stored_extrema
from nb_autolabel.widgets.card import describe
from tests.conftest import shared


def test_the_rule_finds_the_places_that_spikeinterface_has_stored_for_every_unit():
    demo = nbl.demo_analyzer()
    extension = demo.get_extension("template_metrics")
    differ = [
        unit
        for unit, template in enumerate(demo.main_channel_templates)
        if not np.allclose(
            extrema(template, demo.sampling_frequency), stored_extrema(extension, unit), equal_nan=True
        )
    ]
    assert differ == []


def test_the_stored_places_are_those_of_the_stored_durations():
    """Brute force: the duration in the metrics is the distance of the two places."""
    demo = nbl.demo_analyzer()
    extension = demo.get_extension("template_metrics")
    stored = demo.get_metrics_extension_data()["peak_to_trough_duration"].astype(float)
    for unit, duration in enumerate(stored):
        places = stored_extrema(extension, unit)
        away = (places.peak_after - places.trough) / demo.sampling_frequency
        assert away == pytest.approx(duration) or np.isnan(duration)


def test_a_peak_that_is_found_only_next_to_the_trough_is_not_taken_for_the_one_before():
    time = np.arange(90) / 30.0 - 1.0
    template = -np.exp(-0.5 * (time / 0.1) ** 2) * 100 + 35 * np.exp(-0.5 * ((time + 0.4) / 0.08) ** 2)
    found = extrema(template, 30_000.0)
    assert found.trough == pytest.approx(30, abs=0.3)
    assert found.peak_before == pytest.approx(18, abs=0.5)


def test_a_flat_or_broken_template_has_no_marks():
    for template in (np.zeros(60), np.full(60, np.nan), np.zeros(0)):
        assert np.isnan(extrema(template, 30_000.0)).all()


@pytest.mark.parametrize("name", ["si0.101.2.zarr", "si0.104.1.zarr", "si0.105.3_binary"])
def test_the_card_has_marks_whether_they_are_stored_or_not(name):
    analyzer = nbl.load(shared(f"formats/{name}"))
    known, arrays = describe(analyzer, 0)
    trough, before, after = known["marks"]
    main = arrays["template"][known["main"]]
    assert abs(trough - int(np.argmin(main))) < 1
    assert before is None or before < trough
    assert after > trough


def test_marks_follow_a_selection_of_units():
    demo = nbl.demo_analyzer()
    chosen = demo.unit_ids[[70, 3, 120]]
    marks = [describe(demo.select_units(chosen), at)[0]["marks"] for at in range(3)]
    assert marks == [describe(demo, at)[0]["marks"] for at in (70, 3, 120)]
