"""Counts of the converter are never taken for microvolts: converted where gains are stored, else called arbitrary."""

import json

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import MissingMetricError
from nb_autolabel.metrics.table import MetricTable
from nb_autolabel.widgets.card import describe

N = 20


def write(folder, gains=None, offset=0.0, said=False, key="return_in_uV"):
    """Write some units of the demo as counts: µV = gain x count + offset, a gain for each channel."""
    demo = nbl.demo_analyzer()
    demo.select_units(demo.unit_ids[:N]).save_as(format="binary_folder", folder=folder)
    settings = json.loads((folder / "settings.json").read_text())
    settings.pop("return_in_uV", None)
    (folder / "settings.json").write_text(json.dumps({**settings, key: said}))
    file = folder / "recording_info" / "recording_attributes.json"
    attributes = json.loads(file.read_text())
    n_channels = len(attributes["channel_ids"])
    attributes["properties"] = {}
    if gains is not None:
        gain = np.resize(gains, n_channels)
        attributes["properties"] = {"gain_to_uV": gain.tolist(), "offset_to_uV": [offset] * n_channels}
        main = nbl.load(folder).main_channel_indices
        for name in ("average", "std"):
            stored = folder / "extensions" / "templates" / f"{name}.npy"
            if stored.exists():
                np.save(stored, (np.load(stored) - (offset if name == "average" else 0)) / gain)
        stored = folder / "extensions" / "quality_metrics" / "metrics.csv"
        table = pd.read_csv(stored, index_col=0)
        table["amplitude_median"] = (table["amplitude_median"] - offset) / gain[main]
        table.to_csv(stored)
        stored = folder / "extensions" / "template_metrics" / "metrics.csv"
        table = pd.read_csv(stored, index_col=0)
        for name in ("recovery_slope", "repolarization_slope"):
            table[name] = table[name] / gain[main]
        table.to_csv(stored)
    file.write_text(json.dumps(attributes))
    return nbl.load(folder)


@pytest.fixture(scope="module")
def demo():
    made = nbl.demo_analyzer()
    return made.select_units(made.unit_ids[:N])


@pytest.fixture(scope="module", params=["return_in_uV", "return_scaled"])
def converted(request, tmp_path_factory):
    return write(
        tmp_path_factory.mktemp("counts") / "a", gains=[0.195, 2.34, 0.763], offset=1.5, key=request.param
    )


@pytest.fixture(scope="module")
def arbitrary(tmp_path_factory):
    return write(tmp_path_factory.mktemp("arbitrary") / "a")


def test_counts_with_stored_gains_give_the_labels_values_and_pictures_of_the_same_data_in_microvolts(
    demo, converted
):
    assert converted.voltage.unit == "µV"
    for label in (nbl.bombcell_label_units, nbl.unitrefine_label_units):
        assert label(converted)["label"].tolist() == label(demo)["label"].tolist()
    for name in ("amplitude_median", "recovery_slope", "repolarization_slope", "snr"):
        assert np.allclose(MetricTable.of(converted).values(name), MetricTable.of(demo).values(name))
    assert np.allclose(converted.main_channel_templates, demo.main_channel_templates, atol=1e-3)
    _, arrays = describe(converted, 3)
    assert np.allclose(arrays["template"], describe(demo, 3)[1]["template"], atol=1e-3)
    stored = converted.get_metrics_extension_data()["amplitude_median"]
    assert not np.allclose(stored, MetricTable.of(converted).values("amplitude_median")), (
        "stored values stay as stored"
    )


