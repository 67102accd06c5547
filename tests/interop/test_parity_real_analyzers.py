"""On real and simulated analyzers of five SpikeInterface versions, both packages give the same labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.metrics.table import MetricTable
from nb_autolabel.rules.methods import bombcell_rules, threshold_rules

from ..conftest import SAMPLES, shared

si = pytest.importorskip("spikeinterface", reason="needs the oracle environment")
sc = pytest.importorskip("spikeinterface.curation")

#: Both packages warn of metrics that an analyzer lacks; SpikeInterface and what it uses also of themselves.
pytestmark = pytest.mark.filterwarnings("ignore")

#: Older name -> today's name, and the sign that the older version stores it with.
RENAMED = {
    "peak_to_valley": ("peak_to_trough_duration", 1),
    "peak_trough_ratio": ("peak_after_to_trough_ratio", -1),
}
FILTER = {
    "snr": {"min": 5},
    "firing_rate": {"min": 0.1, "max": 200},
    "rp_contamination": {"max": 0.5},
    "amplitude_median": {"min": 40, "abs": True},
    "num_spikes": {"min": 300},
    "sliding_rp_violation": {"max": 0.1},
    "peak_to_trough_duration": {"min": 0.0003},
    "peak_after_to_trough_ratio": {"max": 0.5},
}


@pytest.fixture(scope="module", params=SAMPLES)
def both(request):
    """The same analyzer opened by SpikeInterface, which unpickles, and by us."""
    path = shared(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NUMCODECS_ALLOW_UNSAFE_PICKLE_DECODE", "1")
        patch.setattr("numcodecs.pickles.ALLOW_UNSAFE_PICKLE_DECODE", True, raising=False)
        yield si.load(path), nbl.load(path)


def metrics_of(analyzer) -> pd.DataFrame:
    """SpikeInterface's metrics under today's names, as plain numbers."""
    metrics = analyzer.get_metrics_extension_data().astype("float64")
    for older, (newer, sign) in RENAMED.items():
        if older in metrics and newer not in metrics:
            metrics[newer] = sign * metrics[older]
    return metrics


def filter_for(analyzer) -> dict:
    """The limits on metrics that an analyzer has; one without waveforms has no SNR."""
    table = MetricTable.of(analyzer)
    found = {name: entry for name, entry in FILTER.items() if name in table}
    assert len(found) >= 6
    return found


@pytest.mark.parametrize("nan_policy", ["fail", "pass", "ignore"])
@pytest.mark.parametrize("operator", ["and", "or"])
def test_a_simple_filter_gives_the_same_labels(both, operator, nan_policy):
    theirs, ours = both
    limits = filter_for(ours)
    options = {"operator": operator, "nan_policy": nan_policy}
    in_their_words = threshold_rules(limits).thresholds("greater/less")
    expected = sc.threshold_metrics_label_units(metrics_of(theirs), in_their_words, **options)["label"]
    for analyzer in (ours, theirs):
        found = nbl.threshold_metrics_label_units(analyzer, limits, **options)["label"]
        assert found.to_dict() == expected.to_dict()


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("preset", ["default", "spikeinterface-0.104", "spikeinterface-0.105"])
def test_bombcell_gives_the_same_labels(both, preset, split):
    theirs, ours = both
    expected = sc.bombcell_label_units(
        external_metrics=metrics_of(theirs),
        thresholds=bombcell_rules(preset=preset).thresholds("greater/less"),
        split_non_somatic=split,
    )["bombcell_label"]
    for analyzer in (ours, theirs):
        found = nbl.bombcell_label_units(analyzer, preset=preset, split_non_somatic_good_mua=split)["label"]
        assert found.to_dict() == expected.to_dict()


@pytest.mark.parametrize("preset", ["allen", "ibl"])
def test_presets_that_fail_missing_values_give_the_same_labels_where_there_are_none(both, preset):
    """SpikeInterface has no way to say that a missing value of a mua criterion fails."""
    theirs, ours = both
    limits = bombcell_rules(preset=preset).thresholds("greater/less")
    sayable = {
        section: {name: {k: v for k, v in entry.items() if k != "nan"} for name, entry in entries.items()}
        for section, entries in limits.items()
    }
    expected = sc.bombcell_label_units(external_metrics=metrics_of(theirs), thresholds=sayable)[
        "bombcell_label"
    ]
    found = nbl.bombcell_label_units(ours, preset=preset)["label"]
    table = MetricTable.of(ours)
    known = [table.values(name) for name in limits["mua"] if name in table]
    missing = np.isnan(known).any(axis=0)
    assert found[~missing].to_dict() == expected[~missing].to_dict()
    assert "good" not in set(found[missing])


def test_a_limit_at_a_stored_value_gives_the_same_labels(both):
    """Values equal to a limit survive reading and are inclusive in both, for every metric."""
    theirs, ours = both
    metrics = metrics_of(theirs)
    for name in ours.get_metrics_extension_data().columns:
        for value in metrics[name].dropna().unique()[:2].tolist():
            for word in ("greater", "less"):
                limits = {name: {word: value, "abs": False}}
                expected = sc.threshold_metrics_label_units(metrics, limits)["label"]
                found = nbl.threshold_metrics_label_units(ours, limits)["label"]
                assert found.to_dict() == expected.to_dict(), limits


def test_the_samples_are_varied_enough_to_prove_something():
    bombcell, simple, n_missing = set(), set(), 0
    for name in SAMPLES:
        analyzer = nbl.load(shared(name))
        n_missing += int(analyzer.get_metrics_extension_data().isna().to_numpy().sum())
        simple |= set(
            nbl.threshold_metrics_label_units(analyzer, filter_for(analyzer), nan_policy="pass")["label"]
        )
        for preset in ("default", "ibl"):
            bombcell |= set(nbl.bombcell_label_units(analyzer, preset=preset)["label"])
    assert simple == {"good", "noise"}
    assert {"good", "mua", "noise"} <= bombcell
    assert n_missing > 100
