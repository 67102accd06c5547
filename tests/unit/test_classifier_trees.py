"""Boosted trees kept as arrays say what scikit-learn says, explain themselves, and cannot be turned against us."""

import numpy as np
import pytest

from nb_autolabel.classifiers.boosting import GROUPS, Growth, grow_trees, masked_copies
from nb_autolabel.classifiers.log_odds import logistic, shared_out
from nb_autolabel.classifiers.store import bundled, bundled_files
from nb_autolabel.classifiers.tree_checks import MAX_DEPTH, depth_of
from nb_autolabel.classifiers.trees import Trees
from nb_autolabel.errors import ModelError


@pytest.fixture(scope="module")
def fitted():
    from sklearn.ensemble import HistGradientBoostingClassifier

    random = np.random.default_rng(0)
    rows = random.normal(size=(1500, 8))
    rows[random.random(rows.shape) < 0.2] = np.nan
    target = np.nan_to_num(rows[:, 0]) + np.nan_to_num(rows[:, 1]) * np.nan_to_num(rows[:, 2]) > 0
    return HistGradientBoostingClassifier(max_iter=40, random_state=0).fit(rows, target), rows


def test_log_odds_are_those_of_scikit_learn_with_gaps_and_infinities(fitted):
    model, rows = fitted
    rows = rows.copy()
    rows[0], rows[1], rows[2] = np.inf, -np.inf, np.nan
    trees = Trees.of(model)
    assert np.abs(trees.margin(rows) - model.decision_function(rows)).max() <= 4e-16
    many = np.tile(rows, (3, 1))
    np.testing.assert_array_equal(trees.margin(many)[: len(rows)], trees.margin(rows))


def test_arrays_round_trip(fitted):
    model, rows = fitted
    trees = Trees.of(model)
    again = Trees.from_arrays(trees.to_arrays())
    np.testing.assert_array_equal(again.margin(rows), trees.margin(rows))


def test_contributions_sum_to_the_change_in_probability(fitted):
    model, rows = fitted
    trees = Trees.of(model)
    parts = trees.contributions(rows)
    np.testing.assert_allclose(parts.sum(axis=1) + trees.mean_margin, trees.margin(rows), atol=1e-9)
    shares, start = shared_out(parts, trees.mean_margin)
    np.testing.assert_allclose(shares.sum(axis=1) + start, trees.probability(rows), atol=1e-12)


def test_the_mean_of_several_forests_is_the_mean_of_their_log_odds(fitted):
    model, rows = fitted
    trees = Trees.of(model)
    both = Trees.mean([trees, trees])
    np.testing.assert_allclose(both.margin(rows), trees.margin(rows), atol=1e-12)


def test_leaves_are_where_rows_end(fitted):
    model, rows = fitted
    trees = Trees.of(model)
    ends = trees.leaves(rows)
    assert (trees.feature[ends] == -1).all()
    np.testing.assert_allclose(trees.value[ends].sum(axis=1) + trees.baseline, trees.margin(rows), atol=1e-12)


def test_changed_leaves_change_log_odds_by_just_that(fitted):
    model, rows = fitted
    trees = Trees.of(model)
    added = np.random.default_rng(0).normal(size=len(trees.value))
    changed = trees.changed(-0.25, added)
    expected = trees.margin(rows) - 0.25 + added[trees.leaves(rows)].sum(axis=1)
    np.testing.assert_allclose(changed.margin(rows), expected, atol=1e-9)
    # Contributions start from the mean over the training rows; where both sides of a split said the
    # same, how many went left is not known any more.
    assert changed.mean_margin == pytest.approx(expected.mean(), abs=0.1)
    parts = changed.contributions(rows)
    np.testing.assert_allclose(parts.sum(axis=1) + changed.mean_margin, expected, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("left", lambda a: np.full_like(a, 10**6)),
        ("right", np.zeros_like),
        ("roots", lambda a: a - 1),
        ("value", lambda a: a[:-1]),
        ("threshold", lambda a: a.astype(str)),
        ("left", lambda a: a.astype(np.int64) - 2**40),
        ("left", lambda a: np.where(a == a[0], a[-1], a)),
        ("feature", lambda a: a.astype(np.int64) + 2**16),
        ("value", lambda a: a * np.nan),
        ("roots", lambda a: np.concatenate([a, a])),
        ("roots", lambda a: a[:0]),
        ("baseline", lambda a: a + np.inf),
    ],
)
def test_arrays_that_point_outside_of_the_tree_are_refused(fitted, name, change):
    arrays = Trees.of(fitted[0]).to_arrays()
    arrays[name] = change(arrays[name])
    with pytest.raises(ModelError):
        Trees.from_arrays(arrays)