@pytest.mark.parametrize(
    "gains",
    [None, "wrong", [], [np.nan], [0.0, 0.0], {"a": 1}],
    ids=["none", "text", "empty", "nan", "zero", "dict"],
)
def test_counts_without_usable_gains_are_in_arbitrary_units(demo, tmp_path, gains):
    folder = tmp_path / "a"
    write(folder)
    file = folder / "recording_info" / "recording_attributes.json"
    attributes = json.loads(file.read_text())
    if gains is not None:
        many = len(attributes["channel_ids"])
        attributes["properties"]["gain_to_uV"] = (
            gains * (many // len(gains)) if isinstance(gains, list) and gains else gains
        )
    file.write_text(json.dumps(attributes))
    analyzer = nbl.load(folder)
    assert analyzer.voltage.unit == "a.u."
    assert "return_in_uV is false" in analyzer.voltage.reason


def test_in_arbitrary_units_limits_in_microvolts_are_off_and_that_is_said(demo, arbitrary):
    with pytest.warns(UserWarning, match="mua/amplitude_median is off: the analyzer holds counts"):
        labels = nbl.bombcell_label_units(arbitrary)["label"]
    limits = nbl.bombcell_get_default_thresholds()
    del limits["mua"]["amplitude_median"]
    assert labels.tolist() == nbl.bombcell_label_units(demo, limits)["label"].tolist()
    with pytest.warns(UserWarning, match="amplitude_median is off"):
        simple = nbl.threshold_metrics_label_units(
            arbitrary, {"amplitude_median": {"min": 40}, "snr": {"min": 5}}
        )
    assert (
        simple["label"].tolist()
        == nbl.threshold_metrics_label_units(demo, {"snr": {"min": 5}})["label"].tolist()
    )
    with pytest.raises(
        MissingMetricError, match="no criterion .* can be judged: amplitude_median .* arbitrary units"
    ):
        nbl.threshold_metrics_label_units(arbitrary, {"amplitude_median": {"min": 40}})


def test_in_arbitrary_units_nothing_that_is_shown_or_written_says_microvolts(arbitrary, tmp_path):
    labeler = nbl.BombcellLabeler(arbitrary, journal=None)
    engine = labeler.engine
    at = labeler.rule_set.index("amplitude_median")
    assert engine._missing[at]
    assert "arbitrary units" in engine._unusable["amplitude_median"]
    assert engine._metric_units["amplitude_median"]["unit"] == "a.u."
    assert engine._metric_units["recovery_slope"]["unit"] == "a.u./s"
    assert labeler.view("waveforms")._volt == labeler.view("card")._volt == "a.u."
    explained = labeler.explain(arbitrary.unit_ids[0]).text
    assert "Off: mua/amplitude_median" in explained
    methods = labeler.methods_text()
    assert "amplitude_median could not be judged: the analyzer holds counts" in methods
    assert labeler.missing_values().loc["mua/amplitude_median", "state"] == "arbitrary units"
    notes = [w.value for w in labeler.parts["histograms"].children if hasattr(w, "value")]
    assert any("Off: amplitude_median; the analyzer holds counts" in note for note in notes)
    figure = nbl.plot_unit_labels(arbitrary, labeler.labels["label"]).figure
    texts = [t.get_text() for axes in figure.axes for t in (axes.yaxis.label, axes.title)]
    assert "amplitude (a.u.)" in texts
    assert not any("µV" in text for text in [*texts, explained, methods])
    labeler.close()


def test_a_classifier_is_not_given_counts_for_microvolts(demo, arbitrary):
    with pytest.warns(nbl.InputWarning, match="arbitrary units"):
        found = nbl.unitrefine_probabilities(arbitrary)
    table = demo.get_metrics_extension_data().drop(
        columns=["amplitude_median", "recovery_slope", "repolarization_slope"]
    )
    with pytest.warns(nbl.InputWarning):
        without = nbl.unitrefine_probabilities(table)
    assert np.allclose(found["noise_probability"], without["noise_probability"])


def test_a_plain_table_and_an_analyzer_that_says_nothing_are_in_microvolts(demo, tmp_path):
    assert demo.voltage.unit == "µV"
    assert MetricTable.of(demo.get_metrics_extension_data()).arbitrary == ""
    folder = tmp_path / "a"
    write(folder)
    (folder / "settings.json").write_text("{}")
    assert nbl.load(folder).voltage.unit == "µV"


def test_selected_and_saved_units_keep_their_unit(converted, arbitrary, tmp_path):
    for analyzer in (converted, arbitrary):
        some = analyzer.select_units(analyzer.unit_ids[::2])
        saved = some.save_as(folder=tmp_path / f"{analyzer.voltage.unit[0]}.zarr", overwrite=True)
        for made in (some, saved):
            assert made.voltage.unit == analyzer.voltage.unit
            assert np.allclose(made.main_channel_templates, analyzer.main_channel_templates[::2])
