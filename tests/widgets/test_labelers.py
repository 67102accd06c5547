"""Labelers without a browser: what the kernel reads, and what a front end's messages do."""

import json

import numpy as np
import pytest
from ipywidgets.widgets import widget as ipywidgets_registry

import nb_autolabel as nbl
from nb_autolabel.errors import MissingMetricError, RuleError, SelectionError
from tests.conftest import shared
from tests.widgets.browser_messages import tell

SIMPLE = {"snr": {"min": 5}, "firing_rate": {"min": 0.1, "max": 200}, "rp_contamination": {"max": 0.5}}


@pytest.fixture(scope="module")
def demo():
    return nbl.demo_analyzer()


@pytest.fixture
def labeler(demo):
    made = nbl.BombcellLabeler(demo)
    yield made
    made.close()


def engine_of(labeler):
    return labeler.engine


def from_browser(labeler, key, low, high):
    """What arrives when a handle is dragged or a number typed."""
    engine = engine_of(labeler)
    key = labeler.rule_set.keys[labeler.rule_set.index(key)]
    tell(engine, "set", limits={key: [low, high]})


def test_a_new_labeler_says_what_the_function_says(demo, labeler):
    assert labeler.labels.equals(nbl.bombcell_label_units(demo))
    assert labeler.counts == {
        **dict.fromkeys(labeler.counts, 0),
        **labeler.labels["label"].value_counts().to_dict(),
    }


def test_a_limit_from_the_browser_changes_labels_thresholds_and_trace(demo, labeler):
    before = labeler.labels
    from_browser(labeler, "snr", 12, None)
    assert labeler.thresholds["mua"]["snr"] == {"min": 12, "max": None}
    assert not labeler.labels.equals(before)
    assert labeler.labels.equals(nbl.bombcell_label_units(demo, thresholds=labeler.thresholds))
    assert labeler.trace.labels.equals(labeler.labels["label"])


def test_thresholds_assigned_in_the_kernel_go_to_the_browser(labeler):
    thresholds = labeler.thresholds
    thresholds["mua"]["snr"]["min"] = 9
    labeler.thresholds = thresholds
    assert engine_of(labeler).limits["mua/snr"] == [9, None]
    assert labeler.rule_set["snr"].min == 9


def test_reset_brings_back_the_first_labels(labeler):
    before = labeler.labels
    from_browser(labeler, "snr", 30, None)
    labeler.reset()
    assert labeler.labels.equals(before)
    assert engine_of(labeler).limits["mua/snr"] == [5, None]


def test_thresholds_that_name_another_metric_are_refused_and_change_nothing(labeler):
    before = labeler.thresholds
    with pytest.raises(RuleError, match="no criterion mua/d_prime"):
        labeler.thresholds = {"mua": {"d_prime": {"min": 1}}}
    assert labeler.thresholds == before


def test_the_kept_units_are_those_of_the_labels_as_they_are_now(demo, labeler):
    labels = labeler.labels["label"]
    assert labeler.select_units(drop="noise").unit_ids.tolist() == labels.index[labels != "noise"].tolist()
    assert labeler.select_units(keep=["good", "mua"]).unit_ids.tolist() == (
        labels.index[labels.isin(["good", "mua"])].tolist()
    )
    from_browser(labeler, "snr", 12, None)
    assert labeler.select_units(keep="good").get_num_units() == labeler.counts["good"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "which labels to keep"),
        ({"keep": "good", "drop": "noise"}, "which labels to keep"),
        ({"keep": "goood"}, "Did you mean 'good'"),
        ({"drop": ["noise", "mua", "good", "non_soma"]}, "no unit is left"),
    ],
)
def test_a_selection_that_makes_no_sense_is_a_clear_error(labeler, arguments, says):
    with pytest.raises(SelectionError, match=says):
        labeler.select_units(**arguments)


def test_a_selection_of_units_is_read_and_set_by_id(demo, labeler):
    labeler.selection = [demo.unit_ids[3], demo.unit_ids[1]]
    assert engine_of(labeler).selection == [3, 1]
    tell(engine_of(labeler), "select", units=[str(demo.unit_ids[0])])
    assert labeler.selection == [demo.unit_ids[0]]


def test_a_simple_filter_has_a_labeler_too(demo):
    labeler = nbl.ThresholdLabeler(demo, SIMPLE, operator="or", nan_policy="ignore")
    expected = nbl.threshold_metrics_label_units(demo, SIMPLE, operator="or", nan_policy="ignore")
    assert labeler.labels.equals(expected)
    from_browser(labeler, "firing_rate", 1, 50)
    assert labeler.thresholds["firing_rate"] == {"min": 1, "max": 50, "nan": "ignore"}


def test_what_cannot_be_is_refused_before_anything_is_shown(demo):
    with pytest.raises(MissingMetricError, match="Did you mean 'snr'"):
        nbl.ThresholdLabeler(demo, {"snrr": {"min": 5}})
    with pytest.raises(RuleError, match="no thresholds"):
        nbl.ThresholdLabeler(demo, {})
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        nbl.BombcellLabeler(demo, colour="red")


def test_what_the_browser_gets_can_be_sent_as_json(labeler):
    for owned in [*labeler.parts.values(), *labeler.view("histograms").children]:
        state = owned.get_state()
        json.dumps({k: v for k, v in state.items() if not isinstance(v, bytes | memoryview)}, default=str)
    rules = engine_of(labeler)._rules
    assert nbl.RuleSet.from_dict(json.loads(json.dumps(rules))) == labeler.rule_set


def test_every_unit_has_a_bar_before_the_browser_has_said_anything(labeler):
    engine = engine_of(labeler)
    places = np.frombuffer(engine._bins, dtype="<i2").reshape(len(labeler.rule_set.criteria), 142)
    for at, axis in enumerate(engine._axes):
        assert places[at].min() >= 0
        assert places[at].max() < axis["bins"]
        missing = np.isnan(labeler.trace.values[at])
        assert axis["missing"] == missing.any()
        if missing.any():
            assert ((places[at] == axis["bins"] - 1) == missing).all()
        assert np.bincount(places[at]).max() == axis["tallest"]


def test_closing_a_labeler_leaves_no_widget_behind(demo):
    before = set(ipywidgets_registry._instances)
    labeler = nbl.BombcellLabeler(demo)
    assert len(set(ipywidgets_registry._instances) - before) > 100
    labeler.close()
    left = [ipywidgets_registry._instances[k] for k in set(ipywidgets_registry._instances) - before]
    assert left == []


def test_an_analyzer_that_lacks_metrics_shows_what_is_there_and_names_the_rest():
    analyzer = nbl.load(shared("neuropixels_kilosort.zarr"))
    labeler = nbl.BombcellLabeler(analyzer)
    with pytest.warns(UserWarning, match="4 of 18 criteria are left out"):
        assert labeler.labels.equals(nbl.bombcell_label_units(analyzer))
    (note,) = [w.value for w in labeler.view("histograms").children if "Left out" in getattr(w, "value", "")]
    assert all(name in note for name in ("snr", "amplitude_median", "amplitude_cutoff", "drift_ptp"))
    labeler.close()


def test_two_labelers_do_not_touch_each_other(demo):
    first, second = nbl.BombcellLabeler(demo), nbl.BombcellLabeler(demo)
    from_browser(first, "snr", 30, None)
    assert second.thresholds["mua"]["snr"]["min"] == 5
    assert first.counts != second.counts
    first.close()
    second.close()
