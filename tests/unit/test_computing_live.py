"""Live labels follow metrics that are computed later; limits, labels by hand and the history stay."""

from __future__ import annotations

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer.computed_source import ComputedExtension, ComputedSource
from nb_autolabel.errors import AutolabelError, LabelsError

from ..kilosort_folder import make_kilosort_folder


def with_metrics(analyzer: nbl.Analyzer, extension: str = "quality_metrics", **columns) -> nbl.Analyzer:
    """Add metrics to an analyzer as a computation does."""
    if analyzer.has_extension(extension):
        frame = analyzer.get_extension(extension).get_data("metrics")
    else:
        frame = analyzer.get_extension("quality_metrics").get_data("metrics").iloc[:, :0]
    made = ComputedExtension({}, {}, {"metrics": frame.assign(**columns)})
    return nbl.Analyzer(ComputedSource(analyzer.source, analyzer.header, {extension: made}, list(columns)))


@pytest.fixture
def kilosort(tmp_path):
    return nbl.load(make_kilosort_folder(tmp_path / "ks").folder)


@pytest.fixture
def computes(monkeypatch):
    """Let a computation give these columns at once."""

    def give(**columns):
        monkeypatch.setattr(
            "nb_autolabel.computing.compute.compute_metrics",
            lambda analyzer, metrics, recording, progress: with_metrics(analyzer, **columns),
        )

    return give


NOISE = {"num_positive_peaks": [1, 1, 9, 1, 1, 1], "peak_to_trough_duration": 0.0005}


def test_criteria_become_active_and_labels_follow(kilosort, computes):
    live = nbl.LiveBombcell(kilosort, journal=None)
    told = []
    live.observe(lambda change: told.append(change["new"]), names="labels")
    assert "noise/num_positive_peaks" in live.trace.missing
    assert live.labels["label"].tolist()[2] != "noise"
    computes(**NOISE)
    made = live.compute_missing(progress=False)
    assert live.analyzer is made
    assert live.session.trace.table.find("num_positive_peaks")
    assert "noise/num_positive_peaks" not in live.trace.missing
    assert live.labels["label"].tolist()[2] == "noise"
    assert told[-1]["label"].tolist() == live.labels["label"].tolist()
    assert "num_positive_peaks" not in kilosort.metric_names


def test_limits_labels_by_hand_and_history_are_kept(kilosort, computes, tmp_path):
    live = nbl.LiveBombcell(kilosort, journal=tmp_path / "journal.jsonl")
    live.set_limit("noise/num_positive_peaks", max=10)
    live.override([kilosort.unit_ids[0]], "mua", "seen")
    live.selection = [kilosort.unit_ids[1]]
    history = live.session.history
    computes(**NOISE)
    live.compute_missing(progress=False)
    assert live.labels["label"].tolist()[0] == "mua"
    assert live.labels["label"].tolist()[2] != "noise"  # 9 peaks are allowed by the limit that was set
    assert live.selection == [kilosort.unit_ids[1]]
    assert live.session.history == history
    assert live.undo()
    assert live.undo()
    assert live.labels["label"].tolist()[2] == "noise"
    assert live.redo()
    # Labels by hand go on to be kept in the same journal.
    live.override([kilosort.unit_ids[3]], "good")
    with pytest.warns(UserWarning, match="of the limits is back"):
        again = nbl.LiveBombcell(kilosort, journal=tmp_path / "journal.jsonl")
    assert again.overrides["label"].to_dict()[kilosort.unit_ids[3]] == "good"


def test_classifiers_are_asked_again(kilosort, computes):
    live = nbl.LiveUnitRefine(kilosort, journal=None)
    probabilities = live.session.table.values("noise_probability").copy()
    lacked = np.isnan(next(iter(live.classifier_inputs.values())).rows).sum()
    columns = {
        name: np.linspace(0.1, 1, kilosort.get_num_units())
        for name in next(iter(live.classifier_inputs.values())).classifier.features
        if name not in kilosort.metric_names
    }
    computes(**columns)
    live.compute_missing(progress=False)
    assert not np.array_equal(live.session.table.values("noise_probability"), probabilities)
    assert np.isnan(next(iter(live.classifier_inputs.values())).rows).sum() < lacked / 2


def test_metrics_of_other_units_are_refused_and_nothing_changes(kilosort):
    live = nbl.LiveBombcell(kilosort, journal=None)
    table = live.session.table
    with pytest.raises(LabelsError, match="other units, or of the same in another order"):
        live.take_metrics(kilosort.select_units(kilosort.unit_ids[::-1]))
    assert live.session.table is table
    assert live.analyzer is kilosort


def test_an_error_leaves_everything_as_it_was(kilosort):
    live = nbl.LiveBombcell(kilosort, journal=None)
    labels = live.labels
    with pytest.raises(AutolabelError):
        live.compute_missing(["no metric"], progress=False)
    assert live.analyzer is kilosort
    assert live.labels.equals(labels)
