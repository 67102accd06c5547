"""What is exported is read by the real tools: SpikeInterface, phy's loader, pynwb."""

import json

import numpy as np
import pytest

import nb_autolabel as nbl

si = pytest.importorskip("spikeinterface", reason="needs the environment with SpikeInterface")

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore"),  # SpikeInterface and zarr 2 warn of their own future
]


@pytest.fixture(scope="module")
def analyzer(tmp_path_factory):
    """A small analyzer with metrics, saved by SpikeInterface itself."""
    recording, sorting = si.generate_ground_truth_recording(
        durations=[10.0], num_channels=8, num_units=6, seed=0
    )
    made = si.create_sorting_analyzer(sorting, recording, format="memory")
    made.compute(["random_spikes", "noise_levels", "waveforms", "templates", "spike_amplitudes"])
    made.compute("quality_metrics", metric_names=["snr", "firing_rate", "num_spikes"])
    folder = tmp_path_factory.mktemp("export") / "a.zarr"
    made.save_as(format="zarr", folder=folder)
    return made, folder


THRESHOLDS = {"snr": {"min": 14}, "firing_rate": {"min": 5}}


def test_spikeinterface_validates_and_applies_a_curation(analyzer, tmp_path):
    from spikeinterface.curation import apply_curation
    from spikeinterface.curation.curation_model import Curation

    made, _ = analyzer
    labels = nbl.threshold_metrics_label_units(made, THRESHOLDS, fail_label="mua")["label"]
    labels.iloc[0] = "noise"
    nbl.export_labels(labels, tmp_path / "c.json", remove="noise")
    data = json.loads((tmp_path / "c.json").read_text())
    assert Curation(**data).format_version == "2"
    curated = apply_curation(made, data)
    assert curated.unit_ids.tolist() == labels.index[1:].tolist()
    assert curated.sorting.get_property("quality").tolist() == labels.iloc[1:].tolist()


def test_spikeinterface_finds_the_labels_in_its_own_zarr(analyzer, tmp_path):
    import shutil

    made, folder = analyzer
    copy = shutil.copytree(folder, tmp_path / "b.zarr")
    labels = nbl.threshold_metrics_label_units(made, THRESHOLDS)["label"]
    nbl.export_labels(labels, copy, "analyzer")
    again = si.load(copy)
    assert again.sorting.get_property("label").tolist() == labels.tolist()
    before, after = (a.get_extension("quality_metrics").get_data() for a in (made, again))
    assert after[before.columns].equals(before)


def test_spikeinterface_finds_the_labels_in_a_binary_folder(analyzer, tmp_path):
    made, _ = analyzer
    made.save_as(format="binary_folder", folder=tmp_path / "b")
    labels = nbl.threshold_metrics_label_units(made, THRESHOLDS)["label"]
    nbl.export_labels(labels, tmp_path / "b", "analyzer")
    assert si.load(tmp_path / "b").sorting.get_property("label").tolist() == labels.tolist()


def test_spikeinterface_labels_with_the_exported_thresholds(analyzer, tmp_path):
    from spikeinterface.curation import threshold_metrics_label_units

    made, _ = analyzer
    trace = nbl.ThresholdLabeler(made, THRESHOLDS, journal=None)
    trace.export(tmp_path / "t.json", "thresholds_json")
    metrics = made.get_extension("quality_metrics").get_data()
    theirs = threshold_metrics_label_units(metrics, thresholds=str(tmp_path / "t.json"))
    assert theirs["label"].tolist() == trace.labels["label"].tolist()


@pytest.mark.parametrize("as_text", [False, True])
def test_phys_own_loader_reads_the_tables(analyzer, tmp_path, as_text):
    model = pytest.importorskip("phylib.io.model", reason="needs phylib")
    made, _ = analyzer
    ids = [f"u{unit}" for unit in made.unit_ids] if as_text else [int(unit) for unit in range(6)]
    labels = dict(zip(ids, ["good", "mua", "noise", "non_soma_good", "unsure", "good"], strict=True))
    nbl.export_labels(labels, tmp_path / "phy", "phy")
    groups = model.load_metadata(tmp_path / "phy" / "cluster_group.tsv")["group"]
    assert groups == dict(enumerate(["good", "mua", "noise", "good", "unsorted", "good"]))
    own = model.load_metadata(tmp_path / "phy" / "cluster_label.tsv")["label"]
    assert list(own.values()) == list(labels.values())
    assert nbl.import_labels(tmp_path / "phy", unit_ids=list(labels))["label"].to_dict() == labels


def test_labels_go_into_the_folder_that_export_to_phy_made(analyzer, tmp_path):
    from spikeinterface.exporters import export_to_phy

    made, _ = analyzer
    some = made.select_units(made.unit_ids[[4, 1, 3]])
    export_to_phy(some, tmp_path / "phy", compute_pc_features=False, compute_amplitudes=False, verbose=False)
    labels = dict(zip([u.item() for u in some.unit_ids], ["noise", "good", "mua"], strict=True))
    nbl.export_labels(labels, tmp_path / "phy", "phy", overwrite=True)
    model = pytest.importorskip("phylib.io.model", reason="needs phylib")
    groups = model.load_metadata(tmp_path / "phy" / "cluster_group.tsv")["group"]
    ids = model.load_metadata(tmp_path / "phy" / "cluster_si_unit_ids.tsv")["si_unit_id"]
    assert {str(ids[cluster]): group for cluster, group in groups.items()} == {
        str(unit): label for unit, label in labels.items()
    }
    assert nbl.import_labels(tmp_path / "phy", unit_ids=list(labels))["label"].to_dict() == labels


def test_labels_of_spikeinterface_and_ours_agree_perfectly_when_they_are_the_same(analyzer):
    made, _ = analyzer
    labels = nbl.threshold_metrics_label_units(made, THRESHOLDS)
    found = nbl.compare(ours=labels, theirs=labels["label"])
    assert found.kappa().agreement == 1.0
    assert np.isclose(found.kappa().value, 1.0)
