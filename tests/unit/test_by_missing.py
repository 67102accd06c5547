"""Units that lack a whole group of metrics are judged by trees that were grown without it."""

import pickle

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.classifiers.adaptation import bundled_pair, bundled_training_data
from nb_autolabel.classifiers.boosting import GROUPS, GROWN_WITHOUT
from nb_autolabel.classifiers.by_missing import TreesByMissing, Without, renumbered
from nb_autolabel.classifiers.similarity import Curves, Seen
from nb_autolabel.classifiers.store import bundled
from nb_autolabel.classifiers.trees import Trees


@pytest.fixture(scope="module")
def rows():
    return bundled_training_data().rows[::37]


def lacking(rows, *groups):
    """Return rows without the metrics of some groups."""
    features = list(bundled("noise").features)
    gone = rows.copy()
    gone[:, [features.index(name) for group in groups for name in GROUPS[group]]] = np.nan
    return gone


def trees_for(which, group):
    return which.without[GROWN_WITHOUT.index(group)].trees


@pytest.mark.parametrize("group", GROWN_WITHOUT)
def test_a_unit_without_a_group_is_judged_by_the_trees_that_never_saw_it(rows, group):
    features = list(bundled("noise").features)
    for trees in bundled_pair():
        own = trees_for(trees, group)
        asked = {features[at] for at in own.feature.tolist() if at >= 0}
        assert asked, "they ask for something"
        assert not asked & set(GROUPS[group])
        np.testing.assert_array_equal(trees.margin(lacking(rows, group)), own.margin(lacking(rows, group)))
        assert (
            np.abs(trees.margin(lacking(rows, group)) - trees.whole.margin(lacking(rows, group))).max() > 0.1
        )


def test_a_unit_that_lacks_nothing_or_a_part_of_a_group_is_judged_by_the_whole_pair(rows):
    part = rows.copy()
    part[:, bundled("noise").features.index(GROUPS["refractory"][0])] = np.nan
    for trees in bundled_pair():
        for some in (rows, part, lacking(rows, "principal components", "drift")):
            np.testing.assert_array_equal(trees.margin(some), trees.whole.margin(some))


def test_a_unit_that_lacks_several_groups_is_judged_by_the_first_of_them(rows):
    trees = bundled_pair()[0]
    both = lacking(rows, "rate", "template metrics")
    np.testing.assert_array_equal(trees.margin(both), trees_for(trees, "template metrics").margin(both))


def test_what_a_unit_is_told_does_not_depend_on_the_units_beside_it(rows):
    mixed = np.concatenate(
        [rows[:5], lacking(rows[5:9], "rate"), lacking(rows[9:12], "refractory"), rows[12:]]
    )
    for classifier in (bundled("noise"), bundled("sua")):
        together = classifier.probability(mixed)
        alone = [float(classifier.probability(row[None])[0]) for row in mixed]
        np.testing.assert_array_equal(together, alone)


def test_recordings_of_a_table_that_differ_in_their_metrics_keep_the_labels_they_have_alone():
    data = bundled_training_data()
    whole = pd.DataFrame(data.rows[:60], columns=list(data.features))
    poor = whole.drop(columns=list(GROUPS["template metrics"])).set_axis(range(100, 160))
    with pytest.warns(nbl.InputWarning, match="Trees that were grown without 'template metrics' are used"):
        alone = nbl.unitrefine_label_units(poor)
    together = nbl.unitrefine_label_units(pd.concat([whole, poor]))
    pd.testing.assert_series_equal(together.probability.loc[100:], alone.probability, check_index_type=False)


def test_leaves_of_all_trees_add_up_to_the_log_odds(rows):
    mixed = np.concatenate([rows, lacking(rows, "rate"), lacking(rows, "template metrics")])
    for trees in bundled_pair():
        own = {0: trees.whole, **{at: other.trees for at, other in enumerate(trees.without, start=1)}}
        start = np.array([own[at].baseline for at in trees.lacking(mixed).tolist()])
        np.testing.assert_allclose(start + trees.value[trees.leaves(mixed)].sum(axis=1), trees.margin(mixed))


def test_contributions_add_up_whatever_trees_judge(rows):
    mixed = np.concatenate([rows, lacking(rows, "refractory")])
    for trees in bundled_pair():
        np.testing.assert_allclose(
            trees.mean_margin + trees.contributions(mixed).sum(axis=1), trees.margin(mixed), atol=1e-9
        )


