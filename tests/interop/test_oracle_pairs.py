"""The merged unit has the metrics that SpikeInterface computes after a real merge; it applies the merges suggested here."""

import json
import math

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.evidence.spike_train import SpikeTrain
from nb_autolabel.pairs.cross_correlogram import lags_of, own_lags_of
from nb_autolabel.pairs.merged_unit import merged_metrics
from nb_autolabel.pairs.neighbours import similarities

si = pytest.importorskip("spikeinterface", reason="needs the environment with SpikeInterface")

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore"),  # SpikeInterface warns of units with few spikes
]

OF_TRAINS = [
    "num_spikes",
    "firing_rate",
    "presence_ratio",
    "isi_violation",
    "rp_violation",
    "sliding_rp_violation",
    "firing_range",
    "synchrony",
]
OF_AMPLITUDES = ["amplitude_cutoff", "amplitude_median", "amplitude_cv", "noise_cutoff"]
#: Settings other than the defaults, so that those that are stored are what counts.
UNUSUAL = {
    "isi_violation": {"isi_threshold_ms": 3.0, "min_isi_ms": 0.1},
    "rp_violation": {"refractory_period_ms": 2.5, "censored_period_ms": 0.2},
    "presence_ratio": {"bin_duration_s": 7.0, "mean_fr_ratio_thresh": 0.4},
    "sliding_rp_violation": {"bin_size_ms": 0.3, "max_ref_period_ms": 6.0},
    "firing_range": {"bin_size_s": 2.0, "percentiles": (10, 80)},
    "amplitude_cutoff": {"num_histogram_bins": 40},
    "amplitude_cv": {"average_num_spikes_per_bin": 30, "min_num_bins": 3},
}


def recorded(durations, rates, seed=0):
    recording, sorting = si.generate_ground_truth_recording(
        durations=durations,
        num_channels=4,
        num_units=6,
        seed=seed,
        generate_sorting_kwargs={"firing_rates": rates, "refractory_period_ms": 0.5},
    )
    made = si.create_sorting_analyzer(sorting, recording, format="memory", sparse=False)
    made.compute(["random_spikes", "noise_levels", "waveforms", "templates", "spike_amplitudes"])
    made.compute({"unit_locations": {}, "template_similarity": {}})
    return made


@pytest.fixture(scope="module", params=[[62.0], [33.0, 40.5]], ids=["one segment", "two segments"])
def analyzer(request):
    return recorded(request.param, (20, 60))


def metrics_after_merge(made, units, names, settings):
    after, (new,) = made.merge_units([units], merging_mode="soft", return_new_unit_ids=True)
    after.compute("quality_metrics", metric_names=names, metric_params=settings, delete_existing_metrics=True)
    return after.get_extension("quality_metrics").get_data().loc[new]


@pytest.mark.parametrize(
    ("settings", "count"), [({}, 2), (UNUSUAL, 3)], ids=["two, defaults", "three, other settings"]
)
def test_metrics_of_the_merged_unit_are_those_after_a_real_merge(analyzer, settings, count):
    names = OF_TRAINS + OF_AMPLITUDES
    analyzer.compute(
        "quality_metrics", metric_names=names, metric_params=settings, delete_existing_metrics=True
    )
    ids = analyzer.unit_ids.tolist()
    places = [1, 4, 2][:count]
    theirs = metrics_after_merge(analyzer, [ids[at] for at in places], names, settings)
    own = nbl.load(analyzer)
    ours = merged_metrics(own, places)
    assert set(theirs.index) == set(ours)
    for name in theirs.index:
        # Amplitudes are stored with seven digits.
        rtol = 1e-6 if "amplitude" in name or "noise" in name else 1e-12
        np.testing.assert_allclose(
            ours[name], float(theirs[name]), rtol=rtol, atol=0, equal_nan=True, err_msg=name
        )
    finite = [name for name, value in ours.items() if math.isfinite(value)]
    assert set(finite) >= {"rp_contamination", "presence_ratio", "amplitude_cutoff", "firing_range"}


