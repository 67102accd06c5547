"""Code of a labeling loads or makes its classifiers again, or says how it could; it never holds a repr of one."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.classifiers.adaptation import bundled_training_data
from nb_autolabel.classifiers.boosting import Growth
from nb_autolabel.classifiers.store import bundled, of_estimator
from nb_autolabel.errors import ModelError
from nb_autolabel.export.classifier_code import classifier_options
from nb_autolabel.export.expression import dictionary_code


@pytest.fixture(scope="module")
def demo():
    return nbl.demo_analyzer()


@pytest.fixture(scope="module")
def truth(demo):
    return nbl.bombcell_label_units(demo)["label"].head(40).replace({"non_soma": "good"})


@pytest.fixture(scope="module")
def pair(demo, truth):
    return nbl.adapt(demo, truth)


@pytest.fixture(scope="module")
def trained(demo):
    labels = nbl.bombcell_label_units(demo)["label"]
    return nbl.train_unit_classifier(demo, labels, growth=Growth(iterations=5))


@pytest.fixture(scope="module")
def forest(demo):
    from sklearn.ensemble import RandomForestClassifier

    table = demo.get_metrics_extension_data()[["snr", "firing_rate"]].astype(float)
    return RandomForestClassifier(3, random_state=0).fit(table, np.where(table.snr < 5, "noise", "neural"))


def holds(analyzer, *given, **options):
    """Make a labeler, run its code, and make sure that the labels are the same to the last digit."""
    labeler = nbl.UnitRefineLabeler(analyzer, *given, journal=None, **options)
    code = labeler.to_code(drop="noise")
    names: dict = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nbl.InputWarning)
        exec(code, names)
    pd.testing.assert_frame_equal(names["labels"], labeler.labels)
    labeler.close()
    return code


def test_a_pair_that_was_adapted_to_the_same_units_is_adapted_again(demo, pair):
    code = holds(demo, pair.noise, pair.sua)
    assert code.count("nbl.adapt(analyzer, {") == 1, "both classifiers come from one pair"
    assert "UnitClassifier" not in code


def test_pairs_are_mixed_with_each_other_and_with_what_has_an_address(demo, pair, truth):
    other = nbl.adapt(demo, truth.head(25))
    code = holds(demo, pair.noise, other.sua)
    assert "pair.noise" in code
    assert "pair_2.sua" in code
    assert "'bundled:sua'" in holds(demo, pair.noise, "bundled:sua")
    assert "'bundled:noise'" in holds(demo, bundled("noise"), pair.sua)
    holds(demo, pair.noise)


def test_a_pair_adapted_to_all_units_labels_some_and_one_adapted_to_another_analyzer_opens_that(
    demo, pair, tmp_path
):
    assert "pair_units = nbl.demo_analyzer()" in holds(
        demo.select_units(demo.unit_ids[:60]), pair.noise, pair.sua
    )
    half = nbl.load(demo.select_units(demo.unit_ids[:70]).save_as("zarr", tmp_path / "half.zarr").folder)
    labels = nbl.bombcell_label_units(half)["label"].head(30).replace({"non_soma": "good"})
    adapted = nbl.adapt(half, labels)
    assert f"pair_units = nbl.load({str(tmp_path / 'half.zarr')!r})" in holds(
        demo, adapted.noise, adapted.sua
    )


def test_a_pair_adapted_to_a_table_of_the_same_metrics_needs_no_other_analyzer(demo, truth):
    adapted = nbl.adapt(demo.get_metrics_extension_data(), truth)
    assert "pair = nbl.adapt(analyzer, {" in holds(demo, adapted.noise, adapted.sua)


def test_the_pair_of_a_labeling_session_is_adapted_again(demo, truth, tmp_path):
    session = nbl.LabelingSession(demo, tmp_path / "labels.jsonl")
    for unit, label in truth.head(12).items():
        session.label(unit, label)
    adapted = session.adapt()
    session.close()
    holds(demo, adapted.noise, adapted.sua)


def test_a_trained_classifier_is_loaded_from_where_it_was_saved_even_if_that_was_after_the_labeler(
    demo, trained, tmp_path
):
    labeler = nbl.UnitRefineLabeler(demo, trained.classifier, journal=None)
    with pytest.raises(ModelError, match=r"lives in the memory.*trained\.save\('my_model'\)"):
        labeler.to_code()
    folder = trained.save(tmp_path / "it's mine")
    assert repr(str(folder)) in labeler.to_code()
    labeler.close()
    holds(demo, trained.classifier)
    holds(demo, nbl.load_unit_classifier(folder))
    holds(demo, folder)


def test_an_estimator_that_lives_in_memory_is_refused_and_one_in_a_file_is_loaded(demo, forest, tmp_path):
    import skops.io

    labeler = nbl.UnitRefineLabeler(demo, forest, journal=None)
    with pytest.raises(ModelError, match=r"skops\.io\.dump.*noise_neural_classifier='my_model\.skops'"):
        labeler.to_code()
    labeler.close()
    skops.io.dump(forest, tmp_path / "f.skops")
    holds(demo, tmp_path / "f.skops")
    holds(demo, str(tmp_path / "f.skops"), corrections="leave")
    holds(demo, nbl.load_unit_classifier(tmp_path / "f.skops"))


def test_a_model_of_the_hub_is_loaded_at_the_commit_that_labeled(forest, demo):
    known = replace(of_estimator(forest, {}, "lab/model"), address="lab/model", revision="abc123")
    options = classifier_options({"sua_mua_classifier": known}, {"sua_mua_classifier": known}, demo)
    assert repr(options["sua_mua_classifier"]) == "nbl.load_unit_classifier('lab/model', revision='abc123')"


def test_a_pair_that_cannot_be_made_again_says_why_and_what_to_do(demo, truth):
    base = bundled_training_data()
    some = np.arange(len(base.truth)) % 10 == 0
    own = nbl.adapt(demo, truth, base=base.part(some), settings=[Growth(iterations=5)])
    labeler = nbl.UnitRefineLabeler(demo, own.noise, own.sua, journal=None)
    with pytest.raises(ModelError, match="units of your own.*train_unit_classifier"):
        labeler.to_code()
    labeler.close()
    table = demo.get_metrics_extension_data().head(70)
    other = nbl.adapt(table, truth)
    labeler = nbl.UnitRefineLabeler(demo, other.noise, other.sua, journal=None)
    with pytest.raises(ModelError, match=r"which no file holds.*nbl\.adapt\(nbl\.load\(path\), labels\)"):
        labeler.to_code()
    labeler.close()


def test_dictionaries_of_code_are_the_same_whatever_stands_in_them():
    odd = {
        1: "good",
        "1": "it's",
        ("monday", 2): 'a "b" \\ c' + " x" * 90,
        -3: "",
        **{f"u {k}": "mua" for k in range(50)},
    }
    assert eval(dictionary_code(odd)) == odd
    assert list(eval(dictionary_code(odd))) == list(odd)
    assert eval(dictionary_code({})) == {}
    assert dictionary_code(dict.fromkeys(range(100), "good")).count("\n") < 20