def chain(depth):
    """Children of a tree in which every split has a leaf on its left."""
    left, right = np.full(2 * depth + 1, -1), np.full(2 * depth + 1, -1)
    inner = np.arange(0, 2 * depth, 2)
    left[inner], right[inner] = inner + 1, inner + 2
    return left, right, left < 0


def test_the_depth_of_trees_is_that_of_their_deepest_leaf_and_bounded():
    assert depth_of(*chain(0), [0]) == 0
    assert depth_of(*chain(7), [0]) == 7
    assert depth_of(*chain(MAX_DEPTH), [0]) == MAX_DEPTH
    with pytest.raises(ModelError, match="deeper than"):
        depth_of(*chain(MAX_DEPTH + 1), [0])


@pytest.mark.parametrize(
    ("side", "node", "child", "message"),
    [
        (0, 2, 2, "points where it must not"),
        (0, 4, 0, "points where it must not"),
        (1, 2, 15, "points where it must not"),
        (1, 2, -3, "points where it must not"),
        (0, 2, 4, "reached in two ways"),
        (1, 2, 3, "reached in two ways"),
    ],
)
def test_node_numbers_that_make_no_tree_are_refused(side, node, child, message):
    nodes = chain(7)
    nodes[side][node] = child
    with pytest.raises(ModelError, match=message):
        depth_of(*nodes, [0])


@pytest.mark.parametrize("roots", [[], [-1], [15], [0, 0], [0, 1]])
def test_roots_that_are_none_are_refused(roots):
    with pytest.raises(ModelError, match=r"root|two ways"):
        depth_of(*chain(7), roots)


def test_each_group_of_metrics_is_hidden_in_one_copy():
    features = ["snr", "silhouette", "drift_ptp", "amplitude_cutoff"]
    rows = np.ones((2, 4))
    copies = masked_copies(rows, features, share=0.0).reshape(-1, 2, 4)
    hidden = {tuple(np.flatnonzero(np.isnan(copy[0]))) for copy in copies}
    assert {(), (1,), (2,), (3,), (0,)} <= hidden
    assert (1, 2, 3) in hidden, "what users lack most often is also hidden together"
    assert not any(len(h) == 4 for h in hidden)


def test_trees_trained_with_copies_still_tell_when_a_group_is_missing():
    random = np.random.default_rng(1)
    truth = random.random(800) < 0.5
    rows = np.stack([truth + random.normal(0, 0.3, 800), truth + random.normal(0, 0.8, 800)], axis=1)
    features = [GROUPS["principal components"][0], "firing_rate"]
    trees = grow_trees(rows, truth, features, Growth(iterations=60))
    gone = rows.copy()
    gone[:, 0] = np.nan
    assert ((trees.probability(gone) > 0.5) == truth).mean() > 0.7


def test_the_bundled_pair_is_small_and_says_what_it_was_trained_on():
    assert sum(file.stat().st_size for file in bundled_files()) < 1_500_000
    for which, labels in (("noise", ("neural", "noise")), ("sua", ("mua", "sua"))):
        classifier = bundled(which)
        assert classifier.labels == labels
        assert set(classifier.statistics) == set(classifier.features)
        assert classifier.info["groups"]["principal components"]["loss"] >= -0.01
    assert logistic(np.array([0.0]))[0] == 0.5
