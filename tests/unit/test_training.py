"""Training, adapting, fitting thresholds."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.classifiers.active_learning import Guess, shrinkage
from nb_autolabel.classifiers.adaptation import TrainingData, adapted, bundled_pair, bundled_training_data
from nb_autolabel.classifiers.boosting import Growth, grow_trees
from nb_autolabel.classifiers.correction import Correction
from nb_autolabel.classifiers.inputs import check_inputs
from nb_autolabel.classifiers.laplace import pull_of, remaining
from nb_autolabel.classifiers.report import DRAWS, SHUFFLES
from nb_autolabel.classifiers.scoring import calibration_error, decide, informativeness, scores, three
from nb_autolabel.classifiers.similarity import Curves, Seen
from nb_autolabel.errors import AlreadyExistsError, LabelsError, ModelError
from nb_autolabel.metrics.settings import differences

QUICK = Growth(iterations=40, rate=0.15)


@pytest.fixture(scope="module")
def recordings():
    """Three made-up recordings in which snr tells noise and rp_contamination tells mua."""
    random = np.random.default_rng(0)
    tables, labels = [], []
    for _ in range(3):
        table = pd.DataFrame(
            {
                "snr": random.gamma(3, 2.5, 150),
                "rp_contamination": random.beta(1, 4, 150),
                "firing_rate": random.gamma(2, 2, 150),
                "presence_ratio": random.beta(8, 1, 150),
            }
        )
        noise = table.snr + random.normal(0, 0.5, 150) < 4
        mua = table.rp_contamination + random.normal(0, 0.02, 150) > 0.15
        labels.append(pd.Series(np.where(noise, "noise", np.where(mua, "mua", "good")), index=table.index))
        tables.append(table)
    return tables, labels


@pytest.fixture(scope="module")
def bundled_seen():
    """Return the bundled training data, the bundled trees, and where values stand among those data."""
    base = bundled_training_data()
    return base, bundled_pair(), Curves.of(base.rows)


def test_a_classifier_is_judged_on_recordings_it_has_not_seen(recordings):
    tables, labels = recordings
    trained = nbl.train_unit_classifier(tables, labels, positive="noise", growth=QUICK)
    report = trained.report
    assert "3 recordings" in report.folds
    assert report.scores["balanced_accuracy"] > 0.85
    assert report.confusion.to_numpy().sum() == 450
    assert next(iter(report.importance)) == "snr"
    assert list(report.table().index) == ["all", "recording 1", "recording 2", "recording 3"]
    assert set(report.per_class().index) == {"neural", "noise"}
    sizes = [n for n, _ in report.learning]
    assert sizes == sorted(sizes)
    assert len(report.plot().axes) == 4
    assert "| all |" in report.markdown()


def test_points_of_the_learning_curve_and_importances_are_means_over_several_draws(recordings, monkeypatch):
    tables, labels = recordings
    grown = []

    def count(rows, *args):
        grown.append(len(rows))
        return grow_trees(rows, *args)

    monkeypatch.setattr("nb_autolabel.classifiers.report.grow_trees", count)
    report = nbl.train_unit_classifier(tables, labels, growth=QUICK).report
    sizes = [n for n, _ in report.learning]
    assert [grown.count(n) for n in sizes] == [3 * DRAWS] * 3 + [3], "three recordings are left out in turn"
    parts = np.array(list(report.importance.values())) * SHUFFLES
    assert DRAWS > 1
    assert SHUFFLES > 1
    assert np.isfinite(parts).all()


def test_single_units_are_told_among_those_that_are_not_noise(recordings):
    tables, labels = recordings
    trained = nbl.train_unit_classifier(tables, labels, positive="good", growth=QUICK)
    assert trained.classifier.labels == ("mua", "sua")
    assert len(trained.report.truth) == sum((part != "noise").sum() for part in labels)
    assert next(iter(trained.report.importance)) == "rp_contamination"


def test_a_trained_pair_labels_like_its_labels(recordings):
    tables, labels = recordings
    pair = [
        nbl.train_unit_classifier(tables, labels, positive=p, growth=QUICK).classifier
        for p in ("noise", "good")
    ]
    found = nbl.unitrefine_label_units(tables[0], *pair)["label"].replace({"sua": "good"})
    assert (found == labels[0]).mean() > 0.9


def test_a_saved_model_is_loaded_again_and_says_the_same(recordings, tmp_path):
    tables, labels = recordings
    trained = nbl.train_unit_classifier(tables, labels, growth=QUICK)
    folder = trained.save(tmp_path / "model")
    assert {p.name for p in folder.iterdir()} == {"best_model.skops", "model_info.json", "README.md"}
    info = json.loads((folder / "model_info.json").read_text())
    assert info["label_conversion"] == {"0": "neural", "1": "noise"}
    loaded = nbl.load_unit_classifier(folder)
    rows = tables[0].to_numpy()
    np.testing.assert_allclose(loaded.probability(rows), trained.classifier.probability(rows), atol=1e-12)
    with pytest.raises(AlreadyExistsError, match="overwrite=True"):
        trained.save(folder)
    trained.save(folder, overwrite=True)
    assert [p.name for p in tmp_path.iterdir()] == ["model"], "nothing is left beside it"


def test_a_model_that_cannot_be_put_in_place_leaves_the_old_one_whole(recordings, tmp_path, monkeypatch):
    tables, labels = recordings
    trained = nbl.train_unit_classifier(tables, labels, growth=QUICK)
    folder = trained.save(tmp_path / "model")
    before = (folder / "best_model.skops").read_bytes()
    monkeypatch.setattr("nb_autolabel.analyzer.atomic_write._exchange", lambda one, other: False)
    rename = Path.rename

    def refuse(self, target):
        if ".partial-" in self.name:
            raise OSError("no")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OSError, match="no"):
        trained.save(folder, overwrite=True)
    assert (folder / "best_model.skops").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


def test_units_outside_of_the_training_range_are_named(recordings):
    tables, labels = recordings
    classifier = nbl.train_unit_classifier(tables, labels, growth=QUICK).classifier
    table = tables[0].copy()
    table.loc[:30, "snr"] = 1000.0
    table["firing_rate"] *= 1000
    found = nbl.check_inputs(table, classifier)
    kinds = {(f.feature, f.kind) for f in found.findings}
    assert ("snr", "range") in kinds
    assert ("firing_rate", "unit") in kinds
    assert "divided by 1000" in found.text
    np.testing.assert_allclose(
        found.rows[:, classifier.features.index("firing_rate")], tables[0]["firing_rate"]
    )
    assert "outside training: snr" in found.per_unit[0]


def test_metrics_computed_with_other_settings_than_in_training_are_told(recordings):
    tables, labels = recordings

    class Told:
        """A table that knows its settings, as an analyzer does."""

        def __init__(self, frame, **settings):
            self.frame, self.settings = frame, settings

        def get_metrics_extension_data(self):
            return self.frame

        def has_extension(self, name):
            return name == "quality_metrics"

        def get_extension(self, name):
            return SimpleNamespace(params={"metric_params": self.settings})

    same = {"rp_violation": {"refractory_period_ms": 1.0, "censored_period_ms": 0.0}}
    sources = [
        Told(table, snr={"peak_sign": "neg"}, amplitude_cutoff={"bins": at}, **same)
        for at, table in enumerate(tables)
    ]
    classifier = nbl.train_unit_classifier(sources, labels, growth=QUICK).classifier
    stored = classifier.info["metric_params"]["quality_metric_params"]["metric_params"]
    assert set(stored) == {"snr", "rp_violation"}, "what differed between the recordings is not known"
    assert not [f for f in check_inputs(sources[0], classifier).findings if f.kind == "settings"]
    same["rp_violation"] = {"refractory_period_ms": 2.5, "newer": True}
    other = Told(tables[0], snr={"peak_sign": ("neg",)}, **same)
    found = check_inputs(other, classifier)
    (finding,) = [f for f in found.findings if f.kind == "settings"]
    assert finding.feature == "rp_violation"
    assert "refractory_period_ms 2.5 (1.0 in the training data)" in finding.text
    assert finding.text in found.text
    assert not finding.corrected
    assert not [f for f in check_inputs(tables[0], classifier).findings if f.kind == "settings"]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["noise"] * 150, "at least 5 of each"),
        (["noise"] * 10, "150 units and 10 labels"),
        (pd.DataFrame({"other": ["noise"] * 150}), "column 'label'"),
    ],
)
def test_labels_that_do_not_fit_are_refused(recordings, labels, message):
    with pytest.raises(LabelsError, match=message):
        nbl.train_unit_classifier(recordings[0][0], labels)


def test_scores_are_those_of_their_definitions():
    noise, sua = np.array([0.9, 0.2, 0.1, 0.6]), np.array([0.5, 0.9, 0.2, 0.1])
    np.testing.assert_allclose(three(noise, sua).sum(axis=1), 1)
    assert decide(noise, sua).tolist() == [0, 2, 1, 0]
    truth = np.array([0, 2, 1, 1])
    found = scores(noise, sua, truth)
    assert found["accuracy"] == 0.75
    chances = three(noise, sua)
    assert found["log_loss"] == pytest.approx(-np.log(chances[np.arange(4), truth]).mean())
    sure = np.array([[1.0, 0, 0], [1.0, 0, 0]])
    assert calibration_error(sure, np.array([0, 1])) == pytest.approx(0.5)


def test_own_labels_move_the_pair_towards_the_curator(bundled_seen):
    base, pair, curves = bundled_seen
    few, other = np.arange(60), np.arange(60, 300)
    strict = TrainingData(base.rows[few], base.features, np.zeros(60, dtype=np.intp), base.recordings[few])
    noise, _ = adapted(pair, curves, strict)
    before = pair[0].probability(base.rows[other]).mean()
    assert noise.probability(base.rows[other]).mean() > before + 0.1
    parts = noise.contributions(base.rows[other])
    np.testing.assert_allclose(
        parts.sum(axis=1) + noise.mean_margin, noise.margin(base.rows[other]), atol=1e-9
    )


def test_labels_that_agree_with_the_pair_leave_it_alone(bundled_seen):
    base, pair, curves = bundled_seen
    said = decide(*(trees.probability(base.rows) for trees in pair))
    few = np.random.default_rng(0).permutation(len(said))[:80]
    own = TrainingData(base.rows[few], base.features, said[few], base.recordings[few])
    after = decide(*(trees.probability(base.rows) for trees in adapted(pair, curves, own)))
    assert (after == said).mean() > 0.95


def test_no_label_changes_nothing_and_many_are_drawn_from(bundled_seen):
    base, pair, curves = bundled_seen
    nobody = base.part(np.zeros(len(base.truth), dtype=bool))
    for trees, same in zip(pair, adapted(pair, curves, nobody), strict=True):
        np.testing.assert_allclose(same.margin(base.rows[:50]), trees.margin(base.rows[:50]), atol=1e-12)
    seen = Seen.by(pair[0], curves, base.rows)
    drawn = np.sort(np.random.default_rng(0).permutation(len(seen))[:60])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nb_autolabel.classifiers.correction.MOST_LABELS", 60)
        many = Correction.fit(seen, base.truth == 0, len(pair[0].value))
    few = Correction.fit(seen.part(drawn), base.truth[drawn] == 0, len(pair[0].value))
    np.testing.assert_allclose(many.weights, few.weights)


def test_what_the_session_guesses_is_what_the_adapted_pair_says(bundled_seen):
    base, pair, curves = bundled_seen
    rows, places = base.rows[:200], np.arange(0, 200, 5)
    guess = Guess(pair, curves, rows)
    guess.learn(places, base.truth[places])
    own = TrainingData(rows[places], base.features, base.truth[places], base.recordings[places])
    noise, sua = (trees.probability(rows) for trees in adapted(pair, curves, own))
    np.testing.assert_allclose(guess.chances(), three(noise, sua), atol=1e-9)


def test_the_posterior_is_that_of_scikit_learn_where_it_can_do_the_same():
    from sklearn.gaussian_process import GaussianProcessClassifier
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel

    random = np.random.default_rng(3)
    x, new = random.normal(size=(40, 2)), random.normal(size=(15, 2))
    target = x[:, 0] + random.normal(0, 0.5, 40) > 0
    kernel = ConstantKernel(2.0, "fixed") * RBF(1.3, "fixed")
    theirs = GaussianProcessClassifier(kernel, optimizer=None).fit(x, target)
    ours = pull_of(kernel(x), np.zeros(40), target)
    log_odds, unsure = remaining(kernel(np.concatenate([x, new])), np.zeros(55), np.arange(40), target)
    np.testing.assert_array_equal(log_odds[40:] > 0, theirs.predict(new))
    np.testing.assert_allclose(ours, theirs.base_estimator_.y_train_ - theirs.base_estimator_.pi_, atol=1e-3)
    chance = (1 + np.exp(-log_odds[40:] / np.sqrt(1 + np.pi / 8 * np.diag(unsure)[40:]))) ** -1
    np.testing.assert_allclose(chance, theirs.predict_proba(new)[:, 1], atol=0.01)


def test_a_correction_starts_from_what_the_classifier_says():
    random = np.random.default_rng(4)
    start, kernel = random.normal(size=30), np.ones((30, 30))
    target = random.random(30) < 1 / (1 + np.exp(-start - 1))
    moved = float((kernel @ pull_of(kernel, start, target))[0])
    chance = 1 / (1 + np.exp(-start - moved))
    assert moved == pytest.approx((target - chance).sum(), abs=1e-4), "the slope of the posterior is zero"


def test_a_label_is_worth_what_it_tells_of_the_other_units():
    alike, alone = np.full((6, 6), 0.9) + 0.1 * np.eye(6), np.eye(1)
    covariance = np.block([[alike, np.zeros((6, 1))], [np.zeros((1, 6)), alone]])
    gain = shrinkage(np.zeros(7), covariance, np.ones(7))
    assert gain[:6].min() > 3 * gain[6], "one of many alike tells more than a lonely one"
    gain = shrinkage(np.array([6.0] * 6 + [0.0]), covariance, np.ones(7))
    assert gain[6] > gain[:6].max(), "what is sure already is not asked for"


def test_units_are_asked_for_once_and_skipped_ones_last(bundled_seen):
    base, pair, curves = bundled_seen
    guess = Guess(pair, curves, base.rows[:8])
    first = guess.next()
    assert guess.next() == first, "the same labels lead to the same question"
    second = guess.next(later={first})
    assert second != first
    done = np.delete(np.arange(8), [first, second])
    guess.learn(done, base.truth[done])
    assert guess.next(later={first}) == second
    assert guess.next(later={first, second}) in (first, second)
    guess.learn(np.arange(8), base.truth[:8])
    assert guess.next() == -1


def test_of_many_units_some_are_weighed_against_each_other(bundled_seen, monkeypatch):
    base, pair, curves = bundled_seen
    monkeypatch.setattr("nb_autolabel.classifiers.active_learning.POOL", 20)
    guess = Guess(pair, curves, base.rows[:100])
    asked: list[int] = []
    for _ in range(5):
        guess.learn(np.array(asked, dtype=np.intp), base.truth[asked])
        asked.append(guess.next())
    assert len(set(asked)) == 5
    monkeypatch.setattr("nb_autolabel.classifiers.active_learning.KNOWN", 10)
    guess.learn(np.arange(99), base.truth[:99])
    assert guess.next() == 99


def test_a_label_that_says_nothing_is_not_learnt_and_not_asked_for_again(bundled_seen):
    base, pair, curves = bundled_seen
    guess = Guess(pair, curves, base.rows[:10])
    places, truth = np.arange(9), base.truth[:9].copy()
    truth[3:] = -1
    guess.learn(places, truth)
    assert guess.next() == 9
    known = Guess(pair, curves, base.rows[:10])
    known.learn(places[:3], truth[:3])
    np.testing.assert_array_equal(guess.chances(), known.chances())


def test_settings_without_training_data_of_ones_own_are_an_error():
    analyzer = nbl.demo_analyzer()
    with pytest.raises(ModelError, match="base="):
        nbl.adapt(analyzer, {analyzer.unit_ids[0].item(): "good"}, settings=(QUICK,))


def test_units_without_a_label_are_left_out_whatever_missing_is_called():
    analyzer = nbl.demo_analyzer()
    labels = pd.Series(pd.NA, index=analyzer.unit_ids, dtype="string")
    labels.iloc[:3] = ["good", "noise", ""]
    assert "2 labels" in nbl.adapt(analyzer, labels).noise.source
    with pytest.raises(LabelsError, match="a label is one text"):
        nbl.adapt(analyzer, {analyzer.unit_ids[0].item(): ["good"]})


def test_a_metric_without_training_values_has_no_curve():
    curves = Curves.of(np.array([[1.0, np.nan], [2.0, np.nan]]))
    np.testing.assert_array_equal(curves(np.array([[1.5, 7.0]]))[0, [1, 3]], 0.0)


def test_settings_that_mean_the_same_do_not_differ():
    one = {"quality_metrics": {"silhouette": {"method": ["simplified"], "x": float("nan")}}}
    other = {"quality_metrics": {"silhouette": {"method": "simplified", "x": float("nan"), "new": 1}}}
    assert differences(one, other) == []
    other["quality_metrics"]["silhouette"]["method"] = "full"
    assert differences(one, other) == [("silhouette", {"method": (["simplified"], "full")})]


def test_doubt_is_greatest_where_chances_are_even():
    chances = np.array([[0.98, 0.01, 0.01], [0.4, 0.3, 0.3], [0.0, 1.0, 0.0]])
    assert informativeness(chances).argmax() == 1
    assert informativeness(np.full((1, 3), 1 / 3))[0] == pytest.approx(np.log2(3))


def test_fitted_thresholds_find_the_limits_that_made_the_labels():
    random = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "num_positive_peaks": random.integers(0, 5, 400),
            "num_negative_peaks": np.ones(400),
            "snr": random.gamma(3, 3, 400),
            "rp_contamination": random.beta(1, 9, 400),
        }
    )
    noise, mua = table.num_positive_peaks > 2, (table.snr < 8) | (table.rp_contamination > 0.2)
    labels = pd.Series(np.where(noise, "noise", np.where(mua, "mua", "good")))
    fitted = nbl.fit_thresholds(table, labels)
    assert fitted.after["macro_f1"] > 0.95 > fitted.before["macro_f1"]
    assert fitted.thresholds["mua"]["snr"]["min"] == pytest.approx(8, abs=0.6)
    assert fitted.thresholds["mua"]["rp_contamination"]["max"] == pytest.approx(0.2, abs=0.03)
    assert fitted.thresholds["noise"]["num_positive_peaks"]["max"] == 2
    changed = set(zip(fitted.changes.metric, fitted.changes.bound, strict=True))
    assert changed == {("snr", "min"), ("rp_contamination", "max")}, "what was right is left alone"
    shown = fitted.changes.set_index("metric").loc["rp_contamination"]
    assert (shown.before, shown.unit) == (10, "%")
    labeler = nbl.BombcellLabeler(table_analyzer(table))
    fitted.apply(labeler)
    assert labeler.thresholds["mua"]["snr"]["min"] == fitted.thresholds["mua"]["snr"]["min"]
    assert labeler.undo()
    assert labeler.thresholds["mua"]["snr"]["min"] == 5
    labeler.close()


def table_analyzer(table):
    """The demo's analyzer with other metrics, enough for a labeler."""
    demo = nbl.demo_analyzer()
    shown = table.head(demo.get_num_units()).set_index(demo.unit_ids)
    demo.__dict__["_metrics"] = shown
    return demo


