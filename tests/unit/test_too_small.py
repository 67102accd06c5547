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


# ------------------------------------------------------------------ many recordings


def cohort_of(metrics, factors):
    """Recordings r0, r1, ... whose amplitudes are those of the bundled one times a factor."""
    frames = [smaller(metrics, factor).assign(recording=f"r{at}") for at, factor in enumerate(factors)]
    return nbl.Cohort(pd.concat(frames).reset_index(drop=True), cache=False, scheduler="one")


def said_of(cohort, templates=None):
    return too_small_in_words(MetricTable.of(cohort.analyzer), templates)


def test_each_recording_of_a_cohort_that_is_too_small_is_named_and_no_other(metrics):
    said = said_of(cohort_of(metrics, [1, 1 / 50, 1, 1e-6, 1]))
    assert said.startswith("The median amplitudes of 2 recordings are too small")
    assert "r1 (" in said
    assert "r3 (" in said
    assert not any(name in said for name in ("r0", "r2", "r4"))
    one = said_of(cohort_of(metrics, [1, 1, 1 / 50]))
    assert one.startswith("The median amplitude of r2 is ")
    assert said_of(cohort_of(metrics, [1, -1, 3, np.nan])) == ""


def test_all_recordings_are_named_where_all_are_too_small(metrics):
    said = said_of(cohort_of(metrics, [1 / 50] * 12))
    assert all(f"r{at} (" in said for at in range(12))


def test_recordings_of_few_units_are_judged_together(metrics):
    assert "r0 (" in said_of(cohort_of(metrics.head(2), [1 / 50, 1 / 50]))
    assert said_of(cohort_of(metrics.head(2), [1 / 50])) == ""
    assert said_of(cohort_of(metrics.head(2), [1 / 50, 1, 1])) == "", "two values of five say nothing"


def test_of_a_recording_without_the_metric_the_templates_are_looked_at(metrics):
    whole, without = (
        metrics.assign(recording="a"),
        metrics.drop(columns="amplitude_median").assign(recording="b"),
    )
    cohort = nbl.Cohort(pd.concat([whole]).reset_index(drop=True), cache=False, scheduler="one")
    assert said_of(cohort) == ""
    cohort = nbl.Cohort(
        [whole.drop(columns="recording"), without.drop(columns="recording")], cache=False, scheduler="one"
    )
    templates = np.concatenate([nbl.demo_analyzer().main_channel_templates] * 2)
    assert said_of(cohort, templates) == ""
    assert said_of(cohort, templates / 100).startswith("The median peak of the templates of recording 2 is ")


def test_a_part_of_a_cohort_names_the_recordings_of_its_units(metrics):
    cohort = cohort_of(metrics, [1, 1 / 50])
    few = cohort.analyzer.select_units(cohort.analyzer.unit_ids[: len(metrics) + 20])
    assert said_of(cohort_of(metrics, [1, 1])) == ""
    assert too_small_in_words(MetricTable.of(few)).startswith("The median amplitude of r1 is ")


def test_labeler_inputs_command_line_and_report_of_a_cohort_name_them(metrics, tmp_path, capsys):
    cohort = cohort_of(metrics, [1, 1 / 50, 1])
    labeler = nbl.BombcellLabeler(cohort, journal=None)
    notes = [w.value for w in labeler.parts.values() if "nbl-too-small" in str(getattr(w, "value", ""))]
    assert len(notes) == 1
    assert "of r1 is" in notes[0]
    labeler.close()
    found = nbl.check_inputs(cohort, bundled("noise")).findings
    assert [f.text for f in found if "too small" in f.text and "of r1 is" in f.text]
    for name in cohort.names:
        smaller(metrics, 1 / 50 if name == "r1" else 1).to_csv(
            tmp_path / f"{name}.csv", index_label="unit_id"
        )
    for method in ("bombcell", "unitrefine"):
        page = tmp_path / f"{method}.html"
        main(
            ["label", str(tmp_path / "*.csv"), "--method", method, "--allow-missing", "--summary", str(page)]
        )
        assert "of r1 is" in capsys.readouterr().err
        assert "amplitude of r1 is" in page.read_text(encoding="utf-8")


def test_the_doctor_of_a_folder_says_of_which_recordings_it_noticed_what(metrics, tmp_path):
    for name in ("a", "b"):
        nbl.demo_analyzer().save_as("binary_folder", tmp_path / name, slim=True)
    for table in (tmp_path / "b").glob("extensions/quality_metrics/metrics.csv"):
        smaller(pd.read_csv(table, index_col=0), 1 / 50).to_csv(table)
    said = [note for note in nbl.doctor(tmp_path).notes if "too small for spikes" in note]
    assert len(said) == 1
    assert said[0].startswith(f"{tmp_path / 'b'}: The median amplitude is ")
