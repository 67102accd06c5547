"""A labeler over recordings that do not have the same metrics tells the browser which units lack which."""

import numpy as np
import pytest

import nb_autolabel as nbl

pytest.importorskip("dask", reason="Dask is not installed (nb_autolabel[cohort])")


def test_the_browser_knows_the_units_whose_recording_lacks_a_metric(tmp_path):
    metrics = nbl.demo_analyzer().get_metrics_extension_data()
    less = metrics.drop(columns="num_positive_peaks")
    metrics.to_csv(tmp_path / "a.csv", index_label="unit_id")
    less.to_csv(tmp_path / "b.csv", index_label="unit_id")
    cohort = nbl.Cohort(str(tmp_path / "*.csv"), cache=False, progress=False)
    labeler = nbl.BombcellLabeler(cohort, journal=None)
    criteria = list(labeler.rule_set.keys)
    sent = np.frombuffer(labeler.engine._gone, np.uint8).reshape(len(criteria), -1)
    lacking = np.array([unit.startswith("b/") for unit in labeler.analyzer.unit_ids])
    assert lacking.sum() == len(metrics)
    for key, row in zip(criteria, sent, strict=True):
        assert np.array_equal(row, lacking if key == "noise/num_positive_peaks" else 0 * lacking), key
    alone = nbl.LiveBombcell(less, journal=None)
    assert labeler.labels["label"][lacking].tolist() == alone.labels["label"].tolist()
    labeler.close()


def test_one_recording_sends_nothing_of_this():
    labeler = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=None)
    assert labeler.engine._gone == b""
    labeler.close()
