"""A labeler over recordings that do not have the same metrics tells the browser which units lack which."""

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.widgets.card import describe, describe_where_it_is

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


def test_the_card_of_a_unit_is_read_from_the_analyzer_of_its_recording(tmp_path):
    demo = nbl.demo_analyzer()
    for name, units in (("a", slice(0, 20)), ("b", slice(10, 30))):
        demo.select_units(demo.unit_ids[units]).save_as(format="zarr", folder=tmp_path / f"{name}.zarr")
    cohort = nbl.Cohort(str(tmp_path / "*.zarr"), cache=False, progress=False)
    analyzer = cohort.analyzer
    at = analyzer.unit_ids.tolist().index(f"b/{demo.unit_ids[12]}")
    known, arrays = describe_where_it_is(analyzer, at)
    alone, own = describe(nbl.load(tmp_path / "b.zarr"), 2)
    assert known["missing"] == alone["missing"] == []
    np.testing.assert_array_equal(arrays["template"], own["template"])
    np.testing.assert_array_equal(arrays["times"], own["times"])
    assert [similar for _, similar in known["neighbours"]] == [similar for _, similar in alone["neighbours"]]
    names = [analyzer.unit_ids[place] for place, _ in known["neighbours"]]
    assert names == [f"b/{demo.unit_ids[10 + i]}" for i, _ in alone["neighbours"]]
    assert arrays["probe"].size == 2 * demo.get_num_channels()


def test_a_table_among_the_recordings_says_that_it_has_no_card(tmp_path):
    nbl.demo_analyzer().get_metrics_extension_data().to_csv(tmp_path / "a.csv", index_label="unit_id")
    cohort = nbl.Cohort(str(tmp_path / "*.csv"), cache=False, progress=False)
    known, arrays = describe_where_it_is(cohort.analyzer, 3)
    assert "table" in known["missing"][0]
    assert arrays == {}
