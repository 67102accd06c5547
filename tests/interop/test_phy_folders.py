"""phy and SpikeInterface read what was made of a Kilosort folder here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import nb_autolabel as nbl

from ..conftest import shared
from ..kilosort_folder import Made, make_kilosort_folder

pytestmark = pytest.mark.oracle

#: Opens a folder as phy does.
PHY = """
import json, sys
import numpy as np
from phylib.io.model import load_model
model = load_model(sys.argv[1])
units = [int(unit) for unit in model.cluster_ids]
templates = {}
for unit in units:
    mean = model.get_cluster_mean_waveforms(unit)
    whole = np.zeros((mean.mean_waveforms.shape[0], model.n_channels))
    whole[:, mean.channel_ids] = mean.mean_waveforms
    templates[unit] = whole.tolist()
print(json.dumps({
    "units": units,
    "metadata": {name: {int(c): v for c, v in values.items()} for name, values in model.metadata.items()},
    "spikes": {unit: int((model.spike_clusters == unit).sum()) for unit in units},
    "templates": templates,
}))
"""

#: Opens a saved analyzer in SpikeInterface.
SPIKEINTERFACE = """
import json, sys
import numpy as np
import spikeinterface as si
analyzer = si.load(sys.argv[1])
analyzer.compute(["template_metrics"], save=False)
print(json.dumps({
    "units": analyzer.unit_ids.tolist(),
    "duration": analyzer.get_total_duration(),
    "extensions": sorted(analyzer.get_saved_extension_names()),
    "uV": bool(analyzer.return_in_uV),
    "trains": {str(u): analyzer.sorting.get_unit_spike_train(u, segment_index=0).tolist() for u in analyzer.unit_ids},
    "templates": analyzer.get_extension("templates").get_templates().tolist(),
    "locations": analyzer.get_channel_locations().tolist(),
    "shanks": analyzer.get_probegroup().probes[0].shank_ids.tolist(),
    "metrics": sorted(analyzer.get_extension("template_metrics").get_data().columns),
}))
"""

#: Computes what is cheap to compute of the sorting that SpikeInterface reads from the folder itself.
METRICS = """
import json, sys
import spikeinterface as si
import spikeinterface.extractors as se
from spikeinterface.metrics import compute_quality_metrics
sorting = se.read_phy(sys.argv[1])
recording = si.generate_recording(num_channels=4, durations=[float(sys.argv[2])], sampling_frequency=30000.0)
analyzer = si.create_sorting_analyzer(sorting, recording, sparse=False)
frame = compute_quality_metrics(analyzer, metric_names=["num_spikes", "firing_rate"])
print(frame.to_json())
"""


@pytest.fixture(params=[False, True], ids=["kilosort", "phy"])
def made(request, tmp_path: Path) -> Made:
    return make_kilosort_folder(tmp_path / "folder", curated=request.param)


def test_phy_shows_the_labels(made: Made, oracle):
    analyzer = nbl.load(made.folder)
    labels = dict(
        zip(analyzer.unit_ids.tolist(), ["good", "mua", "noise", "non_soma", "good", "good"], strict=True)
    )
    nbl.export_labels(labels, made.folder, "phy", name="bombcell", overwrite=True)

    seen = json.loads(oracle(PHY, made.folder / "params.py"))

    assert seen["units"] == analyzer.unit_ids.tolist()
    assert seen["spikes"] == {str(unit): n for unit, n in analyzer.count_num_spikes_per_unit().items()}
    assert seen["metadata"]["bombcell"] == {str(unit): label for unit, label in labels.items()}
    groups = {"good": "good", "mua": "mua", "noise": "noise", "non_soma": "mua"}
    assert seen["metadata"]["group"] == {str(unit): groups[label] for unit, label in labels.items()}
    assert seen["metadata"]["KSLabel"]["1"] == "good"
    for unit, template in zip(analyzer.unit_ids.tolist(), analyzer.get_templates(), strict=True):
        shown = np.array(seen["templates"][str(unit)])
        # phy leaves out channels on which a template is small, before it takes the mean of several.
        if unit == 10:
            continue
        channels = np.abs(shown).max(axis=0) > 0
        assert channels.any()
        assert np.allclose(shown[:, channels], template[:, channels], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("format", ["zarr", "binary_folder"])
def test_spikeinterface_opens_a_saved_copy(made: Made, tmp_path: Path, oracle, format):
    analyzer = nbl.load(made.folder, gain_to_uV=2.34)
    copy = analyzer.save_as(format, tmp_path / "copy", progress_bar=False)

    seen = json.loads(oracle(SPIKEINTERFACE, copy.folder))

    assert seen["units"] == analyzer.unit_ids.tolist()
    assert seen["duration"] == analyzer.get_total_duration()
    assert seen["extensions"] == analyzer.extension_names
    assert seen["uV"] is True
    for unit in analyzer.unit_ids.tolist():
        assert seen["trains"][str(unit)] == analyzer.get_unit_spike_train(unit).tolist()
    assert np.allclose(seen["templates"], analyzer.get_templates())
    assert np.allclose(seen["locations"], analyzer.get_channel_locations())
    assert seen["shanks"] == ["0"] * 5 + ["1"] * 5
    assert "peak_to_trough_duration" in seen["metrics"]


def test_counts_and_rates_are_those_of_spikeinterface(made: Made, oracle):
    analyzer = nbl.load(made.folder)
    for table in made.folder.glob("cluster_*.tsv"):
        table.unlink()
    seen = json.loads(oracle(METRICS, made.folder, analyzer.get_total_duration()))
    metrics = analyzer.get_metrics_extension_data()
    for name in ("num_spikes", "firing_rate"):
        assert np.allclose(metrics[name], [seen[name][str(unit)] for unit in analyzer.unit_ids], rtol=1e-12)


def test_the_real_folder_is_opened_by_spikeinterface_after_saving(tmp_path: Path, oracle):
    analyzer = nbl.load(shared("kilosort_folder"), gain_to_uV=2.34)
    copy = analyzer.save_as("zarr", tmp_path / "copy.zarr", progress_bar=False)
    script = SPIKEINTERFACE.replace('"trains": {', '"trains": {} and {').replace(
        "get_templates().tolist()", "get_templates()[:1].tolist()"
    )
    seen = json.loads(oracle(script, copy.folder))
    assert seen["units"] == analyzer.unit_ids.tolist()
    assert seen["duration"] == analyzer.get_total_duration()
