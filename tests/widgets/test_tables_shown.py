"""What a labeler and a saved page show of a table of metrics."""

import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.widgets.page import state_of
from nb_autolabel.widgets.page_heading import heading

BOMBCELL = pd.DataFrame(
    {
        "cluster_id": [3, 5],
        "nPeaks": [1, 3],
        "nTroughs": [1, 1],
        "percentageSpikesMissing_gaussian": [5.0, 30.0],
    }
)


def words(labeler):
    return " ".join(
        part.value
        for name, part in labeler.parts.items()
        if name.startswith("_control") and hasattr(part, "value") and isinstance(part.value, str)
    )


def test_a_labeler_says_that_there_are_no_waveforms_and_which_names_were_mapped(tmp_path):
    labeler = nbl.BombcellLabeler(BOMBCELL, journal=None)
    assert "This is a table of metrics; waveforms and pictures of a unit need the analyzer." in words(labeler)
    assert "nPeaks is num_positive_peaks" in words(labeler)
    state = state_of(labeler, heading(labeler.live.title, labeler.analyzer))
    assert state["units"] == []
    assert "This is a table of metrics" in state["no_card"]
    assert labeler.save_html(tmp_path / "labels.html").stat().st_size > 1000
    labeler.close()


def test_a_labeler_of_an_analyzer_says_neither():
    labeler = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=None)
    assert "table" not in words(labeler)
    assert state_of(labeler, heading(labeler.live.title, labeler.analyzer))["no_card"] == ""
    labeler.close()


@pytest.mark.parametrize(
    "make",
    [nbl.Workbench, nbl.UnitRefineLabeler, lambda t, **k: nbl.ThresholdLabeler(t, {"snr": {"min": 5}}, **k)],
)
def test_every_labeler_takes_a_table(make):
    metrics = nbl.demo_analyzer().get_metrics_extension_data()
    labeler = make(metrics, journal=None)
    assert len(labeler.labels) == len(metrics)
    labeler.close()
