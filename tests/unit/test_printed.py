"""What public functions return is read on one screen when it is printed: no arrays, no whole models."""

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.classifiers.adaptation import bundled_training_data
from nb_autolabel.classifiers.boosting import Growth
from nb_autolabel.classifiers.inputs import SHOWN, Finding, Inputs
from nb_autolabel.rules.sensitivity import Curve


@pytest.fixture(scope="module")
def results():
    demo = nbl.demo_analyzer()
    labels = nbl.bombcell_label_units(demo)["label"]
    plain = labels.replace({"non_soma": "good"})
    classifier = nbl.load_unit_classifier("bundled:noise")
    trained = nbl.train_unit_classifier(demo, labels, growth=Growth(iterations=5))
    adapted = nbl.adapt(demo, plain.head(20))
    rules = nbl.BombcellLabeler(demo, journal=None)
    made = {
        "inputs": nbl.check_inputs(demo, classifier),
        "classifier": classifier,
        "trees": classifier.trees,
        "pair": adapted,
        "adapted": adapted.noise.trees,
        "adaptation": adapted.noise.adaptation,
        "trained": trained,
        "report": trained.report,
        "fitted": nbl.fit_thresholds(demo, plain),
        "rules": rules.rule_set,
        "trace": rules.trace,
        "explanation": rules.explain(demo.unit_ids[0]),
        "sensitivity": rules.sensitivity(),
        "comparison": nbl.compare(labels, plain, names=["a", "b"]),
        "units": bundled_training_data(),
        "analyzer": demo,
        "curve": Curve("snr", "min", np.arange(1000.0), np.zeros((1000, 3), dtype=int)),
        "plot": nbl.plot_unit_labels(demo, labels),
    }
    rules.close()
    return made


def test_nothing_that_is_returned_prints_arrays_or_whole_models(results):
    for name, result in results.items():
        said = repr(result)
        assert len(said) < 6000, (name, said[:500])
        assert "array(" not in said, name
        assert "Trees(feature" not in said, name
        assert "UnitClassifier(source" not in said, name


def test_inputs_are_printed_as_what_was_found(results):
    said = str(results["inputs"]).splitlines()
    assert said[0] == f"142 units, {results['inputs'].rows.shape[1]} metrics for the classifier from bundled"
    assert "units lack some of the metrics" in said[1]
    assert len(said) == 2 + max(1, len(results["inputs"].findings))
    many = tuple(Finding(f"m{k}", "gaps", f"m{k} is odd.") for k in range(SHOWN + 3))
    found = Inputs(results["inputs"].rows, many, results["inputs"].outside, results["classifier"])
    assert repr(found).endswith("m19 is odd.\n  and 3 more: frame() lists all")
    none = Inputs(results["inputs"].rows, (), results["inputs"].outside, results["classifier"])
    assert repr(none).endswith("nothing differs from the training data")
