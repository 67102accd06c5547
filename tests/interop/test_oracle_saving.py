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

def use(folder, out):
    analyzer = si.load(folder)
    metrics = analyzer.get_metrics_extension_data()
    labels = sc.bombcell_label_units(analyzer, label_non_somatic=False).iloc[:, 0]
    if "waveforms" in analyzer.extensions:
        widget = sw.plot_unit_labels(analyzer, np.asarray(labels))
        assert widget.figure is not None or widget.axes is not None
    chosen = analyzer.select_units(analyzer.unit_ids[::-2])
    again = chosen.save_as(format="zarr", folder=out + "_again.zarr")
    vector = analyzer.sorting.to_spike_vector()
    arrays = {"spikes/" + n: vector[n] for n in ("sample_index", "unit_index", "segment_index")}
    for name in analyzer.get_saved_extension_names():
        for key, value in analyzer.get_extension(name).data.items():
            if hasattr(value, "shape") and not hasattr(value, "columns"):
                arrays[name + "/" + key] = np.asarray(value)
    for name in metrics.columns:
        arrays["metrics/" + name] = metrics[name].to_numpy(dtype=float, na_value=np.nan)
    np.savez(out + ".npz", **arrays)
    return {
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
        "labels": labels.astype(str).tolist(),
        "chosen": chosen.unit_ids.tolist(),
        "again": again.unit_ids.tolist(),
    }

print(json.dumps({folder: use(folder, sys.argv[1] + "/" + str(i)) for i, folder in enumerate(sys.argv[2:])}))
"""

SAMPLES = [
    "formats/si0.101.2.zarr",
    "formats/si0.105.3_two_segments_binary",
    "neuropixels_kilosort.zarr",
    "demo",
]
CASES = [(sample, kind) for sample in SAMPLES for kind in ("zarr", "binary_folder")]


def _saved(sample: str, kind: Any, folder: Path) -> nbl.Analyzer:
    """Save a sample whole, or a selection of the bundled analyzer slim."""
    target = folder / f"{sample.replace('/', '_')}_{kind}{'.zarr' * (kind == 'zarr')}"
    if sample == "demo":
        demo = nbl.demo_analyzer()
        return demo.select_units(demo.unit_ids[40:2:-3]).save_as(kind, target, slim=True)
    return nbl.load(shared(sample)).save_as(kind, target)


@pytest.fixture(scope="module")
def used(oracle: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Any]:
    """What was saved here, and what SpikeInterface said of it, in one process for all."""
    folder = tmp_path_factory.mktemp("used")
    saved = {case: _saved(*case, folder) for case in CASES}
    said = json.loads(oracle(USE, folder, *[a.folder for a in saved.values()]).splitlines()[-1])
    return {
        case: (analyzer, said[str(analyzer.folder)], folder / f"{i}.npz")
        for i, (case, analyzer) in enumerate(saved.items())
    }


@pytest.mark.parametrize("case", CASES, ids="-".join)
@pytest.mark.filterwarnings("ignore::UserWarning")  # metrics that Bombcell would like and are not there
def test_spikeinterface_loads_labels_plots_and_selects_what_was_saved(case: Any, used: Any):
    analyzer, said, file = used[case]

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
    with np.load(file) as arrays:
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
