"""SpikeInterface loads, labels, plots and selects what was saved here, by zarr 2 or zarr 3."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl

from ..conftest import shared

pytestmark = pytest.mark.oracle

#: Runs in the environment of SpikeInterface; says what it found as JSON and leaves arrays as .npz.
USE = """
import json, sys, warnings
warnings.simplefilter("ignore")
import matplotlib
matplotlib.use("Agg")
import numpy as np
import spikeinterface as si
import spikeinterface.curation as sc
import spikeinterface.widgets as sw

folder, out = sys.argv[1], sys.argv[2]
analyzer = si.load(folder)
metrics = analyzer.get_metrics_extension_data()
labels = sc.bombcell_label_units(analyzer, label_non_somatic=False)
labels = labels.iloc[:, 0] if hasattr(labels, "columns") else labels
if "waveforms" in analyzer.extensions:
    widget = sw.plot_unit_labels(analyzer, np.asarray(labels))
    assert widget.figure is not None or widget.axes is not None
chosen = analyzer.select_units(analyzer.unit_ids[::-2])
again = chosen.save_as(format="zarr", folder=out + "/again.zarr")
vector = analyzer.sorting.to_spike_vector()
arrays = {"spikes/" + n: vector[n] for n in ("sample_index", "unit_index", "segment_index")}
for name in analyzer.get_saved_extension_names():
    for key, value in analyzer.get_extension(name).data.items():
        if hasattr(value, "shape") and not hasattr(value, "columns"):
            arrays[name + "/" + key] = np.asarray(value)
for name in metrics.columns:
    arrays["metrics/" + name] = metrics[name].to_numpy(dtype=float, na_value=np.nan)
np.savez(out + "/arrays.npz", **arrays)
print(json.dumps({
    "version": si.__version__,
    "units": analyzer.unit_ids.tolist(),
    "channels": analyzer.channel_ids.tolist(),
    "segments": analyzer.get_num_segments(),
    "duration": analyzer.get_total_duration(),
    "locations": analyzer.get_channel_locations().tolist(),
    "mask": None if analyzer.sparsity is None else analyzer.sparsity.mask.tolist(),
    "settings": [analyzer.return_in_uV, analyzer.peak_sign, analyzer.peak_mode],
    "extensions": sorted(analyzer.get_saved_extension_names()),
    "main channels": analyzer.get_main_channels(outputs="id").tolist(),
    "properties": sorted(analyzer.get_sorting_property_keys()),
    "thresholds": sc.bombcell_get_default_thresholds(),
    "labels": np.asarray(labels).astype(str).tolist(),
    "chosen": chosen.unit_ids.tolist(),
    "again": again.unit_ids.tolist(),
}))
"""


def assert_used(oracle: Any, analyzer: nbl.Analyzer, tmp_path: Path) -> None:
    """Let SpikeInterface use what lies at the analyzer's folder, and compare what it saw."""
    said = json.loads(oracle(USE, analyzer.folder, tmp_path).splitlines()[-1])

    assert said["version"] == "0.105.3"
    assert said["units"] == analyzer.unit_ids.tolist()
    assert said["channels"] == analyzer.channel_ids.tolist()
    assert said["segments"] == analyzer.get_num_segments()
    assert said["duration"] == analyzer.get_total_duration()
    np.testing.assert_array_equal(said["locations"], analyzer.get_channel_locations())
    assert said["mask"] == (None if analyzer.sparsity_mask is None else analyzer.sparsity_mask.tolist())
    assert said["extensions"] == sorted(analyzer.extension_names)
    assert said["settings"][0] is True
    assert said["main channels"] == analyzer.main_channel_ids.tolist()
    assert set(said["properties"]) >= set(analyzer.get_sorting_property_keys())
    assert len(said["labels"]) == analyzer.get_num_units()
    labels = nbl.bombcell_label_units(analyzer, thresholds=said["thresholds"], label_non_somatic=False)
    assert said["labels"] == labels.iloc[:, 0].tolist()
    assert said["chosen"] == said["again"] == analyzer.unit_ids[::-2].tolist()
    with np.load(tmp_path / "arrays.npz") as arrays:
        metrics = analyzer.get_metrics_extension_data()
        assert {n for n in arrays if n.startswith("metrics/")} == {f"metrics/{c}" for c in metrics}
        for name in metrics:
            np.testing.assert_array_equal(
                arrays[f"metrics/{name}"], metrics[name].to_numpy(float), err_msg=name
            )
        for name in ("sample_index", "unit_index", "segment_index"):
            np.testing.assert_array_equal(arrays[f"spikes/{name}"], analyzer.spikes[name])
        for name in analyzer.extension_names:
            extension = analyzer.get_extension(name)
            for key in extension.data_names:
                if extension.entry(key).kind == "array":
                    np.testing.assert_array_equal(
                        arrays[f"{name}/{key}"], extension.get_data(key), err_msg=key
                    )


@pytest.mark.parametrize("format", ["zarr", "binary_folder"])
@pytest.mark.parametrize(
    "sample", ["formats/si0.101.2.zarr", "formats/si0.105.3_two_segments_binary", "neuropixels_kilosort.zarr"]
)
@pytest.mark.filterwarnings("ignore::UserWarning")  # metrics that Bombcell would like and are not there
def test_spikeinterface_uses_what_was_saved_from_a_sample(
    sample: str, format: Any, oracle: Any, tmp_path: Path
):
    saved = nbl.load(shared(sample)).save_as(format, tmp_path / f"saved{'.zarr' * (format == 'zarr')}")

    assert_used(oracle, saved, tmp_path)


@pytest.mark.parametrize("format", ["zarr", "binary_folder"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_spikeinterface_uses_what_was_saved_slim_from_a_selection_of_the_demo(
    format: Any, oracle: Any, tmp_path: Path
):
    demo = nbl.demo_analyzer()
    chosen = demo.select_units(demo.unit_ids[40:2:-3])

    saved = chosen.save_as(format, tmp_path / f"slim{'.zarr' * (format == 'zarr')}", slim=True)

    assert_used(oracle, saved, tmp_path)
