"""Comparisons count right, and the interval of kappa covers what it should."""

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.comparison.agreement import cohen_kappa
from nb_autolabel.errors import LabelsError

A = pd.Series(["good", "good", "mua", "noise", "noise", "good"], index=list("abcdef"))
B = pd.Series(["sua", "mua", "mua", "noise", "good", "sua"], index=list("fedcba"))[::-1]


def test_the_matrix_counts_units_by_id_and_takes_sua_for_good():
    found = nbl.compare(ours=A, theirs=B)
    table = found.matrix()
    assert table.to_numpy().sum() == 6
    assert table.loc["good", "good"] == 2 + (B["b"] in ("good", "sua"))
    assert set(found.units(ours="noise", theirs="noise")) == set(A.index[(A == "noise") & (B == "noise")])
    assert set(found.disagreements.index) == set(A.index[B[A.index].replace("sua", "good") != A])


def test_kappa_is_that_of_scikit_learn():
    from sklearn.metrics import cohen_kappa_score

    rng = np.random.default_rng(0)
    for _ in range(20):
        first, second = rng.choice(["good", "mua", "noise"], (2, 60), p=[0.5, 0.3, 0.2])
        second = np.where(rng.random(60) < rng.random(), first, second)
        found = nbl.compare(dict(enumerate(first)), dict(enumerate(second))).kappa()
        assert found.value == pytest.approx(cohen_kappa_score(first, second))
        assert found.low <= found.value <= found.high


def test_the_interval_of_kappa_covers_the_truth_in_about_95_of_100_samples():
    rng = np.random.default_rng(1)
    joint = np.array([[0.4, 0.05, 0.02], [0.06, 0.2, 0.04], [0.03, 0.05, 0.15]])
    truth = cohen_kappa(joint * 1_000_000).value
    inside = 0
    for _ in range(1000):
        found = cohen_kappa(rng.multinomial(150, joint.ravel()).reshape(3, 3))
        inside += found.low <= truth <= found.high
    assert 925 <= inside <= 975


def test_kappa_of_one_label_alone_is_not_a_number():
    assert np.isnan(cohen_kappa([[5, 0], [0, 0]]).value)
    assert cohen_kappa([[0, 0], [0, 0]]).n_units == 0


def test_consensus_by_majority_and_noise_only_if_all_agree():
    found = nbl.compare(
        {1: "noise", 2: "noise", 3: "good"},
        {1: "noise", 2: "noise", 3: "mua"},
        {1: "noise", 2: "mua", 3: "noise"},
    )
    assert found.consensus()["label"].tolist() == ["noise", "noise", "good"]
    careful = found.consensus("noise if all agree")
    assert careful["label"].tolist() == ["noise", "mua", "good"]
    assert careful["votes"].tolist() == pytest.approx([1, 1 / 3, 1 / 3])
    with pytest.raises(LabelsError, match="is not known"):
        found.consensus("best")


@pytest.mark.filterwarnings(
    "ignore:sliding_rp_violation is missing:UserWarning"
)  # many units have few spikes
def test_presets_are_compared_with_the_rules_that_moved_units():
    demo = nbl.demo_analyzer()
    found = nbl.compare("default", "spikeinterface-0.105", analyzer=demo)
    moved = found.moved()
    assert len(moved) == len(found.disagreements) > 0
    old, new = (nbl.bombcell_label_units(demo, preset=name)["label"] for name in found.names)
    assert moved["from"].tolist() == old[moved.index].tolist()
    assert moved["to"].tolist() == new[moved.index].tolist()
    assert moved["because"].str.contains("sliding_rp_violation").any()
    with pytest.raises(LabelsError, match="analyzer="):
        nbl.compare("default", "allen")


def test_flow_counts_every_unit_once_and_is_drawn():
    found = nbl.compare(A, B, A, names=["one", "two", "three"])
    assert found.flow["units"].sum() == 6
    plot = found.plot()
    assert len(plot.axes[0].patches) > 6
    import matplotlib.pyplot as plt

    plt.close(plot.figure)


def test_labelings_of_some_units_are_compared_on_those_and_the_others_are_named():
    found = nbl.compare(A, A[["a", "c"]])
    assert found.labels.index.tolist() == ["a", "c"]
    assert sorted(found.left_out) == ["b", "d", "e", "f"]
    assert "4 left out" in repr(found)
    # A file may hold 7 as text.
    assert nbl.compare({7: "good"}, {"7": "good"}).kappa().agreement == 1.0


def test_what_cannot_be_compared_says_why():
    with pytest.raises(LabelsError, match="two labelings"):
        nbl.compare(A)
    with pytest.raises(LabelsError, match="no unit is labeled by all"):
        nbl.compare({1: "good"}, {2: "good"})
    with pytest.raises(LabelsError, match="no column 'label'"):
        nbl.compare(A, pd.DataFrame({"quality": ["good"]}))
    with pytest.raises(LabelsError, match="is int"):
        nbl.compare(A, 5)
    with pytest.raises(LabelsError, match="Did you mean 'theirs'"):
        nbl.compare(ours=A, theirs=B).matrix("ours", "their")
    with pytest.raises(LabelsError, match="only methods have rules"):
        nbl.compare(A, B).moved()
