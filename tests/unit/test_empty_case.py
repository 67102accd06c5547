"""No units, no spikes, one unit, no criterion: nothing is called good or mua without evidence."""

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.comparison.agreement import cohen_kappa
from nb_autolabel.rules.explanation import explain
from nb_autolabel.rules.methods import bombcell_rules
from nb_autolabel.rules.missing import missing_table
from nb_autolabel.rules.robustness import robustness
from nb_autolabel.rules.sensitivity import Sensitivity
from tests.widgets.test_engine_js import compare as same_in_browser

nan = np.nan


@pytest.fixture
def table():
    return nbl.demo_analyzer().get_metrics_extension_data().astype(float)


def silent(table, **given):
    """One unit more, of which nothing is known but what is given."""
    row = pd.DataFrame(nan, index=["silent"], columns=table.columns)
    for name, value in given.items():
        row[name] = value
    return pd.concat([table, row])


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"num_spikes": 0.0},
        {"num_spikes": 0.0, "firing_rate": 0.0, "presence_ratio": 0.0},
        {"firing_rate": 0.0},
    ],
)
def test_a_unit_of_which_nothing_is_known_is_unjudged_by_unitrefine(table, given):
    labels = nbl.unitrefine_label_units(silent(table, **given))
    before = nbl.unitrefine_label_units(table)
    chances = nbl.unitrefine_probabilities(silent(table, **given))
    assert labels.loc["silent", "label"] == "unjudged"
    assert np.isnan(labels.loc["silent", "probability"])
    assert (
        chances.loc["silent", ["noise_probability", "sua_probability", "conditional_probability"]]
        .isna()
        .all()
    )
    pd.testing.assert_frame_equal(labels.iloc[:-1], before, check_index_type=False)


def test_one_known_metric_is_evidence(table):
    labels = nbl.unitrefine_label_units(silent(table, snr=9.0))
    assert labels.loc["silent", "label"] != "unjudged"
    assert labels.loc["silent", "probability"] > 0


@pytest.mark.filterwarnings("ignore:.*(left out|missing for).*:UserWarning")
@pytest.mark.parametrize("preset", ["allen", "ibl"])
def test_a_preset_without_noise_leaves_a_unit_unjudged_of_which_it_knows_nothing(table, preset):
    labels = nbl.bombcell_label_units(silent(table, num_spikes=0.0), preset=preset)["label"]
    known = nbl.bombcell_label_units(silent(table, presence_ratio=0.2, amplitude_median=-60.0), preset=preset)
    assert labels["silent"] == "unjudged"
    assert set(labels.iloc[:-1]) <= {"good", "mua"}
    assert known.loc["silent", "label"] == "mua", "one value is there, and the others fail"


def test_the_other_presets_call_such_a_unit_noise_as_spikeinterface_does(table):
    for preset in ("default", "spikeinterface-0.104", "bombcell"):
        labels = nbl.bombcell_label_units(silent(table, num_spikes=0.0), preset=preset)["label"]
        assert labels["silent"] == "noise"


def test_an_unjudged_unit_is_explained_and_no_change_is_promised(table):
    trace = bombcell_rules(preset="allen").apply(silent(table), missing="inactive")
    found = explain(trace, "silent")
    assert found.label == "unjudged"
    assert "no criterion of 'mua' has a value" in found.rule
    assert found.changes == ()
    assert all(change.label != "unjudged" for change in explain(trace, table.index[0]).changes)


def test_the_browser_leaves_the_same_units_unjudged(table):
    rng = np.random.default_rng(0)
    cases = []
    for preset in ("allen", "ibl"):
        rules = bombcell_rules(preset=preset)
        frame = pd.DataFrame(rng.normal(size=(40, 3)), columns=[c.metric for c in rules.criteria])
        frame[rng.random(frame.shape) < 0.6] = nan
        assert "unjudged" in set(rules.apply(frame).labels)
        cases.append((rules, frame))
    same_in_browser(cases)


def test_a_method_without_a_criterion_says_that_nothing_decided(table):
    off = {"noise": {"noise_probability": {"max": None}}, "sua": {"sua_probability": {"min": None}}}
    with pytest.warns(UserWarning, match="all 142 units are called 'sua' without any evidence"):
        nbl.unitrefine_label_units(table, thresholds=off)
    with pytest.warns(UserWarning, match="without any evidence"):
        nbl.threshold_metrics_label_units(table, {"snr": {}})


def test_a_sliding_test_that_most_units_lack_is_said_with_its_consequence(table):
    few = table.copy()
    few.iloc[: 3 * len(few) // 4, few.columns.get_loc("sliding_rp_violation")] = nan
    with pytest.warns(UserWarning, match="sliding_rp_violation is missing for .* % of the units.*mua"):
        nbl.bombcell_label_units(few, preset="spikeinterface-0.105")


@pytest.mark.parametrize("n", [0, 1])
def test_no_unit_and_one_unit_are_no_error_anywhere(table, n):
    some = table.head(n)
    assert len(nbl.bombcell_label_units(some)) == n
    assert len(nbl.unitrefine_label_units(some)) == n
    assert len(nbl.threshold_metrics_label_units(some, {"snr": {"min": 5}})) == n
    trace = bombcell_rules().apply(some)
    assert robustness(trace).shape == (n,)
    assert len(missing_table(trace)) == 18
    assert Sensitivity(trace).text
    assert cohen_kappa(np.zeros((2, 2))).text == "no kappa: no units"


def test_a_labeler_shows_an_unjudged_unit_and_everything_still_works(tmp_path):
    demo = nbl.demo_analyzer()
    table = demo.get_metrics_extension_data().astype(float)
    table.iloc[4] = nan
    table.iloc[7, table.columns.get_loc("num_spikes")] = 0
    demo.__dict__["_metrics"] = table
    labeler = nbl.UnitRefineLabeler(demo, journal=None)
    unknown = demo.unit_ids[[4, 7]].tolist()
    assert labeler.counts["unjudged"] == 2
    assert labeler.labels["label"].index[labeler.labels["label"] == "unjudged"].tolist() == unknown
    labeler.thresholds = {"noise": {"noise_probability": {"max": 0.1}}}
    assert labeler.counts["unjudged"] == 2, "no limit judges them"
    assert "has a value" in labeler.explain(unknown[0]).text
    assert "2 unjudged" in labeler.methods_text()
    assert labeler.sensitivity("unjudged").text
    labeler.override(unknown[0], "noise")
    assert np.isnan(labeler.labels.loc[unknown[0], "probability"])
    assert labeler.save_html(tmp_path / "page.html").exists()
    labeler.export(tmp_path / "phy", "phy")
    groups = pd.read_csv(tmp_path / "phy" / "cluster_group.tsv", sep="\t", index_col=0)["group"]
    assert groups.loc[int(unknown[1])] == "unsorted", "nothing is claimed to phy either"
    labeler.close()