def test_labels_that_say_nothing_change_no_threshold(recordings):
    random = np.random.default_rng(0)
    labels = pd.Series(random.choice(["good", "mua", "noise"], 150))
    fitted = nbl.fit_thresholds(recordings[0][0], labels)
    assert "not worth changing" in fitted.text
    assert fitted.text.startswith("No limit was changed: ")
    assert fitted.thresholds == nbl.bombcell_get_default_thresholds()
    assert fitted.changes.empty


def test_too_few_labels_change_no_threshold_however_well_they_fit(recordings):
    tables, labels = recordings
    few = labels[0].head(60)
    fitted = nbl.fit_thresholds(tables[0], few)
    assert "60 labels are fewer than 100" in fitted.kept
    assert fitted.changes.empty
    assert fitted.thresholds == nbl.bombcell_get_default_thresholds()
    start = {"mua": {"snr": {"min": 4, "max": None}}}
    again = nbl.fit_thresholds(tables[0], few, start=start)
    assert again.thresholds == start, "the start is whatever was given"
    more = nbl.fit_thresholds(tables[0], labels[0], asked=True)
    assert more.kept == ""
    assert len(more.changes)
    assert "no random sample" in more.text
    assert "no random sample" not in nbl.fit_thresholds(tables[0], labels[0]).text
    assert "fewer than" not in nbl.fit_thresholds(tables[0], few, fewest=50).kept


def test_a_gain_on_the_labels_alone_is_no_gain():
    """Labels by chance: some limits fit them better, and on units held out they do not."""
    kept = 0
    for seed in range(6):
        random = np.random.default_rng(seed)
        table = pd.DataFrame({"snr": random.gamma(3, 3, 120), "presence_ratio": random.beta(8, 1, 120)})
        labels = pd.Series(random.choice(["good", "mua"], 120))
        fitted = nbl.fit_thresholds(table, labels, seed=seed)
        gained = fitted.after["macro_f1"] > fitted.before["macro_f1"]
        assert gained or fitted.kept, "never changed without an honest gain"
        assert bool(fitted.kept) == fitted.changes.empty
        kept += bool(fitted.kept)
    assert kept


def test_fewer_than_ten_labels_are_refused(recordings):
    with pytest.raises(LabelsError, match="at least 10"):
        nbl.fit_thresholds(recordings[0][0], {0: "good"})
