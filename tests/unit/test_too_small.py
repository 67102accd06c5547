"""Amplitudes that cannot be µV (a gain that was not applied, volts) are named before limits in µV fail every unit."""

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.classifiers.store import bundled
from nb_autolabel.cli import main
from nb_autolabel.metrics.table import MetricTable
from nb_autolabel.metrics.too_small import too_small_in_words


@pytest.fixture(scope="module")
def metrics():
    return nbl.demo_analyzer().get_metrics_extension_data()


def smaller(metrics, factor):
    return metrics.assign(amplitude_median=metrics["amplitude_median"] * factor)


@pytest.mark.parametrize("factor", [1 / 50, 1 / 195, 1e-6], ids=["gain", "other gain", "volts"])
def test_amplitudes_that_cannot_be_microvolts_are_said_to_be_too_small(metrics, factor):
    said = too_small_in_words(MetricTable.of(smaller(metrics, factor)))
    assert said.startswith("The median amplitude is ")
    assert "gain" in said
    assert "switch off the limits of amplitude_median" in said


def test_usual_amplitudes_of_either_sign_missing_ones_and_few_units_say_nothing(metrics):
    for table in (
        metrics,
        smaller(metrics, -1),
        smaller(metrics, np.nan),
        smaller(metrics, 0.0),
        smaller(metrics, 1e-3).head(2),
        metrics.drop(columns=["amplitude_median"]),
        metrics.head(0),
    ):
        assert too_small_in_words(MetricTable.of(table)) == ""


def test_templates_are_looked_at_where_the_metric_is_missing(metrics):
    table = MetricTable.of(metrics.drop(columns=["amplitude_median"]))
    templates = nbl.demo_analyzer().main_channel_templates
    assert too_small_in_words(table, templates) == ""
    assert "peak of the templates" in too_small_in_words(table, templates / 100)


def test_a_magnitude_in_arbitrary_units_is_not_called_small(metrics):
    table = MetricTable.of(smaller(metrics, 0.001))
    table.arbitrary = "the analyzer holds counts"
    assert too_small_in_words(table) == ""


def test_inputs_of_a_classifier_doctor_and_command_line_say_it(metrics, tmp_path, capsys):
    tiny = smaller(metrics, 1 / 50)
    classifier = bundled("noise")
    found = nbl.check_inputs(tiny, classifier)
    assert any("too small for spikes" in f.text and f.kind == "unit" for f in found.findings)
    assert not any("too small" in f.text for f in nbl.check_inputs(metrics, classifier).findings)
    tiny.to_csv(tmp_path / "tiny.csv", index_label="unit_id")
    assert any("too small for spikes" in note for note in nbl.doctor(tmp_path / "tiny.csv").notes)
    main(["label", str(tmp_path / "tiny.csv"), "--allow-missing"])
    assert "too small for spikes" in capsys.readouterr().err


def test_a_labeler_shows_it_above_the_limits(metrics):
    tiny = nbl.BombcellLabeler(smaller(metrics, 1 / 50), journal=None)
    notes = [w.value for w in tiny.parts.values() if hasattr(w, "value") and "nbl-too-small" in str(w.value)]
    assert len(notes) == 1
    assert "too small for spikes" in notes[0]
    tiny.close()
    usual = nbl.BombcellLabeler(metrics, journal=None)
    assert not any("nbl-too-small" in str(getattr(w, "value", "")) for w in usual.parts.values())
    usual.close()


def test_frames_of_text_are_no_amplitudes(metrics):
    table = pd.DataFrame({"amplitude_median": ["a", "b", "c"], "snr": [1.0, 2.0, 3.0]}, index=[1, 2, 3])
    assert too_small_in_words(MetricTable.of(table)) == ""
