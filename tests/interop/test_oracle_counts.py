"""Analyzers that SpikeInterface made of raw counts, live and saved, are converted or called arbitrary."""

import numpy as np
import pytest

import nb_autolabel as nbl

si = pytest.importorskip("spikeinterface.full")
GAIN = 0.195


@pytest.fixture(scope="module")
def analyzers():
    """The same recording in µV and in counts, with gains and without."""
    recording, sorting = si.generate_ground_truth_recording(
        durations=[15.0], num_units=6, num_channels=8, seed=2
    )
    raw = np.round(recording.get_traces(return_in_uV=True) / GAIN).astype("int16")
    trains = {unit: sorting.get_unit_spike_train(unit) for unit in sorting.unit_ids}
    sorting = si.NumpySorting.from_unit_dict([trains], sorting.sampling_frequency)
    made = {}
    for name in ("uV", "counts", "no gain"):
        counts = si.NumpyRecording([raw], recording.sampling_frequency, channel_ids=recording.channel_ids)
        counts.set_probe(recording.get_probe())
        if name != "no gain":
            counts.set_channel_gains(GAIN)
            counts.set_channel_offsets(0.0)
        analyzer = si.create_sorting_analyzer(
            sorting, counts, format="memory", sparse=False, return_in_uV=name == "uV"
        )
        analyzer.compute(
            ["random_spikes", "templates", "noise_levels", "spike_amplitudes"], progress_bar=False
        )
        analyzer.compute("quality_metrics", metric_names=["num_spikes", "snr", "amplitude_median"])
        made[name] = analyzer
    return made


@pytest.mark.filterwarnings("ignore:The (Recording|extractor) is not serializable:UserWarning")
@pytest.mark.parametrize("kind", ["live", "zarr", "binary_folder"])
def test_counts_are_judged_as_microvolts_only_after_conversion(analyzers, kind, tmp_path):
    opened = {}
    for name, analyzer in analyzers.items():
        if kind != "live":
            folder = tmp_path / f"{name.replace(' ', '')}.{kind}"
            analyzer.save_as(format=kind, folder=folder)
            folder = folder if folder.exists() else folder.with_name(folder.name + ".zarr")
            opened[name] = nbl.load(folder)
        else:
            opened[name] = nbl.load(analyzer)
    limits = {"amplitude_median": {"min": 40}, "snr": {"min": 5}}
    labels = {
        n: nbl.threshold_metrics_label_units(opened[n], limits)["label"].tolist() for n in ("uV", "counts")
    }
    assert labels["uV"] == labels["counts"]
    assert opened["counts"].voltage.gain.tolist() == [GAIN] * 8
    assert np.allclose(
        opened["counts"].main_channel_templates, opened["uV"].main_channel_templates, rtol=1e-4, atol=1e-3
    )
    assert opened["no gain"].voltage.unit == "a.u."
    with pytest.warns(UserWarning, match="amplitude_median is off"):
        nbl.threshold_metrics_label_units(opened["no gain"], limits)
    if kind == "live":
        direct = nbl.threshold_metrics_label_units(analyzers["counts"], limits)["label"].tolist()
        assert direct == labels["uV"], "a live analyzer that is passed as it is"