def test_correcting_leaves_changes_the_trees_that_judge_and_keeps_their_places(rows):
    mixed = np.concatenate([rows, lacking(rows, "refractory"), lacking(rows, "rate")])
    trees = bundled_pair()[1]
    added = np.random.default_rng(0).normal(0, 0.01, len(trees.value))
    changed = trees.changed(0.3, added)
    np.testing.assert_array_equal(changed.leaves(mixed), trees.leaves(mixed))
    np.testing.assert_allclose(
        changed.margin(mixed), trees.margin(mixed) + 0.3 + added[trees.leaves(mixed)].sum(axis=1)
    )
    np.testing.assert_allclose(
        changed.mean_margin + changed.contributions(mixed).sum(axis=1), changed.margin(mixed), atol=1e-9
    )


def test_units_that_are_judged_by_other_trees_share_no_leaf(rows):
    data, trees = bundled_training_data(), bundled_pair()[0]
    seen = Seen.by(trees, Curves.of(data.rows), np.concatenate([rows[:4], lacking(rows[:4], "rate")]))
    assert not set(seen.leaves[:4].ravel().tolist()) & set(seen.leaves[4:].ravel().tolist())


def test_a_recording_without_a_group_is_adapted_to_its_labels():
    data = bundled_training_data()
    here = data.recordings == data.recordings[-1]
    table = pd.DataFrame(data.rows[here], columns=list(data.features)).drop(
        columns=list(GROUPS["template metrics"])
    )
    names = np.array(["noise", "mua", "good"])[data.truth[here]]
    labels = dict(zip(range(0, 120, 2), names[:120:2].tolist(), strict=True))
    pair = nbl.adapt(table, labels)
    assert "grown without 'template metrics'" in nbl.check_inputs(table, pair.noise).text
    inputs = nbl.check_inputs(table, pair.noise).rows
    before, after = (
        [
            np.abs((truth == 0) - noise.probability(inputs[:120:2])).mean()
            for truth in [data.truth[here][:120:2]]
        ]
        for noise in (bundled("noise"), pair.noise)
    )
    assert after[0] < before[0], "it says more of what the labels say"


def test_trees_for_missing_metrics_are_read_when_a_unit_needs_them(rows, in_fresh_python):
    said = in_fresh_python(
        "import numpy as np\n"
        "opened = []\n"
        "load = np.load\n"
        "np.load = lambda file, **more: (opened.append(file.name), load(file, **more))[1]\n"
        "from nb_autolabel.classifiers.store import bundled\n"
        "noise = bundled('noise')\n"
        "row = np.ones((1, len(noise.features)))\n"
        "noise.probability(row)\n"
        "print(opened)\n"
        "row[:, [noise.features.index(n) for n in noise.info['groups']['rate']['features']]] = np.nan\n"
        "noise.probability(row)\n"
        "print(opened)\n"
    )
    assert said.splitlines() == ["['noise.npz']", "['noise.npz', 'noise_without_rate.npz']"]


def test_they_go_to_another_process_and_say_what_they_are(rows):
    trees = pickle.loads(pickle.dumps(bundled_pair()[0]))
    gone = lacking(rows, "rate")
    np.testing.assert_array_equal(trees.margin(gone), bundled_pair()[0].margin(gone))
    assert repr(trees).endswith("3 for rows that lack a group of metrics)")


def test_trees_of_some_columns_are_those_of_the_whole_table_under_other_numbers():
    one = Trees(
        feature=np.array([1, -1, -1], dtype=np.int16),
        threshold=np.array([0.5, 0.0, 0.0]),
        left=np.array([1, 1, 2], dtype=np.int32),
        right=np.array([2, 1, 2], dtype=np.int32),
        missing_left=np.array([True, False, False]),
        value=np.array([0.0, -1.0, 1.0]),
        roots=np.array([0], dtype=np.int32),
        baseline=0.0,
    )
    wide = renumbered(one, [0, 3])
    np.testing.assert_array_equal(wide.feature, [3, -1, -1])
    both = TreesByMissing(one, (Without.of([0, 1, 2], wide),))
    table = np.array([[0.0, 0.9, 0.0, 0.1], [np.nan, np.nan, np.nan, 0.9]])
    np.testing.assert_array_equal(both.margin(table), [1.0, 1.0])
