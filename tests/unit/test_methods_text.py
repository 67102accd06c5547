"""The paragraph for papers says what was really done, for every kind of model, preset and remark."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel._version import __version__
from nb_autolabel.classifiers.adaptation import bundled_training_data
from nb_autolabel.classifiers.boosting import Growth
from nb_autolabel.classifiers.cascade import Cascade
from nb_autolabel.classifiers.provenance import cascade_in_words, classifier_in_words
from nb_autolabel.classifiers.store import bundled, of_estimator
from nb_autolabel.classifiers.unitrefine import unitrefine_trace
from nb_autolabel.export.methods import methods_text
from nb_autolabel.metrics.table import MetricTable
from nb_autolabel.rules.methods import bombcell_rules, threshold_rules
from tests.conftest import shared

TREES = (
    f"gradient-boosted trees of nb_autolabel {__version__}, trained on 2,945 units published with UnitRefine "
    "(Jain et al., 2025)"
)


@pytest.fixture(scope="module")
def demo():
    return nbl.demo_analyzer()


@pytest.fixture(scope="module")
def forest(demo):
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    table = demo.get_metrics_extension_data()[["snr", "firing_rate"]].astype(float)
    target = np.where(table.snr < 5, "noise", "neural")
    return make_pipeline(StandardScaler(), RandomForestClassifier(5, random_state=0)).fit(table, target)


def said_of(demo, *given, metrics=None, **options):
    """The paragraph of a run, as the labeler and the report make it."""
    cascade = Cascade(*given)
    trace, inputs = unitrefine_trace(MetricTable.of(demo if metrics is None else metrics), cascade, **options)
    return methods_text(trace, demo, "UnitRefine", cascade_in_words(cascade, inputs))


def test_the_bundled_pair_is_named_for_what_it_is(demo):
    text = said_of(demo)
    assert f"labeled by {TREES}, in UnitRefine's two-step scheme, with nb_autolabel" in text
    assert len(bundled_training_data().truth) == 2945, "the number is that of the units"
    assert "UnitRefine's pair of classifiers" not in text
    assert "UnitRefine: a community toolbox" in text
    assert "Bombcell" not in text
    labeler = nbl.UnitRefineLabeler(demo, journal=None)
    assert labeler.methods_text() == text
    labeler.close()


def test_the_report_says_the_same(demo, tmp_path):
    text = nbl.report(demo, tmp_path / "r.html").read_text(encoding="utf-8")
    assert TREES in text


def test_an_adapted_pair_says_with_how_many_labels(demo):
    truth = nbl.bombcell_label_units(demo)["label"].head(30).replace({"non_soma": "good"})
    pair = nbl.adapt(demo, truth)
    assert f"{TREES} and adapted with 30 labels, in UnitRefine's" in said_of(demo, pair.noise, pair.sua)
    base = bundled_training_data()
    some = np.arange(len(base.truth)) % 10 == 0
    own = nbl.adapt(demo, truth, base=base.part(some), settings=[Growth(iterations=10)])
    text = said_of(demo, own.noise, own.sua)
    assert "trees trained with nb_autolabel" in text
    assert "on the user's own units and adapted with 30 labels" in text
    assert "2,945" not in text, "other units were learnt from"


def test_a_model_of_this_session_of_a_file_and_of_a_folder_are_told_apart(demo, tmp_path):
    labels = nbl.bombcell_label_units(demo)["label"]
    trained = nbl.train_unit_classifier(demo, labels, growth=Growth(iterations=10))
    text = said_of(demo, trained.classifier)
    assert (
        f"trained with nb_autolabel {__version__} on labeled units of 1 recording of the user's own" in text
    )
    assert "by one classifier, noise against neural, of UnitRefine's two-step scheme" in text
    assert "2,945" not in text
    folder = trained.save(tmp_path / "my_model")
    from_folder = classifier_in_words(Cascade(folder).classifiers["noise_probability"])
    assert from_folder.endswith("read from the folder 'my_model'")
    assert str(tmp_path) not in from_folder, "no path of this machine in a paper"
    from_file = classifier_in_words(Cascade(folder / "best_model.skops").classifiers["noise_probability"])
    assert from_file.endswith("read from the file 'best_model.skops'")


def test_the_published_model_is_named_by_its_estimator_and_file():
    sua = Cascade(None, shared("published_model")).classifiers["sua_probability"]
    assert classifier_in_words(sua).endswith("read from the folder 'published_model'")
    assert "RandomForestClassifier" in classifier_in_words(sua)
    assert "bundled" not in classifier_in_words(sua)


def test_an_estimator_that_was_given_is_named_by_its_kind(demo, forest):
    text = said_of(demo, forest)
    assert "a RandomForestClassifier that the user had fitted with scikit-learn" in text
    mixed = said_of(demo, forest, "bundled:sua")
    assert (
        "by two classifiers in UnitRefine's two-step scheme (Jain et al., 2025), for noise against neural a "
        f"RandomForestClassifier that the user had fitted with scikit-learn; for single against multi unit {TREES}"
    ) in mixed


def test_a_model_of_the_hub_is_named_with_its_revision(forest):
    known = replace(of_estimator(forest, {}, "SpikeInterface/UnitRefine_noise"), revision="abc123")
    assert classifier_in_words(known) == (
        "a RandomForestClassifier of the Hugging Face Hub's repository SpikeInterface/UnitRefine_noise "
        "(revision abc123)"
    )


def test_a_file_that_is_called_like_something_else_is_still_a_file(forest):
    for name in ("bundled", "this session", "own trees", "bundled, adapted by 5 labels"):
        assert "2,945" not in classifier_in_words(of_estimator(forest, {}, name))
        assert "read from the folder" in classifier_in_words(of_estimator(forest, {}, name))
    assert classifier_in_words(bundled("noise")) == TREES


def test_words_do_not_depend_on_how_the_source_of_a_model_is_worded(demo, forest):
    odd = replace(bundled("noise"), source="something else", info={**bundled("noise").info, "data": "?"})
    assert classifier_in_words(odd) == TREES
    given = nbl.load_unit_classifier(forest)
    assert classifier_in_words(replace(given, source="x")) == classifier_in_words(given)
    assert "had fitted with scikit-learn" in classifier_in_words(given)


def test_what_was_corrected_and_what_was_missing_is_said(demo):
    table = demo.get_metrics_extension_data().astype(float)
    wrong = table.assign(snr=table.snr * 1e6).drop(columns=["silhouette", "nn_hit_rate"])
    text = said_of(demo, metrics=wrong)
    assert re.search(r"Snr is .* divided by 1e\+06\.", text)
    assert "The classifiers had to do without nn_hit_rate, silhouette." in text
    assert "had to do without" not in said_of(demo)


@pytest.mark.parametrize(
    ("preset", "said", "cited"),
    [
        ("default", "following Bombcell (Fabre et al., 2023) with the limits of", "Fabre J. M. J."),
        ("spikeinterface-0.104", "default limits of SpikeInterface 0.104", "Fabre J. M. J."),
        ("spikeinterface-0.105", "default limits of SpikeInterface 0.105", "Fabre J. M. J."),
        ("bombcell", "with its original limits", "Fabre J. M. J."),
        ("fitted", "fitted to 2,945 units published with UnitRefine (Jain et al., 2025)", "Jain A."),
        ("allen", "Allen Institute's usual unit filter (Siegle et al., 2021)", "Siegle J. H. et al."),
        ("ibl", "International Brain Laboratory (2022)", "International Brain Laboratory et al. (2022)"),
    ],
)
def test_a_preset_is_named_with_its_own_source(demo, preset, said, cited):
    labeler = nbl.BombcellLabeler(demo, preset=preset, journal=None)
    text, _, references = labeler.methods_text().partition("\n\n")
    labeler.close()
    assert said in text
    assert cited in references
    assert ("Bombcell" in text) == (preset not in ("allen", "ibl"))
    assert ("Fabre" in references) == (preset not in ("allen", "ibl"))


def test_limits_that_were_changed_are_not_called_those_of_a_preset(demo):
    own = bombcell_rules().with_criterion("snr", min=6.5).apply(demo, missing="inactive")
    assert "following Bombcell (Fabre et al., 2023) with limits of the user's own" in methods_text(
        own, demo, "Bombcell"
    )
    allen = bombcell_rules(preset="allen").with_criterion("presence_ratio", min=0.5)
    assert "usual unit filter (Siegle et al., 2021), but with other limits" in methods_text(
        allen.apply(demo, missing="inactive"), demo, "Bombcell"
    )
    mine = bombcell_rules({"mua": {"snr": {"min": 3}}}).apply(demo, missing="inactive")
    text = methods_text(mine, demo, "Bombcell")
    assert "labeled by thresholds with" in text
    assert "Bombcell" not in text


def test_criteria_that_are_off_or_not_there_are_not_said_to_have_decided(demo):
    table = demo.get_metrics_extension_data().astype(float).drop(columns="snr")
    rules = bombcell_rules().with_criterion("drift_ptp", max=None)
    text = methods_text(rules.apply(table, missing="inactive"), demo, "Bombcell")
    assert "snr was below" not in text
    assert "snr could not be judged, because the metric was not computed" in text
    assert "drift_ptp" not in text
    nothing = methods_text(threshold_rules({"snr": {}}).apply(demo), demo, "Thresholds")
    assert "No criterion was set" in nothing
    assert "All other units" not in nothing


def test_units_of_which_nothing_was_known_are_said_only_where_there_are_some(demo):
    table = demo.get_metrics_extension_data().astype(float)
    rules = bombcell_rules(preset="allen")
    assert "unjudged" not in methods_text(rules.apply(table), demo, "Bombcell")
    more = pd.concat([table, pd.DataFrame(np.nan, index=[999], columns=table.columns)])
    text = methods_text(rules.apply(more), demo, "Bombcell")
    assert (
        "became unjudged if nothing was known of isi_violations_ratio, amplitude_cutoff, presence_ratio"
        in text
    )
    assert "1 unjudged" in text