def test_the_merged_metrics_of_a_saved_analyzer_are_the_same(analyzer, tmp_path):
    analyzer.compute("quality_metrics", metric_names=OF_TRAINS, delete_existing_metrics=True)
    live = merged_metrics(nbl.load(analyzer), [0, 3])
    for kind in ("zarr", "binary_folder"):
        analyzer.save_as(format=kind, folder=tmp_path / (f"a.{kind}" if kind == "zarr" else "a"))
    for saved in tmp_path.iterdir():
        assert merged_metrics(nbl.load(saved), [0, 3]) == pytest.approx(live, rel=1e-6, nan_ok=True)


def test_correlograms_are_those_of_spikeinterface(analyzer):
    from spikeinterface.postprocessing import compute_correlograms

    theirs, bins = compute_correlograms(analyzer.sorting, window_ms=100.0, bin_ms=0.25, method="numpy")
    own = nbl.load(analyzer)
    trains = [SpikeTrain.of(own, unit) for unit in own.unit_ids[:3]]
    width = round(own.sampling_frequency * 0.25e-3)
    half = (len(bins) - 1) // 2
    for a, one in enumerate(trains):
        for b, other in enumerate(trains):
            # SpikeInterface's lag is that of its first unit after its second one.
            lags = own_lags_of(one, half * width) if a == b else lags_of(one, other, half * width)
            assert lags.reshape(-1, width).sum(axis=1).tolist() == theirs[b, a].tolist()


def test_similarities_computed_from_templates_are_those_of_spikeinterface(analyzer):
    own = nbl.load(analyzer)
    stored = similarities(own, 2, np.array([0, 1, 3, 4, 5]))
    analyzer.delete_extension("template_similarity")
    try:
        computed = similarities(nbl.load(analyzer), 2, np.array([0, 1, 3, 4, 5]))
    finally:
        analyzer.compute("template_similarity")
    np.testing.assert_allclose(computed, stored, atol=1e-5)


def test_spikeinterface_applies_the_suggested_merges(analyzer, tmp_path):
    from spikeinterface.curation import apply_curation
    from spikeinterface.curation.curation_model import Curation

    analyzer.compute(
        "quality_metrics", metric_names=["num_spikes", "firing_rate"], delete_existing_metrics=True
    )
    labeler = nbl.LiveThresholds(analyzer, {"firing_rate": {"min": 1}}, journal=None)
    ids = analyzer.unit_ids.tolist()
    labeler.suggest_merge([ids[1], ids[4]])
    labeler.suggest_merge([ids[4], ids[2]])
    labeler.suggest_merge([ids[0], ids[3]])
    labeler.override(ids[5], "noise")
    labeler.export(tmp_path / "c.json", "curation_json", remove="noise")
    data = json.loads((tmp_path / "c.json").read_text())
    assert [merge.unit_ids for merge in Curation(**data).merges] == [
        [ids[1], ids[4], ids[2]],
        [ids[0], ids[3]],
    ]
    counts = analyzer.sorting.count_num_spikes_per_unit()
    curated = apply_curation(analyzer, data)
    after = sorted(curated.sorting.count_num_spikes_per_unit().values())
    assert after == sorted(
        [counts[ids[1]] + counts[ids[4]] + counts[ids[2]], counts[ids[0]] + counts[ids[3]]]
    )
    assert set(curated.sorting.get_property("quality")) == {"good"}


def test_a_unit_that_is_to_be_merged_is_not_removed_before(analyzer, tmp_path):
    """SpikeInterface removes first, and refuses to merge a unit that is gone."""
    from spikeinterface.curation import apply_curation

    analyzer.compute(
        "quality_metrics", metric_names=["num_spikes", "firing_rate"], delete_existing_metrics=True
    )
    labeler = nbl.LiveThresholds(analyzer, {"firing_rate": {"min": 1}}, journal=None)
    ids = analyzer.unit_ids.tolist()
    labeler.override([ids[0], ids[2], ids[3]], "noise")
    labeler.suggest_merge([ids[0], ids[1]])
    labeler.suggest_merge([ids[2], ids[3]])
    with pytest.warns(UserWarning, match="are not removed: they are to be merged"):
        labeler.export(tmp_path / "c.json", remove="noise")
    data = json.loads((tmp_path / "c.json").read_text())
    assert data["removed"] == [ids[2], ids[3]]
    assert data["merges"] == [{"unit_ids": [ids[0], ids[1]]}]
    assert len(apply_curation(analyzer, data).unit_ids) == 3
