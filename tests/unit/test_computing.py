"""Computing metrics, as far as it goes without SpikeInterface: what would be computed, and what is said."""

from __future__ import annotations

import importlib.util

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer.computed_source import ComputedExtension, ComputedSource
from nb_autolabel.computing import spikeinterface_there
from nb_autolabel.computing.catalogue import COMPUTATIONS, asked_for, in_words, methods_by_metric
from nb_autolabel.computing.compute import would_become_available
from nb_autolabel.computing.plan import Stock, lacking_columns, plan_of
from nb_autolabel.errors import MissingDependencyError, MissingMetricError, UnknownFormatError
from nb_autolabel.export.expression import analyzer_code
from nb_autolabel.metrics.registry import REGISTRY

from ..kilosort_folder import make_kilosort_folder

NOT_THERE = ["spikeinterface"]


@pytest.fixture
def without_spikeinterface(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in NOT_THERE else find(name))


@pytest.fixture
def kilosort(tmp_path):
    return nbl.load(make_kilosort_folder(tmp_path / "ks").folder)


def test_without_spikeinterface_the_error_says_how_to_get_it_and_what_it_would_give(
    kilosort, without_spikeinterface
):
    with pytest.raises(MissingDependencyError) as caught:
        nbl.compute_metrics(kilosort)
    said = str(caught.value)
    assert "pip install 'nb_autolabel[compute]'" in said
    both = next(part for part in said.split("; ") if part.endswith("(Bombcell, UnitRefine)"))
    assert {"presence_ratio", "drift_ptp"} <= set(both.removesuffix(" (Bombcell, UnitRefine)").split(", "))
    # What only a recording gives is said apart from what comes without one.
    before, after = said.split("with a recording also")
    assert "snr (Bombcell, UnitRefine, the simple filter)" in after
    assert "snr (" not in before


def test_a_spikeinterface_that_is_too_old_is_named(kilosort, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(spikeinterface_there, "version", lambda name: "0.104.1")
    with pytest.raises(MissingDependencyError, match=r"0\.105 or later, and 0\.104\.1 is installed"):
        nbl.compute_metrics(kilosort)


def test_a_table_says_that_it_has_no_spikes():
    with pytest.raises(UnknownFormatError, match="computed from spikes and templates"):
        nbl.compute_metrics(pd.DataFrame({"snr": [1.0, 2.0]}, index=[4, 7]))


def test_the_catalogue_holds_every_metric_that_methods_use_and_the_registry_knows():
    known = {column for c in COMPUTATIONS for column in c.columns}
    assert set(methods_by_metric()) - known == set()
    assert known - set(REGISTRY) == set()
    assert set(REGISTRY) - known == {"half_width", "noise_probability", "sua_probability"}


def test_metrics_are_named_by_column_by_computation_by_older_names_and_by_kind():
    computations, columns = asked_for(["isi_violations_ratio", "half_width"])
    assert [c.name for c in computations] == ["isi_violation", "half_width"]
    assert columns == {"isi_violations_ratio", "trough_half_width", "peak_half_width"}
    assert asked_for(["isi_violation"])[1] == {"isi_violations_ratio", "isi_violations_count"}
    assert asked_for(["peak_to_valley"])[1] == {"peak_to_trough_duration"}
    assert asked_for("snr")[1] == {"snr"}
    assert {c.extension for c in asked_for(["template_metrics"])[0]} == {"template_metrics"}


@pytest.mark.parametrize("name", ["snrr", 3, None, "labels"])
def test_a_name_that_is_no_metric_is_refused_with_those_that_are(name):
    with pytest.raises(MissingMetricError, match="SpikeInterface computes no metric"):
        asked_for([name])


def test_a_kilosort_folder_lacks_what_needs_a_recording_and_says_why(kilosort):
    plan = plan_of(kilosort, None, Stock.of(kilosort, False))
    assert plan.steps[-1] == "template_metrics"
    assert {"presence_ratio", "amplitude_cutoff", "spread"} <= plan.columns
    assert "snr" in plan.impossible
    assert "recording=" in plan.impossible["snr"]
    assert "Kilosort" in plan.impossible["amplitude_median"]
    assert "num_spikes" not in plan.columns  # it is there
    with pytest.raises(MissingMetricError, match=r"snr cannot be computed .* a recording"):
        plan_of(kilosort, ["snr"], Stock.of(kilosort, False))


def test_with_a_recording_extensions_come_in_the_order_of_what_they_need(kilosort):
    plan = plan_of(kilosort, None, Stock.of(kilosort, True))
    order = plan.extensions
    assert not plan.impossible
    assert set(order) == {
        "random_spikes",
        "noise_levels",
        "waveforms",
        "templates",
        "spike_amplitudes",
        "spike_locations",
        "principal_components",
    }
    assert order.index("random_spikes") < order.index("waveforms") < order.index("principal_components")
    assert order.index("waveforms") < order.index("templates") < order.index("spike_amplitudes")


def test_an_analyzer_with_everything_lacks_nothing():
    demo = nbl.demo_analyzer()
    assert lacking_columns(demo) == frozenset()
    assert would_become_available(demo) == ""


def test_methods_are_named_with_the_metrics():
    assert in_words(["snr", "sync_spike_2", "noise_ratio", "drift_std"]) == (
        "snr (Bombcell, UnitRefine, the simple filter); sync_spike_2, drift_std (UnitRefine); "
        "noise_ratio (used by no method)"
    )


def computed(analyzer: nbl.Analyzer, **columns: float) -> nbl.Analyzer:
    """Add metrics to an analyzer as a computation does."""
    frame = analyzer.get_extension("quality_metrics").get_data("metrics").assign(**columns)
    params = {"metric_names": list(frame.columns), "metric_params": {}}
    extension = ComputedExtension(params, {"version": "0.105.3"}, {"metrics": frame})
    return nbl.Analyzer(
        ComputedSource(analyzer.source, analyzer.header, {"quality_metrics": extension}, list(columns))
    )


def test_a_computed_analyzer_keeps_everything_and_is_selected_and_saved(kilosort, tmp_path):
    made = computed(kilosort, snr=np.linspace(1, 6, kilosort.get_num_units()))
    assert made.extension_names == kilosort.extension_names
    assert "snr" not in kilosort.metric_names
    some = made.select_units(made.unit_ids[[3, 1]])
    assert some.get_metrics_extension_data()["snr"].tolist() == [4.0, 2.0]
    saved = made.save_as(folder=tmp_path / "saved.zarr")
    assert saved.get_metrics_extension_data()["snr"].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert saved.unit_ids.tolist() == kilosort.unit_ids.tolist()
    np.testing.assert_array_equal(made.spikes, kilosort.spikes)


def test_code_computes_what_was_computed(kilosort):
    made = computed(kilosort, snr=1.0)
    code = analyzer_code(made).splitlines()
    assert code[0] == f"analyzer = nbl.load({kilosort.folder!r})"
    assert code[1] == "analyzer = nbl.compute_metrics(analyzer, ['snr'])"
    assert analyzer_code(made.select_units([made.unit_ids[0]])).endswith(
        f".select_units([{made.unit_ids[0]}])"
    )
